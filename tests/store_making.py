"""Small catalogs, drafts and people for the tests of the store."""

from __future__ import annotations

import hashlib
import os
from decimal import Decimal
from pathlib import Path

from studio.schema import (
    Actor,
    Attribute,
    Brief,
    Copy,
    Draft,
    Facts,
    Finding,
    Money,
    Picture,
    Product,
    Role,
    Severity,
)
from studio.store import Vault


def vault() -> Vault:
    """The keys of all tests."""
    return Vault(Path(os.environ["STUDIO_KEY_FILE"]))


MERCHANT = Actor(name="小林", role=Role.MERCHANT)
OTHER = Actor(name="mo", role=Role.MERCHANT)
REVIEWER = Actor(name="rui", role=Role.REVIEWER)
ADMIN = Actor(name="ada", role=Role.ADMIN)
VIEWER = Actor(name="vi", role=Role.VIEWER)


def product(id: str = "A1", *, title: str = "保温杯", price: str = "99.00", **more) -> Product:
    facts = {
        "zh-CN": Facts(title=title, attributes=(Attribute(name="容量", value="500 ml"),)),
        "en-US": Facts(title="Vacuum flask"),
    }
    money = Money(amount=Decimal(price), currency="CNY")
    return Product(id=id, locale="zh-CN", facts=facts, price=money, **more)


def finding(severity: str = "high", *, match: str = "最好", field: str = "title") -> Finding:
    return Finding(
        id="absolute",
        rule="cn-ads.absolute",
        severity=Severity(severity),
        field=field,
        start=0,
        end=len(match),
        match=match,
        message={"en": "an absolute term", "zh": "绝对化用语"},
    )


def draft(
    product: str = "A1",
    *,
    channel: str = "shopify",
    locale: str = "zh-CN",
    title: str = "保温杯 500 ml",
    digest: str = "inputs-1",
    findings: tuple[Finding, ...] = (),
    blob: bytes = b"a white picture",
) -> Draft:
    sha = hashlib.sha256(blob).hexdigest()
    picture = Picture(
        slot="main", sha256=sha, width=10, height=10, mime="image/jpeg", size=len(blob)
    )
    return Draft(
        product=product,
        brief=Brief(channel=channel, locale=locale),
        text=Copy(title=title, bullets=("双层真空", "316 不锈钢"), keywords=("杯子",)),
        pictures=(picture,),
        findings=findings,
        digest=digest,
        blobs={sha: blob},
    )

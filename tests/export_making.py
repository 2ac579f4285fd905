"""Products and approved listings for the tests of channels and exports."""

from __future__ import annotations

import hashlib
from decimal import Decimal

from studio.schema import (
    Attribute,
    Brief,
    Copy,
    Facts,
    Listing,
    Made,
    Money,
    Picture,
    Product,
    State,
    Variant,
)

# The smallest JPEG and PNG heads do: an export copies bytes and reads no pixels.
BLOBS = {
    hashlib.sha256(data).hexdigest(): data
    for data in (
        b"\xff\xd8\xff\xe0 mug on white",
        b"\xff\xd8\xff\xe0 mug on a table",
        b"\x89PNG\r\n\x1a\n",
    )
}
WHITE, SCENE, PNG = BLOBS


def blob(sha256: str) -> bytes:
    return BLOBS[sha256]


def money(amount: str, currency: str = "USD") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def picture(slot: str = "main", sha256: str = WHITE, **more) -> Picture:
    given = {
        "mime": "image/png" if sha256 == PNG else "image/jpeg",
        "width": 1600,
        "height": 1600,
        "size": len(BLOBS[sha256]),
        "alt": "A mug",
        "source": PNG,
        "made": (Made(engine="compose", seed=7),),
    }
    return Picture(slot=slot, sha256=sha256, **{**given, **more})


def option(name: str, value: str) -> Attribute:
    return Attribute(name=name, value=value)


def mug(id: str = "MUG-1", **more) -> Product:
    """A stoneware mug in two colours."""
    given = {
        "facts": {
            "en-US": Facts(
                title="Stoneware mug",
                category="Kitchen > Mugs",
                attributes=(Attribute(name="Material", value="Stoneware"),),
            ),
            "zh-CN": Facts(title="陶瓷马克杯", category="厨房 > 杯具"),
        },
        "brand": "Linden & Co",
        "variants": (
            Variant(
                sku=f"{id}-BLUE",
                options=(option("Color", "Blue"), option("Size", "350 ml")),
                price=money("12"),
                compare_at=money("15.5"),
                barcode="4006381333931",
                quantity=4,
            ),
            Variant(
                sku=f"{id}-RED",
                options=(option("Color", "Red"), option("Size", "350 ml")),
                price=money("12.00"),
                barcode="4006381333932",
            ),
        ),
    }
    return Product(id=id, locale="en-US", **{**given, **more})


def lamp(id: str = "lamp-7", **more) -> Product:
    """A lamp without variants."""
    given = {
        "facts": {"en-US": Facts(title="Brass lamp"), "zh-CN": Facts(title="黄铜台灯")},
        "price": money("89.5"),
        "link": "https://shop.example/lamp",
    }
    return Product(id=id, locale="en-US", **{**given, **more})


ENGLISH = Copy(
    title='Stoneware Mug, "Blue & Red", 350 ml',
    bullets=("Holds 350 ml", "Goes into the dishwasher & the oven (<200 °C)"),
    description="Thrown by hand.\nNo two are alike.\n\nGlazed inside and outside; <b>not</b> bold.",
    extra={"seo_title": "Stoneware Mug 350 ml", "seo_description": "A mug of stoneware."},
    origin={"title": "model", "description": "facts"},
    made=(
        Made(engine="transformers", model="tiny", prompt="listing.en.j2 abc", digest="d", seed=3),
    ),
)
CHINESE = Copy(
    title="陶瓷马克杯 350毫升 可进洗碗机",
    bullets=("容量350毫升", "可进洗碗机"),
    description="手工拉坯，每只略有不同。\n\n内外施釉",
    keywords=("马克杯", "陶瓷杯"),
    origin={"title": "facts", "description": "model"},
)


def listing(
    product: Product, channel: str, locale: str = "en-US", text: Copy | None = None, **more
) -> Listing:
    given = {
        "state": State.APPROVED,
        "revision": 2,
        "approved": 2,
        "digest": "1" * 64,
        "pictures": (picture(), picture("scene", SCENE, ai="composite", alt="A mug on a table")),
    }
    return Listing(
        id=f"{product.id}/{channel}/{locale}",
        product=product.id,
        channel=channel,
        locale=locale,
        brief=Brief(channel=channel, locale=locale),
        text=text or (CHINESE if locale.startswith("zh") else ENGLISH),
        **{**given, **more},
    )


def item(product: Product, channel: str, locale: str = "en-US", **more) -> tuple[Product, Listing]:
    return product, listing(product, channel, locale, **more)

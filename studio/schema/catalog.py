"""What a merchant brings: products, facts, evidence, and issues of a file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from studio.schema.base import Noun, digest_of


class Money(Noun):
    """An amount in a currency (ISO 4217); the currency is "" when the file does not say."""

    amount: Decimal
    currency: str = ""


class Attribute(Noun):
    """One fact as the merchant wrote it. `kind` is our word for it (material ...) or ""."""

    name: str
    value: str
    kind: str = ""


class Evidence(Noun):
    """A certificate, test report, registration, patent, sales record ... that carries claims."""

    type: str = ""
    title: str = ""
    number: str = ""
    issuer: str = ""
    scope: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    file: str = ""


class Photo(Noun):
    """A picture of the merchant. `ref`: what the catalog said; `sha256`: set once it is stored."""

    ref: str
    sha256: str = ""
    alt: str = ""


class Facts(Noun):
    """What the catalog says of a product in one language."""

    title: str = ""
    category: str = ""
    description: str = ""
    attributes: tuple[Attribute, ...] = ()

    def value(self, kind: str) -> str:
        """The first value of that kind (or name), or ""."""
        return next((a.value for a in self.attributes if kind in (a.kind, a.name)), "")


class Variant(Noun):
    """One thing that can be bought: its options tell it from its siblings."""

    sku: str
    options: tuple[Attribute, ...] = ()
    price: Money | None = None
    compare_at: Money | None = None
    barcode: str = ""
    quantity: int | None = None
    photos: tuple[Photo, ...] = ()
    attributes: tuple[Attribute, ...] = ()


class Product(Noun):
    """A product with all that its rows said. `facts` maps a locale ("zh-CN", "en-US") to Facts."""

    id: str
    locale: str
    facts: dict[str, Facts]
    brand: str = ""
    price: Money | None = None
    compare_at: Money | None = None
    barcode: str = ""
    quantity: int | None = None  # of a product without variants
    variants: tuple[Variant, ...] = ()
    photos: tuple[Photo, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    link: str = ""
    where: str = ""  # file:line of the first row; not part of the digest
    unmapped: dict[str, str] = Field(default_factory=dict)  # columns that we have no word for

    @property
    def digest(self) -> str:
        return digest_of(self.model_dump(mode="json", exclude={"where"}))

    @property
    def facts_digest(self) -> str:
        """The digest without the stock, of which no text tells and which changes all day."""
        still = tuple(v.model_copy(update={"quantity": None}) for v in self.variants)
        return self.model_copy(update={"variants": still, "quantity": None}).digest

    def in_locale(self, locale: str) -> Facts:
        """Facts for the locale, else for its language, else those of the product's own locale."""
        if locale in self.facts:
            return self.facts[locale]
        language = locale.split("-")[0]
        same = (f for name, f in self.facts.items() if name.split("-")[0] == language)
        return next(same, self.facts[self.locale])

    @property
    def title(self) -> str:
        return self.facts[self.locale].title


class Issue(Noun):
    """Something in a catalog file that a person should look at. It never stops the file."""

    file: str
    line: int
    column: str = ""
    value: str = ""
    message: str
    remedy: str = ""
    level: Literal["error", "warning"] = "warning"
    row: bool = False  # True when the whole row could not be used: counted in the row balance

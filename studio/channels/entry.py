"""What a format gets to write: an approved listing with its offers and its placed pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.channels.handles import handle, picture_file
from studio.errors import InputError
from studio.schema import (
    Attribute,
    Channel,
    Listing,
    Money,
    Picture,
    Product,
    locale_language,
)


@dataclass(frozen=True)
class Offer:
    """One thing that can be bought: a variant, or the product itself when it has none."""

    sku: str
    options: tuple[Attribute, ...]
    price: Money | None
    compare_at: Money | None
    barcode: str
    quantity: int | None
    attributes: tuple[Attribute, ...] = ()

    def value(self, name: str) -> str:
        return next((a.value for a in self.options if a.name == name), "")


@dataclass(frozen=True)
class Placed:
    """A picture, its path inside the export, and what the table says of where it is."""

    picture: Picture
    path: str
    address: str


@dataclass(frozen=True)
class Entry:
    product: Product
    listing: Listing
    channel: Channel
    handle: str
    offers: tuple[Offer, ...]
    placed: tuple[Placed, ...]
    record: Mapping[str, Any]

    @property
    def keys(self) -> list[str]:
        """The SKUs: no two products of an export may share one."""
        return list(dict.fromkeys(offer.sku for offer in self.offers if offer.sku))

    def option(self, name: str, default: Any) -> Any:
        """A setting: of this export's record, else of the channel's spec."""
        return self.record.get(name, self.channel.options.get(name, default))


def entry(
    product: Product,
    listing: Listing,
    channel: Channel,
    record: Mapping[str, Any],
    *,
    sure: bool = False,
) -> Entry:
    """`sure`: the handle with its mark, as another id of this export has the plain one.

    Raises InputError when names inside the export would not be safe or not be unique.
    """
    name = handle(product.id, sure=sure)
    base = str(record.get("base_url") or "").rstrip("/").replace(",", "%2C")
    if base and not base.startswith(("https://", "http://")):
        raise InputError(f"base_url is not an address: {base!r}", hint="https://shop.example/files")
    placed, taken = [], set[str]()
    for picture in listing.pictures:
        path = picture_file(picture, listing.locale, name)
        if path in taken:
            raise InputError(f"two pictures for the slot {picture.slot!r}", where=listing.id)
        taken.add(path)
        placed.append(Placed(picture, path, f"{base}/{path}" if base else path))
    return Entry(product, listing, channel, name, _offers(product, name), tuple(placed), record)


def _offers(product: Product, name: str) -> tuple[Offer, ...]:
    if not product.variants:
        # The id of a product without variants is its SKU, unless it is a shop's handle already.
        sku = product.id if product.id != name else ""
        price, before = product.price, product.compare_at
        return (Offer(sku, (), price, before, product.barcode, product.quantity),)
    return tuple(
        Offer(
            v.sku,
            v.options,
            v.price or product.price,
            v.compare_at or (product.compare_at if v.price is None else None),
            v.barcode,
            v.quantity,
            v.attributes,
        )
        for v in product.variants
    )


def told_apart(entry: Entry) -> list[list[tuple[str, str]]]:
    """For each offer its options as (name, value), all named alike and no two offers the same:
    offers that nothing tells apart are told apart by SKU."""
    names = list(dict.fromkeys(a.name for o in entry.offers for a in o.options))
    chinese = locale_language(entry.listing.locale) == "zh"
    empty = "默认" if chinese else "Default"
    values = [[o.value(name) or empty for name in names] for o in entry.offers]
    if len(entry.offers) > 1 and len({tuple(v) for v in values}) < len(values):
        names.append("规格" if chinese else "Variant")
        for i, (offer, row) in enumerate(zip(entry.offers, values, strict=True), 1):
            row.append(offer.sku or str(i))
    return [list(zip(names, row, strict=True)) for row in values]

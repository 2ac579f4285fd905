"""schema.org JSON-LD for the detail pages of a shop of one's own: a product's object on each line.

A product in several variants is a ProductGroup with a Product for each. Text, pictures and prices
are those that were approved; a picture without an address on the web (`base_url`), a price without
an amount and a code that is no GTIN are left out, since a wrong one is worse than none. Sources:
schema.org/Product, schema.org/ProductGroup; developers.google.com/search/docs/appearance/
structured-data/product-variants.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from studio.channels.cells import gtin, one_line
from studio.channels.entry import Entry, Offer
from studio.channels.format_google_tsv import link, offer_id
from studio.errors import InputError

NAME = "jsonld"
COLUMNS = ("data",)
TEXTS: tuple[str, ...] = ()  # a page that lacks one is shown without it
HOME = "https://schema.org/"
STOCK = {True: "InStock", False: "OutOfStock"}
SAFE = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})


class Lines:
    """JSON Lines, UTF-8. No text can end the `<script>` that an object is put into."""

    suffix, most = "jsonl", 0

    def header(self, columns: Sequence[str], options: Mapping[str, Any]) -> bytes:
        return b""

    def lines(self, columns: Sequence[str], rows: Iterable[Mapping[str, str]], at: int) -> bytes:
        return "".join(f"{row['data'].translate(SAFE)}\n" for row in rows).encode("utf-8")

    def footer(self) -> bytes:
        return b""

    def read(self, path: Path) -> Iterator[dict[str, str]]:
        """The lines, each an object for the standard library's JSON."""
        with path.open(encoding="utf-8", newline="\n") as file:
            for number, line in enumerate(file, 1):
                if not isinstance(json.loads(line), dict):
                    raise InputError(f"line {number} is no object", where=path.name)
                yield {"data": line}


TABLE = Lines()


def title(column: str, locale: str) -> str:
    """A line has no header."""
    return column


def rows(entry: Entry) -> list[dict[str, str]]:
    """One row: the object."""
    return [{"data": json.dumps(_object(entry), ensure_ascii=False)}]


def _object(entry: Entry) -> dict[str, Any]:
    text, product = entry.listing.text, entry.product
    shared = {
        "name": text.title,
        "description": one_line(text, entry.listing.locale),
        "image": _pictures(entry),
        "brand": {"@type": "Brand", "name": product.brand} if product.brand else None,
        "url": link(entry),
    }
    one, *more = range(len(entry.offers))
    if not more:
        return _told({"@context": HOME, "@type": "Product", **shared, **_sold(entry, one)})
    group = {"@context": HOME, "@type": "ProductGroup", "productGroupID": product.id, **shared}
    variants = [_told(_variant(entry, at)) for at in (one, *more)]
    return _told({**group, "hasVariant": variants})


def _variant(entry: Entry, at: int) -> dict[str, Any]:
    """What is told of it apart from the group: its options stand in its name."""
    options = ", ".join(option.value for option in entry.offers[at].options)
    name = entry.listing.text.title + (f" ({options})" if options else "")
    return {"@type": "Product", "name": name, **_sold(entry, at)}


def _sold(entry: Entry, at: int) -> dict[str, Any]:
    offer = entry.offers[at]
    return {"sku": offer_id(entry, at), "gtin": gtin(offer.barcode), "offers": _offer(entry, offer)}


def _offer(entry: Entry, offer: Offer) -> dict[str, Any] | None:
    if offer.price is None or not offer.price.currency:
        return None
    stock = "" if offer.quantity is None else HOME + STOCK[offer.quantity > 0]
    return _told(
        {
            "@type": "Offer",
            "price": f"{offer.price.amount:f}",
            "priceCurrency": offer.price.currency,
            "availability": stock,
            "url": link(entry),
        }
    )


def _pictures(entry: Entry) -> list[str]:
    return [p.address for p in entry.placed if p.address.startswith(("http://", "https://"))]


def _told(held: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty."""
    return {name: value for name, value in held.items() if value not in ("", None, [])}


def approved(entry: Entry) -> dict[str, Any]:
    """What a reader must find, taken from the listing and not from the row."""
    return {
        "title": entry.listing.text.title,
        "description": one_line(entry.listing.text, entry.listing.locale),
        "pictures": _pictures(entry),
        "skus": [offer_id(entry, at) for at in range(len(entry.offers))],
        "prices": [
            [f"{o.price.amount:f}", o.price.currency] if o.price and o.price.currency else None
            for o in entry.offers
        ],
    }


def back(rows: Iterator[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    """The same, from the objects of the file."""
    for row in rows:
        found = json.loads(row["data"])
        sold = found.get("hasVariant") or [found]
        offers = [one.get("offers") for one in sold]
        yield {
            "title": found.get("name", ""),
            "description": found.get("description", ""),
            "pictures": found.get("image", []),
            "skus": [one.get("sku", "") for one in sold],
            "prices": [o and [o.get("price"), o.get("priceCurrency")] for o in offers],
        }

"""WooCommerce's product CSV, as its own importer reads it.

One row for a product, below it one for each variation, which names its product as Parent. Stock and
tax are the shop's own and are never written. Cells are exactly the approved texts.
Source: github.com/woocommerce/woocommerce/wiki/Product-CSV-Import-Schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from studio.channels import tables
from studio.channels.cells import amount, bullets, from_html, paragraphs, to_html
from studio.channels.entry import Entry, Offer, told_apart
from studio.errors import InputError

NAME = "woocommerce_csv"
TABLE = tables.CSV
MOST_OPTIONS = 20
_OPTION = ("name", "value(s)", "visible", "global")
COLUMNS = (
    "Type", "SKU", "Name", "Published", "Description", "Sale price", "Regular price", "Categories",
    "Tags", "Images", "Parent",
    *(f"Attribute {n} {word}" for n in range(1, MOST_OPTIONS + 1) for word in _OPTION),
)  # fmt: skip
TEXTS = ("Description", "Categories", "Tags", "Images")  # an empty cell would take away the shop's


def title(column: str, locale: str) -> str:
    """The header is the same in every language."""
    return column


def rows(entry: Entry) -> list[dict[str, str]]:
    """The row of a product, and those of its variations."""
    text, facts = entry.listing.text, entry.product.in_locale(entry.listing.locale)
    first = {
        "SKU": _key(entry),
        "Name": text.title,
        "Published": str(entry.option("published", "")),
        "Description": to_html(text),
        "Categories": _joined([facts.category.strip()]),
        "Tags": _joined(text.keywords),
        "Images": _joined(p.address for p in entry.placed),
    }
    if not entry.product.variants:
        return [{**first, "Type": "simple", **_prices(entry.offers[0])}]
    options = told_apart(entry)
    names = [name for name, _ in options[0]]
    if len(names) > MOST_OPTIONS:
        raise InputError(f"{len(names)} options are more than {MOST_OPTIONS} columns hold")
    choices = [_joined(dict.fromkeys(row[n][1] for row in options)) for n in range(len(names))]
    whole = {**first, "Type": "variable", **_options(names, choices)}
    return [whole, *(_variation(entry, o, r) for o, r in zip(entry.offers, options, strict=True))]


def _key(entry: Entry) -> str:
    """The SKU of the product itself, by which the importer finds it again."""
    return entry.product.id


def _variation(entry: Entry, offer: Offer, options: list[tuple[str, str]]) -> dict[str, str]:
    names, values = [name for name, _ in options], [_joined([value]) for _, value in options]
    shown = {"Published": "1"} if entry.option("published", "") != "" else {}
    return {
        "Type": "variation",
        "SKU": offer.sku,
        "Parent": _key(entry),
        **shown,
        **_prices(offer),
        **_options(names, values),
    }


def _options(names: list[str], values: list[str]) -> dict[str, str]:
    """Attributes of this product alone (not global), shown on its page."""
    return {
        f"Attribute {n} {word}": cell
        for n, (name, value) in enumerate(zip(names, values, strict=True), 1)
        for word, cell in zip(_OPTION, (name, value, "1", "0"), strict=True)
    }


def _prices(offer: Offer) -> dict[str, str]:
    now, before = offer.price, offer.compare_at
    if now and before and before.amount > now.amount:
        return {"Regular price": amount(before), "Sale price": amount(now)}
    return {"Regular price": amount(now)}


def _joined(values: Any) -> str:
    """Several values in a cell: a comma parts them, one inside a value has a backslash."""
    return ", ".join(value.replace(",", "\\,") for value in values if value)


def _parted(cell: str) -> list[str]:
    return [
        part.strip().replace("\0", ",") for part in cell.replace("\\,", "\0").split(",") if part
    ]


def approved(entry: Entry) -> dict[str, Any]:
    """What a reader must find, taken from the listing and not from the rows."""
    text = entry.listing.text
    offers = [
        [o.sku if entry.product.variants else entry.product.id,
         sorted({amount(o.price), *([amount(o.compare_at)] if _sale(o) else [])} - {""})]
        for o in entry.offers
    ]  # fmt: skip
    return {
        "sku": entry.product.id,
        "title": text.title,
        "description": paragraphs(text.description),
        "bullets": bullets(text),
        "tags": [word.strip() for word in text.keywords if word],
        "offers": offers,
        "pictures": [p.address for p in entry.placed],
    }


def _sale(offer: Offer) -> bool:
    now, before = offer.price, offer.compare_at
    return bool(now and before and before.amount > now.amount)


def back(rows: Iterator[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    """The same, from the rows of the file."""
    found: dict[str, Any] = {}
    for row in rows:
        if row["Type"] != "variation":
            if found:
                yield found
            found = _seen(row)
        if row["Type"] != "variable":
            prices = {row.get("Regular price", ""), row.get("Sale price", "")} - {""}
            found["offers"].append([row["SKU"], sorted(prices)])
        if row["Type"] == "variation" and row["Parent"] != found["sku"]:
            found["differs"] = row["SKU"]
    if found:
        yield found


def _seen(row: Mapping[str, str]) -> dict[str, Any]:
    parts, items = from_html(row.get("Description", ""))
    return {
        "sku": row["SKU"],
        "title": row["Name"],
        "description": parts,
        "bullets": items,
        "tags": _parted(row.get("Tags", "")),
        "offers": [],
        "pictures": _parted(row.get("Images", "")),
    }

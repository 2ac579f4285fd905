"""Shopify's product CSV, columns of 2026.

One row for each variant, product columns on the first row only, further pictures on rows of their
own. Cells are exactly the approved texts: a shop reads them, and an apostrophe before a "=" would
be shown to customers (`checks.py` warns of such titles instead).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from studio.channels import tables
from studio.channels.cells import amount, bullets, from_html, paragraphs, to_html
from studio.channels.entry import Entry, Offer, told_apart

NAME = "shopify_csv"
TABLE = tables.CSV
COLUMNS = (
    "Title", "URL handle", "Description", "Vendor", "Type", "Status", "SKU", "Barcode",
    "Option1 name", "Option1 value", "Option2 name", "Option2 value",
    "Option3 name", "Option3 value", "Price", "Compare-at price", "Inventory tracker",
    "Inventory quantity", "Product image URL", "Image position", "Image alt text",
    "SEO title", "SEO description",
)  # fmt: skip
TEXTS = ("Description", "SEO title", "SEO description")
MOST_OPTIONS = 3


def title(column: str, locale: str) -> str:
    """The header is the same in every language."""
    return column


def rows(entry: Entry) -> list[dict[str, str]]:
    """The rows of a product."""
    text, product = entry.listing.text, entry.product
    options = [_folded(pairs) for pairs in told_apart(entry)]
    first = {
        "Title": text.title,
        "Description": to_html(text),
        "Vendor": product.brand if len(product.brand) >= entry.option("vendor_min", 0) else "",
        "Type": product.in_locale(entry.listing.locale).category,
        "Status": entry.option("status", ""),
        "SEO title": text.extra.get("seo_title", ""),
        "SEO description": text.extra.get("seo_description", ""),
        **{f"Option{i} name": name for i, (name, _) in enumerate(options[0], 1)},
    }
    variants = [_variant(o, c) for o, c in zip(entry.offers, options, strict=True)]
    pictures = [
        {"Product image URL": p.address, "Image position": str(i), "Image alt text": p.picture.alt}
        for i, p in enumerate(entry.placed, 1)
    ]
    found = [*variants, *pictures[1:]]
    found[0] = {**first, **found[0], **(pictures[0] if pictures else {})}
    return [{**row, "URL handle": entry.handle} for row in found]


def _variant(offer: Offer, options: list[tuple[str, str]]) -> dict[str, str]:
    known = offer.quantity is not None
    return {
        "SKU": offer.sku,
        "Barcode": offer.barcode,
        **{f"Option{i} value": value for i, (_, value) in enumerate(options, 1)},
        "Price": amount(offer.price),
        "Compare-at price": amount(offer.compare_at),
        "Inventory tracker": "shopify" if known else "",
        "Inventory quantity": str(offer.quantity) if known else "",
    }


def _folded(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """At most three: a fourth option joins the third."""
    kept, rest = pairs[: MOST_OPTIONS - 1], pairs[MOST_OPTIONS - 1 :]
    if rest:
        kept.append((" / ".join(n for n, _ in rest), " / ".join(v for _, v in rest)))
    return kept


def approved(entry: Entry) -> dict[str, Any]:
    """What a reader must find, taken from the listing and not from the rows."""
    text = entry.listing.text
    return {
        "handle": entry.handle,
        "title": text.title,
        "description": paragraphs(text.description),
        "bullets": bullets(text),
        "seo_title": text.extra.get("seo_title", ""),
        "seo_description": text.extra.get("seo_description", ""),
        "offers": [[o.sku, o.barcode, amount(o.price), amount(o.compare_at)] for o in entry.offers],
        "pictures": [[p.address, p.picture.alt] for p in entry.placed],
    }


def back(rows: Iterator[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    """The same, from the rows of the file."""
    for handle, group in groupby(rows, key=lambda row: row["URL handle"]):
        lines = [dict.fromkeys(COLUMNS, "") | dict(row) for row in group]
        first = lines[0]
        parts, items = from_html(first["Description"])
        images = [line for line in lines if line["Product image URL"]]
        bare = {"URL handle", "Product image URL", "Image position", "Image alt text"}
        variants = [r for r in lines if r is first or any(v for c, v in r.items() if c not in bare)]
        yield {
            "handle": handle,
            "title": first["Title"],
            "description": parts,
            "bullets": items,
            "seo_title": first["SEO title"],
            "seo_description": first["SEO description"],
            "offers": [[r["SKU"], r["Barcode"], r["Price"], r["Compare-at price"]]
                       for r in variants],
            "pictures": [[r["Product image URL"], r["Image alt text"]] for r in images],
        }  # fmt: skip

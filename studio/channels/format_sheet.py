"""A plain sheet for channels without a file of their own: people open it and copy from it.

CSV in UTF-8 with a BOM, headers in the listing's language, a row for each offer. Cells that a
spreadsheet would run get a leading apostrophe; `cells.restore` takes it off again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from studio.channels import tables
from studio.channels.cells import amount
from studio.channels.entry import Entry, Placed
from studio.schema import Copy, locale_language

NAME = "sheet"
TABLE = tables.SHEET
COLUMNS = (
    "id", "sku", "title", "bullets", "description", "keywords", "extra", "brand", "category",
    "option", "price", "compare_at", "currency", "barcode", "quantity", "picture", "alt",
    "detail",
)  # fmt: skip
TEXTS: tuple[str, ...] = ()  # a person copies from it
_WORDS = {
    "id": ("Product ID", "商品编号"),
    "sku": ("SKU", "商家编码"),
    "title": ("Title", "商品标题"),
    "bullets": ("Bullet", "卖点"),
    "description": ("Description", "商品描述"),
    "keywords": ("Keywords", "关键词"),
    "extra": ("Extra", "附加"),
    "brand": ("Brand", "品牌"),
    "category": ("Category", "类目"),
    "option": ("Option", "规格"),
    "price": ("Price", "价格"),
    "compare_at": ("Compare-at price", "划线价"),
    "currency": ("Currency", "币种"),
    "barcode": ("Barcode", "条形码"),
    "quantity": ("Quantity", "库存数量"),
    "picture": ("Picture", "图片"),
    "alt": ("Picture text", "图片说明"),
    "detail": ("Detail picture", "详情图"),
    "extra.seo_title": ("SEO title", "搜索标题"),
    "extra.seo_description": ("SEO description", "搜索描述"),
    "extra.short_title": ("Short title", "短标题"),
    "extra.item_highlights": ("Item highlights", "商品亮点"),
}


def title(column: str, locale: str) -> str:
    """The header of a column in the listing's language: "bullets.2" is "Bullet 2" or 卖点2."""
    head, _, rest = ("", "", "") if column in _WORDS else column.partition(".")
    english, chinese = _WORDS[head or column]
    if locale_language(locale) == "zh":
        return chinese + (f":{rest}" if rest and not rest.isdigit() else rest)
    return f"{english} {rest}".strip()


def rows(entry: Entry) -> list[dict[str, str]]:
    """A row for each offer; the texts stand on every row."""
    text, product = entry.listing.text, entry.product
    shared = {
        "id": product.id,
        **_texts(text),
        "brand": product.brand,
        "category": product.in_locale(entry.listing.locale).category,
        **{f"picture.{i}": p.address for i, p in enumerate(_shown(entry), 1)},
        **{f"alt.{i}": p.picture.alt for i, p in enumerate(_shown(entry), 1)},
        **{f"detail.{i}": p.address for i, p in enumerate(_detail(entry), 1)},
    }
    return [
        {
            **shared,
            "sku": offer.sku,
            **{f"option.{a.name}": a.value for a in offer.options},
            "price": amount(offer.price),
            "compare_at": amount(offer.compare_at),
            "currency": offer.price.currency if offer.price else "",
            "barcode": offer.barcode,
            "quantity": "" if offer.quantity is None else str(offer.quantity),
        }
        for offer in entry.offers
    ]


def _texts(text: Copy) -> dict[str, str]:
    return {
        "title": text.title,
        **{f"bullets.{i}": bullet for i, bullet in enumerate(text.bullets, 1)},
        "description": text.description,
        "keywords": "\n".join(text.keywords),
        **{f"extra.{name}": value for name, value in _extra(text).items()},
    }


def _extra(text: Copy) -> dict[str, str]:
    """The extra texts but those of posters, which stand in the pictures."""
    return {name: value for name, value in text.extra.items() if not name.startswith("poster_")}


def _detail(entry: Entry) -> list[Placed]:
    """The pieces of the detail page, top to foot; a shop keeps them apart from the pictures."""
    pages = "|".join(re.escape(s.name) for s in entry.channel.slots if s.kind == "page")
    return [p for p in entry.placed if pages and re.fullmatch(rf"({pages})-\d+", p.picture.slot)]


def _shown(entry: Entry) -> list[Placed]:
    detail = _detail(entry)
    return [placed for placed in entry.placed if placed not in detail]


def approved(entry: Entry) -> dict[str, Any]:
    """What a reader must find, taken from the listing and not from the rows."""
    text = entry.listing.text
    return {
        "id": entry.product.id,
        "title": text.title,
        "bullets": [bullet for bullet in text.bullets if bullet],
        "description": text.description,
        "keywords": list(text.keywords),
        "extra": {name: value for name, value in _extra(text).items() if value},
        "offers": [[o.sku, amount(o.price), o.barcode] for o in entry.offers],
        "pictures": [p.address for p in _shown(entry)],
        "detail": [p.address for p in _detail(entry)],
    }


def back(rows: Iterator[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    """The same, from the rows of the file; columns are our names again."""
    for id, group in groupby(rows, key=lambda row: row["id"]):
        offers = list(group)
        first = offers[0]
        yield {
            "id": id,
            "title": first.get("title", ""),
            "bullets": _numbered(first, "bullets"),
            "description": first.get("description", ""),
            "keywords": [k for k in first.get("keywords", "").split("\n") if k],
            "extra": {c[6:]: v for c, v in first.items() if c.startswith("extra.") and v},
            "offers": [
                [o.get("sku", ""), o.get("price", ""), o.get("barcode", "")] for o in offers
            ],
            "pictures": _numbered(first, "picture"),
            "detail": _numbered(first, "detail"),
        }


def _numbered(row: Mapping[str, str], head: str) -> list[str]:
    named = re.compile(rf"{head}\.\d+")
    return [value for column, value in row.items() if named.fullmatch(column) and value]

"""Google Merchant Center's tab-separated feed.

One row for each offer. A text that a model wrote stands in structured_title or
structured_description with `trained_algorithmic_media:"…"`, any other in title or description, and
never in both. Description and bullets become one line. Cells are exact: nothing is defused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from studio.channels import tables
from studio.channels.cells import gtin, one_line, price
from studio.channels.entry import Entry, Offer
from studio.channels.handles import handle
from studio.schema import Copy, Money

NAME = "google_tsv"
TABLE = tables.TSV
COLUMNS = (
    "id", "title", "structured_title", "description", "structured_description", "link",
    "image_link", "additional_image_link", "availability", "price", "sale_price", "brand", "gtin",
    "identifier_exists", "item_group_id", "condition", "product_type", "color", "size", "material",
    "pattern", "gender", "age_group",
)  # fmt: skip
TEXTS: tuple[str, ...] = ()  # each feed replaces the one before as a whole
AI = "trained_algorithmic_media"


def title(column: str, locale: str) -> str:
    """The header is the same in every language."""
    return column


def rows(entry: Entry) -> list[dict[str, str]]:
    """A row for each offer of the product."""
    return [_row(entry, i) for i in range(len(entry.offers))]


def _row(entry: Entry, i: int) -> dict[str, str]:
    text, product, offer = entry.listing.text, entry.product, entry.offers[i]
    facts = product.in_locale(entry.listing.locale)
    more = entry.placed[1 : 1 + entry.option("additional_max", 10)]
    code = gtin(offer.barcode)
    return {
        "id": offer_id(entry, i),
        **_said("title", text.title, written_by_model(text, "title")),
        **_said("description", one_line(text, entry.listing.locale), _body_by_model(text)),
        "link": link(entry),
        "image_link": entry.placed[0].address if entry.placed else "",
        "additional_image_link": ",".join(p.address for p in more),
        "availability": _availability(entry, offer),
        **_prices(offer.price, offer.compare_at),
        "brand": product.brand,
        "gtin": code,
        "identifier_exists": "" if code or product.brand else "no",
        "item_group_id": _short(entry.handle, entry) if len(entry.offers) > 1 else "",
        "product_type": " > ".join(p.strip() for p in facts.category.split(">")),
        **{
            name: _fact(entry, offer, words)
            for name, words in entry.option("attributes", {}).items()
        },
    }


def offer_id(entry: Entry, i: int) -> str:
    """The SKU, else the product's id with the offer's number; as a handle when it is too long."""
    several = len(entry.offers) > 1
    id = entry.offers[i].sku or (f"{entry.product.id}-{i + 1}" if several else entry.product.id)
    return _short(id, entry)


def _short(id: str, entry: Entry) -> str:
    most = entry.option("id_max", 50)
    return id if len(id) <= most else handle(id, most)


def written_by_model(text: Copy, field: str) -> bool:
    return text.origin.get(field) == "model"


def _body_by_model(text: Copy) -> bool:
    fields = ["description", *(f"bullets.{i}" for i in range(len(text.bullets)))]
    return any(written_by_model(text, field) for field in fields if text.text(field))


def _said(name: str, text: str, by_model: bool) -> dict[str, str]:
    if not by_model or not text:
        return {name: text}
    return {f"structured_{name}": joined(AI, text)}


def joined(source: str, text: str) -> str:
    """A structured value as text feeds write it: `trained_algorithmic_media:"…"`."""
    return source + ':"' + text.replace('"', '""') + '"'


def parted(cell: str) -> tuple[str, str]:
    """(source, text) of such a value; the source is "" when it is written in another way."""
    source, _, text = cell.partition(':"')
    return (source, text[:-1].replace('""', '"')) if cell.endswith('"') else ("", cell)


def link(entry: Entry) -> str:
    """The product's page: its own address, else its handle in the shop, else ""."""
    shop = str(entry.record.get("shop_url", "")).rstrip("/")
    return entry.product.link or (f"{shop}/products/{entry.handle}" if shop else "")


def _availability(entry: Entry, offer: Offer) -> str:
    if offer.quantity is None:
        return str(entry.option("availability_unknown", ""))
    return "in_stock" if offer.quantity > 0 else "out_of_stock"


def _prices(now: Money | None, before: Money | None) -> dict[str, str]:
    if now and before and before.amount > now.amount and before.currency == now.currency:
        return {"price": price(before), "sale_price": price(now)}
    return {"price": price(now)}


def _fact(entry: Entry, offer: Offer, words: list[str]) -> str:
    """The value of the first option or attribute with one of these names."""
    facts = entry.product.in_locale(entry.listing.locale).attributes
    for attribute in (*offer.options, *offer.attributes, *facts):
        if {attribute.kind.casefold(), attribute.name.casefold()} & set(words):
            return attribute.value
    return ""


def approved(entry: Entry) -> dict[str, Any]:
    """What a reader must find, taken from the listing and not from the rows."""
    text, listing = entry.listing.text, entry.listing
    pictures = [p.address for p in entry.placed][: 1 + entry.option("additional_max", 10)]
    return {
        "ids": [offer_id(entry, i) for i in range(len(entry.offers))],
        "title": [text.title, written_by_model(text, "title")],
        "description": [one_line(text, listing.locale), _body_by_model(text)],
        "prices": [
            sorted(filter(None, (price(o.price), price(o.compare_at)))) for o in entry.offers
        ],
        "pictures": pictures,
    }


def back(rows: Iterator[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    """The same, from the rows of the file."""
    found: dict[str, Any] = {}
    group: object = None
    for row in rows:
        mine = row.get("item_group_id") or object()
        if found and mine != group:
            yield found
            found = {}
        group = mine
        seen = _seen(row)
        if not found:
            found = {"ids": [], "prices": [], **seen}
        elif {k: found[k] for k in seen} != seen:
            found = {**found, "differs": [row["id"]]}
        found["ids"].append(row["id"])
        found["prices"].append(sorted(filter(None, (row.get("price"), row.get("sale_price")))))
    if found:
        yield found


def _seen(row: Mapping[str, str]) -> dict[str, Any]:
    links = [row.get("image_link", ""), *row.get("additional_image_link", "").split(",")]
    return {
        "title": _unsaid(row, "title"),
        "description": _unsaid(row, "description"),
        "pictures": [link for link in links if link],
    }


def _unsaid(row: Mapping[str, str], name: str) -> list[object]:
    """[text, written by a model]; [both, None] when a text stands in both places."""
    plain, marked = row.get(name, ""), row.get(f"structured_{name}", "")
    if not marked:
        return [plain, False]
    source, text = parted(marked)
    return [text, True] if source == AI and not plain else [plain + marked, None]

"""Amazon's JSON_LISTINGS_FEED: a message for each SKU, which changes the texts and nothing else.

PARTIAL_UPDATE replaces the attributes that are named and leaves all others as they are. Price and
stock are not written. The seller's id, the product type and the marketplace come from the options
`seller_id`, `product_type` and `marketplace_id`. Source: Amazon's schema of the feed (v2) and
developer-docs.amazon.com/sp-api, "JSON_LISTINGS_FEED".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from studio.channels.cells import bullets
from studio.channels.entry import Entry
from studio.errors import InputError

NAME = "amazon_json"
COLUMNS = (
    "sku", "product", "product_type", "language_tag", "marketplace_id", "item_name", "bullet_point",
    "product_description", "generic_keyword", "main_product_image_locator",
    "other_product_image_locator",
)  # fmt: skip
TEXTS: tuple[str, ...] = ()  # an attribute that is not named stays as it is
TYPE = "PRODUCT"  # Amazon's general product type
MESSAGES = 25_000  # of a feed, by its schema
_HEAD = ("sku", "product", "product_type", "language_tag", "marketplace_id")
_WORDS = ("item_name", "bullet_point", "product_description", "generic_keyword")


class Feed:
    """One JSON object; each message stands on a line of its own, and a blank line, which JSON does
    not see, parts the messages of one product from those of the next."""

    suffix, most = "json", MESSAGES

    def header(self, columns: Sequence[str], options: Mapping[str, Any]) -> bytes:
        seller = str(options.get("seller_id", ""))
        if not seller:
            raise InputError(
                "Amazon's feed names the seller",
                hint="put your seller id (merchant token) into the channel's options as seller_id",
            )
        head = {"sellerId": seller, "version": "2.0"}
        return f'{{"header": {json.dumps(head)}, "messages": [\n'.encode()

    def lines(self, columns: Sequence[str], rows: Iterable[Mapping[str, str]], at: int) -> bytes:
        messages = [
            json.dumps(_message(row, number), ensure_ascii=False)
            for number, row in enumerate(rows, at + 1)
        ]
        return ((",\n\n" if at else "") + ",\n".join(messages)).encode("utf-8")

    def footer(self) -> bytes:
        return b"\n]}\n"

    def read(self, path: Path) -> Iterator[dict[str, str]]:
        """The messages as rows again, read by the standard library's JSON."""
        text = path.read_text("utf-8")
        products = [
            str(at) for at, block in enumerate(text.split("\n\n")) for _ in _MESSAGE.findall(block)
        ]
        for number, message in enumerate(json.loads(text)["messages"], 1):
            if message["messageId"] != number:
                raise InputError(f"message {number} has another number", where=path.name)
            yield {"product": products[number - 1], **dict(_cells(message))}


TABLE = Feed()
_MESSAGE = re.compile(r'^\{"messageId": ', re.MULTILINE)


def title(column: str, locale: str) -> str:
    """Attributes are named the same in every language."""
    return column


def rows(entry: Entry) -> list[dict[str, str]]:
    """A row for each offer, with the texts of the product."""
    text = entry.listing.text
    addresses = [p.address for p in entry.placed if p.address.startswith(("http://", "https://"))]
    shared = {
        "product": entry.product.id,
        "product_type": str(entry.option("product_type", TYPE)),
        "language_tag": entry.listing.locale.replace("-", "_"),
        "marketplace_id": str(entry.option("marketplace_id", "")),
        "item_name": text.title,
        **{f"bullet_point.{n}": words for n, words in enumerate(bullets(text), 1)},
        "product_description": text.description,
        "generic_keyword": " ".join(text.keywords),
        **({"main_product_image_locator": addresses[0]} if addresses else {}),
        **{f"other_product_image_locator.{n}": a for n, a in enumerate(addresses[1:9], 1)},
    }
    return [{**shared, "sku": offer.sku or entry.product.id} for offer in entry.offers]


def _message(row: Mapping[str, str], number: int) -> dict[str, Any]:
    place = {"marketplace_id": row["marketplace_id"]} if row.get("marketplace_id") else {}
    attributes: dict[str, list[dict[str, str]]] = {}
    for column, cell in row.items():
        name, _, at = column.partition(".")
        if column in _HEAD or not cell:
            continue
        if name in _WORDS:
            value = {"value": cell, "language_tag": row["language_tag"], **place}
            attributes.setdefault(name, []).append(value)
        else:
            key = f"{name}_{at}" if at else name
            attributes[key] = [{"media_location": cell, **place}]
    return {
        "messageId": number,
        "sku": row["sku"],
        "operationType": "PARTIAL_UPDATE",
        "productType": row["product_type"],
        "attributes": attributes,
    }


def _cells(message: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "sku", message["sku"]
    for name, values in message["attributes"].items():
        for number, value in enumerate(values, 1):
            if name == "bullet_point":
                yield f"{name}.{number}", value["value"]
            elif name.startswith("other_product_image_locator_"):
                yield ".".join(name.rsplit("_", 1)), value["media_location"]
            else:
                yield name, value.get("value", value.get("media_location"))


def approved(entry: Entry) -> dict[str, Any]:
    """What a reader must find, taken from the listing and not from the rows."""
    text = entry.listing.text
    pictures = [p.address for p in entry.placed if p.address.startswith(("http://", "https://"))]
    return {
        "title": text.title,
        "bullets": bullets(text),
        "description": text.description,
        "keywords": " ".join(text.keywords),
        "skus": [offer.sku or entry.product.id for offer in entry.offers],
        "pictures": pictures[:9],
    }


def back(rows: Iterator[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    """The same, from the messages of the file; "differs" where those of a product disagree."""
    for _, group in groupby(rows, key=lambda row: row["product"]):
        found = [(row["sku"], _seen(row)) for row in group]
        first = found[0][1]
        others = [sku for sku, seen in found if seen != first]
        yield {
            **first,
            "skus": [sku for sku, _ in found],
            **({"differs": others} if others else {}),
        }


def _seen(row: Mapping[str, str]) -> dict[str, Any]:
    numbered = "other_product_image_locator."
    others = [cell for name, cell in row.items() if name.startswith(numbered)]
    return {
        "title": row.get("item_name", ""),
        "bullets": [cell for name, cell in row.items() if name.startswith("bullet_point.")],
        "description": row.get("product_description", ""),
        "keywords": row.get("generic_keyword", ""),
        "pictures": [cell for cell in (row.get("main_product_image_locator", ""), *others) if cell],
    }

"""WooCommerce, by its REST API v3: names and descriptions of its products.

Products are found by SKU, twenty at a time, and written by products/batch with only the fields that
differ. Texts are read and answered in the context "edit", that is as they are stored. Tags and
categories are terms of the shop's own, and search texts those of a plugin: neither is written.
Source: woocommerce.github.io/woocommerce-rest-api-docs, and the controllers of WooCommerce 10.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from studio.channels.formats import Row
from studio.connectors.base import problem, said
from studio.connectors.export import Goods, Sheet
from studio.connectors.line import Line
from studio.connectors.shop import Found, Problem, Texts
from studio.errors import EngineError

_ROOT = "wp-json/wc/v3/products"
_FIELDS = "id,sku,name,description,type"
_PAGE = 100
PAGES = 50
_OURS = {"title": "name", "description": "description"}


def _names(product: str) -> tuple[str, ...]:
    return (product,)


def _key(row: Row) -> str:
    """A variation stands under its product."""
    return row.get("Parent", "") or row["SKU"]


class WooCommerce:
    """One WooCommerce shop."""

    sheet = Sheet(
        format="woocommerce_csv",
        texts={"title": "Name", "description": "Description"},
        names=_names,
        key=_key,
    )
    reads = writes = 20

    def __init__(self, line: Line) -> None:
        self.line = line

    def look(self, goods: Sequence[Goods]) -> list[Found | Problem | None]:
        """By SKU; the shop parts a list of them at commas, so that one with a comma goes alone."""
        found: dict[str, list[dict[str, Any]]] = {one.name: [] for one in goods}
        alone = [[sku] for sku in found if "," in sku]
        together = [sku for sku in found if "," not in sku]
        for skus in [*alone, *([together] if together else [])]:
            for product in self._products(sku=",".join(skus)):
                if product.get("sku") in skus:
                    found[product["sku"]].append(product)
        return [_one(one.name, found[one.name]) for one in goods]

    def again(self, ids: Sequence[str]) -> dict[str, Found]:
        products = self._products(include=",".join(ids))
        return {one.id: one for product in products if (one := _found(product))}

    def write(self, new: Sequence[tuple[Found, Texts]]) -> dict[str, Found | Problem]:
        update = [
            {"id": int(now.id), **{_OURS[field]: text for field, text in texts.items()}}
            for now, texts in new
        ]
        told = self.line.ask("POST", f"{_ROOT}/batch", once=True, json={"update": update}).value
        answers = told.get("update") if isinstance(told, dict) else None
        if not isinstance(answers, list):
            raise EngineError(f"{self.line.place} answered without the products that were sent")
        ended: dict[str, Found | Problem] = {}
        for answer in answers:
            if not isinstance(answer, dict):
                continue
            error = answer.get("error")
            if isinstance(error, dict):
                ended[str(answer.get("id"))] = said(self.line.plain(str(error.get("message"))))
            else:
                ended[str(answer.get("id"))] = _found(answer)
        return ended

    def _products(self, **wanted: str) -> Iterator[dict[str, Any]]:
        """All products that fit, page by page."""
        for page in range(1, PAGES + 1):
            params = {**wanted, "context": "edit", "status": "any", "per_page": _PAGE,
                      "page": page, "_fields": _FIELDS}  # fmt: skip
            answer = self.line.ask("GET", _ROOT, params=params)
            if not isinstance(answer.value, list):
                raise EngineError(f"{self.line.place} answered without a list of products")
            yield from (one for one in answer.value if isinstance(one, dict) and "id" in one)
            pages = answer.headers.get("x-wp-totalpages", "1")
            if not pages.isdigit() or page >= int(pages):
                return


def _one(name: str, products: list[dict[str, Any]]) -> Found | Problem | None:
    ids = ", ".join(str(product["id"]) for product in products)
    if len(products) > 1:
        return problem("twice", name=name, ids=ids)
    if products and products[0].get("type") == "variation":
        return problem("variation", name=name, ids=ids)
    return _found(products[0]) if products else None


def _found(product: dict[str, Any]) -> Found:
    texts = {field: str(product.get(name) or "") for field, name in _OURS.items()}
    return Found(id=str(product["id"]), texts=texts)

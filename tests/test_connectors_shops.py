"""Sending to shops that run here: what is shown, what is written, and that it is written once."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from shops_serving import (
    KEY,
    TOKEN,
    WORD,
    ShopifyShop,
    WooShop,
)
from trust_making import MEI, approve, studio_in

from studio.connectors import Item
from studio.connectors.line import Line
from studio.service import Studio

ROWS = [
    "sku,title,category,price,currency,material,capacity,description",
    "B1,Norvale Bottle 500 ml,Home > Bottles,19.90,USD,Steel,500 ml,A bottle.",
    "B2,Norvale Mug 350 ml,Home > Mugs,12.50,USD,Stoneware,350 ml,A mug.",
    "B3,Norvale Bowl 1 l,Home > Bowls,22.00,USD,Stoneware,1 l,A bowl.",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Three products, approved and exported for both kinds of shops."""
    folder = tmp_path_factory.mktemp("sent")
    studio = studio_in(folder)
    (folder / "goods.csv").write_text("\n".join(ROWS) + "\n", "utf-8")
    studio.import_catalog([folder / "goods.csv"], MEI)
    for channel in ("shopify", "woocommerce"):
        tasks, _ = studio.plan(MEI, channel=channel, pictures=False)
        for id in studio.generate(tasks, MEI).made:
            approve(studio, id)
        studio.export(channel, folder / channel, MEI)
    yield studio
    studio.close()


def out(studio: Studio, channel: str) -> Path:
    return studio.settings.home.parent / channel


def texts(studio: Studio, id: str, channel: str) -> Any:
    return studio.listing(f"{id}/{channel}/en-US", MEI).text


@pytest.fixture
def shopify(made: Studio, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Studio, ShopifyShop]]:
    """A studio on the same home, with a shop that has all three products by handle."""
    shop = ShopifyShop()
    for n, handle in enumerate(("b1", "b2", "b3"), 1):
        shop.add(str(n), handle)
    given = {"shopify_shop": shop.url, "shopify_token": SecretStr(TOKEN)}
    studio = Studio(made.settings.model_copy(update=given))
    monkeypatch.setattr(Line, "sleep", lambda _, seconds: shop.sleep(seconds))
    yield studio, shop
    studio.close()
    shop.close()


@pytest.fixture
def woo(made: Studio, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Studio, WooShop]]:
    shop = WooShop()
    for n, sku in enumerate(("B1", "B2", "B3"), 1):
        shop.add(n, sku)
    given = {
        "woocommerce_shop": shop.url,
        "woocommerce_key": SecretStr(KEY),
        "woocommerce_secret": SecretStr(WORD),
    }
    studio = Studio(made.settings.model_copy(update=given))
    monkeypatch.setattr(Line, "sleep", lambda *_: None)
    yield studio, shop
    studio.close()
    shop.close()


def send(studio: Studio, to: str, **how: Any) -> list[Item]:
    return list(studio.send(out(studio, to), to, MEI, **how))


def states(items: list[Item]) -> dict[str, str]:
    return {item.name: item.state for item in items}


# --- Shopify -------------------------------------------------------------------------------------


def test_a_dry_run_shows_each_text_and_writes_nothing(shopify: tuple[Studio, ShopifyShop]) -> None:
    studio, shop = shopify
    before = json.dumps(shop.products)
    first, *rest = send(studio, "shopify")
    text = texts(studio, "B1", "shopify")
    assert (first.name, first.state, first.there) == ("b1", "change", "gid://shopify/Product/1")
    title = first.changes[0]
    assert (title.field, title.before, title.after) == ("title", "Old title", text.title)
    assert [item.state for item in rest] == ["change", "change"]
    assert not shop.written
    assert json.dumps(shop.products) == before
    assert not [e for e in studio.store.events(limit=500) if "sen" in e.kind and "place" in
                e.detail and e.detail["place"] == shop.url]  # fmt: skip


def test_exactly_the_approved_bytes_are_written_and_only_once(
    shopify: tuple[Studio, ShopifyShop],
) -> None:
    studio, shop = shopify
    assert {i.state for i in send(studio, "shopify", write=True)} == {"sent"}
    text = texts(studio, "B1", "shopify")
    wrote = shop.written[0]
    assert wrote["id"] == "gid://shopify/Product/1"
    assert wrote["title"] == text.title
    assert wrote["seo"] == {"title": text.extra["seo_title"],
                            "description": text.extra["seo_description"]}  # fmt: skip
    assert set(wrote) == {"id", "title", "descriptionHtml", "seo"}
    count = len(shop.written)
    assert {i.state for i in send(studio, "shopify", write=True)} == {"same"}
    assert len(shop.written) == count


def test_only_the_field_that_differs_is_written(shopify: tuple[Studio, ShopifyShop]) -> None:
    studio, shop = shopify
    send(studio, "shopify", write=True)
    shop.written.clear()
    shop.products["gid://shopify/Product/2"]["title"] = "Old title"
    items = send(studio, "shopify", write=True, overwrite=True)
    assert states(items) == {"b1": "same", "b2": "sent", "b3": "same"}
    title = texts(studio, "B2", "shopify").title
    assert shop.written == [{"id": "gid://shopify/Product/2", "title": title}]


def test_all_that_goes_wrong_is_told_in_chinese() -> None:
    import re

    from test_ui_parts import ROOT, said

    from studio.ui import refusals

    missing = []
    for path in ROOT.glob("connectors/*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if not re.fullmatch(r"(Input|State|Setup|Engine)Error", node.func.id):
                continue
            hints = [k.value for k in node.keywords if k.arg == "hint"]
            told = filter(None, map(said, (*node.args[:1], *hints)))
            missing += [f"{path.name}: {text}" for text in told if not refusals.known(text)]
    assert not missing, "\n".join(missing)

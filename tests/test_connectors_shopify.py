"""Shopify, as its API answers: matching, writing, room, errors, lost answers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from export_making import ENGLISH, blob, item, lamp, mug
from shops_serving import CLIENT, SECRET, TOKEN, Answer, ShopifyShop, lost_after, lost_before

from studio import channels
from studio.connectors import Export, Item
from studio.connectors.line import Line
from studio.connectors.shop import Shop
from studio.connectors.shopify import Shopify
from studio.errors import EngineError, SetupError
from studio.service.places import again

GID = "gid://shopify/Product/"
GOLDEN = Path(__file__).parent / "golden" / "shopify_write.json"
Last = Mapping[str, Mapping[str, tuple[str, str]]]


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[ShopifyShop]:
    """One with the mug and the lamp, by handle."""
    running = ShopifyShop()
    running.add("1", "mug-1", skus=("OLD-BLUE",))
    running.add("2", "lamp-7")
    monkeypatch.setattr(Line, "sleep", lambda _, seconds: running.sleep(seconds))
    yield running
    running.close()


@pytest.fixture
def export(tmp_path: Path) -> Iterator[Export]:
    yield from exported(tmp_path, item(mug(), "shopify"), item(lamp(), "shopify"))


def exported(folder: Path, *items: Any) -> Iterator[Export]:
    channels.write(channels.load("shopify"), items, folder / "out", blob, by="ada")
    with Export(folder / "out") as opened:
        yield opened


def connector(shop: ShopifyShop, **how: Any) -> Shop:
    line = Line(shop.url, again=again, secrets=(TOKEN, SECRET))
    return Shop(Shopify(line, **({"token": TOKEN} | how)), "en-US")


def planned(shop: Shop, export: Export, last: Last | None = None) -> list[Item]:
    return [item for batch in shop.plan(export, lambda _: last or {}) for item in batch]


def sent(shop: ShopifyShop, export: Export, **how: Any) -> dict[str, Item]:
    to = connector(shop, **how)
    return {i.name: i for batch in to.plan(export, lambda _: {}) for i in to.send(batch)}


# --- what is written -----------------------------------------------------------------------------


def test_requests_are_the_golden_ones(shop: ShopifyShop, export: Export) -> None:
    """Looking, looking again, writing: every byte of what leaves."""
    sent(shop, export)
    told = json.dumps([[m, p, a] for m, p, a in shop.asked], indent=1, ensure_ascii=False) + "\n"
    assert told == GOLDEN.read_text("utf-8")
    wrote = shop.asked[2][2]["variables"]["product"]
    assert wrote["title"] == ENGLISH.title
    assert "<li>Holds 350 ml</li>" in wrote["descriptionHtml"]
    assert "price" not in json.dumps(shop.asked[2][2])


@pytest.mark.parametrize("whole", [False, True])
def test_a_text_that_is_not_there_blanks_nothing(
    tmp_path: Path, shop: ShopifyShop, whole: bool
) -> None:
    """Whichever way the shop reads a half of its search texts."""
    bare = ENGLISH.model_copy(update={"extra": {"seo_title": "Mug"}, "bullets": ()})
    shop.whole_seo = whole
    shop.products[f"{GID}1"]["seo"] = {"title": "Theirs", "description": "Theirs too"}
    for export in exported(tmp_path, item(mug(), "shopify", text=bare)):
        found = sent(shop, export)["mug-1"]
        assert (found.state, set(found.kept)) == ("sent", {"title", "description", "seo_title"})
    assert shop.products[f"{GID}1"]["seo"] == {"title": "Mug", "description": "Theirs too"}


def test_what_the_shop_has_is_not_sent(shop: ShopifyShop, export: Export) -> None:
    sent(shop, export)
    count = len(shop.asked)
    again_ = sent(shop, export)
    assert {i.state for i in again_.values()} == {"same"}
    assert len(shop.asked) == count + 1  # one question for both


def test_what_the_shop_keeps_in_its_own_way_is_not_sent_again(
    shop: ShopifyShop, export: Export
) -> None:
    """Some shops rewrite HTML. What was sent and what was kept of it are both remembered."""
    real = shop.productUpdate

    def tidying(info: Any, product: dict[str, Any]) -> Any:
        done = real(info, product)
        held = shop.products[product["id"]]
        held["descriptionHtml"] = held["descriptionHtml"].replace("<br>", "<br />\n")
        return done

    shop.productUpdate = tidying  # type: ignore[method-assign]
    first = sent(shop, export)["mug-1"]
    assert first.state == "sent"
    assert first.problem["zh"] == "店铺保存的写法与发送的不同：描述"
    last = {first.key: first.kept}
    assert planned(connector(shop), export, last)[0].state == "same"
    shop.products[f"{GID}1"]["descriptionHtml"] = "<p>Mine now</p>"
    changes = planned(connector(shop), export, last)[0].changes
    assert [(c.field, c.before, c.edited) for c in changes] == [
        ("description", "<p>Mine now</p>", True)
    ]


# --- which product -------------------------------------------------------------------------------


def test_another_handle_is_found_by_sku(shop: ShopifyShop, export: Export) -> None:
    """The search is loose and comes in pages: the very same SKU counts, and nothing else."""
    shop.products.clear()
    shop.add("8", "my-mug", skus=("MUG-1-BLUE-XL", "mug-1-blue", "MUG-1-RED-2"))
    shop.add("9", "old-mug", skus=("MUG-1-BLUE", "MUG-1-RED"))
    found = planned(connector(shop), export)
    assert [(i.name, i.state, i.there) for i in found] == [
        ("mug-1", "change", f"{GID}9"), ("lamp-7", "absent", "")
    ]  # fmt: skip
    pages = [a["variables"]["after"] for _, _, a in shop.asked if "after" in a["variables"]]
    assert pages == [None, "2", "4"]
    assert found[1].problem["zh"].startswith("店铺里没有这个商品（按 lamp-7")


def test_skus_of_several_products_are_none(shop: ShopifyShop, export: Export) -> None:
    shop.products.clear()
    shop.add("8", "blue", skus=("MUG-1-BLUE",))
    shop.add("9", "red", skus=("MUG-1-RED",))
    found = sent(shop, export)["mug-1"]
    assert found.state == "refused"
    assert f"{GID}8, {GID}9" in found.problem["en"]
    assert not shop.written


@pytest.mark.parametrize("sku", ['x" OR title:*', "back\\slash", "OR sku:MUG", "{ shop }", "空 格"])
def test_a_hostile_sku_stays_a_value(tmp_path: Path, shop: ShopifyShop, sku: str) -> None:
    shop.products.clear()
    shop.add("8", "other", skus=("MUG", "shop", "OR"))
    shop.add("9", "this", skus=(sku,))
    one = mug().variants[0].model_copy(update={"sku": sku})
    for export in exported(tmp_path, item(mug(variants=(one,)), "shopify")):
        assert planned(connector(shop), export)[0].there == f"{GID}9"
    query = shop.asked[-1][2]["variables"]["query"]
    assert query == 'sku:"' + sku.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert sku not in shop.asked[-1][2]["query"]


# --- what goes wrong -----------------------------------------------------------------------------


def test_a_refusal_is_told_in_both_languages_and_the_rest_goes_on(
    shop: ShopifyShop, export: Export
) -> None:
    shop.refuse[f"{GID}1"] = [
        {"field": ["title"], "message": "Title is too long (maximum is 255 characters)\x1b[2J"}
    ]
    found = sent(shop, export)
    assert (found["mug-1"].state, found["lamp-7"].state) == ("failed", "sent")
    told = found["mug-1"].problem
    assert told["en"] == "title: Title is too long (maximum is 255 characters) [2J"
    assert told["zh"] == f"过长，最多 255 个字符（{told['en']}）"


@pytest.mark.parametrize("write", [0, 1])
def test_an_answer_that_is_lost_after_the_write(
    shop: ShopifyShop, export: Export, write: int
) -> None:
    """The shop is asked what it has, and nothing is written twice."""
    # look at all; then for each product: ask again, write
    shop.faults.extend([lambda: None] * (2 + 2 * write) + [lost_after])
    found = sent(shop, export)
    assert {i.state for i in found.values()} == {"sent"}
    assert [w["id"] for w in shop.written] == [f"{GID}1", f"{GID}2"]


def test_an_answer_that_is_lost_before_the_write(shop: ShopifyShop, export: Export) -> None:
    shop.faults.extend([lambda: None, lambda: None, lost_before])
    found = sent(shop, export)
    assert {i.state for i in found.values()} == {"sent"}
    assert len(shop.written) == 2
    assert shop.slept == [1.0]


def test_three_tries_and_no_more(shop: ShopifyShop, export: Export) -> None:
    def down() -> None:
        raise Answer(503, b"<html>busy</html>")

    # between the writes it is asked what the shop has
    shop.faults.extend([lambda: None] * 2 + [down, lambda: None] * 3)
    found = sent(shop, export)
    assert (found["mug-1"].state, found["lamp-7"].state) == ("failed", "sent")
    assert found["mug-1"].problem["en"].endswith("answered 503: busy")
    assert shop.slept == [1.0, 4.0]


def test_a_shop_that_went_down_is_not_asked_a_million_times(
    tmp_path: Path, shop: ShopifyShop
) -> None:
    many = [mug(f"M-{n}") for n in range(12)]
    for n in range(12):
        shop.add(f"10{n}", f"m-{n}")
    for export in exported(tmp_path, *(item(m, "shopify") for m in many)):
        to = connector(shop)
        (batch,) = to.plan(export, lambda _: {})
        shop.close()
        ended: list[Item] = []
        with pytest.raises(EngineError, match="gave no answer"):
            ended.extend(to.send(batch))
        assert [one.state for one in ended] == ["failed"] * 5


def test_it_waits_until_the_shop_has_room(shop: ShopifyShop, export: Export) -> None:
    shop.room, shop.cost, shop.at = 410.0, 400.0, time.monotonic()  # enough for one query
    found = sent(shop, export)
    assert {i.state for i in found.values()} == {"sent"}
    assert not shop.throttled
    assert shop.slept
    assert all(0 < seconds <= 8.0 for seconds in shop.slept)


def test_throttled_it_waits_as_long_as_the_cost_says(shop: ShopifyShop, export: Export) -> None:
    to = connector(shop)
    shop.room, shop.cost, shop.at = 0.0, 500.0, time.monotonic()
    assert planned(to, export)[0].state == "change"
    assert shop.throttled == 1
    assert 5.0 < shop.slept[0] <= 10.0  # 500 points at 50 a second


@pytest.mark.parametrize(("asked", "slept"), [("7", [7.0]), ("0.5", [1.0]), ("no", [1.0])])
def test_retry_after_is_honoured(
    shop: ShopifyShop, export: Export, asked: str, slept: list[float]
) -> None:
    def full() -> None:
        raise Answer(429, {"errors": "Exceeded 2 calls per second"}, Retry_After=asked)

    shop.faults.append(full)
    assert planned(connector(shop), export)[0].state == "change"
    assert shop.slept == slept


def test_who_wants_hours_of_patience_gets_none(shop: ShopifyShop, export: Export) -> None:
    def full() -> None:
        raise Answer(429, {"errors": "no"}, Retry_After="86400")

    shop.faults.append(full)
    with pytest.raises(EngineError, match="wants 86400 seconds of patience"):
        planned(connector(shop), export)
    assert not shop.slept


@pytest.mark.parametrize("gone", [False, True])
def test_what_changed_meanwhile_is_left_alone(
    shop: ShopifyShop, export: Export, gone: bool
) -> None:
    def meanwhile() -> None:
        if gone:
            del shop.products[f"{GID}1"]
        else:
            shop.products[f"{GID}1"]["title"] = "Half price today"

    shop.faults.extend([lambda: None, meanwhile])
    found = sent(shop, export)
    assert (found["mug-1"].state, found["lamp-7"].state) == ("failed", "sent")
    assert "meanwhile" in found["mug-1"].problem["en"]
    assert [w["id"] for w in shop.written] == [f"{GID}2"]


@pytest.mark.parametrize(
    "body",
    [
        [],
        "shop",
        {"data": {"h0": "a mug", "h1": 3}},
        {"data": {"h0": {"id": 5, "title": []}}},
        {"data": {"productVariants": {"nodes": [None]}}},
        {"errors": "no"},
        {"errors": [5], "extensions": {"cost": {"requestedQueryCost": 1e999}}},
    ],
)
def test_answers_of_another_form(shop: ShopifyShop, export: Export, body: Any) -> None:
    def odd() -> None:
        raise Answer(200, body)

    shop.faults.extend([odd] * 9)
    with pytest.raises(EngineError, match="answered"):
        planned(connector(shop), export)


# --- keys and versions ---------------------------------------------------------------------------


def test_a_wrong_token_ends_it_and_is_not_told(shop: ShopifyShop, export: Export) -> None:
    wrong = "shpat_wrong_and_long"

    def echo() -> None:
        raise Answer(401, {"errors": f"[API] Invalid access token {wrong}"})

    shop.faults.append(echo)
    line = Line(shop.url, again=again, secrets=(wrong,))
    with pytest.raises(SetupError, match="does not accept the key") as told:
        planned(Shop(Shopify(line, token=wrong), "en-US"), export)
    assert wrong not in str(told.value)
    assert "***" in str(told.value)


def test_a_missing_scope_names_it(shop: ShopifyShop, export: Export) -> None:
    def denied() -> None:
        errors = [{"message": "Access denied for productUpdate field.",
                   "extensions": {"code": "ACCESS_DENIED"}}]  # fmt: skip
        raise Answer(200, {"errors": errors})

    shop.faults.extend([lambda: None, lambda: None, denied])
    with pytest.raises(SetupError, match="Access denied") as told:
        sent(shop, export)
    assert "write_products" in told.value.hint


def test_an_app_changes_its_secret_for_a_token(shop: ShopifyShop, export: Export) -> None:
    shop.token = ""
    found = sent(shop, export, token="", client=(CLIENT, SECRET))
    assert {i.state for i in found.values()} == {"sent"}
    assert sum("x-www-form-urlencoded" in heard for heard in shop.heard) == 1


def test_another_version_of_the_api_is_not_written_to(shop: ShopifyShop, export: Export) -> None:
    """A version that has ended is answered by another one, whose fields may mean other things."""

    def older() -> None:
        raise Answer(200, {"data": {}}, X_Shopify_API_Version="2026-07")

    shop.faults.append(older)
    with pytest.raises(SetupError, match="speaks version 2026-07 of its API, not 2026-10"):
        planned(connector(shop), export)

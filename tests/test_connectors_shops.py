"""Sending to shops that run here: what is shown, what is written, and that it is written once."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from shops_serving import KEY, TOKEN, WORD, ShopifyShop, WooShop
from trust_making import ADA, EVE, MEI, RUI, approve, filled, studio_in

from studio.connectors import Item
from studio.connectors.line import Line
from studio.errors import DeniedError, InputError, SetupError, StateError
from studio.schema import Event
from studio.service import Studio

Pair = tuple[Studio, ShopifyShop]
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
def shopify(made: Studio, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
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


def told(studio: Studio, shop: ShopifyShop | WooShop) -> list[Event]:
    """The lines of the record that are about this shop."""
    lines: list[Event] = []
    after: int | None = 0
    while after is not None:
        page = studio.store.events(after=after, limit=500)
        lines += [event for event in page if event.detail.get("place") == shop.url]
        after = page.next
    return lines


# --- what is sent --------------------------------------------------------------------------------


def test_a_dry_run_shows_each_text_and_writes_nothing(shopify: Pair) -> None:
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
    assert not told(studio, shop)


def test_exactly_the_approved_bytes_are_written_and_only_once(shopify: Pair) -> None:
    studio, shop = shopify
    assert {i.state for i in send(studio, "shopify", write=True)} == {"sent"}
    text = texts(studio, "B1", "shopify")
    wrote = shop.written[0]
    assert (wrote["id"], wrote["title"]) == ("gid://shopify/Product/1", text.title)
    assert wrote["seo"] == {"title": text.extra["seo_title"],
                            "description": text.extra["seo_description"]}  # fmt: skip
    assert set(wrote) == {"id", "title", "descriptionHtml", "seo"}
    count = len(shop.written)
    assert {i.state for i in send(studio, "shopify", write=True)} == {"same"}
    assert len(shop.written) == count


def test_only_the_field_that_differs_is_written(shopify: Pair) -> None:
    studio, shop = shopify
    send(studio, "shopify", write=True)
    shop.written.clear()
    shop.products["gid://shopify/Product/2"]["title"] = "Old title"
    items = send(studio, "shopify", write=True, overwrite=True)
    assert states(items) == {"b1": "same", "b2": "sent", "b3": "same"}
    title = texts(studio, "B2", "shopify").title
    assert shop.written == [{"id": "gid://shopify/Product/2", "title": title}]


def test_what_somebody_changed_there_stays_theirs(shopify: Pair) -> None:
    """Both are shown; it is written over only when that is asked for."""
    studio, shop = shopify
    send(studio, "shopify", write=True)
    shop.written.clear()
    shop.products["gid://shopify/Product/2"]["title"] = "Mug of the month"
    (shown,) = (i for i in send(studio, "shopify") if i.changes)
    assert [(c.field, c.before, c.edited) for c in shown.changes] == [
        ("title", "Mug of the month", True)
    ]
    items = send(studio, "shopify", write=True)
    assert states(items) == {"b1": "same", "b2": "theirs", "b3": "same"}
    assert not shop.written
    assert shop.products["gid://shopify/Product/2"]["title"] == "Mug of the month"
    shop.products["gid://shopify/Product/3"].update(title="Bowl!", descriptionHtml="")
    kept = studio.store.last_sent(["B3/shopify/en-US"], shop.url)["B3/shopify/en-US"]
    assert set(kept) == {"title", "description", "seo_title", "seo_description"}
    send(studio, "shopify", write=True, overwrite=True)
    assert [set(w) - {"id"} for w in shop.written] == [{"title"}, {"title", "descriptionHtml"}]


def test_beside_what_is_theirs_the_rest_is_written(shopify: Pair) -> None:
    studio, shop = shopify
    held = shop.products["gid://shopify/Product/2"]
    ours = {c.field: c.after for c in send(studio, "shopify")[1].changes}
    held["descriptionHtml"] = ours["description"]  # so that this was never sent
    send(studio, "shopify", write=True)
    shop.written.clear()
    held.update(title="Mug of the month", descriptionHtml="<p>Old</p>")
    assert states(send(studio, "shopify", write=True))["b2"] == "sent"
    assert shop.written == [{"id": held["id"], "descriptionHtml": ours["description"]}]
    assert held["title"] == "Mug of the month"


def test_woocommerce_gets_the_same(woo: tuple[Studio, WooShop]) -> None:
    studio, shop = woo
    assert {i.state for i in send(studio, "woocommerce")} == {"change"}
    assert not shop.written
    assert {i.state for i in send(studio, "woocommerce", write=True)} == {"sent"}
    assert [one["name"] for one in shop.written] == [
        texts(studio, id, "woocommerce").title for id in ("B1", "B2", "B3")
    ]
    assert {i.state for i in send(studio, "woocommerce", write=True)} == {"same"}


def test_a_folder_gets_all_of_it(made: Studio, tmp_path: Path) -> None:
    place = str(tmp_path / "there")
    ended = list(made.send(out(made, "shopify"), place, MEI, write=True))
    assert {i.state for i in ended} == {"sent"}
    assert made.verify(MEI, tmp_path / "there") == []


# --- the record ----------------------------------------------------------------------------------


def test_the_record_tells_what_was_sent_where(shopify: Pair) -> None:
    studio, shop = shopify
    shop.refuse["gid://shopify/Product/3"] = [{"field": None, "message": "No."}]
    send(studio, "shopify", write=True)
    begun, one, _, three, ended = told(studio, shop)
    assert (begun.kind, one.kind, ended.kind) == ("send begun", "sent", "send ended")
    assert (one.listing, one.actor) == ("B1/shopify/en-US", "mei")
    assert one.detail["there"] == "gid://shopify/Product/1"
    title = hashlib.sha256(texts(studio, "B1", "shopify").title.encode()).hexdigest()
    assert one.detail["fields"]["title"] == [title, title]
    assert (three.kind, three.detail["problem"]) == ("send failed", "No.")
    assert (ended.detail["sent"], ended.detail["failed"]) == (2, 1)
    assert studio.verify(MEI, out(studio, "shopify")) == []


def test_stopped_and_begun_again(shopify: Pair) -> None:
    """What was sent stands in the record; the next run sends the rest."""
    studio, shop = shopify
    sending = studio.send(out(studio, "shopify"), "shopify", MEI, write=True)
    assert next(sending).state == "sent"
    sending.close()  # as Ctrl-C does
    assert [e.kind for e in told(studio, shop)] == ["send begun", "sent", "send ended"]
    items = send(studio, "shopify", write=True)
    assert states(items) == {"b1": "same", "b2": "sent", "b3": "sent"}
    assert [w["id"][-1] for w in shop.written] == ["1", "2", "3"]


def test_no_key_is_in_the_database_the_record_or_an_error(made: Studio) -> None:
    shop = ShopifyShop()
    shop.token, shop.room = "shpat_another", 1000.0
    given = {"shopify_shop": shop.url}
    studio = Studio(made.settings.model_copy(update=given))
    try:
        with pytest.raises(SetupError, match="no key for the Shopify shop"):
            send(studio, "shopify")
        studio.set_secret("shopify_token", TOKEN, ADA)
        with pytest.raises(SetupError, match="does not accept the key") as refused:
            send(studio, "shopify", write=True)
        shop.token = TOKEN
        shop.add("1", "b1")
        send(studio, "shopify", write=True)
        assert TOKEN not in str(refused.value) + repr(refused.value.__context__)
        for file in studio.settings.home.rglob("*"):
            assert not file.is_file() or TOKEN.encode() not in file.read_bytes()
    finally:
        studio.set_secret("shopify_token", "", ADA)
        studio.close()
        shop.close()


# --- what is not sent ----------------------------------------------------------------------------


def test_an_export_that_does_not_prove_is_not_sent(shopify: Pair, tmp_path: Path) -> None:
    studio, shop = shopify
    copy = tmp_path / "copy"
    shutil.copytree(out(studio, "shopify"), copy)
    (table,) = copy.glob("*.csv")
    table.write_bytes(table.read_bytes().replace(b"Norvale", b"Norvael"))
    with pytest.raises(StateError, match=r"can not be proved: shopify\.en-US\.csv has changed"):
        list(studio.send(copy, "shopify", MEI, write=True))
    text = (copy / "manifest.json").read_text("utf-8")
    (copy / "manifest.json").write_text(text.replace('"rui"', '"eve"'), "utf-8")
    shutil.copy(out(studio, "shopify") / table.name, table)
    with pytest.raises(StateError, match="the record tells of no export"):
        list(studio.send(copy, "shopify", MEI, write=True))
    assert not shop.heard


def test_an_export_that_is_replaced_meanwhile_is_not_sent(
    shopify: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sent is what was proved, also when the folder changes right before."""
    studio, shop = shopify
    folder = tmp_path / "copy"
    shutil.copytree(out(studio, "shopify"), folder)
    manifest = folder / "manifest.json"
    right = manifest.read_text("utf-8")
    manifest.write_text(right.replace('"rui"', '"eve"'), "utf-8")
    real = studio.verify

    def after_it_was_read(*given: Any) -> list[str]:
        manifest.write_text(right, "utf-8")
        return real(*given)

    monkeypatch.setattr(studio, "verify", after_it_was_read)
    with pytest.raises(StateError, match="replaced while it was read"):
        list(studio.send(folder, "shopify", MEI, write=True))
    assert not shop.heard


def test_a_listing_whose_approval_was_taken_back_is_not_sent(tmp_path: Path) -> None:
    studio = studio_in(tmp_path)
    filled(studio, tmp_path)
    id = "B1/shopify/en-US"
    studio.withdraw(id, revision=studio.listing(id, MEI).revision, actor=MEI)
    shop = ShopifyShop()
    shop.add("1", "b1")
    given = {"shopify_shop": shop.url, "shopify_token": SecretStr(TOKEN)}
    other = Studio(studio.settings.model_copy(update=given))
    try:
        (item,) = other.send(tmp_path / "out", "shopify", MEI, write=True)
        assert (item.state, item.changes) == ("refused", ())
        assert item.problem["zh"] == "导出之后又有改动，或批准已撤回：请重新批准并导出"
        assert not shop.written
    finally:
        other.close()
        studio.close()
        shop.close()


def test_nobody_without_the_right_sends(shopify: Pair) -> None:
    studio, shop = shopify
    for actor in (RUI, EVE):
        with pytest.raises(DeniedError, match="may not export"):
            list(studio.send(out(studio, "shopify"), "shopify", actor))
    assert not shop.heard


@pytest.mark.parametrize("to", ["ftp://shop.example", "https://shop.example", "", "gs://a/b"])
def test_places_that_are_none(made: Studio, to: str) -> None:
    with pytest.raises(InputError, match="is no place to send to"):
        list(made.send(out(made, "shopify"), to, MEI))


def test_a_language_must_be_one_of_the_export(shopify: Pair) -> None:
    studio, shop = shopify
    with pytest.raises(InputError, match="this export has en-US"):
        send(studio, "shopify", locale="zh-CN")
    assert not shop.heard


def test_an_export_for_others_is_refused(shopify: Pair) -> None:
    studio, shop = shopify
    with pytest.raises(InputError, match="this export is for woocommerce"):
        list(studio.send(out(studio, "woocommerce"), "shopify", MEI))
    assert not shop.heard

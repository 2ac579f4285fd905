"""From the export page to the shop of the settings, in a real browser and a shop on a port."""

from __future__ import annotations

import shutil

import pytest
from shops_serving import ShopifyShop
from ui_serving import ADA, Server
from ui_visiting import MARKS, Visit, box

from studio.schema import Actor, Role

pytest_plugins = ("shop_beside", "ui_visiting")
pytestmark = MARKS
RUI = Actor(name="rui", role=Role.REVIEWER)


@pytest.fixture(scope="module", autouse=True)
def approved(server: Server) -> None:
    made = server.make("TWO-1")
    server.studio.submit(made.id, revision=made.revision, actor=ADA)
    server.studio.approve(made.id, revision=made.revision, actor=RUI)


def test_an_export_is_compared_and_then_written(
    visit: Visit, server: Server, shop: ShopifyShop
) -> None:
    page = visit("/export", "mei", "zh-CN")
    page.wait_for_selector("#export-shopify")
    assert page.locator("[id^=compare-]").count() == 0  # nothing was exported yet
    page.click("#export-shopify")
    page.click("[id^=compare-shopify]")
    page.wait_for_selector("#delivery td:has-text('Old title')")
    assert "待更新 1" in page.inner_text("#delivery [role=status]")
    assert not shop.written
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.click("#deliver")
    assert "Shopify" in asked[0]
    assert not shop.written
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#deliver")
    page.wait_for_selector("#delivery [role=status]:has-text('已写入 1')")
    assert shop.written
    listing = server.studio.listing("TWO-1/shopify/en-US", ADA)
    assert listing.text.title in [product["title"] for product in shop.products.values()]


def test_without_a_shop_or_a_right_there_is_no_such_button(visit: Visit, server: Server) -> None:
    server.studio.export("shopify", server.studio.exports("shopify"), ADA)
    page = visit("/export", "vic")
    page.wait_for_selector(".st-table")
    assert page.locator("[id^=compare-]").count() == 0
    ada = visit("/export", "ada")
    ada.wait_for_selector("[id^=compare-shopify]")


def test_what_can_no_longer_be_sent_is_told_in_the_readers_language(
    visit: Visit, server: Server, shop: ShopifyShop
) -> None:
    server.studio.export("shopify", server.studio.exports("shopify"), ADA)
    page = visit("/export", "ada", "zh-CN")
    page.wait_for_selector("[id^=compare-shopify]")
    server.studio.exports("shopify").joinpath("manifest.json").unlink()
    page.click("[id^=compare-shopify]")
    page.wait_for_selector(".st-note.st-bad:has-text('导出')")


@pytest.mark.parametrize(
    ("language", "words"), [("en-US", "exported as approved before: 1"), ("zh-CN", "有 1 份")]
)
def test_what_was_changed_while_it_went_out_is_told(
    visit: Visit, server: Server, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    """The shop gets what was approved; whoever exported learns that somebody has changed it."""
    studio, id = server.studio, "TWO-1/shopify/en-US"
    shutil.rmtree(studio.exports("shopify"), ignore_errors=True)
    if (held := studio.listing(id, ADA)).approved is None:
        studio.submit(id, revision=held.revision, actor=ADA)
        studio.approve(id, revision=held.revision, actor=RUI)
    whole = studio.store.approved

    def reading(*args, **more):
        for item in whole(*args, **more):
            yield item
            held = studio.listing(id, ADA)
            studio.edit(id, {"title": f"Cup {language}"}, revision=held.revision, actor=ADA)

    monkeypatch.setattr(studio.store, "approved", reading)
    page = visit("/export", "mei", language)
    page.click("#export-shopify")
    told = page.locator("#changed")
    assert words in told.inner_text()
    told.locator("a").click()
    page.wait_for_url("**/review?*")
    assert box(page, "title").input_value() == f"Cup {language}"

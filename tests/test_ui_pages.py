"""The pages in a real browser: the main path, refusals, two people, hostile names, reloads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from ui_serving import ADA, HOSTILE, PASSWORD, Server, serving, upload
from ui_visiting import MARKS, Visit, box, playwright, product

from studio.schema import State

pytest_plugins = ("ui_visiting",)
pytestmark = MARKS


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("ui")) as running:
        yield running


def read(page: Any) -> None:
    """Click until the report is there: a page that has just been drawn may not hear the first one,
    and reading a file twice changes nothing."""
    for _ in range(4):
        page.click("#read")
        with suppress(playwright.TimeoutError):
            page.wait_for_selector("#imported [role]", timeout=20_000)
            return
    page.wait_for_selector("#imported [role]")


@pytest.mark.parametrize(("locale", "words"), [("en-US", "Export"), ("zh-CN", "导出")])
def test_from_a_file_to_an_export(
    visit: Visit, server: Server, tmp_path: Path, locale: str, words: str
) -> None:
    """Merchant, reviewer and merchant again; the second language with no pictures, for speed."""
    page = visit("/", "mei", locale)
    page.click("#import button")
    page.set_input_files("#files input[type=file]", upload(tmp_path))
    page.wait_for_selector("#files a[download]")
    read(page)
    assert "vases.csv:3" in page.inner_text("#imported")
    assert "vases.csv:3" in page.inner_text(".st-report")
    assert "ask us" in page.inner_text(".st-report")
    chinese = locale == "zh-CN"
    assert ("已导入 2 个商品" if chinese else "Imported 2 products") in page.inner_text(
        ".st-report"
    )

    page.goto(f"{server.url}/product?id=VASE-1")
    page.wait_for_selector("#make", state="attached")
    if page.locator(".st-make:not([open])").count():  # there is a listing from the first round
        page.click(".st-make summary")
    page.select_option("#channel", "google_merchant" if chinese else "shopify")
    if chinese:
        page.uncheck("[data-send=pictures]")
    page.fill("#hint", "shorter")
    page.click("#make")
    page.wait_for_selector("#progress .st-good")
    name = "google_merchant" if chinese else "shopify"
    listing = f"VASE-1/{name}/en-US"
    page.wait_for_selector(f'[data-listing="{listing}"]')
    if not chinese:
        assert page.locator(".st-compare .st-top").count() == 2

    box(page, "title").fill("Blue stoneware vase, 24 cm")
    page.wait_for_selector(".st-unsaved:visible")
    page.click("#submit")  # what was typed is saved first
    page.wait_for_selector(".st-chip.st-submitted")
    held = server.studio.listing(listing, ADA)
    assert (held.text.title, held.state) == ("Blue stoneware vase, 24 cm", State.SUBMITTED)

    desk = visit("/review", "rui", locale)
    desk.wait_for_selector(f'[data-listing="{listing}"]')
    desk.keyboard.press("a")
    desk.wait_for_selector(".st-note.st-good")
    assert server.studio.listing(listing, ADA).state is State.APPROVED

    page.goto(f"{server.url}/export")
    page.click(f"#export-{name}")
    page.wait_for_selector("#zip")
    assert words in page.inner_text(f"#export-{name}")
    with page.expect_download() as download:
        page.click("#zip")
    assert Path(download.value.path()).read_bytes().startswith(b"PK")
    assert server.studio.listing(listing, ADA).state is State.EXPORTED


def test_findings_are_marked_and_mended_with_one_click(visit: Visit, server: Server) -> None:
    listing = server.make("BAD-1")
    page = visit(product(listing.id), "mei")
    page.wait_for_selector("#save")
    box(page, "description").fill("A desk lamp. 🙂 The best lamp in the world, 100% safe.")
    page.click("#save")
    page.wait_for_selector("mark")
    found = server.studio.listing(listing.id, ADA).findings
    shown = page.locator(".st-box mark").all_inner_texts()
    assert shown == [f.match for f in found if not f.cleared and f.match and "." not in f.field]
    before = len(shown)
    page.locator("[data-do=fix_one]").first.click()
    page.wait_for_function("n => document.querySelectorAll('.st-box mark').length < n", arg=before)
    assert (
        box(page, "description").input_value()
        == server.studio.listing(listing.id, ADA).text.description
    )


def test_what_is_refused_says_why_and_keeps_the_words(visit: Visit, server: Server) -> None:
    listing = server.make("BAD-1")
    text = "The best lamp in the world, 100% safe."
    listing = server.studio.edit(
        listing.id, {"description": text}, revision=listing.revision, actor=ADA
    )
    server.studio.submit(listing.id, revision=listing.revision, actor=ADA)
    page = visit(f"/review?listing={listing.id}", "rui", "zh-CN")
    page.wait_for_selector("#approve:not([disabled])")
    page.keyboard.press("a")
    page.wait_for_selector("#problem")
    assert "严重问题" in page.inner_text("#problem")
    page.keyboard.press("r")
    page.click("dialog[open] button[value=yes]")
    page.wait_for_function("() => document.querySelector('#problem')?.textContent.includes('理由')")
    page.keyboard.press("r")
    page.fill("#reason", "说得太满")
    page.click("dialog[open] button[value=yes]")
    page.wait_for_selector(f'[data-listing="{listing.id}"]', state="detached")
    assert server.studio.listing(listing.id, ADA).state is State.REJECTED
    merchant = visit(product(listing.id), "mei")
    merchant.wait_for_selector(".st-head .st-bad")
    assert "说得太满" in merchant.inner_text(".st-head .st-bad")


def test_two_people_on_one_listing(visit: Visit, server: Server) -> None:
    listing = server.make("TWO-1")
    mine, theirs = visit(product(listing.id), "mei"), visit(product(listing.id), "ada")
    for page in (mine, theirs):
        page.wait_for_selector("#save")
    box(mine, "title").fill("Canvas tote of mei")
    box(theirs, "title").fill("Canvas tote of ada")
    box(theirs, "bullets.0").fill("Has an inside pocket")
    theirs.click("#save")
    theirs.wait_for_selector("#said")
    mine.click("#save")
    mine.wait_for_selector("#problem")
    assert "ada" in mine.inner_text("#problem")
    assert box(mine, "title").input_value() == "Canvas tote of mei"
    assert "Canvas tote of ada" in mine.inner_text(".st-theirs")
    assert server.studio.listing(listing.id, ADA).text.title == "Canvas tote of ada"
    mine.click("#save")  # knowing what was there
    mine.wait_for_selector("#said")
    merged = server.studio.listing(listing.id, ADA).text
    assert (merged.title, merged.bullets[0]) == ("Canvas tote of mei", "Has an inside pocket")


def test_a_name_with_markup_stays_text(visit: Visit, server: Server) -> None:
    listing = server.make("XSS-1")
    change = {"title": HOSTILE}
    server.studio.edit(listing.id, change, revision=listing.revision, actor=ADA)
    name = server.studio.product("XSS-1", ADA).title
    for path in ("/", product(listing.id), "/review?state=all&search=XSS-1", "/record"):
        page = visit(path, "ada")
        page.wait_for_selector(".st-table, .st-desk")
        if path == "/":
            assert name in page.locator(".st-name").all_inner_texts()
        if path.startswith("/product"):
            assert "{{7*7}} </textarea>" in box(page, "title").input_value()
        assert page.evaluate("window.hacked") is None


def test_a_reload_keeps_the_place_and_the_words(visit: Visit, server: Server) -> None:
    for sku in ("OK-1", "TWO-1"):
        server.make(sku)
    page = visit("/review?state=draft", "ada")
    page.wait_for_selector(".st-item[aria-current]")
    first = page.get_attribute("[data-nonce]", "data-listing")
    page.keyboard.press("j")
    page.wait_for_selector(f'[data-nonce]:not([data-listing="{first}"])')
    second = page.get_attribute("[data-nonce]", "data-listing")
    box(page, "title").fill("not saved j a r")  # keys rest while somebody types
    page.reload()
    page.wait_for_selector(f'[data-listing="{second}"]')
    page.wait_for_selector(".st-unsaved:visible")
    assert box(page, "title").input_value() == "not saved j a r"
    page.keyboard.press("k")
    page.wait_for_selector(f'[data-listing="{first}"]')


def test_signing_in_and_the_other_language(visit: Visit, server: Server) -> None:
    page = visit("/", locale="zh-CN")
    page.fill("#name", "ada")
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_selector(".st-nav")
    assert "管理员" in page.inner_text(".st-me")
    page.click(".st-lang")
    page.wait_for_selector("nav a:has-text('Catalog')")
    page.wait_for_selector("#import:has-text('Import a catalog')")  # Gradio's own labels too
    page.goto(f"{server.url}/record")
    page.click("#verify")
    page.wait_for_selector(".st-note.st-good")
    page.goto(f"{server.url}/product?id=NONE")
    page.wait_for_selector(".st-empty:has-text('There is no product')")


def test_a_viewer_sees_no_buttons_that_never_work(visit: Visit, server: Server) -> None:
    listing = server.make("OK-1")
    page = visit(product(listing.id), "vic")
    page.wait_for_selector(".st-editor")
    assert page.locator("[data-do]:not([data-do=open])").count() == 0
    assert page.locator('a[href^="/brush"], form[action^="/brush"]').count() == 0
    assert box(page, "title").get_attribute("readonly") is not None

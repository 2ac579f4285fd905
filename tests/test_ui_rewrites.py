"""Rewrites in a real browser, in both languages: shown word by word, applied, kept in history."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ui_serving import ADA, Server, serving

from studio.edge import COOKIE

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
PATIENCE = 60_000  # milliseconds; a shared machine may be slow, and nothing here is timed


class Shop(NamedTuple):
    """A product, its channel, a text that may not stay as it is, and what becomes of it."""

    locale: str
    row: str
    channel: str
    before: str
    after: str


SHOPS = (
    Shop(
        "en-US",
        "sku,title,material,price,currency\nFIX-EN,Doormat,coir,12.50,USD",
        "shopify",
        "The best doormat in the world, with a rubber back. Shake it out. It kills all viruses.",
        "A good doormat, with a rubber back. Shake it out.",
    ),
    Shop(
        "zh-CN",
        "sku,标题,材质,价格,币种\nFIX-ZH,餐桌,橡木,1299,CNY",
        "taobao",
        "顶级工艺打造的餐桌，适合六人用餐。表面用湿布擦拭。全网最低价，手慢无。",
        "餐桌，适合六人用餐。表面用湿布擦拭。",
    ),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("rewrites")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield chromium
        chromium.close()


def flagged(server: Server, shop: Shop, folder: Path) -> str:
    """A listing whose description is the shop's text; its id."""
    table = folder / "shop.csv"
    table.write_text(shop.row + "\n", "utf-8")
    server.studio.import_catalog([table], ADA, locale=shop.locale)
    ids = [shop.row.rpartition("\n")[2].split(",")[0]]
    tasks, _ = server.studio.plan(ADA, channel=shop.channel, ids=ids, pictures=False)
    (id,) = server.studio.generate(tasks, ADA).made
    revision = server.studio.listing(id, ADA).revision
    server.studio.edit(id, {"description": shop.before}, revision=revision, actor=ADA)
    return id


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.locale)
def test_rewrites_are_shown_applied_and_kept_in_history(
    browser: Any, server: Server, tmp_path: Path, shop: Shop
) -> None:
    id = flagged(server, shop, tmp_path)
    context = browser.new_context(locale=shop.locale, viewport={"width": 1280, "height": 800})
    context.add_cookies([{"name": COOKIE, "value": server.token("mei"), "url": server.url}])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.goto(f"{server.url}/product?id={id.split('/')[0]}&listing={id}")
    page.wait_for_selector(".st-box mark")

    page.click("[data-do=fix]")
    page.wait_for_selector("[data-do=apply]")
    held = server.studio.listing(id, ADA)
    assert held.text.description == shop.before  # shown, not stored
    shown = page.locator(".st-changes .st-diff")
    parts = shown.evaluate("e => [...e.childNodes].map(n => [n.nodeName, n.textContent])")
    assert "".join(words for name, words in parts if name != "INS") == shop.before
    assert "".join(words for name, words in parts if name != "DEL") == shop.after
    assert {"INS", "DEL", "#text"} >= {name for name, _ in parts} > {"#text"}

    page.click("[data-do=apply]")
    page.wait_for_function("() => !document.querySelector('.st-box mark')")
    assert page.locator('[data-field="description"]').input_value() == shop.after
    fixed = server.studio.listing(id, ADA)
    assert (fixed.text.description, fixed.revision) == (shop.after, held.revision + 1)
    assert not [f for f in fixed.findings if f.match and not f.cleared]

    page.click("[data-look][data-place=description]")
    page.wait_for_selector("dialog[open] .st-diff")
    versions = page.locator("dialog[open] .st-diff").all_inner_texts()
    assert shop.before in versions
    assert not broken
    context.close()

"""A real browser that opens pages as somebody; the module that uses it says which `server`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ui_serving import Server

from studio.edge import COOKIE

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
PATIENCE = 60_000  # milliseconds; a shared machine may be slow, and nothing here is timed
Visit = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Any, server: Server) -> Iterator[Visit]:
    """Opens a page as somebody; any page error and any request to elsewhere fails the test."""
    wrong: list[str] = []
    contexts = []

    def look(request: Any) -> None:
        if not request.url.startswith((server.url, "data:", "blob:")):
            wrong.append(f"a request to {request.url}")

    def open_(path: str, name: str = "", locale: str = "en-US") -> Any:
        context = browser.new_context(locale=locale, viewport={"width": 1280, "height": 800})
        contexts.append(context)
        if name:
            cookie = {"name": COOKIE, "value": server.token(name), "url": server.url}
            context.add_cookies([cookie])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: wrong.append(f"a page error: {error}"))
        page.on("request", look)
        page.goto(server.url + path, wait_until="domcontentloaded")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not wrong


def box(page: Any, field: str) -> Any:
    return page.locator(f'[data-field="{field}"]')


def product(listing: str) -> str:
    return f"/product?id={listing.split('/')[0]}&listing={listing}"

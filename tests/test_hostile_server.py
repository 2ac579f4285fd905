"""Hostile files dropped on a page of a running server: a plain refusal, no script runs, and the
server answers on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hostile_catalogs import CASES
from hostile_pictures import CASES as PICTURES
from ui_serving import HOSTILE, Server, serving

from studio.edge import COOKIE

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
FILES = {
    "ratio.xlsx": "far too much data",
    "far.xlsx": "",
    "repeated.ods": "",
    "deep.json": "JSON is broken",
    "laughs.xml": "declares entities",
    "attribute.xml": "characters",
    "gzip_bomb.csv": "gzip archive",
    "pickle.xlsx": "",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("hostile")) as running:
        yield running


@pytest.fixture(scope="module")
def page(server: Server) -> Iterator[Any]:
    """The catalog page as a merchant; a dialog, a script's error or a foreign request fails."""
    wrong: list[str] = []
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        context = browser.new_context(locale="en-US")
        cookie = {"name": COOKIE, "value": server.token("mei"), "url": server.url}
        context.add_cookies([cookie])
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: wrong.extend(foreign(request.url, server)))
        yield page
        browser.close()
    assert not wrong


def foreign(url: str, server: Server) -> list[str]:
    return [] if url.startswith((server.url, "data:", "blob:")) else [url]


def dropped(page: Any, server: Server, files: list[Path]) -> str:
    """What the page says after these files were dropped on it."""
    page.goto(server.url, wait_until="domcontentloaded")
    page.click("#import button")
    page.set_input_files("#files input[type=file]", files)
    page.wait_for_selector("#files a[download]")
    for _ in range(4):  # a page that has just been drawn may not hear the first click
        page.click("#read")
        with suppress(playwright.TimeoutError):
            page.wait_for_selector("#imported [role]", timeout=15_000)
            break
    return str(page.inner_text("#imported"))


@pytest.mark.parametrize("name", FILES)
def test_a_bomb_on_the_page(page: Any, server: Server, tmp_path: Path, name: str) -> None:
    next(case for case in CASES if case.name == name).build(tmp_path / name)
    said = dropped(page, server, [tmp_path / name])
    assert FILES[name] in said
    assert name in said
    assert "Traceback" not in said
    assert "Error" not in said
    assert page.request.get(f"{server.url}/healthz").json() == {"studio": "ok"}


def test_names_cells_and_pictures_that_are_code(page: Any, server: Server, tmp_path: Path) -> None:
    """Markup in a file's name, a header, a cell, a picture's name; pictures that are pages."""
    code = "<img src=x onerror=window.hacked=1>"
    table = tmp_path / f"goods{code}.csv"
    quoted = HOSTILE.replace('"', '""')
    rows = [f'sku,title,price,{code},image', f'C1,"{quoted}",{code},{code},drawing.jpg',
            f"C2,{code},9,x,photo_and_page.jpg", f"{code},Cup,9,x,page.png"]  # fmt: skip
    table.write_text("\n".join(rows) + "\n", "utf-8")
    files = [table]
    for case in PICTURES:
        if case.name in ("drawing.jpg", "photo_and_page.jpg", "page.png"):
            files.append(tmp_path / case.name)
            files[-1].write_bytes(case.data())
    said = dropped(page, server, files)
    assert code in said
    assert "SVG drawing" in said or "not a picture" in said
    for path in ("/", f"/product?id={code}", "/product?id=C1", "/review?state=all&search=C1"):
        page.goto(server.url + path, wait_until="networkidle")
        assert page.evaluate("window.hacked") is None, path
        assert page.locator("img[onerror], script:not([src]):has-text('hacked')").count() == 0

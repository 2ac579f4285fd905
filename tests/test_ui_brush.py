"""A cut-out mended with the brush: by the service, by a hostile sender, and in a real browser."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterator
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from ui_serving import ADA, Server, serving, upload

from studio.edge import COOKIE
from studio.errors import DeniedError, InputError, NotFoundError, StateError
from studio.imaging import brushed
from studio.schema import Actor, Listing, Role

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
ID = "VASE-1/shopify/en-US"
SIDE = 640  # of the photo: an ellipse from (200, 120) to (440, 560)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("brush")
    with serving(folder) as running:
        table, _ = upload(folder)
        running.studio.import_catalog([table], ADA, images=folder)
        yield running


def made(server: Server) -> Listing:
    """The vase's listing as a machine makes it today."""
    wishes: dict[str, Any] = {"channel": "shopify", "ids": ["VASE-1"], "force": True}
    tasks, _ = server.studio.plan(ADA, **wishes)
    assert not server.studio.generate(tasks, ADA, replace=True).failed
    return server.studio.listing(ID, ADA)


def white(server: Server, listing: Listing) -> Any:
    main = next(p for p in listing.pictures if p.slot == "main")
    return np.asarray(Image.open(BytesIO(server.studio.media.get(main.sha256))).convert("RGB"))


def grey(*box: int, size: int = SIDE) -> bytes:
    """A mask that keeps a rectangle: top, bottom, left, right."""
    alpha = np.zeros((size, size), np.float32)
    alpha[box[0] : box[1], box[2] : box[3]] = 1
    return brushed.write(alpha)


def test_a_mended_mask_is_drawn_at_once_and_used_again(server: Server) -> None:
    listing = made(server)
    outline = server.studio.outline(ID, "main", ADA)
    assert (outline.width, outline.height, outline.mended) == (SIDE, SIDE, False)
    assert np.asarray(Image.open(BytesIO(outline.mask)))[340, 320, 3] == 255

    half = grey(120, 340, 200, 440)
    saved = server.studio.brush(ID, "main", half, revision=listing.revision, actor=ADA)
    assert saved.revision == listing.revision + 1
    picture = next(p for p in saved.pictures if p.slot == "main")
    assert picture.made[0].engine == "edited"
    assert picture.made[0].note.startswith("mask ")
    assert picture.measured["product_changed"] == 0
    rows = np.flatnonzero((white(server, saved) < 250).any(axis=(1, 2)))
    columns = np.flatnonzero((white(server, saved) < 250).any(axis=(0, 2)))
    assert len(rows) / len(columns) == pytest.approx(220 / 240, abs=0.03), "the upper half alone"

    again = made(server)  # from the same photo: the person's mask still holds
    assert again.pictures[0].sha256 == picture.sha256
    assert server.studio.outline(ID, "main", ADA).mended
    told = [e for e in server.studio.events(ADA, listing=ID).items if e.kind == "mask mended"]
    assert told[-1].actor == "ada"


@pytest.mark.parametrize(
    ("mask", "why"),
    [
        (b"GIF89a", "no PNG"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 99, "mask"),
        (grey(0, 9, 0, 9, size=320), "320x320 pixels, the photo 640x640"),
        (grey(0, 1, 0, 1), "nothing of the photo is kept"),
    ],
)
def test_a_hostile_mask_changes_nothing(server: Server, mask: bytes, why: str) -> None:
    before = made(server)
    held = server.studio.store.mask(before.pictures[0].source)
    with pytest.raises(InputError, match=why):
        server.studio.brush(ID, "main", mask, revision=before.revision, actor=ADA)
    coloured = BytesIO()
    Image.new("RGB", (SIDE, SIDE), "red").save(coloured, "PNG")
    with pytest.raises(InputError, match="not grey"):
        server.studio.brush(ID, "main", coloured.getvalue(), revision=before.revision, actor=ADA)
    assert server.studio.listing(ID, ADA).revision == before.revision
    assert server.studio.store.mask(before.pictures[0].source) == held


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    head = b"\x00\x00\x00\x0dIHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
    packed = zlib.compress(b"\0" * 1_000_000)
    bomb = b"\x89PNG\r\n\x1a\n" + head + zlib.crc32(head[4:]).to_bytes(4, "big") + packed
    with pytest.raises(InputError):
        brushed.read(bomb, (SIDE, SIDE, 3))


def test_only_who_may_edit_and_has_seen_the_newest_revision_mends(server: Server) -> None:
    listing = made(server)
    good = grey(120, 340, 200, 440)
    for role in (Role.VIEWER, Role.REVIEWER):
        nobody = Actor(name="x", role=role)
        with pytest.raises(DeniedError):
            server.studio.brush(ID, "main", good, revision=listing.revision, actor=nobody)
        with pytest.raises(DeniedError):
            server.studio.outline(ID, "main", nobody)
    with pytest.raises(StateError):
        server.studio.brush(ID, "main", good, revision=listing.revision - 1, actor=ADA)
    with pytest.raises(NotFoundError):
        server.studio.outline(ID, "nowhere", ADA)


def ask(server: Server, method: str, path: str, name: str, body: bytes = b"") -> tuple[int, bytes]:
    """(status, body) of a request over the wire, as a signed-in person's browser sends it."""
    host = server.url.removeprefix("http://")
    connection = HTTPConnection(host, timeout=120)
    headers = {"Cookie": f"{COOKIE}={server.token(name)}", "Origin": server.url}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_over_the_wire_roles_sizes_and_names_are_checked(server: Server) -> None:
    where = f"?listing={ID}&slot=main"
    assert ask(server, "GET", f"/brush{where}", "vic")[0] == 403
    status, told = ask(server, "POST", f"/brush{where}&revision=1", "vic", b"x")
    assert status == 403
    assert b"may not" in told
    assert ask(server, "POST", f"/brush{where}&revision=1", "mei", b"x" * 12_000_001)[0] == 400
    status, page = ask(server, "GET", "/brush?listing=%3Cscript%3E&slot=main", "mei")
    assert status == 404
    assert b"<script>" not in page.replace(b'<script src="/', b"")


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")
def test_a_stroke_on_the_page_changes_the_picture(server: Server, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    before = white(server, made(server))
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        context = chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
        cookie = {"name": COOKIE, "value": server.token("mei"), "url": server.url}
        context.add_cookies([cookie])
        page = context.new_page()
        page.set_default_timeout(120_000)
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{server.url}/product?id=VASE-1&listing={ID}", wait_until="domcontentloaded")
        page.click('a[href^="/brush"] >> nth=0')
        page.wait_for_selector("main[data-ready]")
        assert "修正抠图" in page.title()
        draw(page)
        page.screenshot(path=tmp_path / "brush.png")
        with page.expect_navigation(url="**/product?**"):
            page.click("#save")
        chromium.close()
    assert not wrong
    after = server.studio.listing(ID, ADA)
    assert after.author == "mei"
    mask = server.studio.media.get(server.studio.store.mask(after.pictures[0].source))
    alpha = brushed.read(mask, (SIDE, SIDE, 3))
    assert alpha[340, 50:190].min() == 1, "painted in"
    assert alpha[600].max() == 0, "the stroke that was taken back"
    assert white(server, after).shape != before.shape or (white(server, after) != before).any()


def draw(page: Any) -> None:
    """A stroke across, one more that is undone, and the keys."""
    box = page.locator("main canvas").bounding_box()

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    for row in (340 / SIDE, 600 / SIDE):
        page.mouse.move(*at(0.05, row))
        page.mouse.down()
        page.mouse.move(*at(0.5, row), steps=6)
        page.mouse.up()
    page.keyboard.press("Control+z")
    assert page.is_enabled("#redo")
    page.keyboard.press("e")
    assert page.get_attribute("[data-tool=erase]", "aria-pressed") == "true"
    page.keyboard.press("a")


def test_a_poster_whose_words_have_changed_is_drawn_anew_from_the_page(server: Server) -> None:
    id = "VASE-1/xiaohongshu/en-US"
    wish = {"channel": "xiaohongshu", "locale": "en-US", "ids": ["VASE-1"]}
    tasks, _ = server.studio.plan(ADA, **wish, force=True)
    assert not server.studio.generate(tasks, ADA, replace=True).failed
    listing = server.studio.listing(id, ADA)
    words = {"extra.poster_headline": "A vase for one branch"}
    edited = server.studio.edit(id, words, revision=listing.revision, actor=ADA)
    assert "picture.outdated" in {f.rule for f in edited.findings}
    where = f"/brush/redraw?listing={id}&revision="
    assert ask(server, "POST", f"{where}{edited.revision}", "vic")[0] == 403
    assert ask(server, "POST", f"{where}{listing.revision}", "mei")[0] == 409
    assert ask(server, "POST", f"{where}{edited.revision}", "mei")[0] == 303
    drawn = server.studio.listing(id, ADA)
    assert "picture.outdated" not in {f.rule for f in drawn.findings}
    assert drawn.author == "mei"

    shop = made(server)
    half = grey(120, 300, 200, 440)
    server.studio.brush(shop.id, "main", half, revision=shop.revision, actor=ADA)
    assert server.studio.listing(id, ADA).stale == "the cut-out was mended"
    assert server.studio.listing(shop.id, ADA).stale == ""

"""What goes wrong in front of a person: in Chromium, against a real server. Each time a clear
message in the page's language, nothing lost, nothing run."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import httpx
import pytest
from hostile_pictures import png, zeros
from ui_serving import ADA, HOSTILE, Server, serving
from ui_visiting import MARKS, Visit, box, playwright, product

from studio.edge import COOKIE
from studio.schema import Actor, Listing, Role, State

pytest_plugins = ("ui_visiting",)
pytestmark = MARKS
MEI = Actor(name="mei", role=Role.MERCHANT)
SIDE = 20_000
LONG = 50_000_000  # characters


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("bad")) as running:
        yield running


@pytest.fixture
def listing(server: Server) -> Listing:
    return server.make("OK-1")


def opened(visit: Visit, listing: Listing, locale: str = "zh-CN") -> Any:
    page = visit(product(listing.id), "mei", locale)
    page.wait_for_selector("#save:not([disabled])")
    return page


def title(server: Server, listing: Listing) -> str:
    return server.studio.listing(listing.id, ADA).text.title


def test_a_session_that_has_ended(visit: Visit, server: Server, listing: Listing) -> None:
    page = opened(visit, listing)
    box(page, "title").fill("会话结束前输入的标题")
    server.studio.sign_out_everywhere("mei", ADA)
    page.click("#save")
    page.wait_for_selector(".toast-body:has-text('登录已过期')")
    assert "操作没有完成" in page.inner_text(".toast-body")
    assert title(server, listing) == listing.text.title
    page.reload()
    page.wait_for_selector("main form[action='/login']")  # a reload leads to the door
    token = {"name": COOKIE, "value": server.token("mei"), "url": server.url}
    page.context.add_cookies([token])
    page.goto(server.url + product(listing.id))
    page.wait_for_selector(".st-unsaved:visible")
    assert box(page, "title").input_value() == "会话结束前输入的标题"
    page.click("#save")
    page.wait_for_selector("#said")
    assert title(server, listing) == "会话结束前输入的标题"


def test_a_connection_that_is_lost_before_a_save(
    visit: Visit, server: Server, listing: Listing
) -> None:
    page = opened(visit, listing)
    box(page, "title").fill("断网时的标题")
    page.context.set_offline(True)
    page.click("#save")
    page.wait_for_selector(".toast-body:has-text('连接不上工作室')")
    assert page.locator("[aria-busy=true]").count() == 0  # nobody is made to wait for it
    assert title(server, listing) == listing.text.title
    page.context.set_offline(False)
    page.wait_for_function("() => !document.querySelector('.toast-body')", timeout=90_000)
    page.wait_for_selector(".st-unsaved:visible")
    assert box(page, "title").input_value() == "断网时的标题"
    page.click("#save")
    page.wait_for_selector("#said")
    assert title(server, listing) == "断网时的标题"


def test_a_connection_that_is_lost_while_the_server_saves(
    visit: Visit, server: Server, listing: Listing
) -> None:
    """The order arrives, the answer does not: it is done once, and a reload shows it."""
    page = opened(visit, listing, "en-US")
    box(page, "title").fill("Saved, but nobody heard")

    def swallowed(route: Any) -> None:
        route.fetch()  # the server hears it whole
        page.context.set_offline(True)
        with suppress(playwright.Error):
            route.abort("connectionreset")

    page.route("**/gradio_api/queue/join**", swallowed)
    page.click("#save")
    page.wait_for_selector(".toast-body")
    page.unroute("**/gradio_api/queue/join**")
    page.context.set_offline(False)
    for _ in range(100):
        if title(server, listing) == "Saved, but nobody heard":
            break
        page.wait_for_timeout(100)
    held = server.studio.listing(listing.id, ADA)
    assert (held.text.title, held.revision) == ("Saved, but nobody heard", listing.revision + 1)
    with suppress(playwright.Error):  # Gradio may be loading the page again by itself
        page.reload()
    page.wait_for_selector("#save:not([disabled])")
    page.wait_for_function("t => document.querySelector('#f-title')?.value === t",
                           arg="Saved, but nobody heard")  # fmt: skip
    assert page.locator(".st-unsaved:visible").count() == 0


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_paste_of_fifty_million_characters(
    visit: Visit, server: Server, listing: Listing, locale: str
) -> None:
    page = opened(visit, listing, locale)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("n => navigator.clipboard.writeText('x'.repeat(n))", LONG)
    box(page, "title").click()
    page.keyboard.press("Control+V")
    page.wait_for_selector(".st-notice")
    told = page.inner_text(".st-notice")
    assert "50,000,000" in told
    assert "100,000" in told
    assert ("没有粘贴" in told) == (locale == "zh-CN")
    assert box(page, "title").input_value() == listing.text.title  # not cut, not half in
    assert page.locator(".st-unsaved:visible").count() == 0
    page.evaluate("navigator.clipboard.writeText(' of clay')")
    page.keyboard.press("End")
    page.keyboard.press("Control+V")
    assert box(page, "title").input_value() == f"{listing.text.title} of clay"


def test_fifty_megabytes_past_the_page(server: Server, listing: Listing) -> None:
    """Whoever sends them without our script is told so; nothing is stored, and the server lives."""
    deed = {"do": "save", "listing": listing.id, "revision": listing.revision}
    body = json.dumps({**deed, "fields": {"title": "x" * LONG}}).encode()
    headers = {"content-type": "application/json", "accept-language": "zh-CN"}
    cookies = {COOKIE: server.token("mei")}
    with httpx.Client(base_url=server.url, cookies=cookies, timeout=60) as client:
        for path in ("/desk/do", "/desk/check", "/gradio_api/queue/join", "/api/generate"):
            answer = client.post(path, content=body, headers=headers)
            assert answer.status_code == 413, path
            assert "20 MB" in answer.json()["detail"]
            assert "没有任何改动" in answer.json()["detail"]
        pieces = (body[at : at + 1_000_000] for at in range(0, len(body), 1_000_000))
        with suppress(httpx.HTTPError):  # no length told: the server hangs up in the middle
            assert client.post("/desk/do", content=pieces, headers=headers).status_code == 400
        assert client.get("/healthz").json() == {"studio": "ok"}
    request = urllib.request.Request(f"{server.url}/login", b"name=" + b"x" * LONG)
    with pytest.raises((HTTPError, OSError)):  # not even signed in
        urllib.request.urlopen(request, timeout=60)
    assert server.studio.listing(listing.id, ADA) == listing


def test_a_picture_of_twenty_thousand_pixels_a_side(
    visit: Visit, server: Server, tmp_path: Path
) -> None:
    table = tmp_path / "poster.csv"
    table.write_text("sku,title,image\nHUGE-1,Wall poster,huge.png\n", "utf-8")
    row = 1 + 3 * SIDE
    (tmp_path / "huge.png").write_bytes(png(SIDE, SIDE, zeros(row * SIDE)))
    page = visit("/", "mei", "zh-CN")
    page.click("#import button")
    page.set_input_files("#files input[type=file]", [table, tmp_path / "huge.png"])
    page.wait_for_selector("#files a[download]")
    for _ in range(4):  # a page that has just been drawn may not hear the first click
        page.click("#read")
        with suppress(playwright.TimeoutError):
            page.wait_for_selector("#imported [role]", timeout=20_000)
            break
    told = page.inner_text("#imported")
    assert "已导入 1 个商品" in told
    assert "huge.png" in told
    assert "像素远超正常照片" in told
    assert "请缩小后保存" in told
    held = server.studio.product("HUGE-1", ADA)
    assert not any(photo.sha256 for photo in held.photos)
    assert page.request.get(f"{server.url}/healthz").json() == {"studio": "ok"}


def test_a_name_with_markup_in_every_list(visit: Visit, server: Server) -> None:
    """Beside the pages of test_ui_pages: comments, jobs, and what people are called."""
    made = server.make("XSS-1")
    server.studio.comment(made.id, HOSTILE, ADA, field="title")
    job = server.studio.store.create_job("generate", {"channel": HOSTILE}, [(HOSTILE, "x")], ADA)
    server.studio.store.fail_item(job.id, HOSTILE, HOSTILE)
    for path, shown in (
        (product(made.id), ".st-remarks"),
        (f"/jobs?job={job.id}", ".st-table"),
        (f"/?search={HOSTILE[:20]}", ".st-table, .st-empty"),
        (f"/jobs?search={HOSTILE[:20]}", "#job-title"),
    ):
        page = visit(path, "ada")
        page.wait_for_selector(shown)
        page.wait_for_timeout(300)
        assert page.evaluate("window.hacked") is None, path
        assert page.locator("img[onerror]").count() == 0, path
    assert "{{7*7}}" in page.inner_text("#job-title") or "<img src=x" in page.inner_text(
        "#job-title"
    )


def test_a_forged_role_in_the_page(visit: Visit, server: Server, listing: Listing) -> None:
    """A merchant who draws himself the reviewer's button, claims a role, and presses it."""
    server.studio.submit(listing.id, revision=listing.revision, actor=MEI)
    page = opened(visit, listing)
    assert page.locator("#approve").count() == 0
    page.evaluate("""() => {
      document.documentElement.dataset.role = 'admin';
      document.cookie = 'studio_role=admin; path=/';
      const forged = document.querySelector('#save').cloneNode(true);
      Object.assign(forged, {id: 'forged'});
      Object.assign(forged.dataset, {do: 'approve', role: 'admin'});
      document.querySelector('#save').after(forged);
    }""")
    page.click("#forged")
    page.wait_for_selector("#problem")
    told = page.inner_text("#problem")
    assert "您的角色（商家）不能这样做" in told
    assert "审核员" in told
    order = {"do": "approve", "listing": listing.id, "revision": listing.revision}
    heads = {"x-role": "admin", "x-studio-role": "admin", "x-forwarded-user": "ada"}
    for more in ({"role": "admin"}, {"actor": {"name": "ada", "role": "admin"}}, {}):
        answer = page.request.post(f"{server.url}/desk/do", data={**order, **more}, headers=heads)
        assert answer.status == 422 or "merchant" in answer.json()["problem"]
    assert server.studio.listing(listing.id, ADA).state is State.SUBMITTED


@pytest.mark.parametrize("path", ["/nothing-here", "/review/nothing", "/%3Cscript%3E", "/api/none"])
def test_an_unknown_address(visit: Visit, server: Server, path: str) -> None:
    page = visit(path, "vic", "zh-CN")
    page.wait_for_selector("h1:has-text('这个地址没有页面')")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    page.click("main a[href='/']")
    page.wait_for_selector(".st-catalog")
    with httpx.Client(base_url=server.url, cookies={COOKIE: server.token("vic")}) as program:
        answer = program.get(path)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    for gone, words in (
        ("/product?id=NONE", "没有编号为“NONE”的商品"),
        ("/rules?rule=NONE", "没有编号为“NONE”的规则"),
        ("/jobs?job=none", "没有名为“none”的任务"),
    ):
        page.goto(server.url + gone)
        page.wait_for_selector(f"body:has-text('{words}')")

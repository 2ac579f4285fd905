"""The pages beside the desk in a real browser: jobs, rules, channels, settings, and the filters."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ui_serving import ADA, PASSWORD, Server, serving

from studio.edge import COOKIE
from studio.errors import NotFoundError
from studio.schema import Role, State

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
Visit = Callable[..., Any]
BROKEN = """pack: mine
title: {en: mine, zh: 本店}
markets: [CN]
rules:
- id: CN.MINE.ONE
  taxonomy: NO.SUCH
  find: ['(']
  message: {en: 'no'}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("places")) as running:
        yield running


@pytest.fixture
def visit(server: Server) -> Iterator[Visit]:
    """Opens a page as somebody; any error of a page fails the test."""
    wrong: list[str] = []
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())

        def open_(path: str, name: str, locale: str = "en-US", on: Server = server) -> Any:
            context = chromium.new_context(locale=locale, viewport={"width": 1280, "height": 800})
            token = {"name": COOKIE, "value": on.token(name), "url": on.url}
            context.add_cookies([token])
            page = context.new_page()
            page.set_default_timeout(60_000)
            page.on("pageerror", lambda error: wrong.append(f"a page error: {error}"))
            page.on("dialog", lambda dialog: dialog.accept())
            page.goto(on.url + path, wait_until="domcontentloaded")
            page.wait_for_selector(".st-nav")
            return page

        yield open_
        chromium.close()
    assert not wrong


def names(page: Any) -> list[str]:
    return [each.split(" ·")[0] for each in page.locator(".st-name + small").all_inner_texts()]


def test_a_filter_is_in_the_address_and_the_page_is_not_loaded_again(
    visit: Visit, server: Server
) -> None:
    made = server.make("BAD-1")
    server.studio.submit(made.id, revision=made.revision, actor=ADA)
    page = visit("/", "mei", "zh-CN")
    page.wait_for_selector(".st-catalog")
    page.evaluate("window.same = true")
    for _ in range(4):  # a page that has just been drawn may not hear the first one
        page.select_option("#f-state", "submitted")
        page.wait_for_timeout(1500)
        if page.locator(".st-name").count() == 1:
            break
    page.wait_for_function("() => document.querySelectorAll('.st-name').length === 1")
    assert names(page) == ["BAD-1"]
    assert page.url == f"{server.url}/?state=submitted"
    assert "共 1 个商品" in page.inner_text("#count")
    page.fill("#st-q", "nothing like it")
    page.keyboard.press("Enter")
    page.wait_for_selector(".st-empty")
    page.go_back()
    page.wait_for_selector(".st-catalog")
    assert names(page) == ["BAD-1"]
    assert page.evaluate("window.same")
    page.click(".st-lang")  # the other language at the same place
    page.wait_for_selector("nav a:has-text('Catalog')")
    page.wait_for_selector(".st-catalog")
    assert names(page) == ["BAD-1"]
    bare = visit("/?photo=none&sort=title", "vic")
    bare.wait_for_selector(".st-catalog")
    assert len(names(bare)) == 4
    assert bare.locator("#make, #job").count() == 0  # a viewer makes nothing
    assert "photo" in bare.inner_text(".st-whole small >> nth=0")


def test_listings_are_made_for_what_is_ticked(visit: Visit, server: Server) -> None:
    page = visit("/", "mei")
    page.wait_for_selector(".st-catalog")
    page.check('[name=ids][value="OK-1"]')
    page.select_option("#channel", "ebay")
    page.uncheck("#pictures")
    page.click("#make")
    page.wait_for_selector("#progress .st-good")
    assert server.studio.listing("OK-1/ebay/en-US", ADA).state is State.DRAFT
    with pytest.raises(NotFoundError):
        server.studio.listing("TWO-1/ebay/en-US", ADA)
    page.wait_for_function("() => !document.querySelector('[name=ids]:checked')")


def test_a_job_goes_on_by_itself_and_tells_what_failed(visit: Visit, server: Server) -> None:
    page = visit("/jobs?search=mug", "mei", "zh-CN")
    page.wait_for_selector("#job-form")
    page.wait_for_timeout(500)
    assert "“mug”" in page.inner_text("#job-form")
    page.select_option("#job-channel", "etsy")
    page.uncheck("[name=pictures]")
    page.click("#job-go")
    page.wait_for_selector("#takes")
    assert server.studio.jobs(ADA) == ()  # nothing began yet
    page.fill("#job-form [name=limit]", "77")
    page.click("#job-all")
    page.wait_for_selector("#said")
    page.wait_for_selector("#takes", state="detached")
    page.wait_for_selector(".st-job-done")  # seen without a click
    assert "已完成 1 / 1" in page.inner_text(".st-job")
    assert server.studio.listing("OK-1/etsy/en-US", ADA).channel == "etsy"
    page.fill("#job-form [name=limit]", "77")
    page.select_option("#job-channel", "etsy")
    page.uncheck("[name=pictures]")
    page.click("#job-go")  # nothing is left for the same search
    page.wait_for_selector("#takes:has-text('1 份都已是最新')")
    assert page.locator("#job-all, #job-sample").count() == 0
    assert page.input_value("#job-form [name=limit]") == "77"

    items = [("GONE-1/etsy/en-US", "x"), ("TWO-1/etsy/en-US", "x")]
    args = {"channel": "etsy", "pictures": False}
    job = server.studio.store.create_job("generate", args, items, ADA)
    page.goto(f"{server.url}/jobs?job={job.id}")
    page.click("button[value=resume]")
    page.wait_for_selector(".st-job-failed")
    page.wait_for_selector("td.st-lines")
    assert "没有名为“GONE-1”的商品" in page.inner_text("td.st-lines")
    assert page.get_attribute(".st-table a", "href").startswith("/product?id=GONE-1")
    assert page.locator("button[value=retry]").count() == 1
    viewer = visit(f"/jobs?job={job.id}", "vic")
    viewer.wait_for_selector(".st-job")
    assert viewer.locator("button[name=act], #job-form").count() == 0


def test_what_a_job_takes_then_a_sample_then_the_rest(visit: Visit, server: Server) -> None:
    studio = server.studio
    page = visit("/jobs?search=-1", "mei")
    page.wait_for_selector("#job-form")
    page.select_option("#job-channel", "woocommerce")
    page.uncheck("[name=pictures]")
    page.fill("#job-form [name=limit]", "3")
    page.click("#job-go")
    page.wait_for_selector("#takes")
    told = page.inner_text("#takes")
    assert "To make\n3 · nothing made yet" in told
    assert "not known yet" in told
    assert "At most 3" in told
    assert "without pictures" in told
    before = len(studio.jobs(ADA))
    page.fill("#takes [name=sample]", "1")
    page.click("#job-sample")
    page.wait_for_selector("button[value=rest]")
    assert "a sample of 3" in page.inner_text(".st-job >> nth=0")
    sample = studio.jobs(ADA)[0]
    assert (len(studio.jobs(ADA)), sample.counts) == (before + 1, {"done": 1})
    page.click(".st-job h2 a >> nth=0")
    page.wait_for_selector("h2:has-text('What was made')")
    assert page.locator("ul.st-columns a").count() == 1
    page.click("button[value=rest]")  # the other two of the three, of the same search
    page.wait_for_selector("#said")
    page.goto(f"{server.url}/jobs")
    page.locator(".st-job").first.locator(".st-job-done").wait_for()  # of this very job
    rest = studio.jobs(ADA)[0]
    assert (rest.args["rest_of"], rest.counts) == (sample.id, {"done": 2})
    assert page.locator("button[value=rest]").count() == 0  # once

    page.goto(f"{server.url}/jobs")
    page.wait_for_selector("#job-form")
    page.select_option("#job-channel", "woocommerce")
    page.uncheck("[name=pictures]")
    page.click("#job-go")
    page.wait_for_selector("#takes")
    told = page.inner_text("#takes")
    assert "To make\n1 · nothing made yet\nUp to date already\n3\n" in told
    assert "as the last 3 took" in told
    viewer = visit("/jobs", "vic")
    viewer.wait_for_selector(".st-job")
    assert viewer.locator("button[name=act], #job-form").count() == 0


def test_rules_are_found_read_and_tried(visit: Visit, server: Server) -> None:
    page = visit("/rules?search=CN.SUPERLATIVE&market=CN", "vic", "zh-CN")
    page.wait_for_selector(".st-rules")
    shown = page.locator(".st-rules tbody code").all_inner_texts()
    assert shown
    assert all(id.startswith("CN.SUPERLATIVE") for id in shown)
    assert "广告法" in page.inner_text(".st-rules")
    page.fill("#trial-text", "这是世界上最好的🙂杯子，全网第一。")
    page.select_option("#try [name=market]", "CN")
    page.click("#try-go")
    page.wait_for_selector("#trial mark")
    assert page.inner_text(".st-marked-text") == "这是世界上最好的🙂杯子，全网第一。"
    page.click("#trial .st-finding a >> nth=0")
    page.wait_for_selector("h2 code")
    assert "必须查出的例句" in page.inner_text("#rules")
    page.goto(f"{server.url}/channels?channel=amazon")
    page.wait_for_selector(".st-limits")
    assert "75" in page.inner_text(".st-limits >> nth=0")
    assert "错误" in page.inner_text(".st-limits >> nth=0")
    assert page.locator(".st-sources a[href^='https://']").count()


def test_a_broken_pack_is_shown_with_all_its_mistakes(visit: Visit, tmp_path: Path) -> None:
    packs = tmp_path / "own" / "packs"
    packs.mkdir(parents=True)
    (packs / "mine.yaml").write_text(BROKEN, "utf-8")
    with serving(tmp_path / "broken") as other:
        settings = other.studio.settings.model_copy(update={"extra": (tmp_path / "own",)})
        other.studio.settings = settings
        for name in ("rules", "kit"):  # as after a new start
            other.studio.__dict__.pop(name, None)
        page = visit("/rules", "ada", "zh-CN", other)
        page.wait_for_selector("#broken")
        told = page.inner_text("#broken")
        assert "规则包中有 3 处错误" in told
        for line in ("mine.yaml:6:", "mine.yaml:7:", "mine.yaml:8:"):
            assert line in told
        assert page.locator("#try").count() == 0


def test_my_account(visit: Visit, server: Server) -> None:
    server.studio.add_user("nan", Role.MERCHANT, PASSWORD, ADA)
    page = visit("/settings", "nan", "zh-CN")
    page.wait_for_selector("#make-token")
    assert page.locator("nav.st-tabs").count() == 0  # no admin
    page.fill("#label", "ERP")
    page.select_option("[name=scope]", "viewer")
    page.click("#make-token")
    text = page.inner_text("#secret")
    actor = server.studio.by_token(text)
    assert (actor.name, actor.role) == ("nan", Role.VIEWER)
    assert page.input_value("#label") == ""
    page.click("button:has-text('作废')")
    page.wait_for_function("() => !document.querySelector('#secret')")
    assert server.studio.by_token(text) is None

    page.fill("#old", "a wrong old password")
    for box in ("#new", "#again"):
        page.fill(box, "a new long password")
    page.click("#change")
    page.wait_for_selector("#problem")
    assert "原密码不正确" in page.inner_text("#problem")
    page.fill("#old", PASSWORD)
    page.click("#change")
    page.wait_for_url("**/login")
    assert server.studio.sign_in("nan", "a new long password")

    dark = visit("/settings", "vic")
    dark.wait_for_selector("#theme")
    dark.wait_for_timeout(500)
    dark.select_option("#theme", "dark")
    dark.wait_for_function("() => document.body.classList.contains('dark')")
    dark.goto(f"{server.url}/")
    dark.wait_for_function("() => document.body.classList.contains('dark')")


def test_an_admin_sees_to_people_and_the_house(visit: Visit, server: Server) -> None:
    page = visit("/settings?tab=people", "ada")
    page.wait_for_selector("#add")
    page.fill("#new-name", "<b>zoe</b>")
    page.select_option("#new-role", "reviewer")
    page.click("#add")
    password = page.inner_text("#secret")
    assert server.studio.signed_in(server.studio.sign_in("<b>zoe</b>", password)).role is (
        Role.REVIEWER
    )
    row = page.locator("tr", has_text="<b>zoe</b>")
    row.locator("select").select_option("viewer")
    row.locator("form[data-do=role] button").click()
    page.wait_for_selector("#said:has-text('is viewer now')")
    row.locator("form[data-do=purge] button").click()
    page.wait_for_selector("#said:has-text('is removed')")
    assert "<b>zoe</b>" not in {user.name for user in server.studio.users(ADA)}
    page.goto(f"{server.url}/settings?tab=system")
    page.wait_for_selector(".st-tag.st-warn")
    told = page.inner_text("#body")
    assert "STUDIO_OPENAI_URL" in told
    assert PASSWORD not in told
    other = visit("/settings?tab=people", "mei")
    other.wait_for_selector("#problem")
    assert other.locator("#add").count() == 0

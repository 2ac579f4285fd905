"""axe-core on every page, in both languages and both themes: nothing serious or critical."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ui_serving import ADA, Server, serving

from studio.edge import COOKIE

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
SCRIPT = Path(axe.__file__).with_name("axe.min.js")
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
# Each page, and what stands on it when it is whole.
PAGES = {
    "/": ".st-catalog",
    "/?search=nothing-like-this": ".st-empty",
    "/product?id=BAD-1": ".st-editor",
    "/product?id=OK-1": ".st-make",
    "/review": ".st-desk",
    "/review?state=all": ".st-desk",
    "/jobs": "#job-form",
    "/export": ".st-table",
    "/rules": ".st-rules",
    "/rules?rule=CN.SUPERLATIVE.MOST": "#trial form",
    "/channels": ".st-table",
    "/channels?channel=amazon": ".st-limits",
    "/fairness": "form[role=search]",
    "/record": ".st-table",
    "/settings": "#change",
    "/settings?tab=people": "#add",
    "/settings?tab=system": ".st-table",
    "/nothing-here": ".st-empty",
    "/login": "main",
}
PLAN = "#takes"  # what a job takes, which stands on the jobs page after a click


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("axe")) as running:
        bad = running.make("BAD-1")
        text = "The best lamp in the world, 100% safe."
        running.studio.edit(bad.id, {"description": text}, revision=bad.revision, actor=ADA)
        running.studio.comment(bad.id, "Is that tested?", ADA, field="description")
        waits = running.make("TWO-1")
        running.studio.submit(waits.id, revision=waits.revision, actor=ADA)
        job = running.studio.start_job(ADA, channel="etsy", pictures=False)
        running.studio.pause_job(job.id, ADA)
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield chromium
        chromium.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_no_page_shuts_anybody_out(browser: Any, server: Server, locale: str, theme: str) -> None:
    context = browser.new_context(
        locale=locale,
        color_scheme=theme,
        bypass_csp=True,
        viewport={"width": 1280, "height": 800},
    )
    token = {"name": COOKIE, "value": server.token("ada"), "url": server.url}
    context.add_cookies([token])
    wrong = []
    for path, whole in PAGES.items():
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(server.url + path, wait_until="domcontentloaded")
        page.wait_for_selector(whole)
        if path not in ("/login", "/nothing-here"):
            page.wait_for_selector(f"html[lang={'zh-CN' if locale == 'zh-CN' else 'en'}]")
            assert page.evaluate("document.body.classList.contains('dark')") == (theme == "dark")
        if path == "/jobs":
            page.click("#job-go")
            page.wait_for_selector(PLAN)
        page.evaluate(SCRIPT.read_text("utf-8"))
        found = page.evaluate("only => axe.run({runOnly: only})", RULES)
        for each in found["violations"]:
            if each["impact"] in ("serious", "critical"):
                nodes = [node["html"][:160] for node in each["nodes"][:4]]
                wrong.append(f"{path}: {each['id']} ({each['impact']}): {nodes}")
        page.close()
    context.close()
    assert not wrong, "\n".join(wrong)

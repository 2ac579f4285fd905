"""The pictures of the pages in docs/pictures: the sample catalog, worked on, in a real browser.

    python tests/ui_screenshots.py HOME docs/pictures [PAGE ...]

HOME is filled when it is new (some minutes: pictures are made) and used as it is otherwise. The
cut-out network is looked for in STUDIO_MODELS; without it the plain engine cuts out.
"""

from __future__ import annotations

import io
import secrets
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image
from playwright.sync_api import sync_playwright

from studio import serve
from studio.edge import COOKIE
from studio.schema import Actor, Role
from studio.service import Studio
from studio.settings import Settings

ADMIN, MERCHANT, REVIEWER = (
    Actor(name=role.value, role=role) for role in (Role.ADMIN, Role.MERCHANT, Role.REVIEWER)
)
BOTTLE, HONEY = "BF-BTL-750/shopify/en-US", "LY-HNY-500/taobao/zh-CN"
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
LANGUAGES = {"": "en-US", ".zh": "zh-CN"}
# Name of the picture -> who looks, at which address, and what must stand there.
PAGES = {
    "first-run": (ADMIN, "/", ".st-steps"),
    "catalog": (MERCHANT, "/", ".st-catalog"),
    "studio": (MERCHANT, f"/product?id=BF-BTL-750&listing={BOTTLE}", ".st-finding"),
    "review": (REVIEWER, f"/review?listing={HONEY}", ".st-finding"),
    "jobs": (MERCHANT, "/jobs", ".st-job"),
    "export": (MERCHANT, "/export", ".st-table"),
    "rules": (REVIEWER, "/rules?search=superlative", ".st-rules"),
    "rule": (REVIEWER, "/rules?rule=CN.SUPERLATIVE.MOST", "#trial form"),
    "channels": (REVIEWER, "/channels", ".st-table"),
    "channel": (REVIEWER, "/channels?channel=amazon", ".st-limits"),
    "fairness": (REVIEWER, "/fairness", "form[role=search]"),
    "record": (REVIEWER, "/record", ".st-table"),
    "settings": (ADMIN, "/settings", "#change"),
    "people": (ADMIN, "/settings?tab=people", "#add"),
    "system": (ADMIN, "/settings?tab=system", ".st-table"),
    "login": (None, "/login", "main"),
}


def settings(home: Path) -> Settings:
    engine = "u2netp" if (Settings().models / "u2netp").exists() else "plain"
    key = home.parent / f"{home.name}.key"
    return Settings(home=home, key_file=key, copy_engine="template", cutout_engine=engine)


def filled(home: Path) -> Studio:
    """The sample catalog with listings in all states, findings, comments, and two jobs."""
    fresh = not (home / "studio.db").exists()
    studio = Studio(settings(home))
    if not fresh:
        return studio
    for person in (ADMIN, MERCHANT, REVIEWER):
        studio.store.add_user(person.name, person.role, secrets.token_hex(9), ADMIN)
    studio.import_sample(MERCHANT)
    for channel, locale in (("shopify", ""), ("taobao", "zh-CN")):
        tasks, _ = studio.plan(MERCHANT, channel=channel, locale=locale)
        made = studio.generate(tasks, MERCHANT)
        print(channel, len(made.made), "made", [one.reason for one in made.failed])
    write(studio)
    decide(studio)
    begun = studio.start_job(MERCHANT, channel="etsy", pictures=False, sample=4)
    studio.work_job(begun.id, MERCHANT)
    whole = studio.start_job(MERCHANT, channel="jd", pictures=False)
    studio.work_job(whole.id, MERCHANT)
    return studio


def write(studio: Studio) -> None:
    """Words that the facts and the rules object to, as a hasty person writes them."""
    first = studio.listing(BOTTLE, ADMIN).text
    edit(studio, BOTTLE, {"bullets.0": "Keeps drinks cold for 48 hours",
                          "bullets.1": f"{first.bullets[1]}, the best in the world"})  # fmt: skip
    words = "Is that tested? The sheet says 24 hours."
    studio.comment(BOTTLE, words, REVIEWER, field="bullets.0")
    boast = (
        "全网销量第一的洋槐蜂蜜，产自陕西延安，净含量500克，玻璃瓶装。"
        "每天一勺，根治便秘，三天见效。贮存条件：常温避光保存。"
    )
    edit(studio, HONEY, {"description": boast})
    studio.comment(HONEY, "“三天见效”有依据吗？没有就删掉。", REVIEWER, field="description")


def edit(studio: Studio, id: str, words: dict[str, str]) -> None:
    studio.edit(id, words, revision=studio.listing(id, ADMIN).revision, actor=MERCHANT)


def decide(studio: Studio) -> None:
    """Some are approved, one is rejected, some are drafts; the others wait for review."""
    rejected = False
    for number, one in enumerate(sorted(studio.all_listings(ADMIN), key=lambda one: one.id)):
        turn = 4 if one.id in (BOTTLE, HONEY) else number % 5
        if not turn:
            continue
        studio.submit(one.id, revision=one.revision, actor=MERCHANT)
        if turn < 3 and not any(finding.blocks for finding in one.findings):
            studio.approve(one.id, revision=one.revision, actor=REVIEWER)
        elif turn == 3 and not rejected:
            reason = "The title does not name the material."
            studio.reject(one.id, reason, revision=one.revision, actor=REVIEWER)
            rejected = True
    studio.export("shopify", studio.exports("shopify"), MERCHANT)


@contextmanager
def served(studio: Studio) -> Iterator[str]:
    config = uvicorn.Config(serve.build(studio), host="127.0.0.1", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)


def shoot(browser: Any, url: str, studio: Studio, name: str, suffix: str, out: Path) -> None:
    who, path, whole = PAGES[name]
    context = browser.new_context(
        locale=LANGUAGES[suffix],
        timezone_id="Asia/Shanghai",
        viewport={"width": 1280, "height": 800},
    )
    if who:
        token = {"name": COOKIE, "value": studio.admit(who.name), "url": url}
        context.add_cookies([token])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(url + path, wait_until="domcontentloaded")
    page.wait_for_selector(whole)
    page.wait_for_timeout(1500)  # until pictures are drawn
    if name == "jobs":
        page.select_option("#job-channel", "google_merchant")
        page.click("#job-go")
        page.wait_for_selector("#takes")
        page.wait_for_timeout(500)
    taken = Image.open(io.BytesIO(page.screenshot()))
    taken.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
        out / f"{name}{suffix}.png", optimize=True
    )
    context.close()


def main(home: Path, out: Path, names: list[str]) -> None:
    studio = filled(home)
    empty = home.parent / f"{home.name}-empty"
    shutil.rmtree(empty, ignore_errors=True)
    new = Studio(settings(empty))
    new.store.add_user(ADMIN.name, ADMIN.role, secrets.token_hex(9), ADMIN)
    with sync_playwright() as started, served(studio) as url, served(new) as first:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = started.chromium.launch(executable_path=path, args=FLAGS.split())
        for name in names or PAGES:
            for suffix in LANGUAGES:
                where = (first, new) if name == "first-run" else (url, studio)
                shoot(browser, *where, name, suffix, out)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])

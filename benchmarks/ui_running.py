"""Drives the pages of a large catalog: Chromium for one person, plain HTTP for the others."""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlencode

import httpx
import psutil
from playwright.sync_api import sync_playwright
from ui_making import PASSWORD

from studio.edge import COOKIE

FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
PATIENCE = 60_000  # milliseconds
HAND = 15  # listings that are approved before the queue is loaded again
CLEAN = 255 * 2**40 - 1  # the queue's place after the last listing with a finding
THINK = (1.0, 5.0)  # seconds that a person looks at what was drawn
WORDS = ("mug", "teapot", "MUG-0001", "台灯", "indigo", "blanket 4", "Ostrello", "收纳")
Step = Callable[[Any, str], float]


class Run:
    """A server on the home, and what it takes."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        self.cookies: dict[str, str] = {}

    def all(self, tries: int, people: int, actions: int) -> dict[str, Any]:
        """Alone, with others at work, and the memory over many actions."""
        with self._server() as process, sync_playwright() as started:
            chromium = started.chromium.launch(
                executable_path=shutil.which("chromium"), args=FLAGS.split()
            )
            self.cookies = {name: self._sign_in(name) for name in ("mei", "rui")}
            told: dict[str, Any] = {"load": os.getloadavg(), "cores": os.cpu_count()}
            told["alone"] = self._measured(chromium, process, tries)
            stop, served = Event(), []
            threads = [
                Thread(target=self._person, args=(n, stop, served), daemon=True)
                for n in range(people)
            ]
            for thread in threads:
                thread.start()
            time.sleep(3)
            told[f"with {people}"] = self._measured(chromium, process, tries)
            stop.set()
            for thread in threads:
                thread.join(20)
            told["others"] = _figures(served)
            told["memory"] = self._memory(process, actions)
            told["load after"] = os.getloadavg()
            chromium.close()
        print(json.dumps(told, indent=1))
        return told

    @contextmanager
    def _server(self) -> Iterator[psutil.Process]:
        port = self.url.rpartition(":")[2]
        order = [sys.executable, "-m", "studio", "--home", str(self.home), "serve", "--port", port]
        env = {**os.environ, "STUDIO_COPY_ENGINE": "template", "STUDIO_CUTOUT_ENGINE": "plain"}
        with subprocess.Popen(order, env=env, stderr=subprocess.DEVNULL) as child:
            until = time.monotonic() + 300
            while time.monotonic() < until:
                try:
                    httpx.get(f"{self.url}/healthz")
                    break
                except httpx.TransportError:
                    time.sleep(0.3)
            try:
                yield psutil.Process(child.pid)
            finally:
                child.terminate()

    def _sign_in(self, name: str) -> str:
        answer = httpx.post(f"{self.url}/login", data={"name": name, "password": PASSWORD},
                            timeout=60)  # fmt: skip
        return answer.cookies[COOKIE]

    # --- one person in a browser ------------------------------------------------------------------

    def _measured(self, chromium: Any, process: psutil.Process, tries: int) -> dict[str, Any]:
        told = {}
        for name, who, step in self._steps():
            before, begun = process.cpu_times(), time.monotonic()
            seconds = step(chromium, who, tries)
            cpu = process.cpu_times()
            spent = cpu.user + cpu.system - before.user - before.system
            told[name] = {
                **_figures(seconds),
                "server_cpu_ms": round(1000 * spent / tries),
                "wall": round(time.monotonic() - begun, 1),
            }
            print(name, told[name], flush=True)
        return told

    def _steps(self) -> list[tuple[str, str, Callable[[Any, str, int], list[float]]]]:
        return [
            ("first load", "mei", self._first),
            ("page switch", "mei", self._switch),
            ("search", "mei", self._search),
            ("next page", "mei", self._next),
            ("open a product", "mei", self._open),
            ("approve and next", "rui", self._approve),
        ]

    @contextmanager
    def _page(self, chromium: Any, who: str) -> Iterator[Any]:
        context = chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 800})
        context.add_cookies([{"name": COOKIE, "value": self.cookies[who], "url": self.url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        yield page
        context.close()

    def _first(self, chromium: Any, who: str, tries: int) -> list[float]:
        """An empty cache, until the rows stand there."""
        told = []
        for _ in range(tries):
            with self._page(chromium, who) as page:
                begun = time.perf_counter()
                page.goto(self.url, wait_until="commit")
                page.wait_for_selector(".st-catalog tbody tr")
                told.append(time.perf_counter() - begun)
        return told

    def _switch(self, chromium: Any, who: str, tries: int) -> list[float]:
        """From the catalog to another page and back, by the links of the head."""
        told = []
        ways = [("/jobs", "#job-form"), ("/", ".st-catalog"), ("/export", ".st-table"),
                ("/", ".st-catalog"), ("/record", "#verify"), ("/", ".st-catalog")]  # fmt: skip
        with self._page(chromium, who) as page:
            page.goto(self.url)
            page.wait_for_selector(".st-catalog")
            for number in range(tries):
                path, whole = ways[number % len(ways)]
                begun = time.perf_counter()
                page.click(f'.st-nav nav a[href="{path}"]', no_wait_after=True)
                page.wait_for_function(
                    "([at, whole]) => location.pathname === at && document.querySelector(whole)",
                    arg=[path, whole],
                )
                told.append(time.perf_counter() - begun)
        return told

    def _search(self, chromium: Any, who: str, tries: int) -> list[float]:
        told = []
        with self._page(chromium, who) as page:
            self._catalog(page)
            for number in range(tries):
                page.fill("#st-q", f"{WORDS[number % len(WORDS)]} {number % 10}")
                told.append(self._drawn(page, lambda: page.press("#st-q", "Enter")))
        return told

    def _next(self, chromium: Any, who: str, tries: int) -> list[float]:
        with self._page(chromium, who) as page:
            self._catalog(page)
            return [self._drawn(page, lambda: page.click("#next")) for _ in range(tries)]

    def _catalog(self, page: Any) -> None:
        page.goto(self.url)
        page.wait_for_selector(".st-catalog")
        page.wait_for_timeout(500)  # until the page hears

    def _drawn(self, page: Any, act: Callable[[], None]) -> float:
        """Seconds until the table is another one."""
        page.evaluate(
            """() => { const table = document.querySelector('#table');
            window.drawn = new Promise((done) => new MutationObserver((_, seen) => {
              if (!table.querySelector('[aria-busy]') && !table.matches('[aria-busy]')) {
                seen.disconnect(); done(true); } }).observe(table, {childList: true, subtree: true,
                attributes: true, attributeFilter: ['aria-busy'], characterData: true})); }"""
        )
        begun = time.perf_counter()
        act()
        page.evaluate("() => window.drawn")
        return time.perf_counter() - begun

    def _open(self, chromium: Any, who: str, tries: int) -> list[float]:
        """From a row of the catalog to the product with its words in the editor."""
        told = []
        with self._page(chromium, who) as page:
            for number in range(tries):
                self._catalog(page)
                begun = time.perf_counter()
                page.locator(".st-name").nth(number % 20).click(no_wait_after=True)
                page.wait_for_selector('[data-field="title"]')
                told.append(time.perf_counter() - begun)
        return told

    def _approve(self, chromium: Any, who: str, tries: int) -> list[float]:
        """The key A until the next listing stands there."""
        told = []
        with self._page(chromium, who) as page:
            for number in range(tries):
                if number % HAND == 0:  # the queue's page is worked off
                    page.goto(f"{self.url}/review?after={CLEAN}")
                    page.wait_for_selector("#approve:not([disabled])")
                    page.wait_for_timeout(1500)
                seen = page.get_attribute("[data-nonce]", "data-listing")
                begun = time.perf_counter()
                page.keyboard.press("a")
                page.wait_for_function(
                    "seen => { const at = document.querySelector('[data-nonce]');"
                    " return at && at.dataset.listing !== seen; }",
                    arg=seen,
                )
                told.append(time.perf_counter() - begun)
                page.wait_for_timeout(600)  # a look at it
        return told

    # --- the others -------------------------------------------------------------------------------

    def _person(self, number: int, stop: Event, served: list[float]) -> None:
        """Opens the catalog, then looks for something else on it, as a browser would."""
        dice = random.Random(number)
        cookies = {COOKIE: self.cookies["mei"]}
        # Kept no longer than the server keeps it; a browser would ask again by itself.
        kept = httpx.Limits(keepalive_expiry=2)
        with httpx.Client(base_url=self.url, cookies=cookies, timeout=60, limits=kept) as client:
            look = _look(client.get("/config").json())
            while not stop.wait(dice.uniform(*THINK)):
                begun = time.perf_counter()
                client.get("/", headers={"accept": "text/html"}).raise_for_status()
                served.append(time.perf_counter() - begun)
                stop.wait(dice.uniform(*THINK))
                search = f"{dice.choice(WORDS)} {dice.randrange(10)}"
                begun = time.perf_counter()
                _called(client, look, search)
                served.append(time.perf_counter() - begun)

    def _memory(self, process: psutil.Process, actions: int) -> dict[str, Any]:
        """Megabytes of the server before, half-way and after many page loads with their events."""
        cookies = {COOKIE: self.cookies["mei"]}
        told = [process.memory_info().rss / 1e6]
        with httpx.Client(base_url=self.url, cookies=cookies, timeout=60) as client:
            look = _look(client.get("/config").json())
            for number in range(actions):
                client.get("/", headers={"accept": "text/html"}).raise_for_status()
                _called(client, look, WORDS[number % len(WORDS)])
                if (number + 1) % max(1, actions // 4) == 0:
                    told.append(process.memory_info().rss / 1e6)
        return {"actions": actions, "rss_mb": [round(each) for each in told]}


def _look(config: dict[str, Any]) -> tuple[int, int]:
    """(the function that draws the catalog's table anew, the table)."""
    table = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "table")
    act = next(d for d in config["dependencies"] if [table, "act"] in d["targets"])
    return act["id"], table


def _called(client: httpx.Client, look: tuple[int, int], search: str) -> None:
    """Calls that function as the page does; what comes back is the table."""
    session = secrets.token_hex(8)
    deed = {"do": "look", "fields": {"address": "?" + urlencode({"search": search})}}
    order = {"fn_index": look[0], "trigger_id": look[1], "session_hash": session, "data": []}
    join = client.post("/gradio_api/queue/join", json={**order, "event_data": deed})
    join.raise_for_status()
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as got:
        told = next(line for line in got.iter_lines() if "process_completed" in line)
    if "st-filter" not in told:
        raise RuntimeError(f"no table came back: {told[:300]}")


def _figures(seconds: list[float]) -> dict[str, Any]:
    if len(seconds) < 2:
        return {"n": len(seconds)}
    cuts = statistics.quantiles(seconds, n=20, method="inclusive")
    return {"n": len(seconds), "p50": round(cuts[9], 3), "p95": round(cuts[18], 3)}

"""Straight at Gradio's own endpoints: a hidden button, a private function, a forged event.

A real server; each role sends every deed to every function that a page has, past the page.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from ui_serving import ADA, NAMES, Server, serving

from studio import review
from studio.edge import COOKIE
from studio.schema import Role
from studio.ui import deeds

# kind of event -> what somebody must be allowed who causes it
CAUSES = {
    "imported": "import",
    "generated": "generate",
    "edited": "edit",
    "kept": "keep",
    "checked": "check",
    "submitted": "submit",
    "withdrawn": "withdraw",
    "approved": "approve",
    "rejected": "reject",
    "waived": "waive",
    "exported": "export",
    "send begun": "export",
}
DEEDS = [
    *deeds.DEEDS,
    "make",
    "sample",
    "export",
    "compare",
    "deliver",
    "verify",
    "import",
    "nonsense",
]

SLOW = {"make": "generate", "sample": "import", "export": "export"}  # only where it is forbidden


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("gradio")) as running:
        for sku in ("OK-1", "BAD-1", "TWO-1"):
            running.make(sku)
        item = running.studio.listing("BAD-1/shopify/en-US", ADA)
        running.studio.submit(item.id, revision=item.revision, actor=ADA)
        yield running


def client(server: Server, name: str) -> httpx.Client:
    cookies = {COOKIE: server.token(name)} if name else {}
    return httpx.Client(base_url=server.url, cookies=cookies, timeout=60)


def functions(server: Server) -> list[dict[str, Any]]:
    with client(server, "ada") as ada:
        return ada.get("/config").json()["dependencies"]


def send(browser: httpx.Client, fn: dict[str, Any], deed: dict[str, Any]) -> str:
    """Queues a call as a page does, and waits for its end; what came back."""
    session = secrets.token_hex(6)
    body = {
        "data": [None] * len(fn["inputs"]),
        "event_data": deed,
        "fn_index": fn["id"],
        "session_hash": session,
        "trigger_id": (fn["targets"] or [[None]])[0][0],
    }
    joined = browser.post("/gradio_api/queue/join", json=body)
    if joined.status_code != 200:
        return joined.text
    with browser.stream("GET", f"/gradio_api/queue/data?session_hash={session}") as stream:
        for line in stream.iter_lines():
            if line.startswith("data:"):
                message = json.loads(line[5:])
                if message["msg"] in ("process_completed", "close_stream", "unexpected_error"):
                    return json.dumps(message)
    return ""


def listing(server: Server, sku: str) -> dict[str, Any]:
    item = server.studio.listing(f"{sku}/shopify/en-US", ADA)
    finding = next((f.key for f in item.findings), "x")
    return {"listing": item.id, "revision": item.revision, "finding": finding}


@pytest.mark.parametrize("name", ["vic", "mei", "rui"])
def test_no_deed_does_more_than_the_role_may(server: Server, name: str) -> None:
    start = server.studio.last_event(ADA)
    allowed = review.ROLES[NAMES[name]]
    tried = [do for do in DEEDS if SLOW.get(do) not in allowed]
    calls = 0
    with client(server, name) as browser:
        for fn in functions(server):
            for do in tried:
                sku = "BAD-1" if do in ("approve", "reject", "withdraw", "waive") else "OK-1"
                deed = {"do": do, "reason": "because", "channel": "shopify"}
                deed |= {"fields": {"title": "changed past the page"}, **listing(server, sku)}
                said = send(browser, fn, deed)
                assert "Traceback" not in said
                calls += 1
    assert calls > 50
    done = [e for e in server.studio.events(ADA, after=start, limit=1000) if e.kind in CAUSES]
    wrong = [(e.actor, e.kind) for e in done if CAUSES[e.kind] not in allowed or e.actor != name]
    assert not wrong
    if NAMES[name] is Role.VIEWER:
        assert server.studio.last_event(ADA) == start
    else:
        assert done, "not one call reached its handler: this proves nothing"


@pytest.mark.parametrize("way", ["/gradio_api/run/{}", "/gradio_api/api/{}", "/gradio_api/call/{}"])
def test_the_other_ways_in_do_no_more(server: Server, way: str) -> None:
    start = server.studio.last_event(ADA)
    with client(server, "vic") as browser:
        for fn in functions(server):
            deed = {"do": "approve", **listing(server, "BAD-1")}
            name = fn["api_name"] or "predict"
            body = {"data": [None] * len(fn["inputs"]), "event_data": deed, "fn_index": fn["id"],
                    "session_hash": "x"}  # fmt: skip
            answer = browser.post(way.format(name), json=body)
            assert "Traceback" not in answer.text
            assert answer.status_code != 500 or "File" not in answer.text
    assert server.studio.last_event(ADA) == start


def test_what_gradio_offers_besides_is_shut(server: Server) -> None:
    """Run history, monitoring, fetching of other sites, its own description, files of the house."""
    home = server.studio.settings.home
    shut = [
        "/monitoring",
        "/monitoring/summary",
        "/gradio_api/monitoring/summary",
        "/gradio_api/runs",
        "/gradio_api/runs/",
        "/gradio_api/run-history/buckets",
        "/gradio_api/run-history/records",
        "/gradio_api/openapi.json",
        "/gradio_api/deep_link?session_hash=x",
        "/gradio_api/dev/reload",
        "/gradio_api/vibe",
        "/gradio_api/mcp",
        "/gradio_api/file=http://127.0.0.1:1/x",
        "/gradio_api/file=https://example.com/x",
        "/gradio_api/file/http://127.0.0.1:1/x",
        "/gradio_api/file=http:%2f%2fexample.com/x",
        "/gradio_api/file=%68ttp://example.com/x",
        "/gradio_api/proxy=https://example.com/x",
        "/gradio_api/proxy%3Dhttps://example.com/x",
    ]
    forbidden = [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=../../../../etc/passwd",
        "/gradio_api/file=HTTP://example.com/x",
        f"/gradio_api/file={home}/studio.db",
        f"/gradio_api/file={server.studio.settings.key_file}",
    ]
    with client(server, "ada") as browser:
        for path in shut:
            answer = browser.get(path)
            assert (answer.status_code, answer.json()) == (404, {"detail": "not here"}), path
        for path in forbidden:
            assert browser.get(path).status_code in (403, 404), path
        config = browser.get("/config").json()
    assert not config.get("run_history")
    assert config["show_error"] is False


def test_an_error_in_a_handler_tells_nothing_of_its_insides(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "/srv/secret/path password=hunter2"

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr(server.studio, "counts", fails)
    monkeypatch.setattr(server.studio, "listing", fails)
    with client(server, "ada") as browser:
        for fn in functions(server):
            assert "hunter2" not in send(browser, fn, {"do": "save", "listing": "x"})
        page = browser.get("/", headers={"accept": "text/html"})
        assert "hunter2" not in page.text


def test_no_origin_is_echoed_and_writes_from_elsewhere_are_refused(server: Server) -> None:
    evil = {"origin": "https://evil.example"}
    with client(server, "ada") as browser:
        for path in ("/", "/config", "/api/me", "/gradio_api/info", "/theme.css"):
            answer = browser.get(path, headers=evil)
            told = {k: v for k, v in answer.headers.items() if k.startswith("access-control")}
            assert "https://evil.example" not in told.values(), path
            assert told.get("access-control-allow-credentials") is None or "*" not in told.values()
        asked = {**evil, "access-control-request-method": "POST"}
        preflight = browser.options("/gradio_api/queue/join", headers=asked)
        assert "access-control-allow-origin" not in preflight.headers
        for path in ("/gradio_api/queue/join", "/gradio_api/upload", "/api/generate", "/logout"):
            assert browser.post(path, headers=evil).status_code == 403, path
        assert browser.get("/api/me").status_code == 200, "signed out from another site"


def test_what_a_forwarded_header_claims_is_not_believed(server: Server) -> None:
    claims = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https",
              "forwarded": "host=evil.example"}  # fmt: skip
    with client(server, "ada") as browser:
        for path in ("/", "/config"):
            assert "evil.example" not in browser.get(path, headers=claims).text
        plain = browser.get("/", headers=claims)
        assert "strict-transport-security" not in plain.headers


HEADERS = ["content-security-policy", "x-content-type-options", "x-frame-options",
           "referrer-policy", "cross-origin-opener-policy", "permissions-policy"]  # fmt: skip


def test_every_answer_has_the_headers(server: Server) -> None:
    with client(server, "ada") as browser:
        for path in ("/", "/login", "/config", "/api/me", "/api/none", "/monitoring", "/none"):
            answer = browser.get(path)
            for name in HEADERS:
                assert name in answer.headers, (path, name)
            assert "server" not in answer.headers or "uvicorn" in answer.headers["server"]
        assert browser.get("/api/me").headers["cache-control"] == "no-store"
        assert browser.get("/", headers={"accept": "text/html"}).headers["cache-control"]
    with client(server, "") as stranger:
        assert "content-security-policy" in stranger.get("/api/me").headers

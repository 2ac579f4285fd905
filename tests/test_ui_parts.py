"""The pages without a browser: their words, their parts, and what the wire lets through."""

from __future__ import annotations

import ast
import json
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
import starlette.responses
from fastapi import Request
from ui_serving import ADA, HOSTILE, Server, serving

import studio.ui
from studio import errors
from studio.edge import COOKIE
from studio.errors import DeniedError, EngineError, NotFoundError, StudioError
from studio.schema import Copy, Finding, Limit, Listing, Money, Severity, State
from studio.store import Filter
from studio.ui import catalog, editor, head, product, refusals, words
from studio.ui.desk import Ask, Desk

FOLDER = Path(studio.ui.__file__).parent
ROOT = FOLDER.parent
SOURCES = [*FOLDER.glob("*.py"), *FOLDER.glob("parts/*.j2")]


def test_each_text_is_there_in_both_languages_and_used() -> None:
    source = "\n".join(path.read_text("utf-8") for path in SOURCES)
    whole = set(re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)*)["']""", source))
    whole |= {key.replace("_", ".", 1) for key in re.findall(r'label\("(\w+)"\)', source)}
    begun = {f"{head}." for head in re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)*)\.["{]""", source)}
    begun |= {f"{head}." for head in re.findall(r"""known\((?:[\w.]+, )?"(\w+)\"""", source)}
    # The buttons' names are put together; the other words of a product are named whole.
    whole |= {f"product.{name}" for name in product.BUTTONS}
    begun.discard("product.")
    for key, (english, chinese) in words.texts().items():
        assert key in whole or any(key.startswith(head) for head in begun), f"{key} is not used"
        assert english.strip(), key
        assert re.search(r"[\u4e00-\u9fff]", chinese) or key in (
            "and",
            "nav.language",
            "record.hash",
            "said.moved",
        ), key
        names = [set(re.findall(r"\{(\w+)\}", text)) for text in (english, chinese)]
        assert names[0] == names[1], key


def test_each_text_that_is_asked_for_is_there() -> None:
    for path in SOURCES:
        for key in re.findall(r"""\btr\(\s*["']([\w.]+)["']\s*[,)]""", path.read_text("utf-8")):
            assert key in words.texts(), f"{path.name} asks for {key}"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_state_and_severity_has_a_word(language: str) -> None:
    for kind, members in (("state", State), ("severity", Severity)):
        for member in members:
            assert words.tr(language, f"{kind}.{member.value}") != member.value or language == "en"


def test_what_was_changed() -> None:
    text = Copy(title="A", bullets=("one", "two"), description="d", keywords=("k", "l"))
    assert editor.changed(text, {}) == {}
    assert editor.changed(text, {"title": "A", "description": " d "}) == {}
    assert editor.changed(text, {"bullets.0": "  "}) == {"bullets.0": None}
    assert editor.changed(text, {"bullets.2": "three"}) == {"bullets.2": "three"}
    assert editor.changed(text, {"bullets.2": ""}) == {}
    assert editor.changed(text, {"keywords": "k\n\n m "}) == {"keywords.1": "m"}
    assert editor.changed(text, {"keywords": "k"}) == {"keywords.1": None}


def test_marks_stand_where_the_words_do() -> None:
    text = "🙂 best and safest"
    assert editor.segments(text, [(2, 6, "high"), (11, 17, "low"), (4, 8, "low")]) == [
        ("🙂 ", ""),
        ("best", "high"),
        (" and ", ""),
        ("safest", "low"),
    ]
    assert editor.segments("ab", [(1, 9, "high")]) == [("ab", "")]
    assert editor.segments("", []) == []


def finding(field: str, start: int, match: str) -> Finding:
    return Finding(
        id="X",
        rule="X.1",
        severity=Severity.HIGH,
        field=field,
        start=start,
        end=start + len(match),
        match=match,
        message={"en": HOSTILE, "zh": HOSTILE},
        suggestion=HOSTILE,
    )


def test_keywords_are_one_box_with_marks_in_the_right_line() -> None:
    copy = Copy(title="T", keywords=("cup", "best cup"))
    listing = Listing(
        id="P/shopify/en",
        product="P",
        channel="shopify",
        locale="en",
        brief={"channel": "shopify", "locale": "en"},
        text=copy,
        findings=(finding("keywords.1", 0, "best"), finding("pictures.main", 0, "")),
    )
    boxes = editor.pieces(listing, None, "en", {})
    keywords = next(p for p in boxes if p.place == "keywords")
    assert ("best", "high") in keywords.marks
    assert [f.field for f in editor.elsewhere(listing, boxes)] == ["pictures.main"]
    assert next(p for p in boxes if p.place == "title").most == 0
    assert Limit().max is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_parts_escape_markup(language: str) -> None:
    note = words.part("note", language, kind="bad", text=HOSTILE)
    made = words.part(
        "progress", language, at=1, n=2, what=HOSTILE, step="copy", words=HOSTILE, left=3
    )
    for html in (note, made):
        assert "<img" not in html
        assert "</textarea>" not in html
        assert "&lt;img" in html


# --- errors ---------------------------------------------------------------------------------------


def said(node: ast.expr) -> str:
    """A message's text with its values as "X"; "" for one that is no text of the source."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "X" for v in node.values)
    return ""


def raised() -> Iterator[tuple[str, str]]:
    """(place, sentence): all our messages and remedies in these parts."""
    kinds = {n for n, k in vars(errors).items() if isinstance(k, type) and n.endswith("Error")}
    parts = ("service", "store", "connectors")
    for path in (*(f for part in parts for f in ROOT.glob(f"{part}/*.py")), ROOT / "review.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in kinds:
                hints = [k.value for k in node.keywords if k.arg == "hint"]
                for part in (*node.args[:1], *hints):
                    yield f"{path.name}:{node.lineno}", said(part)


def test_whatever_the_service_refuses_is_told_in_chinese() -> None:
    sentences = [(place, text) for place, text in raised() if text]
    assert len(sentences) > 100
    missing = [f"{place}: {text}" for place, text in sentences if not refusals.known(text)]
    assert not missing, "\n".join(missing)


def test_an_error_keeps_its_place_its_cause_and_its_remedy() -> None:
    denied = DeniedError("vic is a viewer and may not approve", hint="ask somebody who is admin")
    assert refusals.told("zh", denied) == "vic 的角色是只读成员，不能批准\n请找有权限的人：管理员"
    assert refusals.told("en", denied) == str(denied)
    found = NotFoundError.of("channel", "etsi", ["etsy", "ebay"])
    assert refusals.told("zh", found) == "没有名为“etsi”的渠道\n已有：etsy"
    strange = EngineError("no such words", hint="turn it", where="a.csv:3")
    assert refusals.told("zh", strange) == "a.csv:3：引擎出错：no such words\nturn it"
    assert refusals.line("zh", "no product 'A{1}' in the store\nas it came") == (
        "没有商品“A{1}”\nas it came"
    )


def test_each_kind_of_error_has_chinese() -> None:
    kinds = [StudioError, *StudioError.__subclasses__()]
    for kind in kinds:
        told = refusals.told("zh", kind("no such words at all"))
        assert re.search(r"[\u4e00-\u9fff]", told), kind


# --- what the pages write -------------------------------------------------------------------------


def test_dates_amounts_and_counts_by_language() -> None:
    at = datetime(2026, 3, 5, 14, 7, tzinfo=UTC)
    assert words.day("en", at.date()) == "5 Mar 2026"
    assert words.day("zh", at.date()) == "2026年3月5日"
    assert words.moment("en", at) == (
        '<time datetime="2026-03-05T14:07:00+00:00">5 Mar 2026 14:07 UTC</time>'
    )
    assert words.tr("zh", "catalog.count", n=123456) == "共 123,456 个商品"
    prices = {"1234.5": "1,234.50 USD", "12": "12.00 USD", "0.005": "0.005 USD"}
    for amount, shown in prices.items():
        assert words.money(Money(amount=Decimal(amount), currency="USD")) == shown
    assert words.money(Money(amount=Decimal(1200), currency="JPY")) == "1,200 JPY"


def test_an_address_is_a_filter_and_back() -> None:
    given = {"search": "cup", "state": "none", "photo": "none", "sort": "newest", "after": "x"}
    wanted = catalog.filter_of(given)
    assert wanted == Filter(search="cup", state="none", photo="none", sort="newest")
    assert catalog.address(wanted) == "/?search=cup&state=none&photo=none&sort=newest"
    assert catalog.filter_of({"state": "sold", "sort": "price", "channel": "etsy"}) == Filter(
        channel="etsy"
    )
    assert catalog.address(Filter(), "/jobs") == "/jobs"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("wire")) as running:
        yield running


def send(client: httpx.Client, number: int, deed: dict[str, Any]) -> str:
    """Calls a function of Gradio as a browser does; all that came back, as text."""
    session = secrets.token_hex(8)
    order = {"fn_index": number, "session_hash": session, "data": [], "event_data": deed}
    joined = client.post("/gradio_api/queue/join", json=order)
    if joined.status_code != 200:
        return joined.text
    lines = []
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as got:
        for line in got.iter_lines():
            lines.append(line)
            if "process_completed" in line or "close_stream" in line:
                break
    return "\n".join(lines)


@pytest.mark.parametrize("name", ["vic", "mei"])
def test_a_forged_call_at_gradio_is_refused_by_the_service(server: Server, name: str) -> None:
    """A viewer may do nothing and a merchant not approve, whatever the page shows them."""
    listing = server.make("OK-1")
    if name == "mei":
        server.studio.submit(listing.id, revision=listing.revision, actor=ADA)
    before = server.studio.listing(listing.id, ADA)
    cookies = {COOKIE: server.token(name)}
    with httpx.Client(base_url=server.url, cookies=cookies, timeout=60) as client:
        config = client.get("/config").json()
        calls = [
            d["id"]
            for d in config["dependencies"]
            if {e for _, e in d["targets"]} & {"act", "make"}
        ]
        assert len(calls) >= 5
        deeds = ["approve", "reject"]
        if name == "vic":
            deeds += ["save", "submit", "waive", "make", "export", "sample"]
        for number in calls:
            for deed in deeds:
                told = send(client, number, _order(before, deed, "forged" if name == "vic" else ""))
                assert "Traceback" not in told
        assert server.studio.listing(listing.id, ADA) == before
        assert server.studio.count_products(ADA) == 4
    cookies = {COOKIE: server.token("ada")}
    with httpx.Client(base_url=server.url, cookies=cookies, timeout=60) as client:
        for number in calls:  # the same call of one who may does it
            send(client, number, _order(before, "save", "forged"))
    assert server.studio.listing(listing.id, ADA).text.title == "forged"


def _order(listing: Listing, deed: str, title: str) -> dict[str, Any]:
    return {
        "do": deed,
        "listing": listing.id,
        "revision": listing.revision,
        "fields": {"title": title} if title else {},
        "reason": "because",
        "channel": "shopify",
        "pictures": False,  # so that what is made already is up to date
    }


def test_a_call_that_is_not_a_deed_is_told_so(server: Server) -> None:
    with httpx.Client(
        base_url=server.url, cookies={COOKIE: server.token("ada")}, timeout=60
    ) as client:
        config = client.get("/config").json()
        act = next(
            d["id"] for d in config["dependencies"] if {e for _, e in d["targets"]} & {"act"}
        )
        for wrong in ({"do": "x" * 999}, {"do": "save", "role": "admin"}, {}, {"do": 7}):
            told = send(client, act, wrong)
            assert json.dumps("Traceback")[1:-1] not in told
            assert '"success": false' in told or '"success":false' in told


# --- what a page opens with


def _held(document: str) -> dict[str, str]:
    told = re.search(r"\}\)\((\{.*\})\)</script></head>", document)
    assert told, document[:2000]
    held: dict[str, str] = json.loads(told[1])
    return held


@pytest.mark.parametrize(
    ("path", "region", "words"),
    [
        ("/", "table", "Canvas tote bag"),
        ("/product?id=OK-1", "body", "Plain mug 350 ml"),
        ("/review", "body", "st-queue"),
        ("/jobs", "jobs", "st-"),
        ("/rules/?rule=CN.SUPERLATIVE.MOST", "rules", "CN.SUPERLATIVE.MOST"),
    ],
)
def test_a_document_brings_what_its_page_shows(
    server: Server, path: str, region: str, words: str
) -> None:
    cookies = {COOKIE: server.token("mei")}
    with httpx.Client(base_url=server.url, cookies=cookies, follow_redirects=True) as client:
        answer = client.get(path, headers={"accept": "text/html"})
    held = _held(answer.text)
    assert words in held[region]
    assert 'class="st-nav' in held["nav"]
    assert answer.headers["cache-control"] == "no-store"


def test_no_text_of_a_catalog_ends_the_script_that_brings_it() -> None:
    hostile = "</script><script>window.hacked=1</script><!-- \u2028 &amp; \ud800 % %s"
    document = head.opening({"table": hostile}).decode()
    assert document.count("<script>") == document.count("</script>") == 1
    assert "<!--" not in document
    assert _held(document) == {"table": hostile.replace("\ud800", "?")}


def test_a_page_that_can_not_be_drawn_says_why_without_its_insides(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(server.studio, lambda request: "en")

    def work(ask: Ask) -> tuple[str, ...]:
        raise {"plain": NotFoundError("there is no such shelf"), "bug": KeyError("secret")}[
            ask.query["how"]
        ]

    desk.opens("/shelf", work, gr.HTML(elem_id="nav"), gr.HTML(elem_id="body"))
    scope = {"type": "http", "path": "/shelf", "headers": [], "server": ("localhost", 80)}
    scope |= {"scheme": "http", "state": {"actor": ADA}}
    told = {
        how: desk.opening(Request({**scope, "query_string": f"how={how}".encode()}))["body"]
        for how in ("plain", "bug")
    }
    assert "there is no such shelf" in told["plain"]
    reference = re.search(r"[0-9a-f]{8}", told["bug"])
    assert reference
    assert reference[0] in caplog.text
    assert "secret" not in told["bug"]


def test_our_own_files_are_kept_by_their_stamp(server: Server) -> None:
    with httpx.Client(base_url=server.url, cookies={COOKIE: server.token("mei")}) as client:
        for kept, control in ((head.STAMP, "immutable"), ("0", "no-cache")):
            answer = client.get(f"/ui/desk.js?v={kept}")
            assert control in answer.headers["cache-control"]
        assert client.get("/ui/desk.py").status_code == 422


def test_gradios_files_are_packed_once_and_answered_whole(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second answer is the first one, byte for byte, and nothing behind was asked for it."""
    asked = []
    inner = starlette.responses.FileResponse.__init__

    def counted(self: Any, path: Any, *more: Any, **named: Any) -> None:
        asked.append(path)
        inner(self, path, *more, **named)

    monkeypatch.setattr(starlette.responses.FileResponse, "__init__", counted)
    with httpx.Client(base_url=server.url) as client:
        page = client.get("/", headers={"cookie": f"{COOKIE}={server.token('mei')}",
                                        "accept": "text/html"}).text  # fmt: skip
        name = re.search(r'src="\./(assets/index-[\w-]+\.js)"', page)
        assert name
        with client.stream("GET", f"/{name[1]}", headers={"accept-encoding": "br"}) as first:
            packed = b"".join(first.iter_raw())
        before = len(asked)
        with client.stream("GET", f"/{name[1]}", headers={"accept-encoding": "br"}) as second:
            assert b"".join(second.iter_raw()) == packed
        assert len(asked) == before
        assert second.headers["content-encoding"] == first.headers["content-encoding"] == "br"
        for number in range(3):  # no header that somebody makes up is kept beside the others
            made_up = {"accept-encoding": f"x{number}, br"}
            assert client.get(f"/{name[1]}", headers=made_up).status_code == 200
        assert len(asked) == before
        weighed = client.get(f"/{name[1]}", headers={"accept-encoding": "gzip;q=0, br;q=0"})
        assert len(asked) == before + 1
        assert weighed.status_code == 200
        plain = client.get(f"/{name[1]}", headers={"accept-encoding": "identity"})
        assert len(plain.content) > len(packed)
        assert client.get("/assets/none.js").status_code == 404
        assert client.get("/assets/none.js").status_code == 404

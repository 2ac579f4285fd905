"""The openai engine against a real HTTP server that is slow, wrong, or lies."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from studio.engines.copy_openai import Engine, Options
from studio.errors import EngineError, SetupError
from studio.schema import Limit, Prompt

KEY = "sk-very-secret-0123456789"
PROMPT = Prompt(purpose="description", locale="en-US", system="S", user="U", max_tokens=20)
LISTING = PROMPT.model_copy(
    update={"purpose": "listing", "limits": {"title": Limit(), "extra.seo_title": Limit()}}
)
Answer = Callable[["Handler", dict[str, Any]], None]


class Handler(BaseHTTPRequestHandler):
    """Answers as the test's script says; keeps what was asked."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with self.server.lock:
            self.server.asked.append(body)
            self.server.open += 1
            self.server.most = max(self.server.most, self.server.open)
        try:
            self.server.script(self, body)
        except (BrokenPipeError, ConnectionResetError):
            self.server.dropped.set()
        finally:
            with self.server.lock:
                self.server.open -= 1

    def do_GET(self) -> None:
        self.reply(200, {"object": "list", "data": [{"id": "small-one", "object": "model"}]})

    def reply(self, status: int, body: Any, **headers: str) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def stream(self, *texts: str, pause: float = 0, usage: bool = True) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for text in texts:
            self.event({"choices": [{"index": 0, "delta": {"content": text}}]})
            time.sleep(pause)
        if usage:
            tokens = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
            self.event({"choices": [], "usage": tokens})
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def event(self, body: dict[str, Any]) -> None:
        whole = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", **body}
        self.wfile.write(f"data: {json.dumps(whole)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, script: Answer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script
        self.asked: list[dict[str, Any]] = []
        self.lock, self.dropped = threading.Lock(), threading.Event()
        self.open = self.most = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], Server]]:
    started: list[Server] = []

    def start(script: Answer) -> Server:
        server = Server(script)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


def engine(server: Server, **options: Any) -> Engine:
    return Engine(Options(url=server.url, model="m", key=SecretStr(KEY), **options))


def test_words_come_as_they_are_said_and_tokens_are_counted(serve: Any) -> None:
    server = serve(lambda h, b: h.stream("A ", "blue ", "lamp."))
    one, heard = engine(server), list[str]()
    assert one.write(PROMPT, on_text=heard.append) == "A blue lamp."
    assert heard == ["A ", "blue ", "lamp."]
    assert one.usage == {"requests": 1, "prompt_tokens": 7, "completion_tokens": 3}
    assert server.asked[0]["max_tokens"] == 20
    assert server.asked[0]["messages"][0] == {"role": "system", "content": "S"}


def test_a_server_without_usage_or_with_thoughts_is_fine(serve: Any) -> None:
    server = serve(lambda h, b: h.stream("<think>hm, 99", "</think> A lamp.", usage=False))
    assert engine(server).write(PROMPT) == "A lamp."


def test_the_first_model_is_used_when_none_is_named(serve: Any) -> None:
    server = serve(lambda h, b: h.stream("ok"))
    one = Engine(Options(url=server.url))
    assert one.write(PROMPT) == "ok"
    assert server.asked[0]["model"] == "small-one"
    assert one.model.startswith("small-one")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_busy_servers_are_asked_again_when_they_said(serve: Any, status: int) -> None:
    def script(handler: Handler, body: dict[str, Any]) -> None:
        if len(handler.server.asked) < 3:
            handler.reply(status, {"error": {"message": "busy"}}, retry_after="0.05")
        else:
            handler.stream("done")

    server = serve(script)
    assert engine(server).write(PROMPT) == "done"
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("status", "hint"), [(400, "log"), (401, "STUDIO_OPENAI_KEY"), (404, "STUDIO_OPENAI_MODEL")]
)
def test_mistakes_are_not_repeated_and_keep_the_key_secret(
    serve: Any, status: int, hint: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    said = {"error": {"message": f"bad key {KEY}"}}
    server = serve(lambda h, b: h.reply(status, said))
    with pytest.raises(EngineError) as caught:
        engine(server).write(PROMPT)
    assert len(server.asked) == 1
    assert not caught.value.retryable
    assert hint in caught.value.hint
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "Bearer" not in caplog.text


def test_a_long_retry_after_is_handed_on(serve: Any) -> None:
    server = serve(lambda h, b: h.reply(429, {"error": {"message": "quota"}}, retry_after="3600"))
    with pytest.raises(EngineError) as caught:
        engine(server).write(PROMPT)
    assert caught.value.retryable
    assert caught.value.retry_after == 3600
    assert len(server.asked) == 1


def test_a_silent_server_is_a_timeout(serve: Any) -> None:
    gate = threading.Event()
    server = serve(lambda h, b: gate.wait(5) and None)
    with pytest.raises(EngineError, match=r"did not answer within 0\.2 s"):
        engine(server, timeout=0.2, retries=0).write(PROMPT)
    gate.set()


def test_a_server_that_never_ends_is_left(serve: Any) -> None:
    server = serve(lambda h, b: h.stream(*["word " * 50] * 200))
    with pytest.raises(EngineError, match="come to an end"):
        engine(server).write(PROMPT)


def test_a_refused_port_names_the_setting() -> None:
    one = Engine(Options(url="http://127.0.0.1:9/v1", model="m", retries=0))
    with pytest.raises(EngineError) as caught:
        one.write(PROMPT)
    assert caught.value.retryable
    assert "STUDIO_OPENAI_URL" in caught.value.hint


def test_json_forms_go_down_to_what_the_server_takes(serve: Any) -> None:
    def script(handler: Handler, body: dict[str, Any]) -> None:
        form = body.get("response_format", {}).get("type", "plain")
        if form == "json_schema":
            handler.reply(500, {"error": {"message": "validation error"}})
        elif form == "json_object":
            handler.reply(400, {"error": {"message": "response_format is not supported"}})
        else:
            handler.stream('{"title": "Lamp"}')

    server = serve(script)
    one = engine(server)
    assert one.write(LISTING) == '{"title": "Lamp"}'
    assert len(server.asked) == 3
    assert one.write(LISTING) == '{"title": "Lamp"}'
    assert len(server.asked) == 4  # it has learned
    schema = server.asked[0]["response_format"]["json_schema"]["schema"]
    assert set(schema["required"]) == {"title", "bullets", "description", "seo_title"}
    assert "maxLength" not in json.dumps(schema)


def test_only_listings_ask_for_json(serve: Any) -> None:
    server = serve(lambda h, b: h.stream("x"))
    engine(server).write(PROMPT)
    assert "response_format" not in server.asked[0]


def test_many_are_bounded_and_in_order(serve: Any) -> None:
    def script(handler: Handler, body: dict[str, Any]) -> None:
        time.sleep(0.03)
        handler.stream(f"re: {body['messages'][-1]['content']}")

    server = serve(script)
    prompts = [PROMPT.model_copy(update={"user": str(i)}) for i in range(9)]
    replies = engine(server, concurrency=3).write_many(prompts)
    assert replies == [f"re: {i}" for i in range(9)]
    assert 1 < server.most <= 3


def test_the_first_failure_stops_the_rest(serve: Any) -> None:
    server = serve(lambda h, b: h.reply(401, {"error": {"message": "no"}}))
    with pytest.raises(EngineError, match="401"):
        engine(server, concurrency=1).write_many([PROMPT] * 6)
    assert len(server.asked) == 1


def test_cancel_stops_between_words_and_frees_the_server(serve: Any) -> None:
    cancel = threading.Event()
    server = serve(lambda h, b: h.stream(*["word "] * 200, pause=0.02))
    with pytest.raises(EngineError, match="stopped on request"):
        engine(server).write(PROMPT, on_text=lambda _: cancel.set(), cancel=cancel)
    assert server.dropped.wait(5)


def test_what_is_missing_is_told() -> None:
    assert "STUDIO_OPENAI_URL" in Engine().ready()
    assert "http" in Engine(Options(url="localhost:8000")).ready()
    with pytest.raises(SetupError):
        Engine().write(PROMPT)
    assert KEY not in repr(Options(key=SecretStr(KEY)))


def test_a_form_that_is_ignored_is_not_believed(serve: Any) -> None:
    def script(handler: Handler, body: dict[str, Any]) -> None:
        strict = body.get("response_format", {}).get("type") == "json_schema"
        handler.stream("What a fine lamp this is!" if strict else '{"title": "Lamp"}')

    server = serve(script)
    one = engine(server)
    assert one.write(LISTING) == '{"title": "Lamp"}'
    assert [a["response_format"]["type"] for a in server.asked] == ["json_schema", "json_object"]
    one.write(LISTING)
    assert len(server.asked) == 3  # it has learned


def test_prose_at_the_end_of_all_forms_is_handed_on(serve: Any) -> None:
    server = serve(lambda h, b: h.stream("A plain lamp."))
    assert engine(server).write(LISTING) == "A plain lamp."
    assert len(server.asked) == 3
    kept = serve(lambda h, b: h.stream("A plain lamp."))
    assert engine(kept, json_form="schema").write(LISTING) == "A plain lamp."
    assert len(kept.asked) == 1


def test_a_prompt_without_room_is_not_sent(serve: Any) -> None:
    server = serve(lambda h, b: h.stream("ok"))
    one = engine(server, room=200)
    assert one.write(PROMPT) == "ok"
    for text in ("word " * 400, "字" * 700):
        with pytest.raises(EngineError, match="too long") as caught:
            one.write(PROMPT.model_copy(update={"user": text}))
        assert "shorten" in caught.value.hint
    assert len(server.asked) == 1


def test_tokens_have_their_price(serve: Any) -> None:
    one = engine(serve(lambda h, b: h.stream("ok")), prices=(2.0, 10.0), concurrency=2)
    one.write_many([PROMPT] * 4)
    assert one.usage == {"requests": 4, "prompt_tokens": 28, "completion_tokens": 12}
    assert one.cost == pytest.approx((28 * 2 + 12 * 10) / 1e6)


@pytest.mark.parametrize(
    ("locale", "reply", "why"),
    [
        ("en-US", "", "came back empty"),
        ("en-US", "<think>What shall I say", "came back empty"),
        ("en-US", "I'm sorry, but I can't help with that.", "is a refusal"),
        ("zh-CN", "抱歉，我无法完成这个请求。", "is a refusal"),
        ("zh-CN", "This lamp is made of oak and comes in black.", "is in the wrong language"),
        (
            "en-US",
            "这款台灯采用橡木材质，颜色为黑色，整体高度三十厘米。",
            "is in the wrong language",
        ),
        ("en-US", "It is a lamp. " * 12, "repeats itself without end"),
        ("zh-CN", "这款灯很好，" * 12, "repeats itself without end"),
    ],
)
def test_replies_that_are_no_copy_are_errors_and_never_text(
    serve: Any, locale: str, reply: str, why: str
) -> None:
    def script(handler: Handler, body: dict[str, Any]) -> None:
        handler.stream(good if body["messages"][-1]["content"] == "fine" else reply)

    good = "橡木台灯，黑色。" if locale == "zh-CN" else "An oak lamp in black."
    bad = PROMPT.model_copy(update={"locale": locale})
    one, fine = engine(serve(script)), bad.model_copy(update={"user": "fine"})
    with pytest.raises(EngineError, match=why) as caught:
        one.write(bad)
    assert caught.value.hint
    assert one.write_many([bad, fine]) == ["", good]
    with pytest.raises(EngineError, match=why):
        one.write_many([bad, bad])

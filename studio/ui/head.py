"""Puts our style and script first into each page, and what the page opens with last: Gradio's own
`head=` comes after the first paint, and its own `load` asks the server once more."""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCRIPTS = ("desk.js", "forms.js", "review.js", "notices.js")


def _stamp() -> str:
    """Changes with our own files, so that a browser may keep them."""
    whole = [files("studio.ui").joinpath(name).read_bytes() for name in ("studio.css", *SCRIPTS)]
    return sha256(b"".join(whole)).hexdigest()[:12]


STAMP = _stamp()
LINKS = f'<link rel="stylesheet" href="/ui/studio.css?v={STAMP}">' + "".join(
    f'<script src="/ui/{name}?v={STAMP}"></script>' for name in SCRIPTS
)

# Gradio takes language and theme from the browser and has no switch that is remembered, so what was
# chosen is put where it looks.
HEAD = (
    b"<head>"
    + LINKS.encode()
    + b"""
<script>(() => {
  const chosen = /(?:^|; )studio_lang=(zh|en)/.exec(document.cookie);
  const zh = (chosen ? chosen[1] : navigator.language).toLowerCase().startsWith('zh');
  const tag = zh ? 'zh-CN' : 'en';
  for (const [key, value] of [['language', tag], ['languages', [tag]]])
    Object.defineProperty(navigator, key, {get: () => value, configurable: true});
  document.documentElement.lang = tag;
  const theme = /(?:^|; )studio_theme=(light|dark)/.exec(document.cookie);
  const ask = window.matchMedia.bind(window), query = '(prefers-color-scheme: dark)';
  if (theme) window.matchMedia = (asked) => asked !== query ? ask(asked) : Object.assign(
    new EventTarget(), {matches: theme[1] === 'dark', media: query, addListener() {}});
  document.documentElement.classList.toggle('dark', window.matchMedia(query).matches);
})()</script>"""
)

# The components stand in the document already, and are drawn after it was read.
OPENING = """<script>((held) => {
  for (const {props} of window.gradio_config?.components || [])
    if (props.elem_id in held) props.value = held[props.elem_id];
})(%s)</script></head>"""
HARMLESS = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})


def opening(held: dict[str, str]) -> bytes:
    """The script that fills the regions of a page; no text in it can end the script."""
    told = json.dumps(held, ensure_ascii=False).translate(HARMLESS)
    return (OPENING % told).encode("utf-8", "replace")


class Head:
    """An ASGI wrapper that writes HEAD after the first <head> of HTML answers and before its end
    what the page opens with, and puts a page in the place of what is told to programs where an
    address is unknown."""

    def __init__(
        self,
        app: ASGIApp,
        opening: Callable[[Request], dict[str, str]],
        missing: Callable[[Request], str],
    ) -> None:
        self.app, self.opening, self.missing = app, opening, missing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        # A packed answer could not be written into; a proxy in front packs it again.
        asked = [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]
        held: Message | None = None
        lost = False
        known = "actor" in scope.get("state", {})

        async def out(message: Message) -> None:
            nonlocal held, lost
            if message["type"] == "http.response.start":
                kind = Headers(raw=message["headers"]).get("content-type", "")
                lost = known and message["status"] == 404 and not kind.startswith("text/html")
                if kind.startswith("text/html"):
                    held = message
                    return
            elif held is not None:
                body = message.get("body", b"").replace(b"<head>", HEAD, 1)
                if known and held["status"] == 200:
                    drawn = await run_in_threadpool(self.opening, Request(scope))
                    body = body.replace(b"</head>", opening(drawn), 1)
                message = {**message, "body": body}
                headers = MutableHeaders(raw=held["headers"])
                if "content-length" in headers:
                    headers["content-length"] = str(len(body))
                await send(held)
                held = None
            if not lost:
                await send(message)

        await self.app({**scope, "headers": asked}, receive, out)
        if lost:
            page = self.missing(Request(scope)).encode().replace(b"<head>", HEAD, 1)
            await HTMLResponse(page, 404)(scope, receive, send)

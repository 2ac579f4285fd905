"""Puts our style and script first into each page: Gradio's own `head=` comes after the first paint,
too late for the style and for the language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio takes language and theme from the browser and has no switch that is remembered, so what was
# chosen is put where it looks.
HEAD = b"""<head><link rel="stylesheet" href="/ui/studio.css"><script src="/ui/desk.js"></script>
<script src="/ui/forms.js"></script><script src="/ui/review.js"></script>
<script src="/ui/notices.js"></script>
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


class Head:
    """An ASGI wrapper that writes HEAD after the first <head> of HTML answers, and puts a page in
    the place of what is told to programs where an address is unknown."""

    def __init__(self, app: ASGIApp, missing: Callable[[Request], str]) -> None:
        self.app, self.missing = app, missing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        # A packed answer could not be written into; a proxy in front packs it again.
        asked = [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]
        held: Message | None = None
        lost = False

        async def out(message: Message) -> None:
            nonlocal held, lost
            if message["type"] == "http.response.start":
                kind = Headers(raw=message["headers"]).get("content-type", "")
                known = "actor" in scope.get("state", {})
                lost = known and message["status"] == 404 and not kind.startswith("text/html")
                if kind.startswith("text/html"):
                    held = message
                    return
            elif held is not None:
                body = message.get("body", b"").replace(b"<head>", HEAD, 1)
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

"""The door: who comes in, over which origin, and what every answer says to the browser.

A pure ASGI guard in front of everything, Gradio's own routes included, because a route that is
hidden or "private" there answers all the same.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response

from studio.errors import StudioError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from studio.schema import Actor

COOKIE, LANGUAGE = "studio_session", "studio_lang"
# Open to everybody: the sign-in page, and Gradio's static files, which hold no data.
KEPT = frozenset({"/favicon.ico", "/theme.css"})  # an hour, by any browser
OPEN = frozenset({"/login", "/healthz"}) | KEPT
OPEN_BELOW = ("/assets/", "/static/", "/lang/", "/oidc/")
# Gradio's fetching of other sites, history of runs, monitoring, and what it tells of itself.
CLOSED = re.compile(
    r"/(gradio_api/)?(file[=/]https?:|proxy=|runs\b|run-history|monitoring|dev/|deep_link|vibe|mcp"
    r"|openapi\.json)"
)
PROGRAMS = "/api/"  # where a token is taken; the pages are for people
CLAIMED = (b"x-forwarded-", b"forwarded")
READS = ("GET", "HEAD", "OPTIONS")
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Gradio's templates are compiled in the page, which needs unsafe-eval; nothing else is foreign.
    "content-security-policy": "default-src 'self'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'self'; form-action 'self'; base-uri 'self'; object-src 'none'",
}
BODY = 20_000_000  # bytes of a request; what is uploaded and painted has its own limits besides
UPLOAD = 1_000_000_000
UPLOADS = ("/gradio_api/upload", "/brush", "/api/imports")
HEAVY = {
    "en": "That is more than 20 MB at once. Nothing was changed: send it in parts, or as a file.",
    "zh": "一次发送的内容超过 20 MB。没有任何改动：请分批发送，或用文件导入。",
}
SIGN_IN = {
    "en": "Your session has ended, or you have not signed in. Nothing was changed, and what you "
    "typed is still here: sign in in another tab, then try again.",
    "zh": "登录已过期，或尚未登录。没有任何改动，已输入的文字还在：请在新标签页登录，再回来重试。",
}
HTTPS_ONLY = "max-age=31536000"
Who = Callable[[str], "Actor | None"]


def cookie(headers: Headers, name: str) -> str:
    """A cookie's value, or ""."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def language_of(headers: Headers) -> str:
    """The chosen language, else the browser's: "zh" or "en"."""
    chosen = cookie(headers, LANGUAGE) or headers.get("accept-language", "")
    return "zh" if chosen.lower().startswith("zh") else "en"


def loopback(host: str) -> bool:
    """Whether a Host header names this machine itself."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


class Edge:
    """Asks who it is for every path that is not open, and refuses writes from other origins.

    `who` tells the actor of a session's token, `program` that of an API token; None for nobody.
    `local`: only this machine may come, by its own name, so that no page of another site reaches an
    open studio (DNS rebinding).
    """

    def __init__(self, app: ASGIApp, who: Who, program: Who, local: bool = False) -> None:
        self.app, self.who, self.program, self.local = app, who, program, local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":  # there is none
            await send({"type": "websocket.close", "code": 1008})
            return
        # A proxy that is trusted has set scheme and client; the rest of what it may claim is not
        # asked for, and Gradio would believe it of anybody.
        scope["headers"] = [(n, v) for n, v in scope["headers"] if not n.startswith(CLAIMED)]
        headers, path = Headers(scope=scope), scope["path"]
        refusal: Response | None = self._refusal(scope, headers, path)
        if refusal is None and path not in OPEN and not path.startswith(OPEN_BELOW):
            refusal = await self._admit(scope, headers, path)
        answer = refusal if refusal is not None else self.app
        heard = _bounded(receive, _most(path))
        await answer(scope, heard, _with_headers(send, scope))

    async def _admit(self, scope: Scope, headers: Headers, path: str) -> Response | None:
        """Notes who it is; or how to sign in."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        try:
            if scheme.lower() == "bearer" and path.startswith(PROGRAMS):
                actor = await asyncio.to_thread(self.program, token.strip())
            else:
                actor = await asyncio.to_thread(self.who, cookie(headers, COOKIE))
        except StudioError as error:  # the database is away, the key file is missing
            problem = {"code": error.code, "message": error.message, "hint": error.hint}
            return JSONResponse(problem, 503)
        if actor is None:
            return _sign_in(scope, headers)
        scope.setdefault("state", {})["actor"] = actor
        return None

    def _refusal(self, scope: Scope, headers: Headers, path: str) -> JSONResponse | None:
        host = headers.get("host", "")
        if self.local and not loopback(host):
            return JSONResponse({"detail": "this studio is open to its own machine only"}, 403)
        if CLOSED.match(path):
            return JSONResponse({"detail": "not here"}, 404)
        if scope["method"] not in READS and not _own_site(scope, headers, host):
            return JSONResponse({"detail": "a write from another site is refused"}, 403)
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > _most(path):
            return JSONResponse({"detail": HEAVY[language_of(headers)]}, 413)
        return None


def _own_site(scope: Scope, headers: Headers, host: str) -> bool:
    """Whether a browser that sends this write is on a page of ours; programs send no origin."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    scheme, _, name = origin.partition("://")
    return name == host and (scheme == "https" or scope["scheme"] == scheme == "http")


def _most(path: str) -> int:
    """Bytes that a request may have."""
    return UPLOAD if path.startswith(UPLOADS) else BODY


def _bounded(receive: Receive, most: int) -> Receive:
    """Hangs up on who sends more without saying so before."""
    count = 0

    async def heard() -> Message:
        nonlocal count
        message = await receive()
        count += len(message.get("body", b""))
        return message if count <= most else {"type": "http.disconnect"}

    return heard


def _sign_in(scope: Scope, headers: Headers) -> JSONResponse | RedirectResponse:
    if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
        return RedirectResponse("/login", 303)
    return JSONResponse({"detail": SIGN_IN[language_of(headers)]}, 401)


def _with_headers(send: Send, scope: Scope) -> Send:
    async def out(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if scope["scheme"] == "https":
                headers.setdefault("strict-transport-security", HTTPS_ONLY)
            if scope["path"] in KEPT:
                headers.setdefault("cache-control", "max-age=3600")
            elif not scope["path"].startswith(OPEN_BELOW):
                headers.setdefault("cache-control", "no-store")  # not for the next one at the desk
        await send(message)

    return out

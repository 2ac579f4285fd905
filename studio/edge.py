"""The door: who comes in, over which origin, and what every answer says to the browser.

A pure ASGI guard in front of everything, Gradio's own routes included, because a route that is
hidden or "private" there answers all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from studio.schema import Actor

COOKIE = "studio_session"
# Open to everybody: the sign-in page, and Gradio's static files, which hold no data.
OPEN = frozenset({"/login", "/healthz", "/favicon.ico", "/theme.css"})
OPEN_BELOW = ("/assets/", "/static/", "/lang/")
CLOSED = ("/gradio_api/file=http", "/monitoring", "/gradio_api/runs", "/vibe")
READS = ("GET", "HEAD", "OPTIONS")
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "SAMEORIGIN",
    # Gradio's templates are compiled in the page, which needs unsafe-eval; nothing else is foreign.
    "content-security-policy": "default-src 'self'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'self'; form-action 'self'; base-uri 'self'; object-src 'none'",
}


def cookie(headers: Headers, name: str) -> str:
    """A cookie's value, or ""."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def loopback(host: str) -> bool:
    """Whether a Host header names this machine itself."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


class Edge:
    """Asks who it is for every path that is not open, and refuses writes from other origins.

    `who` tells the actor of a session's token, or None. `local`: only this machine may come, by
    its own name, so that no page of another site reaches an open studio (DNS rebinding).
    """

    def __init__(
        self, app: ASGIApp, who: Callable[[str], Actor | None], local: bool = False
    ) -> None:
        self.app, self.who, self.local = app, who, local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers, path = Headers(scope=scope), scope["path"]
        refusal: Response | None = self._refusal(scope, headers, path)
        if refusal is None and path not in OPEN and not path.startswith(OPEN_BELOW):
            actor = await asyncio.to_thread(self.who, cookie(headers, COOKIE))
            if actor is None:
                refusal = _sign_in(scope, headers)
            else:
                scope.setdefault("state", {})["actor"] = actor
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send))
            return
        await self.app(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope, headers: Headers, path: str) -> JSONResponse | None:
        host = headers.get("host", "")
        if scope["type"] != "http":
            return JSONResponse({"detail": "not here"}, 404)
        if self.local and not loopback(host):
            return JSONResponse({"detail": "this studio is open to its own machine only"}, 403)
        if path.startswith(CLOSED):
            return JSONResponse({"detail": "not here"}, 404)
        if scope["method"] not in READS:
            origin, site = headers.get("origin"), headers.get("sec-fetch-site", "same-origin")
            if (origin and urlsplit(origin).netloc != host) or site not in ("same-origin", "none"):
                return JSONResponse({"detail": "a write from another site is refused"}, 403)
        return None


def _sign_in(scope: Scope, headers: Headers) -> JSONResponse | RedirectResponse:
    if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
        return RedirectResponse("/login", 303)
    return JSONResponse({"detail": "请登录 / please sign in"}, 401)


def _with_headers(send: Send) -> Send:
    async def out(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return out

"""The web server: the API, the sign-in page and the pages, behind one guard."""

from __future__ import annotations

import sys
import time
from collections import defaultdict, deque
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Form, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from jinja2 import Environment

from studio import api, ui
from studio.edge import COOKIE, Edge, cookie, loopback
from studio.errors import DeniedError, InputError, StudioError
from studio.schema import Actor, Role

if TYPE_CHECKING:
    from studio.service import Studio

LANGUAGE = "studio_lang"
TRIES, WINDOW = 10, 300.0  # wrong passwords from one address in so many seconds
WORDS = {
    "zh": {
        "title": "Studio 商品内容工作室",
        "name": "用户名",
        "password": "密码",
        "sign_in": "登录",
        "wrong": "用户名或密码不正确",
        "slow": "尝试次数过多，请五分钟后再试",
    },
    "en": {
        "title": "Studio",
        "name": "User name",
        "password": "Password",
        "sign_in": "Sign in",
        "wrong": "Wrong name or password",
        "slow": "Too many attempts: wait five minutes",
    },
}


def language_of(request: Request) -> str:
    """The chosen language, else the browser's: "zh" or "en"."""
    chosen = cookie(request.headers, LANGUAGE) or request.headers.get("accept-language", "")
    return "zh" if chosen.lower().startswith("zh") else "en"


def build(studio: Studio, *, open_: bool = False) -> FastAPI:
    """The whole application. `open_`: everybody on this machine is its one admin."""
    app = FastAPI(title="Studio", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    one = Actor(name="owner", role=Role.ADMIN) if open_ else None

    @app.exception_handler(StudioError)
    def problem(request: Request, error: StudioError) -> JSONResponse:
        return api.as_response(error)

    @app.get("/healthz", include_in_schema=False)
    def health() -> dict[str, str]:
        return {"studio": "ok"}

    @app.get("/lang/{language}", include_in_schema=False)
    def language(language: str, to: str = "/") -> Response:
        # Only a path of our own: "//host" and "/\\host" would lead away.
        inside = to.startswith("/") and not to.startswith(("//", "/\\"))
        answer = RedirectResponse(to if inside else "/", 303)
        answer.set_cookie(LANGUAGE, "zh" if language == "zh" else "en", samesite="lax")
        return answer

    _sign_in(app, studio)
    app.include_router(api.router(studio))
    # With a list of origins of its own (none), Gradio does not echo back any origin it is sent.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    ui.mount(app, studio, language_of)
    app.add_middleware(Edge, who=(lambda token: one) if one else studio.signed_in, local=open_)
    return app


def _sign_in(app: FastAPI, studio: Studio) -> None:
    page = Environment(autoescape=True).from_string(
        files("studio.ui").joinpath("login.html.j2").read_text("utf-8")
    )
    failures: dict[str, deque[float]] = defaultdict(deque)

    def shown(request: Request, problem: str = "", status: int = 200) -> HTMLResponse:
        language = language_of(request)
        words = WORDS[language]
        text = page.render(lang=language, **{**words, "problem": words.get(problem, "")})
        return HTMLResponse(text, status)

    @app.get("/login", include_in_schema=False)
    def login_page(request: Request) -> HTMLResponse:
        return shown(request)

    @app.post("/login", include_in_schema=False)
    def login(
        request: Request,
        name: Annotated[str, Form(max_length=80)],
        password: Annotated[str, Form(max_length=200)],
    ) -> Response:
        recent = failures[request.client.host if request.client else ""]
        while recent and recent[0] < time.monotonic() - WINDOW:
            recent.popleft()
        if len(recent) >= TRIES:
            return shown(request, "slow", 429)
        try:
            token = studio.sign_in(name, password)
        except DeniedError:
            recent.append(time.monotonic())
            return shown(request, "wrong", 403)
        answer = RedirectResponse("/", 303)
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=secure)
        return answer

    @app.post("/logout", include_in_schema=False)
    def logout(request: Request) -> Response:
        studio.sign_out(cookie(request.headers, COOKIE))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE)
        return answer


def run(studio: Studio, *, host: str, port: int, open_: bool) -> None:
    """Serve until stopped. Raises InputError when `open_` is asked for on a public address."""
    import uvicorn

    if open_ and not loopback(host):
        raise InputError(
            f"--open lets everybody in and {host} is not this machine only",
            hint="leave --host away, or leave --open away and sign in",
        )
    password = "" if open_ else studio.first_admin()
    app = build(studio, open_=open_)
    print(f"Studio: http://{host}:{port}/", file=sys.stderr)
    if password:
        print(
            f"First start. Sign in as admin with this password, shown once: {password}",
            file=sys.stderr,
            flush=True,
        )
    uvicorn.run(app, host=host, port=port, log_level="warning", proxy_headers=False)

"""The web server: the API, the sign-in page and the pages, behind one guard."""

from __future__ import annotations

import ssl
import sys
import time
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Form, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from jinja2 import Environment

from studio import api, edge, ui
from studio.edge import COOKIE, LANGUAGE, Edge, cookie, loopback
from studio.errors import DeniedError, InputError, StudioError
from studio.schema import Actor, Role
from studio.service.attempts import Attempts
from studio.ui import refusals

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.service import Studio
    from studio.service.identity import Identity

THEME = "studio_theme"
STATE = "studio_oidc"  # ties the way back from the identity server to the browser that left
HOUR = 3600.0  # seconds
WORDS = {
    "zh": {
        "title": "Studio 商品内容工作室",
        "name": "用户名",
        "password": "密码",
        "sign_in": "登录",
        "wrong": "用户名或密码不正确",
        "slow": "尝试次数过多，请五分钟后再试",
        "elsewhere": "用公司账号登录",
    },
    "en": {
        "title": "Studio",
        "name": "User name",
        "password": "Password",
        "sign_in": "Sign in",
        "wrong": "Wrong name or password",
        "slow": "Too many attempts: wait five minutes",
        "elsewhere": "Sign in with your company account",
    },
}


def language_of(request: Request) -> str:
    """The chosen language, else the browser's: "zh" or "en"."""
    return edge.language_of(request.headers)


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
    who = (lambda token: one) if one else studio.signed_in
    app.add_middleware(Edge, who=who, program=studio.by_token, local=open_)
    return app


def _sign_in(app: FastAPI, studio: Studio) -> None:
    page = Environment(autoescape=True).from_string(
        files("studio.ui").joinpath("login.html.j2").read_text("utf-8")
    )
    attempts = Attempts()

    def shown(request: Request, problem: str = "", status: int = 200) -> HTMLResponse:
        language = language_of(request)
        words = WORDS[language]
        text = page.render(
            lang=language,
            theme=cookie(request.headers, THEME),
            oidc=studio.identity is not None,
            **{**words, "problem": words.get(problem, problem)},
        )
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
        address = request.client.host if request.client else ""
        if not attempts.begin(address, name):
            return shown(request, "slow", 429)
        try:
            token = studio.sign_in(name, password)
        except DeniedError:
            return shown(request, "wrong", 403)
        attempts.succeeded(address, name)
        return _signed_in(request, token)

    @app.post("/logout", include_in_schema=False)
    def logout(request: Request) -> Response:
        studio.sign_out(cookie(request.headers, COOKIE))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE)
        return answer

    if studio.identity is not None:
        _by_identity(app, studio, studio.identity, shown)


def _signed_in(request: Request, token: str) -> Response:
    """To the first page, with the session in a cookie."""
    answer = RedirectResponse("/", 303)
    _put(answer, request, COOKIE, token)
    return answer


def _put(answer: Response, request: Request, name: str, value: str, path: str = "/") -> None:
    secure = request.url.scheme == "https"
    answer.set_cookie(name, value, httponly=True, samesite="lax", secure=secure, path=path)


def _by_identity(
    app: FastAPI,
    studio: Studio,
    identity: Identity,
    shown: Callable[[Request, str, int], HTMLResponse],
) -> None:
    """To the identity server and back."""

    def back(request: Request) -> str:
        return f"{request.url.scheme}://{request.headers.get('host', '')}/oidc/callback"

    @app.get("/oidc/login", include_in_schema=False)
    def leave(request: Request) -> Response:
        try:
            url, state = identity.begin(back(request))
        except StudioError as error:
            return shown(request, refusals.told(language_of(request), error), 503)
        answer = RedirectResponse(url, 303)
        _put(answer, request, STATE, state, "/oidc/")
        return answer

    @app.get("/oidc/callback", include_in_schema=False)
    def come_back(request: Request) -> Response:
        try:
            state = cookie(request.headers, STATE)
            name = identity.finish(request.query_params, state, back(request))
            answer = _signed_in(request, studio.admit(name))
        except StudioError as error:
            return shown(request, refusals.told(language_of(request), error), 403)
        answer.delete_cookie(STATE, path="/oidc/")
        return answer


def run(
    studio: Studio,
    *,
    host: str,
    port: int,
    open_: bool,
    tls: tuple[Path, Path] | None = None,
    proxy: str = "",
) -> None:
    """Serve until stopped. `tls`: files of the certificate (with its chain) and of its key.
    `proxy`: address of the one proxy in front, whose word on client and scheme is taken.

    Raises InputError when `open_` is asked for on a public address, or for files that are none.
    """
    import uvicorn

    secure = _tls(tls)
    if open_ and not loopback(host):
        raise InputError(
            f"--open lets everybody in and {host} is not this machine only",
            hint="leave --host away, or leave --open away and sign in",
        )
    password = "" if open_ else studio.first_admin()
    app = build(studio, open_=open_)
    for warning in studio.store.health()["warnings"]:
        print(f"warning: {warning}", file=sys.stderr)
    if not (secure or proxy or loopback(host)):
        print(
            "warning: passwords cross the network unencrypted; use --tls-cert and --tls-key, or "
            "--proxy with a TLS proxy in front",
            file=sys.stderr,
        )
    print(f"Studio: http{'s' if secure else ''}://{host}:{port}/", file=sys.stderr)
    if password:
        print(
            f"First start. Sign in as admin with this password, shown once: {password}",
            file=sys.stderr,
            flush=True,
        )
    Thread(target=_anchor, args=(studio,), daemon=True).start()
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(proxy),
        forwarded_allow_ips=proxy or None,
        **secure,
    )


def _anchor(studio: Studio) -> None:
    """Signs the newest line of the record at the start and every hour in which there are new."""
    while True:
        try:
            studio.anchor_new()
        except StudioError as error:
            print(f"warning: {error}", file=sys.stderr)
        time.sleep(HOUR)


def _tls(files: tuple[Path, Path] | None) -> dict[str, Any]:
    """What uvicorn needs for TLS; nothing without it."""
    if files is None:
        return {}
    cert, key = files
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            f"{cert} and {key} are no certificate with its key: {error}",
            hint="two PEM files: the certificate with its chain, and its private key",
        ) from error
    return {"ssl_certfile": str(cert), "ssl_keyfile": str(key)}

"""Signing in by an identity server: a small one of our own that signs real tokens, and its lies."""

from __future__ import annotations

import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fastapi.testclient import TestClient

from studio import serve
from studio.edge import COOKIE
from studio.schema import Actor, Role
from studio.service import Studio
from studio.settings import Settings

pytest.importorskip("authlib", reason="the extra oidc is not installed")
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

ADMIN = Actor(name="admin", role=Role.ADMIN)
CLIENT, SECRET, MAIL = "studio", "a secret of the client", "mei@shop.example"


class Issuer:
    """An identity server on this machine, where everybody is MAIL without being asked."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig"})
        self.codes: dict[str, dict[str, str]] = {}
        self.lie: Callable[[dict[str, Any]], Any] = lambda claims: None
        self.sign_by: Any = None  # another key, with its header
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.get(self)

            def do_POST(self) -> None:
                issuer.post(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def get(self, call: BaseHTTPRequestHandler) -> None:
        at = urlsplit(call.path)
        asked = {name: value[0] for name, value in parse_qs(at.query).items()}
        if at.path == "/.well-known/openid-configuration":
            ends = {"authorization": "authorize", "token": "token"}
            told = {f"{name}_endpoint": f"{self.url}/{path}" for name, path in ends.items()}
            answer(call, {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **told})
        elif at.path == "/keys":
            answer(call, {"keys": [self.key.as_dict(private=False)]})
        elif at.path == "/authorize":
            assert asked["code_challenge_method"] == "S256"
            code = secrets.token_urlsafe(8)
            self.codes[code] = asked
            call.send_response(302)
            back = urlencode({"code": code, "state": asked["state"]})
            call.send_header("location", f"{asked['redirect_uri']}?{back}")
            call.end_headers()

    def post(self, call: BaseHTTPRequestHandler) -> None:
        body = call.rfile.read(int(call.headers["content-length"])).decode()
        sent = {name: value[0] for name, value in parse_qs(body).items()}
        asked = self.codes.pop(sent.get("code", ""), None)
        proof = sha256(sent.get("code_verifier", "").encode()).digest()
        fits = urlsafe_b64encode(proof).decode().rstrip("=")
        if asked is None or asked["code_challenge"] != fits:
            answer(call, {"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        claims = {"iss": self.url, "sub": "7", "aud": CLIENT, "iat": now, "exp": now + 60,
                  "nonce": asked["nonce"], "email": MAIL, "email_verified": True}  # fmt: skip
        self.lie(claims)
        header, key = self.sign_by or ({"alg": "RS256", "kid": "one"}, self.key)
        token = jwt.encode(header, claims, key)
        answer(call, {"access_token": "a", "token_type": "Bearer", "id_token": token})


def answer(call: BaseHTTPRequestHandler, told: dict[str, Any], status: int = 200) -> None:
    call.send_response(status)
    call.send_header("content-type", "application/json")
    call.end_headers()
    call.wfile.write(json.dumps(told).encode())


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.server.shutdown()


@pytest.fixture
def honest(issuer: Issuer) -> Issuer:
    issuer.lie, issuer.sign_by = lambda claims: None, None
    return issuer


def opened(folder: Path, issuer: Issuer, **more: str) -> Studio:
    return Studio(
        Settings(
            home=folder / "home",
            copy_engine="template",
            oidc_issuer=issuer.url,
            oidc_client=CLIENT,
            oidc_secret=SECRET,
            **more,
        )
    )


@pytest.fixture(scope="module")
def studio(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    made = opened(tmp_path_factory.mktemp("oidc"), issuer)
    made.first_admin()
    made.add_user(MAIL, Role.MERCHANT, "correct horse battery", ADMIN)
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(studio: Studio) -> Any:
    return serve.build(studio)


def browser(app: Any) -> TestClient:
    return TestClient(app, follow_redirects=False, headers={"accept-language": "zh-CN"})


def back_with(app: Any) -> tuple[TestClient, str]:
    """A browser that has been at the identity server, and the address that it is sent back to."""
    client = browser(app)
    away = client.get("/oidc/login")
    assert away.status_code == 303
    import httpx

    sent = httpx.get(away.headers["location"], timeout=20)
    at = urlsplit(sent.headers["location"])
    assert at.path == "/oidc/callback"
    return client, f"{at.path}?{at.query}"


def test_who_was_added_comes_in_with_their_own_role(
    app: Any, studio: Studio, honest: Issuer
) -> None:
    assert "用公司账号登录" in browser(app).get("/login").text
    client, back = back_with(app)
    inside = client.get(back)
    assert (inside.status_code, inside.headers["location"]) == (303, "/")
    assert "httponly" in inside.headers["set-cookie"].lower()
    actor = studio.signed_in(inside.cookies[COOKIE])
    assert actor == Actor(name=MAIL, role=Role.MERCHANT)
    assert client.get("/api/me").json()["name"] == MAIL


def test_an_answer_is_good_once_and_in_one_browser(app: Any, honest: Issuer) -> None:
    client, back = back_with(app)
    assert browser(app).get(back).status_code == 403  # another browser's
    assert client.get(back).status_code == 303
    again = client.get(back)
    assert again.status_code == 403
    assert "已过期" in again.text
    assert COOKIE not in again.cookies


def set_to(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda claims: claims.update(values)


LIES = {
    "nonce": set_to(nonce="another"),
    "audience": set_to(aud="another"),
    "issuer": set_to(iss="https://elsewhere.example"),
    "expired": set_to(exp=int(time.time()) - 3600),
    "no subject": lambda claims: claims.pop("sub"),
    "unverified": set_to(email_verified=False),
    "no mail": lambda claims: claims.pop("email"),
    "stranger": set_to(email="eve@elsewhere.example"),
    "admin by name": set_to(email="", preferred_username="admin"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_says_too_much_opens_nothing(app: Any, honest: Issuer, lie: str) -> None:
    honest.lie = LIES[lie]
    client, back = back_with(app)
    refused = client.get(back)
    assert refused.status_code == 403
    assert COOKIE not in refused.cookies
    assert client.get("/api/me").status_code == 401


@pytest.mark.parametrize("by", ["another key", "the client's secret"])
def test_a_token_that_the_server_did_not_sign_opens_nothing(
    app: Any, honest: Issuer, by: str
) -> None:
    other = RSAKey.generate_key(2048, parameters={"kid": "one"})
    honest.sign_by = {
        "another key": ({"alg": "RS256", "kid": "one"}, other),
        "the client's secret": ({"alg": "HS256"}, OctKey.import_key(SECRET * 2)),
    }[by]
    client, back = back_with(app)
    assert client.get(back).status_code == 403
    assert client.get("/api/me").status_code == 401


def test_a_stranger_comes_in_where_the_settings_name_a_role(tmp_path: Path, honest: Issuer) -> None:
    studio = opened(tmp_path, honest, oidc_role="viewer")
    studio.first_admin()
    client, back = back_with(serve.build(studio))
    assert client.get(back).status_code == 303
    assert client.get("/api/me").json() == {"name": MAIL, "role": "viewer"}
    studio.close()


def test_a_server_that_is_away_is_told(tmp_path: Path) -> None:
    studio = Studio(Settings(home=tmp_path / "home", oidc_issuer="http://127.0.0.1:9/"))
    told = browser(serve.build(studio)).get("/oidc/login")
    assert told.status_code == 503
    assert "无法访问公司账号服务器" in told.text
    studio.close()

"""The door: nobody comes in without a session, and no other site writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from studio import serve
from studio.edge import COOKIE
from studio.errors import DeniedError
from studio.schema import Actor, Role
from studio.service import Studio
from studio.service.attempts import PER_PLACE
from studio.settings import Settings

ADMIN = Actor(name="admin", role=Role.ADMIN)
OPEN_PATHS = {"/login", "/healthz", "/lang/{language}", "/theme.css", "/favicon.ico"}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    made = Studio(Settings(home=tmp_path / "home", models=tmp_path / "models"))
    yield made
    made.close()


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with TestClient(serve.build(studio), base_url="http://127.0.0.1") as client:
        yield client


def signed_in(client: TestClient, studio: Studio) -> str:
    password = studio.first_admin()
    answer = client.post(
        "/login", data={"name": "admin", "password": password}, follow_redirects=False
    )
    assert answer.status_code == 303
    return password


def test_every_route_wants_a_session(client: TestClient) -> None:
    """Walks all routes, Gradio's own included, with every method they answer."""
    seen = 0
    for route in _routes(client.app.routes, ""):  # type: ignore[attr-defined]
        path, methods = route
        if path in OPEN_PATHS or path.startswith(("/static/", "/assets/")):
            continue
        concrete = re.sub(r"\{[^}]*\}", "x", path)
        for method in methods - {"HEAD", "OPTIONS"}:
            answer = client.request(method, concrete, follow_redirects=False)
            assert answer.status_code in (401, 404), (method, path, answer.status_code)
            assert answer.status_code == 401 or "not here" in answer.text, (method, path)
            seen += 1
    assert seen > 30


def _routes(routes: object, prefix: str) -> Iterator[tuple[str, set[str]]]:
    for route in routes:  # type: ignore[attr-defined]
        path = prefix + getattr(route, "path", "")
        if methods := getattr(route, "methods", None):
            yield path, set(methods)
        mounted = getattr(route, "app", None) or getattr(route, "original_router", None)
        if inner := getattr(mounted, "routes", None):
            yield from _routes(inner, path.rstrip("/"))


def test_a_page_without_a_session_leads_to_the_sign_in_page(client: TestClient) -> None:
    answer = client.get("/", headers={"accept": "text/html"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    shown = client.get("/login", headers={"accept-language": "zh-CN"})
    assert "登录" in shown.text
    assert '<html lang="zh">' in shown.text


def test_sign_in_out_and_everywhere(client: TestClient, studio: Studio) -> None:
    signed_in(client, studio)
    assert client.get("/api/products").status_code == 200
    stored = client.cookies[COOKIE]
    studio.sign_out_everywhere("admin", ADMIN)
    assert client.get("/api/products").status_code == 401
    assert stored not in Path(studio.settings.home / "studio.db").read_bytes().decode("latin-1")


def test_the_first_password_is_made_once(studio: Studio) -> None:
    assert studio.first_admin()
    assert studio.first_admin() == ""
    with pytest.raises(DeniedError):
        studio.sign_in("admin", "not the password")
    with pytest.raises(DeniedError):
        studio.sign_in("nobody", "not the password")


def test_wrong_passwords_are_slowed_down(client: TestClient, studio: Studio) -> None:
    password = studio.first_admin()
    for _ in range(PER_PLACE):
        answer = client.post("/login", data={"name": "admin", "password": "guess"})
        assert answer.status_code == 403
    answer = client.post("/login", data={"name": "admin", "password": password})
    assert answer.status_code == 429


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_writes_from_another_site_are_refused(
    client: TestClient, studio: Studio, headers: dict[str, str]
) -> None:
    signed_in(client, studio)
    answer = client.post("/api/decide/approve/x", json={"revision": 1}, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text


def test_a_language_link_never_leads_away(client: TestClient) -> None:
    for to in ("//evil.example", "/\\evil.example", "http://evil.example"):
        answer = client.get("/lang/zh", params={"to": to}, follow_redirects=False)
        assert answer.headers["location"] == "/"
    assert (
        client.get("/lang/zh", params={"to": "/review"}, follow_redirects=False).headers["location"]
        == "/review"
    )


def test_an_open_studio_answers_to_this_machine_only(studio: Studio) -> None:
    app = serve.build(studio, open_=True)
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        assert client.get("/api/products").status_code == 200
    with TestClient(app, base_url="http://rebound.example") as client:
        assert client.get("/api/products").status_code == 403


@pytest.mark.parametrize("role", list(Role))
def test_roles_hold_over_http(client: TestClient, studio: Studio, role: Role) -> None:
    studio.first_admin()
    studio.add_user("mei", role, "a long password", ADMIN)
    client.post("/login", data={"name": "mei", "password": "a long password"})
    may_make = role in (Role.MERCHANT, Role.ADMIN)
    may_judge = role in (Role.REVIEWER, Role.ADMIN)
    assert client.get("/api/listings").status_code == 200
    made = client.post("/api/generate", json={"channel": "shopify", "ids": ["x"]})
    assert made.status_code == (404 if may_make else 403)
    judged = client.post("/api/decide/approve/x", json={"revision": 1})
    assert judged.status_code == (404 if may_judge else 403)


def test_an_error_has_a_code_and_no_trace(client: TestClient, studio: Studio) -> None:
    signed_in(client, studio)
    answer = client.get("/api/products/none")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert "Traceback" not in answer.text
    assert client.get("/api/media/..%2f..%2fetc").status_code in (404, 422)
    assert client.get("/api/listings", params={"after": 2**70}).status_code == 422

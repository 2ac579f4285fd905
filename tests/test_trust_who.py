"""Who may: every method of the service as every role, in process, over the API, by a token.

A method or a route without a row here fails the test: whoever adds one decides who may.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from trust_making import ADA, EVE, MEI, RUI, filled, studio_in

from studio import review, serve
from studio.edge import COOKIE
from studio.errors import DeniedError, StateError, StudioError
from studio.schema import Actor, Role, State
from studio.service import Studio
from studio.store import Filter

PASSWORD = "correct horse battery"
PEOPLE = {"mei": MEI, "rui": RUI, "ada": ADA, "eve": EVE}
DRAFT = "B2/shopify/en-US"
NO = Path("none")

# What takes no actor, and why that is right.
OPEN = {
    "again": ("edit", lambda s, a: s.again(DRAFT, "title", "shorter", a)),
    "admit": "whom the identity server has told",
    "anchor_new": "signs what is there",
    "actions": "names of buttons by role; each of them asks again",
    "by_token": "tells who it is",
    "close": "of this process",
    "exports": "the name of a folder",
    "first_admin": "acts only while there is no admin",
    "identity": "whether an identity server is set",
    "proved": "whether a password is right, which sign_in tells too",
    "rewords": "whether an engine is set",
    "sign_in": "tells who it is",
    "sign_out": "of one's own token",
    "signed_in": "tells who it is",
    "solo": "a setting",
}
PARTS = {"anchors", "kit", "media", "rules", "settings", "store", "vault", "workers"}

# method -> (what is asked of the role, a call that goes no further than that where it can)
CALLS: dict[str, tuple[str, Callable[[Studio, Actor], Any]]] = {
    "add_user": ("manage", lambda s, a: s.add_user("", Role.VIEWER, PASSWORD, a)),
    "all_listings": ("read", lambda s, a: s.all_listings(a)),
    "anchor": ("export", lambda s, a: s.anchor(a)),
    "approve": ("approve", lambda s, a: s.approve(DRAFT, revision=99, actor=a)),
    "approve_rest": ("approve", lambda s, a: s.approve_rest(1, a)),
    "assign": ("assign", lambda s, a: s.assign("none", "", None, a)),
    "audit": ("read", lambda s, a: s.audit("B2", "shopify", a)),
    "backup": ("manage", lambda s, a: s.backup(NO, [], a)),
    "begin_job": ("generate", lambda s, a: s.begin_job("x", a)),
    "blob": ("read", lambda s, a: s.blob("x", a)),
    "bring_back": ("edit", lambda s, a: s.bring_back(DRAFT, 99, a, revision=99)),
    "browse": ("read", lambda s, a: s.browse(Filter(), a)),
    "brush": ("edit", lambda s, a: s.brush(DRAFT, "x", b"", revision=99, actor=a)),
    "cancel_job": ("generate", lambda s, a: s.cancel_job("x", a)),
    "change_password": ("read", lambda s, a: s.change_password(PASSWORD, "short", a)),
    "changed": ("read", lambda s, a: s.changed(DRAFT, a)),
    "channels": ("read", lambda s, a: s.channels(a)),
    "colleagues": ("assign", lambda s, a: s.colleagues(a)),
    "choose": ("edit", lambda s, a: s.choose(DRAFT, "main", "x", a, revision=99)),
    "comment": ("comment", lambda s, a: s.comment("none", "why", a)),
    "compared": ("read", lambda s, a: s.compared(DRAFT, a)),
    "count_browsed": ("read", lambda s, a: s.count_browsed(Filter(), a)),
    "count_products": ("read", lambda s, a: s.count_products(a)),
    "counts": ("read", lambda s, a: s.counts(a)),
    "default_models": ("read", lambda s, a: s.default_models(a)),
    "doctor": ("manage", lambda s, a: s.doctor(a)),
    "download": ("import", lambda s, a: s.download("x", NO, a)),
    "draw": ("approve", lambda s, a: s.draw(a, bound=0.9)),
    "edit": ("edit", lambda s, a: s.edit(DRAFT, {"title": "x"}, revision=99, actor=a)),
    "end_own_token": ("read", lambda s, a: s.end_own_token("x", a)),
    "estimate_job": ("generate", lambda s, a: s.estimate_job(a, channel="none")),
    "events": ("read", lambda s, a: s.events(a)),
    "export": ("export", lambda s, a: s.export("none", NO, a)),
    "fairness": ("read", lambda s, a: s.fairness(a)),
    "fill_sheet": ("export", lambda s, a: s.fill_sheet("none", NO, NO, a)),
    "fix_all": ("edit", lambda s, a: s.fix_all(DRAFT, revision=99, actor=a)),
    "for_shop": ("export", lambda s, a: s.for_shop("none", a)),
    "forecast": ("read", lambda s, a: s.forecast(date(2027, 1, 1), a)),
    "forget_key": ("manage", lambda s, a: s.forget_key(a)),
    "generate": ("generate", lambda s, a: s.generate([], a)),
    "import_catalog": ("import", lambda s, a: s.import_catalog([NO], a)),
    "import_sample": ("import", lambda s, a: s.import_sample(a)),
    "interrupted": ("read", lambda s, a: s.interrupted("x", a)),
    "job": ("read", lambda s, a: s.job("x", a)),
    "job_here": ("read", lambda s, a: s.job_here("x", a)),
    "job_items": ("read", lambda s, a: s.job_items("x", a)),
    "job_rest": ("generate", lambda s, a: s.job_rest("x", a)),
    "jobs": ("read", lambda s, a: s.jobs(a)),
    "keep": ("keep", lambda s, a: s.keep(DRAFT, revision=99, actor=a)),
    "last_event": ("read", lambda s, a: s.last_event(a)),
    "listing": ("read", lambda s, a: s.listing(DRAFT, a)),
    "listings": ("read", lambda s, a: s.listings(a)),
    "listings_of": ("read", lambda s, a: s.listings_of([], a)),
    "looked": ("generate", lambda s, a: next(s.looked(a, channel="none"))),
    "measure_copy": ("manage", lambda s, a: s.measure_copy(a)),
    "models": ("read", lambda s, a: s.models(a)),
    "my_tokens": ("read", lambda s, a: s.my_tokens(a)),
    "new_own_token": ("read", lambda s, a: s.new_own_token(Role.VIEWER, a, label="", days=0)),
    "new_token": ("manage", lambda s, a: s.new_token("nobody", Role.VIEWER, a)),
    "outline": ("edit", lambda s, a: s.outline(DRAFT, "x", a)),
    "pause_job": ("generate", lambda s, a: s.pause_job("x", a)),
    "plan": ("generate", lambda s, a: s.plan(a, channel="none")),
    "preview": ("edit", lambda s, a: s.preview(DRAFT, {"title": "x"}, a)),
    "product": ("read", lambda s, a: s.product("B2", a)),
    "products": ("read", lambda s, a: s.products(a)),
    "proposed": ("edit", lambda s, a: s.proposed(DRAFT, a)),
    "pull_model": ("manage", lambda s, a: s.pull_model("none", lambda *_: None, a)),
    "purge": ("manage", lambda s, a: s.purge("nobody", a)),
    "recheck": ("check", lambda s, a: s.recheck(DRAFT, a)),
    "redraw": ("edit", lambda s, a: s.redraw(DRAFT, revision=99, actor=a)),
    "reject": ("reject", lambda s, a: s.reject(DRAFT, "because", revision=99, actor=a)),
    "restore": ("manage", lambda s, a: s.restore(NO, "", a)),
    "retry_job": ("generate", lambda s, a: s.retry_job("x", a)),
    "revoke_token": ("manage", lambda s, a: s.revoke_token("x", a)),
    "reword": ("edit", lambda s, a: s.reword(DRAFT, "title", a)),
    "rotate_key": ("manage", lambda s, a: s.rotate_key(a)),
    "rule_book": ("read", lambda s, a: s.rule_book(a)),
    "sampling": ("approve", lambda s, a: s.sampling(1, a)),
    "secrets": ("manage", lambda s, a: s.secrets(a)),
    "send": ("export", lambda s, a: s.send(NO, "none", a)),
    "send_export": ("export", lambda s, a: s.send_export("none", "none", a)),
    "set_password": ("manage", lambda s, a: s.set_password("nobody", PASSWORD, a)),
    "set_role": ("manage", lambda s, a: s.set_role("nobody", Role.VIEWER, a)),
    "set_secret": ("manage", lambda s, a: s.set_secret("x", "", a)),
    "sign_out_everywhere": ("manage", lambda s, a: s.sign_out_everywhere("nobody", a)),
    "start_job": ("generate", lambda s, a: s.start_job(a, channel="none")),
    "submit": ("submit", lambda s, a: s.submit(DRAFT, revision=99, actor=a)),
    "submit_all": ("submit", lambda s, a: s.submit_all(a, channel="none")),
    "tokens": ("manage", lambda s, a: s.tokens(a)),
    "translate": ("generate", lambda s, a: s.translate(DRAFT, "en-US", a)),
    "try_text": ("read", lambda s, a: s.try_text("x", a)),
    "undo": ("undo", lambda s, a: s.undo(DRAFT, revision=99, actor=a)),
    "users": ("manage", lambda s, a: s.users(a)),
    "variants": ("read", lambda s, a: s.variants(DRAFT, a)),
    "verify": ("read", lambda s, a: s.verify(a)),
    "versions": ("read", lambda s, a: s.versions(DRAFT, "title", a)),
    "waive": ("waive", lambda s, a: s.waive(DRAFT, "none", "because", actor=a)),
    "watch_job": ("read", lambda s, a: next(s.watch_job("x", a))),
    "withdraw": ("withdraw", lambda s, a: s.withdraw(DRAFT, revision=99, actor=a)),
    "work_job": ("generate", lambda s, a: s.work_job("x", a)),
    "zipped": ("export", lambda s, a: s.zipped("shopify", a)),
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("who")
    made = studio_in(folder)
    filled(made, folder)
    for name, actor in PEOPLE.items():
        made.add_user(name, actor.role, PASSWORD, ADA)
    yield made
    made.close()


def test_every_method_has_a_row() -> None:
    found = {name: m for name, m in inspect.getmembers(Studio) if not name.startswith("_")}
    calls = {name: m for name, m in found.items() if callable(m)}
    asks = {name for name, m in calls.items() if "actor" in inspect.signature(m).parameters}
    assert set(found) - PARTS - set(OPEN) == set(CALLS)
    assert asks - set(OPEN) == set(CALLS), "a method takes no actor and is not in OPEN"


def state(studio: Studio) -> tuple[Any, ...]:
    head = studio.store.head()
    return (head.number, studio.store.listings(), studio.store.users(), studio.store.tokens())


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("method", CALLS)
def test_in_process(studio: Studio, method: str, who: str) -> None:
    action, call = CALLS[method]
    actor, before = PEOPLE[who], state(studio)

    def run() -> None:
        answer = call(studio, actor)
        if inspect.isgenerator(answer):
            list(answer)

    if action in review.ROLES[actor.role]:
        try:
            run()
        except DeniedError as error:
            pytest.fail(f"{who} may {action}: {error}")
        except StudioError:
            pass  # it got past the door; there is nothing there
    else:
        with pytest.raises(DeniedError):
            run()
        assert state(studio) == before


# (method, path, body, action); "" asks for nobody's leave but one's own session
ROUTES: dict[tuple[str, str], tuple[Any, str]] = {
    ("GET", "/api/products"): (None, "read"),
    ("GET", "/api/products/{id:path}"): (None, "read"),
    ("GET", "/api/listings"): (None, "read"),
    ("GET", "/api/listings/{id:path}"): (None, "read"),
    ("GET", "/api/events"): (None, "read"),
    ("GET", "/api/media/{sha}"): (None, "read"),
    ("GET", "/api/exports/{channel}.zip"): (None, "export"),
    ("POST", "/api/generate"): ({"channel": "none", "ids": ["x"]}, "generate"),
    ("POST", "/api/translate/{id:path}"): ({"locale": "en-US"}, "generate"),
    ("PATCH", "/api/listings/{id:path}"): ({"revision": 99, "changes": {"title": "x"}}, "edit"),
    ("POST", "/api/decide/submit/{id:path}"): ({"revision": 99}, "submit"),
    ("POST", "/api/decide/approve/{id:path}"): ({"revision": 99}, "approve"),
    ("POST", "/api/decide/withdraw/{id:path}"): ({"revision": 99}, "withdraw"),
    ("POST", "/api/decide/fix/{id:path}"): ({"revision": 99}, "edit"),
    ("POST", "/api/decide/reject/{id:path}"): ({"revision": 99, "reason": "x"}, "reject"),
    ("POST", "/api/waive/{finding}/{id:path}"): ({"revision": 99, "reason": "x"}, "waive"),
    ("POST", "/api/decide/undo/{id:path}"): ({"revision": 99}, "undo"),
    ("POST", "/api/comments/{id:path}"): ({"words": " "}, "comment"),
    ("PUT", "/api/assignment/{id:path}"): ({"person": "nobody"}, "assign"),
    ("GET", "/api/compared/{id:path}"): (None, "read"),
    ("GET", "/api/changed/{id:path}"): (None, "read"),
    ("GET", "/api/versions/{field}/{id:path}"): (None, "read"),
    ("POST", "/api/bring-back/{id:path}"): ({"revision": 99, "number": 1}, "edit"),
    ("POST", "/api/submissions"): ({"channel": "none"}, "submit"),
    ("GET", "/api/variants/{id:path}"): (None, "read"),
    ("POST", "/api/choose/{id:path}"): ({"revision": 99, "slot": "main", "sha": "x"}, "edit"),
    ("POST", "/api/samples"): ({"bound": 0.9}, "approve"),
    ("GET", "/api/samples/{number}"): (None, "approve"),
    ("POST", "/api/samples/{number}/approve"): (None, "approve"),
    ("POST", "/api/imports"): (None, ""),  # the body is read first; see test_api_batches
    ("GET", "/api/channels"): (None, "read"),
    ("POST", "/api/exports/{channel}"): (None, "export"),
    ("POST", "/api/exports/{channel}/send"): ({"to": "none"}, "export"),
    ("POST", "/api/verify"): (None, "read"),
    ("POST", "/api/check"): ({"text": "x"}, "read"),
    ("GET", "/api/counts"): (None, "read"),
    ("GET", "/api/fairness"): (None, "read"),
    ("GET", "/api/audit/{channel}/{product:path}"): (None, "read"),
    ("GET", "/api/proposed/{id:path}"): (None, "edit"),
    ("POST", "/api/recheck/{id:path}"): (None, "check"),
    ("POST", "/api/keep/{id:path}"): ({"revision": 99}, "keep"),
    ("POST", "/api/again/{field}/{id:path}"): ({}, "edit"),
    ("POST", "/api/reword/{field}/{id:path}"): (None, "edit"),
    ("POST", "/api/redraw/{id:path}"): ({"revision": 99}, "generate"),
    ("POST", "/api/jobs/estimate"): ({"channel": "none"}, "generate"),
    ("POST", "/api/jobs"): ({"channel": "none"}, "generate"),
    ("GET", "/api/jobs"): (None, "read"),
    ("GET", "/api/jobs/{id}"): (None, "read"),
    ("GET", "/api/jobs/{id}/items"): (None, "read"),
    ("POST", "/api/jobs/{id}/pause"): (None, "generate"),
    ("POST", "/api/jobs/{id}/resume"): (None, "generate"),
    ("POST", "/api/jobs/{id}/cancel"): (None, "generate"),
    ("POST", "/api/jobs/{id}/retry"): (None, "generate"),
    ("POST", "/api/jobs/{id}/rest"): (None, "generate"),
    ("GET", "/api/me"): (None, ""),
    ("GET", "/api/users"): (None, "manage"),
    ("POST", "/api/users"): ({"name": "mei", "role": "admin", "password": PASSWORD}, "manage"),
    ("PUT", "/api/users/{name}/role"): ({"role": "admin"}, "manage"),
    ("PUT", "/api/users/{name}/password"): ({"password": PASSWORD}, "manage"),
    ("POST", "/api/users/{name}/sign-out"): (None, "manage"),
    ("GET", "/api/tokens"): (None, "manage"),
    ("POST", "/api/tokens"): ({"user": "nobody", "scope": "viewer"}, "manage"),
    ("DELETE", "/api/tokens/{id}"): (None, "manage"),
}
FILLED = {"{id:path}": DRAFT, "{name}": "nobody", "{sha}": "x", "{channel}": "shopify",
          "{product:path}": "OK-1",
          "{finding}": "x", "{id}": "x", "{field}": "title", "{number}": "1"}  # fmt: skip


@pytest.fixture(scope="module")
def app(studio: Studio) -> Any:
    return serve.build(studio)


def test_every_route_of_the_api_has_a_row(app: Any) -> None:
    described = app.openapi()["paths"]
    found = {(m.upper(), path) for path, methods in described.items() for m in methods}
    written = {(m, p.replace(":path", "")) for m, p in ROUTES}
    decide = {(m, p) for m, p in written if p.startswith("/api/decide/")}
    expected = (written - decide) | {("POST", "/api/decide/{action}/{id}")}
    assert {(m, p) for m, p in found if p.startswith("/api/")} == expected


def ask(client: TestClient, route: tuple[str, str], headers: dict[str, str]) -> Any:
    method, path = route
    for name, value in FILLED.items():
        path = path.replace(name, value)
    return client.request(method, path, json=ROUTES[route][0], headers=headers)


@pytest.mark.parametrize("way", ["cookie", "token"])
@pytest.mark.parametrize("who", PEOPLE)
def test_over_the_api(studio: Studio, app: Any, who: str, way: str) -> None:
    """The same with a session of that role, and with a token of that scope which is an admin's."""
    actor = PEOPLE[who]
    if way == "cookie":
        headers = {"cookie": f"{COOKIE}={studio.sign_in(who, PASSWORD)}"}
    else:
        made = studio.new_token("ada", actor.role, ADA)
        headers = {"authorization": f"Bearer {made.text}"}
    client = TestClient(app, base_url="http://127.0.0.1")
    for route, (_, action) in ROUTES.items():
        before = state(studio)
        answer = ask(client, route, headers)
        allowed = not action or action in review.ROLES[actor.role]
        assert answer.status_code not in (401, 500), (route, answer.text)
        assert (answer.status_code == 403) is not allowed, (route, answer.status_code, answer.text)
        if not allowed:
            assert answer.json()["code"] == "denied"
            assert state(studio) == before
        assert "Traceback" not in answer.text


def test_nobody_approves_his_own_edit(studio: Studio, app: Any) -> None:
    """Not even an admin, and not by another way in: the name behind a token counts."""
    item = studio.listing(DRAFT, ADA)
    edited = studio.edit(DRAFT, {"title": "Mug 350 ml"}, revision=item.revision, actor=ADA)
    studio.submit(DRAFT, revision=edited.revision, actor=ADA)
    with pytest.raises(DeniedError, match="edited this listing"):
        studio.approve(DRAFT, revision=edited.revision, actor=ADA)
    token = studio.new_token("ada", Role.REVIEWER, ADA).text
    client = TestClient(app, base_url="http://127.0.0.1")
    path, body = f"/api/decide/approve/{DRAFT}", {"revision": edited.revision}
    answer = client.post(path, json=body, headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "denied")
    assert studio.listing(DRAFT, EVE).state is State.SUBMITTED
    assert studio.approve(DRAFT, revision=edited.revision, actor=RUI).state is State.APPROVED


# --- sessions and tokens -------------------------------------------------------------------------


def test_a_token_never_does_more_than_its_user_may_now(studio: Studio) -> None:
    studio.add_user("tom", Role.REVIEWER, PASSWORD, ADA)
    for scope in (Role.MERCHANT, Role.ADMIN):
        with pytest.raises(DeniedError, match="can not be"):
            studio.new_token("tom", scope, ADA)
    text = studio.new_token("tom", Role.REVIEWER, ADA).text
    assert studio.by_token(text) == Actor(name="tom", role=Role.REVIEWER)
    studio.set_role("tom", Role.MERCHANT, ADA)
    assert studio.by_token(text) is None
    studio.set_role("tom", Role.ADMIN, ADA)
    assert studio.by_token(text) == Actor(name="tom", role=Role.REVIEWER)
    studio.purge("tom", ADA)
    assert studio.by_token(text) is None


def test_a_token_is_shown_once_hashed_listed_and_revoked(studio: Studio) -> None:
    made = studio.new_token("mei", Role.MERCHANT, ADA, label="shop", days=1)
    files = studio.settings.home.glob("studio.db*")
    assert not any(made.text.encode() in file.read_bytes() for file in files)
    listed = next(t for t in studio.tokens(ADA) if t.id == made.token.id)
    assert (listed.user, listed.label, listed.role) == ("mei", "shop", Role.MERCHANT)
    assert made.text not in repr(studio.tokens(ADA))
    assert made.text not in repr(studio.store.events(limit=1000))
    assert studio.by_token(made.text + "x") is None
    assert studio.by_token(made.text.removeprefix("studio_")) is None
    studio.revoke_token(made.token.id, ADA)
    assert studio.by_token(made.text) is None
    for days in (0, 367):
        with pytest.raises(StudioError, match="lives 1 to 366 days"):
            studio.new_token("mei", Role.VIEWER, ADA, days=days)


def test_a_token_ends_by_itself(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from studio.schema import now

    text = studio.new_token("mei", Role.VIEWER, ADA, days=1).text
    token = studio.sign_in("mei", PASSWORD)
    for hours, session, program in ((11, True, True), (13, False, True), (25, False, False)):
        later = now() + timedelta(hours=hours)
        monkeypatch.setattr("studio.store.tokens.now", lambda later=later: later)
        monkeypatch.setattr("studio.store.people.now", lambda later=later: later)
        assert (studio.signed_in(token) is not None) is session, hours
        assert (studio.by_token(text) is not None) is program, hours


def test_a_token_opens_the_api_only(studio: Studio, app: Any) -> None:
    text = studio.new_token("ada", Role.ADMIN, ADA).text
    client = TestClient(app, base_url="http://127.0.0.1")
    headers = {"authorization": f"Bearer {text}"}
    assert client.get("/api/me", headers=headers).json() == {"name": "ada", "role": "admin"}
    for path in ("/", "/config", "/gradio_api/info", "/ui/desk.js"):
        assert client.get(path, headers=headers, follow_redirects=False).status_code == 401, path
    session = {"cookie": f"{COOKIE}={studio.sign_in('ada', PASSWORD)}"}
    assert client.get("/api/me", headers=session).status_code == 200
    wrong = {**session, "authorization": "Bearer studio_wrong"}
    assert client.get("/api/me", headers=wrong).status_code == 401


@pytest.mark.parametrize("end", ["role", "everywhere", "password", "purge", "out"])
def test_sessions_end_at_once(studio: Studio, app: Any, end: str) -> None:
    name = f"u{end}"
    studio.add_user(name, Role.MERCHANT, PASSWORD, ADA)
    tokens = [studio.sign_in(name, PASSWORD) for _ in range(2)]
    client = TestClient(app, base_url="http://127.0.0.1")

    def seen() -> list[int]:
        return [
            client.get("/api/me", headers={"cookie": f"{COOKIE}={token}"}).status_code
            for token in tokens
        ]

    assert seen() == [200, 200]
    {
        "role": lambda: studio.set_role(name, Role.VIEWER, ADA),
        "everywhere": lambda: studio.sign_out_everywhere(name, ADA),
        "password": lambda: studio.set_password(name, "another password", ADA),
        "purge": lambda: studio.purge(name, ADA),
        "out": lambda: studio.sign_out(tokens[0]),
    }[end]()
    assert seen() == ([401, 200] if end == "out" else [401, 401])


def test_nobody_purges_himself_or_the_last_admin(studio: Studio) -> None:
    with pytest.raises(StateError, match="nobody purges himself"):
        studio.purge("ada", ADA)
    with pytest.raises(StateError, match="last admin"):
        studio.purge("ada", Actor(name="root", role=Role.ADMIN))

"""The settings page: one's own account and tokens; for admins the people and the house."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from studio.errors import DeniedError, InputError, StudioError
from studio.review import ROLES
from studio.schema import Role, now
from studio.service.attempts import Attempts
from studio.service.tokens import within
from studio.ui import board, refusals
from studio.ui.desk import Ask, Deed, Desk

DAYS = (30, 90, 365)
TABS = ("me", "people", "system")
_ATTEMPTS = Attempts()  # old passwords that are tried from a session that somebody left open


def page(desk: Desk) -> None:
    board.page(desk, "/settings", _show, _act)


def _show(ask: Ask) -> tuple[str, str]:
    return ask.nav("/settings", "nav.settings"), _body(ask)


def _act(ask: Ask, deed: Deed) -> str:
    if deed.do not in _DEEDS:
        raise board.unknown(deed)
    try:
        shown = _DEEDS[deed.do](ask, deed.fields)
    except StudioError as error:
        return _body(ask, problem=refusals.told(ask.language, error))
    return _body(ask, **shown)


def _body(ask: Ask, said: str = "", problem: str = "", secret: str = "", goto: str = "") -> str:
    """The tab of the address. `secret`: what was made just now and is shown this once."""
    manages = "manage" in ROLES[ask.actor.role]
    asked = ask.query.get("tab", "me")
    tab = asked if asked in TABS and (manages or asked == "me") else "me"
    return ask.part(
        "settings",
        tab=tab,
        tabs=TABS if manages else (),
        actor=ask.actor,
        said=said,
        problem=problem or (ask.tr("settings.admins") if asked != tab else ""),
        secret=secret,
        goto=goto,
        **_SHOWN[tab](ask),
    )


def _me(ask: Ask) -> dict[str, Any]:
    scopes = [role for role in Role if within(role, ask.actor.role)]
    return {"tokens": ask.studio.my_tokens(ask.actor), "scopes": scopes, "days": DAYS, "now": now()}


def _people(ask: Ask) -> dict[str, Any]:
    return {"users": ask.studio.users(ask.actor), "roles": list(Role), "now": now(),
            "tokens": ask.studio.tokens(ask.actor)}  # fmt: skip


def _system(ask: Ask) -> dict[str, Any]:
    told = ask.studio.doctor(ask.actor)
    engines = [{**e, "ready": refusals.line(ask.language, e["ready"])} for e in told["engines"]]
    return {
        "engines": engines,
        "health": told["health"],
        "settings": {name: value for name, value in told["settings"].items() if _plain(value)},
        "models": ask.studio.models(ask.actor),
    }


def _plain(value: str) -> bool:
    """Whether a setting was set at all."""
    return value not in ("", "None", "()", "{}", "False", "0")


_SHOWN: dict[str, Callable[[Ask], dict[str, Any]]] = {
    "me": _me, "people": _people, "system": _system,
}  # fmt: skip


# --- deeds ----------------------------------------------------------------------------------------


def _password(ask: Ask, given: dict[str, str]) -> dict[str, str]:
    name = ask.actor.name
    if not _ATTEMPTS.begin(name, name):
        raise DeniedError("too many attempts", hint="wait five minutes")
    if given.get("new") != given.get("again"):
        raise InputError(ask.tr("settings.differ"))
    ask.studio.change_password(given.get("old", ""), given.get("new", ""), ask.actor)
    _ATTEMPTS.succeeded(name, name)
    return {"said": ask.tr("settings.changed"), "goto": "/login"}


def _everywhere(ask: Ask, given: dict[str, str]) -> dict[str, str]:
    ask.studio.sign_out_everywhere(ask.actor.name, ask.actor)
    return {"goto": "/login"}


def _token(ask: Ask, given: dict[str, str]) -> dict[str, str]:
    days = given.get("days", "")
    made = ask.studio.new_own_token(
        _role(given.get("scope", "")),
        ask.actor,
        label=given.get("label", "").strip()[:80],
        days=int(days) if days.isdecimal() and len(days) < 5 else 0,
    )
    return {"said": ask.tr("settings.token.made"), "secret": made.text}


def _end_token(ask: Ask, given: dict[str, str]) -> dict[str, str]:
    mine = given.get("whose", "") != "all"
    end = ask.studio.end_own_token if mine else ask.studio.revoke_token
    end(given.get("token", ""), ask.actor)
    return {"said": ask.tr("settings.token.ended")}


def _add(ask: Ask, given: dict[str, str]) -> dict[str, str]:
    """A new user with a password made here, which is shown once and to be changed by the user."""
    password = secrets.token_urlsafe(12)
    name = given.get("name", "").strip()
    ask.studio.add_user(name, _role(given.get("role", "")), password, ask.actor)
    return {"said": ask.tr("settings.added", name=name), "secret": password}


def _reset(ask: Ask, given: dict[str, str]) -> dict[str, str]:
    password, name = secrets.token_urlsafe(12), given.get("name", "")
    ask.studio.set_password(name, password, ask.actor)
    return {"said": ask.tr("settings.reset", name=name), "secret": password}


def _set_role(ask: Ask, given: dict[str, str]) -> dict[str, str]:
    name, role = given.get("name", ""), _role(given.get("role", ""))
    ask.studio.set_role(name, role, ask.actor)
    return {"said": ask.tr("settings.role", name=name, role=ask.tr(f"role.{role.value}"))}


def _sign_out(ask: Ask, given: dict[str, str]) -> dict[str, str]:
    name = given.get("name", "")
    ask.studio.sign_out_everywhere(name, ask.actor)
    return {"said": ask.tr("settings.signed_out", name=name)}


def _purge(ask: Ask, given: dict[str, str]) -> dict[str, str]:
    name = given.get("name", "")
    ask.studio.purge(name, ask.actor)
    return {"said": ask.tr("settings.purged", name=name)}


def _role(name: str) -> Role:
    if name not in set(Role):
        raise InputError(f"there is no role {name[:40]!r}", hint="reload the page")
    return Role(name)


_DEEDS: dict[str, Callable[[Ask, dict[str, str]], dict[str, str]]] = {
    "password": _password,
    "everywhere": _everywhere,
    "token": _token,
    "end_token": _end_token,
    "add": _add,
    "reset": _reset,
    "role": _set_role,
    "sign_out": _sign_out,
    "purge": _purge,
}

"""Why something was refused, in the user's language: from what is known, not from the words."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from studio import review
from studio.errors import DeniedError, InputError, StateError, StudioError

if TYPE_CHECKING:
    from studio.schema import Listing
    from studio.ui.desk import Ask, Deed

# What the service calls the deeds of a page.
ACTIONS = {
    **dict.fromkeys(("save", "fix", "fix_one", "reword", "apply"), "edit"),
    **dict.fromkeys(("bring", "choose", "again", "check"), "edit"),
    **dict.fromkeys(("draw", "rest"), "approve"),
    "send": "submit",
    "make": "generate",
    "sample": "import",
    "start": "generate",
    "change": "generate",
}


def sentence(ask: Ask, deed: Deed, error: StudioError, listing: Listing | None) -> str:
    """The reason and what to do; the service's own words where there is nothing better."""
    action = ACTIONS.get(deed.do, deed.do)
    if action in review.ROLES[ask.actor.role]:
        return _known(ask, deed, error, listing, action) or told(ask.language, error)
    if not isinstance(error, DeniedError) or not _able(action):
        return told(ask.language, error)
    names = ask.tr("and").join(ask.tr(f"role.{role}") for role in _able(action))
    mine = ask.tr(f"role.{ask.actor.role.value}")
    return ask.tr("problem.role", role=mine, able=names)


def _able(action: str) -> list[str]:
    return [role.value for role, actions in review.ROLES.items() if action in actions]


def _known(ask: Ask, deed: Deed, error: StudioError, listing: Listing | None, action: str) -> str:
    if isinstance(error, DeniedError):
        waived = listing is not None and any(
            f.waived and f.waived.by == ask.actor.name and f.severity.rank > 2
            for f in listing.findings
        )
        return ask.tr("problem.eyes" if waived else "problem.own") if action == "approve" else ""
    if isinstance(error, InputError) and action in ("reject", "waive") and not deed.reason.strip():
        return ask.tr("problem.reason")
    if listing is None or not isinstance(error, StateError):
        return ""
    if listing.revision != deed.revision and action != "waive":
        return ask.tr("problem.conflict", who=listing.author, n=listing.revision)
    if action not in ask.studio.actions(listing, ask.actor):
        return ask.tr("problem.state", state=ask.tr(f"state.{listing.state.value}"))
    blocking = sum(f.blocks for f in listing.findings)
    if action == "approve" and blocking:
        return ask.tr("problem.blocking", n=blocking)
    return ""


# --- every error, in Chinese ----------------------------------------------------------------------


def told(language: str, error: StudioError) -> str:
    """Place, cause and remedy of an error. What has no Chinese yet is told by its kind, and then
    in its own words, so that nothing is lost."""
    if language != "zh":
        return str(error)
    place = f"{error.where}：" if error.where else ""
    cause = _chinese(error.message) or f"{_data()['codes'][error.code]}：{error.message}"
    remedy = f"\n{_chinese(error.hint) or error.hint}" if error.hint else ""
    return f"{place}{cause}{remedy}"


def line(language: str, text: str) -> str:
    """An error that was stored as text (a job's failure), line by line."""
    if language != "zh":
        return text
    return "\n".join(_chinese(part.strip()) or part.strip() for part in text.splitlines())


def known(text: str) -> bool:
    """Whether there is Chinese for a sentence."""
    return bool(_chinese(text))


@cache
def _data() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(
        files("studio.ui").joinpath("refusals.yaml").read_text("utf-8")
    )
    return read


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Those with the most letters of their own first: "{} is there" fits too much."""
    pairs = sorted(_data()["sentences"].items(), key=lambda pair: -len(pair[0].replace("{}", "")))
    return [
        (re.compile("(.+?)".join(map(re.escape, en.split("{}"))), re.S), zh) for en, zh in pairs
    ]


def _chinese(text: str) -> str:
    """The Chinese of an English sentence with its values in place, or ""."""
    for pattern, chinese in _patterns():
        if fits := pattern.fullmatch(text):
            return chinese.format(*map(_value, fits.groups()))
    return ""


def _value(text: str) -> str:
    """A value as it stands in Chinese: our own words translated, quotes as Chinese has them."""
    data = _data()
    if text in data["things"] or text in data["verbs"]:
        return str(data["things"].get(text) or data["verbs"][text])
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return f"“{text[1:-1]}”"
    for word in (" or ", ", "):
        if word in text and all(part in data["verbs"] for part in text.split(word)):
            return "、".join(data["verbs"][part] for part in text.split(word))
    return text

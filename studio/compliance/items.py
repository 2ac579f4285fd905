"""A labelled or foreign item (a plain mapping) as a Context. Nothing in it can crash the check."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from studio.schema import Attribute, Context, Evidence

_DATES = ("valid_from", "valid_until")
_WORDS = ("type", "title", "number", "issuer", "scope", "file")


def context_of(item: Mapping[str, Any]) -> Context:
    """The context of {"lang", "jurisdiction", "platform", "category", "attributes", "evidence"}.

    Values that are missing, null or of another type are empty; a list is joined by ", ". Evidence
    with a date that cannot be read is kept as a note, which carries no claim.
    """
    raw = item.get("attributes")
    attributes = dict(raw) if isinstance(raw, Mapping) else {}
    return Context(
        language=_word(item.get("lang") or item.get("language")).split("-")[0].lower(),
        markets=_markets(item.get("jurisdiction") or item.get("markets")),
        platform=_word(item.get("platform")),
        category=_word(item.get("category")),
        brand=_word(attributes.get("brand")),
        name=_word(attributes.get("product") or attributes.get("name")),
        attributes=tuple(
            Attribute(name=_word(k), value=_word(v)) for k, v in attributes.items() if v is not None
        ),
        evidence=tuple(_evidence(e) for e in _listed(item.get("evidence"))),
        on=_date(item.get("on")),
    )


def _markets(value: Any) -> tuple[str, ...]:
    return tuple(_word(v).upper() for v in _listed(value) if _word(v))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple | set) else [value]


def _word(value: Any) -> str:
    """Plain words for any value."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{_word(k)}: {_word(v)}" for k, v in value.items())
    if isinstance(value, list | tuple | set):
        return ", ".join(_word(v) for v in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _date(value: Any) -> date | None:
    try:
        return value if isinstance(value, date) else date.fromisoformat(_word(value).strip()[:10])
    except ValueError:
        return None


def _evidence(value: Any) -> Evidence:
    if not isinstance(value, Mapping):
        return Evidence(type="note", title=_word(value))
    words = {key: _word(value.get(key)) for key in _WORDS}
    bad = [k for k in _DATES if _word(value.get(k)).strip() and _date(value.get(k)) is None]
    if bad:
        said = "; ".join(f"{k}: {_word(value.get(k))}" for k in bad)
        return Evidence(type="note", title=words["title"], scope=f"unreadable date: {said}")
    return Evidence(
        **words,
        valid_from=_date(value.get("valid_from")),
        valid_until=_date(value.get("valid_until")),
    )

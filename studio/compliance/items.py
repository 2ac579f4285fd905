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


def unread(item: Mapping[str, Any]) -> tuple[dict[str, str], ...]:
    """What of an item could not be read and was left out, in English and Chinese."""
    told = []
    if _word(item.get("on")).strip() and _date(item["on"]) is None:
        told.append(("date", "on", _word(item["on"])))
    if item.get("attributes") and not isinstance(item["attributes"], Mapping):
        told.append(("pairs", "attributes", _word(item["attributes"])))
    for each in _listed(item.get("evidence")):
        title = _word(each.get("title")) if isinstance(each, Mapping) else ""
        told += [("paper", title or "evidence", f"{key}: {value}") for key, value in _undated(each)]
    return tuple(
        {
            lang: text.format(name=name[:80], value=value[:80])
            for lang, text in _UNREAD[kind].items()
        }
        for kind, name, value in told
    )


_UNREAD = {
    "date": {
        "en": "{name}: “{value}” is no date (2026-11-22), so the rules of today were used",
        "zh": "{name}：“{value}”不是日期（应如 2026-11-22），按今天的规则检查",
    },
    "pairs": {
        "en": "{name}: “{value}” are no names with values, so none were read",
        "zh": "{name}：“{value}”不是“名称: 值”，没有读取",
    },
    "paper": {
        "en": "{name}: “{value}” is no date, so this paper carries nothing",
        "zh": "{name}：“{value}”不是日期，这份证明不作为依据",
    },
}


def _undated(value: Any) -> list[tuple[str, str]]:
    """The dates of a paper that cannot be read."""
    if not isinstance(value, Mapping):
        return []
    said = [(key, _word(value.get(key))) for key in _DATES]
    return [(key, words) for key, words in said if words.strip() and _date(words) is None]


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
    if bad := _undated(value):
        said = "; ".join(f"{key}: {words}" for key, words in bad)
        return Evidence(type="note", title=words["title"], scope=f"unreadable date: {said}")
    return Evidence(
        **words,
        valid_from=_date(value.get("valid_from")),
        valid_until=_date(value.get("valid_until")),
    )

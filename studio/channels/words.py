"""Makes findings out of the messages in checks.yaml, in both languages."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from studio.schema import Basis, Channel, Finding, Severity, by_language

# How sure a fact is decides how bad it is to break it.
SEVERITY = {
    "high": Severity.HIGH,
    "medium": Severity.HIGH,
    "low": Severity.MEDIUM,
    "none": Severity.LOW,
    "own": Severity.LOW,
}
_FILE = Path(__file__).parent / "checks.yaml"
_LIMITS = ("max", "min", "count")
_AND = {"en": ", ", "zh": "、"}
_WHAT = {
    "bullets": {"en": "bullets", "zh": "卖点"},
    "keywords": {"en": "keywords", "zh": "关键词"},
}


@cache
def _said() -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return said


def finding(
    message: str,
    channel: Channel,
    field: str,
    place: tuple[int, int, str],
    conf: str,
    *,
    rule: str,
    level: str = "",
    suggestion: str = "",
    **shared: Any,
) -> Finding:
    """A finding in a text. `place`: start, end, match; `shared` fills the message.

    `conf` is how sure the fact is; it gives the severity unless `level` does.
    """
    head = field.partition(".")[0]
    title = head == "title"
    return Finding(
        id="PLAT.TITLE" if title else "PLAT.PICTURE" if head == "pictures" else "PLAT.LENGTH",
        rule=f"channel.{channel.id}.{rule}",
        severity=Severity(level) if level else SEVERITY[conf],
        field=field,
        start=place[0],
        end=place[1],
        match=place[2],
        message=_filled(message, channel, field, conf, {"match": place[2], **shared}),
        basis=_basis(channel, rule),
        suggestion=suggestion,
        advice=dict(_said()["messages"][message]["advice"]),
    )


def picture(message: str, channel: Channel, slot: str, conf: str, **shared: Any) -> Finding:
    """A finding about a picture; `match` in the message is the slot's name unless given."""
    field = f"pictures.{slot}" if slot else "pictures"
    given = {"match": slot, **shared}
    return finding(message, channel, field, (0, 0, ""), conf, rule=f"{field}.{message}", **given)


def _filled(
    message: str, channel: Channel, field: str, conf: str, shared: dict[str, Any]
) -> dict[str, str]:
    said = _said()
    own, unsure = conf == "own", conf == "none"
    head, _, number = field.partition(".")
    named = shared.get("named") or (field if field in said["fields"] else head)
    nouns = said["fields"].get(named, {"en": field, "zh": field})
    unit = said["units"].get(shared.get("unit"), {})
    filled = {}
    for language in ("en", "zh"):
        noun = nouns[language]
        if number.isdigit():
            noun = noun.replace("{n}", str(int(number) + 1))
        values = {
            **shared,
            "field": noun,
            "channel": _spaced("Studio" if own else by_language(channel.name, language), language),
            "unit": unit.get(language, ""),
            "short": unit.get("short", ""),
            "spoken": _AND[language].join(
                said["tongues"].get(one, {}).get(language, one) for one in shared.get("spoken", ())
            ),
            "what": _WHAT.get(str(shared.get("what")), {}).get(language, ""),
        }
        text = said["messages"][message][language] + (said["unsure"][language] if unsure else "")
        for key, value in values.items():
            text = text.replace("{" + key + "}", str(value))
        filled[language] = text
    return filled


def _spaced(name: str, language: str) -> str:
    """Chinese sets a blank between a Latin name and the Han after it."""
    return f"{name} " if language == "zh" and name[-1:].isascii() else name


def _basis(channel: Channel, rule: str) -> tuple[Basis, ...]:
    """Where the fact was read; a limit's and a slot's facts share the sources of the whole."""
    cited = channel.options.get("cited", {})
    whole, _, last = rule.rpartition(".")
    around = (whole, whole.partition(".")[0]) if last in _LIMITS or "pictures" in rule else ()
    urls = next((cited[name] for name in (rule, *around) if name in cited), ())
    name = by_language(channel.name, "en")
    return tuple(Basis(law=f"{name} listing rules", article=rule, source=url) for url in urls)

"""Why a model's text was not taken, in the words of whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from studio.data import find
from studio.schema import locale_language


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(find("prompts/phrases/reasons.yaml").read_text("utf-8"))
    return read


def told(why: str, locale: str) -> str:
    """A reason of the judge in the listing's language; an engine's own words stay as they are."""
    if locale_language(locale) != "zh":
        return why
    head, _, rest = why.partition(": ")
    inner = head[head.find("(") + 1 : -1] if head.endswith(")") else ""
    if inner and (form := _table().get(head.partition(" (")[0])):
        return f"{form}（{told(inner, locale)}）"
    return str(_table().get(head, why)).replace("{0}", rest)


def all_of(failed: Mapping[str, str], locale: str) -> str:
    """The fields that failed, each with its reason."""
    zh = locale_language(locale) == "zh"
    parts = (
        f"{_field(n) if zh else n}{'：' if zh else ': '}{told(w, locale)}"
        for n, w in failed.items()
    )
    return ("；" if zh else "; ").join(parts)


def _field(name: str) -> str:
    head, _, number = name.partition(".")
    known = _table()["fields"].get(head, name)
    return f"{known}{int(number) + 1}" if number.isdigit() else str(known)

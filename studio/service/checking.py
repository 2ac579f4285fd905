"""Checking texts that are in no database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from studio import compliance
from studio.compliance.items import context_of
from studio.pipeline import examine
from studio.schema import Context, Finding


def check_items(items: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Any, list[Finding]]]:
    """(id, findings) for items of `studio check --jsonl`; cleared candidates are left out."""
    rules = compliance.load()
    for item in items:
        field = item.get("field")
        place = field if isinstance(field, str) and field else "description"
        _, findings = examine({place: item["text"]}, context_of(item), rules)
        yield item["id"], [f for f in findings if not f.cleared]


def check_text(words: str, market: str = "") -> list[Finding]:
    """The findings in a text with no product behind it."""
    context = Context(markets=(market,) if market else ())
    _, findings = examine({"description": words}, context, compliance.load())
    return [f for f in findings if not f.cleared]

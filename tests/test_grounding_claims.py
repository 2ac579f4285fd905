"""Rows of tests/data/claims_*.yaml: what a careful reviewer would say of ordinary shop wording."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from studio.grounding import ground
from studio.schema import Attribute, Claim, Context, Evidence

DATA = Path(__file__).parent / "data"
ON = date(2026, 5, 1)
GRAVEST = ("contradicted", "exceeded", "unsupported", "supported")


def rows() -> list[Any]:
    found = []
    for path in sorted(DATA.glob("claims_*.yaml")):
        for topic, many in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            found += [pytest.param(*_five(row), id=f"{topic}-{row[0][:40]}") for row in many]
    return found


def _five(row: list[Any]) -> list[Any]:
    return [row[0], str(row[1]), row[2], row[3], row[4] if len(row) > 4 else []]


def context(facts: dict[str, Any], papers: list[dict[str, Any]]) -> Context:
    return Context(
        attributes=tuple(Attribute(name=str(k), value=str(v)) for k, v in facts.items()),
        evidence=tuple(Evidence(**{k: _value(v) for k, v in paper.items()}) for paper in papers),
        on=ON,
    )


def _value(value: Any) -> Any:
    return value if isinstance(value, date) else str(value)


def over(text: str, says: str, found: tuple[Claim, ...]) -> list[Claim]:
    start = text.index(says)
    return [c for c in found if c.start < start + len(says) and start < c.end]


@pytest.mark.parametrize(("text", "says", "facts", "expected", "papers"), rows())
def test_a_reviewer_would_say_the_same(text, says, facts, expected, papers):
    found = over(text, says, ground({"description": text}, context(facts, papers)))
    worst = min((c.status.value for c in found), key=GRAVEST.index, default="none")
    assert worst == expected, [(c.text, c.status.value, c.carrier, c.note) for c in found]


@pytest.mark.parametrize(("text", "says", "facts", "expected", "papers"), rows())
def test_who_decides_is_named_in_its_own_words(text, says, facts, expected, papers):
    told = {f"attribute:{k}": str(v) for k, v in facts.items()}
    names = {p.get("number") or p["title"] for p in papers}
    for claim in ground({"description": text}, context(facts, papers)):
        assert text[claim.start : claim.end] == claim.text
        if claim.status.value == "unsupported":
            continue
        kind, _, name = claim.carrier.partition(":")
        assert claim.carrier in told if kind == "attribute" else name in map(str, names)
        if kind == "attribute":
            assert told[claim.carrier].strip() in claim.carrier_text
        else:
            assert name in claim.carrier_text
        if claim.status.value != "supported":
            assert claim.note["en"].startswith("text ")
            assert ", fact " in claim.note["en"]

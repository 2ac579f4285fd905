"""Quantities that say by how much things differ: "14 g lighter than our v3", 比上一代轻14克."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from studio.grounding.compare import TOLERANCE
from studio.grounding.facts import Fact, Measured
from studio.grounding.patterns import Pattern
from studio.grounding.quantities import Quantity, Reading

_BEHIND = Pattern(
    r"\s?(?:lighter|heavier|longer|shorter|thinner|thicker|taller|wider|narrower|smaller|larger"
    r"|bigger|quieter|louder|brighter|faster|slower|quicker|deeper"
    r"|(?:more|less) than (?:our|its|the (?:old|previous|last)))(?![a-z])"
)
_BEFORE = Pattern(
    r"(?:比|较)[^,，。;；]{1,16}?[轻重薄厚长短高矮宽窄大小快慢多少省](?:了|出|上)?约?$"
)
_FIRST = frozenset("lhstwnbqfdm")  # what the words behind begin with
_MOST = 12  # facts that are compared with each other


def is_difference(text: str, quantity: Quantity) -> bool:
    """The quantity is not the goods' own, but what they have more or less than others."""
    start, end = quantity.core
    left = text[max(0, start - 24) : start]
    compared = "比" in left or "较" in left
    behind = text[end : end + 2].lstrip()[:1] in _FIRST and _BEHIND.match(text, end)
    return bool(behind or (compared and _BEFORE.search(left)))


def differing(readings: Sequence[Reading], facts: Sequence[Measured]) -> Fact | None:
    """Two facts that differ by just this, as one; None where none do."""
    for reading in readings:
        slack = max(TOLERANCE * reading.high, reading.step / 2)
        for one, other in combinations(facts[:_MOST], 2):
            a, b = one.quantity.readings[0], other.quantity.readings[0]
            same = a.dimension == b.dimension == reading.dimension and not (a.values or b.values)
            if same and abs(abs(a.high - b.high) - reading.high) <= slack:
                said = "; ".join(f"{m.fact.name}: {m.fact.text.strip()}" for m in (one, other))
                return one.fact._replace(text=said)
    return None

"""Quantities that say by how much things differ: "14 g lighter than our v3", 比上一代轻14克."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from studio.grounding.compare import TOLERANCE
from studio.grounding.facts import Fact, Measured
from studio.grounding.patterns import Pattern
from studio.grounding.quantities import Reading

_BEHIND = Pattern(
    r"\s?(?:lighter|heavier|longer|shorter|thinner|thicker|taller|wider|narrower|smaller|larger"
    r"|bigger|quieter|louder|brighter|faster|slower|quicker|deeper"
    r"|(?:more|less) than (?:our|its|the (?:old|previous|last)))(?![a-z])"
)
_BEFORE = Pattern(
    r"(?:比|较)[^,，。;；]{1,16}?[轻重薄厚长短高矮宽窄大小快慢多少省](?:了|出|上)?约?$"
)
_FIRST = frozenset("lhstwnbqfdm")  # what the words behind begin with
_LAST = frozenset("\n轻重薄厚长短高矮宽窄大小快慢多少省了出上约")  # and those before end with
_MOST = 12  # facts that are compared with each other


def is_difference(text: str, core: tuple[int, int]) -> bool:
    """The quantity at `core` is not the goods' own, but what they have more or less than others."""
    start, end = core
    if text[end : end + 2].lstrip()[:1] in _FIRST and _BEHIND.match(text, end):
        return True
    if start and text[start - 1] not in _LAST:
        return False
    left = text[max(0, start - 24) : start]
    return ("比" in left or "较" in left) and _BEFORE.search(left) is not None


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

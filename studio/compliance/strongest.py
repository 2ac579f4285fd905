"""Which of several findings at the same words is told."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from studio.schema import Finding, Severity

_RANKS = tuple(Severity)


def strongest(found: Sequence[Finding], priorities: Mapping[str, int]) -> list[Finding]:
    """One finding a place and market: uncleared ones first, then the gravest, then by the rules'
    priority, then the longest."""

    def rank(each: Finding) -> tuple[bool, int, int, int, int]:
        priority, length = priorities[each.rule], each.end - each.start
        return bool(each.cleared), -_RANKS.index(each.severity), -priority, -length, each.start

    kept: list[Finding] = []
    taken: dict[str, list[tuple[int, int]]] = {}  # by market: places that don't overlap, in order
    for each in sorted(found, key=rank):
        places = taken.setdefault(each.market, [])
        at = bisect_left(places, (each.start, each.end))
        before, after = places[max(0, at - 1) : at], places[at : at + 1]
        if any(end > each.start for _, end in before) or any(p < each.end for p, _ in after):
            continue
        places.insert(at, (each.start, each.end))
        kept.append(each)
    return sorted(kept, key=lambda f: (f.start, f.end))

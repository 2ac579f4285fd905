"""Facts that follow from others: the packaging weighs what gross and net weight differ by, and
"5 kg x 2" are 10 kg."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from studio.grounding.patterns import Pattern

if TYPE_CHECKING:
    from studio.grounding.facts import Measured

_TIMES_BEHIND = Pattern(
    r"\s?(?:/?[只个件瓶袋包盒罐支条片桶箱听])?\s?[x*]\s?(?P<n>[1-9][0-9]{0,2})(?![0-9.%])"
    r"(?!\s?(?:kg|g|mg|ml|cl|l|lb|oz|公斤|千克|克|斤|毫升|升|[x*]))"
)
_TIMES_BEFORE = Pattern(r"(?<![0-9.])(?P<n>[1-9][0-9]{0,2})\s?[x*]\s?$")
_PACKED = frozenset({"mass", "volume"})


def totals_of(measured: Iterable[Measured]) -> list[Measured]:
    """The measures, and of those that are given so many times also what all of them are. Which is
    which is a side: "each 5 kg" is never held against the 10 kg of both."""
    made: list[Measured] = []
    for one in measured:
        times = _times(one)
        if times < 2:
            made.append(one)
            continue
        made.append(one._replace(facets={**one.facets, "share": "each"}))
        readings = tuple(
            r._replace(low=r.low * times, high=r.high * times, step=r.step * times)
            for r in one.quantity.readings
        )
        whole = one.quantity._replace(readings=readings)
        made.append(one._replace(quantity=whole, facets={**one.facets, "share": "all"}))
    return made


def _times(one: Measured) -> int:
    """How often the fact says that it has this quantity: 2 of "5 kg x 2"."""
    if not all(r.dimension in _PACKED for r in one.quantity.readings):
        return 1
    line, (start, end) = one.fact.line, one.quantity.core
    found = _TIMES_BEHIND.match(line, end) or _TIMES_BEFORE.search(line[max(0, start - 8) : start])
    return int(found["n"]) if found else 1


def packaging_of(measured: Iterable[Measured]) -> list[Measured]:
    """The weight of the packaging, where one gross and one net weight are on file."""
    sides: dict[str, list[Measured]] = {"gross": [], "net": []}
    for one in measured:
        reading = one.quantity.readings[0]
        if reading.dimension == "mass" and reading.low == reading.high and not reading.per:
            sides.get(one.facets.get("wrapping", ""), []).append(one)
    if any(len(many) != 1 for many in sides.values()):
        return []
    gross, net = sides["gross"][0], sides["net"][0]
    whole, bare = gross.quantity.readings[0], net.quantity.readings[0]
    difference = whole.high - bare.high
    if difference <= 0:
        return []
    reading = whole._replace(low=difference, high=difference, step=min(whole.step, bare.step))
    said = "; ".join(f"{m.fact.name}: {m.fact.text.strip()}" for m in (gross, net))
    kinds = frozenset({"packaging"})
    quantity = gross.quantity._replace(readings=(reading,), bound="")
    return [
        gross._replace(
            fact=gross.fact._replace(text=said),
            quantity=quantity,
            kinds=kinds,
            words=kinds,
            wider=kinds,
            strict=True,
            facets={},
        )
    ]

"""Facts that follow from others: the packaging weighs what gross and net weight differ by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.grounding.facts import Measured


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

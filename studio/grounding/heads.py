"""What the words around a quantity say that it is of: hot or cold, net or gross, one charge or all.

The sides are data (lexicons/facets.yaml). In a list of quantities the words stand all before
their numbers ("hot 12 h, cold 24 h") or all behind them ("12 h hot and 24 h cold"): the first
tells which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studio.grounding.words import Hit

Facets = Mapping[str, str]  # axis -> side
_ADJACENT = 1  # code points between a number and a word right behind it
_FAR = 8
_APART = 16  # from the beginning of a quantity to a word that stands behind it


def facets(found: Sequence[Hit], core: tuple[int, int], first: int) -> dict[str, str]:
    """The sides that the hits of one clause give to the quantity at `core`.

    `first`: where the first quantity of the clause begins.
    """
    axes: dict[str, list[Hit]] = {}
    for hit in found:
        axes.setdefault(hit.key.partition(".")[0], []).append(hit)
    chosen = {axis: _choose(many, core, first) for axis, many in axes.items()}
    return {axis: hit.key.partition(".")[2] for axis, hit in chosen.items() if hit}


def _choose(many: list[Hit], core: tuple[int, int], first: int) -> Hit | None:
    before = next((h for h in reversed(many) if h.end <= core[0]), None)
    behind = next((h for h in many if h.start >= core[1]), None)
    near = behind is not None and behind.start - core[1] <= _ADJACENT
    if near and (before is None or core[0] - before.end > _FAR):
        return behind
    # a first quantity far from the first word is of something else ("at 20 °C: cold 24 h")
    apart = first != core[0] and many[0].start - first > _APART
    leads = many[0].start < first or apart
    return before if leads else behind


def clash(one: Facets, other: Facets) -> bool:
    """True when both are of the same axis and of different sides of it."""
    return any(other.get(axis, side) != side for axis, side in one.items())


def of_name(found: Sequence[Hit]) -> dict[str, str]:
    """The sides that the name of a fact says; none of an axis of which it names two."""
    sides: dict[str, set[str]] = {}
    for hit in found:
        axis, _, side = hit.key.partition(".")
        sides.setdefault(axis, set()).add(side)
    return {axis: min(names) for axis, names in sides.items() if len(names) == 1}

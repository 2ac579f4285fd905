"""Sizes: which side is which, and sizes that are on file side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from studio.grounding.patterns import Pattern
from studio.grounding.quantities import Quantity

if TYPE_CHECKING:
    from studio.grounding.facts import Measured

SIDES = frozenset({"length", "width", "height", "depth", "thickness", "diameter"})
_NAMES = {
    "l": "length",
    "w": "width",
    "h": "height",
    "d": "depth",
    "长": "length",
    "宽": "width",
    "高": "height",
    "深": "depth",
    "厚": "thickness",
}
_LABEL = Pattern(
    r"(?<![a-z])(?:(?P<en>length|width|height|depth)|(?P<l>[lwhd])(?=[ x*)0-9]|$))"
    r"|(?P<zh>[长宽高深厚])"
)

_OWN = Pattern(
    r"(?:product |item |overall |total )?(?:length|width|height|depth)(?: ?\(.*\))?"
    r"|(?:产品|整体|总)?[长宽高深]度?(?: ?\(.*\))?"
)
# what may stand before a side of the goods themselves: "it is", 约, other sides
_PLAIN = Pattern(
    r"(?:[^\w\u4e00-\u9fff]|[0-9]+|产品|整体|成品|尺寸|总|净|约|和|[长宽高深厚]度?|厘米|毫米|英寸|米"
    r"|(?<![a-z])(?:its?|is|are|measures|measuring|the|an?|overall|total|size|dimensions?|and|by|x"
    r"|about|approx|approximately|roughly|just|only|length|width|height|depth|long|wide|tall|high"
    r"|deep|thick|cm|mm|m|in|inch|inches|ft|feet|product|item)(?![a-z]))*"
)


def of_goods(words: str) -> bool:
    """True when the words before a side name no part of the goods."""
    return bool(_PLAIN.fullmatch(words))


def labels(line: str, quantity: Quantity) -> tuple[str, ...]:
    """The sides of a size in the order of its values, when the line of the fact tells all."""
    values = quantity.readings[0].values
    if not values:
        return ()
    found = [_side(m) for m in _LABEL.finditer(line[: quantity.end + 4])]
    return tuple(found) if len(found) == len(values) == len(set(found)) else ()


def _side(match: re.Match[str]) -> str:
    word = str(match["en"] or match["l"] or match["zh"])
    return _NAMES.get(word, word)


def sizes_of(measured: Iterable[Measured]) -> list[Measured]:
    """Length, width and height of attributes of their own as one size, of as many sides."""
    chosen: dict[str, Measured] = {}
    for one in measured:
        side = one.kinds & SIDES
        single = len(one.quantity.readings) == 1 and one.quantity.readings[0].dimension == "length"
        if not _OWN.fullmatch(one.fact.name):
            continue  # the length of a cable is no side of the goods
        if len(side) == 1 and one.kinds == side and single and not one.quantity.readings[0].values:
            chosen.setdefault(min(side), one)
    if len(chosen) < 2:
        return []
    parts = list(chosen.values())
    reading = parts[0].quantity.readings[0]
    values = tuple(p.quantity.readings[0].high for p in parts)
    whole = reading._replace(low=min(values), high=max(values), values=values)
    said = "; ".join(f"{p.fact.name}: {p.fact.text.strip()}" for p in parts)
    fact = parts[0].fact._replace(text=said)
    kinds = frozenset({"size"})
    quantity = parts[0].quantity._replace(readings=(whole,))
    made = parts[0]._replace(fact=fact, quantity=quantity, kinds=kinds, wider=kinds, words=kinds)
    return [made._replace(sides=tuple(chosen), strict=False)]

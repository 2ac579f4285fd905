"""Whether the words of a count and those of a fact name the same things."""

from __future__ import annotations

from studio.grounding.counts import PART
from studio.grounding.facts import Measured
from studio.grounding.patterns import Pattern
from studio.grounding.quantities import Reading


def steps(reading: Reading, fact: Measured) -> bool:
    """A count of levels and a span of values: 三档 says nothing of 800-3200 dpi."""
    told = fact.quantity.readings
    span = told[0].low < told[0].high and not any(r.dimension == "count" for r in told)
    return span and reading.dimension == "count" and bool(reading.unit)


def begins(words: str, stem: str) -> bool:
    """True when a word begins with the stem."""
    at = words.find(stem)
    while at > 0 and stem[0].isascii() and words[at - 1].isalpha() and words[at - 1].isascii():
        at = words.find(stem, at + 1)
    return at >= 0


_PIECE = Pattern(
    r"[件颗块片粒枚张支只个袋包盒瓶条根]|(?:piece|pc|pack|tablet|capsule|bag|sachet|block|brick)$"
)


def same_noun(reading: Reading, fact: Measured) -> bool:
    """Both count the same: pieces and pieces, 件 and 件数."""
    if reading.dimension != "count" or not reading.unit:
        return False
    if PART.match(reading.unit):
        return False
    if "pieces" in fact.kinds and _PIECE.match(reading.unit):
        return True
    nouns = {r.unit for r in fact.quantity.readings if r.dimension == "count"}
    if reading.unit in nouns or reading.unit in fact.words:
        return True
    han = not reading.unit[0].isascii()
    if han and len(fact.fact.name) < 6 and reading.unit[0] in fact.fact.name:
        return True  # 12核: 核心数
    return han and any(n[:1] == reading.unit[0] for n in nouns if n and fact.fact.name != "name")

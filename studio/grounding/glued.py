"""Measures that are glued to the short name of a material: PU2000mm, EVA20mm."""

from __future__ import annotations

from functools import lru_cache

from studio.grounding.patterns import Pattern
from studio.grounding.words import lexicon

_GLUED = Pattern(r"(?:\.[0-9]+)?(?:mm|cm|gsm)(?![a-z0-9])")
_UNIT = frozenset(".mcg")
_NAME = Pattern(r"(?<![a-z0-9])[a-z]{2,4}$")


def glued(text: str, start: int, end: int) -> bool:
    """Whether the digits stand between the short name of a material and a unit: PU2000mm."""
    if text[end : end + 1] not in _UNIT or not _GLUED.match(text, end):
        return False
    name = _NAME.search(text[max(0, start - 5) : start])
    return name is not None and name[0] in _matters()


@lru_cache(maxsize=1)
def _matters() -> frozenset[str]:
    words = (word for entry in lexicon("materials").values() for word in entry["words"])
    return frozenset(word for word in words if word.isascii() and word.isalpha())

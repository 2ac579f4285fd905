"""Units as data (units.yaml): which unit stands at a place of a text, in every possible reading."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

from studio.grounding.fold import fold
from studio.grounding.patterns import Pattern


class Unit(NamedTuple):
    """value * factor + offset is in the dimension's base unit."""

    dimension: str
    factor: float
    offset: float
    name: str  # the first alias of the row


@lru_cache(maxsize=1)
def _units() -> dict[str, tuple[Unit, ...]]:
    path = Path(__file__).with_name("units.yaml")
    table: dict[str, tuple[Unit, ...]] = {}
    for dimension, rows in yaml.load(path.read_bytes(), yaml.CSafeLoader).items():
        for factor, *aliases in rows:
            offset = aliases.pop()["offset"] if isinstance(aliases[-1], dict) else 0.0
            unit = Unit(dimension, float(factor), float(offset), str(aliases[0]))
            for alias in aliases:
                key = fold(str(alias))
                table[key] = (*table.get(key, ()), unit)
    return table


@lru_cache(maxsize=1)
def _sizes() -> dict[str, tuple[int, ...]]:
    """First two characters -> the lengths that an alias may have, longest first."""
    found: dict[str, set[int]] = {}
    for alias in _units():
        found.setdefault(alias[:2], set()).add(len(alias))
    return {
        head: tuple(sorted(sizes | found.get(head[0], set()), reverse=True))
        for head, sizes in found.items()
    }


@lru_cache(maxsize=1)
def _other_words() -> dict[str, str]:
    """Unit -> the characters that make another word of it (天 + 然)."""
    path = Path(__file__).with_name("unit_words.yaml")
    loaded: dict[str, str] = yaml.load(path.read_bytes(), yaml.CSafeLoader)
    return loaded


def unit_at(text: str, at: int) -> tuple[tuple[Unit, ...], int]:
    """All readings of the longest unit that stands at `at` in a folded text, and its end."""
    sizes = _sizes()
    head = text[at : at + 2]
    for size in sizes.get(head) or sizes.get(head[:1], ()):
        alias = text[at : at + size]
        found = _units().get(alias)
        if found and len(alias) == size and _ends(text, alias, at + size):
            return found, at + size
    return (), at


_NEXT_SIDE = Pattern(r"\s?[lwhd]?\d")  # 20 x 30, 20 x W30


def _ends(text: str, alias: str, end: int) -> bool:
    """False when the letters go on, so that the unit is only the head of another word."""
    after = text[end : end + 1]
    if alias == "x":
        return not _NEXT_SIDE.match(text, end) and not after.isalpha()
    if not after:
        return True
    last = alias[-1]
    if last.isascii() and last.isalnum():
        if after.isascii() and after.isalpha():
            return after == "x" and text[end + 1 : end + 3].strip()[:1].isdigit()
        return not (after.isdigit() and after.isascii())
    return after not in _other_words().get(alias, "")


def unit_named(word: str) -> tuple[Unit, ...]:
    """The readings of a whole word as a unit, or ()."""
    return _units().get(fold(word.strip()), ())


def base(unit: Unit, value: float) -> float:
    """The value in the dimension's base unit; huge numbers stay finite."""
    result = value * unit.factor + unit.offset
    return result if math.isfinite(result) else math.copysign(1e300, value)

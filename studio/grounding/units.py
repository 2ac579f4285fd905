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


@lru_cache(maxsize=4096)
def _beginning(head: str) -> tuple[tuple[str, tuple[Unit, ...], str | None], ...]:
    """The aliases that a text beginning with these two characters may begin with, longest first.

    Each with its readings and with the characters that make another word of it (None: letters do).
    """
    fit = [a for a in _units() if head and (a.startswith(head) or a == head[0])]
    return tuple(
        (a, _units()[a], None if a[-1].isascii() and a[-1].isalnum() else _other_words().get(a, ""))
        for a in sorted(fit, key=len, reverse=True)
    )


@lru_cache(maxsize=1)
def _other_words() -> dict[str, str]:
    """Unit -> the characters that make another word of it (天 + 然)."""
    path = Path(__file__).with_name("unit_words.yaml")
    loaded: dict[str, str] = yaml.load(path.read_bytes(), yaml.CSafeLoader)
    return loaded


def unit_at(text: str, at: int) -> tuple[tuple[Unit, ...], int]:
    """All readings of the longest unit that stands at `at` in a folded text, and its end."""
    for alias, units, others in _beginning(text[at : at + 2]):
        if text.startswith(alias, at):
            end = at + len(alias)
            after = text[end : end + 1]
            if (
                alias == "x"
                and after == " "
                and text[at - 1] == " "
                and text[end + 1 :][:1].isalpha()
            ):
                continue  # 3 x AAA batteries
            if not after or (_ends(text, alias, end) if others is None else after not in others):
                return units, end
    return (), at


_NEXT_SIDE = Pattern(r"\s?[lwhd]?\d")  # 20 x 30, 20 x W30


_ALNUM = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")


def _ends(text: str, alias: str, end: int) -> bool:
    """False when the letters go on, so that the unit is only the head of another word."""
    after = text[end]
    if alias == "x":
        letters = after.isalpha() and (after.isascii() or after in "长宽高深厚")
        return not _NEXT_SIDE.match(text, end) and not letters
    if after not in _ALNUM:
        return True
    return after == "x" and text[end + 1 : end + 3].strip()[:1].isdigit()


def unit_named(word: str) -> tuple[Unit, ...]:
    """The readings of a whole word as a unit, or ()."""
    return _units().get(fold(word.strip()), ())


def base(unit: Unit, value: float) -> float:
    """The value in the dimension's base unit; huge numbers stay finite."""
    result = value * unit.factor + unit.offset
    return result if math.isfinite(result) else math.copysign(1e300, value)

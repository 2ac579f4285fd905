"""Whether a paper reaches as far as what is said: not a week's list for a year's champion."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import yaml

_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


def reaches(paper: str, said: str) -> bool:
    """Both folded. A scale that one of them does not speak of is no bar."""
    years = set(_YEAR.findall(said))
    if years and not years & (set(_YEAR.findall(paper)) or years):
        return False
    shown, claimed = _levels(paper), _levels(said)
    return _holds(shown["place"], claimed["place"][:1]) and _holds(shown["time"], claimed["time"])


def _holds(paper: list[int], said: list[int]) -> bool:
    return not (paper and said) or paper[-1] <= said[-1]


def _levels(text: str) -> dict[str, list[int]]:
    """By scale the levels that a text names, the widest first."""
    return {
        scale: [level for level, regex in enumerate(levels) if regex.search(text)]
        for scale, levels in _scales().items()
    }


@cache
def _scales() -> dict[str, list[re.Pattern[str]]]:
    text = files("studio.compliance").joinpath("reach.yaml").read_text(encoding="utf-8")
    return {scale: list(map(re.compile, levels)) for scale, levels in yaml.safe_load(text).items()}

"""Whether a paper reaches as far as what is said: not a week's list for a year's champion, nor a
test over four hours for a whole day."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import yaml

from studio.compliance.numbers import first_number

_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_AMOUNT = re.compile(
    r"(\d[\d,]*(?:\.\d+)?|[一二三四五六七八九十百两]+) ?(?:(%)|(?:个)?小时|hours?\b|hrs?\b|h\b)"
)
_MODEL = re.compile(r"(?<![a-z0-9-])([a-z]{1,3})-?(\d{1,3})(?![a-z0-9%])")
# Letters of standards and ratings, which are no names of goods.
_NO_MODELS = frozenset(
    "en iso gb din fz qb sn iec bs as ip spf pa n v h no usb age".split()  # noqa: SIM905
)


def reaches(paper: str, said: str) -> bool:
    """In place, length of time and year. Both folded; a scale that one of them does not speak of
    is no bar."""
    years = set(_YEAR.findall(said))
    if years and not years & (set(_YEAR.findall(paper)) or years):
        return False
    shown, claimed = _levels(paper), _levels(said)
    return _holds(shown["place"], claimed["place"][:1]) and _holds(shown["time"], claimed["time"])


def measures(paper: str, clause: str, sentence: str) -> bool:
    """In hours, in percent, and of the model that is spoken of: a test of D5 carries no D3."""
    shown, claimed = _amounts(paper), _amounts(clause)
    if any(claimed[of] > shown[of] for of in shown.keys() & claimed):
        return False
    tested, spoken = _models(paper), _models(sentence)
    return all(tested[name] & spoken[name] for name in tested.keys() & spoken)


def _amounts(text: str) -> dict[str, float]:
    """The greatest number of hours and of percent."""
    found: dict[str, float] = {}
    for number, percent in _AMOUNT.findall(text):
        of, value = percent or "hours", first_number(number) or 0.0
        found[of] = max(value, found.get(of, 0.0))
    return found


def _models(text: str) -> dict[str, set[str]]:
    """By the letters of a model's name its numbers."""
    found: dict[str, set[str]] = {}
    for letters, number in _MODEL.findall(text):
        if letters not in _NO_MODELS:
            found.setdefault(letters, set()).add(number)
    return found


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

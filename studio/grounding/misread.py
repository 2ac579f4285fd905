"""Words that look like a quantity and are none: 5G, 十分, 2 in 1, 半分, 2024年."""

from __future__ import annotations

from studio.grounding.numbers import Number
from studio.grounding.patterns import Pattern
from studio.grounding.units import Unit

_NETWORK = Pattern(r"\s?(?:网络|手机|全网|信号|频段|wifi|wi-fi|network|phone|ready|connect)")
# "2 in 1", "5 in stock": the word after shows that `in` is no inch
_GOES_ON = Pattern(r"[- ](?:[0-9]|one|a|an|the|stock|all|total|your|our|\w+ing)\b")
_OFTEN = Pattern(r" (?:an?|per|every|each|daily|over|in)(?![a-z])")
_LEVELS = Pattern(r" (?:settings|levels|modes|steps|stages|presets)(?![a-z])")  # three DPI settings
_NO_HALF = frozenset("分度倍位平转米码")
_DOUBTFUL = _NO_HALF | {"年", "g", "in", "a", "c", "f", "t", "d", "times"}


def misread(text: str, number: Number, units: tuple[Unit, ...], end: int) -> bool:
    """True when the number and the unit that ends at `end` mean something else."""
    tail = text[number.end : end]
    word = tail.strip()
    if number.spelled and text[end : end + 1] == " " and _LEVELS.match(text, end):
        return True
    if word not in _DOUBTFUL:
        return False
    if tail == "年":
        return 1900 <= number.low <= 2100
    if word == "分" and number.spelled and number.low == 10:  # 十分 = very
        return True
    if tail == "g" and number.low in (2, 3, 4, 5, 6) and number.end - number.start == 1:
        return bool(_NETWORK.match(text[end : end + 10]))
    if word in ("in", "a", "c", "f", "t", "d") and (number.spelled or tail[0] in " -"):
        return word in ("a", "t", "d") or bool(_GOES_ON.match(text[end : end + 10]))
    if word == "times":  # 3 times a day is no magnification
        return bool(_OFTEN.match(text, end))
    return tail in _NO_HALF and text[number.start : number.end] == "半"

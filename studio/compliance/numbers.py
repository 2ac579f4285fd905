"""The first number in some words, in digits or in Chinese."""

from __future__ import annotations

import re

_DIGITS = {**{c: i for i, c in enumerate("零一二三四五六七八九")}, "两": 2, "〇": 0, "半": 0.5}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10_000, "亿": 100_000_000, "k": 1000, "w": 10_000, "m": 1_000_000}
_WORDS = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    "|sixteen|seventeen|eighteen|nineteen|twenty"
)
_NUMBER = re.compile(
    r"(\d[\d,]*(?:\.\d+)?)\s*(万|亿|k\b|w\b|m\b)?|([零一二三四五六七八九十百千万两〇半]+)"
    rf"|\b({_WORDS})\b"
)


def first_number(words: str) -> float | None:
    """4.9 of "rated 4.9", 20000 of "两万" and "2万", 6 of "six left"; None when there is none."""
    found = _NUMBER.search(words)
    if found is None:
        return None
    digits, large, han, word = found.groups()
    if digits:
        return float(digits.replace(",", "")) * _LARGE.get(large or "", 1)
    return float(_WORDS.split("|").index(word)) if word else _chinese(han)


def _chinese(words: str) -> float:
    total = part = digit = 0.0
    for char in words:
        if char in _DIGITS:
            digit = digit * 10 + _DIGITS[char] if char in "〇零" else float(_DIGITS[char])
        elif char in _UNITS:
            part += (digit or 1) * _UNITS[char]
            digit = 0.0
        else:  # 万
            total += (part + digit) * _LARGE[char]
            part = digit = 0.0
    return total + part + digit

"""Numbers as people write them: 1,000 · 1.5万 · ½ · 1 1/2 · 百分之九十九 · half · twenty-four.

All readers take folded text (see fold.py) and run in linear time: every pattern consumes what it
looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

import ahocorasick_rs

from studio.grounding.glued import glued
from studio.grounding.patterns import Pattern


class Number(NamedTuple):
    """A number in a text. `low` and `high` differ when the words are vague (几十, 十几)."""

    start: int
    end: int
    low: float
    high: float
    step: float  # the worth of the last digit that was written: 1.50 -> 0.01
    spelled: bool = False  # in words, not in digits
    percent: bool = False  # 百分之三十, 九成: a share without a unit after it


_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")}
_DIGIT |= {"〇": 0, "两": 2, "俩": 2, "仨": 3}
_DIGIT |= {c: i for i, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
_TENS = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_MYRIAD = {"万": 10**4, "亿": 10**8}
_HAN = "".join(_DIGIT) + "".join(_TENS) + "".join(_MYRIAD)
_SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
]  # fmt: skip
_WORDS = {w: float(i) for i, w in enumerate(_SMALL)}
_WORDS |= {
    w: 10.0 * i
    for i, w in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2
    )
}
_BIG = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "dozen": 12.0}
_WORD = "(?:" + "|".join(sorted((*_WORDS, *_BIG), key=len, reverse=True)) + ")"

_NUMBER = Pattern(
    # digits, perhaps with a sign, thousands, a decimal part, or as a fraction
    r"(?P<sign>(?<![\w°%)\]])[-+])?(?P<digits>(?<![a-z0-9.])|(?<=[0-9mn\"'米寸尺]x)"
    r"|(?<![a-z0-9][lwhd])(?<=[lwhd]))"
    r"(?P<int>[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)"
    r"(?:(?P<dec>\.[0-9]+)|(?:(?P<mix>[ -])(?P<mixnum>[0-9]{1,2}))?/(?P<den>2|3|4|5|6|8|10|12"
    r"|16|32|64)(?![0-9./])"
    r"| ?(?P<vulgar>[¼-¾⅐-⅞]))?"
    r"(?:(?P<big>[万亿])|\s?(?P<word>million|billion|thousand)(?![a-z]))?"
    r"|(?P<alone>[¼-¾⅐-⅞])"
    rf"|(?P<share>[{_HAN}]+分之(?:[{_HAN}]+(?:点[{_HAN}]+)?|[0-9]+(?:\.[0-9]+)?))"
    rf"|(?P<tenths>[一二三四五六七八九](?:成[一二三四五六七八九半]?))(?!人|员|分|立|就|本|品"
    rf"|功|为|都|套|型|长|色|果|熟)"
    rf"|(?P<han>[几数]?[{_HAN}]+(?:点[{_HAN}]+)?[几来]?|半(?=[^\W\da-z_])|双(?=.装))"
    r"|(?P<en>(?<![a-z])(?:an?|one|two|three|four|seven|nine) "
    r"(?P<part>quarter|third|fifth|tenth)s?(?: of an?)?(?= [a-z])"
    rf"|(?<![a-z])(?:(?:a|half a) (?=hundred|thousand|million|dozen))?{_WORD}"
    rf"(?:(?:[ -]|, ?)(?:and )?{_WORD})*(?P<half> and a half)?(?![a-z])"
    r"|(?<![a-z])a (?:whole|full)(?= (?:hour|day|night|week|month|year)(?![a-z]))"
    r"|(?<![a-z])(?:twin|double|triple)(?=[ -]?packs?(?![a-z]))"
    r"|(?<![a-z])half(?= an? |[- ][a-z])(?: an?(?= ))?|(?<![a-z])(?:a )?couple(?= of)"
    r"|(?<![a-z])one and a half(?![a-z])|(?<![a-z])a(?= [a-z]+ and a half))"
)


def han_value(word: str) -> float:
    """千二百三 style numerals; a run of bare digits reads by place (二〇二五 is 2025)."""
    whole, _, part = word.partition("点")
    if not any(c in _TENS or c in _MYRIAD for c in whole) and len(whole) > 1:
        total = float("".join(str(_DIGIT[c]) for c in whole)[:18])
    else:
        total = _by_powers(whole)
    if part:
        total += float("0." + "".join(str(_DIGIT.get(c, 0)) for c in part[:12]))
    return total


def _by_powers(word: str) -> float:
    total = section = digit = 0.0
    power = 1.0
    for char in word:
        if char in _DIGIT:
            digit = float(_DIGIT[char])
            power = 1.0 if char in "零〇" else power
        elif char in _TENS:
            power = float(_TENS[char])
            section += (digit or (1.0 if section == 0 else 0.0) or 1.0) * power
            digit = 0.0
        else:
            total = min((total + section + digit or 1.0) * _MYRIAD[char], 1e30)
            section = digit = 0.0
            power = float(_MYRIAD[char])
    # 一千五, 三万二: the last digit stands for the next lower power
    shorthand = digit and power >= 100 and word[-2:-1] not in "零〇"
    return total + section + (digit * power / 10 if shorthand else digit)


def english_value(words: str) -> float:
    """ "two hundred and fifty" -> 250; "half a dozen" -> 6."""
    total = current = 0.0
    seen = False
    for word in re.split(r"[^a-z]+", words):
        if word in _WORDS:
            current += _WORDS[word]
            seen = True
        elif word == "half":
            current, seen = 0.5, True
        elif word in ("hundred", "dozen"):
            current = min((current if seen else 1.0) * _BIG[word], 1e30)
            seen = True
        elif word in _BIG:
            total = min(total + (current if seen else 1.0) * _BIG[word], 1e30)
            current, seen = 0.0, True
    return total + current


_SCALE = {"万": 1e4, "亿": 1e8} | _BIG


def _digits(match: re.Match[str]) -> Number:
    start, end = match.span()
    whole = match["int"].replace(",", "")[:30]
    value, step = float(whole), 1.0
    if end - start == len(whole):  # nothing but digits
        return Number(start, end, value, value, step)
    part, bottom, mixed, vulgar, big, word, sign = match.group(*_PARTS)
    if part:
        value = float(whole + part[:20])
        step = 10.0 ** -min(len(part) - 1, 18)
    elif bottom:
        value = value + float(mixed) / float(bottom) if mixed else value / float(bottom)
        step = 1e-3
    elif vulgar:
        value, step = value + unicodedata.numeric(vulgar), 1e-3
    if big or word:
        factor = _SCALE[big or word]
        value, step = value * factor, step * factor
    value = -value if sign == "-" else value
    return Number(start, end, value, value, step)


_PARTS = ("dec", "den", "mixnum", "vulgar", "big", "word", "sign")


def _share(match: re.Match[str]) -> Number:
    """百分之三十 -> 0.3, 三分之一 -> 1/3, 九成九 -> 0.99."""
    if match["tenths"]:
        first, rest = match["tenths"][0], match["tenths"][2:]
        value = _DIGIT[first] / 10 + (0.05 if rest == "半" else _DIGIT.get(rest, 0) / 100)
    else:
        bottom, _, top = match["share"].partition("分之")
        above = float(top) if top[0].isascii() else han_value(top)
        value = above / (han_value(bottom) or 1.0)
    return Number(match.start(), match.end(), value, value, 0.005, True, True)


# 两三, 十七八, 三五十: one of two digits
_PAIR = Pattern(
    r"([一二三四五六七八九]?[十百千])?([二两三四五六七八])([三四五六七八九])([十百千万]*)"
)
_FOLLOWS = {"三": "四五", "两": "三"} | dict(zip("二四五六七八", "三五六七八九", strict=True))


def _han(word: str, start: int) -> Number:
    end = start + len(word)
    if word == "半":
        return Number(start, end, 0.5, 0.5, 0.01, True)
    if word == "双":
        return Number(start, end, 2.0, 2.0, 1.0, True)
    pair = _PAIR.fullmatch(word) if len(word) > 1 else None
    if pair and pair[3] in _FOLLOWS.get(pair[2], ""):
        low, high = (han_value(f"{pair[1] or ''}{digit}{pair[4]}") for digit in pair.group(2, 3))
        return Number(start, end, low, high, 1.0, True)
    low = high = 0.0
    core = word.strip("几数来")
    core = core[:-1] if len(core) > 1 and core[-1] in "两俩" else core
    value = han_value(core)
    if word[0] in "几数":  # 几十: 20 to 99
        low, high = 2 * value, 10 * value - 1
    elif word[-1] in "几来":  # 十几: 11 to 19
        low, high = value + 1, value + max(9.0, value * 0.1)
    else:
        low = high = value
    # 七两: a 两 at the end is the weight, not a two
    return Number(start, end - (len(word) > 1 and word[-1] in "两俩"), low, high, 1.0, True)


_START = Pattern(  # it begins with one set, so that a search skips all other characters at once
    f"[0-9{_HAN}¼-¾⅐-⅞几数半双](?:(?<=[0-9])([0-9]*)|(?<=[{_HAN}])[{_HAN}]*|(?<=[¼-¾⅐-⅞几数])"
    "|(?<=半)(?!半)|(?<=双)(?=[支只件瓶包袋盒条片枚个罐]装))"
)
_ENGLISH = ahocorasick_rs.AhoCorasick(
    [
        *_WORDS,
        *_BIG,
        "half",
        "couple",
        "quarter",
        "third",
        "fifth",
        "twin",
        "double",
        "triple",
        "whole",
        "full",
    ]
)
_VULGAR = "".join(map(chr, (*range(0xBC, 0xBF), *range(0x2150, 0x215F))))
# before digits: letters and signs that only the full pattern can read
_LEFT = frozenset("+-.abcdefghijklmnopqrstuvwxyz")
# behind digits: what may belong to the number
_RIGHT = frozenset(f",./-万亿mbt{_VULGAR}\t\n\r\xa0\u3000 ")
_SCALES = ("million", "billion", "thousand")
_GOES_ON = Pattern(r"[ -]?[0-9]{1,2}/|,[0-9]{3}|/[0-9]|\s(?:million|billion|thousand)")
# behind Chinese numerals: 三分之一, 九成, 三点五, 十几
_HAN_RIGHT = frozenset("分成点几来")


def _starts(text: str) -> list[tuple[int, int]]:
    """Where a number may begin, and where its digits end (below 1: it has none).

    Cheap to find, so that the full pattern runs only there.
    """
    found = [(m.start(), m.end(1)) for m in _START.finditer(text)]
    english = _ENGLISH.find_matches_as_indexes(text)
    for _, start, _ in english:
        # "a dozen", "half a million" and "one and a half" begin before their number word
        if text.startswith("half a ", start - 7):
            found.append((start - 7, 0))
        elif text.startswith(" and a half", start - 7):
            found.append((text.rfind(" ", 0, max(start - 7, 0)) - 1, 0))  # "a litre and a half"
        elif text[start - 2 : start] == "a ":
            found.append((start - 2, 0))
        found.append((start, 0))
    if english:
        found.sort()
    return found


_ARABIC = frozenset("0123456789")
_new = tuple.__new__  # it makes a named tuple in half the time that the constructor takes


def numbers(text: str) -> Iterator[Number]:
    """Every number in a folded text, in order."""
    done = 0
    for at, end in _starts(text):
        if at < done:
            continue
        before = text[at - 1] if at else " "
        number = None
        if end > 0 and (
            before not in _LEFT or (before in "+-" and text[at - 2 : at - 1] in _UNSIGNED)
        ):
            if text[end : end + 1] not in _RIGHT and end - at < 20:  # as most are
                value = float(text[at:end])
                number = _new(Number, (at, end, value, value, 1.0, False, False))
            else:
                number = _plain(text, at, end)
        elif end > 0 and glued(text, at, end):
            number = _plain(text, at, end)
        elif end <= 0 and text[at] in _NUMERALS:
            number = _plain_han(text, at)
        if number is None:
            signed = at > done and before in "-+" and not text.endswith("+/-", 0, at)
            match = (_NUMBER.match(text, at - 1) if signed else None) or _NUMBER.match(text, at)
            number = match and _read(match)
        if number is not None:
            done = number.end
            yield number


# before a sign that is none: "6GB+128", "10-20"
_UNSIGNED = frozenset("0123456789abcdefghijklmnopqrstuvwxyz°%)]")
_NUMERALS = frozenset(_HAN)


def _plain(text: str, at: int, end: int) -> Number | None:
    """Digits, perhaps with decimals, to which nothing behind them belongs; None: not for sure."""
    whole, step = end, 1.0
    if text.startswith(".", end) and text[end + 1 : end + 2] in _ARABIC:
        end += 2
        while text[end : end + 1] in _ARABIC:
            end += 1
        if end - whole > 19:
            return None
        step = 10.0 ** (whole + 1 - end)
    after = text[end : end + 1]
    if after in _RIGHT:
        if after in _VULGAR_OR_MYRIAD or text.startswith(_SCALES, end):
            return None
        if after != "." and _GOES_ON.match(text, end):
            return None
        if after == " " and text[end + 1 : end + 2] in _VULGAR_OR_MYRIAD:
            return None
    value = float(text[at:end] if whole - at <= 30 else text[at : at + 30])
    return _new(Number, (at, end, value, value, step, False, False))


_VULGAR_OR_MYRIAD = frozenset(f"万亿{_VULGAR}")


def _plain_han(text: str, at: int) -> Number | None:
    """Chinese numerals to which nothing behind them belongs; None: not for sure."""
    end = at + 1
    while text[end : end + 1] in _NUMERALS:
        end += 1
    if text[end : end + 1] in _HAN_RIGHT:
        return None
    return _han(text[at:end], at)


_ODD = {"a": 1.0, "couple": 2.0, "a couple": 2.0, "twin": 2.0, "double": 2.0, "triple": 3.0}
_ODD |= {"a whole": 1.0, "a full": 1.0}


def _read(match: re.Match[str]) -> Number:
    if match["int"]:
        return _digits(match)
    if match["alone"]:
        value = unicodedata.numeric(match["alone"])
        return Number(match.start(), match.end(), value, value, 1e-3)
    if match["share"] or match["tenths"]:
        return _share(match)
    if match["han"]:
        return _han(match["han"], match.start())
    word = match["en"]
    if match["part"]:
        value = english_value(word.split(" ")[0]) or 1.0
        value /= {"quarter": 4, "third": 3, "fifth": 5, "tenth": 10}[match["part"]]
        return Number(match.start(), match.end(), value, value, 0.01, True)
    value = _ODD.get(word) or english_value(word.removesuffix(" and a half"))
    value += 0.5 if word.endswith(" and a half") else 0.0
    return Number(match.start(), match.end(), value, value, 1.0, True)

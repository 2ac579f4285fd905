"""Numbers with the unit that follows them: the parts of which quantities are made."""

from __future__ import annotations

from typing import NamedTuple

from studio.grounding.blocked import blocked_to, linked
from studio.grounding.counts import count_at
from studio.grounding.misread import misread, named
from studio.grounding.numbers import Number, numbers
from studio.grounding.patterns import Pattern
from studio.grounding.units import Unit, unit_at, unit_named


class Token(NamedTuple):
    """A number, the readings of its unit, and where they end."""

    number: Number
    units: tuple[Unit, ...]
    end: int
    half: bool = False  # 两升半


_SPACE = Pattern(r"[ \u00a0\u3000\t]?(?:[-‐](?=[a-z]))?[ ]?")
_DOZEN = Pattern(r"打(?![印开包折扮击造卡底磨孔坐结气扫动破人球]|蜡(?!烛))")
_TENTH = Pattern(
    r"[一二三四五六七八九](?![十百千万个条只件层段档天年月米厘分级种次款寸公斤克倍度人大类步项体起样般直点])"
)
_HALF = Pattern(r"半钟?(?![价径自年小个天月路圆成身])| and a half(?![a-z])")


def tokens_of(text: str) -> list[Token]:
    """Numbers outside of dates, codes and ordinals, each with the unit that follows, if any."""
    found: list[Token] = []
    done, addresses = 0, linked(text)
    for number in numbers(text):
        if number[0] < done:
            continue
        done = blocked_to(text, number[0], number[1], addresses)
        if not done and text[number[1] : number[1] + 1] in _NAMED:
            done = named(text, number)
        if not done:
            found.append(_with_unit(text, number))
    return found


def _with_unit(text: str, number: Number) -> Token:
    if number.percent:
        return _shared(text, number)
    start, at = number.start, number.end
    if start >= 2 and text[start - 1] == "下" and text[start - 2] == "零":
        number = number._replace(start=start - 2, low=-number.high, high=-number.low)
    after = text[at : at + 1]
    if after in _LOOSE and (token := _loose(text, number)):
        return token
    units: tuple[Unit, ...] = ()
    end = at
    if after in _GAP and (space := _SPACE.match(text, at)):
        units, end = unit_at(text, space.end())
    if not units:
        units, end = unit_at(text, at)
    if not units and number.spelled and at - start > 1 and text[at - 1] in "千百万":
        units, end = unit_at(text, at - 1)
    if units and text[end - 1] == "g" and not number.spelled and _memory(text, start, end):
        units = unit_named("gb")
    if not units or misread(text, number, units, end):
        return _counted(text, number)
    if text[end - 1] == "米" or text[end : end + 1] in _HALVES:
        return _halved(text, number, units, end)
    return _new(Token, (number, units, end, False))


_NAMED = frozenset("xa")  # 小米9x, 6a级真丝
_new = tuple.__new__  # it makes a named tuple in half the time that the constructor takes
_PLUS = Pattern(r"\s?\+\s?[0-9]{1,4}\s?g?b?(?![a-z0-9])")
_PLUS_BEFORE = Pattern(r"[0-9]\s?gb?\s?\+\s?$")


def _memory(text: str, start: int, end: int) -> bool:
    """6G+128G: no grams."""
    if text[end - 2] not in _DIGITS:
        return False
    left = text[max(0, start - 6) : start]
    behind = "+" in text[end : end + 2] and _PLUS.match(text, end)
    return bool(behind or ("+" in left and _PLUS_BEFORE.search(left)))


_DIGITS = frozenset("0123456789")


def _shared(text: str, number: Number) -> Token:
    """百分之三十, 四分之三升."""
    units, end = unit_at(text, number.end)
    if units and units[0].dimension in ("volume", "mass", "length"):
        return Token(number, units, end)
    return Token(number, (_SHARE,), number.end)


def _halved(text: str, number: Number, units: tuple[Unit, ...], end: int) -> Token:
    """两米五: the digit behind the metre is tenths; 两升半."""
    if text[end - 1] == "米" and number.high < 100 and (rest := _TENTH.match(text, end)):
        tenth = "一二三四五六七八九".index(rest[0]) / 10 + 0.1
        number = number._replace(low=number.low + tenth, high=number.high + tenth, step=0.1)
        return Token(number, units, rest.end())
    if half := _HALF.match(text, end):
        return Token(number, units, half.end(), True)
    return Token(number, units, end)


def _counted(text: str, number: Number) -> Token:
    """A number without a unit: a dozen, a count, a bare number, or a year."""
    start, at = number.start, number.end
    if text.startswith("打", at) and (dozen := _DOZEN.match(text, at)):
        number = number._replace(low=12 * number.low, high=12 * number.high)
        return Token(number, (_DOZENS,), dozen.end())
    if number.step == 0.1 and 7 <= number.low <= 34 and _SCREENED.match(text, at):
        return Token(number, unit_named("inch"), at)
    if label := count_at(text, number):
        counted = (_new(Unit, ("count", 1.0, 0.0, label.noun)),) if label.noun else ()
        return Token(number, counted, label.end)
    if number.spelled or (at - start == 4 and 1900 <= number.low <= 2100):
        return Token(number, (), at)
    return _new(Token, (number, _BARE, at, False))


# 13.3 笔记本: goods that are named by the diagonal of their screen, in inches
_SCREENED = Pattern(
    r"[ -]?(?:笔记本|平板|显示器|显示屏|液晶|电视|轻薄本|游戏本"
    r"|(?:laptop|notebook|tablet|monitor|macbook|ultrabook)s?(?![a-z]))"
)
_SHARE = Unit("percent", 1.0, 0.0, "share")
_DOZENS = Unit("count", 1.0, 0.0, "打")
_BARE = (Unit("number", 1.0, 0.0, ""),)
_HALVES = frozenset(" 半")


_LOOSE = frozenset("多余个")
_GAP = frozenset(" \u00a0\u3000\t-‐")


def _loose(text: str, number: Number) -> Token | None:
    """30多天, 三个半小时."""
    if text[number.end] != "个":
        units, end = unit_at(text, number.end + 1)
        more = number._replace(high=number.high + max(number.high * 0.3, 1.0))
    elif text.startswith("个半", number.end):
        units, end = unit_at(text, number.end + 2)
        more = number._replace(low=number.low + 0.5, high=number.high + 0.5)
    else:
        return None
    return Token(more, units, end) if units else None

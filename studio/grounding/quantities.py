"""Quantities: numbers with their units, ranges, bounds, sizes, sums and rates.

`quantities(text)` reads a folded text once and returns them in order. Every quantity keeps all
readings that its unit allows (45度: an angle, a temperature or a strength); the facts choose later.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from studio.grounding.bounds import Bound, bound_of
from studio.grounding.glued import glued
from studio.grounding.lists import shared
from studio.grounding.numbers import Number
from studio.grounding.patterns import Pattern
from studio.grounding.tokens import Token, tokens_of
from studio.grounding.units import Unit, base, unit_at


class Reading(NamedTuple):
    """One meaning of a quantity. `values`: the sides of a size, else () ; SI units throughout."""

    dimension: str
    low: float
    high: float
    step: float
    unit: str
    values: tuple[float, ...] = ()
    per: str = ""  # the dimension of what it is counted by: "mass" in 11 g per 100 g
    scale: float = 1.0  # how much of it


class Quantity(NamedTuple):
    """A quantity at [start, end) of a folded text."""

    start: int
    end: int
    readings: tuple[Reading, ...]
    bound: Bound = ""
    core: tuple[int, int] = (0, 0)  # number and unit, without the words of the bound
    vague: bool = False  # "two or three", 两三


_BETWEEN = Pattern(r"\s?(?:-|~|至|到|to|and|or|或)\s?")
_TIMES = Pattern(
    r"\s?(?:\([lwhd]\)|(?:long|wide|high|tall|deep)(?![a-z])|[lwhd](?![a-z])|[长宽高深厚])?"
    r"\s?(?:x|\*|by|乘以?)\s?(?:[lwhd](?![a-z])|[长宽高深厚]度?)?[ :]?"
)
_PLUSMINUS = Pattern(r"\s?(?:±|\+/-)\s?")
_JOINS = frozenset(["", " ", "and ", " and ", "又", "零"])
_PER = Pattern(r"\s?(?:/|per |每|an? (?=hour|minute|second|day|litre|liter))\s?")
_PER_FIRST = frozenset("/p每a")
_SIZE = Pattern(r"\s?[x×*]\s?\d")
_SHARE_OF = frozenset([100.0, 1000.0])  # 5g/100g


def quantities(text: str) -> list[Quantity]:
    """Every quantity with a unit, in order, without overlaps. Linear in the text's length."""
    tokens = shared(text, tokens_of(text))
    found: list[Quantity] = []
    at = 0
    while at < len(tokens):
        quantity, at = _assemble(text, tokens, at)
        if quantity is not None and (not found or quantity.core[0] >= found[-1].end):
            if found and quantity.start < found[-1].end:
                quantity = quantity._replace(start=found[-1].end)
            found.append(quantity)
    return found


def _assemble(text: str, tokens: list[Token], at: int) -> tuple[Quantity | None, int]:
    """The quantity that begins with token `at`, and the index after its last token."""
    token = tokens[at]
    after, end = at + 1, token.end
    gap = tokens[after].number.start - end if after < len(tokens) else 99
    if gap <= 8 and (sign := _gap(text[end : end + max(gap, 0)])):
        made = _size(text, tokens, at) if sign == "x" else _range(text, tokens, at, sign, gap)
        if made:
            return made
    if not token.units:
        return None, after
    readings = [_reading(token, unit) for unit in token.units]
    if gap <= 5:
        readings, end, after = _joined(text, tokens, after, end, readings)
    quantity, after = _finish(text, token.number.start, end, readings, tokens, after)
    number = token.number
    unsure = number.low != number.high if number.spelled else _named(text, number)
    return quantity._replace(vague=True) if unsure else quantity, after


def _named(text: str, number: Number) -> bool:
    """PU2000mm: it may still be a name."""
    before = text[number.start - 1 : number.start]
    return before.isascii() and before.isalpha() and glued(text, number.start, number.end)


def _joined(
    text: str, tokens: list[Token], after: int, end: int, readings: list[Reading]
) -> tuple[list[Reading], int, int]:
    """With the smaller units and the tolerance right behind; and where that ends."""
    while after < len(tokens) and (more := _summand(text, tokens[after], end, readings)):
        readings, end, after = more, tokens[after].end, after + 1
    if after < len(tokens) and tokens[after].number.start - end <= 5:
        tolerance = _PLUSMINUS.match(text, end)
        if tolerance and tokens[after].number.start == tolerance.end():
            readings = _widened(readings, tokens[after])
            end, after = tokens[after].end, after + 1
    if after < len(tokens) and tokens[after].number.start < end:
        after += 1
    return readings, end, after


def _reading(token: Token, unit: Unit) -> Reading:
    number, extra = token.number, 0.5 if token.half else 0.0
    top = bottom = base(unit, number.high + extra)
    if number.low != number.high:
        bottom = base(unit, number.low + extra)
        bottom, top = min(bottom, top), max(bottom, top)
    step = number.step * unit.factor
    return _new(Reading, (unit.dimension, bottom, top, step, unit.name, (), "", 1.0))


_new = tuple.__new__  # it makes a named tuple in half the time that the constructor takes


def _range(
    text: str, tokens: list[Token], at: int, sign: str, width: int
) -> tuple[Quantity | None, int] | None:
    """3-5小时, 10 °C to 30 °C, 25±2 cm; only when the second number has the unit.

    `sign`: what stands between the two, which is so wide.
    """
    first, second = tokens[at], tokens[at + 1]
    if width > 5 or not second.units:
        return None
    gap = text[first.end : second.number.start]
    if _bare(first) and not _bare(second):
        first = first._replace(units=())
    if sign == "±" and not first.units:
        low, high, more = first.number.low, first.number.high, second.number.high
        made = [
            _reading(second, u)._replace(low=base(u, low - more), high=base(u, high + more))
            for u in second.units
        ]
        return _finish(text, first.number.start, second.end, made, tokens, at + 2)
    if sign != "-" or ("and" in gap and not _between(text, first.number.start)):
        return None
    if first.units:
        pairs = [(a, b) for a in first.units for b in second.units if a.dimension == b.dimension]
        if not pairs:
            return None
        made = [_span(_reading(first, a), _reading(second, b)) for a, b in pairs]
    else:
        made = [
            _span(_reading(first._replace(units=(u,)), u), _reading(second, u))
            for u in second.units
        ]
    quantity, after = _finish(text, first.number.start, second.end, made, tokens, at + 2)
    either = first.number.spelled and gap.strip() in ("or", "或")
    return quantity._replace(vague=True) if either else quantity, after


@lru_cache(maxsize=1024)
def _gap(words: str) -> str:
    """What stands between two numbers: "±", "x" for sides, "-" for a range, or ""."""
    known = {"±": _PLUSMINUS, "x": _TIMES, "-": _BETWEEN}
    return next((sign for sign, pattern in known.items() if pattern.fullmatch(words)), "")


def _bare(token: Token) -> bool:
    return not token.units or token.units[0].dimension == "number"


def _span(one: Reading, other: Reading) -> Reading:
    return other._replace(low=min(one.low, other.low), high=max(one.high, other.high))


def _between(text: str, start: int) -> bool:
    return text[max(0, start - 9) : start].rstrip().endswith(("between", "from"))


def _size(text: str, tokens: list[Token], at: int) -> tuple[Quantity | None, int] | None:
    """20x30x10 cm, 1.2m*2m, 长20 x 宽30 cm."""
    last = at
    while last + 1 < len(tokens) and last - at < 3:
        gap = text[tokens[last].end : tokens[last + 1].number.start]
        if len(gap) > 8 or _gap(gap) != "x":
            break
        last += 1
    if last == at:
        return None
    chain = tokens[at : last + 1]
    units = next((t.units for t in reversed(chain) if not _bare(t)), ())
    unit = next((u for u in units if u.dimension in ("length", "pixels")), None)
    if unit is None:
        return None
    values = []
    for token in chain:
        own = next((u for u in token.units if u.dimension == unit.dimension), unit)
        values.append(base(own, token.number.high))
    reading = Reading(
        unit.dimension,
        min(values),
        max(values),
        chain[-1].number.step * unit.factor,
        unit.name,
        tuple(values),
    )
    return _finish(text, chain[0].number.start, chain[-1].end, [reading], tokens, last + 1)


def _summand(text: str, token: Token, end: int, sofar: list[Reading]) -> list[Reading] | None:
    """1小时30分钟, 5'10", 2 lb 3 oz: the same dimension in a smaller unit right behind."""
    at = token.number.start
    if not token.units or at < end or text[end:at] not in _JOINS:
        return None
    made = []
    for one in sofar:
        for unit in token.units:
            same = unit.dimension == one.dimension and not unit.offset
            small = unit.factor < 0.9 * one.step
            if same and small and token.number.high * unit.factor < 1.01 * one.step * 60:
                more = base(unit, token.number.high)
                made.append(
                    one._replace(low=one.low + more, high=one.high + more, step=unit.factor)
                )
    return made or None


def _widened(readings: list[Reading], token: Token) -> list[Reading]:
    made = []
    for one in readings:
        unit = next((u for u in token.units if u.dimension == one.dimension), None)
        factor = unit.factor if unit else one.step
        delta = abs(token.number.high * factor)
        made.append(one._replace(low=one.low - delta, high=one.high + delta))
    return made


def _finish(
    text: str, start: int, end: int, readings: list[Reading], tokens: list[Token], after: int
) -> tuple[Quantity, int]:
    """Adds the rate (per 100 g) and the bound (up to, 以上) around number and unit."""
    ahead = text[end : end + 2].lstrip()[:1] in _PER_FIRST and not _listed(text, end, readings)
    if ahead and (rate := _PER.match(text, end)):
        readings, end, after = _rated(text, rate.end(), end, readings, tokens, after)
    core = (start, end)
    bound, start, end = bound_of(text, start, end)
    if core[0] and text[core[0] - 1] in "±-" and text.endswith(("±", "+/-"), 0, core[0]):
        readings = [r._replace(low=-r.high) for r in readings]
        start = min(start, core[0] - 1)
    return _new(Quantity, (start, end, tuple(readings), bound, core, False)), after


def _listed(text: str, end: int, readings: list[Reading]) -> bool:
    """33/45 rpm: the unit is that of the list, so that the slash makes no rate."""
    return text[end - 1].isdigit() and readings[0].dimension not in ("number", "count")


def _rated(
    text: str, at: int, end: int, readings: list[Reading], tokens: list[Token], after: int
) -> tuple[list[Reading], int, int]:
    """With what they are counted by, which stands at `at`; as they are where that is no unit."""
    amount = 1.0
    if after < len(tokens) and tokens[after].number.start == at and tokens[after].units:
        one = tokens[after]
        alike = tokens[after - 1].units == one.units and one.number.high not in _SHARE_OF
        if alike or _SIZE.match(text, one.end):
            return readings, end, after  # 1500g/1700g: two of a kind, not the one by the other
        amount, units, stop, after = one.number.high or 1.0, one.units, one.end, after + 1
    else:
        units, stop = unit_at(text, at)
    if not units:
        return readings, end, after
    per, scale = units[0].dimension, base(units[0], amount)
    return [r._replace(per=per, scale=scale) for r in readings], stop, after

"""Round trips: whatever way a number and its unit are written, the same quantity is read back."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import studio.grounding
from studio.grounding.compare import agree
from studio.grounding.fold import fold
from studio.grounding.quantities import Quantity, Reading, quantities
from studio.grounding.ratings import RATINGS, ratings
from studio.grounding.words import hits, lexicon
from studio.schema import ClaimStatus

TABLE = yaml.safe_load(
    (Path(studio.grounding.__file__).parent / "units.yaml").read_text(encoding="utf-8")
)


def aliases() -> list[object]:
    found = []
    for dimension, rows in TABLE.items():
        for factor, *names in rows:
            offset = names.pop()["offset"] if isinstance(names[-1], dict) else 0.0
            found += [
                pytest.param(dimension, float(factor), offset, str(name), id=f"{dimension}-{name}")
                for name in names
            ]
    return found


def read(text: str) -> list[Quantity]:
    return quantities(fold(text))


def reading(quantity: Quantity, dimension: str) -> Reading:
    return next(r for r in quantity.readings if r.dimension == dimension)


@pytest.mark.parametrize(("dimension", "factor", "offset", "alias"), aliases())
def test_every_unit_reads_back(dimension, factor, offset, alias):
    if alias == "+++":
        pytest.skip("no unit of a number: PA+++ is read as a rating")
    values = [
        r.high
        for text in (f"共7{alias}。", f"It is 7 {alias}, they say")
        for q in read(text)
        for r in q.readings
        if r.dimension == dimension
    ]
    assert pytest.approx(7 * factor + offset) in values


DIGITS = "零一二三四五六七八九"
FORMAL = "零壹贰叁肆伍陆柒捌玖"
SMALL = [
    *["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"],
    *["eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"],
    "nineteen",
]
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def in_han(n: int, digits: str = DIGITS, powers: str = "千百十") -> str:
    """An independent writer of Chinese numerals below 100,000,000, to check the reader."""
    if n >= 10_000:
        low = n % 10_000
        gap = digits[0] if low and low < 1000 else ""
        return (
            in_han(n // 10_000, digits, powers)
            + "万"
            + gap
            + (in_han(low, digits, powers) if low else "")
        )
    out, gap = "", False
    for power, sign in zip((1000, 100, 10, 1), (*powers, ""), strict=True):
        digit = n // power % 10
        if digit:
            out += (digits[0] if gap and out else "") + digits[digit] + sign
        gap = not digit
    return out


def in_english(n: int) -> str:
    if n < 20:
        return SMALL[n]
    if n < 100:
        return TENS[n // 10] + (f"-{SMALL[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{SMALL[n // 100]} hundred" + (f" and {in_english(n % 100)}" if n % 100 else "")
    return f"{in_english(n // 1000)} thousand" + (f" {in_english(n % 1000)}" if n % 1000 else "")


@given(st.integers(2, 99_999_999).filter(lambda n: n not in (10, 2)))
def test_chinese_numerals_read_back(value):
    (quantity,) = read(f"足有{in_han(value)}公斤。")
    assert reading(quantity, "mass").high == pytest.approx(value)


@given(st.integers(11, 9_999_999))
def test_formal_numerals_read_back(value):
    (quantity,) = read(f"足有{in_han(value, FORMAL, '仟佰拾')}公斤。")
    assert reading(quantity, "mass").high == pytest.approx(value)


@given(st.integers(1, 9999), st.integers(1, 99))
def test_chinese_decimals_read_back(whole, part):
    digits = f"{part:02d}"
    (quantity,) = read(f"足有{in_han(whole)}点{''.join(DIGITS[int(d)] for d in digits)}公斤。")
    assert reading(quantity, "mass").high == pytest.approx(whole + part / 100)


@given(st.integers(1, 999_999))
def test_english_numerals_read_back(value):
    (quantity,) = read(f"It holds {in_english(value)} litres of water")
    assert reading(quantity, "volume").high == pytest.approx(value / 1000)


@given(st.integers(1, 9999), st.sampled_from(["万", "亿", " million", " thousand"]))
def test_large_units_of_counting_read_back(value, word):
    scale = {"万": 1e4, "亿": 1e8, " million": 1e6, " thousand": 1e3}[word]
    (quantity,) = read(f"run {value}{word} km")
    assert reading(quantity, "length").high == pytest.approx(value * scale * 1000)


@given(
    st.integers(10, 900),
    st.integers(1, 9),
    st.sampled_from(["±", "+/-", " ± "]),
    st.sampled_from(["cm", "厘米"]),
)
def test_tolerances_read_back(value, more, sign, unit):
    for text in (f"长{value}{sign}{more}{unit}。", f"长{value}{unit}{sign}{more}{unit}。"):
        (quantity,) = read(text)
        one = reading(quantity, "length")
        assert (one.low, one.high) == pytest.approx(((value - more) / 100, (value + more) / 100))


@given(
    low=st.integers(2, 500),
    more=st.integers(1, 500),
    form=st.sampled_from(
        [
            "{0}-{1}公斤",
            "{0}公斤到{1}公斤",
            "{0}至{1}kg",
            "{0}~{1} kg",
            "between {0} and {1} kg",
            "from {0} kg to {1} kg",
            "{0} or {1} kg",
        ]
    ),
)
def test_ranges_in_both_languages_read_back(low, more, form):
    (quantity,) = read(f"重 {form.format(low, low + more)}。")
    one = reading(quantity, "mass")
    assert (one.low, one.high) == pytest.approx((low, low + more))


@given(st.lists(st.integers(3, 400), min_size=2, max_size=3), st.permutations(range(3)), st.data())
def test_a_size_agrees_with_itself_in_any_order_and_unit(sides, order, data):
    unit, scale = data.draw(st.sampled_from([("cm", 1), ("厘米", 1), ("mm", 10)]))
    turned = [sides[i] for i in order if i < len(sides)]
    joint = data.draw(st.sampled_from(["x", " x ", "*", "×", " × "]))
    (fact,) = read(f"{joint.join(map(str, sides))}cm")
    (text,) = read(f"{joint.join(str(s * scale) for s in turned)}{unit}")
    assert agree(text.readings[0], "", fact.readings[0], "") is ClaimStatus.SUPPORTED
    wrong = [turned[0] * 2, *turned[1:]]
    if sorted(wrong) != sorted(sides):
        (text,) = read(f"{joint.join(str(s * scale) for s in wrong)}{unit}")
        assert agree(text.readings[0], "", fact.readings[0], "") is ClaimStatus.CONTRADICTED


def test_each_sort_of_rating_has_its_words_and_its_pattern() -> None:
    assert set(lexicon("scales")) == set(RATINGS)


def test_ratings_of_several_sorts_are_read_in_order() -> None:
    text = "304不锈钢内胆，银925，ipx8，蓝牙5.3，一级能效"
    found = list(ratings(text, hits(text)["scales"]))
    said = [(q.readings[0].dimension, q.readings[0].low) for q in found]
    assert said == [
        ("steel grade", 304.0),
        ("fineness", 0.925),
        ("ip", 8.0),
        ("bluetooth version", 5.3),
        ("energy grade", 1.0),
    ]

"""Shortening: never over the limit, never through the middle of something, never silently."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.channels import Fitted, count, fit, one
from studio.schema import Limit

BOTTLE = "Stainless Steel Water Bottle 500 ml with Bamboo Lid for Travel, Double Wall"
CUP = "304不锈钢保温杯500毫升大容量便携车载水杯男女士学生通用茶杯定制"
CASES = [
    # text, most, unit, locale, what is left
    (BOTTLE, 75, "codepoints", "en-US", BOTTLE),
    (BOTTLE, 64, "codepoints", "en-US", BOTTLE[:62]),  # the clause before the comma
    (BOTTLE, 44, "codepoints", "en-US", "Stainless Steel Water Bottle 500 ml"),  # no "with Bamboo"
    (BOTTLE, 32, "codepoints", "en-US", "Stainless Steel Water Bottle"),  # 500 needs its ml
    ("It keeps warm. It holds 500 ml. The lid is of bamboo", 40, "codepoints", "en-US",
     "It keeps warm. It holds 500 ml."),
    ("Mug (set of two, blue and white) for tea", 20, "codepoints", "en-US", "Mug"),
    ("Don't-break 3-in-1 charging stand", 15, "codepoints", "en-US", "Don't-break"),
    ("Cable 1.5 m – black", 9, "codepoints", "en-US", "Cable"),
    ("Rug 120 x 180 cm wool", 14, "codepoints", "en-US", "Rug"),
    ("A lamp of brass and glass", 15, "codepoints", "en-US", "A lamp of brass"),
    ("A lamp of brass and glass", 19, "codepoints", "en-US", "A lamp of brass"),
    ("Donaudampfschifffahrt", 10, "codepoints", "de-DE", ""),
    (CUP, 60, "gbk_bytes", "zh-CN", CUP.removesuffix("定制")),
    (CUP, 30, "gbk_bytes", "zh-CN", "304不锈钢保温杯500毫升大容量"),
    (CUP, 19, "gbk_bytes", "zh-CN", "304不锈钢保温杯"),  # 500 needs its 毫升
    ("不锈钢保温杯，竹盖；双层真空，保温12小时", 23, "gbk_bytes", "zh-CN", "不锈钢保温杯，竹盖"),
    ("一只杯子。两只杯子。三只杯子很好看", 12, "codepoints", "zh-CN", "一只杯子。两只杯子。"),
    ("陶瓷马克杯（蓝色，两只装）送礼", 10, "codepoints", "zh-CN", "陶瓷马克杯"),
    ("设计的目的很明确", 5, "codepoints", "zh-CN", "设计的目的"),  # 目的 keeps its 的
    ("柔软的羊毛毯", 3, "codepoints", "zh-CN", "柔软"),
    ("Warm mug 👩‍👩‍👧", 12, "codepoints", "en-US", "Warm mug"),
    ("one two three four", 2, "words", "en-US", "one two"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{case[0][:14]}-{case[1]}" for case in CASES])
def test_it_ends_where_a_person_would(case):
    text, most, unit, locale, left = case
    fitted = fit(text, Limit(max=most, unit=unit), locale)
    assert fitted.text == left
    assert fitted.shortened == (left != text)


def test_below_the_minimum_is_said():
    assert fit("Mug", Limit(min=10)) == Fitted("Mug", False, True)
    assert fit("Unbreakableword and more", Limit(max=8, min=4), "en") == Fitted("", True, True)


def test_a_better_end_yields_when_it_would_break_the_minimum():
    text = "Good. A mug of stoneware holds tea"
    assert fit(text, Limit(max=20, min=10), "en").text == "Good. A mug"


def test_a_limit_for_one_piece():
    keywords = Limit(max=250, each=20, count=13)
    assert one("keywords.3", keywords).max == 20
    assert one("bullets.0", Limit(max=255, count=5)).max == 255
    assert one("title", Limit(max=75)).max == 75


WORDS = st.sampled_from(
    ["steel", "bottle", "500 ml", "保温杯", "，", "。", ". ", ", ", " ", "👨‍👩‍👧", "e\u0301",
     "12 x 30 cm", "的", "和", "with ", "(", ")", "【", "】", "3-in-1", "250毫升", "100%",
     "\n\n", "ไทย", "🇩🇪", "“", "!"]
)  # fmt: skip
LIMITS = st.builds(
    Limit,
    max=st.integers(0, 60),
    min=st.none() | st.integers(0, 10),
    unit=st.sampled_from(
        ["codepoints", "utf8_bytes", "gbk_bytes", "xhs_units", "effective_chars", "words"]
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=25).map("".join) | st.text(max_size=80), LIMITS,
       st.sampled_from(["en-US", "zh-CN", "de-DE", ""]))  # fmt: skip
def test_the_promises(text, limit, locale):
    fitted = fit(text, limit, locale)
    assert text.startswith(fitted.text)
    assert count(fitted.text, limit.unit) <= limit.max
    assert fitted.shortened == (count(text, limit.unit) > limit.max)
    assert fitted.shortened == (fitted.text != text)
    below = limit.min is not None and count(fitted.text, limit.unit) < limit.min
    assert fitted.below_min == below
    assert fit(text, limit, locale) == fitted


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=25).map("".join), st.integers(0, 60))
def test_what_belongs_together_stays_together(text, most):
    cut = len(fit(text, Limit(max=most), "en-US").text)
    if not 0 < cut < len(text):
        return
    before, after = text[cut - 1], text[cut]
    assert not (re.match(r"[A-Za-z0-9]", before) and re.match(r"[A-Za-z0-9]", after))
    assert after not in "\u200d\u0301\ufe0f"
    assert before != "\u200d"
    for piece in ("500 ml", "12 x 30 cm", "250毫升", "100%", "3-in-1", "👨‍👩‍👧", "🇩🇪", "e\u0301"):
        for match in re.finditer(re.escape(piece), text):
            assert not match.start() < cut < match.end(), piece


def test_a_long_text_is_shortened_by_sentences():
    text = "The lamp is made of brass. " * 2000
    fitted = fit(text, Limit(max=4000), "en-US")
    assert fitted.text.endswith("brass.")
    assert 3950 < len(fitted.text) <= 4000

"""Counting: exact against a second definition of each unit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.channels import count
from studio.errors import InputError

CASES = [
    # text, code points, UTF-8, GBK, Xiaohongshu, effective, words
    ("", 0, 0, 0, 0, 0, 0),
    ("Mug", 3, 3, 3, 2, 3, 1),
    ("保温杯", 3, 9, 6, 3, 3, 1),
    ("保温杯500ml", 8, 14, 11, 6, 8, 1),
    ("café au lait", 12, 13, 13, 7, 10, 3),
    ("😀", 1, 4, 2, 2, 0, 1),
    ("👩‍👩‍👧", 5, 18, 10, 8, 0, 1),
    ("㊗️A", 3, 7, 5, 3, 1, 1),
    ("价格：￥12.50！", 10, 20, 15, 8, 6, 1),
    ("𠮷野家", 3, 10, 6, 4, 3, 1),
    ("a\u3000b", 3, 5, 4, 2, 2, 2),
]
UNITS = ("codepoints", "utf8_bytes", "gbk_bytes", "xhs_units", "effective_chars", "words")


@pytest.mark.parametrize("case", CASES, ids=[case[0] or "empty" for case in CASES])
def test_each_unit(case):
    text, *expected = case
    assert [count(text, unit) for unit in UNITS] == expected


def test_an_unknown_unit_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match="parsecs") as caught:
        count("x", "parsecs")
    assert "gbk_bytes" in caught.value.hint


@given(st.text())
def test_gbk_is_the_codec_with_everything_else_at_two(text):
    each = (char.encode("gbk", "replace") for char in text)
    assert count(text, "gbk_bytes") == sum(
        len(data) if data != b"?" or char == "?" else 2
        for char, data in zip(text, each, strict=True)
    )


@given(st.text())
def test_xiaohongshu_is_by_utf16_units(text):
    data = text.encode("utf-16-le", "surrogatepass")
    units = [int.from_bytes(data[i : i + 2], "little") for i in range(0, len(data), 2)]
    assert count(text, "xhs_units") == -(-sum(2 if unit > 127 else 1 for unit in units) // 2)


@given(st.text(), st.text())
def test_no_unit_shrinks_when_text_is_added(text, more):
    for unit in UNITS:
        assert count(text, unit) <= count(text + more, unit)

"""Lines broken as a typesetter would, sizes that fit, and characters that no font has."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.imaging.lettering import fonts, setting
from studio.imaging.lettering.breaking import wrap
from studio.imaging.lettering.setting import UnfitError

MIXED = st.text(
    st.sampled_from("轻盈如风的都市通勤运动鞋保温杯毫升，。！（）《》、 abcdeXYZ0123456789.-/%¥℃"),
    min_size=1,
    max_size=60,
)


def wide(text: str) -> float:
    """A Chinese character is 2 wide, a Latin one 1."""
    return float(sum(2 if ord(c) > 0x2E7F else 1 for c in text))


@given(MIXED, st.integers(6, 40))
def test_nothing_is_lost_and_no_mark_stands_where_it_must_not(text: str, width: int) -> None:
    lines = wrap(text, wide, width)
    if lines is None:
        return
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    assert all(wide(line) <= width for line in lines)
    assert not any(line[:1] in tuple("，。！、）》%℃") for line in lines[1:] if line)
    assert not any(line[-1:] in tuple("（《¥") for line in lines[:-1] if line)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("轻盈如风的都市通勤运动鞋", 16, ["轻盈如风的", "都市通勤运动鞋"]),
        ("婴儿纯棉连体衣春秋薄款长袖", 16, ["婴儿纯棉连体衣", "春秋薄款长袖"]),
        ("真空保温杯500毫升", 14, ["真空保温杯", "500毫升"]),
        ("约1,200 ml of tea", 12, ["约1,200 ml", "of tea"]),
        ("Keeps drinks cold for 24 h", 15, ["Keeps drinks", "cold for 24 h"]),
        ("原价¥199.00现价", 10, ["原价", "¥199.00", "现价"]),
        ("一行\n两行", 20, ["一行", "两行"]),
    ],
)
def test_words_and_numbers_with_their_units_stay_whole(
    text: str, width: int, lines: list[str]
) -> None:
    assert wrap(text, wide, width) == lines


def test_prose_fills_its_lines_and_a_headline_is_even() -> None:
    text = "one two three four five six seven"
    assert wrap(text, wide, 24) == ["one two three four", "five six seven"]
    assert wrap(text, wide, 24, even=False) == ["one two three four five", "six seven"]


def test_a_word_wider_than_the_line_does_not_fit() -> None:
    assert wrap("extraordinarily", wide, 5) is None
    assert wrap("好好好好", wide, 4, keep=("好好好",)) is None


def test_the_largest_size_that_fits_is_taken() -> None:
    face = fonts.face("sans", "bold", "zh-CN")
    block = setting.fit("粗陶马克杯", face, (500, 200), (90, 20), lines=2)
    assert block.lines == ("粗陶马克杯",)
    assert block.px == 90
    small = setting.fit("粗陶马克杯", face, (200, 60), (90, 20), lines=1)
    assert small.width <= 200
    assert face.font(small.px + 1).getlength("粗陶马克杯") > 200


def test_what_does_not_fit_is_told_with_how_much_would() -> None:
    face = fonts.face("sans", "regular", "zh-CN")
    with pytest.raises(UnfitError) as told:
        setting.fit("很长的标题" * 20, face, (300, 60), (40, 30), lines=1, what="extra.poster_note")
    assert told.value.where == "extra.poster_note"
    assert told.value.values["has"] == 100
    fits = told.value.values["fits"]
    assert isinstance(fits, int)
    assert setting.fit("很长的标题" * 2, face, (300, 60), (40, 30)).px == 30
    assert fits == 10


def test_a_character_without_a_glyph_is_told_not_drawn_as_a_box() -> None:
    face = fonts.face("sans", "regular", "en-US")
    assert face.lacks("Tea 茶 🔥🔥") == "🔥"
    with pytest.raises(UnfitError, match="🔥"):
        setting.fit("hot 🔥", face, (300, 60), (40, 10))


def test_the_merchants_own_font_wins(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "fonts").mkdir()
    shipped = fonts.face("serif", "bold", "zh-CN")
    (folder / "fonts" / "serif-bold.ttc").write_bytes(Path(shipped.path).read_bytes())
    own = fonts.face("serif", "bold", "zh-CN", (folder,))
    assert own.path == str(folder / "fonts" / "serif-bold.ttc")
    assert own.lacks("字a") == ""

"""Cells: formulas defused and restored, HTML there and back, prices and codes."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from export_making import money
from hypothesis import example, given
from hypothesis import strategies as st

from studio.catalog.plain import restored
from studio.channels import cells
from studio.schema import Copy


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1*2", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1+1", "－1-1", "＠a",
     " =1+1", "\u3000=1", "\ufeff=1", "=HYPERLINK(\"http://x\")", "+86 10 1234", "-", "--"],
)  # fmt: skip
def test_what_a_spreadsheet_would_run_is_defused(text):
    assert cells.defuse(text) == "'" + text
    assert cells.restore(cells.defuse(text)) == text


@pytest.mark.parametrize("text", ["", "Mug", "-5", "+3.25", "3-in-1", "'tis", "a=b", "𝟙=1"])
def test_other_cells_stay(text):
    assert cells.defuse(text) == text
    assert cells.restore(text) == text


@given(st.text() | st.text("='+-@\t\r\n ＝", max_size=6))
@example("'=1")
@example("''=1")
@example("'-5")
def test_restoring_undoes_defusing(text):
    defused = cells.defuse(text)
    assert cells.restore(defused) == text
    assert not cells.risky(defused)


@given(st.text(), st.text())
def test_no_two_texts_are_defused_to_the_same(one, other):
    assert (cells.defuse(one) == cells.defuse(other)) == (one == other)


LINE = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=30)


@given(st.lists(LINE, max_size=6), st.lists(LINE, max_size=4))
@example(["<script>alert(1)</script> & &amp; &lt;"], ["</li><li>"])
def test_html_comes_back_as_it_was(lines, bullets):
    text = Copy(description="\n".join(lines), bullets=tuple(bullets))
    markup = cells.to_html(text)
    assert cells.from_html(markup) == (cells.paragraphs(text.description), cells.bullets(text))
    assert set(re.findall(r"</?(\w*)", markup)) <= {"p", "br", "ul", "li"}


def test_paragraphs():
    assert cells.paragraphs("One\r\ntwo \r\n\r\n\r\n three\n\n") == ["One\ntwo", "three"]
    assert cells.paragraphs(" \n ") == []


@pytest.mark.parametrize(
    ("locale", "line"),
    [
        ("en-US", "A mug. Of clay. Holds tea! And coffee."),
        ("zh-CN", "A mug。Of clay.Holds tea!And coffee。"),
    ],
)
def test_one_line(locale, line):
    text = Copy(description="A mug\n\nOf clay.", bullets=("Holds  tea!", " ", "And\ncoffee"))
    assert cells.one_line(text, locale) == line


@pytest.mark.parametrize(
    ("amount", "cell"),
    [("12", "12.00"), ("12.5", "12.50"), ("0.125", "0.125"), ("1E+3", "1000.00"), ("0", "0.00")],
)
def test_no_digit_of_a_price_is_lost(amount, cell):
    assert cells.amount(money(amount)) == cell
    assert Decimal(cells.amount(money(amount))) == Decimal(amount)
    assert cells.price(money(amount)) == f"{cell} USD"


def test_a_price_without_a_currency_is_none():
    assert cells.price(money("12", "")) == cells.price(None) == cells.amount(None) == ""


@given(st.text(alphabet="'=+-@\t＝ \u30001a", max_size=6) | st.text(max_size=8))
def test_an_import_takes_off_what_an_export_puts_on(text):
    assert restored(cells.defuse(text)) == text
    assert restored(text) == cells.restore(text)


@pytest.mark.parametrize(
    ("code", "valid"),
    [
        ("4006381333931", True),
        (" 4006381333931 ", True),
        ("4006381333932", False),
        ("96385074", True),
        ("036000291452", True),
        ("00012345600012", True),
        ("0000000000000", False),
        ("400638133393", False),
        ("４００６３８１３３３９３１", False),
        ("MUG-1", False),
        ("", False),
    ],
)
def test_gtin(code, valid):
    assert cells.gtin(code) == (code.strip() if valid else "")


@given(st.integers(1, 10**12 - 1), st.integers(0, 9), st.integers(1, 9))
def test_a_wrong_digit_is_found(number, place, shift):
    body = f"{number:012}"
    (code,) = [body + str(d) for d in range(10) if cells.gtin(body + str(d))]
    wrong = code[:place] + str((int(code[place]) + shift) % 10) + code[place + 1 :]
    assert cells.gtin(wrong) == ""

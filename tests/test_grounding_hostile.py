"""Long, broken and disguised texts, and facts that are hard to read: a claim or none, no crash."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.compliance.items import context_of
from studio.grounding import MOST, ground
from studio.grounding.pieces import LONGEST, pieces
from studio.schema import Attribute, Claim, Context, Evidence

ON = date(2026, 5, 1)


def claims(text: str, facts: dict[str, str], *papers: Evidence) -> tuple[Claim, ...]:
    attributes = tuple(Attribute(name=name, value=value) for name, value in facts.items())
    return ground({"t": text}, Context(attributes=attributes, evidence=papers, on=ON))


def told(text: str, facts: dict[str, str], *papers: Evidence) -> list[tuple[str, str, str]]:
    return [(c.text, c.status.value, c.carrier) for c in claims(text, facts, *papers)]


@given(st.text(alphabet="ab1，。.\n ", max_size=200), st.integers(2, 40))
def test_pieces_are_the_whole_text_and_none_is_too_long(text, longest):
    spans = list(pieces(text, longest))
    assert "".join(text[a:b] for a, b in spans) == text
    assert all(b - a <= longest for a, b in spans)


def test_a_text_is_cut_behind_sentences():
    sentence = "The jug holds 2 L of water and weighs 900 g. "
    text = sentence * 400
    assert all(text[:end].endswith((". ", sentence)) for _, end in pieces(text))


def test_a_long_text_has_the_claims_of_its_sentences():
    facts = {"capacity": "2 L", "weight": "800 g"}
    sentence = "The jug holds 2 L of water and weighs 900 g. "
    one, text = claims(sentence, facts), sentence * (3 * LONGEST // len(sentence))
    found = claims(text, facts)
    assert len(found) == len(one) * text.count("jug")
    assert all(text[c.start : c.end] == c.text for c in found)
    assert {c.status.value for c in found} == {"supported", "contradicted"}


def test_after_very_many_claims_the_rest_is_said_to_be_unread():
    text = "1," * 500_000
    found = claims(text, {"weight": "5 kg"})
    assert MOST <= len(found) <= MOST + LONGEST
    last = found[-1]
    assert (last.kind, last.status.value, last.end) == ("unread", "unsupported", len(text))
    assert last.start >= found[-2].end


@pytest.mark.parametrize(
    "shape",
    [
        *("1,234,", "1-2-3-4-", "(", "[({", "3x4x", "约", "半", "a ", "twenty ", "x", "一千"),
        *("• 5 cm\n", "a1-", "made in ", "产自", "不", "认证", "通过ce认证编号abc123", "²½"),
        *("one hundred and ", "1.", "\u200f5"),
        *("hot 5 h cold ", "iphone 15 ", "、", "-", "3%", "\ud800", "L5xW", "half a "),
    ],
)  # fmt: skip
def test_one_sentence_of_any_shape_is_read_to_its_end(shape):
    text = shape * (40_000 // len(shape)) + " weighs 5 kg"
    found = claims(text, {"weight": "5 kg"})
    assert len(found) <= len(text)
    assert found[-1].end <= len(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5\u200fkg", "5\u200fkg"),
        ("\u202e重5\ufeffkg\u202c", "5\ufeffkg"),
        ("重\u200b5\u200b公\u200b斤", "5\u200b公\u200b斤"),
        ("重５ｋｇ", "５ｋｇ"),
    ],
)
def test_marks_that_nobody_sees_hide_nothing(text, says):
    assert told(text, {"重量": "5 kg"}) == [(says, "supported", "attribute:重量")]


def test_lone_surrogates_are_shown_as_broken_letters():
    (claim,) = claims("通过\ud800测试", {"\ud800": "\udfff"})
    assert claim.text == "通过\ufffd测试"
    assert claim.model_dump_json()


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("Holds 2 L", "1 L, 2 L", "supported"),
        ("Holds 2 L", "['1 L', '2 L']", "supported"),
        ("Holds 3 L", "1 L / 2 L", "exceeded"),
        ("Holds 1.5 L", "1-2 L", "supported"),
        ("Holds 3 L", "2-1 L", "exceeded"),
        ("Holds 2 L", "2 L ± 0.1 L", "supported"),
        ("Holds 2 L", "about 2 litres", "supported"),
        ("Holds 2 L", "9e999 L", "unsupported"),
        ("Holds 2 L", "", "unsupported"),
        ("Holds 2 L", "see label", "unsupported"),
    ],
)
def test_an_attribute_with_a_list_or_a_range(text, value, expected):
    (claim,) = claims(text, {"capacity": value})
    assert claim.status.value == expected


@pytest.mark.parametrize(
    ("text", "facts"),
    [("Holds 1.5 L", {"capacity": "1.5"}), ("重5kg", {"重量": "约5"}), ("重5kg", {"重量": "5±"})],
)
def test_an_attribute_without_a_unit_is_named_for_the_reviewer(text, facts):
    ((name, value),) = facts.items()
    (claim,) = claims(text, facts)
    assert (claim.status.value, claim.carrier) == ("unsupported", f"attribute:{name}")
    assert claim.note["en"] == f"the fact gives no unit: {value}"


@pytest.mark.parametrize(("name", "value"), [("capacity (L)", "1.2"), ("容量（升）", "1.2")])
def test_the_unit_may_stand_in_the_name(name, value):
    (claim,) = claims("Holds 1.5 L", {name: value})
    assert (claim.status.value, claim.carrier) == ("exceeded", f"attribute:{name}")


@pytest.mark.parametrize("day", ["31/12/2027", "2027-13-45", "next year"])
def test_a_paper_with_an_unreadable_date_is_named_and_carries_nothing(day):
    paper = {"type": "certificate", "title": "OEKO-TEX Standard 100", "valid_until": day}
    context = context_of({"evidence": [paper]})
    (claim,) = ground({"t": "OEKO-TEX certified"}, context)
    assert (claim.status.value, claim.carrier) == (
        "unsupported",
        "evidence:OEKO-TEX Standard 100",
    )
    assert claim.note["en"] == f"unreadable date: valid_until: {day}"


def test_a_paper_that_ends_before_it_begins_has_expired():
    paper = Evidence(
        type="certificate",
        title="OEKO-TEX",
        valid_from=date(2030, 1, 1),
        valid_until=date(2020, 1, 1),
    )
    (claim,) = claims("OEKO-TEX certified", {}, paper)
    assert (claim.status.value, claim.note["en"]) == ("unsupported", "expired 2020-01-01")

"""The reviewer reads why a claim has its verdict in Chinese and in English."""

from __future__ import annotations

import re
from datetime import date

import pytest

from studio.grounding import ground
from studio.grounding.notes import _loaded, unmeasured
from studio.grounding.ratings import BETTER
from studio.grounding.units import _units
from studio.grounding.words import kind_table
from studio.schema import Attribute, Claim, Context, Evidence

HAN = re.compile(r"[\u4e00-\u9fff]")


def noted(text: str, facts: dict[str, str], *papers: Evidence) -> dict[str, str]:
    attributes = tuple(Attribute(name=k, value=v) for k, v in facts.items())
    context = Context(attributes=attributes, evidence=papers, on=date(2026, 5, 1))
    return ground({"description": text}, context)[0].note


OLD = Evidence(type="certificate", title="OEKO-TEX certificate", valid_until=date(2025, 1, 1))


@pytest.mark.parametrize(
    ("text", "facts", "papers", "en", "zh"),
    [
        ("续航30天", {"续航": "14天"}, (), "text 30天, fact 14天", "文案写“30天”，资料为“14天”"),
        ("Weighs 2 kg", {}, (), "no fact measures weight", "资料里没有重量的数值"),
        (
            "Holds 2 litres",
            {"capacity": "2"},
            (),
            "the fact gives no unit: 2",
            "资料没写单位：2",
        ),
        ("OEKO-TEX certified", {}, (OLD,), "expired 2025-01-01", "文件已于 2025-01-01 过期"),
        ("支持蓝牙", {"功能": "定时"}, (), "not in the list of functions", "功能列表里没有"),
        ("Made in Italy", {}, (), "no fact tells the origin", "资料没写产地"),
    ],
)
def test_a_note_is_in_both_languages(text, facts, papers, en, zh):
    assert noted(text, facts, *papers) == {"en": en, "zh": zh}


def test_a_carried_claim_needs_no_note():
    assert noted("续航14天", {"续航": "14天"}) == {}


@pytest.mark.parametrize("key", sorted(_loaded()["notes"]))
def test_both_forms_of_a_note_take_the_same_words(key):
    forms = _loaded()["notes"][key]
    slots = {language: set(re.findall(r"{(\w+)}", form)) for language, form in forms.items()}
    assert slots["en"] == slots["zh"]
    assert HAN.search(forms["zh"])
    assert not HAN.search(forms["en"])


@pytest.mark.parametrize(
    "kind",
    sorted({*kind_table(), *BETTER, *(u.dimension for many in _units().values() for u in many)}),
)
def test_what_is_measured_has_a_chinese_name(kind):
    assert not re.search(r"[a-z]", unmeasured(frozenset({kind}))["zh"])


def test_braces_in_a_fact_stay_as_they_are():
    said = noted("续航30天", {"续航": "{said} 14天"})
    assert said["en"] == "text 30天, fact {said} 14天"


def test_a_claim_stored_with_an_english_note_still_loads():
    stored = {
        "field": "title",
        "start": 0,
        "end": 3,
        "text": "2 L",
        "kind": "quantity",
        "status": "unsupported",
        "note": "no fact measures volume",
    }
    assert Claim.model_validate(stored).note == {"en": "no fact measures volume"}
    assert Claim.model_validate(stored | {"note": ""}).note == {}

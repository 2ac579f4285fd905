"""A listing in the other language: what the glossary carries over, the claim ledger knows too."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from studio import channels, checks, compliance, copywriter, engines
from studio.data import find
from studio.engines.glossary import carry
from studio.schema import Attribute, Brief, ClaimStatus, Copy, Facts, Product

SECTIONS = yaml.safe_load(find("prompts/phrases/glossary.yaml", ()).read_text("utf-8"))
TOLD = {
    "colours": ("colour", "Color", "It comes in {}.", "颜色", "颜色为{}。"),
    "materials": ("material", "Material", "It is made of {}.", "材质", "采用{}材质。"),
    "places": ("origin", "Origin", "It is made in {}.", "产地", "产自{}。"),
}
RULES = compliance.load()
TODAY = date(2026, 11, 22)


def product(locale: str, name: str, value: str, kind: str) -> Product:
    title, category = ("Bag", "Bags") if locale == "en-US" else ("云朵包", "箱包")
    row = Attribute(name=name, value=value, kind=kind)
    facts = Facts(title=title, category=category, attributes=(row,))
    return Product(id="x", locale=locale, facts={locale: facts})


@pytest.mark.parametrize("section", TOLD)
def test_what_is_carried_over_is_no_false_claim(section: str) -> None:
    kind, english, says, chinese, sagt = TOLD[section]
    channel, doubted = channels.load("shopify"), []
    for en, zh in SECTIONS[section]:
        for item, locale, text in (
            (product("zh-CN", chinese, zh, kind), "en-US", says.format(en)),
            (product("en-US", english, en, kind), "zh-CN", sagt.format(carry(en, "zh"))),
        ):
            context = checks.context_of(item, Brief(channel="shopify", locale=locale), channel)
            claims, _ = checks.examine({"description": text}, context, RULES)
            doubted += [(text, c.text) for c in claims if c.status is not ClaimStatus.SUPPORTED]
    assert doubted == []


def test_another_colour_is_still_a_false_claim() -> None:
    item = product("zh-CN", "颜色", "米白色", "colour")
    channel = channels.load("shopify")
    context = checks.context_of(item, Brief(channel="shopify", locale="en-US"), channel)
    claims, _ = checks.examine({"description": "It comes in navy."}, context, RULES)
    assert [c.status for c in claims] == [ClaimStatus.CONTRADICTED]


def test_an_english_listing_of_chinese_facts_has_no_chinese_in_its_facts() -> None:
    item = product("zh-CN", "颜色", "米白色", "colour")
    rows = (
        *item.facts["zh-CN"].attributes,
        Attribute(name="产地", value="中国浙江", kind="origin"),
    )
    facts = item.facts["zh-CN"].model_copy(update={"attributes": rows})
    item = item.model_copy(update={"facts": {"zh-CN": facts}})
    brief = Brief(channel="etsy", locale="en-US")
    channel = channels.load("etsy")
    accept = checks.acceptor(checks.context_of(item, brief, channel), RULES)
    text = copywriter.write(item, brief, channel, engines.load("copy", "template"), accept=accept)
    assert "Color: off-white" in text.bullets
    assert "Origin: Zhejiang, China" in text.bullets
    assert text.description.endswith("is made in Zhejiang, China, and comes in off-white.")
    assert text.keywords == ()  # nobody has translated what it is called


@pytest.mark.parametrize(
    ("han", "latin"),
    [("中国浙江", "Zhejiang, China"), ("江苏省苏州市", "Suzhou, Jiangsu"), ("火星", "")],
)
def test_a_place_within_a_place_is_named_the_other_way_round(han: str, latin: str) -> None:
    assert carry(han, "en") == latin
    assert carry("Jingdezhen, China", "zh") == "中国景德镇"


@pytest.mark.parametrize(
    ("on", "title", "locale", "told"),
    [
        ("shopify", "北岸 双层保温杯 500 ml", "en-US", True),
        ("shopify", "北岸 Insulated Bottle 500 ml", "en-US", False),
        ("shopify", "北岸 双层保温杯 500 ml", "zh-CN", False),
        ("etsy", "北岸 双层保温杯 500 ml", "en-US", False),  # whose own check tells it
    ],
)
def test_a_title_that_nobody_translated_is_told(
    on: str, title: str, locale: str, told: bool
) -> None:
    item = product("zh-CN", "颜色", "米白色", "colour").model_copy(update={"brand": "北岸"})
    found = checks.check_channel(
        item, Brief(channel=on, locale=locale), channels.load(on), Copy(title=title), (), TODAY
    )
    assert any(f.id == "COPY.LANGUAGE" and f.blocks for f in found) == told
    assert any(f.field == "title" for f in found) or not (told or on == "etsy")

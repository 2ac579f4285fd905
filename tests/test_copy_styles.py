"""What a style does to a listing that is written without a model, and to a draft of one."""

from __future__ import annotations

import re

import pytest

from studio import channels
from studio.copywriter import Order, drafts
from studio.copywriter.layout import describe, limits_of
from studio.copywriter.planning import Work, floor_of
from studio.schema import Attribute, Brief, Facts, Product
from tests.test_copy_reading import product

ROWS = {"容量": "220毫升", "重量": "260克", "颜色": "豆青", "产地": "浙江龙泉"}
CARDIGAN = {"Material": "wool", "Weight": "400 g", "Color": "grey", "Origin": "Portugal"}


def styled(item: Product, style: str, *fields: str, locale: str = "") -> Work:
    brief = Brief(channel="shopify", locale=locale or item.locale, style=style, fields=fields)
    return floor_of(Order(item, brief, channels.load("shopify")))


def test_a_line_opens_with_the_emoji_of_its_kind() -> None:
    work = styled(product("青瓷茶壶", "", "茶壶", **ROWS), "xiaohongshu", "social")
    lines = work.floor.description.splitlines()
    assert "⚖️重量：260克" in lines
    assert "🎨颜色：豆青" in lines
    assert "📍产地：浙江龙泉" in lines
    assert "🔹容量：220毫升" in lines  # of a kind without one of its own
    assert work.floor.extra["social"].startswith("✨ ")


@pytest.mark.parametrize("style", ["technical", "xiaohongshu"])
def test_where_lines_tell_all_no_model_is_asked_to_tell_it_before(style: str) -> None:
    item = product("Acme Cardigan", "", "Cardigans", "Acme", "en-US", **CARDIGAN)
    assert drafts.prompts(styled(item, style), ()) == []
    assert drafts.prompts(styled(item, "warm"), ())


@pytest.mark.parametrize(
    ("item", "draft", "reads"),
    [
        (
            product("Acme Cardigan", "", "Cardigans", "Acme", "en-US", **CARDIGAN),
            "The Acme Cardigan is made of wool and weighs 400 g.",
            r"Acme Cardigan\. It is made of wool and weighs 400 g\.",
        ),
        (
            product("青瓷茶壶", "", "茶壶", **ROWS),
            "青瓷茶壶，容量220毫升，重量260克。",
            "这款青瓷茶壶。容量220毫升，重量260克。",
        ),
    ],
)
def test_a_draft_does_not_repeat_the_name_that_a_style_opened_with(
    item: Product, draft: str, reads: str
) -> None:
    work = styled(item, "warm")
    limit = limits_of(work.order.channel)["description"]
    accept = work.manner.accept
    text = describe(work.pieces, limit, item.locale, accept, work.shown, first=draft)
    assert re.search(reads, text)
    chosen, why = drafts.chosen(work, [draft], ())
    assert (why, chosen.origin["description"]) == ("", "model")


@pytest.mark.parametrize("style", ["warm", "luxury", "technical", "playful", "xiaohongshu", "live"])
def test_goods_without_a_name_in_the_language_are_not_greeted(style: str) -> None:
    facts = Facts(
        title="青瓷茶壶",
        category="茶壶",
        attributes=(
            Attribute(name="容量", value="220毫升", kind="capacity"),
            Attribute(name="重量", value="260克", kind="weight"),
        ),
    )
    item = Product(id="p", locale="zh-CN", facts={"zh-CN": facts})
    text = styled(item, style, "social", locale="en-US").floor
    assert "220 ml" in text.description
    for said in (text.description, text.extra["social"]):
        assert not re.search(
            r"(?:[Hh]ello|[Mm]eet|look at|table:|^The|^)[, a-z]*product[.!:]", said
        )


def test_what_the_merchants_own_sentence_says_in_another_unit_is_not_said_again() -> None:
    below = "双层真空保温杯，容量750毫升。旋盖带提环，杯身喷粉磨砂。"
    rows = {"容量": "750ml", "重量": "380g"}
    item = product("不锈钢真空保温杯", below, "保温杯", **rows)
    text = styled(item, "plain").floor.description
    assert "750毫升" in text
    assert "750ml" not in text
    assert "380g" in text


@pytest.mark.parametrize(
    ("locale", "name"), [("zh-CN", "活动时间"), ("en-US", "Sale price effective date")]
)
def test_when_an_offer_runs_is_for_posters_and_not_for_a_listing(locale: str, name: str) -> None:
    zh = locale == "zh-CN"
    rows = {name: "2026-11-01 2026-11-11", "重量" if zh else "Weight": "2 kg"}
    item = product("青瓷茶壶" if zh else "Acme Press", locale=locale, **rows)
    text = styled(item, "plain").floor
    assert not any("2026" in words for _, words in text.parts())
    assert "2" in text.description


@pytest.mark.parametrize(
    ("title", "verb"),
    [("Harbour Teapot for Four Cups", " is "), ("Harbour Cups with a Handle", " are ")],
)
def test_a_thing_is_one_or_many_by_its_own_word(title: str, verb: str) -> None:
    item = product(title, "", "Tea", "", "en-US", Material="porcelain", Origin="Portugal")
    text = styled(item, "plain").floor.description
    assert verb in text
    assert {" is ": " are ", " are ": " is "}[verb] not in text

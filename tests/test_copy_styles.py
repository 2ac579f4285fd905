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


def test_a_number_with_a_comma_is_one_number_in_a_title() -> None:
    item = product(
        "Acme Power Bank 10,000 mAh, Slim", "", "Power Banks", "Acme", "en-US", Power="20 W"
    )
    text = styled(item, "plain").floor
    assert "Power Bank 10 " not in text.description
    assert not any(re.search(r"(?<![\d,])000", words) for _, words in text.parts())


def test_what_is_no_size_is_not_told_as_size_and_weight() -> None:
    rows = {"材质": "头层牛皮", "外形尺寸": "10.5×7.8×0.8厘米", "重量": "42克", "产地": "广东广州"}
    item = product("头层牛皮卡包", "", "卡包", 规格="6卡位", 颜色="墨绿", **rows)
    bullets = styled(item, "plain").floor.bullets
    assert "规格：6卡位" in bullets
    assert "尺寸与重量：10.5×7.8×0.8厘米，42克" in bullets


def test_a_clause_that_a_fact_tells_too_stands_once() -> None:
    item = product(
        "青瓷茶壶",
        "建议手洗，避免骤冷骤热。",
        "茶壶",
        保养方法="用后洗净晾干，避免骤冷骤热",
        **ROWS,
    )
    text = styled(item, "plain").floor.description
    assert "建议手洗。" in text
    assert text.count("避免骤冷骤热") == 1


def test_a_fact_whose_parts_the_merchants_sentence_names_is_not_told_again() -> None:
    below = "一套24粒榉木积木，共7种形状，用水性漆上色。"
    item = product(
        "榉木积木", below, "积木", 规格="24粒，7种形状", 材质="榉木，水性漆", 产地="浙江云和"
    )
    text = styled(item, "plain").floor.description
    assert (text.count("7种形状"), text.count("水性漆")) == (1, 1)
    assert "浙江云和" in text


def test_a_capacity_of_the_catalog_is_not_read_from_the_title_again() -> None:
    row = "10,000 mAh (38.5 Wh); rated capacity 6,000 mAh at 5 V"
    item = product(
        "Acme Power Bank 10,000 mAh", "", "Power Banks", "Acme", "en-US", Capacity=row, Power="20 W"
    )
    bullets = styled(item, "plain").floor.bullets
    assert f"Capacity: {row}" in bullets
    assert not any(line.startswith("Battery") for line in bullets)


def test_a_count_at_the_end_of_a_chinese_title_is_no_part_of_the_name() -> None:
    item = product("头层牛皮卡包 6卡位", "", "卡包", 重量="42克", 产地="广东广州", 材质="头层牛皮")
    assert "头层牛皮卡包 6卡位" not in styled(item, "plain").floor.description


def test_what_the_merchants_sentence_tells_is_not_told_after_a_draft_either() -> None:
    below = "Burns for about 45 hours."
    rows = {"Material": "soy wax", "Burn time": "About 45 hours", "Weight": "220 g"}
    item = product("Acme Candle", below, "Candles", "Acme", "en-US", **rows)
    work = styled(item, "plain")
    draft = "The Acme Candle weighs 220 g and is made from soy wax."
    text, why = drafts.chosen(work, [draft], ())
    assert (why, draft in text.description) == ("", True)
    assert text.description.count("45 hours") == 1


def test_the_number_of_another_fact_does_not_hide_one_of_the_title() -> None:
    rows = {"Storage": "a case for 15000 mAh cells", "Weight": "180 g"}
    item = product("Acme Power Bank 5000 mAh", "", "Power Banks", "Acme", "en-US", **rows)
    assert "Battery: 5000 mAh" in styled(item, "plain").floor.bullets

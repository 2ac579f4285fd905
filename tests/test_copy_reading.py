"""How listings read: what a picky shop owner found in real ones; a test for each kind of fault."""

from __future__ import annotations

import pytest

from studio import channels, checks
from studio.copywriter import Order, conflicts, lacking
from studio.copywriter.judge import stiff
from studio.copywriter.planning import Work, floor_of
from studio.engines.floor import speech
from studio.engines.guard import Row
from studio.engines.tidying import tidy
from studio.grounding import ground
from studio.schema import Attribute, Brief, ClaimStatus, Facts, Product, Severity


def product(
    title: str,
    below: str = "",
    category: str = "",
    brand: str = "",
    locale: str = "zh-CN",
    **rows: str,
) -> Product:
    facts = Facts(
        title=title,
        description=below,
        category=category,
        attributes=tuple(Attribute(name=k, value=v) for k, v in rows.items()),
    )
    return Product(id="p1", locale=locale, brand=brand, facts={locale: facts})


def work(item: Product) -> Work:
    brief = Brief(channel="shopify", locale=item.locale, fields=("keywords",))
    return floor_of(Order(item, brief, channels.load("shopify")))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("60%棉 40%聚酯纤维", "60%棉、40%聚酯纤维"),
        ("0.45kg+-0.05kg", "0.45kg±0.05kg"),
        ("3cm+-视干燥情况有浮动", "3cm，视干燥情况有浮动"),
        ("s 15公斤以下 m 30公斤以下", "S 15公斤以下 M 30公斤以下"),
        ("70%棉，30%莫代尔", "70%棉、30%莫代尔"),
        ("40%棉60%聚酯纤维（内层）", "40%棉、60%聚酯纤维（内层）"),
        ("面料：100% 棉；里料：锦纶80%氨纶20%", "面料100%棉、里料锦纶80%、氨纶20%"),
        (
            "1.5米床品： 被套 200*230cm/ 枕套：48*74cm*2 1.8米床品：被套 220*240cm/ 枕套：48*74cm",
            "1.5米床品：被套200×230cm，枕套48×74cm×2；1.8米床品：被套220×240cm，枕套48×74cm",
        ),
        ("浙江 江苏", "浙江、江苏"),
        ("中国 江苏", "中国江苏"),
        ("188*98*30MM", "188×98×30mm"),
        ("5号电池*1", "5号电池×1"),
        ("组装【沙发脚】", "组装（沙发脚）"),
    ],
)
def test_values_stand_as_a_reader_expects(written: str, read: str) -> None:
    assert tidy(written, "zh") == read


@pytest.mark.parametrize(
    ("title", "below", "name"),
    [
        ("某牌畅玩8C两天一充 莱茵护眼 刘海屏 全网通版4GB+32GB", "极光蓝", "某牌畅玩8C"),
        ("某牌8X 千元屏霸 91%屏占比 2000万AI双摄", "4GB+64GB", "某牌8X"),
        ("某牌 HUWEI 畅享9 4GB+64GB", "极光紫 移动联通电信4G手机", "某牌 HUWEI 畅享9"),
        ("某牌10青春版 幻彩渐变 2400万AI自拍", "4GB+64GB", "某牌10青春版"),
        ("Acme Phone X 某牌X", "二手手机 深空灰色 64G 全网通", "Acme Phone X"),
    ],
)
def test_a_phones_name_ends_before_what_sells_it(title: str, below: str, name: str) -> None:
    assert work(product(title, below, "数码 > 手机")).pieces.name == name


def test_memory_and_storage_stand_together_and_measures_need_no_verb() -> None:
    made = work(product("某牌畅享10 Plus", "4GB+128GB 幻夜黑", "数码 > 手机")).floor
    assert made.title.endswith("4GB+128GB 幻夜黑")
    assert "运行内存4GB，存储容量128GB" in made.description


def test_a_title_takes_no_material_that_is_one_of_several() -> None:
    rows = {"面料": "100%聚酯纤维", "填充物": "聚氨酯", "尺寸": "36*36cm"}
    assert work(product("记忆绵坐垫", category="家纺", **rows)).floor.title == "记忆绵坐垫 36×36cm"
    assert "陶瓷" in work(product("摆件", category="家饰", 材质="陶瓷", 颜色="白色")).floor.title


def test_no_verb_comes_twice_in_a_sentence_and_no_word_is_doubled() -> None:
    rows = {"材质": "100%棉", "工艺": "水洗工艺", "产地": "中国江苏"}
    said = work(product("四件套", category="床品", **rows)).floor.description
    assert said.count("采用") == 1
    assert "工艺工艺" not in said
    assert "工艺为水洗工艺" not in said


def test_a_pronoun_stands_only_where_it_is_clear() -> None:
    part = "Time your runs with the Acme Watch. The face features a digital read-out for you."
    rows = {"Material": "rubber", "Color": "black"}
    text = work(product("Acme Watch", part, "Watches", locale="en-US", **rows)).floor.description
    assert "read-out for you. The Acme Watch is made of rubber and comes" in text
    clear = "The Acme Watch is made to be worn on a run."
    text = work(product("Acme Watch", clear, "Watches", locale="en-US", **rows)).floor.description
    assert "on a run. It is made of rubber and comes in black." in text


@pytest.mark.parametrize(
    "sentence",
    [
        "The Acme Mugg is the best friend of a tea.",  # misspelt
        "The Acme Kettle is a friend of the tea.",  # another thing
        "The Acme Mug give you what you need.",
        "It is a mug that helps prevents a cold tea.",
        "What will you drink? We call it the no. 1 mug in the world.",
        "These mugs has the colors of a Acme styles.",
        "The Acme Mug is with you, moving effortless with your hand.",
        "The Acme Mug is handsome as it is practical.",
    ],
)
def test_what_a_merchant_wrote_wrongly_is_left_out(sentence: str) -> None:
    rows = {"Material": "ceramic", "Capacity": "350 ml"}
    made = work(product("Acme Mug", sentence, "Mugs", locale="en-US", **rows))
    assert sentence.split("?")[0] not in made.floor.description


def test_the_rest_of_a_quotation_and_spaced_headlines_are_no_sentences() -> None:
    below = "正文。\n”的概念成为一种文化！\n真 无 线 耳 机 懂你所需。"
    made = work(product("某牌耳机", below, "数码", 颜色="黑色", 佩戴方式="入耳式"))
    assert "文化" not in made.floor.description
    assert "懂你" not in made.floor.description


@pytest.mark.parametrize(
    ("item", "found"),
    [
        (product("笔记本 i5 16G 1T 深空灰", category="电脑", 颜色="金色 | 银色"), Severity.HIGH),
        (product("无袖连衣裙 红色", category="女装", 袖长="短袖"), Severity.HIGH),
        (product("休闲裤男", category="男装", 款式="长款连衣裙"), Severity.HIGH),
        (product("某牌笔记本电脑 16G", category="数码 > 手机"), Severity.HIGH),
        (product("海澜之家短袖T恤男", category="男装", brand="海蓝之家"), Severity.MEDIUM),
        (product("羊毛连衣裙", "【面料质地】涤棉拼接", "女装"), Severity.HIGH),
        (product("短袖T恤 深空灰", category="女装", 颜色="灰色、白色", 袖长="短袖"), None),
        (product("某牌Max3 5500mAh充电宝级电量 手机", category="数码 > 小米手机"), None),
        (product("某牌手机壳", category="数码 > 手机"), None),
        (product("桑蚕丝真丝连衣裙", category="女装", 面料="100%蚕丝"), None),
        (product("Solvane Pro 2 蓝牙耳机", category="数码", brand="Tavonix"), Severity.MEDIUM),
        (product("Insulated Steel Bottle", category="Kitchen", brand="Brindlefen"), None),
    ],
)
def test_a_row_that_contradicts_itself_is_told(item: Product, found: Severity | None) -> None:
    said = list(conflicts(item, Brief(channel="shopify", locale="zh-CN")))
    assert [f.severity for f in said[:1]] == ([found] if found else [])
    assert all("“" in f.message["zh"] and f.advice["en"] for f in said)


def test_a_slogan_and_a_fact_in_the_name_are_too_few() -> None:
    brief = Brief(channel="shopify", locale="zh-CN")
    assert list(lacking(product("男式纯棉内裤", "亲肤透气，安心舒适", "内裤"), brief))
    assert not list(
        lacking(product("内裤", "亲肤透气，安心舒适", "内裤", 面料="棉", 产地="中国"), brief)
    )


@pytest.mark.parametrize(
    ("text", "locale", "bad"),
    [
        ("The lamp has a shade, has a cord and is black.", "en-US", True),
        ("The lamp is black. It weighs 1 kg. It has a shade.", "en-US", True),
        (
            "The lamp is made of oak and weighs 2 kg. Rated at 12 W, it runs on 230 V.",
            "en-US",
            False,
        ),
        ("台灯为橡木，高30cm。颜色为黑色。", "zh-CN", True),
        ("台灯，采用橡木材质，采用环保漆。", "zh-CN", True),
        ("台灯采用橡木材质，高30cm，颜色为黑色。", "zh-CN", False),
    ],
)
def test_true_sentences_that_read_badly_are_refused(text: str, locale: str, bad: bool) -> None:
    assert bool(stiff(text, locale)) is bad


def test_a_small_model_keeps_what_belongs_together() -> None:
    facts = product("台灯", 材质="橡木", 高度="30cm", 功率="12W", 颜色="黑色").in_locale("zh-CN")
    row = Row(speech(facts, "", "zh-CN"), zh=True)
    first, second, third, _ = row.left
    assert row.near == [first, second]
    row.said.add(second)
    assert row.near == [first]  # what was passed over comes at once
    row.said.add(first)
    assert row.near[0] == third


def test_a_scrap_of_two_words_is_no_sentence() -> None:
    rows = {"Material": "cotton", "Color": "black"}
    for gap in (" ", "\n"):
        below = f"Wear this hoodie after the gym or before a ride.{gap}Full zip."
        made = work(product("Acme Hoodie", below, "Hoodies", locale="en-US", **rows)).floor
        assert "after the gym" in made.description
        assert "Full zip" not in made.description


@pytest.mark.parametrize(
    ("name", "status"),
    [("不锈钢保温杯", ClaimStatus.SUPPORTED), ("不锈钢水杯", ClaimStatus.UNSUPPORTED)],
)
def test_a_thermos_in_chinese_is_insulated_in_english(name: str, status: ClaimStatus) -> None:
    brief = Brief(channel="shopify", locale="en-US")
    context = checks.context_of(product(name, category="水杯"), brief, channels.load("shopify"))
    told = ground({"title": "Insulated bottle"}, context.model_copy(update={"name": name}))
    assert [claim.status for claim in told] == [status]

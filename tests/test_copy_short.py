"""Short titles, headlines and what was said twice: kinds of faults that whole readings found."""

from __future__ import annotations

from typing import get_args

import pytest

from studio import channels
from studio.copywriter import Order, conflicts, drafts, fields
from studio.copywriter.planning import floor_of
from studio.schema import Attribute, Brief, Facts, Product, Slot
from tests.test_copy_reading import product
from tests.test_copy_words import made


def english(
    title: str, brand: str = "", category: str = "", below: str = "", **rows: str
) -> Product:
    facts = Facts(
        title=title,
        category=category,
        description=below,
        attributes=tuple(Attribute(name=k, value=v) for k, v in rows.items()),
    )
    return Product(id="p1", locale="en-US", brand=brand, facts={"en-US": facts})


@pytest.mark.parametrize(
    ("title", "brand", "headline"),
    [
        ("White Everyday Plimsolls", "Arden Looms", "Arden Looms Everyday Plimsolls"),
        ("Arden Looms White Everyday Plimsolls", "Arden Looms", "White Everyday Plimsolls"),
        ("Hoodie with Pocket and a Drawstring Cord", "", "Hoodie"),
        ("Marco Lightweight Active Hooded Fleece", "", "Active Hooded Fleece"),
        ("Temperature Control Kettle", "", "Temperature Control Kettle"),
    ],
)
def test_an_english_headline_keeps_the_thing_and_no_half_of_a_brand(
    title: str, brand: str, headline: str
) -> None:
    shown = made(english(title, brand), "ad_headline").extra["ad_headline"]
    assert shown == headline


def test_the_title_of_a_book_is_not_cut_for_a_headline() -> None:
    title, shelf = "Own your pile of cards and never lend it", "Accessories > Books"
    book = english(title, category=shelf, Publisher="Arden Press")
    assert f"“{title}” is published" in made(book).description
    assert "ad_headline" not in made(book, "ad_headline").extra
    short = english("Own your cards", category=shelf, Publisher="Arden Press")
    assert made(short, "ad_headline").extra["ad_headline"] == "Own your cards"


def test_what_a_sentence_of_the_merchant_says_as_an_adjective_is_not_said_again() -> None:
    own = "High-performance cordless vacuum with 60-minute runtime and a wet-mop attachment."
    rows = {"Runtime": "60 minutes", "Wattage": "500W", "Weight": "6.6 lb"}
    text = made(english("Cordless Stick Vacuum", below=own, **rows)).description
    assert "60-minute runtime" in text
    assert "60 minutes" not in text
    assert "60 minutes" in made(english("Cordless Stick Vacuum", **rows)).description


def test_a_title_says_a_size_and_a_memory_once() -> None:
    rows = {"颜色": "白色", "材质": "钢"}
    assert made(product("某牌 MOJI 指甲刀 小", **rows)).title.count("小") == 1
    assert "大号" in made(product("某牌 MOJI 指甲刀", **rows, 尺寸="大号")).title
    title = made(product("某牌 红7 全网通版 3GB内存", "3GB+32GB 流沙金", category="手机")).title
    assert title.count("3GB") == 1


def test_a_count_of_threads_is_no_number_of_pieces() -> None:
    item = product("某牌四件套", 根数="200根", 件数="4件")
    shown = made(item, "item_highlights").extra["item_highlights"]
    assert "根数200根" in shown
    assert "4件" in shown.split("；")


def test_two_models_in_a_title_are_told() -> None:
    def told(title: str) -> list[str]:
        item = product(title, category="数码 > 手机", 颜色="银色")
        found = conflicts(item, Brief(channel="shopify", locale="zh-CN"))
        return [f.message["zh"] for f in found]

    assert told("【二手95新】Pear Phonex XSmax") == ["标题里有两个型号：“Phonex”和“XSmax”。"]
    assert not told("Pear Phonex Max 二手手机")
    assert not told("Pear Phone 8 Plus 二手手机")


def test_what_an_earphone_fits_is_not_the_thing() -> None:
    text = made(product("北辰三键线控入耳式耳机AM116(尊爵版)适用于北辰手机"), "short_title")
    assert "这款手机" not in text.description
    assert "耳机" in text.extra["short_title"]
    assert any("适用机型" in line and "北辰手机" in line for line in text.bullets)


def test_a_colour_within_an_english_title_does_not_end_the_name() -> None:
    rows = {"Material": "Ceramic", "Capacity": "350ml"}
    text = made(english("Acme White Everyday Mug", "Acme", **rows), "keywords")
    assert "the Acme White Everyday Mug" in text.description
    assert "Color: white" in text.bullets
    assert "in white" not in text.description  # the name says it
    assert "acme" not in text.keywords
    assert "in white" in made(english("Acme Mug, White", "Acme", **rows)).description


def test_a_name_that_says_the_neckline_does_not_say_it_again() -> None:
    rows = {"Material": "Fleece", "Neckline": "V neck", "Weight": "300 g"}
    text = made(english("Eon V-Neck Hoodie", **rows))
    assert "Neckline: V neck" in text.bullets
    assert "a V neck" not in text.description
    assert "a V neck" in made(english("Eon Hoodie", **rows)).description


def test_a_thought_is_not_parted_from_its_end() -> None:
    own = "Convenience is next to nothing when your day is crammed with action. So whether you are "
    own += "heading to class or to the gym, have your Vela Tote stuffed with all your essentials."
    long = own.replace("essentials", "books and shoes and bottles and other essentials and extras")
    rows = {"Material": "Canvas", "Weight": "300 g"}
    for below in (own, long):
        text = made(english("Vela Tote", below=below, **rows), "social", "seo_description")
        for shown in text.extra.values():
            assert ("Convenience" in shown) == ("So whether" in shown)
        assert "Convenience" in text.extra["social"]


def test_a_shade_that_the_title_does_not_name_is_told() -> None:
    def told(title: str, line: str) -> list[str]:
        item = product(title, line, category="美妆 > 口红")
        found = conflicts(item, Brief(channel="shopify", locale="zh-CN"))
        return [f.message["zh"] for f in found]

    heaped = "某牌999口红唇膏烈艳 哑光滋润520/888礼品套装"
    assert told(heaped, "844#橘红色赠礼盒") == [
        "商品资料前后不一：标题写“999/520/888”，别处写“844#”。"
    ]
    assert not told(heaped, "888#橘红色赠礼盒")
    assert not told("某牌口红 200ml", "844#橘红色赠礼盒")


def test_a_striped_thing_in_a_solid_pattern_is_told() -> None:
    def told(item: Product) -> list[str]:
        found = conflicts(item, Brief(channel="shopify", locale=item.locale))
        return [f.severity.value for f in found]

    assert told(english("Orion Two-Tone Jacket", Pattern="Solid")) == ["high"]
    assert not told(english("Orion Jacket", Pattern="Solid"))
    assert not told(english("Orion Two-Tone Jacket", Pattern="Color-Blocked"))
    assert told(product("某牌条纹四件套", 图案="纯色")) == ["high"]
    assert not told(product("某牌条纹四件套", 图案="条纹"))


def test_a_cut_title_ends_with_no_half_of_a_fact() -> None:
    item = product("RSA岚之家短袖T恤男夏新疆棉微弹圆领数码印花t恤男", category="服饰 > 男装")
    assert made(item).title.endswith("t恤男")
    assert made(item, on="xiaohongshu").title.endswith("圆领")
    dress = product("FIRA 斐洛官方女子连衣裙2023夏季新款简约V领网球运动短袖连身裙 宝蓝")
    assert made(dress, on="xiaohongshu").title.endswith("夏季新款简约")


def test_what_a_title_likens_a_phone_to_is_no_search_word() -> None:
    item = product("某牌Max3 5500mAh充电宝级电量 AI双摄 游戏手机", category="手机")
    text = made(item, "keywords", "hashtags")
    assert "充电宝" not in " ".join(text.keywords) + text.extra["hashtags"]
    bank = product("某牌充电宝 5500mAh", category="数码")
    assert any("充电宝" in word for word in made(bank, "keywords").keywords)


def test_a_draft_is_not_given_what_the_sentence_before_it_says() -> None:
    own = "Versatile food processor with 1000 W motor and citrus press attachment."
    rows = {"Wattage": "1000W", "Voltage": "220-240V", "Capacity": "3.0L", "Weight": "8.8 lb"}
    item = english("Food Processor", below=own, **rows)
    brief = Brief(channel="shopify", locale="en-US")
    work = floor_of(Order(item, brief, channels.load("shopify")))
    asked = drafts.prompts(work, ())[0]
    assert "1000" not in "".join(a.value for a in asked.facts.attributes)
    assert "3.0L" in [a.value for a in asked.facts.attributes]
    assert "1000" not in asked.user
    assert work.floor.description.count("1000 W") == 1


def test_a_sentence_about_one_of_what_was_named_before_opens_no_text() -> None:
    own = "Wear the Monospace one that flows with your moves!"
    rows = {"Material": "Cotton", "Weight": "300 g"}
    assert "one that" not in made(english("Monospace Tee", below=own, **rows)).description
    whole = "Your tee is your second skin. " + own
    assert "one that" in made(english("Monospace Tee", below=whole, **rows)).description


def test_a_script_has_the_merchants_words_where_they_say_all() -> None:
    own = "The Dash Watch will challenge you to push harder. Its rubber strap has a long life."
    text = made(english("Dash Watch", below=own, Material="Rubber"), "video_script")
    assert "push harder" in text.extra["video_script"]
    assert text.extra["video_script"].count("Shot") == 3


def test_who_it_is_for_is_no_unisex() -> None:
    bullets = made(english("Summit Watch", Gender="Men, Women, Unisex", Material="Metal")).bullets
    assert "Gender: men, women and unisex" in bullets
    assert "For: men" in made(english("Summit Watch", Gender="Men", Material="Metal")).bullets


def test_a_value_that_has_its_head_stands_alone() -> None:
    item = product("某牌五斗柜", 涂漆="环保涂漆", 安装方式="需要组装", 材质="橡木")
    shown = made(item, "item_highlights").extra["item_highlights"].split("；")
    assert "环保涂漆" in shown
    assert "安装方式需要组装" in shown


def test_what_it_is_made_of_is_not_told_twice_in_the_same_words() -> None:
    own = "The Ida Parachute Pant is made of super-soft fabric that keeps you comfortable."
    rows = {"Material": "Nylon, Spandex", "Pattern": "Solid"}
    text = made(english("Ida Parachute Pant", below=own, **rows), "social")
    for shown in (text.description, text.extra["social"]):
        assert "fabric that keeps you comfortable. It consists of nylon and spandex." in shown
    assert "made" in made(english("Ida Parachute Pant", **rows)).description


def test_an_english_listing_names_no_brand_in_chinese_characters() -> None:
    item = english("Everyday Mug", "禾渡", Material="Ceramic")
    assert not [b for b in made(item).bullets if "禾渡" in b]
    assert "Brand: Acme" in made(english("Everyday Mug", "Acme", Material="Ceramic")).bullets


def test_a_material_that_a_slogan_names_is_told_once() -> None:
    rows = {"材质": "榉木", "尺寸": "12×12cm", "颜色": "原木色"}
    text = made(product("方圆木钟", "坚硬榉木，实木雕刻", **rows))
    assert text.description.count("榉木") == 1
    assert "材质：榉木" in text.bullets
    assert "榉木" in made(product("方圆木钟", "实木雕刻，简约百搭", **rows)).description
    filled = {"填充物": "100%高山苦荞", "尺寸": "40×8cm", "产地": "中国"}
    assert made(product("护颈枕", "高山苦荞填充，放松", **filled)).description.count("苦荞") == 1


def test_a_craft_is_told_once_and_a_draft_is_given_no_pattern_that_the_colour_names() -> None:
    rows = {"工艺": "色织工艺", "产地": "中国山东", "材质": "莱赛尔"}
    text = made(product("某牌缎纹四件套", "色织缎纹工艺，亲肤舒适", **rows))
    assert text.description.count("色织") == 1
    carpet = {"颜色": "灰黄条纹", "图案": "条纹", "尺寸": "160×230cm", "产地": "中国北京"}
    item = product("趣粉居家地毯", category="布艺软装", **carpet)
    order = Order(item, Brief(channel="shopify", locale="zh-CN"), channels.load("shopify"))
    given = drafts.prompts(floor_of(order), ())[0].facts
    assert [a.value for a in given.attributes if a.name == "图案"] == []
    assert "灰黄条纹" in [a.value for a in given.attributes]


def test_paint_is_told_once_and_a_script_does_not_repeat_the_name() -> None:
    rows = {"涂漆": "环保涂漆", "材质": "橡木", "产品尺寸": "80×40cm"}
    text = made(product("某牌五斗柜", "优选实木，环保喷漆", **rows))
    assert "环保涂漆" not in text.description
    assert "涂漆：环保涂漆" in text.bullets
    assert "环保涂漆" in made(product("某牌五斗柜", "优选实木，经典木纹", **rows)).description
    item = product("某牌手工地毯", "印度进口，手工编织，简约百搭", 产地="印度", 工艺="手工编织")
    assert "：印度进口" in made(item, "video_script").extra["video_script"]


def test_every_kind_of_picture_has_words_for_those_who_cannot_see_it() -> None:
    kinds = get_args(Slot.model_fields["kind"].annotation)
    for words in map(fields._words(()).get, ("en", "zh")):
        if isinstance(words, dict):
            assert set(kinds) == set(words["alt"])


def test_pure_cotton_is_a_hundred_per_cent() -> None:
    rows = {"材质": "100%棉", "产地": "中国浙江", "尺寸": "61×43cm"}
    text = made(product("某牌浴室地垫", "手工制作，纯棉材质，柔软舒适", **rows))
    assert "100%棉" not in text.description
    assert "材质：100%棉" in text.bullets
    assert "100%棉" in made(product("某牌浴室地垫", "手工制作，柔软舒适", **rows)).description


def test_where_it_comes_from_and_how_it_is_made_is_told_once() -> None:
    rows = {"产地": "印度", "工艺": "色织", "尺寸": "61×43cm", "材质": "羊毛"}
    text = made(product("某牌地毯", "印度进口，色织工艺，简约百搭", **rows))
    assert text.description.count("印度") == text.description.count("色织") == 1
    assert "产自印度" in made(product("某牌地毯", "印度风情，简约百搭", **rows)).description

"""Words that a buyer, a camera or a search engine meets: cut titles, topics, scripts."""

from __future__ import annotations

import re

import pytest

from studio import channels
from studio.copywriter import Order, conflicts
from studio.copywriter.planning import floor_of
from studio.schema import Attribute, Brief, Copy, Facts, Product
from tests.test_copy_reading import product


def made(item: Product, *fields: str, on: str = "shopify") -> Copy:
    brief = Brief(channel=on, locale=item.locale, fields=fields)
    return floor_of(Order(item, brief, channels.load(on))).floor


def bag(category: str = "Gear > Bags & Totes", title: str = "Vela Tote", **rows: str) -> Product:
    attributes = tuple(Attribute(name=k, value=v) for k, v in rows.items())
    facts = Facts(title=title, category=category, attributes=attributes)
    return Product(id="b1", locale="en-US", facts={"en-US": facts})


@pytest.mark.parametrize("name", channels.names())
def test_keywords_are_written_where_a_channel_has_them_or_somebody_asks(name: str) -> None:
    has = "keywords" in channels.load(name).fields
    assert bool(made(bag(), on=name).keywords) == has
    assert made(bag(), "keywords", on=name).keywords


def test_a_title_too_long_for_the_channel_keeps_the_word_for_the_thing() -> None:
    heaped = "星野 X20 5000万高清AI三摄 全网通双卡双待全面屏智能手机"
    item = product(heaped, category="手机", 运行内存="8GB", 存储容量="256GB", 颜色="宝石蓝")
    title = made(item, on="xiaohongshu").title
    assert title == "星野 X20 智能手机 8GB+256GB 宝石蓝"
    assert made(item).title.startswith(heaped)


def test_a_short_title_drops_the_words_before_the_model_and_no_digit_of_it() -> None:
    item = product("Orion 猎户座 Nova 6s Plus 全面二手智能手机 128G 银色", category="手机")
    short = made(item, "short_title").extra["short_title"]
    assert short == "猎户座 Nova 6s Plus 全面二手智能手机"


def test_two_sizes_of_a_thing_share_no_bullet_and_their_own_names_stay() -> None:
    rows = {"方形尺寸": "36×36×3cm", "圆形尺寸": "34×3cm", "材质": "聚氨酯", "颜色": "灰色",
            "产地": "中国", "产品等级": "合格品"}  # fmt: skip
    bullets = made(product("某牌坐垫", **rows)).bullets
    assert not [b for b in bullets if b.startswith("尺寸与重量")]
    both = made(
        product(
            "某牌坐垫", 产品尺寸="36×36×3cm", 重量="300g", **{k: rows[k] for k in list(rows)[2:]}
        )
    )
    assert "尺寸与重量：36×36×3cm，300g" in both.bullets


def test_a_pattern_that_the_colour_names_is_not_told_beside_it() -> None:
    text = made(product("某牌地毯 灰黄条纹", category="地毯", 颜色="灰黄条纹", 图案="条纹"))
    assert "图案" not in text.model_dump_json()
    assert (
        "图案为条纹"
        in made(product("某牌地毯", category="地毯", 颜色="灰色", 图案="条纹")).description
    )


def test_traits_stand_side_by_side_and_what_it_is_made_of_in_a_series() -> None:
    bullets = made(bag(Strap="Adjustable, Padded", Material="Nylon, Polyester")).bullets
    assert "Strap: adjustable, padded" in bullets
    assert "Material: nylon and polyester" in bullets


def test_several_colours_of_a_row_are_asked_for_as_several() -> None:
    text = made(bag(Color="Blue, Green, Red", Size="Large, Medium, Small"), "qa")
    assert {"Colors: blue, green and red", "Sizes: Large, Medium and Small"} <= set(text.bullets)
    assert "Q: Which sizes can I choose?" in text.extra["qa"]
    assert "Color: blue" in made(bag(Color="Blue")).bullets


def test_a_search_result_names_the_product() -> None:
    def told(own: str) -> str:
        item = bag(Material="Canvas")
        facts = item.facts["en-US"].model_copy(update={"description": own})
        item = item.model_copy(update={"facts": {"en-US": facts}})
        return made(item, "seo_description").extra["seo_description"]

    long = "When your day is longer than your list, you need a friend that carries it all, "
    assert "Vela Tote" in told(f"{long}and that keeps on carrying while you are at it.")
    assert re.search(r"^The Vela Tote goes where you go. It is made (?:of|from) canvas.$",
                     told("The Vela Tote goes where you go."))  # fmt: skip


def test_a_camera_is_asked_for_what_it_can_see() -> None:
    rows = {"Material": "Canvas", "Weight": "600 g", "Warranty": "2 years"}
    script = made(bag(**rows), "video_script").extra["video_script"]
    assert "close-up: Material" in script
    assert re.search(r"words in the picture: [^)]*Weight", script)
    assert "close-up: Weight" not in script


def test_topics_are_words_that_people_follow() -> None:
    tags = made(bag(Color="Blue", Material="Nylon, Polyester"), "hashtags").extra["hashtags"]
    assert tags.split()[0] == "#VelaTote"
    assert "#totes" in tags
    assert "bags" not in tags  # "Bags & Totes": it is a tote
    long = bag(title="Montana Light Wind Jacket", category="Jackets")
    assert made(long, "hashtags").extra["hashtags"] == "#jackets"
    chinese = product("某牌男式凉感珠地网眼编织立领短袖T恤", category="男装")
    assert made(chinese, "hashtags").extra["hashtags"].split()[0] == "#T恤"


def test_search_words_are_no_link_words() -> None:
    terms = made(bag(Material="Nylon, Polyester"), "search_terms").extra["search_terms"].split()
    assert {"vela", "tote", "nylon", "polyester"} <= set(terms)
    assert not {"and", "&"} & set(terms)


@pytest.mark.parametrize(
    ("colour", "searched"), [("深灰色", True), ("柔情粉", False), ("米白", True)]
)
def test_a_colour_that_nobody_types_is_no_keyword(colour: str, searched: bool) -> None:
    words = made(product("某牌抱枕", category="家纺", 颜色=colour), "keywords").keywords
    assert any(colour in word for word in words) == searched


def test_a_keyword_of_a_colour_has_a_thing_in_it() -> None:
    words = made(product("某牌 Note8", category="手机", 颜色="金色"), "keywords").keywords
    assert not [word for word in words if "金色" in word]


def test_no_code_is_cut_at_its_bracket() -> None:
    heaped = "某牌夹克男外套时尚休闲立领jacket男装工装衣服男上衣 801(米白)1D1D50101040 170/88A/L"
    title = made(product(heaped, category="男装"), on="pinduoduo").title
    assert title == "某牌夹克男外套时尚休闲立领jacket男装工装衣服男上衣"


def test_a_size_in_a_word_stands_before_its_name() -> None:
    text = made(product("某牌手袋", category="箱包", 材质="皮革", 尺寸="迷你", 颜色="黑色"))
    assert "迷你尺寸" in text.description


def test_what_a_catalog_puts_under_a_kind_keeps_its_own_name() -> None:
    rows = (
        Attribute(name="花材种植地", value="厄瓜多尔", kind="origin"),
        Attribute(name="颜色", value="妖姬蓝", kind="colour"),
    )
    item = product("某牌永生花", category="家饰")
    facts = item.facts["zh-CN"].model_copy(update={"attributes": rows})
    text = made(item.model_copy(update={"facts": {"zh-CN": facts}}), "qa")
    assert "花材种植地：厄瓜多尔" in text.bullets
    assert "产自" not in text.description
    assert "产地是哪里" not in text.extra["qa"]


def test_the_number_of_a_standard_is_no_colour() -> None:
    item = product("某牌猫抓板", category="宠物", 颜色="GB/T 28495-2012", 材质="桐木", 重量="200g")
    assert "28495" not in made(item).model_dump_json()
    told = [f.message["zh"] for f in conflicts(item, Brief(channel="shopify", locale="zh-CN"))]
    assert told == ["“颜色”一栏写的是标准号“GB/T 28495-2012”。"]
    assert "GB/T 28495-2012" in made(product("某牌猫抓板", 执行标准="GB/T 28495-2012")).bullets[0]


def test_the_thing_of_a_heaped_title_is_the_last_one_and_its_model_stays() -> None:
    heaped = "北辰 BH-705 银白色 5.0真无线蓝牙耳机迷你运动跑步音乐商务入耳式安卓苹果手机蓝牙耳机"
    item = product(heaped, category="")
    assert "手机" not in made(item, "keywords").keywords
    assert made(item, on="xiaohongshu").title.startswith("北辰 BH-705")
    assert not re.search("手机(?!蓝牙)", made(item, on="xiaohongshu").title)
    long = "北辰（NORTH）WH-1000XM3 高解析度无线蓝牙降噪 头戴式耳机（触控面板）"
    title = made(product(long, category="耳机"), on="xiaohongshu").title
    assert "WH-1000XM3" in title
    assert title.endswith("耳机")
    named = "北辰（Northern）MomentumTrue 真无线蓝牙hifi发烧入耳式降噪超长续航运动音乐耳机 蓝牙5.0"
    title = made(product(named, category=""), on="taobao").title
    assert "MomentumTrue" in title
    assert title.endswith("耳机")


def test_a_short_title_never_begins_in_the_middle_of_a_model() -> None:
    item = product("Orions Powersound Pro 完全无线降噪高性能超长续航耳机", category="耳机")
    assert made(item, "short_title").extra["short_title"] == "Orions 耳机"


@pytest.mark.parametrize(
    ("title", "shelf", "told"),
    [
        ("某牌女式长袖T恤 黑色", "生活电器", True),
        ("某牌 Note7 游戏智能手机", "家电 > 生活电器", True),
        ("某牌 Note7 游戏智能手机", "数码 > 手机", False),
        ("某牌电饭煲", "生活电器", False),
    ],
)
def test_a_thing_on_the_shelf_of_others_is_told(title: str, shelf: str, told: bool) -> None:
    item = product(title, category=shelf, 颜色="黑色", 产地="中国")
    assert bool(list(conflicts(item, Brief(channel="shopify", locale="zh-CN")))) == told


def test_values_that_begin_with_about_or_a_grade_read_as_they_should() -> None:
    text = made(product("某牌挂钟", category="家饰", 能源="5号电池×1", 尺寸="约宽4.5×高6cm"))
    assert "能源为5号电池×1" in text.description
    assert "尺寸约宽4.5×高6cm" in text.description
    own = product("某牌皮垫", "盖毯、沙发垫、椅垫、地垫", 材质="羊毛皮", 颜色="白色")
    assert "椅垫" not in made(own).description


def test_a_phones_names_are_said_once_and_what_it_works_with_is_not_the_thing() -> None:
    heaped = "【二手95新】Pearl Phonex XSmax珍珠x xsmax"
    text = made(product(heaped, "国行 二手手机 XS max银色 64G 全网通", category="数码 > Phones"))
    assert "Pearl Phonex XSmax 二手手机" in text.description
    item = product(
        "北辰笔记本电脑BookPro 14 i5 16G 1T 14英寸轻薄办公本/手机互联 深空灰", category="电脑"
    )
    assert "手机" not in made(item, "keywords").keywords
    pear = product("Pear Phone 8 (A1863)", "64GB 深空灰色 移动联通电信4G手机", category="手机")
    assert "移动" not in made(pear, on="xiaohongshu").title

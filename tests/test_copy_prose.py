"""How listings read, continued: order, posts, answers, scripts, drafts and parts of goods."""

from __future__ import annotations

import re

import pytest

from studio import channels, checks
from studio.compliance import load as rules_of
from studio.copywriter import Order, conflicts
from studio.copywriter.judge import nonsense, stiff
from studio.copywriter.planning import floor_of
from studio.engines.floor import speech
from studio.engines.guard import Row
from studio.engines.phrases import ready
from studio.schema import Attribute, Brief, ClaimStatus, Facts, Product, Severity
from tests.test_copy_reading import product, work


@pytest.mark.parametrize("scrap", ["Heated plate for creases.", "Everything you need, plus more."])
def test_what_can_be_chosen_comes_last_and_a_bare_noun_closes_nothing(scrap: str) -> None:
    below = (
        f"Buy now, free shipping! The plate warms up in a minute. {scrap} Ideal for a small home."
    )
    facts = Facts(
        title="Acme Press",
        description=below,
        category="Irons",
        attributes=(
            Attribute(name="Weight", value="2 kg"),
            Attribute(name="Color", value="black | white", kind="choice:colour"),
        ),
    )
    item = Product(id="p", locale="en-US", facts={"en-US": facts})
    said = work(item).floor.description
    assert scrap not in said
    assert said.index("2 kg") < said.index("Ideal for") < said.index("black or white")


def test_a_post_names_what_its_it_stands_for() -> None:
    below = "Stay on your way whatever comes."
    item = product("Acme Coat", below, "Coats", locale="en-US", Material="wool", Color="black")
    brief = Brief(channel="shopify", locale="en-US", fields=("social",))
    text = floor_of(Order(item, brief, channels.load("shopify"))).floor.extra["social"]
    assert "whatever comes. " in text
    assert " It is" not in text


def test_shots_carry_no_figure_of_their_own() -> None:
    item = product("手机", "", "手机", 摄像头="三摄", 颜色="黑色", 存储容量="128GB")
    brief, channel = (
        Brief(channel="shopify", locale="zh-CN", fields=("video_script", "qa")),
        channels.load("shopify"),
    )
    text = floor_of(Order(item, brief, channel)).floor
    claims, findings = checks.examine(
        dict(text.parts()), checks.context_of(item, brief, channel), rules_of()
    )
    assert "镜头二" in text.extra["video_script"]
    assert all(claim.status is ClaimStatus.SUPPORTED for claim in claims)
    assert not [f for f in findings if f.blocks]


def test_a_question_is_asked_of_what_the_fact_is_called() -> None:
    item = product("糕点", 净含量="80克", 规格="四枚装")
    brief = Brief(channel="shopify", locale="zh-CN", fields=("qa",))
    text = floor_of(Order(item, brief, channels.load("shopify"))).floor.extra["qa"]
    assert "问：净含量是多少？\n答：80克。" in text
    assert "问：是什么规格？\n答：四枚装。" in text


def test_a_maker_for_a_brand_is_no_brand() -> None:
    rows = {"材质": "100%棉", "尺寸": "200*230cm"}
    made = work(product("条纹四件套", category="床品", brand="某牌制造商", **rows)).floor
    assert "制造商" not in "".join(text for _, text in made.parts())
    assert work(product("条纹四件套", brand="某牌", **rows)).floor.title.startswith("某牌")


def test_one_point_of_advice_has_no_number() -> None:
    note = "1：清水漂洗后味道会散去。2：以实物为准。"
    rows = {"材质": "100%棉", "温馨提示": note}
    assert (
        "温馨提示：清水漂洗" in work(product("四件套", category="床品", **rows)).floor.description
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("材质", "面100%羊毛皮、衬100%聚酯纤维"),
        ("材质", "橡木+抽屉背板桐木"),
        ("填充物", "60%、90%驼绒/40%、10%驼毛"),
        ("承重", "S 15公斤以下、M 30公斤以下"),
        ("重量", "150×200cm 54kg、180×200cm 62kg"),
        ("厚度", "3cm，视干燥情况有浮动"),
    ],
)
def test_a_value_that_is_no_clause_stays_out_of_sentences(kind: str, value: str) -> None:
    rows = {kind: value, "尺寸": "40×40cm", "颜色": "白色", "产地": "中国"}
    made = work(product("坐垫", category="家纺", **rows))
    assert not [p for p in made.pieces.sentences if value in p.text]
    assert f"{kind}：{value}" in made.floor.bullets


def test_shares_that_do_not_make_a_whole_are_told() -> None:
    brief = Brief(channel="shopify", locale="zh-CN")
    wrong = list(conflicts(product("窗帘", 材质="36%聚酯纤维 74%粘胶纤维"), brief))
    assert [f.severity for f in wrong] == [Severity.HIGH]
    assert "110%" in wrong[0].message["zh"]
    assert not list(conflicts(product("窗帘", 材质="面料：100%棉；里料：80%锦纶20%氨纶"), brief))
    assert not list(conflicts(product("窗帘", 材质="33.3%棉 33.3%麻 33.3%涤"), brief))


def test_memory_and_storage_stay_in_one_sentence_of_a_draft() -> None:
    rows = {"运行内存": "6GB", "存储容量": "64GB", "颜色": "黑色"}
    facts = product("某牌手机", category="手机", **rows).in_locale("zh-CN")
    row = Row(speech(facts, "", "zh-CN"), zh=True)
    memory, storage, colour = row.speech.phrases
    assert row.kin(memory, storage)
    assert not row.kin(storage, colour)
    assert row.near == [memory]
    row.said.add(memory)
    assert row.near == [storage]  # what was begun is told to its end
    row.said.add(storage)
    assert row.near == [colour]


def test_a_value_after_the_name_that_has_it_too_is_bound_rightly() -> None:
    item = product("Cast Iron Skillet", locale="en-US", Material="cast iron", Diameter="26 cm")
    told = ready(item.in_locale("en-US"), "en-US")
    text = "The Cast Iron Skillet is made of cast iron and has a diameter of 26 cm."
    assert not nonsense(text, told, ["Cast Iron Skillet"], "en-US", ())
    wrong = "The Cast Iron Skillet is made of 26 cm and is cast iron."
    assert "made of" in nonsense(wrong, told, ["Cast Iron Skillet"], "en-US", ())


def test_a_scene_is_not_set_for_nothing() -> None:
    for after, stands in ((" This bright light cubes brings life.", False), (" It glows.", True)):
        below = f"There is life in outer space.{after}"
        item = product("Acme Lamp", below, "Lamps", locale="en-US", Material="oak", Color="black")
        assert ("outer space" in work(item).floor.description) is stands


@pytest.mark.parametrize(
    "text",
    [
        "The Acme Top is made of wool and comes in green. It comes in sizes S and M.",
        "The Acme Top is made of wool. It is 60 cm long and weighs 2 kg. The Acme Top runs on air.",
        "A top for work. The Acme Top weighs 2 kg. It is made of wool and has a length of 60 cm.",
    ],
)
def test_a_draft_that_is_choppy_gives_way(text: str) -> None:
    assert stiff(text, "en-US")


def test_several_colours_are_asked_for_as_several() -> None:
    for value, question in (("红色/ 蓝色", "有哪些颜色可选？"), ("红色", "是什么颜色？")):
        brief = Brief(channel="shopify", locale="zh-CN", fields=("qa",))
        item = product("毯子", 颜色=value, 材质="棉")
        text = floor_of(Order(item, brief, channels.load("shopify"))).floor.extra["qa"]
        assert question in text


def test_two_sizes_are_asked_for_by_their_names() -> None:
    brief = Brief(channel="shopify", locale="zh-CN", fields=("qa",))
    sizes = {"颈圈尺寸": "30-45cm", "拉带尺寸": "120cm"}
    told = tuple(Attribute(name=k, value=v, kind="size") for k, v in sizes.items())
    item = product("牵引绳", 材质="尼龙")
    facts = item.facts["zh-CN"].model_copy(update={"attributes": told})
    item = item.model_copy(update={"facts": {"zh-CN": facts}})
    text = floor_of(Order(item, brief, channels.load("shopify"))).floor.extra["qa"]
    asked = [line for line in text.splitlines() if line.startswith("问：")]
    assert len(asked) == len(set(asked)) == 2


def test_a_question_without_a_verb_leans_on_the_one_before() -> None:
    below = "You save 20 % now: soft fabric? Cute details? Whatever it is, you know it."
    item = product("Acme Top", below, "Tops", locale="en-US", Material="cotton", Color="black")
    assert "Cute" not in work(item).floor.description
    assert "Whatever" not in work(item).floor.description


def test_a_fact_that_is_left_alone_gets_company() -> None:
    rows = {"处理器": "骁龙660", "运行内存": "6GB", "存储容量": "64GB", "电池容量": "4000mAh"}
    rows |= {"屏幕": "7英寸", "屏幕类型": "珍珠屏", "网络制式": "全网通", "屏占比": "90%"}
    rows |= {"颜色": "红色"}
    made = work(product("某牌8X", category="手机", **rows)).pieces.sentences
    assert all(len(piece.says) > 1 for piece in made)


def test_a_draft_is_offered_what_belongs_together_in_a_row() -> None:
    rows = {"材质": "100%棉", "颜色": "绿色", "产地": "中国", "图案": "条纹"}
    facts = product("四件套", category="床品", **rows).in_locale("zh-CN")
    names = list(speech(facts, "", "zh-CN").phrases)
    assert names.index("图案") == names.index("材质") + 1


def test_no_tag_glues_the_figures_of_a_fraction() -> None:
    brief = Brief(channel="shopify", locale="zh-CN", fields=("hashtags",))
    item = product("化妆盒 1/2", brand="某牌", category="收纳", 材质="塑料", 颜色="白色")
    text = floor_of(Order(item, brief, channels.load("shopify"))).floor.extra["hashtags"]
    assert "12" not in text
    assert "#收纳" in text


def test_sizes_of_things_are_not_asked_for_as_clothes_sizes() -> None:
    brief = Brief(channel="shopify", locale="zh-CN", fields=("qa",))
    item = product("坐垫", 规格尺寸="方形38*38cm、圆形40*40cm", 材质="棉")
    text = floor_of(Order(item, brief, channels.load("shopify"))).floor.extra["qa"]
    assert "尺码" not in text


def test_goods_without_a_word_for_them_are_told_by_their_facts() -> None:
    rows = {
        "摄像头": "双摄",
        "颜色": "黑色",
        "存储容量": "64GB",
        "处理器": "骁龙660",
        "内存": "6GB",
    }
    said = work(product("某牌 Note7", **rows)).floor.description
    assert re.search("处理器，内存6GB，存储容量64GB", said)


def test_memory_without_its_unit_is_read_as_it_stands() -> None:
    made = work(product("某牌 Note8 手机", "冰翡翠 全网通6+128", "手机")).floor
    assert "规格：6+128" in made.bullets


def test_what_a_part_is_made_of_is_not_said_of_the_whole() -> None:
    rows = {"颜色": "米白色", "产地": "中国"}
    item = product("云朵沙发", category="家具", **rows)
    frame = Attribute(name="框架材质", value="钢管", kind="material")
    facts = item.facts["zh-CN"].model_copy(
        update={"attributes": (*item.facts["zh-CN"].attributes, frame)}
    )
    made = work(item.model_copy(update={"facts": {"zh-CN": facts}})).floor
    assert "框架材质：钢管" in made.bullets
    assert "框架材质为钢管" in made.description
    assert not [word for word in made.keywords if "钢管" in word]


def test_parts_that_a_value_names_are_no_material_of_the_whole() -> None:
    rows = {"Material": "polypropylene body and bamboo lid", "Capacity": "20 L"}
    made = work(product("Acme Box", category="Boxes", locale="en-US", **rows)).floor
    assert "made of" not in made.description.lower()
    assert "Material: polypropylene body and bamboo lid" in made.bullets


def test_a_post_that_opened_with_the_name_says_it_once_in_chinese() -> None:
    rows = {"容量": "350ml", "重量": "340g"}
    item = product("粗陶马克杯", "在窑里烧成的杯子，很结实。", "杯具", **rows)
    brief = Brief(channel="shopify", locale="zh-CN", fields=("social",), style="xiaohongshu")
    text = floor_of(Order(item, brief, channels.load("shopify"))).floor.extra["social"]
    assert text.partition("#")[0].count("粗陶马克杯") == 1

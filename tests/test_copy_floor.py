"""The floor: says what the row says, in two languages, and nothing else."""

from __future__ import annotations

import re

import pytest

from studio.engines import load, phrases
from studio.engines.floor import Pieces, compose
from studio.errors import InputError
from studio.schema import Attribute, Facts, Prompt

EN = {
    "Slate Kettle": {"Material": "stainless steel", "Capacity": "1.7L", "Power": "2200W"},
    "Trail Shoes": {
        "Upper": "recycled mesh",
        "Drop": "6 mm",
        "Weight": "280g",
        "Color": "Moss Green",
    },
    "Oak Stool": {"Width": "30 cm", "Height": "45 cm", "Depth": "30 cm", "Load capacity": "120 kg"},
    "Desk Lamp": {
        "Brightness levels": "5",
        "Color temperature": "2700-6500 K",
        "Charging": "USB-C",
    },
    "Face Serum": {"Volume": "30 ml", "Active": "10% vitamin C", "Fragrance": "fragrance-free"},
    "Puzzle": {"Pieces": "120", "Age": "8 years and up", "Theme": "forest animals"},
    "Rain Jacket": {"Fabric": "100% nylon", "Fit": "relaxed", "Water resistance": "10000 mm"},
}
ZH = {
    "水洗四件套": {"面料": "100% 棉", "件数": "4件", "工艺": "刺绣", "产地": "中国"},
    "便携充电宝": {"容量": "10000毫安时", "输出功率": "22.5瓦", "重量": "210克"},
    "电动牙刷": {"续航": "21天", "定时": "2分钟定时", "刷头": "含2个刷头"},
    "羽绒枕": {"外层面料": "100%棉", "填充物": "20%白鸭绒+80%白鹅毛片", "规格": "48*74cm"},
    "香薰蜡烛": {"香味": "雪松", "燃烧时间": "45小时", "颜色": "白色/ 灰色"},
}


def facts(title: str, rows: dict[str, str], **more: str) -> Facts:
    return Facts(
        title=title, attributes=tuple(Attribute(name=k, value=v) for k, v in rows.items()), **more
    )


def all_text(pieces: Pieces) -> str:
    told = (p.text for p in (*pieces.bullets, *pieces.sentences, *pieces.details))
    return "\n".join([pieces.title_joint.join(pieces.title), *told])


@pytest.mark.parametrize("seed", [1, 7, 42])
@pytest.mark.parametrize(
    ("locale", "title", "rows"),
    [("en-US", t, r) for t, r in EN.items()] + [("zh-CN", t, r) for t, r in ZH.items()],
)
def test_every_fact_is_said_and_no_number_is_new(
    locale: str, title: str, rows: dict[str, str], seed: int
) -> None:
    pieces = compose(facts(title, rows), "Norrvik", locale, seed)
    text = all_text(pieces)
    bare = re.sub(r"[\W_]+", "", text).lower()
    sides = {"Width", "Height", "Depth"}  # told together, as the next test has it
    for value in (v for k, v in rows.items() if k not in sides):
        for part in re.split(r"[/,]", value):
            assert re.sub(r"[\W_]+", "", part).lower() in bare.replace("×", "")
    given = set(re.findall(r"\d+(?:\.\d+)?", f"{title} {rows}"))
    assert set(re.findall(r"\d+(?:\.\d+)?", text)) <= given
    assert "{" not in text
    assert "[" not in text
    assert not re.search(r"  |\.\.|。。|，。|,\.|：：", text)


def test_sides_are_told_together() -> None:
    pieces = compose(facts("Oak Stool", EN["Oak Stool"]), "", "en-US")
    assert "Dimensions: 30 × 30 × 45 cm (W × D × H)" in [p.text for p in pieces.bullets]
    rows = {"宽": "30cm", "高度": "45cm", "长度": "20cm"}
    assert "长20cm、宽30cm、高45cm" in all_text(compose(facts("木凳", rows), "", "zh-CN"))


@pytest.mark.parametrize("title", EN)
def test_english_sentences_are_sentences(title: str) -> None:
    for seed in range(6):
        pieces = compose(facts(title, EN[title]), "", "en-US", seed)
        sentences = [p.text for p in pieces.sentences]
        for sentence in (*sentences, *(p.again for p in pieces.sentences), pieces.close):
            assert sentence[0].isupper()
            assert sentence.endswith(".")
        verbs = (
            "have|are|come|hold|weigh"
            if title == "Trail Shoes"
            else "has|is|comes|holds|weighs|measures|contains"
        )
        assert re.search(rf"\b(?:{verbs})\b", sentences[0])


def test_seeds_vary_the_words_and_repeat_them() -> None:
    texts = {all_text(compose(facts("Mug", EN["Slate Kettle"]), "", "en-US", s)) for s in range(12)}
    assert len(texts) > 3
    once = compose(facts("Mug", EN["Slate Kettle"]), "", "en-US", 5)
    assert compose(facts("Mug", EN["Slate Kettle"]), "", "en-US", 5) == once


@pytest.mark.parametrize(
    ("locale", "value", "shown"),
    [
        ("en-US", "750ml", "750 ml"),
        ("en-US", "40*30cm", "40 × 30 cm"),
        ("en-US", "220-240V", "220-240 V"),
        ("en-US", "12GB+256GB", "12 GB+256 GB"),
        ("en-US", "Wool|Nylon|Silk", "Wool, Nylon and Silk"),
        ("en-US", "WiFi 6E", "WiFi 6E"),
        ("en-US", "MK2L200", "MK2L200"),
        ("zh-CN", "750 ml", "750ml"),
        ("zh-CN", "40 * 30 cm", "40×30cm"),
        ("zh-CN", "红色/ 黄色", "红色、黄色"),
        ("zh-CN", "100% 棉", "100%棉"),
        ("zh-CN", "外层：棉 内层：涤纶", "外层棉，内层涤纶"),
    ],
)
def test_values_are_written_as_the_language_writes_them(
    locale: str, value: str, shown: str
) -> None:
    assert phrases.tidy(value, locale.split("-")[0]) == shown


def test_chinese_facts_are_carried_into_english_or_left_out() -> None:
    rows = {
        "材质": "100%棉",
        "颜色": "白色",
        "容量": "750毫升",
        "工艺": "苏绣双面异色",
        "产地": "中国",
    }
    text = all_text(compose(facts("四件套", rows), "", "en-US", 3))
    for said in ("100% cotton", "white", "750 ml", "China", "Material:", "Color:"):
        assert said in text
    assert "苏绣" not in text
    assert "工艺" not in text


def test_english_facts_are_carried_into_chinese() -> None:
    rows = {"Material": "Stainless Steel", "Color": "Matte Black", "Capacity": "750ml"}
    text = all_text(compose(facts("Norrvik Bottle", rows), "Norrvik", "zh-CN", 3))
    for said in ("材质：不锈钢", "颜色：哑光黑", "容量：750ml"):
        assert said in text


@pytest.mark.parametrize(
    ("name", "value"),
    [("has_options", "1"), ("Eco", "No"), ("体积", "0.00"), ("颜色", "无"), ("Note", "n/a")],
)
def test_shop_fields_and_empty_values_are_left_out(name: str, value: str) -> None:
    locale = "zh-CN" if phrases.is_cjk(name) else "en-US"
    told = phrases.ready(facts("Mug", {name: value, "Weight": "2 kg", "重量": "2kg"}), locale)
    assert name.lower() not in [f.name.lower() for f in told]


def test_the_merchants_own_sentences_are_kept_clean() -> None:
    text = (
        "A kettle for slow mornings. Order now, free shipping today! See www.shop.example.com. "
        "It boils quietly.\n• Removable filter\n• Cord storage\n保温壶。"
    )
    pieces = compose(facts("Kettle", {"Power": "2200 W"}, description=text), "", "en-US")
    assert pieces.own == ("A kettle for slow mornings.",)  # "It ..." leans on what was dropped
    assert [b.text for b in pieces.bullets if b.own] == ["Removable filter", "Cord storage"]


def test_a_long_chinese_title_gets_a_short_name() -> None:
    title = "HUAWEI Mate 50 Pro 曲面旗舰 超光变XMAGE影像 北斗卫星消息 256GB 冰霜银 华为鸿蒙手机"
    assert len(compose(facts(title, {}), "", "zh-CN").name) <= 20
    soup = "七匹狼夹克男外套时尚休闲立领jacket男装工装衣服男上衣"
    assert compose(facts(soup, {}), "", "zh-CN").name == "七匹狼夹克"


def test_a_name_keeps_its_brackets_and_numbers_where_they_belong() -> None:
    assert (
        compose(facts("Multigroom Kit 10-in-1", {}), "", "en-US").name == "Multigroom Kit 10-in-1"
    )
    assert compose(facts("Coffee Maker 1.5L", {}), "", "en-US").name == "Coffee Maker"
    assert compose(facts("蔻驰（COACH）女士托特包", {}), "", "zh-CN").name == "蔻驰女士托特包"


def test_nothing_but_a_name_still_gives_a_sentence() -> None:
    for locale, title in (("en-US", "Mug"), ("zh-CN", "马克杯")):
        pieces = compose(facts(title, {}), "", locale)
        assert title in pieces.bare
        assert pieces.close


def test_the_template_engine_answers_prompts() -> None:
    engine = load("copy", "template")
    prompt = Prompt(
        purpose="listing",
        locale="en-US",
        system="",
        user="",
        facts=facts("Mug", {"Capacity": "350 ml"}),
        brand="Norrvik",
        seed=3,
    )
    heard: list[str] = []
    reply = engine.write(prompt, on_text=heard.append)
    assert '"title": "Norrvik Mug, 350 ml"' in reply
    assert heard == [reply]
    assert engine.ready() == ""
    text = engine.write_many([prompt.model_copy(update={"purpose": "description"})])[0]
    assert "350 ml" in text
    assert "{" not in text


def test_a_wrong_phrase_bank_names_the_file(tmp_path) -> None:
    (tmp_path / "prompts" / "phrases").mkdir(parents=True)
    (tmp_path / "prompts" / "phrases" / "en.yaml").write_text("kinds: 3")
    with pytest.raises(InputError) as caught:
        phrases.bank("en", (tmp_path,))
    assert "en.yaml" in caught.value.where


def test_placeholder_latin_and_promotion_are_no_copy() -> None:
    latin = "Nam sed consequat tortor. Vivamus et massa massa quis. A single on vinyl."
    assert compose(facts("Single", {}, description=latin), "", "en-US").own == (
        "A single on vinyl.",
    )
    title = "蔻驰（COACH）七夕礼物 女士托特包 【现货包邮】黑色"
    pieces = compose(facts(title, {"材质": "牛皮"}), "", "zh-CN")
    assert pieces.title[0] == "蔻驰（COACH） 女士托特包 黑色"


def test_a_sentence_of_the_merchants_with_a_slip_is_not_repeated() -> None:
    told = "Show your different sides with a Saleor styles. A dress. It has a lens."
    assert compose(facts("Tee", {"Material": "cotton"}, description=told), "", "en-US").own == (
        "A dress.",
        "It has a lens.",
    )
    told = "Run in the water-resistance Mimi Short. No need to worry either, with flat seams."
    assert compose(facts("Mimi", {"Material": "nylon"}, description=told), "", "en-US").own == ()


def test_facts_of_one_kind_keep_their_own_names() -> None:
    rows = {"外层面料": "棉", "面料材质": "涤纶", "颜色": "白色"}
    pieces = compose(facts("记忆枕", rows), "", "zh-CN")
    said = "".join(p.text for p in pieces.sentences)
    assert "外层面料为棉" in said
    assert "面料材质为涤纶" in said
    assert "外层面料：棉" in [p.text for p in pieces.bullets]

"""Claims are bound to the fact that they speak of, and to no other."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.grounding import ground
from studio.schema import Attribute, Claim, Context, Evidence

ON = date(2026, 5, 1)


def claims(
    text: str, facts: dict[str, str], *papers: Evidence, name: str = ""
) -> tuple[Claim, ...]:
    attributes = tuple(Attribute(name=k, value=v) for k, v in facts.items())
    context = Context(name=name, attributes=attributes, evidence=papers, on=ON)
    return ground({"description": text}, context)


def status(text: str, span: str, facts: dict[str, str], *papers: Evidence, name: str = "") -> str:
    """The status of the claim that covers the span; "none" when there is no such claim."""
    start = text.index(span)
    found = [
        c
        for c in claims(text, facts, *papers, name=name)
        if c.start < start + len(span) and start < c.end
    ]
    order = ["contradicted", "exceeded", "unsupported", "supported"]
    return min((c.status.value for c in found), key=order.index, default="none")


# text, the words in question, attributes, expected status
QUANTITIES = [
    # the same amount in other words
    ("壶身能装一千五百毫升", "一千五百毫升", {"capacity": "1.5 L"}, "supported"),
    ("容量1.8升", "1.8升", {"容量": "1500ml"}, "exceeded"),
    ("Holds half a litre.", "half a litre", {"volume": "500 ml"}, "supported"),
    ("A 34 oz pitcher", "34 oz", {"capacity": "1 L"}, "supported"),
    ("A 40 oz pitcher", "40 oz", {"capacity": "1 L"}, "exceeded"),
    ("净含量两斤半", "两斤半", {"net_content": "1250 g"}, "supported"),
    ("Weighs just 2.2 lb", "2.2 lb", {"weight": "1 kg"}, "supported"),
    ("Weighs 900 g", "900 g", {"weight": "1.4 kg"}, "contradicted"),
    ("整机重3公斤", "3公斤", {"重量": "3000 g"}, "supported"),
    # bound by what they are about
    (
        "Battery lasts 8 hours",
        "8 hours",
        {"battery_life": "20 h", "charge_time": "8 h"},
        "contradicted",
    ),
    ("Charges in 2 hours", "2 hours", {"battery_life": "20 h", "charge_time": "2 h"}, "supported"),
    ("Charges in 1 hour", "1 hour", {"battery_life": "20 h", "charge_time": "2 h"}, "exceeded"),
    ("充电只需两小时", "两小时", {"续航": "2小时", "充电时间": "4小时"}, "exceeded"),
    ("续航长达60小时", "60小时", {"battery_life": "36 小时"}, "exceeded"),
    ("续航36小时", "36小时", {"battery_life": "36 h"}, "supported"),
    ("质保三年", "三年", {"warranty": "1 年"}, "exceeded"),
    ("Comes with a five-year warranty", "five-year", {"warranty": "2 years"}, "exceeded"),
    ("2-year warranty included", "2-year", {"warranty": "24 months"}, "supported"),
    ("最大承重150公斤", "150公斤", {"max_load": "120 kg", "weight": "150 kg"}, "exceeded"),
    (
        "椅子自重8公斤，承重120公斤",
        "120公斤",
        {"max_load": "120 kg", "weight": "8 kg"},
        "supported",
    ),
    ("Supports up to 300 lbs", "300 lbs", {"max_load": "136 kg"}, "supported"),
    ("Supports up to 400 lbs", "400 lbs", {"max_load": "136 kg"}, "exceeded"),
    ("10 mm battery life", "10 mm", {"driver": "10 mm", "battery_life": "30 h"}, "unsupported"),
    ("The 10 mm driver sounds clear", "10 mm", {"driver": "10 mm"}, "supported"),
    ("座高48厘米", "48厘米", {"seat_height": "45 cm", "height": "90 cm"}, "contradicted"),
    ("总高90厘米", "90厘米", {"seat_height": "45 cm", "height": "90 cm"}, "supported"),
    ("保质期18个月", "18个月", {"shelf_life": "12个月"}, "exceeded"),
    ("Stays cold for 24 hours", "24 hours", {"cold_retention": "12 h"}, "exceeded"),
    ("Keeps drinks cold for 12 hours", "12 hours", {"cold retention": "12 h"}, "supported"),
    ("运行噪音低至20分贝", "20分贝", {"noise": "38 dB"}, "exceeded"),
    ("38 dB quiet operation", "38 dB", {"noise_level": "38 dB(A)"}, "supported"),
    ("甲醛释放量0.02mg/m³", "0.02mg/m³", {"formaldehyde_emission": "0.05 mg/m³"}, "exceeded"),
    ("每100克含蛋白质20克", "20克", {"protein_per_100g": "12 g"}, "exceeded"),
    ("12 g protein per 100 g", "12 g", {"protein_per_100g": "12 g"}, "supported"),
    ("蛋白质含量32%", "32%", {"protein": "28%"}, "exceeded"),
    ("脱水转速1400转", "1400转", {"max_spin": "1200 rpm"}, "exceeded"),
    ("Delivers 60 N·m of torque", "60 N·m", {"max_torque": "45 N·m"}, "exceeded"),
    ("亮度达到800流明", "800流明", {"brightness": "800 lm"}, "supported"),
    ("65W 快充", "65W", {"charging_power": "33 W"}, "exceeded"),
    ("A 1.7 L kettle", "1.7 L", {"capacity": "1.2 L"}, "exceeded"),
    (
        "Kept in oak for eighteen years, an 18-year-old malt",
        "18-year-old",
        {"age_statement": "12 years"},
        "exceeded",
    ),
    ("十年陈酿", "十年", {"年份": "5年"}, "exceeded"),
    ("SPF 50 day cream", "SPF 50", {"spf": "SPF 30"}, "exceeded"),
    ("SPF30日霜", "SPF30", {"spf": "30"}, "supported"),
    ("水深100米可用，防水100米", "防水100米", {"waterproof": "5 ATM"}, "exceeded"),
    ("防水50米", "50米", {"waterproof": "5 ATM"}, "supported"),
    ("IPX8 防水", "IPX8", {"waterproof": "IPX5"}, "exceeded"),
    ("IP67 rated", "IP67", {"protection": "IP67"}, "supported"),
    ("一级能效，省电", "一级能效", {"energy_grade": "三级"}, "exceeded"),
    ("Energy class A", "Energy class A", {"energy_class": "D"}, "exceeded"),
    ("316不锈钢内胆", "316不锈钢", {"material": "304不锈钢"}, "contradicted"),
    ("Bluetooth 5.4 chip", "Bluetooth 5.4", {"bluetooth_version": "5.0"}, "contradicted"),
    ("USB 3.2 port", "USB 3.2", {"ports": "USB 3.2 x2"}, "supported"),
    ("酒精度52度", "52度", {"abv": "42%vol"}, "contradicted"),
    ("53度酱香", "53度", {"abv": "53%vol"}, "supported"),
    ("开合角度可达120度", "120度", {"view_angle": "120°"}, "supported"),
    ("耐温180度", "180度", {"耐温": "-40~230℃"}, "supported"),
    ("9 g of sugar per 100 g", "100 g", {"sugar_per_100g": "9 g"}, "none"),
    # bounds
    ("Runs for over 10 hours", "over 10 hours", {"runtime": "12 h"}, "supported"),
    ("Runs for over 15 hours", "over 15 hours", {"runtime": "12 h"}, "exceeded"),
    ("Weighs less than 2 kg", "less than 2 kg", {"weight": "1.6 kg"}, "supported"),
    ("Weighs under 1 kg", "under 1 kg", {"weight": "1.6 kg"}, "contradicted"),
    ("重量不超过500克", "不超过500克", {"weight": "480 g"}, "supported"),
    ("用水温度60-90℃", "60-90℃", {"temperature": "60-90 ℃"}, "supported"),
    ("about 3 hours to charge", "3 hours", {"charge_time": "3.1 h"}, "supported"),
    # sizes and counts
    ("尺寸60x40x35厘米", "60x40x35厘米", {"dimensions": "60 × 40 × 35 cm"}, "supported"),
    ("Size 60 x 50 cm", "60 x 50 cm", {"dimensions": "60 x 40 cm"}, "contradicted"),
    ("16-inch pan", "16-inch", {"diameter": "40.6 cm"}, "supported"),
    ("A set of 6 pieces", "6 pieces", {"pieces": "4"}, "exceeded"),
    ("四件套", "四件套", {"件数": "4件"}, "supported"),
    ("全套六件", "六件", {"件数": "4件"}, "exceeded"),
    ("60 capsules a bottle", "60 capsules", {"count": "60"}, "supported"),
    ("12 lessons in all", "12 lessons", {"lessons": "10"}, "contradicted"),
    ("共320页", "320页", {"pages": "320"}, "supported"),
    ("course lasts ten weeks", "ten weeks", {"weeks": "10"}, "supported"),
    # no fact at all
    ("Cuts drying time by 45%", "45%", {"power": "900 W"}, "unsupported"),
    ("覆盖面积200平方米", "200平方米", {"颜色": "白色"}, "unsupported"),
    ("电量20000mAh", "20000mAh", {}, "unsupported"),
    # not about the goods
    ("Return within 30 days", "30 days", {"battery_life": "8 h"}, "none"),
    ("请在48小时内发货", "48小时", {"battery_life": "8 h"}, "none"),
    ("Apply twice a day for 20 minutes", "20 minutes", {"runtime": "3 h"}, "none"),
    ("用60度温水清洗", "60度", {"angle": "90°"}, "none"),
    ("现价199元", "199", {"重量": "2kg"}, "none"),
    ("save $20 today", "20", {"weight": "2 kg"}, "none"),
    ("按第3步安装", "3", {"pieces": "4"}, "none"),
]

MATTERS = [
    ("头层牛皮鞋面", "头层牛皮", {"材质": "PU"}, "contradicted"),
    ("真皮手袋", "真皮", {"material": "头层牛皮"}, "supported"),
    ("Genuine leather wallet", "leather", {"material": "PU leather"}, "contradicted"),
    ("Faux leather wallet", "Faux leather", {"material": "PU leather"}, "supported"),
    (
        "100% cotton tee",
        "100% cotton",
        {"composition": "60% cotton, 40% polyester"},
        "contradicted",
    ),
    ("60% cotton tee", "60% cotton", {"composition": "cotton 60%, polyester 40%"}, "supported"),
    ("纯棉T恤", "纯棉", {"成分": "棉65% 聚酯纤维35%"}, "contradicted"),
    ("纯棉T恤", "纯棉", {"成分": "棉100%"}, "supported"),
    ("羊毛含量70%", "70%", {"成分": "羊毛30% 腈纶70%"}, "contradicted"),
    ("含羊绒30%", "羊绒30%", {"composition": "羊毛70%，羊绒30%"}, "supported"),
    ("Made of solid oak", "oak", {"material": "MDF with oak-look foil"}, "contradicted"),
    ("实木餐桌", "实木", {"材质": "颗粒板"}, "contradicted"),
    ("纯银耳钉", "纯银", {"材质": "铜镀银"}, "contradicted"),
    ("纯银耳钉", "纯银", {"材质": "925银"}, "supported"),
    ("Gold-plated hoops", "Gold-plated", {"material": "gold-plated brass"}, "supported"),
    ("Solid gold hoops", "Solid gold", {"material": "gold-plated brass"}, "contradicted"),
    ("Merino socks", "Merino", {"composition": "70% wool, 30% nylon"}, "unsupported"),
    ("Wool socks", "Wool", {"composition": "70% merino, 30% nylon"}, "supported"),
    ("Filled with goose down", "goose down", {"filling": "duck down 90%"}, "contradicted"),
    ("高硼硅玻璃杯", "高硼硅玻璃", {"材质": "高硼硅玻璃"}, "supported"),
    ("Safe for leather and suede", "leather", {"material": "microfibre"}, "none"),
    ("Silk-like touch", "Silk", {"composition": "polyester 100%"}, "none"),
    ("丝滑手感，仿真丝面料", "真丝", {"成分": "聚酯纤维100%"}, "none"),
    ("Not leather: woven nylon", "leather", {"material": "nylon"}, "none"),
    ("不含羊毛", "羊毛", {"成分": "棉100%"}, "none"),
    ("Made in Italy", "Made in Italy", {"origin": "China"}, "contradicted"),
    ("Made in Italy", "Made in Italy", {"origin": "Tuscany, Italy"}, "supported"),
    ("Woven in Portugal", "Woven in Portugal", {"country_of_origin": "Portugal"}, "supported"),
    ("新西兰原装进口", "新西兰原装进口", {"产地": "中国广东（境内分装）"}, "contradicted"),
    ("新西兰进口", "新西兰进口", {"产地": "新西兰"}, "supported"),
    ("原产于云南", "云南", {"产地": "云南普洱"}, "supported"),
    ("原产于福建", "福建", {"产地": "中国"}, "unsupported"),
    (
        "Made in USA",
        "Made in USA",
        {"assembly": "assembled in USA from imported parts"},
        "contradicted",
    ),
    (
        "Assembled in Texas from imported parts",
        "Assembled in Texas",
        {"origin": "assembled in Texas, imported parts"},
        "supported",
    ),
    ("Designed in London", "London", {"origin": "China"}, "none"),
    ("德国进口面料，国内缝制", "德国进口", {"面料产地": "德国", "产地": "中国"}, "supported"),
    ("进口牛奶", "进口", {"产地": "内蒙古"}, "contradicted"),
    ("Comes in navy blue", "navy blue", {"colour": "forest green"}, "contradicted"),
    ("藏青色外套", "藏青色", {"颜色": "藏青色"}, "supported"),
    ("a blue bottle", "blue", {"colour": "midnight blue"}, "supported"),
    ("mint green tee", "mint green", {"colour": "moss green"}, "unsupported"),
    ("green tea flavour", "green", {"colour": "white"}, "none"),
]

FEATURES = [
    ("法国面料，国内剪裁", "法国面料", {"fabric_origin": "法国", "origin": "中国"}, "supported"),
    ("比旧款轻了35克", "35克", {"weight_change": "-35 g"}, "supported"),
    ("未配备蓝牙", "蓝牙", {"bluetooth": "无"}, "none"),
    ("法国原瓶葡萄酒", "法国原瓶", {"origin": "智利进口，国内灌装"}, "contradicted"),
    ("A waterproof coat", "waterproof", {"waterproof": "water-resistant"}, "contradicted"),
    ("2015年份干红", "2015年份", {"年份": "2018"}, "contradicted"),
    ("A 2018 vintage", "2018 vintage", {"vintage": "2018"}, "supported"),
    ("Dishwasher safe lid", "Dishwasher safe", {"dishwasher_safe": "no"}, "contradicted"),
    ("Dishwasher safe lid", "Dishwasher safe", {"dishwasher_safe": "yes"}, "supported"),
    ("可进洗碗机", "可进洗碗机", {"清洗": "仅限手洗"}, "contradicted"),
    ("支持无线充电", "无线充电", {"功能": "定时、遥控"}, "unsupported"),
    ("支持NFC", "NFC", {"nfc": "不支持"}, "contradicted"),
    ("不支持NFC", "NFC", {"nfc": "不支持"}, "none"),
    ("No Bluetooth, no fuss", "Bluetooth", {"connectivity": "USB-C"}, "none"),
    ("Works with Alexa", "Alexa", {"features": "timer"}, "unsupported"),
    (
        "Gluten-free muesli",
        "Gluten-free",
        {"ingredients": "oats, wheat flakes, honey"},
        "contradicted",
    ),
    ("Gluten-free muesli", "Gluten-free", {"ingredients": "rice, honey"}, "supported"),
    ("不含香精", "不含香精", {"成分": "水、甘油、香精"}, "contradicted"),
    ("无蔗糖饮品", "无蔗糖", {"配料": "水、白砂糖、茶叶"}, "contradicted"),
    ("Sugar free cola", "Sugar free", {"sugar_per_100ml": "5 g"}, "contradicted"),
    ("Alcohol-free lager", "Alcohol-free", {"abv": "4.5%"}, "contradicted"),
    ("Alcohol-free lager", "Alcohol-free", {"abv": "0.0%"}, "supported"),
    ("零添加防腐剂", "防腐剂", {"配料": "番茄、苯甲酸钠"}, "contradicted"),
    ("fragrance-free balm", "fragrance-free", {}, "unsupported"),
    ("Contains wheat and nuts", "nuts", {"ingredients": "wheat, almonds"}, "none"),
    (
        "Fits iPhone 15 Pro",
        "iPhone 15 Pro",
        {"compatibility": "iPhone 13, iPhone 14"},
        "contradicted",
    ),
    ("适用于iPhone 14", "iPhone 14", {"适用机型": "iPhone 13-15"}, "supported"),
    ("兼容安卓系统", "安卓", {}, "unsupported"),
    ("For ages 3 and up", "ages 3", {"age": "3 years+"}, "supported"),
    ("适合6个月以上宝宝", "6个月以上", {"适用年龄": "12个月以上"}, "contradicted"),
]


@pytest.mark.parametrize(("text", "span", "facts", "expected"), QUANTITIES + MATTERS + FEATURES)
def test_a_claim_is_held_against_the_right_fact(text, span, facts, expected):
    assert status(text, span, facts) == expected


def paper(**fields) -> Evidence:
    return Evidence(**fields)


OEKO = paper(
    type="certificate",
    title="OEKO-TEX Standard 100",
    number="19.HTR.55120",
    valid_until=date(2027, 1, 1),
)
OLD = OEKO.model_copy(update={"valid_until": date(2025, 1, 1)})
PAPERS = [
    ("OEKO-TEX certified sheets", "OEKO-TEX", [OEKO], "supported"),
    ("OEKO-TEX certified sheets", "OEKO-TEX", [OLD], "unsupported"),
    ("OEKO-TEX certified sheets", "OEKO-TEX", [], "unsupported"),
    ("GOTS certified sheets", "GOTS", [OEKO], "unsupported"),
    ("OEKO-TEX certificate no. 19.HTR.55120", "19.HTR.55120", [OEKO], "supported"),
    ("OEKO-TEX certificate no. 20.AAA.99887", "20.AAA.99887", [OEKO], "contradicted"),
    ("Approved by the FDA", "Approved by the FDA", [], "unsupported"),
    ("Not evaluated by the FDA", "FDA", [], "none"),
    ("未经FDA认证", "FDA认证", [], "none"),
    (
        "通过欧盟CE认证",
        "CE认证",
        [paper(type="certificate", title="CE 符合性声明", number="CE-88120")],
        "supported",
    ),
    (
        "通过欧盟CE认证",
        "CE认证",
        [paper(type="certificate", title="ISO 9001", number="Q-1")],
        "unsupported",
    ),
    (
        "有机认证大米",
        "有机认证",
        [
            paper(
                type="证书", title="有机产品认证证书", number="OF-22", valid_until=date(2026, 12, 1)
            )
        ],
        "supported",
    ),
    (
        "有机认证大米",
        "有机认证",
        [
            paper(
                type="证书", title="有机产品认证证书", number="OF-22", valid_until=date(2026, 4, 1)
            )
        ],
        "unsupported",
    ),
    ("OEKO-TEX and GOTS certified", "GOTS", [OEKO], "unsupported"),
    ("OEKO-TEX and GOTS certified", "OEKO-TEX", [OEKO], "supported"),
    ("荣获红点奖", "红点奖", [], "unsupported"),
    (
        "Red Dot award winner",
        "Red Dot",
        [paper(type="award", title="Red Dot Product Design 2025")],
        "supported",
    ),
    (
        "Clinically proven to calm skin",
        "Clinically proven",
        [paper(type="study", title="patch study", scope="ingredient, in vitro")],
        "unsupported",
    ),
    (
        "Clinically proven to calm skin",
        "Clinically proven",
        [
            paper(
                type="clinical study",
                title="calm skin study, 40 adults, finished cream",
                number="CS-4",
            )
        ],
        "supported",
    ),
    (
        "经临床验证",
        "临床验证",
        [paper(type="study", title="原料体外实验", number="S-1", scope="原料")],
        "unsupported",
    ),
    (
        "拥有发明专利",
        "发明专利",
        [paper(type="patent", title="发明专利 保温结构", number="ZL202310012345.6")],
        "supported",
    ),
    (
        "拥有发明专利",
        "发明专利",
        [paper(type="patent", title="发明专利申请受理通知书", number="202310012345.6")],
        "unsupported",
    ),
    ("Our patented lid", "patented", [], "unsupported"),
    (
        "通过1.5米跌落测试",
        "跌落测试",
        [paper(type="test_report", title="跌落测试报告", number="D-5")],
        "supported",
    ),
    (
        "FDA cleared TENS unit",
        "FDA cleared",
        [
            paper(
                type="licence", title="FDA 510(k)", number="K190001", scope="replacement pads only"
            )
        ],
        "unsupported",
    ),
    (
        "检验报告编号 JY-2026-31",
        "JY-2026-31",
        [paper(type="test_report", title="成分检验", number="JY-2026-31")],
        "supported",
    ),
    ("Board-certified dermatologist in the picture", "certified", [], "none"),
    ("gift-ready in a box", "gift", [], "none"),
]


@pytest.mark.parametrize(("text", "span", "papers", "expected"), PAPERS)
def test_a_paper_carries_only_what_it_covers(text, span, papers, expected):
    assert status(text, span, {}, *papers, name="TENS unit") == expected


def test_a_registration_number_may_stand_in_an_attribute():
    facts = {"注册证": "浙械注准20232140777"}
    assert status("浙械注准20232140777", "浙械注准", facts) == "supported"
    assert status("浙械注准20232149999", "浙械注准", facts) == "contradicted"


def test_a_claim_names_its_carrier_and_says_why():
    (claim,) = claims("充满电可用30天。", {"battery_life": "14 天"})
    assert (claim.carrier, claim.carrier_text) == ("attribute:battery_life", "14 天")
    assert claim.note["en"] == "text 30天, fact 14 天"
    assert claim.text == "30天"
    assert (claim.start, claim.end) == (5, 8)


def test_a_paper_is_named_by_its_number_or_title():
    (claim,) = claims("OEKO-TEX certified", {}, OLD)
    assert claim.carrier == "evidence:19.HTR.55120"
    assert "expired 2025-01-01" in claim.note["en"]


FLASK = {
    "Features": "Double-wall vacuum; keeps drinks cold 24 h or hot 12 h; screw lid with carry loop"
}
BOTTLE = {"功能": "双层真空；保冷24小时、保温12小时；旋盖带提环"}


@pytest.mark.parametrize("facts", [FLASK, BOTTLE])
@pytest.mark.parametrize(
    "text",
    [
        "keeps drinks cold for 24 hours or hot for 12 hours",
        "Hot for 12 hours, cold for 24 hours",
        "保冷24小时、保温12小时",
        "保温12小时，保冷24小时",
    ],
)
def test_each_number_of_an_attribute_with_several_finds_its_own(facts, text):
    found = [c for c in claims(text, facts) if c.kind == "duration"]
    assert [(c.status.value, c.carrier) for c in found] == [
        ("supported", f"attribute:{next(iter(facts))}")
    ] * 2


@pytest.mark.parametrize("facts", [FLASK, BOTTLE])
def test_a_number_that_the_attribute_lacks_is_still_caught(facts):
    assert status("Stays cold for 36 hours", "36 hours", facts) == "exceeded"
    assert status("保温18小时", "18小时", facts) in ("exceeded", "contradicted")


def test_a_number_that_the_attribute_gives_to_another_thing_is_not_contradicted():
    facts = {"specs": "battery life 20 h, charging time 3 h"}
    assert status("Battery life of 20 hours", "20 hours", facts) == "supported"
    assert status("Battery life of 3 hours", "3 hours", facts) == "unsupported"
    assert status("Battery life of 40 hours", "40 hours", facts) == "exceeded"


@pytest.mark.parametrize(
    "word", ["1,", "纯棉", "sugar free ", "fits iphone 15 ", "blue ", "进口", "patented ", "5kg "]
)
def test_a_text_of_one_word_gives_claims_in_proportion_to_its_length(word):
    facts = {"material": "cotton", "weight": "5 kg"}
    once, twice = (len(claims(word * n, facts)) for n in (300, 600))
    assert 1.8 * once <= twice <= 2.2 * once


def test_fields_are_kept_apart_and_offsets_count_code_points():
    texts = {"title": "😀 1.5L 水壶", "bullets.0": "重2kg"}
    context = Context(attributes=(Attribute(name="capacity", value="1.5 L"),))
    found = ground(texts, context)
    assert [(c.field, c.start, c.text, c.status.value) for c in found] == [
        ("title", 2, "1.5L", "supported"),
        ("bullets.0", 1, "2kg", "unsupported"),
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "\ud800\udc00 3kg \udfff",
        "\u202e5kg\u202c",
        "1" * 5000,
        "1," * 5000,
        "一二三千万亿" * 500,
        "½" * 3000,
        "5x" * 3000 + "cm",
        "-" * 5000,
        "half a " * 900,
        "通过" * 2000,
        "made in " * 1500,
        "不含" * 3000,
        "100% " * 2000,
        "Ⅷ㎏①②🄰" * 400,
        "1e999999 kg 9999999999999999999999 km" * 50,
    ],
)
def test_hostile_text_never_breaks_the_reader(hostile):
    facts = (Attribute(name=hostile[:300], value=hostile[:3000]), Attribute(name="", value=""))
    context = Context(attributes=facts, name=hostile[:50])
    for claim in ground({"t": hostile}, context):
        assert hostile[claim.start : claim.end] == claim.text


@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=60))
def test_any_text_and_any_facts(text, name, value):
    context = Context(attributes=(Attribute(name=name, value=value),), name=name)
    for claim in ground({"t": text}, context):
        assert text[claim.start : claim.end] == claim.text


@given(
    value=st.integers(2, 400),
    unit=st.sampled_from([("kg", "公斤"), ("h", "小时"), ("W", "瓦"), ("cm", "厘米"), ("L", "升")]),
)
def test_a_fact_told_in_the_other_language_is_carried(value, unit):
    english, han = unit
    facts = {"spec": f"{value} {english}"}
    text = f"参数{value}{han}"
    assert status(text, f"{value}{han}", facts) == "supported"

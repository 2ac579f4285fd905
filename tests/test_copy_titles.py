"""Facts in titles: what stands there is read, what does not is not, and too little is said so."""

from __future__ import annotations

import pytest

from studio import channels, checks, copywriter
from studio.compliance import load as rules_of
from studio.copywriter import lacking
from studio.engines import load
from studio.engines.titled import enriched, read
from studio.schema import Attribute, Brief, ClaimStatus, Facts, Product, Severity


def told(title: str, below: str = "", **more: str) -> dict[str, str]:
    facts = enriched(Facts(title=title, description=below, **more))
    return {a.name: a.value for a in facts.attributes}


def product(title: str, below: str = "", category: str = "", **rows: str) -> Product:
    facts = Facts(
        title=title,
        description=below,
        category=category,
        attributes=tuple(Attribute(name=k, value=v) for k, v in rows.items()),
    )
    return Product(id="p1", locale="zh-CN", facts={"zh-CN": facts})


@pytest.mark.parametrize(
    ("title", "below", "category", "facts"),
    [
        (
            "某牌 Neo 8 12GB+256GB 120W超快闪充 144Hz高刷 5000mAh长续航",
            "深海蓝 双卡双待",
            "手机",
            {
                "运行内存": "12GB",
                "存储容量": "256GB",
                "快充功率": "120W",
                "屏幕刷新率": "144Hz",
                "电池容量": "5000mAh",
                "颜色": "深海蓝",
                "支持功能": "双卡双待",
            },
        ),
        (
            "某牌短袖T恤男夏季纯棉圆领印花 深灰色 XL",
            "",
            "服装",
            {
                "袖长": "短袖",
                "适用性别": "男士",
                "适用季节": "夏季",
                "面料": "纯棉",
                "领型": "圆领",
                "颜色": "深灰色",
                "尺码": "XL",
            },
        ),
        (
            "【二手95新】某牌 X2 手机",
            "国行 64G 全网通",
            "手机",
            {"成色": "二手95新", "存储容量": "64G"},
        ),
        ("某牌口红 306# 3.5g", "", "美妆", {"色号": "306#", "净含量": "3.5g"}),
        ("收纳盒 半透明约150x220x169mm", "", "", {"尺寸": "约150x220x169mm", "颜色": "半透明"}),
        ("女士小号托特包单肩手提包PVC配皮", "", "箱包", {"尺寸": "小号", "材质": "PVC配皮"}),
        (
            "Merino Crew-Neck Sweater, Navy",
            "",
            "Clothing",
            {"Neckline": "crew neck", "Color": "navy"},
        ),
        ("Thermo Bottle 750 ml", "", "Kitchen", {"Capacity": "750 ml"}),
    ],
)
def test_what_stands_there_is_read(
    title: str, below: str, category: str, facts: dict[str, str]
) -> None:
    found = {k.lower(): v.lower() for k, v in told(title, below, category=category).items()}
    assert {k.lower(): v.lower() for k, v in facts.items()}.items() <= found.items()


@pytest.mark.parametrize(
    ("title", "category", "not_told"),
    [
        ("羊毛真丝洗衣液 2L", "服装护理", "面料"),  # cares for wool, is none
        ("皮革清洁剂", "箱包", "材质"),
        ("抗皱小白面霜", "美妆", "颜色"),
        ("儿童奶粉 900g", "食品", "颜色"),
        ("笔记本电脑双肩包15.6英寸", "箱包", "屏幕尺寸"),  # the laptop's, not the bag's
        ("口红套装 香氛小样1ml", "美妆", "净含量"),
        ("可水洗枕头", "床品", "工艺"),
        ("五金工具箱 足金", "工具", "颜色"),
        ("Leather Cleaner", "Shoes", "Material"),
        ("Wool Wash Detergent", "Clothing", "Material"),
        ("Blue Ridge Coffee Beans", "Food", "Color"),
    ],
)
def test_what_is_not_said_is_not_read(title: str, category: str, not_told: str) -> None:
    assert not_told not in told(title, category=category)


def test_the_catalog_has_the_first_word() -> None:
    rows = {"材质": "100%棉", "袖长": "长袖"}
    facts = product("短袖纯棉T恤", category="服装", **rows).in_locale("zh-CN")
    found = [(a.name, a.value) for a in enriched(facts).attributes]
    assert ("袖长", "长袖") in found
    assert not any(name in ("面料",) or value == "短袖" for name, value in found)


def test_a_title_that_goes_on_below_is_joined_and_the_line_is_no_sentence() -> None:
    facts = enriched(Facts(title="某牌 nova 5", description="Pro 8GB+128GB 珊瑚橙\n正文。"))
    assert facts.title == "某牌 nova 5 Pro"
    assert facts.description == "正文。"
    assert (
        enriched(Facts(title="某牌 女式", description="长袖T恤 白色")).title == "某牌 女式 长袖T恤"
    )


def test_prose_below_the_title_stays_the_merchants() -> None:
    facts = Facts(title="陶瓷花瓶", description="手工拉坯，釉色温润。适合插单枝。")
    assert enriched(facts).description == facts.description


def test_the_name_ends_where_facts_begin() -> None:
    facts = Facts(title="某牌畅享 50z 5000mAh超能续航 128GB 宝石蓝 智能手机", category="手机")
    assert read(facts.title, facts).name == "某牌畅享 50z"


def test_every_claim_of_a_listing_from_a_bare_title_is_carried() -> None:
    item = product("某牌 红米6A 全网通版 2GB内存", "樱花粉 16GB 移动联通电信4G手机", "手机")
    brief, channel = Brief(channel="shopify", locale="zh-CN"), channels.load("shopify")
    context, rules = checks.context_of(item, brief, channel), rules_of()
    text = copywriter.write(
        item, brief, channel, load("copy", "template"), accept=checks.acceptor(context, rules)
    )
    claims, findings = checks.examine(dict(text.parts()), context, rules)
    assert all(fact in text.description for fact in ("2GB", "16GB", "樱花粉"))
    assert [c for c in claims if c.status is not ClaimStatus.SUPPORTED] == []
    assert [f for f in findings if not f.cleared] == []


@pytest.mark.parametrize(
    ("item", "few"),
    [
        (product("手动碎纸机"), True),
        (product("某牌荧光笔", "蓝色"), True),
        (product("某牌口红 306# 3.5g", category="美妆"), False),
        (product("陶瓷杯", 材质="陶瓷", 容量="350ml"), False),
    ],
)
def test_too_few_facts_are_told_with_those_to_add(item: Product, few: bool) -> None:
    found = list(lacking(item, Brief(channel="shopify", locale="zh-CN")))
    assert bool(found) is few
    for finding in found:
        assert finding.severity is Severity.LOW
        assert "材质" in finding.advice["zh"]
        assert "material" in finding.advice["en"]


def test_what_the_row_has_is_not_asked_for() -> None:
    item = product("某牌 手机", "宝石蓝", "手机")
    advice = next(lacking(item, Brief(channel="shopify", locale="zh-CN"))).advice["zh"]
    assert "电池" in advice
    assert "颜色" not in advice

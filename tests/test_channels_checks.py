"""The channel's own rules: what hits, where, how badly, in which words; and what must not hit."""

from __future__ import annotations

from datetime import date

import pytest
from export_making import CHINESE, ENGLISH, picture

from studio import channels
from studio.channels.spec import TextRule
from studio.schema import Copy, Facts, Product, Severity

ON = date(2026, 11, 22)
BOTH = (picture(), picture("scene"))


def found(name: str, text: Copy, pictures=BOTH, on=ON, **more):
    return channels.check(text, pictures, channels.load(name, on=on), on, **more)


def rules(findings) -> dict[str, str]:
    return {f.rule.split(".", 2)[2]: f.match for f in findings}


def test_good_listings_have_no_findings():
    assert found("shopify", ENGLISH) == ()
    assert found("google_merchant", ENGLISH) == ()
    assert found("taobao", CHINESE) == ()
    assert found("douyin", CHINESE) == ()


def test_a_long_title_comes_with_the_fitted_one():
    title = (
        "Stainless Steel Water Bottle 500 ml with Bamboo Lid for Travel and for the Office, Grey"
    )
    (finding,) = found("amazon", Copy(title=title, bullets=("a" * 10,) * 3), locale="en-US")
    assert finding.id == "PLAT.TITLE"
    assert finding.rule == "channel.amazon.title.max"
    assert finding.severity is Severity.HIGH
    assert finding.blocks
    assert (finding.start, finding.end, finding.match) == (0, len(title), title)
    assert finding.suggestion == "Stainless Steel Water Bottle 500 ml with Bamboo Lid for Travel"
    assert finding.message["en"] == "The title: 87 characters; Amazon takes at most 75."
    assert finding.message["zh"] == "标题共 87 个字符，亚马逊最多 75 个字符。"
    assert finding.basis[0].source.startswith("https://")


def test_the_day_decides():
    title = "word " * 30
    text = Copy(title=title.strip(), bullets=("a" * 10,) * 3)
    channel = channels.load("amazon", on=date(2026, 1, 1))
    before = channels.check(text, BOTH, channel, date(2026, 7, 26))
    after = channels.check(text, BOTH, channel, date(2026, 7, 27))
    assert "title.max" not in rules(before)
    assert "title.max" in rules(after)


@pytest.mark.parametrize(
    ("name", "text", "rule", "match", "severity"),
    [
        ("amazon", Copy(title="Great mug!"), "title.characters", "!", "high"),
        ("amazon", Copy(title="Mug #4"), "title.characters", "#", "medium"),
        ("amazon", Copy(title="Mug mug of Mug clay"), "title.repeat", "Mug", "high"),
        ("amazon", Copy(title="M", bullets=("Full refund if it breaks",)), "bullets.phrases",
         "Full refund", "high"),
        ("amazon", Copy(title="M", bullets=("Mug ☕️ of clay",)), "bullets.emoji", "☕️", "high"),
        ("amazon", Copy(title="M", bullets=("short",)), "bullets.0.min", "short", "high"),
        ("amazon", Copy(title="M", bullets=("a" * 250,) * 4), "bullets.total", "", "high"),
        ("amazon", Copy(title="M", bullets=("a" * 20,)), "bullets.least", "", "high"),
        ("amazon", Copy(title="M", keywords=("k" * 100,) * 3), "keywords.max", "k" * 100, "high"),
        ("walmart", Copy(title="STONEWARE MUG"), "title.capitals", "STONEWARE MUG", "high"),
        ("walmart", Copy(title="Best selling mug"), "title.phrases", "Best selling", "high"),
        ("etsy", Copy(title="Mug: blue: red"), "title.once", ":", "high"),
        ("etsy", Copy(title="Mug", keywords=("a tag that is much too long",)), "keywords.0.max",
         "a tag that is much too long", "high"),
        ("etsy", Copy(title="Mug", keywords=("tag",) * 14), "keywords.count", "tag", "high"),
        ("douyin", Copy(title="陶瓷马克杯大容量😀"), "title.emoji", "😀", "high"),
        ("douyin", Copy(title="马克杯"), "title.min", "马克杯", "high"),
        ("taobao", Copy(title="陶" * 31), "title.max", "陶" * 31, "high"),
        ("pinduoduo", Copy(title="陶" * 31), "title.max", "陶" * 31, "low"),
        ("weixin_store", Copy(title="MUG 350ml"), "title.mixed", "MUG 350ml", "high"),
        ("weixin_store", Copy(title="陶瓷马克杯★"), "title.outside", "★", "high"),
        ("weixin_store", Copy(title="杯子。"), "title.least", "", "high"),
        ("xiaohongshu", Copy(title="手" * 21), "title.max", "手" * 21, "high"),
        ("shopify", Copy(title="=Mug"), "title.start", "=", "low"),
        ("shopify", Copy(title=" "), "title.required", "", "high"),
        ("shopify", Copy(title="Mug", bullets=("b",) * 6), "bullets.count", "b", "low"),
        ("tiktok_shop", Copy(title="Mug", description="Too few words"), "description.min",
         "Too few words", "high"),
    ],
)  # fmt: skip
def test_what_a_channel_refuses(name, text, rule, match, severity):
    hits = [f for f in found(name, text) if f.rule == f"channel.{name}.{rule}"]
    assert hits, rules(found(name, text))
    hit = hits[0]
    assert (hit.match, hit.severity) == (match, severity)
    assert hit.match == text.text(hit.field)[hit.start : hit.end]
    assert set(hit.message) == set(hit.advice) == {"en", "zh"}
    assert "{" not in "".join(hit.message.values())
    assert hit.id == ("PLAT.TITLE" if rule.startswith("title") else "PLAT.LENGTH")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("amazon", Copy(title="The Mug of the Potter and the Lid of the Mug")),  # small words
        ("amazon", Copy(title="3 3 3 mugs")),
        ("walmart", Copy(title="USB LED lamp")),
        ("walmart", Copy(title="USB-C LED")),
        ("etsy", Copy(title="Mug: 100% clay & glaze")),
        ("weixin_store", Copy(title="陶瓷马克杯（350ml）·蓝色")),
        ("douyin", Copy(title="陶瓷马克杯大容量©®™")),  # signs, not emoji
        ("shopify", Copy(title="3-in-1 mug")),
    ],
)
def test_what_a_channel_takes(name, text):
    assert not [f for f in found(name, text) if f.field == "title"]


def test_a_mark_inside_the_brand_is_allowed():
    text = Copy(title="Yahoo! mug!", bullets=("a" * 10,) * 3)
    assert [f.start for f in found("amazon", text, brand="Yahoo!")] == [10]


def test_what_nobody_verified_only_hints_and_says_so():
    (finding,) = [f for f in found("pinduoduo", Copy(title="陶" * 31)) if f.field == "title"]
    assert finding.message["zh"].endswith("（未经核实，仅供参考。）")
    assert not finding.blocks


def test_our_own_measure_is_not_called_the_channels():
    (finding,) = found("shopify", Copy(title="Mug", bullets=("b",) * 6))
    assert finding.message == {"en": "6 bullets; Studio takes at most 5.",
                               "zh": "共 6 条卖点，Studio 最多 5 条。"}  # fmt: skip


def test_pictures():
    text = Copy(title="Mug")
    (none,) = found("shopify", text, ())
    assert (none.field, none.severity) == ("pictures", Severity.MEDIUM)
    (missing,) = found("shopify", text, (picture("scene"),))
    assert (missing.field, missing.severity, missing.id) == (
        "pictures.main",
        "high",
        "PLAT.PICTURE",
    )
    (small,) = found("shopify", text, (picture(width=499),))
    assert "499" in small.message["en"]
    (heavy,) = found("shopify", text, (picture(size=20_000_001),))
    assert "20000001" in heavy.message["zh"]
    (alt,) = found("shopify", text, (picture(alt="a" * 513),))
    assert alt.severity is Severity.LOW


def test_every_kind_of_rule_is_used_by_a_shipped_spec():
    kinds = {
        rule["kind"] for name in channels.names() for rule in channels.load(name).options["rules"]
    }
    assert kinds == set(TextRule.model_fields["kind"].annotation.__args__)


@pytest.mark.parametrize(
    ("name", "locale", "severity"),
    [
        ("taobao", "en-US", "high"),
        ("taobao", "zh-CN", ""),
        ("taobao", "zh-TW", ""),
        ("walmart", "zh-CN", "high"),
        ("walmart", "es-MX", "high"),
        ("walmart", "en-GB", ""),
        ("amazon", "zh-CN", "high"),
        ("amazon", "de-DE", ""),
        ("ebay", "zh-CN", "medium"),  # not verified, yet nothing that passes unseen
        ("shopify", "zh-CN", ""),  # a shop of one's own sells everywhere
        ("google_merchant", "en-US", ""),
        ("taobao", "", ""),
    ],
)
def test_a_language_that_the_customers_do_not_read(name, locale, severity):
    text = Copy(title="Canvas tote 帆布袋", bullets=("a" * 10,) * 3)
    held = [f for f in found(name, text, locale=locale) if f.rule == f"channel.{name}.language"]
    assert [f.severity.value for f in held] == [severity] * bool(severity)
    if held:
        assert held[0].blocks is (severity == "high")
        assert ("Chinese" if name == "taobao" else "English") in held[0].message["en"]
        assert ("中文" if name == "taobao" else "英文") in held[0].message["zh"]
        assert bool(held[0].basis) is (severity == "high")


@pytest.mark.parametrize(
    ("name", "title", "told"),
    [
        ("taobao", "Harrow Linen Apron with Two Pockets 灰色", True),
        ("taobao", "Stoneware Mug", True),
        ("taobao", "Apple iPhone 15 Pro Max 256GB 黑色 手机", False),
        ("taobao", "索尼 WH-1000XM5 USB-C 头戴式耳机", False),
        ("taobao", "Harrow", False),  # nothing but the brand: another check's matter
        ("amazon", "霁窑 粗陶马克杯 350 ml", True),
        ("amazon", "Jiyao 霁窑 Stoneware Mug, 350 ml", False),
        ("ebay", "粗陶马克杯", True),
        ("shopify", "粗陶马克杯", False),
    ],
)
def test_a_text_that_is_mostly_in_another_script_is_shown(name, title, told):
    """A name that the catalog does not have in the language stays as it is; a person looks."""
    locale = "zh-CN" if name == "taobao" else "en-US"
    held = [
        f
        for f in found(name, Copy(title=title), locale=locale, brand="Harrow")
        if f.rule.endswith("title.language")
    ]
    assert [f.severity for f in held] == [Severity.MEDIUM] * told


@pytest.mark.parametrize(
    ("name", "own", "others", "locale"),
    [
        ("taobao", "en-US", (), "zh-CN"),
        ("taobao", "en-US", ("zh-TW",), "zh-TW"),
        ("taobao", "zh-HK", (), "zh-HK"),
        ("amazon", "zh-CN", (), "en-US"),
        ("amazon", "zh-CN", ("de-DE",), "de-DE"),
        ("walmart", "en-GB", ("en-US",), "en-GB"),
        ("shopify", "zh-CN", (), "zh-CN"),
    ],
)
def test_without_a_wish_the_customers_language_is_written(name, own, others, locale):
    facts = {one: Facts(title="x") for one in (own, *others)}
    product = Product(id="A1", locale=own, facts=facts)
    assert channels.locale_for(channels.load(name), product) == locale


def test_a_sign_that_a_channel_refuses_gives_way_to_a_plainer_one_that_it_takes() -> None:
    weixin, amazon = channels.load("weixin_store"), channels.load("amazon")
    assert channels.plain("茶壶 15×10×9厘米，60℃", weixin, "title") == "茶壶 15*10*9厘米，60度"
    assert (
        channels.plain("茶壶 15×10×9厘米", weixin, "description") == "茶壶 15×10×9厘米"
    )  # not barred there
    assert channels.plain("Teapot, 15 × 10 × 9 cm", amazon, "title") == "Teapot, 15 × 10 × 9 cm"
    assert (
        channels.plain("陶瓷马克杯★", weixin, "title") == "陶瓷马克杯★"
    )  # nothing plainer says the same

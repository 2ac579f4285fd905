"""The channel's own rules: what hits, where, how badly, in which words; and what must not hit."""

from __future__ import annotations

from datetime import date

import pytest
from export_making import CHINESE, ENGLISH, picture

from studio import channels
from studio.channels.spec import TextRule
from studio.schema import Copy, Severity

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
    ("name", "locale", "told"),
    [
        ("taobao", "en-US", True),
        ("taobao", "zh-CN", False),
        ("taobao", "zh-TW", False),
        ("walmart", "zh-CN", True),
        ("walmart", "en-GB", False),
        ("shopify", "zh-CN", False),  # a shop of one's own sells everywhere
        ("etsy", "de-DE", False),
        ("taobao", "", False),
    ],
)
def test_a_language_that_the_customers_do_not_read_is_told(name, locale, told):
    text = Copy(title="Canvas tote 帆布袋")
    held = [f for f in found(name, text, locale=locale) if f.rule.endswith(".language")]
    assert bool(held) is told
    if told:
        assert not held[0].blocks  # a person may want it so
        assert ("Chinese" if name == "taobao" else "English") in held[0].message["en"]
        assert ("中文" if name == "taobao" else "英文") in held[0].message["zh"]

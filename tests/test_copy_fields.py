"""Texts besides the four, styles and hints: from facts alone, within each channel's limits."""

from __future__ import annotations

import re
from typing import Any

import pytest

from studio import channels, copywriter, engines, prompting
from studio.copywriter import fields, judge
from studio.engines import wishes
from studio.engines.styling import styles
from studio.errors import InputError, NotFoundError
from studio.kit import Kit, Task, digest
from studio.schema import Attribute, Brief, Copy, Facts, Limit, Product
from tests.test_copy_writer import PRODUCT

ALL = tuple(fields.known())
STYLES = tuple(styles().styles)
MORE = Facts(
    title="Desk Lamp",
    description="A lamp for late pages. The lid of the shade lifts off. It folds flat. Its arm "
    "turns. <script>alert(1)</script> Ships free!",
    attributes=tuple(
        Attribute(name=n, value=v, kind=k)
        for n, v, k in (
            ("Material", "aluminum", "material"),
            ("Power", "12 W", "power"),
            ("Weight", "900 g", "weight"),
            ("Warranty", "2 years", "warranty"),
            ("Cord", "1.8 m", ""),
            ("Origin", "Portugal", "origin"),
        )
    ),
)
LAMP = Product(id="L", locale="en-US", facts={"en-US": MORE}, brand="Norrvik")


def written(
    product: Product = PRODUCT, locale: str = "en-US", on: str = "shopify", **wishes: Any
) -> Copy:
    brief = Brief(channel=on, locale=locale, **wishes)
    return copywriter.write(product, brief, channels.load(on), engines.load("copy", "template"))


def facts_in(product: Product, locale: str) -> str:
    facts = prompting.facts_of(product, locale)
    told = (t for a in facts.attributes for t in (a.name, a.value))
    return " ".join([facts.title, facts.category, facts.description, product.brand, *told])


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_every_text_is_written_from_facts_in_every_style(locale: str, style: str) -> None:
    copy = written(locale=locale, style=style, fields=ALL)
    given = set(re.findall(r"\d+(?:\.\d+)?", facts_in(PRODUCT, locale)))
    wanted = {name for name in ALL if name != "alt"} | {"alt_main", "alt_scene"}
    assert wanted <= set(copy.extra)
    for name, text in copy.extra.items():
        assert text.strip(), name
        assert not re.search(r"[{}\[\]]|None|  ", text), (name, text)
        assert set(re.findall(r"\d+(?:\.\d+)?", text)) <= given, (name, text)
        field = fields.known()["alt" if name.startswith("alt_") else name]
        assert field.max is None or channels.count(text, field.unit) <= field.max, name
        assert copy.origin[f"extra.{name}"] == "phrases"


@pytest.mark.parametrize("name", [n for n in ALL if n not in ("alt", "description_html")])
@pytest.mark.parametrize("most", [12, 25, 40, 90])
def test_a_channels_own_limit_is_kept_by_construction(name: str, most: int) -> None:
    channel = channels.load("shopify")
    limit = Limit(max=most, unit="gbk_bytes")
    channel = channel.model_copy(update={"fields": {**channel.fields, f"extra.{name}": limit}})
    for locale in ("en-US", "zh-CN"):
        brief = Brief(channel="shopify", locale=locale)
        copy = copywriter.write(PRODUCT, brief, channel, engines.load("copy", "template"))
        assert channels.count(copy.extra.get(name, ""), "gbk_bytes") <= most


def test_html_has_the_bullets_and_no_markup_of_the_catalog() -> None:
    html = written(LAMP, fields=("description_html",)).extra["description_html"]
    assert html.startswith("<p>")
    assert "<li>Material: aluminum</li>" in html
    assert "script" not in html
    tags = set(re.findall(r"</?(\w+)", html))
    assert tags <= {"p", "ul", "li"}


def test_questions_are_answered_by_their_own_facts() -> None:
    answers = written(LAMP, fields=("qa",)).extra["qa"]
    assert "Q: How much does it weigh?\nA: 900 g." in answers
    assert "Q: Where is it made?\nA: Portugal." in answers
    chinese = written(locale="zh-CN", fields=("qa",)).extra["qa"]
    assert "问：容量有多大？\n答：750毫升。" in chinese


def test_a_picture_is_described_by_its_kind() -> None:
    copy = written(locale="zh-CN", fields=("alt",))
    assert copy.extra["alt_main"].endswith("，白底图")
    assert copy.extra["alt_scene"].endswith("，场景图")


def test_an_unknown_text_or_style_names_near_ones() -> None:
    with pytest.raises(NotFoundError, match="social"):
        written(fields=("sociall",))
    with pytest.raises(NotFoundError, match="warm"):
        written(style="warmm")


def test_styles_say_the_same_facts_in_other_words() -> None:
    told = {style: written(LAMP, style=style).description for style in STYLES}
    assert len(set(told.values())) == len(STYLES)
    for style, text in told.items():
        said = text + "\n".join(written(LAMP, style=style).bullets)
        for value in ("aluminum", "12 W", "900 g", "2-year", "1.8 m", "Portugal"):
            assert value in said or value.replace("-", " ") in said, (style, value)
    assert "Material: aluminum" in told["technical"].splitlines()
    assert "late pages" not in told["technical"]  # no adjectives of the merchant's there


def test_emoji_stand_where_the_channel_allows_them() -> None:
    assert re.search(
        "[🎨📍🔹✨]", written(style="xiaohongshu", on="xiaohongshu", locale="zh-CN").description
    )
    for other in ("amazon", "taobao", "google_merchant"):
        texts = written(style="xiaohongshu", on=other, fields=("social",))
        assert not any(re.search("[🎨📍🔹✨]", text) for _, text in texts.parts())


# --- hints ----------------------------------------------------------------------------------------


def test_shorter_and_longer_are_honoured() -> None:
    plain, short = written(LAMP).description, written(LAMP, hint="make it shorter").description
    long = written(LAMP, hint="More detail, please").description
    assert len(short) < len(plain) < len(long)


@pytest.mark.parametrize(
    "hint", ["mention the cord", "say something about the cord, please", "突出产地"]
)
def test_what_is_asked_for_is_in_the_first_sentence_of_facts(hint: str) -> None:
    values = ("1.8 m", "Portugal", "aluminum", "12 W", "900 g")
    told = judge.sentences(written(LAMP, hint=hint).description)
    first = next(s for s in told if any(value in s for value in values))
    assert ("Portugal" if "产地" in hint else "1.8 m") in first


def test_a_sentence_of_the_merchants_is_found_for_a_hint() -> None:
    assert (
        "The lid of the shade lifts off."
        in written(LAMP, hint="shorter, mention the lid").description
    )


@pytest.mark.parametrize(
    ("hint", "locale", "said"),
    [("mention the handle", "en-US", "handle"), ("提一下提手", "zh-CN", "提手")],
)
def test_what_no_fact_carries_is_told_and_not_invented(hint: str, locale: str, said: str) -> None:
    copy = written(locale=locale, hint=hint)
    assert all(said not in text for _, text in copy.parts())
    assert said in copy.made[0].note


def test_what_is_not_wanted_is_left_out() -> None:
    copy = written(LAMP, hint="don't mention the weight")
    assert all("900 g" not in text for _, text in copy.parts())
    assert "1.8 m" in copy.description + " ".join(copy.bullets)


@pytest.mark.parametrize(
    ("hint", "wish"),
    [
        ("shorter", {"shorter": True}),
        ("短一点，提一下杯盖", {"shorter": True, "mention": (("杯盖", "lid"),)}),
        ("mention the lid and the handle", {"mention": (("lid", "杯盖"), ("handle", "手柄"))}),
        ("不要提重量", {"without": (("重量", "weight"),)}),
        ("more poetic", {"open": True}),
        ("", {}),
    ],
)
def test_hints_are_read_in_both_languages(hint: str, wish: dict[str, Any]) -> None:
    read = wishes.read(hint).model_dump(exclude_defaults=True)
    for key in ("mention", "without"):
        if key in read:
            read[key] = tuple(names[:2] for names in read[key])
            wish = {**wish, key: tuple(tuple(n.lower() for n in names) for names in wish[key])}
    assert read == wish


def test_one_field_is_written_anew_and_the_rest_stays() -> None:
    copy = written(LAMP)
    brief = Brief(channel="shopify", locale="en-US", hint="shorter")
    order = copywriter.Order(LAMP, brief, channels.load("shopify"))
    again = copywriter.again(copy, "description", order, engines.load("copy", "template"))
    assert len(again.description) < len(copy.description)
    assert again.model_copy(update={"description": copy.description, "made": copy.made}) == copy
    with pytest.raises(InputError):
        copywriter.again(copy, "price", order, engines.load("copy", "template"))


# --- what changes with the inputs -----------------------------------------------------------------


def test_changed_inputs_redo_what_they_touch_and_nothing_else(tmp_path: Any) -> None:
    brief = Brief(channel="shopify", locale="en-US", pictures=False)
    kit = kit_of()

    def made(product: Product = LAMP, **change: Any) -> str:
        return digest(Task(product, brief.model_copy(update=change)), kit)

    same = made()
    assert made() == same
    for change in (
        {"hint": "shorter"}, {"style": "warm"}, {"fields": ("qa",)}, {"audience": "cooks"},
        {"seed": 2}, {"locale": "zh-CN"},
    ):  # fmt: skip
        assert made(**change) != same, change
    assert made(LAMP.model_copy(update={"quantity": 7, "where": "x.csv:9"})) == same
    assert made(PRODUCT) != same
    mine = tmp_path / "prompts" / "copy"
    mine.mkdir(parents=True)
    (mine / "social.zh.j2").write_text("{% block task %}x{% endblock %}", "utf-8")
    other = kit_of(tmp_path)
    assert digest(Task(LAMP, brief), other) == same  # a Chinese prompt
    chinese = brief.model_copy(update={"locale": "zh-CN"})
    task = Task(LAMP, chinese)
    assert digest(task, other) != digest(task, kit)


def kit_of(*searched: Any) -> Kit:
    from studio import compliance

    engine = engines.load("copy", "template")
    return Kit(
        channels={"shopify": channels.load("shopify")},
        rules=compliance.load(),
        copy=engine,
        cutout=engines.load("cutout", "plain"),
        scene=engines.load("scene", "backdrop"),
        photo=lambda sha: b"",
        searched=searched,
    )

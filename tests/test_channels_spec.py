"""Specs: the shipped ones hold the facts that were read, dates work, mistakes are told by line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from studio import channels
from studio.channels.dated import on_day
from studio.channels.spec import TextRule
from studio.errors import InputError, NotFoundError

FACTS = Path(__file__).parents[1].parent / "shared" / "field" / "channels.yaml"
GOOD = """\
id: corner_shop
name: {en: Corner shop, zh: 小店}
as_of: 2026-11-22
markets: [UK]
fields:
  title:
    max: {value: 40, effective: 2027-01-01, before: {value: 60, effective: 2026-01-01, before: 80}}
    conf: medium
    src: [page]
slots:
  - {name: main, kind: white, min_px: {value: 800, effective: 2027-01-01, before: 500}}
rules:
  - {field: title, kind: characters, values: ["!"], conf: high, src: [page]}
options: {greeting: hello}
sources:
  page: {url: "https://corner.example/rules", date: "2026", kind: official}
"""


def put(folder: Path, text: str, name: str = "corner_shop") -> tuple[Path]:
    (folder / "templates/export").mkdir(parents=True, exist_ok=True)
    (folder / f"templates/export/{name}.yaml").write_text(text, encoding="utf-8")
    return (folder,)


@pytest.mark.parametrize("name", channels.names())
def test_every_shipped_spec_loads(name):
    channel = channels.load(name)
    assert set(channel.name) >= {"en", "zh"}
    assert channel.fields["title"].max
    assert any(slot.required for slot in channel.slots)
    assert channel.format in channels.formats()
    assert channel.sources


def test_a_folder_of_the_user_is_searched_first(tmp_path):
    searched = put(tmp_path, GOOD)
    assert "corner_shop" in channels.names(searched)
    assert channels.load("corner_shop", searched).options["greeting"] == "hello"
    put(tmp_path, GOOD.replace("corner_shop", "shopify"), "shopify")
    assert channels.load("shopify", searched).fields["title"].max in (40, 60)


def test_one_file_is_enough_to_add_a_channel(tmp_path):
    channel = channels.load("corner_shop", put(tmp_path, GOOD), on=date(2026, 11, 22))
    assert channel.format == "sheet"
    assert channel.sources == ("https://corner.example/rules",)
    assert channel.options["conf"] == {"title": "medium"}
    assert channel.options["cited"]["title"] == ["https://corner.example/rules"]
    assert channel.options["file"].startswith("corner_shop.yaml ")


@pytest.mark.parametrize(
    ("day", "most", "pixels"),
    [
        (date(2025, 12, 31), 80, 500),
        (date(2026, 1, 1), 60, 500),
        (date(2026, 12, 31), 60, 500),
        (date(2027, 1, 1), 40, 800),
    ],
)
def test_each_day_has_its_values(tmp_path, day, most, pixels):
    searched = put(tmp_path, GOOD)
    channel = channels.load("corner_shop", searched, on=day)
    assert (channel.fields["title"].max, channel.slots[0].min_px) == (most, pixels)
    for other in (date(2020, 1, 1), date(2030, 1, 1)):
        moved = on_day(channels.load("corner_shop", searched, on=other), day)
        assert moved == channel


def test_known_changes():
    amazon, google = channels.load("amazon"), channels.load("google_merchant")
    assert on_day(amazon, date(2026, 7, 26)).fields["title"].max == 200
    assert on_day(amazon, date(2026, 7, 27)).fields["title"].max == 75
    assert on_day(google, date(2027, 1, 30)).slots[0].min_px == 100
    assert on_day(google, date(2027, 1, 31)).slots[0].min_px == 500


def test_an_unknown_channel_names_its_neighbours():
    with pytest.raises(NotFoundError) as caught:
        channels.load("shoppify")
    assert "shopify" in caught.value.hint
    with pytest.raises(NotFoundError):
        channels.load("../../secrets")


def test_all_mistakes_are_told_with_their_lines(tmp_path):
    bad = GOOD.replace("id: corner_shop", "id: corner").replace("markets: [UK]", "market: [UK]")
    bad = bad.replace("conf: medium", "conf: sure").replace(
        "src: [page]\nslots", "src: [pages]\nslots"
    )
    bad = bad.replace("min_px: {value: 800, effective: 2027-01-01, before: 500}", "width: wide")
    bad = bad.replace("kind: characters", "kind: spelling").replace(
        "options:", "options: {}\noptions:"
    )
    with pytest.raises(InputError) as caught:
        channels.load("corner_shop", put(tmp_path, bad))
    told = str(caught.value)
    for line, words in [
        (1, "id: must be the file's name"),
        (4, "market: extra"),
        (1, "markets: field required"),
        (8, "fields.title.conf"),
        (9, "fields.title.src: no source named 'pages'"),
        (11, "slots.0.width"),
        (13, "rules.0.kind"),
        (15, "'options' stands here a second time"),
    ]:
        assert f"corner_shop.yaml:{line}: {words}" in told
    assert caught.value.where.endswith("corner_shop.yaml:1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id: [", "this is not YAML"),
        ("", "a channel spec is a mapping"),
        ("- 1", "a channel spec is a mapping"),
        ("a: &x 1\nb: *x", "aliases are not used"),
        ("a: " + "x" * 1_100_000, "larger than 1 MB"),
        (GOOD.replace("  title:", "  titel:"), "a field is title, bullets"),
        (GOOD.replace("before: 500", "until: 500"), "a value with a day is"),
        (GOOD.replace("effective: 2027-01-01, before: 500", "effective: soon, before: 500"),
         "a value with a day is"),
        (GOOD.replace("before: 80}", "before: 80, note: x}"), "a value with a day is"),
        (GOOD.replace("effective: 2026-01-01", "effective: 2028-01-01"), "a value with a day is"),
        (GOOD.replace("    src: [page]\nslots", "slots"), "conf medium needs a source"),
    ],
)  # fmt: skip
def test_a_broken_spec_is_an_input_error(tmp_path, text, words):
    with pytest.raises(InputError, match=words):
        channels.load("corner_shop", put(tmp_path, text))


def test_a_spec_that_is_not_utf8(tmp_path):
    searched = put(tmp_path, "")
    (tmp_path / "templates/export/corner_shop.yaml").write_bytes("名: 店".encode("gb18030"))
    with pytest.raises(InputError, match="UTF-8"):
        channels.load("corner_shop", searched)


# --- the facts as they were read ------------------------------------------------------------------


@pytest.mark.skipif(not FACTS.exists(), reason="the shared field study is not here")
@pytest.mark.parametrize(
    ("name", "theirs", "field", "fact"),
    [
        ("amazon", "amazon", "title", "title"),
        ("amazon", "amazon", "description", "description"),
        ("amazon", "amazon", "extra.item_highlights", "item_highlights"),
        ("ebay", "ebay", "title", "title"),
        ("ebay", "ebay", "description", "description"),
        ("shopify", "shopify", "title", "title"),
        ("shopify", "shopify", "extra.seo_title", "seo_title"),
        ("shopify", "shopify", "extra.seo_description", "seo_description"),
        ("google_merchant", "google_merchant", "title", "title"),
        ("google_merchant", "google_merchant", "description", "description"),
        ("walmart", "walmart", "title", "title"),
        ("walmart", "walmart", "description", "description"),
        ("etsy", "etsy", "title", "title"),
        ("taobao", "taobao_tmall", "title", "title"),
        ("pinduoduo", "pinduoduo", "title", "title"),
        ("pinduoduo", "pinduoduo", "description", "description"),
        ("douyin", "douyin", "title", "title"),
        ("xiaohongshu", "xiaohongshu_note", "title", "title"),
        ("xiaohongshu", "xiaohongshu_note", "description", "body"),
        ("weixin_store", "weixin_store", "title", "title"),
        ("weixin_store", "weixin_store", "extra.short_title", "short_title"),
    ],
)
def test_limits_are_the_facts_that_were_read(name, theirs, field, fact):
    channel = channels.load(name, on=date(2026, 11, 22))
    known = yaml.safe_load(FACTS.read_text(encoding="utf-8"))["channels"]
    read = next(c for c in known if c["id"] == theirs)["text"][fact]
    limit = channel.fields[field]
    assert (limit.max, limit.min, limit.unit) == (read["max"], read.get("min"), read["unit"])
    assert channel.options["conf"][field] == read["conf"]


# --- the manual ----------------------------------------------------------------------------------

DOCS = Path(__file__).parents[1] / "docs"


def test_the_guides_example_is_a_channel(tmp_path):
    guide = (DOCS / "guides" / "channel.md").read_text(encoding="utf-8")
    example = guide.split("```yaml\n")[1].split("```")[0]
    channel = channels.load("corner_shop", put(tmp_path, example), on=date(2026, 12, 31))
    assert channel.fields["title"].max == 80
    assert [slot.name for slot in channel.slots] == ["main", "scene"]


def test_the_guide_names_every_kind_of_rule_and_every_format():
    guide = (DOCS / "guides" / "channel.md").read_text(encoding="utf-8")
    kinds = TextRule.model_fields["kind"].annotation.__args__
    assert [kind for kind in kinds if f"\n| {kind} |" not in guide] == []
    assert [name for name in channels.formats() if name not in guide] == []


def test_the_manual_tells_every_channels_title_limit():
    manual = (DOCS / "channels.md").read_text(encoding="utf-8")
    for name in channels.names():
        limit = channels.load(name, on=date(2026, 11, 22)).fields["title"]
        (row,) = [line for line in manual.splitlines() if line.startswith(f"| {name}")]
        assert str(limit.max) in row

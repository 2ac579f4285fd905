"""Prices, numbers, dates, barcodes, headers, HTML: cases, and what must hold for any input."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import studio.catalog.report as report_module
from studio.catalog import headers, money, plain, profiles, read, values
from studio.catalog.facts import choose, clean, is_neutral, paths_of
from studio.catalog.profiles import Categories


@pytest.mark.parametrize(
    ("text", "currency", "language", "amount", "code"),
    [
        ("¥1,299.00", "", "zh", "1299.00", "CNY"),
        ("￥99", "", "zh", "99.00", "CNY"),
        ("¥1,299", "JPY", "en", "1299.00", "JPY"),
        ("1.299,00 €", "", "de", "1299.00", "EUR"),
        ("1.299 €", "", "de", "1299.00", "EUR"),
        ("1.299,5", "EUR", "", "1299.50", "EUR"),
        ("1 299,00", "EUR", "fr", "1299.00", "EUR"),
        ("USD 12", "", "", "12.00", "USD"),
        ("12.5 usd", "", "", "12.50", "USD"),
        ("US$1,000.00", "", "", "1000.00", "USD"),
        ("HK$88", "", "", "88.00", "HKD"),
        ("RMB 12", "", "", "12.00", "CNY"),
        ("12元", "", "zh", "12.00", "CNY"),
        ("人民币 1.2万元", "", "zh", "12000.00", "CNY"),
        ("12.50元/件", "", "zh", "12.50", "CNY"),
        ("１２．５０", "CNY", "zh", "12.50", "CNY"),
        ("1'299.00 CHF", "", "", "1299.00", "CHF"),
        ("₹1,23,456.00", "", "", "123456.00", "INR"),
        ("9.000", "PLN", "en", "9.00", "PLN"),
        ("0.125 KWD", "", "", "0.125", "KWD"),
    ],
)
def test_prices(text: str, currency: str, language: str, amount: str, code: str) -> None:
    found = money.price(text, currency, language)
    assert found.problem == ""
    assert found.money is not None
    assert (str(found.money.amount), found.money.currency) == (amount, code)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("面议", "price-on-request"),
        ("电询", "price-on-request"),
        ("call us", "price-on-request"),
        ("4500.00-5500.00", "price-range"),
        ("¥99~¥199", "price-range"),
        ("99元起", "price-from"),
        ("-5", "price-negative"),
        ("abc", "price-unreadable"),
        ("12 apples", "price-unreadable"),
        ("1,2,3", "price-unreadable"),
        ("1.299 USD", "price-ambiguous"),
        ("$19.99", "price-currency"),
        ("0", "price-zero"),
        ("9" * 300, "price-unreadable"),
    ],
)
def test_prices_that_are_told(text: str, problem: str) -> None:
    assert money.price(text, "", "en" if "元" not in text else "zh").problem == problem


def test_a_sign_is_resolved_by_the_user_only_within_its_family() -> None:
    assert money.price("$5", "CAD").money == money.price("CAD 5").money
    assert money.price("$5", "EUR").problem == "price-currency"


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_any_amount_survives_both_ways_of_writing(amount: Decimal) -> None:
    english, german = f"{amount:,.2f}", f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    assert money.number(english, "en") == amount
    assert money.number(german, "de") == amount
    assert money.number(f"{amount}", "en") == amount


@given(st.text(max_size=60))
def test_no_text_breaks_a_parser(text: str) -> None:
    found = money.price(text, "CNY", "zh")
    assert found.money is None or found.money.amount >= 0
    assert found.money or found.problem or not text.strip()
    values.whole(text)
    values.barcode(text)
    values.day(text)
    values.pictures(text)
    clean(text)
    assert plain.line(text) == plain.line(plain.line(text)) or "&" in text or "<" in text


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
def test_any_date_in_its_forms(day: date) -> None:
    forms = [
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        f"{day:%d.%m.%Y}",
    ]
    assert {values.day(form) for form in forms} == {(day, True)}


def test_dates_with_two_meanings_are_not_guessed() -> None:
    assert values.day("01/02/2026") == (None, False)
    assert values.day("31/12/2026") == (date(2026, 12, 31), True)
    assert values.day("长期有效") == (None, True)


def test_barcodes() -> None:
    assert values.barcode("4006381333931") == ("4006381333931", "")
    assert values.barcode("400638133393-1") == ("4006381333931", "")
    assert values.barcode("4006381333932")[1] == "barcode-check"
    assert values.barcode("6.90124E+12") == ("", "barcode-scientific")


def test_picture_cells() -> None:
    assert values.pictures("a.jpg, b.png") == ["a.jpg", "b.png"]
    assert values.pictures("one, two.jpg") == ["one, two.jpg"]
    assert values.pictures('["http://x/a.jpg","http://x/b"]') == ["http://x/a.jpg", "http://x/b"]
    assert values.pictures("a.jpg\nb.jpg") == ["a.jpg", "b.jpg"]
    assert values.pictures("/m/h/a.jpg,/m/h/b.jpg") == ["/m/h/a.jpg", "/m/h/b.jpg"]


@pytest.mark.parametrize(
    ("header", "field", "kind", "locale", "unit"),
    [
        ("Product Name", "title", "", "", ""),
        ("商品名称", "title", "", "", ""),
        ("title:en", "title", "", "en-US", ""),
        ("title_zh", "title", "", "zh-CN", ""),
        ("描述:zh", "description", "", "zh-CN", ""),
        ("英文标题", "title", "", "en-US", ""),
        ("标题(英文)", "title", "", "en-US", ""),
        ("Title (de-AT)", "title", "", "de-AT", ""),
        ("价格（元）", "price", "", "", "元"),
        ("重量(kg)", "attribute", "weight", "", "kg"),
        ("Weight [g]", "attribute", "weight", "", "g"),
        ("颜色", "attribute", "colour", "", ""),
        ("COLOR", "attribute", "colour", "", ""),
        ("图片3", "images", "", "", ""),
        ("image1_src", "images", "", "", ""),
        ("bullet_point2", "summary", "", "", ""),
        ("备注", "admin", "", "", ""),
        ("whatever", "", "", "", ""),
    ],
)
def test_headers(header: str, field: str, kind: str, locale: str, unit: str) -> None:
    name = headers.load().name(header)
    assert (name.field, name.kind, name.locale, name.unit) == (field, kind, locale, unit)


def test_kinds_by_the_end_of_a_name() -> None:
    known = headers.load()
    assert known.kind("外层面料") == "fabric"
    assert known.kind("Shell material") == "material"
    assert known.kind("填充物重量") == "fill_weight"
    assert known.kind("nonsense") == ""


@given(st.sampled_from(sorted(headers.load().fields)), st.sampled_from(["", " ", "_", "-"]))
def test_a_header_is_known_however_it_is_written(name: str, joint: str) -> None:
    known = headers.load()
    if len(name) > 3 and name.isascii():
        written = joint.join([name[:2], name[2:]]).upper()
        assert known.name(written).field == known.fields[name]


def test_the_data_files_are_whole() -> None:
    texts = yaml.safe_load(Path(report_module._TEXTS).read_text("utf-8"))
    for code, text in texts.items():
        assert set(text) == {"en", "zh"}, code
        names = [{part[1] for part in _fields(text[lang]["message"])} for lang in ("en", "zh")]
        assert names[0] == names[1], code
        assert all(text[lang]["remedy"] for lang in ("en", "zh")), code
    kinds = headers.load().labels
    assert len(kinds) > 60
    assert {p.name for p in profiles.shipped()} >= {"shopify", "magento", "saleor", "shopxo"}
    fields = set(headers._shipped("headers.yaml")["fields"])
    own = {"skip", "list", "unmapped", "attribute", "option", "children", "parent", "variant_name"}
    for profile in profiles.shipped():
        for spec in profile.tables:
            for target in spec.columns.values():
                head = target.split(":")[0]
                assert head in fields | own or head.split(".")[0] in ("option", "attribute"), target


def _fields(text: str) -> list[tuple[str, str]]:
    import string

    return [(lead, name) for lead, name, _, _ in string.Formatter().parse(text) if name]


def test_html_becomes_lines() -> None:
    text, images = plain.plain(
        "<h2>Cup</h2><p>a&nbsp;b<br/>c &amp;amp; d</p><ul><li>x<li>y</ul><script>evil()</script>"
        '<!-- no --><img alt="1 > 0" src="q.png?a=1&amp;b=2">5 < 6 and 7 > 3'
    )
    assert text == "Cup\na b\nc & d\n• x\n• y\n5 < 6 and 7 > 3"
    assert images == ["q.png?a=1&b=2"]


@pytest.mark.parametrize(
    "piece",
    ["<a ", "<!--", "<", "&#", '<a b="', "<![CDATA[", "<?", "<script>", "<div>", "<img src="],
)
def test_hostile_html_is_read_in_linear_time(piece: str) -> None:
    plain.plain("<p>" + piece * (900_000 // len(piece)))  # minutes, were it not linear


@given(st.lists(st.text(alphabet='ab,;"\n\t是€ ', min_size=1, max_size=12), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_cell_comes_back_through_csv(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["sku", "title", "description"])
    wanted = [cell for cell in cells if cell.strip()]
    for i, cell in enumerate(wanted):
        writer.writerow([f"S{i}", f"T{i}", cell])
    path = tmp_path_factory.mktemp("csv") / "c.csv"
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    if not wanted:
        return
    intake = read([path])
    assert [p.id for p in intake.products] == [f"S{i}" for i in range(len(wanted))]
    found = [p.facts[p.locale].description for p in intake.products]
    assert ["".join(f.split()) for f in found] == ["".join(c.split()) for c in wanted]


def test_categories() -> None:
    rules = Categories(separator=r",\s*", drop=("Root",), avoid=("Sale",))
    paths = paths_of("Root > Sale > Deep > Deeper, Root > Men -> Tops", rules)
    assert choose(paths, rules) == "Men > Tops"
    assert paths_of("212", rules) == []


def test_what_any_language_can_have() -> None:
    assert is_neutral("220-240V")
    assert is_neutral("1.5 L")
    assert not is_neutral("2 Years")
    assert not is_neutral("316不锈钢")
    assert not is_neutral("Red")


def test_a_number_too_long_for_a_price_is_told() -> None:
    assert money.price("6901234567892", "CNY", "zh").problem == "price-unreadable"
    assert money.price("1" + "0" * 26, "CNY", "zh").problem == "price-unreadable"
    assert money.price("999999999999", "CNY", "zh").problem == ""

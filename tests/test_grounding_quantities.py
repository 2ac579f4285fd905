"""Numbers with units in Chinese and English: value, dimension, span and bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.grounding.fold import fold
from studio.grounding.quantities import quantities
from studio.grounding.ratings import read_all
from studio.grounding.words import hits

HOUR, DAY, MONTH, YEAR, C0 = 3600.0, 86400.0, 2629746.0, 31556952.0, 273.15

# text with the span in [brackets], dimension, low, high (SI)
EXACT = [
    ("容量[一千毫升]", "volume", 1e-3),
    ("holds [1 L] of soup", "volume", 1e-3),
    ("[1000ml]装", "volume", 1e-3),
    ("[half a litre] of milk", "volume", 5e-4),
    ("[half-litre] mug", "volume", 5e-4),
    ("倒进[两升半]热水", "volume", 2.5e-3),
    ("[1.75升]壶身", "volume", 1.75e-3),
    ("[１２００毫升]水壶", "volume", 1.2e-3),
    ("[12 fl oz] can", "volume", 12 * 2.95735296e-5),
    ("[two gallons] of paint", "volume", 2 * 3.785411784e-3),
    ("[33cl] bottle", "volume", 3.3e-4),
    ("[1½ cups] of flour", "volume", 1.5 * 2.365882365e-4),
    ("[¾ pint]", "volume", 0.75 * 4.73176473e-4),
    ("[3 tbsp] of oil", "volume", 3 * 1.478676478e-5),
    ("整箱[5 斤]", "mass", 2.5),
    ("约重[半斤]的茶饼", "mass", 0.25),
    ("一饼[七两]", "mass", 0.35),
    ("[1,280 g] with lid", "mass", 1.28),
    ("[2 lb 3 oz] loaf", "mass", 2 * 0.45359237 + 3 * 0.028349523125),
    ("[5 lbs] plate", "mass", 5 * 0.45359237),
    ("载[两吨]", "mass", 2000),
    ("[三百五十克]", "mass", 0.35),
    ("[0.5公斤]", "mass", 0.5),
    ("[500微克]叶酸", "mass", 5e-7),
    ("[400 mcg] per tablet", "mass", 4e-7),
    ("[2.5千克]", "mass", 2.5),
    ("[一千克]糯米", "mass", 1.0),
    ("主石[1克拉]", "mass", 2e-4),
    ("[3 kilos] of rice", "mass", 3.0),
    ("续航[十八小时]", "time", 18 * HOUR),
    ("用[三个半小时]", "time", 3.5 * HOUR),
    ("用了[一个半月]", "time", 1.5 * MONTH),
    ("[半年]质保", "time", 0.5 * YEAR),
    ("[半个小时]烧好", "time", 0.5 * HOUR),
    ("[1小时30分钟]", "time", 1.5 * HOUR),
    ("[45 min] nap", "time", 2700),
    ("[two and a half hours] of film", "time", 2.5 * HOUR),
    ("[one and a half hours] of light", "time", 1.5 * HOUR),
    ("[twenty-four hours] cold", "time", 24 * HOUR),
    ("a [36-hour] clock", "time", 36 * HOUR),
    ("[six weeks] of lessons", "time", 42 * DAY),
    ("[90 days] to decide", "time", 90 * DAY),
    ("[18个月]的娃", "time", 18 * MONTH),
    ("窖藏[八年]", "time", 8 * YEAR),
    ("适合[7岁]孩子", "time", 7 * YEAR),
    ("[两刻钟]", "time", 1800),
    ("[15秒]出泡", "time", 15),
    ("[200 ms] shutter", "time", 0.2),
    ("[45厘米]", "length", 0.45),
    ("[1.2米]", "length", 1.2),
    ("[五十厘米]宽", "length", 0.5),
    ("[10英寸]", "length", 0.254),
    ('a [27"] screen', "length", 0.6858),
    ("[27″] monitor", "length", 0.6858),
    ("[1/4 inch] jack", "length", 0.00635),
    ("[3 1/2 in] bolt", "length", 3.5 * 0.0254),
    ("[5'10\"] model", "length", 5 * 0.3048 + 10 * 0.0254),
    ("[6 ft 2 in] board", "length", 6 * 0.3048 + 2 * 0.0254),
    ("[12 yards] of ribbon", "length", 12 * 0.9144),
    ("[三公里]", "length", 3000),
    ("[三千米]", "length", 3000),
    ("[5 miles] range", "length", 5 * 1609.344),
    ("[0.3 mm] tip", "length", 3e-4),
    ("厚[20微米]", "length", 2e-5),
    ("[0.3㎡]", "area", 0.3),
    ("[80 m²] room", "area", 80),
    ("[200 sq ft] tent", "area", 200 * 0.09290304),
    ("[九十平米]", "area", 90),
    ("[-18℃]", "temperature", C0 - 18),
    ("[零下20度]", "temperature", C0 - 20),
    ("[350 °F] oven", "temperature", 350 / 1.8 + 255.372222222),
    ("[100 degrees Celsius]", "temperature", C0 + 100),
    ("[60℃]烘干", "temperature", C0 + 60),
    ("[百分之九十九]", "percent", 0.99),
    ("[99.9%]", "percent", 0.999),
    ("[35 percent] lighter", "percent", 0.35),
    ("[九成九]的灰", "percent", 0.99),
    ("[三分之一]", "percent", 1 / 3),
    ("[百分之三点五]", "percent", 0.035),
    ("[45%vol]", "alcohol", 0.45),
    ("[12.5% abv]", "alcohol", 0.125),
    ("[80 proof] gin", "alcohol", 0.4),
    ("[10000mAh]", "charge", 36000),
    ("[一万毫安时]", "charge", 36000),
    ("[1.5万毫安]", "charge", 54000),
    ("[5 Ah] pack", "charge", 18000),
    ("[74Wh]", "energy", 74 * 3600),
    ("[1.2 kWh]", "energy", 1.2 * 3.6e6),
    ("[250大卡]", "energy", 250 * 4184),
    ("[65W]", "power", 65),
    ("[两千瓦]", "power", 2000),
    ("[1.5 hp]", "power", 1.5 * 735.49875),
    ("[220V]", "voltage", 220),
    ("[50 Hz]", "frequency", 50),
    ("[2.4GHz]", "frequency", 2.4e9),
    ("[25 dB]", "sound", 25),
    ("[三十分贝]", "sound", 30),
    ("[800流明]", "luminous", 800),
    ("[1200 lm] lamp", "luminous", 1200),
    ("[600尼特]", "luminance", 600),
    ("[4000K]", "colour temperature", 4000),
    ("[10 in-lb]", "torque", 10 * 0.1129848290),
    ("[25 N·m]", "torque", 25),
    ("[40牛米]", "torque", 40),
    ("[15 bar] pump", "pressure", 15e5),
    ("[20 kPa] suction", "pressure", 20e3),
    ("[120 psi]", "pressure", 120 * 6894.757),
    ("[1300 rpm]", "speed of rotation", 1300 / 60),
    ("[1300转/分]", "speed of rotation", 1300 / 60),
    ("[512GB]", "data", 5.12e11),
    ("[2 TB] drive", "data", 2e12),
    ("[48 MP] camera", "pixels", 48e6),
    ("[两千万像素]", "pixels", 2e7),
    ("[300 dpi]", "pixel density", 300),
    ("[450 gsm] towel", "grammage", 0.45),
    ("[180克/平方米]", "grammage", 0.18),
    ("[20 denier] tights", "denier", 20),
    ("[400 thread count] sheet", "thread count", 400),
    ("[10 billion CFU]", "cfu", 1e10),
    ("[165°]", "angle", 165),
    ("[三十倍]变焦", "zoom", 30),
    ("[16 L/min] shower", "volume", 0.016),
    ("[0.55 kWh/kg]", "energy", 0.55 * 3.6e6),
    ("[480毫克每100克]", "mass", 4.8e-4),
    ("[11 g per 100 g]", "mass", 0.011),
    ("[80 km/h]", "length", 80e3),
    ("[6 pieces] in a box", "count", 6),
    ("[3件套]", "count", 3),
    ("[two bags] of tea", "count", 2),
    ("[twelve lessons] on wood", "count", 12),
    ("[四档]风速", "count", 4),
    ("[两万次]", "count", 20000),
    ("a [5-piece] set", "count", 5),
    ("[24 capsules] in total", "count", 24),
]  # fmt: skip

RANGES = [
    ("充[3-5小时]", "time", 3 * HOUR, 5 * HOUR, ""),
    ("[3~5h] of play", "time", 3 * HOUR, 5 * HOUR, ""),
    ("[10 至 30 ℃]", "temperature", C0 + 10, C0 + 30, ""),
    ("[-20℃~60℃]", "temperature", C0 - 20, C0 + 60, ""),
    ("[220-240V]", "voltage", 220, 240, ""),
    ("[3 to 5 kg]", "mass", 3, 5, ""),
    ("between [3 and 5 kg]", "mass", 3, 5, ""),
    ("[三到五天]", "time", 3 * DAY, 5 * DAY, ""),
    ("[25±2 cm]", "length", 0.23, 0.27, ""),
    ("[100g±5g]", "mass", 0.095, 0.105, ""),
    ("[几十公斤]", "mass", 20, 99, ""),
    ("[十几小时]", "time", 11 * HOUR, 19 * HOUR, ""),
    ("[up to 10 hours]", "time", 10 * HOUR, 10 * HOUR, "upto"),
    ("[最长40小时]", "time", 40 * HOUR, 40 * HOUR, "upto"),
    ("[高达120公斤]", "mass", 120, 120, "upto"),
    ("[不超过30分钟]", "time", 1800, 1800, "max"),
    ("[不低于12小时]", "time", 12 * HOUR, 12 * HOUR, "min"),
    ("[less than 2 kg]", "mass", 2, 2, "max"),
    ("[under 900 g]", "mass", 0.9, 0.9, "max"),
    ("[at most 5 W]", "power", 5, 5, "max"),
    ("[至少两年]", "time", 2 * YEAR, 2 * YEAR, "min"),
    ("[at least 6 months]", "time", 6 * MONTH, 6 * MONTH, "min"),
    ("[over 20 hours]", "time", 20 * HOUR, 20 * HOUR, "min"),
    ("[超过 5 kg]", "mass", 5, 5, "min"),
    ("[3年以上]", "time", 3 * YEAR, 3 * YEAR, "min"),
    ("[200g以内]", "mass", 0.2, 0.2, "max"),
    ("[6 months and up]", "time", 6 * MONTH, 6 * MONTH, "min"),
    ("[约800米]", "length", 800, 800, "about"),
    ("[about 3 hours]", "time", 3 * HOUR, 3 * HOUR, "about"),
    ("[30厘米左右]", "length", 0.3, 0.3, "about"),
    ("[低至22分贝]", "sound", 22, 22, "downto"),
    ("[30多天]", "time", 30 * DAY, 39 * DAY, ""),
]

SIZES = [
    ("[20x30x10 cm]", (0.2, 0.3, 0.1)),
    ("[20 × 30 cm]", (0.2, 0.3)),
    ("[1.2m*2m]", (1.2, 2.0)),
    ("[20cmx30cm]", (0.2, 0.3)),
    ('[8" x 10"]', (0.2032, 0.254)),
    ("[60*40*35厘米]", (0.6, 0.4, 0.35)),
    ("[50 by 70 cm]", (0.5, 0.7)),
]

RATINGS = [
    ("[SPF 50+] lotion", "spf", 50),
    ("[SPF30]乳液", "spf", 30),
    ("[PA+++]", "pa", 3),
    ("[IPX8]防水", "ip", 8),
    ("[IP67] case", "ip", 7.06),
    ("[一级能效]空调", "energy grade", 1),
    ("[能效等级：2级]", "energy grade", 2),
    ("[energy class A++]", "energy class", -1),
    ("[304]不锈钢内胆", "steel grade", 304),
    ("[18/8] stainless", "steel grade", 304),
    ("[4K] panel", "resolution class", 2160),
    ("[1080p] webcam", "resolution class", 1080),
    ("[Bluetooth 5.3]", "bluetooth version", 5.3),
    ("[蓝牙5.0]", "bluetooth version", 5.0),
    ("[S925]银", "fineness", 0.925),
    ("[5ATM]", "water depth", 50),
    ("[ages 3-6]", "time", 6 * YEAR),
]

NOTHING = [
    "第4页",
    "第三步",
    "见图2",
    "2026年6月",
    "2026-06-01 起",
    "iPhone 15",
    "GB 4706.1",
    "GB/T 23119-2017",
    "EN 71-1",
    "ISO 9001",
    "page 9",
    "step 3",
    "No. 5 hook",
    "#2 screws",
    "型号K20-1122",
    "file E512001",
    "十分好用",
    "一体成型",
    "万能胶",
    "三明治机",
    "百搭款",
    "2nd generation",
    "call 400-820-8820",
    "13800138000",
    "chapter 12",
    "1st edition",
    "九分裤",
    "二手",
    "千层蛋糕",
    "一起出发",
    "May 12",
    "12 March 2024",
    "sku: 88213",
    "https://x.test/a/12kg",
    "DL-2031-8kg",
    "半身裙",
    "双十一",
]


def _split(marked: str) -> tuple[str, str]:
    start, end = marked.index("["), marked.index("]")
    return marked.replace("[", "").replace("]", ""), marked[start + 1 : end]


@pytest.mark.parametrize(("marked", "dimension", "value"), EXACT)
def test_a_quantity_has_its_value_dimension_and_span(marked, dimension, value):
    text, span = _split(marked)
    found = quantities(fold(text))
    quantity = next(q for q in found if text[q.start : q.end] == span)
    values = [(r.low, r.high) for r in quantity.readings if r.dimension == dimension]
    assert values == [(pytest.approx(value), pytest.approx(value))]


@pytest.mark.parametrize(("marked", "dimension", "low", "high", "bound"), RANGES)
def test_ranges_and_bounds(marked, dimension, low, high, bound):
    text, span = _split(marked)
    quantity = next(q for q in quantities(fold(text)) if text[q.start : q.end] == span)
    reading = next(r for r in quantity.readings if r.dimension == dimension)
    assert (reading.low, reading.high) == (pytest.approx(low), pytest.approx(high))
    assert quantity.bound == bound


@pytest.mark.parametrize(("marked", "sides"), SIZES)
def test_sizes_keep_every_side(marked, sides):
    text, span = _split(marked)
    (quantity,) = quantities(fold(text))
    assert text[quantity.start : quantity.end] == span
    assert quantity.readings[0].values == pytest.approx(sides)


@pytest.mark.parametrize(("marked", "dimension", "value"), RATINGS)
def test_ratings(marked, dimension, value):
    text, span = _split(marked)
    folded = fold(text)
    found = read_all(folded, hits(folded).get("scales", []))
    quantity = next(q for q in found if q.readings[0].dimension == dimension)
    assert text[quantity.start : quantity.end].startswith(span)
    assert quantity.readings[0].high == pytest.approx(value)


@pytest.mark.parametrize("text", NOTHING)
def test_names_dates_and_ordinals_measure_nothing(text):
    assert [text[q.start : q.end] for q in quantities(fold(text))] == []


_HAN = "零一二三四五六七八九"


def _in_han(n: int) -> str:
    """An independent writer of Chinese numerals, to check the reader."""
    if n == 0:
        return "零"
    out, gap = "", False
    for power, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = n // power % 10
        if digit:
            out += ("零" if gap and out else "") + _HAN[digit] + sign
            gap = False
        else:
            gap = True
    return out.removeprefix("一") if out.startswith("一十") else out


_UNITS = [
    (("ml", "毫升", " millilitres"), "volume", 1e-6),
    (("kg", "公斤", " kilograms"), "mass", 1.0),
    (("cm", "厘米", " centimetres"), "length", 0.01),
    (("小时", " hours", "h"), "time", 3600.0),
    (("W", "瓦", " watts"), "power", 1.0),
    (("mAh", "毫安时"), "charge", 3.6),
    (("dB", "分贝"), "sound", 1.0),
]


@given(
    value=st.integers(1, 9999),
    unit=st.sampled_from(_UNITS),
    pick=st.integers(0, 2),
    lead=st.sampled_from(["容器", "It is ", "，实测", "(", "了 "]),
    tail=st.sampled_from(["。", ", more", ")", " and", "，很好"]),
)
def test_written_in_digits_it_reads_back(value, unit, pick, lead, tail):
    words, dimension, factor = unit
    span = f"{value}{words[pick % len(words)]}"
    (quantity,) = quantities(fold(lead + span + tail))
    assert (lead + span + tail)[quantity.start : quantity.end] == span
    reading = next(r for r in quantity.readings if r.dimension == dimension)
    assert reading.high == pytest.approx(value * factor)


@given(
    value=st.integers(2, 9999).filter(lambda n: n != 10),
    unit=st.sampled_from([u for u in _UNITS if u[1] != "charge"]),
)
def test_written_in_han_it_reads_back(value, unit):
    words, dimension, factor = unit
    han = next(w for w in words if not w.isascii())
    span = _in_han(value) + han
    (quantity,) = quantities(fold(f"足有{span}。"))
    assert f"足有{span}。"[quantity.start : quantity.end] == span
    reading = next(r for r in quantity.readings if r.dimension == dimension)
    assert reading.high == pytest.approx(value * factor)


@given(
    value=st.decimals(0, 9999, places=2), unit=st.sampled_from(["kg", "公斤", "L", "升", "m", "米"])
)
def test_decimals_with_thousands_read_back(value, unit):
    span = f"{value:,}{unit}"
    (quantity,) = quantities(fold(f"净 {span}。"))
    reading = quantity.readings[0]
    scale = {"L": 1e-3, "升": 1e-3}.get(unit, 1.0)
    assert reading.high == pytest.approx(float(value) * scale)


@given(
    low=st.integers(1, 500),
    more=st.integers(1, 500),
    dash=st.sampled_from(["-", "~", "–", "至", "到", " to "]),
)
def test_ranges_read_back(low, more, dash):
    (quantity,) = quantities(fold(f"{low}{dash}{low + more} kg"))
    assert quantity.readings[0].low == pytest.approx(low)
    assert quantity.readings[0].high == pytest.approx(low + more)


@given(st.text(max_size=300))
def test_any_text_is_read_and_spans_are_in_order(text):
    found = quantities(fold(text))
    at = 0
    for quantity in found:
        assert at <= quantity.start < quantity.end <= len(text)
        at = quantity.end


@given(st.text(max_size=300))
def test_folding_keeps_every_offset(text):
    assert len(fold(text)) == len(text)

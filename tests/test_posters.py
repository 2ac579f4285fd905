"""Posters and detail pages: true products, words that fit, no piece above the channel's limit."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from itertools import combinations
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from studio import engines, photographer
from studio.engines import Line
from studio.errors import InputError
from studio.photographer import lettered
from studio.photographer.page import blocks
from studio.photographer.page import spec as pages
from studio.photographer.poster import spec as posters
from studio.photographer.poster import words
from studio.schema import (
    Attribute,
    Brief,
    Channel,
    Copy,
    Facts,
    Money,
    Photo,
    Picture,
    Product,
    Slot,
    Variant,
)

TEXTS = {
    "zh-CN": (
        "霁窑 粗陶马克杯 350毫升",
        (("容量", "350毫升", "capacity"), ("材质", "粗陶", "material")),
    ),
    "en-US": ("Jiyao Stoneware Mug, 350 ml", (("capacity", "350 ml", "capacity"),)),
}


def photo(side: int = 640) -> bytes:
    """A tea tin with a printed label on a near-white ground, as PNG."""
    picture = np.full((side, side, 3), 250, np.uint8)
    cv2.rectangle(picture, (200, 120), (440, 560), (30, 90, 60), -1)
    cv2.rectangle(picture, (230, 240), (410, 420), (240, 225, 180), -1)
    cv2.putText(picture, "TEA", (250, 350), 0, 2.0, (20, 20, 20), 5)
    out = BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


def shoot(
    slot: Slot,
    locale: str = "zh-CN",
    text: Copy | None = None,
    category: str = "杯具",
    data: bytes = b"",
    **more: Any,
) -> Any:
    """One slot of a product, with the words that the listing would have."""
    data, second = data or photo(), photo(600)
    title, attributes = TEXTS[locale]
    product = Product(
        id="p1",
        locale=locale,
        brand="霁窑" if locale == "zh-CN" else "Jiyao",
        facts={
            locale: Facts(
                title=title,
                category=category,
                attributes=tuple(Attribute(name=n, value=v, kind=k) for n, v, k in attributes),
            )
        },
        price=Money(amount=Decimal("59.00"), currency="CNY"),
        variants=tuple(
            Variant(sku=c, options=(Attribute(name="颜色", value=c),)) for c in ("米白", "黛蓝")
        ),
        photos=tuple(Photo(ref="a.png", sha256=sha256(d).hexdigest()) for d in (data, second)),
    )
    brief = Brief(channel="shop", locale=locale, seed=2)
    channel = Channel(id="shop", name={"en": "S"}, markets=("CN",), fields={}, slots=(slot,))
    text = lettered.with_words(product, brief, channel, text or Copy(title=title))
    done = photographer.shoot(
        product,
        brief,
        channel,
        {sha256(d).hexdigest(): d for d in (data, second)}.__getitem__,
        engines.load("cutout", "plain"),
        engines.load("scene", "backdrop"),
        texts=text,
        **more,
    )
    return done, product, brief, channel, text


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
@pytest.mark.parametrize("name", posters.names())
def test_every_template_keeps_the_product_and_its_words_apart(name: str, locale: str) -> None:
    poster = posters.load(name)
    ratio = sum(poster.ratios) / 2
    slot = Slot(name="poster", kind="poster", template=name, width=900, height=round(900 / ratio))
    slot = slot.model_copy(update={"min_px": 100})
    long = Copy(
        extra={
            "poster_headline": "手工上釉粗陶马克杯大容量办公室水杯"
            if locale == "zh-CN"
            else "Hand-glazed stoneware mug for the office, large",
            "poster_points": "\n".join(TEXTS[locale][0] + str(n) for n in range(4)),
            "poster_note": "价格以下单页面为准"
            if locale == "zh-CN"
            else "See the shop for the price",
        }
    )
    for text in (Copy(), long):
        done, *_ = shoot(slot, locale, text)
        assert [f.rule for f in done.findings] == []
        (picture,) = done.pictures
        assert (picture.width, picture.height) == (slot.width, slot.height)
        assert picture.measured["product_changed"] == 0
        assert picture.measured["product_pixels"] > 5000


def boxes(name: str) -> list[tuple[str, tuple[float, float, float, float]]]:
    poster = posters.load(name)
    return [(getattr(la, "of", la.kind), la.box) for la in poster.layers if la.kind != "panel"]


@pytest.mark.parametrize("name", posters.names())
def test_no_two_boxes_of_a_template_overlap(name: str) -> None:
    for (one, a), (two, b) in combinations(boxes(name), 2):
        apart = (
            a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0] or a[1] + a[3] <= b[1] or b[1] + b[3] <= a[1]
        )
        assert apart, f"{name}: {one} and {two}"
        assert a[0] + a[2] <= 1
        assert a[1] + a[3] <= 1


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_an_ocr_reads_back_what_was_written(locale: str) -> None:
    reader = engines.load("ocr", "rapidocr")
    if reader.ready():
        pytest.skip(reader.ready())
    slot = Slot(name="poster", kind="poster", template="plain_top", width=900, height=1200)
    done, product, brief, _, text = shoot(slot, locale, ocr=reader)
    read = "".join(line.text for _, line in done.lines).replace(" ", "").casefold()
    said = words.of(product, brief, text)
    for part in (said["headline"], *said["points"].split("\n"), said["price"].strip("¥")):
        assert part.replace(" ", "").casefold() in read


@pytest.mark.parametrize(
    ("extra", "rule", "says"),
    [
        ({"poster_headline": "很长的标题" * 30}, "picture.too_long", "150"),
        ({"poster_headline": "热卖🔥"}, "picture.no_letter", "🔥"),
        ({"poster_points": "好" * 90}, "picture.too_long", "90"),
    ],
)
def test_words_that_cannot_be_drawn_are_told_in_both_languages(
    extra: dict[str, str], rule: str, says: str
) -> None:
    slot = Slot(name="poster", kind="poster", template="plain_top", width=900, height=1200)
    done, *_ = shoot(slot, text=Copy(extra=extra))
    (finding,) = done.findings
    assert finding.rule == rule
    assert says in finding.message["zh"]
    assert says in finding.message["en"]
    assert next(iter(extra)) in finding.message["zh"]
    assert done.pictures == ()


@pytest.mark.parametrize(
    ("title", "headline", "subline"),
    [
        ("Jiyao Stoneware Mug, 350 ml", "Stoneware Mug", "350 ml"),
        (
            "Brewco Automatic Espresso Machine with a Steam Wand and a Removable Water Tank",
            "Automatic Espresso Machine",
            "With a Steam Wand and a Removable Water Tank",
        ),
        (
            "Brewco Coffee Machine, Stainless Steel, 15 Bar, Cappuccino, Latte, Gift for Her",
            "Coffee Machine",
            "",
        ),
        ("Bag with Zip", "Bag with Zip", ""),
        ("霁窑 粗陶马克杯（米白）", "粗陶马克杯", "米白"),
        ("霁窑 马克杯，办公室水杯咖啡杯牛奶杯早餐杯情侣对杯大容量高颜值", "马克杯", ""),
    ],
)
def test_a_long_title_gives_a_headline_that_fits(title: str, headline: str, subline: str) -> None:
    locale = "zh-CN" if "杯" in title else "en-US"
    brand = title.split()[0] if title[0] != "B" or "Brewco" in title else ""
    product = Product(id="p", locale=locale, brand=brand, facts={locale: Facts(title=title)})
    made = words.written(product, Brief(channel="shop", locale=locale), Copy(title=title))
    assert made["poster_headline"] == headline
    assert made.get("poster_subline", "") == subline


def test_prices_are_shown_only_with_a_currency_and_never_from_the_text() -> None:
    slot = Slot(name="poster", kind="poster", template="plain_top", width=900, height=1200)
    _, product, brief, _, text = shoot(slot)
    assert words.of(product, brief, text)["price"] == "¥59"
    assert product.price is not None
    bare = product.model_copy(update={"price": Money(amount=Decimal(59))})
    assert words.of(bare, brief, text)["price"] == ""
    dear = product.model_copy(update={"compare_at": Money(amount=Decimal("69.5"), currency="CNY")})
    assert words.of(dear, brief, text)["was"] == "¥69.50"
    cheap = product.model_copy(update={"compare_at": Money(amount=Decimal(40), currency="CNY")})
    assert words.of(cheap, brief, text)["was"] == ""


@pytest.mark.parametrize(
    ("locale", "row", "note"),
    [
        ("zh-CN", {"活动时间": "2026-11-01 至 2026-11-11"}, "活动时间 2026年11月1日–11月11日"),
        ("zh-CN", {"活动时间": "即日起至售完"}, "活动时间 即日起至售完"),
        ("zh-CN", {"活动结束时间": "2026/1/3"}, "活动时间 2026年1月3日止"),
        ("zh-CN", {"活动时间": "2026-12-25 2027-01-03"}, "活动时间 2026年12月25日–2027年1月3日"),
        ("en-US", {"sale_price_effective_date": "2026-11-01T00:00+0800/2026-11-11T23:59+0800"},
         "Offer valid Nov 1 – Nov 11, 2026"),
        ("en-GB", {"Sale start date": "2026-11-01", "Sale end date": "2026-11-11"},
         "Offer valid 1 Nov – 11 Nov 2026"),
        ("en-US", {"Date sale price starts": "2026-11-01"}, "Offer valid from Nov 1, 2026"),
        ("en-US", {"Sale period": "2026-11-11 to 2026-11-01"}, ""),  # ends before it begins
        ("en-US", {"Sale period": "2026-13-40"}, ""),
        ("en-US", {"Sale period": "while stocks of the old series and its many colors last"}, ""),
        ("en-US", {"Material": "steel"}, ""),
    ],
)  # fmt: skip
def test_the_days_of_an_offer_come_from_the_row(
    locale: str, row: dict[str, str], note: str
) -> None:
    facts = Facts(title="Cup", attributes=tuple(Attribute(name=k, value=v) for k, v in row.items()))
    price = Money(amount=Decimal(59), currency="CNY")
    product = Product(id="p", locale=locale, facts={locale: facts}, price=price)
    brief = Brief(channel="shop", locale=locale)
    made = words.written(product, brief, Copy(title="Cup"))
    assert made.get("poster_note", "") == note
    assert "Material" in row or not any(v in made.get("poster_points", "") for v in row.values())
    unpriced = product.model_copy(update={"price": None})
    assert "poster_note" not in words.written(unpriced, brief, Copy(title="Cup"))
    own = Copy(title="Cup", extra={"poster_note": "Ask us"})
    assert words.written(product, brief, own)["poster_note"] == "Ask us"


@pytest.mark.parametrize("category", ["杯具", "服饰 > 卫衣"])
def test_what_cannot_stand_lies_in_a_poster_too(category: str) -> None:
    """A lying thing has its shadow all round it; of a standing one none is beside its middle."""
    slot = Slot(name="poster", kind="poster", width=1080, height=1440, template="plain_top")
    done, *_ = shoot(slot, category=category)
    drawn = np.asarray(Image.open(BytesIO(done.blobs[done.pictures[0].sha256]))).astype(int)
    tin = (drawn[..., 1] - drawn[..., 0] > 30) & (drawn[..., 0] < 60)
    tin[:430] = False  # the brand's ink is as green
    x, y, w, h = cv2.boundingRect(tin.astype(np.uint8))
    beside, far = drawn[y + h // 2, x + w + 15].sum(), drawn[y + h // 2, 1070].sum()
    assert (far - beside > 20) == (category != "杯具")


@pytest.mark.parametrize("cut", ["whole", "lying", "at the foot"])
def test_no_word_stands_on_a_product_in_its_set(cut: str) -> None:
    """Words on the wall, the product under them: it gives way where it would reach up to them."""
    data = photo()
    if cut == "at the foot":
        out = BytesIO()
        Image.open(BytesIO(data)).crop((150, 90, 490, 460)).save(out, "PNG")
        data = out.getvalue()
    slot = Slot(name="poster", kind="poster", width=1080, height=1440, template="set_top")
    slot = slot.model_copy(update={"safe": (0.0, 0.08, 0.0, 0.0)})
    text = Copy(title="T", extra={"poster_headline": "早餐的那只杯子，\n一用就是许多年"})
    category = "服饰 > 卫衣" if cut == "lying" else "杯具"
    done, *_ = shoot(slot, category=category, text=text, data=data)
    rules = {f.rule for f in done.findings}
    assert rules - {"picture.small"} == ({"picture.cropped"} if cut == "at the foot" else set())
    assert done.pictures[0].measured["product_changed"] == 0
    assert done.pictures[0].measured["product_pixels"] > 50_000


@pytest.mark.parametrize("size", [(1080, 1440), (1920, 720)])
def test_a_photo_that_cuts_the_product_off_is_shown_with_all_of_it(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = np.full((640, 640, 3), 250, np.uint8)
    cv2.rectangle(picture, (200, 110), (440, 640), (30, 90, 60), -1)  # to the photo's foot
    cv2.rectangle(picture, (200, 30), (440, 110), (200, 30, 40), -1)  # its cap
    out = BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    monkeypatch.setitem(globals(), "photo", lambda side=640: out.getvalue())
    slot = Slot(name="poster", kind="poster", width=size[0], height=size[1])
    done, *_ = shoot(slot)
    drawn = np.asarray(Image.open(BytesIO(done.blobs[done.pictures[0].sha256]))).astype(int)
    red = (drawn[..., 0] - drawn[..., 1] > 120) & (drawn[..., 1] < 60)
    tin = (drawn[..., 1] - drawn[..., 0] > 30) & (drawn[..., 0] < 60)
    cap, body = (cv2.boundingRect(part.astype(np.uint8)) for part in (red, tin))
    assert cap[3] / cap[2] == pytest.approx(80 / 240, rel=0.06)
    assert body[3] / body[2] == pytest.approx(530 / 240, rel=0.06)


def page(height: int = 900, **more: Any) -> Any:
    slot = Slot(name="detail", kind="page", width=600, height=height)
    text = Copy(
        title="粗陶马克杯",
        bullets=("容量350毫升，早餐的牛奶刚好一杯。", "哑光釉面，杯底露出一圈陶土本色。"),
        description="<p>在景德镇烧制的粗陶马克杯。</p><p>手工上釉，每只略有不同 &amp; 独一份。</p>"
        * 6,
    )
    return shoot(slot, text=text, **more)


def test_a_page_is_cut_where_nothing_stands() -> None:
    done, *_ = page()
    assert [p.slot for p in done.pictures] == [
        f"detail-{n}" for n in range(1, len(done.pictures) + 1)
    ]
    count = len(done.pictures)
    assert count > 2
    assert done.findings == ()
    assert done.pictures[1].alt.endswith(f"，详情图第2张，共{count}张")
    pieces = [np.asarray(Image.open(BytesIO(done.blobs[p.sha256]))) for p in done.pictures]
    assert all(piece.shape[0] <= 900 and piece.shape[1] == 600 for piece in pieces)
    for piece in pieces[1:]:
        # no letter is cut in two: the first rows of a piece are its ground
        assert int(piece[:2, 20:-20].min(axis=1).min()) > 200
    assert done.pictures[0].measured["product_changed"] == 0


def test_a_heading_stays_with_what_it_heads() -> None:
    """At every height: the cut comes before the heading, as long as there is any other."""

    def bar(height: int, leads: bool = False) -> blocks.Block:
        return blocks.Block(np.full((height, 10, 3), height, np.uint8), leads=leads)

    parts = [bar(90), bar(20, leads=True), bar(40), bar(20, leads=True), bar(70)]
    for most in range(90, 260):
        pieces = blocks.cut(parts, most)
        assert sum(piece.height for piece in pieces) == 240
        for piece in pieces[:-1]:
            assert piece.pixels[-1, 0, 0] != 20, most
    (lone, rest) = blocks.cut([bar(20, leads=True), bar(80)], 90)
    assert (lone.height, rest.height) == (20, 80), "where nothing else fits, it is cut all the same"


def test_a_page_too_high_for_its_channel_is_told() -> None:
    done, *_ = page(height=300)
    assert [f.rule for f in done.findings] == ["picture.failed"]
    assert "higher than the 300 px" in done.findings[0].message["en"]


def test_a_page_without_texts_has_no_empty_sections() -> None:
    slot = Slot(name="detail", kind="page", width=600, height=4000)
    whole = sum(p.height for p in page(height=4000)[0].pictures)
    bare = sum(p.height for p in shoot(slot)[0].pictures)
    assert bare < whole - 600


def test_a_picture_whose_words_changed_is_outdated_and_blocks() -> None:
    for slot in (
        Slot(name="poster", kind="poster", width=600, height=800),
        Slot(name="detail", kind="page", width=600, height=2000),
    ):
        done, product, brief, channel, text = shoot(slot)
        pictures: tuple[Picture, ...] = done.pictures
        assert list(lettered.outdated(product, brief, channel, text, pictures)) == []
        edited = text.replace("extra.poster_headline", "别的标题", "edited")
        (finding,) = lettered.outdated(product, brief, channel, edited, pictures)
        assert finding.field == f"pictures.{slot.name}"
        assert finding.blocks


def test_what_ocr_reads_in_a_poster_is_handed_to_the_rules() -> None:
    class Reader:
        name, model = "reader", ""

        def ready(self) -> str:
            return ""

        def read(self, image: Any) -> list[Line]:
            return [Line("全网最低价", 0.9, (0, 0, 5, 5))]

    slot = Slot(name="poster", kind="poster", width=600, height=800)
    done, *_ = shoot(slot, ocr=Reader())
    assert [(name, line.text) for name, line in done.lines] == [("poster", "全网最低价")]


@pytest.mark.parametrize("kind", ["poster", "page"])
def test_a_wrong_template_is_told_with_every_mistake(kind: str, tmp_path: Any) -> None:
    folder = tmp_path / "templates" / kind
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("title: {en: x}\nlayers: [{kind: nothing}]\n", "utf-8")
    load = posters.load if kind == "poster" else pages.load
    with pytest.raises(InputError) as told:
        load("mine", (tmp_path,))
    assert "mine.yaml" in told.value.where
    assert told.value.message.count(";") >= 2


@pytest.mark.parametrize("name", posters.names())
def test_what_a_channel_covers_stays_free_of_words_and_product(name: str) -> None:
    """Beside the ground nothing but panels reaches into the margins, and those reach the edge."""
    poster = posters.load(name)
    if poster.ground == "set":
        pytest.skip("a set stands behind the words")
    ratio = sum(poster.ratios) / 2
    slot = Slot(name="poster", kind="poster", template=name, width=800, height=round(800 / ratio))
    slot = slot.model_copy(update={"min_px": 100, "format": "PNG"})
    left, top, right, bottom = safe = (0.1, 0.12, 0.2, 0.1)
    done, *_ = shoot(slot.model_copy(update={"safe": safe}))
    assert [f.rule for f in done.findings] == []
    high, wide = done.pictures[0].height, done.pictures[0].width
    shown = np.asarray(Image.open(BytesIO(done.blobs[done.pictures[0].sha256])).convert("L"))
    rough = cv2.Laplacian(shown, cv2.CV_16S).__abs__() > 24  # letters and outlines, not a ground
    for layer in poster.layers:
        if layer.kind == "panel":  # its own straight edges may lie there
            y = [layer.box[1], layer.box[1] + layer.box[3]]
            x = [layer.box[0], layer.box[0] + layer.box[2]]
            for row in y:
                at = round((top + row * (1 - top - bottom)) * high)
                rough[max(0, at - 4) : at + 5] = False
            for column in x:
                at = round((left + column * (1 - left - right)) * wide)
                rough[:, max(0, at - 4) : at + 5] = False
    assert not rough[: int(top * high) - 2].any()
    assert not rough[int((1 - bottom) * high) + 2 :].any()
    assert not rough[:, int((1 - right) * wide) + 2 :].any()
    assert not rough[:, : int(left * wide) - 2].any()
    assert rough.any()

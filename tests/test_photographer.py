"""A whole shoot with the shipped engines: from stored photos to files that are what they claim."""

from __future__ import annotations

import threading
from hashlib import sha256
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from studio import engines, photographer
from studio.engines import Line, Scene
from studio.errors import EngineError
from studio.imaging import label
from studio.schema import Brief, Channel, Copy, Facts, Photo, Product, Slot

SLOTS = (
    Slot(name="main", kind="white", width=420, height=420, fill_min=0.85, min_px=300),
    Slot(
        name="scene",
        kind="scene",
        width=400,
        height=300,
        min_px=300,
        format="WEBP",
        required=False,
    ),
    Slot(name="own", kind="photo", width=200, height=200, format="PNG", min_px=100),
)


def bottle(ground: tuple[int, int, int] = (250, 250, 250), side: int = 480) -> bytes:
    """A photo of a bottle with a printed label, as PNG."""
    picture = np.full((side, side, 3), ground, np.uint8)
    cv2.rectangle(picture, (190, 130), (290, 430), (30, 90, 60), -1)
    cv2.rectangle(picture, (220, 60), (260, 130), (20, 60, 40), -1)
    cv2.rectangle(picture, (196, 220), (284, 340), (240, 225, 180), -1)
    cv2.putText(picture, "TEA", (204, 295), 0, 1.3, (20, 20, 20), 3)
    out = BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


class Shop:
    """A product with photos and what stores them."""

    def __init__(self, *photos: bytes, locale: str = "en-US", title: str = "Green tea") -> None:
        self.blobs = {sha256(data).hexdigest(): data for data in photos}
        self.product = Product(
            id="p1",
            locale=locale,
            facts={locale: Facts(title=title, category="drink")},
            photos=tuple(Photo(ref=f"{n}.png", sha256=s) for n, s in enumerate(self.blobs)),
        )
        self.brief = Brief(channel="shop", locale=locale, seed=3)

    def shoot(
        self,
        scene: Any = None,
        slots: tuple[Slot, ...] = SLOTS,
        options: dict[str, Any] | None = None,
        **more: Any,
    ) -> Any:
        channel = Channel(
            id="shop", name={"en": "Shop"}, markets=("US",), fields={}, slots=slots,
            options=options or {},
        )  # fmt: skip
        return photographer.shoot(
            self.product,
            self.brief,
            channel,
            self.blobs.__getitem__,
            engines.load("cutout", "plain"),
            scene or engines.load("scene", "backdrop"),
            texts=Copy(title="Tea"),
            **more,
        )


def test_every_slot_gets_its_picture_measured_and_marked() -> None:
    shop, told = Shop(bottle()), []
    done = shop.shoot(on_step=lambda *step: told.append(step))
    assert [p.slot for p in done.pictures] == ["main", "scene", "own"]
    assert done.findings == ()
    named = [step for step in told if "/" not in step[2]]
    assert named == [(0, 4, "cut-out"), (1, 4, "main"), (2, 4, "scene"), (3, 4, "own")]
    assert [what for _, _, what in told if what.startswith("scene ")][-1] == "scene 3/3"
    for picture in done.pictures:
        data = done.blobs[picture.sha256]
        assert sha256(data).hexdigest() == picture.sha256
        assert len(data) == picture.size
        with Image.open(BytesIO(data)) as image:
            assert image.size == (picture.width, picture.height)
            assert Image.MIME[str(image.format)] == picture.mime
        assert picture.source == next(iter(shop.blobs))
        assert picture.ai == "none"
    main, scene, own = done.pictures
    assert main.measured["border_white"] == 1.0
    assert main.measured["fill"] >= 0.85
    assert main.measured["background_white"] == 1.0
    for picture in (main, scene):
        assert picture.measured["product_changed"] == 0
        assert picture.measured["product_pixels"] > 5000
        assert not picture.may_alter
    assert label.read(done.blobs[main.sha256]).source == "algorithmicallyEnhanced"
    assert label.read(done.blobs[scene.sha256]).source == "composite"
    assert (own.width, own.height) == (200, 200)


def test_the_same_shoot_gives_the_same_files() -> None:
    first, again = Shop(bottle()).shoot(), Shop(bottle()).shoot()
    assert list(first.blobs) == list(again.blobs)


@pytest.mark.parametrize(
    ("locale", "title", "main"),
    [
        ("en-US", "Green tea", "Green tea on a white background"),
        ("zh-CN", "绿茶", "绿茶，白色背景"),
    ],
)
def test_alt_texts_speak_the_listings_language(locale: str, title: str, main: str) -> None:
    done = Shop(bottle(), locale=locale, title=title).shoot()
    assert done.pictures[0].alt == main
    assert done.pictures[1].alt.startswith(title)
    assert len(Shop(bottle(), title="x" * 300).shoot().pictures[0].alt) == 125


def test_a_photo_that_is_none_is_passed_over_for_one_that_is() -> None:
    done = Shop(b"not a picture", bottle()).shoot()
    assert len(done.pictures) == 3
    assert done.pictures[0].source == sha256(bottle()).hexdigest()


def test_without_a_usable_photo_every_slot_says_why() -> None:
    done = Shop(b"%PDF-1.7").shoot()
    assert done.pictures == ()
    assert {f.field for f in done.findings} == {"pictures.main", "pictures.scene", "pictures.own"}
    assert all("PDF" in f.message["en"] for f in done.findings)
    none = Shop().shoot()
    assert all("no photo" in f.message["en"] for f in none.findings)
    assert next(f for f in none.findings if f.field == "pictures.main").blocks
    assert not next(f for f in none.findings if f.field == "pictures.scene").blocks


def test_one_failed_picture_does_not_cost_the_others() -> None:
    tight = (SLOTS[0].model_copy(update={"max_bytes": 500}), SLOTS[2])
    done = Shop(bottle()).shoot(slots=tight)
    assert [p.slot for p in done.pictures] == ["own"]
    assert [f.field for f in done.findings] == ["pictures.main"]
    assert "500 bytes" in done.findings[0].message["en"]


class Broken:
    """A scene engine of somebody else that fails in a way nobody thought of."""

    name, model, ai = "broken", "", "none"

    def ready(self) -> str:
        return ""

    def backdrop(self, scene: Scene, **_: Any) -> Any:
        raise ZeroDivisionError("oh")


def test_a_foreign_engines_crash_is_a_finding() -> None:
    done = Shop(bottle()).shoot(Broken())
    assert [p.slot for p in done.pictures] == ["main", "own"]
    assert [f.field for f in done.findings] == ["pictures.scene"]
    assert "ZeroDivisionError" in done.findings[0].message["en"]


class Generated:
    """Stands for a diffusion engine: what it paints is marked as such."""

    name, model, ai = "generated", "some-model", "generated"

    def ready(self) -> str:
        return ""

    def backdrop(self, scene: Scene, **_: Any) -> Any:
        assert "drink" not in scene.prompt
        return np.full((scene.height, scene.width, 3), 170, np.uint8)


def test_a_generated_backdrop_is_marked_as_ai_in_picture_and_file() -> None:
    done = Shop(bottle()).shoot(Generated())
    scene = next(p for p in done.pictures if p.slot == "scene")
    assert scene.ai == "composite"
    found = label.read(done.blobs[scene.sha256])
    assert found.source == "compositeWithTrainedAlgorithmicMedia"
    assert found.aigc["Label"] == "1"
    assert scene.made[-1].model == "some-model"
    assert scene.made[-1].prompt
    assert scene.measured["product_changed"] == 0


def test_a_doubtful_cut_out_is_brought_to_a_person() -> None:
    picture = np.random.default_rng(3).integers(0, 255, (40, 40, 3)).astype(np.uint8)
    busy = cv2.resize(picture, (480, 480), interpolation=cv2.INTER_CUBIC)
    busy[120:400, 160:320] = (30, 90, 60)
    out = BytesIO()
    Image.fromarray(busy).save(out, "PNG")
    rules = [(f.rule, f.field) for f in Shop(out.getvalue()).shoot().findings]
    assert ("picture.doubtful", "pictures.main") in rules
    assert ("picture.doubtful", "pictures.own") not in rules


def test_a_product_cut_off_by_the_photo_is_told() -> None:
    with Image.open(BytesIO(bottle())) as image:
        out = BytesIO()
        image.crop((0, 0, 480, 330)).save(out, "PNG")
    done = Shop(out.getvalue()).shoot()
    assert "picture.cropped" in {f.rule for f in done.findings}
    assert len(done.pictures) == 3


def test_cancel_stops_the_shoot() -> None:
    stop = threading.Event()
    with pytest.raises(EngineError, match="cancelled"):
        Shop(bottle()).shoot(on_step=lambda *_: stop.set(), cancel=stop)


def test_text_in_the_pictures_comes_back_with_its_slot() -> None:
    ocr = engines.load("ocr", "rapidocr", threads=1)
    if ocr.ready():
        pytest.skip(ocr.ready())
    done = Shop(bottle()).shoot(ocr=ocr, slots=SLOTS[:1])
    slot, line = next((s, x) for s, x in done.lines if isinstance(x, Line))
    assert slot == "main"
    assert line.text.upper() == "TEA"
    x, y, width, height = line.box
    assert 100 < x + width / 2 < 320
    assert 100 < y + height / 2 < 400


@pytest.mark.parametrize(
    ("data", "en", "zh"),
    [
        (b"<html>no</html>", "this is a web page", "网页"),
        (bottle()[:900], "damaged", "图片已损坏"),
    ],
)
def test_why_no_picture_was_made_is_told_in_both_languages(data: bytes, en: str, zh: str) -> None:
    done = Shop(data).shoot(slots=SLOTS[:1])
    (finding,) = done.findings
    assert finding.rule == "picture.failed"
    assert "0.png: " in finding.message["en"]
    assert en in finding.message["en"]
    assert zh in finding.message["zh"]
    assert finding.advice["zh"] != finding.advice["en"]

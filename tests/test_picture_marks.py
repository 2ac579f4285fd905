"""The mark that people see, and signed credentials, through a whole shoot."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import picture_keys
import pytest
from PIL import Image

from studio import engines
from studio.engines import Scene
from studio.errors import InputError
from studio.imaging import encode, label, measure, opening, shot, visible
from studio.photographer.job import Job
from studio.photographer.taking import take
from studio.photographer.writing import finish
from studio.schema import Brief, Channel, Copy, Facts, Photo, Picture, Product, Slot

SCENE = Slot(name="scene", kind="scene", width=900, height=600, max_bytes=400_000)
WHITE = Slot(name="main", kind="white", width=600, height=600)


def photo(marks: label.Marks | None = None) -> bytes:
    """A green bottle on white."""
    picture = np.full((480, 480, 3), 250, np.uint8)
    cv2.rectangle(picture, (190, 130), (290, 430), (30, 90, 60), -1)
    cv2.rectangle(picture, (220, 60), (260, 130), (20, 60, 40), -1)
    return encode.encode(picture, "PNG", 10**7, label.packet(marks or label.Marks()))[0]


class Painted:
    """A scene engine that says of itself that a model paints; its ground is a plain grey."""

    name, model, ai = "painted", "some-model", "generated"

    def __init__(self, alters: bool = False) -> None:
        self.alters = alters

    def ready(self) -> str:
        return ""

    def backdrop(self, scene: Scene, **_: Any) -> Any:
        return np.full((scene.height, scene.width, 3), 190, np.uint8)


def made(
    slot: Slot = SCENE,
    *,
    markets: tuple[str, ...] = ("CN",),
    scene: Any = None,
    data: bytes | None = None,
    locale: str = "zh-CN",
    signer: Any = None,
    **options: Any,
) -> tuple[Picture, bytes]:
    """One picture, taken and written as a shoot does it."""
    data = data or photo()
    name = sha256(data).hexdigest()
    product = Product(
        id="p",
        locale=locale,
        facts={locale: Facts(title="茶", category="drink")},
        photos=(Photo(ref="a.png", sha256=name),),
    )
    channel = Channel(id="shop", name={"en": "Shop"}, markets=markets, fields={}, options=options)
    brief = Brief(channel="shop", locale=locale, seed=3)
    engine = engines.load("cutout", "plain")
    job = Job(
        product, brief, channel, lambda _: data, engine, scene or Painted(), Copy(), (), None, None,
        signer,
    )  # fmt: skip
    opened = opening.read(data)
    cut = engine.cut(opened.rgb)
    seen = shot.from_mask(name, opened, cut.mask, cut.confidence, cut.notes)
    picture, files = finish(job, slot, seen, take(job, slot, seen)[0])
    return picture, files[picture.sha256]


def read_text(data: bytes) -> list[engines.Line]:
    reader = engines.load("ocr", "rapidocr", threads=1)
    if reader.ready():
        pytest.skip(reader.ready())
    return list(reader.read(measure.decode(data)))


def test_in_china_a_generated_set_is_marked_for_people_to_see() -> None:
    picture, data = made()
    lines = read_text(data)
    mark = next(line for line in lines if "AI" in line.text)
    assert mark.text.replace(" ", "") == "AI生成"
    x, y, width, height = mark.box
    assert height >= 0.05 * 600
    near = min(x, y, picture.width - x - width, picture.height - y - height)
    assert near < 0.1 * 600, "at an edge"
    assert picture.measured["ai_mark"] >= visible.HEIGHT
    assert picture.measured["product_changed"] == 0, "never over the product"
    assert label.read(data).aigc["Label"] == "1"


@pytest.mark.parametrize(
    ("given", "marked"),
    [
        ({"markets": ("US",), "locale": "en-US"}, False),
        ({"markets": ("US",), "locale": "en-US", "visible_mark": "always"}, True),
        ({"visible_mark": "never"}, False),
        ({"scene": engines.load("scene", "backdrop")}, False),
        ({"slot": WHITE}, False),
        ({"slot": WHITE, "data": photo(label.Marks("trainedAlgorithmicMedia"))}, True),
    ],
)
def test_only_what_a_model_made_is_marked_and_where_it_is_asked(
    given: dict[str, Any], marked: bool
) -> None:
    picture, data = made(**given)
    assert ("ai_mark" in picture.measured) == marked
    if not marked and picture.ai == "none":
        assert not label.read(data).generated


def test_the_marks_of_a_generated_photo_come_through_a_shoot() -> None:
    producer = {"Label": "1", "ContentProducer": "somebody", "ProduceID": "7"}
    picture, data = made(WHITE, data=photo(label.Marks("trainedAlgorithmicMedia", producer)))
    found = label.read(data)
    assert found.source == "trainedAlgorithmicMedia"
    assert found.aigc == producer
    assert picture.ai == "composite"


def test_an_engine_that_paints_the_product_is_told_in_the_picture() -> None:
    assert made(scene=Painted(alters=True))[0].may_alter
    assert not made()[0].may_alter


@pytest.mark.parametrize("size", [(800, 800), (600, 1200), (1600, 500), (240, 240)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_mark_is_readable_and_beside_the_product(size: tuple[int, int], language: str) -> None:
    width, height = size
    pixels = np.full((height, width, 3), 255, np.uint8)
    product = np.zeros((height, width), np.float32)
    cv2.circle(product, (width // 2, height // 2), int(0.33 * min(size)), 1.0, -1)
    out, mark = visible.draw(pixels, product, language)
    changed = (out != pixels).any(axis=2)
    x, y, w, h = mark.box
    ring = changed[y : y + h, x : x + w].copy()
    ring[2:-2, 2:-2] = True
    assert ring.all(), "the plate is where it says"
    changed[y : y + h, x : x + w] = False
    assert not changed.any()
    assert not product[y : y + h, x : x + w].any()
    plate = out[y : y + h, x : x + w].astype(float) / 255
    light = np.where(plate <= 0.04045, plate / 12.92, ((plate + 0.055) / 1.055) ** 2.4)
    levels = light @ (0.2126, 0.7152, 0.0722)
    assert (levels.max() + 0.05) / (levels[0, 0] + 0.05) >= 4.5, "WCAG contrast even on white"
    letters = plate.min(axis=2) > 0.9
    rows = np.flatnonzero(letters.any(axis=1))
    assert rows[-1] - rows[0] + 1 >= visible.HEIGHT * min(size)


def test_the_mark_goes_round_a_product_in_the_corners_and_over_no_letters() -> None:
    pixels = np.full((600, 600, 3), 200, np.uint8)
    product = np.zeros((600, 600), np.float32)
    product[430:, :] = 1
    cv2.putText(pixels, "SALE", (330, 70), 0, 3, (0, 0, 0), 8)
    _, mark = visible.draw(pixels, product, "zh")
    assert mark.box[0] < 100
    assert mark.box[1] < 100
    product[:] = 1
    with pytest.raises(InputError, match="no place"):
        visible.draw(pixels, product, "zh")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_with_a_key_the_picture_carries_signed_credentials(
    tmp_path: Path, format: encode.Format
) -> None:
    pytest.importorskip("c2pa")
    from studio.imaging import credentials

    key, chain, root = picture_keys.make(tmp_path)
    signer = credentials.load(key, chain)
    slot = SCENE.model_copy(update={"format": format, "max_bytes": 900_000})
    picture, data = made(slot, signer=signer)
    assert picture.sha256 == sha256(data).hexdigest()
    assert picture.size == len(data) <= slot.max_bytes
    seal = credentials.read(data, picture.mime, anchors=root)
    assert seal is not None
    assert seal.state == "Trusted"
    assert seal.title == "scene"
    assert seal.steps == ("c2pa.opened", "c2pa.edited", "c2pa.edited", "c2pa.resized")
    assert seal.sources[-1] == label.read(data).source == "compositeWithTrainedAlgorithmicMedia"
    with Image.open(BytesIO(data)) as image:
        assert image.size == (900, 600)
    assert credentials.read(made()[1], "image/jpeg") is None, "none without a key"

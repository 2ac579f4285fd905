"""Hints on the merchant's photos: codes, borders, contacts, marks, and photos nearly the same."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from studio import data, engines
from studio.imaging import hints, sameness
from studio.imaging.hints import Hint

PHOTOS = sorted((data.folder("assets") / "sample" / "photos").glob("*.jpg"))


@pytest.fixture(scope="module")
def photos() -> dict[str, np.ndarray]:
    return {p.stem: np.asarray(Image.open(p).convert("RGB")) for p in PHOTOS}


def jpeg(picture: np.ndarray, quality: int = 85) -> np.ndarray:
    out = BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=quality)
    return np.asarray(Image.open(out).convert("RGB"))


def changed(picture: np.ndarray, how: str) -> np.ndarray:
    height, width = picture.shape[:2]
    if how == "compressed":
        return jpeg(picture, 40)
    if how == "small":
        return cv2.resize(picture, (width // 3, height // 3), interpolation=cv2.INTER_AREA)
    if how == "cropped":
        y, x = int(0.03 * height), int(0.03 * width)
        return picture[y : height - y, x : width - x]
    if how == "brighter":
        return np.clip(picture * 1.08, 0, 255).astype(np.uint8)
    return cv2.putText(picture.copy(), "SHOP", (20, 60), 0, 1.5, (200, 0, 0), 4)


@pytest.mark.parametrize("how", ["compressed", "small", "cropped", "brighter", "lettered"])
def test_a_copy_is_known_again(photos: dict[str, np.ndarray], how: str) -> None:
    for name, picture in photos.items():
        signs = {"one": sameness.sign(picture), "copy": sameness.sign(changed(picture, how))}
        assert sameness.twins(signs) == [("one", "copy")], name


def test_other_products_and_other_colours_are_no_twins(photos: dict[str, np.ndarray]) -> None:
    signs = {name: sameness.sign(picture) for name, picture in photos.items()}
    assert sameness.twins(signs) == []
    blue, green = signs["bottle-blue"], signs["bottle-green"]
    assert (blue.shape ^ green.shape).bit_count() <= sameness.NEAR, "in shape they are"


def test_twins_are_found_among_many() -> None:
    dice = np.random.default_rng(0)
    signs = {
        n: sameness.Sign(int(dice.integers(0, 2**63)), (0.0,) * 108, (0, 0, 0, 0))
        for n in range(700)
    }
    signs[700] = sameness.Sign(signs[3].shape ^ 0b101, (0.0,) * 108, (0, 0, 0, 0))
    assert (3, 700) in sameness.twins(signs)
    near = [
        (a, b)
        for a, b in itertools.combinations(signs, 2)
        if (signs[a].shape ^ signs[b].shape).bit_count() <= sameness.NEAR
    ]
    assert sameness.twins(signs) == sorted(near)


def test_a_logo_over_many_photos_is_found_in_its_corner(photos: dict[str, np.ndarray]) -> None:
    signs = {}
    for number, (name, picture) in enumerate(photos.items()):
        marked = picture.copy()
        if number % 3 == 0:
            cv2.circle(marked, (1100, 90), 60, (200, 20, 20), -1)
            cv2.putText(marked, "AB", (1060, 110), 0, 1.6, (255, 255, 255), 5)
        signs[name] = sameness.sign(jpeg(marked))
    found = sameness.repeated(signs)
    # a pale logo's shape is that of the ground where the ground is busy: those are missed
    assert len(found) >= 4
    assert {corner for corner, _ in found.values()} == {"top right"}
    assert set(found) <= set(list(photos)[::3])
    assert sameness.repeated({n: sameness.sign(p) for n, p in photos.items()}) == {}


def test_the_sample_photos_give_no_hint(photos: dict[str, np.ndarray]) -> None:
    assert {name: found for name, p in photos.items() if (found := hints.look(p))} == {}


@pytest.mark.parametrize("how", ["dark", "pale", "soft", "small", "long"])
def test_a_photo_that_is_none_to_sell_with_is_told(photos: dict[str, np.ndarray], how: str) -> None:
    spoilt: dict[str, Any] = {
        "dark": lambda p: (p * 0.35).astype(np.uint8),
        "pale": lambda p: (215 + p / 255 * 40).astype(np.uint8),
        "soft": lambda p: cv2.GaussianBlur(p, (0, 0), 3.0 * max(p.shape) / 1024),
        "small": lambda p: cv2.resize(p, (420, 420), interpolation=cv2.INTER_AREA),
        "long": lambda p: np.ascontiguousarray(p[: p.shape[0] // 4, :]),
    }
    for name, photo in list(photos.items())[::3]:
        found = {hint.rule for hint in hints.look(spoilt[how](photo))}
        assert how in found, name
        if how != "long":  # a fourth of a photo is small too, and may show nothing but ground
            assert found <= {how, "border"}, name


@pytest.mark.parametrize("side", [150, 200, 400])
def test_a_qr_code_is_read_with_its_place(photos: dict[str, np.ndarray], side: int) -> None:
    code = cv2.QRCodeEncoder_create().encode("https://example.com/other-shop")
    code = cv2.copyMakeBorder(code, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=255)
    picture = photos["teapot"].copy()
    large = cv2.resize(code, (side, side), interpolation=cv2.INTER_NEAREST)
    picture[-side - 40 : -40, 40 : 40 + side] = large[..., None]
    (hint,) = hints.look(jpeg(picture))
    assert hint.rule == "code"
    assert hint.values["text"] == "https://example.com/other-shop"
    assert hint.box is not None
    x, y, width, height = hint.box
    assert abs(x + width / 2 - (40 + side / 2)) < 0.1 * side
    assert abs(y + height / 2 - (1200 - 40 - side / 2)) < 0.1 * side


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (200, 30, 30)])
@pytest.mark.parametrize("bars", [(30, 30, 30, 30), (80, 80, 0, 0), (0, 0, 25, 40)])
def test_a_border_is_seen(
    photos: dict[str, np.ndarray], colour: tuple[int, int, int], bars: tuple[int, int, int, int]
) -> None:
    for name in ("teapot", "box", "tote"):
        framed = cv2.copyMakeBorder(photos[name], *bars, cv2.BORDER_CONSTANT, value=colour)
        for quality, off in ((92, 3), (75, 16)):  # a strong JPEG colours the rows before the line
            (hint,) = hints.look(jpeg(framed, quality))
            assert hint.rule == "border"
            assert abs(int(str(hint.values["px"])) - max(bars)) <= off


class Line:
    def __init__(self, text: str, box: tuple[int, int, int, int]) -> None:
        self.text, self.box = text, box


def test_what_a_reader_makes_of_a_codes_squares_is_no_text(photos: dict[str, np.ndarray]) -> None:
    code = cv2.QRCodeEncoder_create().encode("https://example.com/other-shop")
    picture = photos["teapot"].copy()
    picture[950:1150, 950:1150] = cv2.resize(code, (200, 200), interpolation=0)[..., None]
    scraps = Line("号品", (980, 1000, 60, 30))
    shop = Line("Shop of Ada", (900, 1160, 160, 30))
    found = hints.look(jpeg(picture), (scraps, shop))
    assert [(h.rule, h.values["text"]) for h in found[1:]] == [("corner", "Shop of Ada")]


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("www.other-shop.com", True),
        ("微信：abc12345", True),
        ("加QQ 88776655", True),
        ("13812345678", True),
        ("@great_shop", True),
        ("净含量 500 mL", False),
        ("6901234567892", False),
        ("Made in China", False),
        ("A.B. Tea", False),
        ("¥1399", False),
    ],
)
def test_contacts_are_told_from_what_a_label_says(text: str, contact: bool) -> None:
    sound = np.random.default_rng(1).integers(0, 255, (1200, 1200, 3)).astype(np.uint8)
    assert hints.look(sound, []) == hints.look(sound, [Line("", (450, 590, 300, 20))]) == []
    found = hints.look(sound, [Line(text, (450, 590, 300, 20))])
    assert [hint.rule for hint in found] == (["contact"] if contact else [])


def test_text_in_a_corner_is_a_hint_and_on_the_product_is_none(
    photos: dict[str, np.ndarray],
) -> None:
    reader = engines.load("ocr", "rapidocr", threads=1)
    if reader.ready():
        pytest.skip(reader.ready())
    picture = np.full((800, 800, 3), 245, np.uint8)
    cv2.rectangle(picture, (250, 150), (550, 700), (30, 90, 60), -1)
    cv2.putText(picture, "GREEN TEA", (280, 420), 0, 1.4, (250, 250, 250), 4)
    cv2.putText(picture, "MyShop", (30, 770), 0, 1.0, (120, 120, 120), 2)
    found = hints.look(picture, reader.read(picture))
    assert [(h.rule, h.values["corner"]) for h in found] == [("corner", "bottom left")]


def test_every_hint_speaks_both_languages() -> None:
    given: dict[str, dict[str, Any]] = {
        "code": {"text": "x"},
        "contact": {"text": "x"},
        "corner": {"text": "x", "corner": "top left"},
        "mark": {"corner": "top left", "count": 3},
        "border": {"sides": "top, bottom", "px": 3},
        "small": {"width": 300, "height": 400, "least": 500},
        "long": {"width": 300, "height": 1400},
        "dark": {},
        "pale": {},
        "soft": {},
        "unsafe": {"score": 0.93},
        "twin": {"other": 1},
        "shared": {"other": "p2"},
    }
    assert set(given) == set(hints._SAYS)
    for rule, values in given.items():
        told = hints.finding(Hint(rule, values), 2)
        assert told.field == "photos.2"
        assert not told.blocks
        for texts in (told.message, told.advice):
            assert texts["en"].isascii()
            assert any("\u4e00" <= c <= "\u9fff" for c in texts["zh"])
            assert "{" not in texts["en"] + texts["zh"]
            assert not any(word in texts["zh"] for word in ("top", "left", "bottom"))


def test_the_command_looks_through_a_catalog(tmp_path: Path, photos: dict[str, np.ndarray]) -> None:
    pictures = {
        "a.jpg": photos["teapot"],
        "b.jpg": changed(photos["teapot"], "cropped"),
        "c.jpg": changed(photos["lamp"], "compressed"),
        "d.jpg": photos["lamp"],
        "e.jpg": cv2.copyMakeBorder(photos["box"], 30, 30, 30, 30, cv2.BORDER_CONSTANT),
    }
    for name, picture in pictures.items():
        Image.fromarray(picture).save(tmp_path / name, quality=92)
    rows = ["id,title,images", "p1,Teapot,a.jpg;b.jpg", "p2,Lamp,c.jpg", "p3,Lamp,d.jpg"]
    rows.append("p4,Box,e.jpg")
    (tmp_path / "catalog.csv").write_text("\n".join(rows), "utf-8")
    run = [sys.executable, "-m", "studio", "--home", str(tmp_path / "home")]
    environment = {**os.environ, "STUDIO_OCR_ENGINE": "", "STUDIO_LANGUAGE": "en"}
    importing = [*run, "import", str(tmp_path / "catalog.csv"), "--images", str(tmp_path)]
    subprocess.run([*importing, "--locale", "en-US"], check=True, env=environment)
    told = subprocess.run(
        [*run, "photos", "--json"], check=True, env=environment, capture_output=True, text=True
    )
    found = [json.loads(line) for line in told.stdout.splitlines()]
    assert [(f["product"], f["field"], f["rule"]) for f in found] == [
        ("p4", "photos.1", "photo.border"),
        ("p1", "photos.2", "photo.twin"),
        ("p2", "photos.1", "photo.shared"),
        ("p3", "photos.1", "photo.shared"),
    ]
    assert "p3" in found[2]["message"]["en"]
    assert "4 products, 4 hints" in told.stderr

"""Enlarging a photo, and cutting it to a slot's ratio."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio import engines
from studio.errors import EngineError, SetupError
from studio.imaging import crop


def field(number: int, wire: int, payload: bytes) -> bytes:
    return varint(number << 3 | wire) + payload


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes((value & 127 | 128,))
        value >>= 7
    return out + bytes((value,))


def text(number: int, value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return field(number, 2, varint(len(data)) + data)


def network(path: Path, scale: float = 2.0, channels: int = 3) -> Path:
    """An ONNX file that enlarges by doubling pixels and turns the colours over, so that its part
    in a picture can be seen: 1 - resize(x). Written field by field (onnx.proto3)."""
    scales = np.array([1, 1, scale, scale], "<f4")
    one = np.ones(1, "<f4")
    depth = text(1, field(1, 0, varint(channels)))
    shape = text(2, text(1, text(2, "n")) + depth + text(1, text(2, "h")) + text(1, text(2, "w")))
    kind = text(2, text(1, field(1, 0, varint(1)) + shape))
    resize = text(1, "x") + text(1, "s") + text(2, "y") + text(4, "Resize")
    resize += text(5, text(1, "mode") + text(4, "nearest") + field(20, 0, varint(3)))
    minus = text(1, "o") + text(1, "y") + text(2, "z") + text(4, "Sub")
    weights = field(1, 0, varint(4)) + field(2, 0, varint(1)) + text(8, "s")
    ones = field(1, 0, varint(1)) + field(2, 0, varint(1)) + text(8, "o")
    graph = text(1, resize) + text(1, minus) + text(2, "g")
    graph += text(5, weights + text(9, scales.tobytes())) + text(5, ones + text(9, one.tobytes()))
    graph += text(11, text(1, "x") + kind) + text(12, text(1, "z") + kind)
    model = field(1, 0, varint(6)) + text(7, graph) + text(8, field(2, 0, varint(10)))
    path.write_bytes(model)
    return path


def drawing(height: int = 90, width: int = 130) -> np.ndarray:
    picture = np.full((height, width, 3), 235, np.uint8)
    cv2.circle(picture, (width // 2, height // 2), 30, (40, 90, 160), -1, cv2.LINE_AA)
    cv2.putText(picture, "TEA", (width // 2 - 20, height // 2 + 6), 0, 0.6, (250, 250, 250), 1)
    return picture


@pytest.mark.parametrize("size", [(260, 180), (390, 270), (200, 200)])
def test_plain_enlarging_is_sharper_than_bicubic_and_invents_nothing(size: tuple[int, int]) -> None:
    small = drawing()
    one = engines.load("upscale", "plain")
    large = one.enlarge(small, *size)
    assert large.shape == (size[1], size[0], 3)
    assert large.dtype == np.uint8
    assert not one.alters
    assert large.min() >= small.min() - 1
    assert large.max() <= small.max() + 1, "no halo beside an edge"

    def detail(picture: np.ndarray) -> float:
        return float(cv2.Laplacian(picture.astype(np.float32), cv2.CV_32F).var())

    assert detail(large) > detail(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC))
    back = cv2.resize(large, (130, 90), interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(back - small).mean() < 4
    plain = np.full((20, 20, 3), 77, np.uint8)
    assert (one.enlarge(plain, 50, 50) == 77).all()


def test_a_network_of_ones_own_enlarges_without_seams(tmp_path: Path) -> None:
    file = network(tmp_path / "twice.onnx")
    one = engines.load("upscale", "onnx", file=file, tile=64, threads=1)
    assert one.ready() == ""
    assert one.alters
    assert (one.name, one.model) == ("onnx", "twice")
    small = drawing()
    large = one.enlarge(small, 260, 180)
    wanted = 255 - np.repeat(np.repeat(small, 2, axis=0), 2, axis=1)
    assert np.abs(large.astype(int) - wanted).max() <= 1
    again = one.enlarge(small, 400, 277)  # twice through it, then scaled down
    assert again.shape == (277, 400, 3)
    assert abs(float(again.mean()) - float(small.mean())) < 3


def test_a_network_that_cannot_enlarge_is_told(tmp_path: Path) -> None:
    assert "option file" in engines.load("upscale", "onnx").ready()
    missing = engines.load("upscale", "onnx", file=tmp_path / "none.onnx")
    assert "no file" in missing.ready()
    with pytest.raises(SetupError, match="no file"):
        missing.enlarge(drawing(), 260, 180)
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    with pytest.raises(SetupError, match="could not be opened"):
        engines.load("upscale", "onnx", file=tmp_path / "broken.onnx").enlarge(drawing(), 260, 180)
    same = network(tmp_path / "same.onnx", scale=1.0)
    with pytest.raises(EngineError, match="does not enlarge"):
        engines.load("upscale", "onnx", file=same, tile=64).enlarge(drawing(), 260, 180)
    grey = network(tmp_path / "grey.onnx", channels=1)
    with pytest.raises(EngineError, match="failed"):
        engines.load("upscale", "onnx", file=grey, tile=64).enlarge(drawing(), 260, 180)


def matte(box: tuple[int, int, int, int], width: int = 400, height: int = 300) -> np.ndarray:
    x, y, w, h = box
    made = np.zeros((height, width), np.float32)
    made[y : y + h, x : x + w] = 1
    return made


@pytest.mark.parametrize(
    ("box", "ratio", "expected"),
    [
        ((150, 100, 100, 100), 1.0, (50, 0, 300, 300)),  # square, the product in its middle
        ((20, 100, 60, 100), 1.0, (0, 0, 300, 300)),  # kept in the photo
        ((340, 100, 60, 100), 0.75, (175, 0, 225, 300)),
        ((0, 100, 400, 100), 1.0, (0, 0, 400, 300)),  # as wide as the photo: nothing is cut
        ((150, 20, 100, 80), 2.0, (0, 0, 400, 200)),
    ],
)
def test_a_cut_keeps_to_the_ratio_round_the_product(
    box: tuple[int, int, int, int], ratio: float, expected: tuple[int, int, int, int]
) -> None:
    assert crop.box(matte(box), ratio) == expected


@given(
    st.integers(0, 390),
    st.integers(0, 290),
    st.integers(1, 400),
    st.integers(1, 300),
    st.sampled_from([0.5, 0.75, 1.0, 1.333, 16 / 9, 3.0]),
)
def test_the_product_is_never_cut(x: int, y: int, w: int, h: int, ratio: float) -> None:
    product = matte((x, y, w, h))
    left, top, wide, high = crop.box(product, ratio)
    assert left >= 0
    assert top >= 0
    assert left + wide <= 400
    assert top + high <= 300
    kept = product[top : top + high, left : left + wide]
    assert kept.sum() == product.sum()
    whole = crop.box(np.zeros((300, 400), np.float32), ratio)
    assert whole == (0, 0, 400, 300), "without a product nothing may be cut"


def test_the_cut_is_the_photos_own_pixels() -> None:
    photo = np.arange(300 * 400 * 3, dtype=np.uint32).astype(np.uint8).reshape(300, 400, 3)
    cut = crop.to_ratio(photo, matte((150, 100, 100, 100)), 600, 600)
    assert (cut == photo[:, 50:350]).all()

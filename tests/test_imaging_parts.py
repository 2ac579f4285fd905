"""The counting and measuring that the matte rests on, beside the plain way to do the same."""

from __future__ import annotations

from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from studio.imaging import compose, encode, ground, planes, regions

_SPECKS = cv2.resize(
    np.random.default_rng(3).random((30, 40)), (400, 300), interpolation=cv2.INTER_CUBIC
)


def test_what_is_joined_to_the_border_is_reached_and_nothing_else() -> None:
    passable = _SPECKS > 0.5
    _, parts = cv2.connectedComponents(passable.astype(np.uint8), connectivity=4)
    border = {*parts[0], *parts[-1], *parts[:, 0], *parts[:, -1]} - {0}
    wanted = np.isin(parts, list(border))
    assert np.array_equal(regions.reached(passable), wanted)
    assert 0 < wanted.sum() < passable.sum()


@pytest.mark.parametrize("share", [0.4, 0.8, 2.0])
def test_the_parts_of_a_picture_are_each_measured(share: float) -> None:
    where = np.zeros((300, 400), bool)
    where[40:260, 50:330] = share < _SPECKS[40:260, 50:330]
    found = regions.Parts.of(where)
    count, labels = cv2.connectedComponents(where.astype(np.uint8), connectivity=4)
    means = [float(_SPECKS[labels == label].mean()) for label in range(1, count)]
    assert sorted(found.mean(_SPECKS)) == pytest.approx(sorted(means))
    assert found.sizes.sum() == where.sum()
    large = found.sizes >= 200
    kept = np.zeros(where.size, bool)
    kept[found.pixels(large)] = True
    wanted = np.isin(labels, [n for n in range(1, count) if (labels == n).sum() >= 200])
    assert np.array_equal(kept.reshape(where.shape), wanted)


def test_parts_that_the_mask_does_not_show_and_specks_fall_out() -> None:
    product = np.zeros((200, 200), bool)
    product[20:120, 20:120] = product[150:170, 20:60] = product[150:190, 150:190] = True
    product[195:197, 195:197] = True
    mask = np.zeros((200, 200), np.float32)
    mask[:180, :100] = 1
    kept = regions.grown_clean(product, mask, 0.3)
    assert kept[70, 70]
    assert kept[160, 40]
    assert not kept[170, 170]
    assert not kept[196, 196]
    assert not regions.grown_clean(product, np.zeros_like(mask), 0.3).any()
    assert not regions.grown_clean(np.zeros_like(product), mask, 0.3).any()


@pytest.mark.parametrize("swept", [False, True])
def test_a_ground_that_changes_is_known_to_a_level_at_every_pixel(swept: bool) -> None:
    """The second: paper swept up behind the product, dark above, light below."""
    y, x = np.mgrid[0:301, 0:403].astype(np.float32)
    surface = np.dstack([200 + 40 * x / 403, 190 + 30 * y / 301, 180 + 50 * (x / 403) ** 2])
    if swept:
        down = y / 301
        surface = np.dstack([60 + 150 * down**2 * (3 - 2 * down) + 9 * x / 403] * 3)
    rgb = (surface + 0.5).astype(np.uint8)
    rgb[100:200, 150:250] = (20, 60, 90)
    mask = np.zeros(rgb.shape[:2], np.float32)
    mask[100:200, 150:250] = 1
    found = ground.plain(rgb, mask)
    assert found is not None
    off = found.off(rgb)
    assert off[mask == 0].max() <= 2
    assert off[mask == 1].min() > (20 if swept else 120)
    rows, columns = np.nonzero(mask == 0)
    assert np.abs(found.at(rows, columns, mask.shape) - surface[rows, columns]).max() < 1


@pytest.mark.parametrize("times", [1, 2, 5])
def test_shrinking_takes_means_of_squares(times: int) -> None:
    plane = np.random.default_rng(1).random((103, 88)).astype(np.float32)
    high, wide = 103 // times, 88 // times
    squares = plane[: high * times, : wide * times].reshape(high, times, wide, times)
    assert planes.shrunk(plane, times) == pytest.approx(squares.mean(axis=(1, 3)), abs=1e-5)


@pytest.mark.parametrize("channels", [3, 4])
def test_a_png_holds_every_pixel(channels: int) -> None:
    rng = np.random.default_rng(2)
    pixels = rng.integers(0, 255, (61, 83, channels), np.uint8)
    data, _ = encode.encode(pixels, "PNG", 10**6)
    with Image.open(BytesIO(data)) as image:
        assert image.mode == ("RGB" if channels == 3 else "RGBA")
        assert np.array_equal(np.asarray(image), pixels)


def test_nothing_is_left_where_nothing_of_the_product_is() -> None:
    rgb = np.full((40, 60, 3), (200, 30, 90), np.uint8)
    alpha = np.zeros((40, 60), np.float32)
    alpha[10:30, 20:40], alpha[9, 20:40] = 1, 0.5
    clear = compose.on_nothing(rgb, alpha)
    assert clear[20, 30].tolist() == [200, 30, 90, 255]
    assert clear[9, 30].tolist() == [200, 30, 90, 128]
    assert clear[alpha == 0].max() == 0

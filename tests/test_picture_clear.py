"""The product without a ground: a file with transparency, measured as it looks on white."""

from __future__ import annotations

from io import BytesIO
from typing import Literal

import numpy as np
import pytest
from PIL import Image
from test_photographer import Shop, bottle

from studio.imaging import label
from studio.schema import Slot


def clear(format: Literal["JPEG", "PNG", "WEBP"]) -> Slot:
    return Slot(name="cut", kind="clear", width=800, height=1000, fill=0.9, format=format)


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_nothing_is_left_of_the_ground_and_the_product_is_whole(
    format: Literal["PNG", "WEBP"],
) -> None:
    done = Shop(bottle(side=1400)).shoot(slots=(clear(format),))
    picture = done.pictures[0]
    file = done.blobs[picture.sha256]
    with Image.open(BytesIO(file)) as image:
        assert image.mode == "RGBA"
        pixels = np.asarray(image)
    assert pixels.shape == (1000, 800, 4)
    assert not pixels[:40, :, 3].any()
    rows, columns = np.nonzero(pixels[..., 3] > 128)
    assert (rows.max() - rows.min() + 1) / 1000 == pytest.approx(0.9, abs=0.01)
    assert pixels[500, 400, 3] == 255, "solid in the middle"
    solid = pixels[pixels[..., 3] == 255][:, :3].astype(int)
    assert (solid.min(axis=1) < 235).mean() > 0.98, "no ground of the photo came along"
    assert columns.size > 0
    assert picture.measured["product_changed"] == 0
    assert picture.measured["fill"] == pytest.approx(0.9, abs=0.01)
    assert label.read(file).source == "algorithmicallyEnhanced"
    assert picture.alt.endswith("on a transparent background")


def test_a_jpeg_cannot_be_transparent_and_says_so() -> None:
    done = Shop(bottle()).shoot(slots=(clear("JPEG"),))
    assert not done.pictures
    assert "cannot be transparent" in done.findings[0].message["en"]
    assert "PNG" in done.findings[0].advice["en"]

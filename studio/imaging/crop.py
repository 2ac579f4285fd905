"""The part of a photo that a slot shows: the product whole, and as much round it as fits."""

from __future__ import annotations

import cv2
import numpy as np

from studio.imaging.opening import Pixels, Plane

_AIR = 0.04  # round the product, as a share of the photo's shorter side, where there is any


def to_ratio(rgb: Pixels, product: Plane, width: int, height: int) -> Pixels:
    """The photo cut to the ratio width:height round its product (matte, 0..1).

    The product is never cut: where its outline is too wide or too high for the ratio, the cut
    stops at it, and the picture keeps a ratio between the photo's and the wanted one.
    """
    x, y, w, h = box(product, width / height)
    return np.ascontiguousarray(rgb[y : y + h, x : x + w])


def box(product: Plane, ratio: float) -> tuple[int, int, int, int]:
    """x, y, width, height of the cut in a photo of the matte's size."""
    high, wide = product.shape
    left, top, right, bottom = _bounds(product)
    # the largest frame of that ratio in the photo, widened again to hold the product
    across = min(wide, round(high * ratio))
    down = min(high, round(wide / ratio))
    across, down = max(across, right - left), max(down, bottom - top)
    return (
        _start(left, right, across, wide),
        _start(top, bottom, down, high),
        across,
        down,
    )


def _start(first: int, last: int, length: int, whole: int) -> int:
    """Where a cut of that length begins: the product in its middle, within the photo."""
    return int(min(max(0, (first + last - length) // 2), whole - length))


def _bounds(product: Plane) -> tuple[int, int, int, int]:
    """left, top, right, bottom of the product with a little air; the photo where there is none."""
    high, wide = product.shape
    x, y, w, h = cv2.boundingRect((product > 0.02).astype(np.uint8))
    if not w or not h:
        return 0, 0, wide, high
    air = round(_AIR * min(high, wide))
    return max(0, x - air), max(0, y - air), min(wide, x + w + air), min(high, y + h + air)

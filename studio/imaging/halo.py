"""The product's own colours along its edge: what the ground has mixed into them is taken out."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.imaging import planes, regions
from studio.imaging.matte import SOLID
from studio.imaging.opening import Pixels, Plane


def foreground(rgb: Pixels, alpha: Plane) -> Pixels:
    """The product's own colours: solid pixels keep theirs; along the edge the ground is taken out.

    Blur fusion (Forte 2021, "Approximate fast foreground colour estimation"): two rounds, wide and
    narrow, each from blurred colours of either side.
    """
    edge = (alpha > 0) & (alpha < SOLID)
    if not edge.any():
        return rgb
    x, y, width, height = regions.around(alpha > 0, 8)
    part = np.s_[y : y + height, x : x + width]
    picture, a = rgb[part].astype(np.float32), alpha[part]
    wide = max(12, max(width, height) // 16)
    shrink = wide // 6  # the wide round is done small: only its blurred colours are used
    size = (max(2, width // shrink), max(2, height // shrink))
    little, a_little = (cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in (picture, a))
    near, behind = _sides(little, little, a_little, 6)
    own = _fused(little, a_little, near, behind)
    # the narrow one at half size: of its colours too only means are used
    size = (max(2, width // 2), max(2, height // 2))
    solid = a >= SOLID
    inner = planes.put(np.zeros_like(picture), solid, picture)
    inner, sure, a_half = (
        cv2.resize(p, size, interpolation=cv2.INTER_AREA)
        for p in (inner, solid.astype(np.float32), a)
    )
    own, behind = (np.asarray(cv2.resize(side, size), np.float32) for side in (own, behind))
    # inside, the photo's own colours are better witnesses than the small picture's
    own = planes.put(own, sure > 0.2, inner / np.maximum(sure, 0.2)[..., None])
    rows, columns = regions.points(edge[part])
    at = (columns + 0.5) * size[0] / width - 0.5, (rows + 0.5) * size[1] / height - 0.5
    near, behind = (planes.at(side, *at) for side in _sides(own, behind, a_half, 3))
    colours = rgb.copy()
    here = rows, columns
    colours[part][here] = planes.whole(_fused(picture[here], a[here], near, behind))
    return colours


def _sides(
    own: NDArray[np.float32], other: NDArray[np.float32], alpha: Plane, radius: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The mean colours of product and ground round each pixel."""
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(plane: NDArray[np.floating]) -> NDArray[np.float32]:
        return np.asarray(cv2.blur(plane, size, borderType=cv2.BORDER_REFLECT))

    weight, a = mean(alpha)[..., None], alpha[..., None]
    near = mean(own * a) / np.maximum(weight, 1e-4)
    behind = mean(other * (1 - a)) / np.maximum(1 - weight, 1e-4)
    return near.astype(np.float32), behind.astype(np.float32)


def _fused(
    picture: NDArray[np.float32],
    alpha: Plane,
    near: NDArray[np.float32],
    behind: NDArray[np.float32],
) -> NDArray[np.float32]:
    """The product's colours that explain the picture best beside those of the neighbourhood."""
    a = alpha[..., None]
    return np.asarray(np.clip(near + a * (picture - a * near - (1 - a) * behind), 0, 255))

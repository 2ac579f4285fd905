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
    picture, a = rgb[part], alpha[part]
    wide = max(12, max(width, height) // 16)
    shrink = wide // 6  # the wide round is done small: only its blurred colours are used
    little, a_little = planes.shrunk(picture, shrink).astype(np.float32), planes.shrunk(a, shrink)
    near, behind = map(_mean, _sides(little, little, a_little, 6))
    own = _fused(little, a_little, near, behind)
    # the narrow one at a third of the size: of its colours too only means are used
    solid = a >= SOLID
    inner = planes.put(np.zeros_like(picture), solid, picture)
    inner, sure, a_third = (planes.shrunk(p, 3) for p in (inner, solid.astype(np.float32), a))
    own, behind = (_enlarged(side, shrink / 3, a_third.shape) for side in (own, behind))
    # inside, the photo's own colours are better witnesses than the small picture's
    whole = planes.times(inner, 1 / np.maximum(sure, np.float32(0.2)))
    own = planes.put(own, sure > 0.2, whole)
    rows, columns = regions.points(edge[part])
    at = (columns + 0.5) / 3 - 0.5, (rows + 0.5) / 3 - 0.5
    near, behind = (_mean(planes.at(side, *at)) for side in _sides(own, behind, a_third, 2))
    colours = rgb.copy()
    here = rows, columns
    found = _fused(picture[here].astype(np.float32), a[here], near, behind)
    colours[part][here] = planes.whole(found)
    return colours


def _enlarged(
    small: NDArray[np.float32], times: float, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """A plane of squares of pixels at a size of `shape`, `times` as large."""
    scale = np.array([[times, 0, 0.5 * times - 0.5], [0, times, 0.5 * times - 0.5]])
    size, border = (shape[1], shape[0]), cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(small, scale, size, borderMode=border), np.float32)


def _sides(
    own: NDArray[np.float32], other: NDArray[np.float32], alpha: Plane, radius: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Product and ground round each pixel: their colours by their shares, and the shares; HxWx4."""
    size = (2 * radius + 1, 2 * radius + 1)
    near, behind = (
        cv2.merge([*cv2.split(planes.times(side, share)), share])
        for side, share in ((own, alpha), (other, 1 - alpha))
    )
    blurred = (cv2.blur(side, size, borderType=cv2.BORDER_REFLECT) for side in (near, behind))
    near, behind = (np.asarray(side, np.float32) for side in blurred)
    return near, behind


def _mean(side: NDArray[np.float32]) -> NDArray[np.float32]:
    """The colours of a side; HxWx4 to HxWx3, or Nx4 to Nx3."""
    return np.asarray(side[..., :3] / np.maximum(side[..., 3:], np.float32(1e-4)))


def _fused(
    picture: NDArray[np.float32],
    alpha: Plane,
    near: NDArray[np.float32],
    behind: NDArray[np.float32],
) -> NDArray[np.float32]:
    """The product's colours that explain the picture best beside those of the neighbourhood."""
    a = alpha[..., None]
    return np.asarray(np.clip(near + a * (picture - a * near - (1 - a) * behind), 0, 255))

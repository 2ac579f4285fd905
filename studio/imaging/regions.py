"""Connected parts of a mask, and the box round it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.imaging.opening import Plane

Bools = NDArray[np.bool_]


def reached(passable: Bools) -> Bools:
    """The part of `passable` that is joined to the picture's border."""
    _, parts = cv2.connectedComponents(passable.astype(np.uint8), connectivity=4)
    border = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    found = np.zeros(int(parts.max()) + 1, bool)
    found[border] = True
    found[0] = False
    return np.asarray(found[parts])


def mean_by_part(where: Bools, plane: Plane, least: float = 12, other: float = 1) -> Plane:
    """For each pixel the mean of `plane` over its connected part of `where`; `other` elsewhere, and
    in parts of fewer pixels than `least`: specks are noise, they say nothing."""
    count, parts = cv2.connectedComponents(where.view(np.uint8), connectivity=4)
    if count == 1:
        return np.full(where.shape, other, np.float32)
    inside = parts[where]
    size = np.maximum(np.bincount(inside, minlength=count), 1)
    mean = np.bincount(inside, weights=plane[where], minlength=count) / size
    mean[0] = other
    mean[size < least] = other
    return np.asarray(mean[parts].astype(np.float32))


def grown_clean(product: Bools, mask: Plane, least: float) -> Bools:
    """Without parts of which the mask shows less than `least` in the mean, and without specks:
    parts below 1.5% of the largest."""
    count, parts = cv2.connectedComponents(product.view(np.uint8))
    inside = parts[product]
    sizes = np.bincount(inside, minlength=count)
    shown = np.bincount(inside, weights=mask[product], minlength=count) > least * sizes
    keep = shown & (sizes >= 0.015 * (sizes * shown).max())
    keep[0] = False
    return product if keep[1:].all() else np.asarray(keep[parts])


def filled(mask: Plane) -> Plane:
    """The mask with its holes closed: what it would be if it only lost the inside."""
    return (~reached(mask <= 0.5)).astype(np.float32)


def points(where: Bools) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the true pixels; numpy's own `nonzero` takes seven times as long."""
    return np.divmod(np.flatnonzero(where), where.shape[1])


def around(where: Bools, margin: int) -> tuple[int, int, int, int]:
    """x, y, width, height round the true pixels, with a margin."""
    x, y, width, height = cv2.boundingRect(where.astype(np.uint8))
    left, top = max(0, x - margin), max(0, y - margin)
    right = min(where.shape[1], x + width + margin)
    bottom = min(where.shape[0], y + height + margin)
    return left, top, right - left, bottom - top


def disc(radius: int) -> NDArray[np.uint8]:
    return np.asarray(
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    )


def iou(one: Plane, two: Plane) -> float:
    a, b = one > 0.5, two > 0.5
    union = float((a | b).sum())
    return float((a & b).sum()) / union if union else 1.0

"""Connected parts of a mask, and the box round it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.imaging.opening import Plane

Bools = NDArray[np.bool_]


def reached(passable: Bools) -> Bools:
    """The part of `passable` that is joined to the picture's border."""
    framed = cv2.copyMakeBorder(
        passable.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(1.0,)
    )
    cv2.floodFill(framed, None, (0, 0), (2.0,))
    return np.asarray(framed[1:-1, 1:-1] == 2)


@dataclass(frozen=True)
class Parts:
    """The connected parts of the true pixels of a picture. `at`: N of its pixels, flat; `label`:
    the part of each; `sizes`: pixels of each part."""

    at: NDArray[np.intp]
    label: NDArray[np.int32]
    sizes: NDArray[np.intp]

    @classmethod
    def of(cls, where: Bools) -> Parts:
        x, y, width, height = around(where, 0)
        part = np.s_[y : y + max(1, height), x : x + max(1, width)]
        _, labels = cv2.connectedComponents(where[part].view(np.uint8), connectivity=4)
        inside = np.flatnonzero(where[part])
        label = labels.ravel()[inside] - 1
        rows, columns = np.divmod(inside, max(1, width))
        return cls((rows + y) * where.shape[1] + columns + x, label, np.bincount(label))

    def mean(self, plane: NDArray[Any]) -> NDArray[np.float64]:
        """Of the plane (HxW) over each part."""
        total = np.bincount(self.label, weights=plane.ravel()[self.at], minlength=len(self.sizes))
        return np.asarray(total / self.sizes)

    def pixels(self, chosen: Bools) -> NDArray[np.intp]:
        """Those of the chosen parts, flat."""
        return self.at[chosen[self.label]]


def grown_clean(product: Bools, mask: Plane, least: float) -> Bools:
    """Without parts of which the mask shows less than `least` in the mean, and without specks:
    parts below 1.5% of the largest."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(product.view(np.uint8))
    keep, largest = np.zeros(count, bool), 0
    for label in 1 + np.argsort(-stats[1:, cv2.CC_STAT_AREA]):
        x, y, width, height, size = stats[label]
        if size < 0.015 * largest:
            break
        part = np.s_[y : y + height, x : x + width]
        own = (labels[part] == label).view(np.uint8)
        keep[label] = cv2.mean(mask[part], own)[0] > least
        largest = largest or int(size) * int(keep[label])
    return product if keep[1:].all() else np.asarray(keep[labels])


def filled(mask: Plane) -> Plane:
    """The mask with its holes closed: what it would be if it only lost the inside."""
    return (~reached(mask <= 0.5)).astype(np.float32)


def points(where: Bools) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the true pixels; numpy's own `nonzero` takes seven times as long."""
    return np.divmod(np.flatnonzero(where), where.shape[1])


def around(where: Bools, margin: int) -> tuple[int, int, int, int]:
    """x, y, width, height round the true pixels, with a margin."""
    x, y, width, height = cv2.boundingRect(where.view(np.uint8))
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

"""Sums and choices over the three channels of a picture.

numpy is slow along an axis of three; these do the same by whole planes (5 to 20 times quicker).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.imaging.opening import Pixels, Plane

_ONES = np.ones((1, 3), np.float32)


def most(picture: NDArray[np.floating]) -> Plane:
    """The greatest of the three channels at each pixel; HxWx3 to HxW."""
    one, two, three = cv2.split(np.asarray(picture, np.float32))
    return np.asarray(cv2.max(cv2.max(one, two), three))


def total(picture: NDArray[np.floating]) -> Plane:
    """The sum of the three channels at each pixel; HxWx3 to HxW."""
    return np.asarray(cv2.transform(np.asarray(picture, np.float32), _ONES))


def lowest(picture: Pixels) -> NDArray[np.uint8]:
    """The least of the three channels at each pixel; uint8 HxWx3 to HxW."""
    one, two, three = cv2.split(picture)
    return np.asarray(cv2.min(cv2.min(one, two), three))


def put(into: NDArray[Any], where: NDArray[np.bool_], source: NDArray[Any]) -> NDArray[Any]:
    """`into` with the pixels of `source` wherever `where` is true, both of one type; `into` itself
    is changed where its memory allows."""
    return np.asarray(cv2.copyTo(source, where.astype(np.uint8), into))


def blur(plane: NDArray[np.float32], across: float, down: float = 0.0) -> NDArray[np.float32]:
    """Gaussian blur by two sigmas in px (one when `down` is 0), float32 HxW or HxWx3.

    A wide one is done small, which looks the same and costs little.
    """
    down = down or across
    height, width = plane.shape[:2]
    by_x, by_y = max(1, int(across / 3)), max(1, int(down / 3))
    if by_x == by_y == 1:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), across, None, down))
    small = (max(2, width // by_x), max(2, height // by_y))
    little = cv2.resize(plane, small, interpolation=cv2.INTER_AREA)
    little = cv2.GaussianBlur(little, (0, 0), across / by_x, None, down / by_y)
    return np.asarray(cv2.resize(little, (width, height), interpolation=cv2.INTER_LINEAR))

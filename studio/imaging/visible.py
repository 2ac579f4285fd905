"""The visible mark of generated pictures: GB 45438-2025, in force since 2025-09-01.

Its text names AI (人工智能 or AI) and making (生成 or 合成), stands at an edge or corner, and is at
least 5% of the picture's shortest side high; here every letter is, capitals too. Which pictures
need it is the caller's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.errors import InputError
from studio.imaging.lettering import fonts
from studio.imaging.opening import Pixels, Plane

HEIGHT = 0.05  # of the shortest side
TEXTS = {"zh": "AI生成", "en": "AI-generated"}
_PAD = 0.35  # of the letters' height, round them on their plate
_AWAY = 0.02  # of the shortest side, from the frame's edge and from the product
_PLATE, _INK, _STRENGTH = 24, (255, 255, 255), 0.62


@dataclass(frozen=True)
class Mark:
    """`box`: x, y, width, height of the plate; `height`: of the letters over the shortest side."""

    text: str
    box: tuple[int, int, int, int]
    height: float


def draw(
    pixels: Pixels, product: Plane | None, language: str, searched: tuple[Path, ...] = ()
) -> tuple[Pixels, Mark]:
    """The picture with the mark at the quietest place along its edges that the product (its matte,
    0..1) leaves free: white letters on a dark, half transparent plate.

    Raises InputError when no place is free, SetupError without a font.
    """
    from PIL import Image, ImageDraw

    shortest = min(pixels.shape[:2])
    text = TEXTS.get(language, TEXTS["en"])
    face = fonts.face("sans", "bold", "zh-CN" if language == "zh" else "en-US", searched)
    px, ink = _sized(face, text, HEIGHT * shortest)
    pad = round(_PAD * (ink[3] - ink[1]))
    size = (ink[2] - ink[0] + 2 * pad, ink[3] - ink[1] + 2 * pad)
    x, y = _place(pixels, product, size, max(2, round(_AWAY * shortest)))
    out = pixels.copy()
    part = np.s_[y : y + size[1], x : x + size[0]]
    out[part] = (pixels[part] * (1 - _STRENGTH) + _PLATE * _STRENGTH).astype(np.uint8)
    plate = Image.fromarray(np.ascontiguousarray(out[part]))
    at = (pad - ink[0], pad - ink[1])
    ImageDraw.Draw(plate).text(at, text, font=face.font(px), fill=_INK)
    out[part] = np.asarray(plate)
    return out, Mark(text, (x, y, *size), round((ink[3] - ink[1]) / shortest, 4))


def _sized(face: fonts.Face, text: str, height: float) -> tuple[int, tuple[int, int, int, int]]:
    """(size, left, top, right, bottom of the ink): the least at which every letter that the rule
    means is as high as wanted. The lowest capital or Chinese character decides."""
    low = min((c for c in text if c.isalnum() and not c.islower()), key=lambda c: _high(face, c))
    px = ceil(height * 100 / _high(face, low))
    while (box := face.font(px).getbbox(low))[3] - box[1] < height:
        px += 1
    left, top, right, bottom = face.font(px).getbbox(text)
    return px, (int(left), int(top), int(right), int(bottom))


def _high(face: fonts.Face, letter: str) -> float:
    box = face.font(100).getbbox(letter)
    return float(box[3] - box[1])


def _place(
    pixels: Pixels, product: Plane | None, size: tuple[int, int], away: int
) -> tuple[int, int]:
    """Where the mark's plate goes: corners before edges, and of those the one with the least
    drawing under it, so that it does not stand on other letters either."""
    height, width = pixels.shape[:2]
    w, h = size
    right, low = width - away - w, height - away - h
    corners = [(right, low), (away, low), (right, away), (away, away)]
    across = [
        (x, y) for x in range(away, max(away, right) + 1, max(1, w // 2)) for y in (low, away)
    ]
    along = [(x, y) for y in range(away, max(away, low) + 1, h) for x in (right, away)]
    taken = _taken(product, away)
    busy = np.abs(cv2.Laplacian(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.CV_32F))
    sums = (cv2.integral(busy), None if taken is None else cv2.integral(taken))
    for places in (corners, [*across, *along]):
        free = [
            (x, y)
            for x, y in places
            if x >= 0 and y >= 0 and right >= 0 and low >= 0 and not _sum(sums[1], x, y, w, h)
        ]
        if free:
            return min(
                free,
                key=lambda p: (round(_sum(sums[0], p[0], p[1], w, h) / (w * h)), places.index(p)),
            )
    raise InputError(
        "the AI mark finds no place beside the product",
        hint="let the product fill less of the picture (the look's or slot's fill)",
    )


def _taken(product: Plane | None, away: int) -> NDArray[np.uint8] | None:
    if product is None:
        return None
    reach = np.ones((2 * away + 1, 2 * away + 1), np.uint8)
    return np.asarray(cv2.dilate((product > 0.02).astype(np.uint8), reach), np.uint8)


def _sum(sums: NDArray[np.float64] | None, x: int, y: int, w: int, h: int) -> float:
    if sums is None:
        return 0.0
    return float(sums[y + h, x + w] - sums[y, x + w] - sums[y + h, x] + sums[y, x])

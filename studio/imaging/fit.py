"""Puts a cut-out into a frame: scale, place, nothing else. Edges stay free of the old ground."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.imaging import planes, regions
from studio.imaging.matte import SOLID
from studio.imaging.opening import Pixels, Plane
from studio.schema import Slot

ENLARGED = 1.25  # as far as a photo may be blown up for a picture larger than a channel needs
ZOOM = 1000  # px; from here on the channels let a buyer zoom in


@dataclass(frozen=True)
class CutOut:
    """A product without its ground. `rgb`: uint8 HxWx3, its own colours (edge colours freed of the
    ground); `alpha`: float32 HxW; `source`: the photo's untouched pixels, for the proof."""

    rgb: Pixels
    alpha: Plane
    source: Pixels

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """x, y, width, height of what is visible."""
        x, y, width, height = cv2.boundingRect((self.alpha > 0.02).astype(np.uint8))
        return int(x), int(y), int(width), int(height)

    @cached_property
    def cropped(self) -> tuple[bool, bool, bool, bool]:
        """left, top, right, bottom: where the photo's edge cuts through the product."""
        a = self.alpha > 0.5
        lines = (a[:, 0], a[0], a[:, -1], a[-1])
        box = self.box
        least = (0.04 * box[3], 0.04 * box[2], 0.04 * box[3], 0.04 * box[2])
        left, top, right, bottom = (
            bool(line.sum() > n) for line, n in zip(lines, least, strict=True)
        )
        return left, top, right, bottom


@dataclass(frozen=True)
class Placed:
    """A cut-out in a frame of its final size. `box`: x, y, width, height of the product there."""

    rgb: Pixels
    alpha: Plane
    source: Pixels  # the photo under the same scale and shift
    box: tuple[int, int, int, int]
    scale: float  # above 1: the product was enlarged

    @cached_property
    def part(self) -> tuple[slice, slice]:
        """The rows and columns of the frame in which the product lies."""
        height, width = self.alpha.shape
        x, y, w, h = self.box
        return (
            slice(max(0, y), max(0, min(height, y + h))),
            slice(max(0, x), max(0, min(width, x + w))),
        )

    @cached_property
    def soft(self) -> NDArray[np.bool_]:
        """Where, within `part`, product and ground are mixed."""
        return np.asarray((self.alpha[self.part] > 0) & ~self.solid)

    @cached_property
    def solid(self) -> NDArray[np.bool_]:
        """Where, within `part`, is nothing but product."""
        return np.asarray(self.alpha[self.part] >= SOLID)


def scaled_size(cut: CutOut, width: int, height: int, fill: float) -> tuple[int, int]:
    """Width and height of the product when it fills that share of the frame."""
    _, _, w, h = cut.box
    scale = min(fill * width / w, fill * height / h)
    return max(1, round(w * scale)), max(1, round(h * scale))


def sized(slot: Slot, cut: CutOut) -> Slot:
    """The slot at a size that a small photo can fill: enlarged little, and no less than the
    channel's least size or 1000 px, from where buyers can zoom in."""
    _, _, w, h = cut.box
    scale = min(slot.fill * slot.width / w, slot.fill * slot.height / h)
    side = min(slot.width, slot.height)
    share = max(min(1.0, ENLARGED / scale), min(1.0, max(slot.min_px, ZOOM) / side))
    size = {"width": round(slot.width * share), "height": round(slot.height * share)}
    return slot.model_copy(update=size)


def centred(cut: CutOut, width: int, height: int, fill: float) -> Placed:
    """The product in the middle of the frame; one that the photo cuts off stays at that edge."""
    left, top, right, bottom = cut.cropped
    _, _, w, h = cut.box
    # cut off on both sides: it spans the frame, so that no bar shows where the photo ended
    spans = [s for s, both in ((width / w, left and right), (height / h, top and bottom)) if both]
    scale = max(spans) if spans else min(fill * width / w, fill * height / h)
    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    x = _along(width, size[0], left, right)
    y = _along(height, size[1], top, bottom)
    return place(cut, width, height, size, (x, y))


def place(
    cut: CutOut, width: int, height: int, size: tuple[int, int], at: tuple[int, int]
) -> Placed:
    """The product scaled to `size` with its top left corner at `at` in a frame width x height."""
    x, y, w, h = cut.box
    scale = size[0] / w
    part = np.s_[y : y + h, x : x + w]
    shrinks = scale < 1
    smooth = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    matte = np.clip(cv2.resize(cut.alpha[part], size, interpolation=smooth), 0, 1)
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4
    photo = cv2.resize(cut.source[part], size, interpolation=how)
    inside, taken = _overlap(width, height, size, at)
    matte, photo = matte[taken], photo[taken]
    rgb = np.zeros((height, width, 3), np.uint8)
    source = np.zeros((height, width, 3), np.uint8)
    alpha = np.zeros((height, width), np.float32)
    own = planes.put(np.zeros_like(photo), matte >= SOLID, photo)
    # only the soft edge takes the colours that were freed of the ground
    rows, columns = regions.points((matte > 0) & (matte < SOLID))
    down, across = (
        _taps(lines + first.start, total / part_of)
        for lines, first, total, part_of in (
            (rows, taken[0], h, size[1]),
            (columns, taken[1], w, size[0]),
        )
    )
    own[rows, columns] = _mean_colours(cut.rgb[part], cut.alpha[part], down, across)
    rgb[inside], source[inside], alpha[inside] = own, photo, matte
    return Placed(rgb, alpha, source, (at[0], at[1], size[0], size[1]), scale)


_Taps = list[tuple[NDArray[np.intp], NDArray[np.float32]]]


def _taps(lines: NDArray[np.intp], step: float) -> _Taps:
    """Where lines of a scaled picture lie in the one that it was scaled from, `step` of its lines
    to each: line numbers, each with its weight. A line is cut from all that it covers, or lies
    between two."""
    middle = (lines + 0.5) * step - 0.5
    if step <= 1:
        first = np.floor(middle)
        share = (middle - first).astype(np.float32)
        return [(first.astype(np.intp), 1 - share), (first.astype(np.intp) + 1, share)]
    count = math.ceil(step)
    even = np.full(len(lines), 1 / count, np.float32)
    offsets = ((i + 0.5) / count - 0.5 for i in range(count))
    return [(np.rint(middle + step * offset).astype(np.intp), even) for offset in offsets]


def _mean_colours(rgb: Pixels, alpha: Plane, down: _Taps, across: _Taps) -> Pixels:
    """The product's colour at each of N points (Nx3), weighed by how much of it is there."""
    total = np.zeros((len(down[0][0]), 3), np.float32)
    weight = np.full((len(total), 1), 1e-6, np.float32)
    for rows, high in down:
        rows = rows.clip(0, len(rgb) - 1)
        for columns, wide in across:
            at = rows, columns.clip(0, rgb.shape[1] - 1)
            there = (alpha[at] * high * wide)[:, None]
            total += rgb[at] * there
            weight += there
    return planes.whole(total / weight)


def within(rgb: Pixels, width: int, height: int) -> Pixels:
    """A whole photo scaled down to fit the frame; a smaller one is left as it is."""
    scale = min(1.0, width / rgb.shape[1], height / rgb.shape[0])
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    if scale == 1:
        return rgb
    # little smaller, areas would blur (45 dB beside Lanczos, cubic 51); much smaller, cubic jags
    how = cv2.INTER_CUBIC if scale > 0.75 else cv2.INTER_AREA
    return np.asarray(cv2.resize(rgb, size, interpolation=how))


def _along(frame: int, size: int, first: bool, last: bool) -> int:
    if first and not last:
        return 0
    if last and not first:
        return frame - size
    return (frame - size) // 2


def _overlap(
    width: int, height: int, size: tuple[int, int], at: tuple[int, int]
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Slices of frame and product for the part of the product that lies in the frame."""
    left, top = max(0, at[0]), max(0, at[1])
    right, bottom = min(width, at[0] + size[0]), min(height, at[1] + size[1])
    inside = (slice(top, max(top, bottom)), slice(left, max(left, right)))
    taken = (
        slice(top - at[1], max(top, bottom) - at[1]),
        slice(left - at[0], max(left, right) - at[0]),
    )
    return inside, taken

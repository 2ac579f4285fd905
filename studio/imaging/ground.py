"""The colour of a plain ground, at every pixel: what differs from it is product, or its shadow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.imaging import planes
from studio.imaging.opening import Pixels, Plane


@dataclass(frozen=True)
class Ground:
    """`fit`: 6x3, for each channel a quadratic in x and y (0..1); `noise`: what differs from it."""

    fit: NDArray[np.float32]
    noise: float

    @property
    def tinted(self) -> bool:
        """True where it is nowhere so light that a white part of a product could pass for it."""
        x, y = np.array([(0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0.5)], np.float32).T
        return bool(self._coloured(x, y).min(axis=1).max() < 250)

    def off(self, rgb: Pixels) -> NDArray[np.uint8]:
        """How far each pixel is from it, in whole levels: the largest of its channels' differences.

        A quadratic is smooth, so every eighth pixel's colour tells those between.
        """
        height, width = rgb.shape[:2]
        high, wide = -(-height // 8), -(-width // 8)
        y, x = np.mgrid[0:high, 0:wide].astype(np.float32) + 0.5
        coarse = self._coloured(x / wide - 0.5 / width, y / high - 0.5 / height)
        surface = cv2.resize(planes.whole(coarse), (width, height), interpolation=cv2.INTER_LINEAR)
        return planes.most(cv2.absdiff(rgb, surface))

    def at(
        self, y: NDArray[np.intp], x: NDArray[np.intp], shape: tuple[int, ...]
    ) -> NDArray[np.float32]:
        """Its colour at N pixels (rows, columns) of a picture of that shape, Nx3."""
        height, width = shape[:2]
        return self._coloured(x.astype(np.float32) / width, y.astype(np.float32) / height)

    def _coloured(self, x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float32]:
        """Its colour at places (0..1), three channels. Term by term: a matrix product with so few
        columns would wake all of the processor's cores for nothing."""
        channels = [
            a + x * (b + d * x + e * y) + y * (c + f * y) for a, b, c, d, e, f in self.fit.T
        ]
        return np.asarray(np.clip(np.stack(channels, axis=-1), 0, 255), np.float32)


def plain(rgb: Pixels, mask: Plane) -> Ground | None:
    """The ground's colours where the ground is plain, else None.

    A quadratic in x and y is fitted to what the mask calls ground, leaving out what doesn't fit
    (shadows, things); it is plain when nearly all of the picture's border fits.
    """
    height, width = mask.shape
    step = max(1, max(height, width) // 160)
    y, x = np.mgrid[0:height:step, 0:width:step]
    shown = (mask >= 0.05).view(np.uint8)
    outside = cv2.dilate(shown, np.ones((9, 9), np.uint8))[::step, ::step] == 0
    if outside.sum() < 200:
        return None
    terms = _terms(x[outside] / width, y[outside] / height)
    colours = np.ascontiguousarray(rgb[::step, ::step][outside].T, np.float64)
    keep, before = np.ones(colours.shape[1], bool), np.zeros(0, bool)
    for _ in range(5):
        if np.array_equal(keep, before):
            break
        if keep.sum() < 100:
            return None
        held, before = terms[:, keep], keep
        fit, *_ = np.linalg.lstsq(held @ held.T, held @ colours[:, keep].T, rcond=None)
        off = np.abs(colours - fit.T @ terms).max(axis=0)
        noise = float(np.median(off[keep])) + 0.5
        keep = off < 4 * noise + 2
    edge = (x[outside] < 2 * step) | (x[outside] > width - 3 * step) | (y[outside] < 2 * step)
    if noise > 4 or keep.mean() < 0.7 or edge.sum() < 30 or keep[edge].mean() < 0.9:
        return None
    return Ground(fit.astype(np.float32), noise)


def _terms(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])

"""The colour of a plain ground, at every pixel: what differs from it is product, or its shadow."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.imaging import regions
from studio.imaging.opening import Pixels, Plane
from studio.imaging.regions import Bools


@dataclass(frozen=True)
class Ground:
    """`fit`: 6x3, for each channel a quadratic in x and y (0..1); `noise`: what differs from it."""

    fit: NDArray[np.float32]
    noise: float

    @property
    def tinted(self) -> bool:
        """True where it is nowhere so light that a white part of a product could pass for it."""
        corners = np.array([(0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0.5)])
        return bool((_terms(*corners.T) @ self.fit).min(axis=1).max() < 250)

    def off(self, rgb: Pixels) -> Plane:
        """How far each pixel is from it: the largest of its channels' differences."""
        height, width = rgb.shape[:2]
        x = np.arange(width, dtype=np.float32) / width
        y = np.arange(height, dtype=np.float32) / height
        down = np.stack([np.ones_like(y), y, y * y], axis=1)
        most = np.zeros((height, width), np.float32)
        for channel, (a, b, c, d, e, f) in zip(cv2.split(rgb), self.fit.T, strict=True):
            surface = down @ np.stack([a + b * x + d * x * x, c + e * x, np.full_like(x, f)])
            np.clip(surface, 0, 255, out=surface)
            cv2.max(most, cv2.absdiff(channel.astype(np.float32), surface), most)
        return most

    def at(self, where: Bools) -> NDArray[np.float32]:
        """Its colour at N pixels of a picture (HxW), Nx3."""
        height, width = where.shape
        y, x = regions.points(where)
        terms = _terms(x.astype(np.float32) / width, y.astype(np.float32) / height)
        return np.asarray(np.clip(terms @ self.fit, 0, 255))


def plain(rgb: Pixels, mask: Plane) -> Ground | None:
    """The ground's colours where the ground is plain, else None.

    A quadratic in x and y is fitted to what the mask calls ground, leaving out what doesn't fit
    (shadows, things); it is plain when nearly all of the picture's border fits.
    """
    height, width = mask.shape
    step = max(1, max(height, width) // 160)
    y, x = np.mgrid[0:height:step, 0:width:step]
    reach = cv2.dilate(mask, np.ones((9, 9), np.uint8))[::step, ::step]
    outside = reach < 0.05
    if outside.sum() < 200:
        return None
    terms = _terms(x[outside] / width, y[outside] / height).astype(np.float64)
    colours = rgb[::step, ::step][outside].astype(np.float64)
    keep = np.ones(len(colours), bool)
    for _ in range(5):
        if keep.sum() < 100:
            return None
        held = terms[keep]
        fit, *_ = np.linalg.lstsq(held.T @ held, held.T @ colours[keep], rcond=None)
        off = np.abs(colours - terms @ fit).max(axis=1)
        noise = float(np.median(off[keep])) + 0.5
        keep = off < 4 * noise + 2
    edge = (x[outside] < 2 * step) | (x[outside] > width - 3 * step) | (y[outside] < 2 * step)
    if noise > 4 or keep.mean() < 0.7 or edge.sum() < 30 or keep[edge].mean() < 0.9:
        return None
    return Ground(fit.astype(np.float32), noise)


def _terms(x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).astype(np.float32)

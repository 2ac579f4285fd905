"""The colour of a plain ground, at every pixel: what differs from it is product, or its shadow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.imaging import planes
from studio.imaging.opening import Pixels, Plane
from studio.imaging.regions import Bools

# The noise up to which a polynomial of each degree is believed, the lower where it fits: paper
# swept up behind a product needs the higher, which also bends to much that is no ground.
_DEGREES = {2: 4.0, 3: 2.5}


@dataclass(frozen=True)
class Ground:
    """`fit`: 6x3 or 10x3, for each channel a polynomial in x and y (see `_terms`); `noise`: what
    differs from it."""

    fit: NDArray[np.float32]
    noise: float

    @property
    def reach(self) -> float:
        """How many levels from it a colour may be to pass for it; more for paper swept up, whose
        bend no polynomial follows quite."""
        return float(np.clip(5 * self.noise, 5, 14) if len(self.fit) == 6 else 7 * self.noise)

    @property
    def tinted(self) -> bool:
        """True where it is nowhere so light that a white part of a product could pass for it."""
        x, y = np.array([(0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0.5)], np.float32).T
        return bool(self._coloured(x, y).min(axis=1).max() < 250)

    def off(self, rgb: Pixels) -> NDArray[np.uint8]:
        """How far each pixel is from it, in whole levels: the largest of its channels' differences.

        A polynomial is smooth, so every eighth pixel's colour tells those between.
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
        terms = _terms(x, y, 2 if len(self.fit) == 6 else 3)
        channels = [sum(map(np.multiply, terms, channel)) for channel in self.fit.T]
        return np.asarray(np.clip(np.stack(channels, axis=-1), 0, 255), np.float32)


def plain(rgb: Pixels, mask: Plane) -> Ground | None:
    """The ground's colours where the ground is plain, else None.

    A polynomial in x and y is fitted to what the mask calls ground, leaving out what doesn't fit
    (shadows, things); it is plain when nearly all of the picture's border fits.
    """
    height, width = mask.shape
    step = max(1, max(height, width) // 160)
    y, x = np.mgrid[0:height:step, 0:width:step]
    shown = (mask >= 0.05).view(np.uint8)
    outside = cv2.dilate(shown, np.ones((9, 9), np.uint8))[::step, ::step] == 0
    if outside.sum() < 200:
        return None
    edge = (x[outside] < 2 * step) | (x[outside] > width - 3 * step) | (y[outside] < 2 * step)
    colours = np.ascontiguousarray(rgb[::step, ::step][outside].T, np.float64)
    for degree, most in _DEGREES.items():
        terms = np.stack(_terms(x[outside] / width, y[outside] / height, degree))
        found = _fitted(terms, colours, edge)
        if found and found.noise <= most:
            return found
    return None


def _fitted(terms: NDArray[Any], colours: NDArray[np.float64], edge: Bools) -> Ground | None:
    """The ground that the terms (KxN) make of the colours (3xN) where it fits nearly all of them;
    `edge`: those at the picture's border."""
    keep, before = np.ones(colours.shape[1], bool), np.zeros(0, bool)
    held, off = np.empty_like(terms), np.empty_like(colours)  # new memory each time costs more
    for _ in range(5):
        if np.array_equal(keep, before):
            break
        if keep.sum() < 100:
            return None
        np.multiply(terms, keep, out=held)
        fit, *_ = np.linalg.lstsq(held @ terms.T, held @ colours.T, rcond=None)
        np.abs(np.subtract(colours, np.matmul(fit.T, terms, out=off), out=off), out=off)
        most, before = off.max(axis=0), keep
        noise = float(np.median(most[keep])) + 0.5
        keep = most < 4 * noise + 2
    if keep.mean() < 0.7 or edge.sum() < 30 or keep[edge].mean() < 0.9:
        return None
    return Ground(fit.astype(np.float32), noise)


def _terms(x: NDArray[Any], y: NDArray[Any], degree: int) -> list[NDArray[Any]]:
    """The products of powers of x and y (0..1) up to a degree."""
    square = [np.ones_like(x), x, y, x * x, x * y, y * y]
    return square if degree == 2 else [*square, *(term * x for term in square[3:]), y * y * y]

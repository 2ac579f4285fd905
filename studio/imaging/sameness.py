"""Which pictures are nearly the same: the shape by a perceptual hash, the colours by a coarse grid.

The hash is the sign of the 63 lowest frequencies of a 32x32 grey copy against their median (pHash).
It sees no colours: without the grid a blue mug and a red one in the same pose would be twins.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.imaging.opening import Pixels

NEAR = 10  # bits of 63 that may differ: a crop of 3% moves up to 10, other products begin at 16
_COLOUR = 10.0  # CIE Lab: nine tenths of two copies' grids lie within it
_GRID = 6
_CORNER, _TEXTURE = 0.16, 7.0  # a corner's side over the picture's; grey levels of its spread
K = TypeVar("K", bound=Hashable)
CORNERS = ("top left", "top right", "bottom left", "bottom right")


@dataclass(frozen=True)
class Sign:
    """`shape`: 63 bits; `colours`: CIE Lab of a 6x6 grid; `corners`: the shape of each corner,
    0 where it is plain."""

    shape: int
    colours: tuple[float, ...]
    corners: tuple[int, int, int, int]


def sign(rgb: Pixels) -> Sign:
    """The sign of a picture."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(rgb, (_GRID, _GRID), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    side = max(8, round(_CORNER * min(grey.shape)))
    patches = (grey[:side, :side], grey[:side, -side:], grey[-side:, :side], grey[-side:, -side:])
    one, two, three, four = (_shape(p) if float(p.std()) > _TEXTURE else 0 for p in patches)
    return Sign(_shape(grey), tuple(map(float, lab.ravel())), (one, two, three, four))


def twins(signs: Mapping[K, Sign]) -> list[tuple[K, K]]:
    """The pairs that are nearly the same, in the order of the mapping."""
    names = list(signs)
    colours = np.array([signs[n].colours for n in names], np.float32).reshape(len(names), -1, 3)
    pairs = []
    for i, j in _near([signs[n].shape for n in names], NEAR):
        if float(np.percentile(np.linalg.norm(colours[i] - colours[j], axis=1), 90)) < _COLOUR:
            pairs.append((names[i], names[j]))
    return pairs


def repeated(signs: Mapping[K, Sign], least: int = 3) -> dict[K, tuple[str, int]]:
    """Pictures with the same thing in a corner as others have that are no twins: a logo or mark
    laid over them. name -> (the corner, how many have it); at least `least` must."""
    alike = {frozenset(pair) for pair in twins(signs)}
    found: dict[K, tuple[str, int]] = {}
    for number, corner in enumerate(CORNERS):
        names = [n for n, s in signs.items() if s.corners[number]]
        beside: dict[K, set[K]] = {name: {name} for name in names}
        for i, j in _near([signs[n].corners[number] for n in names], NEAR // 2):
            if frozenset((names[i], names[j])) not in alike:
                beside[names[i]].add(names[j])
                beside[names[j]].add(names[i])
        found |= {n: (corner, len(others)) for n, others in beside.items() if len(others) >= least}
    return found


def _near(hashes: Sequence[int], most: int) -> list[tuple[int, int]]:
    """Pairs of indices whose hashes differ in at most that many bits; all are compared, a block
    against the rest at a time (a second for 20,000)."""
    bits = np.array(hashes, np.uint64)
    pairs: list[tuple[int, int]] = []
    for start in range(0, len(bits), 256):
        block = bits[start : start + 256, None] ^ bits[None, start + 1 :]
        rows, columns = np.nonzero(np.bitwise_count(block) <= most)
        for row, column in zip(rows + start, columns + start + 1, strict=True):
            if row < column:
                pairs.append((int(row), int(column)))
    return pairs


def _shape(grey: NDArray[np.uint8]) -> int:
    """63 bits of the lowest frequencies, the mean left out."""
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(cv2.GaussianBlur(small, (3, 3), 0))[:8, :8].ravel()[1:]
    return sum(1 << n for n, bit in enumerate(low > np.median(low)) if bit)

"""Where a network's mask hesitates: parts beside the product that are neither there nor not.

A mask falls from 1 to 0 within a pixel or two of what the network saw. Where it stays between them
for longer, something touches the product that may be a part of it or of a busy ground. Colours and
edges do not tell which; size and greyness do, mostly. Of 75 such parts on 63 photos of known truth
14 of the 17 large ones were ground, 16 of the 23 small ones whose mean was below 0.6, and 10 of the
35 others.
"""

from __future__ import annotations

import cv2
import numpy as np

from studio.imaging import regions
from studio.imaging.opening import Plane
from studio.imaging.regions import Bools

_GRID = 275  # cells along the product's longer side: about what a network sees of it
_SURE, _FAINT, _NONE = 0.85, 0.6, 0.25
_GLINT = 0.35  # what the mask of a shine does not fall below
_SPECK = 12  # cells
_LARGE = 0.008  # share of the product from which a part is a person's to decide


def without(mask: Plane) -> tuple[Plane, bool]:
    """(the mask without the faint and the large parts of that kind, and with the shines that lie
    within the product; was there a large part?)."""
    *_, width, height = regions.around(mask > 0.5, 0)
    step = max(1, max(width, height) // _GRID)
    few = np.ascontiguousarray(mask[::step, ::step])
    sure, product = few >= _SURE, few > 0.5
    between = _wide((few > _NONE) & ~_grown(sure, 2) & ~_grown(few < 0.1, 1))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(between.view(np.uint8))
    sizes = stats[:, cv2.CC_STAT_AREA]
    left, large = np.zeros(few.shape, bool), False
    for label in 1 + np.flatnonzero(sizes[1:] >= _SPECK):
        part = labels == label
        if not _beside(part, product):
            continue
        shown, much = part & product, bool(sizes[label] >= _LARGE * product.sum())
        if much or (shown.any() and few[shown].mean() < _FAINT):
            left |= shown
            large |= much
    if left.any():
        mask = mask * _enlarged(~(_grown(left, 2) & ~sure), mask)
    shines = _shines(few, sure)
    return np.maximum(mask, _enlarged(_grown(shines, 1), mask)) if shines.any() else mask, large


def _shines(few: Plane, sure: Bools) -> Bools:
    """Small parts with sure product all round that are nowhere close to ground: a rivet, a glint.
    A look through is. (The three on photos of known truth were product.)"""
    parts = regions.Parts.of(~sure)
    chosen = (parts.mean(few <= _GLINT) == 0) & (parts.sizes < _LARGE * (few > 0.5).sum())
    found = np.zeros(few.shape, bool)
    found.ravel()[parts.pixels(chosen)] = True
    return found


def _enlarged(where: Bools, to: Plane) -> Plane:
    size = to.shape[::-1]
    return np.asarray(cv2.resize(where.astype(np.float32), size, interpolation=cv2.INTER_LINEAR))


def _beside(part: Bools, product: Bools) -> bool:
    """True where it borders on ground; what lies within the product is a shine or a print."""
    ring = _grown(part, 3) & ~part
    return not product[ring].mean() > 0.85


def _wide(where: Bools) -> Bools:
    """Without what is narrower than five cells: a blurred edge is no part."""
    return np.asarray(cv2.morphologyEx(where.view(np.uint8), cv2.MORPH_OPEN, regions.disc(2)) > 0)


def _grown(where: Bools, by: int) -> Bools:
    return np.asarray(cv2.dilate(where.view(np.uint8), regions.disc(by)) > 0)

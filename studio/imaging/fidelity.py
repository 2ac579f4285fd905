"""Proof that the product in a picture is the product of the photo: pixel by pixel, by colour."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.imaging import planes
from studio.imaging.fit import Placed
from studio.imaging.opening import Pixels, Plane

EDGE = 2  # pixels along the outline that are mixed with the ground, and so are not compared


@dataclass(frozen=True)
class Proof:
    """`compared`: pixels looked at; `changed`: those that differ in any channel from the photo's
    under the same scale; ΔE is CIE 1976; `map`: ΔE at each pixel, 0 where not compared."""

    compared: int
    changed: int
    largest: float
    mean: float
    map: Plane

    @property
    def kept(self) -> bool:
        return self.changed == 0

    def measured(self, prefix: str = "product") -> dict[str, float]:
        """The numbers for Picture.measured."""
        return {
            f"{prefix}_pixels": float(self.compared),
            f"{prefix}_changed": float(self.changed),
            f"{prefix}_delta_max": round(self.largest, 3),
            f"{prefix}_delta_mean": round(self.mean, 3),
        }


def prove(picture: Pixels, placed: Placed) -> Proof:
    """Compare a picture with the photo that it was made from, under the solid part of the mask."""
    part = placed.part
    seen, photo = picture[part], placed.source[part]
    inside = cv2.erode(
        placed.solid.view(np.uint8),
        np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8),
        borderType=cv2.BORDER_CONSTANT,
        borderValue=1,
    )
    count = cv2.countNonZero(inside)
    whole = np.zeros(placed.alpha.shape, np.float32)
    if not cv2.norm(seen, photo, cv2.NORM_INF, inside):
        return Proof(count, 0, 0.0, 0.0, whole)
    changed = cv2.countNonZero(planes.most(cv2.absdiff(seen, photo)) * inside)
    off = delta(seen, photo) * inside
    whole[part] = off
    return Proof(
        count,
        changed,
        float(off.max()),
        float(off.sum() / count),
        whole,
    )


def drawn(proof: Proof, picture: Pixels) -> Pixels:
    """What differs, to be looked at: the picture in pale grey, and red over it by ΔE (from 1,
    which is just seen, to 20). At most 1000 px, each the worst of those that it stands for."""
    height, width = proof.map.shape
    step = -(-max(height, width) // 1000)
    high, wide = -(-height // step), -(-width // step)
    padded = np.zeros((high * step, wide * step), np.float32)
    padded[:height, :width] = proof.map
    worst = padded.reshape(high, step, wide, step).max(axis=(1, 3))
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    pale = 128 + cv2.resize(grey, (wide, high), interpolation=cv2.INTER_AREA) // 2
    strength = np.clip(worst / 20, 0.35, 1)[..., None] * (worst >= 1)[..., None]
    over = pale[..., None] * (1 - strength) + np.array((214, 20, 40)) * strength
    return np.asarray(over + 0.5, dtype=np.uint8)


def delta(one: Pixels, two: Pixels) -> Plane:
    """CIE 1976 colour difference of two sRGB pictures of one size, at each pixel."""
    first, second = _lab(one), _lab(two)
    return np.asarray(np.sqrt(planes.total((first - second) ** 2)).astype(np.float32))


def _lab(pixels: Pixels) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))

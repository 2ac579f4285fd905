"""Smooth random fields and the small curves that all drawing here is made of."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]  # HxW or HxWx3, linear light


def linear(srgb: NDArray[np.floating] | tuple[float, ...]) -> Field:
    """sRGB 0..1 to linear light (IEC 61966-2-1)."""
    c = np.asarray(srgb, np.float32)
    light = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return np.asarray(light, dtype=np.float32)


def encoded(light: Field) -> Field:
    """Linear light to sRGB 0..1."""
    c = np.clip(light, 0, 1)
    return np.where(c <= 0.0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055).astype(np.float32)


def smooth(low: float, high: float, x: NDArray[np.floating]) -> Field:
    """0 below `low`, 1 above `high`, and an S between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray((t * t * (3 - 2 * t)).astype(np.float32))


def blur(field: Field, sigma: float) -> Field:
    """Gaussian blur; wide ones are done small."""
    if sigma < 0.3:
        return field
    shrink = max(1, int(sigma / 4))
    height, width = field.shape[:2]
    if shrink == 1:
        return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE))
    small = (max(2, width // shrink), max(2, height // shrink))
    little = cv2.resize(field, small, interpolation=cv2.INTER_AREA)
    little = cv2.GaussianBlur(little, (0, 0), sigma / shrink, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(little, (width, height), interpolation=cv2.INTER_CUBIC))


def fractal(
    dice: np.random.Generator,
    size: tuple[int, int],
    cells: float = 4,
    octaves: int = 6,
    gain: float = 0.5,
    stretch: float = 1.0,
) -> Field:
    """Sums of ever finer noise, about 0..1; `size` is (height, width); `stretch` > 1 makes the
    grain long from left to right."""
    height, width = size
    total, weight, share = np.zeros(size, np.float32), 0.0, 1.0
    for _ in range(octaves):
        if cells > max(size):
            break
        grid = (max(2, round(cells) + 1), max(2, round(cells / stretch) + 1))
        rough = dice.random(grid, dtype=np.float32)
        total += share * cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC)
        weight += share
        share *= gain
        cells *= 2
    return total / np.float32(weight)


def warped(field: Field, right: Field, down: Field) -> Field:
    """The field with each point taken from elsewhere, shifts in pixels."""
    height, width = field.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.asarray(
        cv2.remap(
            field,
            (x + right).astype(np.float32),
            (y + down).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
    )


def mixed(one: Field, two: Field, share: NDArray[np.floating]) -> Field:
    """`one` where share is 0, `two` where it is 1; a plane is spread over the colours."""
    part = share[..., None] if share.ndim == 2 else share
    return np.asarray(one * (1 - part) + two * part, dtype=np.float32)

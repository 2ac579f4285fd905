"""Surfaces: each function gives a square texture in linear light, side x side x 3.

`colour` and friends are linear RGB. A material is found by its function's name in a look.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from studio.engines.backdrop.noise import Field, blur, fractal, linear, mixed, smooth, warped

Dice = np.random.Generator


def paper(dice: Dice, side: int, colour: Field) -> Field:
    """Matt studio paper: almost nothing, but not nothing."""
    fibre = fractal(dice, (side, side), 180, 2) - 0.5
    cloud = fractal(dice, (side, side), 3, 3) - 0.5
    return np.asarray(colour * (1 + 0.02 * fibre + 0.02 * cloud)[..., None])


def plaster(dice: Dice, side: int, colour: Field, rough: float = 1.0) -> Field:
    """Trowelled lime plaster, lit from the left so that its relief shows."""
    size = (side, side)
    relief = fractal(dice, size, 5, 7, 0.55, 1.6) + 0.5 * fractal(dice, size, 40, 4, 0.6)
    slope = cv2.Sobel(blur(relief, side / 700), cv2.CV_32F, 1, 0, ksize=3)
    cloud = fractal(dice, size, 3, 5) - 0.5
    tone = 1 + rough * (0.16 * cloud + 0.55 * np.clip(slope, -0.12, 0.12))
    return np.asarray(colour * tone.astype(np.float32)[..., None])


def concrete(dice: Dice, side: int, colour: Field) -> Field:
    """Cast concrete with pores and faint stains."""
    size = (side, side)
    base = plaster(dice, side, colour, 0.8)
    pores = smooth(0.74, 0.80, fractal(dice, size, 90, 2)) * smooth(
        0.45, 0.6, fractal(dice, size, 6, 3)
    )
    stain = smooth(0.45, 0.75, fractal(dice, size, 3, 6)) * 0.10
    return np.asarray(base * (1 - 0.35 * pores - stain)[..., None])


def marble(dice: Dice, side: int, colour: Field, vein: Field | None = None) -> Field:
    """White marble: soft grey clouds, a few bold veins and many hair lines along one slant."""
    size = (side, side)
    vein = linear((0.47, 0.46, 0.46)) if vein is None else vein
    bend_x, bend_y = fractal(dice, size, 2.5, 5) - 0.5, fractal(dice, size, 2.5, 5) - 0.5
    slant = dice.uniform(0.5, 0.9)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    along = x * slant + y + 0.75 * bend_x

    def lines(count: float, width: float, wobble: float) -> Field:
        phase = along * count + wobble * fractal(dice, size, 4, 5, 0.42) + dice.uniform(0, 1)
        near = np.abs(phase - np.round(phase)) / count
        return np.asarray(np.exp(-((near / width) ** 2)).astype(np.float32))

    fade = smooth(0.42, 0.66, fractal(dice, size, 3, 4))
    bold = lines(2.3, 0.0045, 1.1) * (0.25 + 0.75 * fade)
    halo = lines(2.3, 0.03, 1.1) * 0.30 * fade
    hair = lines(7.0, 0.0016, 1.6) * smooth(0.48, 0.62, fractal(dice, size, 4, 4)) * 0.55
    cloud = smooth(0.40, 0.75, warped(fractal(dice, size, 3, 6), bend_x * side, bend_y * side))
    stone = colour * (1 - 0.10 * cloud)[..., None]
    share = np.clip(0.62 * bold + halo + hair, 0, 0.8)
    return mixed(stone, np.broadcast_to(vein, stone.shape), share)


def wood(
    dice: Dice, side: int, colour: Field, planks: int = 5, dark: float = 0.55, gap: float = 1.0
) -> Field:
    """Planed boards that run from left to right; each has its own tone and grain."""
    out = np.empty((side, side, 3), np.float32)
    edges = np.linspace(0, side, planks + 1).astype(int)
    for top, bottom in pairwise(edges):
        out[top:bottom] = _board(dice, bottom - top, side, colour, dark)
        if planks > 1:
            rows = np.arange(bottom - top, dtype=np.float32)
            seam = np.exp(-rows / (side * 0.0012)) + np.exp(-rows[::-1] / (side * 0.0012))
            out[top:bottom] *= (1 - 0.7 * gap * np.clip(seam, 0, 1))[:, None, None]
    return out


def _board(dice: Dice, height: int, width: int, colour: Field, dark: float) -> Field:
    """Growth rings cut lengthwise: bands across the board that bulge round a knotless heart."""
    size = (height, width)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * height / 260
    x = np.linspace(0, 1, width, dtype=np.float32)[None]
    heart = dice.uniform(-0.8, 0.8) + 0.5 * (fractal(dice, size, 2, 2, 0.5, 3) - 0.5)
    bulge = 0.35 * (x - dice.uniform(0.1, 0.9)) ** 2
    distance = np.sqrt((y - heart) ** 2 + bulge + 0.02)
    wobble = fractal(dice, size, 6, 5, 0.5, 7) - 0.5
    rings = distance * dice.uniform(7, 11) + 1.6 * wobble
    saw = rings - np.floor(rings)
    late = smooth(0.35, 0.95, saw) * (1 - smooth(0.95, 1.0, saw))
    fibre = fractal(dice, size, 240, 3, 0.7, 40) - 0.5
    pores = smooth(0.70, 0.85, fractal(dice, size, 300, 2, 0.6, 26))
    tone = (1 + dice.uniform(-0.10, 0.10)) * (1 + 0.22 * fibre) * (1 - 0.16 * pores)
    deep = colour * np.array((dark, dark * 0.82, dark * 0.68), np.float32)
    share = 0.55 * late + 0.25 * (fractal(dice, size, 3, 4, 0.5, 5) - 0.3)
    grain = mixed(np.broadcast_to(colour, (*size, 3)), np.broadcast_to(deep, (*size, 3)), share)
    return grain * tone.astype(np.float32)[..., None]


def linen(dice: Dice, side: int, colour: Field, folds: float = 0.5) -> Field:
    """Woven flax: uneven threads over and under, and a few soft folds."""
    size = (side, side)
    count = side / 5.0
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    sway = 2.2 * (fractal(dice, size, 14, 3) - 0.5)
    warp = np.sin(2 * np.pi * (x + sway * 3) / side * count)
    weft = np.sin(2 * np.pi * (y + sway * 3) / side * count)
    thick = fractal(dice, size, 130, 2, 0.6, 18)
    thin = fractal(dice, size, 130, 2, 0.6, 18).T
    weave = 0.075 * (warp * (0.5 + thin) + weft * (0.5 + thick)) + 0.10 * (thick + thin - 1)
    ripple = fractal(dice, size, 2.2, 3, 0.45, 0.6)
    slope = cv2.Sobel(blur(ripple, side / 60), cv2.CV_32F, 1, 1, ksize=5) * side / 400
    tone = 1 + weave + folds * (np.clip(slope, -0.35, 0.35) + 0.18 * (ripple - 0.5))
    return np.asarray(colour * np.clip(tone, 0.2, 1.6).astype(np.float32)[..., None])


def terrazzo(
    dice: Dice, side: int, colour: Field, chips: tuple[Field, ...] = (), share: float = 0.5
) -> Field:
    """Angular stone chips of many sizes in a polished binder."""
    stone = np.ascontiguousarray(np.broadcast_to(colour, (side, side, 3))).copy()
    colours = chips or tuple(
        linear(c)
        for c in ((0.78, 0.56, 0.47), (0.52, 0.60, 0.55), (0.84, 0.72, 0.48), (0.45, 0.43, 0.42))
    )
    for large, count in ((0.020, 260), (0.011, 900), (0.005, 2600)):
        for _ in range(int(count * share * 1.4)):
            cx, cy = dice.uniform(0, side, 2)
            radius = large * side * dice.uniform(0.5, 1.3)
            corners = int(dice.integers(4, 8))
            turn = np.sort(dice.uniform(0, 2 * np.pi, corners))
            reach = radius * dice.uniform(0.55, 1.0, corners)
            points = np.stack([cx + reach * np.cos(turn), cy + 0.8 * reach * np.sin(turn)], 1)
            tone = colours[int(dice.integers(len(colours)))] * dice.uniform(0.8, 1.15)
            fixed = np.round(points * 16).astype(np.int32)
            cv2.fillPoly(stone, [fixed], tone.tolist(), lineType=cv2.LINE_AA, shift=4)
    speck = fractal(dice, (side, side), 220, 2) - 0.5
    return np.asarray(stone * (1 + 0.05 * speck)[..., None], dtype=np.float32)


def gloss(dice: Dice, side: int, colour: Field) -> Field:
    """Lacquer or acrylic: a clean plane whose life is in its reflections."""
    cloud = fractal(dice, (side, side), 2, 2) - 0.5
    return np.asarray(colour * (1 + 0.04 * cloud)[..., None])


MATERIALS = {
    f.__name__: f for f in (paper, plaster, concrete, marble, wood, linen, terrazzo, gloss)
}

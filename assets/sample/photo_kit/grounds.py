"""What the products stand on: a paper sweep, and grounds as busy as a real kitchen or study.

A ground is made for a product's size in cm; its patterns keep their real size.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .looks import (
    bumped,
    glaze,
    image,
    mix,
    noise,
    principled,
    weave,
    wood,
)
from .shapes import at, circle, dense, fillet, grid, lathe, rectangle, sheet, slab, spline
from .shapes import sweep as tube
from .studio_room import Look, Part

Ground = Callable[[float], list[Part]]


def paper(colour: str) -> Ground:
    """A roll of paper that runs from under the product up behind it in a wide curve."""

    def build(size: float) -> list[Part]:
        far, near, high, wide = 5 * size, -9 * size, 9 * size, 14 * size
        profile = dense(fillet([(near, 0), (far, 0, 2.5 * size), (far, high)], steps=24), size / 2)
        rows, x = len(profile), np.linspace(-wide, wide, 24)
        columns = (np.tile(x, (rows, 1)), *(np.repeat(c[:, None], 24, 1) for c in profile.T))
        return [Part(grid(np.stack(columns, -1)), principled(colour, 0.85, specular=0.15))]

    return build


def table(look: Callable[[float], Look], back: Callable[[float], list[Part]]) -> Ground:
    """A table top of some look with something behind it."""

    def build(size: float) -> list[Part]:
        reach = 5.0 * size
        top = sheet(lambda x, y: 0 * x, (-reach, -reach, reach, 2.2 * size), 4)
        return [Part(top, look(reach)), *back(size)]

    return build


def floor(look: Callable[[float], Look]) -> Ground:
    """A surface seen from above, with nothing behind it."""

    def build(size: float) -> list[Part]:
        reach = 8.0 * size
        return [Part(sheet(lambda x, y: 0 * x, (-reach, -reach, reach, reach), 4), look(reach))]

    return build


# --- surfaces: `reach` is half the width of the sheet, whose texture runs once over it all ----


def _times(reach: float, period: float) -> tuple[float, float]:
    return (2 * reach / period, 2 * reach / period)


def oak(reach: float) -> Look:
    pixels = wood(2048, 91, ("#6b4526", "#94683e", "#b88a58"), planks=7, rings=110)
    tiles = _times(reach, 80)
    return bumped(
        principled(image(pixels, tiles), 0.42, specular=0.4), pixels.mean(-1), 0.25, tiles
    )


def pale_oak(reach: float) -> Look:
    pixels = wood(2048, 95, ("#a5825a", "#c8a67b", "#dcc19a"), planks=6, rings=90)
    tiles = _times(reach, 72)
    return bumped(principled(image(pixels, tiles), 0.5, specular=0.35), pixels.mean(-1), 0.2, tiles)


def gingham(reach: float) -> Look:
    """A checked cloth: stripes of one colour across stripes of the same."""
    n = 1024
    stripe = (np.arange(n) // (n // 8)) % 2
    tone = (stripe[:, None] + stripe[None, :]) / 2
    cloth = mix(tone, "#f1ece0", "#bd5a4b") * (
        0.82 + 0.18 * weave(n, 93, "#ffffff", "#000000", 128)
    )
    tiles = _times(reach, 12)
    return bumped(principled(image(cloth, tiles), 0.9, specular=0.1), cloth.mean(-1), 0.3, tiles)


def tiles(reach: float) -> Look:
    """Small glazed tiles in greens and blues, with pale grout."""
    n, count = 1024, 8
    cell = np.arange(n) * count // n
    rng = np.random.default_rng(97)
    shade = rng.random((count, count))[np.ix_(cell, cell)]
    inside = (np.arange(n) * count / n) % 1
    edge = np.minimum(inside, 1 - inside)
    gap = np.minimum(edge[:, None], edge[None, :])
    pixels = mix(shade * 0.8 + 0.2 * noise(n, 98, 16, 4), "#3f6b70", "#6fa09b", "#a9c4b8")
    pixels[gap < 0.035] = np.array([0.86, 0.85, 0.81])
    relief = np.clip((gap - 0.02) / 0.05, 0, 1)
    times = _times(reach, 26)
    return bumped(principled(image(pixels, times), 0.16, specular=0.5), relief, 0.35, times)


def terrazzo(reach: float) -> Look:
    """Polished chips of stone in pale cement."""
    from scipy.spatial import cKDTree

    n, rng = 1024, np.random.default_rng(99)
    dots = rng.random((520, 2))
    tiled = np.vstack([dots + np.array([i, j]) for i in (-1, 0, 1) for j in (-1, 0, 1)])
    y, x = np.meshgrid(np.arange(n) / n, np.arange(n) / n, indexing="ij")
    bend = (noise(n, 100, 24, 2) - 0.5) * 0.012
    near, who = cKDTree(tiled).query(np.stack([x + bend, y + bend.T], -1).reshape(-1, 2), k=2)
    gap = (near[:, 1] - near[:, 0]).reshape(n, n)
    size = rng.random(520)[who[:, 0] % 520].reshape(n, n)
    chips = np.array(
        [
            [0.72, 0.42, 0.33],
            [0.36, 0.42, 0.44],
            [0.83, 0.66, 0.42],
            [0.55, 0.57, 0.52],
            [0.25, 0.27, 0.3],
        ]
    )
    colour = chips[rng.integers(0, 5, 520)][who[:, 0] % 520].reshape(n, n, 3)
    pixels = np.where(
        (gap > 0.006 + 0.03 * size)[..., None] & (size < 0.75)[..., None],
        colour,
        np.array([0.88, 0.86, 0.82]),
    )
    return principled(image(pixels, _times(reach, 26)), 0.2, specular=0.5)


def linen(reach: float) -> Look:
    """A striped linen cloth."""
    n = 1024
    x = np.arange(n) / n
    stripe = ((x * 6) % 1 < 0.22) | (np.abs((x * 6) % 1 - 0.42) < 0.025)
    cloth = np.where(
        stripe[None, :, None], np.array([0.27, 0.37, 0.5]), np.array([0.88, 0.85, 0.78])
    )
    cloth = cloth * (0.75 + 0.25 * weave(n, 101, "#ffffff", "#000000", 160))
    times = _times(reach, 24)
    return bumped(principled(image(cloth, times), 0.9, specular=0.1), cloth.mean(-1), 0.35, times)


# --- what stands behind, out of focus -----------------------------------------------------------


def wall(colour: str) -> Callable[[float], list[Part]]:
    def build(size: float) -> list[Part]:
        look = bumped(principled(colour, 0.9, specular=0.1), noise(512, 103, 32, 4), 0.1, (6, 6))
        upright = sheet(lambda x, y: 0 * x, (-9 * size, -4 * size, 9 * size, 6 * size), 4)
        return [Part(upright.moved(at(y=3.4 * size, tilt=90)), look)]

    return build


def kitchen(size: float) -> list[Part]:
    """A tiled kitchen wall with bottles, bowls, boards and a plant before it."""
    s = size / 10
    turned: list[tuple[list[tuple[float, ...]], float, float, str]] = [
        (
            [(0, 0), (2.2, 0, 0.3), (2.2, 7, 1.6), (0.8, 9.2, 0.5), (0.8, 11.5), (0, 11.5)],
            -11,
            15,
            "#44563a",
        ),
        ([(0, 0), (1.6, 0, 0.2), (3.6, 3.2, 1.5), (3.4, 3.3), (0, 1)], -4.5, 17, "#d9d2c4"),
        ([(0, 0), (2, 0, 0.3), (2, 4.4, 0.4), (0, 4.5)], 5.5, 17, "#b4583e"),
        ([(0, 0), (1.8, 0, 0.3), (1.8, 6.4, 1.0), (1.0, 7.6), (0, 7.6)], 9.6, 16, "#c8a24b"),
        ([(0, 0), (1.5, 0, 0.2), (2.4, 3.5, 0.2), (0, 3.5)], 14.2, 17, "#a86a4a"),
    ]
    parts = []
    for profile, x, y, colour in turned:
        scaled = [tuple(value * s for value in corner) for corner in profile]
        pot = lathe(scaled, sides=60, step=s).moved(at(x * s, y * s))
        parts.append(Part(pot, glaze(colour, 0.1)))
    board = slab(rectangle(7 * s, 11 * s, 1.2 * s), 0.5 * s, 0.1 * s).moved(
        at(0.5 * s, 20 * s, 5.4 * s, tilt=80)
    )
    timber = wood(512, 108, ("#7d5230", "#a9774a"), rings=8)
    upright = sheet(lambda x, y: 0 * x, (-9 * size, -4 * size, 9 * size, 6 * size), 4)
    return [
        *parts,
        *_leaves(s),
        Part(board, principled(image(timber), 0.5)),
        Part(upright.moved(at(y=2.21 * size, tilt=90)), _metro(size)),
    ]


def _leaves(s: float) -> list[Part]:
    """The plant in the last of the pots; `s` is a tenth of the product's size."""
    rng, pot = np.random.default_rng(107), np.array([14.2, 17, 3.3]) * s
    green, swell = principled("#4f7a3c", 0.6), np.sin(np.linspace(0.1, 3.0, 12)) ** 0.8
    parts = []
    for _ in range(26):
        a, b, high = rng.uniform(0, 2 * np.pi), rng.uniform(1.5, 3.4), rng.uniform(2.7, 6.2)
        tip = pot + np.array([b * np.cos(a), b * np.sin(a) * 0.6, high]) * s
        stem = spline(np.stack([pot, (pot + tip) / 2 + np.array([0, 0, 1.8]) * s, tip]), 12)
        parts.append(Part(tube(stem, circle(0.5 * s, 8), scale=swell, up=(0.3, 1, 0)), green))
    return parts


def _metro(size: float) -> Look:
    """A wall of brick-shaped white tiles."""
    n = 512
    y, x = np.meshgrid(np.arange(n) / n, np.arange(n) / n, indexing="ij")
    row = np.floor(y * 4)
    across = (x * 2 + 0.5 * (row % 2)) % 1
    up = (y * 4) % 1
    gap = np.minimum(np.minimum(across, 1 - across) * 2, np.minimum(up, 1 - up))
    pixels = mix(np.clip(gap / 0.05, 0, 1), "#9fa09c", "#e3e4df")
    return principled(image(pixels, (24, 26)), 0.2, specular=0.5)


def books(size: float) -> list[Part]:
    """A painted wall, a row of books and a vase, for the desk."""
    s, rng = size / 10, np.random.default_rng(109)
    colours = (
        "#31566b",
        "#b0532f",
        "#d9c49a",
        "#4f6b4a",
        "#7a3340",
        "#e0ded6",
        "#c9912f",
        "#2d3440",
    )
    parts, x = [], -16.0
    while x < 13.0:
        width, tall = rng.uniform(0.7, 1.6), rng.uniform(6.0, 8.6)
        book = slab(rectangle(width * s, 5.2 * s, 0.12 * s, 3), tall * s, 0.06 * s, steps=2)
        lean = 10 if rng.random() < 0.08 else 0
        parts.append(
            Part(
                book.moved(at(x * s, 17 * s, roll=lean)), principled(colours[rng.integers(8)], 0.6)
            )
        )
        x += width + 0.06 + (1.0 if lean else 0) + (2.6 if rng.random() < 0.07 else 0)
    return [*parts, *wall("#b9b1a2")(size)]


PEG = 72.0  # height of the pegs' upper side above the floor, in cm


def rail(size: float) -> list[Part]:
    """A painted wall with a wooden rail and three pegs, to hang something on the middle one."""
    plaster = bumped(principled("#c3ccc6", 0.9, specular=0.1), noise(512, 103, 32, 4), 0.1, (5, 5))
    upright = sheet(lambda x, y: 0 * x, (-3 * size, -2 * size, 3 * size, 3 * size), 4)
    timber = principled(image(wood(512, 111, ("#9a6f42", "#c79b66"), rings=7), (1, 0.3)), 0.5)
    slat = slab(rectangle(76, 7, 1.0), 1.8, 0.35).moved(at(0, 1.9, PEG - 0.6, tilt=90))
    knob = [(0, -0.5), (0.75, -0.5), (0.7, 3.4, 0.4), (1.15, 4.4, 0.5), (1.1, 5.4, 0.5), (0, 5.4)]
    pegs = [lathe(knob).moved(at(x, 0.2, PEG - 0.75, tilt=90)) for x in (-26, 0, 26)]
    return [
        Part(upright.moved(at(y=1.9, tilt=90)), plaster),
        *(Part(mesh, timber) for mesh in (slat, *pegs)),
    ]


GROUNDS: dict[str, Ground] = {
    "paper": paper("#e6e6e4"),
    "warm paper": paper("#e8e1d6"),
    "kitchen": table(oak, kitchen),
    "gingham": table(gingham, kitchen),
    "linen": table(linen, wall("#93a18f")),
    "desk": table(pale_oak, books),
    "tiles": table(tiles, wall("#d8cfc4")),
    "terrazzo": floor(terrazzo),
    "boards": floor(oak),
    "rail": rail,
    "pale boards": floor(pale_oak),
}

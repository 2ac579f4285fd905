"""A castle of beech blocks: twenty-four pieces in seven shapes, some painted and some plain."""

from __future__ import annotations

import numpy as np

from .looks import image, principled, wood
from .shapes import Mesh, at, dense, fillet, lathe, rectangle, slab
from .studio_room import Look, Part

B = 3.2  # the edge of the small cube, in cm
COLOURS = {
    "red": "#a83a2b",
    "blue": "#2b5d86",
    "yellow": "#d39c24",
    "green": "#55823f",
    "plain": "#d9b27d",
}


def blocks() -> list[Part]:
    """The whole set, so that the picture shows what is in the bag."""
    looks = {name: _beech(colour, i) for i, (name, colour) in enumerate(COLOURS.items())}
    cube, tower, beam, plank = (
        _brick(B, B),
        _brick(B, 2 * B),
        _brick(2 * B, B),
        _brick(4 * B, B / 2),
    )
    plan: list[tuple[str, Mesh, tuple[float, ...]]] = [
        *(
            ("blue", tower, (-1.5, 0, 0)),
            ("plain", tower, (1.5, 0, 0)),
            ("yellow", _arch(), (0, 0, 0)),
        ),
        *(("plain", tower, (-2.52, 0, 0)), ("blue", tower, (2.52, 0, 0))),
        *(("green", plank, (-1.0, 0, 2)), ("red", _brick(2 * B, B / 2), (2.02, 0, 2))),
        *(("plain", cube, (-2.4, 0, 2.5)), ("red", cube, (2.4, 0, 2.5))),
        *(("blue", _roof(), (-2.4, 0, 3.5)), ("green", _roof(), (2.4, 0, 3.5))),
        *(("yellow", _column(), (-1.05, 0, 2.5)), ("plain", _column(), (1.05, 0, 2.5))),
        *(("plain", _arch(), (0, 0, 3.5)), ("red", _roof(), (0, 0, 5.5))),
        *(("red", _column(), (-3.9, -0.5, 0)), ("green", _column(), (3.9, -0.5, 0))),
        *(("yellow", _roof(), (-3.9, -0.5, 1)), ("red", _roof(), (3.9, -0.5, 1))),
        *(("yellow", cube, (2.1, -2.0, 0, 28)), ("plain", _roof(), (-2.3, -1.9, 0, -24))),
        *(("green", cube, (-3.3, -2.3, 0, 12)), ("blue", beam, (0.1, -2.4, 0, -8))),
        ("yellow", _column(), (3.4, -2.0, 0)),
    ]
    return [
        Part(mesh.moved(at(x * B, y * B, z * B, turn=turn[0] if turn else 0)), looks[name])
        for name, mesh, (x, y, z, *turn) in plan
    ]


def _beech(colour: str, seed: int) -> Look:
    tone = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    grain = wood(512, 40 + seed, ("#dedede", "#ffffff", "#f0f0f0"), rings=5)
    return principled(image(grain * tone, (0.9, 0.9)), 0.4, specular=0.4)


def _brick(long: float, high: float) -> Mesh:
    return slab(rectangle(long, B, 0.25, 4), high, 0.2, steps=3)


def _column() -> Mesh:
    r = B * 0.48
    return lathe([(0, 0), (r, 0, 0.2), (r, B, 0.2), (0, B)], sides=80)


def _roof() -> Mesh:
    """A prism with a triangular front."""
    w = B * 0.52
    outline = fillet([(-w, 0, 0.22), (w, 0, 0.22), (0, w * 1.15, 0.22)], closed=True, steps=5)
    return slab(outline, B, 0.2, steps=3).moved(at(0, B / 2, 0, tilt=90))


def _arch() -> Mesh:
    """A bridge: 2 x 2 cubes with a round gate."""
    outer = dense(fillet([(-B, 0), (-B, 2 * B, 0.2), (B, 2 * B, 0.2), (B, 0)]), 0.15)
    t = np.arctan2(outer[:, 1] / 2, outer[:, 0])
    gate = np.stack([0.62 * B * np.cos(t), 1.25 * B * np.sin(t) ** 0.8], -1)
    outline = np.vstack([outer, gate[::-1]])
    return slab(outline, B, 0.06, steps=2, strip=True).moved(at(0, B / 2, 0, tilt=90))

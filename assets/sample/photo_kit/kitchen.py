"""Things for the table: bottle, mug, teapot and honey jar. Each stands on z = 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .looks import (
    bumped,
    glass,
    glaze,
    image,
    metal,
    mix,
    noise,
    principled,
    printed,
    printed_on,
    steel,
    sticker,
)
from .shapes import Array, Mesh, circle, lathe, rectangle, spline, sweep
from .studio_room import Part


def bottle(colour: str) -> list[Part]:
    """A vacuum bottle: powder-coated body, steel foot and neck, screw lid with a loop."""
    paint = principled(colour, 0.42, specular=0.45)
    coat = bumped(paint, noise(512, 3, 128, 2), 0.01, (3, 4))
    plastic = principled("#2b2d2f", 0.36)
    body = [(3.45, 0.7), (3.65, 0.75, 0.1), (3.65, 19.4, 3.4), (2.75, 22.1, 0.7), (2.55, 22.6)]
    foot = [(0, 0), (3.3, 0, 0.25), (3.56, 0.45, 0.2), (3.56, 0.8)]
    lid = [(2.3, 22.8), (2.72, 22.8, 0.08), (2.72, 24.7, 0.28), (2.45, 25.0, 0.2), (0, 25.0)]
    knots = [
        *((-2.62, 0, 23.6), (-2.72, 0, 25.0), (-2.1, 0, 26.2), (0, 0, 26.5)),
        *((2.1, 0, 26.2), (2.72, 0, 25.0), (2.62, 0, 23.6)),
    ]
    loop = sweep(spline(knots), rectangle(0.42, 1.5, 0.18), up=(0, 1, 0))
    logo = lathe([(3.653, 11.0), (3.653, 13.6)], turns=(-40, 40), sides=60)
    text = printed(1000, 500, [(0.5, "Brindlefen", "serif-bold", 0.3)], ink="#f3f1ea")
    return [
        Part(lathe(body), coat),
        Part(lathe(foot), steel(0.22)),
        Part(lathe([(2.4, 22.2), (2.4, 23.0)]), steel(0.15)),
        Part(lathe(lid, sides=720, step=0.1, bump=ribs(60, 22.95, 24.35)), plastic),
        Part(loop, plastic),
        Part(logo, printed_on(paint, text)),
    ]


def ribs(count: int, low: float, high: float) -> Callable[[Array, Array], Array]:
    """Fine upright ribs between two heights, for a lid that is gripped."""

    def bump(angle: Array, height: Array) -> Array:
        soft = np.clip((height - low) / 0.15, 0, 1) * np.clip((high - height) / 0.15, 0, 1)
        result: Array = 0.03 * np.cos(angle * count) * soft
        return result

    return bump


def mug(colour: str, dark: str) -> list[Part]:
    """A stoneware mug: matte speckled glaze, a band of bare clay at the foot, a round handle."""
    specks = noise(1024, 5, 128, 2) > 0.86
    tone = mix(noise(1024, 6, 4, 5) * 0.5, colour, dark)
    tone[specks] *= 0.72
    skin = principled(image(tone), 0.3, specular=0.5)
    clay = bumped(principled("#b58f6c", 0.85), noise(512, 8, 64, 3), 0.3, (4, 1))
    wall = [
        *((4.02, 1.15), (4.13, 1.3, 0.1), (4.25, 9.35, 0.17), (3.93, 9.35, 0.17)),
        *((3.75, 1.6, 1.0), (0, 1.3)),
    ]
    foot = [(0, 0.05), (3.3, 0.05), (3.45, 0, 0.1), (3.7, 0, 0.2), (4.06, 0.7, 0.3), (4.06, 1.3)]
    knots = [
        *((4.0, 0, 7.9), (5.0, 0, 8.15), (6.35, 0, 7.4), (6.75, 0, 5.6)),
        *((6.2, 0, 3.9), (4.9, 0, 2.8), (3.95, 0, 2.6)),
    ]
    return [
        Part(lathe(wall, bump=lambda a, z: 0.012 * np.sin(z * 5.5 + np.sin(a)) * (z > 1.5)), skin),
        Part(lathe(foot), clay),
        Part(_handle(knots, 0.5, 0.35), skin),
    ]


def _handle(knots: Sequence[Sequence[float]], radius: float, swell: float) -> Mesh:
    """A handle drawn through the knots, broader than thick, and broadest where it joins."""
    thick = 1 + swell * np.abs(np.linspace(-1, 1, 80)) ** 3
    scale = np.stack([thick * 0.8, thick * 1.25], -1)
    return sweep(spline(knots, 80), circle(radius), scale=scale, up=(0, 1, 0))


def teapot(colour: str = "#84a38f", deep: str = "#5f8570") -> list[Part]:
    """A celadon teapot: squat body, lid with a knob, spout and ear handle."""
    skin = glaze(image(mix(noise(512, 21, 3, 4) * 0.7, colour, deep)), 0.07)
    body = [
        *((0, 0), (2.5, 0, 0.2), (2.75, 0.45, 0.15), (4.2, 1.3, 2.0), (4.95, 3.4, 3.0)),
        *((4.3, 5.6, 3.0), (2.75, 6.45, 0.6), (2.62, 6.7, 0.1), (2.45, 6.7, 0.1), (2.4, 6.2)),
    ]
    lid = [
        *((2.35, 6.6), (2.58, 6.72, 0.08), (2.5, 6.9, 0.2), (1.4, 7.45, 1.2), (0.45, 7.6, 0.25)),
        *((0.42, 7.85, 0.2), (0.82, 8.3, 0.45), (0.5, 8.72, 0.5), (0, 8.75)),
    ]
    knots = [(-3.6, 0, 3.0), (-5.0, 0, 3.3), (-6.1, 0, 4.5), (-6.8, 0, 5.8), (-7.5, 0, 6.5)]
    spout = spline(knots, 60)
    taper = np.interp(np.linspace(0, 1, 60), [0, 0.3, 0.6, 0.92, 1], [1.45, 1.1, 0.8, 0.6, 0.64])
    mouth = sweep(spout[-4:] + np.array([-0.012, 0, 0.012]), circle(0.5), up=(0, 1, 0))
    ear = [
        *((4.1, 0, 5.6), (5.2, 0, 6.35), (6.6, 0, 6.3), (7.3, 0, 5.0)),
        *((6.9, 0, 3.4), (5.8, 0, 2.4), (4.6, 0, 2.2)),
    ]
    return [
        Part(lathe(body), skin),
        Part(lathe(lid), skin),
        Part(sweep(spout, circle(1.0), scale=taper, up=(0, 1, 0)), skin),
        Part(mouth, principled("#37443c", 0.6)),
        Part(_handle(ear, 0.42, 0.3), skin),
    ]


def honey() -> list[Part]:
    """A glass jar of honey with a golden lid and a paper label in Chinese."""
    jar = [(0, 0), (3.2, 0, 0.5), (3.7, 0.5, 0.5), (3.7, 8.2, 1.3), (3.05, 9.3, 0.4), (3.05, 10.3)]
    hollow = [(2.75, 10.3), (2.75, 9.4, 0.4), (3.4, 8.5, 0.6), (3.42, 8.15)]
    filled = [(0, 0.5), (3.05, 0.5, 0.5), (3.42, 0.9, 0.5), (3.42, 8.15), (0, 8.15)]
    lid = [(3.0, 9.35), (3.28, 9.35, 0.08), (3.28, 10.75, 0.22), (3.0, 10.9, 0.1), (0, 10.85)]
    lines = [
        (0.2, "栗 屿", "serif-bold", 0.17),
        (0.45, "洋槐蜂蜜", "serif-bold", 0.2),
        (0.64, "ACACIA HONEY", "sans", 0.075),
        (0.83, "净含量 500克", "sans", 0.09),
    ]
    paper = printed(1250, 810, lines, paper="#f6efdc", ink="#5a3a14", border=0.045)
    return [
        Part(lathe(jar), glass("#ffffff")),
        Part(lathe(hollow), glass("#ffffff")),
        Part(lathe(filled), glass("#f9cf6a", inside=1.49, outside=1.5)),
        Part(lathe(lid, sides=480, step=0.1, bump=ribs(90, 9.6, 10.5)), metal("#d9a944", 0.28)),
        Part(lathe([(3.72, 1.9), (3.72, 7.1)], turns=(-62, 62), sides=60), sticker(paper)),
    ]

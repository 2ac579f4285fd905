"""Things for the house: candle, desk lamp, storage box and cream jar."""

from __future__ import annotations

import numpy as np

from .looks import (
    both_sides,
    glass,
    image,
    metal,
    principled,
    printed,
    printed_on,
    steel,
    sticker,
    wood,
)
from .shapes import Array, Mesh, at, circle, lathe, rectangle, slab, spline, sweep
from .studio_room import Look, Part


def candle() -> list[Part]:
    """A soy candle in an amber jar with a paper label."""
    jar = [
        *((0, 0), (3.5, 0, 0.5), (4.0, 0.5, 0.4), (4.0, 9.5, 0.13)),
        *((3.72, 9.5, 0.13), (3.72, 1.1, 0.4), (0, 1.0)),
    ]
    wax = [(0, 1.02), (3.3, 1.02, 0.4), (3.7, 1.5), (3.7, 7.3, 0.25), (0.5, 7.2, 0.3), (0, 7.18)]
    wick = spline([(0, 0, 7.1), (0.03, 0, 7.7), (0.1, 0.02, 8.1)], 20)
    lines = [
        (0.17, "Quillmere", "serif-bold", 0.15),
        (0.42, "Cedar & Fig", "serif", 0.17),
        (0.62, "SCENTED SOY CANDLE", "sans", 0.065),
        (0.82, "220 g  /  7.8 oz", "sans", 0.075),
    ]
    paper = printed(1300, 790, lines, paper="#f4f0e6", ink="#2d2a26", border=0.05)
    return [
        Part(lathe(jar), glass("#e2a866")),
        Part(lathe(wax), principled("#f3e6cc", 0.5, specular=0.3)),
        Part(sweep(wick, circle(0.09), up=(0, 1, 0)), principled("#5b5247", 0.9)),
        Part(lathe([(4.02, 2.1), (4.02, 7.0)], turns=(-58, 58), sides=60), sticker(paper, 0.7)),
    ]


def lamp(colour: str = "#b9851f") -> list[Part]:
    """A desk lamp: heavy round base, two arms with joints, a cone shade with a warm light in it,
    and its cord with the adapter."""
    paint = principled(colour, 0.3, specular=0.5)
    dark = principled("#2a2a2b", 0.4)
    base = [
        *((0, 0), (8.6, 0, 0.15), (8.8, 0.3, 0.15), (8.7, 1.5, 0.5)),
        *((1.5, 1.75, 0.2), (1.2, 2.6, 0.15), (0, 2.6)),
    ]
    hip, elbow, wrist = np.array([[0, 0, 3.0], [9.0, 0, 21.0], [-7.5, 0, 39.0]])
    parts = [
        Part(lathe(base), paint),
        Part(_rod(hip, elbow), paint),
        Part(_rod(elbow, wrist), paint),
    ]
    for joint in (hip, elbow, wrist):
        parts += [Part(_puck(joint, 1.15, 2.0), dark), Part(_puck(joint, 0.55, 2.5), steel(0.25))]
    head = at(*(wrist + np.array([-1.0, 0, -0.4])), roll=24)
    parts += [p.moved(head) for p in _shade(paint)]
    switch = lathe([(0, 0), (1.0, 0, 0.03), (1.0, 0.08, 0.05), (0, 0.08)])
    cord = spline(
        [(3, 7.9, 0.5), (6, 10, 0.27), (12, 10.5, 0.25), (15, 6, 0.25), (14.6, 1, 0.9)], 90
    )
    plug = slab(rectangle(3.2, 5.2, 0.7, 8), 2.4, 0.4).moved(at(14.6, -1.2, 0))
    return [
        *parts,
        Part(switch.moved(at(0.5, -5.4, 1.62, tilt=1.5)), steel(0.3)),
        Part(sweep(cord, circle(0.25)), dark),
        Part(plug, dark),
    ]


def _rod(a: Array, b: Array) -> Mesh:
    return sweep(np.linspace(a, b, 12), circle(0.55), up=(0, 1, 0))


def _puck(middle: Array, radius: float, width: float) -> Mesh:
    """A round joint whose axis runs along y."""
    h = width / 2
    turned = lathe([(0, -h), (radius, -h, 0.15), (radius, h, 0.15), (0, h)])
    return turned.moved(at(*middle, tilt=90))


def _shade(paint: Look) -> list[Part]:
    cone = [
        *((5.6, -9.0), (5.75, -9.0, 0.06), (5.75, -8.6, 0.3)),
        *((2.3, -1.2, 1.2), (1.7, 0.6, 0.4), (0, 0.6)),
    ]
    inner = [(0, -1.6), (2.1, -1.6, 0.5), (5.6, -9.0)]
    bulb = lathe([(0, -4.4), (3.0, -4.4, 0.3), (3.0, -4.0)])
    return [
        Part(lathe(cone), paint),
        Part(lathe(inner), both_sides(principled("#f4f1ea", 0.5))),
        Part(bulb, principled("#ffffff", 0.5), glow=(7.0, 6.0, 4.5)),
    ]


def box(colour: str = "#6d8798") -> list[Part]:
    """A storage box with rounded corners, a rim, grip holes and a bamboo lid."""
    skin = principled(colour, 0.4, specular=0.45)
    body = slab(rectangle(33.5, 24.5, 3.2, 12), 22.0, 0.7, taper=0.08)
    rim = slab(rectangle(37.4, 27.6, 3.6, 12), 1.1, 0.4).moved(at(z=20.9))
    tones = ("#b98a52", "#d3a970", "#e0bd8a")
    bamboo = principled(image(wood(1024, 31, tones, planks=8, rings=20), (0.25, 0.25)), 0.4)
    lid = slab(rectangle(38, 28.2, 3.7, 12), 1.5, 0.45).moved(at(z=22.05))
    parts = [Part(body, skin), Part(rim, skin), Part(lid, bamboo)]
    for side in (-1, 1):
        place = at(side * 17.75, 0, 16.0, turn=90 * side, tilt=87)
        hole = slab(rectangle(9.0, 2.6, 1.25, 10), 0.3, 0.1).moved(place)
        ring = ring_of(rectangle(9.5, 3.1, 1.5, 10), 0.28).moved(place @ at(z=0.25))
        parts += [Part(hole, principled("#1d2124", 0.9)), Part(ring, skin)]
    return parts


def ring_of(outline: Array, radius: float) -> Mesh:
    """A round bead along a closed outline."""
    path = np.column_stack([outline, np.zeros(len(outline))])
    return sweep(np.vstack([path, path[:2]]), circle(radius, 14), caps=False)


def cream() -> list[Part]:
    """A skin cream jar: thick white glass, brushed lid, fine print in Chinese."""
    pot = [(0, 0), (3.1, 0, 0.5), (3.5, 0.5, 0.7), (3.5, 3.2, 0.6), (3.0, 3.6, 0.2), (3.0, 3.8)]
    lid = [(3.1, 3.72), (3.42, 3.72, 0.06), (3.42, 5.7, 0.16), (0, 5.72)]
    white = principled("#e4ded5", 0.16, specular=0.6)
    lines = [
        (0.24, "苒 序", "serif-bold", 0.27),
        (0.56, "神经酰胺保湿面霜", "sans", 0.15),
        (0.82, "CERAMIDE CREAM   50g", "sans", 0.1),
    ]
    text = printed(1300, 520, lines, ink="#5e4239")
    label = lathe([(3.502, 0.85), (3.502, 2.85)], turns=(-45, 45), sides=60)
    return [
        Part(lathe(pot), white),
        Part(lathe(lid, sides=240), metal("#d7a48c", 0.22)),
        Part(label, printed_on(white, text, 0.3)),
    ]

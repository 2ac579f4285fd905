"""Things to carry: headphones, power bank, tote bag and card wallet."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from .home import ring_of
from .looks import (
    both_sides,
    bumped,
    image,
    leather,
    metal,
    mix,
    noise,
    principled,
    printed,
    printed_on,
    steel,
    weave,
)
from .shapes import (
    Array,
    Mesh,
    at,
    circle,
    fillet,
    grid,
    join,
    lathe,
    rectangle,
    slab,
    spline,
    sweep,
    unit,
)
from .studio_room import Look, Part


def headphones(colour: str, soft: str, trim: str = "#8d9095") -> list[Part]:
    """Over-ear headphones standing on their cups, the band above."""
    shell = principled(colour, 0.34, specular=0.5)
    pad = bumped(principled(soft, 0.5, specular=0.4), leather(512, 51), 0.12, (8, 3))
    t = np.linspace(np.radians(4), np.radians(176), 90)
    arc = np.stack([7.9 * np.cos(t), 0 * t, 9.3 + 9.4 * np.sin(t)], -1)
    wide = np.stack([np.ones(90), 1 + 0.25 * np.sin(t) ** 2], -1)
    s = np.linspace(np.radians(38), np.radians(142), 70)
    inner = np.stack([7.35 * np.cos(s), 0 * s, 9.25 + 8.85 * np.sin(s)], -1)
    fat = np.sin(np.linspace(0, np.pi, 70)) ** 0.35
    parts = [
        Part(sweep(arc, rectangle(0.55, 2.3, 0.24), scale=wide, up=(0, 1, 0)), shell),
        Part(sweep(inner, rectangle(0.95, 2.5, 0.42), scale=fat, up=(0, 1, 0)), pad),
    ]
    for side in (-1, 1):
        parts += [p.moved(at(side * 6.9, 0, 5.0, turn=90 * side)) for p in _cup(shell, pad, trim)]
        rod = np.linspace([side * 7.92, 0, 8.6], [side * 7.95, 0, 11.6], 8)
        slider = sweep(rod, rectangle(0.3, 1.1, 0.12), up=(0, 1, 0))
        parts.append(Part(slider, metal(trim, 0.25)))
    return parts


def _cup(shell: Look, pad: Look, trim: str) -> list[Part]:
    """One ear cup facing -y: oval shell, metal ring, cushion behind it, a yoke around."""
    oval = np.diag([0.86, 1.0, 1.0, 1.0]) @ at(tilt=90)  # a little narrower than tall
    case = [
        *((3.6, -0.9), (4.35, -0.6, 0.3), (4.35, 0.2, 0.5), (4.0, 1.1, 0.8)),
        *((2.6, 1.72, 1.5), (0, 1.75)),
    ]
    ring = [(3.2, 1.56), (3.05, 1.66, 0.05), (2.9, 1.52)]
    cushion = [
        *((2.5, -0.9), (2.5, -2.2, 0.6), (3.4, -2.75, 0.8), (4.75, -2.3, 1.0)),
        *((4.75, -0.95, 0.6), (4.3, -0.55)),
    ]
    looks = [shell, metal(trim, 0.2), pad, both_sides(principled("#303134", 0.9))]
    profiles: list[list[tuple[float, ...]]] = [case, ring, cushion, [(2.6, -1.3), (0, -1.3)]]
    parts = [Part(lathe(p).moved(oval), look) for p, look in zip(profiles, looks, strict=True)]
    a = np.linspace(np.radians(-12), np.radians(192), 60)
    yoke = np.stack([4.17 * np.cos(a), 0 * a - 0.15, 4.75 * np.sin(a)], -1)
    bar = sweep(yoke, rectangle(0.34, 0.8, 0.14), up=(0, 1, 0))
    return [*parts, Part(bar, metal(trim, 0.25))]


def powerbank() -> list[Part]:
    """A flat power bank in brushed aluminium, its ports towards the viewer, its cable beside it."""
    brushed = mix(noise(1024, 61, 256, 2, 64), "#46494e", "#595c62")
    lines = [(0.36, "TAVONIX", "sans-bold", 0.34), (0.78, "10,000 mAh   20 W", "sans", 0.17)]
    text = printed(1200, 500, lines, ink="#e4e6e8")
    metallic = principled(image(brushed), 0.34, metallic=0.85)
    shell = printed_on(metallic, text, area=(-2.5, -1.2, 2.5, 0.9))
    parts = [Part(slab(rectangle(6.8, 14.2, 0.95, 12), 1.6, 0.42, steps=8), shell)]
    for i in range(4):
        dot = lathe([(0.12, 1.6), (0.1, 1.615), (0, 1.615)], sides=24).moved(
            at(-0.6 + i * 0.4, 5.6)
        )
        light = (1.6, 1.7, 1.8) if i < 3 else None
        parts.append(Part(dot, principled("#9da0a4", 0.4), light))
    parts += _port(-1.45, 0.92, 0.34, 0.16) + _port(1.25, 1.32, 0.56, 0.06)
    return [p.moved(at(turn=34)) for p in parts] + _cable()


def _port(x: float, width: float, height: float, corner: float) -> list[Part]:
    """A socket in the short side: dark mouth, bright frame, tongue."""
    place = at(x, -7.1, 0.8, tilt=90)
    hole = slab(rectangle(width, height, corner), 0.05, 0.01)
    frame = ring_of(rectangle(width + 0.06, height + 0.06, corner + 0.02), 0.035)
    tongue = slab(rectangle(width * 0.72, height * 0.26, 0.02), 0.07, 0.01)
    return [
        Part(hole.moved(place), principled("#0b0b0c", 0.6)),
        Part(frame.moved(place @ at(z=0.03)), steel(0.2)),
        Part(tongue.moved(place), principled("#2c2d30", 0.5)),
    ]


def _cable() -> list[Part]:
    """A short white cable with a plug on either end, lying in a loop."""
    rubber = principled("#e4e2dd", 0.45)
    knots = [
        *((7.6, -5.6), (8.2, -3.0), (11.0, -1.2), (12.8, -3.4), (10.8, -5.6), (9.4, -3.6)),
        *((10.8, 0.0), (10.6, 3.4)),
    ]
    heights = [0.32, 0.24, 0.24, 0.24, 0.24, 0.34, 0.62, 0.32]
    line = spline([(x, y, z) for (x, y), z in zip(knots, heights, strict=True)], 140)
    parts = [Part(sweep(line, circle(0.2)), rubber)]
    for end, inner in ((line[0], line[4]), (line[-1], line[-5])):
        way = unit((end - inner) * [1, 1, 0])
        body = np.linspace(end - way * 0.1, end + way * 1.5, 6)
        tip = np.linspace(end + way * 1.5, end + way * 2.15, 4)
        parts.append(Part(sweep(body, rectangle(1.0, 0.6, 0.24)), rubber))
        parts.append(Part(sweep(tip, rectangle(0.83, 0.26, 0.12)), steel(0.25)))
    return parts


def tote(tops: tuple[float, float] = (45.0, 42.5)) -> list[Part]:
    """A canvas tote lying flat: soft folds, stitched hem, two handles and a printed sprig.

    `tops`: how high above the bag's middle each handle reaches, in cm.
    """
    cloth = weave(512, 71, "#e6dcc6", "#c9bb9b")
    canvas = bumped(
        principled(image(cloth, (9, 9)), 0.9, specular=0.1), cloth.mean(-1), 0.3, (9, 9)
    )
    strap = bumped(
        principled(image(cloth, (2, 24)), 0.9, specular=0.1), cloth.mean(-1), 0.3, (2, 24)
    )
    v, u = np.meshgrid(np.linspace(-1, 1, 240), np.linspace(-1, 1, 240), indexing="ij")
    parts = [Part(grid(_panel(u, v)), both_sides(printed_on(canvas, _sprig(), 0.85)))]
    thread = principled("#b9a987", 0.8)
    for height in (0.86, 0.965):
        line = _panel(np.linspace(-0.97, 0.97, 160), np.full(160, height)) + np.array([0, 0, 0.02])
        parts.append(Part(stitches(line, 0.5, 0.06), thread))
    for lift, wide, high in ((0.0, 7.6, tops[0]), (0.5, 8.2, tops[1])):
        parts += _handle(wide, high, lift, strap, thread)
    return parts


def _panel(u: Array, v: Array) -> Array:
    """The front of the bag over -1..1 both ways: pillowed, with folds, its mouth sagging a bit."""
    x = 19 * u * (1 - 0.018 * (1 - v**2)) + 0.25 * np.sin(2.2 * v + 0.6)
    y = 20 * v - 0.7 * (1 - u**2) * np.clip(v, 0, 1) + 0.15 * np.sin(3 * u)
    rim = np.clip((1 - np.abs(u) ** 4) * (1 - np.abs(v) ** 4), 0, 1) ** 0.5
    low, fine = noise(512, 72, 3, 3), noise(512, 73, 5, 3)
    at_ = ((v + 1) / 2 * 511).astype(int), ((u + 1) / 2 * 511).astype(int)
    crease = 1 - np.abs(2 * fine[at_] - 1)
    z = 0.1 + rim * (1.1 + 1.5 * low[at_] + 0.55 * crease**3)
    return np.stack([x, y, z], -1)


def _handle(wide: float, high: float, lift: float, look: Look, thread: Look) -> list[Part]:
    """A flat strap from the bag's front up in a bow and down again, sewn on with a cross."""
    z = 3.0 - lift
    knots = [
        *((-wide, 13.5, z), (-wide, 18, z - 0.6), (-wide * 1.0, 26, 1.4 - lift)),
        *((-wide * 0.72, high - 5, 1.0 - lift), (0, high, 0.9 - lift)),
        *((wide * 0.78, high - 5.6, 1.0 - lift), (wide * 1.04, 26, 1.4 - lift)),
        *((wide, 18, z - 0.6), (wide, 13.5, z)),
    ]
    line = spline(knots, 220)
    line[:, 2] = np.maximum(line[:, 2], 0.15)
    parts = [Part(sweep(line, rectangle(2.8, 0.22, 0.1)), look)]
    for x in (-wide, wide):
        for a, b in (((-1, 0), (1, 3)), ((1, 0), (-1, 3)), ((-1, 0), (1, 0)), ((-1, 3), (1, 3))):
            ends = np.array([[x + a[0], 13.9 + a[1], 0], [x + b[0], 13.9 + b[1], 0]])
            seam = np.linspace(ends[0], ends[1], 12)
            seam[:, 2] = np.interp(seam[:, 1], line[:30, 1], line[:30, 2]) + 0.13
            parts.append(Part(stitches(seam, 0.45, 0.05), thread))
    return parts


def _sprig() -> Image.Image:
    """The print: a sprig with paired leaves over the brand's name."""
    ink = "#35513f"
    label = printed(1368, 1440, [(0.72, "Brindlefen", "serif-bold", 0.075)], ink=ink)
    draw = ImageDraw.Draw(label)
    stem = [(684 + 40 * np.sin(t * 2.2), 900 - 480 * t) for t in np.linspace(0, 1, 40)]
    draw.line(stem, fill=ink, width=7, joint="curve")
    for i in range(4, 38, 5):
        for side in (-1, 1):
            draw.polygon(_leaf(stem[i], side, 150 * (1.08 - i / 48)), fill=ink)
    draw.polygon(_leaf(stem[-1], 0, 80), fill=ink)
    return label


def _leaf(root: tuple[float, float], side: int, long: float) -> list[tuple[float, float]]:
    t = np.linspace(0, 1, 24)
    swell = 0.17 * long * np.sin(np.pi * t) ** 0.9
    angle = np.radians(90 - 52 * side)
    along, across = (
        np.array([np.cos(angle), -np.sin(angle)]),
        np.array([np.sin(angle), np.cos(angle)]),
    )
    there = [root + along * long * a + across * w for a, w in zip(t, swell, strict=True)]
    back = [root + along * long * a - across * w for a, w in zip(t, swell, strict=True)]
    return [(float(p[0]), float(p[1])) for p in there + back[::-1]]


def wallet(colour: str, thread: str) -> list[Part]:
    """A card wallet: stepped leather pockets with saddle stitches, lying on its back."""
    hide = leather(1024, 81)
    deep = shade(colour, 0.8)
    tone = mix(noise(1024, 82, 5, 5) * 0.8 + hide * 0.2, deep, colour)
    skin = bumped(principled(image(tone), 0.42, specular=0.45), hide, 0.05, (1.3, 1.3))
    edge, w, h = principled(shade(colour, 0.6), 0.4), 10.5, 7.8
    parts = [Part(slab(rectangle(w, h, 0.7, 10), 0.4, 0.12), skin)]
    parts.append(Part(ring_of(rectangle(w - 0.06, h - 0.06, 0.7, 10), 0.09).moved(at(z=0.2)), edge))
    name = printed(600, 300, [(0.5, "禾 渡", "serif-bold", 0.5)], ink=shade(colour, 0.42))
    stamped = printed_on(skin, name, 0.6, area=(2.3, -3.2, 4.5, -2.1))
    for i, top in enumerate((2.7, 1.55, 0.4)):
        pocket = slab(_pocket(w, -h / 2, top), 0.2, 0.05).moved(at(z=0.38 + 0.17 * i))
        parts.append(Part(pocket, stamped if i == 2 else skin))
        lip = np.linspace([-w / 2 + 0.05, top - 0.2, 0], [w / 2 - 0.05, top - 0.2, 0], 80)
        parts.append(
            Part(
                stitches(lip + np.array([0, 0, 0.585 + 0.17 * i]), 0.26, 0.03),
                principled(thread, 0.7),
            )
        )
    rim = fillet([(-4.95, 0.3), (-4.95, -3.6, 0.5), (4.95, -3.6, 0.5), (4.95, 0.3)])
    line = np.column_stack([rim, np.full(len(rim), 0.925)])
    return [
        *parts,
        Part(stitches(line, 0.34, 0.045), principled(thread, 0.7)),
    ]


def _pocket(w: float, low: float, top: float) -> Array:
    x = w / 2
    corners = [(x, low, 0.7), (x, top, 0.15), (-x, top, 0.15), (-x, low, 0.7)]
    return fillet(corners, closed=True, steps=8)


def stitches(line: Array, pitch: float, radius: float) -> Mesh:
    """Thread along a line (n, 3): a short bow for each stitch, three quarters of `pitch` long."""
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    bows = []
    for start in np.arange(pitch * 0.2, along[-1] - pitch * 0.8, pitch):
        t = start + np.linspace(0, pitch * 0.74, 7)
        bow = np.stack([np.interp(t, along, line[:, k]) for k in range(3)], -1)
        bow[:, 2] += radius * (np.sin(np.linspace(0, np.pi, 7)) - 0.4)
        bows.append(sweep(bow, circle(radius, 8)))
    return join(*bows)


def shade(colour: str, share: float) -> str:
    """The colour, darker by that share."""
    return "#" + "".join(f"{int(int(colour[i : i + 2], 16) * share):02x}" for i in (1, 3, 5))

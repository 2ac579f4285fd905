"""Light on a set: a soft pool, and what it falls through. Patterns are laid out in the plane of the
window beside the set and followed along the sun's direction, so wall and floor show one pattern."""

from __future__ import annotations

import math

import cv2
import numpy as np

from studio.engines.backdrop.look import Light
from studio.engines.backdrop.noise import Field, blur, fractal
from studio.engines.backdrop.room import Room

_SIDE = 900  # pixels of a pattern


def pool(room: Room, side: int, ambient: float) -> Field:
    """Brightness without a pattern: bright on the light's side, falling off gently."""
    x, y = room.grid()
    across, down = x / room.width, y / room.height
    at = 0.5 + 0.30 * side
    wall = np.exp(-(((across - at) / 0.70) ** 2 + ((down - 0.30) / 0.62) ** 2))
    floor = np.exp(-(((across - at + 0.12 * side) / 0.85) ** 2 + ((down - 0.92) / 0.50) ** 2))
    below = np.clip((y - room.join) / (0.06 * room.height) + 0.5, 0, 1)
    lit = ambient + (1.08 - ambient) * (wall * (1 - below) + floor * below)
    return np.asarray(lit.astype(np.float32))


def pattern(room: Room, dice: np.random.Generator, light: Light, side: int) -> Field:
    """1 where the sun reaches, 0 in the pattern's shade, for every pixel of the frame."""
    through = light.through
    draw = {"window": _window, "leaves": _leaves, "blinds": _blinds}[through]
    mask = draw(dice)
    steep = {"window": 36.0, "leaves": 42.0, "blinds": 30.0}[through]
    lx, ly, lz = light.direction(side, steep)
    right, depth, up = room.points()
    # to the plane beside the set: how far along the sun's direction, and where it is met
    far = (side * 0.9 - right) / lx
    along, above = depth + far * ly, up + far * lz
    # centred so that the pattern crosses the wall beside the product and runs over the floor
    aim = (-0.10 * side, room.wall, 0.55 * room.eye)
    reach = (side * 0.9 - aim[0]) / lx
    mid_along, mid_above = aim[1] + reach * ly, aim[2] + reach * lz
    scale = _SIDE / 0.95
    u = (along - mid_along) * scale + _SIDE / 2
    v = (mid_above - above) * scale + _SIDE / 2
    lit = cv2.remap(
        mask,
        u.astype(np.float32),
        v.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=1.0 if through == "leaves" else 0.0,
    )
    return np.asarray(lit, dtype=np.float32)


def _window(dice: np.random.Generator) -> Field:
    """Two by three panes, and a twig in front of them out of focus."""
    panes = np.zeros((_SIDE, _SIDE), np.float32)
    left, top, wide, high, bar = 150, 60, 270, 240, 26
    for column in range(2):
        for row in range(3):
            x, y = left + column * (wide + bar), top + row * (high + bar)
            cv2.rectangle(panes, (x, y), (x + wide, y + high), 1.0, -1)
    soft = 0.7 * blur(panes, 8) + 0.3 * blur(panes, 26)
    return np.asarray(soft * (1 - 0.55 * blur(_fronds(dice, 2), 12)))


def _leaves(dice: np.random.Generator) -> Field:
    edge = np.zeros((_SIDE, _SIDE), np.float32)
    edge[60:-60, 60:-60] = 1  # no pattern may end in a straight line on the wall
    near, distant = blur(_fronds(dice, 2), 7) * blur(edge, 24), blur(_fronds(dice, 2), 20)
    distant = distant * blur(edge, 24)
    return (1 - 0.9 * near) * (1 - 0.6 * distant)


def _blinds(dice: np.random.Generator) -> Field:
    slats = np.zeros((_SIDE, _SIDE), np.float32)
    step = 58
    for y in range(-step, _SIDE, step):
        cv2.rectangle(slats, (90, y), (_SIDE - 90, y + int(step * 0.52)), 1.0, -1)
    gentle = 1 - 0.25 * fractal(dice, slats.shape, 3, 3)
    return blur(slats, 6) * gentle


def _fronds(dice: np.random.Generator, count: int) -> Field:
    """Palm-like fronds: a bent rib with blades that grow shorter to the tip."""
    mask = np.zeros((_SIDE, _SIDE), np.float32)
    for _ in range(count):
        x, y = dice.uniform(-0.05, 0.55) * _SIDE, dice.uniform(-0.10, 0.30) * _SIDE
        turn, length = dice.uniform(0.15, 0.95), dice.uniform(0.55, 0.85) * _SIDE
        bend = dice.uniform(0.3, 0.7)
        for t in np.linspace(0.06, 1, 22):
            heading = turn + bend * t
            px, py = x + math.cos(heading) * length * t, y + math.sin(heading) * length * t
            blade = length * 0.30 * math.sin(math.pi * (0.14 + 0.82 * t))
            for side in (-1, 1):
                to = heading + side * (1.05 - 0.4 * t)
                ex, ey = px + math.cos(to) * blade, py + math.sin(to) * blade
                wx, wy = -math.sin(to) * length * 0.014, math.cos(to) * length * 0.014
                mx, my = px + (ex - px) * 0.4, py + (ey - py) * 0.4
                points = [(px, py), (mx + wx, my + wy), (ex, ey), (mx - wx, my - wy)]
                fixed = np.round(np.array(points) * 16).astype(np.int32)
                cv2.fillPoly(mask, [fixed], 1.0, lineType=cv2.LINE_AA, shift=4)
    return mask

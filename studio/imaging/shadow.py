"""Shadows and reflections of a flat cut-out on a floor and a wall behind it.

The product is a standing sheet at distance 1 from the camera; `Stage` fixes the perspective. Each
point of an extended light throws its own shadow, a homography of the matte; their mean is sharp at
the foot and soft far from it, as a real one is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.imaging import planes
from studio.imaging.fit import Placed
from studio.imaging.opening import Plane

FOCAL = 2.2  # in frame widths
_LAMPS = 28
_DIM = ((0.0028, 0.80), (0.010, 0.55), (0.030, 0.32))  # blurs at a foot: sigma in widths, darkness


@dataclass(frozen=True)
class Stage:
    """Where a product stands in a backdrop. `horizon`, `join` (floor meets wall) and `base` (where
    it touches the ground) are shares of the frame's height; `light` is a unit vector to the lamp:
    right, away, up; `soft` its half-angle in degrees; `top` is the ellipse of a stand (middle x,
    y, half width, half height in shares of the frame), beyond which no shadow falls; `clear`: the
    share of the frame at its top that the product keeps off, since words stand there."""

    horizon: float = 0.30
    join: float = 0.62
    base: float = 0.86
    light: tuple[float, float, float] = (-0.55, -0.34, 0.76)
    soft: float = 9.0
    shadow: float = 0.8
    reflect: float = 0.0
    lying: bool = False
    fill: float = 0.56
    top: tuple[float, float, float, float] | None = None
    clear: float = 0.0


def shade(placed: Placed, stage: Stage) -> Plane:
    """How dark the ground is at each pixel: 0 lit, 1 black. The product itself is not left out."""
    if stage.lying:
        return _under_flat(placed, stage)
    cast = _cast(placed, stage)
    if stage.top is not None:
        cast = cast * _ellipse(placed.alpha.shape, stage.top)
    contact = _contact(placed, stage)
    light = (1 - stage.shadow * 0.62 * cast) * (1 - contact * min(1.0, stage.shadow * 1.15))
    return np.asarray(1 - light, dtype=np.float32)


def reflection(placed: Placed, stage: Stage) -> tuple[NDArray[np.float32], Plane]:
    """The product mirrored at its own foot line: colours (0..255) and strength (0..1)."""
    height, width = placed.alpha.shape
    foot = _foot(placed)
    y = np.arange(height, dtype=np.float32)[:, None]
    x = np.broadcast_to(np.arange(width, dtype=np.float32)[None], (height, width))
    from_y = (2 * foot[None] - y).astype(np.float32)
    mirrored = cv2.remap(placed.rgb, x, from_y, cv2.INTER_LINEAR)
    there = cv2.remap(placed.alpha, x, from_y, cv2.INTER_LINEAR)
    deep = np.clip((y - foot[None]) / (0.30 * placed.box[3]), 0, 1)
    strength = there * (1 - deep) ** 2 * (y >= foot[None] - 1)
    if stage.top is not None:
        strength = strength * _ellipse(placed.alpha.shape, stage.top)
    soft = 0.0035 * width
    colours = cv2.GaussianBlur(mirrored.astype(np.float32), (0, 0), soft)
    strength = cv2.GaussianBlur(strength.astype(np.float32), (0, 0), soft)
    return colours, (stage.reflect * strength).astype(np.float32)


def _cast(placed: Placed, stage: Stage) -> Plane:
    """The mean of the shadows from points spread evenly over the lamp's disc."""
    height, width = placed.alpha.shape
    scale = min(1.0, 700 / max(height, width))  # soft by nature, so drawn small
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    matte = cv2.resize(placed.alpha, size, interpolation=cv2.INTER_AREA)
    focal, middle = FOCAL * size[0], size[0] / 2
    foot_y = (placed.box[1] + placed.box[3]) * scale - 1
    horizon, join = stage.horizon * size[1], stage.join * size[1]
    k = foot_y - horizon
    wall = max(1.02, k / max(1.0, join - horizon))
    floor = min(size[1], max(0, math.ceil(join)))  # the first row of the floor
    total = np.zeros((size[1], size[0]), np.float32)
    for light in _lamps(stage.light, stage.soft):
        ground = _to_floor(light, focal, middle, horizon, foot_y)
        behind = _to_wall(light, focal, middle, horizon, foot_y, wall)
        _throw(matte, behind, total[:floor], 0)
        _throw(matte, ground, total[floor:], floor)
    total /= _LAMPS
    return np.asarray(cv2.resize(total, (width, height), interpolation=cv2.INTER_LINEAR))


def _throw(matte: Plane, shape: NDArray[np.float64], rows: Plane, first: int) -> None:
    """Add the matte under a homography to rows of the frame; `first`: the number of the first."""
    if len(rows):
        lower = np.array([(1, 0, 0), (0, 1, -first), (0, 0, 1)], np.float64)
        rows += cv2.warpPerspective(matte, lower @ shape, (rows.shape[1], len(rows)))


def _lamps(light: tuple[float, float, float], soft: float) -> list[tuple[float, float, float]]:
    """Directions to points of the lamp, spread by the golden angle."""
    main = np.array(light) / np.linalg.norm(light)
    one = np.cross(main, (0.0, 0.0, 1.0))
    one /= np.linalg.norm(one)
    two = np.cross(main, one)
    out = []
    for index in range(_LAMPS):
        reach = math.tan(math.radians(soft)) * math.sqrt((index + 0.5) / _LAMPS)
        turn = index * math.pi * (3 - math.sqrt(5))
        point = main + reach * (math.cos(turn) * one + math.sin(turn) * two)
        point[1] = min(point[1], -0.05)  # a lamp behind the sheet would throw its shadow at us
        point[2] = max(point[2], 0.15)
        out.append((float(point[0]), float(point[1]), float(point[2])))
    return out


def _to_floor(
    light: tuple[float, float, float], focal: float, middle: float, horizon: float, foot: float
) -> NDArray[np.float64]:
    """Homography from the sheet to its shadow on the floor (both in the frame).

    A point at height Z = (foot - y) / focal falls Z/lz further along -light, so at depth
    d = 1 - Z ly/lz, and shows at (middle + focal X'/d, horizon + k/d).
    """
    aside, away = light[0] / light[2], light[1] / light[2]
    depth = np.array([0, away / focal, 1 - away * foot / focal])
    across = middle * depth + np.array([1, aside, -middle - aside * foot])
    down = horizon * depth + np.array([0, 0, foot - horizon])
    return np.stack([across, down, depth])


def _to_wall(
    light: tuple[float, float, float],
    focal: float,
    middle: float,
    horizon: float,
    foot: float,
    wall: float,
) -> NDArray[np.float64]:
    """The same for an upright wall at depth `wall`; affine, since the sheets are parallel."""
    far = (wall - 1) / -light[1]
    x = [1 / wall, 0, middle - middle / wall - focal * far * light[0] / wall]
    # height there: Z' = Z - far lz, seen at horizon + (k - focal Z') / wall
    y = [0, 1 / wall, horizon - horizon / wall + focal * far * light[2] / wall]
    return np.array([x, y, [0, 0, 1]], np.float64)


def _lowest(placed: Placed) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """For each column of the frame: is there product, and the y of its lowest pixel, else 0."""
    width = placed.alpha.shape[1]
    rows, columns = placed.part
    hard = np.ascontiguousarray((placed.alpha[placed.part] > 0.5).T)
    has, lowest = np.zeros(width, bool), np.zeros(width, np.float32)
    has[columns] = hard.any(axis=1)
    lowest[columns] = np.where(has[columns], rows.stop - 1 - hard[:, ::-1].argmax(axis=1), 0)
    return has, lowest


def _foot(placed: Placed) -> NDArray[np.float32]:
    """For each column the y where the product stands; away from its feet, the line between them."""
    width = placed.alpha.shape[1]
    has, lowest = _lowest(placed)
    ground = float(lowest.max())
    feet = has & (lowest > ground - 0.10 * placed.box[3])
    columns = np.flatnonzero(feet)
    if not len(columns):
        return np.full(width, ground, np.float32)
    line = np.interp(np.arange(width), columns, lowest[columns])
    return np.asarray(cv2.blur(line[None].astype(np.float32), (9, 1))[0])


def _contact(placed: Placed, stage: Stage) -> Plane:
    """The dark seam where the product touches, and the wide dimness round its foot."""
    height, width = placed.alpha.shape
    has, lowest = _lowest(placed)
    ground = lowest.max()
    near = np.where(has, np.exp(-(((ground - lowest) / max(4.0, 0.05 * placed.box[3])) ** 2)), 0)
    columns = np.flatnonzero(near > 0.02)
    squash = 2.2 * max(0.12, (stage.base - stage.horizon) / FOCAL * height / width)
    whole = np.zeros((height, width), np.float32)
    if not len(columns):
        return whole
    reach = 8 + math.ceil(4 * _DIM[-1][0] * width * squash)  # beyond it a blur ends
    first = max(0, int(lowest[columns].min()) - reach)
    seam = whole[first : int(ground) + reach].copy()
    for row in range(-1, 3):
        at = np.clip(lowest[columns].astype(int) + row, 0, height - 1) - first
        seam[at, columns] = near[columns]
    light = np.ones_like(seam)
    for sigma, power in _DIM:
        across = sigma * width
        spread = planes.blur(seam, across, max(0.8, across * squash))
        spread /= max(float(spread.max()), 1e-6)
        light *= 1 - power * cv2.min(1.15 * spread, 1)
    whole[first : first + len(seam)] = 1 - light
    if stage.top is not None:
        whole *= _ellipse(whole.shape, stage.top)
    return whole


def _under_flat(placed: Placed, stage: Stage) -> Plane:
    """For a product that lies and is seen from above: it floats a finger's breadth at most."""
    height, width = placed.alpha.shape
    side = -1.0 if stage.light[0] < 0 else 1.0
    light = np.ones((height, width), np.float32)
    for shift, sigma, power in ((0.002, 0.003, 0.40), (0.007, 0.008, 0.35), (0.016, 0.020, 0.28)):
        move = np.array([(1, 0, -side * shift * width), (0, 1, 1.1 * shift * width)], np.float32)
        moved = cv2.warpAffine(placed.alpha, move, (width, height))
        light *= 1 - stage.shadow * power * planes.blur(moved, sigma * width)
    return 1 - light


def _ellipse(shape: tuple[int, ...], top: tuple[float, float, float, float]) -> Plane:
    height, width = shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    reach = np.hypot((x / width - top[0]) / top[2], (y / height - top[1]) / top[3])
    edge = top[3] * height
    return np.asarray(np.clip((1 - reach) * edge / 2 + 0.5, 0, 1).astype(np.float32))

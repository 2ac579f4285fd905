"""Draws a whole set for a look: surfaces, light, what stands and hangs there, and the lens."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.engines.backdrop import light as lighting
from studio.engines.backdrop.look import Look, Surface, Tone
from studio.engines.backdrop.materials import MATERIALS
from studio.engines.backdrop.noise import Field, blur, encoded, linear, mixed, smooth
from studio.engines.backdrop.room import Room
from studio.errors import InputError

Palette = tuple[tuple[int, int, int], ...]


def room_of(look: Look, width: int, height: int) -> Room:
    """The look's geometry at a size."""
    join = height + 1 if look.lying else look.join * height  # from above there is no floor line
    return Room(width, height, look.horizon * height, join, look.base * height)


def draw(
    look: Look,
    width: int,
    height: int,
    seed: int,
    palette: Palette = (),
    product: tuple[float, float] = (0.4, 0.5),
    step: Callable[[int], None] = lambda _: None,
) -> NDArray[np.uint8]:
    """The set as RGB. `product`: its width and height as shares of the frame's (for the stand).
    `step` is told after each of STEPS stages and may raise to stop."""
    dice = np.random.default_rng([seed, 7])
    side = look.side(seed)
    room = room_of(look, width, height)
    scene = _flat(look, room, seed, palette) if look.lying else _standing(look, room, seed, palette)
    step(1)
    scene = scene * lighting.pool(room, side, look.light.ambient)[..., None]
    if look.shape and not look.lying:
        scene = _on_wall(look, room, scene, side, palette)
    if look.bokeh:
        scene = _bokeh(look, room, scene, dice, palette)
    step(2)
    if look.light.through:
        lit = lighting.pattern(room, dice, look.light, side)
        low = 1 - look.light.contrast
        warm = np.array((1.0, 0.96, 0.90), np.float32)
        scene = scene * (low + (1.12 - low) * lit[..., None] * warm)
    if look.podium and not look.lying:
        _podiums(look, room, scene, side, palette, product)
    if look.confetti:
        scene = _confetti(look, room, scene, dice, palette)
    step(3)
    return _developed(look, scene, dice)


STEPS = 3


def _tone(tone: Tone, palette: Palette) -> Field:
    return linear(tone.rgb(palette))


def _texture(surface: Surface, room: Room, seed: int, palette: Palette) -> Field:
    if surface.material not in MATERIALS:
        raise InputError(
            f"a look names the material {surface.material!r}",
            hint=f"known: {', '.join(sorted(MATERIALS))}",
        )
    options = tuple(sorted(surface.options.items()))
    side = 512 if room.width <= 400 else 1024 if room.width <= 800 else 1536
    return _made(surface.material, side, surface.tone.rgb(palette), options, seed % 4)


@lru_cache(maxsize=10)  # ten textures of 28 MB; shared by all products of a batch
def _made(
    material: str,
    side: int,
    tone: tuple[float, ...],
    options: tuple[tuple[str, float], ...],
    seed: int,
) -> Field:
    dice = np.random.default_rng([seed, sum(map(ord, material))])
    kind = {k: int(v) if k == "planks" else v for k, v in options}
    made = MATERIALS[material](dice, side, linear(tone), **kind)
    return np.asarray(np.clip(made, 0, 1.2), dtype=np.float32)


def _standing(look: Look, room: Room, seed: int, palette: Palette) -> Field:
    """Floor and wall with their joint, or one sheet that sweeps up; then the lens's focus."""
    _, y = room.grid()
    floor = room.floor(_texture(look.floor, room, seed, palette))
    wall = room.upright(_texture(look.wall or look.floor, room, seed + 1, palette))
    height = room.height
    if look.sweep:
        below = smooth(room.join - 0.17 * height, room.join + 0.15 * height, y)
        wall, floor = wall * 0.97, floor * 1.02
    else:
        below = smooth(room.join - 0.8, room.join + 0.8, y)
        above = np.clip(room.join - y, 0, None) / height
        under = np.clip(y - room.join, 0, None) / height
        wall = wall * (1 - 0.20 * np.exp(-above / 0.05))[..., None]
        floor = (
            floor * (1 - 0.34 * np.exp(-under / 0.020) - 0.12 * np.exp(-under / 0.09))[..., None]
        )
    scene = mixed(wall, floor, below)
    # sharp where the product stands; wall and the nearest floor fall out of focus
    far = smooth(room.base - 0.02 * height, room.join - 0.02 * height, y)
    near = smooth(room.base + 0.05 * height, 1.08 * height, y)
    strong, weak = blur(scene, 0.0042 * room.width), blur(scene, 0.0016 * room.width)
    scene = mixed(scene, weak, smooth(0.0, 0.35, far))
    scene = mixed(scene, strong, smooth(0.35, 1.0, far))
    return mixed(scene, strong, near)


def _flat(look: Look, room: Room, seed: int, palette: Palette) -> Field:
    return np.ascontiguousarray(room.upright(_texture(look.floor, room, seed, palette)))


def _on_wall(look: Look, room: Room, scene: Field, side: int, palette: Palette) -> Field:
    """An arched niche, with the shade of its rim inside, or a painted disc."""
    assert look.shape is not None
    shape, tone = look.shape, _tone(look.shape.tone, palette)
    scale = 2  # drawn at twice the size: the curve must be clean
    mask = np.zeros((room.height * scale, room.width * scale), np.float32)
    radius = round(shape.width * room.width * scale / 2)
    centre = (room.width * scale // 2, round(shape.top * room.height * scale) + radius)
    cv2.circle(mask, centre, radius, 1.0, -1, cv2.LINE_AA)
    if shape.kind == "arch":
        corner = (centre[0] + radius, round(room.join * scale))
        cv2.rectangle(mask, (centre[0] - radius, centre[1]), corner, 1.0, -1)
    mask[round(room.join * scale) :] = 0
    inside = cv2.resize(mask, (room.width, room.height), interpolation=cv2.INTER_AREA)
    inside = blur(inside, 0.0012 * room.width)
    painted = scene / np.maximum(scene.mean(axis=2, keepdims=True), 1e-4)
    lit = lighting.pool(room, side, look.light.ambient)[..., None]
    painted = 0.25 * painted * tone * lit + 0.75 * tone * lit
    if shape.kind == "arch":
        shift = np.array(
            [(1, 0, -side * 0.022 * room.width), (0, 1, 0.016 * room.height)], np.float32
        )
        size = (room.width, room.height)
        open_part = cv2.warpAffine(blur(inside, 0.010 * room.width), shift, size)
        painted = painted * (1 - 0.38 * np.clip(inside - open_part, 0, 1))[..., None]
    return mixed(scene, painted, inside)


def _bokeh(
    look: Look, room: Room, scene: Field, dice: np.random.Generator, palette: Palette
) -> Field:
    """Lights far behind, out of focus: discs a little brighter at the rim."""
    glow = np.zeros_like(scene)
    for _ in range(42):
        radius = room.width * dice.uniform(0.010, 0.048)
        x, down = dice.uniform(0, room.width), dice.uniform(-0.03, room.join / room.height)
        tone = _tone(look.bokeh[int(dice.integers(len(look.bokeh)))], palette)
        power = float(dice.uniform(0.10, 0.55))
        for size, share in ((1.0, 1.0), (0.86, -0.3)):
            disc = np.zeros(scene.shape[:2], np.float32)
            fixed = (round(x * 16), round(down * room.height * 16))
            cv2.circle(disc, fixed, round(radius * size * 16), 1.0, -1, cv2.LINE_AA, 4)
            glow += (share * power * disc)[..., None] * tone
    _, y = room.grid()
    fade = 1 - smooth(room.join - 0.12 * room.height, room.join + 0.01 * room.height, y)
    return scene + blur(glow, 0.002 * room.width) * fade[..., None]


def _podiums(
    look: Look,
    room: Room,
    scene: Field,
    side: int,
    palette: Palette,
    product: tuple[float, float],
) -> None:
    """Draws into `scene` the stand under the product and the lesser ones beside it."""
    assert look.podium is not None
    stand = look.podium
    radius = room.width * stand.radius(product[0])
    high = stand.height * room.height
    tone = _tone(stand.tone, palette)
    for index in range(stand.beside):
        sign = -side if index == 0 else side
        small = radius * (0.42, 0.30)[index % 2]
        x = room.width / 2 + sign * (radius + small * (0.85, 1.15)[index % 2])
        deep = room.base + high - (0.052, 0.02)[index % 2] * room.height
        tall = high * (1.9, 0.55)[index % 2]
        _cylinder(look, room, scene, side, tone * 0.96, (x, deep - tall), small, tall)
    _cylinder(look, room, scene, side, tone, (room.width / 2, room.base), radius, high)


def _cylinder(
    look: Look,
    room: Room,
    scene: Field,
    side: int,
    tone: Field,
    top: tuple[float, float],
    radius: float,
    high: float,
) -> None:
    """A cylinder whose top's middle is at `top`; its shadows first, then side, top and rim."""
    x, y = room.grid()
    cx, ty = top
    flat = (ty - room.horizon) / room.focal  # how round a level circle looks from the camera
    under = (ty + high - room.horizon) / room.focal
    across = (x - cx) / radius
    in_span = np.clip((1 - np.abs(across)) * radius + 0.5, 0, 1)
    arc = np.sqrt(np.clip(1 - across * across, 0, 1))
    lower = ty + high + under * radius * arc
    _ground_shadow(look, room, scene, side, (cx, ty + high), radius, high, under)
    body = in_span * np.clip(lower - y + 0.5, 0, 1) * np.clip(y - ty + 0.5, 0, 1)
    reach = np.sqrt(across**2 + ((y - ty) / (flat * radius)) ** 2)
    disc = np.clip((1 - reach) * flat * radius + 0.5, 0, 1)
    facing = 0.52 * arc + 0.40 * np.clip(side * across + 0.25, 0, 1.1)
    fall = 1 - 0.16 * np.clip((y - ty) / max(high, 1), 0, 1)
    warm = np.array(look.light.warm, np.float32)
    skin = tone * ((0.34 + 0.52 * facing) * fall)[..., None] * warm
    upper = tone * (0.97 + 0.07 * side * across - 0.04 * (y - ty) / (flat * radius))[..., None]
    scene[:] = mixed(scene, skin.astype(np.float32), body)
    scene[:] = mixed(scene, upper.astype(np.float32), disc)
    rim = np.exp(-(((reach - 0.992) * flat * radius / 1.2) ** 2)) * (y > ty) * in_span
    scene += (0.10 * rim)[..., None] * tone


def _ground_shadow(
    look: Look,
    room: Room,
    scene: Field,
    side: int,
    foot: tuple[float, float],
    radius: float,
    high: float,
    under: float,
) -> None:
    """Contact shade round the foot, and the cast shadow: the round top slid away from the light."""
    lx, ly, lz = look.light.direction(side)
    away = (-lx / lz * high, -(-ly / lz) * high * under * 1.6)
    mask = np.zeros(scene.shape[:2], np.float32)
    for share in np.linspace(0, 1, 14):
        middle = (foot[0] + away[0] * share, foot[1] + away[1] * share)
        axes = (round(radius * 16), round(radius * under * 16))
        fixed = (round(middle[0] * 16), round(middle[1] * 16))
        cv2.ellipse(mask, fixed, axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA, 4)
    _, y = room.grid()
    mask *= smooth(room.join - 1, room.join + 1, y)
    cast = blur(mask, max(2.0, math.tan(math.radians(look.light.soft)) * high * 0.6))
    close = np.zeros_like(mask)
    axes = (round(radius * 1.03 * 16), round(radius * 1.03 * under * 16))
    middle = (round(foot[0] * 16), round((foot[1] + 0.004 * room.height) * 16))
    cv2.ellipse(close, middle, axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA, 4)
    shade = 1 - look.shadow * (0.42 * cast + 0.45 * blur(close, 0.010 * room.width))
    scene *= np.clip(shade, 0.1, 1)[..., None]


def _confetti(
    look: Look, room: Room, scene: Field, dice: np.random.Generator, palette: Palette
) -> Field:
    """Petals or flakes in the air, each at its own distance and so in its own focus."""
    for _ in range(18):
        x, y = dice.uniform(0, room.width), dice.uniform(0, 0.95) * room.height
        if abs(x / room.width - 0.5) < 0.24 and y / room.height > 0.22:
            continue  # not before the product's place
        size = room.width * dice.uniform(0.008, 0.022)
        piece = np.zeros(scene.shape[:2], np.float32)
        fixed, axes = (round(x * 16), round(y * 16)), (round(size * 16), round(size * 0.55 * 16))
        cv2.ellipse(piece, fixed, axes, dice.uniform(0, 180), 0, 360, 1.0, -1, cv2.LINE_AA, 4)
        piece = blur(piece, room.width * dice.uniform(0.001, 0.007))
        tone = _tone(look.confetti[int(dice.integers(len(look.confetti)))], palette)
        scene = mixed(scene, np.broadcast_to(tone, scene.shape), 0.92 * piece)
    return scene


def _developed(look: Look, scene: Field, dice: np.random.Generator) -> NDArray[np.uint8]:
    """The warmth of the light, a light vignette, a soft shoulder, and noise against banding."""
    height, width = scene.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    radius = ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) * 2
    scene = scene * np.array(look.light.warm, np.float32)
    scene = scene * (1 - look.vignette * smooth(0.15, 1.0, radius))[..., None]
    peak = scene.max(axis=2, keepdims=True)
    scene = scene * (
        np.where(peak > 0.8, 0.8 + 0.2 * np.tanh((peak - 0.8) / 0.2), peak) / np.maximum(peak, 1e-5)
    )
    grain = (dice.random((height, width, 1), dtype=np.float32) - 0.5) * 1.6
    return np.asarray(np.clip(encoded(scene) * 255 + grain + 0.5, 0, 255), dtype=np.uint8)

"""Pictures that hold a generated set to the room in which the product will stand."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.engines import Scene
from studio.engines.backdrop import draw
from studio.engines.backdrop import look as looks
from studio.engines.backdrop.look import Look

Pixels = NDArray[np.uint8]


def look_of(scene: Scene, searched: tuple[Path, ...] = ()) -> Look:
    """The scene's look; a plain one where none is named."""
    return looks.load(scene.look or ("flat_linen" if scene.lying else "sweep"), searched)


def drawn(look: Look, scene: Scene, size: tuple[int, int]) -> Pixels:
    """The look as the drawn engine has it, RGB of `size` (width, height)."""
    across, along = scene.options.get("product", (0.4, 0.5))
    return draw.draw(look, *size, scene.seed, scene.palette, (across, along))


def picture(
    kind: Literal["depth", "edges"], look: Look, scene: Scene, size: tuple[int, int]
) -> Pixels:
    """The control picture, RGB of `size`: as ControlNets were trained, near is white and edges are
    white on black. The placed product is in it where the engine was given its mask."""
    return _depth(look, scene, size) if kind == "depth" else _edges(look, scene, size)


def _depth(look: Look, scene: Scene, size: tuple[int, int]) -> Pixels:
    """Inverse depth of floor and wall, with the product as an upright plane where it stands."""
    _, depth, _ = draw.room_of(look, *size).points()
    near = 1 / np.maximum(depth, 1e-3)
    mask = _mask(scene, size)
    if mask is not None:
        near = np.where(mask, 1.15 if look.lying else 1.0, near)
    low, high = float(near.min()), float(near.max())
    grey = 255 * (near - low) / (high - low) if high > low else np.full_like(near, 96)
    return np.repeat(np.asarray(grey, np.uint8)[..., None], 3, axis=2)


def _edges(look: Look, scene: Scene, size: tuple[int, int]) -> Pixels:
    grey = cv2.cvtColor(drawn(look, scene, size), cv2.COLOR_RGB2GRAY)
    lines = cv2.Canny(grey, 60, 140)
    mask = _mask(scene, size)
    if mask is not None:
        outline = cv2.morphologyEx(
            mask.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)
        )
        lines = np.where(outline > 0, 255, np.where(mask, 0, lines)).astype(np.uint8)
    return np.repeat(lines[..., None], 3, axis=2)


def _mask(scene: Scene, size: tuple[int, int]) -> NDArray[np.bool_] | None:
    mask = scene.options.get("mask")
    if mask is None:
        return None
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 0.5)

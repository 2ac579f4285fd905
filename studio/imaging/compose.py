"""Puts a product onto white or into a backdrop. Its own pixels come out as they went in."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.imaging import fit, planes, regions, shadow
from studio.imaging.fit import CutOut, Placed
from studio.imaging.opening import Pixels, Plane
from studio.imaging.shadow import Stage


def on_white(placed: Placed) -> Pixels:
    """The product on pure white: 255 wherever nothing of it is."""
    white = np.full(placed.rgb.shape, 255, np.uint8)
    part, soft = placed.part, regions.points(placed.soft)
    alpha = placed.alpha[part][soft][:, None]
    white[part][soft] = planes.whole(placed.rgb[part][soft] * alpha + 255 * (1 - alpha))
    return _kept(white, placed)


def on_nothing(rgb: Pixels, alpha: Plane) -> Pixels:
    """RGBA: the product's colours with its matte, and nothing where nothing of it is."""
    grey = planes.whole(alpha * np.float32(255))
    clear = cv2.merge([*cv2.split(rgb), grey])
    return planes.put(np.zeros_like(clear), grey > 0, clear)


def stand(cut: CutOut, width: int, height: int, stage: Stage) -> Placed:
    """The product placed in a set: on its ground, or in the middle when it lies."""
    left, top, right, bottom = cut.cropped
    if bottom or left or right:
        return fit.centred(cut, width, height, min(max(stage.fill, 0.88), 1 - stage.clear))
    size = fit.scaled_size(cut, width, height, stage.fill)
    # above the product some air must be left, unless the photo ends there
    air = stage.clear or (0 if top or stage.lying else 0.07)
    foot = stage.base if not stage.lying else 0.96 if stage.clear else 1.0
    high = (foot - air) * height
    if size[1] > high or (top and not stage.lying):
        size = (max(1, round(size[0] * high / size[1])), round(high))
    x = (width - size[0]) // 2
    y = round(foot * height) - size[1]
    if stage.lying:
        y = max((height - size[1]) // 2, round(air * height))
    return fit.place(cut, width, height, size, (x, y))


def in_scene(placed: Placed, backdrop: Pixels, stage: Stage, shaded: bool = True) -> Pixels:
    """The product on the backdrop, with its shadow and reflection on it where that is wanted.

    Only pixels where the matte is neither 0 nor 1 are mixed: there the light of the set wraps a
    little round the edge.
    """
    picture = backdrop.copy()
    if shaded and not (placed.alpha[-1] > 0.5).any():  # nothing stands where the photo ends
        if stage.reflect and not stage.lying:
            colours, strength = shadow.reflection(placed, stage)
            there = _where(strength)
            picture[there] = _mixed(picture[there], colours[there], strength[there][..., None])
        dark = shadow.shade(placed, stage)
        there = _where(dark)
        picture[there] = _shaded(picture[there], dark[there])
    part, soft = placed.part, regions.points(placed.soft)
    ground, alpha = picture[part], placed.alpha[part][soft][:, None]
    wrap = planes.blur(ground.astype(np.float32), 0.006 * placed.alpha.shape[1])[soft]
    edge = 0.85 * placed.rgb[part][soft] + 0.15 * wrap
    picture[part][soft] = _mixed(ground[soft], edge, alpha)
    return _kept(picture, placed)


def _mixed(ground: Pixels, over: NDArray[np.float32], share: NDArray[np.float32]) -> Pixels:
    return planes.whole(ground * (1 - share) + over * share)


def _where(plane: NDArray[np.float32]) -> tuple[slice, slice]:
    """The rows and columns in which there is anything to be seen of it."""
    x, y, width, height = cv2.boundingRect((plane > 0.002).view(np.uint8))
    return slice(y, y + height), slice(x, x + width)


def _shaded(ground: Pixels, dark: NDArray[np.float32]) -> Pixels:
    """Darkened in linear light, a trifle less in the colour of the ground: light bounces there."""
    if not ground.size:
        return ground
    colours = ground.astype(np.float32)
    tint = cv2.LUT(
        planes.whole(colours * (255 / cv2.max(planes.most(ground), 1))[..., None]), _LINEAR
    )
    # in linear light: light * (1 - dark + 0.1 * dark * tint), taken back to the screen's
    return planes.whole(colours * cv2.pow(1 - dark[..., None] * (1 - 0.10 * tint), 1 / 2.2))


_LINEAR = (np.arange(256, dtype=np.float32) / 255) ** np.float32(2.2)


def _kept(picture: Pixels, placed: Placed) -> Pixels:
    """The picture with the product's own bytes wherever it is solid."""
    part = placed.part
    picture[part] = planes.put(picture[part], placed.solid, placed.rgb[part])
    return picture

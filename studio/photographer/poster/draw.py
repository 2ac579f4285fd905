"""Draws a poster: ground, panels, the product with its shadow, then the words on top."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from studio.imaging import compose, crop, fit
from studio.imaging.lettering import fonts, setting
from studio.imaging.opening import Pixels
from studio.imaging.shadow import Stage
from studio.photographer.poster.spec import Chips, Panel, Poster, Text, Thing

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.ImageDraw import ImageDraw

    from studio.engines.backdrop.look import Tone
    from studio.imaging.fit import Placed
    from studio.imaging.shot import Shot

Palette = tuple[tuple[int, int, int], ...]
Shares = tuple[float, float, float, float]  # left, top, width, height
_INKS = ((28, 26, 24), (255, 255, 255))


@dataclass(frozen=True)
class Drawn:
    """`boxes`: where each word stands, (left, top, width, height) in px."""

    pixels: Pixels
    placed: Placed | None
    boxes: dict[str, tuple[int, int, int, int]]


@dataclass(frozen=True)
class Canvas:
    """What the parts of one poster share. `safe`: margins (left, top, right, bottom; shares) that
    words and product keep off; `lying`: things of its kind lie, whatever their outline."""

    width: int
    height: int
    palette: Palette
    locale: str
    searched: tuple[Path, ...] = ()
    safe: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    lying: bool = False

    def inside(self, box: Shares) -> Shares:
        """A box of the template brought within the safe part."""
        left, top, right, bottom = self.safe
        across, down = 1 - left - right, 1 - top - bottom
        return left + box[0] * across, top + box[1] * down, box[2] * across, box[3] * down

    def behind(self, box: Shares) -> Shares:
        """The same for a panel: what reached the frame's edge still does."""
        x, y, w, h = self.inside(box)
        right = 1.0 if box[0] + box[2] > 0.999 else x + w
        bottom = 1.0 if box[1] + box[3] > 0.999 else y + h
        x, y = (0.0 if box[0] < 0.001 else x), (0.0 if box[1] < 0.001 else y)
        return x, y, right - x, bottom - y

    def px(self, box: Shares) -> tuple[int, int, int, int]:
        x, y, w, h = box
        return (
            round(x * self.width),
            round(y * self.height),
            max(1, round(w * self.width)),
            max(1, round(h * self.height)),
        )

    def colour(self, tone: Tone) -> tuple[int, int, int]:
        r, g, b = (round(255 * c) for c in tone.rgb(self.palette))
        return r, g, b


def draw(
    poster: Poster,
    words: Mapping[str, str],
    canvas: Canvas,
    shot: Shot,
    scene: tuple[Pixels, Placed] | None = None,
) -> Drawn:
    """The poster as pixels. `scene`: the finished picture where the ground is a set.

    Raises UnfitError: a needed word is missing, or a text does not fit its box or its font.
    """
    placed: Placed | None = None
    if scene is not None:
        pixels, placed = scene[0].copy(), scene[1]
    else:
        assert poster.ground != "set"
        pixels = _gradient(canvas, *(canvas.colour(tone) for tone in poster.ground))
    for layer in poster.layers:
        if isinstance(layer, Panel):
            pixels = _panel(pixels, layer, canvas)
        elif isinstance(layer, Thing):
            pixels, placed = _product(pixels, layer, canvas, shot)
    boxes: dict[str, tuple[int, int, int, int]] = {}
    pixels = _lettered(pixels, poster, words, canvas, boxes)
    return Drawn(pixels, placed, boxes)


def _lettered(
    pixels: Pixels,
    poster: Poster,
    words: Mapping[str, str],
    canvas: Canvas,
    boxes: dict[str, tuple[int, int, int, int]],
) -> Pixels:
    from PIL import Image, ImageDraw

    image = Image.fromarray(pixels)
    pen = ImageDraw.Draw(image)
    for layer in poster.layers:
        if isinstance(layer, Text):
            said = words.get(layer.of, "")
            if said:
                boxes[layer.of] = _text(pen, pixels, layer, said, canvas)
            elif layer.needed:
                raise setting.UnfitError(
                    "no_words",
                    f"extra.poster_{layer.of}",
                    f"the poster {poster.name!r} needs it, and the listing has none",
                    "fill it in, or choose another template",
                )
        elif isinstance(layer, Chips) and words.get("points"):
            points = [p.strip() for p in words["points"].split("\n") if p.strip()]
            boxes["points"] = _chips(pen, pixels, layer, points[: layer.most], canvas)
    return np.asarray(image)


def _gradient(canvas: Canvas, top: tuple[int, int, int], foot: tuple[int, int, int]) -> Pixels:
    """From one colour to another, with a grain of one step so that it does not band."""
    at = np.linspace(0, 1, canvas.height, dtype=np.float32)[:, None, None]
    row = np.array(top, np.float32) * (1 - at) + np.array(foot, np.float32) * at
    grain = np.random.default_rng(7).random((canvas.height, canvas.width, 1), np.float32)
    return np.asarray(np.clip(row + grain - 0.5 + 0.5, 0, 255), np.uint8)


def _panel(pixels: Pixels, layer: Panel, canvas: Canvas) -> Pixels:
    from PIL import Image, ImageDraw

    x, y, w, h = canvas.px(canvas.behind(layer.box))
    finer = 4  # drawn larger and brought down: Pillow's own corners are jagged
    mask = Image.new("L", (w * finer, h * finer), 0)
    radius = round(layer.radius * canvas.width * finer)
    box = (0, 0, w * finer - 1, h * finer - 1)
    ImageDraw.Draw(mask).rounded_rectangle(box, radius, fill=round(255 * layer.strength))
    image = Image.fromarray(pixels)
    image.paste(canvas.colour(layer.tone), (x, y), mask.resize((w, h), Image.Resampling.BOX))
    return np.asarray(image)


def _product(
    pixels: Pixels, layer: Thing, canvas: Canvas, shot: Shot
) -> tuple[Pixels, Placed | None]:
    """The cut-out in its box; one that cannot be cut out whole is shown as the photo, in a card."""
    x, y, w, h = canvas.px(canvas.inside(layer.box))
    if shot.cropped or shot.doubtful:
        photo = shot.opened.rgb
        if not shot.doubtful:
            photo = crop.to_ratio(photo, shot.matte.alpha, w, h)
        return _card(pixels, photo, (x, y, w, h), canvas), None
    _, _, own_w, own_h = shot.cut.box
    scale = min(w / own_w, h / own_h)
    size = (max(1, round(own_w * scale)), max(1, round(own_h * scale)))
    lying = shot.lying or canvas.lying
    at = (x + (w - size[0]) // 2, y + (h - size[1]) // (2 if lying else 1))
    placed = fit.place(shot.cut, canvas.width, canvas.height, size, at)
    base = (at[1] + size[1]) / canvas.height
    stage = Stage(
        horizon=max(0.0, base - 0.5),
        join=max(0.02, base - 0.16),
        base=base,
        light=(-0.35, -0.45, 0.82),
        soft=15.0,
        shadow=layer.shadow,
        lying=lying,
    )
    return compose.in_scene(placed, pixels, stage), placed


def _card(pixels: Pixels, photo: Pixels, box: tuple[int, int, int, int], canvas: Canvas) -> Pixels:
    """The photo itself in the middle of the box, whole, with round corners."""
    from PIL import Image, ImageDraw

    x, y, wide, high = box
    scale = min(wide / photo.shape[1], high / photo.shape[0])
    w, h = max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale))
    x, y = x + (wide - w) // 2, y + (high - h) // 2
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LANCZOS4
    part = Image.fromarray(np.asarray(cv2.resize(photo, (w, h), interpolation=how), np.uint8))
    mask = Image.new("L", (w * 4, h * 4), 0)
    corners = round(0.03 * canvas.width * 4)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, w * 4 - 1, h * 4 - 1), corners, fill=255)
    image = Image.fromarray(pixels)
    image.paste(part, (x, y), mask.resize((w, h), Image.Resampling.BOX))
    return np.asarray(image)


def _text(
    pen: ImageDraw, pixels: Pixels, layer: Text, said: str, canvas: Canvas
) -> tuple[int, int, int, int]:
    x, y, w, h = canvas.px(canvas.inside(layer.box))
    face = fonts.face(layer.family, layer.weight, canvas.locale, canvas.searched)
    sizes = (round(layer.size[0] * canvas.width), round(layer.size[1] * canvas.width))
    block = setting.fit(
        said,
        face,
        (w, h),
        sizes,
        lines=layer.lines,
        leading=layer.leading,
        what=f"extra.poster_{layer.of}",
    )
    top = y + (h - block.height) / 2 if layer.middle else y
    ink = canvas.colour(layer.ink) if layer.ink else _readable(pixels, (x, y, w, h))
    block.draw(pen, (x, top, w), ink, layer.align)
    if layer.struck:
        middle = top + block.px * 0.62
        left = (
            x
            + {"left": 0.0, "centre": (w - block.width) / 2, "right": w - block.width}[layer.align]
        )
        pen.line((left, middle, left + block.width, middle), ink, max(1, block.px // 14))
    return x, round(top), w, round(block.height)


def _chips(
    pen: ImageDraw, pixels: Pixels, layer: Chips, points: list[str], canvas: Canvas
) -> tuple[int, int, int, int]:
    """The points at one size: the largest at which all of them find room. Those that do not fit at
    the least size are left out, the last ones first; at least one must fit."""
    x, y, w, h = canvas.px(canvas.inside(layer.box))
    face = fonts.face("sans", "regular", canvas.locale, canvas.searched)
    missing = face.lacks("".join(points))
    if missing:
        raise setting.lacking(missing, "extra.poster_points")
    largest, least = (round(s * canvas.width) for s in layer.size)
    for count in range(len(points), 0, -1):
        for px in range(largest, least - 1, -1):
            rows = _rows(points[:count], face, px, w, layer.bare)
            step = px * (1.7 if layer.bare else 2.25)
            if rows is not None and len(rows) * step - (step - px * 1.6) <= h:
                ground = _readable(pixels, (x, y, w, h))
                _pills(pen, rows, face, px, (x, y, w), layer, canvas, ground)
                return x, y, w, round(len(rows) * step)
    raise setting.UnfitError(
        "too_long",
        "extra.poster_points",
        f"the selling point {points[0]!r} does not fit its box",
        "shorten it",
        has=len(points[0]),
        fits=int(len(points[0]) * w / face.font(least).getlength(points[0])),
    )


def _rows(
    points: list[str], face: fonts.Face, px: int, width: int, bare: bool
) -> list[list[tuple[str, float]]] | None:
    """(point, width of its pill) row by row, or None where one is wider than the box."""
    font = face.font(px)
    rows: list[list[tuple[str, float]]] = []
    left = 0.0
    for point in points:
        wide = font.getlength(point) + px * (1.0 if bare else 1.5)
        if wide > width:
            return None
        if bare or not rows or wide > left:
            rows.append([])
            left = width
        rows[-1].append((point, wide))
        left -= wide + px * 0.6
    return rows


def _pills(
    pen: ImageDraw,
    rows: list[list[tuple[str, float]]],
    face: fonts.Face,
    px: int,
    box: tuple[int, int, int],
    layer: Chips,
    canvas: Canvas,
    ground: tuple[int, int, int],
) -> None:
    x, y, width = box
    ink = canvas.colour(layer.ink) if layer.ink else ground
    fill = canvas.colour(layer.tone) if layer.tone else None
    font = face.font(px)
    for number, row in enumerate(rows):
        step = px * (1.7 if layer.bare else 2.25)
        top = y + number * step
        wide = sum(w for _, w in row) + px * 0.6 * (len(row) - 1)
        left = x + {"left": 0.0, "centre": (width - wide) / 2, "right": width - wide}[layer.align]
        for point, w in row:
            if layer.bare:
                pen.ellipse((left, top + px * 0.55, left + px * 0.3, top + px * 0.85), ink)
                pen.text((left + px * 0.75, top + px * 1.07), point, ink, font, anchor="ls")
            else:
                shape = (left, top, left + w, top + px * 1.75)
                line = None if fill else ink
                pen.rounded_rectangle(shape, px * 0.88, fill, line, max(1, px // 18))
                pen.text((left + w / 2, top + px * 1.24), point, ink, font, anchor="ms")
            left += w + px * 0.6


def _readable(pixels: Pixels, box: tuple[int, int, int, int]) -> tuple[int, int, int]:
    """Dark or white, whichever stands out more (contrast of WCAG 2.2, 1.4.3) in the box."""
    x, y, w, h = box
    part = pixels[max(0, y) : y + h, max(0, x) : x + w].reshape(-1, 3).astype(np.float64) / 255
    light = float(np.mean(((part + 0.055) / 1.055) ** 2.4 @ np.array([0.2126, 0.7152, 0.0722])))
    return _INKS[0] if (light + 0.05) / 0.06 >= 1.05 / (light + 0.05) else _INKS[1]

"""The blocks that a page is built of: pictures with the heights at which they may be cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from studio.errors import InputError
from studio.imaging.lettering import fonts, setting
from studio.imaging.lettering.breaking import wrap
from studio.imaging.opening import Pixels
from studio.photographer.poster.draw import Canvas

if TYPE_CHECKING:
    from studio.imaging.fit import Placed
    from studio.imaging.lettering.fonts import Face, Weight

MARGIN = 0.07  # of the width, left and right
Ink = tuple[int, int, int]


@dataclass(frozen=True)
class Block:
    """`cuts`: rows (px from its top) before which the page may be cut, besides its two ends.
    `leads`: it belongs to what follows, as a heading does, so that no cut comes after it."""

    pixels: Pixels
    cuts: tuple[int, ...] = ()
    placed: Placed | None = field(default=None, repr=False)
    leads: bool = False

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


@dataclass(frozen=True)
class Paper:
    """What all blocks of a page share; sizes are shares of its width."""

    canvas: Canvas
    ground: Ink
    accent: Ink
    ink: Ink

    @property
    def width(self) -> int:
        return self.canvas.width

    @property
    def inner(self) -> float:
        return self.width * (1 - 2 * MARGIN)

    def px(self, share: float) -> int:
        return max(1, round(share * self.width))

    def face(self, weight: Weight = "regular") -> Face:
        return fonts.face("sans", weight, self.canvas.locale, self.canvas.searched)

    def blank(self, height: float) -> Pixels:
        return np.full((max(1, round(height)), self.width, 3), self.ground, np.uint8)


def heading(paper: Paper, words: str) -> Block:
    """A short bar in the accent colour, and the words under it."""
    from PIL import Image, ImageDraw

    px = paper.px(0.05)
    image = Image.fromarray(paper.blank(px * 3.2))
    pen = ImageDraw.Draw(image)
    left = MARGIN * paper.width
    pen.rectangle((left, px * 0.9, left + px * 1.1, px * 1.02), paper.accent)
    pen.text((left, px * 2.2), words, paper.ink, paper.face("bold").font(px), anchor="ls")
    return Block(np.asarray(image), leads=True)


def text(
    paper: Paper,
    paragraphs: Sequence[str],
    size: float,
    *,
    number: int = 0,
    ink: Ink | None = None,
    where: str = "",
) -> Block:
    """Paragraphs; with a `number`, that stands before them in the accent colour.

    Raises InputError when the font lacks a character or a word is wider than the page.
    """
    from PIL import Image, ImageDraw

    px, face = paper.px(size), paper.face()
    indent = px * 2.1 if number else 0.0
    lines = list(_lines(face, paragraphs, px, paper.inner - indent, where))
    step, gap = px * 1.72, px * 0.7
    tops, y = [], px * 0.35
    for line in lines:
        tops.append(y)
        y += gap if line is None else step
    image = Image.fromarray(paper.blank(y + px * 0.5))
    pen, font = ImageDraw.Draw(image), face.font(px)
    left = MARGIN * paper.width
    if number:
        big = paper.face("bold").font(round(px * 1.15))
        pen.text((left, tops[0] + px * 1.2), f"{number:02d}", paper.accent, big, anchor="ls")
    for line, top in zip(lines, tops, strict=True):
        if line:
            pen.text((left + indent, top + px * 1.2), line, ink or paper.ink, font, anchor="ls")
    return Block(np.asarray(image), tuple(round(t) for t in tops[1:]))


def _lines(
    face: Face, paragraphs: Sequence[str], px: int, width: float, where: str
) -> Iterator[str | None]:
    """The lines; None parts two paragraphs."""
    width_of = face.font(px).getlength
    for number, paragraph in enumerate(paragraphs):
        missing = face.lacks(paragraph)
        if missing:
            raise setting.lacking(missing, where)
        got = wrap(paragraph, width_of, width, even=False)
        if got is None:
            raise setting.UnfitError(
                "too_long", where, "a word is wider than the page", "shorten it", has=1, fits=0
            )
        if number:
            yield None
        yield from got


def table(paper: Paper, rows: Sequence[tuple[str, str]], size: float, where: str = "") -> Block:
    """Names on the left, values on the right, a thin rule under each row."""
    from PIL import Image, ImageDraw

    px, face = paper.px(size), paper.face()
    font, left = face.font(px), MARGIN * paper.width
    split = min(
        max((font.getlength(name) for name, _ in rows), default=0.0) + px * 1.6, paper.inner * 0.38
    )
    soft = tuple((i + 2 * g) // 3 for i, g in zip(paper.ink, paper.ground, strict=True))
    middle = tuple((i + g) // 2 for i, g in zip(paper.ink, paper.ground, strict=True))
    set_rows = [
        (
            list(_lines(face, [name], px, split - px * 1.2, where)),
            list(_lines(face, [value], px, paper.inner - split, where)),
        )
        for name, value in rows
    ]
    heights = [px * (1.5 * max(len(names), len(values)) + 0.9) for names, values in set_rows]
    image = Image.fromarray(paper.blank(sum(heights) + px))
    pen, y, cuts = ImageDraw.Draw(image), 0.0, []
    for (names, values), height in zip(set_rows, heights, strict=True):
        cuts.append(round(y))
        for x, lines, ink in ((left, names, middle), (left + split, values, paper.ink)):
            for at, line in enumerate(lines):
                pen.text((x, y + px * (1.4 + 1.5 * at)), line or "", ink, font, anchor="ls")
        y += height
        pen.line((left, y - 1, paper.width - left, y - 1), soft, 1)
    return Block(np.asarray(image), tuple(cuts[1:]))


def photo(paper: Paper, rgb: Pixels) -> Block:
    """A photo as wide as the text, never enlarged by more than a quarter."""
    width = min(round(paper.inner), round(rgb.shape[1] * 1.25))
    height = max(1, round(rgb.shape[0] * width / rgb.shape[1]))
    if height > 1.6 * width:  # a very tall photo would be a page of its own
        height, width = round(1.6 * width), round(1.6 * width * rgb.shape[1] / rgb.shape[0])
    how = cv2.INTER_AREA if width < rgb.shape[1] else cv2.INTER_CUBIC
    page = paper.blank(height + paper.px(0.035))
    left = (paper.width - width) // 2
    page[:height, left : left + width] = cv2.resize(rgb, (width, height), interpolation=how)
    return Block(page)


def cut(blocks: Sequence[Block], most: int) -> list[Block]:
    """The page in pieces of at most `most` rows, cut between blocks or where a block allows it.

    Raises InputError when a part that may not be cut is higher than that.
    """
    page = np.concatenate([block.pixels for block in blocks])
    ends: list[int] = []
    poor: list[int] = []  # only where there is no other: after a heading
    y = 0
    for block in blocks:
        ends += [y + at for at in block.cuts if 0 < at < block.height]
        y += block.height
        (poor if block.leads else ends).append(y)
    pieces, start = [], 0
    while start < len(page):
        fit = [[at for at in some if start < at <= start + most] for some in (ends, poor)]
        end = max(fit[0] or fit[1], default=0)
        if not end:
            raise InputError(
                f"a part of the page is higher than the {most} px that the channel takes",
                hint="give the channel's page slot more height, or the page a flatter hero",
            )
        pieces.append(Block(page[start:end], placed=_moved(blocks, start, end)))
        start = end
    return pieces


def _moved(blocks: Sequence[Block], start: int, end: int) -> Placed | None:
    """The product of the block that stands at the piece's top, in the piece's own frame."""
    from dataclasses import replace

    y = 0
    for block in blocks:
        if block.placed is not None and y == start and y + block.height <= end:
            more = ((0, end - start - block.height), (0, 0))
            placed = block.placed
            return replace(
                placed,
                rgb=np.pad(placed.rgb, (*more, (0, 0))),
                alpha=np.pad(placed.alpha, more),
                source=np.pad(placed.source, (*more, (0, 0))),
            )
        y += block.height
    return None

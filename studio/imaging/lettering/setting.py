"""Sets a text into a box: the largest size that fits, or a refusal that says what to shorten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from studio.errors import InputError
from studio.imaging.lettering.breaking import wrap
from studio.imaging.lettering.fonts import Face

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

Align = Literal["left", "centre", "right"]
Rgb = tuple[int, int, int]


class UnfitError(InputError):
    """A text that cannot be drawn. `rule` and `values` name the finding in imaging/judge.py."""

    def __init__(self, rule: str, where: str, message: str, hint: str, **values: object) -> None:
        super().__init__(message, hint=hint, where=where)
        self.rule = rule
        self.values = {"where": where, **values}


def lacking(missing: str, where: str) -> UnfitError:
    """The font has no glyph for these characters."""
    return UnfitError(
        "no_letter",
        where,
        f"the font has no letter for {missing!r}",
        "take it out of the text, or give a font that has it",
        missing=missing,
    )


@dataclass(frozen=True)
class Block:
    """A text that was set. Sizes in px; `width` is that of the widest line."""

    lines: tuple[str, ...]
    face: Face
    px: int
    leading: float  # from baseline to baseline, in sizes
    width: float

    @property
    def height(self) -> float:
        """From the top of the first line's letters to the foot of the last one's."""
        return self.px * (1.06 + self.leading * (len(self.lines) - 1))

    def draw(
        self, draw: ImageDraw, box: tuple[float, float, float], ink: Rgb, align: Align = "left"
    ) -> None:
        """Draw at (left, top, width of the box), px."""
        left, top, width = box
        anchor = {"left": "ls", "centre": "ms", "right": "rs"}[align]
        x = left + {"left": 0.0, "centre": width / 2, "right": width}[align]
        font = self.face.font(self.px)
        for number, line in enumerate(self.lines):
            # 0.88: from the top of a Chinese character's square to the Latin baseline
            y = top + self.px * (0.88 + 0.09 + self.leading * number)
            draw.text((x, y), line, font=font, fill=ink, anchor=anchor)


def fit(
    text: str,
    face: Face,
    box: tuple[float, float],
    sizes: tuple[int, int],
    *,
    lines: int = 1,
    leading: float = 1.28,
    keep: Sequence[str] = (),
    what: str = "text",
) -> Block:
    """The text at the largest size of `sizes` (largest, least; px) that fits the box (width,
    height; px) in at most that many lines.

    Raises UnfitError: it does not fit (with the number of characters that would), or the font has
    no glyph for a character. `what` names the text in the message.
    """
    missing = face.lacks(text)
    if missing:
        raise lacking(missing, what)
    frame = _Frame(face, box, lines, leading, tuple(keep))
    whole, broken = frame.largest(text, sizes, True), frame.largest(text, sizes, False)
    if broken is None:
        raise _too_long(text, frame, sizes[1], what)
    # letters a little smaller are better than a phrase torn in two
    return whole if whole is not None and whole.px >= 0.72 * broken.px else broken


@dataclass(frozen=True)
class _Frame:
    """What a text is set into."""

    face: Face
    box: tuple[float, float]
    lines: int
    leading: float
    keep: tuple[str, ...]

    def set(self, text: str, px: int, phrases: bool) -> Block | None:
        width_of = self.face.font(px).getlength
        got = wrap(text, width_of, self.box[0], most=self.lines, keep=self.keep, phrases=phrases)
        if got is None:
            return None
        block = Block(tuple(got), self.face, px, self.leading, max(map(width_of, got)))
        return block if block.height <= self.box[1] + 0.5 else None

    def largest(self, text: str, sizes: tuple[int, int], phrases: bool) -> Block | None:
        """By halving: a larger size never fits where a smaller one does not."""
        high, low = sizes
        found = self.set(text, low, phrases)
        while found is not None and low < high:
            middle = (low + high + 1) // 2
            block = self.set(text, middle, phrases)
            if block is None:
                high = middle - 1
            else:
                low, found = middle, block
        return found


def _too_long(text: str, frame: _Frame, px: int, what: str) -> UnfitError:
    """How much of it would fit, by halving."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if frame.set(text[:middle], px, False) is None:
            high = middle - 1
        else:
            low = middle
    return UnfitError(
        "too_long",
        what,
        f"the text has {len(text)} characters; about {low} fit into its box",
        "shorten it, or choose a template with more room for it",
        has=len(text),
        fits=low,
    )

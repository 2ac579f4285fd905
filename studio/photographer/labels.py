"""The words on the product itself, read in the photo and again in the finished picture."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from studio.engines import Line, OcrEngine

if TYPE_CHECKING:
    from studio.imaging.fit import Placed

SURE = 0.75  # below it a reader sees words in folds and seams
SAME = 0.75  # likeness from which two readings are of the same words: small print is read unevenly


def read(ocr: OcrEngine, placed: Placed, after: Sequence[Line]) -> tuple[list[str], list[str]]:
    """The label's lines (before, after). Before: the photo under the same scale, the ground away.
    `after`: what was read in the picture, of which only the product's own words count."""
    from dataclasses import replace

    from studio.imaging import compose

    photo = compose.on_white(replace(placed, rgb=placed.source))
    return _on_product(ocr.read(photo), placed), _on_product(after, placed)


def lost(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Lines of the photo's label that the picture does not show again."""
    seen = [_plain(line) for line in after]
    whole = "".join(seen)
    return [
        line
        for line in before
        if (plain := _plain(line))
        and not _within(plain, whole)
        and max((_alike(plain, other) for other in seen), default=0.0) < SAME
    ]


def _within(plain: str, whole: str) -> bool:
    """Whether the line stands in the label's run of text; no number in a longer number."""
    first = r"(?<!\d)" if plain[0].isdecimal() else ""
    last = r"(?!\d)" if plain[-1].isdecimal() else ""
    return re.search(f"{first}{re.escape(plain)}{last}", whole) is not None


def _alike(one: str, other: str) -> float:
    """0..1; a label with another number on it is another label."""
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return 0.0
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _plain(line: str) -> str:
    """Letters and digits alone, in one width and case."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", line).casefold())


def _on_product(lines: Sequence[Line], placed: Placed) -> list[str]:
    """The sure lines whose middle lies on the product."""
    height, width = placed.alpha.shape
    found = []
    for line in lines:
        x, y, w, h = line.box
        row, column = min(height - 1, y + h // 2), min(width - 1, x + w // 2)
        if line.score >= SURE and placed.alpha[row, column] > 0.5:
            found.append(line.text)
    return found

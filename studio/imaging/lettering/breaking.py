"""Where a line of Chinese, Latin or mixed text may end, and how lines are chosen.

Rules: no line begins with a closing mark or ends with an opening one (W3C "Requirements for Chinese
Text Layout", 3.1.4); a word, and a number with its unit, stay whole; Chinese breaks between words
(jieba) before it breaks anywhere else. Lines come out even, as a headline wants, or full, as prose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

_NOT_FIRST = frozenset("，。、；：！？）》〉」』】〕”’…—～·,.;:!?)]}%‰℃°")
_NOT_LAST = frozenset("（《〈「『【〔“‘([{¥￥$€£#@")
_HAN = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\u3040-\u30ff"
# what a line never ends inside: a number with its unit or measure word, a word, a price
_WHOLE = re.compile(
    rf"[¥￥$€£]\s?\d[\d,.]*"
    rf"|\d[\d,.]*(?:\s?[-–~～×x*/]\s?\d[\d,.]*)*\s?(?:[a-zA-Zμ°℃%‰]{{1,4}}(?![a-zA-Z])|[{_HAN}]{{1,2}})?"
    rf"|[^\s{_HAN}\W]+(?:['’.&+][^\s{_HAN}\W]+)*"
)
_AT_WILL, _PHRASE = 9.0, 0.0  # cost of a break inside a Chinese phrase, and after one


def wrap(
    text: str,
    width_of: Callable[[str], float],
    width: float,
    *,
    most: int = 99,
    keep: Sequence[str] = (),
    phrases: bool = False,
    even: bool = True,
) -> list[str] | None:
    """The text in at most `most` lines no wider than `width`, or None where it does not fit.

    Of all ways with the fewest lines, the one whose lines are most even and break inside the fewest
    phrases. `keep`: words that are never broken; `phrases`: nor is any phrase. `even`: False lets
    the last line be short. Line feeds stay.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        got = _paragraph(paragraph.strip(), width_of, width, tuple(keep), phrases, even)
        if got is None:
            return None
        lines += got
    return lines if len(lines) <= most else None


def _paragraph(
    text: str,
    width_of: Callable[[str], float],
    width: float,
    keep: tuple[str, ...],
    phrases: bool,
    even: bool,
) -> list[str] | None:
    if not text or width_of(text) <= width:
        return [text]
    ends = {at: c for at, c in breaks(text, keep).items() if c < _AT_WILL or not phrases}
    stops = [0, *sorted(ends), len(text)]
    if any(width_of(text[a:b].strip()) > width for a, b in pairwise(stops)):
        return None
    # best[j]: (lines, cost, where the last line began) for the text up to stops[j]
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
    for j in range(1, len(stops)):
        choices = []
        for i in range(j - 1, -1, -1):
            wide = width_of(text[stops[i] : stops[j]].strip())
            if wide > width:
                break
            count, cost, _ = best[i]
            last = j == len(stops) - 1 and not even
            slack = 0.0 if last else (1 - wide / width) ** 2 * 10
            choices.append((count + 1, cost + slack + ends.get(stops[j], 0.0), i))
        best.append(min(choices))
    at, lines = len(stops) - 1, []
    while at:
        begin = best[at][2]
        lines.append(text[stops[begin] : stops[at]].strip())
        at = begin
    return lines[::-1]


@lru_cache(maxsize=4096)
def breaks(text: str, keep: tuple[str, ...] = ()) -> dict[int, float]:
    """Offsets at which a line may end, each with its cost (0 is best)."""
    phrases = _phrases(text)
    whole = [m.span() for m in _WHOLE.finditer(text)]
    whole += [(m.start(), m.end()) for word in keep for m in re.finditer(re.escape(word), text)]
    inside = {at for start, end in whole for at in range(start + 1, end)}
    out: dict[int, float] = {}
    for at in range(1, len(text)):
        before, after = text[at - 1], text[at]
        if at in inside or after in _NOT_FIRST or before in _NOT_LAST or after.isspace():
            continue
        if before.isspace() or before in "，。、；：！？":
            out[at] = _PHRASE
        elif at in phrases or before in "/·|":
            out[at] = _PHRASE + 1
        elif _han(before) or _han(after) or before == "-":
            out[at] = _AT_WILL
    return out


def _han(char: str) -> bool:
    return re.match(f"[{_HAN}]", char) is not None


def _phrases(text: str) -> frozenset[int]:
    """Where the words of the Chinese parts end."""
    import rjieba

    ends: set[int] = set()
    for found in re.finditer(f"[{_HAN}]{{2,}}", text):
        at = found.start()
        words = rjieba.cut(found.group())
        for word, after in zip(words, [*words[1:], "  "], strict=True):
            at += len(word)
            # a single character belongs to what stands before it: 的, 壶
            if len(after) > 1:
                ends.add(at)
    return frozenset(ends)

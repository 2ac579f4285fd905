"""Cuts a normalised text into sentences and finds the clause around a place."""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST = 2000  # a part without any stop is cut here, which keeps the cost linear
_STOP = re.compile(  # both branches begin with the one set, so all other characters are skipped
    r"[。!?\n;.](?:(?<!\.)[。.!?;\"'”’」』)\n ]*|(?<=\.)(?=\s|$)\s*)"
)
_SHORTENED = re.compile(r"\b(?:no|vs|dr|mr|mrs|st|reg|approx|e\.g|i\.e)$")  # their dot ends nothing
_BREAK = ",、:。;!?\n"
_BREAKS = re.compile(f"[{_BREAK}]")


class Sentence(NamedTuple):
    """A part of a text: text[start:end]."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    def clause(self, start: int, end: int) -> tuple[int, int]:
        """Where the clause around self.text[start:end] begins and ends."""
        left = 1 + max(self.text.rfind(stop, 0, start) for stop in _BREAK)
        found = _BREAKS.search(self.text, end)
        return left, found.start() if found else len(self.text)


def split(text: str) -> list[Sentence]:
    """The sentences of a text, stops included; together they are the text."""
    ends = [
        found.end()
        for found in _STOP.finditer(text)
        if text[found.start()] != "."
        or not _SHORTENED.search(text, max(0, found.start() - 8), found.start())
    ]
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    parts: list[Sentence] = []
    start = 0
    for end in ends:
        while end - start > LONGEST:
            cut = max(text.rfind(",", start, start + LONGEST), start + LONGEST // 2)
            parts.append(Sentence(text[start:cut], start))
            start = cut
        if end > start:
            parts.append(Sentence(text[start:end], start))
        start = end
    return parts

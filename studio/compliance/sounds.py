"""Words that are often written by sound, to be read back: 嘴佳, zui jia and 最jia are 最佳.

The words, the look- and sound-alikes of their characters, and the neighbours that make such a
character innocent (壶嘴, 兄弟) are data: packs/evasion.yaml.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from importlib.resources import files

import ahocorasick_rs

from studio.compliance.normal import HAN
from studio.compliance.tree import parsed

_LATIN = re.compile(r"[a-z0-9]")
_HAN = re.compile(f"[{HAN}]")


class Sounds:
    """Finds spellings by sound. Built once from a table; `read` is linear in the text."""

    def __init__(self, table: dict[str, dict[str, str]]) -> None:
        alike = {char: alikes.split() for char, alikes in table["alike"].items()}
        self._innocent = {char: set(left) for char, left in table["innocent_after"].items()}
        self._innocent_before = {c: set(r) for c, r in table["innocent_before"].items()}
        self._words: dict[str, str] = {}
        for word in " ".join(table["words"].values()).split():
            for spelling in _spellings(word, alike):
                self._words.setdefault(spelling, word)
        self._spellings = list(self._words)
        self._finder = ahocorasick_rs.AhoCorasick(
            self._spellings, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest
        )

    def read(self, text: str) -> Iterator[tuple[int, int, str]]:
        """(start, end, word) for each spelling by sound, in order."""
        for which, start, end in self._finder.find_matches_as_indexes(text):
            spelling = self._spellings[which]
            if self._stands_alone(text, start, end, spelling):
                yield start, end, self._words[spelling]

    def _stands_alone(self, text: str, start: int, end: int, spelling: str) -> bool:
        """No part of a Latin word, and no part of an innocent Chinese word."""
        left, right = text[start - 1 : start], text[end : end + 1]
        if _LATIN.match(spelling[0]) and _LATIN.match(left):
            return False
        if _LATIN.match(spelling[-1]) and _LATIN.match(right):
            return False
        if spelling.isascii():  # all pinyin: only inside Chinese text
            around = text[max(0, start - 12) : end + 12]
            return bool(_HAN.search(around))
        return left not in self._innocent.get(spelling[0], ()) and right not in (
            self._innocent_before.get(spelling[-1], ())
        )


def _spellings(word: str, alike: dict[str, list[str]]) -> Iterator[str]:
    """Ways to write the word with some characters changed, the word itself left out."""
    choices = [[char, *alike.get(char, ())] for char in word]
    for picked in itertools.product(*choices):
        changed = sum(a != b for a, b in zip(picked, word, strict=True))
        latin = sum(p.isascii() for p in picked)
        if changed == 0 or (changed > 1 and changed != latin):
            continue  # several changes only in pinyin; by sound one at a time
        yield "".join(picked)
        if latin == len(word) > 1:
            yield " ".join(picked)
    for at, char in enumerate(word[:-1]):  # an initial letter in place of a character: K嗽
        for sound in alike.get(char, ()):
            if sound.isascii() and len(sound) > 1:
                yield word[:at] + sound[0] + word[at + 1 :]


def shipped() -> Sounds:
    """The table that comes with Studio."""
    text = files(__package__).joinpath("packs/evasion.yaml").read_text(encoding="utf-8")
    return Sounds(parsed(text).value)

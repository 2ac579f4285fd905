"""Patterns that compile when they are first used: most texts need few of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any


class Pattern:
    """A regular expression. Its methods are those of `re.Pattern`, bound at the first use."""

    search: Callable[..., re.Match[str] | None]
    match: Callable[..., re.Match[str] | None]
    fullmatch: Callable[..., re.Match[str] | None]
    finditer: Callable[..., Iterator[re.Match[str]]]
    findall: Callable[..., list[Any]]
    sub: Callable[..., str]
    split: Callable[..., list[Any]]

    def __init__(self, source: str, dotall: bool = False) -> None:
        self._source = source
        self._flags = re.DOTALL if dotall else 0

    def __getattr__(self, name: str) -> Any:
        if name not in Pattern.__annotations__:
            raise AttributeError(name)
        bound = getattr(re.compile(self._source, self._flags), name)
        setattr(self, name, bound)
        return bound


_BLANKS = "".join(chr(c) for c in range(0x3001) if chr(c).isspace())


class Ending:
    """A pattern that ends right before a place of a text.

    `ends` are the literals that it can end with, but for blanks and the characters of `strip`
    (None: not even blanks are left out): they rule out most places before the pattern is tried.
    """

    def __init__(self, source: str, ends: str, strip: str | None = "") -> None:
        self._pattern = Pattern(f"(?:{source})$")
        self._strip = "" if strip is None else strip + _BLANKS
        self._ends: dict[str, tuple[str, ...]] = {}  # by their last character
        for end in ends.split("|"):
            self._ends[end[-1]] = (*self._ends.get(end[-1], ()), end)
        self._ends |= dict.fromkeys(self._strip, ())

    def before(self, text: str, at: int, reach: int) -> re.Match[str] | None:
        """The match in the `reach` code points before `at`; offsets count from their start."""
        ends = self._ends.get(text[at - 1]) if at else None
        if ends is None or (not ends and (at == 1 or text[at - 2] not in self._ends)):
            return None
        bare = left = text[max(0, at - reach) : at]
        if not ends:
            bare = left.rstrip(self._strip)
            ends = self._ends.get(bare[-1:])
        return self._pattern.search(left) if ends and bare.endswith(ends) else None

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
        self._ends = tuple(ends.split("|"))
        self._last = frozenset(end[-1] for end in self._ends)
        self._near = self._last.union(strip or "", _BLANKS)
        self._strip = "" if strip is None else strip + _BLANKS

    def before(self, text: str, at: int, reach: int) -> re.Match[str] | None:
        """The match in the `reach` code points before `at`; offsets count from their start."""
        if not at or text[at - 1] not in self._near:
            return None
        left = text[max(0, at - reach) : at]
        bare = left.rstrip(self._strip) if self._strip else left
        if bare[-1:] in self._last and bare.endswith(self._ends):
            return self._pattern.search(left)
        return None

"""What a product may be called where its title is too long: whole names, never half of one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from studio.engines.floor import Pieces
from studio.engines.glossary import is_cjk
from studio.engines.naming import LINKS
from studio.engines.wording import wide

_SHORTEST = 12  # columns of a Chinese name
_ASIDES = LINKS - {"a", "an", "the", "and", "or", "&"}  # what follows these tells of the thing


def names(pieces: Pieces, brand: str = "") -> Iterator[str]:
    """The name in full, then with fewer words before its model or its thing."""
    yield pieces.name
    yield from _heads(pieces, brand) if pieces.joint else _models(pieces.name.split())


def _models(words: Sequence[str]) -> Iterator[str]:
    """A Chinese name without its maker; a model's name ("新款MacBook air") stays whole."""
    latin = 0
    for place, word in enumerate(words[:-1], 1):
        latin += not is_cjk(word)  # one may be the maker; the next ones are the model
        if latin > 1 or (is_cjk(word) and re.search(r"[A-Za-z\d]$", word)):
            return
        if wide(rest := " ".join(words[place:])) >= _SHORTEST:
            yield rest


def _heads(pieces: Pieces, brand: str) -> Iterator[str]:
    """An English name without its brand, and with fewer words before the thing, which stands last
    or before a "with"."""
    for whole in (pieces.title[0], pieces.name):
        if brand and whole.lower().startswith(f"{brand.lower()} "):
            yield whole[len(brand) :].strip()
    words = pieces.name.removeprefix(brand).split() or pieces.name.split()
    ends = [i for i, word in enumerate(words) if i and word.lower() in _ASIDES]
    words = words[: ends[0]] if ends else words
    for place, word in enumerate(words):
        if word[0].isalnum() and word.lower() not in LINKS:
            yield " ".join(words[place:])

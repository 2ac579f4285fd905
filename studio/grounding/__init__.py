"""The claim ledger: which fact carries which words.

`ground` splits texts into claims and binds each to an attribute, to a paper on file, or to
nothing. It reads Chinese and English, never guesses a fact, and runs in time linear in the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache

from studio.grounding.clauses import Clauses
from studio.grounding.colours import read_colours
from studio.grounding.compat import read_compat
from studio.grounding.draft import Draft
from studio.grounding.facts import Book, book_of
from studio.grounding.features import read_features
from studio.grounding.fold import fold
from studio.grounding.materials import read_materials
from studio.grounding.measures import measure
from studio.grounding.origin import read_origin
from studio.grounding.papers import read_papers
from studio.grounding.words import hits
from studio.schema import Claim, Context

__all__ = ["ground"]

# materials take the percentages that are theirs before the quantities are read
_READERS = (read_materials, read_origin, read_colours, read_features, read_compat)


def ground(texts: Mapping[str, str], context: Context) -> tuple[Claim, ...]:
    """The claims of the texts (field -> text), in order of field and place.

    Each claim has its exact span in code points, a kind, a status, and the fact that carries it.
    A text without checkable statements gives no claims. Never raises on any text.
    """
    book = book_of(context)
    day = context.on or datetime.now(UTC).date()
    claims: list[Claim] = []
    for name, text in texts.items():
        known = len(text) <= _KEPT
        claims += _known(name, text, book, day) if known else _read(name, text, book, day)
    return tuple(claims)


_KEPT = 4_000  # code points; longer texts are read anew each time


@lru_cache(maxsize=1024)
def _known(name: str, text: str, book: Book, day: date) -> tuple[Claim, ...]:
    """Who edits one field reads the others again and again: they are looked up."""
    return _read(name, text, book, day)


def _read(name: str, original: str, book: Book, day: date) -> tuple[Claim, ...]:
    text = fold(original)
    draft = Draft(name, original, text, hits(text), Clauses(text), book)
    for read in _READERS:
        read(draft)
    read_papers(draft, day)
    measure(draft)
    return tuple(sorted(draft.claims, key=lambda c: (c.start, c.end)))

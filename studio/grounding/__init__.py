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
from studio.grounding.fold import UNSEEN, fold, whole
from studio.grounding.materials import read_materials
from studio.grounding.measures import measure
from studio.grounding.notes import note
from studio.grounding.origin import read_origin
from studio.grounding.papers import read_papers
from studio.grounding.pieces import pieces
from studio.grounding.power import read_power
from studio.grounding.wear import read_wear
from studio.grounding.words import hits
from studio.schema import Claim, ClaimStatus, Context

__all__ = ["ground"]

# materials take the percentages that are theirs before the quantities are read
_READERS = (
    read_materials,
    read_origin,
    read_colours,
    read_power,
    read_wear,
    read_features,
    read_compat,
)


def ground(texts: Mapping[str, str], context: Context) -> tuple[Claim, ...]:
    """The claims of the texts (field -> text), in order of field and place.

    Each claim has its exact span in code points, a kind, a status, and the fact that carries it.
    A text without checkable statements gives no claims. Never raises on any text. A text longer
    than `pieces.LONGEST` is read in pieces, and after MOST claims its rest is one claim "unread".
    """
    book = book_of(context)
    day = context.on or datetime.now(UTC).date()
    claims: list[Claim] = []
    for name, text in texts.items():
        found: list[Claim] = []
        for start, end in pieces(text):
            if len(found) >= MOST:
                found.append(_unread(name, text, start))
                break
            found += _read(name, text[start:end], start, book, day)
        claims += found
    return tuple(claims)


MOST = 50_000  # claims of one text; no listing has a hundredth of it


@lru_cache(maxsize=256)
def _read(name: str, original: str, at: int, book: Book, day: date) -> tuple[Claim, ...]:
    """The claims of a piece that begins at `at` of its text.

    Who edits one field reads the others again and again: they are looked up.
    """
    source = original = whole(original)
    text, places = fold(original), None
    if UNSEEN in text:  # what nobody sees is not read
        places = [i for i, char in enumerate(text) if char != UNSEEN]
        original = "".join(source[i] for i in places)
        text = text.replace(UNSEEN, "")
    draft = Draft(name, original, text, hits(text), Clauses(text), book, source, at, places)
    for read in _READERS:
        read(draft)
    read_papers(draft, day)
    measure(draft)
    return tuple(sorted(draft.claims, key=lambda c: (c.start, c.end)))


def _unread(name: str, text: str, start: int) -> Claim:
    return Claim(
        field=name,
        start=start,
        end=len(text),
        text=whole(text[start : start + 60]),
        kind="unread",
        status=ClaimStatus.UNSUPPORTED,
        note=dict(note("unread", most=f"{MOST:,}")),
    )

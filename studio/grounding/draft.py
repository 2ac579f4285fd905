"""The text under examination and the claims found in it so far."""

from __future__ import annotations

import dataclasses
import sys
from bisect import bisect_right, insort
from dataclasses import dataclass

from studio.grounding.clauses import Clauses
from studio.grounding.facts import Book, Fact
from studio.grounding.notes import Note, note
from studio.grounding.words import Hit
from studio.schema import Claim, ClaimStatus


class Spans:
    """Stretches of a text, in order."""

    def __init__(self) -> None:
        self.spans: list[tuple[int, int]] = []
        self._longest = 0

    def add(self, start: int, end: int) -> None:
        insort(self.spans, (start, end))
        self._longest = max(self._longest, end - start)

    def cover(self, start: int, end: int) -> bool:
        """True when one of them begins no later than `start` and ends no earlier than `end`."""
        at = bisect_right(self.spans, (start, sys.maxsize))
        while at:
            at -= 1
            if self.spans[at][1] >= end:
                return True
            if self.spans[at][0] < end - self._longest:
                return False
        return False


@dataclass
class Draft:
    """A piece of a field: its folded text, the known words in it, the facts to hold it against."""

    field: str
    original: str
    text: str
    hits: dict[str, list[Hit]]
    clauses: Clauses
    book: Book
    source: str  # the piece as it stands in the field; `original` has no invisible characters
    at: int  # where the piece begins in the field's text
    places: list[int] | None = None  # of the letters of `original` in the source, when they differ
    claims: list[Claim] = dataclasses.field(default_factory=list)
    taken: Spans = dataclasses.field(default_factory=Spans)  # spoken for already

    def add(
        self,
        span: tuple[int, int],
        kind: str,
        status: ClaimStatus,
        fact: Fact | None = None,
        why: Note | None = None,
    ) -> None:
        """A claim of the words at `span`; `why`: the note for the reviewer."""
        start, end = span
        words = self.original[start:end]
        bare = words.strip()
        if len(bare) != len(words):
            end = start + len(words.rstrip())
            start = end - len(bare)
        if self.places is not None and start < end:
            start, end = self.places[start], self.places[end - 1] + 1
            bare = self.source[start:end]
        self.claims.append(
            _claim(
                {
                    "field": self.field,
                    "start": self.at + start,
                    "end": self.at + end,
                    "text": bare,
                    "kind": kind,
                    "status": status,
                    "carrier": fact.carrier if fact is not None else "",
                    "carrier_text": fact.text[:500] if fact is not None else "",
                    "note": dict(why) if why is not None else {},
                }
            )
        )

    def differs(self, start: int, end: int, fact: Fact) -> Note:
        """ "text 30 天, fact 14 天"."""
        said = self.original[start:end].strip()[:80]
        return note("differs", said=said, fact=fact.text.strip()[:120])


_PARTS = frozenset(Claim.model_fields)
_put = object.__setattr__


def _claim(parts: dict[str, object]) -> Claim:
    """A claim of all its parts, which are known to be sound: `Claim.model_construct`, which does
    the same with loops over the fields, takes four times as long, and a text has dozens."""
    made = Claim.__new__(Claim)
    _put(made, "__dict__", parts)
    _put(made, "__pydantic_fields_set__", set(_PARTS))
    _put(made, "__pydantic_extra__", None)
    _put(made, "__pydantic_private__", None)
    return made

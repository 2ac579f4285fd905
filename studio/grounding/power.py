"""What makes the goods run: battery, USB, mains, sun."""

from __future__ import annotations

from functools import lru_cache

from studio.grounding.clauses import negated
from studio.grounding.draft import Draft
from studio.grounding.facts import Book, Fact
from studio.grounding.notes import note
from studio.grounding.words import lexicon
from studio.schema import ClaimStatus


def read_power(draft: Draft) -> None:
    """Adds a claim for every source of power that the text names, and for words that only goods
    with another source than theirs can say: 充一次电 of goods that must be plugged in."""
    for hit in draft.hits.get("charging", []):
        same, other = _told(draft.book, hit.key)
        stored = any(not _STORED.isdisjoint(f.kinds) for f in draft.book.facts)
        if other is not None and same is None and not stored:
            span = (hit.start, hit.end)
            why = draft.differs(*span, other)
            draft.add(span, "feature", ClaimStatus.CONTRADICTED, other, why)
    for hit in draft.hits.get("power", []):
        span = (hit.start, hit.end)
        if negated(draft.text, *span):
            continue
        same, other = _told(draft.book, hit.key)
        if same is not None:
            draft.add(span, "feature", ClaimStatus.SUPPORTED, same)
        elif other is not None:
            why = draft.differs(*span, other)
            draft.add(span, "feature", ClaimStatus.CONTRADICTED, other, why)
        else:
            draft.add(span, "quality", ClaimStatus.UNSUPPORTED, None, note("untold"))


_STORED = frozenset({"battery_capacity", "battery_life", "charge_time"})


@lru_cache(maxsize=1024)
def _told(book: Book, key: str) -> tuple[Fact | None, Fact | None]:
    """The first fact that names the source, and the first about the source that names another."""
    same = other = None
    for fact in book.facts:
        stated = "power" in fact.topics
        named = _sources(fact, "power") | (_sources(fact, "shows") if stated else frozenset())
        if key in named:
            same = same or fact
        elif stated and named:
            other = other or fact
    return same, other


def _sources(fact: Fact, group: str) -> frozenset[str]:
    """The sources that a fact's words of a lexicon name and do not deny."""
    known = lexicon("power")
    return frozenset(
        hit.key
        for hit in fact.found.get(group, ())
        if hit.key in known and not negated(fact.line, hit.start, hit.end)
    )

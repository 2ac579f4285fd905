"""The store: SQLite or PostgreSQL for rows, a folder for pictures, and nothing ever lost.

Rows of `revision` and `event` are only added; each event holds the hash of the one before it, so
that `verify` finds what was changed behind Studio's back. An update names the revision that it
read and fails with StateError when that has moved.
"""

from __future__ import annotations

from studio.store.drafts import listing_id
from studio.store.jobs import Jobs
from studio.store.listings import Listings
from studio.store.media import Media
from studio.store.nouns import Job, JobItem, Move, Page, Revision, User
from studio.store.people import People
from studio.store.verify import Verify

__all__ = [
    "Job",
    "JobItem",
    "Media",
    "Move",
    "Page",
    "Revision",
    "Store",
    "User",
    "listing_id",
]


class Store(Listings, Jobs, People, Verify):
    """All of it. Safe to use from several threads; several processes may open the same one."""

    def __init__(self, url: str, *, media: Media, move: Move, read_only: bool = False) -> None:
        """`url`: sqlite:///FILE or postgresql://…; `move`: studio.review.move, which the store
        asks within its transactions. Call `migrate` before the first use."""
        super().__init__(url, read_only=read_only)
        self.media = media
        self._move = move

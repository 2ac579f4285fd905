"""The store: SQLite or PostgreSQL for rows, a folder for pictures, and nothing ever lost.

Rows of `revision` and `event` are only added; each event holds the hash of the one before it, so
that `verify` finds what was changed behind Studio's back. An update names the revision that it
read and fails with StateError when that has moved.
"""

from __future__ import annotations

from studio.store.anchors import Anchor, Anchors
from studio.store.browsing import Browsing, Filter
from studio.store.desk import Desk
from studio.store.drafts import listing_id
from studio.store.dump import Dumps
from studio.store.jobs import Jobs
from studio.store.masks import Masks
from studio.store.media import Media
from studio.store.nouns import Job, JobItem, Move, Page, Revision, Token, User
from studio.store.people import People
from studio.store.secrets import Secrets
from studio.store.sent import Sent
from studio.store.shared import SharedMedia
from studio.store.tokens import Tokens
from studio.store.vault import Vault

__all__ = [
    "Anchor",
    "Filter",
    "Job",
    "JobItem",
    "Media",
    "Move",
    "Page",
    "Revision",
    "SharedMedia",
    "Store",
    "Token",
    "User",
    "Vault",
    "listing_id",
]


class Store(Desk, Browsing, Jobs, Masks, People, Tokens, Secrets, Sent, Anchors, Dumps):
    """All of it. Safe to use from several threads; several processes may open the same one."""

    def __init__(
        self,
        url: str,
        *,
        media: Media,
        move: Move,
        vault: Vault,
        read_only: bool = False,
        encrypted: bool = False,
    ) -> None:
        """`url`: sqlite:///FILE or postgresql://…; `move`: studio.review.move, which the store
        asks within its transactions; `encrypted`: the whole file, by SQLCipher. Call `migrate`
        before the first use."""
        super().__init__(url, vault=vault, read_only=read_only, encrypted=encrypted)
        self.media = media
        self._move = move

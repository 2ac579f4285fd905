"""What was sent to which shop: lines of the record, read when the same is to be sent again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from studio.schema import Actor
from studio.store.base import Record, append
from studio.store.tables import event

Pairs = dict[str, tuple[str, str]]  # field -> sha256 of ours, sha256 of what the shop kept of it


class Sent(Record):
    """The memory of the connectors."""

    def mark_sent(
        self, id: str, revision: int, actor: Actor, *, detail: Mapping[str, Any], failed: bool
    ) -> None:
        """Notes what became of a listing. `detail`: the place, the manifest's sha256, the id
        there, the fields as in `last_sent`, and what the shop said."""
        kind = "send failed" if failed else "sent"
        with self._write() as connection:
            append(connection, actor, kind, listing=id, revision=revision, detail=dict(detail))

    def last_sent(self, ids: Sequence[str], place: str) -> dict[str, Pairs]:
        """For each listing that was sent there: what was last sent of each field."""
        query = (
            sa.select(event.c.listing, event.c.detail)
            .where(event.c.listing.in_(ids), event.c.kind == "sent")
            .order_by(event.c.number)
        )
        found: dict[str, Pairs] = {}
        with self._read() as connection:
            for id, detail in connection.execute(query):
                if detail.get("place") == place:
                    pairs = {f: (p[0], p[1]) for f, p in detail.get("fields", {}).items()}
                    found.setdefault(id, {}).update(pairs)
        return found

"""What left the house: exports, and what was sent to which shop. Lines of the record, read when the
same is to be sent again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa

from studio.errors import StateError
from studio.schema import Actor, State, now
from studio.store.base import append, append_all
from studio.store.reading import Reading
from studio.store.tables import event, listing

CHUNK = 200  # listings of an export that are marked in one transaction
NAMED = 1000  # of those that were changed meanwhile

Pairs = dict[str, tuple[str, str]]  # field -> sha256 of ours, sha256 of what the shop kept of it


class Sent(Reading):
    """The memory of exports and of the connectors."""

    def mark_exported(
        self, revisions: Iterable[tuple[str, int]], actor: Actor, *, detail: Mapping[str, Any]
    ) -> tuple[str, ...]:
        """Notes that these approved revisions (listing, number) went out.

        `detail` goes into the record: the folder, the manifest's sha256. Some hundred at a time, so
        that others write meanwhile. A listing that somebody changed since it was read stays as it
        is now, and the record tells all the same what went out; returns the first `NAMED` of those.
        Raises StateError for a revision that nobody ever approved.
        """
        changed: list[str] = []
        rest = iter(revisions)
        while chunk := list(islice(rest, CHUNK)):
            with self._write() as connection:
                left = self._went_out(connection, chunk, actor, detail)
            changed += left[: NAMED - len(changed)]
        return tuple(changed)

    def _went_out(
        self,
        connection: sa.Connection,
        chunk: Sequence[tuple[str, int]],
        actor: Actor,
        detail: Mapping[str, Any],
    ) -> list[str]:
        """Marks a chunk; the ids of those that no longer stand as they went out."""
        query = sa.select(listing.c.id, listing.c.state, listing.c.approved)
        query = query.where(listing.c.id.in_([id for id, _ in chunk]))
        heads = {row.id: row for row in connection.execute(query)}
        moved, left = [], []
        for id, number in chunk:
            if id not in heads:
                raise self._unknown(connection, id)
            if heads[id].approved == number:
                state = self._move(State(heads[id].state), "export", actor)
                moved.append({"key": id, "to": state.value, "then": now()})
            elif was_approved(connection, id, number):
                left.append(id)
            else:
                raise StateError(f"revision {number} of {id} was never approved", hint="approve it")
        append_all(connection, actor, "exported", [(*each, detail) for each in chunk])
        if moved:
            connection.execute(_MOVED, moved)
        return left

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


_MOVED = (
    listing.update()
    .where(listing.c.id == sa.bindparam("key"))
    .values(state=sa.bindparam("to"), updated=sa.bindparam("then"))
)


def was_approved(connection: sa.Connection, id: str, number: int) -> bool:
    """Whether somebody once approved that revision, whatever became of it."""
    mine = (event.c.listing == id, event.c.revision == number, event.c.kind == "approved")
    query = sa.select(event.c.number).where(*mine).limit(1)
    return connection.execute(query).first() is not None

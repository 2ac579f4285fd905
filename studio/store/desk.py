"""What the review desk adds: undoing, many approvals at once, comments, and who sees to what.

A comment is a line of the record like every other: hashed, never changed, and its writer's name
can be purged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from studio.errors import DeniedError, NotFoundError, StateError
from studio.schema import Actor, Event, Listing, State
from studio.store.base import append, to_event
from studio.store.listings import DONE, Listings, approvals, editors
from studio.store.names import names_of
from studio.store.tables import event, inputs, listing

DECIDED = ("approved", "rejected")
STEPS = ("generated", "edited", "exported", "undone", *DONE.values())
Hurdle = Callable[[Listing, Sequence[str], Actor], str]


class Standing(NamedTuple):
    """A listing's state and newest revision, the line that approved it (0: none), and the plan by
    which that was done unseen (0: none)."""

    state: str
    revision: int
    approval: int
    plan: int


class Desk(Listings):
    """Each method is one transaction with its line of the record."""

    def undo(self, id: str, actor: Actor, *, revision: int) -> Listing:
        """Takes back the actor's own approval or rejection, as long as it is the last thing that
        was done to the listing.

        Raises DeniedError when somebody else decided, StateError when there is nothing to undo.
        """
        with self._write() as connection:
            head = self._head(connection, id, revision)
            self._move(head.state, "undo", actor)
            last = _last_step(connection, id)
            if last is None or last.kind not in DECIDED:
                raise StateError(
                    f"the last thing done to {id} was no decision",
                    hint="open it, and see its history",
                )
            if last.actor != actor.name:
                raise DeniedError(
                    f"{last.actor} decided this, and nobody else takes it back",
                    hint=f"ask {last.actor}, or reject it with a reason",
                )
            state = State(last.detail["from"])
            told = {"from": head.state.value, "to": state.value, "undoes": last.number}
            append(connection, actor, "undone", listing=id, revision=revision, detail=told)
            approval = None
            if state in (State.APPROVED, State.EXPORTED):  # what was rejected had been approved
                approval = max(approvals(connection, id))
            change = {"state": state, "approved": revision if approval else None}
            return self._write_head(connection, head.model_copy(update=change), approval=approval)

    def approve_many(
        self, seen: Mapping[str, int], actor: Actor, hurdle: Hurdle, told: Mapping[str, Any]
    ) -> tuple[list[str], dict[str, str]]:
        """Approves these revisions in one transaction: (approved, id -> why not).

        What changed since it was seen, or may not be approved unseen, is left as it is.
        """
        done: list[str] = []
        left: dict[str, str] = {}
        with self._write() as connection:
            for id, number in seen.items():
                head = self._find(connection, id)
                if head is None or head.revision != number:
                    left[id] = "changed"
                elif why := hurdle(head, editors(connection, id), actor):
                    left[id] = why
                else:
                    self._decided(connection, head, "approve", actor, told)
                    done.append(id)
        return done, left

    def comment(self, id: str, words: str, actor: Actor, *, field: str = "") -> Event:
        """Adds a comment on a listing, or on one of its fields."""
        with self._write() as connection:
            head = self._head(connection, id, None)
            told = {"words": words, "field": field}
            number = head.revision
            return append(connection, actor, "commented", listing=id, revision=number, detail=told)

    def assign(self, id: str, person: str, due: date | None, actor: Actor) -> Listing:
        """Notes who is to see to a listing ("" for nobody) and until when."""
        with self._write() as connection:
            head = self._head(connection, id, None)
            names = names_of(connection)
            told = {
                "user": names.id(person) if person else "",
                "due": due.isoformat() if due else "",
            }
            append(connection, actor, "assigned", listing=id, detail=told)
            change = {"assignee": person, "due": due}
            return self._write_head(connection, head.model_copy(update=change))

    def authors(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """Who edited each listing since it was last approved."""
        with self._read() as connection:
            return {id: editors(connection, id) for id in ids}

    def approvals(self, id: str) -> dict[int, int]:
        """The approvals that were not taken back: number of the line -> revision."""
        with self._read() as connection:
            return approvals(connection, id)

    def standing(self, ids: Iterable[str]) -> dict[str, Standing]:
        """How listings stand; in a query for some hundred of them."""
        wanted, found = list(ids), {}
        with self._read() as connection:
            for start in range(0, len(wanted), 500):
                part = _STANDING.where(listing.c.id.in_(wanted[start : start + 500]))
                for row in connection.execute(part):
                    plan = (row.detail or {}).get("plan", 0)
                    found[row.id] = Standing(row.state, row.revision, row.approval or 0, plan)
        return found

    def event(self, number: int) -> Event:
        """One line of the record. Raises NotFoundError."""
        with self._read() as connection:
            row = connection.execute(sa.select(event).where(event.c.number == number)).first()
            if row is None:
                raise NotFoundError(f"the record has no line {number}")
            return to_event(row, names_of(connection))

    def inputs(self, digest: str) -> dict[str, Any]:
        """What was made from; empty where an older Studio made it."""
        query = sa.select(inputs.c.document).where(inputs.c.digest == digest)
        with self._read() as connection:
            found: dict[str, Any] | None = connection.execute(query).scalar()
            return found or {}


_STANDING = sa.select(
    listing.c.id, listing.c.state, listing.c.revision, listing.c.approval, event.c.detail
).outerjoin_from(listing, event, event.c.number == listing.c.approval)


def _last_step(connection: sa.Connection, id: str) -> Event | None:
    query = sa.select(event).where(event.c.listing == id, event.c.kind.in_(STEPS))
    row = connection.execute(query.order_by(event.c.number.desc()).limit(1)).first()
    return to_event(row, names_of(connection)) if row else None

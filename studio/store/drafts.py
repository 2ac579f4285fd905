"""Drafts become revisions: what a machine wrote is stored, what a person wrote is never buried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from studio.errors import StateError
from studio.schema import Actor, Draft, Listing, State, content_digest, now
from studio.store.base import append, plain
from studio.store.reading import Reading
from studio.store.rows import (
    HEADS,
    checks_of,
    document,
    known_listing,
    queue_key,
    revision_row,
    to_listing,
)
from studio.store.tables import listing, revision


class Drafts(Reading):
    """Saves drafts, and holds the parts of every transaction that writes a listing."""

    def save_draft(self, draft: Draft, actor: Actor, *, revision: int | None = None) -> Listing:
        """Stores a draft as the newest revision of its listing; see `save_drafts`."""
        return self.save_drafts([draft], actor, revisions={listing_id(draft): revision})[0]

    def save_drafts(
        self,
        drafts: Sequence[Draft],
        actor: Actor,
        *,
        revisions: Mapping[str, int | None] | None = None,
    ) -> list[Listing]:
        """Stores drafts in one transaction, their blobs before it.

        `revisions` tells for a listing's id which revision was newest when its work began (0 for
        none). Without it a draft may replace a machine's draft, but not what a person wrote,
        submitted or approved: that raises StateError. A draft that is stored already (same inputs,
        same content) adds nothing. Raises NotFoundError for an unknown product.
        """
        for draft in drafts:
            self._put_blobs(draft)
        seen = revisions or {}
        with self._write() as connection:
            return [
                self._save_draft(connection, draft, actor, seen.get(listing_id(draft)))
                for draft in drafts
            ]

    # --- the parts of a transaction --------------------------------------------------------------

    def _save_draft(
        self, connection: sa.Connection, draft: Draft, actor: Actor, seen: int | None
    ) -> Listing:
        id = listing_id(draft)
        row = connection.execute(HEADS.where(listing.c.id == id)).first()
        if row is None:
            return self._new_listing(connection, draft, actor, seen)
        head = to_listing(row)
        if same_draft(head, draft):
            return self._write_head(connection, head.model_copy(update={"stale": ""}))
        _guard(connection, head, seen)
        state = self._move(head.state, "generate", actor)
        new = head.model_copy(
            update={
                **_of_draft(draft),
                "state": state,
                "revision": head.revision + 1,
                "author": actor.name,
            }
        )
        return self._add_revision(connection, new, "generated", actor, {"inputs": draft.digest})

    def _new_listing(
        self, connection: sa.Connection, draft: Draft, actor: Actor, seen: int | None
    ) -> Listing:
        id = listing_id(draft)
        if seen:
            raise StateError(f"{id} is not in the store, but revision {seen} was named")
        known_listing(connection, draft)
        new = Listing(
            id=plain(id, "a listing's id", 400),
            product=draft.product,
            channel=draft.brief.channel,
            locale=draft.brief.locale,
            revision=1,
            author=actor.name,
            **_of_draft(draft),
        )
        state = self._move(State.DRAFT, "generate", actor)
        number = 1 + (connection.execute(sa.select(sa.func.max(listing.c.number))).scalar() or 0)
        values = {
            "number": number,
            **new.model_dump(include={"id", "product", "channel", "locale"}),
            "brief": document(new.brief),
            "state": state.value,
            "revision": 0,
            "author": actor.name,
            "updated": now(),
            "queue_key": queue_key(number, new.findings),
        }
        connection.execute(listing.insert().values(**values))
        return self._add_revision(connection, new, "generated", actor, {"inputs": draft.digest})

    def _add_revision(
        self,
        connection: sa.Connection,
        new: Listing,
        kind: str,
        actor: Actor,
        detail: dict[str, Any],
    ) -> Listing:
        row = revision_row(new, kind, now())
        connection.execute(revision.insert().values(**row))
        append(
            connection,
            actor,
            kind,
            listing=new.id,
            revision=new.revision,
            detail={**detail, "digest": row["digest"], "hash": row["hash"]},
            at=row["at"],
        )
        new = new.model_copy(update={"approved": None})
        same = all(f.waived is None for f in new.findings)
        return self._write_head(
            connection, new, approval=None, checks=None if same else checks_of(new)
        )

    def _write_head(self, connection: sa.Connection, new: Listing, **columns: Any) -> Listing:
        """Writes the head's own columns; those of its identity never change."""
        values = {
            "brief": document(new.brief),
            "state": new.state.value,
            "revision": new.revision,
            "approved": new.approved,
            "stale": new.stale,
            "digest": new.digest,
            "author": new.author,
            "updated": now(),
            **columns,
        }
        number = sa.select(listing.c.number).where(listing.c.id == new.id)
        values["queue_key"] = queue_key(connection.execute(number).scalar_one(), new.findings)
        connection.execute(listing.update().where(listing.c.id == new.id).values(**values))
        return new.model_copy(update={"updated": values["updated"]})

    def _head(self, connection: sa.Connection, id: str, seen: int | None) -> Listing:
        """The listing in this transaction, if its newest revision is the one that was seen."""
        row = connection.execute(HEADS.where(listing.c.id == id)).first()
        if row is None:
            raise self._unknown(connection, id)
        head = to_listing(row)
        if seen is not None and head.revision != seen:
            raise _moved(connection, head, seen)
        return head


def listing_id(draft: Draft) -> str:
    """ "<product>/<channel>/<locale>"."""
    return f"{draft.product}/{draft.brief.channel}/{draft.brief.locale}"


def same_draft(head: Listing, draft: Draft) -> bool:
    """Whether the draft is what the listing holds already: nothing is to be written twice."""
    made = content_digest(draft.text, draft.pictures)
    return head.digest == draft.digest and head.content_digest == made


def _of_draft(draft: Draft) -> dict[str, Any]:
    return {
        "brief": draft.brief,
        "text": draft.text,
        "pictures": draft.pictures,
        "claims": draft.claims,
        "findings": tuple(f.model_copy(update={"waived": None}) for f in draft.findings),
        "digest": draft.digest,
        "stale": "",
    }


def _guard(connection: sa.Connection, head: Listing, seen: int | None) -> None:
    """A draft that was begun before somebody wrote must not bury what he wrote."""
    if seen is not None:
        if seen != head.revision:
            raise _moved(connection, head, seen)
        return
    kind = sa.select(revision.c.kind).where(
        revision.c.listing == head.id, revision.c.number == head.revision
    )
    sacred = connection.execute(kind).scalar() == "edited"
    if sacred or head.state in (State.SUBMITTED, State.APPROVED, State.EXPORTED):
        raise StateError(
            f"{head.id} is {head.state.value} with the words of {head.author}; a new draft would "
            "replace it",
            hint="generate it by name: then the revision that is replaced is known",
        )


def _moved(connection: sa.Connection, head: Listing, seen: int) -> StateError:
    query = sa.select(revision.c.author, revision.c.at).where(
        revision.c.listing == head.id, revision.c.number == head.revision
    )
    author, at = connection.execute(query).one()
    return StateError(
        f"{author} changed {head.id} at {at:%Y-%m-%d %H:%M:%S} UTC: it is at revision "
        f"{head.revision}, and you read revision {seen}",
        hint="open it again, look at what changed, and repeat yours",
    )

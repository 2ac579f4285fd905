"""Drafts become revisions: what a machine wrote is stored, what a person wrote is never buried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from pydantic_core import to_jsonable_python
from sqlalchemy.dialects import postgresql, sqlite

from studio.errors import NotFoundError, StateError
from studio.schema import Actor, Draft, Listing, State, content_digest, now
from studio.store.base import append
from studio.store.names import names_of, plain
from studio.store.reading import Reading
from studio.store.rows import (
    HEAD,
    checks_of,
    head_values,
    queue_key,
    revision_row,
    to_listing,
)
from studio.store.tables import inputs, listing, product, revision


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
        place = connection.execute(_PLACE, {"of": draft.product, "key": id}).one()
        if place.there is None:
            return self._new_listing(connection, draft, actor, seen, place)
        head = self._head(connection, id, None)
        if same_draft(head, draft):
            return self._write_head(connection, head.model_copy(update={"stale": ""}))
        _guard(connection, head, seen)
        keep_inputs(connection, draft.digest, draft.inputs)
        state = self._move(head.state, "generate", actor)
        change = {"state": state, "revision": head.revision + 1, "author": actor.name}
        new = head.model_copy(update={**_of_draft(draft), **change})
        return self._add_revision(connection, new, "generated", actor, {"inputs": draft.digest})

    def _new_listing(
        self,
        connection: sa.Connection,
        draft: Draft,
        actor: Actor,
        seen: int | None,
        place: sa.Row[Any],
    ) -> Listing:
        id = plain(listing_id(draft), "a listing's id", 400)
        if seen:
            raise StateError(f"{id} is not in the store, but revision {seen} was named")
        if place.product is None:
            message = f"no product {draft.product!r} in the store"
            raise NotFoundError(message, hint="import its catalog first")
        keep_inputs(connection, draft.digest, draft.inputs)
        new = Listing(
            id=id,
            product=draft.product,
            channel=draft.brief.channel,
            locale=draft.brief.locale,
            state=self._move(State.DRAFT, "generate", actor),
            revision=1,
            author=actor.name,
            updated=now(),
            **_of_draft(draft),
        )
        number = 1 + (place.last or 0)
        identity = new.model_dump(include={"id", "product", "channel", "locale"})
        key = queue_key(number, new.findings)
        values = head_values(new, names_of(connection))
        row = {"number": number, "queue_key": key, **identity, **values}
        connection.execute(_NEW_LISTING, row)
        self._record(connection, new, "generated", actor, {"inputs": draft.digest})
        return new

    def _add_revision(
        self,
        connection: sa.Connection,
        new: Listing,
        kind: str,
        actor: Actor,
        detail: dict[str, Any],
    ) -> Listing:
        """The next revision of a listing; whatever was approved before no longer is."""
        self._record(connection, new, kind, actor, detail)
        waived = any(f.waived for f in new.findings)
        return self._write_head(
            connection,
            new.model_copy(update={"approved": None}),
            approval=None,
            checks=checks_of(new, names_of(connection)) if waived else None,
        )

    def _record(
        self,
        connection: sa.Connection,
        new: Listing,
        kind: str,
        actor: Actor,
        detail: dict[str, Any],
    ) -> None:
        row = revision_row(new, kind, now(), names_of(connection))
        connection.execute(_NEW_REVISION, row)
        append(
            connection,
            actor,
            kind,
            listing=new.id,
            revision=new.revision,
            detail={**detail, "digest": row["digest"], "hash": row["hash"]},
            at=row["at"],
        )

    def _write_head(self, connection: sa.Connection, new: Listing, **columns: Any) -> Listing:
        """Writes the head's own columns; those of its identity never change."""
        new = new.model_copy(update={"updated": now()})
        values = head_values(new, names_of(connection)) | columns
        key = {"key": new.id, "before": queue_key(0, new.findings)}
        connection.execute(_UPDATE, {**values, **key})
        return new

    def _find(self, connection: sa.Connection, id: str) -> Listing | None:
        row = connection.execute(HEAD, {"key": id}).first()
        return to_listing(row, names_of(connection)) if row else None

    def _head(self, connection: sa.Connection, id: str, seen: int | None) -> Listing:
        """The listing in this transaction, if its newest revision is the one that was seen."""
        head = self._find(connection, id)
        if head is None:
            raise self._unknown(connection, id)
        if seen is not None and head.revision != seen:
            raise _moved(connection, head, seen)
        return head


_NEW_LISTING, _NEW_REVISION = listing.insert(), revision.insert()
_PLACE: sa.Select[Any] = sa.select(  # the last number, and whether product and listing are there
    sa.select(sa.func.max(listing.c.number)).scalar_subquery().label("last"),
    sa.select(product.c.id).where(product.c.id == sa.bindparam("of")).scalar_subquery()
    .label("product"),
    sa.select(listing.c.id).where(listing.c.id == sa.bindparam("key")).scalar_subquery()
    .label("there"),
)  # fmt: skip
_KEEP = {  # what is there already stays; each database has its own words for that
    "sqlite": sqlite.insert(inputs).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(inputs).on_conflict_do_nothing(),
}
_UPDATE = (
    listing.update()
    .where(listing.c.id == sa.bindparam("key"))
    .values(queue_key=sa.bindparam("before", type_=sa.BigInteger) + listing.c.number)
)


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


def keep_inputs(connection: sa.Connection, digest: str, held: Mapping[str, Any]) -> None:
    """What was made from, once, so that it can be told what has changed since."""
    if held:
        row = {"digest": digest, "document": to_jsonable_python(held)}
        connection.execute(_KEEP[connection.dialect.name], row)


def _guard(connection: sa.Connection, head: Listing, seen: int | None) -> None:
    """A draft that was begun before somebody wrote must not bury what he wrote."""
    if seen is not None:
        if seen != head.revision:
            raise _moved(connection, head, seen)
        return
    kind = sa.select(revision.c.kind).where(
        revision.c.listing == head.id, revision.c.number == head.revision
    )
    if connection.execute(kind).scalar() == "edited":
        done = f"{head.author} edited {head.id}"
    elif head.state in (State.SUBMITTED, State.APPROVED, State.EXPORTED):
        done = f"{head.id} is {head.state.value}"
    else:
        return
    raise StateError(
        f"{done}: a new draft would replace that",
        hint="generate this listing by itself: then you see what is replaced",
    )


def _moved(connection: sa.Connection, head: Listing, seen: int) -> StateError:
    query = sa.select(revision.c.author, revision.c.at).where(
        revision.c.listing == head.id, revision.c.number == head.revision
    )
    author, at = connection.execute(query).one()
    who = names_of(connection).name(author)
    return StateError(
        f"{who} changed {head.id} at {at:%Y-%m-%d %H:%M:%S} UTC: it is at revision "
        f"{head.revision}, and you read revision {seen}",
        hint="open it again, look at what changed, and repeat yours",
    )

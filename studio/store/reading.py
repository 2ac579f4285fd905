"""Reading listings: one, a page of the queue, the revisions, and what may be exported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from studio.errors import NotFoundError, StateError
from studio.schema import Draft, Listing, Product, State, content_digest
from studio.store import words
from studio.store.base import event_hash
from studio.store.media import Media
from studio.store.names import names_of
from studio.store.nouns import Move, Page, Revision
from studio.store.products import Products
from studio.store.rows import HEAD, HEADS, to_listing, to_revision
from studio.store.tables import event, listing, product, revision


class Reading(Products):
    """What only looks at listings."""

    media: Media
    _move: Move
    # The newest line of the record when the listings were counted, and what was counted.
    _counted: tuple[int, dict[str, dict[str, int]]] = (-1, {})

    def listing(self, id: str) -> Listing:
        """One listing. Raises NotFoundError with the near ids."""
        with self._read() as connection:
            row = connection.execute(HEAD, {"key": id}).first()
            if row is None:
                raise self._unknown(connection, id)
            return to_listing(row, names_of(connection))

    def listings(
        self,
        *,
        state: State | None = None,
        channel: str = "",
        product: str = "",
        stale: bool = False,
        search: str = "",
        assignee: str = "",
        overdue: date | None = None,
        after: int = 0,
        limit: int = 50,
    ) -> Page[Listing, int]:
        """A page of the queue: the riskiest first, then the oldest.

        `stale`: only those that should be made again. `search`: in ids, titles and brands of the
        products. `overdue`: what was to be done before that day and is not.
        """
        key = listing.c.queue_key
        chosen = [key > after, *_filters(state, channel, product, stale), *_late(overdue)]
        with self._read() as connection:
            names = names_of(connection)
            if assignee:
                chosen.append(listing.c.assignee == (names.find(assignee) or assignee))
            if search:
                chosen = [key.in_(_searched(connection, chosen, search, limit))]
            rows = connection.execute(HEADS.where(*chosen).order_by(key).limit(limit)).all()
            items = tuple(to_listing(row, names) for row in rows)
        return Page(items, rows[-1].queue_key if len(rows) == limit else None)

    def listing_digest(self, id: str) -> str:
        """The digest of the inputs that the listing was made from; "" when there is none."""
        return self.listing_digests([id]).get(id, "")

    def listing_digests(self, ids: Iterable[str]) -> dict[str, str]:
        """The same for many: id -> digest, of those that are in the store."""
        wanted = list(ids)
        query = sa.select(listing.c.id, listing.c.digest)
        found: dict[str, str] = {}
        with self._read() as connection:
            for start in range(0, len(wanted), 500):
                part = query.where(listing.c.id.in_(wanted[start : start + 500]))
                found |= {row.id: row.digest for row in connection.execute(part)}
        return found

    def marks(self, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """For many: id -> (digest of what it was made from, names of the facts that changed)."""
        wanted = list(ids)
        query = sa.select(listing.c.id, listing.c.digest, listing.c.stale)
        found: dict[str, tuple[str, str]] = {}
        with self._read() as connection:
            for start in range(0, len(wanted), 500):
                part = query.where(listing.c.id.in_(wanted[start : start + 500]))
                found |= {row.id: (row.digest, row.stale) for row in connection.execute(part)}
        return found

    def revisions(self, id: str) -> tuple[Revision, ...]:
        """All saved versions of a listing, the oldest first."""
        query = sa.select(revision).where(revision.c.listing == id).order_by(revision.c.number)
        with self._read() as connection:
            rows = connection.execute(query).all()
            if not rows:
                raise self._unknown(connection, id)
            names = names_of(connection)
            return tuple(to_revision(row, names) for row in rows)

    def revision(self, id: str, number: int) -> Revision:
        """One saved version. Raises NotFoundError."""
        query = sa.select(revision).where(revision.c.listing == id, revision.c.number == number)
        with self._read() as connection:
            row = connection.execute(query).first()
            if row is None:
                raise NotFoundError(f"{id} has no revision {number}", hint="see its revisions")
            return to_revision(row, names_of(connection))

    def approved(
        self, channel: str, *, new_only: bool = False, approvers: dict[str, str] | None = None
    ) -> Iterator[tuple[Product, Listing]]:
        """What may be exported to a channel, by id, in one snapshot and at constant memory.

        `new_only`: without what was exported already. Each listing is proved against the line of
        the record that approved it; raises StateError when its content is not what was approved.
        `approvers` tells who approved the one in hand: its id -> the name.
        """
        query = (
            HEADS.add_columns(product.c.document, *_APPROVAL)
            .join(product, product.c.id == listing.c.product)
            .outerjoin(event, event.c.number == listing.c.approval)
            .where(listing.c.channel == channel, listing.c.approved.is_not(None))
            .order_by(listing.c.id)
        )
        if new_only:  # an expression, so that no index of states tempts to sort all rows by id
            query = query.where(listing.c.state + "" == State.APPROVED.value)
        with self._read() as connection:
            names = names_of(connection)
            for row in connection.execution_options(yield_per=200).execute(query):
                item = to_listing(row, names)
                prove(item, row._mapping)
                if approvers is not None:
                    approvers.clear()
                    approvers[item.id] = names.name(row.event_actor)
                yield Product.model_validate_json(row.document), item

    def exported(self, manifest: str) -> bool:
        """Whether the record tells of an export whose manifest has that sha256."""
        told = sa.type_coerce(event.c.detail, sa.Text).contains(manifest, autoescape=True)
        query = sa.select(event.c.number).where(event.c.kind == "exported", told).limit(1)
        with self._read() as connection:
            return connection.execute(query).first() is not None

    def counts(self) -> dict[str, dict[str, int]]:
        """How many listings there are: channel -> state -> number.

        They are counted again when the record has grown: a listing is made and moved with a line.
        """
        query = sa.select(listing.c.channel, listing.c.state, sa.func.count()).group_by(
            listing.c.channel, listing.c.state
        )
        with self._read() as connection:
            newest = connection.execute(sa.select(sa.func.max(event.c.number))).scalar() or 0
            at, told = self._counted
            if at != newest:
                told = {}
                for channel, state, number in connection.execute(query):
                    told.setdefault(channel, {})[state] = number
                self._counted = newest, told
        return {channel: dict(states) for channel, states in told.items()}

    def _put_blobs(self, draft: Draft) -> None:
        for name, data in draft.blobs.items():
            stored = self.media.put(data)
            if stored != name:
                raise StateError(
                    f"a picture of {draft.product} is named {name[:12]}…, but its "
                    f"bytes are {stored[:12]}…"
                )
        for picture in draft.pictures:
            if not self.media.has(picture.sha256):
                raise NotFoundError(
                    f"the picture {picture.slot} of {draft.product} is missing",
                    hint="generate it again",
                )

    def _unknown(self, connection: sa.Connection, id: str) -> NotFoundError:
        product_id = id.rsplit("/", 2)[0]
        query = sa.select(listing.c.id).where(listing.c.product == product_id).limit(20)
        near = list(connection.execute(query).scalars())
        query = sa.select(listing.c.id).where(listing.c.id >= id).order_by(listing.c.id).limit(20)
        return NotFoundError.of("listing", id, near or connection.execute(query).scalars())


OPEN = (State.DRAFT.value, State.SUBMITTED.value, State.REJECTED.value)
_APPROVAL = [column.label(f"event_{column.name}") for column in event.c]


def prove(item: Listing, values: Any) -> None:
    """Raises StateError unless the record holds an approval of exactly this content.

    `values`: a row with the columns of the approving event as event_*.
    """
    line = {c.name: values[f"event_{c.name}"] for c in event.c}
    fits = (
        line["number"] is not None
        and line["kind"] == "approved"
        and (line["listing"], line["revision"]) == (item.id, item.approved)
        and item.approved == item.revision
        and line["detail"].get("digest") == content_digest(item.text, item.pictures)
        and line["hash"] == event_hash(line)
    )
    if not fits:
        raise StateError(
            f"{item.id} is not what was approved: its content or its approval was changed outside "
            "of Studio",
            hint="run studio verify; then look at it and approve it again",
        )


def _late(day: date | None) -> list[sa.ColumnElement[bool]]:
    if day is None:
        return []
    # Literal, as for the stale ones below.
    named = listing.c.due != sa.literal_column("''")
    return [named, listing.c.due < day.isoformat(), listing.c.state.in_(OPEN)]


def _searched(
    connection: sa.Connection, chosen: Sequence[sa.ColumnElement[bool]], search: str, limit: int
) -> list[int]:
    """The places in the queue of the first listings whose products have the words."""
    rows = sa.select(listing.c.queue_key.label("key"), listing.c.product).where(*chosen)
    # No EXISTS: PostgreSQL would rather read every product once than look up those of some rows.
    fit = sa.select(words.fits(search)).where(product.c.id == listing.c.product).scalar_subquery()
    found = words.first(connection, rows, lambda c: [c.key], fit, search, limit)
    return [row.key for row in found]


def _filters(
    state: State | None, channel: str, product_id: str, stale: bool
) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if state is not None:
        found.append(listing.c.state == state.value)
    if channel:
        found.append(listing.c.channel == channel)
    if product_id:
        found.append(listing.c.product == product_id)
    if stale:
        # Literal, not a parameter: only then do both databases use the index of stale ones.
        found.append(listing.c.stale != sa.literal_column("''"))
    return found

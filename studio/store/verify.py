"""Proves that the record, the revisions and the approvals are what was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from studio.errors import StateError
from studio.schema import content_digest
from studio.store.base import FIRST, event_hash
from studio.store.names import names_of
from studio.store.reading import _APPROVAL, Reading, prove
from studio.store.rows import HEADS, Checks, Content, revision_hash, to_listing
from studio.store.tables import APPEND_ONLY, event, listing, revision

WRITTEN = ("generated", "edited")


class Verify(Reading):
    """`studio verify`, for the database."""

    def verify(self, anchors: Mapping[int, str] | None = None) -> list[str]:
        """Problems in plain words; empty when all is well.

        Walks the chain of events, every revision's hash against the line that recorded it, every
        head against its newest revision and every approval against its content. `anchors`: numbers
        and hashes of lines that were kept elsewhere (see `head`); only they can show that the end
        of the record was cut off or all of it was written anew.
        """
        try:
            with self._read() as connection:
                return [problem for walk in self._walks(connection, anchors) for problem in walk]
        except StateError as error:  # not even a transaction could begin or end
            return [error.message]

    def _walks(
        self, connection: sa.Connection, anchors: Mapping[int, str] | None
    ) -> Iterator[Iterator[str]]:
        if self.kind == "sqlite":
            yield _through(_file(connection))
        yield _through(_triggers(connection))
        yield _through(_chain(connection, anchors or {}))
        yield _through(_revisions(connection))
        yield _through(_heads(connection))


def _through(walk: Iterator[str]) -> Iterator[str]:
    """All that a walk finds; a value that can not even be read ends it and is a problem too."""
    try:
        yield from walk
    except ValueError as error:
        yield f"the database holds a value that Studio can not have written: {error}"
    except sa.exc.DBAPIError as error:
        yield f"the database file is damaged: {error.orig}"


def _file(connection: sa.Connection) -> Iterator[str]:
    """SQLite's own look at every page of the file."""
    for line in connection.exec_driver_sql("PRAGMA quick_check(5)").scalars():
        if line != "ok":
            yield f"the database file is damaged: {line}"


def _triggers(connection: sa.Connection) -> Iterator[str]:
    """What refuses changes must be there; that it was always there nobody can know."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT%'"
        wanted = [f"{t}_no_{did}" for t in APPEND_ONLY for did in ("update", "delete", "replace")]
    else:
        query = "SELECT tgname FROM pg_trigger WHERE tgenabled = 'A'"
        wanted = [f"{table}_append_only" for table in APPEND_ONLY]
    found = set(connection.exec_driver_sql(query).scalars())
    for name in wanted:
        if name not in found:
            yield f"the database no longer refuses changes: its trigger {name} was taken away"


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[sa.Row[Any]]:
    return iter(connection.execution_options(yield_per=1000).execute(query))


def _chain(connection: sa.Connection, anchors: Mapping[int, str]) -> Iterator[str]:
    previous, number, missing = FIRST, 0, dict(anchors)
    names = names_of(connection)
    for row in _rows(connection, sa.select(event).order_by(event.c.number)):
        number += 1
        if row.number != number:
            yield f"event {number} is missing: the next one is {row.number}"
            number = row.number
        elif row.previous != previous:
            yield f"event {number} does not follow event {number - 1}: one of them was replaced"
        if row.hash != event_hash(dict(row._mapping)):
            who = names.name(row.actor)
            yield f"event {number} ({row.kind} by {who}) was changed after it was written"
        if missing.pop(number, row.hash) != row.hash:
            yield f"event {number} is not the one that was anchored: the record was written anew"
        previous = row.hash
    for number in sorted(missing):
        yield f"event {number} was anchored and is missing: the end of the record was cut off"


def _revisions(connection: sa.Connection) -> Iterator[str]:
    lines = sa.and_(
        event.c.listing == revision.c.listing,
        event.c.revision == revision.c.number,
        event.c.kind.in_(WRITTEN),
    )
    query = sa.select(revision, event.c.detail).outerjoin_from(revision, event, lines)
    for row in _rows(connection, query):
        name = f"revision {row.number} of {row.listing}"
        values = {c.name: row._mapping[c.name] for c in revision.c}
        if row.detail is None:
            yield f"{name} is in no line of the record"
        elif row.detail.get("hash") != row.hash:
            yield f"{name} is not the one that was recorded"
        if row.hash != revision_hash(values):
            yield f"{name} was changed after it was written"
            continue
        content = Content.model_validate_json(row.content)
        if row.digest != content_digest(content.text, content.pictures):
            yield f"{name} does not have the content that its digest names"
    lost = (
        sa.select(event.c.listing, event.c.revision)
        .outerjoin(revision, lines)
        .where(event.c.kind.in_(WRITTEN), revision.c.number.is_(None))
    )
    for row in _rows(connection, lost):
        yield f"revision {row.revision} of {row.listing} is recorded and is missing"


def _heads(connection: sa.Connection) -> Iterator[str]:
    newest = (
        sa.select(revision.c.listing, sa.func.max(revision.c.number).label("number"))
        .group_by(revision.c.listing)
        .subquery()
    )
    wrong = (
        sa.select(listing.c.id, listing.c.revision, newest.c.number)
        .outerjoin(newest, newest.c.listing == listing.c.id)
        .where(sa.func.coalesce(newest.c.number, -1) != listing.c.revision)
    )
    for row in _rows(connection, wrong):
        yield f"{row.id} says revision {row.revision}, but its newest is {row.number}"
    approved = (
        HEADS.add_columns(*_APPROVAL)
        .outerjoin(event, event.c.number == listing.c.approval)
        .where(listing.c.state.in_(["approved", "exported"]))
    )
    for row in _rows(connection, approved):
        try:
            prove(to_listing(row, names_of(connection)), row._mapping)
        except StateError as error:
            yield error.message
    yield from _waivers(connection)


def _waivers(connection: sa.Connection) -> Iterator[str]:
    """A waiver lies in the head, which may change; each must be in the record."""
    query = sa.select(listing.c.id, listing.c.checks).where(listing.c.checks.is_not(None))
    for row in _rows(connection, query):
        id, checks = row.id, row.checks
        waived = {f.key: f for f in Checks.model_validate_json(checks).findings if f.waived}
        lines = sa.select(event.c.detail).where(event.c.listing == id, event.c.kind == "waived")
        known = {detail.get("finding") for detail in connection.execute(lines).scalars()}
        for key in waived.keys() - known:
            yield f"{id} has a waiver for “{waived[key].match}” that nobody gave"

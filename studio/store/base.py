"""A database with two kinds of transactions, and the record that every change is written to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic_core import to_jsonable_python

from studio.errors import StateError
from studio.schema import Actor, Event, digest_of, now
from studio.store.engine import open_engine, plain_errors, warnings
from studio.store.kept import check_key
from studio.store.migrate import HEAD, SEALED, upgrade, version
from studio.store.names import Names, names_of
from studio.store.nouns import Page
from studio.store.tables import event
from studio.store.vault import Vault

WRITER_LOCK = 7_283_901  # any number, the same in every process: PostgreSQL's advisory lock
FIRST = "0" * 64


class Database:
    """Transactions and the record; the other parts of the store are built on it."""

    def __init__(
        self, url: str, *, vault: Vault, read_only: bool = False, encrypted: bool = False
    ) -> None:
        self.vault, self.read_only = vault, read_only
        key = vault.database_key if encrypted else None
        self._engine = open_engine(url, read_only=read_only, key=key)
        self.kind: str = self._engine.dialect.name
        options: dict[str, Any] = {"reading": True}
        if self.kind == "postgresql":  # one snapshot for all statements, as SQLite has it
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = self._engine.execution_options(**options)

    def migrate(self) -> None:
        """Creates or upgrades the tables, all or nothing; at once when they are up to date.

        The first time it makes the key file; later a missing or another one is a SetupError.
        """
        with plain_errors():
            found = version(self._engine)
            if found != HEAD:
                self._writable()
                if found < SEALED:
                    self.vault.make()
                upgrade(self._engine, self.vault, WRITER_LOCK)
        with self._read() as connection:
            check_key(connection, self.vault)

    def close(self) -> None:
        """Closes all connections; the object can not be used after."""
        self._engine.dispose()

    def health(self) -> dict[str, Any]:
        """For `studio doctor`: database, version, warnings (empty when all is well)."""
        with self._read() as connection:
            if self.kind == "postgresql":
                version = connection.exec_driver_sql("SHOW server_version").scalar_one()
                return {"database": "PostgreSQL", "version": version, "warnings": []}
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        module: Any = self._engine.dialect.dbapi
        found = warnings(module)
        if mode != "wal" and not found:
            found.append(f"the journal mode is {mode}: readers and writers wait for each other")
        return {
            "database": "SQLite",
            "driver": module.__name__,
            "version": module.sqlite_version,
            "warnings": found,
        }

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        """One snapshot of the database."""
        with plain_errors(), self._reader.begin() as connection:
            yield self._told(connection)

    @contextmanager
    def _write(self, *, alone: bool = True) -> Iterator[sa.Connection]:
        """A transaction that is on the disk when it ends, or never was.

        `alone`: one writer at a time, on PostgreSQL too. Whatever appends to the record needs it,
        for each line holds the hash of the one before.
        """
        self._writable()
        with plain_errors(), self._engine.begin() as connection:
            if alone and self.kind == "postgresql":
                connection.execute(_ONE_WRITER)
            yield self._told(connection)

    def _told(self, connection: sa.Connection) -> sa.Connection:
        """The connection, which from now on knows who is who."""
        return connection.execution_options(names=Names(connection, self.vault))

    def _sweep(self, tables: Sequence[str]) -> None:
        """What was just removed from these is not left in a log or in old versions of rows."""
        with plain_errors():
            if self.kind == "postgresql":
                alone = self._engine.execution_options(isolation_level="AUTOCOMMIT")
                with alone.connect() as connection:
                    connection.exec_driver_sql(f"VACUUM {', '.join(tables)}")
                return
            raw = self._engine.raw_connection()  # a checkpoint can not be in a transaction
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                raw.close()

    def _writable(self) -> None:
        if self.read_only:
            raise StateError("this database was opened for reading", hint="open it for writing")


class Record(Database):
    """The record of who did what: append-only, each line with the hash of the one before."""

    def events(self, *, listing: str = "", after: int = 0, limit: int = 50) -> Page[Event, int]:
        """Lines in the order they were written, from the one after number `after`."""
        query = sa.select(event).where(event.c.number > after).order_by(event.c.number)
        if listing:
            query = query.where(event.c.listing == listing)
        with self._read() as connection:
            names = names_of(connection)
            items = tuple(to_event(row, names) for row in connection.execute(query.limit(limit)))
        return Page(items, items[-1].number if len(items) == limit else None)

    def head(self) -> Event | None:
        """The newest line. Keep its number and hash elsewhere (an export's manifest, a printed
        page): `verify` can then prove that nothing before it was cut off or written anew."""
        with self._read() as connection:
            row = connection.execute(NEWEST).first()
            return to_event(row, names_of(connection)) if row else None

    def note(self, kind: str, actor: Actor, detail: dict[str, Any]) -> Event:
        """Adds a line that belongs to no listing (a sign-in, a setting that was changed)."""
        with self._write() as connection:
            return append(connection, actor, kind, detail=detail)


_ONE_WRITER = sa.select(sa.func.pg_advisory_xact_lock(WRITER_LOCK))
NEWEST = sa.select(event).order_by(event.c.number.desc()).limit(1)
_TAIL = sa.select(event.c.number, event.c.hash).order_by(event.c.number.desc()).limit(1)
_INSERT = event.insert()


def append(
    connection: sa.Connection,
    actor: Actor,
    kind: str,
    *,
    listing: str = "",
    revision: int | None = None,
    detail: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> Event:
    """Writes one line of the record in the transaction of what it tells of."""
    (row,) = append_all(connection, actor, kind, [(listing, revision, detail or {})], at=at)
    return _event(row, names_of(connection))


def append_all(
    connection: sa.Connection,
    actor: Actor,
    kind: str,
    lines: Iterable[tuple[str, int | None, Mapping[str, Any]]],
    *,
    at: datetime | None = None,
) -> list[dict[str, Any]]:
    """The same for many lines of a kind, each a listing, a revision and details; their rows."""
    last = connection.execute(_TAIL).first()
    number, previous = (last.number, last.hash) if last else (0, FIRST)
    who, rows = names_of(connection).id(actor.name), []
    for place, (listing, revision, detail) in enumerate(lines, number + 1):
        values = {
            "number": place,
            "at": at or now(),
            "actor": who,
            "kind": kind,
            "listing": listing,
            "revision": revision,
            # As JSON gives it back (no tuples, dates or paths): the hash is over what can be read.
            "detail": to_jsonable_python({"role": actor.role.value, **detail}),
            "previous": previous,
        }
        previous = event_hash(values)
        rows.append({**values, "hash": previous})
    if rows:
        connection.execute(_INSERT, rows)
    return rows


def event_hash(values: dict[str, Any]) -> str:
    """sha256 over all of a line but its own hash."""
    told = {key: value for key, value in values.items() if key != "hash"}
    return digest_of({**told, "at": told["at"].isoformat()})


def to_event(row: sa.Row[Any], names: Names) -> Event:
    """The noun of a row of the table `event`, with the names of its people. Its hash is over the
    row, which holds their ids."""
    return _event(dict(row._mapping), names)


def _event(values: dict[str, Any], names: Names) -> Event:
    detail = values["detail"]
    if isinstance(who := detail.get("user"), str):
        detail = {**detail, "user": names.name(who)}
    return Event(**{**values, "actor": names.name(values["actor"]), "detail": detail})

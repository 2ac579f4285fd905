"""All rows as lines of JSON and back: one way for both databases, and from one to the other."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from studio.errors import StateError
from studio.schema import Noun
from studio.store import kept
from studio.store.anchors import LINES
from studio.store.base import FIRST, NEWEST, Database, event_hash
from studio.store.engine import plain_errors
from studio.store.migrate import HEAD, upgrade_in, version
from studio.store.rows import revision_hash
from studio.store.tables import APPEND_ONLY
from studio.store.verify import Verify

PIECE = 4 << 20  # bytes of JSON in one piece
# Everybody signs in again; the index of words follows the products by itself.
LEFT_OUT = re.compile(r"session|alembic_version|product_words(_\w+)?")


class Told(Noun):
    """What a dump holds: rows of each table, and the newest event."""

    tables: str  # version of the tables
    rows: dict[str, int]
    number: int
    hash: str
    anchors: int  # lines of the file of anchors at that moment


class Dumps(Verify, Database):
    """Reading all rows in one snapshot, and writing them into an empty database."""

    @property
    def blank(self) -> bool:
        """Whether the database has no tables yet."""
        with plain_errors():
            return version(self._engine) == ""

    @property
    def tables(self) -> str:
        """The version of the tables."""
        return version(self._engine)

    @property
    def file(self) -> Path | None:
        """The database's file; None where it is a server."""
        return Path(self._engine.url.database or "") if self.kind == "sqlite" else None

    def dump(self, add: Callable[[str, bytes], None]) -> Told:
        """Gives every row to `add` as pieces tables/<name>/<number>.jsonl.gz."""
        rows: dict[str, int] = {}
        with self._read() as connection:
            for table in _tables(connection):
                rows[table.name] = 0
                for number, piece in enumerate(_pieces(connection, table), 1):
                    rows[table.name] += len(piece)
                    text = "".join(piece).encode()
                    name = f"tables/{table.name}/{number:06}.jsonl.gz"
                    add(name, gzip.compress(text, 5, mtime=0))
            head = connection.execute(NEWEST).first()
            lines = int(kept.value(connection, LINES) or 0)
        number, hash = (head.number, head.hash) if head else (0, FIRST)
        return Told(tables=HEAD, rows=rows, number=number, hash=hash, anchors=lines)

    def load(self, pieces: Iterable[tuple[str, bytes]], tables: str) -> list[str]:
        """Writes pieces (table, unpacked lines) into a blank database and proves the result; all
        in one transaction, which is undone when there is a problem. Returns the problems.

        `tables`: the version of the tables that the pieces are of.
        """
        with plain_errors(), self._engine.connect() as connection, connection.begin() as whole:
            self._told(connection)
            upgrade_in(connection, self.vault, tables)
            known = {table.name: table for table in _tables(connection)}
            for table in reversed(known.values()):
                if table.name not in APPEND_ONLY:  # what the migrations put in themselves
                    connection.execute(table.delete())
            for name, text in pieces:
                if name not in known:
                    raise StateError(f"the backup holds a table that Studio has not: {name}")
                _insert(connection, known[name], text)
            upgrade_in(connection, self.vault)
            problems = [p for walk in self._walks(connection, {}) for p in walk]
            if problems:
                whole.rollback()
        return problems


def _tables(connection: sa.Connection) -> list[sa.Table]:
    """As they are in the database, so that a backup of older tables can be read; in an order in
    which each comes after those that it points to."""
    found = sa.MetaData()
    found.reflect(connection, only=lambda name, _: not LEFT_OUT.fullmatch(name))
    return found.sorted_tables


def _pieces(connection: sa.Connection, table: sa.Table) -> Iterator[list[str]]:
    piece, size = [], 0
    query = sa.select(table).order_by(*table.primary_key.columns)
    rows = connection.execution_options(yield_per=500).execute(query)
    for row in rows:
        line = json.dumps(dict(row._mapping), ensure_ascii=False, default=_moment) + "\n"
        piece.append(line)
        size += len(line)
        if size > PIECE:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _moment(value: Any) -> str:
    if not isinstance(value, datetime):
        raise TypeError(type(value).__name__)
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _insert(connection: sa.Connection, table: sa.Table, text: bytes) -> None:
    moments = [c.name for c in table.columns if isinstance(c.type, sa.DateTime)]
    rows = [json.loads(line) for line in text.split(b"\n") if line]
    for row in rows:
        for name in moments:
            row[name] = datetime.fromisoformat(row[name]) if row[name] else None
    if rows:
        connection.execute(table.insert(), rows)


class Chain:
    """Follows the events and revisions of a dump without a database."""

    def __init__(self) -> None:
        self.number, self.hash, self.revisions = 0, FIRST, 0

    def look(self, table: str, text: bytes) -> None:
        """Raises StateError at the first line that is not what was recorded."""
        if table not in APPEND_ONLY:
            return
        for line in filter(None, text.split(b"\n")):
            row = json.loads(line)
            row["at"] = datetime.fromisoformat(row["at"])
            if table == "revision":
                self.revisions += 1
                if row["hash"] != revision_hash(row):
                    raise StateError(f"revision {row['number']} of {row['listing']} was changed")
                continue
            row["detail"] = json.loads(row["detail"])
            follows = row["number"] == self.number + 1 and row["previous"] == self.hash
            if not follows or row["hash"] != event_hash(row):
                raise StateError(f"event {row['number']} of the backup is not what was recorded")
            self.number, self.hash = row["number"], row["hash"]

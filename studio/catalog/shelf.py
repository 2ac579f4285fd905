"""Entries on disk: a catalog of millions is folded with the newest few thousand in memory.

Rows of one product may stand anywhere in the files, so every entry must stay within reach. The
file is SQLite's own temporary one, which no other process sees and which is gone at the end.
"""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from studio.catalog.profiles import Profile
from studio.catalog.rows import Entry, Fact, Record

HOT = 4_000  # entries in memory
_LISTS = ("variants", "pictures", "more", "translations", "evidence")

Key = tuple[str, str]  # profile, key


class Owner(NamedTuple):
    """The row that a SKU belongs to: its entry's key, and which of its variants it is (-1: none,
    the product's own row)."""

    file: str
    line: int
    key: str
    at: int = -1


class Shelf:
    """Entries by key in the order in which they came, and the names by which rows find them.

    An entry that was got may be changed until `HOT` others were touched; then it lies on disk, and
    is to be got again.
    """

    def __init__(self) -> None:
        self.base = sqlite3.connect("", isolation_level=None)
        for line in (
            "PRAGMA journal_mode=OFF",
            "PRAGMA synchronous=OFF",
            "PRAGMA cache_size=-32768",
            "CREATE TABLE entry (place INTEGER PRIMARY KEY, profile, key, data BLOB)",
            "CREATE UNIQUE INDEX entry_key ON entry (key, profile)",
            "CREATE TABLE alias (name PRIMARY KEY, profile, key) WITHOUT ROWID",
            "CREATE TABLE sku (name PRIMARY KEY, file, line, key, at) WITHOUT ROWID",
            "CREATE TABLE waiting (place INTEGER PRIMARY KEY, profile, parent, data BLOB)",
            "BEGIN",
        ):
            self.base.execute(line)
        self.profiles: dict[str, Profile] = {}
        self.hot: dict[Key, tuple[int, Entry]] = {}
        self.places = 0

    def close(self) -> None:
        self.base.close()

    # --- entries --------------------------------------------------------------------------------

    def add(self, key: Key, entry: Entry) -> None:
        """A new entry; its key must be free."""
        self.profiles[entry.profile.name] = entry.profile
        self.places += 1
        self._touch(key, self.places, entry)

    def get(self, key: Key) -> Entry | None:
        """The entry, to read or to change."""
        if key in self.hot:
            place, entry = self.hot.pop(key)
        else:
            query = "SELECT place, data FROM entry WHERE profile = ? AND key = ?"
            row = self.base.execute(query, tuple(map(_bytes, key))).fetchone()
            if row is None:
                return None
            place, entry = row[0], self._entry(row[1])
        self._touch(key, place, entry)
        return entry

    def remove(self, key: Key) -> None:
        place, _ = self.hot.pop(key)  # it was just got
        self.base.execute("DELETE FROM entry WHERE place = ?", (place,))

    def __iter__(self) -> Iterator[Entry]:
        """All of them in order, to read only."""
        self._cool(len(self.hot))
        for (data,) in self.base.execute("SELECT data FROM entry ORDER BY place"):
            yield self._entry(data)

    def _touch(self, key: Key, place: int, entry: Entry) -> None:
        self.hot[key] = (place, entry)  # at the end: the one that was touched last
        if len(self.hot) > HOT:
            self._cool(HOT // 4)

    def _cool(self, count: int) -> None:
        """The `count` that were not touched for longest go to disk."""
        first = [key for key, _ in zip(self.hot, range(count), strict=False)]
        rows = [
            (place, *map(_bytes, key), _packed(entry))
            for key, (place, entry) in zip(first, map(self.hot.pop, first), strict=True)
        ]
        self.base.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)", rows)

    def _entry(self, data: bytes) -> Entry:
        id, profile, main, lists, facts, options = marshal.loads(data)  # noqa: S302 - our own file
        return Entry(
            id,
            self.profiles[profile],
            _record(main),
            **{name: list(map(_record, rows)) for name, rows in zip(_LISTS, lists, strict=True)},
            facts=[(_record(row), Fact(*fact)) for row, fact in facts],
            options=options,
        )

    # --- names ----------------------------------------------------------------------------------

    def alias(self, name: str, key: Key) -> None:
        """The name finds that entry, unless it finds another one already."""
        values = (_bytes(name), *map(_bytes, key))
        self.base.execute("INSERT OR IGNORE INTO alias VALUES (?, ?, ?)", values)

    def move(self, name: str, key: Key) -> None:
        """The name finds that entry from now on."""
        values = (_bytes(name), *map(_bytes, key))
        self.base.execute("INSERT OR REPLACE INTO alias VALUES (?, ?, ?)", values)

    def found(self, name: str) -> Key | None:
        """The key of the entry that has that name."""
        query = "SELECT profile, key FROM alias WHERE name = ?"
        row = self.base.execute(query, (_bytes(name),)).fetchone()
        return (_text(row[0]), _text(row[1])) if row else None

    def named(self, name: str) -> Entry | None:
        """The entry that has that name."""
        key = self.found(name)
        return self.get(key) if key else None

    def claim(self, sku: str, owner: Owner) -> Owner | None:
        """None when the SKU was free, and now is taken; else its owner."""
        values = (_bytes(sku), owner.file, owner.line, _bytes(owner.key), owner.at)
        insert = "INSERT OR IGNORE INTO sku VALUES (?, ?, ?, ?, ?)"
        return None if self.base.execute(insert, values).rowcount else self.owner(sku)

    def owner(self, sku: str) -> Owner | None:
        """The row that claimed a SKU."""
        query = "SELECT file, line, key, at FROM sku WHERE name = ?"
        row = self.base.execute(query, (_bytes(sku),)).fetchone()
        return Owner(row[0], row[1], _text(row[2]), row[3]) if row else None

    # --- rows that came before their product -----------------------------------------------------

    def wait(self, profile: str, record: Record, parent: str) -> None:
        """A row whose product may still come."""
        values = (profile, _bytes(parent), marshal.dumps(_plain(record)))
        self.base.execute("INSERT INTO waiting VALUES (NULL, ?, ?, ?)", values)

    def waiting(self) -> Iterator[tuple[str, Record, str]]:
        """(profile, row, parent) of all that waited, in their order."""
        query = "SELECT profile, parent, data FROM waiting ORDER BY place"
        for profile, parent, data in self.base.execute(query):
            yield profile, _record(marshal.loads(data)), _text(parent)  # noqa: S302 - our own file


# Names are kept as bytes: SQLite's text ends at a NUL and holds no half characters.


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _packed(entry: Entry) -> bytes:
    lists = [list(map(_plain, getattr(entry, name))) for name in _LISTS]
    facts = [(_plain(row), tuple(fact)) for row, fact in entry.facts]
    whole = (entry.id, entry.profile.name, _plain(entry.main), lists, facts, entry.options)
    return marshal.dumps(whole)


def _plain(record: Record) -> tuple[Any, ...]:
    return (
        record.file, record.line, record.role, record.key, record.values, record.columns,
        record.texts, [tuple(fact) for fact in record.facts], record.options, record.images,
        record.children, record.unmapped, [_plain(offer) for offer in record.offers],
    )  # fmt: skip


def _record(plain: Iterable[Any]) -> Record:
    *own, offers = plain
    made = Record(*own)
    made.facts = [Fact(*fact) for fact in made.facts]
    made.offers = [_record(offer) for offer in offers]
    return made

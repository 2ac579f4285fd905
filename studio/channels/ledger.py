"""Which names are taken, on disk: an export of millions keeps no list of them in memory."""

from __future__ import annotations

import sqlite3
from types import TracebackType


class Ledger:
    """Names of several kinds, each claimed once. It lives in a temporary file of SQLite's own."""

    def __init__(self) -> None:
        self.base = sqlite3.connect("", isolation_level=None)
        self.base.execute("PRAGMA journal_mode=OFF")
        self.base.execute("PRAGMA synchronous=OFF")
        self.base.execute("CREATE TABLE name (kind, name, PRIMARY KEY (kind, name)) WITHOUT ROWID")
        self.base.execute("BEGIN")

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.base.close()

    def claim(self, kind: str, name: str) -> bool:
        """True when the name was free."""
        key = (kind, name.encode("utf-8", "surrogatepass"))
        return self.base.execute("INSERT OR IGNORE INTO name VALUES (?, ?)", key).rowcount == 1

    def has(self, kind: str, name: str) -> bool:
        """Whether the name was claimed."""
        key = (kind, name.encode("utf-8", "surrogatepass"))
        found = self.base.execute("SELECT 1 FROM name WHERE kind = ? AND name = ?", key)
        return found.fetchone() is not None

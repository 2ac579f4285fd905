"""Which names are taken, on disk: an export of millions keeps no list of them in memory."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType


class Ledger:
    """Names of several kinds, each claimed by one owner. The file is thrown away afterwards."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.base = sqlite3.connect(path, isolation_level=None)
        self.base.execute("PRAGMA journal_mode=OFF")
        self.base.execute("PRAGMA synchronous=OFF")
        self.base.execute(
            "CREATE TABLE name (kind, name, owner, PRIMARY KEY (kind, name)) WITHOUT ROWID"
        )
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
        self.path.unlink(missing_ok=True)

    def claim(self, kind: str, name: str, owner: str) -> bool:
        """True when the name was free. A name has one owner, and is claimed once."""
        key = name.encode("utf-8", "surrogatepass")
        added = self.base.execute("INSERT OR IGNORE INTO name VALUES (?, ?, ?)", (kind, key, owner))
        return added.rowcount == 1

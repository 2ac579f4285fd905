"""What an export keeps aside while it is under way: JSON lines in files, so memory stays flat."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO


class Spool:
    """Lines by name. A name is ours or holds a checked locale, never a text of the catalog."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.columns: dict[str, set[str]] = {}  # by locale: those that have a value anywhere
        self._open: dict[str, TextIO] = {}
        self._stack = ExitStack()
        folder.mkdir()

    def add(self, name: str, value: Any) -> None:
        """Appends a line."""
        if name not in self._open:
            file = (self.folder / name).open("a", encoding="ascii")
            self._open[name] = self._stack.enter_context(file)
        self._open[name].write(json.dumps(value, separators=(",", ":")) + "\n")

    def add_rows(
        self, locale: str, rows: list[dict[str, str]], approved: dict[str, Any], id: str
    ) -> None:
        """A product's rows, with what a reader must find in them."""
        used = self.columns.setdefault(locale, set())
        used.update(column for row in rows for column, cell in row.items() if cell)
        self.add(f"rows.{locale}", {"id": id, "rows": rows, "approved": approved})

    def lines(self, name: str) -> Iterator[str]:
        """The lines of that name; none when there are none."""
        if name in self._open:
            self._open[name].flush()
            with (self.folder / name).open(encoding="ascii") as lines:
                yield from lines

    def rows(self, locale: str) -> Iterator[dict[str, Any]]:
        """What `add_rows` was given: id, rows, approved."""
        yield from map(json.loads, self.lines(f"rows.{locale}"))

    def remove(self) -> None:
        self._stack.close()
        shutil.rmtree(self.folder)

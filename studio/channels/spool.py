"""What an export keeps aside while it is under way: JSON lines in files, so memory stays flat."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

# The rows of one table: a locale, and which of the format's texts its products have.
Sheet = tuple[str, tuple[bool, ...]]


def _file(sheet: Sheet) -> str:
    return ".".join(["rows", sheet[0], *map(str, map(int, sheet[1]))])


class Spool:
    """Lines by name. A name is ours or holds a checked locale, never a text of the catalog."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.columns: dict[Sheet, set[str]] = {}  # those that have a value anywhere
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
        self, sheet: Sheet, rows: list[dict[str, str]], approved: dict[str, Any], id: str
    ) -> None:
        """A product's rows, with what a reader must find in them."""
        used = self.columns.setdefault(sheet, set())
        used.update(column for row in rows for column, cell in row.items() if cell)
        self.add(_file(sheet), {"id": id, "rows": rows, "approved": approved})

    def lines(self, name: str) -> Iterator[str]:
        """The lines of that name; none when there are none."""
        if name in self._open:
            self._open[name].flush()
            with (self.folder / name).open(encoding="ascii") as lines:
                yield from lines

    def rows(self, sheet: Sheet) -> Iterator[dict[str, Any]]:
        """What `add_rows` was given: id, rows, approved."""
        yield from map(json.loads, self.lines(_file(sheet)))

    def remove(self) -> None:
        self._stack.close()
        shutil.rmtree(self.folder)

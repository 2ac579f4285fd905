"""Tables on disk: our own writer, and a second reader that shares no code with it.

Rows are mappings from column to text. Writing and reading both stream; memory does not grow.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.channels.cells import defuse, restore
from studio.errors import InputError

Row = Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """A kind of delimited file. `defused`: cells are made safe to open in a spreadsheet."""

    suffix: str
    delimiter: str
    bom: bool = False
    defused: bool = False
    most: int = 0

    def header(self, columns: Sequence[str], options: Mapping[str, Any]) -> bytes:
        return (b"\xef\xbb\xbf" if self.bom else b"") + self._line(columns)

    def lines(self, columns: Sequence[str], rows: Iterable[Row], at: int) -> bytes:
        """The bytes of the rows. Raises InputError for text that is not Unicode."""
        return b"".join(self._line([row.get(column, "") for column in columns]) for row in rows)

    def footer(self) -> bytes:
        return b""

    def read(self, path: Path) -> Iterator[dict[str, str]]:
        """The rows as the standard library's csv module reads them. Raises InputError."""
        csv.field_size_limit(2**31 - 1)
        with path.open(encoding="utf-8-sig" if self.bom else "utf-8", newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter, strict=True)
            columns = next(reader, [])
            for cells in reader:
                if len(cells) != len(columns):
                    found = f"{len(cells)} cells under {len(columns)} columns"
                    raise InputError(found, where=f"{path.name}:{reader.line_num}")
                texts = map(restore, cells) if self.defused else cells
                yield dict(zip(columns, texts, strict=True))

    def _line(self, cells: Sequence[str]) -> bytes:
        if self.defused:
            cells = [defuse(cell) for cell in cells]
        return (self.delimiter.join(map(self._quoted, cells)) + "\r\n").encode("utf-8")

    def _quoted(self, cell: str) -> str:
        # A quotation mark inside a cell is literal unless the cell begins with one (RFC 4180 quotes
        # it all the same, but feeds that take quotation marks as plain characters would keep them).
        marks = ("\r", "\n", self.delimiter) if self.delimiter == "\t" else ("\r", "\n", ",", '"')
        if cell.startswith('"') or any(mark in cell for mark in marks):
            return '"' + cell.replace('"', '""') + '"'
        return cell


CSV = Table("csv", ",")
TSV = Table("tsv", "\t")
SHEET = Table("csv", ",", bom=True, defused=True)

"""From the spool to tables, and back from the tables to what was approved."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from studio.channels.formats import Format, Table
from studio.channels.manifest import FileEntry
from studio.channels.spool import Sheet, Spool
from studio.errors import InputError, StateError


class Hashing:
    """A file that knows its size and sha256."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.bytes, self.hash = file, 0, hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.file.write(data)
        self.hash.update(data)
        self.bytes += len(data)

    def sync(self) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())


def order(format: Format, spool: Spool, sheet: Sheet) -> list[str]:
    """The columns that have a value anywhere, in the format's order; numbered ones by number."""

    def place(column: str) -> tuple[int, int, str]:
        head, _, rest = column.partition(".")
        known = column if column in format.COLUMNS else head
        return format.COLUMNS.index(known), int(rest) if rest.isdigit() else 0, rest

    return sorted(spool.columns[sheet], key=place)


def write_tables(
    format: Format,
    spool: Spool,
    folder: Path,
    name: str,
    sheet: Sheet,
    *,
    after: int,
    options: Mapping[str, Any],
) -> Iterator[FileEntry]:
    """Writes <name>.<locale>.<suffix>, or <…>.2.<suffix> and so on when there are files before.

    When a file would pass the option `max_bytes` or the rows that the table may hold, the next one
    goes on; a product's rows are never parted. Raises InputError for text that is not Unicode.
    """
    most = int(options.get("max_bytes", 0))
    columns, table, locale = order(format, spool, sheet), format.TABLE, sheet[0]
    header = table.header([format.title(column, locale) for column in columns], options)
    footer = table.footer()
    pending = spool.rows(sheet)
    ahead = next(pending, None)
    number = after
    while ahead is not None:
        number += 1
        part = f".{number}" if number > 1 else ""
        path = folder / f"{name}.{locale}{part}.{table.suffix}"
        with path.open("wb") as file:
            out = Hashing(file)
            out.write(header)
            rows = 0
            while ahead is not None:
                data = _encoded(table, columns, ahead, rows)
                wide = most and out.bytes + len(data + footer) > most
                long = table.most and rows + len(ahead["rows"]) > table.most
                if rows and (wide or long):
                    break
                out.write(data)
                rows += len(ahead["rows"])
                ahead = next(pending, None)
            out.write(footer)
            out.sync()
        digest = out.hash.hexdigest()
        yield FileEntry(path=path.name, bytes=out.bytes, sha256=digest, kind="table")


def _encoded(table: Table, columns: list[str], spooled: dict[str, Any], at: int) -> bytes:
    try:
        return table.lines(columns, spooled["rows"], at)
    except UnicodeEncodeError as error:
        raise InputError(
            "a text holds half of a character (a lone surrogate) and cannot be written",
            where=spooled["id"],
            hint="write this text again",
        ) from error
    except InputError as error:
        error.where = error.where or spooled["id"]
        raise


def read_back(
    format: Format, spool: Spool, folder: Path, sheet: Sheet, tables: list[FileEntry]
) -> None:
    """Raises StateError unless the tables say for each listing exactly what was approved."""
    names = {format.title(column, sheet[0]): column for column in order(format, spool, sheet)}
    rows = (
        {names[header]: cell for header, cell in row.items()}
        for table in tables
        for row in format.TABLE.read(folder / table.path)
    )
    found = format.back(rows)
    for expected in spool.rows(sheet):
        seen = next(found, None)
        if seen != expected["approved"]:
            raise StateError(
                "the written table does not say what was approved: "
                + _difference(expected["approved"], seen),
                where=expected["id"],
                hint="nothing was exported; please report this with the listing's text",
            )
    if next(found, None) is not None:
        raise StateError("the written table has more rows than were approved")


def _difference(expected: dict[str, Any], seen: dict[str, Any] | None) -> str:
    if seen is None:
        return "it is not there"
    keys = [key for key in {**expected, **seen} if expected.get(key) != seen.get(key)]
    return "; ".join(f"{key}: {seen.get(key)!r}, not {expected.get(key)!r}" for key in keys)[:600]

"""Workbooks (XLSX, XLS, XLSB, ODS), read by calamine in a bounded child process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio import confined
from studio.catalog import limits
from studio.catalog.delimited import Score, find_header
from studio.catalog.report import Report
from studio.catalog.rows import Row, Table

_CHILD = Path(__file__).with_name("sheet_child.py")
_LIMITS = {
    "entries": limits.ZIP_ENTRIES,
    "bytes": limits.ZIP_BYTES,
    "ratio": limits.ZIP_RATIO,
    "rows": limits.SHEET_ROWS,
    "cells": limits.ZIP_CELLS,
    "text": limits.ZIP_TEXT,
    "columns": limits.COLUMNS,
    "chars": limits.CELL_CHARS,
}


def read(path: Path, file: str, report: Report, score: Score) -> list[Table]:
    """One table for each sheet that has rows. Raises InputError for what cannot be read."""
    size = path.stat().st_size
    if size > limits.TREE_BYTES:
        most = limits.TREE_BYTES // 1_000_000
        raise report.refuse("too-big", file, size=size // 1_000_000, most=most)
    tables: list[Table] = []
    for name, rows in _sheets(path, file, report):
        if any(any(row.cells) for row in rows):
            shown = f"{file}[{name}]" if tables else file
            header, line, rest = find_header(iter(rows), shown, report, score)
            cut = [_fitting(row, len(header), shown, report) for row in rest]
            tables.append(Table(path, shown, header, cut, name, line))
    if not tables:
        raise report.refuse("empty", file)
    return tables


def _fitting(row: Row, width: int, file: str, report: Report) -> Row:
    if any(row.cells[width:]):
        extra = " ".join(row.cells[width:])
        report.issue("row-long", file, row.line, "", extra, cells=len(row.cells), columns=width)
    return Row(row.line, row.cells[:width])


def _sheets(path: Path, file: str, report: Report) -> Iterator[tuple[str, list[Row]]]:
    """(name, rows) of each sheet, as the child writes them."""
    name: str | None = None
    rows: list[Row] = []
    ended = False
    arguments = (str(path.resolve()), json.dumps(_LIMITS))
    memory, seconds = limits.CHILD_BYTES, limits.CHILD_SECONDS
    child = confined.start(_CHILD, *arguments, memory=memory, seconds=seconds)
    with child, confined.clock(child, 3 * limits.CHILD_SECONDS):
        assert child.stdout is not None
        try:
            for line in child.stdout:
                said = _said(line)
                if isinstance(said, list):
                    report.seen(file)
                    rows.append(Row(int(said[0]), said[1:]))
                elif "sheet" in said:
                    if name is not None:
                        yield name, rows
                    name, rows = str(said["sheet"]), []
                elif code := said.pop("refused", ""):
                    at = said.pop("row", "") or said.pop("member", "")
                    raise report.refuse(code, f"{file}:{at}" if at else file, **said)
                else:
                    ended = bool(said.get("end"))
        finally:
            child.kill()
    if not ended:
        raise report.refuse("sheet-crash", file)
    if name is not None:
        yield name, rows


def _said(line: bytes) -> Any:
    """One line of the child; a crash may cut the last one."""
    try:
        return json.loads(line)
    except ValueError:
        return {}

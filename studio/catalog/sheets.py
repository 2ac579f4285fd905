"""Workbooks (XLSX, XLS, XLSB, ODS), read by calamine in a limited child process."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio.catalog import limits
from studio.catalog.delimited import Score, find_header
from studio.catalog.report import Report
from studio.catalog.rows import Row, Table

_CHILD = Path(__file__).with_name("sheet_child.py")


def read(path: Path, file: str, report: Report, score: Score) -> list[Table]:
    """One table for each sheet that has rows. Raises InputError for what cannot be read."""
    size = path.stat().st_size
    if size > limits.TREE_BYTES:
        most = limits.TREE_BYTES // 1_000_000
        raise report.refuse("too-big", file, size=size // 1_000_000, most=most)
    if zipfile.is_zipfile(path):
        precheck(path, file, report)
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


def precheck(path: Path, file: str, report: Report) -> None:
    """Refuse an archive that unpacks to too much, or whose XML declares entities."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            total = sum(m.file_size for m in members)
            packed = sum(m.compress_size for m in members) or 1
            if len(members) > limits.ZIP_ENTRIES:
                raise report.refuse("zip-bomb", file, cause=f"{len(members)} members")
            if total > limits.ZIP_BYTES or (
                total > 10_000_000 and total > limits.ZIP_RATIO * packed
            ):
                cause = f"{total // 1_000_000} MB, {total // packed}:1"
                raise report.refuse("zip-bomb", file, cause=cause)
            for member in members:
                if member.filename.endswith((".xml", ".rels")):
                    with archive.open(member) as stream:
                        head = stream.read(4096)
                    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                        raise report.refuse("xml-unsafe", f"{file}:{member.filename}")
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise report.refuse("sheet-broken", file, cause=str(error)[:200]) from error
    except ValueError as error:  # zlib.error and struct.error are ValueErrors or alike
        raise report.refuse("sheet-broken", file, cause=str(error)[:200]) from error


def _sheets(path: Path, file: str, report: Report) -> Iterator[tuple[str, list[Row]]]:
    """(name, rows) of each sheet, as the child writes them."""
    command = [
        sys.executable,
        "-P",  # or the names of this package would hide the standard library's
        str(_CHILD),
        str(path.resolve()),
        str(limits.CHILD_BYTES),
        str(limits.CHILD_SECONDS),
        str(limits.CELL_CHARS),
    ]
    name, rows, ended = "", [], False
    with subprocess.Popen(  # noqa: S603 - our own script; the path is one argument
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    ) as child:
        assert child.stdout is not None
        try:
            for line in child.stdout:
                said = _said(line)
                if isinstance(said, list):
                    rows.append(_row(said, file, report))
                elif "sheet" in said:
                    if name:
                        yield name, rows
                    name, rows = str(said["sheet"]), []
                elif "error" in said:
                    raise report.refuse("sheet-broken", file, cause=said["error"])
                else:
                    ended = bool(said.get("end"))
        finally:
            child.kill()
    if not ended:
        raise report.refuse("sheet-crash", file)
    if name:
        yield name, rows


def _said(line: bytes) -> Any:
    """One line of the child; a crash may cut the last one."""
    try:
        return json.loads(line)
    except ValueError:
        return {}


def _row(said: list[Any], file: str, report: Report) -> Row:
    number, cells = int(said[0]), [str(cell).strip() for cell in said[1:]]
    if len(cells) > limits.COLUMNS:
        where = f"{file}:{number}"
        raise report.refuse("many-columns", where, seen=len(cells), most=limits.COLUMNS)
    if any(len(cell) > limits.CELL_CHARS for cell in cells):
        raise report.refuse("long-cell", f"{file}:{number}", most=limits.CELL_CHARS)
    return Row(number, cells)

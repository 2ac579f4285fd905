"""CSV and TSV: streamed, with the physical line of each row, the delimiter found by reading."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, dropwhile, islice
from pathlib import Path
from typing import TextIO

from studio.catalog.encoding import detect
from studio.catalog.limits import CELL_CHARS, COLUMNS, FILE_BYTES, LINE_CHARS
from studio.catalog.report import Report
from studio.catalog.rows import Row, Table

_DELIMITERS = (",", "\t", ";", "|")
_SAMPLE = 65_536
_NAME_CHARS = 200  # of a header
_LOOK = 12  # rows among which the header is looked for

Score = Callable[[Sequence[str]], int]  # how many cells are known headers


def read(path: Path, file: str, report: Report, score: Score) -> Table:
    """The table of a delimited text file. Raises InputError with file and line."""
    size = path.stat().st_size
    if size > FILE_BYTES:
        raise report.refuse("too-big", file, size=size // 1_000_000, most=FILE_BYTES // 1_000_000)
    encoding = detect(path, file, report, lambda text: _known(text, score))
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        sample = stream.read(_SAMPLE)
    skip, delimiter = _delimiter(sample, score)
    rows = _rows(path, file, encoding, delimiter, skip, report)
    header, first, rest = find_header(rows, file, report, score)
    return Table(path, file, header, _checked(rest, file, header, delimiter, report), line=first)


def _known(text: str, score: Score) -> int:
    return max(
        score(row) for row in _parse(text[:4096], _delimiter(text, score)[1])[:_LOOK] or [[]]
    )


def _parse(text: str, delimiter: str) -> list[list[str]]:
    """The complete rows of a sample; the last may be cut."""
    csv.field_size_limit(CELL_CHARS)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return []
    return rows[:-1] if len(rows) > 1 and len(text) >= 4096 else rows


def _delimiter(sample: str, score: Score) -> tuple[int, str]:
    """(lines to skip, delimiter): the one with the most known headers, then the one that cuts
    the most rows into the same number of cells."""
    first = sample.split("\n", 1)[0].strip().casefold()
    if first.startswith("sep=") and len(first) == 5:
        return 1, first[4]
    best = (-1, -1.0, 0, ",")
    for delimiter in _DELIMITERS:
        rows = [row for row in _parse(sample, delimiter) if any(row)][:200]
        if not rows:
            continue
        width = len(rows[0])
        same = sum(1 for row in rows if len(row) == width) / len(rows)
        known = max(score(row) for row in rows[:_LOOK])
        found = (known, same if width > 1 else 0.0, -_DELIMITERS.index(delimiter), delimiter)
        best = max(best, found)
    return 0, best[3]


def _rows(
    path: Path, file: str, encoding: str, delimiter: str, skip: int, report: Report
) -> Iterator[Row]:
    csv.field_size_limit(CELL_CHARS)
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        for _ in range(skip):
            stream.readline(LINE_CHARS)
        reader = csv.reader(_lines(stream, file, skip, report), delimiter=delimiter)
        while True:
            line = reader.line_num + 1 + skip
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                code = "long-cell" if "limit" in str(error) else "binary"
                raise report.refuse(code, f"{file}:{line}", most=CELL_CHARS) from error
            report.seen(f"{file}:{line}")
            if len(cells) > COLUMNS:
                seen = len(cells)
                raise report.refuse("many-columns", f"{file}:{line}", seen=seen, most=COLUMNS)
            yield Row(line, [cell.strip() for cell in cells])


def _lines(stream: TextIO, file: str, skip: int, report: Report) -> Iterator[str]:
    """Lines, none of them longer than memory allows."""
    number = skip
    while line := stream.readline(LINE_CHARS + 1):
        number += 1
        if len(line) > LINE_CHARS:
            raise report.refuse("long-line", f"{file}:{number}", most=LINE_CHARS)
        yield line


def find_header(
    rows: Iterator[Row], file: str, report: Report, score: Score
) -> tuple[list[str], int, Iterator[Row]]:
    """(header, its line, the rows below). The first row is the header, unless it names at most
    one known column and a row soon after names more: then it was a caption.

    Raises InputError for an empty file.
    """
    head = list(islice(dropwhile(lambda row: not any(row.cells), rows), _LOOK))
    if not head:
        raise report.refuse("empty", file)
    scores = [score(row.cells) for row in head]
    at = scores.index(max(scores)) if scores[0] < 2 <= max(scores) else 0
    for row in head[:at]:
        report.issue("before-header", file, row.line, "", " ".join(filter(None, row.cells)))
        report.count("caption")
    header = head[at]
    return unique(header.cells, file, header.line, report), header.line, chain(head[at + 1 :], rows)


def unique(cells: Sequence[str], file: str, line: int, report: Report) -> list[str]:
    """Header names without repetition; nameless columns at the end are dropped."""
    names = [" ".join(cell[:_NAME_CHARS].split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    seen: dict[str, int] = {}
    for i, name in enumerate(names):
        name = name or f"column {i + 1}"
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            new = f"{name} {seen[name]}"
            report.issue("header-twice", file, line, name, name=name, new=new)
            name = new
        names[i] = name
    return names


def _checked(
    rows: Iterator[Row], file: str, header: list[str], delimiter: str, report: Report
) -> Iterator[Row]:
    """The rows, with an issue for each that does not fit its header."""
    width = len(header)
    for row in rows:
        cells = row.cells
        if len(cells) > width:
            if any(cells[width:]):
                extra = delimiter.join(cells[width:])
                report.issue("row-long", file, row.line, "", extra, cells=len(cells), columns=width)
            cells = cells[:width]
        elif len(cells) < width and len(cells) > 1 and width - len(cells) <= width // 2:
            report.issue("row-short", file, row.line, cells=len(cells), columns=width)
        for name, cell in zip(header, cells, strict=False):
            if "\n" in cell and (lines := _swallowed(cell, delimiter, width)):
                report.issue(
                    "row-swallowed", file, row.line, name, cell, level="error", lines=lines
                )
            if "\ufffd" in cell:
                report.issue("broken-letters", file, row.line, name, cell)
        yield Row(row.line, cells)


def _swallowed(cell: str, delimiter: str, width: int) -> int:
    """How many lines of a cell look like whole rows of the table."""
    if width < 3:
        return 0
    return sum(1 for line in cell.splitlines()[1:] if line.count(delimiter) == width - 1)

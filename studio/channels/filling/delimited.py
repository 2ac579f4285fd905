"""CSV and TSV: records that do not change keep their bytes; the others keep their dialect."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.errors import InputError

BYTES = 64_000_000
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


@dataclass
class Sheet:
    """`raw`: the text of each record with its line end."""

    name: str
    mark: bytes
    encoding: str
    delimiter: str
    raw: list[str]
    grid: list[list[str]]

    def changed(self, changes: Mapping[tuple[int, int], str]) -> bytes:
        """The file with these cells. Raises InputError for text that its encoding lacks."""
        by_row: dict[int, dict[int, str]] = {}
        for (row, column), text in changes.items():
            by_row.setdefault(row, {})[column] = text
        end = "\r\n" if self.raw and self.raw[0].endswith("\r\n") else "\n"
        lines = list(self.raw)
        if lines and not lines[-1].endswith(("\n", "\r")) and any(n >= len(lines) for n in by_row):
            lines[-1] += end
        for row, cells in sorted(by_row.items()):
            width = max(cells) + 1
            old = self.grid[row] if row < len(self.grid) else [""] * len(self.grid[0])
            new = [*old, *[""] * (width - len(old))]
            for column, text in cells.items():
                new[column] = text
            out = io.StringIO()
            # Python 3.11 and 3.12 quote no line break that is not in the line's own end.
            csv.writer(out, delimiter=self.delimiter, lineterminator="\r\n").writerow(new)
            line = out.getvalue().removesuffix("\r\n")
            if row < len(lines):
                tail = lines[row][len(lines[row].rstrip("\r\n")) :]
                lines[row] = line + tail
            else:
                lines.append(line + end)
        try:
            return self.mark + "".join(lines).encode(self.encoding)
        except UnicodeEncodeError as error:
            missing = error.object[error.start : error.end]
            raise InputError(
                f"the sheet's encoding ({self.encoding}) has no {missing!r}",
                where=self.name,
                hint="save the sheet as UTF-8 and fill that, where the channel takes it",
            ) from error


def opened(path: Path) -> Sheet:
    """A sheet of text. Raises InputError."""
    try:
        data = path.read_bytes() if path.stat().st_size <= BYTES else b""
    except OSError as error:
        raise InputError(f"it can not be read: {error.strerror}", where=path.name) from error
    mark, encoding, text = _decoded(data, path.name)
    delimiter = max("\t,;", key=text[:20_000].count)
    raw: list[str] = []
    grid: list[list[str]] = []
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    csv.field_size_limit(1_000_000)
    try:
        for cells in csv.reader(lines(), delimiter=delimiter):
            raw.append("".join(taken))
            taken.clear()
            grid.append(cells)
    except csv.Error as error:
        raise InputError(f"it is no table: {error}", where=f"{path.name}:{len(raw) + 1}") from error
    return Sheet(path.name, mark, encoding, delimiter, raw, grid)


def _decoded(data: bytes, name: str) -> tuple[bytes, str, str]:
    """(byte-order mark, encoding, text)."""
    if not data:
        raise InputError("it is empty, or larger than 64 MB", where=name)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            tries = [(mark, encoding)]
            break
    else:
        tries = [(b"", "utf-8"), (b"", "gb18030")]
    for mark, encoding in tries:
        try:
            return mark, encoding, data[len(mark) :].decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("its encoding is not known", where=name, hint="save it as UTF-8")

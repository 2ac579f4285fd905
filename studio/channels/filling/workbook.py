"""XLSX and XLSM: cells are changed inside the sheet's own XML, every other byte stays.

A library that reads a workbook and writes it anew loses what it does not know: macros, drop-down
lists, pictures, colours by condition. Here only <c> elements of one sheet are replaced or added, as
inline texts with the style that the cell had; all other parts of the file are copied.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from studio.errors import InputError

BYTES, PART, ROWS, CELLS = 64_000_000, 128_000_000, 200_000, 2_000_000
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_REF = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_NO_CHAR = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass
class Cell:
    """Where a <c> stands in the XML, and what it holds."""

    start: int
    end: int = 0
    style: str = ""
    kind: str = ""
    text: str = ""
    formula: bool = False


@dataclass
class Line:
    """A <row>: `inside` is where its cells begin, `end` where </row> begins."""

    number: int
    start: int
    inside: int = 0
    end: int = 0
    closed: bool = False  # <row/>
    cells: dict[int, Cell] = field(default_factory=dict)


@dataclass
class Sheet:
    """A workbook with one sheet of it laid open."""

    name: str
    data: bytes
    part: str
    xml: bytes
    lines: dict[int, Line]
    tail: int  # where </sheetData> begins
    grid: list[list[str]]

    def changed(self, changes: Mapping[tuple[int, int], str]) -> bytes:
        """The file with these cells. Raises InputError for a formula in the way."""
        cuts: list[tuple[int, int, bytes]] = []
        by_row: dict[int, dict[int, str]] = {}
        for (row, column), text in changes.items():
            by_row.setdefault(row, {})[column] = text
        for row, cells in sorted(by_row.items()):
            line = self.lines.get(row)
            if line is None or line.closed:
                whole = "".join(_cell(row, c, cells[c], "") for c in sorted(cells))
                made = f'<row r="{row + 1}">{whole}</row>'.encode()
                at = (line.start, line.end) if line else (self._place(row),) * 2
                cuts.append((*at, made))
                continue
            for column, text in sorted(cells.items()):
                cuts.append(self._cut(line, row, column, text))
        return self._packed(_spliced(self.xml, cuts))

    def _cut(self, line: Line, row: int, column: int, text: str) -> tuple[int, int, bytes]:
        held = line.cells.get(column)
        if held is None:
            after = [cell.start for n, cell in line.cells.items() if n > column]
            at = min(after, default=line.end)
            return at, at, _cell(row, column, text, "").encode()
        if held.formula:
            raise InputError(
                "a formula stands where a text belongs",
                where=f"{self.name}:{_ref(row, column)}",
                hint="take the formula out of the template, or fill another column",
            )
        return held.start, held.end, _cell(row, column, text, held.style).encode()

    def _place(self, row: int) -> int:
        """Where a new row belongs: before the next one that is there."""
        later = [line.start for number, line in self.lines.items() if number > row]
        return min(later, default=self.tail)

    def _packed(self, xml: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(self.data)) as old, zipfile.ZipFile(out, "w") as new:
            for info in old.infolist():
                new.writestr(info, xml if info.filename == self.part else old.read(info))
        return out.getvalue()


def opened(path: Path) -> Sheet:
    """The first sheet with rows. Raises InputError for what is no workbook or is signed."""
    data = path.read_bytes() if path.stat().st_size <= BYTES else b""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            names = {info.filename: info for info in file.infolist()}
            if any(info.file_size > PART for info in names.values()) or len(names) > 5_000:
                raise InputError("the workbook is larger than a template is", where=path.name)
            if any(name.startswith("_xmlsignatures/") for name in names):
                raise InputError(
                    "the workbook is signed, and a change would break the signature",
                    where=path.name,
                    hint="save a copy without the signature and fill that",
                )
            shared = _texts(file.read("xl/sharedStrings.xml")) if _SHARED in names else []
            for part in _sheets(file):
                found = _Reader(file.read(part), shared, path.name)
                if found.grid:
                    return Sheet(
                        path.name, data, part, found.xml, found.lines, found.tail, found.grid
                    )
    # ValueError: entities, numbers that are none; SyntaxError: broken XML
    except (zipfile.BadZipFile, KeyError, RuntimeError, ValueError, SyntaxError, EOFError) as error:
        told = f"it is no workbook that can be filled: {error}"
        raise InputError(told, where=path.name) from error
    raise InputError("no sheet of it has rows", where=path.name)


_SHARED = "xl/sharedStrings.xml"


def _sheets(file: zipfile.ZipFile) -> list[str]:
    """The parts of the sheets that are shown, in their order."""
    from defusedxml.ElementTree import fromstring

    links = {
        node.get("Id"): node.get("Target", "")
        for node in fromstring(file.read("xl/_rels/workbook.xml.rels"))
    }
    book = fromstring(file.read("xl/workbook.xml"))
    found = []
    for node in book.iter(f"{{{_MAIN}}}sheet"):
        target = links.get(node.get(f"{{{_LINK}}}id"), "")
        if node.get("state", "visible") == "visible" and target:
            absolute = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            found.append(str(PurePosixPath(absolute)))
    return found


def _texts(xml: bytes) -> list[str]:
    """The shared texts; readings of Japanese (<rPh>) are no part of them."""
    from defusedxml.ElementTree import fromstring

    found = []
    for item in fromstring(xml):
        for ruby in item.findall(f"{{{_MAIN}}}rPh"):
            item.remove(ruby)
        found.append("".join(t.text or "" for t in item.iter(f"{{{_MAIN}}}t")))
    return found


class _Reader:
    """Walks the sheet's XML and notes at which byte each row and cell begins and ends."""

    def __init__(self, xml: bytes, shared: list[str], name: str) -> None:
        from xml.parsers import expat

        self.xml, self.shared, self.name = xml, shared, name
        self.lines: dict[int, Line] = {}
        self.tail = self._seen = 0
        self._line: Line | None = None
        self._cell: Cell | None = None
        self._column = self._row = -1
        self._text: list[str] | None = None
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._said
        parser.StartDoctypeDeclHandler = self._refuse
        self._parser = parser
        if re.match(rb"<\?xml[^>]*encoding=[\"'](?!utf-?8)", xml, re.IGNORECASE):
            raise InputError("the sheet is not in UTF-8", where=name)
        try:
            parser.Parse(xml, True)
        except expat.ExpatError as error:
            raise InputError(f"the sheet is damaged: {error}", where=name) from error
        height = max(self.lines, default=-1) + 1
        self.grid = [self._cells(self.lines.get(row)) for row in range(height)]

    def _refuse(self, *_: Any) -> None:
        raise InputError("the sheet declares entities", where=self.name)

    def _begin(self, tag: str, given: dict[str, str]) -> None:
        tag, at = tag.rpartition(":")[2], self._parser.CurrentByteIndex
        if tag == "row":
            self._row = int(given.get("r", self._row + 2)) - 1
            if self._row >= ROWS or len(self.lines) >= ROWS:
                raise InputError("the sheet has more rows than a template has", where=self.name)
            self._line = Line(self._row, at, self.xml.index(b">", at) + 1)
            self._column = -1
        elif tag == "c" and self._line is not None:
            found = _REF.fullmatch(given.get("r", ""))
            self._column = _number(found[1]) if found else self._column + 1
            self._seen += 1
            if self._seen > CELLS:
                raise InputError("the sheet has more cells than a template has", where=self.name)
            self._cell = Cell(at, style=given.get("s", ""), kind=given.get("t", ""))
        elif tag == "f" and self._cell is not None:
            self._cell.formula = True
        elif tag in ("v", "t") and self._cell is not None:
            self._text = []

    def _said(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        tag, at = tag.rpartition(":")[2], self._parser.CurrentByteIndex
        if tag in ("v", "t") and self._cell is not None and self._text is not None:
            self._cell.text += "".join(self._text)
            self._text = None
        elif tag == "c" and self._cell is not None and self._line is not None:
            self._cell.end = self.xml.index(b">", at) + 1
            if self._cell.kind == "s":
                place = int(self._cell.text or 0)
                self._cell.text = self.shared[place] if place < len(self.shared) else ""
            self._line.cells[self._column] = self._cell
            self._cell = None
        elif tag == "row" and self._line is not None:
            self._line.closed = not self.xml.startswith(b"</", at)
            self._line.end = self.xml.index(b">", at) + 1 if self._line.closed else at
            self.lines[self._row] = self._line
            self._line = None
        elif tag == "sheetData":
            self.tail = at

    def _cells(self, line: Line | None) -> list[str]:
        if line is None or not line.cells:
            return []
        return [line.cells[n].text if n in line.cells else "" for n in range(max(line.cells) + 1)]


def _cell(row: int, column: int, text: str, style: str) -> str:
    """An inline text: never a formula, whatever it begins with."""
    if _NO_CHAR.search(text):
        raise InputError("a text holds a control character, which XML cannot")
    kept = f" s={quoteattr(style)}" if style else ""
    words = escape(text, {"\r": "&#13;"})
    return (
        f'<c r="{_ref(row, column)}"{kept} t="inlineStr">'
        f'<is><t xml:space="preserve">{words}</t></is></c>'
    )


def _ref(row: int, column: int) -> str:
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _number(letters: str) -> int:
    found = 0
    for letter in letters:
        found = 26 * found + ord(letter) - 64
    return found - 1


def _spliced(xml: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    """The XML with each piece in place of what stood from its start to its end."""
    out, at = [], 0
    for start, end, made in sorted(cuts, key=lambda cut: cut[0]):
        out += [xml[at:start], made]
        at = end
    return b"".join([*out, xml[at:]])

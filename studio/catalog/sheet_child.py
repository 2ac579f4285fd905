"""Reads a workbook in a process of its own (studio/confined.py) and writes its cells as JSON lines.

A crafted workbook can make the reader abort the whole process. Run as a script, with the path and
the limits as JSON. Lines: {"sheet": name}, then one list [row number, cell, ...] for each row that
is not empty, at the end {"end": true} or {"refused": code, ...words of the message}.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

XML = (".xml", ".rels")
DECLARED = (b"<!DOCTYPE", b"<!ENTITY")


class RefusedError(Exception):
    """Code of texts.yaml, and its words."""

    def __init__(self, code: str, **words: Any) -> None:
        super().__init__(code)
        self.told = {"refused": code, **words}


def check(path: str, limits: dict[str, int]) -> None:
    """Refuse an archive that unpacks to too much, or whose XML declares entities."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        total = sum(m.file_size for m in members)
        packed = sum(m.compress_size for m in members) or 1
        if len(members) > limits["entries"]:
            raise RefusedError("zip-bomb", cause=f"{len(members)} members")
        if total > limits["bytes"] or (total > 10_000_000 and total > limits["ratio"] * packed):
            raise RefusedError("zip-bomb", cause=f"{total // 1_000_000} MB, {total // packed}:1")
        for member in members:
            if member.filename.endswith(XML):
                with archive.open(member) as stream:
                    head = stream.read(4096).replace(b"\0", b"")  # UTF-16 too
                if any(word in head for word in DECLARED):
                    raise RefusedError("xml-unsafe", member=member.filename[:100])


def rows(path: str, limits: dict[str, int]) -> Iterator[Any]:
    """What is written, line by line."""
    from python_calamine import CalamineWorkbook

    seen = count = chars = 0
    with CalamineWorkbook.from_path(path) as book:
        for name in book.sheet_names:
            yield {"sheet": name}
            sheet = book.get_sheet_by_name(name)
            first = (sheet.start or (0, 0))[0] + 1
            for number, row in enumerate(sheet.iter_rows(), first):
                cells = [text(cell).strip() for cell in row]
                while cells and not cells[-1]:
                    cells.pop()
                seen += 1
                count += len(cells)
                chars += sum(map(len, cells))
                if seen > limits["rows"]:
                    raise RefusedError("many-rows", most=limits["rows"])
                if count > limits["cells"] or chars > limits["text"]:
                    raise RefusedError("zip-bomb", cause=f"{count} cells, {chars // 1_000_000} MB")
                if len(cells) > limits["columns"]:
                    most = limits["columns"]
                    raise RefusedError("many-columns", row=number, seen=len(cells), most=most)
                if any(len(cell) > limits["chars"] for cell in cells):
                    raise RefusedError("long-cell", row=number, most=limits["chars"])
                yield [number, *cells]
    yield {"end": True}


def text(cell: Any) -> str:
    """A cell as a person sees it: 12.0 is 12, midnight is only a date."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e18 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    return str(cell) if isinstance(cell, int | date | time | timedelta) else ""


def main(path: str, limits: dict[str, int]) -> None:
    out = sys.stdout
    try:
        if zipfile.is_zipfile(path):
            check(path, limits)
        for said in rows(path, limits):
            out.write(json.dumps(said) + "\n")
    except RefusedError as refusal:
        out.write(json.dumps(refusal.told) + "\n")
    except MemoryError:
        return  # the parent tells of a reader that ends without a word
    except BaseException as error:  # a panic of the reader is no Exception
        out.write(json.dumps({"refused": "sheet-broken", "cause": str(error)[:200]}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))

"""Reads a workbook in a process of its own and writes its cells as JSON lines.

A crafted workbook can make the reader abort the whole process, so this file runs as a script,
apart from Studio, with limits on memory and processor time. Lines: {"sheet": name}, then one list
[row number, cell, ...] for each row that is not empty, at the end {"end": true} or
{"error": text, "kind": class name}.
"""

from __future__ import annotations

import json
import sys
from datetime import date, datetime, time, timedelta
from typing import Any


def limit(memory: int, seconds: int) -> None:
    """Bound this process. Where the system has no such limits (Windows) there are none."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def text(cell: Any, most: int) -> str:
    """A cell as a person sees it: 12.0 is 12, midnight is only a date."""
    if isinstance(cell, str):
        return cell[: most + 1]
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e18 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    return str(cell) if isinstance(cell, int | date | time | timedelta) else ""


def main(path: str, memory: int, seconds: int, most: int) -> None:
    limit(memory, seconds)
    from python_calamine import CalamineWorkbook

    out = sys.stdout
    try:
        with CalamineWorkbook.from_path(path) as book:
            for name in book.sheet_names:
                out.write(json.dumps({"sheet": name}) + "\n")
                sheet = book.get_sheet_by_name(name)
                first = (sheet.start or (0, 0))[0] + 1
                for number, row in enumerate(sheet.iter_rows(), first):
                    cells = [text(cell, most) for cell in row]
                    while cells and not cells[-1]:
                        cells.pop()
                    out.write(json.dumps([number, *cells]) + "\n")
        out.write('{"end": true}\n')
    except BaseException as error:  # a panic of the reader is no Exception
        out.write(json.dumps({"error": str(error)[:300], "kind": type(error).__name__}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))

"""From the paths that a user gives to tables. The kind of a file is told by its content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from studio.catalog import delimited, feed, limits, objects, sheets
from studio.catalog.delimited import Score
from studio.catalog.plain import restored
from studio.catalog.report import Report
from studio.catalog.rows import Row, Table

SUFFIXES = frozenset(
    {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".json", ".jsonl",
     ".ndjson", ".xml"}
)  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = (
    (b"\x89PNG", "a PNG picture", "PNG 图片"),
    (b"\xff\xd8\xff", "a JPEG picture", "JPEG 图片"),
    (b"GIF8", "a GIF picture", "GIF 图片"),
    (b"RIFF", "a picture or a sound", "图片或音频"),
    (b"BM", "a BMP picture", "BMP 图片"),
    (b"%PDF", "a PDF document", "PDF 文档"),
    (b"\x1f\x8b", "a gzip archive", "gzip 压缩包"),
    (b"Rar!", "a RAR archive", "RAR 压缩包"),
    (b"7z\xbc\xaf", "a 7z archive", "7z 压缩包"),
    (b"SQLite format 3", "a database", "数据库文件"),
    (b"\x7fELF", "a program", "程序"),
    (b"MZ\x90", "a program", "程序"),
)


_LONGEST = 255  # bytes of a file name
_BROKEN = re.compile("[\0\ud800-\udfff]")


def files(paths: Sequence[Path], report: Report) -> list[tuple[Path, str]]:
    """(path, name for issues) of each file; a folder stands for the catalog files in it."""
    if not paths:
        raise report.refuse("nothing-given", "")
    found: list[tuple[Path, str]] = []
    for path in map(Path, paths):
        if len(path.name.encode("utf-8", "replace")) > _LONGEST:
            raise report.refuse("not-found", f"{path.name[:80]}…")
        if path.is_dir():
            # Text files beside a catalog are notices; one that is a catalog can be named itself.
            wanted = SUFFIXES - {".txt"}
            inside = [p for p in _inside(path, report) if p.suffix.lower() in wanted]
            if not inside:
                raise report.refuse("empty-folder", str(path))
            if len(inside) > limits.FOLDER_FILES:
                raise report.refuse("full-folder", str(path), most=limits.FOLDER_FILES)
            found += [(p, p.name) for p in inside]
        elif path.is_file():
            found.append((path, path.name))
        elif path.exists():
            raise report.refuse("not-a-file", str(path))
        else:
            raise report.refuse("not-found", str(path))
    return list(dict.fromkeys(found))


def _inside(folder: Path, report: Report) -> Iterator[Path]:
    """The files of a folder, and what its links lead to as long as that is in the folder too."""
    root = folder.resolve()
    for path in sorted(folder.iterdir()):
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            report.issue("link-outside", path.name, 0)
        elif path.is_file():
            yield path


def tables(path: Path, file: str, report: Report, score: Score) -> Iterator[Table]:
    """The tables of one file. Raises InputError when it is no catalog."""
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise report.refuse("unreadable", file, cause=error.strerror) from error
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise report.refuse("empty", file)
    _refuse_foreign(head, file, report)
    text, sheet = _text(head), False
    if head.startswith(b"PK") or head.startswith(_OLE):
        found, sheet = sheets.read(path, file, report, score), True
    elif text.startswith(("<?xml", "<rss", "<feed")):
        found = [feed.read(path, file, report)]
    elif text.startswith(("{", "[")) and path.suffix.lower() not in (".csv", ".tsv"):
        found = objects.read(path, file, report)
    else:
        found, sheet = [delimited.read(path, file, report, score)], True
    for table in found:
        table.header = [_BROKEN.sub("\ufffd", name) for name in table.header]
        rows = _restored(table.rows) if sheet else table.rows
        table.rows = _storable(rows, table.file, report)
        yield table


def _restored(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows without the apostrophes of our own exports: SKUs as well as texts."""
    for row in rows:
        if any(cell[:1] == "'" for cell in row.cells):
            row = Row(row.line, [restored(cell) for cell in row.cells])
        yield row


def _storable(rows: Iterable[Row], file: str, report: Report) -> Iterator[Row]:
    """The rows without what no database keeps: NULs and halves of characters."""
    for row in rows:
        if not _BROKEN.search("".join(row.cells)):
            yield row
            continue
        report.issue("broken-letters", file, row.line)
        yield Row(row.line, [_BROKEN.sub("\ufffd", cell) for cell in row.cells])


def _text(head: bytes) -> str:
    """The beginning as text, good enough to tell XML and JSON."""
    for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            return head[2:].decode(name, "replace").lstrip()
    if b"\0" in head:
        head = head.replace(b"\0", b"")
    return head.decode("utf-8-sig", "replace").lstrip()


def _refuse_foreign(head: bytes, file: str, report: Report) -> None:
    for magic, english, chinese in _FOREIGN:
        binary = any(b < 9 for b in head[:256])
        if head.startswith(magic) and (len(magic) > 2 or binary):
            if magic == b"RIFF" and not binary:
                continue
            kind = chinese if report.language == "zh" else english
            raise report.refuse("wrong-kind", file, kind=kind)
    if _text(head)[:15].casefold().startswith(("<!doctype html", "<html")):
        kind = "网页" if report.language == "zh" else "a web page"
        raise report.refuse("wrong-kind", file, kind=kind)

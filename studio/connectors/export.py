"""A verified export as it is sent: its files, and the texts of its tables by product.

The manifest is copied first and everything else is held against that copy while it is read, so
that a file which changes between the proof and the sending is noticed and not sent.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from studio.channels import manifest
from studio.channels.formats import Row, find_format
from studio.channels.manifest import FileEntry
from studio.errors import InputError, StateError
from studio.schema import Noun

_CHUNK = 1 << 20


class Goods(Noun):
    """The approved texts of a product, cell by cell; a text that it lacks is not there."""

    listing: str
    revision: int
    name: str  # handle or SKU of the product
    texts: dict[str, str]
    skus: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """How a shop's table tells products apart. `texts`: our field -> column; `names`: what a
    product's id may be called, the usual first; `key`: that name in a row."""

    format: str
    texts: Mapping[str, str]
    names: Callable[[str], tuple[str, ...]]
    key: Callable[[Row], str]


class Export:
    """An export folder, opened for sending. Use it as a context: copies are removed at the end."""

    def __init__(self, folder: Path) -> None:
        """Raises InputError when it is no export folder."""
        self.folder = folder
        self._own = tempfile.TemporaryDirectory(prefix="studio-send-")
        self.manifest = Path(self._own.name) / manifest.FILE
        try:
            shutil.copyfile(folder / manifest.FILE, self.manifest)
            self.head: dict[str, Any] = next(item for kind, item in self._lines() if kind == "head")
        except (OSError, ValueError, StopIteration) as error:
            self._own.cleanup()
            raise InputError(f"{folder} is no export folder", hint="studio export") from error
        self.size, self.sha = manifest.hash_file(self.manifest)

    def __enter__(self) -> Export:
        return self

    def __exit__(self, *_: object) -> None:
        self._own.cleanup()

    def _lines(self) -> Iterator[tuple[str, dict[str, Any]]]:
        return manifest.read(self.manifest)

    def files(self) -> Iterator[FileEntry]:
        """Every file but the manifest: pictures, then tables."""
        for kind, item in self._lines():
            if kind == "files":
                yield FileEntry.model_validate(item)

    @property
    def itself(self) -> FileEntry:
        """The manifest as a file."""
        return FileEntry(path=manifest.FILE, bytes=self.size, sha256=self.sha, kind="manifest")

    @contextmanager
    def opened(self, entry: FileEntry) -> Iterator[BinaryIO]:
        """A file, proved and at its beginning. Raises StateError when it has changed."""
        path = self.manifest if entry.kind == "manifest" else self.folder / entry.path
        with path.open("rb") as file:
            digest = sha256()
            while piece := file.read(_CHUNK):
                digest.update(piece)
            if digest.hexdigest() != entry.sha256:
                raise StateError(f"{entry.path} changed since it was verified", hint="export again")
            file.seek(0)
            yield file

    def locales(self) -> list[str]:
        """The languages of its texts."""
        return sorted({item["locale"] for kind, item in self._lines() if kind == "listings"})

    def goods(self, sheet: Sheet, locale: str) -> Iterator[Goods]:
        """The products of a language as the tables have them. Raises InputError, StateError."""
        if self.head.get("format") != sheet.format:
            raise InputError(
                f"this export is for {self.head.get('channel')}, not for such a shop",
                hint="export the shop's own channel",
            )
        known = self._index(sheet, locale)
        table = find_format(sheet.format).TABLE
        start = f"{self.head['channel']}.{locale}."
        try:
            for entry in self.files():
                if entry.kind != "table" or not entry.path.startswith(start):
                    continue
                for name, rows in groupby(table.read(self._copied(entry)), key=sheet.key):
                    yield _goods(sheet, known, name, list(rows))
        finally:
            known.close()

    def _copied(self, entry: FileEntry) -> Path:
        """A copy that nobody else writes to."""
        own = self.manifest.with_name("table")
        with self.opened(entry) as file, own.open("wb") as out:
            shutil.copyfileobj(file, out)
        if manifest.hash_file(own)[1] != entry.sha256:
            raise StateError(f"{entry.path} changed since it was verified", hint="export again")
        return own

    def _index(self, sheet: Sheet, locale: str) -> sqlite3.Connection:
        """name -> listing and revision, on disk: an export may have millions."""
        base = sqlite3.connect("", isolation_level=None)
        base.execute("CREATE TABLE known (name PRIMARY KEY, listing, revision) WITHOUT ROWID")
        base.execute("BEGIN")
        for kind, item in self._lines():
            if kind != "listings" or item["locale"] != locale:
                continue
            for name in sheet.names(item["product"]):  # the next one where another has the first
                row = (name, item["id"], item["revision"])
                if base.execute("INSERT OR IGNORE INTO known VALUES (?, ?, ?)", row).rowcount:
                    break
        return base


def _goods(sheet: Sheet, known: sqlite3.Connection, name: str, rows: list[Row]) -> Goods:
    query = "SELECT listing, revision FROM known WHERE name = ?"
    found = known.execute(query, (name,)).fetchone()
    if found is None:
        raise StateError(f"{name!r} of the table is not in the manifest", hint="export again")
    texts = {field: cell for field, column in sheet.texts.items()
             if (cell := rows[0].get(column, ""))}  # fmt: skip
    skus = tuple(dict.fromkeys(sku for row in rows if (sku := row.get("SKU", ""))))
    return Goods(listing=found[0], revision=found[1], name=name, texts=texts, skus=skus)

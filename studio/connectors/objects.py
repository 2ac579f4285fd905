"""An export as files somewhere: a folder here, or a bucket.

Files that are there already are not sent again. A manifest of an older export goes before the first
file is replaced and the new one comes last: whoever finds a manifest finds all of its files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from studio.channels import manifest
from studio.channels.ledger import Ledger
from studio.channels.manifest import FileEntry
from studio.connectors.base import Change, Item, Known, plain, problem
from studio.connectors.export import Export
from studio.errors import StateError, StudioError

T = TypeVar("T")
BATCH = 50
FILE, GONE = "file", ""  # the field of a change; the `after` of what is taken away


class Place(Protocol):
    """Where files go. Paths are those of the export. Whatever fails raises OSError."""

    where: str

    def sha(self, entry: FileEntry) -> str:
        """sha256 of what is there under the path; "" for nothing, or for who knows what."""
        ...

    def put(self, entry: FileEntry, file: BinaryIO) -> None:
        """All of it or nothing."""
        ...

    def get(self, path: str, to: Path) -> bool:
        """A copy of a file; False when there is none."""
        ...

    def remove(self, path: str) -> None: ...


class Objects:
    """The connector for files."""

    def __init__(self, place: Place) -> None:
        self._at = place
        self._export: Export | None = None
        self._entries: dict[str, FileEntry] = {}  # of the batch in hand
        self._older = self._failed = False

    @property
    def place(self) -> str:
        return self._at.where

    def close(self) -> None:
        """Nothing is held open."""

    def plan(self, export: Export, known: Known) -> Iterator[tuple[Item, ...]]:
        """The files in the manifest's order, then those of an older export that this one has no
        more, then the manifest."""
        self._export, self._failed = export, False
        with tempfile.TemporaryDirectory(prefix="studio-send-") as folder:
            old = Path(folder) / manifest.FILE
            there = self._asked(lambda: self._at.get(manifest.FILE, old))
            same = there and manifest.hash_file(old)[1] == export.sha
            older = self._older = there and not same
            for batch in batches(export.files(), BATCH):
                yield self._planned(batch)
            for gone in batches(_left_over(old, export) if older else (), BATCH):
                yield tuple(_item(path, "there", GONE) for path in gone)
        itself = export.itself
        self._entries = {itself.path: itself}
        yield (_item(itself.path, itself.sha256 if same else "", itself.sha256),)

    def _planned(self, batch: Sequence[FileEntry]) -> tuple[Item, ...]:
        self._entries = {entry.path: entry for entry in batch}
        return self._asked(lambda: tuple(_item(e.path, self._at.sha(e), e.sha256) for e in batch))

    def _asked(self, question: Callable[[], T]) -> T:
        """What is there. Raises StateError when that can not be read."""
        try:
            return question()
        except OSError as error:
            raise StateError(
                f"what is in {self.place} can not be read: {plain(error.strerror or str(error))}",
                hint="is it the right place, and may you read there?",
            ) from error

    def send(self, items: Sequence[Item]) -> Iterator[Item]:
        """Puts and removes; the manifest only where nothing failed before it."""
        for item in items:
            if item.state != "change":
                yield item
                continue
            if item.key == manifest.FILE and self._failed:
                yield item.failed(problem("unfinished"))
                continue
            try:
                self._write(item)
            except (OSError, StudioError) as error:
                self._failed = True
                cause = error.message if isinstance(error, StudioError) else str(error)
                yield item.failed(problem("file", cause=plain(cause)))
            else:
                yield item.model_copy(update={"state": "sent"})

    def _write(self, item: Item) -> None:
        assert self._export is not None
        if item.changes[0].after == GONE:
            self._at.remove(item.key)
            return
        entry = self._entries[item.key]
        with self._export.opened(entry) as file:
            if self._older and entry.kind != "manifest":
                self._at.remove(manifest.FILE)
                self._older = False
            self._at.put(entry, file)


def _item(path: str, before: str, after: str) -> Item:
    if before == after:
        return Item(key=path, name=path, state="same")
    change = Change(field=FILE, before=before[:12], after=after[:12])
    return Item(key=path, name=path, state="change", changes=(change,))


def _left_over(old: Path, export: Export) -> Iterator[str]:
    """Paths that the older manifest names and the new one does not. One that is damaged, or that
    points elsewhere, names none: nothing is removed on a stranger's word."""
    try:
        for _ in _named(old):
            pass
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    with Ledger() as kept:
        for entry in export.files():
            kept.claim("file", entry.path)
        for path in _named(old):
            if not kept.has("file", path) and path != manifest.FILE and not manifest.unsafe(path):
                yield path


def _named(old: Path) -> Iterator[str]:
    return (str(item["path"]) for kind, item in manifest.read(old) if kind == "files")


def batches(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """The items in tuples of at most `size`."""
    rest = iter(items)
    while batch := tuple(islice(rest, size)):
        yield batch

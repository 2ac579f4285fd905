"""Writes approved listings for a channel: tables, pictures, manifest; all of it or nothing.

Everything goes into a hidden folder beside the final one, in three passes of constant memory:
1. each listing is checked, its pictures are written, its rows and what was approved are spooled;
2. the tables are written with the columns that have a value anywhere (an empty column would blank
   the shop's own values);
3. the tables are read back by another reader, compared with what was approved, hashed into the
   manifest, and the folder gets its name.
"""

from __future__ import annotations

import glob
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import studio
from studio.channels import manifest
from studio.channels.entry import Entry, entry
from studio.channels.handles import safe_locale
from studio.channels.ledger import Ledger
from studio.channels.manifest import FileEntry, Manifest
from studio.channels.notes import Notes
from studio.channels.tables import Hashing, Table
from studio.errors import InputError, NotFoundError, StateError, StudioError
from studio.schema import Channel, Listing, Product, State, now

MARK = ".part"
DAY = 24 * 3600


class Format(Protocol):
    """A file `format_<name>.py`: how a channel's table looks and how it is read back."""

    NAME: str
    TABLE: Table
    COLUMNS: tuple[str, ...]

    def title(self, column: str, locale: str) -> str: ...
    def rows(self, entry: Entry) -> list[dict[str, str]]: ...
    def approved(self, entry: Entry) -> dict[str, Any]: ...
    def back(self, rows: Iterator[Mapping[str, str]]) -> Iterator[dict[str, Any]]: ...


def formats() -> list[str]:
    """The names of all formats."""
    return sorted(p.stem.removeprefix("format_") for p in Path(__file__).parent.glob("format_*.py"))


def find_format(name: str) -> Format:
    if name not in formats():
        raise NotFoundError.of("export format", name, formats())
    found: Format = import_module(f"studio.channels.format_{name}")
    return found


def write(
    channel: Channel,
    items: Iterable[tuple[Product, Listing]],
    folder: Path,
    blob: Callable[[str], bytes],
    *,
    by: str,
    record: Mapping[str, Any] | None = None,
    replace: bool = False,
) -> Manifest:
    """Exports the approved listings of a channel into `folder`, which must not exist yet.

    `blob` gives a picture's bytes by sha256. `by` is the person. `record` may hold: head (hash of
    the newest event), rules (digest of the rule packs), approvers (listing id -> name), base_url
    (where the picture files will be), shop_url, at (ISO time), and any of the spec's options to
    overrule. `replace` puts it in the place of an older export that is whole.

    Raises StateError for a listing that is not approved as it stands, for a folder in the way and
    for a stored picture that has changed; InputError for what a file cannot hold. Then nothing is
    left behind.
    """
    folder = folder.absolute()
    _room(folder, replace)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    part = folder.parent / f".{folder.name}.{secrets.token_hex(4)}{MARK}"
    part.mkdir()
    try:
        made = _Export(channel, part, blob, dict(record or {})).run(items, by)
        _rename(part, folder, replace)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return made.model_copy(update={"folder": folder})


def _room(folder: Path, replace: bool) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not replace:
        raise StateError(f"{folder} is there already", hint="choose another folder")
    problems = manifest.verify(folder) if folder.is_dir() else ["not a folder"]
    if problems:
        raise StateError(
            f"{folder} is not an untouched export and is not replaced: {problems[0]}",
            hint="move it away first",
        )


def _sweep(folder: Path) -> None:
    """Takes away what a killed export left behind a day ago or earlier."""
    for left in folder.parent.glob(f".{glob.escape(folder.name)}.*{MARK}"):
        if time.time() - left.stat().st_mtime > DAY:
            shutil.rmtree(left, ignore_errors=True)


def _rename(part: Path, folder: Path, replace: bool) -> None:
    if replace and folder.exists():
        old = part.with_suffix(".old")
        folder.rename(old)
        part.rename(folder)
        shutil.rmtree(old)
        return
    if folder.exists():
        folder.rmdir()  # it is empty; Windows does not rename onto it
    part.rename(folder)


class _Export:
    """One export under way."""

    def __init__(
        self,
        channel: Channel,
        part: Path,
        blob: Callable[[str], bytes],
        record: dict[str, Any],
    ) -> None:
        self.channel, self.part, self.blob, self.record = channel, part, blob, record
        self.format = find_format(channel.format)
        self.notes = Notes()
        self.spool = part / ".spool"
        self.columns: dict[str, set[str]] = {}  # by locale, those with a value
        self.counts = {"listings": 0, "pictures": 0, "bytes": 0}

    def run(self, items: Iterable[tuple[Product, Listing]], by: str) -> Manifest:
        self.spool.mkdir()
        with Ledger(self.spool / "names") as ledger:
            self._spool(items, ledger)
        if not self.counts["listings"]:
            raise InputError(
                f"nothing on {self.channel.id} is approved yet", hint="approve listings first"
            )
        tables = [table for locale in self.columns for table in self._tables(locale)]
        for table in tables:
            self._file(table)
        self._read_back(tables)
        made = self._manifest(by, tuple(tables))
        shutil.rmtree(self.spool)
        problems = manifest.verify(self.part, made.sha256)
        if problems:
            raise StateError(f"the export did not read back: {problems[0]}")
        return made

    # --- pass 1

    def _spool(self, items: Iterable[tuple[Product, Listing]], ledger: Ledger) -> None:
        with (self.spool / "listings").open("w", encoding="utf-8") as lines:
            for product, listing in items:
                try:
                    self._check(product, listing)
                    found = self._entry(product, listing, ledger)
                    rows = self.format.rows(found)
                except StudioError as error:
                    error.where = error.where or listing.id
                    raise
                for placed in found.placed:
                    self._picture(placed.picture.sha256, placed.path, listing.id)
                self._append(listing.locale, rows, self.format.approved(found), listing.id)
                files = [placed.path for placed in found.placed]
                line = manifest.listing_line(listing, files, self.record)
                lines.write(_json(line) + "\n")
                self.notes.look(found, rows)
                self.counts["listings"] += 1

    def _check(self, product: Product, listing: Listing) -> None:
        if listing.state not in (State.APPROVED, State.EXPORTED) or listing.approved is None:
            raise StateError("this listing is not approved", hint="submit and approve it first")
        if listing.approved != listing.revision:
            raise StateError(
                f"revision {listing.approved} was approved, but the newest is {listing.revision}",
                hint="approve the newest revision, or export from the approved one",
            )
        if listing.channel != self.channel.id or listing.product != product.id:
            raise StateError(f"it belongs to {listing.product} on {listing.channel}")
        safe_locale(listing.locale)

    def _entry(self, product: Product, listing: Listing, ledger: Ledger) -> Entry:
        found = entry(product, listing, self.channel, self.record)
        if not ledger.claim(f"listing {listing.locale}", product.id, product.id):
            raise InputError("this listing stands twice in the export")
        if not ledger.claim(f"handle {listing.locale}", found.handle, product.id):
            found = entry(product, listing, self.channel, self.record, sure=True)
        for key in found.keys:
            if not ledger.claim(f"key {listing.locale}", key, product.id):
                raise InputError(
                    f"{key!r} is the SKU of another product of this export too",
                    hint="give each its own SKU in the catalog and import it again",
                )
        return found

    def _picture(self, digest: str, name: str, listing: str) -> None:
        data = self.blob(digest)
        if sha256(data).hexdigest() != digest:
            raise StateError(
                f"the stored picture {digest[:12]}… has changed since it was made",
                hint="make this listing's pictures again",
                where=listing,
            )
        path = self.part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.counts["pictures"] += 1
        self._file(FileEntry(path=name, bytes=len(data), sha256=digest, kind="picture"))

    def _file(self, item: FileEntry) -> None:
        self.counts["bytes"] += item.bytes
        with (self.spool / "files").open("a", encoding="utf-8") as lines:
            lines.write(_json(item.model_dump()) + "\n")

    def _append(
        self, locale: str, rows: list[dict[str, str]], approved: dict[str, Any], id: str
    ) -> None:
        used = self.columns.setdefault(locale, set())
        used.update(column for row in rows for column, cell in row.items() if cell)
        with (self.spool / f"rows.{locale}").open("a", encoding="utf-8") as lines:
            lines.write(_json({"id": id, "rows": rows, "approved": approved}) + "\n")

    def _spooled(self, locale: str) -> Iterator[dict[str, Any]]:
        with (self.spool / f"rows.{locale}").open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)

    # --- pass 2

    def _order(self, locale: str) -> list[str]:
        """The used columns in the format's order; numbered ones by number."""

        def place(column: str) -> tuple[int, int, str]:
            head, _, rest = column.partition(".")
            known = column if column in self.format.COLUMNS else head
            return self.format.COLUMNS.index(known), int(rest) if rest.isdigit() else 0, rest

        return sorted(self.columns[locale], key=place)

    def _tables(self, locale: str) -> Iterator[FileEntry]:
        """Writes the locale's table, in parts when the channel limits its size."""
        columns, table = self._order(locale), self.format.TABLE
        most = int(self.channel.options.get("max_bytes", 0)) or 1 << 62
        pending, number = self._spooled(locale), 0
        ahead = next(pending, None)
        while ahead is not None:
            number += 1
            name = ".".join([self.channel.id, locale, *([str(number)] if number > 1 else [])])
            path = self.part / f"{name}.{table.suffix}"
            with path.open("wb") as file:
                out = Hashing(file)
                out.write(table.header([self.format.title(c, locale) for c in columns]))
                empty = True
                while ahead is not None:
                    data = _encoded(table, columns, ahead)
                    if not empty and out.bytes + len(data) > most:
                        break
                    out.write(data)
                    empty, ahead = False, next(pending, None)
                file.flush()
                os.fsync(file.fileno())
            yield FileEntry(
                path=path.name, bytes=out.bytes, sha256=out.hash.hexdigest(), kind="table"
            )

    # --- pass 3

    def _read_back(self, tables: list[FileEntry]) -> None:
        for locale in self.columns:
            names = {self.format.title(c, locale): c for c in self._order(locale)}
            mine = [t.path for t in tables if t.path.split(".")[1] == locale]
            rows = (
                {names[header]: cell for header, cell in row.items()}
                for name in mine
                for row in self.format.TABLE.read(self.part / name)
            )
            found = self.format.back(rows)
            for expected in self._spooled(locale):
                seen = next(found, None)
                if seen != expected["approved"]:
                    raise StateError(
                        "the written table does not say what was approved: "
                        + _difference(expected["approved"], seen),
                        where=expected["id"],
                    )
            if next(found, None) is not None:
                raise StateError("the written table has more rows than were approved")

    def _manifest(self, by: str, tables: tuple[FileEntry, ...]) -> Manifest:
        notes = self.notes.found()
        head = {
            "version": manifest.VERSION,
            "studio": studio.__version__,
            "channel": self.channel.id,
            "spec": self.channel.options.get("file", ""),
            "format": self.format.NAME,
            "at": self.record.get("at") or now().isoformat(timespec="seconds"),
            "by": by,
            "record": {k: v for k, v in self.record.items() if k not in ("approvers", "at")},
            "totals": self.counts,
            "notes": [note.model_dump() for note in notes],
        }
        path = self.part / manifest.FILE
        digest = manifest.write(path, head, self._lines("files"), self._lines("listings"))
        return Manifest(
            folder=self.part, channel=self.channel.id, tables=tables, notes=notes, sha256=digest,
            **self.counts,
        )  # fmt: skip

    def _lines(self, name: str) -> Iterator[str]:
        path = self.spool / name
        if path.exists():
            with path.open(encoding="utf-8") as lines:
                yield from lines


def _encoded(table: Table, columns: list[str], spooled: dict[str, Any]) -> bytes:
    try:
        return table.lines(columns, spooled["rows"])
    except UnicodeEncodeError as error:
        raise InputError(
            "a text holds half of a character (a lone surrogate) and cannot be written",
            where=spooled["id"],
        ) from error


def _difference(expected: dict[str, Any], seen: dict[str, Any] | None) -> str:
    if seen is None:
        return "it is not there"
    keys = [key for key in {**expected, **seen} if expected.get(key) != seen.get(key)]
    return "; ".join(f"{key}: {seen.get(key)!r}, not {expected.get(key)!r}" for key in keys)[:600]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))

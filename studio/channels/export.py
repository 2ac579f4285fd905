"""Writes approved listings for a channel: tables, pictures, manifest; all of it or nothing.

Everything goes into a hidden folder beside the final one, in three passes of constant memory:
1. each listing is checked, its pictures are written, its rows and what was approved are spooled;
2. the tables are written with the columns that have a value anywhere (an empty column would blank
   the shop's own values; products that lack one of the texts go into a table of their own);
3. the tables are read back by another reader, compared with what was approved, hashed into the
   manifest, and the folder gets its name.
"""

from __future__ import annotations

import glob
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import studio
from studio.channels import manifest, output
from studio.channels.entry import Entry, entry
from studio.channels.formats import find_format
from studio.channels.handles import safe_locale
from studio.channels.ledger import Ledger
from studio.channels.manifest import FileEntry, Manifest
from studio.channels.notes import Notes
from studio.channels.spool import Spool
from studio.errors import InputError, StateError, StudioError
from studio.schema import Channel, Listing, Product, State, now

MARK, OLD = ".part", ".old"
DAY = 24 * 3600


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

    `blob` gives a picture's bytes by sha256. `by` is the person. `record` may hold: head (of the
    record of events), rules (digest of the rule packs), approvers (listing id -> name), base_url
    (where the picture files will be), shop_url, format (another one than the channel's), at (ISO
    time), and any of the spec's options to overrule. `replace` puts it in the place of an older
    export that is whole.

    Raises StateError for a listing that is not approved as it stands, for a folder in the way and
    for a stored picture that has changed; InputError for what a file cannot hold, and when there is
    nothing to export. Then nothing is left behind.
    """
    folder = folder.absolute()
    _room(folder, replace)
    part = folder.parent / f".{folder.name}.{secrets.token_hex(4)}{MARK}"
    try:
        part.mkdir(parents=True)
        _sweep(folder)
        made = _Export(channel, part, blob, dict(record or {})).run(items, by)
        _rename(part, folder, replace)
    except BaseException as error:
        shutil.rmtree(part, ignore_errors=True)
        if isinstance(error, OSError):
            raise StateError(
                f"the export could not be written: {error.strerror or error}",
                where=str(error.filename or folder),
                hint="free some space, or choose a folder that you may write to",
            ) from error
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
    for left in folder.parent.glob(f".{glob.escape(folder.name)}.*"):
        if left.suffix in (MARK, OLD) and time.time() - left.stat().st_mtime > DAY:
            shutil.rmtree(left, ignore_errors=True)


def _rename(part: Path, folder: Path, replace: bool) -> None:
    """Gives the export its name; an older one, or an empty folder, makes room first."""
    if not folder.exists():
        part.rename(folder)
    elif replace:
        old = part.with_suffix(OLD)
        folder.rename(old)
        part.rename(folder)
        shutil.rmtree(old)
    else:
        folder.rmdir()  # fails if somebody has put something into it meanwhile
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
        self.format = find_format(record.get("format") or channel.format)
        self.notes = Notes(self.format.NAME)
        self.spool = Spool(part / ".spool")
        self.counts = {"listings": 0, "pictures": 0, "bytes": 0}

    def run(self, items: Iterable[tuple[Product, Listing]], by: str) -> Manifest:
        try:
            with Ledger() as ledger:
                for product, listing in items:
                    self._listing(product, listing, ledger)
            if not self.counts["listings"]:
                nothing = f"nothing on {self.channel.id} is approved yet"
                raise InputError(nothing, hint="approve listings first")
            made = self._manifest(by, self._tables())
        finally:
            self.spool.remove()
        problems = manifest.verify(self.part, made.sha256)
        if problems:
            raise StateError(f"the export did not read back: {problems[0]}")
        return made

    def _listing(self, product: Product, listing: Listing, ledger: Ledger) -> None:
        try:
            check_approved(product, listing, self.channel.id)
            found = self._entry(product, listing, ledger)
            rows = self.format.rows(found)
            for placed in found.placed:
                self._picture(placed.picture.sha256, placed.path)
        except StudioError as error:
            error.where = error.where or listing.id
            raise
        # A text that this product lacks must not be an empty cell: the shop would lose its own.
        texts = tuple(bool(rows[0].get(column)) for column in self.format.TEXTS)
        approved = self.format.approved(found)
        self.spool.add_rows((listing.locale, texts), rows, approved, listing.id)
        files = [placed.path for placed in found.placed]
        self.spool.add("listings", manifest.listing_line(listing, files, self.record))
        self.notes.look(found, rows)
        self.counts["listings"] += 1

    def _entry(self, product: Product, listing: Listing, ledger: Ledger) -> Entry:
        found = entry(product, listing, self.channel, self.record)
        if not ledger.claim(f"listing {listing.locale}", product.id):
            raise InputError("this listing stands twice in the export")
        if not ledger.claim(f"handle {listing.locale}", found.handle):
            found = entry(product, listing, self.channel, self.record, sure=True)
        for key in found.keys:
            if not ledger.claim(f"key {listing.locale}", key):
                raise InputError(
                    f"{key!r} is the SKU of another product of this export too",
                    hint="give each its own SKU in the catalog and import it again",
                )
        return found

    def _picture(self, digest: str, name: str) -> None:
        data = self.blob(digest)
        if sha256(data).hexdigest() != digest:
            raise StateError(
                f"the stored picture {digest[:12]}… has changed since it was made",
                hint="make this listing's pictures again",
            )
        path = self.part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.counts["pictures"] += 1
        self._file(FileEntry(path=name, bytes=len(data), sha256=digest, kind="picture"))

    def _file(self, item: FileEntry) -> None:
        self.counts["bytes"] += item.bytes
        self.spool.add("files", item.model_dump())

    def _tables(self) -> tuple[FileEntry, ...]:
        """Writes the tables of every locale, and reads each back."""
        options = {**self.channel.options, **self.record}
        done: dict[str, list[FileEntry]] = {}
        for sheet in self.spool.columns:
            before = done.setdefault(sheet[0], [])
            tables = list(
                output.write_tables(
                    self.format, self.spool, self.part, self.channel.id, sheet,
                    after=len(before), options=options,
                )
            )  # fmt: skip
            output.read_back(self.format, self.spool, self.part, sheet, tables)
            before += tables
        found = tuple(table for tables in done.values() for table in tables)
        for table in found:
            self._file(table)
        return found

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
        lines = {name: self.spool.lines(name) for name in manifest.ROWS}
        digest = manifest.write(self.part / manifest.FILE, head, lines)
        return Manifest(
            folder=self.part, channel=self.channel.id, tables=tables, notes=notes, sha256=digest,
            **self.counts,
        )  # fmt: skip


def check_approved(product: Product, listing: Listing, channel: str) -> None:
    """Only what was approved, as it was approved, leaves the house."""
    if listing.state not in (State.APPROVED, State.EXPORTED) or listing.approved is None:
        raise StateError("this listing is not approved", hint="submit and approve it first")
    if listing.approved != listing.revision:
        raise StateError(
            f"revision {listing.approved} was approved, but the newest is {listing.revision}",
            hint="approve the newest revision",
        )
    if listing.channel != channel or listing.product != product.id:
        raise StateError(f"it is a listing of {listing.product} on {listing.channel}")
    safe_locale(listing.locale)

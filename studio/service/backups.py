"""Backup and restore: one encrypted file with the database, the pictures, the anchors and the keys.

The file is read again and proved after it was written; a restore proves everything before anything
is put in place, and never into a studio that holds something.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from studio import __version__, review
from studio.errors import InputError, StateError
from studio.schema import Actor, Noun, now
from studio.service.keeping import Keeping
from studio.store import Media, Store, archive
from studio.store.anchors import fingerprint
from studio.store.archive import Digest
from studio.store.dump import Chain
from studio.store.vault import Keys, public_of, signed


class BackedUp(Noun):
    """What a backup holds. `fingerprint`: of the studio's signing key, to be compared later."""

    path: Path
    bytes: int
    rows: dict[str, int]
    pictures: int
    number: int  # of the newest event
    hash: str
    fingerprint: str
    problems: tuple[str, ...] = ()  # pictures that were damaged already and are not in it


class Backups(Keeping):
    """The whole studio in a file."""

    def backup(self, path: Path, to: Sequence[str], actor: Actor) -> BackedUp:
        """Writes a backup that only the holders of the keys `to` (age1…) can open.

        It is sealed for one more key, made for this and thrown away, by which it is read back and
        proved at once. Raises InputError, StateError; nothing is left of a backup that failed.
        """
        review.permit(actor, "manage")
        if path.exists():
            raise InputError(f"{path} is there already", hint="choose another name")
        key, public = archive.new_identity()
        self._anchor_head("backup")
        problems: list[str] = []
        try:
            with archive.writing(path, archive.recipients([*to, public] if to else [])) as out:
                told = self._fill(out, problems)
            found = check(path, key)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        size = path.stat().st_size
        self.store.note("backup", actor, {"rows": sum(told["rows"].values()), "bytes": size})
        return BackedUp(path=path, bytes=size, problems=tuple(problems), **found)

    def _fill(self, out: archive.Writer, problems: list[str]) -> dict[str, Any]:
        """All pieces; what the last one tells."""
        begin = {"studio": __version__, "at": now().isoformat(), "tables": self.store.tables}
        out.add("backup.json", json.dumps(begin).encode())
        out.add("studio.key", self.vault.keys.model_dump_json().encode())
        told = self.store.dump(out.add)
        lines = self.anchors.read_bytes().splitlines(keepends=True)
        out.add("anchors.jsonl", b"".join(lines[: told.anchors]))
        pictures = 0
        for sha, data in self.media.all():
            out.add(f"media/{sha}", data)
            pictures += 1
        missing = sum(1 for _ in self.media.names()) - pictures
        if missing:
            problems.append(f"{missing} pictures are damaged and are not in the backup")
        last = {**told.model_dump(), "pictures": pictures, "digest": out.digest.value}
        signature = self.vault.sign(_canonical(last))
        out.add("manifest.json", json.dumps({**last, "signature": signature}).encode())
        return last

    def restore(self, path: Path, identity: str, actor: Actor) -> BackedUp:
        """Puts a backup into this studio, which must be empty. `identity`: age's private key(s).

        Raises StateError when the studio is not empty or the backup is not whole; then nothing of
        it stays behind.
        """
        review.permit(actor, "manage")
        store = self._opened()
        home = self.settings.home
        try:
            if not store.blank or any(self.media.here()) or self.anchors.exists():
                raise StateError(
                    "this studio is not empty: a restore never overwrites",
                    hint="give another folder (--home) and, with PostgreSQL, another database",
                )
            found = check(path, identity)  # all of it, before anything is written
            staged = home / ".restoring"
            try:
                self._put(store, path, identity, staged)
            finally:
                shutil.rmtree(staged, ignore_errors=True)
        except BaseException:
            store.close()
            self._clear(store)
            raise
        store.close()
        self.store.note("restored", actor, {"number": found["number"], "from": path.name})
        return BackedUp(path=path, bytes=path.stat().st_size, **found)

    def _put(self, store: Store, path: Path, identity: str, staged: Path) -> None:
        """Keys, rows, pictures and anchors, each whole before the next; the anchors come last."""
        pieces = archive.reading(path, archive.identities(identity))
        begin = json.loads(next(pieces)[1])
        made = self._put_keys(Keys.model_validate_json(next(pieces)[1]))
        try:
            rest: dict[str, bytes] = {}
            problems = store.load(_rows(pieces, Media(staged / "media"), rest), begin["tables"])
            if problems:
                raise StateError(f"the backup is not what was recorded: {problems[0]}")
            if (staged / "media").exists():
                (staged / "media").replace(self.media.folder)
                self.media.share()
            self.anchors.write_bytes(rest["anchors.jsonl"])
        except BaseException:
            if made:
                self.vault.path.unlink()
            raise

    def _put_keys(self, keys: Keys) -> bool:
        """Writes the key file of the backup; whether there was none."""
        if not self.vault.path.exists():
            self.vault.write(keys, first=True)
            return True
        if self.vault.keys != keys:
            raise StateError(
                f"{self.vault.path} is the key file of another studio",
                hint="set STUDIO_KEY_FILE to a new place: the backup brings its own",
            )
        return False

    def _clear(self, store: Store) -> None:
        """Takes away a database file that a failed restore made."""
        file = store.file
        if file is not None and store.blank:
            store.close()
            for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
                file.with_name(name).unlink(missing_ok=True)


def _rows(
    pieces: Iterator[tuple[str, bytes]], media: Media, rest: dict[str, bytes]
) -> Iterator[tuple[str, bytes]]:
    """The rows among the pieces; pictures go to their folder, the others to `rest`."""
    for name, data in pieces:
        if name.startswith("tables/"):
            yield name.split("/")[1], archive.unpacked(data)
        elif name.startswith("media/"):
            media.put(data)
        else:
            rest[name] = data


def check(path: Path, identity: str) -> dict[str, Any]:
    """Reads a backup to its end and proves it; what it holds. Raises StateError, InputError."""
    digest, chain, held = Digest(), Chain(), 0
    small: dict[str, bytes] = {}
    for name, data in archive.reading(path, archive.identities(identity)):
        if "manifest.json" in small:
            raise StateError("the backup goes on after its end")
        if name.startswith("tables/"):
            chain.look(name.split("/")[1], archive.unpacked(data))
        elif name.startswith("media/"):
            archive.same(name, data)
            held += 1
        else:
            small[name] = data
        if name != "manifest.json":
            digest.add(name, data)
    try:
        told = json.loads(small["manifest.json"])
        signature = told.pop("signature")
        keys = Keys.model_validate_json(small["studio.key"])
        _ = small["anchors.jsonl"], small["backup.json"]
    except (KeyError, ValueError) as error:
        raise StateError("the backup is not whole: it has no end") from error
    same = (told["digest"], told["pictures"]) == (digest.value, held)
    if not same or (told["number"], told["hash"]) != (chain.number, chain.hash):
        raise StateError("the backup does not hold what its last piece tells")
    if not signed(public_of(keys.sign), signature, _canonical(told)):
        raise StateError("the backup was put together by somebody else: its signature does not fit")
    return {
        **{name: told[name] for name in ("rows", "pictures", "number", "hash")},
        "fingerprint": fingerprint(public_of(keys.sign)),
    }


def _canonical(told: dict[str, Any]) -> bytes:
    return json.dumps(told, sort_keys=True).encode()

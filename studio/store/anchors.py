"""Signed heads of the record, outside the database: what shows that its end was cut off.

`anchors.jsonl` is only added to: each line holds number and hash of the newest event of its moment,
the sha256 of the line before, and a signature by the studio's key over all of that.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from studio.errors import SetupError
from studio.schema import Actor, Noun, digest_of, now
from studio.store import kept
from studio.store.base import FIRST, NEWEST, Record, append
from studio.store.vault import Vault, new_key, public_of, signed

LINES = "anchors"  # how many lines were written, so that a file that was cut is found


class Anchor(Noun):
    """The newest event of a moment, signed. `next_key`: the key that signs from here on."""

    number: int
    hash: str
    at: datetime
    why: str
    previous: str
    key: str  # public half, Ed25519, in hex
    next_key: str = ""
    signature: str = ""

    def told(self) -> bytes:
        """What is signed."""
        told = self.model_dump(mode="json", exclude={"signature"})
        return digest_of(told).encode()

    @property
    def genuine(self) -> bool:
        return signed(self.key, self.signature, self.told())


class Anchors(Record):
    """Writing anchors; the transaction of the record keeps their lines in order."""

    def anchor(self, path: Path, why: str) -> Anchor:
        """Signs the head and adds it to the file. Raises SetupError when it can not be written."""
        with self._write() as connection:
            return self._anchor(connection, path, why)

    def rotate_signing(self, path: Path, actor: Actor) -> Anchor:
        """A new signing key, which the old one vouches for in a last line of its own.

        The new key is kept before it is vouched for: wherever it is cut off, one of the two signs.
        """
        new = self.vault.keys.next or new_key()
        self.vault.write(self.vault.keys.model_copy(update={"next": new}))
        with self._write() as connection:
            append(connection, actor, "signing key rotated", detail={"key": public_of(new)})
        with self._write() as connection:
            line = self._anchor(connection, path, "new key", public_of(new))
            self._settle(_lines(path))
        return line

    def _settle(self, lines: list[bytes]) -> None:
        """The key that the last line vouches for signs from here on."""
        keys, coming = self.vault.keys, self.vault.coming
        if coming and lines and _vouched(lines[-1]) == coming:
            self.vault.write(keys.model_copy(update={"sign": keys.next, "next": None}))

    def _anchor(self, connection: Any, path: Path, why: str, next_key: str = "") -> Anchor:
        head = connection.execute(NEWEST).first()
        with _writing(path):
            lines = _lines(path)
        self._settle(lines)
        bare = Anchor(
            number=head.number if head else 0,
            hash=head.hash if head else FIRST,
            at=now(),
            why=why,
            previous=_sha(lines[-1]) if lines else FIRST,
            key=self.vault.public,
            next_key=next_key,
        )
        made = bare.model_copy(update={"signature": self.vault.sign(bare.told())})
        with _writing(path):
            _add(path, made)
        kept.put(connection, LINES, str(len(lines) + 1))
        return made

    def anchored(self) -> int:
        """How many lines the file of anchors must have at least."""
        with self._read() as connection:
            return int(kept.value(connection, LINES) or 0)


class Known:
    """The anchors of a file: number -> hash of events, the keys that signed, what is wrong.

    `least`: how many lines it must have (see `anchored`).
    """

    def __init__(self, path: Path, vault: Vault, least: int) -> None:
        self.heads: dict[int, str] = {}
        self.ours = {vault.public, vault.coming}  # the second, if a rotation was cut off
        self.keys = {vault.public}
        try:
            lines = _lines(path)
        except OSError as error:
            self.problems = [f"{path.name} can not be read: {error.strerror}"]
            return
        self.problems = list(self._walk(lines, path.name))
        if len(lines) < least:
            cut = f"{path.name} has {len(lines)} lines of {least}: its end was cut off"
            self.problems.append(cut)

    def add(self, told: Any, where: str) -> None:
        """One more anchor, as an export's manifest holds it."""
        try:
            anchor = Anchor.model_validate(told)
        except ValidationError:
            self.problems.append(f"{where} holds no anchor")
            return
        if anchor.key not in self.keys or not anchor.genuine:
            self.problems.append(f"the anchor in {where} was not signed by this studio")
        elif anchor.number:
            self.expect(anchor.number, anchor.hash, where)

    def expect(self, number: int, hash: str, where: str) -> None:
        """The event of that number must have that hash."""
        if self.heads.setdefault(number, hash) != hash:
            self.problems.append(f"{where} names another event {number} than the other anchors")

    def _walk(self, lines: list[bytes], name: str) -> Iterator[str]:
        previous, trusted = FIRST, ""
        for place, line in enumerate(lines, 1):
            where = f"{name}:{place}"
            try:
                anchor = Anchor.model_validate_json(line)
            except ValidationError:
                yield f"{where} is no anchor"
                previous = _sha(line)
                continue
            trusted = trusted or anchor.key
            if anchor.previous != previous:
                yield f"{where} does not follow the line before it"
            if anchor.key != trusted:
                yield f"{where} is signed by another key, which the one before did not vouch for"
            elif not anchor.genuine:
                yield f"{where} was changed: its signature does not fit"
            else:
                self.keys.add(anchor.key)
                trusted = anchor.next_key or trusted
                if (
                    anchor.number
                    and self.heads.setdefault(anchor.number, anchor.hash) != anchor.hash
                ):
                    yield f"{where} names another event {anchor.number} than a line before it"
            previous = _sha(line)
        if trusted not in ("", *self.ours):
            yield f"{name} was signed by another key than this studio's: one of them was replaced"


def fingerprint(public: str) -> str:
    """A public key for the eye: eight groups of four."""
    short = hashlib.sha256(bytes.fromhex(public)).hexdigest()[:32]
    return " ".join(short[i : i + 4] for i in range(0, 32, 4))


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines() if path.exists() else []


def _vouched(line: bytes) -> str:
    """The key that is to sign after that line, or ""."""
    try:
        return Anchor.model_validate_json(line).next_key
    except ValidationError:  # verify tells of such a line
        return ""


def _sha(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _add(path: Path, anchor: Anchor) -> None:
    line = json.dumps(anchor.model_dump(mode="json"), sort_keys=True) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    with os.fdopen(handle, "ab") as file:
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SetupError(
            f"the anchor can not be written to {path}: {error.strerror}",
            hint="set STUDIO_ANCHORS to a file that may be added to",
        ) from error

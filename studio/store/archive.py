"""A backup's file: a tar of named pieces, encrypted by age on the way, never lying open on a disk.

Whoever reads it trusts nothing in it: names, sizes and kinds of the pieces are checked.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO

from studio.errors import InputError, StateError

NAMES = re.compile(
    r"backup\.json|studio\.key|anchors\.jsonl|manifest\.json|media/[0-9a-f]{64}"
    r"|tables/[a-z_]{1,40}/[0-9]{6}\.jsonl\.gz"
)
LARGEST = 256 << 20  # bytes of one piece, and of what is unpacked from it
_DAMAGED = "use another backup; this one was damaged or changed since it was written"


class Digest:
    """One sha256 over the names and contents of all pieces, in their order."""

    def __init__(self) -> None:
        self.count, self._sum = 0, hashlib.sha256()

    def add(self, name: str, data: bytes) -> None:
        self.count += 1
        self._sum.update(f"{name} {hashlib.sha256(data).hexdigest()}\n".encode())

    @property
    def value(self) -> str:
        return self._sum.hexdigest()


def recipients(texts: Sequence[str]) -> list[Any]:
    """Public keys ("age1…") to encrypt to. Raises InputError."""
    import pyrage

    try:
        found = [pyrage.x25519.Recipient.from_str(text.strip()) for text in texts]
    except pyrage.RecipientError as error:
        raise InputError(
            f"a recipient is no age key: {error}", hint="age1…; studio key backup FILE makes one"
        ) from error
    if not found:
        raise InputError(
            "a backup is encrypted to somebody's key",
            hint="--to age1…; studio key backup FILE makes one",
        )
    return found


def identities(text: str) -> list[Any]:
    """Private keys from the lines of an identity file. Raises InputError."""
    import pyrage

    lines = [line.strip() for line in text.splitlines()]
    try:
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line[:1] not in "#"]
    except pyrage.IdentityError as error:
        raise InputError(f"this is no identity file of age: {error}") from error
    if not found:
        raise InputError("the identity file is empty", hint="a line of AGE-SECRET-KEY-1…")
    return found


def new_identity() -> tuple[str, str]:
    """A new pair of keys: the private one, and the public one that starts with age1."""
    import pyrage

    made = pyrage.x25519.Identity.generate()
    return str(made), str(made.to_public())


def same(name: str, data: bytes) -> None:
    """Raises StateError unless a picture's bytes are those that it is named by."""
    if name != f"media/{hashlib.sha256(data).hexdigest()}":
        raise StateError(f"the picture {name[6:18]}… of the backup was changed", hint=_DAMAGED)


class Writer:
    """Adds pieces to an archive under way."""

    def __init__(self, end: BinaryIO) -> None:
        self.digest = Digest()
        self._tar = tarfile.open(fileobj=end, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115

    def add(self, name: str, data: bytes) -> None:
        """One piece."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(data), 0o600
        self.digest.add(name, data)
        self._tar.addfile(info, io.BytesIO(data))

    def close(self) -> None:
        self._tar.close()


@contextmanager
def writing(path: Path, to: Sequence[Any]) -> Iterator[Writer]:
    """An encrypted file of pieces, which gets its name only when all of it is on the disk."""
    import pyrage

    part = path.with_name(f".{path.name}.part")
    try:
        handle = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            with _thread(lambda end: pyrage.encrypt_io(end, file, list(to)), writing=True) as end:
                writer = Writer(end)
                yield writer
                writer.close()
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except (OSError, pyrage.EncryptError) as error:
        raise StateError(f"the backup {path} could not be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def reading(path: Path, keys: Sequence[Any]) -> Iterator[tuple[str, bytes]]:
    """The pieces in their order. Raises InputError for another key, StateError when the file was
    damaged: whatever was read before that must not be used."""
    import pyrage

    try:
        with (
            path.open("rb") as file,
            _thread(lambda end: pyrage.decrypt_io(file, end, list(keys)), writing=False) as end,
            tarfile.open(fileobj=end, mode="r|") as tar,
        ):
            for info in tar:
                if not (info.isreg() and NAMES.fullmatch(info.name) and info.size <= LARGEST):
                    raise StateError(f"{path} holds what no backup has: {info.name[:80]!r}")
                piece = tar.extractfile(info)
                yield info.name, piece.read() if piece else b""
    except (tarfile.TarError, EOFError) as error:
        raise StateError(f"the backup {path} is damaged: {error}", hint=_DAMAGED) from error
    except pyrage.DecryptError as error:
        raise StateError(
            f"the backup {path} can not be opened: {error}",
            hint=f"it needs the private key that it was made for; or {_DAMAGED}",
        ) from error
    except OSError as error:
        raise StateError(f"the backup {path} can not be read: {error}", hint=_DAMAGED) from error


def unpacked(data: bytes) -> bytes:
    """A piece that was packed by gzip; StateError for a bomb."""
    engine = zlib.decompressobj(wbits=31)
    try:
        text = engine.decompress(data, LARGEST)
    except zlib.error as error:
        raise StateError(f"a piece of the backup is damaged: {error}", hint=_DAMAGED) from error
    if engine.unconsumed_tail or not engine.eof:
        raise StateError("a piece of the backup is larger than any that Studio writes")
    return text


@contextmanager
def _thread(work: Callable[[BinaryIO], None], *, writing: bool) -> Iterator[BinaryIO]:
    """Our end of a pipe; `work` has the other one in a thread, and its error is raised here."""
    read, write = os.pipe()
    ours, theirs = (write, read) if writing else (read, write)
    failed: list[Exception] = []

    def run() -> None:
        try:
            with os.fdopen(theirs, "rb" if writing else "wb") as end:
                work(end)
        except Exception as error:
            failed.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    broken: Exception | None = None
    try:
        with os.fdopen(ours, "wb" if writing else "rb") as end:
            yield end
            if not writing:  # to the very end, which only then is known to be genuine
                while end.read(1 << 20):
                    pass
    except (OSError, tarfile.TarError, EOFError) as error:
        broken = error
    finally:
        thread.join()
    if failed and not isinstance(failed[0], BrokenPipeError):
        raise failed[0]
    if broken is not None:
        raise broken

"""Pictures and other blobs in a folder, each named by its sha256."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from studio.errors import InputError, NotFoundError, StateError

_SHA = re.compile(r"[0-9a-f]{64}")


class Media:
    """Content-addressed blobs: writing one twice is a no-op, reading one proves it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha: str) -> Path:
        """Where the blob lies or would lie. Raises InputError for what is no sha256."""
        if not _SHA.fullmatch(sha):
            raise InputError(f"{sha[:80]!r} is not a sha256", hint="64 small hex digits")
        return self.folder / sha[:2] / sha

    def has(self, sha: str) -> bool:
        """Whether a blob of that name is there; its content is proved by `get` only."""
        return self.path(sha).is_file()

    def put(self, data: bytes) -> str:
        """Stores the bytes and returns their sha256; on the disk when this returns.

        A blob that is there but damaged is written again.
        """
        sha = hashlib.sha256(data).hexdigest()
        path = self.path(sha)
        if not self._sound(path, sha, len(data)):
            _write(path, data)
        return sha

    def get(self, sha: str) -> bytes:
        """The bytes. Raises NotFoundError when missing, StateError when they are others."""
        try:
            data = self.path(sha).read_bytes()
        except FileNotFoundError:
            raise NotFoundError(
                f"the picture {sha[:12]}… is missing from {self.folder}",
                hint="restore the media folder from a backup, or import and generate again",
            ) from None
        if hashlib.sha256(data).hexdigest() != sha:
            raise StateError(
                f"the picture {sha[:12]}… in {self.folder} was damaged or changed",
                hint="restore the media folder from a backup, or import and generate again",
            )
        return data

    def names(self) -> Iterator[str]:
        """The sha256 of every blob, in order."""
        yield from self.here()

    def share(self) -> int:
        """Puts where others find it what only this machine has; returns how many."""
        return 0

    def here(self) -> Iterator[str]:
        """The sha256 of every blob of the folder, in order."""
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            yield from sorted(p.name for p in folder.iterdir() if _SHA.fullmatch(p.name))

    def all(self) -> Iterator[tuple[str, bytes]]:
        """Every blob that is sound; those that are not are passed over."""
        for sha in self.names():
            data = self.path(sha).read_bytes()
            if hashlib.sha256(data).hexdigest() == sha:
                yield sha, data

    def _sound(self, path: Path, sha: str, size: int) -> bool:
        try:
            if path.stat().st_size != size:
                return False
            return hashlib.sha256(path.read_bytes()).hexdigest() == sha
        except FileNotFoundError:
            return False


def _write(path: Path, data: bytes) -> None:
    """Beside it, flushed, renamed, and the folder flushed: whole after a crash or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    for folder in (path.parent, path.parent.parent):
        _flush(folder)


def _flush(folder: Path) -> None:
    """Makes a rename durable; systems that can not open a folder flush it themselves."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

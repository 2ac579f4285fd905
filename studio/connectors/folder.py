"""A folder on this machine, or on a disk of the network."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import BinaryIO

from studio.channels.manifest import FileEntry, hash_file


class Folder:
    """Files are written beside and renamed. Links in the folder are not followed out of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.where = str(self.folder)

    def sha(self, entry: FileEntry) -> str:
        path = self.folder / entry.path
        there = self._within(path) and path.is_file() and path.stat().st_size == entry.bytes
        return hash_file(path)[1] if there else ""

    def put(self, entry: FileEntry, file: BinaryIO) -> None:
        path = self._path(entry.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            with beside.open("xb") as out:
                shutil.copyfileobj(file, out)
                out.flush()
                os.fsync(out.fileno())
            if hash_file(beside)[1] != entry.sha256:
                raise OSError(f"{entry.path} did not read back")
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)

    def get(self, path: str, to: Path) -> bool:
        there = self.folder / path
        if not self._within(there) or not there.is_file():
            return False
        shutil.copyfile(there, to)
        return True

    def remove(self, path: str) -> None:
        self._path(path).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        """Where a file is written. Raises OSError where that would be elsewhere."""
        path = self.folder / name
        if not self._within(path.parent):
            raise OSError(f"{name} would leave the folder by a link")
        return path

    def _within(self, path: Path) -> bool:
        """Whether a path, links followed, is in the folder."""
        return path.resolve().is_relative_to(self.folder.resolve())

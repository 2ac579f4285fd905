"""Pictures in a bucket by their sha256, where all machines of a cluster find them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from studio.channels.manifest import FileEntry
from studio.errors import SetupError

if TYPE_CHECKING:
    from studio.connectors.bucket import Bucket


class Blobs:
    """The store's shared place (`studio.store.shared.Away`). Raises OSError, SetupError,
    EngineError for what the bucket refuses."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def get(self, sha: str) -> bytes | None:
        with tempfile.TemporaryDirectory() as folder:
            to = Path(folder) / "blob"
            return to.read_bytes() if self._bucket.get(_path(sha), to) else None

    def put(self, sha: str, data: bytes) -> None:
        entry = FileEntry(path=_path(sha), bytes=len(data), sha256=sha, kind="picture")
        if self._bucket.sha(entry) == sha:
            return
        try:
            self._bucket.put(entry, BytesIO(data))
        except FileNotFoundError as error:
            raise SetupError(
                f"pictures cannot be kept in {self._bucket.where}: {error}",
                hint="make the bucket, or mend the setting media_bucket",
            ) from error

    def has(self, sha: str) -> bool:
        return self._bucket.has(_path(sha))

    def names(self) -> Iterator[str]:
        for path in self._bucket.names():
            folder, _, sha = path.rpartition("/")
            if path == _path(sha) and folder:
                yield sha


def _path(sha: str) -> str:
    return f"{sha[:2]}/{sha}"

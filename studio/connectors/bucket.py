"""A bucket that speaks S3, through fsspec: Amazon's, MinIO, R2, Alibaba OSS, Tencent COS ...

Each object carries its sha256 as metadata, which is how the next run knows it.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from studio.channels.manifest import FileEntry
from studio.connectors.line import checked
from studio.errors import EngineError, InputError, SetupError

SCHEME = "s3://"
_PIECE = 8 << 20
_MIMES = {".json": "application/json", ".csv": "text/csv; charset=utf-8",
          ".tsv": "text/tab-separated-values; charset=utf-8", ".webp": "image/webp"}  # fmt: skip


class Bucket:
    """s3://bucket/prefix. Without a key, those of the environment or of this machine's role."""

    def __init__(
        self,
        address: str,
        *,
        endpoint: str = "",
        region: str = "",
        key: str = "",
        secret: str = "",
        virtual: bool = False,
    ) -> None:
        """`virtual`: the bucket is named in the host, https://bucket.endpoint."""
        name, _, prefix = address.removeprefix(SCHEME).partition("/")
        if not address.startswith(SCHEME) or not name or ".." in prefix.split("/"):
            raise InputError(f"{address!r} names no bucket", hint="s3://bucket/folder")
        self._root = "/".join(part for part in (name, prefix.strip("/")) if part)
        self.where = SCHEME + self._root
        self._files = _filesystem(endpoint, region, key, secret, virtual)

    def sha(self, entry: FileEntry) -> str:
        path = self._path(entry.path)
        with _told(self.where):
            try:
                known = self._files.info(path, refresh=True)
                if known["type"] != "file" or known["size"] != entry.bytes:
                    return ""
                return str(self._files.metadata(path).get("sha256", ""))
            except FileNotFoundError:
                return ""

    def put(self, entry: FileEntry, file: BinaryIO) -> None:
        path = self._path(entry.path)
        kind = _MIMES.get(Path(path).suffix) or mimetypes.guess_type(path)[0]
        more = {"ContentType": kind} if kind else {}
        with _told(self.where):
            # An upload that is not finished is no object: readers see all of it or the old one.
            with self._files.open(
                path, "wb", block_size=_PIECE, Metadata={"sha256": entry.sha256}, **more
            ) as out:
                while piece := file.read(_PIECE):
                    out.write(piece)
            self._files.invalidate_cache()
            size = self._files.info(path, refresh=True)["size"]
        if size != entry.bytes:
            raise OSError(f"{entry.path} has {size} bytes there, not {entry.bytes}")

    def get(self, path: str, to: Path) -> bool:
        with _told(self.where):
            try:
                self._files.get_file(self._path(path), str(to))
            except FileNotFoundError:
                return False
        return to.is_file()

    def has(self, path: str) -> bool:
        """Whether there is a file of that path."""
        with _told(self.where):
            try:
                return bool(self._files.info(self._path(path), refresh=True)["type"] == "file")
            except FileNotFoundError:
                return False

    def names(self) -> Iterator[str]:
        """The paths of all files, folder by folder."""
        with _told(self.where):
            for path in self._files.find(self._root, refresh=True):
                yield path.removeprefix(f"{self._root}/")

    def remove(self, path: str) -> None:
        with _told(self.where):
            try:
                self._files.rm_file(self._path(path))
            except FileNotFoundError:
                return

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"


def _filesystem(endpoint: str, region: str, key: str, secret: str, virtual: bool) -> Any:
    """fsspec's file system for S3. Raises SetupError when its library is missing."""
    try:
        import fsspec

        fsspec.get_filesystem_class("s3")
    except ImportError as error:
        raise SetupError(
            "for buckets a library is missing", hint='pip install "studio[s3]"'
        ) from error
    client: dict[str, Any] = {"region_name": region} if region else {}
    given: dict[str, Any] = {"key": key, "secret": secret} if key else {}
    if endpoint:  # others than Amazon know no checksums in trailers
        given["endpoint_url"] = checked(endpoint, "s3")
        given["config_kwargs"] = {
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
            "s3": {"addressing_style": "virtual" if virtual else "path"},
        }
    return fsspec.filesystem(
        "s3", client_kwargs=client, use_listings_cache=False, skip_instance_cache=True, **given
    )


@contextmanager
def _told(where: str) -> Iterator[None]:
    """What the libraries of S3 raise, in our words."""
    try:
        yield
    except FileNotFoundError:
        raise
    except PermissionError as error:
        raise SetupError(
            f"{where} does not let this key do that: {error.strerror or error}",
            hint="keep the right one: studio secret set s3_key, s3_secret",
        ) from error
    except OSError as error:
        raise OSError(f"{where}: {error.strerror or error}") from error
    except Exception as error:  # botocore and aiohttp have errors of their own, of no common kind
        name = type(error).__name__
        if name == "NoCredentialsError":
            raise SetupError(
                f"there is no key for {where}",
                hint="studio secret set s3_key, then s3_secret",
            ) from error
        raise EngineError(
            f"{where} can not be reached ({name})", hint="see STUDIO_S3_ENDPOINT", retryable=True
        ) from error

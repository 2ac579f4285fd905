"""Pictures that several machines share: a folder of one's own before a place that all can reach."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Protocol

from studio.errors import NotFoundError, StateError
from studio.store.media import Media


class Away(Protocol):
    """A place of blobs by their sha256. What it cannot do raises OSError or a StudioError."""

    def get(self, sha: str) -> bytes | None:
        """The bytes, or None where they are not there."""

    def put(self, sha: str, data: bytes) -> None:
        """Stores the bytes, whole or not at all; nothing to do where they are."""

    def has(self, sha: str) -> bool:
        """Whether they are there."""

    def names(self) -> Iterator[str]:
        """All that is there, in any order."""


class SharedMedia(Media):
    """Writes to both and returns when both have it; reads from the folder, else from away, and
    keeps what it read. What comes from away is proved by its sha256 like everything else."""

    def __init__(self, folder: Path, away: Callable[[], Away]) -> None:
        super().__init__(folder)
        self._open = away

    @cached_property
    def away(self) -> Away:
        """The shared place, opened when it is first needed."""
        return self._open()

    def put(self, data: bytes) -> str:
        sha = super().put(data)
        self.away.put(sha, data)
        return sha

    def has(self, sha: str) -> bool:
        return super().has(sha) or self.away.has(sha)

    def get(self, sha: str) -> bytes:
        """The bytes. Raises NotFoundError when missing in both places, StateError when they are
        others in both."""
        try:
            return super().get(sha)
        except (NotFoundError, StateError):
            data = self.away.get(sha)
            if data is None:
                raise
        if hashlib.sha256(data).hexdigest() != sha:
            raise StateError(
                f"the picture {sha[:12]}… in the shared place was damaged or changed",
                hint="restore it from a backup, or import and generate again",
            )
        super().put(data)
        return data

    def names(self) -> Iterator[str]:
        yield from sorted({*self.here(), *self.away.names()})

    def all(self) -> Iterator[tuple[str, bytes]]:
        for sha in self.names():
            try:
                yield sha, self.get(sha)
            except (NotFoundError, StateError):
                continue

    def share(self) -> int:
        """Puts away what only this machine has, as after a restore; returns how many."""
        mine = set(self.here()) - set(self.away.names())
        for sha in sorted(mine):
            self.away.put(sha, super().get(sha))
        return len(mine)

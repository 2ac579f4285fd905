"""Masks that people have mended, by the sha256 of the photo that they are of."""

from __future__ import annotations

from studio.schema import Actor
from studio.store import kept
from studio.store.base import Record, append

PREFIX = "mask:"


class Masks(Record):
    """The mask itself is a blob of the media folder; here is which one holds."""

    def set_mask(self, photo: str, mask: str, actor: Actor, *, listing: str = "") -> None:
        """From now on a photo is cut out by this mask; "" takes it away. Both are sha256."""
        with self._write() as connection:
            kept.put(connection, PREFIX + photo, mask)
            detail = {"photo": photo, "mask": mask}
            append(connection, actor, "mask mended", listing=listing, detail=detail)

    def mask(self, photo: str) -> str:
        """The sha256 of the photo's mended mask, or ""."""
        with self._read() as connection:
            return kept.value(connection, PREFIX + photo)

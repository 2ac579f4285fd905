"""Blobs by their sha256: whole, proved on reading, healed on writing."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from studio.errors import InputError, NotFoundError, StateError
from studio.store import Media

DATA = b"\x89PNG not really"
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def media(tmp_path: Path) -> Media:
    return Media(tmp_path / "deep" / "media")


def test_bytes_come_back_and_are_stored_once(media: Media) -> None:
    assert not media.has(SHA)
    assert [media.put(DATA), media.put(DATA)] == [SHA, SHA]
    assert media.get(SHA) == media.path(SHA).read_bytes() == DATA
    assert list(media.names()) == [SHA]
    assert [p.name for p in media.path(SHA).parent.iterdir()] == [SHA]


@pytest.mark.parametrize("damage", [b"", DATA[:-1], DATA[:-1] + b"?"])
def test_damage_is_found_on_reading_and_mended_by_writing(media: Media, damage: bytes) -> None:
    media.put(DATA)
    media.path(SHA).write_bytes(damage)
    with pytest.raises(StateError, match="damaged"):
        media.get(SHA)
    media.put(DATA)
    assert media.get(SHA) == DATA


def test_what_is_missing_says_what_to_do(media: Media) -> None:
    with pytest.raises(NotFoundError) as gone:
        media.get(SHA)
    assert "backup" in gone.value.hint


@pytest.mark.parametrize("name", ["", "../../etc/passwd", SHA.upper(), SHA + "0", f"{SHA}\n"])
def test_only_a_sha256_names_a_blob(media: Media, name: str) -> None:
    for call in (media.path, media.get, media.has):
        with pytest.raises(InputError, match="not a sha256"):
            call(name)


def test_a_write_that_fails_leaves_nothing(media: Media) -> None:
    media.folder.mkdir(parents=True)
    (media.folder / SHA[:2]).write_text("a file where a folder should be")
    with pytest.raises(OSError, match=r"."):
        media.put(DATA)
    assert list(media.folder.rglob(".new-*")) == []

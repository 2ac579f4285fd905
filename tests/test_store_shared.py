"""Pictures that several machines share: a real S3 server, two homes, one bucket."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_connectors_files import KEY, SECRET, bucket, endpoint, opened

from studio import settings
from studio.connectors.blobs import Blobs
from studio.errors import NotFoundError, SetupError, StateError
from studio.schema import Actor, Role
from studio.service import Studio
from studio.store import SharedMedia
from studio.store.archive import new_identity

__all__ = ["bucket", "endpoint"]
DATA = b"\x89PNG not really"
SHA = hashlib.sha256(DATA).hexdigest()
ADA = Actor(name="ada", role=Role.ADMIN)
Machine = Callable[[str], SharedMedia]


@pytest.fixture
def machine(bucket: str, endpoint: str, tmp_path: Path) -> Machine:
    """Makes the media of one machine: a folder of its own before the bucket of all."""
    return lambda name: SharedMedia(tmp_path / name, lambda: Blobs(opened(bucket, endpoint)))


def test_what_one_machine_stores_another_finds_and_keeps(machine: Machine) -> None:
    one, other = machine("one"), machine("other")
    assert not other.has(SHA)
    assert [one.put(DATA), one.put(DATA)] == [SHA, SHA]
    assert other.has(SHA)
    assert list(other.here()) == []
    assert other.get(SHA) == DATA
    assert list(other.here()) == [SHA]
    assert list(other.names()) == [SHA]
    assert list(machine("third").all()) == [(SHA, DATA)]


def test_a_damaged_copy_is_fetched_anew_and_a_damaged_original_is_told(machine: Machine) -> None:
    one, other = machine("one"), machine("other")
    one.put(DATA)
    one.path(SHA).write_bytes(DATA[:-1])
    assert one.get(SHA) == DATA == one.path(SHA).read_bytes()
    other.away.put(hashlib.sha256(b"x").hexdigest(), b"y")  # what somebody put there by hand
    with pytest.raises(StateError, match="shared place was damaged"):
        other.get(hashlib.sha256(b"x").hexdigest())
    with pytest.raises(NotFoundError):
        other.get(hashlib.sha256(b"nowhere").hexdigest())
    assert [sha for sha, _ in other.all()] == [SHA]


def test_what_only_a_folder_has_is_shared_once(machine: Machine, tmp_path: Path) -> None:
    one = machine("one")
    (tmp_path / "one" / SHA[:2]).mkdir(parents=True)
    (tmp_path / "one" / SHA[:2] / SHA).write_bytes(DATA)  # as a restore leaves it
    assert [one.share(), one.share()] == [1, 0]
    assert machine("other").get(SHA) == DATA


def test_a_picture_that_cannot_be_shared_is_an_error_and_not_silence(
    endpoint: str, tmp_path: Path
) -> None:
    gone = SharedMedia(tmp_path, lambda: Blobs(opened("s3://no-such-bucket/x", endpoint)))
    with pytest.raises(SetupError, match="no-such-bucket"):
        gone.put(DATA)


@pytest.fixture
def home(bucket: str, endpoint: str, tmp_path: Path) -> Iterator[Callable[[str], Studio]]:
    made: list[Studio] = []

    def start(name: str) -> Studio:
        made.append(
            Studio(
                settings.Settings(
                    home=tmp_path / name,
                    media_bucket=bucket,
                    s3_endpoint=endpoint,
                    s3_region="us-east-1",
                    s3_key=KEY,
                    s3_secret=SECRET,
                )
            )
        )
        return made[-1]

    yield start
    for studio in made:
        studio.close()


def test_the_studio_keeps_its_pictures_there(
    home: Callable[[str], Studio], machine: Machine, tmp_path: Path
) -> None:
    photo = Path(__file__).parents[1] / "assets" / "sample" / "photos" / "mug-blue.jpg"
    (tmp_path / "goods.csv").write_text(f"id,title,image\nM1,Blue mug,{photo.name}\n")
    (tmp_path / photo.name).write_bytes(photo.read_bytes())
    studio = home("one")
    studio.import_catalog([tmp_path / "goods.csv"], ADA)
    sha = hashlib.sha256(photo.read_bytes()).hexdigest()
    assert machine("other").get(sha) == photo.read_bytes()

    identity, public = new_identity()
    studio.backup(tmp_path / "b.age", [public], ADA)
    restored = home("two")  # its machine is new, the bucket still holds what it held
    restored.restore(tmp_path / "b.age", identity, ADA)
    assert list(restored.media.here()) == [sha]
    assert restored.media.get(sha) == photo.read_bytes()

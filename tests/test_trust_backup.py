"""A backup holds everything, opens for its key only, and a damaged one restores nothing."""

from __future__ import annotations

import io
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pyrage
import pytest
import sqlalchemy as sa
from trust_making import ADA, EVE, MEI, RUI, filled, studio_in

from studio.errors import DeniedError, InputError, StateError
from studio.schema import Role
from studio.service import Studio, backups
from studio.store import archive
from studio.store.archive import new_identity

PASSWORD = "correct horse battery"
Place = Callable[[str], str]  # kind of database -> address of a new one


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Place:
    def made(kind: str) -> str:
        if kind == "sqlite":
            return ""
        running = request.getfixturevalue("cluster")
        return running.url(running.create())

    return made


@pytest.fixture
def pair() -> tuple[str, str]:
    return new_identity()


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    (tmp_path / "one").mkdir()
    made = studio_in(tmp_path / "one")
    fill(made, tmp_path / "one")
    yield made
    made.close()


def fill(studio: Studio, folder: Path) -> None:
    filled(studio, folder)
    studio.media.put(b"a picture")
    studio.add_user("小林", Role.MERCHANT, PASSWORD, ADA)
    studio.set_secret("shop", "shpat_1", ADA)
    studio.rotate_key(ADA, signing=True)


def rows(studio: Studio) -> dict[str, list[tuple]]:
    """Every row but those of sessions and of the index of words, in a form that is the same on
    both databases."""
    with studio.store._read() as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        return {
            t.name: sorted(
                tuple(v.isoformat()[:26] if hasattr(v, "isoformat") else v for v in row)
                for row in connection.execute(sa.select(*(c for c in t.c if c.name != "pieces")))
            )
            for t in tables.sorted_tables
            if t.name not in ("session", "alembic_version") and "product_words" not in t.name
        }


def old(told: dict[str, list[tuple]], until: int) -> dict[str, list[tuple]]:
    """Without what was written after the backup: the notes of a backup and of a restore, and who
    wrote them."""
    events = [row for row in told["event"] if row[0] <= until]
    return {**told, "event": events, "person": [], "kept": []}


@pytest.mark.parametrize("source", ["sqlite", "postgresql"])
@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_everything_comes_back_on_either_database(
    place: Place, tmp_path: Path, pair: tuple[str, str], source: str, target: str
) -> None:
    (tmp_path / "one").mkdir()
    first = studio_in(tmp_path / "one", place(source))
    fill(first, tmp_path / "one")
    identity, public = pair
    made = first.backup(tmp_path / "b.age", [public], ADA)
    assert (made.pictures, made.problems) == (1, ())
    before, told = rows(first), first.verify(EVE)
    search = before["product"][0][0][:2] + " ottle"
    hits = first.products(ADA, search=search).items
    first.close()

    second = studio_in(tmp_path / "two", place(target))
    done = second.restore(tmp_path / "b.age", identity, ADA)
    assert done == made
    assert old(rows(second), made.number) == old(before, made.number)
    assert second.products(ADA, search=search).items == hits != ()
    assert second.verify(EVE, tmp_path / "one" / "out") == told == []
    assert second.signed_in(second.sign_in("小林", PASSWORD)).role is Role.MERCHANT
    assert second.store.secret("shop") == "shpat_1"
    listing = second.listing("B1/shopify/en-US", EVE)
    assert second.events(EVE, listing=listing.id).items[-1].actor == "mei"
    second.edit(listing.id, {"title": "Norvale"}, revision=listing.revision, actor=MEI)
    assert second.verify(EVE) == []
    second.close()


def test_a_backup_under_way_sees_one_moment(studio: Studio, tmp_path: Path, pair) -> None:
    """Somebody edits without a pause: what is restored is whole all the same."""
    stop = threading.Event()

    def edit() -> None:
        other = studio_in(tmp_path / "one")
        turn = 0
        while not stop.is_set():
            turn += 1
            item = other.store.listing("B2/shopify/en-US")
            text = item.text.replace("title", f"Mug {turn}", "edited")
            other.store.save_text(item.id, text, (), (), revision=item.revision, actor=MEI)
            other._anchor_head("busy")
        other.close()

    writer = threading.Thread(target=edit)
    writer.start()
    try:
        made = [studio.backup(tmp_path / f"{n}.age", [pair[1]], ADA) for n in range(3)]
    finally:
        stop.set()
        writer.join()
    assert made[0].number < made[2].number
    for n, told in enumerate(made):
        restored = studio_in(tmp_path / f"r{n}")
        assert restored.restore(tmp_path / f"{n}.age", pair[0], ADA).number == told.number
        assert restored.verify(EVE) == []
        restored.close()


def nothing_was_left(folder: Path) -> bool:
    return not [p for p in folder.rglob("*") if p.is_file()]


def test_a_damaged_backup_restores_nothing(studio: Studio, tmp_path: Path, pair) -> None:
    studio.backup(tmp_path / "b.age", [pair[1]], ADA)
    data = (tmp_path / "b.age").read_bytes()
    bad = tmp_path / "bad.age"
    step = max(1, len(data) // 40)
    for at in range(0, len(data), step):
        bad.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        empty = studio_in(tmp_path / "empty")
        with pytest.raises((StateError, InputError)):
            empty.restore(bad, pair[0], ADA)
        assert nothing_was_left(tmp_path / "empty"), at
    for size in (0, 10, len(data) // 2, len(data) - 1):
        bad.write_bytes(data[:size])
        with pytest.raises((StateError, InputError)):
            studio_in(tmp_path / "empty").restore(bad, pair[0], ADA)
        assert nothing_was_left(tmp_path / "empty"), size


def test_it_opens_for_its_key_only(studio: Studio, tmp_path: Path, pair) -> None:
    studio.backup(tmp_path / "b.age", [pair[1]], ADA)
    assert (tmp_path / "b.age").stat().st_mode & 0o077 == 0
    data = (tmp_path / "b.age").read_bytes()
    for open_text in (b"Norvale", b"a picture", b"shpat_1", b"studio.key"):
        assert open_text not in data
    with pytest.raises(StateError, match="can not be opened"):
        studio_in(tmp_path / "x").restore(tmp_path / "b.age", new_identity()[0], ADA)
    for text, said in (("", "empty"), ("nonsense", "no identity file")):
        with pytest.raises(InputError, match=said):
            studio_in(tmp_path / "x").restore(tmp_path / "b.age", text, ADA)
    with pytest.raises(InputError, match="no age key"):
        studio.backup(tmp_path / "c.age", ["age1nonsense"], ADA)
    with pytest.raises(InputError, match="somebody's key"):
        studio.backup(tmp_path / "c.age", [], ADA)
    assert not (tmp_path / "c.age").exists()


def repacked(data: bytes, pair: tuple[str, str], change: Callable) -> bytes:
    """What somebody can do who was given the key: open, change, close again."""
    plain = pyrage.decrypt(data, archive.identities(pair[0]))
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar, tarfile.open(fileobj=out, mode="w") as new:
        for info in tar:
            for name, body in change(info.name, tar.extractfile(info).read()):
                info.name, info.size = name, len(body)
                new.addfile(info, io.BytesIO(body))
    return pyrage.encrypt(out.getvalue(), archive.recipients([pair[1]]))


FORGED: dict[str, Callable] = {
    "a picture is another one": lambda n, b: [(n, b"other" if n.startswith("media/") else b)],
    "a piece is left out": lambda n, b: [] if n.startswith("tables/product/") else [(n, b)],
    "the record is left out": lambda n, b: [] if n.startswith("tables/event/") else [(n, b)],
    "a piece stands twice": lambda n, b: [(n, b), (n, b)] if n.startswith("tables/") else [(n, b)],
    "the end is left out": lambda n, b: [] if n == "manifest.json" else [(n, b)],
    "it goes on after its end": lambda n, b: [(n, b), ("studio.key", b)]
    if n == "manifest.json" else [(n, b)],
    "the end tells otherwise": lambda n, b: [(n, b.replace(b'"pictures": 1', b'"pictures": 2'))],
    "a name that leads away": lambda n, b: [("../x", b) if n.startswith("media/") else (n, b)],
    "another key": lambda n, b: [(n, b.replace(b'"sign":', b'"sing":'))],
    "packed rubbish": lambda n, b: [(n, b"\x1f" + b if n.startswith("tables/event") else b)],
}  # fmt: skip


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_backup_restores_nothing(studio: Studio, tmp_path: Path, pair, case: str) -> None:
    studio.backup(tmp_path / "b.age", [pair[1]], ADA)
    data = (tmp_path / "b.age").read_bytes()
    (tmp_path / "same.age").write_bytes(repacked(data, pair, lambda n, b: [(n, b)]))
    assert backups.check(tmp_path / "same.age", pair[0])["pictures"] == 1
    (tmp_path / "bad.age").write_bytes(repacked(data, pair, FORGED[case]))
    with pytest.raises(StateError):
        studio_in(tmp_path / "empty").restore(tmp_path / "bad.age", pair[0], ADA)
    assert nothing_was_left(tmp_path / "empty")


def test_a_studio_that_holds_something_is_never_overwritten(
    studio: Studio, tmp_path: Path, pair
) -> None:
    studio.backup(tmp_path / "b.age", [pair[1]], ADA)
    before = rows(studio)
    with pytest.raises(StateError, match="not empty"):
        studio.restore(tmp_path / "b.age", pair[0], ADA)
    assert rows(studio) == before
    with_media = studio_in(tmp_path / "m")
    with_media.media.put(b"x")
    with pytest.raises(StateError, match="not empty"):
        with_media.restore(tmp_path / "b.age", pair[0], ADA)
    foreign = studio_in(tmp_path / "k")
    foreign.vault.make()
    keys = foreign.vault.path.read_bytes()
    with pytest.raises(StateError, match="key file of another studio"):
        foreign.restore(tmp_path / "b.age", pair[0], ADA)
    assert foreign.vault.path.read_bytes() == keys
    with pytest.raises(InputError, match="there already"):
        studio.backup(tmp_path / "b.age", [pair[1]], ADA)


def test_what_was_changed_in_the_database_does_not_pass_for_a_backup(
    studio: Studio, tmp_path: Path, pair
) -> None:
    """A backup of a record that is bent already is told, not written."""
    from test_store_record import tamper

    tamper(studio.store, "UPDATE event SET actor = 'mallory' WHERE number = 2")
    with pytest.raises(StateError, match="event 2 of the backup is not what was recorded"):
        studio.backup(tmp_path / "b.age", [pair[1]], ADA)
    assert not (tmp_path / "b.age").exists()


def test_a_damaged_picture_is_told_and_the_rest_is_saved(
    studio: Studio, tmp_path: Path, pair
) -> None:
    sha = studio.media.put(b"another picture")
    studio.media.path(sha).write_bytes(b"bit rot")
    made = studio.backup(tmp_path / "b.age", [pair[1]], ADA)
    assert made.problems == ("1 pictures are damaged and are not in the backup",)
    assert made.pictures == 1


def test_only_an_admin_backs_up_and_restores(studio: Studio, tmp_path: Path, pair) -> None:
    for actor in (MEI, RUI, EVE):
        with pytest.raises(DeniedError):
            studio.backup(tmp_path / "b.age", [pair[1]], actor)
        with pytest.raises(DeniedError):
            studio_in(tmp_path / "x").restore(tmp_path / "b.age", pair[0], actor)


def test_a_large_table_goes_in_pieces(
    studio: Studio, tmp_path: Path, pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.store.dump.PIECE", 300)
    made = studio.backup(tmp_path / "b.age", [pair[1]], ADA)
    names = [n for n, _ in archive.reading(tmp_path / "b.age", archive.identities(pair[0]))]
    assert sum(n.startswith("tables/event/") for n in names) > 3
    second = studio_in(tmp_path / "two")
    assert second.restore(tmp_path / "b.age", pair[0], ADA).rows == made.rows
    assert second.verify(EVE) == []
    second.close()

"""Keys, secrets and people's names: what lies in the database opens with the key file only."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from store_making import ADMIN, MERCHANT, REVIEWER, draft, finding, product

from studio import review
from studio.errors import InputError, NotFoundError, SetupError, StateError
from studio.schema import Role, now
from studio.service import Studio
from studio.settings import Settings
from studio.store import Media, Store, Vault

ID = "A1/shopify/zh-CN"
HASH = "$argon2id$v=19$verysecret"


@pytest.fixture
def own(database: str, tmp_path: Path) -> Iterator[Store]:
    """A store on each database with a key file of its own, and something of everything in it."""
    shared = Store(database, media=Media(tmp_path / "media"), move=review.move,
                   vault=Vault(Path(os.environ["STUDIO_KEY_FILE"])))  # fmt: skip
    keys = shared.vault.keys
    shared.close()
    vault = Vault(tmp_path / "keys" / "own.key")
    vault.write(keys)
    store = Store(database, media=Media(tmp_path / "media"), move=review.move, vault=vault)
    store.migrate()
    store.put_products([product("A1")], MERCHANT)
    store.save_draft(draft("A1", findings=(finding(),)), MERCHANT)
    store.waive(ID, finding().key, "商标", REVIEWER)
    store.add_user("小林", Role.MERCHANT, HASH, ADMIN)
    store.add_user("rui", Role.REVIEWER, HASH, ADMIN)
    store.add_session("a" * 64, "rui", now() + timedelta(hours=1))
    store.set_secret("shop", "shpat_0123456789", ADMIN)
    yield store
    # The database is lent to the next test: it goes on with the key file of all tests.
    with store._write() as connection:
        connection.exec_driver_sql("DELETE FROM kept")
        sealed = Vault(Path(os.environ["STUDIO_KEY_FILE"])).seal("studio", "kept", "check", "value")
        connection.execute(sa.text("INSERT INTO kept VALUES ('check', :v)"), {"v": sealed})
    store.close()


def everything(store: Store) -> str:
    """Every cell of every table, as somebody with the database's own tools reads it."""
    with store._read() as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        return repr([connection.execute(sa.select(t)).all() for t in tables.sorted_tables])


def test_no_name_hash_or_secret_lies_open(own: Store) -> None:
    cells = everything(own)
    for open_text in ("小林", "rui", '"ada"', "'ada'", HASH, "argon2", "shpat_"):
        assert cells.count(open_text) == 0, open_text
    assert own.user("rui").password_hash == HASH
    assert own.secret("shop") == "shpat_0123456789"
    assert own.listing(ID).author == "小林"
    assert own.listing(ID).findings[0].waived.by == "rui"
    assert {e.actor for e in own.events()} == {"小林", "rui", "ada"}
    assert own.verify() == []


def test_a_sealed_value_opens_in_its_own_row_only(own: Store) -> None:
    with own._write() as connection:
        rows = connection.exec_driver_sql("SELECT person, password_hash FROM studio_user").all()
        for (id, _), (_, other) in zip(rows, reversed(rows), strict=True):
            swap = sa.text("UPDATE studio_user SET password_hash = :other WHERE person = :id")
            connection.execute(swap, {"other": other, "id": id})
    with pytest.raises(StateError, match="changed or moved outside of Studio"):
        own.user("rui")


def test_a_new_key_seals_everything_anew_and_the_old_one_leaves(own: Store) -> None:
    before, old = everything(own), own.vault.keys
    count = own.rotate(ADMIN)
    assert count == 3 + 2 + 2  # names, password hashes, the secret and the word that checks
    new = own.vault.keys
    assert [k.id for k in new.seal] != [k.id for k in old.seal]
    assert len(new.seal) == 1
    assert old.seal[0].id in before
    assert old.seal[0].id not in everything(own)
    assert (own.user("rui").password_hash, own.secret("shop")) == (HASH, "shpat_0123456789")
    assert own.session("a" * 64).name == "rui"
    own.note("seen", REVIEWER, {})
    with own._read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM person").scalar() == 3
    assert own.verify() == []


def test_a_rotation_that_was_cut_off_half_way_loses_nothing(
    own: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new key is in the file, the database never changed: as after a kill between the two."""
    monkeypatch.setattr("studio.store.secrets._reseal", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        own.rotate(ADMIN)
    monkeypatch.undo()
    assert len(own.vault.keys.seal) == 2
    assert own.user("rui").password_hash == HASH
    own.note("seen", REVIEWER, {})  # found by the mark under the old key, not made a second time
    assert own.rotate(ADMIN) == 7
    assert len(own.vault.keys.seal) == 1
    assert own.secret("shop") == "shpat_0123456789"


def test_another_process_notices_a_rotation(own: Store, database: str, tmp_path: Path) -> None:
    other = Store(database, media=own.media, move=review.move, vault=Vault(own.vault.path))
    other.migrate()
    assert other.user("rui").name == "rui"
    own.rotate(ADMIN)
    assert other.user("rui").name == "rui"
    other.note("seen", REVIEWER, {})
    with own._read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM person").scalar() == 3
    other.close()


def test_a_lost_or_foreign_key_file_is_told_with_the_remedy(own: Store, tmp_path: Path) -> None:
    path, text = own.vault.path, own.vault.path.read_text()
    path.unlink()
    with pytest.raises(SetupError) as lost:
        own.migrate()
    assert "studio key forget" in lost.value.hint
    assert "STUDIO_KEY_FILE" in lost.value.hint
    assert not path.exists(), "a new key was made although the database needs the old one"
    Vault(path).make()
    with pytest.raises(SetupError, match="not the key file of this studio"):
        own.migrate()
    path.write_text("{}")
    with pytest.raises(SetupError, match="not a key file of Studio"):
        own.migrate()
    path.write_text(text)
    own.migrate()


def test_the_key_of_a_server_is_taken_from_the_sealed_secrets(tmp_path: Path) -> None:
    keys = tmp_path / "keys" / "studio.key"
    where = {"home": tmp_path / "home", "key_file": keys, "openai_url": "http://127.0.0.1:9/v1"}
    studio = Studio(Settings(**where))
    studio.set_secret("openai_key", "sk-0123456789", ADMIN)
    assert studio._with_secrets().openai_key.get_secret_value() == "sk-0123456789"
    assert "sk-0123456789" not in str(studio.doctor(ADMIN))
    studio.close()
    given = Studio(Settings(**where, openai_key="sk-given"))
    assert given._with_secrets().openai_key.get_secret_value() == "sk-given"
    given.close()


@pytest.mark.skipif(os.name != "posix", reason="modes are a matter of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    vault = Vault(tmp_path / "studio.key")
    vault.make()
    assert vault.path.stat().st_mode & 0o777 == 0o600
    vault.path.chmod(mode)
    with pytest.raises(SetupError, match="others can read") as refused:
        Vault(vault.path).keys  # noqa: B018
    assert "chmod 600" in refused.value.hint


def test_the_key_file_may_not_lie_among_the_data(tmp_path: Path) -> None:
    home = tmp_path / "home"
    studio = Studio(Settings(home=home, key_file=home / "sub" / ".." / "studio.key"))
    with pytest.raises(InputError, match="lies in the folder of the data"):
        studio.store  # noqa: B018


def test_two_that_start_together_make_one_key(tmp_path: Path) -> None:
    first, second = Vault(tmp_path / "a.key"), Vault(tmp_path / "a.key")
    first.make()
    made, other = first.keys, Vault(tmp_path / "b.key")
    other.make()
    second.write(other.keys, first=True)  # as the one that comes second does
    assert second.keys == made
    assert other.keys != made


def test_after_a_lost_key_the_record_goes_on_without_names(own: Store) -> None:
    revisions = own.revisions(ID)
    own.vault.path.unlink()
    assert own.forget(ADMIN) == 3
    own.migrate()
    assert own.users() == ()
    assert own.secret("shop") == ""
    assert [r.digest for r in own.revisions(ID)] == [r.digest for r in revisions]
    assert own.listing(ID).author.startswith("p-")
    assert own.verify() == []
    own.add_user("rui", Role.REVIEWER, HASH, ADMIN)
    assert own.user("rui").name == "rui"


# --- what a person may have taken away -----------------------------------------------------------


def test_a_purged_person_is_gone_and_the_record_is_whole(own: Store) -> None:
    before = own.events(limit=100).items
    id = own.purge_person("rui", ADMIN)
    after = own.events(limit=100).items
    assert [e.hash for e in after[:-1]] == [e.hash for e in before]
    assert {e.actor for e in after} == {"小林", "ada", id}
    assert "rui" not in " ".join(e.model_dump_json() for e in after)
    assert own.listing(ID).findings[0].waived.by == id
    assert own.session("a" * 64) is None
    for call in (lambda: own.user("rui"), lambda: own.purge_person("rui", ADMIN)):
        with pytest.raises(NotFoundError):
            call()
    assert own.verify() == []


def test_the_listing_of_a_purged_person_lives_on(own: Store) -> None:
    """Ids that were read back as names are written as ids again, in heads and in waivers."""
    author, waiver = own.purge_person("小林", ADMIN), own.purge_person("rui", ADMIN)
    text = own.listing(ID).text.replace("bullets.0", "新的一条", "edited")
    item = own.save_text(ID, text, (), (finding(),), revision=1, actor=MERCHANT)
    assert item.findings[0].waived.by == waiver
    assert own.listing(ID).findings[0].waived.by == waiver
    assert own.revisions(ID)[0].author == author
    assert own.revisions(ID)[1].author == "小林"  # the same name, but somebody new
    assert own.verify() == []


def test_nothing_of_a_purged_name_stays_in_the_file(own: Store) -> None:
    if own.kind == "postgresql":
        pytest.skip("VACUUM takes old rows out there; its files are the server's")
    with own._read() as connection:
        query = "SELECT id, mark, name FROM person"
        sealed = {row.name: row for row in connection.exec_driver_sql(query)}
    gone = own.purge_person("rui", ADMIN)
    row = next(row for row in sealed.values() if row.id == gone)
    file = Path(own._engine.url.database)
    data = b"".join(p.read_bytes() for p in file.parent.glob(file.name + "*"))
    assert row.name.encode() not in data
    assert row.mark.encode() not in data
    assert gone.encode() in data


def test_the_last_admin_stays(own: Store) -> None:
    own.add_user("ada", Role.ADMIN, HASH, ADMIN)
    for call in (
        lambda: own.purge_person("ada", ADMIN),
        lambda: own.set_role("ada", Role.VIEWER, ADMIN),
    ):
        with pytest.raises(StateError, match="last admin"):
            call()
    own.add_user("bob", Role.ADMIN, HASH, ADMIN)
    assert own.set_role("ada", Role.VIEWER, ADMIN).role is Role.VIEWER


def test_nobody_can_take_the_id_of_somebody_for_a_name(own: Store) -> None:
    id = own.purge_person("rui", ADMIN)
    with pytest.raises(InputError):
        own.add_user(id, Role.ADMIN, HASH, ADMIN)


# --- the whole file ------------------------------------------------------------------------------


def test_the_whole_file_can_be_encrypted(tmp_path: Path) -> None:
    pytest.importorskip("sqlcipher3", reason="pip install studio[sqlcipher]")
    url, vault = f"sqlite:///{tmp_path / 'studio.db'}", Vault(tmp_path / "keys" / "studio.key")
    vault.make()

    def opened(encrypted: bool, keys: Vault = vault) -> Store:
        media = Media(tmp_path / "media")
        return Store(url, media=media, move=review.move, vault=keys, encrypted=encrypted)

    store = opened(True)
    store.migrate()
    store.put_products([product("A1")], MERCHANT)
    store.save_draft(draft("A1", title="a title that is not public yet"), MERCHANT)
    assert store.verify() == []
    health = store.health()
    assert health["driver"] == "sqlcipher3"
    assert health["warnings"] == [], health
    store.close()
    data = b"".join(p.read_bytes() for p in tmp_path.glob("studio.db*"))
    assert b"not public" not in data
    assert not data.startswith(b"SQLite format 3")
    with pytest.raises(sqlite3.DatabaseError), sqlite3.connect(tmp_path / "studio.db") as plain:
        plain.execute("SELECT * FROM sqlite_master")
    again = opened(True)
    assert again.listing(ID).text.title == "a title that is not public yet"
    again.close()
    other = Vault(tmp_path / "keys" / "other.key")
    other.make()
    for wrong in (opened(False), opened(True, other)):
        with pytest.raises(StateError, match=r"damaged|encrypted"):
            wrong.migrate()
        wrong.close()

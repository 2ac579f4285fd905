"""Migrations, indexes, and what the store says of databases that are not as they should be."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
import store_postgres
from store_making import MERCHANT, draft, finding, product, vault

from studio import review
from studio.errors import InputError, NotFoundError, SetupError, StateError
from studio.schema import State
from studio.store import Filter, Media, Store, engine, migrate, words
from studio.store.tables import metadata


def open_store(url: str, tmp_path: Path, **more) -> Store:
    return Store(url, media=Media(tmp_path / "media"), move=review.move, vault=vault(), **more)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'studio.db'}"
    running: store_postgres.Cluster = request.getfixturevalue("cluster")
    return running.url(running.create())


# --- migrations


def test_the_migrations_make_the_tables_of_the_program(empty: str, tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    store = open_store(empty, tmp_path)
    store.migrate()
    with store._engine.begin() as connection:
        # What finds words is SQLite's own kind of table and an index there, another on PostgreSQL.
        others = {"sqlite": "ix_product_pieces", "postgresql": "ix_product_search"}[store.kind]
        apart = re.compile(f"product_words.*|{others}")
        ours = {"include_object": lambda _, name, *more: not apart.fullmatch(str(name))}
        context = MigrationContext.configure(connection, opts=ours)
        assert compare_metadata(context, metadata) == []
    store.close()


def test_the_newest_migration_is_the_one_that_is_expected() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(migrate.FOLDER)).get_heads() == [migrate.HEAD]


def test_migrating_again_changes_nothing(empty: str, tmp_path: Path) -> None:
    for _ in range(2):
        store = open_store(empty, tmp_path)
        store.migrate()
        store.put_products([product()], MERCHANT)
        assert store.count_products() == 1
        store.close()


def test_processes_that_start_together_migrate_once(empty: str, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from studio import review\n"
        "from studio.store import Media, Store, Vault\n"
        "url, media, keys = sys.argv[1], Media(Path(sys.argv[2])), Vault(Path(sys.argv[3]))\n"
        "s = Store(url, media=media, move=review.move, vault=keys)\n"
        "s.migrate(); print(s.count_products())"
    )
    command = [sys.executable, "-c", script, empty, str(tmp_path), str(tmp_path / "new.key")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[0].strip() for process in running] == ["0", "0"]


def test_threads_that_start_together_migrate_once(empty: str, tmp_path: Path) -> None:
    stores = [open_store(empty, tmp_path) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Store.migrate, stores))
    assert [store.count_products() for store in stores] == [0] * 4
    for store in stores:
        store.close()


def test_a_migration_that_fails_leaves_nothing(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "migrations"
    (broken / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        (broken / name).write_text((migrate.FOLDER / name).read_text())
    (broken / "versions" / "0001_first.py").write_text(
        "from alembic import op\nrevision = '0001'\ndown_revision = None\n\n\n"
        "def upgrade():\n    op.execute('CREATE TABLE half (a int)')\n    op.execute('nonsense')\n"
    )
    store = open_store(empty, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "FOLDER", broken)
        with pytest.raises(StateError, match="nonsense"):
            store.migrate()
    assert sa.inspect(store._engine).get_table_names() == []
    store.migrate()
    assert store.count_products() == 0
    store.close()


def test_a_database_of_a_newer_program_is_left_alone(store: Store) -> None:
    with store._write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    try:
        with pytest.raises(StateError, match="newer Studio") as newer:
            store.migrate()
        assert "upgrade" in newer.value.hint
    finally:
        with store._write() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{migrate.HEAD}'")


# --- queries of pages


@pytest.fixture
def filled(store: Store) -> Store:
    """Enough rows that PostgreSQL finds an index worth its while."""
    store.put_products([product(f"P{i:04}") for i in range(400)], MERCHANT)
    severities = ("", "low", "high")
    drafts = [
        draft(
            f"P{i:04}",
            channel=("shopify", "google")[i % 2],
            findings=(finding(severities[i % 3]),) if i % 3 else (),
        )
        for i in range(400)
    ]
    store.save_drafts(drafts, MERCHANT)
    store.mark_stale("rules", MERCHANT, ids=["P0000/shopify/zh-CN"])
    store.assign("P0301/google/zh-CN", MERCHANT.name, date(2020, 1, 1), MERCHANT)
    with store._write() as connection:
        connection.exec_driver_sql("ANALYZE")
    return store


CALLS = {
    "products": lambda s: s.products(after="P0300"),
    "product": lambda s: s.product("P0300"),
    "queue": lambda s: s.listings(after=1),
    "state": lambda s: s.listings(state=State.DRAFT, after=1),
    "channel": lambda s: s.listings(channel="google", after=1),
    "both": lambda s: s.listings(channel="google", state=State.DRAFT, after=1),
    "of a product": lambda s: s.listings(product="P0300", after=1),
    "stale": lambda s: s.listings(stale=True, after=1),
    "mine": lambda s: s.listings(assignee=MERCHANT.name, after=1),
    "overdue": lambda s: s.listings(overdue=date(2020, 2, 1), after=1),
    "standing": lambda s: s.standing(["P0301/google/zh-CN"]),
    "listing": lambda s: s.listing("P0301/google/zh-CN"),
    "revisions": lambda s: s.revisions("P0301/google/zh-CN"),
    "digests": lambda s: s.listing_digests(["P0301/google/zh-CN"]),
    "approved": lambda s: [list(s.approved("google"))],
    "approved, new": lambda s: [list(s.approved("google", new_only=True))],
    "search": lambda s: s.listings(search="保温杯", after=1),
    "search, rare": lambda s: s.listings(search="p0301"),
    "search of a state": lambda s: s.listings(search="p0301", channel="google", state=State.DRAFT),
    "products by words": lambda s: s.products("p03 保温"),
    "catalog by words": lambda s: s.browse(Filter(search="p0301", sort="title")),
    "events": lambda s: s.events(after=100),
    "events of one": lambda s: s.events(listing="P0301/google/zh-CN"),
}


def test_no_page_reads_a_whole_table(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan of every statement that a page sends: an index, and no sort of all rows."""
    monkeypatch.setattr(words, "WINDOWS", (40, 300))  # so that rare words are looked up here too
    sent: list[tuple[str, object]] = []

    def listen(_connection, _cursor, statement, parameters, *_more) -> None:
        if statement.startswith("SELECT"):
            sent.append((statement, parameters))

    sa.event.listen(filled._engine, "before_cursor_execute", listen)
    for name, call in CALLS.items():
        before = len(sent)
        assert call(filled), name
        assert len(sent) > before, name
    sa.event.remove(filled._engine, "before_cursor_execute", listen)
    prefix = "EXPLAIN QUERY PLAN " if filled.kind == "sqlite" else "EXPLAIN "
    looked_up = 0
    for statement, parameters in sent:
        by_words = "pieces @@" in statement or "MATCH" in statement
        looked_up += by_words
        with filled._read() as connection:
            # Of so few rows it would rather read all than look some up.
            if filled.kind == "postgresql" and (by_words or " IN (" in statement):
                connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            rows = connection.exec_driver_sql(prefix + statement, parameters).all()
        plan = "\n".join(str(row[-1]) for row in rows)
        # What the index of words names is few, and is put in order.
        bad = [line for line in plan.splitlines()
               if _reads_all(line) and not (by_words and "TEMP B-TREE" in line)]  # fmt: skip
        assert not bad, f"{statement}\n{plan}"
    assert looked_up


def _reads_all(step: str) -> bool:
    part = "SCAN anon_" in step or "SCAN product_words VIRTUAL TABLE INDEX" in step
    scan = step.strip().startswith("SCAN ") and "INDEX" not in step and not part
    few = "Seq Scan on person" in step  # one row: PostgreSQL takes no index for that
    return scan or ("Seq Scan" in step and not few) or "TEMP B-TREE" in step


def test_the_second_reader_of_plans_can_see_a_whole_scan(filled: Store) -> None:
    prefix = "EXPLAIN QUERY PLAN " if filled.kind == "sqlite" else "EXPLAIN "
    with filled._read() as connection:
        rows = connection.exec_driver_sql(f"{prefix} SELECT * FROM event WHERE actor = 'x'").all()
    assert any(_reads_all(str(row[-1])) for row in rows)


# --- what is wrong with a database


def test_health_names_the_driver_and_finds_nothing(store: Store) -> None:
    health = store.health()
    assert health["version"]
    assert health["warnings"] == []


@pytest.mark.parametrize(("version", "sound"), [((3, 40, 1), False), ((3, 51, 3), True)])
def test_an_old_sqlite_is_told(
    version: tuple[int, ...], sound: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    monkeypatch.setattr(sqlite3, "sqlite_version", ".".join(map(str, version)))
    found = engine.warnings(sqlite3)
    assert sound or "3.40.1 can corrupt" in found[0]
    assert bool(found) is not sound


def test_the_interpreters_own_sqlite_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "driver", lambda encrypted=False: sqlite3)
    store = open_store(f"sqlite:///{tmp_path / 'studio.db'}", tmp_path)
    store.migrate()
    with store._read() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    assert mode == ("wal" if engine.sound(sqlite3) else "delete")
    store.put_products([product()], MERCHANT)
    assert store.save_draft(draft(), MERCHANT).revision == 1
    with pytest.raises(StateError, match="append-only"), store._write() as connection:
        connection.exec_driver_sql("DELETE FROM event")
    assert store.verify() == []
    store.close()


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://a/b", "sqlite://", "sqlite:///:memory:"])
def test_addresses_that_are_none(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as wrong:
        open_store(url, tmp_path)
    assert "sqlite:///FILE" in wrong.value.hint


def test_reading_a_file_that_is_not_there_does_not_make_it(tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    with pytest.raises(NotFoundError, match="no database"):
        open_store(f"sqlite:///{file}", tmp_path, read_only=True)
    assert not file.exists()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "studio.db"
    file.write_bytes(b"this is a shopping list, not a database " * 40)
    with pytest.raises(StateError, match="damaged"):
        open_store(f"sqlite:///{file}", tmp_path).migrate()
    assert file.read_bytes().startswith(b"this is a shopping list")


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with pytest.raises(SetupError, match="can not be reached"):
        open_store(f"postgresql://x@/y?host={tmp_path}", tmp_path).migrate()


def test_a_store_that_was_not_migrated_says_so(empty: str, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="not set up"):
        open_store(empty, tmp_path).count_products()


def test_a_database_that_somebody_else_writes_to_is_busy(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database.startswith("sqlite"):
        pytest.skip("writers of PostgreSQL wait for each other")
    monkeypatch.setattr(engine, "BUSY_MS", 100)
    first, second = open_store(database, tmp_path), open_store(database, tmp_path)
    with first._write(), pytest.raises(StateError, match="busy") as busy:
        second.put_products([product()], MERCHANT)
    assert busy.value.retryable
    assert second.put_products([product()], MERCHANT)["new"] == 1


def test_a_new_file_is_the_owners_only(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("no such permissions here")
    store = open_store(f"sqlite:///{tmp_path / 'studio.db'}", tmp_path)
    store.migrate()
    files = list(tmp_path.glob("studio.db*"))
    assert files
    assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}
    store.close()

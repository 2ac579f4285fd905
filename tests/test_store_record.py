"""The record: append-only, chained, and whatever is changed behind its back is found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from store_making import ADMIN, MERCHANT, REVIEWER, draft, finding, product, vault

from studio import review
from studio.errors import InputError, StateError
from studio.schema import Actor, Role
from studio.store import Media, Store
from studio.store.tables import APPEND_ONLY

ID = "A1/shopify/zh-CN"


@pytest.fixture
def filled(store: Store) -> Store:
    """Two revisions, a waiver, an approval, an export, and a second listing."""
    store.put_products([product("A1"), product("B2")], MERCHANT)
    store.save_drafts([draft("A1"), draft("B2")], MERCHANT)
    text = store.listing(ID).text.replace("title", "最好的杯", "edited")
    store.save_text(ID, text, (), (finding(),), revision=1, actor=MERCHANT)
    store.waive(ID, finding().key, "商标", REVIEWER)
    store.set_state(ID, "submit", MERCHANT, revision=2)
    store.set_state(ID, "approve", REVIEWER, revision=2)
    store.mark_exported([(ID, 2)], MERCHANT, detail={"manifest": "m"})
    assert store.verify() == []
    return store


def tamper(store: Store, *statements: str) -> None:
    """What somebody with the database's own tools can do: no triggers, no program between."""
    engine = sa.create_engine(
        sa.make_url(str(store._engine.url)),
        **({} if store.kind == "postgresql" else {"module": store._engine.dialect.dbapi}),
    )
    with engine.begin() as connection:
        back = list(triggers_away(connection))
        for statement in statements:
            assert connection.exec_driver_sql(statement).rowcount > 0, statement
        for statement in back:
            connection.exec_driver_sql(statement)
    engine.dispose()


def triggers_away(connection: sa.Connection) -> Iterator[str]:
    """Takes the triggers away; the statements that put them back, so that nothing shows."""
    if connection.dialect.name == "postgresql":
        for table in APPEND_ONLY:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            yield f"ALTER TABLE {table} ENABLE TRIGGER ALL"
            yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only"
        return
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    for name, made in connection.exec_driver_sql(query).all():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
        yield made


@pytest.mark.parametrize("table", ["revision", "event"])
@pytest.mark.parametrize("change", ["UPDATE {} SET hash = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_itself_refuses_changes(filled: Store, table: str, change: str) -> None:
    if change.startswith("TRUNCATE") and filled.kind == "sqlite":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(StateError, match="append-only"), filled._write() as connection:
        connection.exec_driver_sql(change.format(table))
    assert filled.verify() == []


def test_replacing_a_row_is_a_change_too(filled: Store) -> None:
    """SQLite's INSERT OR REPLACE would delete past the trigger that refuses a delete."""
    if filled.kind == "postgresql":
        pytest.skip("PostgreSQL has no INSERT OR REPLACE")
    for table in APPEND_ONLY:
        statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE number = 1"
        with pytest.raises(StateError, match="append-only"), filled._write() as connection:
            connection.exec_driver_sql(statement)


def test_replication_does_not_pass_the_triggers(filled: Store) -> None:
    if filled.kind == "sqlite":
        pytest.skip("SQLite has no roles")
    both = "SET LOCAL session_replication_role = replica; DELETE FROM event"
    with pytest.raises(StateError, match="append-only"), filled._write() as connection:
        connection.exec_driver_sql(both)


def test_triggers_that_were_taken_away_are_missed(filled: Store) -> None:
    engine = sa.create_engine(
        sa.make_url(str(filled._engine.url)),
        **({} if filled.kind == "postgresql" else {"module": filled._engine.dialect.dbapi}),
    )
    with engine.begin() as connection:
        list(triggers_away(connection))
    engine.dispose()
    problems = filled.verify()
    assert len(problems) == (2 if filled.kind == "postgresql" else 6)
    assert all("no longer refuses changes" in problem for problem in problems)


def test_each_line_holds_the_hash_of_the_one_before(filled: Store) -> None:
    events = filled.events(limit=100).items
    assert [e.number for e in events] == list(range(1, len(events) + 1))
    assert [e.previous for e in events[1:]] == [e.hash for e in events[:-1]]
    assert filled.head() == events[-1]
    assert [e.kind for e in events if e.listing == ID] == [
        "generated", "edited", "waived", "submitted", "approved", "exported",
    ]  # fmt: skip


def test_pages_of_the_record(filled: Store) -> None:
    page = filled.events(listing=ID, limit=4)
    rest = filled.events(listing=ID, after=page.next or 0, limit=4)
    assert [e.kind for e in (*page, *rest)][3:] == ["submitted", "approved", "exported"]
    assert rest.next is None


TAMPERED = {
    "an event's actor": (
        ["UPDATE event SET actor = 'mallory' WHERE number = 5"],
        "event 5 (waived by mallory) was changed",
    ),
    "an event's detail": (
        ["UPDATE event SET detail = '{}' WHERE kind = 'waived'"],
        "(waived by rui) was changed",
    ),
    "an event's time": (
        ["UPDATE event SET at = '2020-01-01 00:00:00.000000+00:00' WHERE number = 2"],
        "event 2 (generated by 小林) was changed",
    ),
    "an event that is gone": (["DELETE FROM event WHERE number = 4"], "event 4 is missing"),
    "a revision's text": (
        ["UPDATE revision SET content = replace(content, '最好', '次好')"],
        f"revision 2 of {ID} was changed",
    ),
    "a revision's author": (
        ["UPDATE revision SET author = 'x' WHERE number = 2"],
        f"revision 2 of {ID} was changed",
    ),
    "a revision that is gone": (
        [f"DELETE FROM revision WHERE listing = '{ID}' AND number = 1"],
        f"revision 1 of {ID} is recorded and is missing",
    ),
    "a revision that nobody wrote": (
        ["INSERT INTO revision SELECT listing, 9, kind, author, at, digest, content, checks, hash "
         "FROM revision WHERE number = 2"],
        f"revision 9 of {ID} is in no line of the record",
    ),
    "an approval moved to another revision": (
        [f"UPDATE listing SET approved = 1, revision = 1 WHERE id = '{ID}'"],
        "is not what was approved",
    ),
    "an approval that was never given": (
        ["UPDATE listing SET state = 'approved', approved = 1 WHERE product = 'B2'"],
        "B2/shopify/zh-CN is not what was approved",
    ),
    "a revision that can not be read": (
        ["UPDATE revision SET content = 'garbage' WHERE number = 2"],
        f"revision 2 of {ID} was changed",
    ),
    "a head that can not be read": (
        [f"UPDATE listing SET brief = 'garbage' WHERE id = '{ID}'"],
        f"{ID} was damaged",
    ),
    "an event that can not be read": (
        ["UPDATE event SET detail = '[' WHERE number = 5"],
        "event 5 (waived by rui) was changed",
    ),
    "a waiver that nobody gave": (
        ["UPDATE listing SET checks = replace(checks, '最好', '最佳') WHERE checks IS NOT NULL"],
        f"{ID} has a waiver for “最佳” that nobody gave",
    ),
    "an approval borrowed from another listing": (
        ["UPDATE listing SET state = 'approved', approved = 1, approval = "
         f"(SELECT approval FROM listing WHERE id = '{ID}') WHERE product = 'B2'"],
        "B2/shopify/zh-CN is not what was approved",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TAMPERED)
def test_what_was_changed_from_outside_is_found(filled: Store, case: str) -> None:
    statements, said = TAMPERED[case]
    tamper(filled, *statements)
    problems = filled.verify()
    assert any(said in problem for problem in problems), problems


def test_a_changed_text_is_not_exported(filled: Store) -> None:
    tamper(filled, "UPDATE revision SET content = replace(content, '最好', '次好')")
    with pytest.raises(StateError, match="not what was approved"):
        list(filled.approved("shopify"))


def test_what_can_not_be_read_is_told_and_not_exported(filled: Store) -> None:
    tamper(filled, "UPDATE revision SET content = 'garbage' WHERE number = 2")
    for call in (
        lambda: list(filled.approved("shopify")),
        lambda: filled.listing(ID),
        lambda: filled.revisions(ID),
    ):
        with pytest.raises(StateError, match="damaged or changed"):
            call()


def test_a_time_that_is_none_is_found(filled: Store) -> None:
    if filled.kind == "postgresql":
        pytest.skip("PostgreSQL takes only times for times")
    tamper(filled, "UPDATE event SET at = 'yesterday' WHERE number = 2")
    assert any("can not have written" in problem for problem in filled.verify())


def test_a_damaged_file_is_found(filled: Store) -> None:
    if filled.kind == "postgresql":
        pytest.skip("PostgreSQL has its own checks of its files")
    file = Path(filled._engine.url.database or "")
    filled.close()
    data = bytearray(file.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 2048] = b"\x55" * 2048
    file.write_bytes(data)
    problems = filled.verify()
    assert any("damaged" in problem for problem in problems), problems


def test_an_approval_that_was_never_given_is_not_exported(filled: Store) -> None:
    number = filled.listing("B2/shopify/zh-CN").revision
    tamper(
        filled,
        f"UPDATE listing SET state = 'approved', approved = {number}, approval = 3 "
        "WHERE product = 'B2'",
    )
    with pytest.raises(StateError, match="B2/shopify/zh-CN is not what was approved"):
        list(filled.approved("shopify"))


def test_a_cut_end_is_found_by_an_anchor_only(filled: Store) -> None:
    head = filled.head()
    assert head is not None
    tamper(filled, f"DELETE FROM event WHERE number = {head.number}")
    assert filled.verify() == []
    assert filled.verify({head.number: head.hash}) == [
        f"event {head.number} was anchored and is missing: the end of the record was cut off"
    ]


def test_a_record_that_was_written_anew_is_found_by_an_anchor(filled: Store, tmp_path) -> None:
    head = filled.head()
    assert head is not None
    filled.note("other", ADMIN, {})
    assert filled.verify({head.number: head.hash}) == []
    problems = filled.verify({head.number: "0" * 64})
    assert problems == [
        f"event {head.number} is not the one that was anchored: the record was written anew"
    ]


def test_details_are_kept_as_plain_values(store: Store) -> None:
    told = {"folder": Path("out") / "a", "on": date(2026, 1, 2), "names": ("a", "b"), "odd": "\0"}
    line = store.note("exported", ADMIN, told)
    assert line.detail["names"] == ["a", "b"]
    assert line == store.head()
    assert store.verify() == []


@pytest.mark.parametrize("name", ["", "\0", "\ud800", "x" * 300])
def test_an_actor_needs_a_name_that_can_be_kept(store: Store, name: str) -> None:
    with pytest.raises(InputError, match="a person's name"):
        store.note("x", Actor(name=name, role=Role.ADMIN), {})
    assert store.head() is None


def test_a_store_that_is_opened_for_reading_writes_nothing(filled: Store, tmp_path: Path) -> None:
    url = filled._engine.url.render_as_string(hide_password=False)
    reader = Store(
        url, media=Media(tmp_path / "media"), move=review.move, vault=vault(), read_only=True
    )
    reader.migrate()
    assert reader.listing(ID) == filled.listing(ID)
    assert reader.verify() == []
    with pytest.raises(StateError, match="opened for reading"):
        reader.put_products([product("C3")], MERCHANT)
    with pytest.raises(Exception, match=r"(?i)read.?only"), reader._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE listing SET stale = 'x'")
    reader.close()

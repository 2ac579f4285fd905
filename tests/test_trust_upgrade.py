"""A database of an older Studio: its names become ids, its record stays as it was hashed."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
import store_postgres
from store_making import MERCHANT, REVIEWER, draft, product

from studio import review
from studio.errors import StateError
from studio.schema import Role, now
from studio.store import Media, Store, Vault
from studio.store.base import FIRST, event_hash
from studio.store.migrate import upgrade_in
from studio.store.rows import revision_hash
from studio.store.tables import event, revision

ID = "A1/shopify/zh-CN"


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Tables of version 0001 with a user, a listing, its revision and three events, names open."""
    url = f"sqlite:///{tmp_path / 'studio.db'}"
    if request.param == "postgresql":
        running: store_postgres.Cluster = request.getfixturevalue("cluster")
        url = running.url(running.create())
    vault = Vault(tmp_path / "keys" / "studio.key")
    store = Store(url, media=Media(tmp_path / "media"), move=review.move, vault=vault)
    with store._engine.begin() as connection:
        upgrade_in(connection, vault, "0001")
        fill(connection)
    assert not vault.path.exists()
    return store


def fill(connection: sa.Connection) -> None:
    at = now()
    run = connection.execute
    user = "INSERT INTO studio_user VALUES (:n, 'merchant', '$argon2id$old', :at, 3)"
    run(sa.text(user), {"n": MERCHANT.name, "at": at})
    session = "INSERT INTO session VALUES ('x', :n, 3, :at, :at)"
    run(sa.text(session), {"n": MERCHANT.name, "at": at})
    made = product("A1")
    text = "INSERT INTO product VALUES ('A1', 'x', 'x', 'd', :doc, :at)"
    run(sa.text(text), {"doc": made.model_dump_json(), "at": at})
    item = draft("A1")
    head = (
        "INSERT INTO listing (number, id, product, channel, locale, brief, state, revision, author,"
        " updated, queue_key) VALUES (1, :id, 'A1', 'shopify', 'zh-CN', :brief, 'draft', 1, :who, "
        ":at, 280375465082881)"
    )
    brief = item.brief.model_dump_json()
    run(sa.text(head), {"id": ID, "brief": brief, "who": MERCHANT.name, "at": at})
    from studio.schema import content_digest
    from studio.store.rows import Checks, Content, document

    row = {
        "listing": ID, "number": 1, "kind": "generated", "author": MERCHANT.name, "at": at,
        "digest": content_digest(item.text, item.pictures),
        "content": document(Content(text=item.text, pictures=item.pictures)),
        "checks": document(Checks()),
    }  # fmt: skip
    row["hash"] = revision_hash(row)
    run(revision.insert(), row)
    previous = FIRST
    for number, (kind, who) in enumerate([("imported", MERCHANT), ("generated", MERCHANT),
                                          ("seen", REVIEWER)], 1):  # fmt: skip
        told = number == 2
        detail = {"digest": row["digest"], "hash": row["hash"]} if told else {"user": "mo"}
        values = {"number": number, "at": at, "actor": who.name, "kind": kind,
                  "listing": ID if told else "", "revision": 1 if told else None,
                  "detail": detail, "previous": previous}  # fmt: skip
        previous = values["hash"] = event_hash(values)
        run(event.insert(), values)


def test_an_old_database_is_brought_up_whole(old: Store) -> None:
    old.migrate()
    assert old.verify() == []
    assert [e.actor for e in old.events()] == [MERCHANT.name, MERCHANT.name, REVIEWER.name]
    user = old.user(MERCHANT.name)
    assert (user.role, user.password_hash, user.epoch) == (Role.MERCHANT, "$argon2id$old", 3)
    assert old.session("x") is None
    assert old.listing(ID).author == MERCHANT.name
    assert old.revisions(ID)[0].author == MERCHANT.name
    with old._read() as connection:
        (author,) = connection.exec_driver_sql("SELECT author FROM listing").one()
    assert author.startswith("p-")
    text = old.listing(ID).text.replace("title", "新标题", "edited")
    old.save_text(ID, text, (), (), revision=1, actor=MERCHANT)
    assert old.verify() == []
    with pytest.raises(StateError, match="append-only"), old._write() as connection:
        connection.exec_driver_sql("DELETE FROM event")
    old.close()


def test_what_older_lines_hold_openly_stays_after_a_purge(old: Store) -> None:
    """The record can not be rewritten: docs/deploy.md says so."""
    from store_making import ADMIN

    old.migrate()
    old.purge_person(MERCHANT.name, ADMIN)
    assert old.events().items[0].actor == MERCHANT.name
    assert old.listing(ID).author.startswith("p-")
    assert old.verify() == []
    old.close()

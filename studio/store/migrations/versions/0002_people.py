"""People get ids, their names lie sealed apart; tokens, secrets, firmer triggers."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from studio.store.vault import Vault

revision = "0002"
down_revision = "0001"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)
APPEND_ONLY = {"revision": ("listing", "number"), "event": ("number",)}


def upgrade() -> None:
    config = op.get_context().config
    assert config is not None  # a migration of ours is never run without one
    vault: Vault = config.attributes["vault"]
    bind = op.get_bind()
    users = bind.execute(
        sa.text("SELECT name, role, password_hash, created, epoch FROM studio_user").columns(
            created=TIME
        )
    ).all()
    _tables()
    people = {user.name: _person(bind, vault, user.name) for user in users}
    for user in users:
        id = people[user.name]
        values = {**user._mapping, "person": id}
        del values["name"]
        sealed = vault.seal(user.password_hash, "studio_user", id, "password_hash")
        bind.execute(_USER.insert().values(**{**values, "password_hash": sealed}))
    for table, column in (("listing", "author"), ("job", "actor")):
        _rename(bind, vault, people, table, column)
    check = vault.seal("studio", "kept", "check", "value")
    bind.execute(sa.text("INSERT INTO kept VALUES ('check', :value)"), {"value": check})
    for table, key in APPEND_ONLY.items():
        _firmer(bind, table, key)


_USER = sa.table(
    "studio_user",
    *(sa.column(name) for name in ("person", "role", "password_hash", "epoch")),
    sa.column("created", TIME),
)


def _tables() -> None:
    """Sessions end with this: everybody signs in again."""
    op.drop_table("session")
    op.drop_table("studio_user")
    op.create_table(
        "kept",
        sa.Column("name", NAME, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_kept")),
    )
    op.create_table(
        "person",
        sa.Column("id", NAME, nullable=False),
        sa.Column("mark", NAME, nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("mark", name=op.f("uq_person_mark")),
    )
    op.create_table(
        "studio_user",
        sa.Column("person", NAME, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("epoch", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_studio_user_person")),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_studio_user")),
    )
    person = sa.ForeignKeyConstraint
    op.create_table(
        "session",
        sa.Column("hash", NAME, nullable=False),
        sa.Column("person", NAME, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("expires", TIME, nullable=False),
        person(["person"], ["studio_user.person"], name=op.f("fk_session_person")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_person"), "session", ["person"])
    op.create_table(
        "token",
        sa.Column("id", NAME, nullable=False),
        sa.Column("hash", NAME, nullable=False),
        sa.Column("person", NAME, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("expires", TIME, nullable=False),
        person(["person"], ["studio_user.person"], name=op.f("fk_token_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_token_hash")),
    )
    op.create_index(op.f("ix_token_person"), "token", ["person"])


def _person(bind: sa.Connection, vault: Vault, name: str) -> str:
    id = f"p-{secrets.token_hex(6)}"
    values = {
        "id": id,
        "mark": vault.marks(name)[0],
        "name": vault.seal(name, "person", id, "name"),
    }
    bind.execute(sa.text("INSERT INTO person VALUES (:id, :mark, :name)"), values)
    return id


def _rename(
    bind: sa.Connection, vault: Vault, people: dict[str, str], table: str, column: str
) -> None:
    """Ids for names in rows that may change; revisions and events stay as they were hashed."""
    one = sa.table(table, sa.column(column))
    for name in bind.execute(sa.select(one.c[column]).distinct()).scalars().all():
        if name not in people:
            people[name] = _person(bind, vault, name)
        bind.execute(one.update().where(one.c[column] == name).values({column: people[name]}))


def _firmer(bind: sa.Connection, table: str, key: tuple[str, ...]) -> None:
    """SQLite's INSERT OR REPLACE deletes without the delete trigger; PostgreSQL's replica role
    skips ordinary triggers."""
    if bind.dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only")
        return
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS "  # noqa: S608
        f"(SELECT 1 FROM {table} WHERE {same} OR hash = NEW.hash) "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )

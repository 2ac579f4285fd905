"""Tokens by which programs come in: hashed, with a role of their own and an end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from studio.errors import NotFoundError
from studio.schema import Actor, Role, now
from studio.store.base import Record, append
from studio.store.names import names_of, plain
from studio.store.nouns import Token, User
from studio.store.people import _row, _user
from studio.store.tables import token as table
from studio.store.tables import user

_COLUMNS = [c for c in table.c if c.name != "hash"]


class Tokens(Record):
    """Each belongs to a user and can never do more than that user may at the moment."""

    def add_token(
        self, id: str, hash: str, name: str, label: str, role: Role, expires: datetime, actor: Actor
    ) -> Token:
        """A token by the sha256 of its text. Raises NotFoundError for an unknown user."""
        with self._write() as connection:
            who = _row(connection, name).person
            values = {"id": id, "hash": hash, "person": who, "role": role.value, "expires": expires}
            values |= {"label": plain(label, "a token's label", 80), "created": now()}
            connection.execute(table.insert().values(**values))
            told = {"token": id, "user": who, "scope": role.value, "until": expires}
            append(connection, actor, "token made", detail=told)
            return _token(connection, connection.execute(_one(id)).one())

    def tokens(self) -> tuple[Token, ...]:
        """All of them, the newest first; those that are over too, until they are revoked."""
        query = sa.select(*_COLUMNS).order_by(table.c.created.desc(), table.c.id)
        with self._read() as connection:
            return tuple(_token(connection, row) for row in connection.execute(query).all())

    def token(self, hash: str) -> tuple[User, Role] | None:
        """Whose it is and what it may do; None when there is none or it is over."""
        query = (
            sa.select(user, table.c.role.label("scope"))
            .join(table, table.c.person == user.c.person)
            .where(table.c.hash == hash, table.c.expires > now())
        )
        with self._read() as connection:
            row = connection.execute(query).first()
            return (_user(connection, row), Role(row.scope)) if row else None

    def end_token(self, id: str, actor: Actor) -> None:
        """Revokes one at once. Raises NotFoundError."""
        with self._write() as connection:
            row = connection.execute(_one(id)).first()
            if row is None:
                raise NotFoundError(f"no token {id[:80]!r}", hint="studio token list")
            connection.execute(table.delete().where(table.c.id == id))
            told = {"token": id, "user": row.person}
            append(connection, actor, "token revoked", detail=told)


def _one(id: str) -> sa.Select[Any]:
    return sa.select(*_COLUMNS).where(table.c.id == id)


def _token(connection: sa.Connection, row: sa.Row[Any]) -> Token:
    values = dict(row._mapping)
    user = names_of(connection).name(values.pop("person"))
    return Token(user=user, **values)

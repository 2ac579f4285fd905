"""Users and their sessions. Hashes only: neither a password nor a token is ever stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from studio.errors import NotFoundError, StateError
from studio.schema import Actor, Role, now
from studio.store.base import Record, append
from studio.store.names import names_of, plain
from studio.store.nouns import User
from studio.store.tables import person, session, token
from studio.store.tables import user as table
from studio.store.vault import Vault

_COLUMNS = sa.select(table)


class People(Record):
    """Who may sign in. Whether the actor may do this is decided by the service."""

    def add_user(self, name: str, role: Role, password_hash: str, actor: Actor) -> User:
        """A new user. Raises StateError when the name is taken."""
        made = User(name=name, role=role, password_hash=password_hash, created=now())
        with self._write() as connection:
            id = names_of(connection).id(plain(name, "a user's name", 80))
            if connection.execute(_COLUMNS.where(table.c.person == id)).first():
                raise StateError(f"there is a user {name!r}", hint="choose another name")
            values = {**made.model_dump(exclude={"name"}), "person": id}
            values["password_hash"] = seal_hash(self.vault, id, password_hash)
            connection.execute(table.insert().values(**values))
            told = {"user": id, "new_role": role.value}
            append(connection, actor, "user added", detail=told)
        return made

    def user(self, name: str) -> User:
        """One user. Raises NotFoundError, which names nobody else."""
        with self._read() as connection:
            return _user(connection, _row(connection, name))

    def users(self) -> tuple[User, ...]:
        """All users by name."""
        with self._read() as connection:
            found = [_user(connection, row) for row in connection.execute(_COLUMNS)]
        return tuple(sorted(found, key=lambda user: user.name))

    def set_role(self, name: str, role: Role, actor: Actor) -> User:
        """Another role; every session of the user ends at once. One admin must stay."""
        with self._write() as connection:
            old = _row(connection, name)
            if role is not Role.ADMIN:
                _not_the_last(connection, old)
            _change(connection, old, role=role.value)
            told = {"user": old.person, "old_role": old.role, "new_role": role.value}
            append(connection, actor, "role changed", detail=told)
            return _user(connection, _row(connection, name))

    def set_password(self, name: str, password_hash: str, actor: Actor) -> User:
        """Another password; every session of the user ends at once."""
        with self._write() as connection:
            old = _row(connection, name)
            sealed = seal_hash(self.vault, old.person, password_hash)
            _change(connection, old, password_hash=sealed)
            append(connection, actor, "password changed", detail={"user": old.person})
            return _user(connection, _row(connection, name))

    def end_sessions(self, name: str, actor: Actor) -> None:
        """Signs the user out everywhere."""
        with self._write() as connection:
            old = _row(connection, name)
            _change(connection, old)
            append(connection, actor, "sessions ended", detail={"user": old.person})

    def purge_person(self, name: str, actor: Actor) -> str:
        """Takes away a person's account and name for good; returns the id that stays in the record.

        The lines of the record hold only that id, so none of them changes. Raises NotFoundError,
        and StateError for the last admin.
        """
        with self._write() as connection:
            id = names_of(connection).find(name)
            if not id:
                raise NotFoundError(f"nobody here is named {name[:80]!r}")
            old = connection.execute(_COLUMNS.where(table.c.person == id)).first()
            if old is not None:
                _not_the_last(connection, old)
            for gone in (session.c.person, token.c.person, table.c.person):
                connection.execute(sa.delete(gone.table).where(gone == id))
            nothing = {"name": None, "mark": None}
            connection.execute(person.update().where(person.c.id == id).values(**nothing))
            append(connection, actor, "person purged", detail={"user": id})
        self._sweep([person.name, table.name, session.name, token.name])
        return id

    def add_session(self, hash: str, name: str, expires: datetime) -> None:
        """A session by the sha256 of its token. Old ones of everybody are swept out."""
        with self._write(alone=False) as connection:
            who = _row(connection, name)
            connection.execute(session.delete().where(session.c.expires < now()))
            values = {"hash": hash, "person": who.person, "epoch": who.epoch, "created": now()}
            connection.execute(session.insert().values(**values, expires=expires))

    def session(self, hash: str) -> User | None:
        """Whose session it is; None when there is none, it is over or was ended."""
        query = _COLUMNS.join(session, session.c.person == table.c.person).where(
            session.c.hash == hash,
            session.c.expires > now(),
            session.c.epoch == table.c.epoch,
        )
        with self._read() as connection:
            row = connection.execute(query).first()
            return _user(connection, row) if row else None

    def end_session(self, hash: str) -> None:
        """Signs one session out; nothing happens when there is none."""
        with self._write(alone=False) as connection:
            connection.execute(session.delete().where(session.c.hash == hash))


def seal_hash(vault: Vault, id: str, hash: str) -> str:
    return vault.seal(hash, "studio_user", id, "password_hash")


def open_hash(vault: Vault, id: str, sealed: str) -> str:
    return vault.open(sealed, "studio_user", id, "password_hash")


def _row(connection: sa.Connection, name: str) -> sa.Row[Any]:
    id = names_of(connection).find(name)
    row = connection.execute(_COLUMNS.where(table.c.person == id)).first()
    if row is None:
        raise NotFoundError(f"no user named {name[:80]!r}")
    return row


def _user(connection: sa.Connection, row: sa.Row[Any]) -> User:
    names = names_of(connection)
    return User(
        name=names.name(row.person),
        role=row.role,
        password_hash=open_hash(names.vault, row.person, row.password_hash),
        created=row.created,
        epoch=row.epoch,
    )


def _not_the_last(connection: sa.Connection, old: sa.Row[Any]) -> None:
    admins = sa.select(sa.func.count()).where(table.c.role == Role.ADMIN.value)
    if old.role == Role.ADMIN.value and connection.execute(admins).scalar_one() < 2:
        raise StateError("this is the last admin", hint="make somebody else an admin first")


def _change(connection: sa.Connection, old: sa.Row[Any], **columns: str) -> None:
    connection.execute(session.delete().where(session.c.person == old.person))
    one = table.update().where(table.c.person == old.person, table.c.epoch == old.epoch)
    connection.execute(one.values(epoch=old.epoch + 1, **columns))

"""Users and their sessions. Hashes only: neither a password nor a token is ever stored."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from studio.errors import NotFoundError, StateError
from studio.schema import Actor, Role, now
from studio.store.base import Record, append, plain
from studio.store.nouns import User
from studio.store.tables import session
from studio.store.tables import user as table

_COLUMNS = sa.select(table.c.name, table.c.role, table.c.password_hash, table.c.created,
                     table.c.epoch)  # fmt: skip


class People(Record):
    """Who may sign in. Whether the actor may do this is decided by the service."""

    def add_user(self, name: str, role: Role, password_hash: str, actor: Actor) -> User:
        """A new user. Raises StateError when the name is taken."""
        made = User(name=name, role=role, password_hash=password_hash, created=now())
        with self._write() as connection:
            plain(name, "a user's name", 80)
            if connection.execute(_COLUMNS.where(table.c.name == name)).first():
                raise StateError(f"there is a user {name!r}", hint="choose another name")
            connection.execute(table.insert().values(**made.model_dump(mode="python")))
            told = {"user": name, "new_role": role.value}
            append(connection, actor, "user added", detail=told)
        return made

    def user(self, name: str) -> User:
        """One user. Raises NotFoundError, which names nobody else."""
        with self._read() as connection:
            return _user(connection, name)

    def users(self) -> tuple[User, ...]:
        """All users by name."""
        with self._read() as connection:
            rows = connection.execute(_COLUMNS.order_by(table.c.name)).all()
        return tuple(User(**row._mapping) for row in rows)

    def set_role(self, name: str, role: Role, actor: Actor) -> User:
        """Another role; every session of the user ends at once."""
        with self._write() as connection:
            old = _user(connection, name)
            _change(connection, old, role=role.value)
            told = {"user": name, "old_role": old.role.value, "new_role": role.value}
            append(connection, actor, "role changed", detail=told)
            return _user(connection, name)

    def set_password(self, name: str, password_hash: str, actor: Actor) -> User:
        """Another password; every session of the user ends at once."""
        with self._write() as connection:
            _change(connection, _user(connection, name), password_hash=password_hash)
            append(connection, actor, "password changed", detail={"user": name})
            return _user(connection, name)

    def end_sessions(self, name: str, actor: Actor) -> None:
        """Signs the user out everywhere."""
        with self._write() as connection:
            _change(connection, _user(connection, name))
            append(connection, actor, "sessions ended", detail={"user": name})

    def add_session(self, hash: str, name: str, expires: datetime) -> None:
        """A session by the sha256 of its token. Old ones of everybody are swept out."""
        with self._write(alone=False) as connection:
            epoch = _user(connection, name).epoch
            connection.execute(session.delete().where(session.c.expires < now()))
            values = {"hash": hash, "name": name, "epoch": epoch, "created": now()}
            connection.execute(session.insert().values(**values, expires=expires))

    def session(self, hash: str) -> User | None:
        """Whose session it is; None when there is none, it is over or was ended."""
        query = _COLUMNS.join(session, session.c.name == table.c.name).where(
            session.c.hash == hash,
            session.c.expires > now(),
            session.c.epoch == table.c.epoch,
        )
        with self._read() as connection:
            row = connection.execute(query).first()
        return User(**row._mapping) if row else None

    def end_session(self, hash: str) -> None:
        """Signs one session out; nothing happens when there is none."""
        with self._write(alone=False) as connection:
            connection.execute(session.delete().where(session.c.hash == hash))


def _user(connection: sa.Connection, name: str) -> User:
    row = connection.execute(_COLUMNS.where(table.c.name == name)).first()
    if row is None:
        raise NotFoundError(f"no user named {name[:80]!r}")
    return User(**row._mapping)


def _change(connection: sa.Connection, old: User, **columns: str) -> None:
    connection.execute(session.delete().where(session.c.name == old.name))
    one = table.update().where(table.c.name == old.name, table.c.epoch == old.epoch)
    connection.execute(one.values(epoch=old.epoch + 1, **columns))

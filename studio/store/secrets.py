"""Secrets by name, sealed: keys of servers and shops; and the change of the key that seals."""

from __future__ import annotations

import sqlalchemy as sa

from studio.schema import Actor
from studio.store import kept
from studio.store.base import Record, append
from studio.store.names import open_name, plain, seal_name
from studio.store.people import open_hash, seal_hash
from studio.store.tables import kept as table
from studio.store.tables import person, session, token, user
from studio.store.vault import Vault, new_key

PREFIX = "secret:"


class Secrets(Record):
    """What is kept sealed, apart from people's names."""

    def set_secret(self, name: str, text: str, actor: Actor) -> None:
        """Keeps a secret under a name, or takes it away when it is empty; the record says so."""
        plain(name, "a secret's name", 80)
        with self._write() as connection:
            kept.seal(connection, self.vault, PREFIX + name, text)
            did = "secret set" if text else "secret removed"
            append(connection, actor, did, detail={"secret": name})

    def secret(self, name: str) -> str:
        """A secret, or ""."""
        with self._read() as connection:
            return kept.opened(connection, self.vault, PREFIX + name)

    def secrets(self) -> tuple[str, ...]:
        """The names of all secrets."""
        query = (
            sa.select(table.c.name).where(table.c.name.startswith(PREFIX)).order_by(table.c.name)
        )
        with self._read() as connection:
            names = connection.execute(query.order_by(table.c.name)).scalars()
            return tuple(name.removeprefix(PREFIX) for name in names)

    def rotate(self, actor: Actor) -> int:
        """A new sealing key: all that is sealed is sealed anew; returns how many values.

        The new key joins the file before the database changes and the old ones leave it after, so
        that a crash in between leaves values that open.
        """
        with self._write() as connection:
            keys = self.vault.keys
            self.vault.write(keys.model_copy(update={"seal": (*keys.seal, new_key())}))
            count = _reseal(connection, self.vault)
            append(connection, actor, "key rotated", detail={"values": count})
        keys = self.vault.keys
        self.vault.write(keys.model_copy(update={"seal": keys.seal[-1:]}))
        return count

    def forget(self, actor: Actor) -> int:
        """Goes on with a new key file after the old one was lost; returns how many names are gone.

        Names, passwords, sessions, tokens and secrets can not be opened any more and are removed;
        the record, the listings and the pictures stay as they are.
        """
        self.vault.make()
        with self._write() as connection:
            for one in (session, token, user):
                connection.execute(one.delete())
            connection.execute(table.delete().where(table.c.name.startswith(PREFIX)))
            named = person.c.name.is_not(None)
            count = connection.execute(person.update().where(named).values(name=None, mark=None))
            kept.seal(connection, self.vault, kept.CHECK, kept.WORD)
            append(connection, actor, "key lost", detail={"names": count.rowcount})
        return count.rowcount


def _reseal(connection: sa.Connection, vault: Vault) -> int:
    """Every sealed value under the newest key."""
    people = connection.execute(sa.select(person).where(person.c.name.is_not(None))).all()
    for row in people:
        name = open_name(vault, row.id, row.name)
        values = {"name": seal_name(vault, row.id, name), "mark": vault.marks(name)[0]}
        connection.execute(person.update().where(person.c.id == row.id).values(**values))
    users = connection.execute(sa.select(user.c.person, user.c.password_hash)).all()
    for row in users:
        text = seal_hash(vault, row.person, open_hash(vault, row.person, row.password_hash))
        connection.execute(
            user.update().where(user.c.person == row.person).values(password_hash=text)
        )
    sealed = sa.or_(table.c.name.startswith(PREFIX), table.c.name == kept.CHECK)
    names = connection.execute(sa.select(table.c.name).where(sealed)).scalars().all()
    for name in names:
        kept.seal(connection, vault, name, kept.opened(connection, vault, name))
    return len(people) + len(users) + len(names)

"""Who is who: the record holds ids that tell nothing, this table the sealed names behind them.

A name can so be taken away for good while every line of the record stays as it was hashed.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

import sqlalchemy as sa

from studio.errors import InputError
from studio.schema import Finding
from studio.store.tables import person
from studio.store.vault import Vault

ID = re.compile(r"p-[0-9a-f]{12}")


class Names:
    """The people of one transaction. What is no id of the table stands for itself: lines that an
    older Studio wrote hold the name as it was."""

    def __init__(self, connection: sa.Connection, vault: Vault) -> None:
        self.connection, self.vault = connection, vault
        self._known: dict[str, str] = {}  # id -> name
        self._ids: dict[str, str] = {}  # name -> id

    def name(self, id: str) -> str:
        """The name behind an id; the id itself when the name was purged."""
        if not ID.fullmatch(id):
            return id
        if id not in self._known:
            sealed = self.connection.execute(_ONE, {"key": id}).scalar()
            self._known[id] = open_name(self.vault, id, sealed) if sealed else id
        return self._known[id]

    def find(self, name: str) -> str:
        """The id of a name; "" when nobody has it."""
        marks = self.vault.marks(name)
        return self.connection.execute(_MARKED, {"marks": marks}).scalar() or ""

    def id(self, name: str) -> str:
        """The id of a name, made when there is none. Raises InputError for what is no name."""
        plain(name, "a person's name", 80)
        if ID.fullmatch(name):
            raise InputError(f"{name!r} can not be a person's name", hint="ids look like that")
        if name in self._ids:
            return self._ids[name]
        if found := self.find(name):
            self._known[found], self._ids[name] = name, found
            return found
        id = f"p-{secrets.token_hex(6)}"
        values = {
            "id": id,
            "mark": self.vault.marks(name)[0],
            "name": seal_name(self.vault, id, name),
        }
        self.connection.execute(person.insert().values(**values))
        self._known[id], self._ids[name] = name, id
        return id

    def back(self, shown: str) -> str:
        """The id of what `name` gave."""
        return shown if ID.fullmatch(shown) else self.id(shown)

    def outward(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Findings with the names of those who waived them."""
        return tuple(_by(f, self.name(f.waived.by)) if f.waived else f for f in findings)

    def inward(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Findings with their ids instead."""
        return tuple(_by(f, self.back(f.waived.by)) if f.waived else f for f in findings)


_ONE = sa.select(person.c.name).where(person.c.id == sa.bindparam("key"))
_MARKED = sa.select(person.c.id).where(person.c.mark.in_(sa.bindparam("marks", expanding=True)))


def _by(finding: Finding, who: str) -> Finding:
    assert finding.waived is not None
    return finding.model_copy(update={"waived": finding.waived.model_copy(update={"by": who})})


def seal_name(vault: Vault, id: str, name: str) -> str:
    return vault.seal(name, "person", id, "name")


def open_name(vault: Vault, id: str, sealed: str) -> str:
    return vault.open(sealed, "person", id, "name")


def names_of(connection: sa.Connection) -> Names:
    """The people of a transaction of the store."""
    found: Any = connection.get_execution_options()["names"]
    assert isinstance(found, Names)
    return found


def plain(text: str, what: str, limit: int = 200) -> str:
    """A name that both databases can hold and index. Raises InputError."""
    bad = any(ch == "\0" or "\ud800" <= ch <= "\udfff" for ch in text)
    if not text or len(text) > limit or bad:
        raise InputError(
            f"{text[:60]!r} can not be {what}",
            hint=f"1 to {limit} characters, none of them a NUL or half a character",
        )
    return text

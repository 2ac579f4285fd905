"""Single values of the table `kept`: what the store remembers of itself, and sealed secrets."""

from __future__ import annotations

import sqlalchemy as sa

from studio.errors import SetupError
from studio.store.tables import kept
from studio.store.vault import LOST, Vault

CHECK = "check"  # a word that only the right key file opens
WORD = "studio"


def value(connection: sa.Connection, name: str) -> str:
    """A value, or ""."""
    return connection.execute(sa.select(kept.c.value).where(kept.c.name == name)).scalar() or ""


def put(connection: sa.Connection, name: str, text: str) -> None:
    """Writes a value; "" takes it away."""
    connection.execute(kept.delete().where(kept.c.name == name))
    if text:
        connection.execute(kept.insert().values(name=name, value=text))


def seal(connection: sa.Connection, vault: Vault, name: str, text: str) -> None:
    """Writes a sealed value."""
    put(connection, name, vault.seal(text, "kept", name, "value") if text else "")


def opened(connection: sa.Connection, vault: Vault, name: str) -> str:
    """A sealed value, or ""."""
    sealed = value(connection, name)
    return vault.open(sealed, "kept", name, "value") if sealed else ""


def check_key(connection: sa.Connection, vault: Vault) -> None:
    """Raises SetupError when the key file is missing or is that of another studio."""
    if opened(connection, vault, CHECK) != WORD:
        raise SetupError(f"{vault.path} is not the key file of this studio", hint=LOST)

"""Runs the migrations from inside the program: no alembic.ini, no command to remember."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import sqlalchemy as sa

from studio.errors import StateError
from studio.store.vault import Vault

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"
HEAD = "0007"
SEALED = "0002"  # from here on the tables hold what only the key file opens
_ONE = Lock()  # Alembic keeps what it works on in a global


def version(engine: sa.Engine) -> str:
    """Of the tables; "" when there are none. Raises StateError when this program is older."""
    reader = engine.execution_options(reading=True)
    with reader.begin() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return ""
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found is not None and found > HEAD:
        raise StateError(
            f"the database is of a newer Studio (tables {found}, this one knows {HEAD})",
            hint="upgrade Studio: pip install --upgrade studio",
        )
    return found or ""


def upgrade(engine: sa.Engine, vault: Vault, lock: int) -> None:
    """To the newest tables, in one transaction; a second process waits and finds it done."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
        upgrade_in(connection, vault)


def upgrade_in(connection: sa.Connection, vault: Vault, to: str = "head") -> None:
    """The same inside a transaction; `vault` seals what older tables held openly."""
    from alembic import command

    with _ONE:
        command.upgrade(config(connection, vault), to)


def config(connection: sa.Connection, vault: Vault) -> Config:
    """Alembic's configuration for a connection that is in a transaction."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.attributes["connection"] = connection
    made.attributes["vault"] = vault
    return made

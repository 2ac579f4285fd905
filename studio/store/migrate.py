"""Runs the migrations from inside the program: no alembic.ini, no command to remember."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import sqlalchemy as sa

from studio.errors import StateError

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"
HEAD = "0001"
_ONE = Lock()  # Alembic keeps what it works on in a global


def at_head(engine: sa.Engine) -> bool:
    """Whether the tables are those of this program. Raises StateError when they are newer."""
    reader = engine.execution_options(reading=True)
    with reader.begin() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return False
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if version is not None and version > HEAD:
        raise StateError(
            f"the database is of a newer Studio (tables {version}, this one knows {HEAD})",
            hint="upgrade Studio: pip install --upgrade studio",
        )
    return version == HEAD


def upgrade(engine: sa.Engine, lock: int) -> None:
    """To the newest tables, in one transaction; a second process waits and finds it done."""
    from alembic import command

    with _ONE, engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
        command.upgrade(config(connection), "head")


def config(connection: sa.Connection) -> Config:
    """Alembic's configuration for a connection that is in a transaction."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made

"""Opens a database: SQLite with a write-ahead log, or PostgreSQL by psycopg."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from studio.errors import InputError, NotFoundError, SetupError, StateError, StudioError

BUSY_MS = 30_000
CACHE_KB = 32_768  # of pages that each of at most eight connections keeps
# Two writers could corrupt a database whose log is reset at the wrong instant: sqlite.org/wal.html,
# "the WAL-reset bug", in 3.7.0 to 3.51.2.
WAL_SOUND = (3, 51, 3)


def driver(encrypted: bool = False) -> ModuleType:
    """pysqlite3 brings a sound SQLite where the interpreter's own may be old; sqlcipher3 another
    one, which encrypts. Raises SetupError when that is wanted and missing."""
    if encrypted:
        try:
            import sqlcipher3
        except ImportError as error:
            raise SetupError(
                "to encrypt the whole database a library is missing",
                hint='pip install "studio[sqlcipher]"',
            ) from error
        cipher: ModuleType = sqlcipher3
        return cipher
    try:
        import pysqlite3
    except ImportError:
        return sqlite3
    module: ModuleType = pysqlite3
    return module


def sound(module: ModuleType) -> bool:
    """Whether this SQLite may use a write-ahead log."""
    return tuple(module.sqlite_version_info) >= WAL_SOUND


def warnings(module: ModuleType) -> list[str]:
    """What is wrong with a SQLite library; empty when nothing is."""
    if sound(module):
        return []
    return [
        f"SQLite {module.sqlite_version} can corrupt a database whose write-ahead log two writers "
        f"use (fixed in {'.'.join(map(str, WAL_SOUND))}): it is used without that log, and readers "
        "and writers wait for each other; pip install pysqlite3, or use PostgreSQL"
    ]


def open_engine(
    url: str, *, read_only: bool = False, key: Callable[[], str] | None = None
) -> sa.Engine:
    """The engine for an address ("sqlite:///file", "postgresql://…").

    `key`: gives the 64 hex digits by which SQLCipher encrypts a SQLite file; asked on connecting.

    Raises InputError for another kind of address, SetupError when the driver is missing,
    NotFoundError when a file that should only be read is not there.
    """
    try:
        address = sa.make_url(url)
    except exc.ArgumentError as error:
        raise InputError("the database address can not be read", hint=_ADDRESSES) from error
    kind = address.get_backend_name()
    if kind == "sqlite":
        return _sqlite(address, read_only, key)
    if kind == "postgresql":
        if key is not None:
            raise InputError(
                "only a SQLite file can be encrypted as a whole",
                hint="put PostgreSQL's data on an encrypted disk; STUDIO_ENCRYPTED=false",
            )
        return _postgres(address.set(drivername="postgresql+psycopg"), read_only)
    raise InputError(f"no support for {kind} databases", hint=_ADDRESSES)


_ADDRESSES = "use sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"


def _sqlite(address: sa.URL, read_only: bool, key: Callable[[], str] | None) -> sa.Engine:
    if not address.database or address.database == ":memory:":
        raise InputError("a store needs a file", hint="sqlite:///FILE")
    file = Path(address.database)
    if not file.exists():
        if read_only:
            raise NotFoundError(f"there is no database {file}", hint="import a catalog first")
        file.parent.mkdir(parents=True, exist_ok=True)
        # Texts that are not public yet and password hashes: for the owner only.
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    module = driver(encrypted=key is not None)
    made = sa.create_engine(
        address,
        module=module,
        connect_args={"timeout": BUSY_MS / 1000},
        pool_size=4,
        max_overflow=4,
        pool_use_lifo=True,
    )
    pragmas = [
        f"journal_mode={'WAL' if sound(module) else 'DELETE'}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what was purged does not stay in the free pages of the file
        f"busy_timeout={BUSY_MS}",
        "temp_store=MEMORY",
        f"cache_size=-{CACHE_KB}",
    ]

    @event.listens_for(made, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, below
        if key is not None:  # must come first
            connection.execute(f"PRAGMA key = \"x'{key()}'\"")
        for pragma in [*pragmas, *(["query_only=ON"] if read_only else [])]:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(made, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A writer takes the lock first: waiting is then possible, and no transaction that has
        # read something fails half way because somebody else wrote.
        reading = read_only or connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return made


def _postgres(address: sa.URL, read_only: bool) -> sa.Engine:
    try:
        made = sa.create_engine(address, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise SetupError(
            "the driver for PostgreSQL is missing", hint='pip install "studio[postgres]"'
        ) from error

    @event.listens_for(made, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # A page reads some hundred rows: helpers and compiled plans cost more than they save, and
        # what they take is missing to the others who ask.
        connection.execute("SET max_parallel_workers_per_gather = 0")
        connection.execute("SET jit = off")
        connection.commit()

    return made.execution_options(postgresql_readonly=True) if read_only else made


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns the database's own errors into ours, with a remedy."""
    try:
        yield
    except exc.DBAPIError as error:
        raise _translate(error) from error
    except (exc.StatementError, UnicodeEncodeError, OverflowError) as error:
        raise InputError(
            "a value can not be looked up: it is no number or text of a usual size and kind",
            hint="numbers below 2^63, texts without half characters",
        ) from error


def _translate(error: exc.DBAPIError) -> StudioError:
    said = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no message"
    low = said.lower()
    if isinstance(error, exc.DataError):
        return InputError(f"a value can not be looked up: {said}")
    if "append-only" in low:
        return StateError(f"the record can not be changed: {said}")
    if "locked" in low or "busy" in low or "deadlock" in low or "serialize" in low:
        return StateError(
            "the database is busy: somebody else is writing",
            hint="nothing was changed; try again",
            retryable=True,
        )
    if "no such table" in low or "does not exist" in low:
        return SetupError(f"the database is not set up: {said}", hint="studio doctor")
    if "not a database" in low:
        return StateError(
            "the database is damaged, or encrypted by another key",
            hint="an encrypted one needs STUDIO_ENCRYPTED=true and its key file; else restore it "
            "from a backup",
        )
    if "malformed" in low:
        return StateError(f"the database is damaged: {said}", hint="restore it from a backup")
    if "disk" in low or "full" in low or "no space" in low:
        return SetupError(f"the database could not write: {said}", hint="make room on the disk")
    if "readonly" in low or "read-only" in low or "permission" in low:
        return SetupError(f"the database may not be written: {said}", hint="check its permissions")
    if error.connection_invalidated or error.statement is None:
        return SetupError(f"the database can not be reached: {said}", hint="see studio doctor")
    return StateError(f"the database refused: {said}")

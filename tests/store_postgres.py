"""A throw-away PostgreSQL: a folder, a unix socket, no network. As root it runs as `postgres`."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path


def missing() -> str:
    """Why there can be no cluster here; "" when there can."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg is not installed: pip install studio[postgres]"
    if not (_program("initdb") and _program("postgres")):
        return "PostgreSQL's initdb is neither on PATH nor under /usr/lib/postgresql"
    if os.geteuid() == 0 and not _user():
        return "PostgreSQL refuses to run as root, and there is no user postgres to run it as"
    return ""


def _program(name: str) -> str:
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name)
    return str(newest[-1]) if newest else (str(Path(found).resolve()) if found else "")


def _user() -> pwd.struct_passwd | None:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres")
    return None


class Cluster:
    """Starts on entering, ends and is removed on leaving."""

    def __enter__(self) -> Cluster:
        # Short, for the path of a unix socket holds about a hundred characters.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self.folder.chmod(0o755)
        self.run: dict[str, object] = {"cwd": self.folder}
        user = _user()
        if os.geteuid() == 0 and user:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.run |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        data = self.folder / "data"
        make = [_program("initdb"), "-D", str(data), "-U", "studio", "-A", "trust", "-E", "UTF8"]
        subprocess.run(
            [*make, "--no-locale", "--no-sync"], check=True, capture_output=True, **self.run
        )
        with (data / "postgresql.conf").open("a") as file:
            file.write(f"listen_addresses=''\nunix_socket_directories='{self.folder}'\n")
            file.write("fsync=off\nfull_page_writes=off\nmax_connections=60\n")
        self.log = (self.folder / "log").open("wb")
        self.process = subprocess.Popen(
            [_program("postgres"), "-D", str(data)], stdout=self.log, stderr=self.log, **self.run
        )
        self._wait()
        return self

    def _wait(self) -> None:
        for _ in range(200):
            with contextlib.suppress(Exception):
                return self.execute("SELECT 1")
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError((self.folder / "log").read_text())

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(20)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def execute(self, statement: str, database: str = "postgres") -> None:
        import psycopg

        address = f"host={self.folder} user=studio dbname={database}"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)

    def create(self) -> str:
        """A new database; returns its name."""
        name = f"t_{secrets.token_hex(6)}"
        self.execute(f"CREATE DATABASE {name}")
        return name

    def url(self, name: str) -> str:
        """Its address, as Studio takes it."""
        return f"postgresql://studio@/{name}?host={self.folder}"

    def empty(self, name: str, tables: list[str], guarded: tuple[str, ...]) -> None:
        """Takes all rows out, past the triggers, and puts back triggers that a test took away."""
        off = "".join(f"ALTER TABLE {table} DISABLE TRIGGER ALL;" for table in guarded)
        on = "".join(
            f"ALTER TABLE {table} ENABLE TRIGGER ALL;"
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;"
            for table in guarded
        )
        self.execute(f"{off} TRUNCATE {', '.join(tables)}; {on}", name)

"""Fixtures that several test files share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import store_postgres
from store_making import vault

from studio import review
from studio.store import Media, Store
from studio.store.tables import APPEND_ONLY, metadata

# In CI the same cases each time, so that a red run is about the change; by hand new ones are tried.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")


@pytest.fixture(scope="session", autouse=True)
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One key file for all studios of the tests, and for the programs that they start."""
    path = tmp_path_factory.mktemp("keys") / "studio.key"
    before, os.environ["STUDIO_KEY_FILE"] = os.environ.get("STUDIO_KEY_FILE"), str(path)
    yield path
    if before is None:
        del os.environ["STUDIO_KEY_FILE"]
    else:
        os.environ["STUDIO_KEY_FILE"] = before


def _migrated(url: str) -> None:
    store = Store(url, media=Media(Path()), move=review.move, vault=vault())
    store.migrate()
    store.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[store_postgres.Cluster]:
    """A PostgreSQL of our own."""
    if reason := store_postgres.missing():
        pytest.skip(reason)
    with store_postgres.Cluster() as running:
        yield running


@pytest.fixture(scope="session")
def postgres_database(cluster: store_postgres.Cluster) -> str:
    """The name of a migrated database that tests take in turns."""
    name = cluster.create()
    _migrated(cluster.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    file = tmp_path_factory.mktemp("sqlite") / "studio.db"
    _migrated(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty, migrated database of each kind."""
    if request.param == "postgresql":
        running: store_postgres.Cluster = request.getfixturevalue("cluster")
        name = request.getfixturevalue("postgres_database")
        running.empty(
            name, [f'"{table}"' for table in metadata.tables if table != "kept"], APPEND_ONLY
        )
        return running.url(name)
    file = tmp_path / "studio.db"
    shutil.copy(request.getfixturevalue("sqlite_file"), file)
    return f"sqlite:///{file}"


@pytest.fixture
def store(database: str, tmp_path: Path) -> Iterator[Store]:
    """A store on each database."""
    made = Store(database, media=Media(tmp_path / "media"), move=review.move, vault=vault())
    yield made
    made.close()

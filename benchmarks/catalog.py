"""Whole catalogs: rows/s beside a bare reader and writer of the same file, memory, size, pages.

    python benchmarks/catalog.py [--sizes 10000 100000] [--exports 10000] [--stores sqlite postgres]

Each part runs in a process of its own; CPU seconds and the peak of its memory (MB) are that
process's, so a PostgreSQL server's own work is seen in the wall time only. "x bare" is the CPU time
beside that of Python's csv module which reads and writes the same file. "again" imports the
file a second time. `--exports`: how many listings are made, approved and exported, which takes
some 5 ms each.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from catalog_parts import catalog

PARTS = Path(__file__).with_name("catalog_parts.py")
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


@contextmanager
def database(kind: str, home: Path) -> Iterator[tuple[str, Any]]:
    """(address, size in bytes) of an empty database of that kind."""
    if kind == "sqlite":
        file = home / "studio.db"
        yield f"sqlite:///{file}", lambda: sum(f.stat().st_size for f in home.glob("studio.db*"))
        return
    import psycopg
    from store_postgres import Cluster

    with Cluster() as cluster:
        url = cluster.url(cluster.create())

        def size() -> int:
            with psycopg.connect(url) as connection:
                row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
                return int(row[0]) if row else 0

        yield url, size


def run(part: str, home: Path, url: str, file: Path, rows: int) -> dict[str, Any]:
    command = [sys.executable, str(PARTS), part, str(home), url, str(file), str(rows)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def say(kind: str, name: str, told: dict[str, Any], bare: dict[str, Any]) -> None:
    cpu, rows = told.get("own_cpu", told["cpu"]), told["rows"]
    beside = bare["cpu"] / bare["rows"]
    print(
        f"| {kind} | {rows:,} | {name} | {rows / cpu:,.0f} | {cpu / rows / beside:.0f} "
        f"| {1000 * cpu / rows:.2f} | {told['wall']:.1f} | {told['peak']:.0f} |",
        flush=True,
    )


def measure(kind: str, rows: int, exports: int, folder: Path) -> None:
    home = folder / f"{kind}-{rows}"
    home.mkdir()
    file = folder / f"{rows}.csv"
    if not file.exists():
        catalog(file, rows)
    with database(kind, home) as (url, size):
        bare = run("bare", home, url, file, rows)
        say(kind, "bare csv", bare, bare)
        say(kind, "import", run("importing", home, url, file, rows), bare)
        stored = size()
        say(kind, "again", run("importing", home, url, file, rows), bare)
        say(kind, "check", run("checking", home, url, file, rows), bare)
        some = min(rows, exports)
        if some:
            say(kind, "approve", run("approving", home, url, file, some), bare)
            say(kind, "job item", run("jobbing", home, url, file, some), bare)
            say(kind, "export", run("exporting", home, url, file, some), bare)
        run("queueing", home, url, file, rows)
        pages = run("paging", home, url, file, rows)
        print(f"{kind} {rows:,}: {stored / rows:.0f} bytes a product, {size() / 1e6:.0f} MB in all")
        for name, (median, most, cpu) in pages["ms"].items():
            print(
                f"{kind} {rows:,}: page {name}: p50 {median}, p95 {most}, CPU {cpu} ms", flush=True
            )
    shutil.rmtree(home)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--exports", type=int, default=10_000)
    parser.add_argument("--stores", nargs="*", default=["sqlite", "postgres"])
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="studio-catalog-"))
    print("| store | rows | part | rows/CPU s | x bare | CPU ms a row | wall s | peak MB |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    try:
        for rows in asked.sizes:
            for kind in asked.stores:
                measure(kind, rows, asked.exports, folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()

"""Whole catalogs: rows/s beside a bare reader and writer of the same file, memory, size, pages.

    python benchmarks/catalog.py [--sizes 10000 100000] [--stores sqlite postgres]
        [--parts import again check approve job export pages] [--keep FOLDER]
        [--checks 2000] [--exports 10000]

Each part runs in a process of its own; CPU seconds and the peak of its memory (MB) are that
process's, so a PostgreSQL server's own work is seen in the wall time only. "x bare" is the CPU time
beside that of Python's csv module which reads and writes the same file. "again" imports the
file a second time. `--checks`: how many products, spread over the catalog, are checked.
`--exports`: how many listings are made, approved and exported, which takes some 5 ms each. With
`--keep` a later run asks the same store for other parts.
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

PROGRAM = Path(__file__).with_name("catalog_parts.py")
PARTS = {
    "import": "importing", "again": "importing", "check": "checking", "approve": "approving",
    "job": "jobbing", "export": "exporting",
}  # fmt: skip
LISTED = ("approve", "job", "export")
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
    command = [sys.executable, str(PROGRAM), part, str(home), url, str(file), str(rows)]
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


def measure(kind: str, rows: int, asked: argparse.Namespace, folder: Path) -> None:
    home = folder / f"{kind}-{rows}"
    home.mkdir(exist_ok=True)
    file = folder / f"{rows}.csv"
    if not file.exists():
        catalog(file, rows)
    many = {"check": min(rows, asked.checks)} | dict.fromkeys(LISTED, min(rows, asked.exports))
    with database(kind, home) as (url, size):
        bare = run("bare", home, url, file, rows)
        say(kind, "bare csv", bare, bare)
        for name, part in PARTS.items():
            if name in asked.parts and many.get(name, rows):
                say(kind, name, run(part, home, url, file, many.get(name, rows)), bare)
            if name == "import":
                stored = size()
        print(f"{kind} {rows:,}: {stored / rows:.0f} bytes a product, {size() / 1e6:.0f} MB in all")
        if "pages" in asked.parts:
            pages(kind, home, url, file, rows)


def pages(kind: str, home: Path, url: str, file: Path, rows: int) -> None:
    run("queueing", home, url, file, rows)
    told = run("paging", home, url, file, rows)
    for name, (median, most, cpu) in told["ms"].items():
        print(f"{kind} {rows:,}: page {name}: p50 {median}, p95 {most}, CPU {cpu} ms", flush=True)
    print(f"{kind} {rows:,}: load average {told['load']}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--checks", type=int, default=2_000)
    parser.add_argument("--exports", type=int, default=10_000)
    parser.add_argument("--stores", nargs="*", default=["sqlite", "postgres"])
    parser.add_argument("--parts", nargs="*", default=[*PARTS, "pages"], choices=[*PARTS, "pages"])
    parser.add_argument("--keep", type=Path, help="a folder whose SQLite stores are used and stay")
    asked = parser.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="studio-catalog-"))
    folder.mkdir(parents=True, exist_ok=True)
    print("| store | rows | part | rows/CPU s | x bare | CPU ms a row | wall s | peak MB |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    try:
        for rows in asked.sizes:
            for kind in asked.stores:
                measure(kind, rows, asked, folder)
    finally:
        if not asked.keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()

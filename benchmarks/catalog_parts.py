"""The parts that benchmarks/catalog.py measures, each in a process of its own.

python benchmarks/catalog_parts.py PART HOME DATABASE FILE ROWS   -> one line of JSON
"""

from __future__ import annotations

import csv
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from threading import Event as Flag
from typing import Any

import sqlalchemy as sa

from studio.jobs import Crew, Done, Failed
from studio.kit import Kit, Task, digest, snapshot
from studio.schema import Actor, Brief, Copy, Draft, Role, State
from studio.service import Studio
from studio.settings import Settings
from studio.store import Store

ADA = Actor(name="ada", role=Role.ADMIN)
MEI = Actor(name="mei", role=Role.MERCHANT)
RUI = Actor(name="rui", role=Role.REVIEWER)
CHANNEL = "ebay"
UNMADE = "etsy"  # a channel without a listing yet
PAGES = 200  # of each kind, from places spread over the queue
WORDS = ("stoneware", "M77", "紫砂", "B00042")  # common; rare; Chinese; a part of a key
FACTS = (("stoneware", "紫砂"), ("linen", "亚麻"), ("steel", "不锈钢"), ("oak", "橡木"))


def catalog(path: Path, rows: int) -> None:
    """A file of products, no two alike, with a description as merchants write them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["sku", "title", "description", "brand", "category", "material", "colour",
                      "capacity", "price", "currency", "barcode", "image"])  # fmt: skip
        for n in range(rows):
            english, chinese = FACTS[n % len(FACTS)]
            out.writerow([
                f"B{n:07}", f"Mug M{n} {english} {chinese}",
                f"A {english} mug for tea and coffee, {200 + n % 300} ml. Batch {n}. " * 3,
                f"Brand {n % 97}", "Kitchen > Mugs", english, ("blue", "green", "white")[n % 3],
                f"{200 + n % 300} ml", f"{n % 90 + 1}.50", "USD", f"{4_000_000_000_000 + n}",
                f"https://shop.example/p/{n}.jpg",
            ])  # fmt: skip


def opened(home: Path, database: str, kind: type[Studio] = Studio) -> Studio:
    kept = {"copy_engine": "template", "ocr_engine": "", "cutout_engine": "plain"}
    return kind(Settings(home=home, models=home, database=database, fetch_pictures=False, **kept))


# --- the parts -----------------------------------------------------------------------------------


def bare(home: Path, database: str, file: Path, rows: int) -> dict[str, Any]:
    """The peer: csv's own reader into csv's own writer."""
    with (
        file.open(encoding="utf-8", newline="") as source,
        (home / "bare.csv").open("w", encoding="utf-8", newline="") as target,
    ):
        csv.writer(target).writerows(csv.reader(source))
    return {}


def importing(home: Path, database: str, file: Path, rows: int) -> dict[str, Any]:
    """The file into the store."""
    studio = opened(home, database)
    report = studio.import_catalog([file], ADA)
    assert report.products == rows == sum(report.balance.values()), report.balance
    return {"new": report.new, "same": report.same}


def checking(home: Path, database: str, file: Path, rows: int) -> dict[str, Any]:
    """What the rules say of the merchants' own titles and descriptions, without a model, for so
    many products spread over the catalog."""
    studio = opened(home, database)
    every = max(1, studio.store.count_products() // rows)
    begun = time.process_time()
    found = sum(len(studio.audit(f"B{n * every:07}", CHANNEL, ADA)) for n in range(rows))
    return {"found": found, "own_cpu": time.process_time() - begun}


def drafts(store: Store, rows: int) -> Iterator[list[Draft]]:
    """Plain drafts of all products, a thousand at a time."""
    products = islice(store.all_products(), rows)
    while chunk := list(islice(products, 1000)):
        yield [
            Draft(
                product=p.id,
                brief=Brief(channel=CHANNEL, locale="en-US", pictures=False),
                text=Copy(title=p.title[:80], description=p.in_locale("en-US").description),
                digest=p.facts_digest,
            )
            for p in chunk
        ]


def approving(home: Path, database: str, file: Path, rows: int) -> dict[str, Any]:
    """Drafts, submitted and approved as people do, but a thousand in a transaction."""
    store = opened(home, database).store
    for chunk in drafts(store, rows):
        saved = store.save_drafts(chunk, MEI)
        with store._write() as connection:
            for head in saved:
                sent = store._decided(connection, head, "submit", MEI, {})
                store._decided(connection, sent, "approve", RUI, {})
    return {}


def exporting(home: Path, database: str, file: Path, rows: int) -> dict[str, Any]:
    """All of them out, read back and proved."""
    studio = opened(home, database)
    report = studio.export(CHANNEL, home / "out", ADA)
    assert report.count == rows
    table = next((home / "out").glob("*.csv"))
    return {"bytes": table.stat().st_size}


def queueing(home: Path, database: str, file: Path, rows: int) -> dict[str, Any]:
    """A million listings to be reviewed: heads are copied, for only the queue is asked for."""
    store = opened(home, database).store
    for chunk in drafts(store, 1):
        store.save_drafts(chunk, MEI)
    columns = ("channel", "locale", "brief", "state", "revision", "stale", "digest", "author",
               "updated")  # fmt: skip
    values = ["'draft'" if name == "state" else f"l.{name}" for name in columns]
    with store._write() as connection:
        last = connection.execute(sa.text("SELECT max(number) FROM listing")).scalar_one()
        connection.execute(sa.text(
            f"INSERT INTO listing (number, id, product, queue_key, {', '.join(columns)}) "
            f"SELECT {last} + p.n, p.id || '/bulk/en-US', p.id, "
            f"(p.n % 255) * 1099511627776 + {last} + p.n, {', '.join(values)} "
            "FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM product) p, "
            f"(SELECT * FROM listing WHERE number = {last}) l"
        ))  # fmt: skip
        # A head without its revision is none: all copies share the texts of the one that is real.
        connection.execute(sa.text(
            "INSERT INTO revision (listing, number, kind, author, at, digest, content, checks, "
            "hash) SELECT l.id, 1, r.kind, r.author, r.at, r.digest, r.content, r.checks, l.id "
            f"FROM listing l, (SELECT * FROM revision ORDER BY at DESC LIMIT 1) r "
            f"WHERE l.number > {last}"
        ))  # fmt: skip
        connection.execute(sa.text("ANALYZE"))
    return {}


def paging(home: Path, database: str, file: Path, rows: int) -> dict[str, Any]:
    """p50 and p95 (ms of wall time) and the mean of this process's CPU time (ms) of the pages that
    people wait for."""
    store = opened(home, database).store
    count = store.count_products()
    steps = [f"B{n:07}" for n in range(0, count, max(1, count // PAGES))]
    keys = [((n * 7) % 255) << 40 for n in range(PAGES)]
    told = {
        "queue": _timed(lambda k: store.listings(state=State.DRAFT, after=k), keys),
        "channel": _timed(lambda k: store.listings(channel=CHANNEL, after=k), keys),
        "products": _timed(lambda k: store.products(after=k), steps),
    }
    for word in WORDS:
        told[f"search {word}"] = _timed(lambda k, w=word: store.products(w), steps[:20])
        told[f"queue {word}"] = _timed(lambda k, w=word: store.listings(search=w), keys[:20])
    return {"rows": count, "ms": told, "load": round(os.getloadavg()[0], 1)}


def _timed(page: Callable[[Any], object], places: list[Any]) -> list[float]:
    page(places[0])
    taken, spent = [], time.process_time()
    for place in places:
        begun = time.perf_counter()
        page(place)
        taken.append(1000 * (time.perf_counter() - begun))
    cpu = 1000 * (time.process_time() - spent) / len(places)
    p95 = sorted(taken)[int(len(taken) * 0.95)]
    return [round(one, 1) for one in (statistics.median(taken), p95, cpu)]


class Ready:
    """A crew whose drafts cost nothing, so that what is measured is the job."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit

    def run(self, tasks: Iterator[Task], done: Done, failed: Failed, cancel: Flag) -> None:
        for task in tasks:
            product, text = task.product, Copy(title=task.product.title[:80])
            told = {"digest": digest(task, self.kit), "inputs": snapshot(task, self.kit)}
            done(task, Draft(product=product.id, brief=task.brief, text=text, **told), 0.0)


class Jobbing(Studio):
    """Works with that crew."""

    @contextmanager
    def _crew(self, runner: str) -> Iterator[Crew]:
        yield Ready(self.kit)


def jobbing(home: Path, database: str, file: Path, rows: int) -> dict[str, Any]:
    """All that a job does but make drafts: planned, claimed, read, told apart by digest, saved with
    revision, inputs and a line of the record, ticked off."""
    studio = opened(home, database, Jobbing)
    begun = time.process_time()
    job = studio.start_job(MEI, channel=UNMADE, limit=rows, pictures=False)
    done = studio.work_job(job.id, MEI)
    assert done.counts == {"done": rows}, done.counts
    return {"own_cpu": time.process_time() - begun}


PARTS: dict[str, Callable[[Path, str, Path, int], dict[str, Any]]] = {
    part.__name__: part
    for part in (bare, importing, checking, approving, exporting, jobbing, queueing, paging)
}


def main() -> None:
    part, home, database, file, rows = sys.argv[1:]
    begun = time.perf_counter(), time.process_time()
    told = PARTS[part](Path(home), database, Path(file), int(rows))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "part": part, "rows": int(rows), "wall": time.perf_counter() - begun[0],
        "cpu": time.process_time() - begun[1], "peak": usage.ru_maxrss / 1000, **told,
    }))  # fmt: skip


if __name__ == "__main__":
    main()

"""What a killed process, a full disk, a locked or damaged database and a jumping clock cost.

    python benchmarks/faults.py [--items 500] [--kills 30] [--home FOLDER] [FAULT ...]

Every number is counted by reading the database again: acknowledged work that is lost, work that is
there twice, and what `verify` says. Ends with 1 when any of them is not 0.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from faults_parts import ADA, CHANNEL, MEI, RUI, catalog, opened

from studio.channels import manifest
from studio.errors import StateError, StudioError
from studio.schema import Role
from studio.service import Studio
from studio.store.engine import driver

PART = Path(__file__).with_name("faults_parts.py")


class Child:
    """A part in a process of its own, and what it has acknowledged."""

    def __init__(self, part: str, home: Path, argument: str) -> None:
        command = [sys.executable, str(PART), part, str(home), argument]
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):  # the last one may be cut by the kill
                self.lines.append(line.rstrip("\n"))

    def ended(self) -> str:
        """What it wrote to its error output, once it has ended by itself."""
        assert self.process.stderr is not None
        told = self.process.stderr.read()
        self.process.wait()
        self.reader.join()
        return told

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()


# --- counting ----------------------------------------------------------------------------------


def every(studio: Studio) -> list[Any]:
    """All listings."""
    found, page = [], studio.listings(ADA, limit=200)
    while True:
        found += page.items
        if page.next is None:
            return found
        page = studio.listings(ADA, after=page.next, limit=200)


def counted(home: Path, told: list[str]) -> dict[str, Any]:
    """Compares what was acknowledged with what the database holds."""
    studio = opened(home)
    titles: Counter[tuple[str, str]] = Counter()
    made: Counter[str] = Counter()
    for one in every(studio):
        for revision in studio.store.revisions(one.id):
            titles[one.id, revision.text.title] += 1
    approvals: Counter[tuple[str, int | None]] = Counter()
    page = studio.store.events(limit=200)
    while page.items:
        for event in page.items:
            approvals[event.listing, event.revision] += event.kind == "approved"
            made[event.listing] += event.kind == "generated"
        page = studio.store.events(after=page.items[-1].number, limit=200)
    lost = doubled = 0
    for line in set(told):
        kind, id, rest = line.split(" ", 2)
        if kind == "edited":
            lost += titles[id, rest] == 0
            doubled += titles[id, rest] > 1
        elif kind == "approved":
            lost += approvals[id, int(rest)] == 0
            doubled += approvals[id, int(rest)] > 1
        else:
            lost += made[id] == 0
    doubled += sum(count > 1 for count in made.values())
    problems = studio.store.verify()
    studio.close()
    kinds = dict(Counter(line.split(" ", 1)[0] for line in told))
    return {"acknowledged": kinds, "lost": lost, "doubled": doubled, "problems": problems}


# --- the faults --------------------------------------------------------------------------------


def begun(home: Path, items: int) -> Studio:
    """A studio with a catalog and forty listings."""
    studio = opened(home)
    studio.import_catalog([catalog(home.parent / f"{home.name}.csv", items)], ADA)
    tasks, _ = studio.plan(MEI, channel=CHANNEL, pictures=False)
    studio.generate(tasks[:40], MEI)
    return studio


def kills(home: Path, items: int, count: int) -> dict[str, Any]:
    """kill -9 at random instants, of a job that is made and of people who edit and approve."""
    studio = begun(home, items)
    job = studio.start_job(MEI, channel=CHANNEL, pictures=False)
    studio.close()
    dice, told = random.Random(11), list[str]()
    for number in range(count):
        both = [Child("work", home, job.id), Child("edit", home, f"k{number}")]
        until = time.monotonic() + 180
        while not all(c.lines or c.process.poll() is not None for c in both):
            assert time.monotonic() < until, f"round {number}: a part does not begin"
            time.sleep(0.01)
        time.sleep(dice.random() * 0.4)
        dice.shuffle(both)
        for child in both:
            child.kill()
            told += child.lines
    last = Child("work", home, job.id)
    error = last.ended()
    result = counted(home, told + last.lines)
    studio = opened(home)
    state = studio.job(job.id, ADA)
    result["lost"] += items - len(every(studio))
    result["problems"] += exported(studio, home.parent / "out") + ([error] if error else [])
    studio.close()
    return {"killed": count * 2, **result, "job": f"{state.state} {state.counts}"}


def exported(studio: Studio, out: Path) -> list[str]:
    """Exports, reads every file and line back, and compares with what is approved."""
    report = studio.export(CHANNEL, out, ADA)
    approved = {one.id: one.text for one in every(studio) if one.approved}
    problems = manifest.verify(out)
    if set(report.listings) != set(approved):
        problems.append(f"{len(report.listings)} exported, {len(approved)} approved")
    head = json.loads((out / manifest.FILE).read_text("utf-8"))
    if len(head["listings"]) != len(approved):
        problems.append("the manifest counts others")
    return problems


def disk(home: Path, items: int, count: int) -> dict[str, Any]:
    """Files may grow no further, at five different moments."""
    begun(home, 60).close()
    size = max(path.stat().st_size for path in home.glob("studio.db*"))
    told, answers = list[str](), Counter[str]()
    for more in (0, 40_000, 200_000, 700_000, 1_500_000):
        child = Child("fill", home, str(size + more))
        error = child.ended()
        answers["told" if "make room" in error else error[-200:] or "no error"] += 1
        told += child.lines
    result = counted(home, told)
    result["problems"] += [answer for answer in answers if answer != "told"]
    return {"answers": dict(answers), **result}


def lock(home: Path, items: int, count: int) -> dict[str, Any]:
    """Another program holds the database: for three seconds, then for longer than we wait."""
    studio = begun(home, 60)
    one = studio.listings(ADA, limit=1).items[0]
    other = driver().connect(str(home / "studio.db"), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(3, other.execute, ("ROLLBACK",))
    timer.start()
    first = studio.edit(one.id, {"title": "Mug waited"}, revision=one.revision, actor=MEI)
    timer.join()
    other.execute("BEGIN IMMEDIATE")
    try:
        studio.edit(one.id, {"title": "Mug locked"}, revision=first.revision, actor=MEI)
        answer = "no error"
    except StateError as error:
        answer = str(error.retryable and error.hint)
    other.execute("ROLLBACK")
    told = [f"edited {one.id} Mug waited"]
    studio.edit(one.id, {"title": "Mug after"}, revision=first.revision, actor=MEI)
    told.append(f"edited {one.id} Mug after")
    studio.close()
    result = counted(home, told)
    result["problems"] += [] if "nothing was changed" in answer else [answer]
    return {"answer": answer, **result}


def pages(home: Path, items: int, count: int) -> dict[str, Any]:
    """Each page of the file in turn is overwritten with noise: is it detected and told?"""
    studio = begun(home, 60)
    for one in every(studio)[:20]:
        seen = studio.submit(one.id, revision=one.revision, actor=MEI)
        studio.approve(one.id, revision=seen.revision, actor=RUI)
    before = [one.model_dump_json() for one in every(studio)]
    studio.close()
    file = home / "studio.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole, size, dice = file.read_bytes(), 4096, random.Random(5)
    answers: Counter[str] = Counter()
    wrong: list[str] = []
    numbers = dice.sample(range(len(whole) // size), min(3 * count, len(whole) // size))
    for number in numbers:
        bent = bytearray(whole)
        at = number * size + dice.choice((0, 0, 512, 2048))
        bent[at : at + 512] = dice.randbytes(512)
        for path in home.glob("studio.db-*"):
            path.unlink()
        file.write_bytes(bent)
        answer = _read_bent(home, before)
        answers[answer] += 1
        wrong += [f"page {number}: {answer}"] if answer.startswith("silent") else []
    file.write_bytes(whole)
    return {"pages": len(numbers), "answers": dict(answers), "problems": wrong}


def _read_bent(home: Path, before: list[str]) -> str:
    studio = opened(home)
    try:
        problems = studio.store.verify()
        same = [one.model_dump_json() for one in every(studio)] == before
    except StudioError as error:
        return f"refused: {error.message.split(':')[0]}"
    finally:
        studio.close()
    return "named by verify" if problems else "unused space" if same else "silently different"


def clock(home: Path, items: int, count: int) -> dict[str, Any]:
    """The clock jumps two days back and forth: leases, sessions, and the order of the record."""
    studio = begun(home, 100)
    studio.first_admin()
    studio.add_user("mei", Role.MERCHANT, "correct horse battery", ADA)
    problems, told = list[str](), list[str]()
    job = studio.start_job(MEI, channel=CHANNEL, pictures=False)
    token = studio.sign_in("mei", "correct horse battery")
    one = studio.listings(ADA, limit=1).items[0]
    for turn, days in enumerate((0, 2, -2, 400, -400, 0)):
        _set_clock(timedelta(days=days))
        inside = studio.signed_in(token) is not None
        if inside != (days <= 0):
            problems.append(f"at {days} days the session is {inside}")
        held = studio.store.claim_items(job.id, f"gone-host:1:{turn}", limit=5)
        studio.store.release_items(job.id, gone=lambda name: name.startswith("gone-host"))
        title = f"Mug of day {turn}"
        one = studio.edit(one.id, {"title": title}, revision=one.revision, actor=MEI)
        told.append(f"edited {one.id} {title}")
        if not held:
            problems.append(f"at {days} days no item could be claimed")
    _set_clock(timedelta(days=-30))
    studio.work_job(job.id, MEI, on_item=lambda id, why: told.append(f"made {id} {why}"))
    _set_clock(timedelta())
    if (state := studio.job(job.id, ADA)).state != "done":
        problems.append(f"the job is {state.state}: {state.counts}")
    studio.close()
    result = counted(home, told)
    return {**result, "problems": problems + result["problems"]}


def _set_clock(jump: timedelta) -> None:
    """Another time for all of Studio in this process."""

    def now() -> datetime:
        return datetime.now(UTC) + jump

    for name, module in list(sys.modules.items()):
        if name.startswith("studio") and hasattr(module, "now"):
            module.now = now  # type: ignore[attr-defined]


FAULTS: dict[str, Callable[[Path, int, int], dict[str, Any]]] = {
    f.__name__: f for f in (kills, disk, lock, pages, clock)
}


def run(fault: str, folder: Path, items: int, count: int) -> dict[str, Any]:
    """One fault in a folder of its own; `bad` counts all that should be 0."""
    begin = time.monotonic()
    result = FAULTS[fault](folder / fault / "home", items, count)
    bad = result.get("lost", 0) + result.get("doubled", 0) + len(result["problems"])
    return {**result, "seconds": round(time.monotonic() - begin), "bad": bad}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faults", nargs="*", choices=[*FAULTS, []], default=[])
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args()
    folder = asked.home or Path(tempfile.mkdtemp(prefix="studio-faults-"))
    bad = 0
    for fault in asked.faults or FAULTS:
        result = run(fault, folder, asked.items, asked.kills)
        bad += result["bad"]
        print(f"{fault:6} {'ok ' if not result['bad'] else 'BAD'} {json.dumps(result)}", flush=True)
    if not asked.home:
        shutil.rmtree(folder)
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())

"""What engines for jobs promise, kept by rows with leases: nothing lost and nothing made twice,
killed at any instant, by several processes, under another version of Studio, on both databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import store_postgres
import yaml
from jobs_worker import INSTANTS
from trust_making import MEI, studio_in

from studio import data, jobs
from studio.service import Studio, batches
from studio.store.migrate import upgrade_in

WORKER = Path(__file__).with_name("jobs_worker.py")
WISHES: dict[str, Any] = {"channel": "shopify", "pictures": False}
COUNT = 40

if sys.platform == "win32":
    pytest.skip("signals are those of POSIX", allow_module_level=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind; "" is the file of the home folder."""
    if request.param == "sqlite":
        return ""
    cluster: store_postgres.Cluster = request.getfixturevalue("cluster")
    return cluster.url(cluster.create())


def stocked(folder: Path, database: str = "", count: int = COUNT, **more: Any) -> Studio:
    made = studio_in(folder, database, **more)
    rows = [f"A{n:02},Stoneware mug M{n},stoneware,9.50,USD" for n in range(count)]
    (folder / "goods.csv").write_text("sku,title,material,price,currency\n" + "\n".join(rows))
    made.import_catalog([folder / "goods.csv"], MEI)
    return made


@contextmanager
def worker(
    folder: Path, database: str, job: str, instant: str = ""
) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(WORKER), str(folder), database, job, instant]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()  # one that is frozen would never end


def made_of(studio: Studio) -> Counter[str]:
    """How often the record says that each listing was made."""
    found, after = Counter[str](), 0
    while page := studio.store.events(after=after, limit=500).items:
        found.update(event.listing for event in page if event.kind == "generated")
        after = page[-1].number
    return found


def each_once(studio: Studio, count: int = COUNT) -> None:
    """Each listing was made, one time, and the record proves."""
    made = made_of(studio)
    assert (len(made), made.total()) == (count, count)
    assert studio.store.verify() == []


@pytest.mark.parametrize("instant", [i for i in INSTANTS if i != "frozen"])
def test_killed_at_an_instant_each_item_is_made_once(
    database: str, tmp_path: Path, instant: str
) -> None:
    studio = stocked(tmp_path, database)
    job = studio.start_job(MEI, **WISHES)
    with worker(tmp_path, database, job.id, instant) as died:
        died.wait(120)
    assert died.returncode == -signal.SIGKILL
    left = studio.job(job.id, MEI)
    assert left.counts["running"] > 0, "it had nothing in hand: this proves nothing"
    assert studio.interrupted(job.id, MEI)
    before = made_of(studio)
    done = studio.work_job(job.id, MEI)
    assert (done.state, sum(done.counts.values())) == ("done", COUNT)
    each_once(studio)
    assert done.counts == {"done": COUNT}  # what is saved is ticked off, in one transaction
    assert sum(before.values()) == {"claimed": 16, "made": 4, "saved": 5}[instant]
    assert {item.tries for item in studio.job_items(job.id, MEI, limit=COUNT)} == {1}
    studio.close()


def test_what_a_neighbour_had_in_hand_when_it_died_is_made_by_the_other(
    database: str, tmp_path: Path
) -> None:
    """Two processes on one job. The first is frozen with items in hand: the second makes all others
    and waits, for the first lives. Then it is killed, and the second makes those too."""
    studio = stocked(tmp_path, database)
    job = studio.start_job(MEI, **WISHES)
    with worker(tmp_path, database, job.id, "frozen") as one:
        assert os.WIFSTOPPED(os.waitpid(one.pid, os.WUNTRACED)[1])
        with worker(tmp_path, database, job.id) as other:
            assert other.stdout is not None
            told = [other.stdout.readline() for _ in range(COUNT - jobs.BATCH)]
            time.sleep(batches.LOOK + 1)
            assert other.poll() is None, "it went and left what the other has in hand"
            assert studio.job(job.id, MEI).counts["running"] == jobs.BATCH - 5
            one.kill()
            told += other.stdout.readlines()
            assert other.wait(60) == 0
    assert len(told) == COUNT - 5
    assert studio.job(job.id, MEI).state == "done"
    each_once(studio)
    studio.close()


def test_several_processes_share_a_job(database: str, tmp_path: Path) -> None:
    studio = stocked(tmp_path, database)
    job = studio.start_job(MEI, **WISHES)
    with worker(tmp_path, database, job.id) as one, worker(tmp_path, database, job.id) as other:
        told = [process.communicate(timeout=120)[0].splitlines() for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0)
    assert sorted(line.split()[1] for lines in told for line in lines) == sorted(made_of(studio))
    assert studio.job(job.id, MEI).counts == {"done": COUNT}
    each_once(studio)
    studio.close()


def test_a_job_goes_on_under_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No version is pinned: what is done stays done, the rest is made by what runs now, and the
    next plan tells what the older one made."""
    studio = stocked(tmp_path)
    job = studio.start_job(MEI, **WISHES)
    with worker(tmp_path, "", job.id, "saved") as died:
        died.wait(120)
    older = tuple(sorted(item.key for item in studio.store.job_items(job.id, state="done").items))
    studio.close()
    monkeypatch.setattr("studio.__version__", "99.0.0")
    spec = yaml.safe_load((data.folder("templates") / "export" / "shopify.yaml").read_text("utf-8"))
    spec["fields"]["title"]["max"] = 200
    own = tmp_path / "own"
    (own / "templates" / "export").mkdir(parents=True)
    (own / "templates" / "export" / "shopify.yaml").write_text(yaml.safe_dump(spec), "utf-8")
    newer = studio_in(tmp_path, extra=(own,))
    assert newer.work_job(job.id, MEI).counts == {"done": COUNT}
    each_once(newer)
    plan = newer.estimate_job(MEI, **WISHES)
    assert (plan.items, plan.fresh) == (5, COUNT - 5)
    assert plan.which == {"other wishes, prompts, rules, models or channel facts": older}
    newer.close()


def test_a_job_of_an_older_database_goes_on(database: str, tmp_path: Path) -> None:
    """Its rows are of before deaths were counted; the process that held one is long gone."""
    old = studio_in(tmp_path, database)
    store = old._opened()
    old.vault.make()
    with store._engine.begin() as connection:
        upgrade_in(connection, old.vault, "0005")
        args = '{"channel":"shopify","pictures":false}'
        insert = "INSERT INTO job VALUES ('j1', 'generate', 'mei', :args, 'running', :at, :at)"
        connection.execute(sa.text(insert), {"args": args, "at": "2026-01-01 00:00:00"})
        insert = (
            "INSERT INTO job_item (job, key, place, state, tries, owner, until) "
            "VALUES ('j1', :key, :n, :state, 1, 'elsewhere:1:2', :until)"
        )
        for n, (state, until) in enumerate([("running", "2026-01-01 00:10:00"), ("pending", None)]):
            row = {"key": f"A{n:02}/shopify/en-US", "n": n, "state": state, "until": until}
            connection.execute(sa.text(insert), row)
    store.close()
    studio = stocked(tmp_path, database, count=2)
    assert studio.work_job("j1", MEI).counts == {"done": 2}
    each_once(studio, 2)
    studio.close()


def test_a_pause_from_elsewhere_stops_it_within_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The item in hand is dropped, those that are made stay, and it goes on where it stopped."""
    studio, other = stocked(tmp_path, workers=1), studio_in(tmp_path)
    job, made, begun = studio.start_job(MEI, **WISHES), jobs.make_draft, threading.Event()

    def slow(task: Any, kit: Any, *, cancel: threading.Event, **more: Any) -> Any:
        if task.product.id == "A03":
            begun.set()
            assert cancel.wait(30), "nobody told it"
        return made(task, kit, cancel=cancel, **more)

    monkeypatch.setattr(jobs, "make_draft", slow)
    working = threading.Thread(target=studio.work_job, args=(job.id, MEI))
    working.start()
    assert begun.wait(30)
    other.pause_job(job.id, MEI)
    working.join(30)
    left = studio.job(job.id, MEI)
    assert left.state == "paused"
    assert left.counts["done"] <= 5
    assert "running" not in left.counts
    assert studio.work_job(job.id, MEI).counts == {"done": COUNT}
    each_once(studio)
    for one in (studio, other):
        one.close()


def test_a_job_of_this_server_that_is_resumed_while_it_stops_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, made = stocked(tmp_path), jobs.make_draft
    job, begun, go = studio.start_job(MEI, **WISHES), threading.Event(), threading.Event()

    def slow(task: Any, kit: Any, **more: Any) -> Any:
        begun.set()
        assert go.wait(30)
        return made(task, kit, **more)

    monkeypatch.setattr(jobs, "make_draft", slow)
    studio.begin_job(job.id, MEI)
    assert begun.wait(30)
    studio.pause_job(job.id, MEI)
    studio.begin_job(job.id, MEI)
    go.set()
    ended = list(studio.watch_job(job.id, MEI, every=0.05))[-1]
    while studio.job_here(job.id, MEI)[0]:
        time.sleep(0.02)
        ended = studio.job(job.id, MEI)
    assert ended.counts == {"done": COUNT}
    each_once(studio)
    studio.close()


def test_watching_a_job_whose_process_was_killed_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "IDLE", 0.5)
    studio = stocked(tmp_path)
    job = studio.start_job(MEI, **WISHES)
    with worker(tmp_path, "", job.id, "saved") as died:
        died.wait(120)
    seen = list(studio.watch_job(job.id, MEI, every=0.05))
    assert seen[-1].state == "running"
    assert studio.interrupted(job.id, MEI)
    studio.work_job(job.id, MEI)
    assert not studio.interrupted(job.id, MEI)
    studio.close()

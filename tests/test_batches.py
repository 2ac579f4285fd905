"""Jobs as the service runs them: planned first, a sample before the rest, one rule of retries."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from studio import jobs
from studio.errors import EngineError, InputError, SetupError
from studio.jobs.cluster import Worker
from studio.kit import digest
from studio.pipeline import make_draft
from studio.schema import Actor, Role
from studio.service import Studio, batches, kits
from studio.settings import Settings

MEI = Actor(name="mei", role=Role.MERCHANT)
CHANNEL = "shopify"
WISHES: dict[str, Any] = {"channel": CHANNEL, "pictures": False}


def catalog(folder: Path, count: int, price: str = "9.50") -> Path:
    lines = ["sku,title,material,price,currency"]
    lines += [f"A{n:02},Stoneware mug M{n},stoneware,{price},USD" for n in range(count)]
    path = folder / "goods.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def opened(home: Path) -> Studio:
    return Studio(
        Settings(home=home, models=home, copy_engine="template", ocr_engine="", workers=1)
    )


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    made = opened(tmp_path / "home")
    made.import_catalog([catalog(tmp_path, 20)], MEI)
    yield made
    made.close()


# --- before anything is made ---------------------------------------------------------------------


def test_a_dry_run_tells_why_and_writes_nothing(studio: Studio, tmp_path: Path) -> None:
    plan = studio.estimate_job(MEI, **WISHES)
    assert (plan.items, plan.fresh, plan.why) == (20, 0, {"new": 20})
    assert plan.texts >= 20
    assert plan.pictures == 0
    assert (plan.seconds, plan.cost) == (None, None)
    assert studio.jobs(MEI) == ()
    studio.work_job(studio.start_job(MEI, **WISHES).id, MEI)
    studio.import_catalog([catalog(tmp_path, 5, price="8.00")], MEI)
    plan = studio.estimate_job(MEI, **WISHES)
    assert (plan.items, plan.fresh, plan.why) == (5, 15, {"changed: price": 5})
    assert plan.seconds is not None
    assert plan.seconds > 0
    assert plan.measured[0] == 20
    other = studio.estimate_job(MEI, **WISHES, hint="shorter")
    assert sum(other.why.values()) == 20
    assert other.why["changed: price"] == 5


def test_a_dry_run_counts_the_pictures_of_each_slot(studio: Studio) -> None:
    slots = len(studio.kit.channels[CHANNEL].slots)
    assert studio.estimate_job(MEI, channel=CHANNEL, limit=3).pictures == 3 * slots > 0


def test_a_sample_is_spread_and_the_rest_is_the_rest(studio: Studio) -> None:
    first = studio.start_job(MEI, **WISHES, sample=4, search="mug")
    keys = [item.key for item in studio.job_items(first.id, MEI)]
    assert keys == [f"A{n:02}/{CHANNEL}/en-US" for n in (0, 5, 10, 15)]
    studio.work_job(first.id, MEI)
    rest = studio.job_rest(first.id, MEI)
    others = {item.key for item in studio.job_items(rest.id, MEI, limit=100)}
    assert len(others) == 16
    assert not others & set(keys)
    assert studio.work_job(rest.id, MEI).state == "done"
    with pytest.raises(InputError, match="up to date"):
        studio.job_rest(first.id, MEI)


def test_a_filter_takes_only_its_products(studio: Studio) -> None:
    job = studio.start_job(MEI, **WISHES, search="m1")
    assert sum(job.counts.values()) == 11  # M1, M10 ... M19


# --- failures ------------------------------------------------------------------------------------


def failing(studio: Studio, errors: dict[str, list[EngineError]], monkeypatch: Any) -> None:
    """The pipeline's own function, stopped before it begins where an error is due."""
    made = jobs.make_draft

    def make(task: Any, kit: Any, **more: Any) -> Any:
        if errors.get(task.product.title):
            raise errors[task.product.title].pop(0)
        return made(task, kit, **more)

    monkeypatch.setattr(jobs, "make_draft", make)


def test_a_busy_server_is_tried_again_while_others_are_made(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LATER", (0.01, 0.02))
    busy = [EngineError("too many requests", retryable=True, retry_after=0.3) for _ in range(2)]
    failing(studio, {"Stoneware mug M3": busy}, monkeypatch)
    order: list[str] = []
    job = studio.start_job(MEI, **WISHES)
    done = studio.work_job(job.id, MEI, on_item=lambda key, reason: order.append(key))
    assert done.state == "done"
    assert done.counts == {"done": 20}
    assert order[-1] == f"A03/{CHANNEL}/en-US"
    assert studio.job_items(job.id, MEI).items[3].tries == 3


def test_after_three_tries_it_is_a_row_with_its_reason(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LATER", (0.01, 0.02))
    down = [EngineError("the server is down", retryable=True) for _ in range(9)]
    wrong = [EngineError("no such model")]
    failing(studio, {"Stoneware mug M3": down, "Stoneware mug M4": wrong}, monkeypatch)
    job = studio.start_job(MEI, **WISHES)
    assert studio.work_job(job.id, MEI).state == "failed"
    rows = {i.key[:3]: (i.tries, i.reason) for i in studio.job_items(job.id, MEI, state="failed")}
    assert rows == {"A03": (3, "the server is down"), "A04": (1, "no such model")}
    assert len(down) == 6
    assert studio.retry_job(job.id, MEI) == 2
    down.clear()
    assert studio.work_job(job.id, MEI).counts == {"done": 20}


@pytest.mark.parametrize(
    ("tries", "asked", "wait"), [(1, None, 5.0), (2, None, 60.0), (1, 30.0, 30.0), (3, 1.0, None)]
)
def test_the_rule_of_trying_again(tries: int, asked: float | None, wait: float | None) -> None:
    error = EngineError("busy", retryable=True, retry_after=asked)
    assert jobs.again_in(error, tries) == wait
    assert jobs.again_in(EngineError("wrong key"), tries) is None


def test_an_item_that_was_given_back_has_lost_no_try(studio: Studio) -> None:
    job = studio.start_job(MEI, **WISHES, limit=1)
    for turn in range(jobs.DEATHS + 1):
        assert studio.store.claim_items(job.id, f"here:1:{turn}")
        studio.store.release_items(job.id, gone=lambda _: True)
    assert studio.work_job(job.id, MEI).state == "done"


def test_an_item_that_kills_its_worker_does_not_come_back_for_ever(studio: Studio) -> None:
    job = studio.start_job(MEI, **WISHES, limit=1)
    for turn in range(jobs.DEATHS):
        assert studio.store.claim_items(job.id, f"gone:1:{turn}", lease=-1)
        studio.store.release_items(job.id)
    assert studio.work_job(job.id, MEI).state == "failed"
    (item,) = studio.job_items(job.id, MEI)
    assert f"stopped, {jobs.DEATHS} times" in item.reason
    assert item.tries == 1
    studio.retry_job(job.id, MEI)
    assert studio.work_job(job.id, MEI).state == "done"


def test_a_death_takes_no_try_from_an_error_that_comes_later(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LATER", (0.01, 0.02))
    busy = [EngineError("too many requests", retryable=True) for _ in range(jobs.TRIES - 1)]
    failing(studio, {"Stoneware mug M0": busy}, monkeypatch)
    job = studio.start_job(MEI, **WISHES, limit=1)
    for turn in range(jobs.TRIES):
        assert studio.store.claim_items(job.id, f"gone:1:{turn}", lease=-1)
        studio.store.release_items(job.id)
    assert studio.work_job(job.id, MEI).state == "done"
    (item,) = studio.job_items(job.id, MEI)
    assert (item.tries, item.deaths) == (jobs.TRIES, jobs.TRIES)


# --- who has what in hand ------------------------------------------------------------------------


def test_what_takes_longer_than_a_lease_is_not_made_by_another(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "LEASE", 0.4)  # the beat; what is claimed has the usual one
    go, came, made = threading.Event(), threading.Event(), jobs.make_draft

    def slow(task: Any, kit: Any, **more: Any) -> Any:
        came.set()
        assert go.wait(20)
        return made(task, kit, **more)

    monkeypatch.setattr(jobs, "make_draft", slow)
    job = studio.start_job(MEI, **WISHES, limit=1)
    worker = threading.Thread(target=studio.work_job, args=(job.id, MEI))
    worker.start()
    assert came.wait(20)
    with studio.store._write() as connection:  # as if the claim were long ago
        connection.exec_driver_sql("UPDATE job_item SET until = '2020-01-01 00:00:00.000000'")
    other = opened(tmp_path / "home")
    for _ in range(100):
        threading.Event().wait(0.05)
        left = other.store.job_items(job.id).items[0]
        with other.store._read() as connection:
            until = connection.exec_driver_sql("SELECT until FROM job_item").scalar_one()
        if not str(until).startswith("2020"):
            break
    assert other.store.release_items(job.id) == 0
    assert other.store.claim_items(job.id, "another") == ()
    assert left.state == "running"
    go.set()
    worker.join()
    assert studio.job(job.id, MEI).state == "done"
    other.close()


def test_an_error_that_ends_the_run_gives_its_items_back(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a bug")

    job = studio.start_job(MEI, **WISHES)
    monkeypatch.setattr(jobs, "make_draft", broken)
    with pytest.raises(RuntimeError):
        studio.work_job(job.id, MEI)
    assert studio.job(job.id, MEI).counts == {"pending": 20}


def test_watching_ends_with_the_job(studio: Studio) -> None:
    job = studio.start_job(MEI, **WISHES)
    states: list[str] = []
    watcher = threading.Thread(
        target=lambda: states.extend(j.state for j in studio.watch_job(job.id, MEI, every=0.02))
    )
    watcher.start()
    studio.work_job(job.id, MEI)
    watcher.join(20)
    assert states[-1] == "done"


# --- work that is done elsewhere -----------------------------------------------------------------


def test_a_worker_of_another_machine_makes_the_same_drafts(studio: Studio) -> None:
    """What a cluster's worker is given and gives back can travel, and comes out the same."""
    there: Any = pickle.loads(pickle.dumps(kits.for_worker(studio.settings)))
    tasks, _ = studio.plan(MEI, **WISHES)
    ended = Worker(there).make(pickle.loads(pickle.dumps(tasks[:5])), {}, {})
    found = pickle.loads(pickle.dumps(ended))
    assert [number for number, _, _ in found] == [0, 1, 2, 3, 4]
    for task, (_, draft, seconds) in zip(tasks, found, strict=False):
        here = make_draft(task, studio.kit)
        assert draft.digest == here.digest == digest(task, studio.kit)
        assert draft.text.title == here.text.title
        assert seconds > 0


def test_an_error_travels_with_its_remedy() -> None:
    error = EngineError("busy", hint="wait", where="gpu-3", retryable=True, retry_after=7.0)
    came = pickle.loads(pickle.dumps(error))
    assert (str(came), came.retryable, came.retry_after) == (str(error), True, 7.0)


def test_a_cluster_without_a_token_is_refused(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    job = studio.start_job(MEI, **WISHES)
    says = "anybody" if find_spec("ray") else "not installed"
    with pytest.raises(SetupError, match=says):
        studio.work_job(job.id, MEI, runner="ray")
    left = studio.job(job.id, MEI)
    assert (left.state, left.counts) == ("paused", {"pending": 20})
    with pytest.raises(InputError, match="no runner"):
        studio.work_job(job.id, MEI, runner="slurm")

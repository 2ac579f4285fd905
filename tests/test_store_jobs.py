"""Jobs: each item is done once, whoever asks, and a killed owner's items come back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import datetime
from types import NoneType

import pytest
from store_making import MERCHANT, draft, product

from studio.errors import InputError, NotFoundError, StateError
from studio.store import Job, Store
from studio.store.jobs import owner_gone, owner_name


@pytest.fixture
def job(store: Store) -> Job:
    items = [(f"A{i}/shopify/zh-CN", f"digest-{i}") for i in range(5)]
    return store.create_job("generate", {"channel": "shopify", "limit": 5}, items, MERCHANT)


def keys(items) -> list[str]:
    return [item.key[:2] for item in items]


def test_a_job_starts_with_all_items_pending(store: Store, job: Job) -> None:
    assert store.job(job.id) == job
    assert (job.state, job.counts, job.actor) == ("waiting", {"pending": 5}, MERCHANT.name)
    assert job.args == {"channel": "shopify", "limit": 5}


def test_asking_twice_for_the_same_job_starts_one(store: Store, job: Job) -> None:
    again = store.create_job("generate", {}, [("other", "")], MERCHANT, id=job.id)
    assert again == job
    assert len(store.jobs()) == 1


def test_items_go_to_one_owner_in_order(store: Store, job: Job) -> None:
    first = store.claim_items(job.id, "one", limit=2)
    second = store.claim_items(job.id, "two", limit=9)
    assert (keys(first), keys(second)) == (["A0", "A1"], ["A2", "A3", "A4"])
    assert store.claim_items(job.id, "three") == ()
    assert {item.owner for item in first} == {"one"}


def test_threads_never_get_the_same_item(store: Store) -> None:
    wanted = [f"item-{i:03}" for i in range(60)]
    job = store.create_job("x", {}, [(key, "") for key in wanted], MERCHANT)
    got: list[str] = []

    def work(name: str) -> None:
        while items := store.claim_items(job.id, name, limit=3):
            got.extend(item.key for item in items)
            for item in items:
                store.finish_item(job.id, item.key)

    threads = [threading.Thread(target=work, args=(f"w{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == wanted
    assert store.job(job.id).counts == {"done": 60}


def test_done_failed_and_skipped_are_counted_with_their_reasons(store: Store, job: Job) -> None:
    items = store.claim_items(job.id, "one", limit=3)
    store.finish_item(job.id, items[0].key)
    store.fail_item(job.id, items[1].key, "the server said no\0")
    store.finish_item(job.id, items[2].key, skipped="up to date")
    assert store.job(job.id).counts == {"done": 1, "failed": 1, "skipped": 1, "pending": 2}
    told = {i.key[:2]: (i.state, i.reason, i.digest) for i in store.job_items(job.id)}
    assert told["A0"] == ("done", "", "digest-0")
    assert told["A1"] == ("failed", "the server said no\N{REPLACEMENT CHARACTER}", "digest-1")
    assert told["A2"] == ("skipped", "up to date", "digest-2")
    assert keys(store.job_items(job.id, state="failed")) == ["A1"]


def test_a_draft_and_its_tick_are_saved_together_or_not_at_all(store: Store, job: Job) -> None:
    store.put_products([product("A0"), product("A1")], MERCHANT)
    store.claim_items(job.id, "one", limit=2)
    store.save_item(job.id, draft("A0", digest="made"), MERCHANT, seconds=1.5)
    first = store.job_items(job.id).items[0]
    assert (first.state, first.digest, first.seconds, first.owner) == ("done", "made", 1.5, "")
    with pytest.raises(NotFoundError, match="has no item"):  # the tick fails: no draft either
        store.save_item(job.id, draft("A1", channel="google"), MERCHANT)
    with pytest.raises(NotFoundError):
        store.listing("A1/google/zh-CN")
    with pytest.raises(NotFoundError, match="no product"):  # the draft fails: no tick either
        store.save_item(job.id, draft("A9"), MERCHANT)
    assert store.job(job.id).counts == {"done": 1, "running": 1, "pending": 3}
    assert [one.id for one in store.listings()] == ["A0/shopify/zh-CN"]


def test_what_is_done_stays_done(store: Store, job: Job) -> None:
    (item,) = store.claim_items(job.id, "one")
    store.finish_item(job.id, item.key)
    store.fail_item(job.id, item.key, "a late answer")
    assert store.job_items(job.id).items[0].state == "done"


def test_a_failed_try_waits_before_the_next(store: Store, job: Job) -> None:
    (item,) = store.claim_items(job.id, "one")
    store.fail_item(job.id, item.key, "busy", again_in=3600)
    assert "A0" not in keys(store.claim_items(job.id, "one", limit=9))
    store.fail_item(job.id, item.key, "busy", again_in=-1)
    (again,) = store.claim_items(job.id, "one")
    assert (again.key, again.tries) == (item.key, 2)


def test_items_of_a_dead_owner_come_back(store: Store, job: Job) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        dead = owner_name(process.pid)
        assert not owner_gone(dead)
        process.kill()
    assert (owner_gone(dead), owner_gone(owner_name())) == (True, False)
    store.claim_items(job.id, dead, limit=2)
    store.claim_items(job.id, owner_name(), limit=1)
    assert store.release_items(job.id) == 2
    assert keys(store.claim_items(job.id, owner_name(), limit=9)) == ["A0", "A1", "A3", "A4"]


def test_a_number_that_another_process_has_now_is_gone(store: Store) -> None:
    host, number, began = owner_name().rsplit(":", 2)
    if not began:
        pytest.skip("this system does not tell when a process began")
    assert owner_gone(f"{host}:{number}:{int(began) - 1}")


@pytest.mark.parametrize("owner", ["elsewhere:1:2", "ray-actor-7", "a:b", ""])
def test_owners_of_other_machines_are_not_judged(owner: str) -> None:
    assert not owner_gone(owner)


def test_a_lease_that_is_over_comes_back_and_a_renewed_one_does_not(store: Store, job: Job) -> None:
    store.claim_items(job.id, "far:1:1", limit=1, lease=-1)
    store.claim_items(job.id, "near:1:1", limit=1, lease=-1)
    assert store.renew_items(job.id, "near:1:1") == 1
    assert store.release_items(job.id) == 1
    assert keys(store.claim_items(job.id, "x", limit=9)) == ["A0", "A2", "A3", "A4"]


def test_paused_and_cancelled_jobs_give_nothing(store: Store, job: Job) -> None:
    store.set_job_state(job.id, "paused", MERCHANT)
    assert store.claim_items(job.id, "one") == ()
    store.set_job_state(job.id, "running", MERCHANT)
    assert keys(store.claim_items(job.id, "one")) == ["A0"]
    store.set_job_state(job.id, "cancelled", MERCHANT)
    assert store.claim_items(job.id, "one") == ()


def test_a_state_that_can_not_follow_says_what_can(store: Store, job: Job) -> None:
    with pytest.raises(StateError) as wrong:
        store.set_job_state(job.id, "done", MERCHANT)
    assert "running, paused, cancelled" in wrong.value.hint


def test_failed_items_are_tried_again_on_request(store: Store, job: Job) -> None:
    for item in store.claim_items(job.id, "one", limit=2):
        store.fail_item(job.id, item.key, "no")
    assert store.retry_items(job.id) == 2
    assert [i.tries for i in store.claim_items(job.id, "one", limit=2)] == [1, 1]


def test_unknown_jobs_and_items(store: Store, job: Job) -> None:
    with pytest.raises(NotFoundError, match="no job named"):
        store.job("nothing")
    with pytest.raises(NotFoundError, match="no item"):
        store.finish_item(job.id, "nothing")


def test_pages_of_items(store: Store, job: Job) -> None:
    page = store.job_items(job.id, limit=3)
    rest = store.job_items(job.id, after=page.next or 0, limit=3)
    assert keys(page) + keys(rest) == ["A0", "A1", "A2", "A3", "A4"]
    assert rest.next is None


def test_jobs_are_in_the_record(store: Store, job: Job) -> None:
    store.set_job_state(job.id, "running", MERCHANT)
    assert [(e.kind, e.detail["job"]) for e in store.events()] == [
        ("job created", job.id),
        ("job running", job.id),
    ]
    assert store.verify() == []


def test_rows_of_jobs_are_plain_values(store: Store, job: Job) -> None:
    """Whoever writes into the database can not make its reader run anything: numbers, texts and
    times, and JSON that any program reads."""
    store.claim_items(job.id, "one")
    with store._read() as connection:
        for table in ("job", "job_item"):
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}").all():
                assert {type(value) for value in row} <= {str, int, float, datetime, NoneType}
        args = connection.exec_driver_sql("SELECT args FROM job").scalar_one()
    assert json.loads(args) == job.args
    with pytest.raises(InputError):
        store.create_job("generate", {"run": object()}, [("A9", "")], MERCHANT)


def test_jobs_are_written_as_everything_else(store: Store, job: Job) -> None:
    """Into a log that is flushed at each commit, and not by a slower engine of their own."""
    with store._write(alone=False) as connection:
        if store.kind == "postgresql":
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
            return
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL


def test_who_ended_but_was_not_asked_for_yet_is_gone() -> None:
    """A killed process whose parent never waits for it, as in a container without an init."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        owner = owner_name(process.pid)
        if not owner.rpartition(":")[2]:
            pytest.skip("this system does not tell when a process began")
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert owner_gone(owner)


def test_at_work_is_who_holds_items_or_waits_for_a_next_try(store: Store, job: Job) -> None:
    assert not store.at_work(job.id)
    (item,) = store.claim_items(job.id, "elsewhere:1:2")
    assert store.at_work(job.id)
    store.renew_items(job.id, "elsewhere:1:2", lease=-1)
    assert not store.at_work(job.id)
    store.fail_item(job.id, item.key, "busy", again_in=60)
    assert store.at_work(job.id)
    store.finish_item(job.id, item.key)
    assert not store.at_work(job.id)

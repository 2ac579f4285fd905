"""The jobs page: batches that go on while nobody watches, how far each is, and what failed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Event as Flag
from threading import Thread
from typing import Any

import gradio as gr

from studio.errors import StudioError
from studio.review import ROLES
from studio.store import Job
from studio.store.jobs import owner_gone
from studio.ui import board, catalog, refusals
from studio.ui.desk import QUIET, Ask, Deed, Desk, view

MOST = 10  # jobs on the page
FAILURES = 50  # of one job on the page
BUSY, IDLE = 1, 10  # seconds between two looks
OVER = ("done", "failed", "cancelled")


@dataclass
class Pace:
    """When a job was first seen at work, and how many items were done by then."""

    since: float
    done: int

    def left(self, done: int, total: int) -> int:
        """Seconds until the end; 0 while it is not known."""
        if done <= self.done:
            return 0
        return round((time.monotonic() - self.since) / (done - self.done) * (total - done))


class Works:
    """The jobs that this process works on, each in a thread of its own."""

    def __init__(self) -> None:
        self._flags: dict[str, Flag] = {}
        self._problems: dict[str, StudioError] = {}
        self._paces: dict[str, Pace] = {}

    def begin(self, ask: Ask, id: str) -> None:
        """Works on a job until it ends or is stopped; once, however often it is asked for."""
        if id in self._flags:
            return
        self._problems.pop(id, None)
        flag = self._flags[id] = Flag()
        args = (ask, id, flag)
        Thread(target=self._work, args=args, daemon=True, name=f"job {id}").start()

    def _work(self, ask: Ask, id: str, flag: Flag) -> None:
        try:
            ask.studio.work_job(id, ask.actor, cancel=flag)
        except StudioError as error:  # an engine is missing: the page says so, the job can go on
            self._problems[id] = error
            ask.studio.pause_job(id, ask.actor)
        finally:
            del self._flags[id]

    def stop(self, id: str) -> None:
        """The item in hand is dropped; what is finished stays."""
        if flag := self._flags.get(id):
            flag.set()

    def here(self, id: str) -> bool:
        return id in self._flags

    def problem(self, id: str) -> StudioError | None:
        return self._problems.get(id)

    def left(self, job: Job, done: int, total: int) -> int:
        """Seconds that a running job still needs; 0 when that is not known."""
        if job.state != "running":
            self._paces.pop(job.id, None)
            return 0
        return self._paces.setdefault(job.id, Pace(time.monotonic(), done)).left(done, total)


def page(demo: gr.Blocks, desk: Desk) -> None:
    """A form that starts a job, which is never drawn again, and the jobs, which are."""
    works = Works()
    nav, start, shown = view("nav"), board.board("start"), board.board("jobs")

    def load(ask: Ask) -> tuple[str, str, str]:
        return ask.nav("/jobs", "nav.jobs"), _form(ask), _jobs(ask, works)

    def begin(ask: Ask, deed: Deed) -> tuple[Any, str]:
        said, problem = board.attempt(ask, deed, lambda: _start(ask, deed, works))
        return gr.skip() if problem else _form(ask), _jobs(ask, works, said, problem)

    def act(ask: Ask, deed: Deed) -> str:
        if deed.do == "look":
            return _jobs(ask, works)
        return _jobs(ask, works, *board.attempt(ask, deed, lambda: _change(ask, deed, works)))

    demo.load(desk.handler(load), None, [nav, start, shown], **QUIET)
    start.act(desk.doer(begin), None, [start, shown], **QUIET)
    shown.act(desk.doer(act), None, shown, **QUIET)


def _form(ask: Ask) -> str:
    """What to make; a search that the address names is the catalog's own filter."""
    return ask.part(
        "job_start",
        names=ask.channel_names(),
        filter=catalog.told(ask, catalog.filter_of(ask.query)),
        may_make="generate" in ROLES[ask.actor.role],
        one=ask.query.get("job", ""),
    )


def _start(ask: Ask, deed: Deed, works: Works) -> str:
    wanted = deed.fields
    most = wanted.get("limit", "")
    job = ask.studio.start_filtered_job(
        ask.actor,
        catalog.filter_of(ask.query),
        channel=deed.channel,
        limit=int(most) if most.isdecimal() and 0 < len(most) < 9 else None,
        locale=wanted.get("locale", "")[:20],
        pictures=wanted.get("pictures") == "yes",
    )
    works.begin(ask, job.id)
    return ask.tr("jobs.started", n=sum(job.counts.values()))


def _change(ask: Ask, deed: Deed, works: Works) -> str:
    """Pause, go on, cancel, or try the failed ones again."""
    id, wanted = deed.fields.get("job", ""), deed.fields.get("act", "")
    if wanted == "pause":
        works.stop(id)
        ask.studio.pause_job(id, ask.actor)
    elif wanted == "cancel":
        ask.studio.cancel_job(id, ask.actor)
        works.stop(id)
    elif wanted == "retry":
        ask.studio.retry_job(id, ask.actor)
        works.begin(ask, id)
    elif wanted == "resume":
        ask.studio.job(id, ask.actor)  # raises for one that there is not
        works.begin(ask, id)
    else:
        raise board.unknown(deed)
    return ask.tr(f"jobs.said.{wanted}")


def _jobs(ask: Ask, works: Works, said: str = "", problem: str = "") -> str:
    """The newest jobs, or the one of the address with its failures."""
    one = ask.query.get("job", "")
    failures = None
    try:
        held = [ask.studio.job(one, ask.actor)] if one else ask.studio.jobs(ask.actor, limit=MOST)
        if one:
            after = ask.number("after") or -1
            failures = ask.studio.job_items(
                one, ask.actor, state="failed", after=after, limit=FAILURES
            )
    except StudioError as error:
        held, problem = [], refusals.told(ask.language, error)
    cards = [_card(ask, works, job) for job in held]
    return ask.part(
        "jobs",
        cards=cards,
        one=one,
        failures=failures,
        names=ask.channel_names(),
        said=said,
        problem=problem,
        may_make="generate" in ROLES[ask.actor.role],
        again=BUSY if any(card["busy"] for card in cards) else IDLE,
        reason=lambda text: refusals.line(ask.language, text),
    )


def _card(ask: Ask, works: Works, job: Job) -> dict[str, Any]:
    counts, total = job.counts, sum(job.counts.values())
    failed = counts.get("failed", 0)
    done = counts.get("done", 0) + counts.get("skipped", 0)
    busy = works.here(job.id) or (job.state == "running" and _held(ask, job))
    problem = works.problem(job.id)
    return {
        "job": job,
        "total": total,
        "done": done,
        "skipped": counts.get("skipped", 0),
        "failed": failed,
        "left": works.left(job, done + failed, total) if busy else 0,
        "busy": busy,
        # running by the record, but nobody has anything of it in hand: the process was ended
        "state": "interrupted" if job.state == "running" and not busy else job.state,
        "acts": _acts(job, busy, failed),
        "problem": refusals.told(ask.language, problem) if problem else "",
    }


def _held(ask: Ask, job: Job) -> bool:
    """Whether another process that is alive has items of the job in hand."""
    items = ask.studio.job_items(job.id, ask.actor, state="running", limit=1)
    return any(not owner_gone(item.owner) for item in items)


def _acts(job: Job, busy: bool, failed: int) -> list[str]:
    if job.state in OVER:
        return ["retry"] if failed else []
    return ["pause", "cancel"] if busy else ["resume", "cancel"]

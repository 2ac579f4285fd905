"""The jobs page: batches that go on while nobody watches, how far each is, and what failed."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from threading import Event as Flag
from threading import Thread
from typing import Any

import gradio as gr

from studio.errors import StudioError
from studio.review import ROLES
from studio.store import Job, JobItem, Page
from studio.store.jobs import owner_gone
from studio.ui import board, job_plan, refusals
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
    """A form that is never drawn again but when a job began, the plan of what it asks for, and the
    jobs, which are drawn again and again."""
    works = Works()
    nav, start = view("nav"), board.board("start")
    plan, shown = board.board("plan"), board.board("jobs")

    def load(ask: Ask) -> tuple[str, str, str]:
        return ask.nav("/jobs", "nav.jobs"), job_plan.form(ask), _jobs(ask, works)

    def begin(ask: Ask, deed: Deed) -> tuple[Any, Any, str]:
        said, problem = board.attempt(ask, deed, lambda: _start(ask, deed, works))
        kept = gr.skip() if problem else job_plan.form(ask)
        return kept, gr.skip() if problem else "", _jobs(ask, works, said, problem)

    def act(ask: Ask, deed: Deed) -> str:
        if deed.do == "look":
            return _jobs(ask, works)
        return _jobs(ask, works, *board.attempt(ask, deed, lambda: _change(ask, deed, works)))

    demo.load(desk.handler(load), None, [nav, start, shown], **QUIET)
    start.act(desk.doer(job_plan.plan), None, plan, **QUIET)
    plan.act(desk.doer(begin), None, [start, plan, shown], **QUIET)
    shown.act(desk.doer(act), None, shown, **QUIET)


def _start(ask: Ask, deed: Deed, works: Works) -> str:
    job = job_plan.start(ask, deed)
    works.begin(ask, job.id)
    return ask.tr("jobs.started", n=sum(job.counts.values()))


def _change(ask: Ask, deed: Deed, works: Works) -> str:
    """Pause, go on, cancel, try the failed ones again, or make what a sample left."""
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
    elif wanted == "rest":
        works.begin(ask, ask.studio.job_rest(id, ask.actor).id)
    elif wanted == "resume":
        ask.studio.job(id, ask.actor)  # raises for one that there is not
        works.begin(ask, id)
    else:
        raise board.unknown(deed)
    return ask.tr(f"jobs.said.{wanted}")


def _jobs(ask: Ask, works: Works, said: str = "", problem: str = "") -> str:
    """The newest jobs, or the one of the address with its failures."""
    one = ask.query.get("job", "")
    failures: Page[JobItem, int] | None = None
    made: tuple[JobItem, ...] = ()
    newest = ask.studio.jobs(ask.actor)
    try:
        held = (ask.studio.job(one, ask.actor),) if one else newest[:MOST]
        if one:
            after = ask.number("after") or -1
            failures = ask.studio.job_items(
                one, ask.actor, state="failed", after=after, limit=FAILURES
            )
            made = ask.studio.job_items(one, ask.actor, state="done", limit=FAILURES).items
    except StudioError as error:
        held, problem = (), refusals.told(ask.language, error)
    begun = {job.args.get("rest_of") for job in newest}
    cards = [_card(ask, works, job, begun) for job in held]
    return ask.part(
        "jobs",
        cards=cards,
        one=one,
        failures=failures,
        made=made,
        names=ask.channel_names(),
        said=said,
        problem=problem,
        may_make="generate" in ROLES[ask.actor.role],
        again=BUSY if any(card["busy"] for card in cards) else IDLE,
        reason=lambda text: refusals.line(ask.language, text),
    )


def _card(ask: Ask, works: Works, job: Job, begun: Collection[str | None]) -> dict[str, Any]:
    """A job as the page shows it; `begun`: samples whose rest was begun."""
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
        "acts": _acts(job, busy, failed, job.id in begun),
        "of": job.args.get("of", 0),
        "problem": refusals.told(ask.language, problem) if problem else "",
    }


def _held(ask: Ask, job: Job) -> bool:
    """Whether another process that is alive has items of the job in hand."""
    items = ask.studio.job_items(job.id, ask.actor, state="running", limit=1)
    return any(not owner_gone(item.owner) for item in items)


def _acts(job: Job, busy: bool, failed: int, begun: bool) -> list[str]:
    if job.state in OVER:
        rest = bool(job.args.get("of")) and job.state != "cancelled" and not begun
        return ["retry"] * bool(failed) + ["rest"] * rest
    return ["pause", "cancel"] if busy else ["resume", "cancel"]

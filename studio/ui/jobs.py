"""The jobs page: batches that go on while nobody watches, how far each is, and what failed."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.errors import StudioError
from studio.review import ROLES
from studio.store import Job, JobItem, Page
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


class Paces:
    """How fast the jobs go that were seen at work."""

    def __init__(self) -> None:
        self._paces: dict[str, Pace] = {}

    def left(self, job: Job, done: int, total: int) -> int:
        """Seconds that a running job still needs; 0 when that is not known."""
        if job.state != "running":
            self._paces.pop(job.id, None)
            return 0
        return self._paces.setdefault(job.id, Pace(time.monotonic(), done)).left(done, total)


def page(desk: Desk) -> None:
    """A form that is never drawn again but when a job began, the plan of what it asks for, and the
    jobs, which are drawn again and again."""
    paces = Paces()
    nav, start = view("nav"), board.board("start")
    plan, shown = board.board("plan"), board.board("jobs")

    def load(ask: Ask) -> tuple[str, str, str]:
        return ask.nav("/jobs", "nav.jobs"), job_plan.form(ask), _jobs(ask, paces)

    def begin(ask: Ask, deed: Deed) -> tuple[Any, Any, str]:
        said, problem = board.attempt(ask, deed, lambda: _start(ask, deed))
        kept = gr.skip() if problem else job_plan.form(ask)
        return kept, gr.skip() if problem else "", _jobs(ask, paces, said, problem)

    def act(ask: Ask, deed: Deed) -> str:
        if deed.do == "look":
            return _jobs(ask, paces)
        return _jobs(ask, paces, *board.attempt(ask, deed, lambda: _change(ask, deed)))

    desk.opens("/jobs", load, nav, start, shown)
    start.act(desk.doer(job_plan.plan), None, plan, **QUIET)
    plan.act(desk.doer(begin), None, [start, plan, shown], **QUIET)
    shown.act(desk.doer(act), None, shown, **QUIET)


def _start(ask: Ask, deed: Deed) -> str:
    job = job_plan.start(ask, deed)
    ask.studio.begin_job(job.id, ask.actor)
    return ask.tr("jobs.started", n=sum(job.counts.values()))


def _change(ask: Ask, deed: Deed) -> str:
    """Pause, go on, cancel, try the failed ones again, or make what a sample left."""
    id, wanted = deed.fields.get("job", ""), deed.fields.get("act", "")
    studio = ask.studio
    if wanted == "pause":
        studio.pause_job(id, ask.actor)
    elif wanted == "cancel":
        studio.cancel_job(id, ask.actor)
    elif wanted == "retry":
        studio.retry_job(id, ask.actor)
        studio.begin_job(id, ask.actor)
    elif wanted == "rest":
        studio.begin_job(studio.job_rest(id, ask.actor).id, ask.actor)
    elif wanted == "resume":
        studio.begin_job(id, ask.actor)
    else:
        raise board.unknown(deed)
    return ask.tr(f"jobs.said.{wanted}")


def _jobs(ask: Ask, paces: Paces, said: str = "", problem: str = "") -> str:
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
    cards = [_card(ask, paces, job, begun) for job in held]
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


def _card(ask: Ask, paces: Paces, job: Job, begun: Collection[str | None]) -> dict[str, Any]:
    """A job as the page shows it; `begun`: samples whose rest was begun."""
    counts, total = job.counts, sum(job.counts.values())
    failed = counts.get("failed", 0)
    done = counts.get("done", 0) + counts.get("skipped", 0)
    here, problem = ask.studio.job_here(job.id, ask.actor)
    left = not here and ask.studio.interrupted(job.id, ask.actor)
    busy = here or (job.state == "running" and not left)
    return {
        "job": job,
        "total": total,
        "done": done,
        "skipped": counts.get("skipped", 0),
        "failed": failed,
        "left": paces.left(job, done + failed, total) if busy else 0,
        "busy": busy,
        "state": "interrupted" if left else job.state,  # the process was ended
        "acts": _acts(job, busy, failed, job.id in begun),
        "of": job.args.get("of", 0),
        "problem": refusals.told(ask.language, problem) if problem else "",
    }


def _acts(job: Job, busy: bool, failed: int, begun: bool) -> list[str]:
    if job.state in OVER:
        rest = bool(job.args.get("of")) and job.state != "cancelled" and not begun
        return ["retry"] * bool(failed) + ["rest"] * rest
    return ["pause", "cancel"] if busy else ["resume", "cancel"]

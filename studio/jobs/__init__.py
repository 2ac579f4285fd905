"""Runs tasks and hands each finished draft back at once.

The texts of some tasks are written together, because a model answers sixteen prompts in little
more time than one; then each draft is finished and saved at once, so that a kill loses what is in
hand and no more. While drafts are finished, the next texts are written, so that neither the model
nor the processors wait. What is done already is known by its digest, not by this module.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from threading import Event as Flag
from typing import TYPE_CHECKING, NamedTuple, Protocol

from studio.errors import EngineError, SetupError, StudioError
from studio.kit import Kit, Step, Task
from studio.pipeline import make_draft, write_texts

if TYPE_CHECKING:
    from studio.schema import Copy, Draft

Done = Callable[[Task, "Draft", float], None]  # (task, draft, seconds)
Failed = Callable[[Task, StudioError, int], None]  # (task, why, tries)

TRIES = 3
DEATHS = 20  # whoever kills this machine again and again shall not cost items their place
WAITS = (1.0, 4.0)  # seconds before the second and the third try
LATER = (5.0, 60.0)  # the same where other items are made meanwhile
BATCH = 16  # tasks whose texts are written together


def again_in(error: StudioError, tries: int, waits: Sequence[float] = ()) -> float | None:
    """The one rule of trying again: seconds until the next try after `tries` that failed, None
    when there is none. Three tries in all, and never sooner than the server asks for. `waits`:
    before the second and the third try (LATER)."""
    if not error.retryable or tries >= TRIES:
        return None
    return max((waits or LATER)[tries - 1], getattr(error, "retry_after", None) or 0.0)


class Crew(Protocol):
    """Who makes the items of a job: tried once each, for the job knows when to try again."""

    def run(self, tasks: Iterator[Task], done: Done, failed: Failed, cancel: Flag) -> None:
        """See `run`. Takes as many tasks at a time as it can begin, so that others get the rest."""
        ...


@dataclass(frozen=True)
class Here:
    """This process."""

    kit: Kit
    workers: int = 1

    def run(self, tasks: Iterator[Task], done: Done, failed: Failed, cancel: Flag) -> None:
        run(tasks, self.kit, done, failed, workers=self.workers, cancel=cancel, tries=1)


@dataclass(frozen=True)
class _Ended:
    """How one task ended; `seconds` of its last try."""

    task: Task
    draft: Draft | None
    error: StudioError | None
    tries: int
    seconds: float


def run(
    tasks: Iterable[Task],
    kit: Kit,
    done: Done,
    failed: Failed,
    *,
    workers: int = 1,
    on_step: Step | None = None,
    cancel: Flag | None = None,
    tries: int = TRIES,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Make every task; `done` gets (task, draft, seconds), `failed` (task, error, tries). Of texts
    that were written together each has its share of the seconds.

    An item that fails is reported and the rest go on. A missing engine (SetupError) ends the run,
    because every item would fail alike. `workers`: how many are finished side by side, in threads:
    pictures spend their time where Python lets go. `done` and `failed` are called in this thread.
    """
    rest = iter(tasks)
    written = partial(_written, kit=kit, on_step=on_step, cancel=cancel)
    with ThreadPoolExecutor(max(1, workers), "studio-job") as pool, _ahead(cancel) as writer:
        batch = written(list(islice(rest, BATCH)))
        while batch.tasks:
            coming = None
            if None not in batch.texts and _apart(kit):  # a model that failed is not asked
                coming = writer.submit(written, list(islice(rest, BATCH)))
            # a text still to be written keeps the model busy, and one thread at a time asks it
            alone = workers < 2 or len(batch.tasks) == 1
            alone = alone or (None in batch.texts and kit.copy.level != "facts")
            each = [
                partial(_finish, task, text, kit, on_step, cancel, tries, sleep)
                for task, text in zip(batch.tasks, batch.texts, strict=True)
            ]
            for ended in (work() for work in each) if alone else _side_by_side(pool, each):
                if isinstance(ended.error, SetupError):
                    raise ended.error
                if cancel is not None and cancel.is_set() and ended.draft is None:
                    return
                if ended.draft is not None:
                    _save(ended, ended.draft, batch.share, done, failed)
                elif ended.error is not None:
                    failed(ended.task, ended.error, ended.tries)
            batch = coming.result() if coming else written(list(islice(rest, BATCH)))


@contextmanager
def _ahead(cancel: Flag | None) -> Iterator[ThreadPoolExecutor]:
    """One thread that writes texts ahead; it stops where an error ends the run."""
    writer = ThreadPoolExecutor(1, "studio-copy")
    try:
        yield writer
    except BaseException:
        if cancel is not None:
            cancel.set()
        raise
    finally:
        writer.shutdown(cancel_futures=True)


def _apart(kit: Kit) -> bool:
    """Whether finishing a draft leaves the copy engine alone, and the device that it is on."""
    return kit.copy.level != "facts" and kit.judge is None and kit.scene.ai == "none"


def _side_by_side(
    pool: ThreadPoolExecutor, each: Sequence[Callable[[], _Ended]]
) -> Iterator[_Ended]:
    """The ends as they come; what has not begun when this is closed never begins."""
    waiting = [pool.submit(work) for work in each]
    try:
        for future in as_completed(waiting):
            yield future.result()
    finally:
        for future in waiting:
            future.cancel()


def _save(
    ended: _Ended,
    draft: Draft,
    share: float,
    done: Done,
    failed: Failed,
) -> None:
    """A draft that the store refuses (somebody edited meanwhile) is a failure of its own."""
    try:
        done(ended.task, draft, ended.seconds + share)
    except StudioError as error:
        failed(ended.task, error, ended.tries)


def _finish(
    task: Task,
    text: Copy | None,
    kit: Kit,
    on_step: Step | None,
    cancel: Flag | None,
    tries: int,
    sleep: Callable[[float], object],
) -> _Ended:
    """Tried until it is made, or until its error says that another try is of no use."""
    for attempt in range(1, tries + 1):
        begun = time.perf_counter()
        if cancel is not None and cancel.is_set():
            return _Ended(task, None, None, attempt, 0.0)
        try:
            draft = make_draft(task, kit, text=text, on_step=on_step, cancel=cancel)
            return _Ended(task, draft, None, attempt, time.perf_counter() - begun)
        except StudioError as error:
            wait = again_in(error, attempt, WAITS)
            if wait is None or attempt == tries:
                return _Ended(task, None, error, attempt, time.perf_counter() - begun)
            sleep(wait)
    raise AssertionError("the last try returns")


class _Batch(NamedTuple):
    """Tasks with their texts, and the seconds that each text took."""

    tasks: Sequence[Task]
    texts: Sequence[Copy | None]
    share: float


def _written(
    tasks: Sequence[Task], *, kit: Kit, on_step: Step | None, cancel: Flag | None
) -> _Batch:
    begun = time.perf_counter()
    texts = _texts(tasks, kit, on_step, cancel) if tasks else ()
    return _Batch(tasks, texts, (time.perf_counter() - begun) / max(1, len(tasks)))


def _texts(
    chunk: Sequence[Task], kit: Kit, on_step: Step | None, cancel: Flag | None
) -> Sequence[Copy | None]:
    """The texts of a chunk; None for one that stands alone (its words can then be seen as they
    come) and for all of a batch that failed (each is then tried alone)."""
    nothing: list[Copy | None] = [None] * len(chunk)
    if len(chunk) == 1 or kit.copy.level == "facts":
        return nothing
    if on_step:
        on_step("copy", "")
    try:
        return write_texts(chunk, kit, cancel=cancel)
    except EngineError:
        return nothing

"""Runs tasks and hands each finished draft back at once.

The texts of some tasks are written together, because a model answers sixteen prompts in little
more time than one; then each draft is finished and saved before the next, so that a kill loses
what is in hand and no more. What is done already is known by its digest, not by this module.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from threading import Event as Flag
from typing import TYPE_CHECKING

from studio.errors import EngineError, SetupError, StudioError
from studio.pipeline import Kit, Step, Task, make_draft, write_texts

if TYPE_CHECKING:
    from studio.schema import Copy, Draft

TRIES = 3
WAITS = (1.0, 4.0)  # seconds before the second and the third try
BATCH = 16  # tasks whose texts are written together


def run(
    tasks: Iterable[Task],
    kit: Kit,
    *,
    done: Callable[[Task, Draft, float], None],
    failed: Callable[[Task, StudioError, int], None],
    on_step: Step | None = None,
    cancel: Flag | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Make every task; `done` gets (task, draft, seconds), `failed` (task, error, tries).

    An item that fails is reported and the rest go on. A missing engine (SetupError) ends the run,
    because every item would fail alike.
    """
    for task, text in _written(tasks, kit, on_step, cancel):
        if cancel is not None and cancel.is_set():
            return
        begun = time.perf_counter()
        for attempt in range(1, TRIES + 1):
            try:
                draft = make_draft(task, kit, text=text, on_step=on_step, cancel=cancel)
                done(task, draft, time.perf_counter() - begun)
            except SetupError:
                raise
            except StudioError as error:
                if cancel is not None and cancel.is_set():
                    return
                if error.retryable and attempt < TRIES:
                    sleep(getattr(error, "retry_after", None) or WAITS[attempt - 1])
                    continue
                failed(task, error, attempt)
            break


def _written(
    tasks: Iterable[Task], kit: Kit, on_step: Step | None, cancel: Flag | None
) -> Iterator[tuple[Task, Copy | None]]:
    """Each task with its text; without one when it stands alone, and then its words can be seen
    as they come, or when its batch failed, and then it is tried alone."""
    rest = iter(tasks)
    while chunk := list(islice(rest, BATCH)):
        yield from zip(chunk, _texts(chunk, kit, on_step, cancel), strict=True)


def _texts(
    chunk: Sequence[Task], kit: Kit, on_step: Step | None, cancel: Flag | None
) -> Sequence[Copy | None]:
    nothing: list[Copy | None] = [None] * len(chunk)
    if len(chunk) == 1 or kit.copy.level == "facts":
        return nothing
    if on_step:
        on_step("copy", "")
    try:
        return write_texts(chunk, kit, cancel=cancel)
    except EngineError:
        return nothing

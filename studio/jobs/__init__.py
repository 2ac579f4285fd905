"""Runs tasks one after the other and hands each finished draft back at once.

The driver's `done` saves an item before the next begins, so a kill loses the item in hand and no
more. What is done already is known by its digest, not by this module.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from threading import Event as Flag
from typing import TYPE_CHECKING

from studio.errors import SetupError, StudioError
from studio.pipeline import Kit, Step, Task, make_draft

if TYPE_CHECKING:
    from studio.schema import Draft

TRIES = 3
WAITS = (1.0, 4.0)  # seconds before the second and the third try


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
    for task in tasks:
        if cancel is not None and cancel.is_set():
            return
        begun = time.perf_counter()
        for attempt in range(1, TRIES + 1):
            try:
                draft = make_draft(task, kit, on_step=on_step, cancel=cancel)
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

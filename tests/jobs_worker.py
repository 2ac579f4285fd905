"""A process that works on a job and stops itself at an instant: killed, or frozen until it is.

python tests/jobs_worker.py FOLDER DATABASE JOB INSTANT   -> "made LISTING REASON" for each item
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from pathlib import Path
from typing import Any

from trust_making import MEI, studio_in

from studio.service import Studio

# instant -> (method of the store, at which of its calls, after it has worked?, signal)
INSTANTS = {
    "claimed": ("claim_items", 2, True, signal.SIGKILL),
    "made": ("save_item", 5, False, signal.SIGKILL),
    "saved": ("save_item", 5, True, signal.SIGKILL),
    "frozen": ("save_item", 5, True, signal.SIGSTOP),
}


def stopping(studio: Studio, instant: str) -> None:
    """From now on this process stops itself there."""
    name, at, after, number = INSTANTS[instant]
    whole, calls = getattr(studio.store, name), itertools.count(1)

    def method(*args: Any, **more: Any) -> Any:
        here = next(calls) == at
        if here and not after:
            os.kill(os.getpid(), number)
        result = whole(*args, **more)
        if here and after:
            os.kill(os.getpid(), number)
        return result

    setattr(studio.store, name, method)


if __name__ == "__main__":
    folder, database, job, instant = sys.argv[1:]
    made = studio_in(Path(folder), database)
    if instant:
        stopping(made, instant)
    made.work_job(job, MEI, on_item=lambda key, why: print(f"made {key} {why}", flush=True))

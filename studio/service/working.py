"""Jobs that this process works on while it does other things: the server's, each in a thread."""

from __future__ import annotations

from functools import cached_property
from threading import Event as Flag
from threading import Lock, Thread

from studio import review
from studio.errors import StudioError
from studio.schema import Actor
from studio.service.batches import Batches
from studio.store import Job


class Working(Batches):
    """Begun by one who may, they go on when he has gone."""

    _beginning = Lock()

    @cached_property
    def _at_work(self) -> dict[str, tuple[Flag, Thread]]:
        return {}

    @cached_property
    def _problems(self) -> dict[str, StudioError]:
        return {}

    def begin_job(self, id: str, actor: Actor) -> Job:
        """Works on a job until it ends or is stopped; once, however often it is asked for.

        Raises NotFoundError.
        """
        review.permit(actor, "generate")
        job, flag = self.store.job(id), Flag()
        with self._beginning:
            stopped, before = self._at_work.get(id, (None, None))
            if stopped is None or stopped.is_set():
                self._problems.pop(id, None)
                args = (id, actor, flag, before)
                thread = Thread(target=self._work, args=args, daemon=True, name=f"job {id}")
                self._at_work[id] = flag, thread
                thread.start()
        return job

    def _work(self, id: str, actor: Actor, flag: Flag, before: Thread | None) -> None:
        if before is not None:  # it was told to stop a moment ago
            before.join()
        try:
            self.work_job(id, actor, cancel=flag)
        except StudioError as error:  # an engine is missing: it is told, and the job can go on
            self._problems[id] = error
            super().pause_job(id, actor)
        finally:
            with self._beginning:
                if self._at_work[id][0] is flag:
                    del self._at_work[id]

    def pause_job(self, id: str, actor: Actor) -> Job:
        """Stop, here at once: the item in hand is dropped, what is finished stays."""
        review.permit(actor, "generate")
        self._stop(id)
        return super().pause_job(id, actor)

    def cancel_job(self, id: str, actor: Actor) -> Job:
        """Stop for good; what is finished stays."""
        job = super().cancel_job(id, actor)
        self._stop(id)
        return job

    def _stop(self, id: str) -> None:
        if held := self._at_work.get(id):
            held[0].set()

    def job_here(self, id: str, actor: Actor) -> tuple[bool, StudioError | None]:
        """Whether this process works on the job, and what stopped it when it last did."""
        review.permit(actor, "read")
        return id in self._at_work, self._problems.get(id)

"""Jobs that this process works on while it does other things: the server's, each in a thread."""

from __future__ import annotations

from functools import cached_property
from threading import Event as Flag
from threading import Thread

from studio import review
from studio.errors import StudioError
from studio.schema import Actor
from studio.service.batches import Batches
from studio.store import Job


class Working(Batches):
    """Begun by one who may, they go on when he has gone."""

    @cached_property
    def _flags(self) -> dict[str, Flag]:
        return {}

    @cached_property
    def _problems(self) -> dict[str, StudioError]:
        return {}

    def begin_job(self, id: str, actor: Actor) -> Job:
        """Works on a job until it ends or is stopped; once, however often it is asked for.

        Raises NotFoundError.
        """
        review.permit(actor, "generate")
        job = self.store.job(id)
        flag = Flag()
        if self._flags.setdefault(id, flag) is flag:  # of two who ask at once, one begins it
            self._problems.pop(id, None)
            args = (id, actor, flag)
            Thread(target=self._work, args=args, daemon=True, name=f"job {id}").start()
        return job

    def _work(self, id: str, actor: Actor, flag: Flag) -> None:
        try:
            self.work_job(id, actor, cancel=flag)
        except StudioError as error:  # an engine is missing: it is told, and the job can go on
            self._problems[id] = error
            super().pause_job(id, actor)
        finally:
            del self._flags[id]

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
        if flag := self._flags.get(id):
            flag.set()

    def job_here(self, id: str, actor: Actor) -> tuple[bool, StudioError | None]:
        """Whether this process works on the job, and what stopped it when it last did."""
        review.permit(actor, "read")
        return id in self._flags, self._problems.get(id)

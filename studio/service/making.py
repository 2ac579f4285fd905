"""Products into listings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event as Flag

from studio import jobs, review
from studio.errors import StudioError
from studio.kit import Step, Task
from studio.schema import Actor, Draft, Noun
from studio.service.base import Base


class Failed(Noun):
    """An item that could not be made, and why."""

    listing: str
    reason: str
    tries: int


class Made(Noun):
    """The report of a generation: what was made, what was up to date already, what failed."""

    made: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    failed: tuple[Failed, ...] = ()


class Making(Base):
    """Making what was planned."""

    def generate(
        self,
        tasks: Sequence[Task],
        actor: Actor,
        *,
        on_item: Callable[[str, str], None] | None = None,
        on_step: Step | None = None,
        cancel: Flag | None = None,
        replace: bool = False,
    ) -> Made:
        """Make and save each task; `on_item` gets (listing, reason of failure or "").

        What a person wrote, submitted or approved is not made anew (it counts as failed, with that
        reason), unless `replace` says that it was asked for.
        """
        review.permit(actor, "generate")
        made: list[str] = []
        revisions = {
            held.id: held.revision
            for product in {task.product.id for task in tasks if replace}
            for held in self.store.listings(product=product, limit=200)
        }
        failures: list[Failed] = []
        tell = on_item or (lambda listing, reason: None)

        def done(task: Task, draft: Draft, seconds: float) -> None:
            seen = revisions.get(listing_id(task), 0) if replace else None
            made.append(self.store.save_draft(draft, actor, revision=seen).id)
            tell(made[-1], "")

        def failed(task: Task, error: StudioError, tries: int) -> None:
            failures.append(Failed(listing=listing_id(task), reason=str(error), tries=tries))
            tell(listing_id(task), str(error))

        jobs.run(
            tasks,
            self.kit,
            done=done,
            failed=failed,
            workers=self.workers,
            on_step=on_step,
            cancel=cancel,
        )
        place = {listing_id(task): number for number, task in enumerate(tasks)}
        return Made(
            made=tuple(sorted(made, key=place.__getitem__)),
            failed=tuple(sorted(failures, key=lambda one: place[one.listing])),
        )


def listing_id(task: Task) -> str:
    """ "<product>/<channel>/<locale>"."""
    return f"{task.product.id}/{task.brief.channel}/{task.brief.locale}"

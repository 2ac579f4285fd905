"""Products into listings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from threading import Event as Flag
from typing import Any

from studio import jobs, review
from studio.errors import NotFoundError, StudioError
from studio.pipeline import Step, Task, digest
from studio.schema import Actor, Brief, Draft, Noun
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
    """What is to be made, and making it."""

    def plan(
        self,
        actor: Actor,
        *,
        channel: str,
        locale: str = "",
        ids: Iterable[str] | None = None,
        force: bool = False,
        **wishes: Any,
    ) -> tuple[list[Task], list[str]]:
        """The tasks that must be made, and the listings that are up to date already.

        Without a locale each product is written in its own. `wishes` are further fields of Brief.
        """
        review.permit(actor, "generate")
        if channel not in self.kit.channels:
            raise NotFoundError.of("channel", channel, self.kit.channels)
        chosen = self.store.all_products() if ids is None else map(self.store.product, ids)
        tasks = [
            Task(p, Brief(channel=channel, locale=locale or p.locale, **wishes)) for p in chosen
        ]
        held = self.store.listing_digests(map(listing_id, tasks))
        todo, fresh = [], []
        for task in tasks:
            if not force and held.get(listing_id(task)) == digest(task, self.kit):
                fresh.append(listing_id(task))
            else:
                todo.append(task)
        return todo, fresh

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

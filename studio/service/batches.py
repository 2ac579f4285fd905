"""Jobs: a batch that goes on where it stopped, whatever stopped it.

The items are listings; the digest of their inputs says what is done, the store remembers who has
what in hand. An item is saved and then ticked off, so a kill between the two makes it once more,
which the store takes for the same draft.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event as Flag
from typing import Any

from studio import jobs, review
from studio.errors import InputError, StudioError
from studio.pipeline import Task, digest
from studio.schema import Actor, Brief, Draft
from studio.service.making import Making, listing_id
from studio.store import Job, JobItem, Page
from studio.store.jobs import owner_name

KIND = "generate"


class Batches(Making):
    """Jobs over whole catalogs."""

    def start_job(
        self, actor: Actor, *, channel: str, limit: int | None = None, **wishes: Any
    ) -> Job:
        """A new job for all listings of a channel that are not up to date. Nothing is made yet."""
        tasks, _ = self.plan(actor, channel=channel, **wishes)
        if not tasks[:limit]:
            raise InputError(
                f"every listing on {channel} is up to date",
                hint="studio generate --force makes anew",
            )
        items = [(listing_id(t), digest(t, self.kit)) for t in tasks[:limit]]
        return self.store.create_job(KIND, {"channel": channel, **wishes}, items, actor)

    def work_job(
        self,
        id: str,
        actor: Actor,
        *,
        on_item: Callable[[str, str], None] | None = None,
        cancel: Flag | None = None,
    ) -> Job:
        """Make what is left of a job in this process, until it is done, paused or cancelled."""
        review.permit(actor, "generate")
        self.store.release_items(id)
        if self.store.job(id).state != "running":
            self.store.set_job_state(id, "running", actor)
        owner = owner_name()
        tell = on_item or (lambda listing, reason: None)
        while not (cancel is not None and cancel.is_set()):
            items = self.store.claim_items(id, owner, limit=jobs.BATCH)
            if not items:
                return self._ended(id, actor)
            self._work_items(id, items, actor, tell, cancel)
        self.store.release_items(id, gone=lambda name: name == owner)
        job = self.store.job(id)
        return self.store.set_job_state(id, "paused", actor) if job.state == "running" else job

    def _work_items(
        self,
        id: str,
        items: Sequence[JobItem],
        actor: Actor,
        tell: Callable[[str, str], None],
        cancel: Flag | None,
    ) -> None:
        """Make the claimed items together, and tick each off as it ends."""
        args = self.store.job(id).args
        tasks: list[Task] = []
        for item in items:
            # The one place that takes any error of an item for a row: a job goes on.
            try:
                task = self._task(item.key, args)
                if self.store.listing_digest(item.key) == digest(task, self.kit):
                    self.store.finish_item(id, item.key, skipped="up to date")
                    tell(item.key, "")
                else:
                    tasks.append(task)
            except StudioError as error:
                self.store.fail_item(id, item.key, str(error))
                tell(item.key, str(error))

        def done(task: Task, draft: Draft, seconds: float) -> None:
            self.store.save_draft(draft, actor)
            self.store.finish_item(id, listing_id(task), digest=draft.digest, seconds=seconds)
            tell(listing_id(task), "")

        def failed(task: Task, error: StudioError, tries: int) -> None:
            self.store.fail_item(id, listing_id(task), str(error))
            tell(listing_id(task), str(error))

        jobs.run(tasks, self.kit, done=done, failed=failed, workers=self.workers, cancel=cancel)

    def _task(self, key: str, args: dict[str, Any]) -> Task:
        """The task of an item: its facts are today's, its wishes the job's."""
        product, channel, locale = key.rsplit("/", 2)
        wishes = {k: v for k, v in args.items() if k not in ("channel", "locale")}
        brief = Brief(channel=channel, locale=locale, **wishes)
        return Task(self.store.product(product), brief)

    def _ended(self, id: str, actor: Actor) -> Job:
        job = self.store.job(id)
        if job.state == "running" and not (job.counts.get("pending") or job.counts.get("running")):
            failed = bool(job.counts.get("failed"))
            return self.store.set_job_state(id, "failed" if failed else "done", actor)
        return job

    def retry_job(self, id: str, actor: Actor) -> int:
        """Make failed items pending again; returns how many."""
        review.permit(actor, "generate")
        return self.store.retry_items(id)

    def pause_job(self, id: str, actor: Actor) -> Job:
        """Stop after the item in hand."""
        review.permit(actor, "generate")
        return self.store.set_job_state(id, "paused", actor)

    def cancel_job(self, id: str, actor: Actor) -> Job:
        """Stop for good; what is finished stays."""
        review.permit(actor, "generate")
        return self.store.set_job_state(id, "cancelled", actor)

    def job(self, id: str, actor: Actor) -> Job:
        review.permit(actor, "read")
        return self.store.job(id)

    def jobs(self, actor: Actor, *, limit: int = 50) -> tuple[Job, ...]:
        """The newest first."""
        review.permit(actor, "read")
        return self.store.jobs(limit=limit)

    def job_items(
        self, id: str, actor: Actor, *, state: str = "", after: int = -1, limit: int = 50
    ) -> Page[JobItem, int]:
        review.permit(actor, "read")
        return self.store.job_items(id, state=state, after=after, limit=limit)

"""Jobs: a batch that goes on where it stopped, whatever stopped it.

The items are listings; the digest of their inputs says what is done, the store remembers who has
what in hand. An item is saved and ticked off in one transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, islice
from threading import Event as Flag
from threading import Thread
from typing import Any

from studio import jobs, review
from studio.errors import InputError, StudioError
from studio.kit import Task, digest
from studio.schema import Actor, Brief, Draft, Product
from studio.service import kits
from studio.service.making import listing_id
from studio.service.planning import Planning
from studio.store import Filter, Job, JobItem, Page
from studio.store.jobs import LEASE, owner_name

KIND = "generate"
LOOK = 2.0  # seconds between looks at items that wait, so that a pause is seen soon
IDLE = 15.0  # seconds without anybody at work after which watching ends
GAP = 0.3  # seconds: more than lie between two claims of a process, which then has nothing in hand
RUNNERS = ("local", "ray")


class Batches(Planning):
    """Jobs over whole catalogs."""

    def start_job(
        self,
        actor: Actor,
        *,
        channel: str,
        limit: int | None = None,
        sample: int = 0,
        wanted: Filter | None = None,
        rest_of: str = "",
        **wishes: Any,
    ) -> Job:
        """A new job for the listings of a channel that are not up to date. Nothing is made yet.

        `sample`: only so many of them, spread over the catalog; `job_rest` does the others.
        `wanted`: only what the catalog's filter lets through. All this stands in the job's `args`:
        for a sample also `of`, how many it was drawn from.
        """
        looks = self.looked(actor, channel=channel, wanted=wanted, **wishes)
        first = next(looks, None)
        if first is None:
            raise InputError("no product is asked for", hint="import a catalog, or ask for others")
        todo = ((listing_id(one.task), one.digest) for one in chain((first,), looks) if one.why)
        items = list(islice(todo, limit))
        if not items:
            raise InputError(
                f"every listing on {channel} is up to date",
                hint="studio generate --force makes anew",
            )
        args: dict[str, Any] = {"channel": channel, **wishes}
        if wanted is not None:
            args["wanted"] = wanted.model_dump(mode="json", exclude_defaults=True)
        if rest_of:
            args["rest_of"] = rest_of
        if 0 < sample < len(items):
            args |= {"of": len(items), "limit": limit}
            items = [items[n * len(items) // sample] for n in range(sample)]
        return self.store.create_job(KIND, args, items, actor)

    def job_rest(self, id: str, actor: Actor) -> Job:
        """A new job with the wishes of that one, for all that is still to be made."""
        review.permit(actor, "generate")
        job = self.store.job(id)
        args = {k: v for k, v in job.args.items() if k != "rest_of"}
        of, limit = args.pop("of", 0), args.pop("limit", None)
        if limit is not None:  # what the sample has made no longer counts
            limit = of - job.counts.get("done", 0)
        wanted = Filter.model_validate(args.pop("wanted", {}))
        return self.start_job(actor, wanted=wanted, limit=limit, rest_of=id, **args)

    def work_job(
        self,
        id: str,
        actor: Actor,
        *,
        on_item: Callable[[str, str], None] | None = None,
        cancel: Flag | None = None,
        runner: str = "local",
    ) -> Job:
        """Make what is left of a job, until it is done, paused or cancelled.

        `runner`: "local" works in this process, "ray" on the machines of a cluster; this process
        alone writes. What failed and may be tried again waits its time while others are made. The
        last of several processes stays until the others have ended or died, and makes what a dead
        one had in hand. Who pauses or cancels it anywhere stops it here: an item that is not
        finished is dropped.
        """
        review.permit(actor, "generate")
        if runner not in RUNNERS:
            raise InputError(f"no runner named {runner!r}", hint=f"known: {', '.join(RUNNERS)}")
        self.store.release_items(id)
        if self.store.job(id).state != "running":
            self.store.set_job_state(id, "running", actor)
        owner = owner_name()
        tell = on_item or (lambda listing, reason: None)
        stop = cancel or Flag()
        try:
            with self._held(id, owner, stop), self._crew(runner) as crew:
                while not stop.is_set():
                    self._work_items(id, owner, actor, tell, stop, crew)
                    if not self._waited(id, stop):
                        return self._ended(id, actor)
        except StudioError:
            self.store.release_items(id, gone=lambda name: name == owner)
            if not (now := self.store.job(id)).counts.get("running") and now.state == "running":
                self.store.set_job_state(id, "paused", actor)  # nobody else works on it
            raise
        finally:
            self.store.release_items(id, gone=lambda name: name == owner)
        job = self.store.job(id)
        return self.store.set_job_state(id, "paused", actor) if job.state == "running" else job

    @contextmanager
    def _held(self, id: str, owner: str, stop: Flag) -> Iterator[None]:
        """Items in hand stay ours for as long as this process lives, however long one takes; `stop`
        is set when somebody has paused or cancelled the job."""
        over = Flag()

        def look() -> None:
            renewed = time.monotonic()
            while not over.wait(min(LOOK, LEASE / 4)):
                # A database that is busy for a moment is no reason to give up a lease.
                with suppress(StudioError):
                    if self.store.job_state(id) in ("paused", "cancelled"):
                        stop.set()
                    if time.monotonic() - renewed > LEASE / 4:
                        self.store.renew_items(id, owner)
                        renewed = time.monotonic()

        beat = Thread(target=look, name="studio-job-lease", daemon=True)
        beat.start()
        try:
            yield
        finally:
            over.set()
            beat.join()

    @contextmanager
    def _crew(self, runner: str) -> Iterator[jobs.Crew]:
        if runner == "local":
            yield jobs.Here(self.kit, self.workers)
            return
        from studio.jobs import cluster

        build = kits.for_worker(self._with_secrets())
        with cluster.crew(self.kit, build, self.media.get) as crew:
            yield crew

    def _waited(self, id: str, stop: Flag) -> bool:
        """Waits a moment for items whose time has not come, and for those that others have in hand,
        who may die; False when none is left."""
        self.store.release_items(id)
        wait, job = self.store.due_in(id), self.store.job(id)
        if job.state != "running" or (wait is None and not job.counts.get("running")):
            return False
        stop.wait(LOOK if wait is None else min(wait, LOOK))
        return True

    def _work_items(
        self,
        id: str,
        owner: str,
        actor: Actor,
        tell: Callable[[str, str], None],
        stop: Flag,
        crew: jobs.Crew,
    ) -> None:
        """Make what may begin now, claimed as the crew asks for it, and tick off what ends."""
        tried: dict[str, int] = {}

        def done(task: Task, draft: Draft, seconds: float) -> None:
            key = listing_id(task)
            self.store.save_item(id, draft, actor, seconds=seconds)
            del tried[key]
            tell(key, "")

        def failed(task: Task, error: StudioError, tries: int) -> None:
            key = listing_id(task)
            again = jobs.again_in(error, tried.pop(key))
            self.store.fail_item(id, key, str(error), again_in=again)
            if again is None:
                tell(key, str(error))

        crew.run(self._claimed(id, owner, tell, stop, tried), done, failed, stop)

    def _claimed(
        self,
        id: str,
        owner: str,
        tell: Callable[[str, str], None],
        stop: Flag,
        tried: dict[str, int],
    ) -> Iterator[Task]:
        """The tasks of claimed items; `tried`: how often each was, this time included."""
        args = self.store.job(id).args
        while not stop.is_set() and (items := self.store.claim_items(id, owner, limit=jobs.BATCH)):
            made_from = self.store.listing_digests(item.key for item in items)
            products = self.store.products_by_id(item.key.rsplit("/", 2)[0] for item in items)
            for item in items:
                # The one place that takes any error of an item for a row: a job goes on.
                try:
                    task = self._task(item.key, args, products)
                    made = made_from.get(item.key, "") == digest(task, self.kit)
                    if made and not args.get("force"):
                        self.store.finish_item(id, item.key, skipped="up to date")
                        tell(item.key, "")
                        continue
                    if item.deaths >= jobs.DEATHS:
                        raise StudioError(
                            f"whoever made this stopped, {item.deaths} times",
                            hint="look at its photos and texts; studio job retry tries it again",
                        )
                except StudioError as error:
                    self.store.fail_item(id, item.key, str(error))
                    tell(item.key, str(error))
                    continue
                tried[item.key] = item.tries
                yield task

    def _task(self, key: str, args: dict[str, Any], products: dict[str, Product]) -> Task:
        """The task of an item: its facts are today's, its wishes the job's."""
        product, channel, locale = key.rsplit("/", 2)
        wishes = {k: v for k, v in args.items() if k in Brief.model_fields and k != "locale"}
        brief = Brief(locale=locale, **{**wishes, "channel": channel})
        return Task(products.get(product) or self.store.product(product), brief)

    def _ended(self, id: str, actor: Actor) -> Job:
        job = self.store.job(id)
        if job.state == "running" and not (job.counts.get("pending") or job.counts.get("running")):
            failed = bool(job.counts.get("failed"))
            return self.store.set_job_state(id, "failed" if failed else "done", actor)
        return job

    def watch_job(self, id: str, actor: Actor, *, every: float = 1.0) -> Iterator[Job]:
        """The job as it stands, again and again until it ends or stops, or nobody has worked on it
        for `IDLE` seconds: whoever did was killed."""
        seen = time.monotonic()
        while True:
            job = self.job(id, actor)
            yield job
            if self.store.at_work(id):
                seen = time.monotonic()
            if job.state not in ("waiting", "running") or time.monotonic() - seen > IDLE:
                return
            time.sleep(every)

    def interrupted(self, id: str, actor: Actor) -> bool:
        """Whether a job that began has nobody who works on it: `studio job resume` goes on."""
        review.permit(actor, "read")
        if self._idle(id):
            time.sleep(GAP)
            return self._idle(id)
        return False

    def _idle(self, id: str) -> bool:
        return self.store.job_state(id) == "running" and not self.store.at_work(id)

    def retry_job(self, id: str, actor: Actor) -> int:
        """Make failed items pending again; returns how many."""
        review.permit(actor, "generate")
        return self.store.retry_items(id)

    def pause_job(self, id: str, actor: Actor) -> Job:
        """Stop, within seconds; an item that is not finished is dropped, what is finished stays."""
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

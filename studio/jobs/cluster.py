"""The items of a job made by a Ray cluster: actors hold a kit and make drafts, and that is all.

They read no database and write nothing: tasks, photos and masks come to them, drafts go back, and
the process that works on the job saves each batch when it is back. A machine that is lost costs
what it had in hand, which is made again; what was saved stays.
"""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import islice
from threading import Event as Flag
from typing import TYPE_CHECKING, Any

from studio.errors import EngineError, SetupError, StudioError
from studio.jobs import BATCH, Done, Failed, run
from studio.kit import Kit, Task, digest

if TYPE_CHECKING:
    from studio.schema import Draft

Files = Mapping[str, bytes]  # by the sha256 of the photo
Build = Callable[[Callable[[str], bytes]], Kit]
DEPTH = 2  # batches of an actor, so that it never waits for the next one
LOOK = 1.0  # seconds between looks at a stop that is asked for
WAIT = 300.0  # seconds for any worker to begin: it loads Studio, maybe over a network


class Worker:
    """One of them, on any machine. `build` makes its kit of the photos that came with a batch; the
    masks that people have mended for some of them came along."""

    def __init__(self, build: Build) -> None:
        self.photos: Files = {}
        self.masks: Files = {}
        self.kit = build(lambda photo: self.photos[photo])
        self.kit.mask = lambda photo: self.masks.get(photo, b"")

    def make(
        self, tasks: Sequence[Task], photos: Files, masks: Files
    ) -> list[tuple[int, Draft | StudioError, float]]:
        """(number of the task, its draft or why there is none, seconds) of each."""
        self.photos, self.masks = photos, masks
        number = {id(task): at for at, task in enumerate(tasks)}
        ended: list[tuple[int, Draft | StudioError, float]] = []
        run(
            tasks,
            self.kit,
            done=lambda task, draft, seconds: ended.append((number[id(task)], draft, seconds)),
            failed=lambda task, error, _: ended.append((number[id(task)], error, 0.0)),
            tries=1,
        )
        return ended


@dataclass
class Cluster:
    """Workers that are fed all the time. Use `crew` to have one.

    `coming`: those that have not begun, by the answer that tells when they have. One that is
    lost is asked for anew and left out until it is there, which may be never: the others go on.
    """

    kit: Kit
    photo: Callable[[str], bytes]
    new: Callable[[], Any]
    coming: dict[Any, Any] = field(default_factory=dict)
    here: list[Any] = field(default_factory=list)

    def call(self) -> None:
        """Ask for one more worker."""
        worker = self.new()
        self.coming[worker.make.remote((), {}, {})] = worker

    def run(self, tasks: Iterator[Task], done: Done, failed: Failed, cancel: Flag) -> None:
        """See `jobs.run`. A batch whose machine is lost fails in a way that is tried again.

        Raises SetupError when no machine has work in hand or begins within `WAIT` seconds.
        """
        import ray

        under_way: dict[Any, tuple[Any, Sequence[Task]]] = {}
        last, more = time.monotonic(), True
        while not cancel.is_set():
            more = more and self._feed(tasks, under_way)
            if not (more or under_way):
                return
            ready, _ = ray.wait([*under_way, *self.coming], num_returns=1, timeout=LOOK)
            for reference in ready:
                if reference in under_way:
                    self._take(reference, *under_way.pop(reference), done, failed)
                else:
                    self._greet(reference)
            if self.here:
                last = time.monotonic()
            elif time.monotonic() - last > WAIT:
                raise SetupError(
                    f"no machine of the cluster began to work within {WAIT:.0f} seconds",
                    hint="ray status tells which are there; then: studio job resume",
                )
        for reference in under_way:
            ray.cancel(reference)

    def _feed(self, tasks: Iterator[Task], under_way: dict[Any, Any]) -> bool:
        """Each worker that is here has `DEPTH` batches, the idle ones first; False when there is
        nothing left to give."""
        busy = Counter(id(worker) for worker, _ in under_way.values())
        for depth in range(DEPTH):
            for worker in self.here:
                if busy[id(worker)] == depth:
                    if not (chunk := list(islice(tasks, BATCH))):
                        return False
                    files = self.photos(chunk), self.masks(chunk)
                    under_way[worker.make.remote(chunk, *files)] = worker, chunk
                    busy[id(worker)] += 1
        return True

    def _greet(self, reference: Any) -> None:
        """A worker has begun, or never will."""
        import ray

        worker = self.coming.pop(reference)
        try:
            ray.get(reference)
        except ray.exceptions.RayActorError as error:
            if error.actor_init_failed:  # it would on every machine
                raise EngineError(f"a worker of the cluster can not begin: {error}") from error
            self.call()
        else:
            self.here.append(worker)

    def _take(
        self, reference: Any, worker: Any, chunk: Sequence[Task], done: Done, failed: Failed
    ) -> None:
        """What a worker made of a batch."""
        import ray

        try:
            ended = ray.get(reference)
        except ray.exceptions.RayActorError:
            if worker in self.here:  # its other batch may have told already
                self.here.remove(worker)
                self.call()
            lost = EngineError("the machine that made this was lost", retryable=True)
            ended = [(number, lost, 0.0) for number in range(len(chunk))]
        except ray.exceptions.RayTaskError as error:
            raise _cause(error) from error
        for number, made, seconds in ended:
            self._save(chunk[number], made, seconds, done, failed)

    def _save(
        self,
        task: Task,
        made: Draft | StudioError,
        seconds: float,
        done: Done,
        failed: Failed,
    ) -> None:
        try:
            if isinstance(made, StudioError):
                raise made
            if made.digest != digest(task, self.kit):
                raise SetupError(
                    "a machine of the cluster has other prompts, rules, models or another Studio",
                    hint="install the same version there, with the same folders of settings",
                )
            done(task, made, seconds)
        except SetupError:
            raise
        except StudioError as error:
            failed(task, error, 1)

    def photos(self, tasks: Sequence[Task]) -> Files:
        """The photos of a batch."""
        return {sha: self.photo(sha) for sha in _photos(tasks)}

    def masks(self, tasks: Sequence[Task]) -> Files:
        """The mended masks of a batch."""
        return {sha: mask for sha in _photos(tasks) if (mask := self.kit.mask(sha))}


def _photos(tasks: Sequence[Task]) -> set[str]:
    """The sha256 of the photos of which the tasks' pictures are made."""
    return {
        photo.sha256
        for task in tasks
        if task.brief.pictures
        for photos in (task.product.photos, *(v.photos for v in task.product.variants))
        for photo in photos
        if photo.sha256
    }


@contextmanager
def crew(kit: Kit, build: Build, photo: Callable[[str], bytes]) -> Iterator[Cluster]:
    """A worker on each GPU of the cluster, or on each machine where there is none.

    The cluster is the one of RAY_ADDRESS. Raises SetupError when ray is not installed, or its
    token is not asked for: whoever reaches a cluster without one runs any program on it.
    """
    if find_spec("ray") is None:
        raise SetupError("ray is not installed", hint='pip install "studio[ray]"')
    if os.environ.get("RAY_AUTH_MODE") != "token":
        raise SetupError(
            "the cluster would take orders from anybody who reaches it",
            hint="set RAY_AUTH_MODE=token here and on every machine; docs/scaling.md",
        )
    import ray  # which settles whether it uses tokens

    try:
        ray.init(address="auto", log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise SetupError(
            f"there is no Ray cluster: {error}", hint="docs/scaling.md tells how to start one"
        ) from error
    try:
        remote = ray.remote(Worker)
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        gpus = int(sum(node.get("GPU", 0) for node in nodes))
        cpus = [node.get("CPU", 0) for node in nodes if node.get("CPU", 0) >= 1]
        if not gpus and not cpus:
            raise SetupError("the cluster has no machine with a free processor")
        # Without GPUs a worker takes a machine: its engines use all of the processors themselves.
        needs = {"num_gpus": 1} if gpus else {"num_cpus": max(1, int(min(cpus)))}

        def new() -> Any:
            return remote.options(**needs).remote(build)

        cluster = Cluster(kit, photo, new)
        for _ in range(gpus or len(cpus)):
            cluster.call()
        yield cluster
    finally:
        ray.shutdown()


def _cause(error: Any) -> StudioError:
    """The worker's own error where it is one of ours."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, StudioError):
        return cause
    return EngineError(f"a worker of the cluster failed: {cause or error}")

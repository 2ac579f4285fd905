"""Catalogs in, jobs, and exports out, over HTTP."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, UploadFile
from pydantic import BaseModel, Field

from studio.api.asking import Limit, Me, Number
from studio.connectors import Item
from studio.errors import InputError
from studio.schema import Actor, Channel
from studio.service import Imported, Tally
from studio.service.planning import Estimate
from studio.store import Filter, Job, JobItem

if TYPE_CHECKING:
    from studio.service import Studio

PICTURES = (".jpg", ".jpeg", ".png", ".webp")
UPLOAD = 200_000_000  # bytes of the files of one import
SHOWN = 1000  # products of an answer


class Batch(BaseModel):
    """What a job is to make: for a channel, of what the catalog's filter lets through."""

    channel: str = Field(max_length=80)
    wanted: Filter = Filter()
    limit: int | None = Field(default=None, ge=1, le=10**7)
    locale: str = Field(default="", max_length=20)
    pictures: bool = True


class Begun(Batch):
    """`sample`: only so many first, spread over all; then `rest`."""

    sample: int = Field(default=0, ge=0, le=10**6)


class Items(BaseModel):
    items: list[JobItem]
    next: int | None


class Sent(BaseModel):
    """An export that lies ready as a ZIP file. `changed`: what somebody changed while it was
    written, up to a thousand; it went out as it was approved before."""

    listings: list[str]
    changed: list[str]
    files: int
    notes: list[dict[str, Any]]
    zip: str


class Sending(BaseModel):
    """An export to a shop of the settings: shown only, unless `write`. `overwrite`: also what
    somebody changed there since it was last sent."""

    to: str = Field(max_length=80)
    locale: str = Field(default="", max_length=20)
    write: bool = False
    overwrite: bool = False


class Delivery(BaseModel):
    """How many products are in each state, and the first thousand that are not the same there."""

    counts: dict[str, int]
    items: list[Item]


def routes(api: APIRouter, studio: Studio) -> None:
    _catalog(api, studio)
    _jobs(api, studio)


def _catalog(api: APIRouter, studio: Studio) -> None:
    @api.post("/imports", status_code=201)
    def import_catalog(me: Me, files: list[UploadFile]) -> Imported:
        """Tables, and the pictures that they name."""
        if sum(file.size or 0 for file in files) > UPLOAD:
            raise InputError(
                f"these files have more than {UPLOAD // 1_000_000} MB", hint="send them in parts"
            )
        with tempfile.TemporaryDirectory() as folder:
            paths = _kept(files, Path(folder))
            tables = [path for path in paths if path.suffix.lower() not in PICTURES]
            images = Path(folder) if len(tables) < len(paths) else None
            return studio.import_catalog(tables, me, images=images)

    @api.get("/channels")
    def channels(me: Me) -> list[Channel]:
        return studio.channels(me)

    @api.post("/exports/{channel}")
    def export(me: Me, channel: str) -> Sent:
        made = studio.export(channel, studio.exports(channel), me)
        notes = [note.model_dump(mode="json") for note in made.notes]
        where = f"/api/exports/{channel}.zip"
        return Sent(
            listings=list(made.listings),
            changed=list(made.changed),
            files=made.files,
            notes=notes,
            zip=where,
        )

    @api.post("/exports/{channel}/send")
    def send(me: Me, channel: str, wish: Sending) -> Delivery:
        """The dry run; with `write`, what became of each product."""
        tally = Tally(most=SHOWN)
        for item in studio.send_export(channel, actor=me, **wish.model_dump()):
            tally.add(item)
        return Delivery(counts=tally.counts, items=tally.items)

    @api.post("/verify")
    def verify(me: Me) -> list[str]:
        """What is wrong with the record; nothing when it is whole."""
        return studio.verify(me)


def _kept(files: Sequence[UploadFile], folder: Path) -> list[Path]:
    """The files in a folder, by the last part of their names. Raises InputError for no name."""
    paths = []
    for file in files:
        name = PurePosixPath((file.filename or "").replace("\\", "/")).name
        if not name.strip(".") or len(name.encode()) > 200 or not name.isprintable():
            raise InputError("a file without a plain name", hint="name each, as goods.csv")
        path = folder / name
        with path.open("wb") as copy:
            shutil.copyfileobj(file.file, copy)
        paths.append(path)
    return paths


def _jobs(api: APIRouter, studio: Studio) -> None:
    @api.post("/jobs/estimate")
    def estimate(me: Me, batch: Batch) -> Estimate:
        """The dry run of a job; nothing is made, nothing is written."""
        return studio.estimate_job(me, **_wishes(batch))

    @api.post("/jobs", status_code=201)
    def start(me: Me, batch: Begun) -> Job:
        """Begins it; this server works on it."""
        job = studio.start_job(me, sample=batch.sample, **_wishes(batch))
        return studio.begin_job(job.id, me)

    @api.get("/jobs")
    def jobs(me: Me, limit: Limit = 50) -> list[Job]:
        return list(studio.jobs(me, limit=limit))

    @api.get("/jobs/{id}")
    def job(me: Me, id: str) -> Job:
        return studio.job(id, me)

    @api.get("/jobs/{id}/items")
    def items(
        me: Me,
        id: str,
        state: Literal["", "pending", "running", "done", "failed", "skipped"] = "",
        after: Number | None = None,
        limit: Limit = 50,
    ) -> Items:
        place = -1 if after is None else after
        page = studio.job_items(id, me, state=state, after=place, limit=limit)
        return Items(items=list(page.items), next=page.next)

    def retry(id: str, me: Actor) -> Job:
        studio.retry_job(id, me)
        return studio.begin_job(id, me)

    acts: dict[str, Callable[[str, Actor], Job]] = {
        "pause": studio.pause_job,
        "resume": studio.begin_job,
        "cancel": studio.cancel_job,
        "retry": retry,
        "rest": lambda id, me: studio.begin_job(studio.job_rest(id, me).id, me),
    }
    for name, work in acts.items():
        api.post(f"/jobs/{{id}}/{name}", name=f"{name}_job")(_act(work))


def _act(work: Callable[[str, Actor], Job]) -> Callable[[Any, str], Job]:
    def act(me: Me, id: str) -> Job:
        return work(id, me)

    return act


def _wishes(batch: Batch) -> dict[str, Any]:
    return {name: getattr(batch, name) for name in Batch.model_fields}

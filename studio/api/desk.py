"""The review desk over HTTP: comments, who sees to what, earlier words, samples."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel, Field

from studio.api.asking import Line, Me, Number
from studio.schema import Event, Listing, Picture
from studio.service import Approved, Changed, Compared, Sampling, Version

if TYPE_CHECKING:
    from studio.service import Studio


class Said(BaseModel):
    """A comment, on a field or on the whole listing."""

    words: str = Field(min_length=1, max_length=2000)
    field: str = Field(default="", max_length=80)


class Assignment(BaseModel):
    """Who is to see to it ("" for nobody), and until when."""

    person: str = Field(default="", max_length=80)
    due: date | None = None


class Back(BaseModel):
    """The revision that was read, and the one that is to come back, with or without its pictures,
    or one field of it."""

    revision: int
    number: int = Field(ge=1, le=2**31)
    field: str = Field(default="", max_length=80)
    pictures: bool = True


class Choice(BaseModel):
    """The revision that was read, and which picture a slot is to hold."""

    revision: int
    slot: str = Field(max_length=80)
    sha: str = Field(max_length=64)


class Shown(BaseModel):
    """Which listings are meant."""

    channel: str = ""
    search: str = Field(default="", max_length=200)
    mine: bool = False


class Submitted(BaseModel):
    """How many went to review, and how many stayed drafts because of their findings."""

    submitted: int
    left: int


class Sample(Shown):
    """What share of what waits for review may be wrong."""

    bound: float = 0.05


def routes(api: APIRouter, studio: Studio) -> None:
    @api.post("/comments/{id:path}", status_code=201)
    def comment(me: Me, id: str, said: Said) -> Event:
        return studio.comment(id, said.words, me, field=said.field)

    @api.put("/assignment/{id:path}")
    def assign(me: Me, id: str, task: Assignment) -> Listing:
        return studio.assign(id, task.person, task.due, me)

    @api.get("/compared/{id:path}")
    def compared(me: Me, id: str, number: Number = 0) -> Compared | None:
        """Against a revision: the given one, else the last approved, else the first."""
        return studio.compared(id, me, number)

    @api.get("/changed/{id:path}")
    def changed(me: Me, id: str) -> list[Changed]:
        """What it was made from and is another today."""
        return list(studio.changed(id, me))

    @api.get("/versions/{field}/{id:path}")
    def versions(me: Me, field: str, id: str) -> list[Version]:
        return list(studio.versions(id, field, me))

    @api.post("/bring-back/{id:path}")
    def bring_back(me: Me, id: str, back: Back) -> Listing:
        return studio.bring_back(id, actor=me, **back.model_dump())

    @api.get("/variants/{id:path}")
    def variants(me: Me, id: str) -> dict[str, tuple[Picture, ...]]:
        """Slot -> the other pictures that it held before."""
        return studio.variants(id, me)

    @api.post("/choose/{id:path}")
    def choose(me: Me, id: str, choice: Choice) -> Listing:
        """One of them back into its slot."""
        return studio.choose(id, actor=me, **choice.model_dump())

    @api.post("/submissions")
    def submit_all(me: Me, shown: Shown) -> Submitted:
        """The drafts of this filter, 2,000 at most, but those whose findings stop an approval."""
        sent, left = studio.submit_all(me, **shown.model_dump())
        return Submitted(submitted=sent, left=left)

    @api.post("/samples", status_code=201)
    def draw(me: Me, sample: Sample) -> Sampling:
        """Draw what must be looked at before the rest of what waits may be approved together."""
        return studio.draw(me, **sample.model_dump())

    @api.get("/samples/{number}")
    def sampling(me: Me, number: Line) -> Sampling:
        return studio.sampling(number, me)

    @api.post("/samples/{number}/approve")
    def approve_rest(me: Me, number: Line) -> Approved:
        return studio.approve_rest(number, me)

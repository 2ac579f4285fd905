"""What the rules say over HTTP: of a text, a listing, a catalog; and single pieces made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel, Field

from studio.api.asking import Me
from studio.schema import Finding, Listing
from studio.service import Change, Panel

if TYPE_CHECKING:
    from studio.service import Studio


class Trial(BaseModel):
    """A text to try; `market` as "CN", `category` as in a catalog, "" for any."""

    text: str = Field(min_length=1, max_length=20_000)
    market: str = Field(default="", max_length=20)
    category: str = Field(default="", max_length=80)


class Hint(BaseModel):
    """What is wanted of a field: "shorter", "mention the lid"."""

    hint: str = Field(default="", max_length=500)


class Read(BaseModel):
    """The revision that was read."""

    revision: int


class Redraw(Read):
    """Which pictures, by slot; none for those whose words are out of date. `another`: another scene
    rather than the same."""

    slots: list[str] = Field(default_factory=list, max_length=50)
    another: bool = False


def routes(api: APIRouter, studio: Studio) -> None:
    _asking(api, studio)
    _anew(api, studio)


def _asking(api: APIRouter, studio: Studio) -> None:
    @api.post("/check")
    def check(me: Me, trial: Trial) -> list[Finding]:
        """Nothing is stored."""
        return list(studio.try_text(actor=me, **trial.model_dump()))

    @api.get("/counts")
    def counts(me: Me) -> dict[str, dict[str, int]]:
        """Channel -> state -> number of listings."""
        return studio.counts(me)

    @api.get("/fairness")
    def fairness(me: Me, channel: str = "", search: str = "") -> Panel:
        """Which groups of people the catalog mentions, and how."""
        return studio.fairness(me, channel=channel, search=search)

    @api.get("/audit/{channel}/{product:path}")
    def audit(me: Me, channel: str, product: str) -> list[Finding]:
        """Of the merchant's own title and description, which are never exported."""
        return list(studio.audit(product, channel, me))


def _anew(api: APIRouter, studio: Studio) -> None:
    @api.get("/proposed/{id:path}")
    def proposed(me: Me, id: str) -> list[Change]:
        """What `fix` would change."""
        return list(studio.proposed(id, me))

    @api.post("/recheck/{id:path}")
    def recheck(me: Me, id: str) -> Listing:
        return studio.recheck(id, me)

    @api.post("/keep/{id:path}")
    def keep(me: Me, id: str, read: Read) -> Listing:
        """The words still hold although something changed."""
        return studio.keep(id, revision=read.revision, actor=me)

    @api.post("/again/{field}/{id:path}")
    def again(me: Me, field: str, id: str, wish: Hint) -> Change:
        """One field written anew: proposed, not saved."""
        return studio.again(id, field, wish.hint, me)

    @api.post("/reword/{field}/{id:path}")
    def reword(me: Me, field: str, id: str) -> Change:
        """A rewrite in an engine's words for what the rules found: proposed, not saved."""
        return studio.reword(id, field, me)

    @api.post("/redraw/{id:path}")
    def redraw(me: Me, id: str, wish: Redraw) -> Listing:
        return studio.redraw(id, actor=me, **wish.model_dump())

"""The HTTP API: the service's methods under /api, for scripts and other programs.

Each route reads the actor that the edge found, calls one method, and returns the same nouns as
everything else. Routes are `def`, because the service is synchronous.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter
from fastapi.responses import FileResponse, JSONResponse, Response
from pydantic import BaseModel, Field

from studio.api import batches, checks, desk
from studio.api.asking import Limit, Me, Place
from studio.errors import (
    DeniedError,
    EngineError,
    InputError,
    NotFoundError,
    SetupError,
    StateError,
    StudioError,
)
from studio.schema import Actor, Event, Listing, Product, Role, State
from studio.service.tokens import NewToken
from studio.service.translating import Translated
from studio.store import Token, User

if TYPE_CHECKING:
    from studio.service import Studio

STATUS = {
    InputError: 422,
    NotFoundError: 404,
    DeniedError: 403,
    StateError: 409,
    SetupError: 503,
    EngineError: 502,
}


class Problem(BaseModel):
    """An error as a client reads it."""

    code: str
    message: str
    hint: str = ""


class Seen(BaseModel):
    """A decision names the revision that was seen."""

    revision: int
    reason: str = Field(default="", max_length=2000)


class Edit(BaseModel):
    """New words for fields of the revision that was read."""

    revision: int
    changes: dict[str, Annotated[str, Field(max_length=100_000)]]


class Wanted(BaseModel):
    """What to make."""

    channel: str
    ids: list[str] = Field(min_length=1, max_length=50)
    locale: str = ""
    hint: str = Field(default="", max_length=500)
    pictures: bool = True


class Into(BaseModel):
    """A locale to translate into."""

    locale: str = Field(min_length=2, max_length=20)
    convert: bool = False
    pictures: bool = True


class NewUser(BaseModel):
    """Somebody who may sign in."""

    name: str = Field(min_length=1, max_length=80)
    role: Role
    password: str = Field(max_length=200)


class Person(BaseModel):
    """A user, without anything of the password."""

    name: str
    role: Role
    created: datetime


class NewRole(BaseModel):
    role: Role


class NewPassword(BaseModel):
    password: str = Field(max_length=200)


class Wish(BaseModel):
    """A token for a program: whose, what it may do at most, and for how many days."""

    user: str = Field(min_length=1, max_length=80)
    scope: Role
    label: str = Field(default="", max_length=80)
    days: int = Field(default=90, ge=1, le=366)


class Listings(BaseModel):
    items: list[Listing]
    next: int | None


class Products(BaseModel):
    items: list[Product]
    next: str | None


class Events(BaseModel):
    items: list[Event]
    next: int | None


def as_response(error: StudioError) -> JSONResponse:
    """The error's code, message and remedy; never a trace."""
    status = next((s for kind, s in STATUS.items() if isinstance(error, kind)), 500)
    problem = Problem(code=error.code, message=error.message, hint=error.hint)
    return JSONResponse(problem.model_dump(), status)


def router(studio: Studio) -> APIRouter:
    """All routes of the API."""
    api = APIRouter(prefix="/api", tags=["studio"])
    _reading(api, studio)
    _writing(api, studio)
    desk.routes(api, studio)
    batches.routes(api, studio)
    checks.routes(api, studio)
    _people(api, studio)
    _tokens(api, studio)
    return api


def _reading(api: APIRouter, studio: Studio) -> None:
    @api.get("/products")
    def products(me: Me, search: str = "", after: str = "", limit: Limit = 50) -> Products:
        page = studio.products(me, search=search, after=after, limit=limit)
        return Products(items=list(page.items), next=page.next)

    @api.get("/products/{id:path}")
    def product(me: Me, id: str) -> Product:
        return studio.product(id, me)

    @api.get("/listings")
    def listings(
        me: Me,
        state: State | None = None,
        channel: str = "",
        product: str = "",
        search: str = "",
        mine: bool = False,
        overdue: bool = False,
        after: Place = 0,
        limit: Limit = 50,
    ) -> Listings:
        page = studio.listings(
            me,
            state=state,
            channel=channel,
            product=product,
            search=search,
            mine=mine,
            overdue=overdue,
            after=after,
            limit=limit,
        )
        return Listings(items=list(page.items), next=page.next)

    @api.get("/events")
    def events(me: Me, listing: str = "", after: Place = 0, limit: Limit = 50) -> Events:
        page = studio.events(me, listing=listing, after=after, limit=limit)
        return Events(items=list(page.items), next=page.next)

    @api.get("/media/{sha}", response_class=Response)
    def media(me: Me, sha: str) -> Response:
        data, mime = studio.blob(sha, me)
        # A blob is named by its content, so it never changes; nosniff is set by the edge.
        return Response(data, media_type=mime, headers={"cache-control": "private, max-age=86400"})

    @api.get("/exports/{channel}.zip", response_class=Response)
    def export(me: Me, channel: str) -> Response:
        return FileResponse(studio.zipped(channel, me), filename=f"{channel}.zip")

    @api.get("/listings/{id:path}")
    def listing(me: Me, id: str) -> Listing:
        return studio.listing(id, me)


def _writing(api: APIRouter, studio: Studio) -> None:
    @api.post("/generate")
    def generate(me: Me, wanted: Wanted) -> dict[str, Any]:
        tasks, fresh = studio.plan(me, **wanted.model_dump())
        return {**studio.generate(tasks, me).model_dump(mode="json"), "fresh": fresh}

    @api.post("/translate/{id:path}")
    def translate(me: Me, id: str, into: Into) -> Translated:
        return studio.translate(id, into.locale, me, convert=into.convert, pictures=into.pictures)

    @api.patch("/listings/{id:path}")
    def edit(me: Me, id: str, edit: Edit) -> Listing:
        return studio.edit(id, edit.changes, revision=edit.revision, actor=me)

    decisions: dict[str, Callable[[str, Seen, Actor], Listing]] = {
        "submit": lambda id, seen, me: studio.submit(id, revision=seen.revision, actor=me),
        "approve": lambda id, seen, me: studio.approve(id, revision=seen.revision, actor=me),
        "undo": lambda id, seen, me: studio.undo(id, revision=seen.revision, actor=me),
        "withdraw": lambda id, seen, me: studio.withdraw(id, revision=seen.revision, actor=me),
        "fix": lambda id, seen, me: studio.fix_all(id, revision=seen.revision, actor=me),
        "reject": lambda id, seen, me: studio.reject(
            id, seen.reason, revision=seen.revision, actor=me
        ),
    }

    @api.post("/decide/{action}/{id:path}")
    def decide(me: Me, action: str, id: str, seen: Seen) -> Listing:
        if action not in decisions:
            raise NotFoundError.of("decision", action, decisions)
        return decisions[action](id, seen, me)

    @api.post("/waive/{finding}/{id:path}")
    def waive(me: Me, finding: str, id: str, seen: Seen) -> Listing:
        return studio.waive(id, finding, seen.reason, actor=me)


def _people(api: APIRouter, studio: Studio) -> None:
    @api.get("/me")
    def me(me: Me) -> Actor:
        return me

    @api.get("/users")
    def users(me: Me) -> list[Person]:
        return [_person(user) for user in studio.users(me)]

    @api.post("/users", status_code=201)
    def add_user(me: Me, new: NewUser) -> Person:
        return _person(studio.add_user(new.name, new.role, new.password, me))

    @api.put("/users/{name}/role")
    def set_role(me: Me, name: str, new: NewRole) -> Person:
        return _person(studio.set_role(name, new.role, me))

    @api.put("/users/{name}/password")
    def set_password(me: Me, name: str, new: NewPassword) -> Person:
        return _person(studio.set_password(name, new.password, me))

    @api.post("/users/{name}/sign-out", status_code=204)
    def sign_out_everywhere(me: Me, name: str) -> None:
        studio.sign_out_everywhere(name, me)


def _tokens(api: APIRouter, studio: Studio) -> None:
    @api.get("/tokens")
    def tokens(me: Me) -> list[Token]:
        return list(studio.tokens(me))

    @api.post("/tokens", status_code=201)
    def new_token(me: Me, wish: Wish) -> NewToken:
        """The text is in this answer and nowhere else."""
        return studio.new_token(wish.user, wish.scope, me, label=wish.label, days=wish.days)

    @api.delete("/tokens/{id}", status_code=204)
    def revoke_token(me: Me, id: str) -> None:
        studio.revoke_token(id, me)


def _person(user: User) -> Person:
    return Person(name=user.name, role=user.role, created=user.created)

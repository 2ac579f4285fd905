"""What a handler needs: who asks, in which language, what is wanted, and errors as sentences."""

from __future__ import annotations

import inspect
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import gradio as gr
from fastapi import Request
from pydantic import Field, ValidationError

from studio.errors import InputError, StudioError
from studio.schema import Actor, Channel, Noun, by_language
from studio.service import Studio
from studio.ui import refusals, words

log = logging.getLogger("studio")

# The page's own script (desk.js) turns clicks and keys into these two events; `make` runs long.
# Gradio adds the scripts of the head while the page is drawn already, so it may have to wait.
JS = """const send = {act: (data) => trigger('act', data), make: (data) => trigger('make', data)};
const begin = () => window.studioDesk ? window.studioDesk(element, send, watch)
  : setTimeout(begin, 20);
begin()"""
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

PAGES = (
    ("/", "nav.catalog"),
    ("/review", "nav.review"),
    ("/jobs", "nav.jobs"),
    ("/export", "nav.export"),
    ("/rules", "nav.rules"),
    ("/fairness", "nav.fairness"),
    ("/record", "nav.record"),
)


class Deed(Noun):
    """What a person wants done, as the page's script sends it. Everything in it may be forged."""

    do: str = Field(max_length=20)
    listing: str = Field(default="", max_length=500)
    revision: int = Field(default=0, ge=0, le=2**62)
    finding: str = Field(default="", max_length=64)
    field: str = Field(default="", max_length=80)
    picture: str = Field(default="", max_length=64)
    reason: str = Field(default="", max_length=2000)
    # Only what was changed on the page.
    fields: dict[str, Annotated[str, Field(max_length=100_000)]] = Field(default_factory=dict)
    channel: str = Field(default="", max_length=80)
    locale: str = Field(default="", max_length=20)
    hint: str = Field(default="", max_length=500)
    pictures: bool = True
    person: str = Field(default="", max_length=80)
    due: str = Field(default="", max_length=10)
    number: int = Field(default=0, ge=0, le=2**62)  # of a revision, or of a plan in the record
    bound: float = 0.05


@dataclass
class Ask:
    """One request of a page: the actor as the edge found it, the language, and the address."""

    studio: Studio
    actor: Actor
    language: str
    query: dict[str, str]

    def tr(self, key: str, **values: Any) -> str:
        return words.tr(self.language, key, **values)

    def part(self, name: str, **values: Any) -> str:
        return words.part(name, self.language, **values)

    def nav(self, here: str, title: str = "") -> str:
        """The head of a page; `title` is left away where the page has a heading of its own."""
        to = f"{here}?{urlencode(self.query)}" if self.query else here
        waiting = sum(c.get("submitted", 0) for c in self.studio.counts(self.actor).values())
        return self.part(
            "nav",
            pages=PAGES,
            here=here,
            title=title,
            actor=self.actor,
            to=to,
            waiting=waiting,
        )

    def number(self, name: str) -> int:
        """A number of the address, or 0."""
        value = self.query.get(name, "")
        return int(value) if value.isdecimal() and len(value) < 19 else 0

    def channels(self) -> dict[str, Channel]:
        return {c.id: c for c in self.studio.channels(self.actor)}

    def channel_names(self) -> dict[str, str]:
        """id -> name in the user's language."""
        return {id: by_language(c.name, self.language) for id, c in self.channels().items()}


def view(elem_id: str) -> gr.HTML:
    """A region of a page: escaped HTML from the server, whose buttons send Deeds."""
    return gr.HTML(elem_id=elem_id, js_on_load=JS, apply_default_css=False)


class Desk:
    """Makes handlers: each gets an Ask first, and no error of ours leaves it as a trace."""

    def __init__(self, studio: Studio, language_of: Callable[[Request], str]) -> None:
        self.studio, self.language_of = studio, language_of
        self.openings: dict[str, tuple[Callable[[Ask], tuple[str, ...]], list[str]]] = {}

    def opens(self, path: str, work: Callable[[Ask], tuple[str, ...]], *regions: gr.HTML) -> None:
        """What the regions of the page at that path hold when it opens: `work(ask)` in order."""
        self.openings[path] = work, [str(region.elem_id) for region in regions]

    def opening(self, request: Request) -> dict[str, str]:
        """elem_id -> what it holds, for the document that a browser asks for; {} for no page.

        It travels in the document, so that a page stands there without asking once more.
        """
        work, regions = self.openings.get(request.url.path.rstrip("/") or "/", (None, []))
        if work is None:
            return {}
        ask = self.of(request, dict(request.query_params))
        try:
            parts = work(ask)
        except Exception as error:
            return {regions[-1]: ask.part("problem", problem=_plain(ask, error).message)}
        return dict(zip(regions, parts, strict=True))

    def ask(self, request: gr.Request) -> Ask:
        inner: Any = request.request
        return self.of(inner, dict(request.query_params))

    def of(self, request: Request, query: dict[str, str]) -> Ask:
        """Who asks by a request that the edge let in, on the page with that query."""
        actor = request.scope["state"]["actor"]
        return Ask(self.studio, actor, self.language_of(request), query)

    def handler(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """A Gradio handler around `work(ask, *inputs)`; Gradio finds the request by its type."""

        def step(request: gr.Request, *inputs: Any) -> Any:
            ask = self.ask(request)
            try:
                return work(ask, *inputs)
            except Exception as error:
                raise _plain(ask, error) from None

        step.__name__ = work.__name__
        return step

    def doer(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same for an event of a view: `work(ask, deed)`, a function or a generator."""
        if inspect.isgeneratorfunction(work):

            def steps(request: gr.Request, event: gr.EventData) -> Any:
                ask = self.ask(request)
                try:
                    yield from work(ask, _deed(event))
                except Exception as error:
                    raise _plain(ask, error) from None

            steps.__name__ = work.__name__
            return steps

        def step(request: gr.Request, event: gr.EventData) -> Any:
            ask = self.ask(request)
            try:
                return work(ask, _deed(event))
            except Exception as error:
                raise _plain(ask, error) from None

        step.__name__ = work.__name__
        return step


def _deed(event: gr.EventData | None) -> Deed:
    data = event._data if event is not None else None
    try:
        return Deed.model_validate(data or {})
    except ValidationError as error:
        places = ", ".join(".".join(map(str, e["loc"])) for e in error.errors())
        raise InputError(
            f"the page sent something that is not an order ({places})", hint="reload the page"
        ) from None


def _plain(ask: Ask, error: Exception) -> gr.Error:
    if isinstance(error, StudioError):
        told = refusals.told(ask.language, error)
        return gr.Error(told, duration=None, print_exception=False)
    # The edge of the program: whatever happened is logged whole, and told without its insides.
    ref = secrets.token_hex(4)
    log.exception("reference %s", ref)
    return gr.Error(ask.tr("error.unknown", ref=ref), duration=None, print_exception=False)

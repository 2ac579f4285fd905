"""What a handler needs: who asks, in which language, and errors as plain sentences."""

from __future__ import annotations

import inspect
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from fastapi import Request

from studio.errors import StudioError
from studio.schema import Actor
from studio.service import Studio
from studio.ui import words

log = logging.getLogger("studio")

PAGES = (
    ("/", "nav.catalog"),
    ("/review", "nav.review"),
    ("/export", "nav.export"),
    ("/record", "nav.record"),
)


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

    def nav(self, here: str, title: str) -> str:
        """The head of a page."""
        query = "&".join(f"{k}={v}" for k, v in self.query.items())
        to = f"{here}?{query}" if query else here
        return self.part("nav", pages=PAGES, here=here, title=title, actor=self.actor, to=to)


class Desk:
    """Makes handlers: each gets an Ask first, and no error of ours leaves it as a trace."""

    def __init__(self, studio: Studio, language_of: Callable[[Request], str]) -> None:
        self.studio, self.language_of = studio, language_of

    def ask(self, request: gr.Request) -> Ask:
        inner: Any = request.request
        actor = inner.scope["state"]["actor"]
        return Ask(self.studio, actor, self.language_of(inner), dict(request.query_params))

    def handler(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """A Gradio handler around `work(ask, *inputs)`; Gradio finds the request by its type."""
        if inspect.isgeneratorfunction(work):

            def steps(request: gr.Request, *inputs: Any) -> Any:
                ask = self.ask(request)
                try:
                    yield from work(ask, *inputs)
                except Exception as error:
                    raise self._plain(ask, error) from None

            steps.__name__ = work.__name__
            return steps

        def step(request: gr.Request, *inputs: Any) -> Any:
            ask = self.ask(request)
            try:
                return work(ask, *inputs)
            except Exception as error:
                raise self._plain(ask, error) from None

        step.__name__ = work.__name__
        return step

    def _plain(self, ask: Ask, error: Exception) -> gr.Error:
        if isinstance(error, StudioError):
            return gr.Error(str(error), duration=None, print_exception=False)
        # The edge of the program: whatever happened is logged whole, and told without its insides.
        ref = secrets.token_hex(4)
        log.exception("reference %s", ref)
        return gr.Error(ask.tr("error.unknown", ref=ref), duration=None, print_exception=False)

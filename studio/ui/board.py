"""Pages of forms and lists: what a form holds comes back as a Deed, its fields by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import gradio as gr

from studio.errors import InputError, StudioError
from studio.ui import refusals
from studio.ui.desk import QUIET, Ask, Deed, Desk, view

# The events' names must stand here in quotes, or Gradio does not know them; `make` runs long.
JS = """const send = {act: (data) => trigger('act', data), make: (data) => trigger('make', data)};
const begin = () => window.studioForms ? window.studioForms(element, send, watch)
  : setTimeout(begin, 20);
begin()"""


def board(elem_id: str) -> gr.HTML:
    """A region of forms (`<form data-do=...>`) and lists: escaped HTML from the server."""
    return gr.HTML(elem_id=elem_id, js_on_load=JS, apply_default_css=False)


def page(
    desk: Desk,
    path: str,
    show: Callable[[Ask], tuple[str, str]],
    act: Callable[[Ask, Deed], str | Iterator[str]],
) -> None:
    """A page of a head and one board: `show` draws both, `act` the board again, once or while the
    work goes on."""
    nav, body = view("nav"), board("body")
    desk.opens(path, show, nav, body)
    body.act(desk.doer(act), None, body, **QUIET)


def unknown(deed: Deed) -> InputError:
    """For a deed that a page does not know."""
    return InputError(f"no deed named {deed.do!r} here", hint="reload the page")


def attempt(ask: Ask, deed: Deed, work: Callable[[], str]) -> tuple[str, str]:
    """(what was done, why it was refused): one of the two is ""."""
    try:
        return work(), ""
    except StudioError as error:
        return "", refusals.sentence(ask, deed, error, None)

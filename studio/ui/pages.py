"""All pages as one Blocks, each with an address of its own."""

from __future__ import annotations

import gradio as gr

from studio.ui import (
    board,
    catalog,
    exports,
    jobs,
    product,
    reviews,
    rules,
    settings_page,
    words,
)
from studio.ui.desk import Ask, Deed, Desk
from studio.ui.making import Runs

LINES = 100  # of the record on a page


def build(desk: Desk) -> gr.Blocks:
    """Events cannot cross pages, so each page says what fills it when it opens."""
    runs = Runs()
    label = gr.I18n(**words.catalogue())
    demo = gr.Blocks(title="Studio", analytics_enabled=False, delete_cache=(3600, 86400))
    with demo:
        catalog.page(desk, runs, label)
    with demo.route("Product", "/product"):
        product.page(desk, runs)
    with demo.route("Review", "/review"):
        reviews.page(desk, runs)
    with demo.route("Jobs", "/jobs"):
        jobs.page(desk)
    with demo.route("Fairness", "/fairness"):
        board.page(desk, "/fairness", _show_fairness, _fairness)
    with demo.route("Rules", "/rules"):
        rules.page(desk)
    with demo.route("Channels", "/channels"):
        board.page(desk, "/channels", rules.channels, lambda ask, deed: rules.channels(ask)[1])
    with demo.route("Export", "/export"):
        board.page(desk, "/export", exports.show, exports.act)
    with demo.route("Record", "/record"):
        board.page(desk, "/record", _show_record, _verify)
    with demo.route("Settings", "/settings"):
        settings_page.page(desk)
    return demo


def missing(ask: Ask) -> str:
    """The whole page for an address that there is not."""
    return ask.part("missing", nav=ask.nav(""))


def _show_fairness(ask: Ask) -> tuple[str, str]:
    return ask.nav("/fairness", "nav.fairness"), _fairness(ask)


def _fairness(ask: Ask, deed: Deed | None = None) -> str:
    """How groups of people are described, over all products or those of a search."""
    search = ask.query.get("search", "")[:200]
    panel = ask.studio.fairness(ask.actor, search=search)
    return ask.part("fairness", panel=panel, search=search)


def _show_record(ask: Ask) -> tuple[str, str]:
    return ask.nav("/record", "nav.record"), _events(ask, None)


def _events(ask: Ask, verified: list[str] | None) -> str:
    """The newest lines, or the ones before a number of the address."""
    newest = ask.number("before") or ask.studio.last_event(ask.actor) + 1
    start = max(0, newest - 1 - LINES)
    events = list(ask.studio.events(ask.actor, after=start, limit=LINES))
    shown = [e for e in events if e.number < newest][::-1]
    return ask.part("record", events=shown, before=start + 1 if start else 0, verified=verified)


def _verify(ask: Ask, deed: Deed) -> str:
    if deed.do != "verify":
        raise board.unknown(deed)
    return _events(ask, ask.studio.verify(ask.actor))

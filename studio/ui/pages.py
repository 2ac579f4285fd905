"""All pages as one Blocks, each with an address of its own."""

from __future__ import annotations

import gradio as gr

from studio.errors import StudioError
from studio.review import ROLES
from studio.service import Exported
from studio.ui import board, catalog, jobs, product, refusals, reviews, rules, settings_page, words
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
        board.page(desk, "/export", _show_export, _export)
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


def _show_export(ask: Ask) -> tuple[str, str]:
    return ask.nav("/export", "nav.export"), _exports(ask)


def _exports(ask: Ask, report: Exported | None = None, channel: str = "", problem: str = "") -> str:
    """Each channel with how many of its listings are in which state, the fullest first."""
    counts = ask.studio.counts(ask.actor)
    rows = []
    for id, name in ask.channel_names().items():
        held = counts.get(id, {})
        ready = held.get("approved", 0) + held.get("exported", 0)
        rows.append((id, name, ready, sum(held.values()) - ready, held.get("exported", 0)))
    rows.sort(key=lambda row: (-row[2], -row[3], row[1]))
    return ask.part(
        "export",
        channels=[row for row in rows if row[2] or row[3]],
        others=[row[1] for row in rows if not row[2] and not row[3]],
        report=report,
        channel=channel,
        problem=problem,
        may_export="export" in ROLES[ask.actor.role],
        exported=lambda id: (ask.studio.exports(id) / "manifest.json").is_file(),
    )


def _export(ask: Ask, deed: Deed) -> str:
    try:
        folder = ask.studio.exports(deed.channel)
        report = ask.studio.export(deed.channel, folder, ask.actor)
    except StudioError as error:
        told = Deed(do="export", channel=deed.channel)
        return _exports(ask, problem=refusals.sentence(ask, told, error, None))
    return _exports(ask, report, deed.channel)


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

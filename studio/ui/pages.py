"""The pages, each with an address of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import Request

from studio.service import Studio
from studio.ui import product, words
from studio.ui.desk import Ask, Desk

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
PAGE = 20


def build(studio: Studio, language_of: Callable[[Request], str]) -> gr.Blocks:
    """All pages as one Blocks; events cannot cross pages, so each page fills itself on load."""
    desk = Desk(studio, language_of)
    label = gr.I18n(**words.catalogue())

    def t(key: str) -> Any:
        return label(key.replace(".", "_"))

    demo = gr.Blocks(title="Studio", analytics_enabled=False)
    with demo:
        _catalog(demo, desk, t)
    with demo.route("Product", "/product"):
        product.page(demo, desk, t)
    with demo.route("Review", "/review"):
        _review(demo, desk)
    with demo.route("Export", "/export"):
        _export(demo, desk, t)
    with demo.route("Record", "/record"):
        _record(demo, desk, t)
    return demo


def _catalog(demo: gr.Blocks, desk: Desk, t: Callable[[str], Any]) -> None:
    head, table = gr.HTML(), gr.HTML()
    with gr.Accordion(t("catalog.make"), open=False):
        with gr.Row():
            channel = gr.Dropdown(label=t("catalog.channel"), elem_id="channel")
            pictures = gr.Checkbox(True, label=t("catalog.pictures"))
            make = gr.Button(t("catalog.do_make"), variant="primary", elem_id="make")
        made = gr.HTML()
    with gr.Accordion(t("catalog.import"), open=False):
        files = gr.File(label=t("catalog.files"), file_count="multiple", elem_id="files")
        with gr.Row():
            import_ = gr.Button(t("catalog.do_import"), variant="primary", elem_id="import")
            sample = gr.Button(t("catalog.sample"), elem_id="sample")
        imported = gr.HTML()

    demo.load(desk.handler(_show_catalog), None, [head, table, channel], **QUIET)
    make.click(desk.handler(_make), [channel, pictures], [made, table], **QUIET)
    import_.click(desk.handler(_import), [files], [imported, table], **QUIET)
    sample.click(desk.handler(_sample), None, [imported, table], **QUIET)


def _table(ask: Ask) -> str:
    search, after = ask.query.get("search", "")[:200], ask.query.get("after", "")
    found = ask.studio.products(ask.actor, search=search, after=after, limit=PAGE)
    rows = [(p, list(ask.studio.listings(ask.actor, product=p.id, limit=20))) for p in found]
    return ask.part(
        "catalog",
        rows=rows,
        search=search,
        after=after,
        next=found.next,
        total=ask.studio.count_products(ask.actor, search=search),
    )


def _show_catalog(ask: Ask) -> tuple[str, str, Any]:
    channels = product.channel_choices(ask)
    chosen = gr.Dropdown(choices=channels, value=channels[0][1] if channels else None)
    return ask.nav("/", "nav.catalog"), _table(ask), chosen


def _make(ask: Ask, channel: str, pictures: bool) -> Iterator[tuple[str, Any]]:
    """Make listings for the products that the page shows, telling of each as it ends."""
    search, after = ask.query.get("search", ""), ask.query.get("after", "")
    shown = ask.studio.products(ask.actor, search=search, after=after, limit=PAGE)
    tasks, fresh = ask.studio.plan(
        ask.actor, channel=channel, ids=[p.id for p in shown], pictures=pictures
    )
    made, failed = 0, 0
    for at, task in enumerate(tasks, 1):
        line = ask.tr("making.line", at=at, n=len(tasks), what=task.product.title)
        yield ask.part("line", text=line), gr.skip()
        report = ask.studio.generate([task], ask.actor)
        made, failed = made + len(report.made), failed + len(report.failed)
    done = ask.tr("making.done", made=made, fresh=len(fresh), failed=failed)
    yield ask.part("line", text=done), _table(ask)


def _import(ask: Ask, files: list[str] | None) -> tuple[str, str]:
    paths = [Path(f) for f in files or ()]
    report = ask.studio.import_catalog(paths, ask.actor, language=ask.language)
    return ask.part("imported", report=report), _table(ask)


def _sample(ask: Ask) -> tuple[str, str]:
    report = ask.studio.import_sample(ask.actor, language=ask.language)
    return ask.part("imported", report=report), _table(ask)


def _review(demo: gr.Blocks, desk: Desk) -> None:
    head, table = gr.HTML(), gr.HTML()
    demo.load(desk.handler(_show_review), None, [head, table], **QUIET)


def _show_review(ask: Ask) -> tuple[str, str]:
    counts = ask.studio.counts(ask.actor)
    chosen = ask.query.get("state", "")
    state = product.state_of(chosen)
    after = ask.query.get("after", "0")
    found = ask.studio.listings(
        ask.actor, state=state, after=int(after) if after.isdecimal() else 0, limit=PAGE
    )
    table = ask.part(
        "review",
        listings=list(found),
        counts=product.by_state(counts),
        state=state.value if state else "",
        next=found.next,
    )
    return ask.nav("/review", "nav.review"), table


def _export(demo: gr.Blocks, desk: Desk, t: Callable[[str], Any]) -> None:
    head = gr.HTML()
    with gr.Row():
        channel = gr.Dropdown(label=t("catalog.channel"), elem_id="channel")
        do = gr.Button(t("export.do"), variant="primary", elem_id="export")
    table = gr.HTML()
    demo.load(desk.handler(_show_export), None, [head, table, channel], **QUIET)
    do.click(desk.handler(_do_export), [channel], [table], **QUIET)


def _ready(ask: Ask) -> list[tuple[str, str, int]]:
    """(id, name, approved) of each channel, those with something to export first."""
    counts = ask.studio.counts(ask.actor)
    rows = []
    for name, id in product.channel_choices(ask):
        held = counts.get(id, {})
        rows.append((id, name, held.get("approved", 0) + held.get("exported", 0)))
    return sorted(rows, key=lambda row: -row[2])


def _show_export(ask: Ask) -> tuple[str, str, Any]:
    rows = _ready(ask)
    table = ask.part("export", channels=rows, report=None, problem="", channel="")
    choices = [(name, id) for id, name, _ in rows]
    chosen = gr.Dropdown(choices=choices, value=rows[0][0] if rows else None)
    return ask.nav("/export", "nav.export"), table, chosen


def _do_export(ask: Ask, channel: str) -> str:
    report = ask.studio.export(channel, ask.studio.exports(channel), ask.actor)
    return ask.part("export", channels=_ready(ask), report=report, problem="", channel=channel)


def _record(demo: gr.Blocks, desk: Desk, t: Callable[[str], Any]) -> None:
    head = gr.HTML()
    verify = gr.Button(t("record.verify"), elem_id="verify")
    table = gr.HTML()
    demo.load(desk.handler(_show_record), None, [head, table], **QUIET)
    verify.click(desk.handler(_verify), None, [table], **QUIET)


def _events(ask: Ask, verified: list[str] | None) -> str:
    """The newest lines, or the ones before a number of the address."""
    before = ask.query.get("before", "")
    newest = int(before) if before.isdecimal() else ask.studio.last_event(ask.actor) + 1
    start = max(0, newest - 1 - 100)
    events = [e for e in ask.studio.events(ask.actor, after=start, limit=100) if e.number < newest]
    return ask.part(
        "record", events=events[::-1], before=start + 1 if start else 0, verified=verified
    )


def _show_record(ask: Ask) -> tuple[str, str]:
    return ask.nav("/record", "nav.record"), _events(ask, None)


def _verify(ask: Ask) -> str:
    return _events(ask, ask.studio.verify(ask.actor))

"""The catalog page: search, paging, listings by channel, making for a page, and import."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from studio.errors import InputError, StudioError
from studio.review import ROLES
from studio.schema import Product
from studio.ui import editor, making, refusals
from studio.ui.desk import QUIET, Ask, Deed, Desk, view
from studio.ui.making import Runs

PAGE = 20
PICTURES = (".jpg", ".jpeg", ".png", ".webp")


def page(demo: gr.Blocks, desk: Desk, runs: Runs, label: Any) -> None:
    nav = view("nav")
    with gr.Accordion(label("catalog_import"), open=False, elem_id="import"):
        files = gr.File(label=label("catalog_files"), file_count="multiple", elem_id="files")
        read = gr.Button(label("catalog_do_import"), variant="primary", elem_id="read")
    imported = gr.HTML(elem_id="imported", apply_default_css=False)
    progress, table = view("progress"), view("table")

    def make(ask: Ask, deed: Deed) -> Iterator[Any]:
        yield from _make(ask, deed, runs)

    def stop(ask: Ask, deed: Deed) -> None:
        runs.stop(ask)

    demo.load(desk.handler(_load), None, [nav, table], **QUIET)
    table.act(desk.doer(_act), None, [imported, table], **QUIET)
    table.make(desk.doer(make), None, [progress, table], **QUIET)
    progress.act(desk.doer(stop), None, None, **QUIET)
    read.click(desk.handler(_read), [files], [imported, table], **QUIET)


def _load(ask: Ask) -> tuple[str, str]:
    return ask.nav("/", "nav.catalog"), _table(ask)


def _table(ask: Ask) -> str:
    search, after = ask.query.get("search", "")[:200], ask.query.get("after", "")
    found = ask.studio.products(ask.actor, search=search, after=after, limit=PAGE)
    return ask.part(
        "catalog",
        rows=[_row(ask, product) for product in found],
        search=search,
        after=after,
        next=found.next,
        total=ask.studio.count_products(ask.actor, search=search),
        names=ask.channel_names(),
        may_make="generate" in ROLES[ask.actor.role],
        may_import="import" in ROLES[ask.actor.role],
    )


def _row(ask: Ask, product: Product) -> dict[str, Any]:
    """A product with its listings, each with how complete it is and what blocks it."""
    channels, rows = ask.channels(), []
    for one in ask.studio.listings(ask.actor, product=product.id, limit=20):
        have, want, missing = editor.complete(one, channels.get(one.channel), ask.language)
        blocking = sum(f.blocks for f in one.findings)
        rows.append((one, round(100 * have / want) if want else 0, missing, blocking))
    return {"product": product, "listings": sorted(rows, key=lambda row: row[0].id)}


def _act(ask: Ask, deed: Deed) -> tuple[str, Any]:
    """The sample catalog, one click away."""
    if deed.do != "sample":
        raise InputError(f"no deed named {deed.do!r} here", hint="reload the page")
    try:
        report = ask.studio.import_sample(ask.actor, language=ask.language)
    except StudioError as error:
        return _refused(ask, error), gr.skip()
    return ask.part("imported", report=report), _table(ask)


def _read(ask: Ask, files: list[str] | None) -> tuple[str, Any]:
    """Import what was dropped: tables, and the pictures that they name."""
    if not files:
        return ask.part("note", kind="bad", text=ask.tr("catalog.no_file")), gr.skip()
    paths = [Path(f) for f in files]
    photos = [p for p in paths if p.suffix.lower() in PICTURES]
    tables = [p for p in paths if p not in photos]
    try:
        with tempfile.TemporaryDirectory() as folder:
            for photo in photos:
                shutil.copy(photo, Path(folder) / photo.name)
            images = Path(folder) if photos else None
            report = ask.studio.import_catalog(
                tables, ask.actor, images=images, language=ask.language
            )
    except StudioError as error:
        return _refused(ask, error), gr.skip()
    finally:
        for path in paths:  # the copies of the upload are not kept twice
            path.unlink(missing_ok=True)
    return ask.part("imported", report=report), _table(ask)


def _refused(ask: Ask, error: StudioError) -> str:
    text = refusals.sentence(ask, Deed(do="import"), error, None)
    return ask.part("note", kind="bad", text=text)


def _make(ask: Ask, deed: Deed, runs: Runs) -> Iterator[tuple[Any, Any]]:
    """Make listings for the products that the page shows."""
    search, after = ask.query.get("search", "")[:200], ask.query.get("after", "")
    shown = ask.studio.products(ask.actor, search=search, after=after, limit=PAGE)
    try:
        tasks, fresh = ask.studio.plan(
            ask.actor,
            channel=deed.channel,
            ids=[p.id for p in shown],
            pictures=deed.pictures,
        )
    except StudioError as error:
        text = refusals.sentence(ask, Deed(do="make"), error, None)
        yield ask.part("note", kind="bad", text=text), gr.skip()
        return
    if not tasks:
        yield making.done(ask, making.Progress(), stopped=False, fresh=len(fresh)), gr.skip()
        return
    for bar in runs.make(ask, tasks):
        yield bar, gr.skip()
    yield gr.skip(), _table(ask)

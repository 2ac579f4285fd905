"""The catalog page: filters in the address, pages by key, making for what is ticked, and import."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import gradio as gr
from pydantic import ValidationError

from studio.errors import StudioError
from studio.review import ROLES
from studio.schema import Channel, Listing, Product, State
from studio.store import Filter
from studio.ui import board, editor, making, refusals
from studio.ui.desk import QUIET, Ask, Deed, Desk, view
from studio.ui.making import Runs

PAGE = 20
MOST = 1_000  # matches that are counted; beyond, the page says "more than"
PICTURES = (".jpg", ".jpeg", ".png", ".webp")
FACTS = 3  # attributes that a product should have at least


def page(desk: Desk, runs: Runs, label: Any) -> None:
    nav = view("nav")
    with gr.Accordion(label("catalog_import"), open=False, elem_id="import"):
        files = gr.File(label=label("catalog_files"), file_count="multiple", elem_id="files")
        read = gr.Button(label("catalog_do_import"), variant="primary", elem_id="read")
    imported = gr.HTML(elem_id="imported", apply_default_css=False)
    progress, table = view("progress"), board.board("table")

    def make(ask: Ask, deed: Deed) -> Iterator[Any]:
        yield from _make(ask, deed, runs)

    def stop(ask: Ask, deed: Deed) -> None:
        runs.stop(ask)

    desk.opens("/", _load, nav, table)
    table.act(desk.doer(_act), None, [imported, table], **QUIET)
    table.make(desk.doer(make), None, [progress, table], **QUIET)
    progress.act(desk.doer(stop), None, None, **QUIET)
    read.click(desk.handler(_read), [files], [imported, table], **QUIET)


# --- the filter -----------------------------------------------------------------------------------


def filter_of(query: Mapping[str, str]) -> Filter:
    """The filter that an address names; what it does not know there is left out."""
    given = {name: query[name] for name in Filter.model_fields if query.get(name)}
    try:
        return Filter.model_validate(given)
    except ValidationError as error:
        wrong = {str(each["loc"][0]) for each in error.errors()}
        return Filter.model_validate({k: v for k, v in given.items() if k not in wrong})


def address(wanted: Filter, path: str = "/", **more: str) -> str:
    """The address of a filter."""
    named = wanted.model_dump(mode="json", exclude_defaults=True) | more
    return f"{path}?{urlencode(named)}" if named else path


def told(ask: Ask, wanted: Filter) -> str:
    """The filter in words; "" for the whole catalog."""
    names = ask.channel_names() if wanted.channel else {}
    parts = [f"“{wanted.search}”" if wanted.search else ""]
    parts.append(names.get(wanted.channel, wanted.channel))
    parts.append(
        ask.tr(f"catalog.state.{wanted.state}") if wanted.state in ("none", "stale") else ""
    )
    parts.append(ask.tr(f"state.{wanted.state.value}") if isinstance(wanted.state, State) else "")
    parts.append(ask.tr(f"catalog.findings.{wanted.findings}") if wanted.findings else "")
    parts.append(ask.tr("catalog.photo.none") if wanted.photo else "")
    return ask.tr("and").join(filter(None, parts))


# --- the table ------------------------------------------------------------------------------------


def _load(ask: Ask) -> tuple[str, str]:
    return ask.nav("/", "nav.catalog"), _table(ask, ask.query)


def _asked(ask: Ask, deed: Deed) -> dict[str, str]:
    """The address that the browser shows by now: a filter changes it without loading the page."""
    told = deed.fields.get("address")
    return ask.query if told is None else dict(parse_qsl(told[:4000].removeprefix("?")))


def _table(ask: Ask, query: Mapping[str, str]) -> str:
    wanted, after = filter_of(query), query.get("after", "")[:2000]
    found = ask.studio.browse(wanted, ask.actor, after=after, limit=PAGE)
    filtered = wanted.model_copy(update={"sort": "id"}) != Filter()
    most = MOST + 1 if filtered else 2**62
    total = ask.studio.count_browsed(wanted, ask.actor, most=most)
    channels = ask.channels()
    held = ask.studio.listings_of([product.id for product in found], ask.actor)
    return ask.part(
        "catalog",
        rows=[_row(ask, product, held.get(product.id, []), channels) for product in found],
        wanted=wanted,
        filtered=filtered,
        after=after,
        next=address(wanted, after=found.next) if found.next else "",
        first=address(wanted),
        jobs=address(wanted.model_copy(update={"sort": "id"}), "/jobs"),
        total=total,
        most=MOST,
        names=ask.channel_names(),
        states=[s.value for s in State],
        may_make="generate" in ROLES[ask.actor.role],
        may_import="import" in ROLES[ask.actor.role],
    )


def _row(
    ask: Ask, product: Product, held: Sequence[Listing], channels: Mapping[str, Channel]
) -> dict[str, Any]:
    """A product with how whole its facts are, and its listings with what blocks each."""
    rows = []
    for one in held:
        have, want, missing = editor.complete(one, channels.get(one.channel), ask.language)
        blocking = sum(f.blocks for f in one.findings)
        rows.append((one, round(100 * have / want) if want else 0, missing, blocking))
    full, lacks = _full(product, ask.language)
    return {
        "product": product,
        "full": full,
        "lacks": [ask.tr(f"lack.{name}") for name in lacks],
        "listings": rows,
    }


def _full(product: Product, locale: str) -> tuple[int, list[str]]:
    """How whole the facts are in percent, and what a listing would miss."""
    facts = product.in_locale(locale)
    there = {
        "title": facts.title,
        "description": facts.description,
        "category": facts.category,
        "brand": product.brand,
        "price": product.price or any(v.price for v in product.variants),
        "photo": product.photos or any(v.photos for v in product.variants),
        "facts": len(facts.attributes) >= FACTS,
    }
    missing = [name for name, held in there.items() if not held]
    return round(100 * (len(there) - len(missing)) / len(there)), missing


# --- deeds ----------------------------------------------------------------------------------------


def _act(ask: Ask, deed: Deed) -> tuple[Any, Any]:
    """Another address of the list; or the sample catalog, one click away."""
    if deed.do == "look":
        return gr.skip(), _table(ask, _asked(ask, deed))
    if deed.do != "sample":
        raise board.unknown(deed)
    try:
        report = ask.studio.import_sample(ask.actor, language=ask.language)
    except StudioError as error:
        return _refused(ask, error), gr.skip()
    return ask.part("imported", report=report), _table(ask, ask.query)


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
    return ask.part("imported", report=report), _table(ask, ask.query)


def _refused(ask: Ask, error: StudioError) -> str:
    text = refusals.sentence(ask, Deed(do="import"), error, None)
    return ask.part("note", kind="bad", text=text)


def _make(ask: Ask, deed: Deed, runs: Runs) -> Iterator[tuple[Any, Any]]:
    """Make listings for the products that are ticked, or for all that the page shows."""
    ids = [id for id in deed.fields.get("ids", "").split("\n") if id][:PAGE]
    if not ids:
        query = _asked(ask, deed)
        after = query.get("after", "")[:2000]
        shown = ask.studio.browse(filter_of(query), ask.actor, after=after, limit=PAGE)
        ids = [p.id for p in shown]
    try:
        tasks, fresh = ask.studio.plan(
            ask.actor,
            channel=deed.channel,
            ids=ids,
            pictures=deed.fields.get("pictures") == "yes",
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
    yield gr.skip(), _table(ask, _asked(ask, deed))

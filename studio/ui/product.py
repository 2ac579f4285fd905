"""The page of one product: facts, copy with its findings, pictures, and what may be done."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Event as Flag
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import gradio as gr

from studio.errors import StudioError
from studio.kit import Step
from studio.schema import Event, Listing, Product, now
from studio.service import Change, Compared
from studio.service.differing import pieces as diff
from studio.ui import deeds, editor, refusals
from studio.ui.desk import QUIET, Ask, Deed, Desk, view
from studio.ui.making import Runs

if TYPE_CHECKING:
    from studio.ui.reviews import Queue

BUTTONS = ("save", "fix", "submit", "withdraw", "undo", "reject", "approve")
PROPOSE = ("fix", "reword")
NEEDS = {"save": "edit", "fix": "edit"}  # the service's word, where the button has another


@dataclass
class Shown:
    """What the page shows. `typed`: words of the person that could not be saved, `seen`: the
    revision that they were typed over."""

    product: Product | None = None
    listings: list[Listing] = field(default_factory=list)
    listing: Listing | None = None
    said: str = ""
    problem: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    seen: int = 0
    changes: Sequence[Change] = ()  # what rewrites would change, to be applied or cancelled


def page(desk: Desk, runs: Runs) -> None:
    nav, progress, body = view("nav"), view("progress"), view("body")

    def make(ask: Ask, deed: Deed) -> Iterator[Any]:
        yield from (_again if deed.do == "again" else _make)(ask, deed, runs)

    def stop(ask: Ask, deed: Deed) -> None:
        runs.stop(ask)

    desk.opens("/product", _load, nav, body)
    body.act(desk.doer(_act), None, body, **QUIET)
    body.make(desk.doer(make), None, [progress, body], **QUIET)
    progress.act(desk.doer(stop), None, None, **QUIET)


def find(ask: Ask, id: str, wanted: str = "") -> Shown:
    """A product with its listings, and the wanted one or the first. Raises NotFoundError."""
    product = ask.studio.product(id, ask.actor)
    listings = list(ask.studio.listings(ask.actor, product=id, limit=50))
    listings.sort(key=lambda one: one.id)
    chosen = next((one for one in listings if one.id == wanted), listings[0] if listings else None)
    return Shown(product, listings, chosen)


def _load(ask: Ask) -> tuple[str, str]:
    id = ask.query.get("id", "")
    try:
        shown = find(ask, id, ask.query.get("listing", "")) if id else Shown()
    except StudioError:
        shown = Shown(problem=ask.tr("product.unknown", id=id[:80]))
    return ask.nav("/product"), body(ask, shown)


def _act(ask: Ask, deed: Deed) -> str:
    """Do it, and show what came of it; what was typed stays when it was refused."""
    return body(ask, _done(ask, deed))


def _done(ask: Ask, deed: Deed) -> Shown:
    product = deed.listing.rsplit("/", 2)[0] or ask.query.get("id", "")
    if deed.do == "open":
        return find(ask, product, deed.listing)
    said, problem, typed = attempt(ask, deed)
    shown = find(ask, product, deed.listing)
    shown.said, shown.problem, shown.typed, shown.seen = said, problem, typed, deed.revision
    return proposing(ask, deed, shown)


def proposing(ask: Ask, deed: Deed, shown: Shown) -> Shown:
    """The page with what the deed proposes, where it was one that does."""
    if deed.do in PROPOSE and not shown.problem:
        shown.changes = deeds.changes(ask, deed)
        if not any(c.after != c.before or c.note for c in shown.changes):
            shown.changes, shown.said = (), ask.tr("fix.none")
    return shown


def attempt(ask: Ask, deed: Deed) -> tuple[str, str, Mapping[str, str]]:
    """(what to say, the problem, words that were not saved) of a deed."""
    try:
        return deeds.do(ask, deed), "", {}
    except StudioError as error:
        try:
            held = ask.studio.listing(deed.listing, ask.actor)
        except StudioError:
            held = None
        problem = refusals.sentence(ask, deed, error, held)
        # Words that were saved before the refusal are in the store by now.
        lost = editor.changed(held.text, deed.fields) if held else {}
        return "", problem, deed.fields if lost else {}


def body(
    ask: Ask, shown: Shown, *, queue: Queue | None = None, part: str = "body", **more: Any
) -> str:
    """Everything under the head of the page, or the `part` "page" of it, which is the listing
    without its queue. `queue` and `more`: what the review page adds."""
    listing, channels = shown.listing, ask.channels()
    channel = channels.get(listing.channel) if listing else None
    lang = ask.language
    values: dict[str, Any] = {"pieces": [], "elsewhere": [], "complete": (0, 0, []), "history": []}
    values |= {"ledger": [], "compared": None, "changed": (), "since": None}
    values |= {"variants": {}, "scenes": ()}
    if listing is not None:
        pieces = editor.pieces(listing, channel, lang, shown.typed)
        values = {
            "pieces": pieces,
            "elsewhere": editor.elsewhere(listing, pieces),
            "complete": editor.complete(listing, channel, lang),
            "history": history(ask, listing),
            "ledger": editor.ledger(listing, lang),
            "compared": ask.studio.compared(listing.id, ask.actor),
            "changed": ask.studio.changed(listing.id, ask.actor),
            "since": _since(ask, shown, listing),
            "variants": ask.studio.variants(listing.id, ask.actor),
            "scenes": [s.name for s in channel.slots if s.kind == "scene"] if channel else (),
        }
    moves = ask.studio.actions(listing, ask.actor) if listing else ()
    known = _known(ask)
    return ask.part(
        part,
        shown=shown,
        product=shown.product,
        listing=listing,
        nonce=secrets.token_hex(4),
        address=_address(shown, queue),
        names=ask.channel_names(),
        moves=moves,
        buttons=_buttons(listing, moves, known),
        may_make="generate" in known,
        may_say="comment" in known,
        colleagues=ask.studio.colleagues(ask.actor) if "assign" in known else (),
        today=now().date(),
        may_reword=ask.studio.rewords,
        edit_of=deeds.edit_of,
        diff=diff,
        dict_of=lambda found: {c.field: c.after for c in found if c.after != c.before},
        label=lambda name: editor.label(lang, name),
        slot=lambda name: editor.slot(lang, name),
        fact=lambda name: editor.fact(lang, name),
        clashes={c.field for c in values["since"].changes} if values["since"] else (),
        queue=queue,
        **{"panel": "", "bounds": (), "may_send": False, **more, **values},
    )


def _since(ask: Ask, shown: Shown, listing: Listing) -> Compared | None:
    """What somebody else changed in the revisions that the person has not seen."""
    if not shown.problem or not 0 < shown.seen < listing.revision:
        return None
    return ask.studio.compared(listing.id, ask.actor, shown.seen)


def _buttons(
    listing: Listing | None, moves: Collection[str], known: Collection[str]
) -> list[tuple[str, bool]]:
    """(button, whether it may be tried now) of those that the role may ever use."""
    mends = bool(listing and any(f.edit and f.safe and not f.cleared for f in listing.findings))
    able = [(name, NEEDS.get(name, name)) for name in BUTTONS]
    return [(b, a in moves and (b != "fix" or mends)) for b, a in able if a in known]


def _known(ask: Ask) -> frozenset[str]:
    """What the person's role may do at all; a button that never works is not drawn."""
    from studio.review import ROLES

    return ROLES[ask.actor.role]


def _address(shown: Shown, queue: Queue | None) -> str:
    """The address of what is shown, so that a reload or a bookmark comes back to it."""
    if shown.product is None:
        return ""
    where = {"listing": shown.listing.id} if shown.listing else {}
    if queue:
        return f"/review?{urlencode({**queue.filters, **where})}"
    return f"/product?{urlencode({'id': shown.product.id, **where})}"


def history(ask: Ask, listing: Listing) -> list[Event]:
    """What happened to the listing, the newest first."""
    events: list[Event] = []
    after: int | None = 0
    while after is not None:
        found = ask.studio.events(ask.actor, listing=listing.id, after=after, limit=200)
        events += found.items
        after = found.next
    return events[::-1]


def again(ask: Ask, deed: Deed, runs: Runs) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """A field written anew by a wish: the words as they come, then what it would change."""

    def work(say: Step, cancel: Flag) -> Change:
        told = partial(say, "copy")
        at = (deed.listing, deed.field, deed.hint, ask.actor)
        return ask.studio.again(*at, on_text=told, cancel=cancel)

    try:
        for bar, change in runs.stream(ask, editor.label(ask.language, deed.field), work):
            yield bar, None if change is None else _wished(ask, deed, change)
    except StudioError as error:
        problem = refusals.sentence(ask, deed, error, None)
        yield "", {"problem": problem, "typed": deed.fields}


def _wished(ask: Ask, deed: Deed, change: Change) -> dict[str, Any]:
    if change.after == change.before:
        said = " ".join(filter(None, (ask.tr("again.same"), change.detail)))
        return {"said": said, "typed": deed.fields}
    return {"changes": (change,), "typed": deed.fields}


def _again(ask: Ask, deed: Deed, runs: Runs) -> Iterator[tuple[str, Any]]:
    for bar, told in again(ask, deed, runs):
        shown = find(ask, ask.query.get("id", ""), deed.listing)
        for name, value in (told or {}).items():
            setattr(shown, name, value)
        yield bar, gr.skip() if told is None else body(ask, shown)


def rechecked(ask: Ask, deed: Deed) -> dict[str, dict[str, Any]]:
    """What the rules say of words that are being typed, by field; nothing is stored."""
    held = ask.studio.listing(deed.listing, ask.actor)
    wanted = {k: v for k, v in editor.changed(held.text, deed.fields).items() if v is not None}
    seen = ask.studio.preview(deed.listing, wanted, ask.actor)
    channel, lang = ask.channels().get(held.channel), ask.language
    found = {p.place: p for p in editor.pieces(seen, channel, lang, deed.fields)}
    more = {
        "listing": seen,
        "moves": ask.studio.actions(held, ask.actor),
        "may_reword": ask.studio.rewords,
        "edit_of": deeds.edit_of,
    }
    return {
        name: {
            "back": ask.part("marks", p=found[name]),
            "findings": ask.part("findings", p=found[name], **more),
            "used": found[name].used,
            "over": bool(found[name].most and found[name].used > found[name].most),
        }
        for name in deed.fields
        if name in found
    }


def versions(ask: Ask, id: str, name: str, number: int) -> str:
    """The words that a field had, or a whole revision against the one of today."""
    listing = ask.studio.listing(id, ask.actor)
    told = ask.studio.versions(id, name, ask.actor) if name else ()
    whole = ask.studio.compared(id, ask.actor, number) if number else None
    return ask.part(
        "versions",
        listing=listing,
        field=name,
        words=listing.text.text(name) if name else "",
        versions=told,
        compared=whole,
        slot=lambda one: editor.slot(ask.language, one),
        may_edit="edit" in ask.studio.actions(listing, ask.actor),
        diff=diff,
        label=lambda one: editor.label(ask.language, one),
    )


def _make(ask: Ask, deed: Deed, runs: Runs) -> Iterator[tuple[str, Any]]:
    """Make the product's listing again, showing the words as they come, then the result."""
    id = ask.query.get("id", "")
    try:
        tasks, _ = ask.studio.plan(
            ask.actor,
            channel=deed.channel,
            locale=deed.locale,
            ids=[id],
            force=True,
            hint=deed.hint,
            pictures=deed.pictures,
        )
    except StudioError as error:
        shown = find(ask, id, deed.listing)
        shown.problem = refusals.sentence(ask, deed, error, None)
        yield "", body(ask, shown)
        return
    for bar in runs.make(ask, tasks, replace=True):
        yield bar, gr.skip()
    locale = tasks[0].brief.locale
    yield gr.skip(), body(ask, find(ask, id, f"{id}/{deed.channel}/{locale}"))

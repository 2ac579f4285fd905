"""The page of one product: facts, copy with findings, pictures, and what may be done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.errors import StudioError
from studio.schema import Copy, Listing, Product, State, by_language
from studio.ui.desk import Ask, Desk

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
FIELDS = ("title", "bullets", "description", "keywords")
MOVES = ("save", "fix", "submit", "approve", "reject", "withdraw", "waive")


def channel_choices(ask: Ask) -> list[tuple[str, str]]:
    """(name in the user's language, id) of each channel."""
    found = ask.studio.channels(ask.actor)
    return [(by_language(c.name, ask.language), c.id) for c in found]


def state_of(name: str) -> State | None:
    return State(name) if name in list(State) else None


def by_state(counts: dict[str, dict[str, int]]) -> dict[str, int]:
    """How many listings are in each state, all channels together."""
    return {s.value: sum(c.get(s.value, 0) for c in counts.values()) for s in State}


@dataclass
class Shown:
    """What the page shows."""

    product: Product | None
    listings: list[Listing]
    listing: Listing | None


def find(ask: Ask, listing: str = "") -> Shown:
    """The product of the address, and the listing named there or by the caller."""
    id, wanted = ask.query.get("id", ""), listing or ask.query.get("listing", "")
    if not id:
        return Shown(None, [], None)
    product = ask.studio.product(id, ask.actor)
    listings = list(ask.studio.listings(ask.actor, product=id, limit=50))
    chosen = next((one for one in listings if one.id == wanted), listings[0] if listings else None)
    return Shown(product, listings, chosen)


def page(demo: gr.Blocks, desk: Desk, t: Callable[[str], Any]) -> None:
    nav, head = gr.HTML(), gr.HTML(elem_id="head")
    # Where the page stands. Both are checked by the service, so a forged value gains nothing.
    listing = gr.Textbox(visible="hidden", elem_id="listing")
    revision = gr.Textbox(visible="hidden", elem_id="revision")
    with gr.Row():
        with gr.Column(scale=3, min_width=240):
            facts = gr.HTML()
        with gr.Column(scale=6, min_width=420):
            title = gr.Textbox(label=t("product.title"), elem_id="title")
            bullets = gr.Textbox(label=t("product.bullets"), lines=5, elem_id="bullets")
            description = gr.Textbox(label=t("product.description"), lines=6, elem_id="description")
            keywords = gr.Textbox(label=t("product.keywords"), lines=3, elem_id="keywords")
            with gr.Row():
                save = gr.Button(t("product.save"), elem_id="save")
                fix = gr.Button(t("product.fix"), elem_id="fix")
                submit = gr.Button(t("product.submit"), variant="primary", elem_id="submit")
            with gr.Row():
                approve = gr.Button(t("product.approve"), variant="primary", elem_id="approve")
                reject = gr.Button(t("product.reject"), variant="stop", elem_id="reject")
                withdraw = gr.Button(t("product.withdraw"), elem_id="withdraw")
            reason = gr.Textbox(label=t("product.reason"), elem_id="reason", max_length=2000)
            with gr.Row():
                which = gr.Dropdown(label=t("product.which"), elem_id="which")
                waive = gr.Button(t("product.waive"), elem_id="waive")
            findings = gr.HTML(elem_id="findings")
        with gr.Column(scale=4, min_width=280):
            with gr.Row():
                channel = gr.Dropdown(label=t("catalog.channel"), elem_id="channel")
                make = gr.Button(t("product.make"), variant="primary", elem_id="make")
            hint = gr.Textbox(label=t("product.hint"), elem_id="hint", max_length=500)
            words = gr.HTML(elem_id="words")
            pictures = gr.HTML(elem_id="pictures")

    copy = [title, bullets, description, keywords]
    shown = [head, listing, revision, facts, *copy, which, findings, pictures]
    buttons = (save, fix, submit, approve, reject, withdraw, waive)
    state = [*buttons]
    demo.load(desk.handler(_load), None, [nav, channel, *shown, *state], **QUIET)
    for action, button in zip(MOVES, buttons, strict=True):
        button.click(
            desk.handler(_acting(action)),
            [listing, revision, reason, which, *copy],
            [*shown, *state],
            **QUIET,
        )
    make.click(desk.handler(_make), [channel, hint], [words, *shown, *state], **QUIET)


def _load(ask: Ask) -> tuple[Any, ...]:
    choices = channel_choices(ask)
    shown = find(ask)
    at = shown.listing.channel if shown.listing else (choices[0][1] if choices else None)
    channel = gr.Dropdown(choices=choices, value=at)
    return (ask.nav("/product", "catalog.product"), channel, *_show(ask, shown))


def _show(ask: Ask, shown: Shown, *, said: str = "", problem: str = "") -> tuple[Any, ...]:
    """The values of all parts of the page."""
    listing = shown.listing
    copy = listing.text if listing else Copy()
    blocking = [f for f in listing.findings if f.blocks] if listing else []
    return (
        ask.part(
            "head",
            product=shown.product,
            listings=shown.listings,
            listing=listing,
            said=said,
            problem=problem,
        ),
        listing.id if listing else "",
        str(listing.revision) if listing else "",
        ask.part("facts", product=shown.product, locale=_locale(shown)) if shown.product else "",
        copy.title,
        "\n".join(copy.bullets),
        copy.description,
        "\n".join(copy.keywords),
        gr.Dropdown(choices=[(f"{f.match} ({f.id})", f.key) for f in blocking], value=None),
        ask.part("findings", listing=listing),
        ask.part("pictures", product=shown.product, listing=listing),
        *_buttons(ask, listing),
    )


def _locale(shown: Shown) -> str:
    assert shown.product is not None
    return shown.listing.locale if shown.listing else shown.product.locale


def _buttons(ask: Ask, listing: Listing | None) -> list[Any]:
    """What may be tried is enabled; the service decides all the same."""
    moves = ask.studio.actions(listing, ask.actor) if listing else ()
    needs = {"save": "edit", "fix": "edit"}
    return [gr.Button(interactive=needs.get(action, action) in moves) for action in MOVES]


def _acting(action: str) -> Callable[..., Any]:
    def act(
        ask: Ask, id: str, revision: str, reason: str, which: str | None, *fields: str
    ) -> tuple[Any, ...]:
        """Do it on the revision that the page showed, and show what came of it."""
        studio, me = ask.studio, ask.actor
        try:
            seen = int(revision)
            if action in ("save", "submit", "approve"):
                # What was typed is never lost: it is saved before anything is decided on it.
                seen = _saved(ask, id, seen, fields)
            if action == "fix":
                studio.fix_all(id, revision=seen, actor=me)
            elif action == "reject":
                studio.reject(id, reason, revision=seen, actor=me)
            elif action == "waive":
                studio.waive(id, which or "", reason, actor=me)
            elif action in ("submit", "approve", "withdraw"):
                getattr(studio, action)(id, revision=seen, actor=me)
        except StudioError as error:
            values = list(_show(ask, find(ask, id), problem=str(error)))
            values[4:8] = fields  # the person's words stay in the fields
            return tuple(values)
        shown = find(ask, id)
        assert shown.listing is not None
        state = ask.tr(f"state.{shown.listing.state.value}")
        said = ask.tr("product.saved") if action == "save" else ask.tr("product.moved", state=state)
        return _show(ask, shown, said=said)

    act.__name__ = action
    return act


def _saved(ask: Ask, id: str, seen: int, fields: tuple[str, ...]) -> int:
    """Save the fields if they differ from the revision that was seen; the revision after that."""
    changes = changed(ask.studio.listing(id, ask.actor).text, *fields)
    if not changes:
        return seen
    return ask.studio.edit(id, changes, revision=seen, actor=ask.actor).revision


def changed(
    text: Copy, title: str, bullets: str, description: str, keywords: str
) -> dict[str, str | None]:
    """Field -> new words, for what a person changed; None takes a piece of a list away."""
    wanted: dict[str, str | None] = {"title": title, "description": description}
    for name, lines in (("bullets", bullets), ("keywords", keywords)):
        kept = [line.strip() for line in lines.splitlines() if line.strip()]
        held = len(getattr(text, name))
        for i in range(max(len(kept), held)):
            wanted[f"{name}.{i}"] = kept[i] if i < len(kept) else None
    return {field: words for field, words in wanted.items() if words != text.text(field)}


def _make(ask: Ask, channel: str, hint: str) -> Iterator[tuple[Any, ...]]:
    """Make the product's listing again, showing that it works, then the result."""
    id = ask.query.get("id", "")
    tasks, _ = ask.studio.plan(ask.actor, channel=channel, ids=[id], force=True, hint=hint)
    still = [gr.skip()] * (11 + len(MOVES))
    line = ask.tr("making.line", at=1, n=1, what=tasks[0].product.title)
    yield (ask.part("line", text=line), *still)
    report = ask.studio.generate(tasks, ask.actor, replace=True)
    problem = "; ".join(f.reason for f in report.failed)
    made = report.made[0] if report.made else ""
    yield ("", *_show(ask, find(ask, made), problem=problem))

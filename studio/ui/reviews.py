"""The review desk: a queue beside the listing in hand, worked through by keys."""

from __future__ import annotations

from typing import Any

import gradio as gr

from studio.schema import Listing, State
from studio.ui import product
from studio.ui.desk import QUIET, Ask, Deed, Desk, view

PAGE = 25
DECISIONS = ("approve", "reject")


def page(demo: gr.Blocks, desk: Desk) -> None:
    nav, body = view("nav"), view("body")
    demo.load(desk.handler(_load), None, [nav, body], **QUIET)
    body.act(desk.doer(_act), None, body, **QUIET)


def _load(ask: Ask) -> tuple[str, str]:
    items, queue = _queue(ask)
    wanted = ask.query.get("listing", "")
    chosen = next((one for one in items if one.id == wanted), items[0] if items else None)
    return ask.nav("/review", "nav.review"), _body(ask, chosen, queue)


def _queue(ask: Ask) -> tuple[list[Listing], dict[str, Any]]:
    """The listings of the address's filter, riskiest first, and what the page draws of them."""
    chosen = ask.query.get("state", State.SUBMITTED.value)
    state = State(chosen) if chosen in list(State) else None
    search, channel = ask.query.get("search", "")[:200], ask.query.get("channel", "")[:80]
    found = ask.studio.listings(
        ask.actor,
        state=state,
        channel=channel,
        search=search,
        after=ask.number("after"),
        limit=PAGE,
    )
    filters = {"state": state.value if state else "all", "search": search, "channel": channel}
    counts = ask.studio.counts(ask.actor)
    return list(found), {
        "items": list(found),
        "filters": {name: value for name, value in filters.items() if value},
        "counts": {s.value: sum(c.get(s.value, 0) for c in counts.values()) for s in State},
        "channels": sorted(counts),
        "next": found.next,
    }


def _body(
    ask: Ask, chosen: Listing | None, queue: dict[str, Any], deed: Deed | None = None, **told: Any
) -> str:
    shown = product.Shown()
    if chosen is not None:
        found = ask.studio.product(chosen.product, ask.actor)
        shown = product.Shown(found, [chosen], chosen)
    for name, value in told.items():
        setattr(shown, name, value)
    if deed is not None:
        shown = product.proposing(ask, deed, shown)
    ids = [one.id for one in queue["items"]]
    at = ids.index(chosen.id) if chosen is not None and chosen.id in ids else -1
    before = ids[at - 1] if at > 0 else ""
    after = ids[at + 1] if 0 <= at < len(ids) - 1 else ""
    return product.body(ask, shown, **queue, before=before, after=after)


def _act(ask: Ask, deed: Deed) -> str:
    """Open another item, or do something to this one; after a decision the next is opened."""
    items, queue = _queue(ask)
    if deed.do == "open":
        return _body(ask, ask.studio.listing(deed.listing, ask.actor), queue)
    ids = [one.id for one in items]
    at = ids.index(deed.listing) if deed.listing in ids else 0
    said, problem, typed = product.attempt(ask, deed)
    items, queue = _queue(ask)
    if problem or deed.do not in DECISIONS:
        chosen = ask.studio.listing(deed.listing, ask.actor)
        return _body(ask, chosen, queue, deed, said=said, problem=problem, typed=typed)
    left = [one for one in items if one.id != deed.listing]
    following = [one for one in left if one.id in ids[at + 1 :]] or left
    return _body(ask, following[0] if following else None, queue, said=said)

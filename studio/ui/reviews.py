"""The review desk: a queue beside the listing in hand, worked through by keys.

The page's script (review.js) shows the next item at once and tells the server behind; what answers
it is `item` and `decided`. Everything else goes the way of the product page.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from studio.errors import StudioError
from studio.review import ROLES
from studio.schema import Listing, State
from studio.service import Sampling
from studio.service.sampling import BOUNDS, needed, upper
from studio.ui import product, refusals
from studio.ui.desk import QUIET, Ask, Deed, Desk, view
from studio.ui.making import Runs

PAGE = 25
FILTERS = ("state", "search", "channel", "mine", "overdue", "plan")


@dataclass
class Queue:
    """What stands at the left: the listings of the address's filter, the riskiest first."""

    items: list[Listing]
    filters: dict[str, str]
    counts: dict[str, int]
    channels: list[str] = field(default_factory=list)
    next: int | None = None
    plan: Sampling | None = None

    @property
    def narrowed(self) -> bool:
        """Whether the filter asks for more than a state."""
        return bool(self.filters.keys() - {"state"})

    def link(self, **more: str) -> dict[str, str]:
        """The address's filter with other values; "" takes one away."""
        return {k: v for k, v in {**self.filters, **more}.items() if v}


def page(desk: Desk, runs: Runs) -> None:
    nav, progress, body = view("nav"), view("progress"), view("body")

    def again(ask: Ask, deed: Deed) -> Iterator[Any]:
        for bar, changes in product.again(ask, deed, runs):
            yield bar, gr.skip() if changes is None else _drawn(ask, deed, changes)

    def stop(ask: Ask, deed: Deed) -> None:
        runs.stop(ask)

    desk.opens("/review", _load, nav, body)
    body.act(desk.doer(_act), None, body, **QUIET)
    body.make(desk.doer(again), None, [progress, body], **QUIET)
    progress.act(desk.doer(stop), None, None, **QUIET)


def _load(ask: Ask) -> tuple[str, str]:
    queue = _queue(ask)
    wanted = ask.query.get("listing", "")
    first = queue.items[0] if queue.items else None
    chosen = next((one for one in queue.items if one.id == wanted), first)
    if chosen is None and wanted:  # a link to one that the filter no longer shows
        chosen = _listing(ask, wanted)
    return ask.nav("/review", "nav.review"), _body(ask, chosen, queue)


def _listing(ask: Ask, id: str) -> Listing | None:
    try:
        return ask.studio.listing(id, ask.actor)
    except StudioError:
        return None


def _queue(ask: Ask) -> Queue:
    filters = {name: ask.query.get(name, "")[:200] for name in FILTERS}
    if ask.number("plan"):
        return _sample(ask, ask.number("plan"))
    chosen = filters["state"] or State.SUBMITTED.value
    state = State(chosen) if chosen in list(State) else None
    found = ask.studio.listings(
        ask.actor,
        state=state,
        channel=filters["channel"],
        search=filters["search"],
        mine=bool(filters["mine"]),
        overdue=bool(filters["overdue"]),
        after=ask.number("after"),
        limit=PAGE,
    )
    filters["state"] = state.value if state else "all"
    held = ask.studio.counts(ask.actor)
    counts, kept = _counts(held), {k: v for k, v in filters.items() if v}
    return Queue(list(found), kept, counts, sorted(held), found.next)


def _counts(held: dict[str, dict[str, int]]) -> dict[str, int]:
    return {s.value: sum(c.get(s.value, 0) for c in held.values()) for s in State}


def _sample(ask: Ask, number: int) -> Queue:
    """The next listings of those that a plan has drawn."""
    plan = ask.studio.sampling(number, ask.actor)
    items = [ask.studio.listing(id, ask.actor) for id in plan.open[:PAGE]]
    counts = _counts(ask.studio.counts(ask.actor))
    return Queue(items, {"plan": str(number)}, counts, plan=plan)


def _body(
    ask: Ask, chosen: Listing | None, queue: Queue, deed: Deed | None = None, **told: Any
) -> str:
    shown = _shown(ask, chosen, deed, **told)
    drawn = panel(ask, queue.plan) if queue.plan else ""
    able = "submit" in ROLES[ask.actor.role]
    return product.body(ask, shown, queue=queue, panel=drawn, bounds=_bounds(ask), may_send=able)


def _shown(ask: Ask, chosen: Listing | None, deed: Deed | None, **told: Any) -> product.Shown:
    shown = product.Shown()
    if chosen is not None:
        found = ask.studio.product(chosen.product, ask.actor)
        shown = product.Shown(found, [chosen], chosen)
    for name, value in told.items():
        setattr(shown, name, value)
    return product.proposing(ask, deed, shown) if deed is not None else shown


def _bounds(ask: Ask) -> list[tuple[float, int]]:
    """(share that may be wrong, how many must be looked at), where the role may approve at all."""
    able = "approve" in ROLES[ask.actor.role]
    return [(bound, needed(bound)) for bound in BOUNDS] if able else []


def panel(ask: Ask, plan: Sampling) -> str:
    """How far the sample is, and what may be done when all of it was looked at."""
    waiting = plan.waiting if plan.by == ask.actor.name else 0
    best = upper(len(plan.wrong), len(plan.sample))  # when all that is open turns out right
    return ask.part("plan", plan=plan, best=best, waiting=waiting, percent=_percent)


def _percent(share: float) -> str:
    """Upwards, so that a bound is never told lower than it is."""
    return f"{math.ceil(1000 * share) / 10:g}"


def _still(ask: Ask, id: str, plan: Sampling) -> bool:
    held = ask.studio.listing(id, ask.actor)
    return held.state is State.SUBMITTED and held.revision == plan.revisions[id]


def _act(ask: Ask, deed: Deed) -> str:
    """Open another item, or do something to this one."""
    if deed.do == "open":
        queue = _queue(ask)
        first = queue.items[0] if queue.items else None
        return _body(ask, _listing(ask, deed.listing) if deed.listing else first, queue)
    said, problem, typed = product.attempt(ask, deed)
    chosen = ask.studio.listing(deed.listing, ask.actor)
    told = {"said": said, "problem": problem, "typed": typed, "seen": deed.revision}
    return _body(ask, chosen, _queue(ask), deed, **told)


def _drawn(ask: Ask, deed: Deed, told: dict[str, Any]) -> str:
    return _body(ask, ask.studio.listing(deed.listing, ask.actor), _queue(ask), **told)


def item(ask: Ask, id: str, deed: Deed | None = None, **told: Any) -> str:
    """The listing without its queue. Raises NotFoundError."""
    shown = _shown(ask, ask.studio.listing(id, ask.actor), deed, **told)
    filters = {name: ask.query[name][:200] for name in FILTERS if ask.query.get(name)}
    return product.body(ask, shown, queue=Queue([], filters, {}), part="page")


def decided(ask: Ask, deed: Deed) -> dict[str, Any]:
    """Do it, and tell the script what came of it; a refusal brings the item along."""
    if deed.do in ("draw", "rest", "send"):
        return _many(ask, deed)
    said, problem, typed = product.attempt(ask, deed)
    told: dict[str, Any] = {"said": said, "problem": problem}
    if problem:
        told["page"] = item(ask, deed.listing, problem=problem, typed=typed, seen=deed.revision)
    told["revision"] = ask.studio.listing(deed.listing, ask.actor).revision
    told["counts"] = _counts(ask.studio.counts(ask.actor))
    if ask.number("plan"):
        told["panel"] = panel(ask, ask.studio.sampling(ask.number("plan"), ask.actor))
    return told


def _many(ask: Ask, deed: Deed) -> dict[str, Any]:
    """Submit what the filter shows, draw a sample of it, or approve what was not drawn."""
    shown: dict[str, Any] = {
        "channel": ask.query.get("channel", "")[:200],
        "search": ask.query.get("search", "")[:200],
        "mine": bool(ask.query.get("mine")),
    }
    try:
        if deed.do == "send":
            sent, left = ask.studio.submit_all(ask.actor, **shown)
            said = ask.tr("send.done", n=sent) + (ask.tr("send.left", n=left) if left else "")
            return {"said": said, "counts": _counts(ask.studio.counts(ask.actor)), "redraw": True}
        if deed.do == "rest":
            done = ask.studio.approve_rest(deed.number, ask.actor)
            said = ask.tr("plan.done", n=len(done.approved))
            why = sorted({ask.tr(f"hurdle.{code}") for code in done.left.values()})
            if done.left:
                said += " " + ask.tr("plan.left", n=len(done.left), why=ask.tr("and").join(why))
            plan = ask.studio.sampling(deed.number, ask.actor)
            counts = _counts(ask.studio.counts(ask.actor))
            return {"said": said, "panel": panel(ask, plan), "counts": counts}
        plan = ask.studio.draw(ask.actor, bound=deed.bound, **shown)
        return {"go": f"/review?plan={plan.number}"}
    except StudioError as error:
        return {"problem": refusals.sentence(ask, deed, error, None)}

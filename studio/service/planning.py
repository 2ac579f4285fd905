"""What is to be made and why, and what it will take, before anything is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from studio import review
from studio.channels import locale_for
from studio.errors import NotFoundError
from studio.kit import Task, digest
from studio.schema import Actor, Brief, Noun
from studio.service.making import Making, listing_id
from studio.store import Filter

CHUNK = 500  # products in memory
FIRST = 20  # listings that are named for each reason
LAST = 50  # listings whose tokens and cost are an example of what comes


class Look(NamedTuple):
    """A task, the digest of its inputs, and why it must be made ("" when it is up to date)."""

    task: Task
    digest: str
    why: str


class Estimate(Noun):
    """What a job would do. `why`: reason -> how many; `which`: reason -> the first of them; `texts`
    and `pictures` at most; None where nothing of the kind was measured on this channel yet. `cost`
    is in the currency of the engine's prices. `measured`: from how many items the seconds are, from
    how many texts the tokens."""

    channel: str
    items: int
    fresh: int
    why: dict[str, int]
    which: dict[str, tuple[str, ...]]
    texts: int
    pictures: int
    seconds: float | None = None
    tokens: int | None = None
    cost: float | None = None
    measured: tuple[int, int] = (0, 0)


class Planning(Making):
    """Plans at the memory of some hundred products."""

    def looked(
        self,
        actor: Actor,
        *,
        channel: str,
        locale: str = "",
        ids: Iterable[str] | None = None,
        search: str = "",
        wanted: Filter | None = None,
        force: bool = False,
        **wishes: Any,
    ) -> Iterator[Look]:
        """Every listing of a channel that could be made; see `plan`. `search`: only products with
        these words in id, titles or brand; `wanted`: only what the catalog's filter lets through.
        """
        review.permit(actor, "generate")
        if channel not in self.kit.channels:
            raise NotFoundError.of("channel", channel, self.kit.channels)
        spec = self.kit.channels[channel]
        if wanted is not None and wanted != Filter():
            ids = self.store.browsed_ids(wanted)
        chosen = self.store.all_products(search) if ids is None else map(self.store.product, ids)
        while chunk := list(islice(chosen, CHUNK)):
            tasks = [
                Task(p, Brief(channel=channel, locale=locale or locale_for(spec, p), **wishes))
                for p in chunk
            ]
            held = self.store.marks(map(listing_id, tasks))
            for task in tasks:
                inputs = digest(task, self.kit)
                yield Look(task, inputs, _why(held.get(listing_id(task)), inputs, force))

    def plan(self, actor: Actor, *, channel: str, **wishes: Any) -> tuple[list[Task], list[str]]:
        """The tasks that must be made, and the listings that are up to date already.

        Without a `locale` each product is written in its own where the channel's customers read it,
        else in theirs (channels.locale_for); `ids`: only these products; `force`:
        also what is up to date. Other wishes are fields of Brief.
        """
        todo, fresh = [], []
        for look in self.looked(actor, channel=channel, **wishes):
            if look.why:
                todo.append(look.task)
            else:
                fresh.append(listing_id(look.task))
        return todo, fresh

    def estimate_job(
        self, actor: Actor, *, channel: str, limit: int | None = None, **wishes: Any
    ) -> Estimate:
        """The dry run of `start_job`: nothing is made, nothing is written."""
        why: Counter[str] = Counter()
        which: dict[str, tuple[str, ...]] = {}
        fresh = items = pictures = 0
        for look in self.looked(actor, channel=channel, **wishes):
            if not look.why:
                fresh += 1
            elif limit is None or items < limit:
                items += 1
                why[look.why] += 1
                if why[look.why] <= FIRST:
                    which[look.why] = (*which.get(look.why, ()), listing_id(look.task))
                pictures += look.task.brief.pictures
        spec = self.kit.channels[channel]
        paces = self.store.paces(channel)
        used = [
            made
            for listing in self.store.listings(channel=channel, limit=LAST)
            if (made := [m for m in listing.text.made if m.tokens_in or m.tokens_out])
        ]
        tokens = [sum(m.tokens_in + m.tokens_out for m in made) for made in used]
        costs = [sum(m.cost for m in made) for made in used]
        return Estimate(
            channel=channel,
            items=items,
            fresh=fresh,
            why=dict(why.most_common()),
            which=which,
            texts=items * sum(limit.count or 1 for limit in spec.fields.values()),
            pictures=pictures * len(spec.slots),
            seconds=round(items * sum(paces) / len(paces), 1) if paces else None,
            tokens=round(items * sum(tokens) / len(tokens)) if tokens else None,
            cost=round(items * sum(costs) / len(costs), 2) if any(costs) else None,
            measured=(len(paces), len(tokens)),
        )


def _why(held: tuple[str, str] | None, inputs: str, force: bool) -> str:
    """Why a listing must be made, by the digest that it was made from and its stale mark."""
    if held is None:
        return "new"
    made_from, stale = held
    if made_from == inputs:
        return "asked for" if force else ""
    return f"changed: {stale}" if stale else "other wishes, prompts, rules, models or channel facts"

"""Approving what a filter shows, after a sample of it was looked at.

The plan is a line of the record: the revisions that the filter showed, the seed, and the listings
that were drawn. What is approved by it names the plan, so that nobody has to believe the desk.
"""

from __future__ import annotations

import math
import random
import secrets
from collections import Counter
from collections.abc import Iterable
from typing import Any

from pydantic import Field

from studio import review
from studio.errors import DeniedError, InputError, NotFoundError, StateError
from studio.schema import Actor, Listing, Noun, State
from studio.service.reviewing import Reviewing
from studio.store.desk import Standing

CERTAIN = 0.95
MOST = 2000  # listings of one plan: they are approved in one transaction
BOUNDS = (0.2, 0.1, 0.05, 0.02, 0.01)  # shares that may be wrong, to be chosen from


class Sampling(Noun):
    """A plan and how far it is. `left`: code of `review.hurdle` -> how many must be read anyway."""

    number: int  # of its line in the record
    by: str
    bound: float  # the share of wrong ones that is wanted at most
    revisions: dict[str, int]  # what the filter showed and may be approved unseen
    sample: tuple[str, ...]
    left: dict[str, int] = Field(default_factory=dict)
    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    waiting: int = 0  # of the rest: those that still wait as they were shown

    @property
    def open(self) -> tuple[str, ...]:
        """What of the sample is still to be looked at."""
        return tuple(i for i in self.sample if i not in self.right and i not in self.wrong)

    @property
    def rest(self) -> dict[str, int]:
        """What was not drawn: to be approved together."""
        return {id: n for id, n in self.revisions.items() if id not in self.sample}

    @property
    def reached(self) -> float:
        """The share that is wrong at most, by what was looked at so far."""
        return upper(len(self.wrong), len(self.right) + len(self.wrong))

    @property
    def ready(self) -> bool:
        """Whether the whole sample was looked at and says what was wanted."""
        return not self.open and self.reached <= self.bound


class Approved(Noun):
    """What came of it. `left`: id -> why it was not approved."""

    approved: tuple[str, ...]
    left: dict[str, str] = Field(default_factory=dict)


class Sampled(Reviewing):
    """Plans, and what is approved by them."""

    def draw(
        self,
        actor: Actor,
        *,
        bound: float,
        channel: str = "",
        search: str = "",
        mine: bool = False,
        seed: int | None = None,
    ) -> Sampling:
        """A plan for what waits for review under this filter. Nothing is approved yet.

        Raises InputError for a bound that is none or a filter that shows too much, StateError when
        so few may be approved unseen that each is to be looked at.
        """
        review.permit(actor, "approve")
        if not 0.001 <= bound <= 0.5:
            raise InputError("the share of wrong ones lies between 0.1 % and 50 %")
        shown = self._shown(actor, channel=channel, search=search, mine=mine)
        authors = self.store.authors([one.id for one in shown])
        why = {one.id: review.hurdle(one, authors[one.id], actor) for one in shown}
        fit = {one.id: one.revision for one in shown if not why[one.id]}
        left = Counter(code for code in why.values() if code)
        if len(fit) <= needed(bound):
            raise StateError(
                f"{len(fit)} listings may be approved unseen, and {needed(bound)} would have to be "
                "looked at for that bound",
                hint="look at each, or choose a higher bound",
            )
        drawn = secrets.randbelow(2**32) if seed is None else seed
        plan: dict[str, Any] = {
            "filter": {"channel": channel, "search": search, "mine": mine},
            "bound": bound,
            "seed": drawn,
            "revisions": fit,
            "sample": chosen(fit, bound, drawn),
            "left": dict(left),
        }
        return self.sampling(self.store.note("sampled", actor, plan).number, actor)

    def _shown(self, actor: Actor, **filters: Any) -> list[Listing]:
        found: list[Listing] = []
        after: int | None = 0
        while after is not None:
            state = State.SUBMITTED
            page = self.listings(actor, state=state, after=after, limit=200, **filters)
            found += page.items
            after = page.next
            if len(found) > MOST:
                raise InputError(
                    f"the filter shows more than {MOST} listings", hint="choose a channel"
                )
        return found

    def sampling(self, number: int, actor: Actor) -> Sampling:
        """A plan as it stands. Raises NotFoundError."""
        review.permit(actor, "approve")
        line = self.store.event(number)
        if line.kind != "sampled":
            raise NotFoundError(f"line {number} of the record is no sampling plan")
        told = line.detail
        shown, sample = told["revisions"], told["sample"]
        held = self.store.standing(shown)
        seen = {id: _seen(held[id], shown[id], number) for id in sample}
        waits = [id for id in shown if not _seen(held[id], shown[id], number)]
        return Sampling(
            number=number,
            by=line.actor,
            bound=told["bound"],
            revisions=shown,
            sample=tuple(sample),
            left=told["left"],
            waiting=sum(held[id].state == State.SUBMITTED for id in waits if id not in seen),
            right=tuple(id for id, how in seen.items() if how == "right"),
            wrong=tuple(id for id, how in seen.items() if how == "wrong"),
        )

    def approve_rest(self, number: int, actor: Actor) -> Approved:
        """Approve what was not drawn, at the revisions that the filter showed, in one transaction;
        each is checked under today's rules before.

        Raises DeniedError for somebody else's plan, StateError while it is not ready.
        """
        plan = self.sampling(number, actor)
        if plan.by != actor.name:
            raise DeniedError(f"{plan.by} drew this sample", hint="draw your own")
        if not plan.ready:
            raise StateError(
                f"{len(plan.open)} of the sample are still to be looked at"
                if plan.open
                else f"{len(plan.wrong)} of {len(plan.sample)} were wrong: too many for the rest",
                hint="look at each of the sample" if plan.open else "review the rest one by one",
            )
        for id in plan.rest:
            self.recheck(id, actor)
        told = {
            "plan": number,
            "sampled": len(plan.sample),
            "wrong": len(plan.wrong),
            "bound": round(plan.reached, 4),
        }
        done, left = self.store.approve_many(plan.rest, actor, review.hurdle, told)
        return Approved(approved=tuple(done), left=left)


def _seen(held: Standing, shown: int, since: int) -> str:
    """ "right": approved as it was drawn, by somebody who looked; "wrong": rejected, changed or
    taken back; "" while nobody has looked."""
    if held.revision != shown:
        return "wrong"
    if held.state == State.SUBMITTED or held.plan:
        return ""
    return "right" if held.approval > since else "wrong"


def chosen(ids: Iterable[str], bound: float, seed: int) -> list[str]:
    """The listings to look at: drawn by seed, as many as the bound needs."""
    known = sorted(ids)
    return sorted(random.Random(seed).sample(known, min(needed(bound), len(known))))  # noqa: S311


def needed(bound: float) -> int:
    """How many must be looked at, none of them wrong, for `upper` to be at most the bound."""
    return math.ceil(math.log(1 - CERTAIN) / math.log(1 - bound))


def upper(wrong: int, looked: int) -> float:
    """The one-sided upper bound of Clopper and Pearson (1934) at 95 % for the share of wrong ones:
    the p at which `wrong` or fewer of `looked` have a chance of 5 %. 0 of n gives about 3/n."""
    if wrong >= looked:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        p = (low + high) / 2
        low, high = (p, high) if _chance(wrong, looked, p) > 1 - CERTAIN else (low, p)
    return high


def _chance(wrong: int, looked: int, p: float) -> float:
    """That at most `wrong` of `looked` are wrong when each is with chance p."""
    ways = math.lgamma(looked + 1)  # in logarithms, for the numbers of ways grow beyond floats
    return sum(
        math.exp(
            ways
            - math.lgamma(k + 1)
            - math.lgamma(looked - k + 1)
            + k * math.log(p)
            + (looked - k) * math.log1p(-p)
        )
        for k in range(wrong + 1)
    )

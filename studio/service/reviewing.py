"""Looking, editing and deciding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from studio import review
from studio.checks import audit, check_channel, context_of, examine, read, today
from studio.errors import InputError, NotFoundError
from studio.pipeline import second
from studio.schema import Actor, Brief, Claim, Copy, Event, Finding, Listing, State, now
from studio.service.base import Base
from studio.store import Page

MOST = 2000  # drafts that are submitted at once


class Reviewing(Base):
    """Listings and what people do with them."""

    def listings(
        self,
        actor: Actor,
        *,
        state: State | None = None,
        channel: str = "",
        product: str = "",
        search: str = "",
        after: int = 0,
        limit: int = 50,
        stale: bool = False,
        mine: bool = False,
        overdue: bool = False,
    ) -> Page[Listing, int]:
        """A page of listings, riskiest first. `mine`: that the actor is to see to; `overdue`:
        not done by their day."""
        review.permit(actor, "read")
        return self.store.listings(
            state=state,
            channel=channel,
            product=product,
            search=search,
            after=after,
            limit=limit,
            stale=stale,
            assignee=actor.name if mine else "",
            overdue=now().date() if overdue else None,
        )

    def listing(self, id: str, actor: Actor) -> Listing:
        review.permit(actor, "read")
        return self.store.listing(id)

    def edit(
        self, id: str, changes: Mapping[str, str | None], *, revision: int, actor: Actor
    ) -> Listing:
        """Put new words into fields of the revision that was read; None takes a piece away.

        Raises StateError when somebody else saved since.
        """
        review.permit(actor, "edit")
        listing = self.store.listing(id)
        text = _changed(listing.text, changes)
        claims, findings = self._checked(listing, text)
        return self.store.save_text(id, text, claims, findings, revision=revision, actor=actor)

    def preview(self, id: str, changes: Mapping[str, str | None], actor: Actor) -> Listing:
        """The listing as `edit` would make it, checked by the rules; nothing is stored, and no
        model is asked."""
        review.permit(actor, "edit")
        listing = self.store.listing(id)
        text = _changed(listing.text, changes)
        claims, findings = self._checked(listing, text, ask=False)
        return listing.model_copy(update={"text": text, "claims": claims, "findings": findings})

    def _checked(
        self, listing: Listing, text: Copy, *, ask: bool = True, offers: bool = True
    ) -> tuple[tuple[Claim, ...], tuple[Finding, ...]]:
        """Claims and findings of a text under today's rules; those of its pictures stay. `ask`:
        the judge, where there is one, about what is new. `offers`: findings with replacements,
        which take most of the time."""
        product = self.store.product(listing.product)
        channel = self.kit.channel(listing.brief)
        context = context_of(product, listing.brief, channel)
        texts = dict(text.parts())
        claims, findings = (examine if offers else read)(texts, context, self.rules)
        findings = self._opined(listing, text, findings, ask)
        day, brief = today(listing.brief), listing.brief
        limits = check_channel(product, brief, channel, text, listing.pictures, day)
        findings = (*findings, *limits)
        known = {f.key for f in findings}
        kept = [f for f in listing.findings if f.field.startswith("pictures.")]
        return claims, (*findings, *(f for f in kept if f.key not in known))

    def _opined(
        self, listing: Listing, text: Copy, findings: tuple[Finding, ...], ask: bool
    ) -> tuple[Finding, ...]:
        """The findings with a second opinion; of words that did not change, the one given."""
        if self.kit.judge is None:
            return findings
        same = {f for f, words in text.parts() if words == listing.text.text(f)}
        held = {f.key: f for f in listing.findings if f.opinion and f.field in same}
        known = [_with(f, held[f.key]) for f in findings if f.key in held]
        new = [f for f in findings if f.key not in held]
        if not ask:
            return (*known, *new)
        product = self.store.product(listing.product)
        return (*known, *second(new, dict(text.parts()), product, listing.brief, self.kit))

    def recheck(self, id: str, actor: Actor) -> Listing:
        """Check a stored listing under today's rules; its text stays as it is."""
        review.permit(actor, "check")
        listing = self.store.listing(id)
        claims, findings = self._checked(listing, listing.text)
        if (claims, findings) == (listing.claims, listing.findings):
            return listing
        return self.store.save_findings(
            id, claims, findings, revision=listing.revision, actor=actor
        )

    def audit(self, product: str, channel: str, actor: Actor) -> tuple[Finding, ...]:
        """What the rules say of the merchant's own texts, which are read but never exported."""
        review.permit(actor, "read")
        found = self.store.product(product)
        brief = Brief(channel=channel, locale=found.locale)
        return audit(found, brief, self.kit.channel(brief), self.rules)

    def submit(self, id: str, *, revision: int, actor: Actor) -> Listing:
        return self._move(id, "submit", revision, actor)

    def submit_all(
        self, actor: Actor, *, channel: str = "", search: str = "", mine: bool = False
    ) -> tuple[int, int]:
        """Submit the drafts of this filter, the riskiest first and at most MOST of them; (how many
        were submitted, how many were left because of findings that stop an approval)."""
        review.permit(actor, "submit")
        held: list[Listing] = []
        after: int | None = 0
        while after is not None and len(held) < MOST:
            page = self.listings(
                actor, state=State.DRAFT, channel=channel, search=search, mine=mine,
                after=after, limit=200,
            )  # fmt: skip
            held += page.items
            after = page.next
        ready = [one for one in held if not any(finding.blocks for finding in one.findings)]
        for one in ready[:MOST]:
            self.submit(one.id, revision=one.revision, actor=actor)
        return len(ready[:MOST]), len(held) - len(ready)

    def approve(self, id: str, *, revision: int, actor: Actor) -> Listing:
        """Approve the revision that was seen, after a check under today's rules."""
        review.permit(actor, "approve")
        self.recheck(id, actor)
        return self._move(id, "approve", revision, actor)

    def reject(self, id: str, reason: str, *, revision: int, actor: Actor) -> Listing:
        return self._move(id, "reject", revision, actor, reason)

    def withdraw(self, id: str, *, revision: int, actor: Actor) -> Listing:
        return self._move(id, "withdraw", revision, actor)

    def undo(self, id: str, *, revision: int, actor: Actor) -> Listing:
        """Take back one's own approval or rejection, while nothing else was done since."""
        review.permit(actor, "undo")
        return self.store.undo(id, actor, revision=revision)

    def comment(self, id: str, words: str, actor: Actor, *, field: str = "") -> Event:
        """Say something about a listing or one of its fields; it stays in the record."""
        review.permit(actor, "comment")
        if not words.strip():
            raise InputError("a comment without words", hint="write what should be known")
        return self.store.comment(id, words.strip(), actor, field=field)

    def assign(self, id: str, person: str, due: date | None, actor: Actor) -> Listing:
        """Who is to see to the listing ("" for nobody), and until when. Raises NotFoundError for
        somebody who has no account."""
        review.permit(actor, "assign")
        if person and person not in (known := self.colleagues(actor)):
            raise NotFoundError.of("user", person, known)
        return self.store.assign(id, person, due, actor)

    def colleagues(self, actor: Actor) -> tuple[str, ...]:
        """Who can be asked to see to a listing: everybody who may do more than read."""
        review.permit(actor, "assign")
        return tuple(u.name for u in self.store.users() if "assign" in review.ROLES[u.role])

    def _move(self, id: str, action: str, revision: int, actor: Actor, reason: str = "") -> Listing:
        review.permit(actor, action)
        return self.store.set_state(
            id, action, actor, revision=revision, reason=reason, solo=self.solo
        )

    def waive(
        self, id: str, finding: str, reason: str, *, actor: Actor, evidence: str = ""
    ) -> Listing:
        """Take a finding on oneself, with a reason; `finding` is its key."""
        review.permit(actor, "waive")
        return self.store.waive(id, finding, reason, actor, evidence=evidence)

    def all_listings(self, actor: Actor) -> Iterator[Listing]:
        """Every listing, riskiest first."""
        after: int | None = 0
        while after is not None:
            page = self.listings(actor, after=after, limit=200)
            yield from page
            after = page.next

    def events(
        self, actor: Actor, *, listing: str = "", after: int = 0, limit: int = 100
    ) -> Page[Event, int]:
        review.permit(actor, "read")
        return self.store.events(listing=listing, after=after, limit=limit)

    def last_event(self, actor: Actor) -> int:
        """The number of the newest line of the record; 0 when there is none."""
        review.permit(actor, "read")
        head = self.store.head()
        return head.number if head else 0

    def counts(self, actor: Actor) -> dict[str, dict[str, int]]:
        """channel -> state -> number of listings."""
        review.permit(actor, "read")
        return self.store.counts()

    def actions(self, listing: Listing, actor: Actor) -> tuple[str, ...]:
        """What this person may try on this listing, for the buttons of a page."""
        return review.actions(listing.state, actor.role)


def _with(finding: Finding, held: Finding) -> Finding:
    """The finding with the opinion that was given of it before."""
    return finding.model_copy(update={"severity": held.severity, "opinion": held.opinion})


def _changed(text: Copy, changes: Mapping[str, str | None]) -> Copy:
    """The copy with a person's words in their fields; None takes a piece away."""
    gone = [place for place, words in changes.items() if words is None]
    for place, words in changes.items():
        if words is not None:
            text = text.replace(place, words, "edited")
    for place in sorted(gone, key=_number, reverse=True):
        text = text.without(place)
    return text


def _number(field: str) -> tuple[str, int]:
    head, _, key = field.partition(".")
    return head, int(key) if key.isdecimal() else 0

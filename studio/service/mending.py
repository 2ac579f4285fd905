"""What rewrites would change in a stored listing, shown before they are applied."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event as Flag

from studio import copywriter, review
from studio.checks import acceptor, context_of, mended, replaced
from studio.schema import Actor, Listing
from studio.service.reviewing import Reviewing
from studio.service.wording import Change, worded


class Mending(Reviewing):
    """Rewrites of stored listings. Nothing is stored before `fix_all` or `edit`."""

    @property
    def rewords(self) -> bool:
        """Whether there is an engine with words of its own to ask."""
        return self.kit.copy.level != "facts"

    def proposed(self, id: str, actor: Actor) -> tuple[Change, ...]:
        """What "fix all" would change in a listing, field by field."""
        review.permit(actor, "edit")
        listing = self.store.listing(id)
        after = self._mended(listing)
        return tuple(
            Change(field=field, before=text, after=after[field])
            for field, text in listing.text.parts()
            if after[field] != text
        )

    def fix_all(self, id: str, *, revision: int, actor: Actor) -> Listing:
        """Apply every safe suggestion of the findings, and of what comes to light by them."""
        review.permit(actor, "edit")
        listing = self.store.listing(id)
        text = replaced(listing.text, self._mended(listing), "edited")
        claims, findings = self._checked(listing, text)
        return self.store.save_text(id, text, claims, findings, revision=revision, actor=actor)

    def _mended(self, listing: Listing) -> dict[str, str]:
        """The texts after all safe rewrites, by field; "" is a piece of a list that goes."""
        product = self.store.product(listing.product)
        context = context_of(product, listing.brief, self.kit.channel(listing.brief))
        return mended(dict(listing.text.parts()), listing.findings, context, self.rules)

    def reword(self, id: str, field: str, actor: Actor) -> Change:
        """A field's text in the engine's words where they pass every check (see `worded`)."""
        review.permit(actor, "edit")
        listing = self.store.listing(id)
        product, brief = self.store.product(listing.product), listing.brief
        channel = self.kit.channel(brief)
        return worded(
            field,
            listing.text.text(field),
            listing.findings,
            context_of(product, brief, channel),
            self.rules,
            self.kit.copy,
            product=product,
            brief=brief,
            limit=copywriter.limit_of(channel, field),
            searched=self.kit.searched,
        )

    def again(
        self,
        id: str,
        field: str,
        hint: str,
        actor: Actor,
        *,
        on_text: Callable[[str], None] | None = None,
        cancel: Flag | None = None,
    ) -> Change:
        """A field written anew by a wish ("shorter", 「提一下杯盖」); nothing is stored.

        `on_text` gets the engine's words as they come, before they are checked. The change's note
        says what of the wish no fact carries. Raises InputError (no such field), EngineError when
        cancelled.
        """
        review.permit(actor, "edit")
        listing = self.store.listing(id)
        product = self.store.product(listing.product)
        brief = listing.brief.model_copy(update={"hint": hint})
        channel = self.kit.channel(brief)
        accept = acceptor(context_of(product, brief, channel), self.rules)
        order = copywriter.Order(product, brief, channel, accept)
        before = listing.text.text(field)
        done = copywriter.again(
            listing.text,
            field,
            order,
            self.kit.copy,
            searched=self.kit.searched,
            on_text=on_text,
            cancel=cancel,
        )
        note = done.made[0].note
        by = self.kit.copy.model if done.origin.get(field) == "model" else "rules"
        return Change(field=field, before=before, after=done.text(field), by=by, detail=note)

"""What rewrites would change, shown before they are applied, and the wording of an engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from studio import copywriter, grounding, review
from studio.pipeline import context_of, mended, read, replaced
from studio.schema import Actor, ClaimStatus, Context, Listing, Noun, by_language
from studio.service.reviewing import Reviewing


class Change(Noun):
    """A text as it is and as it would be; "" after: a piece of a list that goes."""

    field: str
    before: str
    after: str
    by: str = "rules"  # "rules", or the model's name
    note: str = ""  # a code for why the engine's words were not taken, "" when they were
    detail: str = ""  # what belongs to the code: the number, the name, the server's error


class Mending(Reviewing):
    """Rewrites of stored listings. Nothing is stored before `fix_all` or `edit`."""

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
        """A field's text in the engine's words, where they pass rules and ledger and add no claim.

        Else in the rules' own, with the reason in `note`; the text itself where there are none.
        Nothing is stored. An engine that fails is told in the note and is no error.
        """
        review.permit(actor, "edit")
        listing = self.store.listing(id)
        product, brief = self.store.product(listing.product), listing.brief
        channel = self.kit.channel(brief)
        context = context_of(product, brief, channel)
        words = listing.text.text(field)
        mine = [f for f in listing.findings if f.field == field and not f.cleared and not f.waived]
        said = copywriter.reword(
            words,
            [by_language(f.message, brief.locale) for f in mine],
            product,
            brief,
            copywriter.limit_of(channel, field),
            self.kit.copy,
            self._accept(field, words, context),
            searched=self.kit.searched,
        )
        if said.text:
            by = self.kit.copy.model.partition(" ")[0] or self.kit.copy.name
            return Change(field=field, before=words, after=said.text, by=by)
        ours = mended({field: words}, mine, context, self.rules)[field]
        return Change(field=field, before=words, after=ours, note=said.note, detail=said.detail)

    def _accept(self, field: str, words: str, context: Context) -> Callable[[str], str]:
        """What in an engine's answer breaks a rule, is no fact, or is a claim of its own."""
        before = Counter(claim.kind for claim in grounding.ground({field: words}, context))

        def accept(reply: str) -> str:
            claims, found = read({field: reply}, context, self.rules)
            added = Counter(claim.kind for claim in claims) - before
            broken = [f.match for f in found if not f.cleared]
            loose = [
                c.text for c in claims if c.status is not ClaimStatus.SUPPORTED or added[c.kind]
            ]
            return next(iter((*broken, *loose)), "")

        return accept

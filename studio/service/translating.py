"""A stored listing in another language."""

from __future__ import annotations

from threading import Event as Flag

from pydantic import Field

from studio import copywriter, review
from studio.checks import acceptor, context_of
from studio.errors import InputError
from studio.kit import Task
from studio.pipeline import make_draft
from studio.schema import Actor, Listing, Noun
from studio.service.making import Making, listing_id


class Translated(Noun):
    """The new listing, and why fields were written from the facts instead: {field: reason}."""

    listing: Listing
    refused: dict[str, str] = Field(default_factory=dict)


class Translating(Making):
    """Listings from one language into another."""

    def translate(
        self,
        id: str,
        locale: str,
        actor: Actor,
        *,
        convert: bool = False,
        pictures: bool = True,
        replace: bool = False,
        cancel: Flag | None = None,
    ) -> Translated:
        """The listing's texts in a locale, as a listing of its own, checked like every other.

        Numbers, units, sizes and names are proved to be kept (`convert`: units may be converted);
        what lost one is written from the facts. What a person wrote in that locale stays unless
        `replace`. Raises NotFoundError, InputError (it is in that locale already), StateError,
        EngineError, SetupError.
        """
        review.permit(actor, "generate")
        source = self.store.listing(id)
        if locale == source.locale:
            raise InputError(f"{id} is in {locale} already", hint="name another locale: zh-CN")
        product = self.store.product(source.product)
        wishes = {"locale": locale, "convert": convert, "pictures": pictures, "hint": ""}
        brief = source.brief.model_copy(update=wishes)
        task = Task(product, brief)
        channel = self.kit.channel(brief)
        accept = acceptor(context_of(product, brief, channel), self.rules)
        text, refused = copywriter.localised(
            source.text,
            source.locale,
            copywriter.Order(product, brief, channel, accept),
            self.kit.copy,
            searched=self.kit.searched,
            cancel=cancel,
        )
        held = {one.id: one.revision for one in self.store.listings(product=product.id, limit=200)}
        seen = held.get(listing_id(task), 0) if replace else None
        draft = make_draft(task, self.kit, text=text, cancel=cancel)
        saved = self.store.save_draft(draft, actor, revision=seen)
        return Translated(listing=saved, refused=refused)

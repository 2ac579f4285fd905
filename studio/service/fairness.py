"""How groups of people are described over the catalog."""

from __future__ import annotations

from collections.abc import Iterator

from studio import review
from studio.compliance.fairness import Panel, Piece, counted
from studio.schema import Actor, Listing, Product
from studio.service.reviewing import Reviewing

PLACES = ("title", "text", "alt", "source")


class Fairness(Reviewing):
    """The panel over all listings, and over the merchant's own texts."""

    def fairness(self, actor: Actor, *, channel: str = "", search: str = "") -> Panel:
        """Counts over listings (of a channel) and over products, each text once.

        `search` narrows the products as the catalog page does. Pictures are not looked at, only the
        texts that stand for them.
        """
        review.permit(actor, "read")
        return counted(self._pieces(actor, channel, search))

    def _pieces(self, actor: Actor, channel: str, search: str) -> Iterator[Piece]:
        wanted = {p.id for p in self.store.all_products(search)} if search else None
        for listing in self.all_listings(actor):
            if (not channel or listing.channel == channel) and (
                wanted is None or listing.product in wanted
            ):
                yield from _of_listing(listing)
        for product in self.store.all_products(search):
            yield from _of_product(product)


def _of_listing(listing: Listing) -> Iterator[Piece]:
    """A product's listings count as one listing of the panel: the product."""
    for field, text in listing.text.parts():
        yield Piece(listing.product, "title" if field == "title" else "text", text)
    for picture in listing.pictures:
        if picture.alt:
            yield Piece(listing.product, "alt", picture.alt)


def _of_product(product: Product) -> Iterator[Piece]:
    for facts in product.facts.values():
        for text in (facts.title, facts.description):
            if text:
                yield Piece(product.id, "source", text)
    for photo in product.photos:
        if photo.alt:
            yield Piece(product.id, "alt", photo.alt)

"""Looking through the catalog by filters."""

from __future__ import annotations

from collections.abc import Sequence

from studio import review
from studio.schema import Actor, Listing, Product
from studio.service.working import Working
from studio.store import Filter, Page


class Browsing(Working):
    """The catalog by filters."""

    def browse(
        self, wanted: Filter, actor: Actor, *, after: str = "", limit: int = 50
    ) -> Page[Product, str]:
        """A page of the products that the filter lets through."""
        review.permit(actor, "read")
        return self.store.browse(wanted, after=after, limit=limit)

    def count_browsed(self, wanted: Filter, actor: Actor, *, most: int = 10_000) -> int:
        """How many there are, counted up to `most` only."""
        review.permit(actor, "read")
        return self.store.count_browsed(wanted, most=most)

    def listings_of(self, products: Sequence[str], actor: Actor) -> dict[str, list[Listing]]:
        """The listings of a page of products, by product."""
        review.permit(actor, "read")
        return self.store.listings_of(products)

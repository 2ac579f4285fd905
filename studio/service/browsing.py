"""Looking through the catalog, and jobs for what a filter shows."""

from __future__ import annotations

from typing import Any

from studio import review
from studio.errors import InputError
from studio.pipeline import digest
from studio.schema import Actor, Product
from studio.service.batches import KIND, Batches
from studio.service.making import listing_id
from studio.store import Filter, Job, Page


class Browsing(Batches):
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

    def start_filtered_job(
        self,
        actor: Actor,
        wanted: Filter,
        *,
        channel: str,
        limit: int | None = None,
        **wishes: Any,
    ) -> Job:
        """As `start_job`, for the products that the filter lets through."""
        if wanted == Filter():
            return self.start_job(actor, channel=channel, limit=limit, **wishes)
        ids = self.store.browsed_ids(wanted)
        tasks, _ = self.plan(actor, channel=channel, ids=ids, **wishes)
        if not tasks[:limit]:
            raise InputError(f"every listing on {channel} is up to date", hint="change the filter")
        items = [(listing_id(t), digest(t, self.kit)) for t in tasks[:limit]]
        return self.store.create_job(KIND, {"channel": channel, **wishes}, items, actor)

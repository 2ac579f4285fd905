"""Pictures of a listing made anew, one by one."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Event as Flag

from studio import review
from studio.kit import Step
from studio.schema import Actor, Listing
from studio.service.brushing import Brushing
from studio.service.redrawing import outdated, redraw


class Picturing(Brushing):
    """Drawing pictures again; a cut-out is mended by Brushing."""

    def redraw(
        self,
        id: str,
        slots: Iterable[str] = (),
        *,
        revision: int,
        actor: Actor,
        on_step: Step | None = None,
        cancel: Flag | None = None,
        another: bool = False,
    ) -> Listing:
        """Make the pictures of these slots anew from the listing's texts as they are; without
        slots, the posters and pages whose words have changed. `another`: scenes that the slots
        have not held yet, as far as the engine has more.

        Raises StateError when somebody saved since `revision`, NotFoundError for an unknown slot.
        """
        review.permit(actor, "generate")
        listing = self.store.listing(id)
        product = self.store.product(listing.product)
        chosen = frozenset(slots) or outdated(listing, product, self.kit)
        if not chosen:
            return listing
        seed = None
        if another:  # as many as were made are known
            made = {p.sha256 for r in self.store.revisions(id) for p in r.pictures
                    if p.slot in chosen}  # fmt: skip
            seed = listing.brief.seed + len(made)
        draft = redraw(
            listing, product, self.kit, chosen, on_step=on_step, cancel=cancel, seed=seed
        )
        return self.store.save_draft(draft, actor, revision=revision)

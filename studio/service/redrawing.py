"""Which pictures of a listing are drawn anew, and the listing with them; nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event as Flag

from studio.checks import check_channel, context_of, examine, today
from studio.errors import NotFoundError
from studio.kit import Kit, Step
from studio.photographer import lettered
from studio.pipeline import check_lines, photographed
from studio.schema import Draft, Listing, Product


def outdated(listing: Listing, product: Product, kit: Kit) -> frozenset[str]:
    found = lettered.outdated(
        product, listing.brief, kit.channel(listing.brief), listing.text, listing.pictures
    )
    return frozenset(finding.field.removeprefix("pictures.") for finding in found)


def redraw(
    listing: Listing,
    product: Product,
    kit: Kit,
    slots: frozenset[str],
    *,
    on_step: Step | None = None,
    cancel: Flag | None = None,
    seed: int | None = None,
) -> Draft:
    """The listing with the pictures of these slots made anew, from its texts as they are now;
    with another `seed` a scene comes out another.

    Raises NotFoundError for a slot that the channel does not have, and EngineError when cancelled.
    """
    brief, text, channel = listing.brief, listing.text, kit.channel(listing.brief)
    known = {slot.name: slot for slot in channel.slots}
    for name in slots:
        if name not in known:
            raise NotFoundError.of("picture slot", name, known)
    say = on_step or (lambda step, text: None)
    shot = photographed(
        product,
        brief if seed is None else brief.model_copy(update={"seed": seed}),
        kit,
        text,
        only=slots,
        on_step=lambda done, total, what: say("pictures", what),
        cancel=cancel,
    )
    gone = {p.slot for name in slots for p in lettered.pieces(known[name], listing.pictures)}
    kept = [p for p in listing.pictures if p.slot not in gone]
    order = [slot.name for slot in channel.slots]
    pictures = sorted((*kept, *shot.pictures), key=lambda p: _place(order, p.slot))
    context = context_of(product, brief, channel)
    claims, findings = examine(dict(text.parts()), context, kit.rules)
    old = [
        f
        for f in listing.findings
        if f.field.startswith("pictures.") and f.field.split(".")[1] not in gone | slots
        if not f.rule.startswith("channel.")
    ]
    limits = check_channel(product, brief, channel, text, tuple(pictures), today(brief))
    read = check_lines(shot, context, kit.rules)
    return Draft(
        product=product.id,
        brief=brief,
        text=text,
        pictures=tuple(pictures),
        claims=claims,
        findings=(*findings, *old, *shot.findings, *read, *limits),
        digest=listing.digest,
        blobs=dict(shot.blobs),
    )


def _place(order: Sequence[str], name: str) -> tuple[int, int]:
    """Where a slot stands among the channel's; the pieces of a page by their numbers."""
    if name in order:
        return order.index(name), 0
    head, _, number = name.rpartition("-")
    return (order.index(head) if head in order else len(order)), int(number or 0)

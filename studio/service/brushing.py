"""The cut-out of a picture mended by a person's brush, and kept for the photo."""

from __future__ import annotations

from dataclasses import replace

from studio import review
from studio.errors import InputError, NotFoundError, StateError
from studio.imaging import brushed, encode, opening
from studio.photographer.photos import cut_out
from studio.schema import Actor, Listing, Noun, Picture
from studio.service.base import Base
from studio.service.redrawing import redraw


class Outline(Noun):
    """What the brush page shows. `photo`: a JPEG, upright; `mask`: a PNG of the same size, white
    where the product is and clear elsewhere; `mended`: whether a person has made it."""

    listing: Listing
    source: str
    width: int
    height: int
    photo: bytes
    mask: bytes
    mended: bool


class Brushing(Base):
    """Mending masks. A method each for the page that shows one and the order that keeps it."""

    def outline(self, id: str, slot: str, actor: Actor) -> Outline:
        """The photo of a picture with its mask. Raises NotFoundError, InputError."""
        review.permit(actor, "edit")
        listing = self.store.listing(id)
        source = _picture(listing, slot).source
        opened = opening.read(self.media.get(source))
        mended = self.kit.mask(source)
        shot = cut_out(opened, self.kit.cutout, source, mended=mended)
        height, width = opened.rgb.shape[:2]
        return Outline(
            listing=listing,
            source=source,
            width=width,
            height=height,
            photo=encode.encode(opened.rgb, "JPEG", 50_000_000)[0],
            mask=brushed.overlay(shot.matte.alpha),
            mended=bool(mended),
        )

    def brush(self, id: str, slot: str, mask: bytes, *, revision: int, actor: Actor) -> Listing:
        """Keep a mended mask (a grey PNG of the photo's size, white is product) for the photo of
        that picture, and draw the listing's pictures of that photo anew; the product's other
        listings with pictures of it are to be made again. Nothing is kept when a picture cannot
        be drawn.

        Raises StateError when somebody saved since `revision`, InputError for a mask that cannot
        be used, NotFoundError.
        """
        review.permit(actor, "edit")
        review.permit(actor, "generate")
        listing = self.store.listing(id)
        if listing.revision != revision:
            raise StateError(
                "the listing was changed meanwhile", hint="open the page again and paint anew"
            )
        source = _picture(listing, slot).source
        opened = opening.read(self.media.get(source))
        plain = brushed.write(brushed.read(mask, opened.rgb.shape))
        known = {one.name for one in self.kit.channel(listing.brief).slots}
        slots = {_slot(p.slot, known) for p in listing.pictures if p.source == source}
        kit = replace(self.kit, mask=lambda sha: plain if sha == source else self.kit.mask(sha))
        product = self.store.product(listing.product)
        draft = redraw(listing, product, kit, frozenset(slots))
        places = {f"pictures.{name}" for name in slots}
        failed = [f for f in draft.findings if f.rule == "picture.failed" and f.field in places]
        if failed:
            raise InputError(failed[0].message["en"], hint=failed[0].advice.get("en", ""))
        saved = self.store.save_draft(draft, actor, revision=revision)
        self.store.set_mask(source, self.media.put(plain), actor, listing=id)
        others = self.store.listings_of([product.id]).get(product.id, ())
        of_it = [o.id for o in others if o.id != id and any(p.source == source for p in o.pictures)]
        if of_it:
            self.store.mark_stale("the cut-out was mended", actor, ids=of_it)
        return saved


def _picture(listing: Listing, slot: str) -> Picture:
    """The listing's picture of that slot, made from a photo."""
    found = {p.slot: p for p in listing.pictures if p.source}
    if slot not in found:
        raise NotFoundError.of("picture", slot, found)
    return found[slot]


def _slot(name: str, known: set[str]) -> str:
    """The channel's slot of a picture: a page's pieces have numbers behind its name."""
    return name if name in known else name.rpartition("-")[0]

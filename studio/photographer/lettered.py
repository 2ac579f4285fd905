"""Pictures with words in them: which words they show, and whether they still do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from studio.photographer.poster import words
from studio.schema import Brief, Channel, Copy, Finding, Picture, Product, Slot, digest_of

KINDS = ("poster", "page")


def with_words(product: Product, brief: Brief, channel: Channel, text: Copy) -> Copy:
    """The texts with the words of the posters and pages, where the channel has such slots."""
    if not any(slot.kind in KINDS for slot in channel.slots):
        return text
    extra = words.written(product, brief, text)
    origin = {f"extra.{name}": text.origin.get(f"extra.{name}", "facts") for name in extra}
    update = {"extra": {**text.extra, **extra}, "origin": {**text.origin, **origin}}
    return text.model_copy(update=update)


def digest(slot: Slot, product: Product, brief: Brief, text: Copy) -> str:
    """sha256 over all that the slot's picture says."""
    said = words.of(product, brief, text)
    if slot.kind == "page":
        shown = text.bullets, text.description, product.in_locale(brief.locale), product.variants
        return digest_of(said, shown)
    return digest_of(said)


def pieces(slot: Slot, pictures: Sequence[Picture]) -> list[Picture]:
    """The pictures of a slot: one, or the pieces of a page in order."""
    named = re.compile(rf"{re.escape(slot.name)}(-\d+)?" if slot.kind == "page" else slot.name)
    return [picture for picture in pictures if named.fullmatch(picture.slot)]


def outdated(
    product: Product, brief: Brief, channel: Channel, text: Copy, pictures: Sequence[Picture]
) -> Iterator[Finding]:
    """A finding for each poster or page whose words have changed since it was drawn."""
    from studio.imaging import judge

    for slot in channel.slots:
        drawn = pieces(slot, pictures) if slot.kind in KINDS else []
        said = digest(slot, product, brief, text) if drawn else ""
        if any(made.digest not in ("", said) for picture in drawn for made in picture.made):
            yield judge.finding(slot, "outdated")

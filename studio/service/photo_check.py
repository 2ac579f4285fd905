"""`studio photos`: what the merchant's own photos show that a marketplace refuses, and which are
nearly the same, within a product and across the catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from studio import review
from studio.errors import SetupError, StudioError
from studio.schema import Actor, Finding, Photo, Product
from studio.service.base import Base

if TYPE_CHECKING:
    from studio.imaging.hints import Hint
    from studio.imaging.sameness import Sign

Place = tuple[str, int]  # a product's id, and the photo's number counted from 1


def check(
    studio: Base,
    actor: Actor,
    ids: Iterable[str] | None = None,
    on_product: Callable[[str], None] = lambda _: None,
) -> Iterator[tuple[str, Finding]]:
    """(product, finding on "photos.<number>"), those of one photo first, then of many. A photo that
    cannot be read is passed over: the import has told of it. Text is read where OCR is set, nudity
    looked for where an engine is set. Raises SetupError when that one is not ready."""
    from studio.imaging import hints, sameness

    review.permit(actor, "read")
    if (unsafe := studio.kit.unsafe) and (problem := unsafe.ready()):
        raise SetupError(problem)
    chosen = studio.store.all_products() if ids is None else map(studio.store.product, ids)
    signs: dict[Place, Sign] = {}
    for product in chosen:
        for number, photo in enumerate(photos_of(product), 1):
            try:
                sign, found = _one(studio, photo)
            except StudioError:
                continue
            signs[product.id, number] = sign
            yield from ((product.id, hints.finding(hint, number)) for hint in found)
        on_product(product.id)
    yield from _alike(sameness.twins(signs))
    for (product_id, number), (corner, count) in sameness.repeated(signs).items():
        hint = hints.Hint("mark", {"corner": corner, "count": count})
        yield product_id, hints.finding(hint, number)


def photos_of(product: Product) -> list[Photo]:
    """The stored photos, the product's own before its variants', each once."""
    photos = [*product.photos, *(p for v in product.variants for p in v.photos)]
    return list({p.sha256: p for p in photos if p.sha256}.values())


def _one(studio: Base, photo: Photo) -> tuple[Sign, list[Hint]]:
    from studio.imaging import hints, judge, opening, sameness

    rgb = opening.read(studio.media.get(photo.sha256), photo.ref).rgb
    reader, unsafe = studio.kit.ocr, studio.kit.unsafe
    found = hints.look(rgb, reader.read(rgb) if reader else ())
    if unsafe is not None and (score := unsafe.score(rgb)) > judge.UNSAFE:
        found.append(hints.Hint("unsafe", {"score": score}))
    return sameness.sign(rgb), found


def _alike(pairs: list[tuple[Place, Place]]) -> Iterator[tuple[str, Finding]]:
    """Each photo is told once of its first twin: in its own product, else in another."""
    from studio.imaging import hints

    told: set[tuple[Place, bool]] = set()
    for one, other in pairs:
        same = one[0] == other[0]
        for place, twin in [(other, one)] if same else [(one, other), (other, one)]:
            if (place, same) in told:
                continue
            told.add((place, same))
            rule, name = ("twin", twin[1]) if same else ("shared", twin[0])
            yield place[0], hints.finding(hints.Hint(rule, {"other": name}), place[1])

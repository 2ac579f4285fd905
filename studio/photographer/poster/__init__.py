"""Posters: the product, a ground in its own colours, and words that were checked first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from studio.engines import scenery
from studio.photographer import lettered
from studio.photographer.job import Job, Taken, made_by
from studio.photographer.poster import spec, words
from studio.schema import Made, Slot, by_language, digest_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.imaging.shot import Shot

__all__ = ["take", "words"]


def take(
    job: Job, slot: Slot, shot: Shot, in_set: Callable[[Job, Slot, Shot, float], Taken]
) -> Taken:
    """The slot's poster. `in_set` makes the picture of the product in a set, for the templates
    whose ground that is, its upper part free of the product by the share that it is given.

    Raises InputError: no template, or a text that does not fit.
    """
    from studio.photographer.poster.draw import Canvas, draw

    start = time.perf_counter()
    facts = job.product.in_locale(job.brief.locale)
    group = scenery.group_of((facts.category, facts.title), job.searched)
    if slot.template:
        poster = spec.load(slot.template, job.searched)
    else:
        turn = int(digest_of(job.product.id, job.brief.seed)[:8], 16)
        whole = not (shot.cropped or shot.doubtful)
        poster = spec.choose(slot.width / slot.height, group, turn, whole, job.searched)
    canvas = Canvas(
        slot.width,
        slot.height,
        shot.palette,
        job.brief.locale,
        job.searched,
        slot.safe,
        scenery.lies(group, shot.tall, job.searched),
    )
    _, top, _, high = canvas.inside((0, 0, 1, poster.head))
    base = in_set(job, slot, shot, top + high) if poster.ground == "set" else None
    said = words.of(job.product, job.brief, job.texts)
    scene = (base.pixels, base.placed) if base is not None and base.placed is not None else None
    drawn = draw(poster, said, canvas, shot, scene)
    made: tuple[Made, ...] = base.made if base else (made_by(job, job.cutout, start),)
    title = by_language(poster.title, job.brief.locale)
    lettering = Made(
        engine="poster",
        digest=lettered.digest(slot, job.product, job.brief, job.texts),
        note=f"template {poster.name}",
        seed=job.brief.seed,
    )
    return Taken(drawn.pixels, drawn.placed, (*made, lettering), base.ai if base else "none", title)

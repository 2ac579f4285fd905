"""The slot's picture as pixels: the product on white, in a set, or the photo as it is.

A clear picture is taken on white, which is how most pages show it; writing takes the white away.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from studio.engines import Scene as Set
from studio.engines import scenery
from studio.photographer import page, poster
from studio.photographer.job import Job, Taken, cut_by, made_by
from studio.schema import Slot, by_language

if TYPE_CHECKING:
    from studio.engines.backdrop.look import Look
    from studio.imaging.fit import Placed
    from studio.imaging.shadow import Stage
    from studio.imaging.shot import Shot


def take(job: Job, slot: Slot, shot: Shot) -> list[Taken]:
    """The slot's picture as pixels; a page's pieces from top to foot."""
    return page.take(job, slot, shot) if slot.kind == "page" else [_one(job, slot, shot)]


def _one(job: Job, slot: Slot, shot: Shot) -> Taken:
    from studio.imaging import compose, crop, fit

    if slot.kind == "photo":
        photo = shot.opened.rgb
        if not shot.doubtful:
            matte = shot.matte.alpha
            photo = crop.to_ratio(photo, matte, slot.width, slot.height)
        return Taken(fit.within(photo, slot.width, slot.height), None, ())
    start = time.perf_counter()
    if slot.kind in ("white", "clear"):
        placed = fit.centred(shot.cut, slot.width, slot.height, slot.fill)
        pixels = compose.on_white(placed)
        return Taken(pixels, placed, (cut_by(job, shot, start),))
    if slot.kind == "poster":
        return poster.take(job, slot, shot, _scene)
    return _scene(job, slot, shot)


def _scene(job: Job, slot: Slot, shot: Shot, clear: float = 0.0) -> Taken:
    """The product in a set that suits it, off the upper share of the frame that is to be clear."""
    from studio.imaging import compose

    start = time.perf_counter()
    facts = job.product.in_locale(job.brief.locale)
    group = scenery.group_of((facts.category, facts.title), job.searched)
    look = _look(job, group, shot, quiet=slot.kind == "poster")
    side = look.side(job.brief.seed)
    stage = replace(_stage(look, side, shot), clear=clear)
    placed = compose.stand(shot.cut, slot.width, slot.height, stage)
    if look.podium is not None:
        stage, placed = _raised(look, stage, shot, placed)
    prompt, negative = scenery.words(look, group, facts.title, job.searched)
    wanted = Set(
        slot.width,
        slot.height,
        seed=job.brief.seed,
        look=look.name,
        lying=look.lying,
        palette=shot.palette,
        prompt=prompt,
        negative=negative,
        options={"product": (placed.box[2] / slot.width, placed.box[3] / slot.height)},
    )
    around = bool(getattr(job.scene, "around", False))
    if around:
        wanted.options.update(image=placed.rgb, mask=placed.alpha)
    backdrop = job.scene.backdrop(
        wanted,
        on_step=lambda done, total: job.tell(f"{slot.name} {done}/{total}"),
        cancel=job.cancel,
    )
    whole = getattr(job.scene, "alters", False)  # it has painted the product too
    # what was painted round the product has its own shadow at its foot; a second would be wrong
    pixels = backdrop if whole else compose.in_scene(placed, backdrop, stage, shaded=not around)
    drawn = job.scene.ai == "none"
    note = f"look {look.name}"
    made = (
        cut_by(job, shot, start),
        made_by(job, job.scene, start, prompt="" if drawn else prompt, note=note),
    )
    title = by_language(look.title, job.brief.locale)
    return Taken(pixels, placed, made, "none" if drawn else "composite", title)


def _look(job: Job, group: str, shot: Shot, quiet: bool) -> Look:
    """The look that the channel names in its options, else one that suits the product. `quiet`:
    words will stand on its wall."""
    from studio.engines.backdrop import look as looks

    named = str(job.channel.options.get("look", ""))
    if named:
        return looks.load(named, job.searched)
    return scenery.choose(
        group,
        seed=job.brief.seed,
        key=job.product.id,
        lying=not shot.cropped and (shot.lying or scenery.lies(group, shot.tall, job.searched)),
        cropped=shot.hangs,
        brightness=shot.brightness,
        drawn=job.scene.ai == "none",
        quiet=quiet,
        searched=job.searched,
    )


_ON_WALL = 0.62  # fill of a whole product on a wall that has no floor to stand on


def _stage(look: Look, side: int, shot: Shot) -> Stage:
    """A wall without a floor is for products that the photo cuts off; a whole one hangs on it."""
    from studio.imaging.shadow import Stage

    hung = look.cropped and not shot.hangs
    return Stage(
        horizon=look.horizon,
        join=look.join,
        base=look.base,
        light=look.light.direction(side),
        soft=look.light.soft,
        shadow=look.shadow,
        reflect=look.reflect,
        lying=look.lying or hung,
        fill=_ON_WALL if hung else look.fill,
    )


def _raised(look: Look, stage: Stage, shot: Shot, placed: Placed) -> tuple[Stage, Placed]:
    """The product on its stand: a little before the middle of the stand's top."""
    from studio.imaging import fit
    from studio.imaging.shadow import FOCAL

    height, width = placed.alpha.shape
    assert look.podium is not None
    radius = look.podium.radius(placed.box[2] / width)
    deep = radius * (look.base - look.horizon) / FOCAL  # half height of the top, in heights
    x, y, w, h = placed.box
    moved = fit.place(shot.cut, width, height, (w, h), (x, y + round(0.34 * deep * height)))
    return replace(stage, top=(0.5, look.base, radius, deep)), moved

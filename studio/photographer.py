"""Shoots a product for a channel: one picture for each slot, measured after it was written.

photo -> opened -> cut out (once a photo) -> placed on white or in a set -> encoded within the
slot's bytes, with its marks -> read back and measured. A picture that fails is a Finding.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.engines import CutoutEngine, Line, OcrEngine, SceneEngine, scenery
from studio.engines import Scene as Set
from studio.errors import EngineError, InputError, StudioError
from studio.schema import (
    Brief,
    Channel,
    Copy,
    Finding,
    Made,
    Picture,
    Product,
    Slot,
    by_language,
    digest_of,
)

if TYPE_CHECKING:
    from studio.engines.backdrop.look import Look
    from studio.imaging.fit import Placed
    from studio.imaging.label import Ai
    from studio.imaging.opening import Pixels
    from studio.imaging.shadow import Stage
    from studio.imaging.shot import Shot

_TRIES = 4  # photos that are looked at before the best of them is taken
_KINDS = ("white", "scene", "photo")
_kept: OrderedDict[tuple[str, str, str], Shot] = OrderedDict()  # a product goes to many channels
_kept_lock = threading.Lock()
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shoot:
    """`blobs`: the picture files by sha256. `lines`: (slot, text read in that picture) for the
    rules to check; empty without an OCR engine."""

    pictures: tuple[Picture, ...] = ()
    blobs: dict[str, bytes] = field(default_factory=dict, repr=False)
    findings: tuple[Finding, ...] = ()
    lines: tuple[tuple[str, Line], ...] = ()


@dataclass(frozen=True)
class _Taken:
    """A picture before it is written."""

    pixels: Pixels
    placed: Placed | None
    made: tuple[Made, ...]
    ai: Ai = "none"
    scenery: str = ""  # the set's title in the listing's language


@dataclass(frozen=True)
class _Job:
    """What every step of one shoot needs."""

    product: Product
    brief: Brief
    channel: Channel
    photo: Callable[[str], bytes]
    cutout: CutoutEngine
    scene: SceneEngine
    texts: Copy
    searched: tuple[Path, ...]
    on_step: Callable[[int, int, str], None] | None
    cancel: threading.Event | None

    def check(self) -> None:
        if self.cancel is not None and self.cancel.is_set():
            raise EngineError("the shoot was cancelled")


def shoot(
    product: Product,
    brief: Brief,
    channel: Channel,
    photo: Callable[[str], bytes],
    cutout: CutoutEngine,
    scene: SceneEngine,
    *,
    texts: Copy,
    ocr: OcrEngine | None = None,
    searched: tuple[Path, ...] = (),
    on_step: Callable[[int, int, str], None] | None = None,
    cancel: threading.Event | None = None,
) -> Shoot:
    """The channel's pictures of a product. `photo` gives the bytes for a sha256.

    Raises EngineError when cancelled, and nothing else: what goes wrong is a Finding on
    "pictures.<slot>", and the other pictures are made.
    """
    from studio.imaging import judge

    job = _Job(product, brief, channel, photo, cutout, scene, texts, searched, on_step, cancel)
    slots = [slot for slot in channel.slots if slot.kind in _KINDS]
    total = len(slots) + 1
    done = Shoot()
    shot, problem = _best(job)
    if shot is None:
        lost = [judge.failed(s, *problem) if problem else judge.without_photo(s) for s in slots]
        return Shoot(findings=tuple(lost))
    _tell(job, 1, total, "cut-out")
    for number, slot in enumerate(slots, 2):
        job.check()
        done = _add(done, job, slot, shot, ocr)
        _tell(job, number, total, slot.name)
    return done


def _tell(job: _Job, done: int, total: int, what: str) -> None:
    if job.on_step:
        job.on_step(done, total, what)


def _add(done: Shoot, job: _Job, slot: Slot, shot: Shot, ocr: OcrEngine | None) -> Shoot:
    """The shoot so far with one more picture, or with the finding that it failed."""
    from studio.imaging import judge, measure

    try:
        picture, data = _finish(job, slot, shot, _take(job, slot, shot))
        lines = ocr.read(measure.decode(data)) if ocr is not None and not ocr.ready() else []
    except StudioError as error:
        job.check()
        finding = judge.failed(slot, error.message, error.hint)
        return Shoot(done.pictures, done.blobs, (*done.findings, finding), done.lines)
    except Exception as error:  # one picture must never cost the merchant the others
        log.exception("picture %s of %s", slot.name, job.product.id)
        finding = judge.failed(slot, f"{type(error).__name__}: {error}")
        return Shoot(done.pictures, done.blobs, (*done.findings, finding), done.lines)
    found = list(judge.judge(slot, picture.measured, (picture.width, picture.height)))
    if shot.doubtful and slot.kind != "photo":
        found.append(judge.doubts(slot, shot.notes))
    return Shoot(
        (*done.pictures, picture),
        {**done.blobs, picture.sha256: data},
        (*done.findings, *found),
        (*done.lines, *((slot.name, line) for line in lines)),
    )


# --- the photo ---------------------------------------------------------------------------------


def _best(job: _Job) -> tuple[Shot | None, tuple[str, str] | None]:
    """The first photo that cuts out well, else the best of the first few; or (None, why)."""
    best: Shot | None = None
    problem: tuple[str, str] | None = None
    for sha in _photos(job.product):
        job.check()
        try:
            shot = _shot(job, sha)
        except StudioError as error:
            job.check()
            place = f"{error.where}: " if error.where else ""
            problem = problem or (place + error.message, error.hint)
            continue
        if _worth(shot) >= 0.7:
            return shot, None
        if best is None or _worth(shot) > _worth(best):
            best = shot
    return best, problem


def _worth(shot: Shot) -> float:
    """Confidence, less where the product does not show whole."""
    return shot.confidence * (0.75 if shot.cropped else 1.0)


def _photos(product: Product) -> list[str]:
    """sha256 of the stored photos, the product's own before the variants', each once."""
    photos = [*product.photos, *(p for v in product.variants for p in v.photos)]
    return list(dict.fromkeys(p.sha256 for p in photos if p.sha256))[:_TRIES]


def _shot(job: _Job, sha: str) -> Shot:
    """The cut-out of a photo; the last few are kept, since channels ask for them one by one."""
    from studio.imaging import opening, shot

    engine = job.cutout
    key = (sha, engine.name, engine.model)
    with _kept_lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    name = next((p.ref for p in job.product.photos if p.sha256 == sha), sha[:12])
    opened = opening.read(job.photo(sha), name)
    if opened.alpha is not None:
        made = shot.from_alpha(sha, opened)
    else:
        cut = engine.cut(opened.rgb)
        if not (cut.mask > 0.5).any():
            raise InputError(
                "no product was found in the photo",
                hint="give a photo that shows the product alone, on a plain ground",
                where=name,
            )
        made = shot.from_mask(sha, opened, cut.mask, cut.confidence, cut.notes)
    with _kept_lock:
        _kept[key] = made
        while len(_kept) > 3:
            _kept.popitem(last=False)
    return made


# --- the pictures ------------------------------------------------------------------------------


def _take(job: _Job, slot: Slot, shot: Shot) -> _Taken:
    """The slot's picture as pixels."""
    from studio.imaging import compose, fit

    if slot.kind == "photo":
        return _Taken(fit.within(shot.opened.rgb, slot.width, slot.height), None, ())
    start = time.perf_counter()
    if slot.kind == "white":
        placed = fit.centred(shot.cut, slot.width, slot.height, slot.fill)
        pixels = compose.on_white(placed)
        return _Taken(pixels, placed, (_made(job, job.cutout, start),))
    return _scene(job, slot, shot)


def _scene(job: _Job, slot: Slot, shot: Shot) -> _Taken:
    """The product in a set that suits it."""
    from studio.imaging import compose

    start = time.perf_counter()
    facts = job.product.in_locale(job.brief.locale)
    group = scenery.group_of((facts.category, facts.title), job.searched)
    look = _look(job, group, shot)
    side = look.side(job.brief.seed)
    stage = _stage(look, side)
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
    if getattr(job.scene, "around", False):
        wanted.options.update(image=placed.rgb, mask=placed.alpha)
    backdrop = job.scene.backdrop(wanted, cancel=job.cancel)
    pixels = compose.in_scene(placed, backdrop, stage)
    drawn = job.scene.ai == "none"
    note = f"look {look.name}"
    made = (
        _made(job, job.cutout, start),
        _made(job, job.scene, start, prompt="" if drawn else prompt, note=note),
    )
    title = by_language(look.title, job.brief.locale)
    return _Taken(pixels, placed, made, "none" if drawn else "composite", title)


def _look(job: _Job, group: str, shot: Shot) -> Look:
    """The look that the channel names in its options, else one that suits the product."""
    from studio.engines.backdrop import look as looks

    named = str(job.channel.options.get("look", ""))
    if named:
        return looks.load(named, job.searched)
    usual = scenery.groups(job.searched).get(group)
    return scenery.choose(
        group,
        seed=job.brief.seed,
        key=job.product.id,
        lying=not shot.cropped and (shot.lying or bool(usual and usual.lying)),
        cropped=shot.hangs,
        brightness=shot.brightness,
        drawn=job.scene.ai == "none",
        searched=job.searched,
    )


def _stage(look: Look, side: int) -> Stage:
    from studio.imaging.shadow import Stage

    return Stage(
        horizon=look.horizon,
        join=look.join,
        base=look.base,
        light=look.light.direction(side),
        soft=look.light.soft,
        shadow=look.shadow,
        reflect=look.reflect,
        lying=look.lying,
        fill=look.fill,
    )


def _raised(look: Look, stage: Stage, shot: Shot, placed: Placed) -> tuple[Stage, Placed]:
    """The product on its stand: a little before the middle of the stand's top."""
    from dataclasses import replace

    from studio.imaging import fit
    from studio.imaging.shadow import FOCAL

    height, width = placed.alpha.shape
    assert look.podium is not None
    radius = look.podium.radius(placed.box[2] / width)
    deep = radius * (look.base - look.horizon) / FOCAL  # half height of the top, in heights
    x, y, w, h = placed.box
    moved = fit.place(shot.cut, width, height, (w, h), (x, y + round(0.34 * deep * height)))
    return replace(stage, top=(0.5, look.base, radius, deep)), moved


def _made(job: _Job, engine: Any, start: float, prompt: str = "", note: str = "") -> Made:
    return Made(
        engine=engine.name,
        model=engine.model,
        prompt=prompt,
        seed=job.brief.seed,
        seconds=round(time.perf_counter() - start, 2),
        note=note,
    )


# --- the file ----------------------------------------------------------------------------------


def _finish(job: _Job, slot: Slot, shot: Shot, taken: _Taken) -> tuple[Picture, bytes]:
    """Written with its marks, read back and measured."""
    from studio.imaging import encode, label

    number = digest_of(job.product.id, slot.name, shot.sha256, job.brief.seed)[:32]
    producer = str(job.channel.options.get("content_producer", "")) or "Studio"
    marks = label.marks(taken.ai, slot.kind, producer=producer, number=number)
    xmp = label.packet(marks)
    data, measured = encode.encode(taken.pixels, slot.format, slot.max_bytes, xmp)
    measured |= dict(_measures(slot, shot, taken, data))
    height, width = taken.pixels.shape[:2]
    picture = Picture(
        slot=slot.name,
        sha256=sha256(data).hexdigest(),
        width=width,
        height=height,
        mime=encode.MIME[slot.format],
        size=len(data),
        alt=_alt(job, slot, taken),
        source=shot.sha256,
        may_alter=bool(measured.get("product_changed")),
        measured=measured,
        ai=taken.ai,
        made=taken.made,
    )
    return picture, data


def _measures(slot: Slot, shot: Shot, taken: _Taken, data: bytes) -> Iterator[tuple[str, float]]:
    """What the written file shows, and how true its product is."""
    from studio.imaging import fidelity, measure

    back = measure.decode(data)
    placed = taken.placed
    yield from measure.sharpness(back, placed.alpha if placed else None).items()
    if placed is None:
        return
    yield "scale", round(placed.scale, 3)
    yield "confidence", shot.confidence
    yield "cropped", float(shot.cropped)
    yield from fidelity.prove(taken.pixels, placed).measured().items()
    written = fidelity.prove(back, placed)
    yield "file_delta_mean", round(written.mean, 3)
    yield from measure.exposure(back, placed.alpha).items()
    if slot.kind == "white":
        yield from measure.white(back).items()
        yield "background_white", measure.background(back, placed.alpha)


def _alt(job: _Job, slot: Slot, taken: _Taken) -> str:
    """What the picture shows, in the listing's language; at most 125 code points."""
    title = job.product.in_locale(job.brief.locale).title or job.texts.title or job.product.title
    chinese = job.brief.locale.startswith("zh")
    where = {"white": "白色背景" if chinese else "on a white background", "scene": taken.scenery}
    rest = where.get(slot.kind, "")
    if not rest:
        return title[:125]
    tail = f"，{rest}" if chinese else f" {rest}" if slot.kind == "white" else f", {rest.lower()}"
    return title[: 125 - len(tail)] + tail

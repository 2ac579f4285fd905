"""Shoots a product for a channel: one picture for each slot, measured after it was written.

photo -> opened -> cut out (once a photo) -> placed on white or in a set -> encoded within the
slot's bytes, with its marks -> read back and measured. A picture that fails is a Finding.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from studio.engines import CutoutEngine, Line, OcrEngine, SceneEngine, UnsafeEngine, UpscaleEngine
from studio.errors import StudioError
from studio.photographer import labels, lettered
from studio.photographer.job import Job, Taken
from studio.photographer.photos import best
from studio.photographer.taking import take
from studio.photographer.writing import finish
from studio.schema import Brief, Channel, Copy, Finding, Picture, Product, Proof, Slot

if TYPE_CHECKING:
    from studio.imaging.credentials import Signer
    from studio.imaging.shot import Shot

_KINDS = ("white", "clear", "scene", "poster", "page", "photo")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shoot:
    """`blobs`: the picture files by sha256. `lines`: (slot, text read in that picture) for the
    rules to check; empty without an OCR engine."""

    pictures: tuple[Picture, ...] = ()
    blobs: dict[str, bytes] = field(default_factory=dict, repr=False)
    findings: tuple[Finding, ...] = ()
    lines: tuple[tuple[str, Line], ...] = ()


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
    upscale: UpscaleEngine | None = None,
    unsafe: UnsafeEngine | None = None,
    signer: Signer | None = None,
    markets: tuple[str, ...] = (),
    mask: Callable[[str], bytes] = lambda photo: b"",
    only: frozenset[str] | None = None,
    on_step: Callable[[int, int, str], None] | None = None,
    cancel: threading.Event | None = None,
) -> Shoot:
    """The channel's pictures of a product.

    `photo` gives the bytes for a sha256; `upscale` enlarges small products; `unsafe` looks for
    nudity; `signer` signs what was done (C2PA); `markets`: whose marking rules hold; `mask` gives
    the mask that a person has mended for a photo, or b""; `only` names the slots to shoot, where
    not all are wanted. `on_step(done, total, what)` is called as each step begins: "cut-out", a
    slot's name, and within it that of each step of a scene ("scene 3/25").

    Raises EngineError when cancelled, and nothing else: what goes wrong is a Finding on
    "pictures.<slot>", and the other pictures are made.
    """
    from studio.imaging import judge

    job = Job(
        product, brief, channel, photo, cutout, scene, texts, searched, on_step, cancel,
        signer, upscale, markets, mask, unsafe,
    )  # fmt: skip
    slots = [s for s in channel.slots if s.kind in _KINDS and (only is None or s.name in only)]
    total = len(slots) + 1
    done = Shoot()
    job = replace(job, at=(0, total))
    job.tell("cut-out")
    shot, problem = best(job)
    if shot is None:
        lost = [judge.failed(s, problem) if problem else judge.without_photo(s) for s in slots]
        return Shoot(findings=tuple(lost))
    for number, slot in enumerate(slots, 1):
        job = replace(job, at=(number, total))
        job.check()
        job.tell(slot.name)
        done = _add(done, job, slot, shot, ocr)
    return done


def _add(done: Shoot, job: Job, slot: Slot, shot: Shot, ocr: OcrEngine | None) -> Shoot:
    """The shoot so far with one more picture, or with the finding that it failed."""
    from studio.imaging import fit, judge
    from studio.imaging.lettering.setting import UnfitError

    if slot.kind not in lettered.KINDS:
        slot = fit.sized(slot, shot.cut)
    try:
        pieces = take(job, slot, shot)
        for number, taken in enumerate(pieces, 1):
            part = slot
            if slot.kind == "page":
                name = f"{slot.name}-{number}"
                part = slot.model_copy(update={"name": name, "min_px": 1})
                taken = replace(taken, part=(number, len(pieces)))
            done = _written(done, job, part, shot, taken, ocr)
    except UnfitError as error:
        finding = judge.finding(slot, error.rule, **error.values)
        return Shoot(done.pictures, done.blobs, (*done.findings, finding), done.lines)
    except StudioError as error:
        job.check()
        finding = judge.failed(slot, error)
        return Shoot(done.pictures, done.blobs, (*done.findings, finding), done.lines)
    except Exception as error:  # one picture must never cost the merchant the others
        log.exception("picture %s of %s", slot.name, job.product.id)
        finding = judge.failed(slot, StudioError(f"{type(error).__name__}: {error}"))
        return Shoot(done.pictures, done.blobs, (*done.findings, finding), done.lines)
    return done


def _written(
    done: Shoot, job: Job, slot: Slot, shot: Shot, taken: Taken, ocr: OcrEngine | None
) -> Shoot:
    """The shoot with a picture that was taken: written, read back, judged."""
    from studio.imaging import judge, measure

    picture, files = finish(job, slot, shot, taken)
    # A drawn set has no letters, so the product's own are read once; what a model painted, and
    # what was lettered, is read each time.
    fresh = picture.ai != "none" or slot.kind in lettered.KINDS or not done.pictures
    if job.unsafe is not None and fresh:
        score = round(job.unsafe.score(measure.decode(files[picture.sha256])), 3)
        picture = picture.model_copy(update={"measured": {**picture.measured, "unsafe": score}})
    found = list(judge.judge(slot, picture.measured, (picture.width, picture.height)))
    lines: list[Line] = []
    if ocr is not None and fresh:
        lines = ocr.read(measure.decode(files[picture.sha256]))
        picture, lost = _with_label(picture, taken, lines, ocr)
        found += [judge.finding(slot, "label", lost=" / ".join(lost))] if lost else []
    if shot.doubtful and slot.kind != "photo":
        found.append(judge.doubts(slot, shot.notes))
    return Shoot(
        (*done.pictures, picture),
        {**done.blobs, **files},
        (*done.findings, *found),
        (*done.lines, *((slot.name, line) for line in lines)),
    )


def _with_label(
    picture: Picture, taken: Taken, lines: list[Line], ocr: OcrEngine
) -> tuple[Picture, list[str]]:
    """The picture with the label's text before and after, and the lines that it has lost. Where no
    pixel of the product was changed nothing is lost, whatever a reader makes of small print."""
    if taken.placed is None:
        return picture, []
    before, after = labels.read(ocr, taken.placed, lines)
    proof = picture.proof or Proof()
    proof = proof.model_copy(update={"before": tuple(before), "after": tuple(after)})
    told = picture.model_copy(update={"proof": proof})
    return told, labels.lost(before, after) if picture.may_alter else []

"""The picture as a file: its marks, its measures after writing, and its alt text."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

from studio.photographer.job import Job, Taken
from studio.schema import Picture, Slot, digest_of

if TYPE_CHECKING:
    from studio.imaging.shot import Shot


def finish(job: Job, slot: Slot, shot: Shot, taken: Taken) -> tuple[Picture, bytes]:
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


def _measures(slot: Slot, shot: Shot, taken: Taken, data: bytes) -> Iterator[tuple[str, float]]:
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


def _alt(job: Job, slot: Slot, taken: Taken) -> str:
    """What the picture shows, in the listing's language; at most 125 code points."""
    title = job.product.in_locale(job.brief.locale).title or job.texts.title or job.product.title
    chinese = job.brief.locale.startswith("zh")
    where = {"white": "白色背景" if chinese else "on a white background", "scene": taken.scenery}
    rest = where.get(slot.kind, "")
    if not rest:
        return title[:125]
    tail = f"，{rest}" if chinese else f" {rest}" if slot.kind == "white" else f", {rest.lower()}"
    return title[: 125 - len(tail)] + tail

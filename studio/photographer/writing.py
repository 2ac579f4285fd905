"""The picture as a file: its marks, its measures after writing, and its alt text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from studio.photographer.job import Job, Taken
from studio.schema import Made, Picture, Proof, Slot, digest_of, locale_language

if TYPE_CHECKING:
    from studio.imaging import fidelity
    from studio.imaging.opening import Pixels
    from studio.imaging.shot import Shot


def finish(job: Job, slot: Slot, shot: Shot, taken: Taken) -> tuple[Picture, dict[str, bytes]]:
    """Written with its marks, read back and measured; its files by sha256: the picture, and the
    map of what differs from the photo where something may."""
    from studio.imaging import credentials, encode, fidelity, label

    photo = label.carried(job.photo(shot.sha256))
    drawn = taken.ai  # by us; the photo may have been generated before it came here
    if photo.generated and drawn == "none":
        taken = replace(taken, ai="composite")
    white = taken.pixels
    taken, mark = _visibly_marked(job, taken)
    number = digest_of(job.product.id, slot.name, shot.sha256, job.brief.seed)[:32]
    producer = str(job.channel.options.get("content_producer", "")) or "Studio"
    marks = label.marks(drawn, slot.kind, producer=producer, number=number, photo=photo)
    xmp = label.packet(marks)
    room = slot.max_bytes - (credentials.SIZE if job.signer else 0)
    pixels = _cleared(taken, white) if slot.kind == "clear" else taken.pixels
    data, measured = encode.encode(pixels, slot.format, room, xmp)
    proof = fidelity.prove(taken.pixels, taken.placed) if taken.placed else None
    measured |= mark | dict(_measures(slot, shot, taken, data, proof))
    if job.signer:
        data = _signed(job, slot, shot, taken, marks.source, data)
    height, width = taken.pixels.shape[:2]
    alters = drawn != "none" and bool(getattr(job.scene, "alters", False))
    alters |= shot.enlarged > 1 and job.upscale is not None and job.upscale.alters
    picture = Picture(
        slot=slot.name,
        sha256=sha256(data).hexdigest(),
        width=width,
        height=height,
        mime=encode.MIME[slot.format],
        size=len(data),
        alt=_alt(job, slot, taken),
        source=shot.sha256,
        may_alter=alters or bool(measured.get("product_changed")),
        measured=measured,
        ai=taken.ai,
        made=taken.made,
    )
    files = {picture.sha256: data}
    if picture.may_alter and proof is not None:
        shown, _ = encode.encode(fidelity.drawn(proof, taken.pixels), "PNG", 10_000_000)
        name = sha256(shown).hexdigest()
        files[name] = shown
        picture = picture.model_copy(update={"proof": Proof(map=name)})
    return picture, files


def _cleared(taken: Taken, white: Pixels) -> Pixels:
    """RGBA: the product without a ground, and what was drawn on its `white` one since."""
    from studio.imaging import compose

    assert taken.placed is not None
    clear = compose.on_nothing(taken.placed.rgb, taken.placed.alpha)
    drawn = (taken.pixels != white).any(axis=2)
    clear[drawn, :3], clear[drawn, 3] = taken.pixels[drawn], 255
    return clear


def _visibly_marked(job: Job, taken: Taken) -> tuple[Taken, dict[str, float]]:
    """With the mark that people see, where a model took part and the market asks for it (CN), or
    the channel's option `visible_mark` says "always"; "never" is for shops that add their own."""
    from studio.imaging import visible

    wish = str(job.channel.options.get("visible_mark", "auto"))
    chinese = "CN" in (job.markets or job.brief.markets or job.channel.markets)
    if taken.ai == "none" or wish == "never" or not (chinese or wish == "always"):
        return taken, {}
    product = taken.placed.alpha if taken.placed else None
    language = "zh" if chinese else locale_language(job.brief.locale)
    pixels, mark = visible.draw(taken.pixels, product, language, job.searched)
    return replace(taken, pixels=pixels), {"ai_mark": mark.height}


def _signed(job: Job, slot: Slot, shot: Shot, taken: Taken, source: str, data: bytes) -> bytes:
    """With Content Credentials: the photo, each tool in order, and what came of it."""
    from studio.imaging import credentials, encode
    from studio.imaging.credentials import Step

    assert job.signer is not None
    cut, *others = taken.made or (None,)
    steps = [Step("c2pa.edited", "background removed", _tool(cut), _ENHANCED)] if cut else []
    for made in others:
        lettered = made.engine in ("poster", "page")
        action, what = ("c2pa.addedText", "words") if lettered else ("c2pa.edited", "placed in")
        steps.append(Step(action, f"{what}: {made.note}", _tool(made), source))
    height, width = taken.pixels.shape[:2]
    steps.append(Step("c2pa.resized", f"to {width}x{height}", "Studio", "" if cut else source))
    mime = encode.MIME.get(shot.opened.format)
    return credentials.sign(
        data,
        encode.MIME[slot.format],
        job.signer,
        title=slot.name,
        steps=steps,
        photo=(job.photo(shot.sha256), mime) if mime else None,
    )


_ENHANCED = "algorithmicallyEnhanced"


def _tool(made: Made) -> str:
    return f"Studio {made.engine} {made.model}".strip()


def _measures(
    slot: Slot, shot: Shot, taken: Taken, data: bytes, proof: fidelity.Proof | None
) -> Iterator[tuple[str, float]]:
    """What the written file shows, and how true its product is."""
    from studio.imaging import fidelity, measure

    back = measure.decode(data)
    placed = taken.placed
    yield from measure.sharpness(back, placed.alpha if placed else None).items()
    if placed is None or proof is None:
        return
    yield "scale", round(placed.scale * shot.enlarged, 3)
    yield "confidence", shot.confidence
    yield "cropped", float(shot.cropped)
    yield from proof.measured().items()
    written = fidelity.prove(back, placed)
    yield "file_delta_mean", round(written.mean, 3)
    yield from measure.exposure(back, placed.alpha).items()
    if slot.kind in ("white", "clear"):
        yield from measure.white(back).items()
        yield "background_white", measure.background(back, placed.alpha)


def _alt(job: Job, slot: Slot, taken: Taken) -> str:
    """What the picture shows, in the listing's language; at most 125 code points. The listing's own
    words for it where it has some (extra.alt_main ...)."""
    own = job.texts.extra.get(f"alt_{slot.name}", "")
    if own:
        return own[:125]
    title = job.product.in_locale(job.brief.locale).title or job.texts.title or job.product.title
    chinese = job.brief.locale.startswith("zh")
    where = {
        "white": "白色背景" if chinese else "on a white background",
        "clear": "透明背景" if chinese else "on a transparent background",
        "scene": taken.scenery,
    }
    rest = where.get(slot.kind, "")
    if slot.kind == "page":
        at, of = taken.part
        rest = "详情图" if chinese else "details"
        if of > 1:
            rest += f"第{at}张，共{of}张" if chinese else f", {at} of {of}"
    if not rest:
        return title[:125]
    if chinese:
        tail = f"，{rest}"
    elif slot.kind in ("scene", "page"):
        tail = f", {rest.lower()}"
    else:
        tail = f" {rest}"
    return title[: 125 - len(tail)] + tail

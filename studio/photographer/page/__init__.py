"""Detail pages: poster, points, description, photos and facts as one long picture in pieces."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING

from studio.engines import scenery
from studio.errors import StudioError
from studio.photographer import lettered
from studio.photographer.job import Job, Taken, made_by
from studio.photographer.page import spec
from studio.photographer.poster import spec as posters
from studio.photographer.poster import words
from studio.schema import Made, Product, Slot, by_language

if TYPE_CHECKING:
    from studio.imaging.opening import Pixels
    from studio.imaging.shot import Shot
    from studio.photographer.page.blocks import Block, Paper

_PHOTO_PX = 200  # smaller photos would only look poor


def take(job: Job, slot: Slot, shot: Shot) -> list[Taken]:
    """The page's pieces from top to foot, each at most the slot's height. Raises InputError."""
    from studio.photographer.page import blocks
    from studio.photographer.poster.draw import Canvas

    start = time.perf_counter()
    page = spec.load(slot.template or "plain", job.searched)
    facts = job.product.in_locale(job.brief.locale)
    group = scenery.group_of((facts.category, facts.title), job.searched)
    canvas = Canvas(
        slot.width,
        slot.height,
        shot.palette,
        job.brief.locale,
        job.searched,
        lying=scenery.lies(group, shot.tall, job.searched),
    )
    colours = (canvas.colour(tone) for tone in (page.ground, page.accent, page.ink))
    paper = blocks.Paper(canvas, *colours)
    parts = [part for section in page.sections for part in _section(job, shot, paper, section)]
    made: tuple[Made, ...] = (
        made_by(job, job.cutout, start),
        Made(
            engine="page",
            digest=lettered.digest(slot, job.product, job.brief, job.texts),
            note=f"template {page.name}",
            seed=job.brief.seed,
        ),
    )
    title = by_language(page.title, job.brief.locale)
    pieces = blocks.cut(parts, slot.height)
    return [Taken(piece.pixels, piece.placed, made, "none", title) for piece in pieces]


def _section(job: Job, shot: Shot, paper: Paper, section: spec.Section) -> Iterator[Block]:
    """The blocks of one section; none where the listing has nothing for it."""
    from studio.photographer.page import blocks

    if isinstance(section, spec.Hero):
        yield _hero(job, shot, paper, section)
        return
    if isinstance(section, spec.Note):
        soft = tuple((i + g) // 2 for i, g in zip(paper.ink, paper.ground, strict=True))
        line = by_language(section.text, job.brief.locale)
        yield blocks.text(paper, [line], section.size, ink=(soft[0], soft[1], soft[2]))
        return
    parts = list(_parts(job, shot, paper, section))
    if parts:
        yield blocks.heading(paper, by_language(section.heading, job.brief.locale))
        yield from parts


def _parts(
    job: Job, shot: Shot, paper: Paper, section: spec.Points | spec.Prose | spec.Photos | spec.Facts
) -> Iterator[Block]:
    from studio.photographer.page import blocks

    if isinstance(section, spec.Points):
        for number, bullet in enumerate(job.texts.bullets, 1):
            where = f"bullets.{number - 1}"
            yield blocks.text(paper, plain(bullet), section.size, number=number, where=where)
    elif isinstance(section, spec.Prose):
        said = plain(job.texts.description)
        if said:
            yield blocks.text(paper, said, section.size, where="description")
    elif isinstance(section, spec.Photos):
        for rgb in _photos(job, shot, section.most):
            yield blocks.photo(paper, rgb)
    else:
        rows = list(_rows(job.product, job.brief.locale, section))
        if rows:
            yield blocks.table(paper, rows, section.size, "facts")


def _hero(job: Job, shot: Shot, paper: Paper, section: spec.Hero) -> Block:
    from dataclasses import replace

    from studio.photographer.page.blocks import Block
    from studio.photographer.poster.draw import draw

    canvas = replace(paper.canvas, height=round(paper.width / section.ratio))
    poster = posters.load(section.template, job.searched)
    drawn = draw(poster, words.of(job.product, job.brief, job.texts), canvas, shot)
    return Block(drawn.pixels, placed=drawn.placed)


def plain(text: str) -> list[str]:
    """The paragraphs of a text or of its HTML, without tags."""
    broken = re.sub(r"(?i)</(?:p|li|h[1-6]|div|ul|tr)>|<br\s*/?>", "\n", text)
    bare = unescape(re.sub(r"<[^>]*>", "", broken)) if "<" in text else text
    return [line.strip() for line in bare.split("\n") if line.strip()]


def _photos(job: Job, shot: Shot, most: int) -> Iterator[Pixels]:
    """The product's further photos that can be opened and are large enough."""
    from studio.imaging import opening

    photos = [*job.product.photos, *(p for v in job.product.variants for p in v.photos)]
    others = [sha for p in photos if (sha := p.sha256) and sha != shot.sha256]
    shown = 0
    for sha in dict.fromkeys(others):
        job.check()
        try:
            rgb = opening.read(job.photo(sha), sha[:12]).rgb
        except StudioError:  # the finding on it is made where its own picture is made
            continue
        if min(rgb.shape[:2]) >= _PHOTO_PX and shown < most:
            shown += 1
            yield rgb


def _rows(product: Product, locale: str, section: spec.Facts) -> Iterator[tuple[str, str]]:
    """The facts in the file's order, then what can be chosen."""
    never = words.styles_of().never
    for a in product.in_locale(locale).attributes:
        value = " ".join(a.value.split())
        if value and "://" not in value and a.name.casefold() not in never:
            yield a.name[:1].upper() + a.name[1:], value
    options: dict[str, list[str]] = {}
    for variant in product.variants:
        for option in variant.options:
            held = options.setdefault(option.name or by_language(section.options, locale), [])
            if option.value and option.value not in held:
                held.append(option.value)
    gap = "、" if locale.startswith("zh") else ", "
    yield from ((name, gap.join(values)) for name, values in options.items() if len(values) > 1)

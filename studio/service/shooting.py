"""`studio shoot`: pictures of a folder of photos, without a catalog.

Each photo's pictures and its line of the report are written as soon as they are made, so a run that
was stopped goes on where it was: a photo whose line is there, for the same photo, channel and
tools, with all its files in place, is not made again.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from threading import Event as Flag
from typing import Any

from pydantic import Field, ValidationError

from studio import review
from studio.checks import context_of
from studio.errors import InputError, NotFoundError, SetupError
from studio.imaging import judge, opening
from studio.kit import Kit
from studio.pipeline import check_lines, photographed
from studio.schema import (
    Actor,
    Brief,
    Channel,
    Copy,
    Facts,
    Finding,
    Noun,
    Photo,
    Picture,
    Product,
    Slot,
    digest_of,
)
from studio.service import kits
from studio.service.base import Base

SUFFIXES = frozenset(["jpg", "jpeg", "png", "webp", "tif", "tiff", "bmp", "gif"])
_PLAIN = Channel(
    id="photos",
    name={"en": "Photos", "zh": "照片"},
    markets=(),
    fields={},
    slots=(
        Slot(name="main", kind="white", width=2000, height=2000),
        Slot(name="scene", kind="scene", width=1200, height=1200),
        Slot(
            name="cutout", kind="clear", width=2000, height=2000, format="PNG", max_bytes=20_000_000
        ),
    ),
)


class Shot(Noun):
    """A line of the report: a photo, and what came of it. `files`: by slot, in the out folder."""

    photo: str
    digest: str
    pictures: tuple[Picture, ...] = ()
    files: dict[str, str] = Field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()  # slots without a picture


class Batch(Noun):
    """All lines of a run in the order of the photos; `fresh`: how many were there already."""

    shots: tuple[Shot, ...]
    fresh: int

    @property
    def failed(self) -> tuple[str, ...]:
        """Photos that lack a picture."""
        return tuple(shot.photo for shot in self.shots if shot.missing)


@dataclass(frozen=True)
class _Work:
    """What every photo of a run needs."""

    folder: Path
    out: Path
    channel: Channel
    kit: Kit
    brief: Brief
    cancel: Flag

    def digest(self, data: bytes) -> str:
        return digest_of(sha256(data).hexdigest(), self.channel, self.brief, self.kit.tools)


def shoot(
    studio: Base,
    actor: Actor,
    folder: Path,
    out: Path,
    *,
    channel: str = "",
    look: str = "",
    locale: str = "en",
    workers: int = 0,
    on_photo: Callable[[Shot], None] = lambda _: None,
) -> Batch:
    """The channel's pictures (white, scene and cut-out without one) of every photo under a folder.

    `look`: the set, as templates/scene names it; `workers` 0: one for each core. Raises InputError
    when there are no photos, NotFoundError for an unknown channel or set, SetupError.
    """
    review.permit(actor, "generate")
    found = list(photos(folder, out))
    if not found:
        raise InputError(f"no photos in {folder}", hint=f"looked for {', '.join(sorted(SUFFIXES))}")
    work = _work(studio, folder, out, channel, look, locale)
    names = _names(found)
    held = _held(out)
    out.mkdir(parents=True, exist_ok=True)
    made: dict[str, Shot] = {}
    fresh = 0
    with (
        (out / "report.jsonl").open("a", encoding="utf-8") as report,
        ThreadPoolExecutor(workers or os.cpu_count() or 1, "studio-shoot") as pool,
    ):
        waiting = {pool.submit(_one, work, name, to, held.get(name)) for name, to in names.items()}
        try:
            for future in as_completed(waiting):
                shot = future.result()
                made[shot.photo] = shot
                if shot is held.get(shot.photo):
                    fresh += 1
                else:
                    _append(report, shot)
                on_photo(shot)
        finally:
            work.cancel.set()
            for future in waiting:
                future.cancel()
    batch = Batch(shots=tuple(made[name] for name in names), fresh=fresh)
    _replace(out / "report.jsonl", "".join(f"{_line(s)}\n" for s in batch.shots).encode())
    return batch


def _work(studio: Base, folder: Path, out: Path, channel: str, look: str, locale: str) -> _Work:
    # a worker has one core: engines that take all of them would only wait for each other
    given = studio.settings.model_copy(update={"threads": 1})
    kit = kits.build(given, lambda _: b"", studio.rules)
    if channel and channel not in kit.channels:
        raise NotFoundError.of("channel", channel, kit.channels)
    chosen = kit.channels[channel] if channel else _PLAIN
    slots = tuple(s for s in chosen.slots if s.kind not in ("poster", "page"))  # no facts, no words
    options = {**chosen.options, **({"look": look} if look else {})}
    if look:
        from studio.engines.backdrop import look as looks

        looks.load(look, given.extra)
    chosen = chosen.model_copy(update={"slots": slots, "options": options})
    for engine in (kit.cutout, kit.scene):
        if problem := engine.ready():
            raise SetupError(problem)
    kit.channels = {**kit.channels, chosen.id: chosen}
    return _Work(folder, out, chosen, kit, Brief(channel=chosen.id, locale=locale), Flag())


def photos(folder: Path, out: Path) -> Iterator[str]:
    """Paths of the photos under the folder, relative to it; what lies in `out` is not one."""
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}", hint="studio shoot FOLDER --out DIR")
    skipped = out.resolve()
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower().removeprefix(".") in SUFFIXES and path.is_file():
            if skipped in path.resolve().parents or path.name.startswith("."):
                continue
            yield path.relative_to(folder).as_posix()


def _names(photos: Sequence[str]) -> dict[str, str]:
    """photo -> its folder in `out`: its name without the ending, with it where two share that."""
    bare = {photo: photo.rpartition(".")[0] for photo in photos}
    count = Counter(name.lower() for name in bare.values())
    return {p: name if count[name.lower()] == 1 else p for p, name in bare.items()}


def _held(out: Path) -> dict[str, Shot]:
    """The report so far; a line that was cut off is as good as none."""
    path = out / "report.jsonl"
    found: dict[str, Shot] = {}
    for line in path.read_text("utf-8", "replace").splitlines() if path.is_file() else ():
        try:
            shot = Shot.model_validate_json(line)
        except ValidationError:
            continue
        found[shot.photo] = shot
    return found


def _one(work: _Work, name: str, to: str, held: Shot | None) -> Shot:
    """A photo's pictures, each written; or the held line where nothing has changed."""
    try:
        data = opening.load(work.folder / name, language=work.brief.locale)
    except InputError as error:
        return _unread(work, name, error)
    digest = work.digest(data)
    if held is not None and held.digest == digest and _there(work.out, held):
        return held
    sha = sha256(data).hexdigest()
    photo = Photo(ref=name, sha256=sha)
    title = Path(name).stem.replace("_", " ").replace("-", " ")
    locale = work.brief.locale
    product = Product(id=name, locale=locale, facts={locale: Facts(title=title)}, photos=(photo,))
    kit = replace(work.kit, photo=lambda _: data)  # the photo in hand; the engines are shared
    done = photographed(product, work.brief, kit, Copy(), cancel=work.cancel)
    context = context_of(product, work.brief, work.channel)
    read = check_lines(done, context, kit.rules)
    files: dict[str, str] = {}
    for picture in done.pictures:
        suffix = {"image/jpeg": ".jpg", "image/png": ".png"}.get(picture.mime, ".webp")
        files[picture.slot] = f"{to}/{picture.slot}{suffix}"
        _replace(work.out / files[picture.slot], done.blobs[picture.sha256])
    return Shot(
        photo=name,
        digest=digest,
        pictures=done.pictures,
        files=files,
        findings=(*done.findings, *read),
        missing=tuple(slot.name for slot in work.channel.slots if slot.name not in files),
    )


def _unread(work: _Work, name: str, error: InputError) -> Shot:
    """The line of a file that is too large or cannot be read at all."""
    slots = work.channel.slots
    found = tuple(judge.failed(slot, error) for slot in slots)
    return Shot(photo=name, digest="", findings=found, missing=tuple(s.name for s in slots))


def _there(out: Path, shot: Shot) -> bool:
    """Whether every picture of the line lies there, whole, and none was missing."""
    if shot.missing or set(shot.files) != {p.slot for p in shot.pictures}:
        return False
    for picture in shot.pictures:
        path = out / shot.files[picture.slot]
        if not path.is_file() or sha256(path.read_bytes()).hexdigest() != picture.sha256:
            return False
    return True


def _line(shot: Shot) -> str:
    return json.dumps(shot.model_dump(mode="json"), ensure_ascii=False)


def _append(report: Any, shot: Shot) -> None:
    report.write(f"{_line(shot)}\n")
    report.flush()
    os.fsync(report.fileno())


def _replace(path: Path, data: bytes) -> None:
    """Written beside and renamed, so that a kill leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(path)

"""The pictures of a product: its own, its variants', or files that are named for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from studio.catalog.facts import clean
from studio.catalog.photos import Finder
from studio.catalog.report import Report
from studio.catalog.rows import Entry, Record
from studio.catalog.values import pictures
from studio.schema import Photo, Variant

_SEVERITY = (
    "picture-broken", "picture-outside", "picture-several", "picture-missing", "picture-url"
)  # fmt: skip


class Gallery:
    """Collects one product's pictures, and tells once what is wrong with them."""

    def __init__(self, finder: Finder, report: Report, folders: dict[str, Path]) -> None:
        self.finder, self.report, self.folders = finder, report, folders
        self.problems: list[tuple[str, str]] = []

    def product(
        self, entry: Entry, rows: Sequence[Record], variants: Sequence[Variant]
    ) -> tuple[Photo, ...]:
        """The product's own pictures, else those of its variants, else files named for it."""
        own = [entry.main, *entry.pictures]
        if entry.profile.gallery:
            own = sorted([*own, *entry.variants], key=lambda row: (row.file, row.line))
        photos = [p for row in own for p in self.photos(row.images, row)]
        if not photos:
            photos = [photo for variant in variants for photo in variant.photos]
        unique = list({photo.ref: photo for photo in photos}.values())
        if not any(photo.ref in self.finder.found for photo in unique):
            keys = [entry.id, entry.main.get("sku"), *(row.get("sku") for row in rows)]
            for ref, path in self.finder.named(keys):
                self.finder.found.setdefault(ref, path)
                unique.insert(0, Photo(ref=ref))
        self._tell(entry.main)
        return tuple(unique)

    def photos(self, cells: Iterable[str], row: Record) -> tuple[Photo, ...]:
        """The pictures that cells name, each looked for."""
        photos: dict[str, Photo] = {}
        for ref in (ref for cell in cells for ref in pictures(cell)):
            if len(ref) > 2000 or ref.startswith("data:"):
                self.problems.append(("picture-broken", ref[:200]))
                continue
            photos.setdefault(ref, Photo(ref=ref, alt=clean(row.get("image_alt"))))
            _, problem = self.finder.find(ref, self.folders[row.file])
            if problem:
                self.problems.append((problem, ref))
        return tuple(photos.values())

    def _tell(self, main: Record) -> None:
        """One issue for a product's pictures: the worst kind, and how many."""
        told = dict.fromkeys(self.problems)
        for code in _SEVERITY:
            refs = [ref for problem, ref in told if problem == code]
            if refs:
                column = main.columns.get("images", "")
                file, line = main.file, main.line
                self.report.issue(code, file, line, column, refs[0], count=len(refs))
                return

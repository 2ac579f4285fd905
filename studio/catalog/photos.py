"""Where a catalog's pictures are on this machine. Nothing outside the given folders is opened."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from studio.catalog.limits import IMAGE_FILES
from studio.catalog.report import Report
from studio.catalog.values import is_address

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic"}
)
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\0", b"MM\0*")


def is_picture(path: Path) -> bool:
    """Whether the first bytes are those of a picture; the pixels are not looked at."""
    if not path.is_file():  # a pipe would be waited for
        return False
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
    except OSError:
        return False
    webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    heif = head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis", b"heic", b"heix", b"mif1")
    return head.startswith(_MAGIC) or webp or heif


@dataclass
class Finder:
    """Finds pictures by path, then by file name. `found` maps a reference to its file."""

    images: Path | None
    report: Report
    remote: bool = False  # web addresses are fetched later, so they are no problem here
    found: dict[str, Path] = field(default_factory=dict)
    _names: dict[str, list[Path]] = field(default_factory=dict)
    _stems: dict[str, list[Path]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.images is None:
            return
        if not self.images.is_dir():
            raise self.report.refuse("images-missing", str(self.images))
        self.images = self.images.resolve()
        paths: list[Path] = []
        for folder, _, names in os.walk(self.images):  # does not follow links to folders
            paths += [Path(folder, n) for n in names if Path(n).suffix.lower() in SUFFIXES]
            if len(paths) > IMAGE_FILES:
                break
        for path in sorted(paths):
            self._names.setdefault(path.name.casefold(), []).append(path)
            for stem in dict.fromkeys((path.stem.casefold(), _stem(path.stem))):
                self._stems.setdefault(stem, []).append(path)

    def find(self, ref: str, beside: Path) -> tuple[Path | None, str]:
        """(file, "") or (None, code of the problem). `beside`: the folder of
        the catalog, resolved."""
        if ref in self.found:
            return self.found[ref], ""
        path, problem = self._look(ref, beside)
        if path is not None:
            if not is_picture(path):
                return None, "picture-broken"
            self.found[ref] = path
        return path, problem

    def _look(self, ref: str, beside: Path) -> tuple[Path | None, str]:
        address = is_address(ref)
        name = unquote(urlsplit(ref).path) if address else ref
        name = name.replace("\\", "/")
        outside = False
        # A web address is only good for its file name, or for its path below the picture folder.
        for root in filter(None, (None if address else beside, self.images)):
            path, escaped = _inside(root, name)
            outside |= escaped
            if path is not None:
                return path, ""
        same = self._names.get(name.rsplit("/", 1)[-1].casefold(), [])
        if len(same) > 1:
            same = _nearest(same, name)
        if len(same) == 1:
            return self._kept(same[0])
        if same:
            return None, "picture-several"
        if outside:
            return None, "picture-outside"
        if address:
            return None, "" if self.remote else "picture-url"
        return None, "picture-missing"

    def _kept(self, path: Path) -> tuple[Path | None, str]:
        assert self.images is not None
        real = path.resolve()
        return (real, "") if real.is_relative_to(self.images) else (None, "picture-outside")

    def named(self, keys: Sequence[str]) -> list[tuple[str, Path]]:
        """Pictures that are named for a product: "<sku>.jpg", "<sku>_2.png", "<sku>_side.jpg",
        "<sku> (3).jpg". As (path below the picture folder, file)."""
        if self.images is None:
            return []
        hits = [p for key in keys if key for p in self._stems.get(key.casefold(), [])]
        kept = [(p, self._kept(p)[0]) for p in dict.fromkeys(hits)]
        return [
            (path.relative_to(self.images).as_posix(), real)
            for path, real in kept
            if real is not None and is_picture(real)
        ]


def _stem(name: str) -> str:
    """A file name without its number: "mug_2", "MUG (3)" and "mug_side" are "mug". A number after
    a hyphen stays, because it is more often a part of the SKU."""
    tail = r"(?:_\d{1,2}|\s*\(\d{1,2}\)|_(?:main|front|back|side|top|detail))$"
    return re.sub(tail, "", name.casefold())


def _inside(root: Path, name: str) -> tuple[Path | None, bool]:
    """(the file below root, False), or (None, whether the name led out of it)."""
    relative = name.lstrip("/")
    if not relative or "\0" in relative:
        return None, False
    try:
        # Most references are not there: a look at the name and one at the disk settle that.
        plain = os.path.normpath(root / relative)
        if not plain.startswith(f"{root}{os.sep}"):
            return None, True
        if not os.path.isfile(plain):  # noqa: PTH113 - half the time of Path's, in a loop of millions
            return None, False
        path = Path(plain).resolve()
        if not path.is_relative_to(root):
            return None, True
        return (path, False) if path.is_file() else (None, False)
    except (OSError, ValueError):  # names that are too long, loops of links
        return None, False


def _nearest(paths: list[Path], name: str) -> list[Path]:
    """Of files with the same name, those that share most of the end of the path."""
    wanted = [part.casefold() for part in name.split("/")][::-1]

    def shared(path: Path) -> int:
        parts = [part.casefold() for part in path.parts][::-1]
        pairs = zip(wanted, parts, strict=False)
        return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(wanted), len(parts)))

    best = max(map(shared, paths))
    return [path for path in paths if shared(path) == best]

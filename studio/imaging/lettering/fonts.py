"""Finds the fonts that posters are set in, and says which characters a font cannot draw.

The families are data (templates/lettering/fonts.yaml): the merchant's own files first, then what
fontconfig knows, then the usual file names of the system's font folders.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import yaml

from studio import data
from studio.errors import InputError, SetupError

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

Family = Literal["sans", "serif"]
Weight = Literal["regular", "bold"]
_REGIONS = {"zh-tw": "TC", "zh-hk": "TC", "ja": "JP", "ko": "KR"}
_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
_ELSEWHERE = ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts", "C:/Windows/Fonts")


@dataclass(frozen=True)
class Face:
    """A font file; `index` is the face inside a collection."""

    path: str
    index: int = 0

    def font(self, px: int) -> FreeTypeFont:
        """The face at a size in pixels."""
        return _font(self, px)

    def lacks(self, text: str) -> str:
        """The characters of the text that the face has no glyph for, each once."""
        known = _characters(self)
        return "".join(dict.fromkeys(c for c in text if not c.isspace() and ord(c) not in known))


@cache
def face(family: Family, weight: Weight, locale: str, searched: tuple[Path, ...] = ()) -> Face:
    """The face for a text of that locale. Raises SetupError when the machine has none."""
    for base in searched:
        for path in sorted((base / "fonts").glob(f"{family}-{weight}.*")):
            return Face(str(path))
    entry = _families(searched)[family][weight]
    region = _REGIONS.get(locale.lower(), _REGIONS.get(locale.lower()[:2], "SC"))
    found = _by_fontconfig(entry["names"], region) or _by_file(entry["files"])
    if found is None:
        raise SetupError(
            f"no {family} font with Chinese and Latin letters was found on this machine",
            hint="install Noto CJK (Debian: apt install fonts-noto-cjk), or put a font file named "
            f"{family}-{weight}.otf into the folder fonts beside your own templates",
        )
    return found


def _families(searched: tuple[Path, ...]) -> dict[str, Any]:
    path = data.find("templates/lettering/fonts.yaml", searched)
    raw = yaml.safe_load(path.read_text("utf-8"))
    try:
        for family in ("sans", "serif"):
            for weight in ("regular", "bold"):
                list(raw[family][weight]["names"] + raw[family][weight]["files"])
    except (KeyError, TypeError) as error:
        raise InputError(f"names or files are missing for {error}", where=str(path)) from error
    return dict(raw)


def _by_fontconfig(names: list[str], region: str) -> Face | None:
    """fc-match always answers with some font, so its answer counts only when the name agrees."""
    match = shutil.which("fc-match")
    if match is None:
        return None
    for name in names:
        wanted = name.format(region=region)
        done = subprocess.run(  # noqa: S603 - a fixed program; the name comes from our own data
            [match, "--format=%{file}\n%{index}\n%{family}", wanted],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        path, _, rest = done.stdout.partition("\n")
        index, _, families = rest.partition("\n")
        if wanted.partition(":")[0] in families.split(",") and Path(path).is_file():
            return Face(path, int(index) & 0xFFFF)  # the upper half names a variation
    return None


def _by_file(files: list[str]) -> Face | None:
    folders = [Path(f).expanduser() for f in (*_FOLDERS, *_ELSEWHERE)]
    there = {p.name: p for f in folders if f.is_dir() for p in f.rglob("*.[to]t[fc]")}
    return next((Face(str(there[name])) for name in files if name in there), None)


@lru_cache(maxsize=64)
def _font(face: Face, px: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(face.path, px, index=face.index)


@cache
def _characters(face: Face) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(face.path, fontNumber=face.index, lazy=True) as font:
        return frozenset(font.getBestCmap())

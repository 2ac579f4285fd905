"""Names for shops and file systems out of ids that may be anything.

A handle is `[a-z0-9]+(-[a-z0-9]+)*`, so it is a safe file name everywhere. It depends on the id
alone, never on what else is exported: an id in capitals or with other separators is written small
and with hyphens; whenever more than that is lost (Chinese becomes pinyin, signs go, the end is cut)
six digits of the id's sha256 follow, so that two ids never share a handle by accident.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

from studio.errors import InputError
from studio.schema import Picture

HANDLE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MOST = 80
# Windows keeps these for devices, with any ending.
_RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/svg+xml": "svg",
}


def handle(id: str, most: int = MOST, *, sure: bool = False) -> str:
    """The handle of a product's id, at most `most` characters; `sure`: always with its mark.

    Raises InputError for an empty id.
    """
    if not id.strip():
        raise InputError("a product without an id cannot be exported", hint="give it a SKU")
    plain = re.sub(r"[-_. /]+", "-", id.strip()).strip("-").lower()
    good = HANDLE.fullmatch(plain) and not _RESERVED.fullmatch(plain)
    if good and len(plain) <= most and not sure:
        return plain
    mark = sha256(id.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    words = re.sub(r"[^a-z0-9]+", "-", _latin(id).lower()).strip("-")[: most - 7].strip("-")
    return f"{words}-{mark}" if words else f"item-{mark}"


def picture_file(picture: Picture, locale: str, name: str) -> str:
    """The path of a picture inside an export: pictures/<locale>/<handle>-<slot>.<ending>."""
    if picture.mime not in _EXTENSIONS:
        known = ", ".join(_EXTENSIONS)
        raise InputError(f"a picture of type {picture.mime!r} cannot be exported", hint=known)
    return f"pictures/{locale}/{name}-{handle(picture.slot, 40)}.{_EXTENSIONS[picture.mime]}"


def safe_locale(locale: str) -> str:
    """The locale itself, as it is going to be part of file names. Raises InputError."""
    if not _LOCALE.fullmatch(locale):
        raise InputError(f"{locale!r} is not a locale", hint="write it like en-US or zh-CN")
    return locale


def _latin(text: str) -> str:
    """Latin letters: Han as pinyin by syllables, letters without their accents."""
    from pypinyin import lazy_pinyin

    spelled = "-".join(lazy_pinyin(text))
    return "".join(c for c in unicodedata.normalize("NFKD", spelled) if c.isascii())

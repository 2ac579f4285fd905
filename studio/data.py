"""Finds the shipped folders (prompts, templates, assets) in a checkout and in a wheel."""

from __future__ import annotations

from pathlib import Path

from studio.errors import NotFoundError

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """The shipped folder "prompts", "templates" or "assets"."""
    for base in (_PACKAGE / "_data", _PACKAGE.parent):
        if (base / name).is_dir():
            return base / name
    raise NotFoundError(
        f"the folder {name!r} is missing from this installation",
        hint="pip install --force-reinstall studio",
    )


def find(name: str, searched: tuple[Path, ...] = ()) -> Path:
    """The file `name` ("prompts/copy/listing.en.j2"): users' own folders first, then ours."""
    top, _, rest = name.partition("/")
    for base in (*searched, folder(top).parent):
        if (base / name).is_file():
            return base / name
    siblings = [p.name for p in (folder(top) / rest).parent.glob("*")]
    raise NotFoundError.of("file", name, siblings)

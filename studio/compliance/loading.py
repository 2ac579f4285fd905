"""Loads the shipped packs and the users' own; a broken pack is told with all its mistakes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from studio.compliance import likeness, mistakes
from studio.compliance.packfile import Source, read
from studio.compliance.pausing import uncollected
from studio.compliance.rules import Rules
from studio.compliance.shelf import Shelf
from studio.compliance.sounds import shipped
from studio.compliance.topics import topics
from studio.errors import InputError

_TABLES = ("evasion.yaml", "taxonomy.yaml")  # data beside the packs, in a form of their own


@uncollected()
def load(folders: Sequence[Path] = ()) -> Rules:
    """The shipped packs and those of users' folders (*.yaml), compiled.

    Users' packs may use the lexicons, conditions, laws and categories of ours; names of their own
    must be new. Raises InputError that lists all mistakes of all packs with file and line.
    """
    own = Path(str(files(__package__))) / "packs"
    paths = [p for p in sorted(own.glob("*.yaml")) if p.name not in _TABLES]
    users = [p for folder in folders for p in _packs(folder)]
    sources: list[Source] = []
    wrong: list[str] = []
    for path in (*paths, *users):
        source, told = read(path)
        wrong += told
        sources += [source] if source else []
    shelf = Shelf(sources, topics())
    mine = tuple(s for s in sources if Path(s.file) in set(users))
    wrong += mistakes.find(shelf, mine)
    if wrong:
        raise InputError(
            f"{len(wrong)} mistakes in the rule packs:\n  " + "\n  ".join(wrong),
            hint="the pack format is in docs/guides/rule-pack.md",
            where=wrong[0].rpartition(": ")[0].split(": ")[0],
        )
    weights = [likeness.content(language) for language in likeness.LANGUAGES]
    return Rules(shelf, shipped(), _digest((*sorted(own.glob("*.yaml")), *users), weights))


def _digest(paths: Sequence[Path], more: Sequence[bytes]) -> str:
    """sha256 over the packs' files and the rest: it changes when any rule does."""
    whole = hashlib.sha256()
    for content in (*(path.read_bytes() for path in paths), *more):
        whole.update(hashlib.sha256(content).digest())
    return whole.hexdigest()


def _packs(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(
            "the folder of rule packs does not exist",
            hint="create it, or take it out of the settings",
            where=str(folder),
        )
    return sorted(p for pattern in ("*.yaml", "*.yml") for p in folder.glob(pattern))

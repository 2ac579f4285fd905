"""How far a model is trusted, as it was measured on this shop's machine (studio doctor --copy).

The measures lie in `<home>/levels.json`: for each engine with its model, by language.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import TypeAdapter, ValidationError

from studio.errors import SetupError
from studio.schema import Noun

if TYPE_CHECKING:
    from studio.engines import CopyEngine

Level = Literal["facts", "draft", "guarded", "free"]
OWN_WORDS = ("guarded", "free")  # levels at which a model writes in words of its own


class Measure(Noun):
    """What a model did with a shipped set of products in a language, without help.

    `read`: share of replies that were JSON as asked; `kept`: share of facts that are in the
    texts; `unsupported`: claims for each listing that no fact carries; `repeats`, `foreign`:
    share of listings that say something over and over, or in another language; `drafts`: share
    of guarded descriptions that passed every check, 0 where none were needed. `listings`: how
    many were enough to tell the level.
    """

    level: Level
    listings: int
    read: float
    kept: float
    unsupported: float
    repeats: float
    foreign: float
    drafts: float
    at: datetime


_Table = TypeAdapter(dict[str, dict[str, Measure]])


def level_of(
    *, read: float, kept: float, unsupported: float, repeats: float, foreign: float, drafts: float
) -> Level:
    """The level that such measures deserve.

    Free: what it writes mostly stands as it is. Guarded: the judge has work to do, but most of a
    listing remains. Draft: steered word by word, its descriptions pass. Else it only costs time.
    """
    sound = repeats <= 0.1 and foreign <= 0.05
    if sound and read >= 0.9 and kept >= 0.8 and unsupported <= 0.25:
        return "free"
    if sound and read >= 0.75 and kept >= 0.6 and unsupported <= 1.0:
        return "guarded"
    return "draft" if drafts >= 0.5 else "facts"


def key(engine: CopyEngine) -> str:
    """Names an engine with its model and, where it is elsewhere, its server."""
    url = getattr(getattr(engine, "options", None), "url", "")
    return " ".join(part for part in (url, engine.model) if part)


def stored(home: Path) -> dict[str, dict[str, Measure]]:
    """The measures that were taken; none when the file is not there. Raises SetupError."""
    path = _path(home)
    if not path.is_file():
        return {}
    try:
        return _Table.validate_json(path.read_bytes())
    except ValidationError as error:
        raise SetupError(
            f"the measured levels cannot be read: {error.errors()[0]['msg']}",
            hint="delete the file, then: studio doctor --copy",
            where=str(path),
        ) from error


def of(engine: CopyEngine, home: Path) -> dict[str, str]:
    """The measured levels of an engine's model, by language."""
    return {language: m.level for language, m in stored(home).get(key(engine), {}).items()}


def keep(home: Path, name: str, measures: Mapping[str, Measure]) -> None:
    """Store measures (by language) under an engine's key, over older ones."""
    table = stored(home)
    table[name] = {**table.get(name, {}), **measures}
    home.mkdir(parents=True, exist_ok=True)
    unfinished = _path(home).with_suffix(".unfinished")
    plain = _Table.dump_python(table, mode="json")
    unfinished.write_text(json.dumps(plain, indent=1, ensure_ascii=False), "utf-8")
    unfinished.replace(_path(home))


def _path(home: Path) -> Path:
    return home / "levels.json"

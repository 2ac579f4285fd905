"""What `studio doctor` and `studio models` tell."""

from __future__ import annotations

import os
import platform
import re
from typing import TYPE_CHECKING, Any

from studio import confined, engines
from studio.engines import weights
from studio.errors import StudioError
from studio.service import kits

if TYPE_CHECKING:
    from studio.service.base import Base
    from studio.settings import Settings

_PASSWORD = re.compile(r"(://[^:/@]*):.*@")  # of a database's address


def report(studio: Base) -> dict[str, Any]:
    """Settings (secrets hidden), engines with what they lack, and the store's health."""
    settings = studio.settings
    shown = {name: str(value) for name, value in settings.model_dump().items()}
    shown["database"] = _PASSWORD.sub(r"\1:***@", settings.database)
    shown["options"] = ", ".join(settings.options)  # whose values may be keys of servers
    if settings.copy_engine == "auto":
        shown["copy_engine"] = f"auto: {kits.copy_name(settings)}"
    return {
        "settings": shown,
        "engines": [
            {"kind": kind, "name": name, "ready": _ready(settings, kind, name)}
            for kind in engines.KINDS
            for name in engines.names(kind)
        ],
        "health": {
            "python": platform.python_version(),
            "cores": str(os.cpu_count()),
            "readers bounded in": confined.bounds(),
            "rules": f"{len(studio.rules.rules)} rules",
            **_trust(settings),
            **{name: str(value) for name, value in studio.store.health().items()},
        },
    }


def _trust(settings: Settings) -> dict[str, str]:
    """How far the language model may be trusted, by language, and how that is known."""
    engine = kits.engine(settings, "copy", settings.copy_engine)
    if not hasattr(engine, "levels"):
        return {}
    measured = ", ".join(f"{language}: {level}" for language, level in engine.levels.items())
    return {"copy level": measured or "not measured: studio doctor --copy"}


def _ready(settings: Settings, kind: str, name: str) -> str:
    """ "" when the engine can run, else what is missing and the command for it."""
    try:
        return str(kits.engine(settings, kind, name).ready())
    except StudioError as error:
        return str(error)


def models(settings: Settings) -> list[dict[str, Any]]:
    """The registry of small models, and where each lies."""
    return [
        {
            "name": entry.name,
            "task": entry.task,
            "languages": " ".join(entry.languages),
            "megabytes": round(entry.size / 1e6),
            "licence": entry.licence,
            "terms": entry.terms,
            "here": str(weights.find(entry.name, settings.models) or ""),
        }
        for entry in weights.entries()
    ]

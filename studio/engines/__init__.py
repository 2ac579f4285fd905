"""Everything that runs a model: one file each, `<kind>_<name>.py`, with a class `Engine`.

An engine is built from its `Options` (pydantic, unknown options refused) and loads its weights at
the first call, never at import. `ready()` is "" or says what is missing and the command for it.
Other packages join by an entry point in the group "studio.engines" named `<kind>_<name>`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from threading import Event
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pydantic import ValidationError

from studio.errors import InputError, NotFoundError
from studio.schema import Prompt, locale_language

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KINDS = ("copy", "scene", "cutout", "ocr", "upscale", "unsafe")


@runtime_checkable
class Engine(Protocol):
    """What all kinds share. `model` names the weights, for provenance and digests."""

    name: str
    model: str

    def ready(self) -> str: ...


class CopyEngine(Engine, Protocol):
    """Writes text. `level` is how far it is trusted: it says facts, drafts, or writes freely."""

    level: str  # "facts" | "draft" | "guarded" | "free"

    def write(
        self,
        prompt: Prompt,
        *,
        on_text: Callable[[str], None] | None = None,
        cancel: Event | None = None,
    ) -> str:
        """The reply to one prompt. Raises EngineError, SetupError."""
        ...

    def write_many(self, prompts: Sequence[Prompt], *, cancel: Event | None = None) -> list[str]:
        """The replies in the order of the prompts, decoded together where the engine can."""
        ...


@dataclass(frozen=True)
class Cut:
    """A cut-out. `mask`: float32 HxW in 0..1; `confidence` 0..1; `notes`: what looks doubtful."""

    mask: NDArray[np.float32]
    confidence: float
    notes: tuple[str, ...] = ()


Settled = Callable[["NDArray[np.float32]"], bool]


class CutoutEngine(Engine, Protocol):
    def cut(self, image: NDArray[np.uint8], settled: Settled | None = None) -> Cut:
        """The mask of the product in an RGB picture, uint8 HxWx3. `settled` says of a first mask
        that the picture's colours settle the rest, so that no second look is worth its time."""
        ...


@dataclass(frozen=True)
class Scene:
    """What a backdrop should show. One seed gives one picture."""

    width: int
    height: int
    seed: int = 0
    look: str = ""  # a preset's name; chosen by category and seed when empty
    lying: bool = False  # seen from above (flat lay) instead of standing
    palette: tuple[tuple[int, int, int], ...] = ()  # the product's colours, RGB
    prompt: str = ""
    negative: str = ""
    options: dict[str, Any] = field(default_factory=dict)


class SceneEngine(Engine, Protocol):
    """With `around` it is given the placed product, with `alters` its picture holds the product
    already, perhaps changed; both are read with getattr, False where an engine has none."""

    ai: str  # "none" for drawn by procedure, "generated" for a diffusion model

    def backdrop(
        self,
        scene: Scene,
        *,
        on_step: Callable[[int, int], None] | None = None,
        cancel: Event | None = None,
    ) -> NDArray[np.uint8]:
        """An RGB picture without the product, uint8 HxWx3."""
        ...


@dataclass(frozen=True)
class Line:
    """A line of text read from a picture. `box`: x, y, width, height in pixels."""

    text: str
    score: float
    box: tuple[int, int, int, int]


class UpscaleEngine(Engine, Protocol):
    alters: bool  # whether it may draw what the photo does not show; such pictures are marked

    def enlarge(self, image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
        """An RGB picture, uint8 HxWx3, at a larger size."""
        ...


class UnsafeEngine(Engine, Protocol):
    def score(self, image: NDArray[np.uint8]) -> float:
        """0..1: how far an RGB picture, uint8 HxWx3, looks like what no shop may show."""
        ...


class OcrEngine(Engine, Protocol):
    def read(self, image: NDArray[np.uint8]) -> list[Line]: ...


def level(engine: Any, locale: str) -> str:
    """How far an engine is trusted in a locale: as it was measured (studio doctor --copy), else
    as it says itself. "facts" (no prose of it is used), "draft", "guarded" or "free"."""
    measured = getattr(engine, "levels", {}).get(locale_language(locale))
    return str(measured or engine.level)


def names(kind: str) -> list[str]:
    """The engines of a kind: shipped ones and those of other packages."""
    shipped = [m.name for m in pkgutil.iter_modules(__path__) if m.name.startswith(f"{kind}_")]
    joined = [e.name for e in entry_points(group="studio.engines") if e.name.startswith(f"{kind}_")]
    return sorted({name.removeprefix(f"{kind}_") for name in (*shipped, *joined)})


def load(kind: str, name: str, **options: Any) -> Any:
    """The engine `name` of a kind, not yet loaded. Raises NotFoundError, InputError (options)."""
    if name not in names(kind):
        raise NotFoundError.of(f"{kind} engine", name, names(kind))
    joined = {e.name: e for e in entry_points(group="studio.engines")}
    entry = joined.get(f"{kind}_{name}")
    engine = (
        entry.load() if entry else importlib.import_module(f"studio.engines.{kind}_{name}").Engine
    )
    try:
        return engine(engine.Options(**options))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InputError(f"options of the {kind} engine {name!r}: {wrong}") from error

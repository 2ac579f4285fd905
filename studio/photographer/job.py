"""What every step of one shoot needs, and what they hand on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.engines import CutoutEngine, SceneEngine, UnsafeEngine, UpscaleEngine
from studio.errors import EngineError
from studio.schema import Brief, Channel, Copy, Made, Product

if TYPE_CHECKING:
    from studio.imaging.credentials import Signer
    from studio.imaging.fit import Placed
    from studio.imaging.label import Ai
    from studio.imaging.opening import Pixels
    from studio.imaging.shot import Shot


@dataclass(frozen=True)
class Taken:
    """A picture before it is written."""

    pixels: Pixels
    placed: Placed | None
    made: tuple[Made, ...]
    ai: Ai = "none"
    scenery: str = ""  # the set's title in the listing's language
    part: tuple[int, int] = (1, 1)  # which piece of a page, of how many


@dataclass(frozen=True)
class Job:
    """What every step of one shoot needs."""

    product: Product
    brief: Brief
    channel: Channel
    photo: Callable[[str], bytes]
    cutout: CutoutEngine
    scene: SceneEngine
    texts: Copy
    searched: tuple[Path, ...]
    on_step: Callable[[int, int, str], None] | None
    cancel: threading.Event | None
    signer: Signer | None = None  # signs what was done (C2PA), where the shop has a key
    upscale: UpscaleEngine | None = None  # enlarges small products, where one is set
    markets: tuple[str, ...] = ()  # whose marking rules hold
    mask: Callable[[str], bytes] = lambda photo: b""  # a photo's mended mask, by its sha256
    unsafe: UnsafeEngine | None = None  # looks for nudity, where one is set
    at: tuple[int, int] = (0, 1)  # how many steps of the shoot are done, of how many

    def check(self) -> None:
        if self.cancel is not None and self.cancel.is_set():
            raise EngineError("the shoot was cancelled")

    def tell(self, what: str) -> None:
        """What is being done now, for whoever watches: a slot's name, and how far that is."""
        if self.on_step:
            self.on_step(*self.at, what)


def cut_by(job: Job, shot: Shot, start: float) -> Made:
    """Who has cut the product out: the engine, or a person with the brush."""
    made = made_by(job, job.cutout, start)
    if shot.matte.ground != "edited":
        return made
    return made.model_copy(update={"engine": "edited", "model": "", "note": f"mask {shot.mask}"})


def made_by(job: Job, engine: Any, start: float, prompt: str = "", note: str = "") -> Made:
    return Made(
        engine=engine.name,
        model=engine.model,
        prompt=prompt,
        seed=job.brief.seed,
        seconds=round(time.perf_counter() - start, 2),
        note=note,
    )

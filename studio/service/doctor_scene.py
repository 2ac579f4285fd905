"""`studio doctor --scene`: one real picture with the user's own model, timed on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from studio import engines, photographer
from studio.data import folder
from studio.engines.diffusion import device
from studio.errors import EngineError, SetupError
from studio.schema import Brief, Channel, Copy, Facts, Noun, Photo, Product, Slot
from studio.service.base import Base

_WARM, _PHOTO = "sample/photos/mug-white.jpg", "sample/photos/teapot.jpg"
_SIDE = 1024  # px of the picture, a usual one for a shop


class Quicker(Noun):
    """A setting that would cost less time, and the seconds of a picture with it."""

    en: str
    zh: str
    seconds: float


class Trial(Noun):
    """What one picture took. Seconds: `load` once, `seconds` for each picture, `step` of it for
    each step; `cut` for cut-out, placing and writing. Bytes at the peak: `memory`, `gpu`."""

    engine: str
    model: str
    where: str
    width: int
    height: int
    steps: int
    guidance: float
    load: float
    step: float
    seconds: float
    cut: float
    memory: int
    gpu: int
    file: str
    quicker: tuple[Quicker, ...] = ()

    @property
    def thousand(self) -> float:
        """Hours for a catalog of 1,000 products, one scene each."""
        return 1000 * (self.seconds + self.cut) / 3600


class _Timed:
    """A scene engine that keeps the time; all else is the engine's own."""

    def __init__(self, engine: Any, on_step: Callable[[int, int], None]) -> None:
        self.engine, self.on_step = engine, on_step
        self.load = self.seconds = 0.0
        self.ends: list[float] = []
        self.scene: engines.Scene | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def backdrop(self, scene: engines.Scene, **_: Any) -> Any:
        start = time.perf_counter()
        if hasattr(self.engine, "load"):
            self.engine.load()
        begin = time.perf_counter()
        made = self.engine.backdrop(scene, on_step=self._told)
        self.load, self.seconds = begin - start, time.perf_counter() - begin
        self.scene = scene
        return made

    def _told(self, done: int, total: int) -> None:
        self.ends.append(time.perf_counter())
        self.on_step(done, total)


def trial(
    studio: Base, on_step: Callable[[int, int], None] = lambda done, total: None
) -> tuple[Trial, Path]:
    """Makes a picture of a sample product with the engine that is set; (figures, the file).

    Raises SetupError that says what is missing, EngineError when the picture fails.
    """
    scene = studio.kit.scene
    if problem := scene.ready():
        raise SetupError(problem, hint="models for your hardware: docs/models.md")
    timed = _Timed(scene, on_step)
    _shoot(studio, _WARM, "white", timed)  # what is loaded once must not be counted as the photo's
    start = time.perf_counter()
    shot = _shoot(studio, _PHOTO, "scene", timed)
    whole = time.perf_counter() - start
    if not shot.pictures:
        raise EngineError("; ".join(f.message["en"] for f in shot.findings))
    picture = shot.pictures[0]
    path = studio.settings.home / "doctor-scene.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(shot.blobs[picture.sha256])
    return _figures(timed, whole, path), path


def _figures(timed: _Timed, whole: float, path: Path) -> Trial:
    assert timed.scene is not None
    engine, ends = timed.engine, timed.ends
    width, height = engine.size(timed.scene) if hasattr(engine, "size") else (_SIDE, _SIDE)
    steps, guidance = engine.pace() if hasattr(engine, "pace") else (len(ends), 0.0)
    step = (ends[-1] - ends[0]) / (len(ends) - 1) if len(ends) > 1 else timed.seconds
    main, gpu = device.peak()
    made = Trial(
        engine=engine.name,
        model=engine.model,
        where=getattr(engine, "where", "") or "cpu",
        width=width,
        height=height,
        steps=steps,
        guidance=guidance,
        load=round(timed.load, 2),
        step=round(step, 3),
        seconds=round(timed.seconds, 2),
        cut=round(max(0.0, whole - timed.load - timed.seconds), 2),
        memory=main,
        gpu=gpu,
        file=path.name,
    )
    options = getattr(engine, "options", None)
    return made.model_copy(update={"quicker": tuple(_quicker(made, options))}) if options else made


def _quicker(made: Trial, options: Any) -> Iterator[Quicker]:
    """What would be quicker, by the time that was measured here; the seconds are estimates."""
    steps = made.steps * made.step
    rest = max(0.0, made.seconds - steps)  # text, decoding
    if made.steps > 8:
        # two runs of the network a step with guidance, one without
        few = 5 * made.step / (2 if made.guidance > 1 else 1)
        yield Quicker(
            en="a few-step model, or an LCM LoRA (option lora): 5 steps without guidance",
            zh="换少步数模型，或加 LCM LoRA（选项 lora）：5 步、不用引导",
            seconds=round(rest + few, 1),
        )
    side = round((made.width * made.height) ** 0.5)
    if side > 512:
        yield Quicker(
            en=f"option side: 512 instead of {side}; the backdrop is enlarged after",
            zh=f"选项 side 由 {side} 改为 512，生成后再放大背景",
            seconds=round(made.seconds * (512 / side) ** 2, 1),
        )
    if rest > 0.2 * made.seconds and not options.vae:
        yield Quicker(
            en="a small decoder such as TAESD (option vae)",
            zh="换小解码器，例如 TAESD（选项 vae）",
            seconds=round(steps + rest / 4, 1),
        )
    if options.dtype == "float32" and str(device.dtype("auto")) != "torch.float32":
        yield Quicker(
            en="option dtype: auto; this device computes in half precision",
            zh="选项 dtype 改为 auto：本机支持半精度计算",
            seconds=round(made.seconds / 2, 1),
        )


def _shoot(
    studio: Base, photo: str, kind: Literal["white", "scene"], scene: Any
) -> photographer.Shoot:
    data = (folder("assets") / photo).read_bytes()
    product = Product(
        id="trial",
        locale="en-US",
        facts={"en-US": Facts(title="Teapot", category="Kitchen")},
        photos=(Photo(ref=Path(photo).name, sha256=sha256(data).hexdigest()),),
    )
    slot = Slot(name=kind, kind=kind, width=_SIDE, height=_SIDE)
    return photographer.shoot(
        product,
        Brief(channel="trial", locale="en-US"),
        Channel(id="trial", name={"en": "Trial"}, markets=(), fields={}, slots=(slot,)),
        lambda _: data,
        studio.kit.cutout,
        scene,
        texts=Copy(),
        searched=studio.settings.extra,
    )

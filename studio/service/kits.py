"""From settings to a Kit: the one place that knows which engine has which options."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio import channels, compliance, engines
from studio.engines import levels
from studio.kit import Kit
from studio.settings import Settings

if TYPE_CHECKING:
    from studio.imaging.credentials import Signer

LOCAL = ("openvino", "transformers")  # copy engines that run a model in this process


def build(settings: Settings, photo: Callable[[str], bytes], rules: compliance.Rules) -> Kit:
    """The tools that the settings name; nothing is loaded yet. Raises NotFoundError, InputError."""
    searched = settings.extra
    scene = settings.scene_engine or ("diffusers" if settings.scene_model else "backdrop")
    copy = engine(settings, "copy", settings.copy_engine)
    return Kit(
        channels={name: channels.load(name, searched) for name in channels.names(searched)},
        rules=rules,
        copy=copy,
        cutout=_cutout(settings),
        scene=engine(settings, "scene", scene),
        photo=photo,
        ocr=_ocr(settings),
        judge=copy if settings.judge else None,
        upscale=_named(settings, "upscale", settings.upscale_engine),
        unsafe=_named(settings, "unsafe", settings.unsafe_engine),
        signer=_signer(settings),
        searched=searched,
    )


def for_worker(settings: Settings) -> Callable[[Callable[[str], bytes]], Kit]:
    """What builds the same kit on another machine, of the settings alone: given to a worker, which
    gives it the photos and mended masks. Models and files of the user's own must lie there at the
    same paths."""
    return partial(_on_worker, settings)


def _on_worker(settings: Settings, photo: Callable[[str], bytes]) -> Kit:
    packs = [folder / "packs" for folder in settings.extra if (folder / "packs").is_dir()]
    return build(settings, photo, compliance.load(packs))


def engine(settings: Settings, kind: str, name: str, **more: Any) -> Any:
    """An engine with the options that the settings hold for it, and `more` over them; a copy
    engine also gets the levels that were measured of its model (studio doctor --copy)."""
    name = copy_name(settings) if (kind, name) == ("copy", "auto") else name
    full = f"{kind}_{name}"
    options = {**_options(settings).get(full, {}), **settings.options.get(full, {}), **more}
    made = engines.load(kind, name, **options)
    if kind == "copy" and hasattr(made, "levels") and "level" not in options:
        made = engines.load(kind, name, **options, levels=levels.of(made, settings.home))
    return made


def copy_name(settings: Settings) -> str:
    """The copy engine that is set. "auto" is the server where one is set; else transformers on a
    GPU; else the quickest on the processor that is installed and can run the model."""
    if settings.copy_engine != "auto":
        return settings.copy_engine
    if settings.openai_url:
        return "openai"
    if shutil.which("nvidia-smi"):
        return "transformers"
    from studio.engines.copy_openvino import suits

    return "openvino" if suits(settings.copy_model) else "transformers"


def _options(settings: Settings) -> dict[str, dict[str, Any]]:
    local = {"models": settings.models, "threads": settings.threads}
    set_ = {"model": settings.scene_model, "models": settings.models, "searched": settings.extra}
    return {
        **{f"copy_{name}": {"model": settings.copy_model, **local} for name in LOCAL},
        "copy_openai": {
            "url": settings.openai_url,
            "model": settings.openai_model,
            "key": settings.openai_key,
        },
        "cutout_u2netp": local,
        "cutout_rembg": local,
        "ocr_rapidocr": {"threads": settings.threads},
        "unsafe_opennsfw": local,
        "scene_backdrop": {"searched": settings.extra},
        "scene_diffusers": set_,
        "scene_relight": set_,
    }


def _cutout(settings: Settings) -> Any:
    """The cut-out engine; the classical one while the embedded weights have not been pulled."""
    chosen = engine(settings, "cutout", settings.cutout_engine)
    if settings.cutout_engine == "u2netp" and chosen.ready():
        return engine(settings, "cutout", "plain")
    return chosen


def _named(settings: Settings, kind: str, name: str) -> Any | None:
    """The engine of that name; None where nothing is set."""
    return engine(settings, kind, name) if name else None


def _signer(settings: Settings) -> Signer | None:
    """Who signs the pictures, where a key is set. Raises SetupError when it cannot be used."""
    if not settings.c2pa_key:
        return None
    from studio.imaging import credentials

    return credentials.load(Path(settings.c2pa_key), Path(settings.c2pa_certificate))


def _ocr(settings: Settings) -> Any | None:
    """The reader of picture text where one is set and its library is installed, else None."""
    if not settings.ocr_engine:
        return None
    reader = engine(settings, "ocr", settings.ocr_engine)
    return None if reader.ready() else reader

"""Builds a pipeline out of what the user has: a model, and what may be hung onto it."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.engines.diffusion import compiled, device, files
from studio.engines.diffusion.options import Options
from studio.errors import SetupError


def load(options: Options, prepare: Callable[[Any], None] = lambda _: None) -> tuple[Any, str]:
    """(the pipeline, where it runs), quiet and ready. `prepare` may change its networks before
    they are put onto their device. Raises SetupError that names the part."""
    import diffusers
    import torch
    import transformers

    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    if options.threads:
        torch.set_num_threads(options.threads)
    wide = device.dtype(options.dtype)
    folder = files.fetched(options.model, variant=options.variant)
    device.need_room(files.size(folder, options.variant, torch.finfo(wide).bits // 8))
    given: dict[str, Any] = {"torch_dtype": wide, "use_safetensors": True, "local_files_only": True}
    if options.vae:
        given["vae"] = _vae(options.vae, wide)
    if options.controlnet:
        place = files.fetched(options.controlnet, pipeline=False)
        given["controlnet"] = _part("ControlNetModel", place, wide)
    named = {"variant": options.variant} if options.variant else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of names that older versions need
            pipe = _automatic(folder, options.inpaint, given | named)
    except Exception as error:
        raise _broken("diffusion model", options.model, error) from error
    if options.lora:
        _add_lora(pipe, options)
    if options.ip_adapter:
        _add_ip_adapter(pipe, options)
    pipe.set_progress_bar_config(disable=True)
    if not options.vae and hasattr(getattr(pipe, "vae", None), "enable_tiling"):
        pipe.vae.enable_tiling()  # keeps the last step within the memory of the others
    prepare(pipe)
    where = device.placed(pipe, options.offload)
    if options.ip_adapter:
        pipe.set_ip_adapter_scale(options.ip_scale)
    if where == "cpu":
        compiled.install(pipe, options)
    return pipe, where


def _automatic(folder: Path, inpaint: bool, given: dict[str, Any]) -> Any:
    """The pipeline that suits the task; by its own class where diffusers lists no other."""
    import diffusers

    auto = diffusers.AutoPipelineForInpainting if inpaint else diffusers.AutoPipelineForText2Image
    try:
        return auto.from_pretrained(str(folder), **given)
    except ValueError as error:
        if "AutoPipeline can't find" not in str(error):
            raise
    name = json.loads((folder / "model_index.json").read_text("utf-8"))["_class_name"]
    wanted = name.replace("Pipeline", "InpaintPipeline") if inpaint else name
    found = getattr(diffusers, wanted, None)
    if found is None:
        raise SetupError(f"diffusers has no {wanted}", hint="take another model for this task")
    return found.from_pretrained(str(folder), **given)


def _vae(name: str, wide: Any) -> Any:
    """Another decoder: TAESD (AutoencoderTiny) decodes in an eighth of the time."""
    folder = files.fetched(name, pipeline=False)
    try:
        kind = str(json.loads((folder / "config.json").read_text("utf-8"))["_class_name"])
    except (OSError, ValueError, KeyError) as error:
        raise _broken("decoder", name, error) from error
    if not kind.startswith("Autoencoder"):
        raise SetupError(f"{name} is no decoder of pictures but a {kind}", hint=files.HINT)
    return _part(kind, folder, wide)


def _part(kind: str, folder: Path, wide: Any) -> Any:
    import diffusers

    try:
        return getattr(diffusers, kind).from_pretrained(
            str(folder), torch_dtype=wide, use_safetensors=True, local_files_only=True
        )
    except Exception as error:
        raise _broken(kind, str(folder), error) from error


def _add_lora(pipe: Any, options: Options) -> None:
    """LCM LoRAs make a usual model a few-step one, which needs their scheduler too."""
    import diffusers

    folder = files.fetched(options.lora, pipeline=False)
    weights = _only(folder, options.lora)
    try:
        pipe.load_lora_weights(str(weights.parent), weight_name=weights.name, local_files_only=True)
        pipe.fuse_lora()
        pipe.unload_lora_weights()
    except Exception as error:
        raise _broken("LoRA", options.lora, error) from error
    if "lcm" in options.lora.lower():
        pipe.scheduler = diffusers.LCMScheduler.from_config(pipe.scheduler.config)


def _add_ip_adapter(pipe: Any, options: Options) -> None:
    folder = files.fetched(options.ip_adapter, pipeline=False)
    weights = (
        folder / options.ip_weights if options.ip_weights else _only(folder, options.ip_adapter)
    )
    if weights.suffix != ".safetensors" or not weights.is_file():
        raise SetupError(
            f"there is no {options.ip_weights} in {options.ip_adapter}", hint=files.HINT
        )
    where = weights.parent.relative_to(folder).as_posix()
    try:
        pipe.load_ip_adapter(
            str(folder),
            subfolder="" if where == "." else where,
            weight_name=weights.name,
            local_files_only=True,
        )
    except Exception as error:
        raise _broken("IP-Adapter", options.ip_adapter, error) from error


def _only(folder: Path, name: str) -> Path:
    """The one weight file of a folder that is not a network of its own."""
    found = [p for p in folder.rglob("*.safetensors") if not (p.parent / "config.json").is_file()]
    if len(found) != 1:
        names = ", ".join(sorted(p.relative_to(folder).as_posix() for p in found)[:6]) or "none"
        raise SetupError(
            f"{name} has not one .safetensors file but {len(found)}: {names}",
            hint="give a folder with one, or name it (ip_weights)",
        )
    return found[0]


def _broken(what: str, name: str, error: Exception) -> SetupError:
    first = (str(error).splitlines() or [type(error).__name__])[0]
    shown = Path(name).name
    return SetupError(f"the {what} {shown!r} could not be loaded: {first}", hint=files.HINT)

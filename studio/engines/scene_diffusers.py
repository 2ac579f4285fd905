"""Backdrops from Stable Diffusion and its kin through diffusers: text to image, or painted round
the product by its mask. Only the backdrop is made here; the product's own pixels are put in after.

A pipeline holds the state of its run: one lock for each, one picture at a time.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from studio.engines import Scene
from studio.errors import EngineError, SetupError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_HINT = "set STUDIO_SCENE_MODEL to a folder or hub name; docs/guides/scene-engine.md names some"
_FEW = ("lcm", "turbo", "lightning", "hyper", "schnell", "klein")  # distilled: few steps suffice


class Options(BaseModel):
    """`model`: a folder in the diffusers layout, or a hub name. `inpaint`: paint round the product.
    `lora`: folder or hub name of a LoRA (an LCM one makes any Stable Diffusion a few-step model).
    `steps` 0 and `guidance` -1: what suits the model. `side`: longest side that is generated; the
    result is enlarged, which a defocused backdrop bears. `offload`: auto, none, model, sequential.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = ""
    inpaint: bool = False
    lora: str = ""
    steps: int = Field(default=0, ge=0, le=200)
    guidance: float = -1.0
    side: int = Field(default=768, ge=64, le=2048)
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    offload: Literal["auto", "none", "model", "sequential"] = "auto"
    variant: str = ""
    threads: int = 0


class _CancelledError(Exception):
    """Raised inside the pipeline to leave it between two steps."""


class Engine:
    """Implements SceneEngine."""

    name = "diffusers"
    ai = "generated"

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()
        self._lock = threading.Lock()
        self._pipe: Any = None

    @property
    def model(self) -> str:
        """The weights' name; of a folder its last part, so that no path gets into provenance."""
        name = self._options.model
        return Path(name).name if Path(name).is_dir() else name

    @property
    def around(self) -> bool:
        """True when the engine wants the placed product (options "image" and "mask")."""
        return self._options.inpaint

    Options = Options

    def ready(self) -> str:
        for library in ("torch", "diffusers", "transformers", "accelerate"):
            if importlib.util.find_spec(library) is None:
                return f"{library} is not installed: pip install {library}"
        name = self._options.model
        if not name:
            return f"no diffusion model is set: {_HINT}"
        folder = Path(name)
        if folder.is_dir():
            if not (folder / "model_index.json").is_file():
                return f"{name} has no model_index.json: give the folder of a diffusers model"
            if not any(folder.rglob("*.safetensors")):
                return f"{name} has no .safetensors files; other weight files are not loaded"
        elif folder.is_absolute() or name.startswith(".") or name.count("/") != 1:
            return f"there is no folder {name}: {_HINT}"
        return ""

    def backdrop(
        self,
        scene: Scene,
        *,
        on_step: Callable[[int, int], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> NDArray[np.uint8]:
        """A generated RGB backdrop. Raises SetupError, EngineError (also when cancelled)."""
        import cv2
        import numpy as np
        import torch

        with self._lock:
            pipe = self._loaded()
            width, height = _size(scene, self._options.side, pipe)
            steps, guidance = _pace(pipe, self._options)

            def after(pipe: Any, index: int, _: Any, state: dict[str, Any]) -> dict[str, Any]:
                if on_step:
                    on_step(index + 1, pipe.num_timesteps)
                if cancel is not None and cancel.is_set():
                    raise _CancelledError
                return state

            given: dict[str, Any] = {
                "prompt": scene.prompt or "empty product photography set, soft light",
                "width": width,
                "height": height,
                "num_inference_steps": steps,
                "guidance_scale": guidance,
                # a generator on the CPU: one seed means one picture on every kind of device
                "generator": torch.Generator("cpu").manual_seed(scene.seed),
                "callback_on_step_end": after,
            }
            if guidance > 1:
                given["negative_prompt"] = scene.negative
            if self._options.inpaint:
                given |= _around_product(scene, width, height)
            try:
                with torch.inference_mode():
                    made = pipe(**given).images[0]
            except _CancelledError as stop:
                raise EngineError("the backdrop was cancelled") from stop
            except Exception as error:
                raise _failure(error) from error
        pixels = np.asarray(made.convert("RGB"), dtype=np.uint8)
        size = (scene.width, scene.height)
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LANCZOS4))

    def _loaded(self) -> Any:
        """The pipeline, loaded once. Raises SetupError."""
        if self._pipe is not None:
            return self._pipe
        if problem := self.ready():
            raise SetupError(problem, hint=_HINT)
        import diffusers
        import torch

        options = self._options
        if options.threads:
            torch.set_num_threads(options.threads)
        kind = "AutoPipelineForInpainting" if options.inpaint else "AutoPipelineForText2Image"
        given: dict[str, Any] = {"torch_dtype": _dtype(options.dtype), "use_safetensors": True}
        if options.variant:
            given["variant"] = options.variant
        if Path(options.model).is_dir():
            given["local_files_only"] = True
        try:
            pipe = getattr(diffusers, kind).from_pretrained(options.model, **given)
            if options.lora:
                pipe.load_lora_weights(options.lora)
            if "lcm" in options.lora.lower():
                pipe.scheduler = diffusers.LCMScheduler.from_config(pipe.scheduler.config)
        except Exception as error:
            raise SetupError(
                f"the diffusion model {self.model!r} could not be loaded: {error}", hint=_HINT
            ) from error
        pipe.set_progress_bar_config(disable=True)
        if hasattr(getattr(pipe, "vae", None), "enable_tiling"):
            pipe.vae.enable_tiling()  # keeps the last step within the memory of the others
        self._pipe = _on_device(pipe, options)
        return self._pipe


def _dtype(name: str) -> Any:
    """Half precision where the device computes in it, else float32."""
    import torch

    if name != "auto":
        return getattr(torch, name)
    if torch.cuda.is_available():
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if torch.backends.mps.is_available():
        return torch.float16
    amx = getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    return torch.bfloat16 if amx() else torch.float32


def _on_device(pipe: Any, options: Options) -> Any:
    """On the GPU whole, in parts or layer by layer, as its free memory allows; else on the CPU,
    where offloading would have nothing to offload from."""
    import torch

    if torch.cuda.is_available():
        free, _ = torch.cuda.mem_get_info()
        parts = [c for c in pipe.components.values() if isinstance(c, torch.nn.Module)]
        sizes = [sum(p.numel() * p.element_size() for p in part.parameters()) for part in parts]
        auto = "none" if sum(sizes) * 1.4 < free else "model"
        if max(sizes, default=0) * 1.4 > free:
            auto = "sequential"
        how = auto if options.offload == "auto" else options.offload
        if how == "model":
            pipe.enable_model_cpu_offload()
        elif how == "sequential":
            pipe.enable_sequential_cpu_offload()
        else:
            pipe.to("cuda")
    elif torch.backends.mps.is_available():
        pipe.to("mps")
    return pipe


def _pace(pipe: Any, options: Options) -> tuple[int, float]:
    """(steps, guidance): few and none for a distilled model, else the usual 25 and 6.5."""
    name = f"{options.model} {options.lora}".lower()
    lcm = type(pipe.scheduler).__name__ == "LCMScheduler"
    few = lcm or any(word in name for word in _FEW)
    steps = options.steps or (5 if few else 25)
    guidance = options.guidance if options.guidance >= 0 else (1.0 if lcm else 0.0 if few else 6.5)
    return steps, guidance


def _size(scene: Scene, side: int, pipe: Any) -> tuple[int, int]:
    """Width and height to generate: the frame's ratio, in steps that the model can make."""
    step = max(8, int(getattr(pipe, "vae_scale_factor", 8)))
    step = max(step, 64 // step * step if side >= 512 else step)
    scale = min(1.0, side / max(scene.width, scene.height))
    return (
        max(step, round(scene.width * scale / step) * step),
        max(step, round(scene.height * scale / step) * step),
    )


def _around_product(scene: Scene, width: int, height: int) -> dict[str, Any]:
    """The placed product and where to paint. The mask reaches a little into the product, so that
    nothing of the old ground is kept; the product's own pixels cover that seam afterwards."""
    import cv2
    import numpy as np
    from PIL import Image

    image, mask = scene.options.get("image"), scene.options.get("mask")
    if image is None or mask is None:
        raise EngineError("painting round a product needs the placed product and its mask")
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    there = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA) > 0.5
    inner = cv2.erode(there.astype(np.uint8), np.ones((3, 3), np.uint8))
    return {
        "image": Image.fromarray(small),
        "mask_image": Image.fromarray(np.where(inner > 0, 0, 255).astype(np.uint8)),
        "strength": 1.0,
    }


def _failure(error: Exception) -> EngineError:
    if "out of memory" in str(error).lower():
        return EngineError(
            "the device has too little memory for this picture",
            hint="set a smaller side, or offload=sequential, for the scene engine",
        )
    return EngineError(f"the backdrop could not be generated: {error}")

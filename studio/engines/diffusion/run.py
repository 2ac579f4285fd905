"""One run of a pipeline: progress for each step, cancel within a step, one seed for one picture."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from studio.engines.diffusion import device
from studio.engines.diffusion.compiled import Compiled
from studio.errors import EngineError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Tell = Callable[[int, int], None]


class _CancelledError(Exception):
    """Raised inside the networks to leave a run."""


class Painter:
    """A loaded pipeline and its lock: it holds the state of its run, so one picture at a time."""

    def __init__(self, pipe: Any) -> None:
        self.pipe = pipe
        self._lock = threading.Lock()
        self._cancel: threading.Event | None = None
        self._known = set(inspect.signature(pipe.__call__).parameters)
        for part in device.parts(pipe):
            if isinstance(part.forward, Compiled):  # what a hook raises is lost in its tracer
                part.forward.look = self._look
            for module in part.modules():
                if any(True for _ in module.children()):  # some hundred blocks: a step of seconds
                    module.register_forward_pre_hook(self._look)

    def takes(self, name: str) -> bool:
        """Whether the pipeline knows that argument."""
        return name in self._known

    def paint(
        self,
        given: dict[str, Any],
        seed: int,
        on_step: Tell | None,
        cancel: threading.Event | None,
    ) -> NDArray[np.uint8]:
        """The picture, RGB. What the pipeline has no argument for is left out.

        Raises EngineError, also when cancelled.
        """
        import numpy as np
        import torch

        def after(pipe: Any, index: int, _: Any, state: dict[str, Any]) -> dict[str, Any]:
            if on_step:
                on_step(index + 1, pipe.num_timesteps)
            self._look()
            return state

        # a generator on the CPU: one seed means one picture on every kind of device
        given = {
            **given,
            "generator": torch.Generator("cpu").manual_seed(seed),
            "callback_on_step_end": after,
        }
        with self._lock, torch.inference_mode():
            self._cancel = cancel
            try:
                self._look()
                made = self.pipe(**{k: v for k, v in given.items() if self.takes(k)}).images[0]
            except _CancelledError as stop:
                raise EngineError("the backdrop was cancelled") from stop
            except Exception as error:
                raise _failure(error) from error
            finally:
                self._cancel = None
        return np.asarray(made.convert("RGB"), dtype=np.uint8)

    def _look(self, *_: Any) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise _CancelledError


def size(width: int, height: int, side: int, pipe: Any) -> tuple[int, int]:
    """Width and height to generate: the frame's ratio at the area of `side` squared (0: what the
    model was trained at, where a larger frame would get two tables), in steps it can make."""
    step = max(8, int(getattr(pipe, "vae_scale_factor", 8)))
    side = side or trained_side(pipe)
    if side >= 512:
        step = max(step, 64)
    scale = min(1.0, side / (width * height) ** 0.5)
    return (
        max(step, round(width * scale / step) * step),
        max(step, round(height * scale / step) * step),
    )


def trained_side(pipe: Any) -> int:
    """Pixels on a side that the model was trained at; 1024 where it does not say."""
    own = getattr(pipe, "default_sample_size", None)
    net = getattr(pipe, "unet", None)
    sample = net.config.sample_size if net is not None else own
    if not isinstance(sample, int):
        return 1024
    return sample * int(getattr(pipe, "vae_scale_factor", 8))


def pace(pipe: Any, name: str, steps: int, guidance: float) -> tuple[int, float]:
    """(steps, guidance): as set, else few and none for a distilled model, else 25 and 6.5.

    A distilled model shows by its scheduler: LCM, or Euler with "trailing" steps as SD-Turbo and
    SDXL-Turbo have it; or by its name. Networks other than the U-Net have defaults of their own.
    """
    scheduler = type(pipe.scheduler).__name__
    named = next((few for word, few in _FEW.items() if word in name.lower()), None)
    usual = (25, 6.5) if getattr(pipe, "unet", None) is not None else _own(pipe)
    if scheduler == "LCMScheduler":
        usual = (5, 1.0)
    elif named:
        usual = named
    elif scheduler.startswith("Euler") and pipe.scheduler.config.timestep_spacing == "trailing":
        usual = (4, 0.0)
    return steps or usual[0], guidance if guidance >= 0 else usual[1]


_FEW = {
    "z-image-turbo": (9, 0.0),
    "turbo": (4, 0.0),
    "lightning": (4, 0.0),
    "hyper": (8, 0.0),
    "schnell": (4, 0.0),
    "klein": (4, 1.0),
}


def _own(pipe: Any) -> tuple[int, float]:
    """What the pipeline's makers have set."""
    known = inspect.signature(pipe.__call__).parameters
    values = [
        getattr(known.get(n), "default", None) for n in ("num_inference_steps", "guidance_scale")
    ]
    steps, guidance = values
    return (steps if isinstance(steps, int) else 25, float(guidance or 0.0))


def _failure(error: Exception) -> EngineError:
    if "out of memory" in str(error).lower():
        return EngineError(
            "the device has too little memory for this picture",
            hint="set a smaller side, or offload=sequential, for the scene engine",
        )
    return EngineError(f"the backdrop could not be generated: {error}")

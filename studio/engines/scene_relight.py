"""Product and backdrop in one light, with IC-Light on Stable Diffusion 1.5: may alter the product.

The network paints both anew. Of its product only the light is kept, laid over the photo's own
pixels; still they are changed, so such a picture is marked, and never approved in a batch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.engines import Scene
from studio.engines.diffusion import files
from studio.engines.diffusion.options import Machine
from studio.engines.diffusion.options import Options as PipeOptions
from studio.errors import EngineError, SetupError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.engines.diffusion.relight import Relit
    from studio.engines.diffusion.run import Painter

_HINT = "docs/models.md says where Stable Diffusion 1.5 and IC-Light's weights come from"


class _Options(Machine):
    """`model`: a Stable Diffusion 1.5. `relight`: IC-Light's file of offsets (.safetensors)."""

    relight: Path = Path()


class Engine:
    """Implements SceneEngine. Its pictures hold the product: `alters` says so."""

    name = "relight"
    ai = "generated"
    around = True
    alters = True
    Options = _Options

    def __init__(self, options: _Options | None = None) -> None:
        self._options = options or _Options()
        self._lock = threading.Lock()
        self._loaded: tuple[Painter, Relit] | None = None

    @property
    def model(self) -> str:
        """The weights' names, without their folders."""
        base = PipeOptions(model=self._options.model).title
        return f"{base} + {self._options.relight.stem}" if base else ""

    def ready(self) -> str:
        if not self._options.model or not self._options.relight.name:
            return f"set the options model and relight: {_HINT}"
        if self._options.relight.suffix != ".safetensors" or not self._options.relight.is_file():
            return f"there is no .safetensors file {self._options.relight}"
        return files.bad_weights(self._options.relight) or files.problem(self._options.model)

    def backdrop(
        self,
        scene: Scene,
        *,
        on_step: Callable[[int, int], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> NDArray[np.uint8]:
        """The set WITH the product in it, RGB. Raises SetupError, EngineError."""
        import cv2
        import numpy as np

        from studio.engines.diffusion import control, run
        from studio.engines.diffusion.relight import transferred

        image, mask = scene.options.get("image"), scene.options.get("mask")
        if image is None or mask is None:
            raise EngineError("relighting needs the placed product and its mask")
        with self._lock:
            painter, relit = self._load()
            size = run.size(scene.width, scene.height, self._options.side, painter.pipe)
            small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
            alpha = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)[..., None]
            on_grey = (127 + (small.astype(np.float32) - 127) * alpha).astype(np.uint8)
            look = control.look_of(scene, self._options.searched)
            relit.show(on_grey, control.drawn(look, scene, size))
            made = painter.paint(self._asked(scene, size, painter), scene.seed, on_step, cancel)
        frame = (scene.width, scene.height)
        whole = np.asarray(cv2.resize(made, frame, interpolation=cv2.INTER_LANCZOS4))
        product, share = transferred(image, whole, mask), mask[..., None]
        return np.asarray(product * share + whole * (1 - share) + 0.5, dtype=np.uint8)

    def _asked(self, scene: Scene, size: tuple[int, int], painter: Painter) -> dict[str, Any]:
        """Guidance 2 is what IC-Light's authors use: more burns the light out."""
        guidance = self._options.guidance if self._options.guidance >= 0 else 2.0
        return {
            "prompt": scene.prompt or "product photography, soft light",
            "negative_prompt": scene.negative,
            "width": size[0],
            "height": size[1],
            "num_inference_steps": self._options.steps or 25,
            "guidance_scale": guidance,
        }

    def _load(self) -> tuple[Painter, Relit]:
        from studio.engines.diffusion import pipes
        from studio.engines.diffusion.relight import Relit
        from studio.engines.diffusion.run import Painter

        if self._loaded is None:
            if problem := self.ready():
                raise SetupError(problem, hint=_HINT)
            usual = PipeOptions(**self._options.model_dump(exclude={"relight"}))
            made: list[Relit] = []
            pipe, _ = pipes.load(usual, lambda p: made.append(Relit(p, self._options.relight)))
            self._loaded = (Painter(pipe), made[0])
        return self._loaded

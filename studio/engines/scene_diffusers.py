"""Backdrops from Stable Diffusion and its kin through diffusers: text to image, or painted round
the product by its mask. Only the backdrop is made here; the product's own pixels are put in after.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from studio.engines import Scene
from studio.engines.diffusion import files
from studio.engines.diffusion.options import Options as _Options
from studio.errors import EngineError, InputError, SetupError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.engines.diffusion.run import Painter

_HINT = "set STUDIO_SCENE_MODEL to a folder or hub name; docs/models.md names some"


class Engine:
    """Implements SceneEngine. Loaded at the first picture; one picture at a time."""

    name = "diffusers"
    ai = "generated"
    Options = _Options

    def __init__(self, options: _Options | None = None) -> None:
        self.options = options or _Options()
        self.where = ""  # "cpu", "cuda, model offload" ...: known once it is loaded
        self._lock = threading.Lock()
        self._painter: Painter | None = None

    @property
    def model(self) -> str:
        """The weights' names, without their folders."""
        return self.options.title

    @property
    def around(self) -> bool:
        """True when the engine wants the placed product (options "image" and "mask")."""
        return self.options.inpaint

    def ready(self) -> str:
        options = self.options
        wanted = ["torch", "diffusers", "transformers", "accelerate"]
        for library in wanted + (["peft"] if options.lora else []):
            if importlib.util.find_spec(library) is None:
                return f"{library} is not installed: pip install {library}"
        if not options.model:
            return f"no diffusion model is set: {_HINT}"
        if options.reference and not options.reference.is_file():
            return f"there is no picture {options.reference}"
        more = (options.vae, options.lora, options.controlnet, options.ip_adapter)
        problems = (files.problem(name, pipeline=False) for name in more if name)
        return files.problem(options.model) or next((p for p in problems if p), "")

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

        painter = self.load()
        given = self._asked(scene, painter)
        made = painter.paint(given, scene.seed, on_step, cancel)
        size = (scene.width, scene.height)
        return np.asarray(cv2.resize(made, size, interpolation=cv2.INTER_LANCZOS4))

    def load(self) -> Painter:
        """The pipeline, loaded once. Raises SetupError."""
        from studio.engines.diffusion import pipes
        from studio.engines.diffusion.run import Painter

        with self._lock:
            if self._painter is None:
                if problem := self.ready():
                    raise SetupError(problem, hint=_HINT)
                pipe, self.where = pipes.load(self.options)
                self._painter = Painter(pipe)
            return self._painter

    def pace(self) -> tuple[int, float]:
        """(steps, guidance) of a picture."""
        from studio.engines.diffusion import run

        options = self.options
        name = f"{options.model} {options.lora}"
        return run.pace(self.load().pipe, name, options.steps, options.guidance)

    def size(self, scene: Scene) -> tuple[int, int]:
        """Width and height that are generated for a scene."""
        from studio.engines.diffusion import run

        return run.size(scene.width, scene.height, self.options.side, self.load().pipe)

    def _asked(self, scene: Scene, painter: Painter) -> dict[str, Any]:
        """The pipeline's arguments for a scene."""
        width, height = self.size(scene)
        steps, guidance = self.pace()
        given: dict[str, Any] = {
            "prompt": scene.prompt or "empty product photography set, soft light",
            "width": width,
            "height": height,
            "num_inference_steps": steps,
            "guidance_scale": guidance,
        }
        if guidance > 1:  # below, a pipeline does not look at it
            given["negative_prompt"] = scene.negative
        if self.options.inpaint:
            given |= around_product(scene, width, height)
        if self.options.controlnet:
            place = "control_image" if painter.takes("control_image") else "image"
            given[place] = self._control(scene, (width, height))
            given["controlnet_conditioning_scale"] = self.options.control_scale
        if self.options.ip_adapter:
            given["ip_adapter_image"] = self._mood(scene, (width, height))
        return given

    def _control(self, scene: Scene, size: tuple[int, int]) -> Any:
        from PIL import Image

        from studio.engines.diffusion import control

        kind: Literal["depth", "edges"] = "depth"
        wanted = self.options.control
        if wanted == "edges" or (wanted == "auto" and "canny" in self.options.controlnet.lower()):
            kind = "edges"
        look = control.look_of(scene, self.options.searched)
        return Image.fromarray(control.picture(kind, look, scene, size))

    def _mood(self, scene: Scene, size: tuple[int, int]) -> Any:
        """The merchant's reference picture, or the set as it would be drawn."""
        from PIL import Image, UnidentifiedImageError

        from studio.engines.diffusion import control

        path = self.options.reference
        if path is None:
            look = control.look_of(scene, self.options.searched)
            return Image.fromarray(control.drawn(look, scene, size))
        try:
            with Image.open(path, formats=("JPEG", "PNG", "WEBP")) as image:
                image.thumbnail((1024, 1024))
                return image.convert("RGB")
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
            raise InputError(
                f"the reference picture cannot be read: {error}",
                hint="give a JPEG, PNG or WebP file",
                where=path.name,
            ) from error


def around_product(scene: Scene, width: int, height: int) -> dict[str, Any]:
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

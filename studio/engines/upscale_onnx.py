"""Enlarging with the user's own super-resolution network (.onnx, Real-ESRGAN's kind): may alter.

Such networks draw what they believe to be there: cloth loses its weave, print changes its letters.
So every picture that went through one is marked, and never approved in a batch.
"""

from __future__ import annotations

import importlib.util
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from studio.errors import EngineError, SetupError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_HINT = "docs/models.md names networks; one input and one output, N x 3 x H x W, RGB in 0..1"
_LAP = 16  # px of a tile's rim that are seen and not kept, so that tiles join without seams


class _Options(BaseModel):
    """`file`: the .onnx file. `tile`: px of a tile's side, which bounds the memory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Path | None = None
    tile: int = Field(default=256, ge=64, le=2048)
    threads: int = 0


class Engine:
    """Implements UpscaleEngine. Loaded at the first picture; safe to call from several threads."""

    name = "onnx"
    alters = True
    Options = _Options

    def __init__(self, options: _Options | None = None) -> None:
        self._options = options or _Options()
        self._lock = threading.Lock()
        self._session: Any = None

    @property
    def model(self) -> str:
        return self._options.file.stem if self._options.file else ""

    def ready(self) -> str:
        if importlib.util.find_spec("onnxruntime") is None:
            return "onnxruntime is not installed: pip install onnxruntime"
        if self._options.file is None:
            return f"set the option file to a network (.onnx): {_HINT}"
        return "" if self._options.file.is_file() else f"there is no file {self._options.file}"

    def enlarge(self, image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
        """An RGB picture at that size: as often through the network as it takes, then scaled to
        fit. Raises SetupError, EngineError."""
        import cv2
        import numpy as np

        large = image
        while large.shape[1] < width or large.shape[0] < height:
            before, large = large, self._once(large)
            if large.shape[1] <= before.shape[1]:
                raise EngineError(f"{self.model} does not enlarge", hint=_HINT)
        return np.asarray(cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA))

    def _once(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Once through the network, tile by tile, the picture's rim mirrored outwards."""
        import cv2
        import numpy as np

        step = self._options.tile - 2 * _LAP
        high, wide = image.shape[:2]
        rim = cv2.copyMakeBorder(
            image, _LAP, _LAP + step, _LAP, _LAP + step, cv2.BORDER_REFLECT_101
        )
        rows = []
        for y in range(0, high, step):
            row = []
            for x in range(0, wide, step):
                tile = rim[y : y + step + 2 * _LAP, x : x + step + 2 * _LAP]
                made, scale = self._run(tile)
                lap = _LAP * scale
                row.append(made[lap:-lap, lap:-lap])
            rows.append(np.concatenate(row, axis=1))
        return np.concatenate(rows)[: high * scale, : wide * scale]

    def _run(self, tile: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
        import numpy as np

        session = self._loaded()
        tensor = np.ascontiguousarray(tile.transpose(2, 0, 1)[None], np.float32) / 255
        try:
            made = session.run(None, {session.get_inputs()[0].name: tensor})[0]
            scale, rest = divmod(made.shape[2], tile.shape[0])
            if made.shape[1] != 3 or rest or scale < 1:
                raise ValueError(f"its output is {made.shape}")
        except Exception as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise EngineError(f"{self.model} failed: {first}", hint=_HINT) from error
        pixels = np.clip(made[0].transpose(1, 2, 0) * 255 + 0.5, 0, 255)
        return np.asarray(pixels, dtype=np.uint8), scale

    def _loaded(self) -> Any:
        import onnxruntime

        with self._lock:
            if self._session is None:
                if problem := self.ready():
                    raise SetupError(problem, hint=_HINT)
                settings = onnxruntime.SessionOptions()
                settings.intra_op_num_threads = self._options.threads
                settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
                settings.log_severity_level = 3
                wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
                there = onnxruntime.get_available_providers()
                try:
                    self._session = onnxruntime.InferenceSession(
                        str(self._options.file),
                        settings,
                        providers=[p for p in wanted if p in there],
                    )
                except Exception as error:
                    first = (str(error).splitlines() or [type(error).__name__])[0]
                    raise SetupError(
                        f"{self.model} could not be opened: {first}", hint=_HINT
                    ) from error
            return self._session

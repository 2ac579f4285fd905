"""Yahoo's Open-NSFW (BSD-2-Clause, 24 MB): whether a picture looks like pornography.

It knows nothing else: no violence, no weapons, no symbols; much bare skin alone raises its score.
The network was trained on pictures that had been through one chain of steps, which is kept here:
256 px bilinear, JPEG, the middle 224 px, BGR less the training means.
"""

from __future__ import annotations

import importlib.util
import threading
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from studio.engines import weights
from studio.errors import EngineError, SetupError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SEEN, _KEPT = 256, 224  # px
_MEAN = (104.0, 117.0, 123.0)  # BGR


class Options(BaseModel):
    """`models`: folder of model files. `file`: another network of that kind (N x 224 x 224 x 3 to
    N x 2), instead of the one that is pulled. `threads`: 0 = all cores."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: Path = Path()
    file: Path | None = None
    threads: int = 0


class Engine:
    """Implements UnsafeEngine. Loaded at the first picture; safe to call from several threads."""

    name = "opennsfw"

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()
        self._lock = threading.Lock()
        self._session: Any = None

    Options = Options

    @property
    def model(self) -> str:
        return self._options.file.stem if self._options.file else "open_nsfw"

    def ready(self) -> str:
        if importlib.util.find_spec("onnxruntime") is None:
            return "onnxruntime is not installed: pip install onnxruntime"
        if self._options.file is not None:
            there = self._options.file.is_file()
            return "" if there else f"there is no file {self._options.file}"
        if weights.find("opennsfw", self._options.models) is None:
            return "the weights of Open-NSFW (24 MB) are missing: studio models pull opennsfw"
        return ""

    def score(self, image: NDArray[np.uint8]) -> float:
        """0..1 for an RGB picture, uint8 HxWx3. Raises SetupError, EngineError."""
        session = self._loaded()
        try:
            (found,) = session.run(None, {session.get_inputs()[0].name: _prepared(image)[None]})
            return float(found[0, 1])
        except Exception as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise EngineError(f"{self.model} failed: {first}") from error

    def _loaded(self) -> Any:
        with self._lock:
            if self._session is None:
                if problem := self.ready():
                    raise SetupError(problem, hint="studio models pull opennsfw")
                import onnxruntime

                settings = onnxruntime.SessionOptions()
                settings.intra_op_num_threads = self._options.threads
                settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
                settings.log_severity_level = 3
                path = self._options.file or weights.find("opennsfw", self._options.models)
                try:
                    self._session = onnxruntime.InferenceSession(
                        str(path), settings, providers=["CPUExecutionProvider"]
                    )
                except Exception as error:
                    first = (str(error).splitlines() or [type(error).__name__])[0]
                    raise SetupError(
                        f"{self.model} could not be opened: {first}",
                        hint="pull it again: studio models pull opennsfw",
                    ) from error
            return self._session


def _prepared(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    import numpy as np
    from PIL import Image

    out = BytesIO()
    small = Image.fromarray(image).resize((_SEEN, _SEEN), Image.Resampling.BILINEAR)
    small.save(out, "JPEG")
    with Image.open(out) as again:
        seen = np.asarray(again.convert("RGB"), np.float32)
    rim = (_SEEN - _KEPT) // 2
    middle = seen[rim : rim + _KEPT, rim : rim + _KEPT, ::-1]
    return np.ascontiguousarray(middle - np.array(_MEAN, np.float32))

"""Cut-out with the user's own model through rembg's sessions: ISNet, BiRefNet, U²-Net and others.

Only sessions that run on this machine from one model file are offered, and nothing is fetched
unless the options say so. What the model sees becomes a mask as rembg does it; how often it looks
and how sure it is are our own (see `looking`).
"""

from __future__ import annotations

import importlib.util
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from studio.engines import Cut, Settled, looking
from studio.errors import EngineError, NotFoundError, SetupError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_HINT = "docs/models.md names cut-out models with licence and size"
_SMALL = ("u2net", "u2netp", "silueta", "u2net_custom")  # see 320 px: a second look pays
_UNFIT = {"sam", "u2net_cloth_seg", "atlascloud", "withoutbg"}  # no single mask, or no file
_BOUGHT = {"bria-rmbg": "BRIA's weights may not be used for business without their licence"}


class _Options(BaseModel):
    """`model`: rembg's name of a session. `file`: its .onnx file; else it is looked for as
    `<models>/<name>/<name>.onnx` and in rembg's own folder. `fetch`: rembg may download it.
    `licensed`: you hold the licence that a model for non-commercial use needs. `looks` 0: two for
    small networks, one for large."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = "isnet-general-use"
    file: Path | None = None
    models: Path = Path()
    fetch: bool = False
    licensed: bool = False
    looks: int = 0
    threads: int = 0


class Engine:
    """Implements CutoutEngine. Loaded at the first cut; safe to call from several threads."""

    name = "rembg"
    Options = _Options

    def __init__(self, options: _Options | None = None) -> None:
        self._options = options or _Options()
        self._lock = threading.Lock()
        self._session: Any = None

    @property
    def model(self) -> str:
        file = self._options.file
        return self._options.model if file is None else f"{self._options.model} ({file.stem})"

    def ready(self) -> str:
        """What is missing. rembg itself is not imported for it: that takes a second."""
        options = self._options
        for library in ("rembg", "onnxruntime"):
            if importlib.util.find_spec(library) is None:
                return f'{library} is not installed: pip install "studio[rembg]"'
        if options.model in _UNFIT:
            return f"{options.model} gives no mask of a product; {_HINT}"
        if options.model in _BOUGHT and not options.licensed:
            return f"{_BOUGHT[options.model]}; if you have it, set the option licensed"
        if options.file is not None and not options.file.is_file():
            return f"there is no file {options.file}"
        if self._found() is None and not options.fetch:
            return (
                f"there is no {options.model}.onnx: set the option file, or fetch = true to let "
                f"rembg download it; {_HINT}"
            )
        return ""

    def cut(self, image: NDArray[np.uint8], settled: Settled | None = None) -> Cut:
        """The product's mask. Raises SetupError without a model, EngineError when a run fails."""
        small = self._options.model in _SMALL
        looks = self._options.looks or (2 if small else 1)
        if looks == 1:
            return looking.once(image, self._look)
        return looking.twice(image, self._look, settled)

    def _look(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        import numpy as np
        from PIL import Image

        session = self._loaded()
        try:
            mask = session.predict(Image.fromarray(image))[0]
        except Exception as error:  # a foreign model and library: any fault is the engine's
            raise EngineError(f"{self.model} failed: {error}") from error
        return np.asarray(mask, np.float32) / np.float32(255)

    def _found(self) -> Path | None:
        """The model file that is here."""
        options = self._options
        if options.file is not None:
            return options.file
        name = f"{options.model}.onnx"
        homes = (options.models, Path.home() / ".rembg" / "models")
        places = [*(home / options.model / name for home in homes), Path.home() / ".u2net" / name]
        return next((path for path in places if path.is_file()), None)

    def _loaded(self) -> Any:
        with self._lock:
            if self._session is None:
                if problem := self.ready():
                    raise SetupError(problem, hint=_HINT)
                self._session = self._open()
            return self._session

    def _open(self) -> Any:
        """The session on our file: its class finds the model by a method that is told where."""
        import onnxruntime

        sessions = importlib.import_module("rembg.sessions")
        kinds = {kind.name(): kind for kind in sessions.sessions_class if kind.is_local()}
        kind = kinds.get(self._options.model)
        if kind is None:
            raise NotFoundError.of("rembg session", self._options.model, set(kinds) - _UNFIT)
        file = self._found()
        if file is not None:
            found = str(file)
            kind = type(kind.__name__, (kind,), {"download_models": lambda *_, **__: found})
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = self._options.threads
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
        settings.log_severity_level = 3
        given = {"model_path": str(file)} if self._options.model.endswith("_custom") else {}
        try:
            return kind(
                self._options.model,
                settings,
                providers=onnxruntime.get_available_providers(),
                **given,
            )
        except Exception as error:  # a foreign file: whatever its reader says is the reason
            raise SetupError(
                f"the model {self.model} could not be opened: {str(error).splitlines()[0]}",
                hint=_HINT,
            ) from error

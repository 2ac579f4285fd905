"""Reads text in pictures with RapidOCR (PP-OCR models, Apache-2.0, inside its package)."""

from __future__ import annotations

import importlib.util
import threading
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from studio.engines import Line, vino
from studio.errors import EngineError, SetupError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Options(BaseModel):
    """`least`: score below which a line is taken for texture (false ones came at 0.55).
    `side`: longest side that is read; smaller is quicker and loses small print. `runtime`: auto
    picks OpenVINO where it runs (three fifths of the time, less with bf16), else onnxruntime."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least: float = 0.75
    side: int = 1280
    threads: int = 0
    runtime: Literal["auto", "onnxruntime", "openvino"] = "auto"


class Engine:
    """Implements OcrEngine. Loaded at the first reading; one reading at a time."""

    name = "rapidocr"
    model = "PP-OCR"

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()
        self._lock = threading.Lock()
        self._reader: Any = None

    Options = Options

    def ready(self) -> str:
        missing = [m for m in ("rapidocr", "onnxruntime") if importlib.util.find_spec(m) is None]
        return f'{missing[0]} is not installed: pip install "studio[ocr]"' if missing else ""

    def read(self, image: NDArray[np.uint8]) -> list[Line]:
        """The lines of an RGB picture, top to bottom. Raises SetupError, EngineError."""
        import cv2
        import numpy as np

        scale = min(1.0, self._options.side / max(image.shape[:2]))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        with self._lock:
            reader = self._loaded()
            try:
                found = reader(np.ascontiguousarray(small[..., ::-1]))
            except Exception as error:
                raise EngineError(f"the text could not be read: {error}") from error
        if found is None or found.txts is None:
            return []
        lines = [
            Line(str(text), float(score), _box(box, scale))
            for text, score, box in zip(found.txts, found.scores, found.boxes, strict=True)
            if score >= self._options.least and str(text).strip()
        ]
        return sorted(lines, key=lambda line: (line.box[1], line.box[0]))

    def _loaded(self) -> Any:
        if self._reader is None:
            if problem := self.ready():
                raise SetupError(problem, hint='pip install "studio[ocr]"')
            from rapidocr import RapidOCR

            self._reader = RapidOCR(params=self._params())
        return self._reader

    def _params(self) -> dict[str, Any]:
        from rapidocr import EngineType

        wanted, threads = self._options.runtime, self._options.threads or -1
        if wanted == "openvino" or (wanted == "auto" and vino.runs()):
            vino.awake()
            return {
                "Global.log_level": "error",
                **{f"{part}.engine_type": EngineType.OPENVINO for part in ("Det", "Cls", "Rec")},
                "EngineConfig.openvino.inference_num_threads": threads,
            }
        return {
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        }


def _box(corners: Any, scale: float) -> tuple[int, int, int, int]:
    """x, y, width, height in the given picture, round a slanted box's four corners."""
    xs, ys = [float(c[0]) / scale for c in corners], [float(c[1]) / scale for c in corners]
    left, top = round(min(xs)), round(min(ys))
    return left, top, round(max(xs)) - left, round(max(ys)) - top

"""Cut-out with u2netp (U-2-Net small, Apache-2.0, 4.6 MB): the embedded default.

It looks twice where it pays (see `looking`), so that all of its 320 pixels go to the product. The
first look is a glance at 192 px, at three eighths of the cost: it has to find the product, and
where the ground is plain to bear out what the colours say, not to draw an outline.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from studio.engines import Cut, Settled, looking, vino, weights
from studio.errors import EngineError, SetupError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDE, GLANCE = 320, 192  # px of what the network sees; its layers take any multiple of 32
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, as it was trained


class Options(BaseModel):
    """`models`: folder of model files. `threads`: 0 = all cores. `runtime`: auto picks OpenVINO
    where it is installed (in bf16 where the processor has it, a quarter of the time; else an eighth
    quicker), else onnxruntime."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: Path
    threads: int = 0
    runtime: str = "auto"  # auto | onnxruntime | openvino


class Engine:
    """Implements CutoutEngine. Loaded at the first cut; safe to call from several threads."""

    name = "u2netp"
    model = "u2netp"

    def __init__(self, options: Options) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._networks: dict[int, Callable[[NDArray[np.float32]], NDArray[np.float32]]] = {}

    Options = Options

    def ready(self) -> str:
        if weights.find("u2netp", self._options.models) is None:
            return "the weights of u2netp (4.6 MB) are missing: studio models pull u2netp"
        return ""

    def cut(self, image: NDArray[np.uint8], settled: Settled | None = None) -> Cut:
        """The product's mask. Raises SetupError without weights, EngineError when a run fails."""
        glance = partial(self._look, side=GLANCE) if _openvino_runs(self._options) else None
        return looking.twice(image, self._look, settled, glance)

    def _look(self, image: NDArray[np.uint8], side: int = SIDE) -> NDArray[np.float32]:
        """One pass of the network: a mask of the picture's size, stretched to 0..1."""
        import cv2
        import numpy as np

        small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
        brightest = max(float(small.max()), 1e-6)
        tensor = np.empty((1, 3, side, side), np.float32)
        for plane, seen, mean, std in zip(tensor[0], cv2.split(small), _MEAN, _STD, strict=True):
            np.multiply(seen, np.float32(1 / (brightest * std)), out=plane)
            plane -= np.float32(mean / std)
        found = self._run(tensor)[0, 0]
        low, high = float(found.min()), float(found.max())
        if high < 0.3:  # nothing stands out; stretching would blow noise up to a product
            return np.zeros(image.shape[:2], np.float32)
        found = (found - low) / max(high - low, 1e-6)
        size = (image.shape[1], image.shape[0])
        large = np.asarray(cv2.resize(found, size, interpolation=cv2.INTER_CUBIC), np.float32)
        return np.clip(large, 0, 1, out=large)

    def _run(self, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        side = tensor.shape[-1]
        with self._lock:
            if side not in self._networks:
                self._networks[side] = self._network(side)
        return self._networks[side](tensor)

    def _network(self, side: int) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
        path = weights.find("u2netp", self._options.models)
        if path is None:
            raise SetupError(self.ready(), hint="studio models pull u2netp")
        try:
            return _session(path, self._options, side)
        except Exception as error:  # the runtimes have no common error of their own
            raise EngineError(
                f"u2netp could not be loaded: {error}",
                hint="pull it again: studio models pull u2netp",
                where=str(path),
            ) from error


def _session(path: Path, options: Options, side: int) -> Callable[[Any], Any]:
    """A function from input tensor to the finest output, on the quickest runtime there is."""
    from os import cpu_count

    threads = options.threads or cpu_count() or 1
    if _openvino_runs(options):
        return _openvino(path, threads, side)
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    # idle threads that spin steal the cores from the worker beside us
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])
    wanted, given = session.get_outputs()[0].name, session.get_inputs()[0].name
    return lambda tensor: session.run([wanted], {given: tensor})[0]


def _openvino(path: Path, threads: int, side: int) -> Callable[[Any], Any]:
    import openvino

    core = openvino.Core()
    bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    graph = core.read_model(str(path))
    graph.reshape([1, 3, side, side])
    compiled = core.compile_model(
        graph,
        "CPU",
        {
            "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32",
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
        },
    )
    vino.awake()
    local = threading.local()  # a request holds one run's state

    def run(tensor: Any) -> Any:
        if not hasattr(local, "request"):
            local.request = compiled.create_infer_request()
        local.request.infer({0: tensor})
        return local.request.get_output_tensor(0).data.copy()

    return run


def _openvino_runs(options: Options) -> bool:
    """Whether OpenVINO runs the network; onnxruntime sees only what the file says, 320 px."""
    return options.runtime == "openvino" or (options.runtime == "auto" and vino.runs())

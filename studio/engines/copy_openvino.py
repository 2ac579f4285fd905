"""Copy from a causal language model on the processor, by OpenVINO: the quickest there.

The model is converted once (studio/engines/ir.py). Rows share what their prompts have in common,
a row that is done leaves the batch, and words that the guard leaves no choice in cost no step of
their own.
"""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.engines import loading, local
from studio.errors import SetupError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LAYERS = ("full_attention", "sliding_attention")  # kinds of layers that are converted


class Options(local.Options):
    """Options of the engine."""


class Engine(local.LocalEngine):
    """A causal model of a kind that can be converted: Llama, Qwen, Gemma, Mistral and the like."""

    name = "openvino"
    Options = Options

    def ready(self) -> str:
        """ "" or what is missing and the command for it."""
        return _missing() or super().ready()

    def open(self, source: str) -> loading.Loaded:
        if missing := _missing():
            raise SetupError(missing, hint="or use the engine transformers")
        from studio.engines.ir import exported

        folder = exported(source, self.options.models, self.options.threads)
        notes = json.loads((folder / "notes.json").read_text("utf-8"))
        return loading.Loaded(
            name=notes["name"],
            model=Net(folder / "model.xml", self.options.threads or loading.cores(), folder),
            tokenizer=_tokenizer(folder),
            ends=notes["ends"],
            room=notes["room"],
            parameters=notes["parameters"],
            bytes=(folder / "model.bin").stat().st_size,
        )

    def generate(self, batch: local.Batch) -> list[list[int]]:
        from studio.engines.looping import decode

        o = self.options
        return decode(batch, o.temperature, o.top_p, guarded=self.steers(batch))


def suits(source: str) -> bool:
    """Whether OpenVINO is installed and, as far as its folder tells, can run a model. What has
    packed weights or layers of an unusual kind is for transformers."""
    if _missing():
        return False
    try:
        config = json.loads((Path(source).expanduser() / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return True  # the embedded ones, a GGUF file, a hub's name
    config = {**config, **config.get("text_config", {})}
    usual = set(config.get("layer_types") or ()) <= set(LAYERS)
    return usual and "quantization_config" not in config and "num_key_value_heads" in config


def _tokenizer(folder: Path) -> Any:
    """The quick tokenizer; that of transformers, seconds slower, where its file is missing."""
    if not (folder / "tokenizer.json").is_file():
        return loading.tokenizer_of(folder)
    from studio.engines.tokens import Tokens

    try:
        return Tokens(folder)
    except Exception as error:  # its reader raises Exception itself
        raise loading.unreadable(str(folder), error) from error


def _missing() -> str:
    here = importlib.util.find_spec("openvino")
    return "" if here else "OpenVINO does not run here: pip install openvino"


class Net:
    """A converted model with its key-value cache. One user at a time."""

    def __init__(self, path: Path, threads: int, cache: Path | None = None) -> None:
        """`cache`: a folder in which the compiled model is kept for the next start."""
        import openvino as ov

        from studio.engines.looping import Beginning

        settings: dict[str, Any] = {
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,  # the machine may have other work
            "KV_CACHE_PRECISION": "f16",  # with 8 bits a text would depend on its batch
        }
        if cache is not None and os.access(cache, os.W_OK):
            settings["CACHE_DIR"] = str(cache / "compiled")
        self._request: Any = ov.Core().compile_model(path, "CPU", settings).create_infer_request()
        self.beginning = Beginning()

    def save(self) -> Any:
        """The rows that are held now."""
        return {s.name: s.state.data.copy() for s in self._request.query_state()}

    def restore(self, saved: Any) -> None:
        """Hold the rows that were saved."""
        import openvino as ov

        for state in self._request.query_state():
            state.state = ov.Tensor(saved[state.name])

    def reset(self) -> None:
        """Forget all rows."""
        self._request.reset_state()

    def step(self, ids: Any, mask: Any, positions: Any, rows: Any) -> NDArray[np.float32]:
        """As in studio/engines/looping.py."""
        named = {"input_ids": ids, "mask": mask, "positions": positions, "beam_idx": rows}
        self._request.infer(named, share_inputs=True)
        logits: NDArray[np.float32] = self._request.get_tensor("logits").data
        return logits

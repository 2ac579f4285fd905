"""Turns a causal language model into an OpenVINO model, once, and proves that it says the same.

The torch module is traced with its key-value cache as inputs, which then become state inside the
model (`beam_idx` says which row of the last step a row goes on from). Weights become int8, one
scale for each row of a matrix. What comes out must rank the next words as torch does, or it is not
kept: some ways of quantising fail without a word.
"""

from __future__ import annotations

import inspect
import json
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.engines import loading
from studio.engines.copy_openvino import LAYERS, Net
from studio.errors import EngineError, SetupError
from studio.schema import digest_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORM = 1  # counts up when what is written here changes
_WORST = 0.1  # nats: mean Kullback-Leibler divergence from torch that is let pass
_SAMPLE = (
    "The bottle is made of stainless steel and holds 750 ml.",
    "这款保温杯采用不锈钢材质，容量为750毫升。",
    "It comes in midnight blue, weighs 300 g and has",
)


def exported(source: str, models: Path, threads: int) -> Path:
    """The folder with `model.xml`, tokenizer and notes for a model. Raises SetupError,
    EngineError (its kind cannot be converted, or not without losing its sense)."""
    where = _fetched(loading.place_of(source, models))
    folder = models / "converted" / f"{_identity(where)}-openvino-{FORM}"
    if (folder / "model.xml").is_file():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder.parent))
    try:
        _export(source, where, models, threads, unfinished)
        if not folder.exists():  # another process may have been quicker
            unfinished.rename(folder)
    except OSError as error:
        raise SetupError(
            f"cannot convert {where.name}: {error}",
            hint="free some space, or set another folder: STUDIO_MODELS=DIR",
            where=str(folder.parent),
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _fetched(where: Path | str) -> Path:
    """The model's folder; of a hub's model what is needed and no more."""
    if isinstance(where, Path):
        return where
    from huggingface_hub import snapshot_download

    try:
        kinds = ["*.safetensors", "*.json", "*.model", "*.jinja", "*.txt"]
        return Path(snapshot_download(where, allow_patterns=kinds))
    except (OSError, ValueError) as error:
        raise loading.unreadable(where, error) from error


def _identity(folder: Path) -> str:
    """Names the weights in a folder by their files' names, sizes and times."""
    files = sorted(p for p in folder.glob("*") if p.suffix in (".safetensors", ".json"))
    stats = [(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in files]
    return digest_of(str(folder.resolve()), stats)[:16]


def _export(source: str, where: Path, models: Path, threads: int, folder: Path) -> None:
    import openvino as ov
    import torch

    loaded = loading.open_model(str(where), models, "cpu", threads)
    need = 6 * 4 * loaded.parameters  # the trace, the graph and the file, each in float32
    if loading.memory() + loaded.bytes < need / 2:
        raise EngineError(
            f"{loaded.name} needs {need / 2e9:.0f} GB of memory while it is converted",
            hint="STUDIO_COPY_ENGINE=transformers runs it as it is",
        )
    module = loaded.model.to(torch.float32)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # the tracer tells of every constant
            model = _traced(module)
    except Exception as error:  # whatever a tracer may raise on another maker's code
        raise EngineError(
            f"{loaded.name} ({module.config.model_type}) cannot be converted: "
            f"{str(error).splitlines()[0][:200]}",
            hint="STUDIO_COPY_ENGINE=transformers runs it as it is",
        ) from error
    _with_state(model)
    _narrowed(model)
    ov.save_model(model, folder / "model.xml", compress_to_fp16=False)
    far = _distance(module, loaded.tokenizer, folder / "model.xml")
    if not far < _WORST:
        raise EngineError(
            f"{loaded.name} loses its sense in 8 bits: {far:.2f} nats from the original",
            hint="STUDIO_COPY_ENGINE=transformers runs it as it is",
        )
    loaded.tokenizer.save_pretrained(folder)
    notes = {
        "name": Path(source).name,
        "ends": loaded.ends,
        "room": loaded.room,
        "parameters": loaded.parameters,
        "divergence": round(far, 4),
    }
    (folder / "notes.json").write_text(json.dumps(notes), "utf-8")


# --- the graph -------------------------------------------------------------------------------


def _traced(module: Any) -> Any:
    """The graph with the cache as inputs "past.<i>" and outputs "present.<i>", all float32."""
    import openvino as ov
    import torch
    from transformers.cache_utils import DynamicCache

    config = module.config.get_text_config()
    layers, heads = config.num_hidden_layers, config.num_key_value_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    kinds = set(getattr(config, "layer_types", None) or ())
    if not kinds <= set(LAYERS):
        raise ValueError(f"layers of the kinds {sorted(kinds)}")
    window = getattr(config, "sliding_window", None)
    sliding = window if not kinds or "sliding_attention" in kinds else None
    keeps = "logits_to_keep" in inspect.signature(module.forward).parameters

    class Cache(DynamicCache):  # type: ignore[misc]  # transformers has no types
        def __init__(self, past: Any) -> None:
            super().__init__()
            self.past, self.present = past, list(past)

        def update(self, keys: Any, values: Any, layer: int, *_: Any, **__: Any) -> Any:
            for at, new in ((2 * layer, keys), (2 * layer + 1, values)):
                self.present[at] = torch.cat([self.past[at], new], dim=2)
            return self.present[2 * layer], self.present[2 * layer + 1]

        def get_seq_length(self, *_: Any) -> Any:
            return self.past[0].shape[2]

    class Step(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.module = module

        def forward(self, input_ids: Any, mask: Any, positions: Any, *past: Any) -> Any:
            cache, before = Cache(past), past[0].shape[2]
            slots = torch.arange(before + input_ids.shape[1])
            seen = slots[None, :] <= slots[before:, None]
            seen = seen[None, None] & (mask[:, None, None, :] > 0)
            masks = _bias(seen)
            if sliding is not None:  # by positions, because rows have holes
                places = mask.cumsum(1) - 1
                near = positions[:, None, :, None] - places[:, None, None, :] < sliding
                narrow = _bias(seen & near)
                masks = {"full_attention": masks, "sliding_attention": narrow} if kinds else narrow
            out = self.module(
                input_ids=input_ids,
                attention_mask=masks,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
                **({"logits_to_keep": 1} if keeps else {}),
            )
            return (out.logits[:, -1], *cache.present)

    def _bias(seen: Any) -> Any:
        return torch.zeros(seen.shape).masked_fill(~seen, torch.finfo(torch.float32).min)

    past, new = 4, 3
    example = (
        torch.ones(2, new, dtype=torch.long),
        torch.ones(2, past + new, dtype=torch.long),
        torch.arange(past, past + new)[None].repeat(2, 1),
        *(torch.randn(2, heads, past, width) for _ in range(2 * layers)),
    )
    whole = ([-1, -1], ov.Type.i64)
    caches = [([-1, heads, -1, width], ov.Type.f32)] * (2 * layers)
    model = ov.convert_model(Step(), example_input=example, input=[whole] * 3 + caches)
    inputs = ["input_ids", "mask", "positions", *(f"past.{i}" for i in range(2 * layers))]
    outputs = ["logits", *(f"present.{i}" for i in range(2 * layers))]
    for ports, names in ((model.inputs, inputs), (model.outputs, outputs)):
        for port, name in zip(ports, names, strict=True):
            port.get_tensor().set_names({name})
    return model


def _with_state(model: Any) -> None:
    """The cache moves into the model, each row's chosen by `beam_idx` (int32, one for each row)."""
    import openvino as ov
    from openvino import opset13 as ops
    from openvino._offline_transformations import apply_make_stateful_transformation

    chosen = ops.parameter([-1], ov.Type.i32, name="beam_idx")
    chosen.output(0).get_tensor().set_names({"beam_idx"})
    model.add_parameters([chosen])
    pairs = {}
    for port in model.inputs:
        name = port.get_any_name()
        if name.startswith("past."):
            users = list(port.get_target_inputs())
            rows = ops.gather(port, chosen, ops.constant(0, ov.Type.i32))
            for user in users:
                user.replace_source_output(rows.output(0))
            pairs[name] = name.replace("past", "present")
    model.validate_nodes_and_infer_types()
    apply_make_stateful_transformation(model, pairs)
    ids = next(p for p in model.inputs if "input_ids" in p.get_names())
    count = ops.gather(
        ops.shape_of(ids, ov.Type.i64), ops.constant([0], ov.Type.i64), ops.constant(0, ov.Type.i64)
    )
    for node in model.get_ops():
        if node.get_type_name() == "ReadValue":  # a fresh state: no tokens, for as many rows
            shape = node.get_output_partial_shape(0)
            rest = ops.constant([shape[1].get_length(), 0, shape[3].get_length()], ov.Type.i64)
            empty = ops.broadcast(ops.constant(0.0, ov.Type.f32), ops.concat([count, rest], 0))
            node.set_arguments([empty.output(0)])
    model.validate_nodes_and_infer_types()


def _narrowed(model: Any) -> None:
    """Matrices of float32 become int8 with one scale for each row."""
    import openvino as ov
    from openvino import opset13 as ops

    for node in list(model.get_ops()):
        if node.get_type_name() != "Constant" or node.get_element_type() != ov.Type.f32:
            continue
        shape = list(node.get_output_shape(0))
        if len(shape) != 2 or shape[0] * shape[1] < 1 << 14 or min(shape) < 16:
            continue
        users = list(node.output(0).get_target_inputs())
        values, scales = _eight(node.data)
        wide = ops.convert(ops.constant(values, ov.Type.i8), ov.Type.f32)
        whole = ops.multiply(wide, ops.constant(scales, ov.Type.f32))
        for user in users:
            user.replace_source_output(whole.output(0))
    model.validate_nodes_and_infer_types()


def _eight(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(values, scales): matrix ~ values * scales, symmetric, scales of shape (rows, 1)."""
    scales = np.maximum(np.abs(matrix).max(1, keepdims=True) / 127, 1e-12).astype(np.float32)
    return np.clip(np.rint(matrix / scales), -127, 127).astype(np.int8), scales


# --- the proof -------------------------------------------------------------------------------


def _distance(module: Any, tokenizer: Any, path: Path) -> float:
    """Mean divergence (nats) between torch's next-word chances and the model's, on a fixed text
    whose rows have unlike lengths and come in two steps, so that cache and mask are proved too."""
    import torch

    net, total, count = Net(path, 1), 0.0, 0
    ids = tokenizer(list(_SAMPLE), return_tensors="pt", padding=True)
    for share in (0.5, 0.75, 1.0):
        end = max(2, int(ids["input_ids"].shape[1] * share))
        tokens, mask = ids["input_ids"][:, :end], ids["attention_mask"][:, :end]
        places = (mask.cumsum(1) - 1).clamp_min(0)
        with torch.inference_mode():
            logits = module(input_ids=tokens, attention_mask=mask, position_ids=places).logits
        net.reset()
        cut, rows = end // 2, np.arange(len(tokens), dtype=np.int32)
        some, seen, at = tokens.numpy(), mask.numpy(), places.numpy()
        net.step(some[:, :cut], seen[:, :cut], at[:, :cut], rows)
        ours = torch.from_numpy(net.step(some[:, cut:], seen, at[:, cut:], rows).copy())
        real = mask[:, -1] > 0
        theirs = logits[real, -1].float().log_softmax(-1)
        apart = (theirs.exp() * (theirs - ours[real].log_softmax(-1))).sum(-1)
        total, count = total + float(apart.sum()), count + int(real.sum())
    return total / count

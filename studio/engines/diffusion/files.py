"""Model folders that may be loaded: safetensors only, no code, all of it known classes.

A pickle runs whatever its maker put into it, under any file name, so a weight file's header is read
before a library opens it. The same checks hold for a folder and for what came from the hub.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.errors import SetupError

HINT = "docs/models.md names models with their licences; docs/guides/scene-engine.md how to set one"
_PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl")
_LIBRARIES = ("diffusers", "transformers", "stable_diffusion")  # the last holds its safety checker
_HEADER = 100_000_000  # bytes; the limit of the format's own reader
_WANTED = ["*.json", "*.safetensors", "*.txt", "*.model"]
_BYTES = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I16": 2}


def is_hub_name(name: str) -> bool:
    """ "maker/model", and no path."""
    return not (name.startswith((".", "/", "~")) or "\\" in name) and name.count("/") == 1


def problem(name: str, *, pipeline: bool = True) -> str:
    """ "" when the folder can be loaded (or `name` is the hub's, checked once it is here), else
    what is wrong with it. `pipeline`: it has a model_index.json that names its parts."""
    folder = Path(name).expanduser()
    if not folder.exists():
        return "" if is_hub_name(name) else f"there is no folder {name}"
    if folder.is_file():
        return f"{name} is a file: give the folder of a diffusers model"
    if pipeline and (wrong := _index(folder)):
        return wrong
    if code := next(folder.rglob("*.py"), None):
        return f"{name} brings code of its own ({code.name}), which is never run"
    found = list(folder.rglob("*.safetensors"))
    if not found:
        return f"{name} has no .safetensors files; other weight files are not loaded"
    for place in {folder, *(p for p in folder.iterdir() if p.is_dir())}:
        pickled = [p for p in place.iterdir() if p.suffix in _PICKLES]
        if pickled and place != folder and not any(place.glob("*.safetensors")):
            return f"{place.name}/{pickled[0].name} is a pickle, which can run code: convert it"
    return next((wrong for path in found if (wrong := bad_weights(path))), "")


def bad_weights(path: Path) -> str:
    """ "" for a safetensors file, else what is wrong (a pickle under that name, a cut-off file)."""
    try:
        header(path)
    except (OSError, ValueError) as error:
        return f"{path.parent.name}/{path.name} is not a safetensors file: {error}"
    return ""


def header(path: Path) -> dict[str, Any]:
    """The tensors' types and shapes. Raises ValueError when it is no such file, OSError."""
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 2 <= length <= min(_HEADER, path.stat().st_size - 8):
            raise ValueError("its header has no such length")
        tensors = json.loads(stream.read(length))
    if not isinstance(tensors, dict):
        raise ValueError("its header is no table")
    tensors.pop("__metadata__", None)
    end = max((entry["data_offsets"][1] for entry in tensors.values()), default=0)
    if path.stat().st_size < 8 + length + end:
        raise ValueError("it is cut off")
    return tensors


def size(folder: Path, variant: str, width: int) -> int:
    """Bytes that the weights need in memory, when their floats are `width` bytes wide."""
    total = 0
    for place in [folder, *(p for p in folder.iterdir() if p.is_dir())]:
        files = list(place.glob("*.safetensors"))
        chosen = [p for p in files if variant and f".{variant}" in p.name]
        for path in chosen or [p for p in files if p.name.count(".") == 1]:
            for entry in header(path).values():
                begin, end = entry["data_offsets"]
                own = _BYTES.get(entry["dtype"], 1)
                floats = entry["dtype"] in ("F64", "F32", "F16", "BF16")
                total += (end - begin) * width // own if floats else end - begin
    return total


def fetched(
    name: str, *, pipeline: bool = True, variant: str = "", wanted: Sequence[str] = _WANTED
) -> Path:
    """The folder, from the hub where `name` is one of the hub's; of what is no pipeline, the files
    that are `wanted`. Raises SetupError."""
    if wrong := problem(name, pipeline=pipeline):
        raise SetupError(wrong, hint=HINT)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    try:
        folder = Path(_download(name, pipeline, variant, wanted))
    except Exception as error:
        raise SetupError(
            f"the model {name!r} could not be fetched: {str(error).splitlines()[0]}", hint=HINT
        ) from error
    if wrong := problem(str(folder), pipeline=pipeline):
        raise SetupError(f"{name}: {wrong}", hint=HINT)
    return folder


def _download(name: str, pipeline: bool, variant: str, wanted: Sequence[str]) -> str:
    if not pipeline:
        from huggingface_hub import snapshot_download

        return str(snapshot_download(name, allow_patterns=list(wanted)))
    from diffusers import DiffusionPipeline

    given = {"variant": variant} if variant else {}
    return str(
        DiffusionPipeline.download(name, use_safetensors=True, trust_remote_code=False, **given)
    )


def _index(folder: Path) -> str:
    """What is wrong with the list of the pipeline's parts."""
    path = folder / "model_index.json"
    if not path.is_file():
        return f"{folder} has no model_index.json: give the folder of a diffusers model"
    try:
        index = json.loads(path.read_text("utf-8"))
        name = index["_class_name"]
        parts = {k: v[0] for k, v in index.items() if isinstance(v, list) and k != "_class_name"}
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return f"{path} is not the list of a pipeline's parts"
    if not isinstance(name, str):
        return f"{folder} wants a pipeline of its own, whose code is never run"
    foreign = {str(library) for library in parts.values() if library not in (None, *_LIBRARIES)}
    if foreign:
        return f"{folder} wants classes of {', '.join(sorted(foreign))}, which are not loaded"
    return ""

"""Turns a GGUF file into a safetensors folder, once: reading GGUF takes ten times as long.

The folder lies in the models folder under the file's sha256 and the version of transformers, which
decides how a GGUF is read. Weights come out dense, in bfloat16.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from contextlib import redirect_stderr
from importlib.metadata import version
from pathlib import Path
from typing import Any

from studio.engines.weights import sha256_of
from studio.errors import EngineError, SetupError


def converted(file: Path, models: Path) -> Path:
    """The folder with the file's weights as safetensors. Raises EngineError, SetupError."""
    stem = f"{_identity(file, models)}-{version('transformers')}"
    folder = models / "converted" / stem
    if (folder / "config.json").is_file():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder.parent))
        try:
            _convert(file, unfinished)
            if not folder.exists():  # another process may have been quicker
                unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        raise SetupError(
            f"cannot convert {file.name}: {error}",
            hint="free some space, or set another folder: STUDIO_MODELS=DIR",
            where=str(folder.parent),
        ) from error
    return folder


def _identity(file: Path, models: Path) -> str:
    """The first 16 digits of the file's sha256, kept beside its size and time of change."""
    status = file.stat()
    note = models / "converted" / f".{file.name}-{status.st_size}-{status.st_mtime_ns}"
    if note.is_file():
        return note.read_text("utf-8")
    digest = sha256_of(file)[:16]
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(digest, "utf-8")
    except OSError:
        return digest  # a read-only folder costs a second each time, no more
    return digest


def _convert(file: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with file.open("rb") as stream:
        if stream.read(4) != b"GGUF":
            raise SetupError(f"{file.name} is no GGUF file", hint="pull or download it again")
    try:
        with redirect_stderr(io.StringIO()):  # its progress bar cannot be turned off
            tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
            model: Any = AutoModelForCausalLM.from_pretrained(
                file.parent, gguf_file=file.name, dtype=torch.bfloat16
            )
    except Exception as error:  # its reader raises whatever a damaged or hostile file provokes
        raise EngineError(
            f"transformers cannot read {file.name}: {error}",
            hint="give a folder with safetensors, or serve the file with llama.cpp and use "
            "the engine openai",
        ) from error
    # It is dense by now, but still marked as quantized, and as such would not be saved.
    model.hf_quantizer = None
    model.is_quantized = False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(folder, safe_serialization=True)
    tokenizer.save_pretrained(folder)

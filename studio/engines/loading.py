"""A causal language model from safetensors: opened, placed, and told how its prompts look."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from studio.errors import SetupError
from studio.schema import Prompt


@dataclass
class Loaded:
    """A model that is ready to run. `model`: a torch module, or what another engine runs."""

    name: str
    model: Any
    tokenizer: Any
    ends: list[int]  # tokens that end a reply
    room: int  # tokens of prompt and reply together
    parameters: int
    bytes: int  # memory that the weights take

    @property
    def chat(self) -> bool:
        return bool(self.tokenizer.chat_template)

    @cached_property
    def breaks(self) -> list[int]:
        """Tokens with a line break: they end a reply of one line."""
        pieces = self.tokenizer.batch_decode([[i] for i in range(len(self.tokenizer))])
        return [i for i, piece in enumerate(pieces) if "\n" in piece]


def set_up(threads: int) -> None:
    """What every process needs before a model runs in it."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads starve a busy machine
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(threads or cores())


def open_model(source: str, models: Path, device: str, threads: int) -> Loaded:
    """A folder, GGUF file (converted once into `models`) or hub name. Raises SetupError."""
    set_up(threads)
    import transformers

    where = place_of(source, models)
    local = isinstance(where, Path)
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(
            where,
            local_files_only=local,
            trust_remote_code=False,
            use_safetensors=True,
            **_placing(device),
        )
    except Exception as error:  # the readers raise whatever a damaged or hostile file provokes
        raise unreadable(source, error) from error
    settings = model.generation_config
    settings.temperature = settings.top_p = settings.top_k = None
    return Loaded(
        name=Path(source).name,
        model=model.eval(),
        tokenizer=(tokenizer := tokenizer_of(where)),
        ends=ends_of(settings, tokenizer),
        room=room_of(model.config),
        parameters=model.num_parameters(),
        bytes=sum(p.numel() * p.element_size() for p in model.parameters()),
    )


def place_of(source: str, models: Path) -> Path | str:
    """A folder with safetensors, or a hub's name as it stands. Raises SetupError, EngineError."""
    path = Path(source).expanduser()
    if path.is_file():
        from studio.engines.gguf import converted

        return converted(path, models)
    if path.exists():
        return path
    if "\\" in source or source.startswith((".", "/", "~")):
        raise SetupError(f"no model at {source}", hint="mend the setting copy_model")
    return source


def tokenizer_of(where: Path | str) -> Any:
    """The tokenizer, padding on the left. Raises SetupError."""
    import transformers

    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            where,
            local_files_only=isinstance(where, Path),
            trust_remote_code=False,
            padding_side="left",
        )
    except Exception as error:  # as above
        raise unreadable(str(where), error) from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def ends_of(generation: Any, tokenizer: Any) -> list[int]:
    """The tokens that end a reply, from a generation config and the tokenizer."""
    named = generation.eos_token_id
    ends: Sequence[int | None] = named if isinstance(named, list) else [named]
    return sorted({int(e) for e in (*ends, tokenizer.eos_token_id) if e is not None})


def room_of(config: Any) -> int:
    """Tokens of prompt and reply together that a model has room for."""
    return int(getattr(config, "max_position_embeddings", 4096))


def unreadable(source: str, error: Exception) -> SetupError:
    """The error for a model that cannot be loaded."""
    return SetupError(
        f"cannot load the model {source}: {str(error).splitlines()[0]}",
        hint="give a folder with safetensors and a tokenizer, a GGUF file, or a hub name; "
        "or pull an embedded one: studio models pull smollm2-135m-instruct",
    )


def text(loaded: Loaded, prompt: Prompt) -> str:
    """The prompt as the model wants it: its chat template, or worked examples to go on from."""
    if not loaded.chat:
        shown = [f"{user}\n{reply}" for user, reply in prompt.shots]
        return "\n\n".join([*shown, prompt.user]) + "\n"
    turns = [{"role": "system", "content": prompt.system}] if prompt.system else []
    for user, reply in prompt.shots:
        turns += [{"role": "user", "content": user}, {"role": "assistant", "content": reply}]
    turns.append({"role": "user", "content": prompt.user})
    try:
        return _template(loaded, turns)
    except Exception:  # templates are the model's own code: some refuse the role "system"
        first = turns[1]["content"] if prompt.system else turns[0]["content"]
        merged = [{"role": "user", "content": f"{prompt.system}\n\n{first}"}, *turns[2:]]
        return _template(loaded, merged)


def _template(loaded: Loaded, turns: list[dict[str, str]]) -> str:
    return str(
        loaded.tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
    )


def _placing(device: str) -> dict[str, Any]:
    """Where the weights go and how wide they are: bfloat16 where the hardware computes in it."""
    import torch

    if not device:
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device.startswith("cuda"):
        wide = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        return {"dtype": wide, "device_map": "auto" if device == "cuda" else device}
    if device == "mps":
        return {"dtype": torch.float16, "device_map": "mps"}
    fast = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return {"dtype": torch.bfloat16 if fast() else torch.float32}


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory() -> int:
    """Bytes of memory that are free to be taken."""
    import psutil  # comes with accelerate

    return int(psutil.virtual_memory().available)

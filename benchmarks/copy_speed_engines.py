"""The engines of benchmarks/copy_speed.py: each gives (count tokens of a text, answer prompts).

All run the same weights, SmolLM2 135M Instruct: as pulled (4 bits) in llama.cpp, in 8 bits in
OpenVINO GenAI, whose reader spoils 4 bits without a word.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from studio.engines import load as load_engine
from studio.engines import loading, weights
from studio.schema import Prompt

MODEL = "smollm2-135m-instruct"
Run = tuple[Callable[[str], int], Callable[[Sequence[Prompt]], Sequence[str]]]


def ours(name: str, level: str) -> Callable[[Path, int, int], Run]:
    """An engine of Studio, free or guarded."""

    def make(models: Path, threads: int, most: int) -> Run:
        engine = load_engine(
            "copy", name, model=MODEL, models=models, threads=threads, level=level, temperature=0
        )

        def run(prompts: Sequence[Prompt]) -> Sequence[str]:
            if level != "draft":  # of many lines, or a line would end what others go on with
                prompts = [p.model_copy(update={"purpose": "text"}) for p in prompts]
            replies: list[str] = engine._run(prompts, None, None)  # whatever is in them
            return replies

        tokenizer = engine._load("en").tokenizer
        return lambda text: _count(tokenizer, text), run

    return make


def loop(models: Path, threads: int, most: int) -> Run:
    """`transformers.pipeline`, called for one prompt after the other."""
    loading.set_up(threads)
    import transformers

    where = _folder(models)
    pipe: Any = transformers.pipeline("text-generation", model=str(where), device="cpu")
    tokenizer = pipe.tokenizer

    def run(prompts: Sequence[Prompt]) -> Sequence[str]:
        asked = _texts(tokenizer, prompts)
        options = {"max_new_tokens": most, "do_sample": False, "return_full_text": False}
        return [pipe(text, **options)[0]["generated_text"] for text in asked]

    return lambda text: _count(tokenizer, text), run


def genai(models: Path, threads: int, most: int) -> Run:
    """OpenVINO GenAI as it comes: continuous batching and its own prefix caching."""
    import openvino_genai as g

    tokenizer = loading.tokenizer_of(_folder(models))
    plan = g.SchedulerConfig()
    plan.cache_size, plan.max_num_seqs, plan.enable_prefix_caching = 2, 64, True
    pipe = g.LLMPipeline(
        str(eight_bits(models)), "CPU", scheduler_config=plan, INFERENCE_NUM_THREADS=threads
    )
    wanted = g.GenerationConfig()
    wanted.max_new_tokens, wanted.do_sample = most, False
    wanted.apply_chat_template = False
    wanted.eos_token_id = tokenizer.eos_token_id

    def run(prompts: Sequence[Prompt]) -> Sequence[str]:
        texts: Sequence[str] = pipe.generate(_texts(tokenizer, prompts), wanted).texts
        return texts

    return lambda text: _count(tokenizer, text), run


def llama_cpp(models: Path, threads: int, most: int) -> Run:
    """llama.cpp's server inside this process, 32 slots, with its prompt cache."""
    import xllamacpp

    tokenizer = loading.tokenizer_of(_folder(models))
    wanted: Any = xllamacpp.CommonParams()
    wanted.model.path = str(_file(models))
    wanted.n_ctx, wanted.n_parallel = 32 * 640, 32
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(wanted)

    def one(text: str) -> str:
        asked = {"prompt": text, "n_predict": most, "temperature": 0, "cache_prompt": True}
        reply = server.handle_completions(asked)
        read = json.loads(reply) if isinstance(reply, str | bytes) else reply
        return str(read["choices"][0]["text"] if "choices" in read else read["content"])

    def run(prompts: Sequence[Prompt]) -> Sequence[str]:
        with ThreadPoolExecutor(len(prompts)) as pool:
            return list(pool.map(one, _texts(tokenizer, prompts)))

    return lambda text: _count(tokenizer, text), run


def job_of(
    models: Path, first: Sequence[Prompt], batches: Sequence[Sequence[Prompt]]
) -> tuple[dict[str, Any], Callable[[str], int]]:
    """(what copy_speed_peer.py is asked, how tokens of its replies are counted)."""
    tokenizer = loading.tokenizer_of(_folder(models))
    job = {
        "file": str(_file(models)),
        "folder": str(_folder(models)),
        "first": _texts(tokenizer, first)[0],
        "batches": [_texts(tokenizer, batch) for batch in batches],
    }
    return job, lambda text: _count(tokenizer, text)


def eight_bits(models: Path) -> Path:
    """The pulled GGUF file with its matrices in Q8_0, made once."""
    import gguf
    import numpy as np

    out = models / "converted" / "smollm2-135m-instruct.q8_0.gguf"
    if out.is_file():
        return out
    reader = gguf.GGUFReader(_file(models))
    writer = gguf.GGUFWriter(out.with_suffix(".unfinished"), "llama")
    for field in reader.fields.values():
        kind = field.types[0] if field.types else None
        if field.name.startswith("GGUF.") or field.name == "general.architecture" or not kind:
            continue
        inner = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        value = 7 if field.name == "general.file_type" else field.contents()  # 7: mostly Q8_0
        writer.add_key_value(field.name, value, kind, inner)
    for tensor in reader.tensors:
        plain = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        wide = gguf.GGMLQuantizationType.Q8_0 if plain.ndim == 2 else gguf.GGMLQuantizationType.F32
        writer.add_tensor(tensor.name, gguf.quants.quantize(plain, wide), raw_dtype=wide)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    out.with_suffix(".unfinished").rename(out)
    return out


def _file(models: Path) -> Path:
    path = weights.find(MODEL, models)
    if path is None:
        raise SystemExit(f"not pulled: studio models pull {MODEL}")
    return path


def _folder(models: Path) -> Path:
    return Path(loading.place_of(str(_file(models)), models))


def _texts(tokenizer: Any, prompts: Sequence[Prompt]) -> list[str]:
    """The prompts as the model's chat template lays them out."""
    shell = loading.Loaded("", None, tokenizer, [], 0, 0, 0)
    return [loading.text(shell, prompt) for prompt in prompts]


def _count(tokenizer: Any, text: str) -> int:
    return len(tokenizer(text, add_special_tokens=False)["input_ids"])


ENGINES: dict[str, Callable[[Path, int, int], Run]] = {
    "loop": loop,
    "transformers": ours("transformers", "free"),
    "openvino": ours("openvino", "free"),
    "genai": genai,
    "llama.cpp": llama_cpp,
    "transformers, guarded": ours("transformers", "draft"),
    "openvino, guarded": ours("openvino", "draft"),
}

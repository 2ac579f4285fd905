"""A peer of copy_speed.py in an environment of its own, which needs nothing of Studio.

    PYTHON copy_speed_peer.py NAME < JOB

JOB is one JSON object: `file` (GGUF), `folder` (safetensors), `threads`, `tokens` to write at
most, `first` (one prompt, answered as part of the start) and `batches` (lists of prompts, laid out
by the model's chat template). Answers are lines of JSON on descriptor 3, replies as texts: who
asked counts their tokens.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

Run = Callable[[Sequence[str]], list[str]]


def llama_cpp_python(job: dict[str, Any]) -> Run:
    """llama-cpp-python as its interface has it: one prompt after the other."""
    from llama_cpp import Llama

    threads = job["threads"]
    model = Llama(
        job["file"], n_ctx=1024, n_threads=threads, n_threads_batch=threads, verbose=False
    )

    def one(text: str) -> str:
        reply = model.create_completion(text, max_tokens=job["tokens"], temperature=0)
        return str(reply["choices"][0]["text"])

    return lambda texts: [one(text) for text in texts]


def vllm(job: dict[str, Any]) -> Run:
    """vLLM's build for processors, in this process, with its continuous batching."""
    os.environ |= {
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        "VLLM_CPU_KVCACHE_SPACE": "2",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
    }
    from vllm import LLM, SamplingParams

    model = LLM(job["folder"], max_model_len=1024, max_num_seqs=64, enforce_eager=True)
    wanted = SamplingParams(temperature=0, max_tokens=job["tokens"])
    return lambda texts: [
        reply.outputs[0].text for reply in model.generate(list(texts), wanted, use_tqdm=False)
    ]


PEERS: dict[str, Callable[[dict[str, Any]], Run]] = {
    "llama-cpp-python": llama_cpp_python,
    "vllm": vllm,
}


def main(name: str) -> None:
    job = json.load(sys.stdin)
    begun = time.perf_counter()
    run = PEERS[name](job)
    run([job["first"]])
    say({"start": time.perf_counter() - begun, "start_cpu": time.process_time()})
    for texts in job["batches"]:
        wall, cpu = time.perf_counter(), time.process_time()
        replies = run(texts)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        say({"replies": replies, "wall": wall, "cpu": cpu})


def say(line: dict[str, Any]) -> None:
    os.write(3, (json.dumps(line) + "\n").encode())


if __name__ == "__main__":
    main(sys.argv[1])

"""Speed of the copy engines beside others: tokens/s, listings/min and start, in the same run.

    python benchmarks/copywriting.py speed --rounds 3 --out speed.json

Every engine runs in a process of its own, one after the other, round by round; the table shows
medians. The task is the description prompt of the shipped products without its examples (some 110
tokens), greedy, up to 48 tokens, with the reading of the prompt in the time. Tokens are counted by
one tokenizer from the texts. "tokens/CPU s" is what a busy machine disturbs least.
`--rounds 0 --out FILE` prints the table of rounds that were measured before.
Peers that want an environment of their own are run by its Python, where one is named:
`--peer llama-cpp-python=/path/to/python --peer vllm=/path/to/python`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml
from copy_speed_engines import ENGINES, job_of
from copy_speed_peer import PEERS

from studio import prompting, settings
from studio.data import folder
from studio.schema import Attribute, Brief, Facts, Product, Prompt

BATCHES = (1, 8, 32)
TOKENS = 48
LOOP = 2  # prompts of a loop: its speed does not depend on how many there are
LOOPS = ("loop", "llama-cpp-python")


def prompts(count: int, first: int = 0) -> list[Prompt]:
    """So many descriptions to write, from number `first` on: the shipped products, over and over.

    Each has a weight of its own, told first: what prompts have in common is the task and not the
    product, as in a catalog, and no batch finds in a cache what an earlier one asked.
    """
    shipped = folder("assets") / "doctor" / "copy.yaml"
    rows = yaml.safe_load(shipped.read_text("utf-8"))["en-US"]
    out = []
    for number in range(first, first + count):
        row = rows[number % len(rows)]
        facts = {"Weight": f"{200 + number} g", **row["facts"]}  # unlike from the first fact on
        known = tuple(Attribute(name=k, value=str(v)) for k, v in facts.items())
        held = Facts(title=row["title"], category=row["category"], attributes=known)
        product = Product(id=str(number), locale="en-US", facts={"en-US": held})
        filled = prompting.render("description", product, Brief(channel="x", locale="en-US"), {})
        out.append(filled.model_copy(update={"max_tokens": TOKENS, "seed": 0, "shots": ()}))
    return out


def work(name: str, threads: int) -> None:
    """One engine in this process: its start, then each batch, as lines of JSON."""
    begun = time.perf_counter()
    count, run = ENGINES[name](settings.load().models, threads, TOKENS)
    run(prompts(1))
    # The parent adds what Python itself took; the first reply is part of a start.
    say({"start": time.perf_counter() - begun, "start_cpu": time.process_time()})
    for batch in BATCHES:
        asked = prompts(_size(name, batch), first=100 * batch)
        wall, cpu = time.perf_counter(), time.process_time()
        texts = run(asked)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        tokens = sum(count(text) for text in texts)
        say({"batch": batch, "texts": len(texts), "tokens": tokens, "wall": wall, "cpu": cpu})


def _size(name: str, batch: int) -> int:
    return min(batch, LOOP) if name in LOOPS else batch


def say(line: dict[str, Any]) -> None:
    os.write(3, (json.dumps(line) + "\n").encode())


def measure(name: str, threads: int, python: str = "") -> list[dict[str, Any]]:
    """What one process of an engine did; nothing when it cannot run here. `python`: of a peer."""
    asked, count, command = "", None, [sys.executable, __file__, "--worker", name]
    command += ["--threads", str(threads)]
    if name in PEERS:
        batches = [prompts(_size(name, batch), first=100 * batch) for batch in BATCHES]
        job, count = job_of(settings.load().models, prompts(1), batches)
        asked = json.dumps({**job, "threads": threads, "tokens": TOKENS})
        command = [python, str(Path(__file__).with_name("copy_speed_peer.py")), name]
    read, write = os.pipe()
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "passive",
        "TOKENIZERS_PARALLELISM": "false",
    }
    process = subprocess.Popen(
        ["/bin/sh", "-c", f'exec "$@" 3>&{write}', "sh", *command],
        env=environment,
        pass_fds=[write],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(write)
    with os.fdopen(read) as lines:
        _, errors = process.communicate(asked)
        found = [json.loads(line) for line in lines]
    for line, batch in zip(found[1:], BATCHES, strict=False):
        if count and (replies := line.pop("replies", None)) is not None:
            tokens = sum(count(reply) for reply in replies)
            line |= {"batch": batch, "texts": len(replies), "tokens": tokens}
    if process.returncode:
        reason = (errors.strip().splitlines() or ["?"])[-1]
        print(f"{name}: {reason[:120]}", file=sys.stderr)
    return [] if process.returncode else found


def table(rounds: Sequence[dict[str, list[dict[str, Any]]]]) -> str:
    """The medians as a markdown table, each beside the loop's."""
    heads = ["engine", "start, CPU s"]
    heads += [f"{what}, batch {b}" for b in BATCHES for what in ("tokens/CPU s", "listings/min")]
    heads += ["x the loop at 32"]
    rows = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]

    def median(name: str, value: Callable[[dict[str, Any]], float], batch: int) -> float:
        seen = [
            value(line)
            for one in rounds
            for line in one.get(name, [])
            if line.get("batch", 0) == batch
        ]
        return statistics.median(seen) if seen else float("nan")

    base = median("loop", lambda x: x["tokens"] / x["cpu"], 32)
    for name in (*ENGINES, *PEERS):
        if not any(one.get(name) for one in rounds):
            rows.append(f"| {name} | not installed |" + " |" * (len(heads) - 2))
            continue
        cells = [name, f"{median(name, lambda x: x['start_cpu'], 0):.1f}"]
        for batch in BATCHES:
            rate = median(name, lambda x: x["tokens"] / x["cpu"], batch)
            made = median(name, lambda x: 60 * x["texts"] / x["wall"], batch)
            cells += [f"{rate:.0f}", f"{made:.0f}"]
        best = median(name, lambda x: x["tokens"] / x["cpu"], 32)
        rows.append("| " + " | ".join([*cells, f"{best / base:.1f}"]) + " |")
    return "\n".join(rows)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--engines", nargs="*", default=list(ENGINES), choices=list(ENGINES))
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    parser.add_argument("--out", type=Path, help="rounds are kept here, and added to")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    asked = parser.parse_args(argv)
    if asked.worker:
        work(asked.worker, asked.threads)
        return 0
    peers = dict(peer.split("=", 1) for peer in asked.peer)
    if unknown := peers.keys() - PEERS:
        parser.error(f"no such peer: {', '.join(unknown)}; there are {', '.join(PEERS)}")
    rounds = json.loads(asked.out.read_text()) if asked.out and asked.out.exists() else []
    for _ in range(asked.rounds):
        rounds.append({})
        for name in (*asked.engines, *peers):
            rounds[-1][name] = measure(name, asked.threads, peers.get(name, ""))
            if asked.out:
                asked.out.write_text(json.dumps(rounds))
    print(table(rounds))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

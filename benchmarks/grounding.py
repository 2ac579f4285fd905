"""CPU time of the claim ledger, beside a bare scan of the same text for its literals.

    python benchmarks/grounding.py COPY.jsonl [MORE.jsonl ...] [--hostile]

COPY: one item a line: {"lang": "zh" | "en", "text": ...}, and other keys that are not read. The
texts of a language are joined and cut into documents of 400 characters. Each document is read
anew (the ledger's memory of known texts is emptied) against ten facts. "dense": the documents with
16 claims or more. "again": the same document once more, as when another field was edited.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

_BEGIN = time.process_time()
from studio.schema import Attribute, Context  # noqa: E402

_SCHEMA = time.process_time()
from studio import grounding  # noqa: E402
from studio.grounding.words import _automaton  # noqa: E402

_IMPORTED = time.process_time()

FACTS = {
    "zh": "容量=1.5 L|重量=480 g|材质=304不锈钢|产地=中国|颜色=藏青色|保温时间=12小时"
    "|功能=定时、蓝牙|质保=2年|尺寸=20x8x8 cm|成分=棉65% 聚酯纤维35%",
    "en": "capacity=1.5 L|weight=480 g|material=304 stainless steel|origin=China|colour=navy"
    "|cold_retention=12 h|features=timer, bluetooth|warranty=2 years|dimensions=20 x 8 x 8 cm"
    "|composition=60% cotton, 40% polyester",
}
HOSTILE = (
    *("1,", "1,234,", "1-2-3-4-", "5kg ", "3x4x", "cotton ", "纯棉", "sugar free ", "通过", "半"),
    *("half a ", "one hundred and ", "(", "[({", "• item 5 cm\n", "ce认证编号abc123", "a1-", " "),
)


def context(language: str) -> Context:
    pairs = (pair.partition("=") for pair in FACTS[language].split("|"))
    attributes = tuple(Attribute(name=name, value=value) for name, _, value in pairs)
    return Context(language=language, attributes=attributes, name="kettle 水壶")


def documents(paths: list[Path]) -> dict[str, list[str]]:
    """Language -> texts of 400 characters."""
    joined: dict[str, str] = defaultdict(str)
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            joined[item["lang"]] += item["text"] + "\n"
    return {
        language: [text[i : i + 400] for i in range(0, len(text) - 399, 400)]
        for language, text in joined.items()
        if language in FACTS
    }


def microseconds(work: Callable[[str], object], texts: list[str], rounds: int = 5) -> float:
    """Median CPU time of one text; the machine's other work does not count."""
    times = []
    for _ in range(rounds):
        for text in texts:
            start = time.process_time_ns()
            work(text)
            times.append((time.process_time_ns() - start) / 1000)
    return statistics.median(times) if times else float("nan")


def speed(title: str, texts: list[str], facts: Context) -> None:
    bare, _ = _automaton()

    def read(text: str) -> int:
        return len(grounding.ground({"description": text}, facts))

    def anew(text: str) -> int:
        grounding._read.cache_clear()
        return read(text)

    claims = statistics.mean(read(text) for text in texts) if texts else 0.0
    fresh = microseconds(anew, texts)
    again = microseconds(read, texts[:200])
    scan = microseconds(lambda t: bare.find_matches_as_indexes(t.lower(), overlapping=True), texts)
    print(
        f"{title:9s} {len(texts):4d} texts, {claims:4.1f} claims each: {fresh:5.0f} us, "
        f"again {again:4.0f} us, bare scan {scan:4.0f} us"
    )


def hostile(size: int = 1_000_000) -> None:
    for word in HOSTILE:
        start = time.process_time()
        found = grounding.ground({"t": word * (size // len(word))}, context("en"))
        seconds = time.process_time() - start
        print(f"{word!r} for {size} characters: {seconds:5.1f} s, {len(found)} claims")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("copy", type=Path, nargs="+")
    parser.add_argument("--hostile", action="store_true", help="one word, over and over")
    options = parser.parse_args()
    start = time.process_time()
    grounding.ground({"t": "藏青色保温杯1.5 L, made in Italy, CE certified"}, context("en"))
    first = time.process_time() - start
    print(
        f"import {1000 * (_IMPORTED - _SCHEMA):.0f} ms, first call {1000 * first:.0f} ms "
        f"(pydantic and the schema before: {1000 * (_SCHEMA - _BEGIN):.0f} ms)"
    )
    for language, texts in sorted(documents(options.copy).items()):
        facts = context(language)
        dense = [t for t in texts if len(grounding.ground({"description": t}, facts)) >= 16]
        speed(language, texts, facts)
        if dense:
            speed(f"{language} dense", dense, facts)
    if options.hostile:
        hostile()


if __name__ == "__main__":
    main()

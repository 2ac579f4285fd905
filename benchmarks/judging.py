"""How often a model's second opinion on a finding is right.

    python benchmarks/judging.py LABELLED.jsonl [--engine transformers --model NAME] [--each 30]

Asked are open findings in texts that are labelled a violation (right: keep or raise), and
candidates in texts that are labelled clean, which the rules cleared, as if nothing had cleared them
(right: lower). `usable` is the share of answers that are one JSON object of ours; of an answer that
is not, nothing is taken, so that finding stays as it is.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from studio import engines
from studio.compliance import load
from studio.compliance.cutting import sentence_of
from studio.compliance.items import context_of
from studio.compliance.judge import Question
from studio.compliance.rules import Rules
from studio.copywriter import Second
from studio.errors import EngineError
from studio.grounding import ground
from studio.schema import Brief, Facts, Product


def questions(rules: Rules, item: Mapping[str, Any]) -> Iterator[tuple[str, Question]]:
    """("keep" or "lower", question) for the item's findings, by its label."""
    context, field = context_of(item), item.get("field") or "description"
    texts = {field: item["text"]}
    wrong = item["label"] == "violation"
    for finding in rules.check(texts, context, ground(texts, context)):
        if bool(finding.cleared) is not wrong:
            start, end = sentence_of(item["text"], finding.start, finding.end)
            asked = finding.model_copy(update={"cleared": ""})
            right = "keep" if wrong else "lower"
            yield right, Question(asked, item["text"][start:end].strip(), context)


def product_of(question: Question) -> tuple[Product, Brief]:
    """What the judge is shown of the goods."""
    context = question.context
    locale = "zh-CN" if context.language == "zh" else "en-US"
    facts = Facts(title=context.name or "?", attributes=context.attributes)
    return Product(id="P", locale=locale, facts={locale: facts}), Brief(channel="x", locale=locale)


def told(engine: Any, asked: Sequence[tuple[str, Question]]) -> Counter[tuple[str, str, str]]:
    """How often (language, right, said) came; said is a verdict or "" for no usable answer."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for right, question in asked:
        try:
            opinion = Second(engine, *product_of(question)).opinions([question])[0]
        except EngineError:  # "repeats itself without end": the studio notes it and takes nothing
            opinion = None
        said = opinion.verdict if opinion else ""
        counts[question.context.language, right, said] += 1
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labelled", type=Path)
    parser.add_argument("--engine", default="transformers")
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--models", type=Path, help="the folder of models")
    parser.add_argument("--each", type=int, default=30, help="questions a language and kind")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rules = load()
    lines = options.labelled.read_text(encoding="utf-8").splitlines()
    pool = [q for line in lines if line.strip() for q in questions(rules, json.loads(line))]
    random.Random(options.seed).shuffle(pool)
    places = {"models": options.models} if options.models else {}
    # Asked whatever it is trusted with: its trust is what is measured.
    engine = engines.load("copy", options.engine, model=options.model, level="guarded", **places)
    asked = []
    for language in ("zh", "en"):
        for right in ("keep", "lower"):
            mine = [p for p in pool if p[0] == right and p[1].context.language == language]
            asked += mine[: options.each]
    start = time.process_time()
    counts = told(engine, asked)
    print(f"{len(asked)} questions, {(time.process_time() - start) / len(asked):.1f} s CPU each")
    print(f"{'':4s} {'finding':8s} {'n':>4s}   keep  raise  lower unusable")
    for language in ("zh", "en"):
        for right in ("keep", "lower"):
            row = [counts[language, right, said] for said in ("keep", "raise", "lower", "")]
            name = "right" if right == "keep" else "wrong"
            print(f"{language:4s} {name:8s} {sum(row):4d} " + " ".join(f"{n:6d}" for n in row))


if __name__ == "__main__":
    main()

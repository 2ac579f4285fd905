"""Quality and speed of the compliance checker, beside what a plain word list does.

    python benchmarks/compliance.py LABELLED.jsonl [--copy DIR] [--errors] [--no-claims]

LABELLED: one item a line: {"id", "lang", "jurisdiction", "platform", "category", "field",
"attributes", "evidence", "text", "label": "violation" | "clean", "spans": [[start, end, id, ...]],
"tags": [...]}. DIR: zh.jsonl and en.jsonl of ordinary copy, where a finding is a false alarm.
Everything is counted twice: with the hints of likeness, as a scorer of the findings would, and by
the rules alone, whose verdict is "violation".
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ahocorasick_rs

from studio.compliance import likeness, load
from studio.compliance.items import context_of
from studio.compliance.rules import Rules
from studio.grounding import ground
from studio.schema import Context, Finding

NAIVE = """
最 第一 唯一 首个 首选 顶级 极品 国家级 独家 绝对 永久 万能 100% 百分百 冠军 全网最低 特供 专供
治疗 治愈 疗效 癌 糖尿病 高血压 减肥 瘦身 美白 祛斑 防脱 抗菌 杀菌 消毒 专利 认证 原价 免费
医生 专家 包过 保本 升值 分钟 风水 开光 环保 微信 best first no.1 #1 only never guaranteed cure
treat free organic natural certified approved doctor kills eco-friendly sustainable lowest
""".split()  # noqa: SIM905


@dataclass
class Tally:
    """Counts of items and spans for one group."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0
    spans: int = 0
    found: int = 0
    same_id: int = 0

    def add(self, wanted: bool, hit: bool) -> None:
        self.tp += wanted and hit
        self.fn += wanted and not hit
        self.fp += (not wanted) and hit
        self.tn += not (wanted or hit)

    def row(self) -> str:
        recall = self.tp / (self.tp + self.fn) if self.tp + self.fn else math.nan
        passed = self.tn / (self.tn + self.fp) if self.tn + self.fp else math.nan
        f1 = 2 * self.tp / (2 * self.tp + self.fp + self.fn) if self.tp else 0.0
        squares = (self.tp + self.fp) * (self.tp + self.fn) * (self.tn + self.fp)
        root = math.sqrt(squares * (self.tn + self.fn))
        mcc = (self.tp * self.tn - self.fp * self.fn) / root if root else math.nan
        spans = self.found / self.spans if self.spans else math.nan
        ids = self.same_id / self.spans if self.spans else math.nan
        items = self.tp + self.fp + self.fn + self.tn
        cells = ((recall + passed) / 2, mcc, f1, 1 - passed, spans, ids)
        return f"{items:5d} " + " ".join(f"{cell:8.3f}" for cell in cells)


HEAD = "    n  bal.acc.      MCC       F1  clean-fl  span-rec  id-agree"


@dataclass
class Board:
    """Tallies by group: all, language, jurisdiction, tag."""

    groups: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))

    def add(self, item: Mapping[str, Any], places: Sequence[tuple[int, int, str]]) -> bool:
        """Counts an item with the places that were found; whether the verdict was right."""
        wanted = item["label"] == "violation"
        names = {"all", item["lang"], item["jurisdiction"]}
        names |= {"tag:" + tag.split(":")[0] for tag in item.get("tags", ())}
        for name in names:
            tally = self.groups[name]
            tally.add(wanted, bool(places))
            for start, end, topic, *_ in item.get("spans", ()):
                over = [p for p in places if p[0] < end and p[1] > start]
                tally.spans += 1
                tally.found += bool(over)
                tally.same_id += any(p[2] == topic for p in over)
        return bool(wanted == bool(places))

    def show(self, title: str) -> None:
        print(f"\n{title:24s} {HEAD}")
        for name in sorted(self.groups, key=lambda n: (n != "all", ":" in n, n)):
            print(f"{name:24s} {self.groups[name].row()}")


def judged(rules: Rules, item: Mapping[str, Any], claims: bool) -> list[Finding]:
    """The uncleared findings of an item."""
    context = context_of(item)
    texts = {item.get("field") or "description": item["text"]}
    ledger = ground(texts, context) if claims else ()
    return [f for f in rules.check(texts, context, ledger) if not f.cleared]


def graver(found: Iterable[Finding]) -> list[Finding]:
    """What rules say, without the hints of likeness."""
    return [f for f in found if f.rule != likeness.RULE]


def quality(rules: Rules, items: Sequence[Mapping[str, Any]], claims: bool, errors: bool) -> None:
    ours, alone, naive = Board(), Board(), Board()
    for item in items:
        found = judged(rules, item, claims)
        right = ours.add(item, [(f.start, f.end, f.id) for f in found])
        alone.add(item, [(f.start, f.end, f.id) for f in graver(found)])
        low = item["text"].lower()
        naive.add(item, [(low.find(w), low.find(w) + len(w), "") for w in NAIVE if w in low])
        if errors and not right:
            print(item["id"], item["label"], item["text"], [(f.rule, f.match) for f in found])
    ours.show("the checker, with hints")
    alone.show("its rules alone")
    naive.show(f"a list of {len(NAIVE)} words")


def copy_items(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def false_alarms(rules: Rules, folder: Path) -> None:
    """The share of ordinary copy that gets any finding, read by the whole check.

    With hints and without, and three times: with nothing on file, with the product's title only,
    with all its attributes.
    """
    for name, markets in (("zh", ("CN",)), ("en", ("US", "EU", "UK"))):
        items = copy_items(folder / f"{name}.jsonl")
        for market in markets:
            cells = []
            for title, sheet in SHEETS.items():
                known = [
                    item | {"jurisdiction": market, "attributes": sheet(item)} for item in items
                ]
                found = [judged(rules, item, claims=True) for item in known]
                flagged, grave = sum(map(bool, found)), sum(bool(graver(each)) for each in found)
                share, without = flagged / len(items), grave / len(items)
                cells.append(
                    f"{title} {flagged} = {share:.2%} (rules alone {grave} = {without:.2%})"
                )
            print(f"{name}.jsonl as {market}, flagged of {len(items)}: " + ", ".join(cells))


SHEETS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "nothing on file": lambda item: {},
    "title on file": lambda item: {"product": item["title"]},
    "all on file": lambda item: {**(item.get("attrs") or {}), "product": item["title"]},
}


def microseconds(
    work: Callable[[str, int], object], documents: Sequence[str], rounds: int = 5
) -> float:
    """Median CPU time of one document; the machine's other work does not count."""
    times = []
    for number in range(rounds):
        for document in documents:
            start = time.process_time_ns()
            work(document, number)
            times.append((time.process_time_ns() - start) / 1000)
    return statistics.median(times)


def speed(rules: Rules, title: str, texts: Iterable[tuple[str, str]]) -> None:
    """Time of a check of 400 characters, without and with the ledger, and of a bare scan for the
    same literals. Each round names the field anew, so that the ledger's memory does not help."""
    joined: dict[str, str] = defaultdict(str)
    for language, text in texts:
        joined[language] += text + "\n"
    for language, text in sorted(joined.items()):
        documents = [text[i : i + 400] for i in range(0, len(text) - 399, 400)]
        market = "CN" if language == "zh" else "US"
        context = context_of({"lang": language, "jurisdiction": market, "category": "home"})
        literals = rules.literals((market,))
        bare = ahocorasick_rs.AhoCorasick(literals)

        def alone(document: str, _: int, context: Context = context) -> object:
            return rules.check({"description": document}, context)

        def whole(document: str, number: int, context: Context = context) -> object:
            texts = {f"description.{number}": document}
            return rules.check(texts, context, ground(texts, context))

        def scan(document: str, _: int, bare: ahocorasick_rs.AhoCorasick = bare) -> object:
            return bare.find_matches_as_indexes(document.lower())

        for document in documents:  # patterns compile when they are first needed
            whole(document, -1)
        size = statistics.mean(len(d.encode()) for d in documents)
        cells = [
            f"{name} {micros:.0f} us ({size / micros:.2f} MB/s)"
            for name, work in (("rules", alone), ("rules and ledger", whole), ("bare scan", scan))
            for micros in (microseconds(work, documents),)
        ]
        print(f"{title} {language}, 400 characters: {', '.join(cells)} of {len(literals)} literals")


def first_check(rules: Rules) -> float:
    """Milliseconds of CPU for the first check of a market, which builds its automaton."""
    start = time.process_time()
    rules.check({"description": "全网最好的壶"}, context_of({"lang": "zh", "jurisdiction": "CN"}))
    return (time.process_time() - start) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labelled", type=Path)
    parser.add_argument("--copy", type=Path, help="folder with zh.jsonl and en.jsonl")
    parser.add_argument("--errors", action="store_true", help="show wrong verdicts")
    parser.add_argument("--no-claims", action="store_true", help="without the claim ledger")
    options = parser.parse_args()
    start = time.process_time()
    rules = load()
    loading = (time.process_time() - start) * 1000
    first = first_check(rules)
    print(f"{len(rules.rules)} rules: loading {loading:.0f} ms CPU, the first check {first:.0f} ms")
    lines = options.labelled.read_text(encoding="utf-8").splitlines()
    items = [json.loads(line) for line in lines if line.strip()]
    quality(rules, items, not options.no_claims, options.errors)
    print()
    if options.copy:
        false_alarms(rules, options.copy)
        ordinary = [i for n in ("zh", "en") for i in copy_items(options.copy / f"{n}.jsonl")]
        speed(rules, "ordinary copy", ((i["lang"], i["text"]) for i in ordinary))
    speed(rules, "labelled text", ((i["lang"], i["text"]) for i in items))


if __name__ == "__main__":
    main()

"""What share of findings get a rewrite, what share of those texts pass, and texts to be read.

    python benchmarks/rewrites.py [LABELLED.jsonl ...] [--read 80 --seed 1]

Texts: the cases of all shipped rules that must hit, tests/data/rewrites.jsonl (120 sentences by the
author of the rewrites), and the violations of the files given. Each is measured alone; alone with
a product on file (its name, a material or size), of which a plain sentence can be made; and in a
listing: with a harmless sentence before and behind it, where a whole sentence may go.
A text *passes* when every finding got a rewrite and nothing is found after all were made.
`--read`: so many of the texts that pass, drawn by the seed, half of them Chinese.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from studio.checks import examine
from studio.compliance import load
from studio.compliance.cases import trials
from studio.compliance.fixing import rewrite
from studio.compliance.items import context_of
from studio.compliance.rules import Rules
from studio.schema import Attribute, Context

OWN = Path(__file__).parents[1] / "tests/data/rewrites.jsonl"
ROUND = {
    "zh": ("细节请看图片。", "颜色可在上方选择。"),
    "en": ("See the pictures for details. ", "Choose your colour above."),
}


# What a text without a product of its own is about, by category: a name, and a fact.
GOODS = {
    "zh": {
        "food": ("枸杞原浆", "净含量", "500毫升"),
        "supplement": ("维生素片", "净含量", "60克"),
        "alcohol": ("高粱酒", "净含量", "500毫升"),
        "cosmetics": ("保湿面霜", "净含量", "50克"),
        "apparel": ("圆领毛衣", "材质", "羊毛"),
        "children": ("木制积木", "材质", "榉木"),
        "medical_device": ("低频理疗仪", "尺寸", "12×8厘米"),
        "electronics": ("蓝牙耳机", "重量", "45克"),
        "cleaning": ("多用途清洁剂", "净含量", "500毫升"),
        "pesticide": ("杀虫喷雾", "净含量", "600毫升"),
        "education": ("英语阅读课", "", ""),
        "finance": ("货币基金", "", ""),
        "real_estate": ("两居室公寓", "", ""),
        "": ("玻璃水杯", "材质", "高硼硅玻璃"),
    },
    "en": {
        "food": ("Ginger Tea", "Net weight", "40 g"),
        "supplement": ("Multivitamin Tablets", "Net weight", "60 g"),
        "alcohol": ("Dry Gin", "Volume", "70 cl"),
        "cosmetics": ("Day Cream", "Volume", "50 ml"),
        "apparel": ("Crew Neck Jumper", "Material", "wool"),
        "children": ("Wooden Blocks", "Material", "beech"),
        "medical_device": ("TENS Unit", "Size", "12 x 8 cm"),
        "electronics": ("Wireless Headphones", "Weight", "45 g"),
        "cleaning": ("Surface Cleaner", "Volume", "500 ml"),
        "pesticide": ("Insect Spray", "Volume", "600 ml"),
        "education": ("English Reading Course", "", ""),
        "finance": ("Money Market Fund", "", ""),
        "real_estate": ("Two-Bedroom Flat", "", ""),
        "": ("Glass Tumbler", "Material", "borosilicate glass"),
    },
}


class Item(NamedTuple):
    source: str
    text: str
    field: str
    context: Context


class Done(NamedTuple):
    """A text with the count of its findings and rewrites, and what became of it."""

    item: Item
    findings: int
    offered: int
    after: str
    left: int


def items(rules: Rules, files: list[Path]) -> Iterator[Item]:
    for trial in trials(rules):
        if trial.hit:
            yield Item("rule cases", trial.text, trial.field, trial.context)
    for path in (OWN, *files):
        for line in path.read_text(encoding="utf-8").splitlines():
            item: Mapping[str, Any] = json.loads(line)
            if item.get("label", "violation") == "violation":
                yield Item(path.name, item["text"], item["field"], context_of(item))


def language_of(item: Item) -> str:
    return "zh" if any("\u4e00" <= c <= "\u9fff" for c in item.text) else "en"


def stocked(item: Item) -> Item:
    """The text of a product that is on file, where it has none."""
    if item.context.name:
        return item
    goods = GOODS[language_of(item)]
    name, fact, value = goods.get(item.context.category) or goods[""]
    more = (Attribute(name=fact, value=value),) if fact else ()
    known = {"name": name, "attributes": (*item.context.attributes, *more)}
    return item._replace(context=item.context.model_copy(update=known))


def listed(item: Item) -> Item:
    """The text between two harmless sentences, as in a listing; a title stays as it is."""
    if item.field == "title":
        return item
    language = language_of(item)
    before, behind = ROUND[language]
    text = item.text.strip()
    text += "" if text[-1] in "。！？.!?" else "。" if language == "zh" else "."
    space = "" if language == "zh" else " "
    return item._replace(text=f"{before}{text}{space}{behind}", field="description")


def done(item: Item, rules: Rules) -> Done | None:
    """All rewrites made; None where nothing is found without a product."""
    texts = {item.field: item.text}
    _, findings = examine(texts, item.context, rules)
    found = [f for f in findings if not f.cleared]
    if not found:
        return None
    for _ in range(12):
        better = rewrite(texts, [f.model_copy(update={"safe": True}) for f in findings])
        if better == texts:
            break
        texts = better
        _, findings = examine(texts, item.context, rules)
    left = sum(not f.cleared for f in findings)
    return Done(item, len(found), sum(f.edit is not None for f in found), texts[item.field], left)


def row(name: str, found: list[Done]) -> str:
    n, offered = sum(d.findings for d in found), sum(d.offered for d in found)
    whole = [d for d in found if d.findings == d.offered]
    passed = sum(not d.left for d in whole)
    share = passed / len(whole) if whole else 0
    return f"{name:24s} {len(found):6d} {n:9d} {offered / n:11.3f} {share:12.3f}"


FRAMES: Mapping[str, Callable[[Item], Item]] = {
    "alone": lambda item: item,
    "alone, on file": stocked,
    "in a listing": listed,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labelled", type=Path, nargs="*")
    parser.add_argument("--read", type=int, default=0, help="print so many rewritten texts")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rules = load()
    known = list(items(rules, options.labelled))
    drawn: list[Done] = []
    for title, framed in FRAMES.items():
        start = time.process_time()
        tried = [done(framed(i), rules) for i in known]
        found = [d for d in tried if d is not None]
        seconds = time.process_time() - start
        print(f"{title:24s} {'texts':>6s} {'findings':>9s} {'with rewr.':>11s} {'texts pass':>12s}")
        for name in Counter(d.item.source for d in found):
            print(row(name, [d for d in found if d.item.source == name]))
        print(row("all", found))
        print(f"{1000 * seconds / len(tried):.1f} ms CPU a text, rounds and checks included\n")
        for each in (d for d in found if d.left and d.findings == d.offered):
            print(f"left: {each.item.text} -> {each.after}")
        drawn += [d for d in found if d.after != d.item.text and (d.left == 0)]
    random.Random(options.seed).shuffle(drawn)
    for language in ("zh", "en"):
        own = [d for d in drawn if language_of(d.item) == language]
        for each in own[: options.read // 2]:
            print(f"{each.item.text}\n  -> {each.after}")


if __name__ == "__main__":
    main()

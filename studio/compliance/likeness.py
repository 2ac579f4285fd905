"""What a sentence reads like: a linear reader that learnt from labelled sentences.

Rules name what the law names. Shops also say the same in images, hints and stories that no list of
words foresees. Where no rule spoke, each sentence is weighed by its runs of characters or words:
score = bias + sum of the weights of its distinct runs / sqrt(their number), and above 0 the same of
the topic that they lean to most. From the bar on it is shown to a reviewer as what it reads like: a
hint of low severity, for no article forbids a likeness. The weights are data
(`benchmarks/likeness.py` learns them): the same sentence always gets the same answer.
"""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from operator import add
from typing import NamedTuple

from studio.compliance.shelf import Loaded
from studio.compliance.spec import Rule, Topic
from studio.schema import Severity

RULE = "ML.LIKENESS"  # the name under which its findings stand
LANGUAGES = ("en", "zh")
_HAN = re.compile(r"[\u3400-\u9fff]")
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[\w%']+|[?!$£€]")
_CLAUSE = re.compile(r"[^,:;。!?]+")
_SAYS = {
    "en": "“{{match}}” reads like {topic}; no rule names these words",
    "zh": "“{{match}}”读起来像“{topic}”，没有规则逐字写到它",
}
_ADVICE = {
    "en": "keep it if it says nothing of the kind; else say the plain fact, or leave it out",
    "zh": "如果没有这个意思，可以保留；否则请改成能核实的事实，或者删去",
}
FEWEST = 4  # runs that must be known: fewer tell nothing
SHORTEST = {"en": 5, "zh": 6}  # words, characters: a label and its value read like nothing


class Like(NamedTuple):
    """What a sentence reads like. `start`, `end`: the clause of it that does most."""

    topic: str
    start: int
    end: int


@dataclass(frozen=True)
class Likeness:
    """The reader of one language. `leanings`: for a run, the number of a topic and how much it
    speaks for it, in turns."""

    language: str
    bar: float
    bias: float
    topics: Sequence[str]
    weights: Mapping[str, float]
    leanings: Mapping[str, Sequence[float]]

    def read(self, text: str) -> tuple[float, str]:
        """(score, topic) of a normalised sentence; one that reads innocent has no topic."""
        if _length(text, self.language) < SHORTEST[self.language]:
            return -math.inf, ""  # as half of all English lines are
        grams = grams_of(text, self.language)
        known = self.weights.keys() & grams
        if len(known) < FEWEST:
            return -math.inf, ""
        length = math.sqrt(len(grams))
        score = self.bias + math.fsum(map(self.weights.__getitem__, known)) / length
        if score <= 0:
            return score, ""
        leaning: defaultdict[int, float] = defaultdict(float)
        for gram in sorted(self.leanings.keys() & known):
            told = self.leanings[gram]
            for number, much in zip(told[::2], told[1::2], strict=True):
                leaning[int(number)] += much
        best = max(leaning, key=lambda number: leaning[number], default=-1)
        if best < 0:
            return score, ""
        return score + leaning[best] / length, self.topics[best]

    def of(self, text: str, topics: Collection[str]) -> Like | None:
        """What a normalised sentence reads like among the topics; None below the bar."""
        score, topic = self.read(text)
        if score < self.bar or topic not in topics:
            return None
        clauses = [found for found in _CLAUSE.finditer(text) if found[0].strip(" .")]
        if not clauses:
            return None
        most = max(clauses, key=lambda found: self.read(found[0])[0])
        start = most.start() + len(most[0]) - len(most[0].lstrip())
        return Like(topic, start, most.start() + len(most[0].rstrip(" .")))


def grams_of(text: str, language: str) -> set[str]:
    """The distinct runs of a sentence: of one to three characters in Chinese; in English of one
    to three words, and of four or five letters within a word. All numbers are alike."""
    text = _DIGITS.sub("0", text)
    if language == "zh":
        line = "^" + text.strip(" .。;\n") + "$"
        two = list(map(add, line, line[1:]))
        return {*line, *two, *map(add, two, line[2:])}
    words = ["^", *_WORD.findall(text), "$"]
    pairs = list(map(" ".join, pairwise(words)))
    grams = {*words, *pairs, *map(" ".join, zip(pairs, words[2:], strict=False))}
    return grams.union(*map(_letters, words))


def _length(text: str, language: str) -> int:
    if language == "zh":
        return len(_DIGITS.sub("0", text).strip(" .。;\n"))
    return len(text.split())


@lru_cache(10_000)
def _letters(word: str) -> frozenset[str]:
    return frozenset(
        "#" + word[at : at + size] for size in (4, 5) for at in range(len(word) - size + 1)
    )


def language_of(text: str) -> str:
    return "zh" if _HAN.search(text) else "en"


def of(text: str, topics: Collection[str]) -> Like | None:
    """What a normalised sentence reads like among the topics; None when like none of them."""
    return load(language_of(text)).of(text, topics)


def rule_of(topic: str, told: Topic, rules: Sequence[Loaded]) -> Loaded:
    """Stands for the rules of a topic, with their markets and articles."""
    basis: dict[str, tuple[str, ...]] = {}
    for each in rules:
        for market in each.markets:
            basis[market] = basis.get(market) or each.basis.get(market, ())
    rule = Rule(
        id=RULE,
        taxonomy=topic,
        severity=Severity.LOW,
        message={lang: text.format(topic=told.name[lang]) for lang, text in _SAYS.items()},
        advice=_ADVICE,
    )
    bare = replace(rules[0], clear=(), when=(), patterns=())
    return replace(bare, rule=rule, markets=tuple(basis), basis=basis)


@cache
def load(language: str) -> Likeness:
    """The reader of a language, as it was learnt."""
    data = json.loads(content(language))
    del data["learnt_from"]
    return Likeness(language=language, **data)


def content(language: str) -> bytes:
    """The file of weights; the digest of the rules covers it."""
    return files("studio.compliance").joinpath(f"likeness_{language}.json").read_bytes()

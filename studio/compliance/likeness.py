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
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import ahocorasick_rs

from studio.compliance.shelf import Loaded
from studio.compliance.spec import Rule, Topic
from studio.schema import Severity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RULE = "ML.LIKENESS"  # the name under which its findings stand
LANGUAGES = ("en", "zh")
_HAN = re.compile(r"[\u3400-\u9fff]")
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[\w%']+|[?!$£€]")
_STOPS = " .。;\n"
_LABEL = {  # a heading before a colon is no sentence
    "en": re.compile(r"\s*[\w&'-]+(?: [\w&'-]+){0,2}:(?=\s)"),
    "zh": re.compile(r"\s*[^\s,.:;!?。、\"]{1,8}:"),
}
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
    """The reader of one language. Of a run it knows a weight and, in `leanings`, the number of a
    topic and how much it speaks for it, in turns. All are hundredths: sums of whole numbers are
    the same on every machine."""

    language: str
    bar: float
    bias: float
    topics: Sequence[str]
    weights: Mapping[str, int]
    leanings: Mapping[str, Sequence[int]]

    @cached_property
    def _found(self) -> ahocorasick_rs.AhoCorasick:
        return ahocorasick_rs.AhoCorasick([spelt(run, self.language) for run in self.weights])

    @cached_property
    def _heft(self) -> list[int]:
        return list(self.weights.values())

    @cached_property
    def _leans(self) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """For each run the numbers of the topics that it leans to, and how much; the most first."""
        import numpy as np

        told = [(*self.leanings.get(run, ()),) for run in self.weights]
        wide = max(map(len, told), default=0)
        table = np.array([each + (0,) * (wide - len(each)) for each in told], np.intp)
        return table[:, ::2].copy(), table[:, 1::2].astype(np.float64)

    def read(self, text: str) -> tuple[float, str]:
        """(score, topic) of a normalised sentence; one that reads innocent has no topic."""
        text = unlabelled(text, self.language)
        line = line_of(text, self.language)
        length = len(line) - 2 if self.language == "zh" else len(text.split())
        if length < SHORTEST[self.language]:
            return -math.inf, ""  # as half of all English lines are
        known = {hit[0] for hit in self._found.find_matches_as_indexes(line, overlapping=True)}
        if len(known) < FEWEST:
            return -math.inf, ""
        size = 100 * size_of(line, self.language)
        score = self.bias + sum(map(self._heft.__getitem__, known)) / size
        if score <= 0:
            return score, ""
        topic, much = self._leaning(list(known))
        return (score + much / size, self.topics[topic]) if much else (score, "")

    def _leaning(self, runs: list[int]) -> tuple[int, int]:
        """The topic that these runs lean to most, and how much."""
        import numpy as np

        at = np.array(runs)
        topics, much = (each.take(at, 0).ravel() for each in self._leans)
        sums = np.bincount(topics, much, len(self.topics))
        best = int(sums.argmax())
        return best, int(sums[best])

    def clause(self, text: str) -> tuple[int, int] | None:
        """Where the clause of a normalised sentence begins and ends that does most."""
        at = len(text) - len(unlabelled(text, self.language))
        clauses = [found for found in _CLAUSE.finditer(text, at) if found[0].strip().strip(" .")]
        if not clauses:
            return None
        most = max(clauses, key=lambda found: self.read(found[0])[0])
        start = most.start() + len(most[0]) - len(most[0].lstrip())
        return start, most.start() + len(most[0].rstrip(" ."))


def unlabelled(text: str, language: str) -> str:
    """What a sentence says behind its label: "care: ", "镜头一:"."""
    found = _LABEL[language].match(text)
    return text[found.end() :] if found else text


def line_of(text: str, language: str) -> str:
    """A normalised sentence as it is looked through. All numbers are alike, ends are marked, and in
    English one blank stands on either side of each word."""
    text = _DIGITS.sub("0", text)
    if language == "zh":
        return "^" + text.strip(_STOPS) + "$"
    return " ^ " + " ".join(_WORD.findall(text)) + " $ "


def size_of(line: str, language: str) -> float:
    """What sums over the runs of a line are divided by: the root of their number. Single characters
    and words are counted once each, longer runs wherever they stand: few come twice."""
    if language == "zh":
        return math.sqrt(len(set(line)) + 2 * len(line) - 3)
    words = line.split()
    once = set(words)
    within = sum(2 * len(word) - 7 for word in once if len(word) > 3)
    return math.sqrt(len(once) + 2 * len(words) - 3 + within)


def spelt(run: str, language: str) -> str:
    """A run as it stands in a line. In Chinese it has one to three characters; in English one to
    three words, or, behind "#", four or five letters within a word."""
    if language == "zh":
        return run
    return run[1:] if run.startswith("#") else f" {run} "


def language_of(text: str) -> str:
    return "zh" if _HAN.search(text) else "en"


def of(texts: Sequence[str], topics: Collection[str]) -> Iterator[tuple[int, Like]]:
    """Those of the normalised sentences of one text that read like one of the topics, by number."""
    readers = [load(language_of(text)) for text in texts]
    told = [(reader.read(text), reader) for text, reader in zip(texts, readers, strict=True)]
    raised = math.log(max(1, sum(score > -math.inf for (score, _), _ in told)))
    for number, ((score, topic), reader) in enumerate(told):
        if topic in topics and score >= reader.bar + raised:
            place = reader.clause(texts[number])
            if place is not None:
                yield number, Like(topic, *place)


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

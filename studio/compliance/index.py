"""Which patterns are worth trying on which sentences, found for all rules of a market in one pass.

A pattern needs literals, and one automaton finds the literals of all patterns. Patterns are bits of
an integer, and each literal knows the patterns whose first need it meets, and whose second: so
"the patterns that find all their needs in this sentence" are two unions and one intersection.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

import ahocorasick_rs

from studio.compliance import likeness
from studio.compliance.pattern import Need, Pattern, unhyphened
from studio.compliance.pausing import uncollected
from studio.compliance.sentences import Sentence
from studio.compliance.shelf import Loaded
from studio.compliance.spec import ClaimTest, Topic
from studio.schema import ClaimStatus

BLOCK = 60  # sentences at a time: so many patterns are put into the order of the rules


class Index:
    """The literals of some rules and which needs they meet."""

    @uncollected()
    def __init__(self, rules: Iterable[Loaded]) -> None:
        self.entries = [(loaded, pattern) for loaded in rules for pattern in loaded.patterns]
        holders: tuple[dict[Need, int], dict[Need, int]] = (defaultdict(int), defaultdict(int))
        lacking = [0, 0]  # the patterns without a first need, and without a second
        for number, (_, pattern) in enumerate(self.entries):
            needs = pattern.needs
            for which in (0, 1):
                if which < len(needs):
                    holders[which][needs[which]] |= 1 << number
                else:
                    lacking[which] |= 1 << number
        firsts, seconds = (_by_literal(each) for each in holders)
        self.literals = tuple(firsts | seconds)
        self._firsts = [firsts.get(literal, 0) for literal in self.literals]
        self._seconds = [seconds.get(literal, 0) for literal in self.literals]
        self._lacking = lacking
        self._automaton = ahocorasick_rs.AhoCorasick(self.literals)

    def met(self, sentences: Sequence[Sentence]) -> list[int]:
        """For each sentence the bits of the patterns whose needs it meets."""
        texts = [unhyphened(s.text) for s in sentences]
        ends = iter(accumulate(map(len, texts)))
        found: list[int] = []
        firsts, seconds = self._firsts, self._seconds
        first, second = self._lacking
        stop = next(ends)
        hits = self._automaton.find_matches_as_indexes("".join(texts), overlapping=True)
        for which, _, end in hits:
            while end > stop:
                found.append(first & second)
                first, second = self._lacking
                stop = next(ends)
            first |= firsts[which]
            second |= seconds[which]
        found.append(first & second)
        rest = self._lacking[0] & self._lacking[1]
        return found + [rest] * (len(texts) - len(found))


def _by_literal(holders: dict[Need, int]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for need, bits in holders.items():
        for literal in need:
            found[literal] |= bits
    return found


class Plan:
    """The rules that hold for a market, category, platform and day."""

    def __init__(self, index: Index, rules: Sequence[Loaded]) -> None:
        self._claims = [(r, r.rule.claims) for r in rules if r.rule.kind == "claim"]
        self._by_claim: dict[tuple[str, ClaimStatus], list[tuple[Loaded, ClaimTest]]] = {}
        self.repeats = [r for r in rules if r.rule.kind == "repeat"]
        self._index = index
        self._active = frozenset(rules)
        self._by_field: dict[str, int] = {}
        self.topics = frozenset(loaded.rule.taxonomy for loaded in rules)
        self._rules = rules
        self._alike: dict[str, Loaded] = {}

    def alike(self, topic: str, told: Topic) -> Loaded:
        """What stands for all rules of a topic where a sentence only reads like it."""
        if topic not in self._alike:
            mine = [loaded for loaded in self._rules if loaded.rule.taxonomy == topic]
            self._alike[topic] = likeness.rule_of(topic, told, mine)
        return self._alike[topic]

    def claims_of(self, kind: str, status: ClaimStatus) -> list[tuple[Loaded, ClaimTest]]:
        """The rules for claims of this kind and status, each with its test."""
        found = self._by_claim.get((kind, status))
        if found is None:
            found = [(rule, t) for rule, t in self._claims if t and t.fits(kind, status)]
            self._by_claim[kind, status] = found
        return found

    def tried(
        self, sentences: Sequence[Sentence], field: str
    ) -> Iterator[tuple[Loaded, Pattern, Sentence]]:
        """What is worth trying on which sentence of a field, block by block in a fixed order."""
        read = self._reading(field)
        for start in range(0, len(sentences), BLOCK):
            block = sentences[start : start + BLOCK]
            wanted: list[tuple[int, int]] = []
            for at, bits in enumerate(self._index.met(block)):
                bits &= read
                while bits:
                    lowest = bits & -bits
                    wanted.append((lowest.bit_length() - 1, at))
                    bits ^= lowest
            wanted.sort()
            for number, at in wanted:
                yield *self._index.entries[number], block[at]

    def _reading(self, field: str) -> int:
        """The bits of the patterns of rules that read this field."""
        bits = self._by_field.get(field)
        if bits is None:
            bits = sum(
                1 << number
                for number, (loaded, _) in enumerate(self._index.entries)
                if loaded in self._active and (not loaded.fields or field in loaded.fields)
            )
            self._by_field[field] = bits
        return bits

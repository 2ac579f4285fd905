"""Which patterns are worth trying on which sentences, found for all rules of a market in one pass.

A pattern needs literals, and one automaton finds the literals of all patterns. Sentences are bits
of a small integer, so "a sentence that holds all needs of a pattern" is a bitwise and.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

import ahocorasick_rs

from studio.compliance.pattern import Need, Pattern
from studio.compliance.pausing import uncollected
from studio.compliance.sentences import Sentence
from studio.compliance.shelf import Loaded

BLOCK = 60  # sentences at a time: their bits fit a machine word, so the cost stays linear

Entry = tuple[int, Loaded, Pattern, tuple[int, ...]]  # number, rule, pattern, its other needs


class Index:
    """The literals of some rules and which needs they meet."""

    @uncollected()
    def __init__(self, rules: Iterable[Loaded]) -> None:
        ids: dict[Need, int] = {}
        self.entries: list[tuple[Loaded, Pattern, list[int]]] = []
        for loaded in rules:
            for pattern in loaded.patterns:
                needs = [ids.setdefault(need, len(ids)) for need in pattern.needs]
                self.entries.append((loaded, pattern, needs))
        holders: dict[str, list[int]] = defaultdict(list)
        for need, number in ids.items():
            for literal in need:
                holders[literal].append(number)
        self.literals = tuple(holders)
        self._holders = list(holders.values())
        self._automaton = ahocorasick_rs.AhoCorasick(self.literals)

    def where(self, sentences: Sequence[Sentence]) -> dict[int, int]:
        """For each need that is met, the bits of the sentences that meet it."""
        text = "".join([s.text for s in sentences])
        ends = list(accumulate(len(s.text) for s in sentences))
        marks: dict[int, int] = {}
        part, bit, stop = 0, 1, ends[0]
        for which, _, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            while end > stop:
                part += 1
                bit <<= 1
                stop = ends[part]
            marks[which] = marks.get(which, 0) | bit
        found: dict[int, int] = {}
        for which, bits in marks.items():
            for need in self._holders[which]:
                found[need] = found.get(need, 0) | bits
        return found


class Plan:
    """The rules that hold for a market, category, platform and day, by their first need."""

    def __init__(self, index: Index, rules: Sequence[Loaded]) -> None:
        self.claims = [r for r in rules if r.rule.kind == "claim"]
        self.repeats = [r for r in rules if r.rule.kind == "repeat"]
        self._index = index
        self._by_first: dict[int, list[Entry]] = defaultdict(list)
        self._always: list[Entry] = []  # no literal: tried on every sentence
        active = set(rules)
        for number, (loaded, pattern, needs) in enumerate(index.entries):
            if loaded in active:
                entry = (number, loaded, pattern, tuple(needs[1:]))
                (self._by_first[needs[0]] if needs else self._always).append(entry)

    def tried(
        self, sentences: Sequence[Sentence], field: str
    ) -> Iterator[tuple[Loaded, Pattern, Sentence]]:
        """What is worth trying on which sentence of a field, block by block in a fixed order."""
        for start in range(0, len(sentences), BLOCK):
            block = sentences[start : start + BLOCK]
            for bits, (_, loaded, pattern, _) in self._wanted(block, field):
                while bits:
                    yield loaded, pattern, block[(bits & -bits).bit_length() - 1]
                    bits &= bits - 1

    def _wanted(self, block: Sequence[Sentence], field: str) -> list[tuple[int, Entry]]:
        """Entries in the order of the rules, each with the bits of its sentences."""
        every = (1 << len(block)) - 1
        wanted = [(every, entry) for entry in self._always if _reads(entry, field)]
        where = self._index.where(block)
        for first in where.keys() & self._by_first.keys():
            at_first = where[first]
            for entry in self._by_first[first]:
                bits = at_first
                for need in entry[3]:
                    bits &= where.get(need, 0)
                    if not bits:
                        break
                if bits and _reads(entry, field):
                    wanted.append((bits, entry))
        wanted.sort(key=_number)
        return wanted


def _reads(entry: Entry, field: str) -> bool:
    fields = entry[1].fields
    return not fields or field in fields


def _number(found: tuple[int, Entry]) -> int:
    return found[1][0]

"""All packs together, compiled: words resolved, patterns ready, one automaton over all literals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ahocorasick_rs

from studio.compliance import lexicon
from studio.compliance.packfile import Source
from studio.compliance.pattern import Expression, Need, Pattern
from studio.compliance.spec import Condition, Rule, Topic

WINDOWS = ("match", "left", "right", "clause", "before", "after", "sentence")


@dataclass(frozen=True, eq=False)
class Loaded:
    """A rule with what its pack adds to it."""

    rule: Rule
    pack: str
    file: str
    line: int
    markets: tuple[str, ...]
    clear: tuple[Condition, ...]
    when: tuple[Condition, ...]
    patterns: tuple[Pattern, ...]
    categories: frozenset[str]
    not_categories: frozenset[str]
    fields: frozenset[str]
    platforms: frozenset[str]
    basis: Mapping[str, tuple[str, ...]]


class Shelf:
    """What the packs say, by name. Names that no pack defines are left to `check.mistakes`."""

    def __init__(self, sources: Iterable[Source], topics: Mapping[str, Topic]) -> None:
        self.sources = tuple(sources)
        self.topics = topics
        self.raw_lexicons: dict[str, str | list[str]] = self._merged("lexicons")
        self.lexicons = {name: self._terms(entry) for name, entry in self.raw_lexicons.items()}
        self.conditions: dict[str, Condition] = self._merged("conditions")
        self.laws = self._merged("laws")
        self.categories: dict[str, str] = self._merged("categories")
        self._expressions: dict[str, Expression] = {}
        self._window_tests: dict[int, tuple[tuple[str, Expression], ...]] = {}
        self.rules = tuple(
            self._load(source, i) for source in self.sources for i in range(len(source.pack.rules))
        )

    def _merged(self, key: str) -> dict[str, Any]:
        """One table of all packs; a later pack (the user's own) wins."""
        table: dict[str, Any] = {}
        for source in self.sources:
            table |= getattr(source.pack, key)
        return table

    def _terms(self, entry: str | list[str]) -> tuple[str, ...]:
        try:
            return lexicon.terms(entry, self.raw_lexicons)
        except KeyError:
            return ()

    def _load(self, source: Source, index: int) -> Loaded:
        pack, rule = source.pack, source.pack.rules[index]
        shared = pack.defaults
        markets = rule.markets or pack.markets
        basis = rule.basis or shared.basis
        by_market = basis if isinstance(basis, dict) else {str(m): tuple(basis) for m in markets}
        return Loaded(
            rule=rule,
            pack=pack.pack,
            file=source.file,
            line=source.line("rules", index, "id"),
            markets=tuple(markets),
            clear=tuple(self._conditions((*rule.clear, *shared.clear))),
            when=tuple(self._conditions(rule.when)),
            patterns=tuple(Pattern(p, self.lexicons) for p in rule.find),
            categories=frozenset(rule.categories or shared.categories),
            not_categories=frozenset(rule.not_categories or shared.not_categories),
            fields=frozenset(rule.fields or shared.fields),
            platforms=frozenset(rule.platforms or shared.platforms),
            basis=by_market,
        )

    def _conditions(self, named: Iterable[str | Condition]) -> Iterator[Condition]:
        for each in named:
            found = self.conditions.get(each) if isinstance(each, str) else each
            if found is not None:
                yield found

    def window_tests(self, condition: Condition) -> tuple[tuple[str, Expression], ...]:
        """The regexes of a condition that look around the match, by window."""
        tests = self._window_tests.get(id(condition))  # conditions live as long as the shelf
        if tests is None:
            given = ((key, getattr(condition, key)) for key in WINDOWS)
            tests = tuple((key, self.expression(source)) for key, source in given if source)
            self._window_tests[id(condition)] = tests
        return tests

    def expression(self, source: str) -> Expression:
        """The compiled form of a condition's regex, made once."""
        found = self._expressions.get(source)
        if found is None:
            found = self._expressions[source] = Expression(source, self.lexicons)
        return found


class Plan:
    """The rules that hold for a market, category, platform and day, by their first literal."""

    def __init__(self, rules: frozenset[Loaded]) -> None:
        self.rules = rules
        self.by_first: dict[int, list[tuple[Loaded, Pattern, frozenset[int]]]] = defaultdict(list)
        self.always: list[tuple[Loaded, Pattern]] = []  # no literal: tried on every sentence

    def tried(self, needs: set[int]) -> list[tuple[Loaded, Pattern]]:
        """The patterns worth trying on a sentence that holds these needs, in a fixed order."""
        found = self.always.copy()
        for number in sorted(needs & self.by_first.keys()):
            found += [(r, p) for r, p, others in self.by_first[number] if others <= needs]
        return found


class Index:
    """Finds which patterns are worth trying on a sentence, for all rules at once."""

    def __init__(self, rules: Iterable[Loaded]) -> None:
        self._ids: dict[Need, int] = {}
        self._entries: list[tuple[list[int], Loaded, Pattern]] = []
        for loaded in rules:
            for pattern in loaded.patterns:
                ids = [self._ids.setdefault(need, len(self._ids)) for need in pattern.needs]
                self._entries.append((ids, loaded, pattern))
        holders: dict[str, list[int]] = defaultdict(list)
        for need, number in self._ids.items():
            for literal in need:
                holders[literal].append(number)
        self.literals = tuple(holders)
        self._holders = list(holders.values())
        self._automaton = ahocorasick_rs.AhoCorasick(self.literals)

    def plan(self, active: Iterable[Loaded]) -> Plan:
        """The part of the index that these rules need."""
        wanted = frozenset(active)
        plan = Plan(wanted)
        for ids, loaded, pattern in self._entries:
            if loaded not in wanted:
                continue
            if ids:
                plan.by_first[ids[0]].append((loaded, pattern, frozenset(ids[1:])))
            else:
                plan.always.append((loaded, pattern))
        return plan

    def present(self, text: str, ends: list[int]) -> dict[int, set[int]]:
        """Which needs each part of the text holds; `ends` are the ends of the parts, ascending."""
        found: dict[int, set[int]] = {}
        part = 0
        last = len(ends) - 1
        for which, _, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            while part < last and end > ends[part]:
                part += 1
            numbers = self._holders[which]
            if part in found:
                found[part].update(numbers)
            else:
                found[part] = set(numbers)
        return found

"""All packs together: words resolved, patterns ready, conditions found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from studio.compliance import lexicon
from studio.compliance.packfile import Source
from studio.compliance.pattern import Expression, Pattern
from studio.compliance.spec import Condition, Rule, Topic

WINDOWS = ("match", "left", "right", "clause", "before", "after", "sentence")


@dataclass(frozen=True, eq=False)
class Loaded:
    """A rule with what its pack adds to it."""

    rule: Rule
    source: Source
    index: int  # of the rule in its pack
    markets: tuple[str, ...]
    clear: tuple[Condition, ...]
    when: tuple[Condition, ...]
    patterns: tuple[Pattern, ...]
    categories: frozenset[str]
    not_categories: frozenset[str]
    fields: frozenset[str]
    platforms: frozenset[str]
    basis: Mapping[str, tuple[str, ...]]

    @property
    def pack(self) -> str:
        return self.source.pack.pack

    @property
    def file(self) -> str:
        return self.source.file

    @property
    def line(self) -> int:
        return self.source.line("rules", self.index, "id")


class Lexicons(dict[str, tuple[str, ...]]):
    """The terms of each list, spelt out when a pattern first asks for them."""

    def __init__(self, raw: Mapping[str, str | list[str]]) -> None:
        super().__init__()
        self._raw = raw

    def __missing__(self, name: str) -> tuple[str, ...]:
        entry = self._raw[name]
        try:
            self[name] = lexicon.terms(entry, self._raw)
        except KeyError:
            self[name] = ()  # `mistakes` tells which list is not there
        return self[name]

    def __contains__(self, name: object) -> bool:
        return name in self._raw

    def get(self, name: str, default: Any = ()) -> Any:
        return self[name] if name in self._raw else default


class Shelf:
    """What the packs say, by name. Names that no pack defines are left to `check.mistakes`."""

    def __init__(self, sources: Iterable[Source], topics: Mapping[str, Topic]) -> None:
        self.sources = tuple(sources)
        self.topics = topics
        self.raw_lexicons: dict[str, str | list[str]] = self._merged("lexicons")
        self.lexicons = Lexicons(self.raw_lexicons)
        self.conditions: dict[str, Condition] = self._merged("conditions")
        self.laws = self._merged("laws")
        self.categories: dict[str, str] = self._merged("categories")
        self._expressions: dict[str, Expression] = {}
        self._window_tests: dict[int, tuple[tuple[str, Expression], ...]] = {}
        self.rules = tuple(
            self._load(source, i) for source in self.sources for i in range(len(source.pack.rules))
        )

    def _merged(self, key: str) -> dict[str, Any]:
        """One table of all packs, in which `mistakes` lets no name stand twice."""
        table: dict[str, Any] = {}
        for source in self.sources:
            table |= getattr(source.pack, key)
        return table

    def _load(self, source: Source, index: int) -> Loaded:
        pack, rule = source.pack, source.pack.rules[index]
        shared = pack.defaults
        markets = rule.markets or pack.markets
        basis = rule.basis or shared.basis
        by_market = basis if isinstance(basis, dict) else {str(m): tuple(basis) for m in markets}
        return Loaded(
            rule=rule,
            source=source,
            index=index,
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

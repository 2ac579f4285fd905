"""What is wrong with packs beyond their shape: unknown names, bad expressions, dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from studio.compliance import lexicon
from studio.compliance.packfile import Source
from studio.compliance.pattern import Expression, Pattern, PatternError, misread
from studio.compliance.shelf import Shelf
from studio.compliance.spec import Condition, Rule
from studio.errors import NotFoundError

_NAMED = {
    "lexicons": "lexicon",
    "conditions": "condition",
    "laws": "law",
    "categories": "category",
}
_REGEX_KEYS = ("left", "right", "match", "clause", "before", "after", "sentence", "text")


def find(shelf: Shelf, sources: tuple[Source, ...]) -> list[str]:
    """All mistakes of these packs as "file:line: what", in the order of the files.

    Names that stand twice are told for all packs of the shelf: one would hide the other.
    """
    told = [told for source in sources for told in _Reader(shelf, source).mistakes()]
    return [*_doubled(shelf), *told]


def _doubled(shelf: Shelf) -> Iterator[str]:
    """Names that a second pack defines, with both places."""
    for key, what in _NAMED.items():
        first: dict[str, Source] = {}
        for source in shelf.sources:
            for name in getattr(source.pack, key):
                held = first.setdefault(name, source)
                if held is not source:
                    place = f"{source.file}:{source.line(key, name)}"
                    taken = f"{held.file}:{held.line(key, name)}"
                    yield f"{place}: the {what} {name!r} is taken ({taken})"


class _Reader:
    def __init__(self, shelf: Shelf, source: Source) -> None:
        self.shelf = shelf
        self.source = source

    def mistakes(self) -> Iterator[str]:
        pack = self.source.pack
        for name, entry in pack.lexicons.items():
            try:
                if not lexicon.terms(entry, self.shelf.raw_lexicons):
                    yield self._told("the list has no terms", "lexicons", name)
            except KeyError as error:
                yield self._told(self._unknown("lexicon", error.args[0]), "lexicons", name)
        for name, condition in pack.conditions.items():
            yield from self._condition(condition, ("conditions", name))
        for i, each in enumerate(pack.defaults.clear):
            yield from self._named(each, ("defaults", "clear", i))
        for i, rule in enumerate(pack.rules):
            yield from self._rule(rule, ("rules", i))

    def _told(self, what: str, *path: str | int) -> str:
        return f"{self.source.file}:{self.source.line(*path)}: {what}"

    def _unknown(self, what: str, name: str) -> str:
        known: Mapping[str, Mapping[str, object]] = {
            "lexicon": self.shelf.lexicons,
            "condition": self.shelf.conditions,
            "law": self.shelf.laws,
            "category": self.shelf.categories,
            "taxonomy id": self.shelf.topics,
        }
        error = NotFoundError.of(what, name, known[what])
        return f"{error.message} ({error.hint})" if error.hint else error.message

    def _rule(self, rule: Rule, path: tuple[str | int, ...]) -> Iterator[str]:
        if rule.taxonomy not in self.shelf.topics:
            yield self._told(self._unknown("taxonomy id", rule.taxonomy), *path, "taxonomy")
        twins = [r for r in self.shelf.rules if r.rule.id == rule.id]
        if len(twins) > 1 and twins[0].rule is not rule:
            told = f"the id {rule.id!r} is taken ({twins[0].file}:{twins[0].line})"
            yield self._told(told, *path, "id")
        if not (rule.markets or self.source.pack.markets):
            yield self._told("no markets, in the rule or in the pack", *path, "id")
        if rule.since and rule.until and rule.since > rule.until:
            yield self._told(f"from {rule.since} is after until {rule.until}", *path, "until")
        yield from self._kind(rule, path)
        for language in {"en", "zh"} - set(rule.message):
            yield self._told(f"no message in {language!r}", *path, "message")
        for key in ("categories", "not_categories"):
            for name in getattr(rule, key):
                if name not in self.shelf.categories:
                    yield self._told(self._unknown("category", name), *path, key)
        laws = rule.basis if isinstance(rule.basis, dict) else {"": rule.basis}
        for name in (n for names in laws.values() for n in names):
            if name not in self.shelf.laws:
                yield self._told(self._unknown("law", name), *path, "basis")
        for key in ("when", "clear"):
            for i, each in enumerate(getattr(rule, key)):
                yield from self._named(each, (*path, key, i))
        for i, fix in enumerate(rule.rewrite):
            yield from self._expression(fix.match, (*path, "rewrite", i, "match"))

    def _kind(self, rule: Rule, path: tuple[str | int, ...]) -> Iterator[str]:
        wanted = {"phrase": "find", "claim": "claims", "repeat": "times"}[rule.kind]
        if not getattr(rule, wanted):
            yield self._told(f"a rule of kind {rule.kind!r} needs the key {wanted!r}", *path, "id")
        for i, source in enumerate(rule.find):
            try:
                pattern = Pattern(source, self.shelf.lexicons)
                _ = pattern.regex
            except PatternError as error:
                yield self._told(f"{source!r}: {error}", *path, "find", i)
                continue
            if told := misread(source):
                yield self._told(f"{source!r}: {told}", *path, "find", i)
            if not (pattern.needs or rule.fields or self.source.pack.defaults.fields):
                told = "holds no word that a match must have; add one, or limit the fields"
                yield self._told(f"{source!r}: {told}", *path, "find", i)

    def _named(self, each: str | Condition, path: tuple[str | int, ...]) -> Iterator[str]:
        if isinstance(each, Condition):
            yield from self._condition(each, path)
        elif each not in self.shelf.conditions:
            yield self._told(self._unknown("condition", each), *path)

    def _condition(self, condition: Condition, path: tuple[str | int, ...]) -> Iterator[str]:
        for key in _REGEX_KEYS:
            yield from self._expression(getattr(condition, key), (*path, key))
        for key, names in (
            ("attribute", ("name", "value")),
            ("evidence", ("type", "about", "unless")),
            ("number", ("attribute",)),
        ):
            test = getattr(condition, key)
            for name in names if test else ():
                yield from self._expression(getattr(test, name), (*path, key, name))
        for name in condition.categories:
            if name not in self.shelf.categories:
                yield self._told(self._unknown("category", name), *path, "categories")
        if condition.unless:
            yield from self._condition(condition.unless, (*path, "unless"))

    def _expression(self, source: str, path: tuple[str | int, ...]) -> Iterator[str]:
        if source:
            if told := misread(source):
                yield self._told(f"{source!r}: {told}", *path)
            try:
                _ = Expression(source, self.shelf.lexicons).regex
            except PatternError as error:
                yield self._told(f"{source!r}: {error}", *path)

"""The facts of a product, read by the same readers as the texts, once for each context."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from studio.grounding.derived import packaging_of, totals_of
from studio.grounding.fold import UNSEEN, fold, whole
from studio.grounding.heads import Facets, facets, of_name
from studio.grounding.patterns import Pattern
from studio.grounding.quantities import Quantity, Reading, quantities
from studio.grounding.ratings import ratings, with_depth
from studio.grounding.sides import labels, sizes_of
from studio.grounding.units import base, unit_named
from studio.grounding.words import Hit, hits, kind_table
from studio.schema import Attribute, Context, Evidence


class Fact(NamedTuple):
    """An attribute, or a paper's title and scope."""

    carrier: str  # "attribute:capacity", "evidence:AB-1"
    text: str  # the merchant's own words, for the reviewer
    name: str  # folded
    value: str  # folded
    kinds: frozenset[str]  # what its numbers are about
    topics: frozenset[str]  # what its words are about: material, origin, colour ...
    found: dict[str, list[Hit]]  # lexicon hits in "name: value"
    value_at: int  # where the value begins in that line
    evidence: Evidence | None = None

    @property
    def line(self) -> str:
        return f"{self.name}: {self.value}"


class Measured(NamedTuple):
    """One quantity of a fact and what it is about."""

    fact: Fact
    quantity: Quantity
    kinds: frozenset[str]
    words: frozenset[str]
    wider: frozenset[str]  # the kinds, and those that they also answer for
    strict: bool  # one of the kinds is strict
    window: bool  # one of them is a window of time
    facets: Facets  # hot or cold, net or gross ...
    sides: tuple[str, ...] = ()  # of a size: which of its values is the length, the width ...


@dataclass(eq=False, frozen=True)
class Book:
    """All facts of a context. Two books are never equal, so that what was found may be cached."""

    facts: tuple[Fact, ...]
    measured: dict[str, tuple[Measured, ...]]  # by dimension
    name: str  # folded product name, brand and category
    brand: str

    def about(self, topic: str) -> tuple[Fact, ...]:
        """The facts whose name is about the topic: material, origin, colour ..."""
        return tuple(f for f in self.facts if topic in f.topics)


def book_of(context: Context) -> Book:
    """The facts of a context; the same facts are read only once."""
    return _book(
        context.attributes, context.evidence, context.name, context.brand, context.category
    )


@lru_cache(maxsize=256)
def _book(
    attributes: tuple[Attribute, ...],
    evidence: tuple[Evidence, ...],
    name: str,
    brand: str,
    category: str,
) -> Book:
    facts = [_of_attribute(a) for a in attributes] + [_of_paper(e) for e in evidence]
    if name:
        facts.append(_fact("attribute:name", name, "name", name))
    measured: dict[str, list[Measured]] = {}
    every = totals_of(one for fact in facts for one in _measured(fact))
    for one in every + sizes_of(every) + packaging_of(every):
        for reading in one.quantity.readings:
            measured.setdefault(reading.dimension, []).append(one)
    table = {dimension: tuple(many) for dimension, many in measured.items()}
    return Book(tuple(facts), table, fold(f"{brand} {name} {category}"), fold(brand))


_CAMEL = Pattern(r"(?<=[a-z0-9])(?=[A-Z])")


def _plain(name: str) -> str:
    """ "maxLoad_kg" -> "max load kg"."""
    return fold(_CAMEL.sub(" ", name)).replace(UNSEEN, "").replace("_", " ").strip()[:200]


def _of_attribute(attribute: Attribute) -> Fact:
    name = _plain(attribute.name)
    kind = _plain(attribute.kind)
    label = name if not kind or kind in name else f"{name} {kind}"
    return _fact(f"attribute:{attribute.name}", attribute.value, label, attribute.value)


def _of_paper(paper: Evidence) -> Fact:
    words = " ".join(filter(None, (paper.title, paper.number, paper.scope)))
    fact = _fact(f"evidence:{paper.number or paper.title}", words, _plain(paper.type), words)
    return fact._replace(evidence=paper)


def _fact(carrier: str, text: str, name: str, value: str) -> Fact:
    value = fold(value)[:20_000].replace(UNSEEN, "")
    line = f"{name}: {value}"
    found = hits(line, fact=True)
    kinds = frozenset(h.key for h in found.get("kinds", ()) if h.end <= len(name))
    topics = frozenset(h.key for h in found.get("topics", ()) if h.end <= len(name))
    return Fact(whole(carrier), whole(text), name, value, kinds, topics, found, len(name) + 2)


_WORD = Pattern(r"[a-z]{3,}|[\u4e00-\u9fff]{2,}")
_KEY_UNIT = Pattern(r"[ (（\[]([^\s()（）\[\]]+)[)）\]]?$")
_DULL = frozenset(
    ["max", "min", "the", "has", "per", "of", "and", "rated", "total", "net", "number"]
)


def _measured(fact: Fact) -> list[Measured]:
    """The quantities of a fact; a bare number takes the unit that the name ends with."""
    line = fact.line
    words = frozenset(_stem(w) for w in _WORD.findall(fact.name) if w not in _DULL)
    found = _quantities_of(fact)
    unit = _unit_of_name(fact.name)
    table = kind_table()
    made: list[Measured] = []
    near = [h for h in fact.found.get("facets", ()) if h.start >= fact.value_at]
    named = of_name([h for h in fact.found.get("facets", ()) if h.start < fact.value_at])
    for quantity in found:
        if unit and all(r.dimension in ("number", "count") for r in quantity.readings):
            quantity = quantity._replace(readings=_in_unit(quantity, unit))
        own = named | facets(near, quantity.core, found[0].core[0]) if near else named
        kinds = _kinds_of(fact, quantity, line)
        if not kinds and made and own and own.keys() == made[-1].facets.keys():
            kinds = made[-1].kinds  # "keeps cold 24 h or hot 12 h"
        wider = kinds.union(*(table[k].wider for k in kinds))
        strict = any(table[k].strict for k in kinds)
        window = any(table[k].window for k in kinds)
        quantity = with_depth(quantity, kinds)
        sides = labels(line, quantity)
        made.append(Measured(fact, quantity, kinds, words, wider, strict, window, own, sides))
    return made


_MOST = 40  # quantities of one fact that are compared; longer lists are no facts


def _quantities_of(fact: Fact) -> list[Quantity]:
    """Ratings may take the name along (energy grade: 2); other numbers stand in the value."""
    rated = [q for q in ratings(fact.line, fact.found.get("scales", [])) if q.end > fact.value_at]
    plain = [_shifted(q, fact.value_at) for q in quantities(fact.value)]
    free = [q for q in plain if not any(r.start < q.end and q.start < r.end for r in rated)]
    return sorted(rated + free)[:_MOST]


def _shifted(quantity: Quantity, by: int) -> Quantity:
    start, end = quantity.core
    return quantity._replace(
        start=quantity.start + by, end=quantity.end + by, core=(start + by, end + by)
    )


_ENDING = Pattern(r"(?:ings?|e[ds]|s)$")


def _stem(word: str) -> str:
    """ "blocking" -> "block": a part of every form of the word."""
    if not word.isascii() or len(word) < 4:
        return word
    return _ENDING.sub("", word) if len(word) > 5 else word.removesuffix("s")


def _unit_of_name(name: str) -> str:
    match = _KEY_UNIT.search(name)
    if match and unit_named(match[1]):
        return match[1]
    return name if unit_named(name) and (len(name) > 2 or not name[:1].isascii()) else ""


def _in_unit(quantity: Quantity, name: str) -> tuple[Reading, ...]:
    bare = quantity.readings[0]
    made = [
        Reading(u.dimension, base(u, bare.low), base(u, bare.high), bare.step * u.factor, u.name)
        for u in unit_named(name)
    ]
    return (*made, bare)


def _kinds_of(fact: Fact, quantity: Quantity, line: str) -> frozenset[str]:
    """The kinds that words of the value name right beside the quantity, else those of the name."""
    dims = {r.dimension for r in quantity.readings}
    dims |= {"count"} if "number" in dims else set()
    table = kind_table()
    near = {
        h.key
        for h in fact.found.get("kinds", ())
        if h.start >= fact.value_at
        and -3 <= max(quantity.start - h.end, h.start - quantity.end) <= 2
        and not dims.isdisjoint(table[h.key].dims)
    }
    named = {k for k in fact.kinds if not dims.isdisjoint(table[k].dims)}
    return frozenset(near if near and (len(line) > 60 or not named) else named | near)

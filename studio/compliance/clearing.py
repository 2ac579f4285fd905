"""Whether a condition of a rule holds for a candidate."""

from __future__ import annotations

import dataclasses
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import accumulate
from operator import attrgetter

from studio.compliance.normal import plain
from studio.compliance.numbers import first_number
from studio.compliance.reach import measures, reaches
from studio.compliance.sentences import Sentence
from studio.compliance.shelf import Shelf
from studio.compliance.spec import AttributeTest, ClaimTest, Condition, EvidenceTest, NumberTest
from studio.schema import Attribute, Claim, Context, Evidence

WINDOW = 40  # characters that `left`, `right`, `before` and `after` look at
_NAMES = re.compile(
    r"brand|model|product|name|title|series|trademark|author|品牌|型号|商标|书名|系列|名称"
)
_start = attrgetter("start")
_VOID = "void_evidence"  # the lexicon of words that make evidence worthless: expired, pending ...


@dataclass
class Case:
    """What the conditions may look at: one check of a listing."""

    shelf: Shelf
    context: Context
    category: str
    on: date
    texts: Sequence[str]  # all texts, normalised
    claims: Sequence[Claim] = ()
    _seen: dict[str, bool] = dataclasses.field(default_factory=dict)

    def says(self, expression: str) -> bool:
        """Whether any text of the listing holds it."""
        if expression not in self._seen:
            regex = self.shelf.expression(expression)
            self._seen[expression] = any(regex.finds(text) for text in self.texts)
        return self._seen[expression]

    def claims_of(self, field: str) -> Sequence[Claim]:
        """The claims of a field, in reading order."""
        return self._claims.get(field, ((), ()))[0]

    def claims_over(self, field: str, start: int, end: int) -> tuple[Claim, ...]:
        """The claims of a field that share a character with [start, end)."""
        claims, ends = self._claims.get(field, ((), ()))
        at = bisect_right(ends, start)
        stop = bisect_left(claims, end, at, key=_start)
        return tuple(c for c in claims[at:stop] if start < c.end)

    @cached_property
    def _claims(self) -> dict[str, tuple[list[Claim], list[int]]]:
        """By field its claims in order, and how far they reach up to each of them."""
        found: dict[str, list[Claim]] = {}
        for claim in sorted(self.claims, key=_start):
            found.setdefault(claim.field, []).append(claim)
        return {f: (own, list(accumulate((c.end for c in own), max))) for f, own in found.items()}

    @cached_property
    def attributes(self) -> list[tuple[str, str]]:
        """(name, value) and (kind, value) of all attributes."""
        return _pairs(self.context.attributes)

    @cached_property
    def facts(self) -> list[tuple[str, str]]:
        """The same without brand, product name, title and the like."""
        return _pairs(a for a in self.context.attributes if not _named(a))

    @cached_property
    def names(self) -> list[str]:
        """Brand, model, name and title on file, and what stands in 《》 or quotes in them."""
        own = [self.context.brand, self.context.name]
        own += [a.value for a in self.context.attributes if _named(a)]
        whole = [plain(name).text for name in own if name]
        inner = [
            part for name in whole for part in re.findall(r"[《「“\"]([^》」”\"]+)[》」”\"]", name)
        ]
        return [name for name in (*whole, *inner) if len(name) > 1]

    @cached_property
    def evidence(self) -> list[tuple[Evidence, str]]:
        """Evidence in force on the day, with its words."""
        void = self.shelf.lexicons.get(_VOID, ())
        pairs = []
        for each in self.context.evidence:
            words = (each.type, each.title, each.number, each.issuer, each.scope)
            text = plain(" ".join(words)).text
            started = each.valid_from is None or each.valid_from <= self.on
            lasts = each.valid_until is None or each.valid_until >= self.on
            if started and lasts and not any(word in text for word in void):
                pairs.append((each, text))
        return pairs


def _pairs(attributes: Iterable[Attribute]) -> list[tuple[str, str]]:
    return [
        (plain(key).text, plain(each.value).text)
        for each in attributes
        for key in (each.name, each.kind)
        if key
    ]


def _named(attribute: Attribute) -> bool:
    return bool(_NAMES.fullmatch(attribute.name.lower()) or _NAMES.fullmatch(attribute.kind))


@dataclass(eq=False)
class Candidate:
    """A place that a rule found: characters start..end of a sentence. It is never changed."""

    sentence: Sentence
    start: int
    end: int
    field: str
    number: str = ""  # the words of the group `n`
    claims: tuple[Claim, ...] = ()  # claims over the place
    _windows: dict[str, bytes] = dataclasses.field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.sentence.text[self.start : self.end]

    def window(self, key: str) -> bytes:
        """What the regexes of conditions with this key look at."""
        known = self._windows.get(key)
        if known is None:
            start, end = _WINDOWS[key](self)
            known = self._windows[key] = self.sentence.text[start:end].encode()
        return known

    @cached_property
    def clause(self) -> tuple[int, int]:
        """Where the clause around the place begins and ends in the sentence."""
        return self.sentence.clause(self.start, self.end)


_WINDOWS: Mapping[str, Callable[[Candidate], tuple[int, int]]] = {
    "match": lambda c: (c.start, c.end),
    "left": lambda c: (max(c.clause[0], c.start - WINDOW), c.start),
    "right": lambda c: (c.end, min(c.clause[1], c.end + WINDOW)),
    "clause": lambda c: c.clause,
    "before": lambda c: (max(0, c.start - WINDOW), c.start),
    "after": lambda c: (c.end, c.end + WINDOW),
    "sentence": lambda c: (0, len(c.sentence.text)),
}


def holds(condition: Condition, found: Candidate, case: Case) -> bool:
    """Whether all that the condition names is so."""
    return (
        _place(condition, found, case)
        and _windows(condition, found, case)
        and (not condition.text or case.says(condition.text))
        and (not condition.named or _is_name(found, case))
        and (condition.attribute is None or _attribute(condition.attribute, found, case))
        and (condition.evidence is None or _evidence(condition.evidence, found, case))
        and (condition.number is None or _number(condition.number, found, case))
        and (condition.claim is None or claimed(condition.claim, found.claims, case))
        and (condition.unless is None or not holds(condition.unless, found, case))
    )


def _place(condition: Condition, found: Candidate, case: Case) -> bool:
    context = case.context
    return (
        (not condition.categories or case.category in condition.categories)
        and (not condition.fields or found.field.split(".")[0] in condition.fields)
        and (not condition.platforms or context.platform in condition.platforms)
        and (not condition.markets or bool(set(condition.markets) & set(context.markets)))
    )


def _windows(condition: Condition, found: Candidate, case: Case) -> bool:
    """The regexes over the match and what stands around it."""
    for key, expression in case.shelf.window_tests(condition):
        if expression.regex.search(found.window(key)) is None:
            return False
    return True


def _is_name(found: Candidate, case: Case) -> bool:
    """The match lies inside a name that stands in the sentence."""
    text = found.sentence.text
    for name in case.names:
        at = text.find(name)
        while at >= 0:
            if at <= found.start and found.end <= at + len(name):
                return True
            at = text.find(name, at + 1)
    return False


def _attribute(test: AttributeTest, found: Candidate, case: Case) -> bool:
    name = case.shelf.expression(test.name) if test.name else None
    value = case.shelf.expression(test.value) if test.value else None
    said = found.text.strip()
    return any(
        (name is None or name.finds(key))
        and (value is None or value.finds(words))
        and (not test.says or (bool(words) and (said in words or words in said)))
        for key, words in (case.attributes if test.names else case.facts)
    )


def _evidence(test: EvidenceTest, found: Candidate, case: Case) -> bool:
    type_ = case.shelf.expression(test.type) if test.type else None
    about = case.shelf.expression(test.about) if test.about else None
    unless = case.shelf.expression(test.unless) if test.unless else None
    clause, sentence = (found.window(key).decode() for key in ("clause", "sentence"))
    return any(
        (type_ is None or type_.finds(plain(each.type).text))
        and (about is None or about.finds(words))
        and (unless is None or not unless.finds(words))
        and (not test.cited or _cited(each, case))
        and measures(words, clause, sentence)
        and (not test.covers or reaches(words, clause))
        for each, words in case.evidence
    )


def _cited(evidence: Evidence, case: Case) -> bool:
    number = plain(evidence.number).text.strip()
    return bool(number) and any(number in text for text in case.texts)


def _number(test: NumberTest, found: Candidate, case: Case) -> bool:
    said = first_number(found.number or found.text)
    name = case.shelf.expression(test.attribute)
    for key, words in case.attributes:
        value = first_number(words) if name.finds(key) else None
        if said is None or value is None:
            continue
        if {
            "=": said == value,
            "<=": said <= value,
            ">=": said >= value,
            "<": said < value,
            ">": said > value,
        }[test.relation]:
            return True
    return False


def claimed(test: ClaimTest, claims: Sequence[Claim], case: Case) -> bool:
    """Whether one of the claims is of this kind and status."""
    return any(
        test.fits(claim.kind, claim.status)
        and (not test.carrier or case.shelf.expression(test.carrier).finds(claim.carrier))
        for claim in claims
    )

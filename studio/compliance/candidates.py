"""Places in a text that a rule may be about, in the normalised sentence and in the original."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from studio.compliance.clearing import Candidate, Case
from studio.compliance.normal import View
from studio.compliance.pattern import Pattern
from studio.compliance.sentences import Sentence
from studio.compliance.shelf import Loaded
from studio.schema import Claim


class Hit(NamedTuple):
    """A candidate with its rule and its place in the original text."""

    loaded: Loaded
    candidate: Candidate
    start: int
    end: int
    fact: str = ""  # the words of the fact that a claim was held against


def matches(
    pattern: Pattern, sentence: Sentence, encoded: bytes, field: str
) -> Iterator[Candidate]:
    """Places in a sentence; the group `at` narrows the place, `n` names its number."""
    for found in pattern.regex.finditer(encoded):
        groups = found.groupdict()
        first, last = found.span("at" if groups.get("at") else 0)
        if first == last:
            continue
        start = len(encoded[:first].decode())
        number = (groups.get("n") or b"").decode()
        text = encoded[first:last].decode()
        yield Candidate(sentence, start, start + len(text), field, number)


def placed(loaded: Loaded, found: Candidate, view: View, case: Case) -> Hit:
    """The candidate at its original code points, with the claims that lie over it."""
    start, end = view.span(found.sentence.start + found.start, found.sentence.start + found.end)
    over = case.claims_over(found.field, start, end)
    if over:
        found = Candidate(found.sentence, found.start, found.end, found.field, found.number, over)
    return Hit(loaded, found, start, end)


def around(claim: Claim, view: View, sentences: Sequence[Sentence], field: str) -> Candidate | None:
    """A claim as a candidate of the normalised text; None when nothing of it is left there."""
    start, end = claim.start, claim.end
    if view.places is not None:
        starts = view.places[0]
        start, end = bisect_left(starts, claim.start), bisect_left(starts, claim.end)
        if start == end:
            return None
    at = bisect_right(sentences, start, key=lambda s: s.start) - 1
    sentence = sentences[at]
    first = sentence.start
    stop = min(end - first, len(sentence.text))
    return Candidate(sentence, start - first, stop, field, "", (claim,))

"""What may be cut from an English text so that the rest reads on, the smallest cut first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from studio.compliance.cutting import bounds, clause_of, grammar, sentence_of

Span = tuple[int, int, str]
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*|\d[\d.,]*%?")
_RELATIVE = re.compile(r",? (?:that|which|who|whose)\b", re.IGNORECASE)
_AND = re.compile(r",? (?:and|but|while|so)(?: so)? ", re.IGNORECASE)
_BOUND = "ever on in of you money known anywhere around available for".replace(" ", "|")
_TAIL = (
    r"ever\b|on the (?:market|planet|web)|in (?:the|its|your) (?:\w+ ?){1,2}|of all time|"
    r"(?:that )?(?:you|money)(?:['’]ll| can| could| will| have)?(?: ever)? \w+|"
    r"known to \w+|anywhere|around|available|under the sun"
)
_SUPERLATIVE = re.compile(
    r"(?P<lead>(?:\b(?:the|our|its|[\w.’']+['’]s) )*)(?:very |absolute |single )?"
    r"(?P<word>\b[\w-]+est\b|\bbest\b|\bmost (?P<most>[\w-]+))"
    rf"(?P<noun>(?: (?!(?:{_BOUND})\b)[\w-]+){{1,3}})?(?P<tail> (?:{_TAIL})(?: \w+)?)?",
    re.IGNORECASE,
)


def cuts(text: str, start: int, end: int) -> Iterator[Span]:
    """(start, end, words) of cuts that take text[start:end] away."""
    left, right = bounds(text, start, end)
    yield from _positive(text, start, right)
    yield from _quality(text, start, end, left, right)
    yield from _relative(text, start, left, right)
    yield from _conjunct(text, start, end, left, right)
    yield (*clause_of(text, start, end), "")
    yield (*sentence_of(text, start, end), "")


def _positive(text: str, start: int, right: int) -> Iterator[Span]:
    """ "the softest socks ever made" -> "soft socks"."""
    found = _SUPERLATIVE.search(text, start, right)
    if found is None or found.start() > start + 24 or not found["noun"]:
        return
    quality = found["most"] or positive(found["word"].lower())
    noun = found["noun"].strip()
    if quality is None:
        return
    words = f"{quality} {noun}".strip()
    if not noun.lower().endswith("s") and found["lead"]:
        words = f"{article(words)} {words}"
    if found.end("tail") > 0 or found["lead"]:
        first = found.start()
        lead = _WORD.findall(text[start:first])
        if lead and not any(w.lower() in grammar("en")["auxiliaries"] for w in lead):
            first = start
        yield first, found.end(), words


def positive(word: str) -> str | None:
    """The plain form of a superlative, or None when it is no superlative or not known well."""
    table = grammar("en")
    if word in table["keep_est"]:
        return None
    if word in table["positives"]:
        return str(table["positives"][word])
    if word.endswith("iest"):
        return word[:-4] + "y"
    stem = word.removesuffix("est")
    return stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] in "bdgmnt" else stem


def article(words: str) -> str:
    """a or an, by the first letter."""
    return "an" if words[:1].lower() in "aeio" else "a"


def _quality(text: str, start: int, end: int, left: int, right: int) -> Iterator[Span]:
    """A quality before its noun, with the article mended: "An antibacterial mat" -> "A mat"."""
    table = grammar("en")
    said = _WORD.findall(text[start:end])
    rest = _WORD.match(text, end + 1) if text[end : end + 1] == " " else None
    if rest is None or not said or rest.end() > right or "to" in said:
        return
    if _small(rest[0].lower(), table) or rest[0].lower().endswith("ly"):
        return
    last = said[-1].lower()
    looks = last in table["qualities"] or any(last.endswith(e) for e in table["quality_endings"])
    if said[0].lower() in table["determiners"] or not looks:
        return
    before = _WORD.findall(text[left:start])
    own = said[0].lower() in table["articles"] or said[0].lower() == "the"
    if own or (before and before[-1].lower() in table["articles"]):
        first = start if own else text.rindex(before[-1], left, start)
        word = "the" if own and said[0].lower() == "the" else article(rest[0])
        yield first, end, word
    elif not before or not text[left:start].strip() or _opened(before[-1].lower(), table):
        yield start, rest.start(), ""


def _opened(word: str, table: dict[str, frozenset[str]]) -> bool:
    """Whether a noun may follow the word."""
    return word in table["determiners"] or word in table["prepositions"] or word in ("and", "or")


def _small(word: str, table: dict[str, frozenset[str]]) -> bool:
    kinds = ("prepositions", "conjunctions", "auxiliaries", "pronouns", "adverbs", "determiners")
    return any(word in table[kind] for kind in kinds) or word in table["articles"]


def _relative(text: str, start: int, left: int, right: int) -> Iterator[Span]:
    """A clause that begins with "that", "which" or "who" and holds the place."""
    found = [m for m in _RELATIVE.finditer(text, left, right) if m.start() <= start]
    if found and len(_WORD.findall(text[left : found[-1].start()])) > 1:
        yield found[-1].start(), right, ""


def _conjunct(text: str, start: int, end: int, left: int, right: int) -> Iterator[Span]:
    """One side of an "and": the second to its end, the first with its verb when it is whole."""
    seams = list(_AND.finditer(text, left, right))
    before = [m for m in seams if m.end() <= start]
    after = [m for m in seams if m.start() >= end]
    if before and not after and len(_WORD.findall(text[end:right])) < 4:
        if start - before[-1].end() < 12:
            yield before[-1].start(), right, ""
    elif after and not before and not text[left:start].strip():
        yield left + len(text[left:]) - len(text[left:].lstrip()), after[0].end(), ""


def stands(sentence: str, strict: bool, alone: bool) -> bool:
    """Whether what is left of a sentence is one: it neither begins nor ends in the air.

    `strict`: a whole clause was cut, so little that is left rather leans on it; `alone`: nothing
    else is in the text, and a bare noun is a title.
    """
    words = [w.lower() for w in _WORD.findall(sentence)]
    if not words:
        return not sentence.strip()
    table = grammar("en")
    if words[0] in table["hanging"] or words[0] in table["auxiliaries"]:
        return False
    ends = ("articles", "determiners", "prepositions", "conjunctions", "auxiliaries")
    if any(words[-1] in table[kind] for kind in ends):
        return False
    said = sum(not _small(word, table) for word in words)
    brief = strict and len(words) < 4 and not re.search(r"\d", sentence)
    if said < (1 if alone else 2) or brief:
        return False
    loose = table["prepositions"] | table["conjunctions"] | table["auxiliaries"]
    return not any(one in table["leaning"] and two in loose for one, two in pairwise(words))

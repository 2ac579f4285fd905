"""What may be cut from an English text so that the rest reads on, the smallest cut first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, takewhile

from studio.compliance.cutting import article, bounds, clause_of, grammar, sentence_of

Span = tuple[int, int, str]
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*|\d[\d.,]*%?")
_RELATIVE = re.compile(r",? (?:that|which|who|whose)\b", re.IGNORECASE)
_THAN = re.compile(r"(better|more|\w+er) (?:\w+ )?than\b", re.IGNORECASE)
_LEANS = ("while", "so")  # a clause that begins so does not stand without the one before it
_AND = re.compile(r",? (?:and|but|while|so)(?: so)? ", re.IGNORECASE)
_BOUND = "ever on in of you money known anywhere around available for that which who with".replace(
    " ", "|"
)
_TAIL = (
    r"ever(?: (?:made|built|sold|created|designed|baked|brewed|invented|produced))?|"
    r"on the (?:market|planet|web)|in (?:the|its|your) (?:\w+ ?){1,2}|of all time|"
    r"(?:that )?(?:you|money)(?:['’]ll| can| could| will| have)?(?: ever)? \w+|"
    r"known to \w+|anywhere|around|available|under the sun"
)
_SUPERLATIVE = re.compile(
    r"(?P<lead>(?:\b(?:the|our|its|[\w.’']+['’]s) )*)(?:very |absolute |single )?"
    r"(?P<word>\b[\w-]+est\b|\bbest\b|\bonly\b|\bmost (?P<most>[\w-]+))"
    rf"(?P<noun>(?: (?!(?:{_BOUND})\b)[\w-]+){{1,3}})?"
    rf"(?P<tail> (?:{_TAIL})(?: (?:today|online|now))?\b)?",
    re.IGNORECASE,
)


def cuts(text: str, start: int, end: int) -> Iterator[Span]:
    """(start, end, words) of cuts that take text[start:end] away."""
    left, right = bounds(text, start, end)
    yield from _positive(text, start, right)
    yield from _quality(text, start, end, left, right)
    yield from _relative(text, start, left, right)
    yield from _compared(text, start, end, left, right)
    yield from _conjunct(text, start, end, left, right)
    yield (*clause_of(text, start, end), "")
    yield (*sentence_of(text, start, end), "")


def _positive(text: str, start: int, right: int) -> Iterator[Span]:
    """ "the softest socks ever made" -> "soft socks"."""
    start -= 4 if text[max(0, start - 4) : start].lower() == "the " else 0
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


def _quality(text: str, start: int, end: int, left: int, right: int) -> Iterator[Span]:
    """A quality before its noun, with the article mended: "An antibacterial mat" -> "A mat".

    The match may hold the noun; then its first words are tried, the most of them first.
    """
    table = grammar("en")
    said = list(_WORD.finditer(text, start, end))
    if not said or "to" in [w[0] for w in said] or said[0][0].lower() in table["determiners"]:
        return
    for n in range(len(said), 0, -1):
        last = said[n - 1]
        rest = (
            _WORD.match(text, last.end() + 1) if text[last.end() : last.end() + 1] == " " else None
        )
        if any(word[0].lower() in table["auxiliaries"] for word in said[n:]):
            continue  # the match is a sentence about the noun
        if rest is None or rest.end() > right or not _is_quality(last[0], table):
            continue
        if not all(_is_quality(word[0], table) or _goes_with(word[0], table) for word in said[:n]):
            continue
        noun = rest[0].lower()
        if _small(noun, table) or noun.endswith(("ly", "est")) or noun in table["bare"]:
            continue
        yield from _without(text, start, last.end(), rest[0], text[left:start], table)


def _is_quality(word: str, table: dict[str, frozenset[str]]) -> bool:
    word = word.lower()
    if word in table["not_qualities"]:
        return False
    return word in table["qualities"] or (
        len(word) > 5 and word.endswith(tuple(table["quality_endings"]))
    )


def _goes_with(word: str, table: dict[str, frozenset[str]]) -> bool:
    """Whether a word may stand in front of a quality: a, the, and, fully, 100%."""
    word = word.lower()
    return word in (*table["articles"], "the", "and") or word.endswith("ly") or not word.isalpha()


def _without(
    text: str, start: int, end: int, noun: str, before: str, table: dict[str, frozenset[str]]
) -> Iterator[Span]:
    """The cut of a quality; an article before or in it is kept and mended."""
    own = _WORD.match(text, start)
    opens = own is not None and own[0].lower() in (*table["articles"], "the")
    words = _WORD.findall(before)
    if opens and own is not None:
        yield start, end, "the" if own[0].lower() == "the" else article(noun)
    elif words and words[-1].lower() in table["articles"]:
        yield text.rindex(words[-1], 0, start), end, article(noun)
    elif not words or not before.strip() or _opened(words[-1].lower(), table):
        yield start, end + 1, ""


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
    """One side of an "and": the second to its end, or the first but for its subject.

    "Drop it and it will not dent": a second side with a subject of its own follows from the first.
    """
    seams = list(_AND.finditer(text, left, right))
    before = [m for m in seams if m.end() <= start]
    after = [m for m in seams if m.start() > start and m[0].strip(" ,").lower() not in _LEANS]
    if before and not after and len(_WORD.findall(text[end:right])) < 4:
        if start - before[-1].end() < 12:
            yield before[-1].start(), right, ""
    elif after and not before:
        subject = [w.lower() for w in _WORD.findall(text[left:start])]
        next_ = _WORD.match(text, after[0].end())
        if subject and _is_subject(subject):
            yield start, after[0].end(), ""
        elif not subject and next_ and next_[0].lower() not in grammar("en")["pronouns"]:
            yield left + len(text[left:]) - len(text[left:].lstrip()), after[0].end(), ""


def _compared(text: str, start: int, end: int, left: int, right: int) -> Iterator[Span]:
    """ "cleans better than any mop and ..." -> "cleans well and ..."."""
    than = _THAN.match(text, start, end)
    said = len(_WORD.findall(text[left:start]))
    if than is None or not said:
        return
    seam = _AND.search(text, than.end(), right)
    stop = seam.start() if seam else right
    plain = grammar("en")["plainly"].get(than[1].lower())
    if plain:
        yield start, stop, plain
    elif said > 2:
        yield start - 1, stop, ""


def _is_subject(words: list[str]) -> bool:
    """Whether these are a short noun phrase, without a verb: "these headphones"."""
    table = grammar("en")
    if len(words) > 4 or words[0] not in table["determiners"] | table["articles"]:
        return False
    many = words[0] in ("these", "those", "our", "your", "their", "all")
    return many or not words[-1].endswith("s") or words[-1].endswith("ss")


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
    if names_little(sentence):
        return False
    said = sum(not _small(word, table) for word in words)
    brief = strict and len(words) < 4 and not re.search(r"\d", sentence)
    if said < (1 if alone else 2) or brief:
        return False
    loose = table["prepositions"] | table["conjunctions"] | table["auxiliaries"]
    return not any(one in table["leaning"] and two in loose for one, two in pairwise(words))


def names_little(sentence: str) -> bool:
    """Whether it opens with a noun that is no goods by itself ("Design, 40 cm"), or is "The glue"
    and nothing else."""
    table = grammar("en")
    clause = re.split(r"[,.;:!?]", sentence.strip(), maxsplit=1)[0].lower()
    words = _WORD.findall(clause)
    if not words or words[0] in table["determiners"] - {"the"} | table["pronouns"]:
        return False
    loose = table["prepositions"] | table["conjunctions"] | table["auxiliaries"]
    first = words[0] in table["articles"] or words[0] == "the"
    named = list(takewhile(lambda word: word not in loose, words[first:]))
    bare = len(named) == 1 and named[0] in table["bare"]
    return bare or (words[0] == "the" and len(words) < 3)

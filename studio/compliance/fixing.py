"""Replacements for findings, and the texts with them in place.

What a rule itself proposes comes first, then cuts that leave a text that reads on, then the fact
on file; which of them is offered is settled in passing.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from studio.compliance import cuts_en, cuts_zh
from studio.compliance.clearing import Candidate
from studio.compliance.cutting import (
    CLAUSE,
    Edit,
    bounds,
    chinese,
    clause_of,
    exact,
    grammar,
    sentence_of,
)
from studio.compliance.normal import plain
from studio.compliance.shelf import Loaded, Shelf
from studio.schema import LIST_FIELDS, Finding

_WORD = re.compile(r"[a-z][a-z']{2,}")
_AMOUNT = re.compile(r"(\d[\d.,]*)([- ]?)([A-Za-z]+)")


class Place(Protocol):
    """Where a finding stands in the original text."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def fact(self) -> str: ...


class Fix(NamedTuple):
    """What to show in place of the match, and the edit that "fix all" may make."""

    text: str
    edit: tuple[int, int, str] | None


class Proposal(NamedTuple):
    """An edit, and whether "fix all" may make it without a person's decision."""

    edit: Edit
    safe: bool = True


def fix_of(loaded: Loaded, found: Candidate, text: str, place: Place, shelf: Shelf) -> Fix | None:
    """The rule's own first rewrite that fits the match, not yet checked, or None."""
    own = _own(loaded, found.text, text, place.start, place.end, place.fact, shelf)
    first = next(own, None)
    if first is None:
        return None
    words = first.edit.words if first.edit.start >= place.start else ""
    empty = not first.edit.of(text).strip(CLAUSE + " .")
    edit = (first.edit.start, first.edit.end, first.edit.words)
    return Fix(words, edit if first.safe and not empty else None)


# --- what could stand there ---------------------------------------------------------------------


def proposals(
    loaded: Loaded, text: str, start: int, end: int, fact: str, shelf: Shelf
) -> Iterator[Proposal]:
    """All edits worth trying for text[start:end], the one that changes least first."""
    safe = all(fix.safe for fix in loaded.rule.rewrite)
    fact = re.sub(r"(?<=\d) (?=[^a-zA-Z])", "", fact)
    yield from _own(loaded, plain(text[start:end]).text, text, start, end, fact, shelf, worded=True)
    if loaded.rule.kind == "claim" and _short(fact):
        yield Proposal(exact(text, start, end, _as_written(fact, text[start:end])), safe)
    end = max(start + 1, len(text[:end].rstrip(CLAUSE + ". ")))
    if shelf.topics[loaded.rule.taxonomy].whole:
        yield Proposal(exact(text, *sentence_of(text, start, end), ""), safe)
        return
    find = cuts_zh.cuts if chinese(text[start:end]) else cuts_en.cuts
    for a, b, words in find(text, start, end):
        if not words and chinese(text):
            if not cuts_zh.seamless(text, a, b):
                continue
            b += len(cuts_zh.joined(text, b))
        yield Proposal(exact(text, a, b, words), safe)


def _short(fact: str) -> bool:
    """Whether a fact may stand in a sentence as it is: a number with its unit, or a word."""
    return re.fullmatch(r"[約约≈±~]?\d[\d.,]*\s?[^\W\d_]{0,6}|[^\W\d_]{2,12}", fact) is not None


def _own(
    loaded: Loaded,
    said: str,
    text: str,
    start: int,
    end: int,
    fact: str,
    shelf: Shelf,
    worded: bool = False,
) -> Iterator[Proposal]:
    """The rewrites of the rule that fit the match; only those with words of their own on demand."""
    for fix in () if worded and loaded.rule.kind == "repeat" else loaded.rule.rewrite:
        match = text[start:end]
        words = fix.text.replace("{fact}", fact).replace("{match}", match)
        if ("{fact}" in fix.text and not fact) or (worded and fix.drop == "clause"):
            continue
        if fix.match:
            fits = shelf.expression(fix.match).regex.fullmatch(said.encode())
            if fits is None:
                continue
            words = fits.expand(words.encode()).decode() if "\\" in words else words
        if fix.drop == "clause":
            yield Proposal(exact(text, *_clause(text, start, end), ""), fix.safe)
        elif fix.drop == "phrase":
            if not (worded and chinese(text)):  # the cuts know better what stays of a clause
                yield Proposal(exact(text, start, _after_particle(text, end), ""), fix.safe)
        elif fix.text.startswith("{match}"):
            yield Proposal(_noticed(text, end, words.removeprefix(match)), fix.safe)
        else:
            if not (worded and chinese(match) and _spoils(text, start, end, words)):
                yield Proposal(exact(text, start, end, _as_written(words, match)), fix.safe)


def _spoils(text: str, start: int, end: int, words: str) -> bool:
    """Whether Chinese words take a part of a word away, or the noun that the match ends in."""
    match = text[start:end]
    noun = match.rpartition("的")[2]
    lost = "的" in match[:-2] and len(noun) > 1 and noun not in words
    return lost or cuts_zh.parts_a_word(text, start, end)


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause, of which a Chinese one may leave the noun that it is about."""
    left, right = bounds(text, start, end)
    heads = [a for a in cuts_zh.cuts(text, start, end) if a[0] == left and a[1] < right]
    return heads[0][:2] if heads and chinese(text) else clause_of(text, start, end)


def _noticed(text: str, end: int, notice: str) -> Edit:
    """A notice that the law wants: a sentence of its own behind the one that calls for it."""
    words = notice.strip(" ()（）")
    zh = chinese(notice)
    at = sentence_of(text, end - 1, end)[1]
    stop = "" if text[:at].rstrip()[-1:] in "。！？.!?" else "。" if zh else "."
    words = words if words[-1:] in "。.!" else words + ("。" if zh else ".")
    blank = "" if zh or text[:at].endswith(" ") else " "
    return Edit(at, at, f"{stop}{blank}{words[:1].upper()}{words[1:]}")


def is_notice(edit: Edit) -> bool:
    """Whether it only adds a sentence."""
    return edit.start == edit.end and edit.words.endswith(("。", "."))


def _as_written(words: str, match: str) -> str:
    """English keeps its capital, and a unit that is written out: 16-hour, of a fact "8 h"."""
    said, fact = _AMOUNT.fullmatch(match), _AMOUNT.fullmatch(words)
    if said and fact and grammar("en")["short"].get(fact[3], fact[3]) == said[3].lower():
        return f"{fact[1]}{said[2]}{said[3]}"
    return words[:1].upper() + words[1:] if not match[:1].islower() else words


def _after_particle(text: str, end: int) -> int:
    """A dropped Chinese quality takes its 的 along."""
    return end + 1 if text[end : end + 1] in ("的", "之") else end


# --- putting them in ------------------------------------------------------------------------------


def rewrite(texts: Mapping[str, str], findings: Sequence[Finding]) -> dict[str, str]:
    """The texts with the safe edits of open findings made, at most one a sentence.

    What is found afterwards may be rewritten again, until `rewrite` changes nothing. A piece of a
    list that had nothing else in it becomes "".
    """
    out = dict(texts)
    for field, text in texts.items():
        mine = [f for f in findings if f.field == field and not f.cleared and not f.waived]
        edits = sorted({Edit(*f.edit) for f in mine if f.edit and f.safe}, key=lambda e: e.start)
        kept: list[Edit] = []
        last = all(map(is_notice, edits))  # notices come when nothing else of the text may go
        for edit in edits:
            if _twice(edit, kept) or (is_notice(edit) and not last):
                continue
            if not kept or sentence_of(text, kept[-1].start, kept[-1].end)[1] <= edit.start:
                kept.append(edit)
        for edit in reversed(kept):
            after = edit.of(text)
            # An empty text is for a person to write; of a list one piece may go.
            if after.strip(CLAUSE + " .") or may_go(field, out):
                text = after
        out[field] = text
    return out


def may_go(field: str, texts: Mapping[str, str]) -> bool:
    """Whether it is a piece of a list that has others: a bullet, a keyword."""
    head = field.partition(".")[0]
    others = (f for f, text in texts.items() if f != field and text.strip())
    return head in LIST_FIELDS and any(f.startswith(f"{head}.") for f in others)


def _twice(edit: Edit, kept: Sequence[Edit]) -> bool:
    """Whether it adds a notice that another edit adds: once in a text is enough."""
    added = [e.words.strip() for e in kept if e.start == e.end]
    return edit.start == edit.end and edit.words.strip() in added


def repeated(text: str, times: int) -> Iterator[tuple[int, int]]:
    """Places of words that stand more than `times` times: the first place too many of each."""
    small = grammar("en")["repeatable"]
    places = [(m[0], m.span()) for m in _WORD.finditer(text) if m[0] not in small]
    seen: Counter[str] = Counter()
    for word, span in places:
        seen[word] += 1
        if seen[word] == times + 1:
            yield span

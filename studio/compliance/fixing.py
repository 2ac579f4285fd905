"""Suggestions for findings, and the texts with the safe ones applied."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from studio.compliance.clearing import Candidate
from studio.compliance.shelf import Loaded, Shelf
from studio.schema import Finding

_WORD = re.compile(r"[a-z][a-z']{2,}")
_SMALL = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "your",
        "from",
        "that",
        "this",
        "are",
        "not",
        "you",
        "all",
        "can",
        "our",
    ]
)
_HEAD = re.compile("[^的]{0,6}的([\u4e00-\u9fff]{2,8})")  # what an attributive clause is about
_CLAUSE = "，,、；;：:。！!？?\n"
_CUT = re.compile(  # not in 1,000, 10:30, 99.9 or No. 1
    r"[，、；;：。！!？?\n]|[,:](?!\d)|(?<!\d)[,:]|(?<!\b[Nn]o)\.(?=\s|$)"
)


class Place(Protocol):
    """Where a finding stands in the original text."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def fact(self) -> str: ...


class Edit(NamedTuple):
    """What to show in place of the match, and the edit that "fix all" may make."""

    text: str
    edit: tuple[int, int, str] | None


def fix_of(loaded: Loaded, found: Candidate, text: str, place: Place, shelf: Shelf) -> Edit | None:
    """The first rewrite of the rule that fits the match, or None."""
    for fix in loaded.rule.rewrite:
        said = found.text.encode()
        words = fix.text.replace("{fact}", place.fact).replace(
            "{match}", text[place.start : place.end]
        )
        if "{fact}" in fix.text and not place.fact:
            continue
        if fix.match:
            fits = shelf.expression(fix.match).regex.fullmatch(said)
            if fits is None:
                continue
            words = fits.expand(words.encode()).decode() if "\\" in words else words
        if fix.drop == "clause":
            start, end = _attributive(text, place) or clause_of(text, place.start, place.end)
        elif fix.drop == "phrase":
            start, end = place.start, _after_particle(text, place.end)
        else:
            start, end = place.start, place.end
            words = _as_written(words, text[start:end])
        empty = not (text[:start] + words + text[end:]).strip(_CLAUSE + " .")
        return Edit(words, (start, end, words) if fix.safe and not empty else None)
    return None


def _as_written(words: str, match: str) -> str:
    """English keeps its capital."""
    return words[:1].upper() + words[1:] if match[:1].isupper() else words


def _after_particle(text: str, end: int) -> int:
    """A dropped Chinese quality takes its 的 along."""
    return end + 1 if text[end : end + 1] in ("的", "之") else end


def _attributive(text: str, place: Place) -> tuple[int, int] | None:
    """From the clause's start to its noun, for a match inside "...的<noun>"; else None."""
    left, right = _bounds(text, place.start, place.end)
    head = _HEAD.fullmatch(text, max(place.start, place.end - 1), right)
    return (left, head.start(1)) if head else None


def _bounds(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the words of the clause around a place begin and end, stops left out."""
    stops = (m.end() for m in _CUT.finditer(text) if m.end() <= start)
    after = _CUT.search(text, end)
    return max(stops, default=0), after.start() if after else len(text)


def clause_of(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause around a place with the stop that follows it, or the one before at the end."""
    left, right = _bounds(text, start, end)
    if right < len(text) and text[right] not in "。！!？?.":
        return left, right + 1
    if left > 0 and text[left - 1] in "，,、；;：:":
        return left - 1, right
    return left, min(right + 1, len(text))


def rewrite(texts: Mapping[str, str], findings: Sequence[Finding]) -> dict[str, str]:
    """The texts with the safe edits of uncleared findings made, from the end to the start."""
    out = dict(texts)
    for field, text in texts.items():
        mine = [
            f for f in findings if f.field == field and f.edit and not f.cleared and not f.waived
        ]
        reached = len(text) + 1
        for finding in sorted(mine, key=lambda f: -(f.edit or (0,))[0]):
            start, end, words = finding.edit or (0, 0, "")
            if not words:
                end = min(end, reached)  # two deletions may share the stop between them
            if end <= reached:
                text = text[:start] + words + text[end:]
                reached = start
        text = tidy(text) if text != texts[field] else text
        if text.strip(_CLAUSE + " ."):  # a text of which nothing is left is for a person to write
            out[field] = text
    return out


def tidy(text: str) -> str:
    """Repairs what a deletion leaves: doubled stops and blanks, a stop at the beginning."""
    text = re.sub(r"[，、,；;：:]+(?=[。！？.!?])", "", text)
    text = re.sub(r"([，、；：。！？,;])[，、；：,;]+", r"\1", text)
    text = re.sub(r"[ \t]{2,}", " ", text)
    text = re.sub(r" +([,.;:!?])", r"\1", text)
    text = re.sub(r"(^|\n)[，、；：。,;: ]+", r"\1", text)
    text = re.sub(r"([，、；：,;:])\s*$", "。" if re.search("[\u4e00-\u9fff]", text) else ".", text)
    return text[:1].upper() + text[1:] if text[:1].islower() and text[:1].isascii() else text


def repeated(text: str, times: int) -> Iterator[tuple[int, int]]:
    """Places of words that stand more than `times` times: the first place too many of each."""
    places = [(m[0], m.span()) for m in _WORD.finditer(text) if m[0] not in _SMALL]
    seen: Counter[str] = Counter()
    for word, span in places:
        seen[word] += 1
        if seen[word] == times + 1:
            yield span

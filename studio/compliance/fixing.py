"""Replacements for findings, and the texts with them in place.

What a rule itself proposes comes first, then cuts that leave a text that reads on, then the fact
on file. `offered` keeps for each finding the first of them that passes the whole check.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

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
    sentences,
)
from studio.compliance.normal import plain
from studio.compliance.shelf import Loaded, Shelf
from studio.schema import LIST_FIELDS, Claim, ClaimStatus, Finding

if TYPE_CHECKING:
    from studio.compliance.rules import Rules

_WORD = re.compile(r"[a-z][a-z']{2,}")
_WHOLE = 1200  # a text up to this length is checked whole after an edit; of a longer one, a part
_PATIENCE = 400_000  # characters read again for the replacements of one text, then no more of them
_EFFORT = 100  # characters that a finding costs as much as

Read = Callable[[Mapping[str, str]], tuple[Sequence[Claim], Sequence[Finding]]]


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
            last = _after_particle(text, end)
            if not (worded and chinese(text)) or cuts_zh.seamless(text, start, last):
                yield Proposal(exact(text, start, last, ""), fix.safe)
        elif fix.text.startswith("{match}"):
            yield Proposal(_noticed(text, end, words.removeprefix(match)), fix.safe)
        else:
            if not (worded and _loses_noun(match, words)):
                yield Proposal(exact(text, start, end, _as_written(words, match)), fix.safe)


def _loses_noun(match: str, words: str) -> bool:
    """Whether the noun that a Chinese match ends in is not in the words for it."""
    noun = match.rpartition("的")[2]
    return chinese(match) and "的" in match[:-2] and len(noun) > 1 and noun not in words


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause, of which a Chinese one may leave the noun that it is about."""
    left, right = bounds(text, start, end)
    heads = [a for a in cuts_zh.cuts(text, start, end) if a[0] == left and a[1] < right]
    return heads[0][:2] if heads and chinese(text) else clause_of(text, start, end)


def _noticed(text: str, end: int, notice: str) -> Edit:
    """A notice that the law wants: a sentence of its own behind the one that calls for it."""
    words = notice.strip(" ()（）")
    zh = chinese(notice)
    at = sentence_of(text, end, end)[1]
    stop = "" if text[:at].rstrip()[-1:] in "。！？.!?" else "。" if zh else "."
    words = words if words[-1:] in "。.!" else words + ("。" if zh else ".")
    blank = "" if zh or text[:at].endswith(" ") else " "
    return Edit(at, at, f"{stop}{blank}{words[:1].upper()}{words[1:]}")


def _as_written(words: str, match: str) -> str:
    """English keeps its capital."""
    return words[:1].upper() + words[1:] if not match[:1].islower() else words


def _after_particle(text: str, end: int) -> int:
    """A dropped Chinese quality takes its 的 along."""
    return end + 1 if text[end : end + 1] in ("的", "之") else end


# --- what passes --------------------------------------------------------------------------------


def offered(
    texts: Mapping[str, str],
    claims: Sequence[Claim],
    findings: Sequence[Finding],
    rules: Rules,
    read: Read,
) -> tuple[Finding, ...]:
    """The findings, each with a replacement that reads on and passes the whole check, or with none.

    `read` grounds and checks texts. Of a text with very many findings the first ones get theirs;
    the others keep their advice.
    """
    readers = {field: _Reader(field, read) for field in texts}
    loaded = {each.rule.id: each for each in rules.rules}
    facts = {(c.field, c.start, c.end): c.carrier_text for c in claims}
    out = []
    for finding in findings:
        rule, text = loaded.get(finding.rule), texts.get(finding.field)
        if finding.cleared or rule is None or text is None:
            out.append(finding)
            continue
        fact = facts.get((finding.field, finding.start, finding.end), "")
        reader = readers[finding.field]
        first = None if reader.tired else _first(rule, finding, text, fact, rules.shelf, reader)
        if first is None and _may_go(finding.field, texts):
            first = Proposal(Edit(0, len(text), ""), all(fix.safe for fix in rule.rule.rewrite))
        change = {
            "edit": tuple(first.edit) if first else None,
            "safe": first.safe if first else True,
            "suggestion": first.edit.words if first else "",
        }
        out.append(finding.model_copy(update=change))
    return tuple(out)


def _may_go(field: str, texts: Mapping[str, str]) -> bool:
    """Whether it is a piece of a list that has others: a bullet, a keyword."""
    head = field.partition(".")[0]
    others = (f for f, text in texts.items() if f != field and text.strip())
    return head in LIST_FIELDS and any(f.startswith(f"{head}.") for f in others)


class _Reader:
    """Counts what is found in versions of a field's text, each read once, until it is tired.

    `spend` takes characters of its patience.
    """

    def __init__(self, field: str, read: Read) -> None:
        self._field = field
        self._read = read
        self._known: dict[str, Counter[tuple[str, str]]] = {}
        self._spent = 0

    @property
    def tired(self) -> bool:
        return self._spent > _PATIENCE

    def spend(self, characters: int) -> None:
        self._spent += characters + _EFFORT

    def counted(self, text: str) -> Counter[tuple[str, str]]:
        """How often each rule finds something, and how many claims of a kind no fact carries."""
        counts = self._known.get(text)
        if counts is None:
            claims, findings = self._read({self._field: text})
            self.spend(len(text) + _EFFORT * (len(claims) + len(findings)))
            counts = Counter((f.rule, f.market) for f in findings if not f.cleared)
            counts.update((c.kind, "") for c in claims if c.status is not ClaimStatus.SUPPORTED)
            self._known[text] = counts
        return counts


def _first(
    rule: Loaded, finding: Finding, text: str, fact: str, shelf: Shelf, reader: _Reader
) -> Proposal | None:
    """The first proposal after which this finding is gone, no other came, and the text reads on."""
    a, b = (0, len(text)) if len(text) <= _WHOLE else _around(text, finding.start, finding.end)
    part = text[a:b]
    reader.spend(len(part))
    before = reader.counted(part)
    tried: set[str] = set()
    for each in proposals(rule, part, finding.start - a, finding.end - a, fact, shelf):
        after = each.edit.of(part)
        if after in tried or not _reads(part, after, each.edit):
            continue
        tried.add(after)
        counts = reader.counted(after)
        mine = (finding.rule, finding.market)
        if counts <= before and counts[mine] < before[mine]:
            start, end, words = each.edit
            return Proposal(Edit(start + a, end + a, words), each.safe)
    return None


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a place with its neighbours."""
    a, b = sentence_of(text, start, end)
    return sentence_of(text, max(0, a - 1), a)[0], sentence_of(text, b, min(len(text), b + 1))[1]


def _reads(before: str, after: str, edit: Edit) -> bool:
    """Whether the text still reads where it was changed, and something is left of it."""
    if not after.strip(CLAUSE + " ."):
        return False
    a, b = sentence_of(after, edit.start, edit.start + len(edit.words))
    sentence = after[a:b]
    if set(sentences(after)) <= set(sentences(before)):
        return True  # whole sentences went
    stands = cuts_zh.stands if chinese(sentence) else cuts_en.stands
    gone = before[edit.start : edit.end].rstrip(". ")
    strict = any(stop in gone for stop in CLAUSE) or re.search(r"\b(?:and|but|so)\b", gone)
    if any((before + after).count(mark) % 2 for mark in '"') or _unpaired(after) > _unpaired(
        before
    ):
        return False
    table = grammar("zh" if chinese(sentence) else "en")
    alone = not (after[:a] + after[b:]).strip()
    if re.search(table["limits"], gone.lower()):
        return False  # what limits an offer stays beside it
    words = edit.words.strip()
    if words and not (len(words) == 1 and words.isascii()):  # words for words, not a capital
        zh, at = chinese(sentence), edit.start + len(edit.words)
        if re.search(table["frames"], after[a:at] if zh else after[at:b].lower()):
            return False
        a, b = sentence_of(before, edit.start, edit.end)
        return stands(sentence, False, alone) or not stands(before[a:b], False, alone)
    return stands(sentence, bool(strict), alone)


def _unpaired(text: str) -> int:
    """How many quotation marks and brackets have lost their partner."""
    return sum(
        abs(text.count(one) - text.count(two)) for one, two in ("“”", "「」", "《》", "()", "（）")
    )


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
        for edit in edits:
            if _twice(edit, kept):
                continue
            if not kept or sentence_of(text, kept[-1].start, kept[-1].end)[1] <= edit.start:
                kept.append(edit)
        for edit in reversed(kept):
            after = edit.of(text)
            # An empty text is for a person to write; of a list one piece may go.
            if after.strip(CLAUSE + " .") or _may_go(field, out):
                text = after
        out[field] = text
    return out


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

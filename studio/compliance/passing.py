"""The first replacement of a finding that passes the whole check and reads on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from studio.compliance import cuts_en, cuts_zh, likeness
from studio.compliance.cutting import CLAUSE, Edit, chinese, grammar, sentence_of, sentences
from studio.compliance.fixing import Proposal, is_notice, may_go, proposals
from studio.compliance.plainly import told
from studio.compliance.shelf import Loaded, Shelf
from studio.schema import Claim, ClaimStatus, Context, Finding

if TYPE_CHECKING:
    from studio.compliance.rules import Rules

_WHOLE = 1200  # a text up to this length is checked whole after an edit; of a longer one, a part
_PATIENCE = 400_000  # characters read again for the replacements of one text, then no more of them
_EFFORT = 100  # characters that a finding costs as much as

_Counts = Counter[tuple[str, str]]  # by rule and market, or kind of claim
Read = Callable[[Mapping[str, str]], tuple[Sequence[Claim], Sequence[Finding]]]


def offered(
    texts: Mapping[str, str],
    claims: Sequence[Claim],
    findings: Sequence[Finding],
    rules: Rules,
    read: Read,
    context: Context,
) -> tuple[Finding, ...]:
    """The findings, each with a replacement that reads on and passes the whole check, or with none.

    Of a text of which no cut leaves anything the context's facts make a plain one. `read` grounds
    and checks texts. Of a text with very many findings the first ones get theirs; the others keep
    their advice.
    """
    readers = {field: _Reader(field, read) for field in texts}
    facts = {(c.field, c.start, c.end): c.carrier_text for c in claims}
    out = []
    for finding in findings:
        rule, text = rules.behind(finding), texts.get(finding.field)
        if finding.cleared or rule is None or text is None:
            out.append(finding)
            continue
        fact = facts.get((finding.field, finding.start, finding.end), "")
        reader = readers[finding.field]
        first = None if reader.tired else _first(rule, finding, text, fact, rules.shelf, reader)
        if first is None and may_go(finding.field, texts):
            first = Proposal(Edit(0, len(text), ""), all(fix.safe for fix in rule.rule.rewrite))
        elif first is None and not reader.tired:
            first = _plain(rule, finding, text, context, reader)
        change = {
            "edit": tuple(first.edit) if first else None,
            # What only reads like a claim is a person's to change.
            "safe": finding.rule != likeness.RULE and (first is None or first.safe),
            "suggestion": first.edit.words if first else "",
        }
        out.append(finding.model_copy(update=change))
    return tuple(out)


class _Reader:
    """Counts what is found in versions of a field's text, each read once, until it is tired.

    `spend` takes characters of its patience.
    """

    def __init__(self, field: str, read: Read) -> None:
        self._field = field
        self._read = read
        self._known: dict[str, _Counts] = {}
        self._spent = 0

    @property
    def tired(self) -> bool:
        return self._spent > _PATIENCE

    def spend(self, characters: int) -> None:
        self._spent += characters + _EFFORT

    def counted(self, text: str) -> _Counts:
        """How often each rule finds something, and how many claims of a kind no fact carries."""
        counts = self._known.get(text)
        if counts is None:
            claims, findings = self._read({self._field: text})
            self.spend(len(text) + _EFFORT * (len(claims) + len(findings)))
            counts = Counter((f.rule, f.market) for f in findings if not f.cleared)
            counts.update((c.kind, "") for c in claims if c.status is not ClaimStatus.SUPPORTED)
            self._known[text] = counts
        return counts


def _helps(before: _Counts, after: _Counts, mine: tuple[str, str]) -> bool:
    """Whether this finding is gone and no other came; what only reads like a claim is none."""
    graver = Counter({key: n for key, n in after.items() if key[0] != likeness.RULE})
    return graver <= before and after[mine] < before[mine]


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
        if _helps(before, counts, mine):
            start, end, words = each.edit
            return Proposal(Edit(start + a, end + a, words), each.safe)
    return None


def _plain(
    rule: Loaded, finding: Finding, text: str, context: Context, reader: _Reader
) -> Proposal | None:
    """What the facts say, in place of a text of a sentence or two."""
    if len(sentences(text)) > 2:
        return None
    before, mine = reader.counted(text), (finding.rule, finding.market)
    for words in told(finding.field, text, context):
        counts = reader.counted(words)
        if _helps(before, counts, mine):
            return Proposal(Edit(0, len(text), words), all(fix.safe for fix in rule.rule.rewrite))
    return None


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a place with its neighbours."""
    a, b = sentence_of(text, start, end)
    return sentence_of(text, max(0, a - 1), a)[0], sentence_of(text, b, min(len(text), b + 1))[1]


def _reads(before: str, after: str, edit: Edit) -> bool:
    """Whether the text still reads where it was changed, and something is left of it."""
    if not after.strip(CLAUSE + " ."):
        return False
    if is_notice(edit):
        return True
    a, b = sentence_of(after, edit.start, edit.start + len(edit.words))
    sentence = after[a:b]
    rest = sentences(after)
    if set(rest) <= set(sentences(before)):  # whole sentences went
        return len(rest) > 1 or not _is_appendix(rest[0])
    stands = cuts_zh.stands if chinese(sentence) else cuts_en.stands
    gone = before[edit.start : edit.end].rstrip(". ")
    parted = re.search(r"\w", gone) is not None and any(stop in gone for stop in CLAUSE)
    strict = parted or re.search(r"\b(?:and|but|so)\b", gone)
    if any((before + after).count(mark) % 2 for mark in '"') or _unpaired(after) > _unpaired(
        before
    ):
        return False
    table = grammar("zh" if chinese(sentence) else "en")
    alone = not (after[:a] + after[b:]).strip()
    if re.search(table["limits"], gone.lower()):
        return False  # what limits an offer stays beside it
    if re.search(table["awkward"], sentence.lower()):
        return False
    words = edit.words.strip()
    if words and not (len(words) == 1 and words.isascii()):  # words for words, not a capital
        zh, at = chinese(sentence), edit.start + len(edit.words)
        if re.search(table["frames"], after[a:at] if zh else after[at:b].lower()):
            return False
        a, b = sentence_of(before, edit.start, edit.end)
        return stands(sentence, False, alone) or not stands(before[a:b], False, alone)
    return stands(sentence, bool(strict), alone)


def _is_appendix(sentence: str) -> bool:
    """Whether it is nothing without the sentence that was cut: a notice, or "Impossible"."""
    zh = chinese(sentence)
    notice = re.search(grammar("zh" if zh else "en")["notices"], sentence) is not None
    return notice or (not zh and cuts_en.names_little(sentence))


def _unpaired(text: str) -> int:
    """How many quotation marks and brackets have lost their partner."""
    return sum(
        abs(text.count(one) - text.count(two)) for one, two in ("“”", "「」", "《》", "()", "（）")
    )

"""What the goods fit: iPhone 15, Android, Nespresso."""

from __future__ import annotations

import re

from studio.grounding.clauses import negated
from studio.grounding.draft import Draft
from studio.grounding.facts import Fact
from studio.grounding.notes import note
from studio.grounding.patterns import Pattern
from studio.grounding.words import Hit, lexicon
from studio.schema import ClaimStatus

_CUE = Pattern(
    r"(?<![a-z])(?:compatible|compatibility|fits?|works? with|designed for|made for"
    r"|for use with|suitable for|supports?|pairs? with|connects? (?:to|with)|case for"
    r"|cover for|charger for|for (?:your |the |all )?$)"
    r"|适用|适配|兼容|支持|通用|匹配|可用于|专用|连接|配对"
)
_MODEL = Pattern(
    r"[ ]?[a-z]?(?P<n>[0-9]{1,3}(?:\s?(?:-|/|到|至|~|to |or |and )\s?[0-9]{1,3})?)"
    r"(?P<tail>(?:[ ]?(?:pro|max|plus|mini|ultra|se|air|fe))*)(?![0-9a-z])"
)


def read_compat(draft: Draft) -> None:
    """Adds a claim for every device that the text says the goods fit."""
    for hit in draft.hits.get("devices", []):
        clause = draft.clauses.around(hit.start, hit.end)
        left = draft.text[clause[0] : hit.start]
        right = draft.text[hit.end : clause[1]]
        cue = _CUE.search(left) or re.search(
            r"(?:通用|适用|compatible|可用|专用|能用|均支持|都支持)", right[:16]
        )
        own = draft.text[hit.start : hit.end] in draft.book.brand
        if cue and not own and not negated(draft.text, hit.start, hit.end):
            _device(draft, hit)


def _device(draft: Draft, hit: Hit) -> None:
    model = _MODEL.match(draft.text, hit.end)
    end = model.end() if model else hit.end
    span = (hit.start, end)
    draft.taken.add(*span)
    listed = [f for f in draft.book.facts if "compatibility" in f.topics]
    for fact in draft.book.facts:
        for other in fact.found.get("devices", ()):
            same = other.key == hit.key and _covers(fact, other, model)
            if same or other.key == _system(hit.key):
                draft.add(span, "compatibility", ClaimStatus.SUPPORTED, fact)
                return
    if listed:
        why = draft.differs(*span, listed[0])
        draft.add(span, "compatibility", ClaimStatus.CONTRADICTED, listed[0], why)
    else:
        draft.add(span, "compatibility", ClaimStatus.UNSUPPORTED, None, note("no_fit"))


def _system(key: str) -> str:
    """The system that a device runs, or ""."""
    entry = lexicon("devices")[key]
    return str(entry.get("is", "")) if isinstance(entry, dict) else ""


def _covers(fact: Fact, hit: Hit, model: re.Match[str] | None) -> bool:
    """True when the fact's words after the device name hold the model of the text."""
    if model is None:
        return True
    rest = fact.line[hit.end : hit.end + 160]
    wanted = {int(n) for n in re.findall(r"[0-9]+", model["n"])}
    known: set[int] = set()
    for one in re.finditer(
        r"(?<![0-9.])([0-9]{1,3})(?:\s?(?:-|~|到|至|to)\s?[a-z]?([0-9]{1,3}))?(?![0-9])", rest
    ):
        low = int(one[1])
        high = int(one[2]) if one[2] else low
        known |= set(range(low, min(high, low + 60) + 1))
    tail = model["tail"].strip()
    return wanted <= known and (not tail or tail in rest or "series" in rest or "全系" in rest)

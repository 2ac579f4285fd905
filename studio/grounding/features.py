"""Functions that the goods have or lack, and what is denied of them: 不含香精, nut-free."""

from __future__ import annotations

import re
from functools import lru_cache

from studio.grounding.clauses import negated
from studio.grounding.draft import Draft
from studio.grounding.facts import Book, Fact
from studio.grounding.notes import note
from studio.grounding.patterns import Ending, Pattern
from studio.grounding.words import Hit, lexicon
from studio.schema import ClaimStatus

_NO = Pattern(
    r"^(?:no|none|not|false|without|n/a|0|否|无|不|没有|非|未|不支持|不可|不能|不带|✗|×"
    r"|x)(?![a-z])|"
    r"(?:not supported|not included|unsupported|not safe|不支持|不可|不能|不适用|无此)"
)
_FREE_AFTER = Pattern(
    r"(?:[- ]?free)(?![a-z ]?(?:shipping|delivery|gift|range|return|spirit|of charge))(?![a-z])"
)
_FREE_BEFORE = Ending(
    r"(?:(?<![a-z])(?:free (?:of|from)|without(?: any)?|no|zero|contains no|does not contain"
    r"|0%|0)(?: (?:added|artificial|synthetic|harsh|nasty|animal|tree))? ?"
    r"|(?:无|零|0|不含有?|不添加|未添加|没有|0添加|零添加|无添加|不加|拒绝)(?:任何|人工|额外"
    r"|合成|化学|添加|加)?的?)",
    "of|from|without|any|no|zero|contain|0%|0|added|artificial|synthetic|harsh|nasty|animal|tree"
    "|无|零|含|有|加|绝|何|工|外|成|学|的",
)
_FEATURE_SKIP = Pattern(
    r"(?:sold separately|另购|另售|需自备|not included|optional|选配|要求|requires?)"
)
_STOP = Pattern(r"[;；。.]")


def read_features(draft: Draft) -> None:
    """Adds claims for functions and for things denied."""
    for hit in draft.hits.get("free_from", []):
        _free_from(draft, hit)
    for hit in draft.hits.get("features", []):
        _feature(draft, hit)


def _free_from(draft: Draft, hit: Hit) -> None:
    text = draft.text
    left = text[max(0, hit.start - 30) : hit.start]
    before, after = _FREE_BEFORE.before(text, hit.start, 30), _FREE_AFTER.match(text, hit.end)
    if not before and not after:
        return
    start = hit.start - len(left) + before.start() if before else hit.start
    end = after.end() if after else hit.end
    if draft.taken.cover(start, end) or (not before and negated(text, start, start)):
        return
    entry = lexicon("free_from")[hit.key]
    draft.taken.add(start, end)
    listed = None
    # an attribute that denies it outweighs what it may be in (milk), not the thing itself
    denied = any(_denied(f, hit.key) for f in draft.book.facts if f.carrier != "attribute:name")
    for fact in draft.book.facts:
        shown = _shown(fact, hit.key, entry)
        if shown and (shown in entry["words"] or not denied):
            why = draft.differs(start, end, fact)
            draft.add((start, end), "free_from", ClaimStatus.CONTRADICTED, fact, why)
            return
        if (
            _denied(fact, hit.key)
            or _zero(fact, entry)
            or ("ingredients" in fact.topics and fact.value.strip())
        ):
            listed = listed or fact
    status = ClaimStatus.SUPPORTED if listed else ClaimStatus.UNSUPPORTED
    draft.add((start, end), "free_from", status, listed, None if listed else note("untold"))


def _shown(fact: Fact, key: str, entry: dict[str, list[str]]) -> str:
    """The fact's word for the thing, or for what it is in, or ""."""
    if fact.carrier == "attribute:name":
        return ""
    if not {"ingredients", "material"}.isdisjoint(fact.topics):
        for hit in fact.found.get("shows", ()):
            if hit.key == key and not _is_denied(fact.line, hit.start, hit.end):
                return fact.line[hit.start : hit.end]
    counted = fact.kinds & set(entry.get("amount", ())) and _amount(fact) > 0.0
    return entry["words"][0] if counted else ""


def _amount(fact: Fact) -> float:
    numbers = [float(n) for n in re.findall(r"[0-9]+(?:\.[0-9]+)?", fact.value[:60])]
    value = numbers[0] if numbers else -1.0
    limit = 0.5 if "abv" in fact.kinds or "sugar" in fact.kinds or "fat" in fact.kinds else 0.0
    return value if value > limit else 0.0


def _zero(fact: Fact, entry: dict[str, list[str]]) -> bool:
    return bool(fact.kinds & set(entry.get("amount", ()))) and bool(
        re.search(r"[0-9]|无|未检出|not detected|nd", fact.value)
    )


def _denied(fact: Fact, key: str) -> bool:
    """The fact itself says that it is free of the thing."""
    line = fact.line
    for hit in fact.found.get("free_from", ()):
        if hit.key == key and (
            _is_denied(line, hit.start, hit.end)
            or (hit.end <= fact.value_at and _NO.search(fact.value))
        ):
            return True
    return False


def _is_denied(line: str, start: int, end: int) -> bool:
    return bool(
        _FREE_BEFORE.before(line, start, 30)
        or _FREE_AFTER.match(line, end)
        or negated(line, start, end)
    )


def _feature(draft: Draft, hit: Hit) -> None:
    text = draft.text
    if draft.taken.cover(hit.start, hit.end) or (hit.start and text[hit.start - 1] in "非"):
        return
    entry = lexicon("features")[hit.key]
    kind = "quality" if entry.get("soft") else "feature"
    denied = negated(text, hit.start, hit.end)
    span = (hit.start, hit.end)
    yes, no = _told(draft.book, hit.key)
    if denied:
        if yes is not None and no is None and yes.carrier != "attribute:name":
            draft.add(span, "feature", ClaimStatus.CONTRADICTED, yes, draft.differs(*span, yes))
        return
    clause = draft.clauses.around(*span)
    if _apart(text[clause[0] : clause[1]]):
        return
    if yes is not None and (no is None or yes.carrier != "attribute:name"):
        draft.add(span, kind, ClaimStatus.SUPPORTED, yes)
    elif no is not None:
        draft.add(span, "feature", ClaimStatus.CONTRADICTED, no, draft.differs(*span, no))
    else:
        listing = next(iter(draft.book.about("features")), None)
        why = note("not_listed" if listing else "untold")
        draft.add(span, kind, ClaimStatus.UNSUPPORTED, listing, why)


@lru_cache(maxsize=4096)
def _told(book: Book, key: str) -> tuple[Fact | None, Fact | None]:
    """The first fact that says yes to the function, and the first that says no."""
    entry = lexicon("features")[key]
    said = [(f, _says(f, key, entry)) for f in book.facts]
    yes = next((f for f, word in said if word == "yes"), None)
    return yes, next((f for f, word in said if word == "no"), None)


_REFUSING = frozenset({"care", "power"})


@lru_cache(maxsize=1024)
def _apart(words: str) -> bool:
    return bool(_FEATURE_SKIP.search(words))


def _says(fact: Fact, key: str, entry: dict[str, list[str]]) -> str:
    """ "yes", "no" or "": what the fact says of the function."""
    line = fact.line
    for hit in fact.found.get("features", ()):
        if hit.key != key:
            continue
        if hit.end <= fact.value_at:
            less = any(word in fact.value for word in entry.get("refuse", ()))
            return "no" if less or _NO.search(fact.value.strip()) else "yes"
        return "no" if negated(line, hit.start, hit.end) else "yes"
    if any(word in fact.name for word in entry.get("implied", ())):
        return "no" if _NO.search(fact.value.strip()) else "yes"
    tells = not _REFUSING.isdisjoint(fact.topics)
    if tells and any(word in fact.value for word in entry.get("refuse", ())):
        return "no"
    # a number of years is no lifetime
    limited = not fact.kinds.isdisjoint(entry.get("limited", ()))
    return "no" if limited and _amount(fact) else ""

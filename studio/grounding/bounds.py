"""Words that make a quantity a limit: up to, 不超过, at least, 以上, about."""

from __future__ import annotations

from typing import Literal

from studio.grounding.patterns import Ending, Pattern

Bound = Literal["", "min", "max", "upto", "downto", "about", "just"]

_BEFORE_WORDS: dict[Bound, str] = {
    "downto": "as low as|as little as|低至|轻至|短至|薄至",
    "just": "仅需?|只需|只要|只有|just|only",  # the very number
    "upto": "up to|maximum(?: of)?|max\\.?|as much as|as long as|as many as|最多|最高|最大|最长"
    "|至多|高达|长达|可达|多达|最远|最快|上限|大至",
    "min": "at least|over|more than|no less than|not less than|no fewer than|above|exceed(?:s"
    "|ing)|minimum(?: of)?|min\\.?|beyond|≥|>|>=|至少|不少于|不低于|不小于|最少|超过|超"
    "|大于|高于|最低|多于|逾|满|上",
    "max": "no (?:more|longer) than|not (?:more|longer) than|at most|less than|fewer than|under"
    "|below|within"
    "|not exceed(?:ing)?|≤|<|<=|不超过|不高于|不大于|不多于|不到|低于|小于|少于|不足",
    "about": "about|around|approx\\.?|approximately|roughly|nearly|almost|some|circa|ca\\.|~|≈"
    "|约为?|大约|大概|将近|接近|近|差不多",
}
# one search for all: the leftmost word is the longest, so that 不超过 wins over 超过
_BEFORE = Ending(
    "(?:(?<![a-z])|(?=[^a-z]))(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _BEFORE_WORDS.items())
    + r")[\s:]*(?:可?达|为|是|of|的|到|to)?\s*",
    "low as|little as|低至|仅|需|只要|有|just|only|轻至|短至|薄至"
    "|to|of|maximum|max|max.|much as|long as|many as|多|高|大|长|达|远|快|上限|大至"
    "|least|over|than|above|exceeds|exceeding|minimum|min|min.|beyond|≥|>|=|少|不低于|不小于"
    "|超|过|大于|高于|低|多于|逾|满|上|most|under|below|within|exceed|≤|<|不高于|不大于|不多于"
    "|不到|低于|小于|少于|不足|about|around|approx|approx.|approximately|roughly|nearly|almost"
    "|some|circa|ca|ca.|~|≈|约|为|概|将近|接近|近|差不多|达|是|的|到|至",
    ":",
)
_AFTER: tuple[tuple[Bound, Pattern], ...] = tuple(
    (name, Pattern(rf"[ ]?(?:{words})"))  # type: ignore[misc]  # the keys are Bounds
    for name, words in {
        "min": "以上|及以上|起步?(?![来床飞动])|\\+(?! ?[0-9])|or (?:more|over|above|older|up)"
        "|and (?:up|over|above|older)|plus(?![a-z])|多(?![功种人样层色款])",
        "max": "以内|之内|以下|及以下|or (?:less|under|below|fewer)|and under",
        "about": "左右|上下|or so(?![a-z])",
    }.items()
)


_FIRST = frozenset("以之及起+oap多左上")  # what the words behind a quantity begin with


def bound_of(text: str, start: int, end: int) -> tuple[Bound, int, int]:
    """The bound of the quantity at [start, end), and its span with the words of the bound."""
    match = _BEFORE.before(text, start, 22)
    if match:
        name = next(b for b in _BEFORE_WORDS if match[b])
        return name, max(0, start - 22) + match.start(), end
    if text[end : end + 2].lstrip(" ")[:1] not in _FIRST:
        return "", start, end
    for name, pattern in _AFTER:
        if after := pattern.match(text, end):
            return name, start, after.end()
    return "", start, end

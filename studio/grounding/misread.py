"""Words that look like a quantity and are none: 5G, 十分, 2 in 1, 半分, 2024年, 小米9X, 6A级."""

from __future__ import annotations

from studio.grounding.numbers import Number
from studio.grounding.patterns import Pattern
from studio.grounding.units import Unit

_NETWORK = Pattern(r"\s?(?:网络|手机|全网|信号|频段|wifi|wi-fi|network|phone|ready|connect)")
# "2 in 1", "5 in stock": the word after shows that `in` is no inch
_GOES_ON = Pattern(r"[- ](?:[0-9]|one|a|an|the|stock|all|total|your|our|\w+ing)\b")
_OFTEN = Pattern(r" (?:an?|per|every|each|daily|over|in)(?![a-z])")
_LEVELS = Pattern(r" (?:settings|levels|modes|steps|stages|presets)(?![a-z])")  # three DPI settings
_NO_HALF = frozenset("分度倍位平转米码")
_DOUBTFUL = _NO_HALF | {"年", "g", "in", "a", "c", "f", "t", "d", "times"}


def misread(text: str, number: Number, units: tuple[Unit, ...], end: int) -> bool:
    """True when the number and the unit that ends at `end` mean something else."""
    tail = text[number.end : end]
    word = tail.strip()
    if number.spelled and text[end : end + 1] == " " and _LEVELS.match(text, end):
        return True
    if word not in _DOUBTFUL:
        return False
    if tail == "年":
        return 1900 <= number.low <= 2100
    if word == "分" and number.spelled and number.low == 10:  # 十分 = very
        return True
    if tail == "g" and number.low in (2, 3, 4, 5, 6) and number.end - number.start == 1:
        return bool(_NETWORK.match(text[end : end + 10]))
    if word in ("in", "a", "c", "f", "t", "d") and (number.spelled or tail[0] in " -"):
        return word in ("a", "t", "d") or bool(_GOES_ON.match(text[end : end + 10]))
    if word == "times":  # 3 times a day is no magnification
        return bool(_OFTEN.match(text, end))
    return tail in _NO_HALF and text[number.start : number.end] == "半"


# what makes "9x" ninefold, before it or behind
_FOLD_BEFORE = Pattern(
    r"(?:变焦|放大|倍率|光学|数码|长焦|提升|提高|高达|可达|达到|达|至|快|强|多|支持|为|是|约|近|超|仅|有|用"
    r"|(?<![a-z])(?:zoom|up to|magnification|magnifies|by|over|about))[ :]*$"
)
_FOLD_BEHIND = Pattern(
    r"[ -]?(?:变焦|放大|光学|数码|光变|长焦|望远|显微|倍|速|快|强|浓缩|防|增|提|zoom|optical"
    r"|digital)"
)
_MODEL = Pattern(
    r"\s?(?:青春版|尊享版|标准版|高配版|系列|手机|会员|型|(?:pro|plus|max|lite|mini|ultra|se)(?![a-z]))"
)
_GRADED = Pattern(r"a\s?(?:级|[ -]?grade|(?:特级|天然|优质)?(?:桑?蚕丝|真丝)|(?:mulberry )?silk)")
_SIDE = Pattern(
    r"[a-z0-9]|\s?[lwhd长宽高深厚]?度?[ :]?[0-9]"
)  # no name, but the next side of a size
_REACH = 12


def named(text: str, number: Number) -> int:
    """Where the name or grade ends that the number and the letter behind it make; 0: neither."""
    start, end = number.start, number.end + 1
    if text[number.end] == "a":
        sized = start > 2 and text[start - 1] == "/" and text[start - 2].isdigit()  # 165/84A
        return end if sized or _GRADED.match(text, number.end) else 0
    if _SIDE.match(text, end) and not _MODEL.match(text, end):  # 8xmax is a name
        return 0
    before = text[start - 1 : start]
    glued = before > "\u3400" and not _FOLD_BEFORE.search(text, max(0, start - _REACH), start)
    if (glued and not _FOLD_BEHIND.match(text, end)) or _MODEL.match(text, end):
        return end
    return 0

"""Numbers that measure nothing: dates, ordinals, standards, codes, phone numbers, addresses."""

from __future__ import annotations

from studio.grounding.glued import glued
from studio.grounding.patterns import Pattern

_MONTH = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
# what begins with the number itself
_AT = Pattern(
    r"[12][0-9]{3}\s?[-/.年]\s?[01]?[0-9](?![0-9])(?:\s?(?:[-/.]"
    r"|月)\s?(?:[0-3]?[0-9](?![0-9])\s?[日号]?)?)?"
    r"|[01]?[0-9]月[0-3]?[0-9][日号]?"
    r"|[12][0-9]{3}年|二[〇零][〇零一二三四五六七八九]{2}年"
    r"|[0-9]{1,2}(?:st|nd|rd|th)(?![a-z])"
    r"|[2-5]g(?=\s?(?:网络|手机|全网|信号|频段|路由|上网|流量|wifi|network|phone|ready|connect|lte))"
    r"|(?<=[通信动])[2-5]g(?![a-z0-9+])"
    r"|(?:400|800|1[3-9][0-9])[ -]?[0-9]{3,4}[ -]?[0-9]{4}(?![0-9])"
    r"|0[0-9]{2,3}-[0-9]{7,8}|[0-9]{10,}(?![0-9]|\.[0-9])|[0-9]{3}\(k\)\s?[a-z]?[0-9]*"
    rf"|[0-9]{{1,2}} (?:{_MONTH})(?![a-z])(?: [12][0-9]{{3}})?"
    r"|一(?:点(?![零一二三四五六七八九])|样|起|体|定|般|直|切|些|旦|下|款|种|站|手|流|线|边|旁|同|致|共|律|向|方|番|如"
    r"|键|等|级|分为二)"
    r"|千万别|万能|万一|百搭|百分百|千层|百货|十分(?!钟)|十足|三明治|五花|五谷|四季|四川|三七|八角"
    r"|九寨|二手|百合|百香|六神|七夕|双十一|"
    r"六一|[五七九]分裤|八宝|两用|两全|百年|千万(?!像素)|千足|万足|半(?:身|袖|成品)|三防|五金"
    r"|二维码|四件扣"
)
_NAMED = (
    "bs en iso|bs en|en iso|din en|en|iso/iec|iso|iec|astm|ansi|din|bs|jis|ul"
    "|nfpa|as/nzs|gb|hj|sb|qb|fz|yy|"
    "ny|ls|jb|db|qc|class|cfr|reach|directive|regulation|no|art|article|section|rule|part|"
    "form|type|model|ref|sku|item|lot|batch|page|pages|pp|p|chapter|step|figure|fig|table|photo|"
    "image|picture|day|week|note|option|phase|stage|grade|level|series|gen|version|ver|v|firmware|"
    "iphone|galaxy|windows|android|ios|macos|usb|hdmi|displayport|bluetooth|wifi|wi-fi|wlan|ps|"
    "xbox|route|highway|room|floor|apt|suite|box"
)
_NAMES = frozenset(f"{_NAMED}|{_MONTH}".split("|"))
# what ends right before it
_BEFORE = Pattern(
    r"(?:第|[#№图表页]|(?<![a-z])no\.) ?$"
    rf"|(?<![a-z])(?:{_MONTH})\.? $"
    rf"|(?<![a-z0-9])(?:{_NAMED})(?:/t)?[ .#:-]{{1,2}}(?:(?!of|to|in|is|at|by)[a-z]{{1,2}}[ -]?)?$"
    r"|(?:https?://|www\.)\S*$"
)
_DIGITS = frozenset("0123456789")
_HAN_ENDERS = "第#№图表页"
# what all but addresses end with
_ENDERS = frozenset(f"{_HAN_ENDERS} .:-abcdefghijklmnopqrstuvwxyz")
_NAMING = _ENDERS.union("-_/.", _DIGITS)  # what a name or code ends with
_REST = Pattern(r"[a-z0-9\-_/.:()]*")
_MEASURED = Pattern(r"[0-9.]*\s?(?:mm|cm|ml|kg|g|w|v|mah|hours?|minutes?|days?)(?![a-z])")
_CODE_TAIL = "-_/."
_TOKEN = Pattern(r"(?<![a-z0-9])[a-z0-9\-_/.]+$")
_BOUND = Pattern(r"x|(?:approx|max|min|ca|no more than|up to)[.:-]?")


_DATED = frozenset("-/.年月snrt( \t\n\r\xa0\u3000")  # behind the digits of what _AT tells
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# the last letters of each name: most words are told apart by them, without a pattern
_TAILS = frozenset(n[len(n.rstrip(_LETTERS)) :] for n in _NAMES) | {"t"}


def linked(text: str) -> bool:
    """Whether an address may stand in a folded text."""
    return "://" in text or "www." in text


def blocked_to(text: str, start: int, end: int, addresses: bool) -> int:
    """Where the name that holds the number at [start, end) ends; 0 when the number measures.

    Takes folded text. `addresses`: it may have addresses.
    """
    after, size = text[end : end + 1], end - start
    dated = after in _DATED or (after == "g" and size == 1)
    if dated or size > 3 or text[start] not in _DIGITS:
        match = _AT.match(text, start)
        if match:
            return max(match.end(), end)
    if start == 0:
        return 0
    last = text[start - 1]
    if last not in _NAMING and not addresses:
        return 0
    if last == " " and start > 1:  # most often a blank behind a Chinese word
        before = text[start - 2]
        if not before.isascii() and before not in _HAN_ENDERS:
            return 0
    if last in _CODE_TAIL or (last.isascii() and last.isalnum()):
        token = _TOKEN.search(text, max(0, start - 24), start)
        named = token and token[0][0].isalpha() and not _BOUND.fullmatch(token[0])
        if named and glued(text, start, end):
            return 0
        if named and not _is_side(text, start, end):
            return _code_end(text, end)
    if last not in _ENDERS and not last.isascii():
        return 0
    left = text[max(0, start - 24) : start]
    if not _names(left, last):
        return 0
    match = _BEFORE.search(left)
    if not match or (match.group()[-1:] in " -" and _MEASURED.match(text, end)):
        return 0
    return _code_end(text, end)


_SIDE_LEFT = Pattern(r"(?:^|[\s(x*:,])[lwhd]$")
_SIDE_RIGHT = Pattern(r"\s?(?:cm|mm|in|inches|inch|m|\")?\s?[x*]\s?[lwhd]?[0-9]")


def _is_side(text: str, start: int, end: int) -> bool:
    """ "L30 x W20 cm": the letter is no code but a side of a size."""
    left = text[max(0, start - 5) : start]
    if not _SIDE_LEFT.search(left):
        return False
    chained = left[:-1].rstrip().endswith(("x", "*"))
    return chained or bool(_SIDE_RIGHT.match(text, end))


def _names(left: str, last: str) -> bool:
    """True when words that name a number may end `left`; false for sure when not."""
    if last in _HAN_ENDERS or "://" in left or "www." in left:
        return True
    if last not in _ENDERS:
        return False
    bare = left.rstrip(" .#:-")
    rest = bare.rstrip(_LETTERS)
    if bare[-1:] in _HAN_ENDERS or bare[len(rest) :] in _TAILS:
        return True
    if len(bare) - len(rest) > 2:
        return False
    bare = rest.rstrip(" .#:-")  # "type ab 12": one or two letters may stand between
    return bare[len(bare.rstrip(_LETTERS)) :] in _TAILS


def _code_end(text: str, end: int) -> int:
    match = _REST.match(text, end, end + 60)
    return match.end() if match else end

"""Numbers that measure nothing: dates, ordinals, standards, codes, phone numbers, addresses."""

from __future__ import annotations

import re

STANDARD = (
    r"(?<![a-z])(?:bs en iso|bs en|en iso|din en|en|iso/iec|iso|iec|astm|ansi|din|bs|jis|ul|nfpa|as/nzs|gb|hj|sb|qb|fz|yy|"
    r"ny|ls|jb|db|qc|t/[a-z]+|class|cfr|reach|directive|regulation|no|art|article|section|rule|part|"
    r"form|type|model|ref|sku|item|lot|batch|page|pages|p|pp|chapter|step|figure|fig|table|photo|"
    r"image|picture|day|week|note|option|phase|stage|grade|level|series|gen|version|ver|v|firmware|"
    r"iphone|galaxy|windows|android|ios|macos|usb|hdmi|displayport|bluetooth|wi-?fi|wlan|ps|xbox|"
    r"route|highway|room|floor|apt|suite|box)"
    r"(?:/t)?[ .#:-]{0,2}(?:[a-z]{1,2}[ -]?)?[0-9][0-9./:-]*(?![0-9]*\s?(?:mm|cm|ml|kg|g|w|v|mah)(?![a-z]))"
)
_BLOCKED = re.compile(
    r"https?://\S+|www\.\S+"
    r"|[12][0-9]{3}\s?[-/.年]\s?[01]?[0-9](?:\s?(?:[-/.]|月)\s?(?:[0-3]?[0-9](?![0-9])\s?[日号]?)?)?"
    r"|(?<![0-9])[01]?[0-9]月[0-3]?[0-9][日号]?"
    r"|(?<![0-9])[12][0-9]{3}年|二[〇零][〇零一二三四五六七八九]{2}年"
    r"|(?<![0-9a-z])[0-9]{1,2}(?:st|nd|rd|th)(?![a-z])"
    r"|第\s?(?:[0-9]+|[一二三四五六七八九十百千两]+)\s?[^\s\d，。；、,.;]?"
    r"|(?:#|№|no\.)\s?[0-9]+"
    r"|(?<![0-9])(?:\+[0-9]{1,3}[ -])?(?:400|800|1[3-9][0-9])[ -]?[0-9]{3,4}[ -]?[0-9]{4}(?![0-9])"
    r"|(?<![0-9])0[0-9]{2,3}-[0-9]{7,8}"
    rf"|{STANDARD}"
    r"|(?<![a-z0-9])(?!x[0-9])(?!(?:spf|ip|upf|r)[ x]?[0-9])[a-z]+[-_/.]?[0-9][a-z0-9\-_/.()]*"
    r"|(?<![0-9.])[0-9]{10,}(?![0-9]|\.[0-9])|[0-9]{3}\(k\)\s?[a-z]?[0-9]*"
    r"|一(?:样|起|体|定|般|直|切|些|旦|下|款|种|站|手|流|线|点|边|旁|同|致|共|律|向|方|番|如|键|次|等|级|分为二)"
    r"|(?:千万别|万能|万一|百搭|千层|百货|十分(?!钟)|十足|三明治|五花|五谷|四季|四川|三七|八角|九寨|二手|百合|百香|六神|七夕|双十一|六一|九分裤|七分裤|五分裤|八宝|两用|两全|百年|千万)"
    r"|(?:january|february|march|april|may|june|july|august|september|october|november|december)\s[0-9]{1,2}(?:,? [12][0-9]{3})?"
    r"|[0-9]{1,2} (?:january|february|march|april|may|june|july|august|september|october|november|december)(?: [12][0-9]{3})?"
)


def blocked(text: str) -> list[tuple[int, int]]:
    """Spans of a folded text, in order, whose numbers are names and not measures."""
    return [match.span() for match in _BLOCKED.finditer(text)]

"""Ratings that look like words: SPF 50+, IPX8, 一级能效, 304 不锈钢, 4K, Bluetooth 5.3, 925."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate

from studio.grounding.patterns import Pattern
from studio.grounding.quantities import Quantity, Reading, quantities
from studio.grounding.words import Hit

_HAN = {c: i for i, c in enumerate("零一二三四五六七八九")}
_ENERGY = {"a+++": -2, "a++": -1, "a+": 0} | {c: i for i, c in enumerate("abcdefg", 1)}
_LEVEL = r"[一二三四五1-5]"
# by key of the lexicon "scales": the words of a key stand in each of its ratings
RATINGS = {
    "spf": Pattern(r"(?<![a-z])(?P<spf>spf|upf)[ :-]{0,2}(?P<spf_n>[0-9]{1,3})\+{0,3}"),
    "pa": Pattern(r"(?<![a-z])pa(?P<pa>\+{1,4})"),
    "ip": Pattern(r"(?<![a-z])ip(?P<ip1>[0-6x])(?P<ip2>[0-9]k?)(?![0-9a-z])"),
    "energy": Pattern(
        r"(?:能效等级|能效标识|能效|能耗等级|energy[ _](?:grade|class|rating|label"
        rf"|efficiency)[a-z ]*)[:为达到 ]*(?:中国|国家|新国标)?(?P<ea>{_LEVEL})\s?级"
        rf"|(?P<eb>{_LEVEL})级(?:能效|节能|能耗)"
        r"|energy (?:efficiency )?(?:class|rating|label|grade)[: ]*(?P<ec>a\+{0,3}|[b-g])(?![a-z])"
        r"|(?<![a-z])(?P<ed>a\+{1,3}|[a-g])[- ](?:rated|energy|class energy)(?![a-z])"
    ),
    "steel": Pattern(
        r"(?<![0-9])(?P<steel>304|316l?|201|202|430|410|420|18/8|18/10|18/0)(?=\s?(?:不锈钢"
        r"|食品级|stainless|钢|steel|材质))"
        r"|(?:不锈钢|stainless steel|stainless|sus)\s?\(?(?P<steel2>304|316l?|201|202|430|410|420"
        r"|18/8|18/10)"
    ),
    "resolution": Pattern(
        r"(?P<res>(?<![0-9a-z])(?:2k|4k|8k|1080p|720p|1440p|2160p|480p)(?![a-z0-9]))"
    ),
    "tech": Pattern(
        r"(?P<tech>bluetooth|蓝牙|usb|hdmi|wi-?fi|wifi|displayport|pcie|ddr|firmware"
        r"|固件(?:版本)?)(?: ?(?:version|版本|v|was"
        r"|is))?[ :]{0,2}(?P<ver>[0-9](?:\.[0-9]{1,2})?)(?![0-9]| ?(?:小时|h|m))"
    ),
    "textile": Pattern(r"(?P<textile>[abc])类(?=[^\u4e00-\u9fff]|标准|母婴|婴|面料|纺|安全|$)"),
    "fine": Pattern(
        r"(?<![0-9a-z.])(?P<fine>s?925|s?999|s?990|s?9999)(?=\s?(?:纯?银|足|sterling|silver|gold|金))"
        r"|(?:sterling silver|纯银|银|silver)\s?(?P<fine2>s?925|s?999|s?990)(?![0-9])"
    ),
    "age": Pattern(
        r"(?<![a-z])age[sd]?:? ?(?P<age>[0-9]{1,2})(?:\s?(?:-"
        r"|to)\s?(?P<age2>[0-9]{1,2}))?(?P<up>(?: ?(?:years?|yrs?)(?: old)?)? ?(?:\+"
        r"|(?:and|or) (?:up|over|above|older)|plus))?(?!\s?(?:months|mos|m(?![a-z])|%|ml|[0-9]))"
    ),
    "vintage": Pattern(
        r"(?<![0-9])(?P<year>(?:19|20)[0-9]{2})\s?(?:年份|vintage)"
        r"|(?:vintage|年份)[: ]{0,2}(?P<year2>(?:19|20)[0-9]{2})(?![0-9])"
    ),
    "grade": Pattern(
        r"(?<![0-9a-z.])(?P<grade>[1-9])a(?=\s?级|[ -]?grade(?![a-z])|(?:特级|天然|优质)?"
        r"(?:桑?蚕丝|真丝)|(?: mulberry| pure)? silk)"
        r"|(?:等级|级别|(?<![a-z])grade)[: 为]{0,2}(?P<grade2>[1-9])a(?![0-9a-z])"
    ),
    "atm": Pattern(r"(?P<atm>[0-9]{1,2})\s?atm(?![a-z])"),
}


def ratings(text: str, scales: list[Hit]) -> Iterator[Quantity]:
    """Every rating in a folded text, near the hits of the lexicon "scales".

    Dimensions are named after the scale; see BETTER.
    """
    for match in _near_scales(text, scales):
        if match.re.groupindex.get("age"):
            yield _age(match)
            continue
        for dimension, value in _values(match):
            yield Quantity(
                *match.span(), (Reading(dimension, value, value, 0.0, ""),), "", match.span()
            )
            break


_YEAR = 31556952.0


def _near_scales(text: str, scales: list[Hit]) -> list[re.Match[str]]:
    """The matches around the hits, in order; of overlapping ones the first."""
    found: list[re.Match[str]] = []
    done: dict[str, int] = {}  # by key, to where the text was searched
    for hit in scales:
        at = done.get(hit.key, 0)
        if hit.end > at:
            for match in RATINGS[hit.key].finditer(text, max(at, hit.start - 14), hit.end + 24):
                at = match.end()
                found.append(match)
            done[hit.key] = max(at, hit.end)
    found.sort(key=lambda m: m.start())
    ends = accumulate((m.end() for m in found), max)
    return [m for m, before in zip(found, (0, *ends), strict=False) if m.start() >= before]


def _age(match: re.Match[str]) -> Quantity:
    """ages 3+, aged 3-6: in years."""
    low = float(match["age"])
    high = float(match["age2"] or match["age"])
    reading = Reading("time", low * _YEAR, high * _YEAR, _YEAR, "年")
    return Quantity(*match.span(), (reading,), "min" if match["up"] else "", match.span())


# which way is better on each scale; "" = a different value is simply another thing
BETTER = {
    "spf": "up",
    "upf": "up",
    "pa": "up",
    "ip": "up",
    "energy grade": "down",
    "energy class": "down",
    "steel grade": "",
    "resolution class": "up",
    "textile class": "down",
    "fineness": "up",
    "water depth": "up",
    "letter grade": "up",
    "vintage": "",
}


def _values(match: re.Match[str]) -> Iterator[tuple[str, float]]:
    group = defaultdict(str, match.groupdict())
    if group["spf"]:
        yield group["spf"], float(group["spf_n"])
    if group["pa"]:
        yield "pa", float(len(group["pa"]))
    if group["ip2"]:
        yield "ip", float(group["ip2"][0]) + (0 if group["ip1"] == "x" else int(group["ip1"]) / 100)
    if level := group["ea"] or group["eb"]:
        yield "energy grade", float(_HAN.get(level) or int(level))
    if letter := group["ec"] or group["ed"]:
        yield "energy class", float(_ENERGY[letter])
    if steel := group["steel"] or group["steel2"]:
        alike = {"18/8": 304.0, "18/10": 304.0, "18/0": 430.0}
        yield "steel grade", alike.get(steel) or float(steel.rstrip("l"))
    if group["res"]:
        names = {"2k": 1440, "4k": 2160, "8k": 4320}
        yield "resolution class", float(names.get(group["res"]) or group["res"].rstrip("p"))
    if group["tech"]:
        tech = {"蓝牙": "bluetooth", "wifi": "wi-fi", "固件": "firmware", "固件版本": "firmware"}
        yield f"{tech.get(group['tech'], group['tech'])} version", float(group["ver"])
    if group["textile"]:
        yield "textile class", float("abc".index(group["textile"]))
    if fine := group["fine"] or group["fine2"]:
        digits = fine.lstrip("s")
        yield "fineness", float(digits) / 10 ** len(digits)
    if year := group["year"] or group["year2"]:
        yield "vintage", float(year)
    if grade := group["grade"] or group["grade2"]:
        yield "letter grade", float(grade)
    if group["atm"]:
        yield "water depth", 10.0 * float(group["atm"])


_WATER = frozenset({"waterproof", "hydrostatic"})


def with_depth(quantity: Quantity, kinds: frozenset[str]) -> Quantity:
    """A length that is said of water resistance is a water depth too: 50 m and 5 ATM compare."""
    if kinds.isdisjoint(_WATER):
        return quantity
    depth = tuple(
        r._replace(dimension="water depth", step=0.0, unit="")
        for r in quantity.readings
        if r.dimension == "length"
    )
    return quantity._replace(readings=depth or quantity.readings)


def read_all(text: str, scales: list[Hit]) -> list[Quantity]:
    """Quantities and ratings of a folded text together, in order; a rating wins over a number."""
    rated = list(ratings(text, scales))
    if not rated:
        return quantities(text)
    kept, r = list(rated), 0
    for one in quantities(text):
        while r < len(rated) and rated[r].end <= one.start:
            r += 1
        if r == len(rated) or rated[r].start >= one.end:
            kept.append(one)
    return sorted(kept)

"""Values as a language writes them: units, lists, shares of a mixture, sets of sizes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_UNITS = (
    "ml|mL|ML|cl|l|L|cm|mm|dm|km|m|kg|KG|Kg|g|mg|oz|lb|lbs|W|w|kW|V|v|mAh|mah|Ah|Wh|Hz|kHz|MHz|GHz|dB"
    "|GB|TB|MB|rpm|m²|m2|inch|inches|ft|gsm|毫升|升|厘米|毫米|米|千克|公斤|克|瓦|伏|毫安时|英寸"
)
_NUMBER_UNIT = re.compile(rf"(?<![\w.])(\d+(?:[.,]\d+)*)[ \u00a0]*({_UNITS})(?![A-Za-z\d²])")
_SHOUTED = re.compile(r"(?<=\d)\s?(MM|CM|KG|Kg|ML)(?![A-Za-z\d])")
_TIMES = re.compile(r"(?<=\d)([ ]?(?:cm|mm|m|in|ml|L|g|kg|\x22)?)[ ]*[*×xX][ ]*(?=\d)")
_LIST = re.compile(r"\s*[|;、；]\s*")
_COMMAS = re.compile(r"\s*,\s*")
_COMMA_LIST = re.compile(r"(?!.*\band\b)[^,.;:|]{1,30}(?:,\s*(?=[^\s\d])[^,.;:|]{1,30}){1,9}")
_SHARE = r"\d+(?:\.\d+)?%\s?[\u3400-\u9fff]+(?:[（(][^（）()]*[）)])?"
_SHARES = re.compile(
    rf"({_SHARE})(?:\s*[，,/、]\s*|\s+|(?=\d))(?=\d+(?:\.\d+)?%\s?[\u3400-\u9fff])"
)
_PARTS = re.compile(
    r"(?<=[\u3400-\u9fff])(\d+%)(?=[\u3400-\u9fff]+\d+%(?:$|[、；）]))"
)  # 锦纶80%氨纶20%
_NEW_SET = r"\n|[、；\s]\s*(?=[\d.]+[米mM][^：:\s]{0,8}[：:])"
_SET = re.compile(r"[\d.]+[米mM][^：:\s]{0,8}：.*，.*；")
_LEVEL = re.compile(r"([^：:]{2,16})[：:]\s*(.+)")


def plain(text: str) -> str:
    """One line without control, zero-width and direction marks; runs of blanks become one."""
    if text.isprintable():  # none of these, and most texts are
        return " ".join(text.split())
    kept = (c if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co") else " " for c in text)
    return " ".join("".join(kept).split())


def tidy(value: str, language: str, *, lists: bool = True) -> str:
    """The value as the language writes it: 750ml -> "750 ml" in English; 3 | 4 -> a list."""
    zh = language == "zh"
    value = _levels(value) if zh and lists else plain(value)
    value = _SHOUTED.sub(lambda m: m[1].lower(), value)
    gap = "" if zh else " "
    value = _NUMBER_UNIT.sub(lambda m: f"{m[1]}{gap}{m[2]}", value)
    value = _TIMES.sub(lambda m: f"{m[1].rstrip()}{gap}×{gap}", value)
    if not lists:
        return value if not zh else _tidy_zh(value)
    value = _tidy_zh(value) if zh else re.sub(r"(?<=[A-Za-z]) \+ (?=[A-Za-z])", " and ", value)
    listing = _COMMAS if not zh and _COMMA_LIST.fullmatch(value) else _LIST
    value = listed(listing.split(value), language) if listing.search(value) else value
    return _PARTS.sub(r"\1、", _SHARES.sub(r"\1、", value)) if zh else value


def _levels(value: str) -> str:
    """Sets of sizes, a line each: "1.5米床品：被套200×230cm，枕套48×74cm；1.8米床品：..."."""
    lines = [plain(line) for line in re.split(_NEW_SET, value) if line.strip()]
    found = [m for line in lines if (m := _LEVEL.fullmatch(line))]
    nested = any(re.search("[：:/]", m[2]) for m in found)
    if len(found) < 2 or len(found) < len(lines) or not nested:
        return plain(value)
    sets = []
    for match in found:
        parts = re.sub(r"\s*/\s*", "，", match[2])
        parts = re.sub(r"([\u3400-\u9fff]{2,4})[：:](?=\1)", "", parts)
        parts = re.sub(r"(?<=[\u3400-\u9fff])\s*[：:]?\s*(?=\d)", "", parts)
        sets.append(f"{match[1].strip()}：{parts.strip()}")
    return "；".join(sets)


def _tidy_zh(value: str) -> str:
    """Chinese habits: 100%棉, 红色、蓝色, and 外层棉，内层涤纶 for "外层：棉 内层：涤纶"."""
    value = re.sub(r"[*xX](?=[高宽长厚直])|(?<=[\u3400-\u9fff])\*(?=\d)", "×", value)
    value = re.sub(r"(直径\s?\d[\d.]*\s?[a-z]*)×(?=高)", r"\1、", value)
    value = value.replace("【", "（").replace("】", "）").replace("。。", "。")
    value = re.sub(r"(?<=%)\s+(?=[\u3400-\u9fff])|\s*/\s*(?=/)|(?<=[。；])\s+", "", value)
    value = re.sub(r"(?<=[\da-z])\+-(?=[\u3400-\u9fff])", "，", value)
    value = re.sub(r"\s*/\s*", "/", re.sub(r"(?<=[\da-z])\+-(?=\d)", "±", value))
    value = re.sub(r"(?<![A-Za-z])[sml] (?=\d)", lambda m: m[0].upper(), value)  # a size's letter
    if "/" in value and all(re.search("[：:]", part) for part in value.split("/")):
        value = value.replace("/", "，")
    value = re.sub(r"(?<=[\w）)]) (?=\d+(?:\.\d+)?米)", "；", value)  # one bed's sizes, another's
    value = re.sub(r"(?<=号) (?=[\u3400-\u9fff]{2,}\d)|(?<=\d支) (?=\d)", "，", value)
    places = value.split(" ")
    if places[0] == "中国":
        value = "".join(places)
    commas = [part.strip() for part in re.split("[，,]", value)]
    for some, longest in ((value.split("/"), 8), (commas, 4), (value.split(" "), 4)):
        short = rf"[\u3400-\u9fff]{{1,{longest}}}"  # longer parts are clauses
        if len(some) > 1 and all(re.fullmatch(short, part) for part in some):
            value = "、".join(some)
    if re.search(r"[\u3400-\u9fff][：:]", value) and not _SET.match(value):
        value = re.sub(r"(?<=[\u3400-\u9fff])\s*[：:]\s*", "", value)
        value = re.sub(r"(?<=[\u3400-\u9fff)）])\s+(?=[\u3400-\u9fff])", "，", value)
    return value


def listed(items: Sequence[str], language: str) -> str:
    """ "a, b and c" or "a、b、c" """
    items = [item for item in items if item]
    if language == "zh" and any(mark in item for item in items for mark in ",，"):
        return "；".join(re.sub(r"\s*,\s*", "，", item) for item in items)
    if language == "zh":
        return "、".join(items)
    if any("," in item for item in items):
        return "; ".join(items)
    if any(" and " in item for item in items):
        return ", ".join(items)
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)

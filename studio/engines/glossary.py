"""Facts carried over to the other language, word by word, by prompts/phrases/glossary.yaml."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

from studio.data import find

LANGUAGES = ("en", "zh")
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


def is_cjk(text: str) -> bool:
    return _CJK.search(text) is not None


@lru_cache(maxsize=4)
def glossary(searched: tuple[Path, ...] = ()) -> dict[str, dict[str, str]]:
    """{"en": {Chinese: English}, "zh": {English: Chinese}, ...}; units under "en.units" ..."""
    path = find("prompts/phrases/glossary.yaml", searched)
    kinds = ("", ".units", ".places")
    tables: dict[str, dict[str, str]] = {f"{x}{y}": {} for x in LANGUAGES for y in kinds}
    for section, pairs in yaml.safe_load(path.read_text("utf-8")).items():
        suffix = ".units" if section == "units" else ""
        for english, chinese in pairs:
            imperial = english in ("in", "ft", "lb", "lbs", "oz")
            if not suffix or imperial or len(english) > 3:  # Chinese writes ml, W and kg so
                tables[f"zh{suffix}"].setdefault(english.lower(), chinese)
            tables[f"en{suffix}"].setdefault(chinese, english)
            if section == "places":
                tables["zh.places"].setdefault(english.lower(), chinese)
                tables["en.places"].setdefault(chinese, english)
    return tables


def carry(text: str, language: str, searched: tuple[Path, ...] = ()) -> str:
    """A value carried over to the other language by the glossary, or "" if a part is unknown."""
    words, units = glossary(searched)[language], glossary(searched)[f"{language}.units"]
    whole = words.get(text.strip().lower() if language == "zh" else text.strip())
    if whole := whole or _place(text.strip(), language, glossary(searched)[f"{language}.places"]):
        return whole
    parts = re.findall(r"\d+(?:[.,]\d+)*%?|[A-Za-z²][A-Za-z² -]*|[\u3400-\u9fff]+|\S|\s+", text)
    out: list[str] = []
    for index, part in enumerate(parts):
        before = "".join(parts[max(0, index - 2) : index]).strip()
        after_number = before[-1:].isdigit()
        key = part.strip().lower() if language == "zh" else part
        known = (units.get(key) if after_number else None) or words.get(key)
        foreign = is_cjk(part) if language != "zh" else part[0].isalpha() and len(part.strip()) > 3
        if foreign and not known:
            return ""
        close = not out or not (out[-1][-1].isalnum() or out[-1][-1] == "%")
        gap = "" if close or language == "zh" or not known else " "
        out.append(gap + known if known else part)
    joined = "".join(out).strip()
    return re.sub(r"(?<=\d) +(?=[\u3400-\u9fff])", "", joined) if language == "zh" else joined


def _place(text: str, language: str, places: dict[str, str]) -> str:
    """A place within a place, which the other language names the other way round: 中国浙江 is
    "Zhejiang, China"; "" where a part is unknown."""
    if language == "zh":
        steps = [places.get(part.strip().lower(), "") for part in text.split(",")]
        return "".join(reversed(steps)) if all(steps) else ""
    found: list[str] = []
    while text:
        size = next((n for n in (4, 3, 2) if text[:n] in places), 0)
        if not size:
            return ""
        found, text = [places[text[:size]], *found], text[size:].lstrip("省市 ·")
    return ", ".join(found)

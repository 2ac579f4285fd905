"""Where the facts say that the goods, or a part of them, come from."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

from studio.grounding.facts import Book, Fact
from studio.grounding.patterns import Pattern
from studio.grounding.words import lexicon

_PART = Pattern(
    r"面料|里料|布料|填充|辅料|原料|奶源|皮料|芯片|电机|机芯|轴承|压缩机|零部?件|内胆|fabric"
    r"|lining|leather|yarn|wool|cotton|movement|parts|motor|beans?|filling|hops|ingredients|"
    r"linen|silk|cashmere|steel|oak|walnut|down|cloth|亚麻|蚕丝|"
    r"牛皮|羊毛|乳胶|鹅绒|橡木|皮革|豆|棉|丝"
)
_FABRIC = frozenset(
    ["面料", "wool", "cotton", "linen", "silk", "cashmere", "羊毛", "棉", "亚麻", "蚕丝", "丝"]
)
_PART_NAMES = {
    "fabric": "面料",
    "cloth": "面料",
    "布料": "面料",
    "lining": "里料",
    "leather": "皮革",
    "牛皮": "皮革",
    "皮料": "皮革",
    "wool": "羊毛",
    "cotton": "棉",
    "linen": "亚麻",
    "silk": "蚕丝",
    "oak": "橡木",
    "down": "鹅绒",
    "yarn": "纱",
    "movement": "机芯",
    "motor": "电机",
    "bean": "豆",
    "beans": "豆",
    "ingredients": "原料",
    "filling": "填充",
    "parts": "部件",
    "零件": "部件",
    "零部件": "部件",
}


def parts(words: str) -> set[str]:
    """The parts that the words name, the same for both languages; a fibre is fabric too."""
    found = set(_PART.findall(words))
    return {_PART_NAMES.get(p, p) for p in found} | ({"面料"} if found & _FABRIC else set())


@lru_cache(maxsize=1024)
def chain(key: str) -> frozenset[str]:
    """The place and all that hold it."""
    entry = lexicon("places").get(key)
    if isinstance(entry, dict) and entry.get("in"):
        return chain(entry["in"]) | {key}
    return frozenset({key})


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    loaded: dict[str, str] = yaml.load(
        Path(__file__).with_name("country_codes.yaml").read_bytes(), yaml.CSafeLoader
    )
    return loaded


def places_of(fact: Fact) -> set[str]:
    """The places that a fact names, in words or as the code of a country."""
    named = {h.key for h in fact.found.get("places", ())}
    code = _codes().get(fact.value.strip()) if "origin" in fact.topics else None
    return named | {code} if code else named


@lru_cache(maxsize=1024)
def origins(book: Book, words: str) -> tuple[tuple[Fact, ...], bool]:
    """The facts that may tell this origin, and whether they tell it of the very part or goods.

    Those of the part that the words name come first, then the goods' own, then all with a place.
    """
    wanted = parts(words)
    told = [f for f in book.facts if "origin" in f.topics]
    others = [f for f in book.facts if "origin" not in f.topics and f.found.get("places")]
    same = [f for f in told if not wanted.isdisjoint(parts(f.name))]
    plain = [f for f in told if not parts(f.name)]
    if wanted:
        return (*(same or plain or told), *others), bool(same)
    return (*(plain or told), *others), bool(plain)

"""What the words around a quantity say that it is about."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import NamedTuple

from studio.grounding.draft import Draft
from studio.grounding.heads import Facets, facets
from studio.grounding.patterns import Pattern
from studio.grounding.quantities import Quantity
from studio.grounding.ratings import BETTER
from studio.grounding.sides import SIDES, of_goods
from studio.grounding.words import Hit, kind_table, near

_PORTION = Pattern(r"(?<![a-z])(?:each|per|every|serving|dose|a day)(?![a-z])|每|一次|单次|份")
_USAGE = Pattern(
    r"每天|每日|每周|每次|每隔|每晚|一天|一日|后(?:用|再|可|请|即|清)|使用前|使用后|服用|饮用"
    r"|食用|敷|涂抹|浸泡|水洗|清洗|洗涤|熨烫|静置|摇匀|"
    r"冷藏|存放|储存|保存|烹|煮|蒸|焖|炖|焯|腌|冲泡|烘烤|建议|请|先|"
    r"(?<![a-z])(?:apply|use|take|wash|rinse|soak|store|keep refrigerated|bake|cook|brew"
    r"|boil for|simmer|steep|leave on|leave for|wait|let|refrigerate|"
    r"iron|dry|charge before|before|after|every|once|twice|per week|a day|a week|return"
    r"|delivery|ship)(?![a-z])"
)
_NONE: frozenset[str] = frozenset()


class Topic(NamedTuple):
    """What the words around a quantity say that it is about."""

    kinds: frozenset[str]
    misfit: str = ""  # a kind right beside the number that is never measured like this
    facets: Facets = {}  # noqa: RUF012 - never changed
    goods: bool = False  # a side of the goods themselves
    size: bool = False  # other sides stand in the same sentence


def topic_of(
    draft: Draft,
    quantity: Quantity,
    clause: tuple[int, int],
    dims: frozenset[str],
    starts: list[int],
) -> Topic:
    """Kinds, sides and size that the words of its clause give to a quantity.

    `starts`: where the quantities of the text begin.
    """
    hits = draft.hits
    words = near(hits["kinds"], *clause) if "kinds" in hits else None
    topic = _kinds(draft, quantity, words, dims) if words else _NOTHING
    if "facets" in hits and (found := near(hits["facets"], *clause)):
        first = starts[bisect_left(starts, clause[0])]
        topic = topic._replace(facets=facets(found, quantity.core, first))
    return topic if topic.kinds.isdisjoint(SIDES) else _with_sides(draft, quantity, topic, clause)


_NOTHING = Topic(_NONE)


def _kinds(draft: Draft, quantity: Quantity, words: list[Hit], dims: frozenset[str]) -> Topic:
    """The kinds nearest to the quantity, of the words of its clause; weak ones only when alone."""
    table = kind_table()
    start, end = quantity.core
    ranked: list[tuple[int, str]] = []
    misfit = ""
    for at, stop, _, key in words:
        behind = at >= end
        entry = table[key]
        if behind and entry.behind:
            key, entry = entry.behind, table[entry.behind]
        fits = not dims.isdisjoint(entry.dims)
        if not fits and not (behind and entry.strict):
            continue
        if entry.quick and not _done_in(draft.text, quantity):
            continue
        parted = _DIGIT(draft.text, end, at) if behind else _DIGIT(draft.text, stop, start)
        if behind and parted:
            continue  # 50 g bar with 12 g protein: the protein belongs to the 12 g
        if fits:
            gap = max(at - end, start - stop, 0)
            ranked.append((gap + (12 if entry.weak else 0) + (15 if parted else 0), key))
        elif (
            draft.text[end:at] in (" ", "", "-")
            and dims.isdisjoint(BETTER)
            and not draft.text.startswith(_LEADS_ON, at)
        ):
            misfit = key
    if not ranked:
        return Topic(_NONE, misfit) if misfit else _NOTHING
    if len(ranked) == 1:
        return _one(ranked[0][1])
    closest = min(ranked)[0]
    return Topic(frozenset(k for far, k in ranked if far <= closest + 1))


_WITHIN = Pattern(
    r"(?<![a-z])(?:in|within)(?: just| only| about| around| as little as)?[ ]?$|[只仅][需要用]?$"
)
_SOON = Pattern(r"(?:之?内)?(?:就|即可?|便|速|搞定|出)")


def _done_in(text: str, quantity: Quantity) -> bool:
    """ "in under ninety seconds", 三分钟就: the time after which something is there."""
    left = text[max(0, quantity.start - 16) : quantity.start]
    return bool(_WITHIN.search(left) or _SOON.match(text, quantity.end))


@lru_cache(maxsize=256)
def _one(kind: str) -> Topic:
    return Topic(frozenset({kind}))


_LEADS_ON = ("on ", "per ", "without ", "at ", "in ", "for ", "between ")
_DIGIT = re.compile(r"\d").search


def _with_sides(draft: Draft, quantity: Quantity, topic: Topic, clause: tuple[int, int]) -> Topic:
    """Whether a length or width is one of the goods, and one of several."""
    goods = of_goods(draft.text[clause[0] : quantity.start])
    sentence = draft.clauses.sentence(*quantity.core)
    named = {h.key for h in near(draft.hits["kinds"], *sentence)} & SIDES
    return topic._replace(goods=goods, size=goods and len(named) > 1)


def no_claim(text: str, clause: tuple[int, int], topic: Topic, dims: frozenset[str]) -> bool:
    """Directions for use and numbers that say nothing about the goods."""
    if not topic.kinds.isdisjoint(_HANDLED):
        return True
    if not dims <= _DIRECTED:
        return False
    strict = topic.kinds and any(kind_table()[k].strict for k in topic.kinds)
    return not strict and _usage(text[clause[0] : clause[1]])


_HANDLED = frozenset({"dosage", "delivery", "returns"})
_DIRECTED = frozenset({"time", "temperature", "count", "number", "angle", "alcohol", "energy"})


@lru_cache(maxsize=1024)
def _usage(words: str) -> bool:
    return bool(_USAGE.search(words))


@lru_cache(maxsize=1024)
def portion(words: str) -> bool:
    """The words speak of a part of the goods: each, per serving."""
    return bool(_PORTION.search(words))

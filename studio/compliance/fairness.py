"""Counts how groups of people are described over many texts. The terms are data (fairness.yaml).

A sentence is *about* a group when it holds one of the group's words. Its themes are those whose
words stand in the same sentence. A group's share of a theme is held against the share among the
sentences about all groups of the same axis; a difference is *notable* only when the Wilson interval
(95 %; E. B. Wilson 1927) of the group's share leaves the whole outside, on LEAST sentences or more.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml

from studio.compliance.normal import plain
from studio.compliance.sentences import split
from studio.schema import Noun

LEAST = 8  # sentences with a theme, below which a difference is called chance
_Z = 1.96
_HAN = re.compile(r"[\u3400-\u9fff]")


class Piece(NamedTuple):
    """A text of a listing. `place`: "title", "text", "alt" or "source"."""

    listing: str
    place: str
    text: str


class Theme(Noun):
    """How often a theme stands beside a group. Shares are of sentences, 0..1."""

    name: dict[str, str]
    sentences: int
    share: float
    whole: float  # the share among sentences about any group of the axis
    notable: bool
    words: tuple[tuple[str, int], ...] = ()  # the most frequent ones


class Group(Noun):
    """How a group is mentioned. Shares are of listings, 0..1."""

    id: str
    axis: str
    name: dict[str, str]
    listings: int
    share: float
    sentences: int
    places: dict[str, int]  # sentences by place
    themes: tuple[Theme, ...] = ()


class Panel(Noun):
    """The counts over a catalog."""

    listings: int
    sentences: int
    groups: tuple[Group, ...] = ()


def counted(pieces: Iterable[Piece]) -> Panel:
    """The panel over the texts; one pass, linear in their length."""
    seen: set[str] = set()
    total = 0
    listings: dict[str, set[str]] = defaultdict(set)
    places: dict[str, Counter[str]] = defaultdict(Counter)
    beside: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    hits: dict[str, Counter[str]] = defaultdict(Counter)
    axes: dict[str, Counter[str]] = defaultdict(Counter)  # "" counts the sentences themselves
    axis_of = {name: group["axis"] for name, group in _terms()["groups"].items()}
    for piece in pieces:
        seen.add(piece.listing)
        for sentence in split(plain(piece.text).text):
            total += 1
            groups, themes = found(sentence.text)
            for name in groups:
                listings[name].add(piece.listing)
                places[name][piece.place] += 1
                for theme, words in themes.items():
                    hits[name][theme] += 1
                    beside[name][theme].update(words)
            for axis in {axis_of[name] for name in groups}:
                axes[axis].update(["", *themes])
    groups_ = tuple(
        _group(name, listings[name], len(seen), places[name], hits[name], beside[name], axes)
        for name in axis_of
        if listings[name]
    )
    return Panel(listings=len(seen), sentences=total, groups=groups_)


def found(sentence: str) -> tuple[frozenset[str], dict[str, list[str]]]:
    """The groups of a folded sentence, and its theme words by theme."""
    languages = ("zh", "en") if _HAN.search(sentence) else ("en",)
    groups: set[str] = set()
    themes: dict[str, list[str]] = defaultdict(list)
    for language in languages:
        expression, owners = _expression(language)
        for match in expression.finditer(sentence):
            kind, name = owners[match[0]]
            if kind == "groups":
                groups.add(name)
            elif kind == "themes":
                themes[name].append(match[0])
    return frozenset(groups), dict(themes)


def _group(
    name: str,
    listings: set[str],
    total: int,
    places: Counter[str],
    hits: Counter[str],
    beside: Mapping[str, Counter[str]],
    axes: Mapping[str, Counter[str]],
) -> Group:
    term = _terms()["groups"][name]
    about, axis = places.total(), axes[term["axis"]]
    themes = [
        Theme(
            name=_name(_terms()["themes"][theme]),
            sentences=n,
            share=n / about,
            whole=axis[theme] / axis[""],
            notable=n >= LEAST and not _holds(n, about, axis[theme] / axis[""]),
            words=tuple(beside[theme].most_common(6)),
        )
        for theme, n in hits.most_common()
    ]
    return Group(
        id=name,
        axis=term["axis"],
        name=_name(term),
        listings=len(listings),
        share=len(listings) / total,
        sentences=about,
        places=dict(places),
        themes=tuple(themes),
    )


def _holds(k: int, n: int, share: float) -> bool:
    """Whether the Wilson interval of k out of n holds the share."""
    p, z2 = k / n, _Z * _Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return middle - half <= share <= middle + half


def _name(term: Mapping[str, Any]) -> dict[str, str]:
    return {language: term[language]["name"] for language in ("en", "zh")}


@cache
def _terms() -> dict[str, Any]:
    text = files("studio.compliance").joinpath("fairness.yaml").read_text("utf-8")
    table: dict[str, Any] = yaml.safe_load(text)
    return table


@cache
def _expression(language: str) -> tuple[re.Pattern[str], dict[str, tuple[str, str]]]:
    """All words of a language in one expression, and what each of them says."""
    owners: dict[str, tuple[str, str]] = {}
    for kind in ("themes", "groups"):
        for name, term in _terms()[kind].items():
            owners |= {plain(w).text: (kind, name) for w in term[language]["words"]}
    owners |= {plain(w).text: ("traps", "") for w in _terms()["traps"][language]}
    words = "|".join(re.escape(w) for w in sorted(owners, key=len, reverse=True))
    edges = (r"(?<![a-z0-9'-])(?:", r")(?![a-z0-9'-])") if language == "en" else ("(?:", ")")
    return re.compile(words.join(edges)), owners

"""All lexicons (lexicons/*.yaml) in one automaton: one pass over a text finds every known word."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import ahocorasick_rs
import yaml

from studio.grounding.fold import fold

_FOLDER = Path(__file__).with_name("lexicons")


class Hit(NamedTuple):
    """A known word at [start, end): it belongs to the entry `key` of the lexicon `group`."""

    start: int
    end: int
    group: str
    key: str


class _Entry(NamedTuple):
    """A word: what it needs around it, and the lexicon entries that it stands for."""

    latin: bool  # it must stand alone
    head: bool  # begins with a letter or digit
    letter: bool  # ends with a letter
    tail: bool  # ends with a letter or digit
    scales: tuple[tuple[str, str], ...]  # those that may run on: SPF50
    keys: tuple[tuple[str, str], ...]
    said: tuple[tuple[str, str], ...]  # those that a text is read for; the others are for facts


@lru_cache(maxsize=16)
def lexicon(group: str) -> dict[str, Any]:
    """The entries of lexicons/<group>.yaml."""
    loaded = yaml.load((_FOLDER / f"{group}.yaml").read_bytes(), yaml.CSafeLoader)
    return {str(key): entry or {} for key, entry in loaded.items()}


class Kind(NamedTuple):
    """What a number can be about (lexicons/kinds.yaml)."""

    dims: frozenset[str]
    better: str
    strict: bool
    weak: bool
    wider: frozenset[str]
    behind: str  # the kind that its words stand for behind a number
    quick: bool  # only of a time in which something is done
    window: bool  # "within 30 days" is 30 days and not fewer


@lru_cache(maxsize=1)
def kind_table() -> dict[str, Kind]:
    """The entries of the lexicon "kinds"."""
    return {
        key: Kind(
            frozenset(entry["dims"]),
            str(entry.get("better", "")),
            bool(entry.get("strict")),
            bool(entry.get("weak")),
            frozenset(entry.get("is", ())),
            str(entry.get("behind", "")),
            bool(entry.get("quick")),
            bool(entry.get("window")),
        )
        for key, entry in lexicon("kinds").items()
    }


def _words() -> list[tuple[str, str, str]]:
    """(word, group, key) of every lexicon."""
    found = []
    for path in sorted(_FOLDER.glob("*.yaml")):
        group = path.stem
        for key, entry in lexicon(group).items():
            listed = entry if isinstance(entry, list) else entry.get("words", [])
            found += [(str(word), group, key) for word in listed]
            if isinstance(entry, dict):
                found += [(str(word), "shows", key) for word in entry.get("shows", [])]
                found += [(str(word), group, key) for word in entry.get("inside", [])]
    return found


@lru_cache(maxsize=1)
def _automaton() -> tuple[Any, list[_Entry]]:
    table: dict[str, dict[tuple[str, str], None]] = {}
    listed = _words()
    folded = fold("\n".join(word for word, _, _ in listed)).split("\n")
    for word, (_, group, key) in zip(folded, listed, strict=True):
        table.setdefault(word, {})[group, key] = None
    entries = [_entry(word, tuple(keys)) for word, keys in table.items()]
    kind = ahocorasick_rs.MatchKind.Standard
    return ahocorasick_rs.AhoCorasick(list(table), matchkind=kind), entries


def _entry(word: str, keys: tuple[tuple[str, str], ...]) -> _Entry:
    first, last = word[0], word[-1]
    scales = tuple((group, key) for group, key in keys if group == "scales")
    said = tuple((group, key) for group, key in keys if group not in _OF_FACTS)
    shape = (first.isascii(), first.isalnum(), last.isalpha(), last.isalnum())
    return _Entry(*shape, scales, keys, said)


_new = tuple.__new__  # it makes a named tuple in half the time that the constructor takes
_OF_FACTS = frozenset(["topics", "shows"])


def hits(text: str, fact: bool = False) -> dict[str, list[Hit]]:
    """Lexicon -> hits in a folded text, in order; of overlapping words only the longest stays.

    `fact`: also by the lexicons that only facts are read for.
    """
    automaton, entries = _automaton()
    found: dict[str, list[Hit]] = defaultdict(list)
    for index, start, end in automaton.find_matches_as_indexes(text, overlapping=True):
        latin, head, letter, tail, scales, keys, said = entries[index]
        if latin and not _whole(text, start, end, head, letter, tail):
            if not scales:
                continue
            keys = said = scales
        for group, key in keys if fact else said:
            found[group].append(_new(Hit, (start, end, group, key)))
    return {g: many if len(many) == 1 else _longest(many) for g, many in found.items()}


_ALNUM = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _whole(text: str, start: int, end: int, head: bool, letter: bool, tail: bool) -> bool:
    """True when an English word stands alone; a plural s may follow."""
    if start and head and text[start - 1] in _ALNUM:
        return False
    if letter and text.startswith("s", end):
        end += 1
    return not (tail and text[end : end + 1] in _ALNUM)


def near(found: list[Hit], left: int, right: int) -> list[Hit]:
    """The hits that lie within [left, right)."""
    inside = []
    at = bisect_left(found, (left,))
    while at < len(found) and found[at][0] < right:
        if found[at][1] <= right:
            inside.append(found[at])
        at += 1
    return inside


def _longest(many: list[Hit]) -> list[Hit]:
    end = 0
    for hit in many:  # most words stand apart
        if hit[0] < end:
            break
        end = hit[1]
    else:
        return many
    many.sort(key=lambda h: (h[0], -h[1]))
    kept: list[Hit] = []
    for hit in many:
        start, end = hit[0], hit[1]
        if not kept or start >= kept[-1][1] or hit[:2] == kept[-1][:2]:
            kept.append(hit)
        elif end - start > kept[-1][1] - kept[-1][0]:
            while kept and kept[-1][1] > start and end - start > kept[-1][1] - kept[-1][0]:
                kept.pop()
            kept.append(hit)
    return kept

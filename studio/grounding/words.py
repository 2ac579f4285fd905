"""All lexicons (lexicons/*.yaml) in one automaton: one pass over a text finds every known word."""

from __future__ import annotations

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


@lru_cache(maxsize=16)
def lexicon(group: str) -> dict[str, Any]:
    """The entries of lexicons/<group>.yaml."""
    loaded = yaml.load((_FOLDER / f"{group}.yaml").read_bytes(), yaml.CSafeLoader)
    return {str(key): entry or {} for key, entry in loaded.items()}


@lru_cache(maxsize=1)
def _automaton() -> tuple[Any, list[tuple[str, tuple[tuple[str, str], ...]]]]:
    table: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        for key, entry in lexicon(path.stem).items():
            words = entry if isinstance(entry, list) else entry.get("words", [])
            for word in words:
                table.setdefault(fold(str(word)), []).append((path.stem, key))
            for word in entry.get("shows", []) if isinstance(entry, dict) else []:
                table.setdefault(fold(str(word)), []).append(("shows", key))
    entries = [(word, tuple(dict.fromkeys(keys))) for word, keys in table.items()]
    kind = ahocorasick_rs.MatchKind.Standard
    return ahocorasick_rs.AhoCorasick([w for w, _ in entries], matchkind=kind), entries


def hits(text: str) -> dict[str, list[Hit]]:
    """Lexicon -> hits in a folded text, in order; of overlapping words only the longest stays."""
    automaton, entries = _automaton()
    found: dict[str, list[Hit]] = {}
    for index, start, end in automaton.find_matches_as_indexes(text, overlapping=True):
        word, keys = entries[index]
        whole = not word[0].isascii() or _whole(text, start, end)
        for group, key in keys:
            if not whole and group != "scales":  # SPF50: a rating may run on
                continue
            found.setdefault(group, []).append(Hit(start, end, group, key))
    return {group: _longest(many) for group, many in found.items()}


def _whole(text: str, start: int, end: int) -> bool:
    """True when an English word stands alone; a plural s may follow."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if before.isascii() and before.isalnum() and text[start].isalnum():
        return False
    if after == "s" and text[end - 1].isalpha():
        after = text[end + 1 : end + 2]
    return not (after.isascii() and after.isalnum() and text[end - 1].isalnum())


def _longest(many: list[Hit]) -> list[Hit]:
    many.sort(key=lambda h: (h.start, -h.end))
    kept: list[Hit] = []
    for hit in many:
        if not kept or hit.start >= kept[-1].end or hit[:2] == kept[-1][:2]:
            kept.append(hit)
        elif hit.end - hit.start > kept[-1].end - kept[-1].start:
            while (
                kept
                and kept[-1].end > hit.start
                and hit.end - hit.start > kept[-1].end - kept[-1].start
            ):
                kept.pop()
            kept.append(hit)
    return kept

"""Word lists of packs: a block of blank-separated terms or a list.

`_` in a term of a block is a blank ("blood_pressure"); a final `+` adds the English endings
("cure+": cure, cures, cured, curing); {other} takes in the terms of another list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from studio.compliance.normal import plain

_BETWEEN = "\n"  # folds to itself: one fold for all terms costs far less than one for each
_LIST = re.compile(r"\{[a-z][a-z0-9_]*\}")
_DOUBLING = re.compile(r"^[a-z]*[bcdfghjklmnpqrstvwz][aeiou][bdgmnpt]$")


def terms(
    entry: str | list[str], lexicons: Mapping[str, str | list[str]], seen: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """The normalised terms of an entry, each once. Raises KeyError for an unknown list."""
    words = entry.split() if isinstance(entry, str) else entry
    blanks = isinstance(entry, str)
    found: dict[str, None] = {}
    for word in words:
        if word[:1] == "{" and _LIST.fullmatch(word):
            name = word[1:-1]
            if name not in seen:
                found |= dict.fromkeys(terms(lexicons[name], lexicons, (*seen, name)))
            continue
        text = word.replace("_", " ") if blanks else word
        if text[-1:] == "+":
            found |= dict.fromkeys(inflected(text))
        else:
            found[text] = None
    return tuple(dict.fromkeys(plain(_BETWEEN.join(found)).text.split(_BETWEEN))) if found else ()


def inflected(term: str) -> tuple[str, ...]:
    """The English forms of a verb that is marked with a final `+`."""
    if not term.endswith("+") or len(term) < 3:
        return (term,)
    verb = term[:-1]
    if verb.endswith("e"):
        return verb, verb + "s", verb + "d", verb[:-1] + "ing"
    if re.search(r"[bcdfghjklmnpqrstvwxz]y$", verb):
        return verb, verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing"
    if re.search(r"(s|x|z|ch|sh)$", verb):
        return verb, verb + "es", verb + "ed", verb + "ing"
    root = verb + verb[-1] if _DOUBLING.match(verb) and len(verb) <= 4 else verb
    return verb, verb + "s", root + "ed", root + "ing"

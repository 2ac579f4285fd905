"""What differs between two texts, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

Piece = tuple[str, str]  # ("same" | "gone" | "new", words)
_TOKEN = re.compile(r"[\u3400-\u9fff]+|[^\W\u3400-\u9fff]+|\s+|.", re.DOTALL)


def pieces(before: str, after: str) -> list[Piece]:
    """The two texts as one row: what both have, what goes, what comes.

    English is compared by word, Chinese by word of its dictionary. Without what goes the pieces
    are `after`, without what comes `before`.
    """
    old, new = list(_tokens(before)), list(_tokens(after))
    found: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(old[a:b])))
        else:
            found += [("gone", "".join(old[a:b])), ("new", "".join(new[c:d]))]
    return [piece for piece in found if piece[1]]


def _tokens(text: str) -> Iterator[str]:
    import rjieba

    for found in _TOKEN.finditer(text):
        if "\u3400" <= found[0][0] <= "\u9fff":
            yield from rjieba.cut(found[0])
        else:
            yield found[0]

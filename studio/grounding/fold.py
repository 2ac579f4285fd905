"""One code point in, one code point out: offsets in the folded text are offsets in the original."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

# what NFKC would spell differently, or in more than one letter
_OWN = {
    "×": "x",
    "✕": "x",
    "✖": "x",
    "＊": "*",
    "–": "-",
    "—": "-",
    "−": "-",
    "‐": "-",
    "‑": "-",
    "～": "~",
    "〜": "~",
    "∼": "~",
    "’": "'",
    "′": "'",
    "‘": "'",
    "″": '"',
    "”": '"',
    "“": '"',
    "İ": "i",
    "μ": "u",
    "µ": "u",
    "º": "°",
    "⁄": "/",
    "∕": "/",
    "、": "、",
}


_INVISIBLE = (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    """Every code point that is folded: traditional characters, the signs above, wide letters,
    capitals, and the unseen characters, which all become one."""
    table = {}
    spec = find_spec("opencc")  # for its data only: the package itself is not imported
    home = Path(str(spec.origin)).parent if spec else Path()
    lines = (home / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8")
    for line in lines.splitlines():
        old, _, new = line.partition("\t")
        first = new.partition(" ")[0]
        if len(old) == 1 and len(first) == 1 and old < "\U00010000":
            table[old] = first  # no word that is known here has a rarer character
    for low, high in ((0x80, 0x3100), (0xFE00, 0x10000)):
        table |= {chr(code): _plain(code) for code in range(low, high)}
    table |= {chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
    table |= _OWN
    table |= dict.fromkeys(map(chr, _INVISIBLE), UNSEEN)
    return {old: new for old, new in table.items() if old != new}


def _plain(code: int) -> str:
    char = chr(code)
    # fractions and circled digits keep their own shape: they are read as such
    if 0x2460 <= code <= 0x24FF or 0x2776 <= code <= 0x2793:
        return char
    plain = unicodedata.normalize("NFKC", char).lower()
    return plain if len(plain) == 1 else char


@lru_cache(maxsize=1)
def _folding() -> tuple[Callable[[str], list[str]], dict[str, str], frozenset[str]]:
    """Finds what is folded, to what, and what becomes something that is folded as well: ⾧ becomes
    長, which alone would become 长."""
    table = _table()
    members = "".join(re.escape(char) for char in sorted(table))
    chained = frozenset(old for old, new in table.items() if new in table)
    return re.compile(f"[{members}]").findall, table, chained


_LONE = re.compile("[\ud800-\udfff]")


def whole(text: str) -> str:
    """The text with the sign for a broken letter in place of each lone surrogate."""
    return text if text.isascii() else _LONE.sub("\ufffd", text)


UNSEEN = "\u2060"  # what every invisible character is folded to


def fold(text: str) -> str:
    """The text as the readers here want it, with every offset unchanged."""
    if text.isascii():
        return text.lower()
    text = whole(text)
    find, table, chained = _folding()
    met = set(find(text))
    if len(met) > _MANY or not chained.isdisjoint(met):
        return "".join([table.get(char, char) for char in text])
    for char in met:
        text = text.replace(char, table[char])
    return text


_MANY = 60  # different characters of a text that are replaced one by one

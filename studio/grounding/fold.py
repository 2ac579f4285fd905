"""One code point in, one code point out: offsets in the folded text are offsets in the original."""

from __future__ import annotations

import sys
import unicodedata
from functools import lru_cache
from importlib import resources

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


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    """Wide to narrow, upper to lower, traditional to simplified; lone surrogates to U+FFFD."""
    table: dict[int, str] = {}
    for code in (*range(0x80, 0x3000), *range(0x3000, 0x3100), *range(0xFE00, 0x10000)):
        plain = unicodedata.normalize("NFKC", chr(code)).lower()
        # fractions and circled digits keep their own shape: they are read as such
        if len(plain) == 1 and plain != chr(code) and not _counts(code):
            table[code] = plain
    lines = resources.files("opencc").joinpath("dictionary/TSCharacters.txt")
    for line in lines.read_text(encoding="utf-8").splitlines():
        old, _, new = line.partition("\t")
        if len(old) == 1 and new:
            table[ord(old)] = new.split(" ")[0]
    table |= {ord(a): b for a, b in _OWN.items()}
    table |= {code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
    table |= dict.fromkeys((*range(0x200B, 0x2010), 0x2060, 0xFEFF), "\u2060")
    return {code: new for code, new in table.items() if len(new) == 1}


def _counts(code: int) -> bool:
    return 0x2460 <= code <= 0x24FF or 0x2776 <= code <= 0x2793


def fold(text: str) -> str:
    """The text as the readers here want it, with every offset unchanged."""
    if text.isascii():
        return text.lower()
    plain = text.translate(_table())
    if any("\ud800" <= c <= "\udfff" for c in plain) if _has_surrogate(plain) else False:
        plain = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in plain)
    return plain


def _has_surrogate(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


assert sys.maxunicode == 0x10FFFF

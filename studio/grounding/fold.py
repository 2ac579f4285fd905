"""One code point in, one code point out: offsets in the folded text are offsets in the original."""

from __future__ import annotations

import unicodedata
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


class _Table(dict[int, str | int]):
    """Wide to narrow, upper to lower; a code point is looked up when it first occurs."""

    def __missing__(self, code: int) -> str | int:
        if code >= 0x10000:
            return code
        self[code] = new = _plain(code)
        return new


def _plain(code: int) -> str | int:
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"  # lone surrogates
    # fractions and circled digits keep their own shape: they are read as such
    counts = 0x2460 <= code <= 0x24FF or 0x2776 <= code <= 0x2793
    if counts or code < 0x80 or 0x3100 <= code < 0xFE00:
        return code
    plain = unicodedata.normalize("NFKC", chr(code)).lower()
    return plain if len(plain) == 1 else code


@lru_cache(maxsize=1)
def _table() -> _Table:
    """Known folds: traditional to simplified, the signs above, capitals, unseen characters."""
    table = _Table()
    spec = find_spec("opencc")  # for its data only: the package itself is not imported
    home = Path(str(spec.origin)).parent if spec else Path()
    lines = (home / "dictionary" / "TSCharacters.txt").read_text(encoding="utf-8")
    for line in lines.splitlines():
        old, _, new = line.partition("\t")
        first = new.partition(" ")[0]
        if len(old) == 1 and len(first) == 1:
            table[ord(old)] = first
    table.update((ord(a), b) for a, b in _OWN.items())
    table.update((code, chr(code + 32)) for code in range(ord("A"), ord("Z") + 1))
    table.update(dict.fromkeys((*range(0x200B, 0x2010), 0x2060, 0xFEFF), "\u2060"))
    return table


def fold(text: str) -> str:
    """The text as the readers here want it, with every offset unchanged."""
    return text.lower() if text.isascii() else text.translate(_table())

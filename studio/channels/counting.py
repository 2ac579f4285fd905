"""Counts text as a channel counts it, and keeps it from being cut through the middle of something.

| unit            | counts                                                                        |
|-----------------|-------------------------------------------------------------------------------|
| codepoints      | code points: an emoji is 1 or, with its modifiers, more                       |
| utf8_bytes      | bytes in UTF-8: Han 3, é 2                                                     |
| gbk_bytes       | 1 for ASCII, 2 for everything else, in or out of GBK                          |
| xhs_units       | per UTF-16 unit 2 above 127, else 1; halved, rounded up                       |
| effective_chars | Han characters, Latin letters and decimal digits, nothing else                |
| words           | runs of what is not white space                                               |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from studio.errors import InputError
from studio.schema import Unit


def count(text: str, unit: Unit) -> int:
    """How long the text is in that unit. Raises InputError for a unit that there is not."""
    if unit not in _COUNTERS:
        raise InputError(f"no counting unit {unit!r}", hint=f"known: {', '.join(_COUNTERS)}")
    return _COUNTERS[unit](text)


def graphemes(text: str) -> Iterator[int]:
    """The ends of the user-perceived characters (UAX 29), rising; the last one is len(text)."""
    yield from (match.end() for match in pattern(r"\X").finditer(text))


@cache
def pattern(expression: str) -> Any:
    """A compiled pattern with Unicode scripts and graphemes, which `re` lacks."""
    import regex  # type: ignore[import-untyped,unused-ignore]  # its stubs are a package apart

    return regex.compile(expression)


def _gbk(text: str) -> int:
    # GBK's only single bytes are ASCII; what it lacks is counted as the two bytes of a "？".
    return sum(1 if char < "\x80" else 2 for char in text)


def _xhs(text: str) -> int:
    units = sum(1 if char < "\x80" else 4 if char > "\uffff" else 2 for char in text)
    return (units + 1) // 2


def _utf8(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _effective(text: str) -> int:
    return sum(1 for _ in pattern(r"\p{Han}|\p{Latin}|\p{Nd}").finditer(text))


_COUNTERS: dict[str, Callable[[str], int]] = {
    "codepoints": len,
    "utf8_bytes": _utf8,
    "gbk_bytes": _gbk,
    "xhs_units": _xhs,
    "effective_chars": _effective,
    "words": lambda text: len(text.split()),
}

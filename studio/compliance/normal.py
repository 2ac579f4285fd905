"""One spelling for every text, with the way back to the original code points.

`plain` folds width, case, accents, traditional characters and look-alike letters, and drops what
cannot be seen. `decoded` also undoes evasion: split and spaced letters, leetspeak, pinyin and
homophones; its changed places are marked, and only findings that touch one of them count there.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_LOOKALIKE = {  # Cyrillic, Greek and other letters that are drawn like Latin ones
    **dict(zip("авеикмнорстухіѕјԁԛԝһ", "abeukmhopctyxisjdqwh", strict=True)),
    **dict(zip("αβεικνορτυχωɑɡıℓ", "abeikvoptuxwagil", strict=True)),
    **dict(zip("❶❷❸❹❺❻❼❽❾", "123456789", strict=True)),
}
_KEPT_MARKS = "\u3099\u309a"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_GROUPED = re.compile(r",(?=\d{3}(?!\d))")  # of 1,000: it ends no clause


Places = tuple[list[int], list[int]]  # for each character where it begins and ends in the original


@dataclass(frozen=True)
class View:
    """A spelling of a text. The way back is worked out when asked for: few texts have hits."""

    text: str
    trace: Callable[[], Places] | None = None  # None: every character stands where it stood
    altered: bytes = b""  # 1: undone from an evasion; 2: was split from the next one

    @cached_property
    def places(self) -> Places | None:
        return self.trace() if self.trace else None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original code points behind text[start:end]."""
        if self.places is None:
            return start, end
        starts, ends = self.places
        return starts[start], max(ends[end - 1], starts[start])

    def touches(self, start: int, end: int) -> bool:
        return 1 in self.altered[start:end] or 2 in self.altered[start : end - 1]


class _Folds(dict[str, str]):
    """What characters become, filled as they are met."""

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()  # those that become none, several, or one that is folded too

    def __missing__(self, char: str) -> str:
        folded = self[char] = _fold(char)
        if folded != char and (len(folded) != 1 or _fold(folded) != folded):
            self.uneven.add(char)
        return folded


_FOLDS = _Folds()
_MANY = 60  # different characters of a text that are replaced one by one


@cache
def _changing() -> re.Pattern[str]:
    """What a fold may change: no small letter, figure or sign, and of Han the traditional."""
    table = _simplified()
    old = sorted(char for char in table if "\u4e00" <= char <= "\u9fff" and table[char] != char)
    kept = zip(("\u4dff", *old), (*old, "\ua000"), strict=True)
    han = "".join(f"{chr(ord(a) + 1)}-{chr(ord(b) - 1)}" for a, b in kept if ord(b) - ord(a) > 1)
    return re.compile(f"[^\n -@\\[-~{han}]")


def _fold(char: str) -> str:
    if "\u4e00" <= char <= "\u9fff":
        return _simplified().get(char, char)
    category = unicodedata.category(char)
    if category == "Cs":
        return "\ufffd"
    if category == "Cf" or (category in ("Mn", "Me") and char not in _KEPT_MARKS):
        return ""
    if char in "\u115f\u1160\u3164\uffa0\u2800":  # blank letters
        return ""
    if char in "\n\r\x85\u2028\u2029\x0b\x0c":
        return "\n"
    if char in "\t\u3000":
        return " "
    if category == "Cc":
        return ""
    text = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    if "\u2474" <= char <= "\u249b":  # ⑴ and ⒈
        text = text.strip("().")
    text = (text or char).lower()
    return "".join(_LOOKALIKE.get(c) or _simplified().get(c) or c for c in text)


@cache
def _simplified() -> dict[str, str]:
    """Traditional character -> simplified, one to one, from OpenCC's table (Apache-2.0)."""
    text = files("opencc").joinpath("dictionary/TSCharacters.txt").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if "\t" in line)
    return {old: new.split(" ")[0] for old, new in rows if len(old) == 1}


def plain(text: str) -> View:
    """The folded text. Its offsets lead back to `text`, whatever characters it holds."""
    if text.isascii() and not _CONTROL.search(text):
        return _ungrouped(View(text.lower().replace("\r", "\n").replace("\t", " ")), text)
    changed = [char for char in set(_changing().findall(text)) if _FOLDS[char] != char]
    if len(changed) > _MANY or not _FOLDS.uneven.isdisjoint(changed):
        out = "".join(map(_FOLDS.__getitem__, text))
    else:
        out = text
        for char in changed:
            out = out.replace(char, _FOLDS[char])
    if _FOLDS.uneven.isdisjoint(changed):
        return _ungrouped(View(out), text)

    def trace() -> Places:
        widths = [len(_FOLDS[char]) for char in text]
        starts = [i for i, width in enumerate(widths) for _ in range(width)]
        return starts, [i + 1 for i in starts]

    return _ungrouped(View(out, trace), text)


def _ungrouped(view: View, text: str) -> View:
    """The view with 1,000 as 1000; where the original comma is a full-width one it is a stop."""
    if "," not in text:
        return view
    commas = (
        (found.start(), found.end(), "")
        for found in _GROUPED.finditer(view.text)
        if _groups(view.text, found.start()) and text[view.span(*found.span())[0]] == ","
    )
    return _replaced(view, commas, marked=False)


# --- undoing evasion ---------------------------------------------------------------------------

_BETWEEN = r"[ *·・‧.\-_/|~+^#&=<>'\"`•※@\u2190-\u21ff\u25a0-\u27bf\U0001f000-\U0001faff\ufffd]"
_SPLIT_HAN = re.compile(rf"{_BETWEEN}{_BETWEEN}{{0,2}}(?=[{HAN}])")
_SPACED = re.compile(
    r"(?<![a-z0-9])[a-z]([ .\-_*·/|])[a-z0-9](?:\1[a-z0-9]){1,40}"
    r"(?:\1{2,3}[a-z](?:\1[a-z0-9]){1,40})*(?![a-z0-9])"
)
_BROKEN = re.compile(r"(?<=[a-z])[*^•·](?=[a-z])")  # cu*res; no text puts these into a word
_LEET = re.compile(  # it begins with the set, so that all other characters are skipped
    r"[a-z013457@$!](?<![a-z0-9@$].)(?:(?<=[^a-z])|(?=[a-z]{0,22}[013457@$!]))"
    r"[a-z0-9@$!]{2,23}(?![a-z0-9])"
)
# Quick looks whether one of these may be there at all.
_MAYBE_SPACED = re.compile(r"[ .\-_*·/|][a-z0-9][ .\-_*·/|][a-z0-9](?![a-z0-9])")
_MAYBE_LEET = re.compile(r"[013457@$!](?:(?<=[a-z].)|(?=[a-z]))")
_AMOUNT = re.compile(r"\d\d+[a-z]+$")  # 500ml
_LEET_MAP = str.maketrans("013457@$!", "oieastasi")

Sounds = Callable[[str], Iterator[tuple[int, int, str]]]


def decoded(view: View, sounds: Sounds) -> View | None:
    """The view with evasions undone, or None when there are none."""
    start = view
    view = _replaced(view, _joins(view.text))
    view = _replaced(view, _letters(view.text))
    view = _replaced(view, sounds(view.text))
    return None if view is start else view


def _joins(text: str) -> Iterator[tuple[int, int, str]]:
    """Symbols and blanks between Han characters; a slash only beside a lone character."""
    for found in _SPLIT_HAN.finditer(text):
        start, end = found.span()
        if not (start and "\u3400" <= text[start - 1] <= "\u9fff"):
            continue
        parts = found[0] == "/"  # it also parts words in plain copy
        if not parts or _lone(text, start - 1, -1) or _lone(text, end, 1):
            yield start, end, ""


def _lone(text: str, at: int, step: int) -> bool:
    """Whether the Han character at `at` has no Han neighbour on its far side."""
    far = at + step
    return not (0 <= far < len(text) and "\u3400" <= text[far] <= "\u9fff")


def _letters(text: str) -> Iterator[tuple[int, int, str]]:
    """Spaced letters, words with a sign in them, and leetspeak."""
    found: list[tuple[int, int, str]] = []
    for each in _SPACED.finditer(text) if _MAYBE_SPACED.search(text) else ():
        words = each[0].replace(each[1] * 3, "\0").replace(each[1] * 2, "\0")
        found.append((*each.span(), words.replace(each[1], "").replace("\0", " ")))
    starts, ends = [s for s, _, _ in found], [e for _, e, _ in found]

    def taken(start: int, end: int) -> bool:
        last = bisect_left(starts, end) - 1
        return last >= 0 and ends[last] > start

    for each in _BROKEN.finditer(text):
        if not taken(*each.span()):
            found.append((*each.span(), ""))
    for each in _LEET.finditer(text) if _MAYBE_LEET.search(text) else ():
        word = each[0].rstrip("!")
        plain_word = word.translate(_LEET_MAP)
        if plain_word != word and sum(map(str.isalpha, word)) >= 2 and not _AMOUNT.match(word):
            span = (each.start(), each.start() + len(word))
            if not taken(*span):
                found.append((*span, plain_word))
    yield from sorted(found)


def _groups(text: str, comma: int) -> bool:
    """Whether one to three digits stand before the comma."""
    before = text[max(0, comma - 4) : comma]
    return before[-1:].isdigit() and not (len(before) == 4 and before.isdigit())


def _replaced(view: View, changes: Iterator[tuple[int, int, str]], *, marked: bool = True) -> View:
    """The view with text[start:end] replaced for each change; the changes stand in order.

    `marked`: the places count as altered.
    """
    todo = list(changes)
    if not todo:
        return view
    size = len(view.text)
    altered = view.altered or bytes(size if marked else 0)
    text: list[str] = []
    marks = bytearray()
    at = 0
    for start, end, word in todo:
        text += (view.text[at:start], word)
        if marked:
            marks += altered[at:start] + b"\1" * len(word)
            if not word and marks:
                marks[-1] = 2
        at = end
    text.append(view.text[at:])

    def trace() -> Places:
        starts, ends = view.places or (list(range(size)), list(range(1, size + 1)))
        new_starts: list[int] = []
        new_ends: list[int] = []
        at = 0
        for start, end, word in todo:
            new_starts += starts[at:start] + [starts[start]] * len(word)
            new_ends += ends[at:start] + [ends[end - 1]] * len(word)
            at = end
        return new_starts + starts[at:], new_ends + ends[at:]

    return View("".join(text), trace, bytes(marks + altered[at:]))

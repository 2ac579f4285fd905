"""Where a text may be cut: clauses, sentences, and what has to be tidied after a cut."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, NamedTuple

import yaml

HAN = "\u3400-\u4dbf\u4e00-\u9fff"
CLAUSE = "，,、；;：:。！!？?\n"
# Both begin with one set, so that a search skips all other characters at once.
_CUT = re.compile(  # not in 1,000, 10:30, 99.9 or No. 1
    r"[，、；;：。！!？?\n,:.](?:(?<=[^,:.])|(?<=[,:])(?:(?!\d)|(?<!\d.))"
    r"|(?<=\.)(?<!\b[Nn]o\.)(?=\s|$))"
)
_STOP = re.compile(r"[。！？!?\n.](?:(?<=[^.])[。！？!?\n]*|(?<=\.)(?<!\b[Nn]o\.)(?=\s|$))")
_EXPRESSIONS = frozenset(  # of grammar.yaml; its other texts are lists of words
    ["openers", "frames", "limits", "copulas", "echoes", "wares", "factual", "awkward", "notices"]
)
_FAR = 600  # a sentence or clause is not looked for farther to either side
_REACH = 40  # characters around an edit that may have to be tidied


class Edit(NamedTuple):
    """text[start:end] becomes `words`."""

    start: int
    end: int
    words: str

    def of(self, text: str) -> str:
        return text[: self.start] + self.words + text[self.end :]


@cache
def grammar(language: str) -> dict[str, Any]:
    """The words of grammar.yaml for a language; lists of words as frozen sets."""
    table = yaml.safe_load(files("studio.compliance").joinpath("grammar.yaml").read_text("utf-8"))
    return {
        name: frozenset(value.split()) if type(value) is str and name not in _EXPRESSIONS else value
        for name, value in table[language].items()
    }


def chinese(text: str) -> bool:
    return re.search(f"[{HAN}]", text) is not None


def bounds(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the words of the clause around a place begin and end, stops left out."""
    first = max(0, start - _FAR)
    stops = [m.end() for m in _CUT.finditer(text, first, start)]
    last = min(len(text), end + _FAR)
    after = _CUT.search(text, end, last)
    return stops[-1] if stops else first, after.start() if after else last


def clause_of(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause around a place with the stop that follows it, or the one before at the end."""
    left, right = bounds(text, start, end)
    if right < len(text) and text[right] not in "。！!？?.":
        return left, right + 1
    if left > 0 and text[left - 1] in "，,、；;：:":
        return left - 1, right
    return left, min(right + 1, len(text))


def sentence_of(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a place, with its stop and the blanks before it."""
    first = max(0, start - _FAR)
    stops = [m.end() for m in _STOP.finditer(text, first, start)]
    last = min(len(text), end + _FAR)
    after = _STOP.search(text, max(start, end - 1), last)
    return stops[-1] if stops else first, after.end() if after else last


def sentences(text: str) -> list[str]:
    """The sentences of a text, without the blanks around them."""
    ends = [m.end() for m in _STOP.finditer(text)]
    parts = (text[a:b].strip() for a, b in pairwise([0, *ends, len(text)]))
    return [part for part in parts if part]


def exact(text: str, start: int, end: int, words: str) -> Edit:
    """The edit with what it leaves tidied: doubled stops and blanks, a stop at the beginning."""
    a, b = max(0, start - _REACH), min(len(text), end + _REACH)
    before, after = text[a:start], text[end:b]
    if _opening(before) and not text[start:end].lstrip(" ,，、")[:1].islower():
        words, after = (_capital(words), after) if words.strip() else (words, _capital(after))
    before = _articled(before, words + after)
    if not words and before[-1:] in tuple(".!?") and after[:1].isalnum() and " " in text[start:end]:
        words = " "
    if after[:1] in tuple(",.;:!?") and not words.strip():
        before, words = before.rstrip(" "), ""
    old, new = text[a:b], _tidy(before + words + after, a == 0, b == len(text))
    left = 0
    while left < min(len(old), len(new)) and old[left] == new[left]:
        left += 1
    right = 0
    while right < min(len(old), len(new)) - left and old[-1 - right] == new[-1 - right]:
        right += 1
    return Edit(a + left, b - right, new[left : len(new) - right])


def article(words: str) -> str:
    """a or an, by the first letters."""
    return (
        "an" if re.match(r"(?!eu|one\b|once)[aeio]|u(?!ni|s|ti)|hou|hono", words.lower()) else "a"
    )


def _articled(before: str, after: str) -> str:
    """The text before a seam, with an article that ends it as the next word wants it."""
    found = re.search(r"\b([Aa])n? $", before)
    if found is None or not after[:1].isalpha():
        return before
    return before[: found.start() + 1] + article(after)[1:] + " "


def _opening(before: str) -> bool:
    """Whether a sentence begins after these words (the last of the text before a place)."""
    rest = before.rstrip(" ")
    return not rest or rest[-1] in ".!?。！？\n"


def _tidy(text: str, opens: bool, closes: bool) -> str:
    text = re.sub(r"[，、,；;：:]+\s*(?=[。！？.!?])", "", text)
    text = re.sub(r"([，、；：。！？,;])[，、；：,;]+", r"\1", text)
    text = re.sub(r"(?<=[。！？])[。！？]+", "", text)
    text = re.sub(r"[ \t]{2,}", " ", text)
    text = re.sub(r"(\n)[，、；：。,;: ]+", r"\1", text)
    if opens:
        text = re.sub(r"^[，、；：。,;:.!？！? ]+", "", text)
    if closes:
        text = re.sub(r"([，、；：,;:])\s*$", "。" if chinese(text) else ".", text).rstrip(" ")
    return text


def _capital(text: str) -> str:
    at = len(text) - len(text.lstrip(" ,;"))
    return text[:at] + text[at : at + 1].upper() + text[at + 1 :]

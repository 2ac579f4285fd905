"""Whether a text speaks of the product, and what may open it, close it, or name it again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from studio.engines.floor import Pieces

SENTENCE = re.compile(r"[^。！？.!?]+(?:\.(?=\d)[^。！？.!?]+)*(?:[。！？]|[.!?](?=\s|$))?")
_SCRAP = 6  # words of a sentence that opens no text
_CONCLUDES = re.compile(r"(?:So|But|Yet|And|Then|That['’]s why)\b|所以|因此|但|因而")
_MADE = re.compile(r"\b(is|are) made (?:of|from)\b")
_SAYS = re.compile(  # a verb, or what the thing is for; "Heated plate." says nothing of it
    r"^(?:The|An?|Each|Every|All|This|These|With|When|If|You|Your)\b"
    r"|^(?:Perfect|Ideal|Great|Good|Suitable|Designed|Made|Built) (?:for|to|as|in|with)\b"
    r"|\b(?:is|are|was|were|can|will|has|have|do|does|it|its|fits|gives?|keeps?|makes?"
    r"|helps?|lets?|allows?|features?|offers?|provides?|brings?|adds?|includes?|comes?|works?"
    r"|holds?|looks?|feels?|moves?|stays?|runs?|lasts?|protects?|reduces?|ensures?|stands?)\b",
    re.IGNORECASE,
)


def led_by(pieces: Pieces, own: Sequence[str]) -> tuple[list[str], list[str]]:
    """(the merchant's sentences that open a text, those that close it): where his first is left
    out, "Nozzle included." or "The handles make it easy." opens none, for nothing is named yet."""
    words = re.findall(r"[\w'’-]+", own[0].lower()) if own else []
    if not words or not pieces.joint:
        return list(own), []
    named = pieces.name.lower().split()[-1] in words
    part = words[0] in ("the", "a", "an") or (len(words) < _SCRAP and own[0] != pieces.own[0])
    part = part or (not named and not {"it", "its", "it's", "it’s"}.isdisjoint(words))
    if not part and own[0] == pieces.own[0]:
        return list(own), []
    named = named or ("your" in words and not part)
    if named or ("you" in words and not part):
        return list(own), []
    return [], [s for s in own if _SAYS.search(s)]


def whole(own: Sequence[str], joint: str) -> list[str]:
    """The merchant's sentences, what sets out a thought with the one that concludes it."""
    out: list[str] = []
    for sentence in own:
        on = out and _CONCLUDES.match(sentence)
        out = [*out[:-1], f"{out[-1]}{joint}{sentence}"] if on else [*out, sentence]
    return out


def spoken_of(pieces: Pieces, before: str) -> bool:
    """Whether a text speaks of the product at its end, so that a pronoun is clear there."""
    if not pieces.joint:
        return pieces.name in before
    said = [s.strip() for s in SENTENCE.findall(before) if s.strip()]
    name = re.escape(pieces.name)
    if sum(bool(re.match(r"(?:It|They)\b", s)) for s in said[-2:]) > 1:
        return False  # a third "It" in a row
    last = said[-1] if said else ""
    return (
        re.search(rf"^(?:It|They)\b|(?:^|, )(?:the |our )?{name}\b|{name}\W*$", last, re.I)
        is not None
    )


def varied(before: str, text: str) -> str:
    """A sentence that tells what the thing is made of, after one that says so already: "It is
    made of soft fabric. It consists of nylon." """
    if not _MADE.search(before):
        return text
    return _MADE.sub(lambda m: "consists of" if m[1] == "is" else "consist of", text)


def spoken(pieces: Pieces, text: str) -> str:
    """A text that opens with the product's name, with a pronoun instead; in Chinese without."""
    if not pieces.joint:
        return re.sub(rf"^(?:这款)?{re.escape(pieces.name)}，", "", text)
    name = re.match(rf"(?:The )?{re.escape(pieces.name)}(?=\s)", text)
    return pieces.pronoun + text[name.end() :] if name and pieces.pronoun else text

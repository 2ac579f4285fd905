"""Text rules that a limit cannot say: one function for each kind, the rest is in the specs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from studio.channels import words
from studio.channels.counting import count, pattern
from studio.channels.spec import TextRule
from studio.schema import LIST_FIELDS, Channel, Copy, Finding

Hit = tuple[int, int, dict[str, Any]]  # start, end, what the message needs


def check_rule(rule: TextRule, text: Copy, channel: Channel, brand: str = "") -> Iterator[Finding]:
    """The findings of one rule in the fields that it is about."""
    name = f"{rule.field}.{rule.kind}"
    if rule.kind in _WHOLE:
        for message, shared in _WHOLE[rule.kind](rule, text):
            yield words.finding(
                message,
                channel,
                rule.field,
                (0, 0, ""),
                rule.conf,
                rule=name,
                level=rule.level,
                **shared,
            )
        return
    for field, said in text.parts():
        if rule.field not in (field, field.partition(".")[0]):
            continue
        allowed = _allowed(said, brand if "brand" in rule.allow else "")
        for start, end, shared in _KINDS[rule.kind](rule, said):
            if not any(a <= start and end <= b for a, b in allowed):
                place = (start, end, said[start:end])
                yield words.finding(
                    rule.kind,
                    channel,
                    field,
                    place,
                    rule.conf,
                    rule=name,
                    level=rule.level,
                    **shared,
                )


_PLAIN = {"×": "*", "–": "-", "—": "-", "℃": "度", "½": "1/2"}


def plain(text: str, channel: Channel, field: str) -> str:
    """The text with a plainer sign for each that the channel does not take in this field, where
    it takes that: 15*10*9厘米 for 15×10×9厘米 in a Weixin Store title."""
    found = (TextRule.model_validate(rule) for rule in channel.options.get("rules", ()))
    rules = [r for r in found if r.field == field and r.kind in ("characters", "outside")]

    def refused(sign: str) -> bool:
        return any(hit for rule in rules for hit in _KINDS[rule.kind](rule, sign))

    for sign, plainer in _PLAIN.items():
        if sign in text and refused(sign) and not refused(plainer):
            text = text.replace(sign, plainer)
    return text


def _allowed(text: str, brand: str) -> list[tuple[int, int]]:
    if not brand:
        return []
    return [m.span() for m in re.finditer(re.escape(brand), text, re.IGNORECASE)]


def _characters(rule: TextRule, text: str) -> Iterator[Hit]:
    marks = set(rule.values)
    yield from ((i, i + 1, {}) for i, char in enumerate(text) if char in marks)


def _outside(rule: TextRule, text: str) -> Iterator[Hit]:
    """What is no letter, digit or blank, and stands in none of the `values`."""
    marks = set("".join(rule.values))
    for match in pattern(r"\X").finditer(text):
        char = match.group()
        if not (char[0].isalnum() or char.isspace() or set(char) <= marks):
            yield match.start(), match.end(), {}


def _mixed(rule: TextRule, text: str) -> Iterator[Hit]:
    if pattern(r"[\p{Latin}\p{Nd}\s]+").fullmatch(text):
        yield 0, len(text), {}


def _emoji(rule: TextRule, text: str) -> Iterator[Hit]:
    shown = r"(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F)"
    for match in pattern(r"\X").finditer(text):
        if pattern(shown).search(match.group()):
            yield match.start(), match.end(), {}


def _phrases(rule: TextRule, text: str) -> Iterator[Hit]:
    for phrase in rule.values:
        edge = r"\b" if phrase.isascii() and phrase[0].isalnum() and phrase[-1].isalnum() else ""
        for match in re.finditer(f"{edge}{re.escape(phrase)}{edge}", text, re.IGNORECASE):
            yield match.start(), match.end(), {}


def _repeat(rule: TextRule, text: str) -> Iterator[Hit]:
    """Each time a word stands once too often; `values` are the small words that may."""
    most = rule.max or 2
    found = [(m.group().casefold(), m.span()) for m in pattern(r"[\p{L}\p{N}'’]+").finditer(text)]
    totals = Counter(word for word, _ in found)
    so_far = Counter[str]()
    for word, (start, end) in found:
        so_far[word] += 1
        if so_far[word] > most and word not in rule.values and not word.isdigit():
            yield start, end, {"count": totals[word], "limit": most}


def _once(rule: TextRule, text: str) -> Iterator[Hit]:
    for mark in rule.values:
        places = [i for i, char in enumerate(text) if char == mark]
        yield from ((i, i + 1, {"count": len(places)}) for i in places[1:])


def _capitals(rule: TextRule, text: str) -> Iterator[Hit]:
    """All words in capitals; a few acronyms alone ("USB-C LED") are not that."""
    long = [word for word in re.findall(r"[^\W\d_]{3,}", text) if word.upper() != word.lower()]
    shouted = len(long) > 1 and max(map(len, long)) > 4
    if shouted and all(word.isupper() for word in long):
        yield 0, len(text), {}


def _start(rule: TextRule, text: str) -> Iterator[Hit]:
    if text.startswith(rule.values):
        yield 0, 1, {}


def _least(rule: TextRule, text: Copy) -> Iterator[tuple[str, dict[str, Any]]]:
    """At least so many pieces of a list, or so much text in another unit than the limit's."""
    want = rule.min or 0
    if rule.field in LIST_FIELDS:
        have = len(getattr(text, rule.field))
        if have < want:
            yield "pieces_under", {"count": have, "limit": want, "what": rule.field}
        return
    said = text.text(rule.field)
    if said and (have := count(said, rule.unit)) < want:
        yield "under", {"count": have, "limit": want, "unit": rule.unit}


def _total(rule: TextRule, text: Copy) -> Iterator[tuple[str, dict[str, Any]]]:
    """All pieces of a list together."""
    have = sum(count(piece, rule.unit) for piece in getattr(text, rule.field))
    if rule.max is not None and have > rule.max:
        named = f"all.{rule.field}"
        yield "over", {"count": have, "limit": rule.max, "unit": rule.unit, "named": named}


_KINDS: dict[str, Callable[[TextRule, str], Iterator[Hit]]] = {
    "characters": _characters,
    "emoji": _emoji,
    "mixed": _mixed,
    "outside": _outside,
    "phrases": _phrases,
    "repeat": _repeat,
    "once": _once,
    "capitals": _capitals,
    "start": _start,
}
_WHOLE: dict[str, Callable[[TextRule, Copy], Iterator[tuple[str, dict[str, Any]]]]] = {
    "least": _least,
    "total": _total,
}

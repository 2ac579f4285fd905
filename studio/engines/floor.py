"""The floor: copy from facts and the phrase bank alone; it says what the row says, no more.

`compose` gives the pieces of a listing, best first; who lays them out keeps the channel's limits
by taking pieces while they fit, so nothing has to be cut. One seed gives one text.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from studio.engines.phrases import (
    LANGUAGES,
    Bank,
    bank,
    is_cjk,
    plain,
    ready,
)
from studio.engines.phrases import told as few_of
from studio.engines.speaking import Speaker
from studio.engines.wording import agree, norm
from studio.schema import Facts, Noun, Origin, locale_language

LEANS = re.compile(
    r"(?:But|And|Also|So|It|They|These|This|Its|Their|However|Plus|Or)\b|[但而并也它此还]|同时|因此|所以|PS"
)
_LINK = re.compile(r"https?:|www\.|@|\d{7,}|微信|QQ|<[^>]+>|\b[A-Za-z]+\.(?:com|cn|net)\b", re.I)
_POINT = re.compile(r"^\s*(?:[•·●▪■*✔✓–—-]|\d{1,2}[.)、])\s*(?=\S)")
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z\d\"“])|(?<=[。！？!?])")


class Pieces(Noun):
    """What a listing can be laid out from. Texts come in the order in which they matter."""

    name: str  # how a sentence calls the product
    title: tuple[str, ...] = ()  # the base, then facts that may follow it
    title_joint: str = ", "
    bullets: tuple[tuple[str, Origin], ...] = ()
    own: tuple[str, ...] = ()  # the merchant's own sentences
    sentences: tuple[str, ...] = ()  # facts in sentences
    notes: tuple[str, ...] = ()  # the merchant's advice
    close: str = ""
    keywords: tuple[str, ...] = ()
    joint: str = " "  # between sentences
    subject: str = ""  # how the first sentence begins, and what may stand there instead
    pronoun: str = ""


def compose(
    facts: Facts,
    brand: str,
    locale: str,
    seed: int = 0,
    searched: tuple[Path, ...] = (),
    said: frozenset[str] = frozenset(),
) -> Pieces:
    """The pieces of a listing in a locale (languages without a bank are served in English).

    `said`: values that a text before the sentences says already; they are not said again.
    """
    language = locale_language(locale) if locale_language(locale) in LANGUAGES else "en"
    words = bank(language, searched)
    chance = random.Random(seed)  # noqa: S311 - varies phrases, guards nothing
    known = ready(facts, locale, searched)
    speak = Speaker(words, locale, facts, brand, chance, searched)
    points, own = _own(facts.description, words)
    if not own and len(known) < 2:
        own = speak.title_parts()
    title = norm(facts.title)
    told = [
        f for f in known if not f.kind.note and not (f.id == "model" and norm(f.value) in title)
    ]
    bullets = [(speak.bullet(f), "facts" if speak.is_plain else "phrases") for f in told]
    left = [f for f in told if f.value not in said]
    speak.begun = bool(said)
    sentences = [*speak.sentences([f for f in left if not f.many]), *speak.choices(left)]
    return Pieces(
        name=speak.name,
        title=tuple(speak.title(told)),
        title_joint=" " if language == "zh" else ", ",
        bullets=(*_typed(bullets), *((p, "facts") for p in points), *speak.brand_bullet()),
        own=tuple(own),
        sentences=tuple(sentences) if sentences or said else (speak.bare(),),
        notes=tuple(speak.note(f) for f in known if f.kind.note),
        close=speak.closing() if sentences else "",
        keywords=tuple(speak.keywords(told)),
        joint="" if language == "zh" else " ",
        subject=speak.subject(),
        pronoun=agree(words.pronoun, speak.plural),
    )


def _typed(bullets: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Origin]]:
    for text, origin in bullets:
        yield text, "facts" if origin == "facts" else "phrases"


class Speech(Noun):
    """What a text about a product may be put together from: subject, and phrases by value."""

    name: str
    subject: str
    pronoun: str
    phrases: dict[str, tuple[str, ...]]  # a fact's name -> verb phrases that say it


def speech(facts: Facts, brand: str, locale: str, searched: tuple[Path, ...] = ()) -> Speech:
    """The phrases of the facts that a small model is given, with verbs that agree."""
    language = locale_language(locale) if locale_language(locale) in LANGUAGES else "en"
    words = bank(language, searched)
    speak = Speaker(words, locale, facts, brand, random.Random(0), searched)  # noqa: S311
    found = {f.name: speak.phrases(f) for f in few_of(ready(facts, locale, searched))}
    return Speech(
        name=speak.name,
        subject=speak.subject(),
        pronoun=agree(words.pronoun, speak.plural),
        phrases={v: tuple(agree(p, speak.plural) for p in ps) for v, ps in found.items() if ps},
    )


def _own(description: str, words: Bank) -> tuple[list[str], list[str]]:
    """The merchant's own points and sentences, where they are in the language and clean."""
    points: list[str] = []
    sentences: list[str] = []
    zh = words.language == "zh"

    def usable(text: str) -> bool:
        clean = not _LINK.search(text) and not words.unfit(text)
        return clean and is_cjk(text) == zh and 4 <= len(text) <= 300

    for line in description.splitlines():
        if _POINT.match(line):
            point = plain(_POINT.sub("", line)).rstrip(" .。;；")
            points += [point] if usable(point) and len(point) <= 120 else []
            continue
        found = [plain(s) for s in _SENTENCES.split(line)]
        if zh:
            between = r"(?<=[\u3400-\u9fff])(?:\s+|\s*,\s*)(?=[\u3400-\u9fff])"
            found = [re.sub(between, "，", part) for part in found]
        if zh and len(found) == 1 and 6 <= len(found[0]) <= 60:
            found = [found[0] + ("" if found[0][-1] in "。！？；，" else "。")]
        for before, sentence in zip(["", *found], found, strict=False):
            leans = LEANS.match(sentence) and before not in sentences
            if usable(sentence) and sentence[-1] in ".!?。！？" and not leans:
                sentences.append(sentence)
    return points, sentences

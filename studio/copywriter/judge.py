"""Whether a model's words may stand: checks that need no law and no model.

Small models write fluent nonsense that no count of numbers sees, so for them the vocabulary is
closed: the facts' own words and a list of neutral ones (prompts/phrases/words.yaml). A value must
stay with its own attribute, and each number must be one of the facts'. Larger models are free in
their words and held to numbers, language, form and the pipeline's `accept`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from studio.engines.glossary import is_cjk
from studio.engines.phrases import Fact, words
from studio.engines.wording import adjective
from studio.schema import locale_language

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*|[¼½¾⅓⅔⅛]|[①-⑳]")
_SENTENCE = re.compile(r"[^.!?。！？]+(?:[.!?](?!\s|$)[^.!?。！？]*)*[.!?。！？]?")
_VERB = re.compile(r"\b(?:has|have|is|are|comes|come|made)\b")
_SCRAP = 11  # characters of a Chinese sentence of one clause that is too short to stand alone
_FEW = 7  # words of an English sentence that is too short beside one with the same beginning
_ITS = re.compile(
    r"(?:It|They|The [\w -]+?) (?:is|are|has|have|comes?|weighs?|measures?|runs?|holds?)\b"
)
_RUN, _RUN_ZH = 6, 12  # words and characters that an instruction shares with no text by chance
_CLAUSE_ZH = re.compile(r"[，。；,;]")


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its mark; decimals do not end one."""
    return [s.strip() for s in _SENTENCE.findall(text) if s.strip()]


def whole(text: str, most: int = 3) -> str:
    """The text without an unfinished last sentence, at most so many sentences."""
    done = [s for s in sentences(text) if s[-1] in ".!?。！？"][:most]
    return ("" if is_cjk(text) else " ").join(done)


def wrong(text: str, known: Sequence[str], locale: str, searched: tuple[Path, ...] = ()) -> str:
    """Why a text cannot stand whoever wrote it, or "". `known`: all texts of the facts."""
    language = locale_language(locale)
    low = text.lower()
    if not text.strip():
        return "empty"
    if any(low.startswith(r) or (len(r) > 8 and r in low) for r in words(language)["refusals"]):
        return "a refusal or chatter"
    if language in ("zh", "en") and _foreign(text, language, known):
        return "the wrong language"
    source = " ".join(known)
    numbers = {_plain(n) for n in _NUMBER.findall(source)}
    strange = [n for n in _NUMBER.findall(text) if _plain(n) not in numbers]
    if strange:
        return f"a number that no fact has: {strange[0]}"
    return _repeats(text)


def echo(text: str, asked: Iterable[str]) -> str:
    """Why a text that repeats its own instructions cannot stand, or "". `asked`: what the model
    was told; six words in a row, or twelve Chinese characters, are no chance."""
    said = _runs(text)
    for told in asked:
        if found := said.keys() & _runs(told).keys():
            return f"words of its instructions: {min((said[run] for run in found), default='')}"
    return ""


def _runs(text: str) -> dict[tuple[str, ...], str]:
    """Runs of words (of characters in Chinese) -> as they stand."""
    cjk = is_cjk(text)
    parts = [c for c in text if c.isalnum()] if cjk else _WORD.findall(text)
    size = _RUN_ZH if cjk else _RUN
    runs = (parts[i : i + size] for i in range(len(parts) - size + 1))
    return {tuple(map(str.lower, run)): ("" if cjk else " ").join(run) for run in runs}


def nonsense(
    text: str,
    facts: Sequence[Fact],
    names: Sequence[str],
    locale: str,
    searched: tuple[Path, ...],
    bank: Sequence[str] = (),
) -> str:
    """Why a small model's text cannot stand, or "": closed vocabulary, values bound rightly."""
    table = words(locale_language(locale), searched)
    free = sorted({*names, *bank, *(f.value for f in facts), *(f.name for f in facts)}, key=len)
    zh = locale_language(locale) == "zh"
    stranger = _stranger_zh(text, free, table) if zh else _stranger_en(text, free, table)
    if stranger:
        return f"a word that no fact has: {stranger}"
    for sentence in sentences(text):
        if bad := _unbound(sentence, facts, table, zh):
            return bad
    said = [f for f in facts if f.value.lower() in text.lower()]
    if len(said) < min(2, len(facts)):
        return "it says too little"
    bare, named = text.lower(), f" {names[0].lower()} " if names else ""
    for name in sorted(map(str.lower, names), key=len, reverse=True):
        bare = bare.replace(name, " ") if name else bare
    shared = [f.value for f in facts]
    twice = [
        f for f in said if bare.count(f.value.lower()) > shared.count(f.value) and len(f.value) > 2
    ]
    hues = (f for f in said if f.id == "colour" and f" {f.value.lower()} " in named)
    twice += [f for f in hues if f.value.lower() in bare]
    return f"it says twice: {twice[0].value}" if twice else ""


def stiff(text: str, locale: str) -> str:
    """Why a text of true sentences reads badly, or "": a verb twice in a sentence, one sentence
    after the other with the same beginning, or scraps side by side."""
    body = sentences(text.split("\n")[0])
    return _stiff_zh(body) if locale_language(locale) == "zh" else _stiff_en(body)


def _stiff_zh(body: Sequence[str]) -> str:
    if scrap := next((s for s in body if len(s) <= _SCRAP and "，" not in s), ""):
        return f"a scrap: {scrap}"
    starts = [[part[:2] for part in re.split("，", s)] for s in body]
    twice = next((p for parts in starts for p in parts if parts.count(p) > 1), "")
    return f"it says twice in a sentence: {twice}" if twice else ""


def _stiff_en(body: Sequence[str]) -> str:
    for sentence in body:
        verbs = _VERB.findall(sentence.lower())
        if twice := next((v for v in verbs if verbs.count(v) > 1), ""):
            return f"it says twice in a sentence: {twice}"
    comes = [re.search(r"\bcomes?\b", s) is not None for s in body]
    if any(map(all, pairwise(comes))):
        return "it says twice: comes"
    named = [" ".join(s.split()[:3]) for s in body if s.startswith("The ")]
    if len(body) > 2 and len(named) > len(set(named)):
        return f"it begins again: {named[-1]}"
    short = next((s for s in body if _ITS.match(s) and len(s.split()) <= _FEW), "")
    if len(body) > 2 and short:
        return f"a scrap: {short}"
    starts = [re.split(r"[\s,]", s)[0] for s in body]
    pairs = list(pairwise(zip(starts, body, strict=True)))
    few = any(a == b and min(len(s.split()), len(t.split())) <= _FEW for (a, s), (b, t) in pairs)
    alike = [a == b for (a, _), (b, _) in pairs]
    return "sentences that begin alike" if few or any(map(all, pairwise(alike))) else ""


def _stranger_en(text: str, free: Sequence[str], table: dict[str, Any]) -> str:
    allowed = {w.lower() for t in free for w in _WORD.findall(t)} | table["words"]
    return next((w for w in _WORD.findall(text) if w.lower() not in allowed), "")


def _stranger_zh(text: str, free: Sequence[str], table: dict[str, Any]) -> str:
    """What is left of a Chinese text when facts and neutral words are taken out of it."""
    known = sorted({*free, *table["words"]}, key=len, reverse=True)
    pattern = "|".join(re.escape(w) for w in known if w)
    left = re.sub(pattern, "\0", text)
    return next(iter(re.findall(r"[^\0\W_]+", left)), "")


def _unbound(sentence: str, facts: Sequence[Fact], table: dict[str, Any], zh: bool) -> str:
    """A value that stands with another's name or with a verb that is not for it."""
    low = sentence.lower()
    found = ((low.find(f.value.lower()), f) for f in facts if f.value.lower() in low)
    places = sorted(found, key=lambda pair: pair[0])
    edge = "" if zh else r"\b"
    for cue, kinds in table["binds"].items():
        for match in re.finditer(f"{edge}{re.escape(cue)}{edge}", low):
            after = sorted(
                ((at, f) for _, f in places if (at := low.find(f.value.lower(), match.end())) >= 0),
                key=lambda pair: pair[0],
            )
            clause = _CLAUSE_ZH.search(low, match.end()) if zh else None
            if clause:
                after = [(at, f) for at, f in after if at < clause.start()]
            named = {f.id for f in facts if cue in f.name.lower()}
            if (
                after
                and after[0][1].id not in {*kinds, *named}
                and cue not in after[0][1].value.lower()
            ):
                return f"a value bound wrongly: {cue!r} before {after[0][1].value!r}"
    for fact in facts:
        name = fact.name.lower()
        spoken = re.search(f"{edge}{re.escape(name)}{edge}", low)
        longer = [o.name.lower() for o in facts if name in o.name.lower() and o is not fact]
        elsewhere = any(name in other.value.lower() for _, other in places) or any(
            word in low for word in longer
        )
        given = fact.value.lower() in low or adjective(fact.value).lower() in low
        if spoken and not elsewhere and not given:
            return f"a name without its value: {fact.name}"
    return ""


def _foreign(text: str, language: str, known: Sequence[str]) -> bool:
    """Whether letters of the other language are there that no fact brought."""
    han = len(re.findall(r"[\u3400-\u9fff]", text))
    if language == "zh":
        return han < 0.3 * len(re.findall(r"[^\W\d_]", text)) or han == 0
    given = set("".join(known))
    return any(c not in given for c in re.findall(r"[\u3400-\u9fff]", text))


def _plain(number: str) -> str:
    return (
        number.replace(",", "").rstrip("0").rstrip(".")
        if "." in number
        else number.replace(",", "")
    )


def _repeats(text: str) -> str:
    """Endless repetition: three words (six characters in Chinese) that come three times."""
    units = re.findall(r"[\u3400-\u9fff]|[^\W_]+", text.lower())
    size = 6 if is_cjk(text) else 3
    grams = [tuple(units[i : i + size]) for i in range(len(units) - size + 1)]
    often = next((g for g in set(grams) if grams.count(g) >= 3), None)
    return f"it repeats: {' '.join(often)}" if often else ""

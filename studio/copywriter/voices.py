"""A shop's voice: proposed from its own texts, kept as YAML, held against new texts.

What is proposed is counted: the length of sentences, who is addressed, contractions or particles,
exclamation marks, emoji, words that return (common words aside), how sentences open. Each rule
comes with the texts that show it; whoever runs the shop decides.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from studio.copywriter.judge import sentences
from studio.data import find
from studio.engines.glossary import is_cjk
from studio.engines.styling import has
from studio.engines.tidying import plain
from studio.errors import InputError, NotFoundError
from studio.schema import Noun, Voice

SHORT = 3  # code points that are no sentence
_MARK = re.compile(r"^\s*(?:[•·●▪■*✔✓#>–—-]+|\d{1,2}[.)、])\s*")
LEAST = 5  # sentences below which nothing can be said of a voice
_WORDS, _EXAMPLES, _QUOTES = 12, 3, 2
_OFTEN, _SOME, _RARE = 0.3, 0.1, 0.02  # shares of the sentences
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_LATIN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


class Line(NamedTuple):
    """A sentence of the merchant's, and where it stands."""

    where: str  # "file:line"
    text: str


class Trait(Noun):
    """What was counted, as a rule, with lines that show it."""

    rule: str
    share: float  # of the sentences
    quotes: tuple[str, ...] = ()


class Learned(Noun):
    """A proposal and what it rests on."""

    voice: Voice
    traits: tuple[Trait, ...]
    sentences: int


def lines_of(name: str, text: str) -> Iterator[Line]:
    """The sentences of a text with their places."""
    for number, line in enumerate(text.splitlines(), 1):
        found: list[str] = []
        for sentence in sentences(_MARK.sub("", plain(line))):
            if found and len(sentence) <= SHORT:  # an emoji after the full stop
                found[-1] += f" {sentence}"
            else:
                found.append(sentence)
        yield from (Line(f"{name}:{number}", s) for s in found if len(s) > SHORT)


def learn(lines: Sequence[Line], name: str = "", searched: tuple[Path, ...] = ()) -> Learned:
    """A voice proposed from a merchant's texts. Raises InputError for too few sentences."""
    if len(lines) < LEAST:
        raise InputError(
            f"{len(lines)} sentences are too few to learn a voice from",
            hint=f"give at least {LEAST} sentences of your own product texts",
        )
    zh = sum(is_cjk(line.text) for line in lines) * 2 > len(lines)
    own = [line for line in lines if is_cjk(line.text) == zh]
    words = _words(searched)["zh" if zh else "en"]
    traits = list(_traits(own, words, zh))
    likes = _returning(own, frozenset(words["common"].split()), zh)
    usual = statistics.median(_length(line.text, zh) for line in own)
    near = sorted(own, key=lambda li: (abs(_length(li.text, zh) - usual), not has(li.text, likes)))
    examples = dict.fromkeys(line.text for line in near)
    no = [t.rule for t in traits if t.rule in _negative(words)]
    voice = Voice(
        name=name,
        language="zh" if zh else "en",
        do=tuple(t.rule for t in traits if t.rule not in no),
        dont=tuple(no),
        use=likes,
        examples=tuple(examples)[:_EXAMPLES],
    )
    return Learned(voice=voice, traits=tuple(traits), sentences=len(own))


def _negative(words: dict[str, Any]) -> list[str]:
    return [words["rules"][name] for name in ("calm", "no_emoji")]


def _traits(lines: Sequence[Line], words: dict[str, Any], zh: bool) -> Iterator[Trait]:
    """Each trait that the texts show, by the share of the sentences that show it."""
    rules, size = words["rules"], len(lines)

    def trait(rule: str, found: Sequence[Line], **fill: Any) -> Trait:
        quotes = tuple(f"{line.where} {line.text}" for line in found[:_QUOTES])
        share = round(len(found) / size, 2)
        return Trait(rule=rules[rule].format(**fill), share=share, quotes=quotes)

    def with_(wanted: Sequence[str]) -> list[Line]:
        return [line for line in lines if has(line.text, tuple(wanted))]

    usual = round(statistics.median(_length(line.text, zh) for line in lines))
    near = [line for line in lines if abs(_length(line.text, zh) - usual) <= max(2, usual // 3)]
    yield trait("length", near, n=usual)
    you, we = with_(words["you"]), with_(words["we"])
    if len(you) >= _SOME * size:
        yield trait("you", you, what=_most(you, words["you"]))
    if len(we) >= _SOME * size:
        yield trait("we", we, what=_most(we, words["we"]))
    if not you and not we:
        yield trait("nobody", lines)
    spoken = with_(words["spoken"])
    if len(spoken) >= _SOME * size or not spoken:
        yield trait("spoken" if spoken else "written", spoken or lines)
    shouted = [line for line in lines if re.search("[!！]", line.text)]
    if len(shouted) >= _SOME * size or len(shouted) <= _RARE * size:
        loud = len(shouted) >= _SOME * size
        yield trait("shout" if loud else "calm", shouted if loud else lines)
    smiling = [line for line in lines if _EMOJI.search(line.text)]
    if len(smiling) >= _SOME * size or not smiling:
        yield trait("emoji" if smiling else "no_emoji", smiling or lines)
    openers = Counter(_opener(line.text, zh) for line in lines)
    what, count = openers.most_common(1)[0]
    if what and count >= max(3, _OFTEN * size):
        yield trait("opener", [li for li in lines if _opener(li.text, zh) == what], what=what)
    dashed = [line for line in lines if re.search(r"——| [–—] ", line.text)]
    if len(dashed) >= _SOME * size:
        yield trait("dash", dashed)


def _most(lines: Sequence[Line], words: Sequence[str]) -> str:
    return max(words, key=lambda word: sum(bool(has(line.text, (word,))) for line in lines))


def _length(text: str, zh: bool) -> int:
    """Words, or characters in Chinese."""
    return len(re.findall(r"[\u3400-\u9fff]|[^\W_]+", text)) if zh else len(text.split())


def _opener(text: str, zh: bool) -> str:
    if zh:
        return text[:2] if is_cjk(text[:2]) else ""
    return " ".join(text.split()[:1])


def _returning(lines: Sequence[Line], common: frozenset[str], zh: bool) -> tuple[str, ...]:
    """Words that return in several sentences, common ones and those of a single product aside."""
    seen: Counter[str] = Counter()
    for line in lines:
        seen.update(set(_units(line.text, zh)))
    least = max(3, round(_RARE * len(lines)))
    good = [(w, n) for w, n in seen.most_common() if n >= least and w not in common]
    return tuple(word for word, _ in good[:_WORDS])


def _units(text: str, zh: bool) -> list[str]:
    if not zh:
        return [w.lower() for w in _LATIN.findall(text) if len(w) > 3 and w.isalpha()]
    import rjieba

    return [w for w in rjieba.cut(text) if len(w) > 1 and is_cjk(w)]


class Slip(NamedTuple):
    """Where a text does not sound like the shop."""

    where: str
    text: str
    rule: str


def check(lines: Sequence[Line], voice: Voice, searched: tuple[Path, ...] = ()) -> list[Slip]:
    """Sentences with a word that the shop avoids, or against a rule that can be counted."""
    words = _words(searched)
    rules = {rule: name for table in words.values() for name, rule in table["rules"].items()}
    barred = {rules.get(rule, "") for rule in voice.dont}
    slips = []
    for line in lines:
        if word := has(line.text, voice.avoid):
            slips.append(Slip(line.where, line.text, word))
        if "calm" in barred and re.search("[!！]", line.text):
            slips.append(Slip(line.where, line.text, "!"))
        if "no_emoji" in barred and (found := _EMOJI.search(line.text)):
            slips.append(Slip(line.where, line.text, found[0]))
    return slips


# --- files ---------------------------------------------------------------------------------------


def load(name: str, folders: Sequence[Path] = ()) -> Voice:
    """The voice of a YAML file: a path, or the name of one in `folders`.

    Raises NotFoundError with the near names, and InputError for a file that is no voice.
    """
    paths = [Path(name), *(folder / f"{name}.yaml" for folder in folders)]
    path = next((p for p in paths if p.suffix in (".yaml", ".yml") and p.is_file()), None)
    if path is None:
        known = [p.stem for folder in folders for p in sorted(folder.glob("*.yaml"))]
        raise NotFoundError.of("voice", name, known)
    try:
        read: Any = yaml.safe_load(path.read_text("utf-8"))
        return Voice.model_validate({"name": path.stem, **(read or {})})
    except (yaml.YAMLError, ValidationError, TypeError, UnicodeDecodeError) as error:
        raise InputError(f"this is no voice: {error}", where=str(path)) from error


def dump(learned: Learned) -> str:
    """The YAML of a proposal; what it rests on stands beside it as comments."""
    voice = learned.voice.model_dump(mode="json")
    text = yaml.safe_dump(voice, allow_unicode=True, sort_keys=False, width=100)
    seen = [f"# {learned.sentences} sentences. What the rules rest on:"]
    for trait in learned.traits:
        seen.append(f"#   {trait.share:.0%}  {trait.rule}")
        seen += [f"#        {quote}" for quote in trait.quotes]
    return text + "\n".join(seen) + "\n"


@lru_cache(maxsize=4)
def _words(searched: tuple[Path, ...]) -> dict[str, Any]:
    path = find("prompts/phrases/voice.yaml", searched)
    read: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return read

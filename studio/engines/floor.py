"""The floor: copy from facts and the phrase bank alone; it says what the row says, no more.

`compose` gives the pieces of a listing, best first; who lays them out keeps the channel's limits
by taking pieces while they fit, so nothing has to be cut. One seed gives one text.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

from pydantic import Field

from studio.engines.glossary import LANGUAGES, is_cjk
from studio.engines.lining import Piece
from studio.engines.phrases import OWN, Bank, Fact, bank, ready
from studio.engines.phrases import told as few_of
from studio.engines.speaking import Speaker
from studio.engines.styling import PLAIN, Style, has, styled
from studio.engines.tidying import plain, tidy
from studio.engines.wishes import NO_WISH, Wish
from studio.engines.wording import agree, chunked, norm
from studio.schema import Facts, Noun, locale_language

LEANS = re.compile(  # it stands on the sentence before it
    r"(?:But|And|Also|So|It|They|These|This|That|Those|Such|Its|Their|However|Plus|Or|Then"
    r"|Either way|Even so|What['’]s more|In fact"
    r"|Goes|Comes|Fits|Dries|Works|Keeps|Makes|Lets|Gives|Features|Includes|Reduces|Powers"
    r"|Crushes|Delivers|Covers|Holds)\b|.*\bthat (?:mission|goal|promise|end|way)\b"
    r"|Whatever it is\b|.*\beither[,.]|[但而并也它此还]|同时|因此|所以|PS"
)
_SETS = re.compile(r"There (?:is|are|was|were)\b|Ever\b|Imagine\b")  # on what it sets the scene for
_ASKS = re.compile(  # a question with a verb of its own
    r"\b(?:do|does|did|is|are|was|has|have|can|will|would|want|need|look\w*|who|what|how|why|when)\b",
    re.IGNORECASE,
)
_NEAR = 0.85  # likeness of a misspelt name
FEW = 3  # bullets below which the brand is worth one
_LINK = re.compile(r"https?:|www\.|@|\d{7,}|微信|QQ|<[^>]+>|\b[A-Za-z]+\.(?:com|cn|net)\b", re.I)
# A sentence without any of these is a list of words, or the Latin of a demonstration shop.
_ENGLISH = re.compile(
    r"\b(?:the|an?|and|of|to|is|are|with|for|you|your|our|its?|this|that|by|on|from|at|be|has|have)\b",
    re.I,
)
_SLIP = re.compile(  # "with a Saleor styles.": a plural after "a" ends the sentence
    r"\b[Aa]n? (?:[A-Z][a-z]+ )?(?!series|lens|means)[a-z]+[^sui\W\d]s[.!]$"
    r"|\bhelps? (?:to )?(?:prevents|keeps|makes|holds|gives|lets|gets|ensures|reduces|protects)\b"
    r"|\bthese (?:[A-Z][\w™®-]* ){1,4}[a-z]+[^s\W](?=[.,!])"
    r"|\b[Tt]his (?:[a-z]+ ){1,4}[a-z]+[^su\W]s (?:brings|gives|makes|keeps|has|lets|helps)\b"
    r"|\bby (?:keep|make|help|let|get|give|provide|use)\b"
    r"|-resistance [A-Z]|-lengthed\b"  # "the water-resistance Mimi Short"
    r"|\b(?:is|are) (?!as\b)\w+ as (?:it|they) (?:is|are)\b"
    r"|\b(?:mov|work|run|sit|fit|perform)(?:e|es|s|ing|ting|ning) (?:effortless|smooth|quick)\b"
)
_ASIDE = re.compile(  # a long bracket, or a headline with a blank after each letter
    r"[(（][^()（）]{11,}[)）](?<=[\u3400-\u9fff][)）])"
    r"|(?:(?<![\u3400-\u9fff])[\u3400-\u9fff][，\s]){3}"
)
_NOUNS = re.compile(r"[\u3400-\u9fff]{1,5}(?:、[\u3400-\u9fff]{1,5}){2,}[。.]?")  # a list of uses
_TORN = re.compile(r"[”’》）)】,，。、；;!！?？]|[^“”]*”|[^”]*“[^”]*$")  # the rest of a quotation
_POINT = re.compile(r"^\s*(?:[•·●▪■*✔✓–—-]|\d{1,2}[.)、])\s*(?=\S)")
_SENTENCES = re.compile(r"(?<=[.!?])(?<![Nn]o\.)\s+(?=[A-Z\d\"“])|(?<=[。！？!?])")


class Pieces(Noun):
    """What a listing can be laid out from. Texts come in the order in which they matter."""

    name: str  # how a sentence calls it
    pronoun: str = ""  # "It", "They"; "" in Chinese
    title: tuple[str, ...] = ()  # the base, then facts that may follow it
    title_joint: str = ", "
    short_title: tuple[str, ...] = ()  # the same for a channel on which the title is too long
    things: tuple[str, ...] = ()  # words of the title for the thing, in Chinese
    bullets: tuple[Piece, ...] = ()
    own: tuple[str, ...] = ()  # the merchant's own sentences
    sentences: tuple[Piece, ...] = ()  # facts in sentences
    details: tuple[Piece, ...] = ()  # every fact as a line of its own
    notes: tuple[str, ...] = ()  # the merchant's advice
    bare: str = ""  # for a product of which there is nothing else to say
    close: str = ""  # advice, for a channel that wants more words
    keywords: tuple[str, ...] = ()
    joint: str = " "  # between sentences
    open: str = ""  # how the style begins a description
    end: str = ""  # and how it ends one
    shape: str = "prose"
    marks: dict[str, str] = Field(default_factory=dict)
    hashtags: bool = False


def compose(
    facts: Facts,
    brand: str,
    locale: str,
    seed: int = 0,
    searched: tuple[Path, ...] = (),
    said: frozenset[str] = frozenset(),
    style: Style = PLAIN,
    wish: Wish = NO_WISH,
    avoid: tuple[str, ...] = (),
) -> Pieces:
    """The pieces of a listing in a locale (languages without a bank are served in English).

    `said`: values that a text before the sentences says already; they are not said again.
    `avoid`: words that the shop does not use; `wish`: what the user asked for.
    """
    language = locale_language(locale) if locale_language(locale) in LANGUAGES else "en"
    words = styled(language, style, searched)
    manner = style.manner(language)
    chance = random.Random(seed)  # noqa: S311 - varies phrases, guards nothing
    usual = bank(language, searched).kinds
    known = [
        replace(f, kind=words.kinds[f.id]) if f.kind is usual.get(f.id) else f
        for f in wish.order(ready(facts, locale, searched))
    ]
    speak = Speaker(words, locale, facts, brand, chance, searched, avoid)
    title = norm(facts.title)
    points, own = own_sentences(facts.description, words)
    own = own if style.own else []
    known_words = re.findall(r"[\w™®-]+", f"{brand} {facts.title}")
    bad = [
        norm(s) in title or has(s, avoid) or _misnames(s, speak.name, known_words, speak.plural)
        for s in own
    ]
    own = wish.sentences(_standing(own, bad))
    own = [_untold(s, known) for s in own] if language == "zh" else own
    told = [
        replace(f, value=speak.clean(f.value)) if f.id == "model" else f
        for f in known
        if not f.kind.note
    ]
    base = norm(speak.base)
    told = [f for f in told if f.value and not (f.id == "model" and _no_model(f.value, base))]
    told = [f for f in told if not speak.idle(f, told)]
    told = _apart(told) if language == "zh" else told
    bullets = [*speak.bullets(told), *(Piece(text=p, own=True, origin="facts") for p in points)]
    fresh = [f for f in told if not speak.named(f)] or ([] if own else told)
    left = [f for f in fresh if f.value not in said]
    sentences = speak.sentences(left)
    sentences += speak.choices(left, sentences)
    if language == "zh" and not sentences and own and speak.name not in own[0]:
        own[0] = f"{speak.name}，{own[0]}"
    return Pieces(
        name=speak.name,
        pronoun=agree(words.pronoun, speak.plural),
        title=tuple(speak.title(told)),
        short_title=tuple(speak.short_title(told)),
        things=speak.things,
        title_joint=" " if language == "zh" else ", ",
        bullets=(*bullets, *(speak.brand_bullet() if len(bullets) < FEW else ())),
        own=tuple(own),
        sentences=tuple(sentences),
        details=tuple(speak.details(fresh)),
        notes=tuple(note for f in known if f.kind.note and (note := speak.note(f))),
        bare="" if _nameless(speak.name) and told else speak.bare().text,
        close=speak.closing(),
        keywords=tuple(speak.keywords(told)),
        joint="" if language == "zh" else " ",
        open=_line(manner.open, speak.name, chance, avoid),
        end=_line(manner.close, speak.name, chance, avoid),
        shape=style.shape,
        marks=style.marks,
        hashtags=style.hashtags,
    )


def _standing(sentences: Sequence[str], bad: Sequence[object]) -> list[str]:
    """The sentences that are not bad and do not lean on one that is, before or after them."""
    if sentences and _SETS.match(sentences[0]) and all(bad[1:2]):
        bad = [True, *bad[1:]]
    kept: list[str] = []
    for before, sentence, wrong in zip(["", *sentences], sentences, bad, strict=False):
        if not wrong and not (before and before not in kept and leans(sentence)):
            kept.append(sentence)
    return kept


def _untold(sentence: str, known: Sequence[Fact]) -> str:
    """A Chinese sentence without a last clause that a fact tells, which tells more besides:
    建议手洗，避免骤冷骤热。 beside 用后洗净晾干，避免骤冷骤热."""
    clauses = sentence.rstrip("。").split("，")
    whole = norm(sentence)
    rest = [f.value for f in known if norm(f.value) not in whole]
    while len(clauses) > 1 and len(clauses[-1]) > 4 and any(clauses[-1] in v for v in rest):
        clauses.pop()
    return "，".join(clauses) + sentence[len(sentence.rstrip("。")) :]


def leans(sentence: str) -> bool:
    """Whether a sentence stands on the one before it, or goes on with its question: "Bright
    colors?" """
    asks = sentence.endswith("?") and not _ASKS.search(sentence)
    return asks or LEANS.match(sentence) is not None


def _misnames(sentence: str, name: str, known: Sequence[str], plural: bool) -> bool:
    """Whether a sentence misspells the product's name, or puts a plural verb after one thing."""
    verbs = r"(?:give|make|keep|have|are|come|do|let|help|bring|offer|provide|feature|hold)"
    if not plural and re.search(rf"\b{re.escape(name)} {verbs}\b", sentence, re.IGNORECASE):
        return True
    words, last = name.split(), name.split()[-1]
    other = re.search(rf"\b([A-Z][a-z]+) {re.escape(last)}\b", sentence[1:])  # another's name
    whole = rf"\b{re.escape(words[0])}((?: [\w™®-]+){{1,3}}) {re.escape(last)}\b"
    middle = (found[1].split() if (found := re.search(whole, sentence)) else []) + (
        [other[1]] if other else []
    )
    before = " ".join(words[:-1])
    kind = re.search(rf"\b{re.escape(before)} ([A-Z][a-z]+)", sentence) if before else None
    if any(word not in known for word in middle) or (
        kind and kind[1].rstrip("s") != last.rstrip("s")
    ):
        return True
    return any(
        SequenceMatcher(None, said, word).ratio() > _NEAR
        for said in re.findall(r"\b[A-Z][a-z]{3,}\b", sentence)
        for word in words
        if len(word) > 3 and said not in words and not (word == words[-1] and said[:-1] == word)
    )


def _no_model(value: str, base: str) -> bool:
    """Whether what a catalog calls a model is none: a piece of the title, or another one."""
    return norm(value) in base or len(re.findall(r"[\u3400-\u9fff]", value)) > 6


def _apart(told: list[Fact]) -> list[Fact]:
    """The facts, those of a kind that comes more than once told by the merchant's own names:
    外层面料, 里层面料."""
    counts = Counter(fact.id for fact in told if fact.id and not fact.many)
    return [
        replace(f, kind=f.kind.model_copy(update=OWN)) if counts[f.id] > 1 and not f.many else f
        for f in told
    ]


def _nameless(name: str) -> bool:
    """Whether the language has no name for the goods, so that they are called "product"."""
    return name.endswith("product")


def _line(forms: Sequence[str], name: str, chance: random.Random, avoid: tuple[str, ...]) -> str:
    """What opens or closes a text in a style; "" for goods that the language has no name for."""
    if _nameless(name):
        return ""
    good = [form for form in forms if not has(form, avoid)]
    return chance.choice(good).format(name=name) if good else ""


class Speech(Noun):
    """What a text about a product may be put together from: subject, and phrases by value."""

    name: str
    subject: str
    pronoun: str  # "It", "They"; "" in Chinese
    phrases: dict[str, tuple[str, ...]]  # a fact's name -> verb phrases that say it
    themes: dict[str, str] = Field(default_factory=dict)  # a fact's name -> what it is about


def speech(facts: Facts, brand: str, locale: str, searched: tuple[Path, ...] = ()) -> Speech:
    """The phrases of the facts that a small model is given, with verbs that agree."""
    language = locale_language(locale) if locale_language(locale) in LANGUAGES else "en"
    words = bank(language, searched)
    speak = Speaker(words, locale, facts, brand, random.Random(0), searched)  # noqa: S311
    few = [f for f in few_of(ready(facts, locale, searched)) if not speak.named(f)]
    few = [f for chunk in chunked(few, words.themes, len(few)) for f in chunk]
    found = {f.name: speak.phrases(f) for f in few}
    return Speech(
        name=speak.name,
        subject=speak.subject(),
        pronoun=agree(words.pronoun, speak.plural),
        phrases={v: tuple(agree(p, speak.plural) for p in ps) for v, ps in found.items() if ps},
        themes={
            f.name: next((theme for theme, ids in words.themes.items() if f.id in ids), f.name)
            for f in few
        },
    )


def _own(sentence: str, words: Bank) -> str:
    """A merchant's sentence with its units and dashes as the language writes them."""
    if words.language == "zh":
        return plain(sentence)
    text = re.sub(r"(?<=\d)\s?m2\b", " m²", tidy(sentence, "en", lists=False))
    return re.sub(r" -- ?", " – ", text).replace(". . .", "...")


def own_sentences(description: str, words: Bank) -> tuple[list[str], list[str]]:
    """(points, sentences) of the merchant's own, where they are in the language and clean."""
    points: list[str] = []
    sentences: list[str] = []
    zh = words.language == "zh"
    most = 120 if zh else 300  # a longer one is a paragraph without stops

    def usable(text: str) -> bool:
        clean = not (_LINK.search(text) or words.unfit(text) or _ASIDE.search(text))
        clean = clean and not (_SLIP.search(text) or _TORN.match(text) or _NOUNS.fullmatch(text))
        english = zh or len(text.split()) < 4 or _ENGLISH.search(text) is not None
        return clean and english and is_cjk(text) == zh and 4 <= len(text) <= most

    for line in description.splitlines():
        if _POINT.match(line):
            point = plain(_POINT.sub("", line)).rstrip(" .。;；")
            points += [point] if usable(point) and len(point) <= 120 else []
            continue
        found = [_own(s, words) for s in _SENTENCES.split(line)]
        if zh:
            between = r"(?<=[\u3400-\u9fff])(?:\s+|\s*,\s*)(?=[\u3400-\u9fff])"
            found = [re.sub(between, "，", part) for part in found]
        if zh and len(found) == 1 and 6 <= len(found[0]) <= 60:
            found = [found[0] + ("" if found[0][-1] in "。！？；，" else "。")]
        good = [usable(s) and s[-1] in ".!?。！？" for s in found]
        scraps = [not zh and s.count(" ") < 2 and not _ENGLISH.search(s) for s in found]
        good = [ok and not ((i or sentences) and scraps[i]) for i, ok in enumerate(good)]
        for i in reversed(range(len(found) - 1)):  # a question stands with what follows it
            good[i] = good[i] and (found[i][-1] not in "?？" or good[i + 1])
        for before, sentence, fine in zip(["", *found], found, good, strict=False):
            if fine and not (leans(sentence) and before not in sentences):
                sentences.append(sentence)
    return points, sentences

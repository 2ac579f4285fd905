"""The phrase bank: words for kinds of facts, and the merchant's facts ready for a sentence.

Data lies in prompts/phrases/<language>.yaml and glossary.yaml; a user's own folder is searched
first. Nothing here adds a fact: a value is tidied (spaces, units, lists) or carried over to the
other language when the glossary knows every part of it, and else left out of the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from studio.data import find
from studio.engines.glossary import LANGUAGES, carry, glossary, is_cjk
from studio.engines.tidying import listed, plain, tidy
from studio.errors import InputError
from studio.schema import Attribute, Facts, Noun, locale_language

SHOWN, SHORT = 6, 40  # facts that a small model is given at once, and how long they may be
OWN = {  # how a fact is told by the merchant's own name
    "head_own": True,
    "does": ("{own}为{value}",),
    "does_forms": {},
    "does_names": {},
    "title": 0,
}
_TELLING = 3  # kinds of facts by which a group of goods is told
_WHOLE = ("origin", "note", "care", "keeping")  # "Jingdezhen, China" is no list, nor is advice
_WEIGHTS = ("weight", "fabric_weight", "filling_weight")  # 600G is no memory there
_STANDARD = re.compile(r"[A-Z]{1,3}(?:/[TZ])? ?\d{3,6}(?:\.\d+)?[-–—](?:19|20)\d\d")
_TRAITS = ("colour", "material", "fabric", "pattern", "size", "weight", "origin", "capacity")
_ZERO = re.compile(r"0+(?:[.,]0+)?\s*\w{0,3}")


class Kind(Noun):
    """A kind of fact: what merchants call it and the phrases that are true of it."""

    names: tuple[str, ...] = ()
    head: str = ""
    heads: dict[str, str] = Field(default_factory=dict)  # other heads, by form of the value
    head_own: bool = False  # the merchant's own name for it is the better head
    front: tuple[str, ...] = ()  # "Made of {value}": may open a sentence that says more
    title: int = 0  # rank in a title, 0 = never there
    title_text: str = "{value}"
    title_when: str = ""
    does: tuple[str, ...] = ()
    does_names: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    does_when: str = ""
    does_forms: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # by form of the value
    tails: tuple[str, ...] = ()
    tails_when: str = ""
    when: str = ""  # the form that the value needs for any phrase of this kind
    prose: bool = True
    prose_when: str = ""
    suffix: tuple[str, ...] = ()  # words of the phrase that a value may already end with
    strip: str = ""
    note: bool = False  # advice of the merchant: closes the description, nowhere else
    late: bool = False
    traits: bool = False  # words side by side, and no series: "padded, adjustable, double"
    soft: bool = False  # values are common words: lower case in a sentence


class Bundle(Noun):
    """Kinds of facts that share a bullet when there are many facts."""

    head: str
    kinds: tuple[str, ...]


class Group(Noun):
    """A group of goods: the words that tell it and which facts lead there."""

    words: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()  # what buyers of such goods ask for; `first` where empty
    subjects: tuple[str, ...] = ()  # how a sentence names such goods, where not as usual
    close: tuple[str, ...] = ()
    close_words: tuple[str, ...] = ()


class Bank(Noun):
    """A language's phrases."""

    language: str
    subjects: tuple[str, ...]
    pronoun: str
    stop: str
    plain_bullet: str
    generic: dict[str, Any]
    themes: dict[str, tuple[str, ...]]  # kinds that are told together in a sentence
    bundles: tuple[Bundle, ...]
    choices: dict[str, Any]
    own_note: str
    bare: tuple[str, ...]
    brand: str
    proper: tuple[str, ...]  # adjectives that keep their capital inside a sentence
    title_drop: tuple[str, ...]  # what a merchant's title says to sell, not to name
    title_pairs: dict[str, str] = Field(default_factory=dict)  # kind -> the one before it: 6GB+64GB
    types: tuple[str, ...]
    spelling: dict[str, dict[str, str]]
    forms: dict[str, str]
    kinds: dict[str, Kind]
    groups: dict[str, Group]
    skip: dict[str, tuple[str, ...]]
    affirm: tuple[str, ...]

    def unfit(self, text: str) -> bool:
        """Whether a merchant's sentence is about the shop (stock, delivery), not the goods."""
        return any(re.search(p, text, re.IGNORECASE) for p in self.skip["sentences"])

    def unbranded(self, brand: str) -> bool:
        """Whether what a catalog has for a brand is none: "generic", X制造商."""
        return any(re.search(p, brand.strip(), re.IGNORECASE) for p in self.skip["brands"])

    def fits(self, form: str, value: str) -> bool:
        """Whether a value has a form: a name under `forms`, or a regular expression."""
        return (
            not form or re.fullmatch(self.forms.get(form, form), value, re.IGNORECASE) is not None
        )


@dataclass(frozen=True)
class Fact:
    """A fact ready for use in a language. `many`: a choice that the customer has."""

    name: str
    value: str
    id: str  # our kind, or ""
    kind: Kind
    many: bool = False

    @property
    def key(self) -> str:
        """Names the fact among those of its product."""
        return f"{self.name}={self.value}"


@lru_cache(maxsize=16)
def bank(language: str, searched: tuple[Path, ...] = ()) -> Bank:
    """The phrases of a language; English when we have none. Raises InputError, NotFoundError."""
    path = find(f"prompts/phrases/{language if language in LANGUAGES else 'en'}.yaml", searched)
    try:
        return Bank(**yaml.safe_load(path.read_text("utf-8")))
    except (yaml.YAMLError, ValidationError, TypeError) as error:
        raise InputError(f"the phrase bank is wrong: {error}", where=str(path)) from error


@lru_cache(maxsize=4)
def common_words(searched: tuple[Path, ...] = ()) -> frozenset[str]:
    """English words that stand in lower case inside a sentence: of materials, colours, styles."""
    path = find("prompts/phrases/glossary.yaml", searched)
    sections = yaml.safe_load(path.read_text("utf-8"))
    pairs = [pair for name, section in sections.items() if name != "units" for pair in section]
    words_ = {word for english, _ in pairs for word in english.split()}
    names = {word.lower() for word in words_ if not word.islower()}  # China is no bone china
    return frozenset(words_ - names)


def group_of(facts: Facts, bank_: Bank) -> Group:
    """The group of goods whose words the category names, else the title; its last word counts."""
    return bank_.groups[group_name(facts, bank_)]


def group_name(facts: Facts, bank_: Bank) -> str:
    for text in (facts.category, facts.title):
        found = {n: at for n, g in bank_.groups.items() if (at := _last(text, g, bank_)) >= 0}
        if found:
            return max(found, key=lambda name: found[name])
    kinds = {kind_of(a.name, a.kind.removeprefix("choice").strip(":")) for a in facts.attributes}
    shared = {name: len(kinds.intersection(group.first)) for name, group in bank_.groups.items()}
    best = max(shared, key=lambda name: shared[name])  # told by its facts: memory, battery, camera
    alone = list(shared.values()).count(shared[best]) == 1
    return best if shared[best] >= _TELLING and alone else "other"


def _last(text: str, group: Group, bank_: Bank) -> int:
    small, chinese = text.lower(), bank_.language == "zh"
    there = [w for w in group.words if w.lower() in small]  # few are; a search costs ten times that
    ends = [m.end() for w in there for m in _word(w, chinese).finditer(text)]
    return max(ends, default=-1)


@lru_cache(maxsize=4096)
def _word(word: str, chinese: bool) -> re.Pattern[str]:
    before, after = ("", "") if chinese else (r"\b", r"s?\b")
    return re.compile(before + re.escape(word) + after, re.I)


def ready(facts: Facts, locale: str, searched: tuple[Path, ...] = ()) -> list[Fact]:
    """The facts that a sentence may use, in the order that the group of goods wants.

    Left out: shop fields, empty and negative values, and what the glossary cannot carry over.
    """
    language = locale_language(locale)
    language = language if language in LANGUAGES else "en"
    bank_ = bank(language, searched)
    found: dict[tuple[str, str], Fact] = {}
    for attribute in facts.attributes:
        for fact in _fact(attribute, bank_, searched):
            found.setdefault((fact.id or fact.name, fact.value), fact)
    offered = {fact.id for fact in found.values() if fact.many and fact.id}
    for key in [k for k, f in found.items() if f.id in offered and not f.many]:
        del found[key]  # "blue, green": what can be chosen is told as a choice
    _join_sides(found, language)
    first = group_of(facts, bank_).first

    def order(fact: Fact) -> tuple[bool, bool, int]:
        place = first.index(fact.id) if fact.id in first else len(first)
        return fact.kind.note, fact.kind.late, place

    return sorted(found.values(), key=order)


def carried(facts: Facts, locale: str, searched: tuple[Path, ...] = ()) -> tuple[Attribute, ...]:
    """The facts that stand in the other language, in the words that a text of this one has."""
    language = locale_language(locale)
    zh, bank_ = language == "zh", bank(language, searched)
    foreign = [a for a in facts.attributes if is_cjk(a.value) != zh and not a.value.isdigit()]
    return tuple(
        Attribute(name=fact.name, value=fact.value, kind=attribute.kind)
        for attribute in foreign
        for fact in _fact(attribute, bank_, searched)
        if is_cjk(fact.value) == zh
    )


_SIDES = {
    "length": ("long", "长"),
    "width": ("wide", "宽"),
    "depth": ("deep", "深"),
    "height": ("high", "高"),
}
_SIDE = re.compile(r"([\d.]+) ([a-z]+)")


def _join_sides(found: dict[tuple[str, str], Fact], language: str) -> None:
    """Width, height and depth as one fact: "11 in wide, 6 in high and 5 in deep"."""
    sides = {
        f.id: f for f in found.values() if f.id in _SIDES and f.value[0].isdigit() and not f.many
    }
    if len(sides) < 2 or any(f.id == "dimensions" for f in found.values()):
        return
    zh = language == "zh"
    said = [(*_SIDES[id_], sides[id_].value) for id_ in _SIDES if id_ in sides]
    value = listed([f"{han}{v}" if zh else f"{v} {word}" for word, han, v in said], language)
    does = "{value}" if zh else "[is|are] {value}"
    front: tuple[str, ...] = ()
    measured = [_SIDE.fullmatch(v) for _, _, v in said]
    if not zh and all(measured) and len({m[2] for m in measured if m}) == 1:
        letters = " × ".join(id_[0].upper() for id_ in _SIDES if id_ in sides)
        numbers = " × ".join(m[1] for m in measured if m)
        value = f"{numbers} {said[0][2].split()[1]} ({letters})"
        does, front = "[measures|measure] {value}", ("Measuring {value}",)
    kind = Kind(head="尺寸" if zh else "Dimensions", does=(does,), front=front)
    joined = Fact(kind.head, value, "dimensions", kind)
    for key in [key for key, fact in found.items() if fact in sides.values()]:
        del found[key]
    found[("dimensions", value)] = joined


def _fact(attribute: Attribute, bank_: Bank, searched: tuple[Path, ...]) -> Iterator[Fact]:
    language = bank_.language
    many = attribute.kind.startswith("choice")
    name = re.sub(r"^[\W_]+|[\s:：]+$", "", plain(attribute.name)).replace("_", " ")
    whole = kind_of(name, attribute.kind, searched) in _WHOLE
    value = tidy(attribute.value, language, lists=not whole)
    skipped = name.lower() in bank_.skip["names"] or value.lower() in bank_.skip["values"]
    bare = {*bank_.affirm, *bank_.skip["values"]}  # "Logo: Yes | No" tells nothing
    parts = _parts(attribute.value)
    skipped = skipped or (len(parts) > 1 and parts <= bare)
    if not name or not value or skipped or _ZERO.fullmatch(value):
        return
    id_ = kind_of(name, attribute.kind.removeprefix("choice").strip(":"), searched)
    id_ = "" if many and name in bank_.choices.get("plain", ()) else id_
    kind = bank_.kinds.get(id_, Kind())
    if misplaced(id_, value):
        return
    if language == "zh" and is_cjk(attribute.name) and _unlike(name, kind, bank_):
        id_, kind = "", Kind()  # where flowers grew is not where the thing was made
    name = (kind.head or name[2:]) if re.match("是否..", name) else name  # a question is no name
    if id_ in _WEIGHTS:
        value = re.sub(r"(?<=\d)G(?![A-Za-z])", "g", value)
    if is_cjk(name) != (language == "zh"):
        words = glossary(searched)[language]
        name = words.get(name if language == "en" else name.lower(), "") or kind.head
        if not name or "{" in name:
            return
    if language != "zh" and is_cjk(value):
        value = carry(value, language, searched)
    elif language == "zh" and not is_cjk(value):
        foreign = (many or not is_cjk(attribute.name)) and re.search(r"[A-Za-z][a-z]{3,}", value)
        carried = [carry(part, language, searched) for part in value.split("、")]
        value = "、".join(carried) if all(carried) else "" if foreign else value
    if language == "zh" and kind.head and not many and _of_part(name, kind):
        kind = kind.model_copy(update=OWN)
    if value:
        yield Fact(name, value, id_ if kind.head else "", kind, many)


def misplaced(id_: str, value: str) -> bool:
    """Whether a value is the number of a standard, in the column of something else."""
    return id_ in _TRAITS and _STANDARD.fullmatch(plain(value)) is not None


def _unlike(name: str, kind: Kind, bank_: Bank) -> bool:
    """Whether a catalog put a fact under a kind of which its name has no word."""
    known = name in {n for k in bank_.kinds.values() for n in k.names}
    question = name.startswith("是否")
    return bool(kind.head) and not (known or question or name.endswith((kind.head, *kind.names)))


def _of_part(name: str, kind: Kind) -> bool:
    """Whether a fact's name tells of a part of the thing: 框架材质 is not the sofa's 材质."""
    return name not in kind.names and len(name) > len(kind.head) and name.endswith(kind.head)


def _parts(value: str) -> set[str]:
    return {part.strip().lower() for part in re.split(r"[|,]", value)}


def told(known: Sequence[Fact]) -> list[Fact]:
    """The facts that a small model is given for a sentence: short ones, a handful."""
    return [f for f in known if not f.kind.note and not f.many and len(f.value) <= SHORT][:SHOWN]


@lru_cache(maxsize=8)
def words(language: str, searched: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The neutral words, bindings and refusals of a language (English where we have none)."""
    table = yaml.safe_load(find("prompts/phrases/words.yaml", searched).read_text("utf-8"))
    entry = table.get(language, table["en"])
    return {**entry, "words": frozenset(entry["words"].split())}


@lru_cache(maxsize=4096)  # a catalog has a few names of facts, each for every product
def kind_of(name: str, kind: str, searched: tuple[Path, ...] = ()) -> str:
    """Our word for a kind of fact, from the catalog's word or from the name in any language."""
    banks = [bank(language, searched) for language in LANGUAGES]
    if kind and any(kind in b.kinds for b in banks):
        return kind
    known = (
        k for b in banks for k, v in b.kinds.items() if name.lower() in (n.lower() for n in v.names)
    )
    return next(known, "")

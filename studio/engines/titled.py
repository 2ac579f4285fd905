"""What a title says beside the name, as facts: read by prompts/phrases/titles.yaml, never guessed.

Shops write brand, model, size, colour and audience into a title, or into the line below it. Only
what a rule recognises becomes a fact, in the words that stand there; what the catalog tells as an
attribute is not read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ConfigDict, Field, ValidationError

from studio.data import find
from studio.engines.glossary import is_cjk
from studio.engines.phrases import bank, group_name, kind_of
from studio.engines.tidying import plain
from studio.errors import InputError
from studio.schema import Attribute, Facts, Noun

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?![\dA-Za-z]))")  # of 10,000 mAh, not of 8,128GB
_QUANTITY = re.compile(r"\d\s?[A-Za-z\u3400-\u9fff]{1,5}")
_LONGEST = 160  # characters of a line below the title; what is longer is prose
_THING = 16  # characters of the word for a thing, with what goes before it
_SHORTEST = 3  # characters of a name; what is shorter gives way to all that tells of no fact
_PARTS = re.compile(r"[\s/|｜,，、;；()（）\[\]【】]+")
_EDGE = r"(?:^|(?<=[\0\s/|｜,，、;；()（）\[\]【】]))"
_END = r"(?=$|[\0\s/|｜,，、;；()（）\[\]【】])"
_PROSE = re.compile(r"[。！？!?…]|(?<=[a-z])[.](?:\s|$)|<")


_DOT = re.compile(r"[•·●▪■*✔✓–—-]")
_POINT = re.compile(
    rf"(?:{_DOT.pattern}\s*)?(?P<name>[A-Z][A-Za-z ]{{2,24}}):\s*(?P<value>\S.{{0,60}})$"
)


class Rule(Noun):
    """Words of a title and the facts that they tell."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    tell: dict[str, str]
    find: str
    whole: bool = False
    cut: bool | None = None
    within: tuple[str, ...] = Field(default=(), alias="in")
    out: tuple[str, ...] = ()
    many: bool = False
    least: int = 1
    skip: str = ""
    unless: str = ""

    @property
    def ends_name(self) -> bool:
        return self.whole if self.cut is None else self.cut

    def matches(self, text: str) -> Iterator[re.Match[str]]:
        form = f"{_EDGE}(?:{self.find}){_END}" if self.whole else self.find
        flags = re.NOFLAG if is_cjk(self.find) or (self.whole and is_cjk(text)) else re.IGNORECASE
        for match in _compiled(form, flags).finditer(text):
            if not (self.skip and re.fullmatch(self.skip, match[0])):
                yield match


@lru_cache(maxsize=1024)  # Python's own cache of patterns is smaller than all of ours
def _compiled(form: str, flags: re.RegexFlag) -> re.Pattern[str]:
    return re.compile(form, flags)


class Read(Noun):
    """What was read: facts, and the text without what tells of them."""

    facts: tuple[Attribute, ...] = ()
    name: str = ""  # the text up to the first thing that is no name
    many: tuple[str, ...] = ()  # names of facts of which a text may hold a part only


@lru_cache(maxsize=4)
def _table(searched: tuple[Path, ...]) -> dict[str, Any]:
    path = find("prompts/phrases/titles.yaml", searched)
    try:
        table: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
        rules = {k: tuple(Rule.model_validate(r) for r in v) for k, v in table["rules"].items()}
    except (yaml.YAMLError, ValidationError, KeyError, AttributeError) as error:
        raise InputError(f"the rules for titles are wrong: {error}", where=str(path)) from error
    return {**table, "rules": rules}


def read(text: str, facts: Facts, searched: tuple[Path, ...] = ()) -> Read:
    """The facts in a text of a product whose title and category say which group it is of."""
    language = "zh" if is_cjk(text) else "en"
    text = _THOUSANDS.sub("", text) if language == "en" else text
    words = bank(language, searched)
    mine = group_name(facts, words)
    left, first, told = text, len(text), []
    many: list[str] = []
    for rule in _table(searched)["rules"][language]:
        if (rule.within and mine not in rule.within) or mine in rule.out:
            continue
        if rule.unless and re.search(rule.unless, f"{facts.title} {text}", re.IGNORECASE):
            continue
        found = list(rule.matches(left))
        values = list(dict.fromkeys(v for m in found for v in m.groupdict().values() if v))
        if len(values) < rule.least and rule.least > 1:
            continue
        for match in found:
            left = left[: match.start()] + "\0" * len(match[0]) + left[match.end() :]
            first = min(first, match.start()) if rule.ends_name else first
        if found:
            told += list(_told(rule, found, values, language))
            many += rule.tell if rule.many else ()
    rest = " ".join(left.replace("\0", " ").split())
    name = text[:first].rstrip(" -–|/（(【[:：,，_")
    named = name if len(name) >= _SHORTEST else rest
    return Read(facts=tuple(told), name=named, many=tuple(many))


def _told(rule: Rule, found: list[re.Match[str]], values: list[str], language: str) -> Iterator[
    Attribute
]:  # fmt: skip
    longest = max(found, key=lambda match: len(match[0]))
    groups = {k: v or "" for k, v in longest.groupdict().items()}
    if rule.many:
        groups["n"] = ("、" if language == "zh" else ", ").join(values)
    if "m" in groups:  # the other place of the same value
        groups["n"] = groups.get("n") or groups["m"]
    for name, form in rule.tell.items():
        yield Attribute(name=name, value=form.format(**groups).strip())


def enriched(facts: Facts, searched: tuple[Path, ...] = ()) -> Facts:
    """The facts with those of the title and of a line of key words below it, which is then no
    sentence of the merchant's; a title that names no thing takes the thing from that line."""
    line = line_below(facts.description)
    title = _whole_title(facts, line, searched)
    whole = _grouped(facts, title, line, searched)
    known = {kind_of(a.name, a.kind.removeprefix("choice:"), searched) or a.name
             for a in facts.attributes}  # fmt: skip
    for family in _table(searched)["same"]:
        known |= set(family) if known.intersection(family) else set()
    values = [_THOUSANDS.sub("", a.value).lower() for a in facts.attributes]
    taken: dict[str, Attribute] = {}
    of_line = read(line, whole, searched) if line else Read()
    for attribute in (*read(title, whole, searched).facts, *of_line.facts):
        key = kind_of(attribute.name, "", searched) or attribute.name
        if key in known or _tells(facts.description, key, searched):
            continue
        number = rf"(?<![\d.,]){re.escape(attribute.value.lower())}"  # no 8 GB of 128 GB
        if _QUANTITY.search(attribute.value) and any(re.search(number, v) for v in values):
            continue  # the catalog has that number under another name: Capacity, 10,000 mAh
        first = taken.setdefault(key, attribute)
        if first.name in of_line.many and attribute.value not in first.value:
            both = f"{first.value}、{attribute.value}"
            taken[key] = first.model_copy(update={"value": both})
    for attribute in _points(facts.description):
        key = kind_of(attribute.name, "", searched)
        if key and key not in known:
            taken.setdefault(key, attribute)
    used = bool(of_line.facts) or title != plain(facts.title)
    _, _, below = facts.description.lstrip().partition("\n")
    return facts.model_copy(
        update={
            "title": title,
            "attributes": (*facts.attributes, *taken.values()),
            "description": below if used else facts.description,
        }
    )


def _points(description: str) -> Iterator[Attribute]:
    """The merchant's points that name what they tell: "• Dimensions: 18 x 10 in."."""
    points = (plain(line) for line in description.splitlines() if _DOT.match(plain(line)))
    for part in (part for line in points for part in re.split(r"\.\s+(?=[A-Z])", line)):
        if point := _POINT.match(part):
            yield Attribute(name=point["name"], value=point["value"].rstrip(" .;"))


def _tells(description: str, kind: str, searched: tuple[Path, ...]) -> bool:
    """Whether the description has an entry of the kind ("【面料】涤棉"): it may differ."""
    words = bank("zh" if is_cjk(description) else "en", searched)
    names = "|".join(map(re.escape, words.kinds[kind].names)) if kind in words.kinds else ""
    return bool(names) and bool(re.search(rf"(?:{names}).{{0,3}}[】:：]", description, re.I))


def _grouped(facts: Facts, title: str, line: str, searched: tuple[Path, ...]) -> Facts:
    """The facts by which the group of goods is told: the line counts where the title is silent."""
    alone = facts.model_copy(update={"title": title})
    words = bank("zh" if is_cjk(title + line) else "en", searched)
    silent = group_name(alone, words) == "other"
    return facts.model_copy(update={"title": f"{title} {line}"}) if silent else alone


def line_below(description: str) -> str:
    """The first line of a description, if it is key words and no prose, else ""."""
    line = plain(description.lstrip().partition("\n")[0])
    short = 0 < len(line) <= _LONGEST and not _PROSE.search(line)
    listed = len([p for p in _PARTS.split(line) if p]) > 1 or len(line) <= 8
    slogan = re.fullmatch(r"[\u3400-\u9fff]{3,}(?:，[\u3400-\u9fff]{3,})+", line) is not None
    listed = (listed and not slogan) or (len(line) <= 24 and re.search(r"\d", line) is not None)
    return line if short and listed and is_cjk(line) else ""


def _whole_title(facts: Facts, line: str, searched: tuple[Path, ...]) -> str:
    """The title, with what goes on in the line below it: "nova 5", "Pro ..."; "MUJI", "..T恤"."""
    table, title = _table(searched), plain(facts.title)
    latin = r"[A-Z]{2,}(?=\s)" if re.search(r"(?<![\w])[A-Z]{2,}$", title) else r"(?!)"
    if more := re.match(rf"({table['continues']}(?=\s|$)|{latin})", line):
        title = title if title.endswith(more[1]) else f"{title} {more[1]}"
        line = line[more.end() :].strip()
    language = "zh" if is_cjk(title + line) else "en"
    thing = table["thing"].get(language, "")
    if not thing or not line or any(re.search(f"{thing}$", p) for p in _PARTS.split(title)):
        return title
    words = bank(language, searched)
    shelf = facts.category.split(">")[-1]
    if any(w in title or w in shelf for w in words.types) or re.search(f"{thing}$", shelf):
        return title
    parts = [p for p in _PARTS.split(line) if len(p) <= _THING and re.search(f"{thing}$", p)]
    parts.sort(key=lambda part: not part.endswith(words.types))  # stable: the first of each
    named = parts[0] if parts else ""
    if len(named) > 4 and is_cjk(named[0]) and named[:2] in title:
        named = named[2:]  # the brand, which the title has
    return f"{title} {named}" if named and named not in title else title

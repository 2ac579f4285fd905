"""A product's texts and attributes, in each language that its rows have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from studio.catalog import plain
from studio.catalog.headers import Headers, locale_of, plain_name
from studio.catalog.profiles import Categories
from studio.catalog.rows import Entry, Fact
from studio.catalog.values import han_share
from studio.schema import Attribute, Facts, locale_language

_EMPTY = frozenset({"", "-", "--", "—", "/", "\\", "n/a", "null", "nan", "#n/a"})
_WORD = re.compile(r"[^\W\d_]{5,}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SENTENCE = re.compile(r"[。！？；]|[.!?;]\s")
_TEXTS = ("title", "description", "summary", "category")


class Texts:
    """Reads the words of an entry. `facts` may be added to before all() is called."""

    def __init__(self, entry: Entry, headers: Headers, locale: str) -> None:
        self.entry, self.headers = entry, headers
        self.unmapped: dict[str, str] = {}
        self.rows = [entry.main, *entry.more, *entry.variants]
        self.said = self._said()
        self.locale = self._main_locale(locale)
        self.facts: list[Fact] = [fact for _, fact in entry.facts]
        self.brand = _brand(self._first("brand") or self._brand_fact())

    def _brand_fact(self) -> str:
        """The brand, where a shop keeps it as an attribute."""
        facts = (*self.facts, *self.entry.main.facts)
        return next((f.value for f in facts if self.headers.name(f.name).field == "brand"), "")

    @property
    def title(self) -> str:
        return plain.line(self._first("title"))

    def all(self) -> dict[str, Facts]:
        """Facts by locale, the main one first."""
        found = {self.locale: self._facts(self.locale, self._main_texts())}
        for locale, words in self.said.items():
            if locale != self.locale:
                found[locale] = self._facts(locale, words)
        main = found[self.locale]
        return {
            locale: facts if locale == self.locale else self._inherit(facts, main, locale)
            for locale, facts in found.items()
        }

    # --- words ----------------------------------------------------------------------------------

    def _first(self, field: str) -> str:
        return next((row.get(field) for row in self.rows if row.get(field)), "")

    def _said(self) -> dict[str, dict[str, str]]:
        """Texts whose locale is said: by a header, or by a row of translations."""
        said: dict[str, dict[str, str]] = {}
        for row in self.rows:
            for (locale, field), text in row.texts.items():
                said.setdefault(locale, {}).setdefault(field, text)
        for row in self.entry.translations:
            locale = locale_of(row.get("locale"))
            words = {f: row.get(f) for f in _TEXTS if row.get(f)}
            said.setdefault(locale, {}).update(words)
            self.unmapped |= {f"{name} ({locale})": v for name, v in row.unmapped.items() if v}
        return {locale: words for locale, words in said.items() if words.get("title") or words}

    def _main_locale(self, told: str) -> str:
        title = self._first("title")
        if not title and self.said:
            return told if told in self.said else next(iter(self.said))
        if told:
            return locale_of(told) or told
        if row := locale_of(self.entry.main.get("locale")) or self.entry.profile.locale:
            return row
        if han_share(title) > 0.2:
            return "zh-CN"
        text = f"{title} {plain.plain(self._first('description')[:2000])[0]}"
        return "zh-CN" if han_share(text) > 0.2 else "en-US"

    def _main_texts(self) -> dict[str, str]:
        words = {field: self._first(field) for field in _TEXTS}
        return {**{k: v for k, v in words.items() if v}, **self.said.get(self.locale, {})} | {
            k: v for k, v in words.items() if v
        }

    def _facts(self, locale: str, words: dict[str, str]) -> Facts:
        wanted = ("", locale) if locale == self.locale else (locale,)
        facts = [f for f in self.facts if f.locale in wanted or locale_of(f.locale) == locale]
        return Facts(
            title=plain.line(words.get("title", "")),
            category=self._category(locale, words),
            description=self._description(words),
            attributes=tuple(self._attributes(facts, locale)),
        )

    def _category(self, locale: str, words: dict[str, str]) -> str:
        rules = self.entry.profile.categories
        cells = [words.get("category", "")]
        if locale == self.locale:
            if self.entry.main.get("list"):
                cells = [listed(self.entry.main.get("list"), rules)]
            cells += [row.get("category") for row in self.entry.more]
        paths = [path for cell in cells for path in paths_of(cell, rules)]
        best = choose(paths, rules)
        others = [p for p in dict.fromkeys(paths) if p != best and not best.startswith(p)]
        if others and locale == self.locale:
            self.unmapped["other categories"] = "\n".join(others)
        return best

    def _description(self, words: dict[str, str]) -> str:
        """The long text, led by the short one unless it repeats the title or the text."""
        text, images = plain.plain(words.get("description", ""))
        if text in self.entry.profile.placeholders:
            text = ""
        if images:
            self.unmapped["pictures in the description"] = "\n".join(dict.fromkeys(images))
        brief = plain.plain(words.get("summary", ""))[0]
        title = plain.line(words.get("title", ""))
        if brief and brief != title and brief not in text:
            text = f"{brief}\n{text}" if text else brief
        return "" if is_empty(text) else text

    # --- attributes -----------------------------------------------------------------------------

    def _attributes(self, facts: Iterable[Fact], locale: str) -> Iterable[Attribute]:
        seen: set[tuple[str, str]] = set()
        for fact in facts:
            value = clean(fact.value, locale)
            if not is_empty(value) and (fact.name, value) not in seen:
                seen.add((fact.name, value))
                name = self._name(fact, locale_language(locale))
                yield Attribute(name=name, value=value, kind=fact.kind)

    def _name(self, fact: Fact, language: str) -> str:
        """A plain name of a kind in the words of the language: "material" is 材质 in Chinese."""
        foreign = (
            fact.name.isascii() if language == "zh" else language == "en" and _HAN.search(fact.name)
        )
        exact = foreign and self.headers.kinds.get(plain_name(fact.name)) == fact.kind
        return (exact and self.headers.label(fact.kind, language)) or fact.name

    def _inherit(self, facts: Facts, main: Facts, locale: str) -> Facts:
        """What a language lacks and any language can have: figures with units, under its own
        name, and the category."""
        language = locale_language(locale)
        have = {a.kind or a.name for a in facts.attributes}
        taken = [
            Attribute(
                name=self.headers.label(a.kind, language) or a.name, value=a.value, kind=a.kind
            )
            for a in main.attributes
            if (a.kind or a.name) not in have and is_neutral(a.value)
        ]
        return facts.model_copy(
            update={
                "title": facts.title or main.title,
                "category": facts.category or main.category,
                "attributes": (*facts.attributes, *taken),
            }
        )


def is_empty(text: str) -> bool:
    """A cell that says nothing. "无" (none) is a fact and is kept."""
    return text.strip().casefold() in _EMPTY


def is_neutral(value: str) -> bool:
    """Figures and units, which any language reads: "220-240V", "1.5 L", "30 x 20 cm"."""
    return any(c.isdigit() for c in value) and not _WORD.search(value)


def clean(value: str, locale: str = "") -> str:
    """A value as a person writes it: no HTML; short lines of a list on one line."""
    if not value:
        return ""
    text = (
        plain.plain(value)[0]
        if "\n" in value or "<" in value or "&" in value
        else plain.line(value)
    )
    lines = [line.removeprefix("• ") for line in text.split("\n")]
    if len(lines) > 1 and all(len(line) <= 40 and not _SENTENCE.search(line) for line in lines):
        return ("、" if locale.startswith("zh") else ", ").join(lines)
    return text


def facts_in(facts: Iterable[Fact], locale: str) -> list[Fact]:
    return [fact for fact in facts if fact.locale in ("", locale)]


def differing(rows: Sequence[Sequence[Fact]]) -> tuple[list[Fact], list[list[Fact]]]:
    """(facts that hold for all rows, what is left of each). A fact that only the first row has is
    the product's: shops write it once."""
    values: dict[tuple[str, str], dict[int, str]] = {}  # by name, then by row
    for i, facts in enumerate(rows):
        for fact in facts:
            values.setdefault((fact.name, fact.locale), {})[i] = fact.value
    shared = {
        key
        for key, found in values.items()
        if found.keys() == {0} or (len(found) == len(rows) and len(set(found.values())) == 1)
    }
    common = [fact for fact in rows[0] if (fact.name, fact.locale) in shared]
    rest = [[f for f in facts if (f.name, f.locale) not in shared] for facts in rows]
    return common, rest


def promote(vary: list[list[Fact]]) -> tuple[list[list[Fact]], list[list[Fact]]]:
    """Without option columns the facts in which the variants differ are their options, if each
    variant has them."""
    names = [{f.name for f in facts} for facts in vary]
    common = set.intersection(*names) if names else set()
    options = [[f for f in facts if f.name in common] for facts in vary]
    rest = [[f for f in facts if f.name not in common] for facts in vary]
    return options, rest


# --- categories --------------------------------------------------------------------------------


def paths_of(cell: str, rules: Categories) -> list[str]:
    """The categories in a cell as "Men > Tops > Hoodies"."""
    cell = plain.line(cell.replace("\n", " > ")) if "<" not in cell else cell
    cell = cell.replace("&amp;", "&")
    if not cell or cell.isdigit():
        return []
    found = []
    for piece in re.split(rules.separator, cell) if rules.separator else [cell]:
        levels = [level.strip() for level in re.split(rules.path, piece)]
        levels = [level for level in levels if level and level not in rules.drop]
        if levels:
            found.append(" > ".join(levels))
    return found


def choose(paths: Sequence[str], rules: Categories) -> str:
    """The deepest path that is no campaign; the first of several."""
    good = [p for p in paths if p.split(" > ")[0] not in rules.avoid] or list(paths)
    return max(good, key=lambda p: p.count(" > "), default="")


def listed(cell: str, rules: Categories) -> str:
    """Magento's sample lists levels on lines; a campaign begins another path."""
    levels: list[str] = []
    for level in (line.strip() for line in cell.splitlines()):
        if level in rules.avoid:
            break
        levels.append(level)
    return " / ".join(level for level in levels if level)


def _brand(text: str) -> str:
    text = plain.line(text)
    return "" if is_empty(text) or text.isdigit() else text

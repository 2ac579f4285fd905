"""A user's wish for a text ("shorter", "mention the lid", 「短一点」), as far as facts carry it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from studio.data import find
from studio.engines.glossary import LANGUAGES, glossary, is_cjk
from studio.engines.phrases import Fact, bank, kind_of
from studio.schema import Noun

_LEAST = 2  # letters by which a thing is known; a single Han character is too vague


class Wish(Noun):
    """What is asked: a length, and things to tell or to leave out, each with its other names."""

    shorter: bool = False
    longer: bool = False
    mention: tuple[tuple[str, ...], ...] = ()
    without: tuple[tuple[str, ...], ...] = ()
    open: bool = False  # it asks for something that only a model can do

    def wants(self, text: str) -> bool:
        return any(_tells(text, names) for names in self.mention)

    def refuses(self, text: str) -> bool:
        return any(_tells(text, names) for names in self.without)

    def order(self, known: Sequence[Fact]) -> list[Fact]:
        """The facts without those to leave out, what is to be mentioned first."""
        kept = [f for f in known if not self.refuses(f"{f.name} {f.value} {f.kind.head}")]
        return sorted(kept, key=lambda f: not self.wants(f"{f.name} {f.value} {f.kind.head}"))

    def sentences(self, own: Sequence[str]) -> list[str]:
        kept = [s for s in own if not self.refuses(s)]
        return sorted(kept, key=lambda s: not self.wants(s))

    def unmet(self, text: str, facts: str) -> list[str]:
        """The things that neither the text nor any fact tells of."""
        both = f"{text}\n{facts}"
        return [names[0] for names in self.mention if not _tells(both, names)]


NO_WISH = Wish()


def read(hint: str, searched: tuple[Path, ...] = ()) -> Wish:
    """The wish in a hint, in English or Chinese whatever the listing's language."""
    text = " ".join(hint.lower().split())
    if not text:
        return NO_WISH
    table = _table(searched)
    rules = table["zh" if is_cjk(text) else "en"]

    def asks(kind: str) -> bool:
        return any(re.search(p, text) for p in rules[kind])

    def things(kind: str, said: str) -> list[tuple[str, ...]]:
        found = [m["what"] for p in rules[kind] for m in re.finditer(p, said)]
        parts = (part for what in found for part in re.split(rules["between"], what))
        names = (re.sub(table["trim"], "", part.strip()).strip() for part in parts)
        return [_names(name, searched) for name in names if len(name) >= _LEAST]

    without = things("without", text)
    rest = text
    for names in without:
        rest = rest.replace(names[0], " ")
    mention = things("mention", rest)
    length = asks("shorter"), asks("longer")
    return Wish(
        shorter=length[0],
        longer=length[1] and not length[0],
        mention=tuple(mention),
        without=tuple(without),
        open=not (any(length) or mention or without),
    )


def _names(name: str, searched: tuple[Path, ...]) -> tuple[str, ...]:
    """The name, without a plural's s, and in the other language where the glossary has it."""
    other = [glossary(searched)[language].get(name, "") for language in LANGUAGES]
    if kind := kind_of(name, "", searched):
        banks = (bank(language, searched) for language in LANGUAGES)
        other += [b.kinds[kind].head for b in banks if kind in b.kinds]
    single = name[:-1] if name.endswith("s") and name.isascii() and len(name) > 4 else ""
    return tuple(dict.fromkeys(n.lower() for n in (name, single, *other) if n and "{" not in n))


def _tells(text: str, names: Sequence[str]) -> bool:
    low = text.lower()
    return any(re.search(rf"\b{re.escape(n)}", low) if n.isascii() else n in low for n in names)


@lru_cache(maxsize=4)
def _table(searched: tuple[Path, ...]) -> dict[str, Any]:
    read_: dict[str, Any] = yaml.safe_load(find("prompts/hints.yaml", searched).read_text("utf-8"))
    return read_

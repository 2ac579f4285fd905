"""Styles and a shop's voice, as the floor speaks them: other phrases, an opening, a close."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError

from studio.data import find
from studio.engines.phrases import Bank, bank
from studio.errors import InputError, NotFoundError
from studio.schema import Noun


class Manner(Noun):
    """A style in one language."""

    open: tuple[str, ...] = ()
    close: tuple[str, ...] = ()
    does: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Style(Noun):
    """A way of writing. `shape`: how a description is built; `marks`: the emoji that opens the line
    of a kind of fact; under "other" that of all others, under "post" that of a post."""

    name: dict[str, str]
    prompt: dict[str, str] = Field(default_factory=dict)
    shape: Literal["prose", "lines", "beats"] = "prose"
    marks: dict[str, str] = Field(default_factory=dict)
    hashtags: bool = False
    own: bool = True  # whether the merchant's own sentences open a description
    en: Manner = Manner()
    zh: Manner = Manner()

    def manner(self, language: str) -> Manner:
        return self.zh if language == "zh" else self.en


PLAIN = Style(name={})


class Styles(Noun):
    """The whole file. `emoji`: the channels on which emoji may stand."""

    emoji: tuple[str, ...] = ()
    styles: dict[str, Style]


@lru_cache(maxsize=8)
def styles(searched: tuple[Path, ...] = ()) -> Styles:
    """All styles. Raises InputError when the file is wrong."""
    path = find("prompts/styles.yaml", searched)
    try:
        read: Any = yaml.safe_load(path.read_text("utf-8"))
        return Styles.model_validate(read)
    except (yaml.YAMLError, ValidationError) as error:
        raise InputError(f"the styles are wrong: {error}", where=str(path)) from error


def style_of(name: str, searched: tuple[Path, ...] = ()) -> Style:
    """The style of that name. Raises NotFoundError with the near ones."""
    known = styles(searched).styles
    if name and name not in known:
        raise NotFoundError.of("style", name, known)
    return known[name or "plain"]


def styled(language: str, style: Style, searched: tuple[Path, ...] = ()) -> Bank:
    """The phrase bank with the phrases of a style in their kinds' places."""
    words = bank(language, searched)
    does = style.manner(language).does
    if not does:
        return words
    kinds = {
        name: kind.model_copy(update={"does": does[name], "front": ()}) if name in does else kind
        for name, kind in words.kinds.items()
    }
    return words.model_copy(update={"kinds": kinds})


def has(text: str, words: Sequence[str]) -> str:
    """The first of the words that the text has, as a whole word where words have spaces; or ""."""
    for word in words:
        edge = r"\b" if word.isascii() else ""
        if word and re.search(f"{edge}{re.escape(word)}{edge}", text, re.IGNORECASE):
            return word
    return ""

"""Why a claim has its verdict, in Chinese and English (notes.yaml)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import yaml

Note = Mapping[str, str]  # by language


@lru_cache(maxsize=1)
def _loaded() -> dict[str, dict[str, dict[str, str]]]:
    path = Path(__file__).with_name("notes.yaml")
    loaded: dict[str, dict[str, dict[str, str]]] = yaml.load(path.read_bytes(), yaml.CSafeLoader)
    return loaded


def note(key: str, **words: str) -> Note:
    """The note `key` with these words in it; those of the merchant stand as they are."""
    forms = _loaded()["notes"][key]
    if not words:
        return forms
    return {language: form.format_map(words) for language, form in forms.items()}


@lru_cache(maxsize=1024)
def unmeasured(kinds: frozenset[str], carrier: str = "") -> Note:
    """No fact measures these kinds or dimensions; the one of `carrier` is about something else."""
    key = "other_measure" if carrier else "no_measure"
    forms = _loaded()["notes"][key]
    about = {"en": "/".join(sorted(kinds)), "zh": "、".join(_chinese(kinds))}
    return {
        language: form.format(about=about[language], carrier=carrier[:60])
        for language, form in forms.items()
    }


def _chinese(kinds: Iterable[str]) -> list[str]:
    """Their names; versions ("usb version") are read as such."""
    names = _loaded()["zh"]
    return sorted({str(names.get(k) or k.replace(" version", "版本")) for k in kinds})

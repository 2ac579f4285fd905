"""The taxonomy of findings, and the category that a catalog's words mean."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from importlib.resources import files

from pydantic import TypeAdapter

from studio.compliance.normal import plain
from studio.compliance.spec import Topic
from studio.compliance.tree import parsed
from studio.schema import Context, Finding, Severity


def topics() -> dict[str, Topic]:
    """The 53 ids with their names and severities."""
    text = files(__package__).joinpath("packs/taxonomy.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Topic]).validate_python(parsed(text).value)


SHORT, NEAR = 6, 0.8  # letters; likeness of two words: boots are not meant to be books


class Categories:
    """Our word for a category ("food") from a catalog's ("休闲零食", "Grocery > Snacks")."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = [
            (term.replace("_", " "), name)
            for name, terms in words.items()
            for term in terms.split()
        ]
        self._words.sort(key=lambda pair: -len(pair[0]))
        self._known = frozenset(words)

    def of(self, context: Context) -> str:
        """One of the known categories, or "" when the words tell nothing."""
        return self.named(context.category) or self.named(context.name)

    def named(self, words: str) -> str:
        """The category that the words of a catalog or of a name mean, or ""."""
        text = plain(words).text
        slug = _slug(text)
        whole = next(
            (s for s in (slug, f"{slug}s", slug.removesuffix("s")) if s in self._known), ""
        )
        return whole or next((name for term, name in self._words if _says(text, term)), "")

    def near(self, words: str) -> list[str]:
        """The categories that misspelt words may mean: "cosmetix". Short words are near to many."""
        slug = _slug(plain(words).text)
        if len(slug) < SHORT:
            return []
        return difflib.get_close_matches(slug, sorted(self._known), n=3, cutoff=NEAR)


def _slug(text: str) -> str:
    return text.strip().replace(" ", "_").replace("-", "_")


def _says(text: str, term: str) -> bool:
    if not term.isascii():
        return term in text
    at = text.find(term)
    while at >= 0:
        left, right = text[at - 1 : at], text[at + len(term) : at + len(term) + 1]
        if not (left.isascii() and left.isalnum()) and not (right.isalpha() and right != "s"):
            return True
        at = text.find(term, at + 1)
    return False


_UNSORTED = {
    "en": "no rules are for goods like “{words}”, so only those for all goods were tried{near}",
    "zh": "没有针对“{words}”这类商品的规则，因此只用了对所有商品都适用的规则{near}",
}
_NEAR = {"en": " (is it {names}?)", "zh": "（是否应为 {names}？）"}


def unsorted(words: str, near: Sequence[str]) -> Finding:
    """The note that no rule is for goods of a category. It is no finding, so it is cleared."""
    names = ", ".join(near)
    message = {
        language: text.format(
            words=words.strip()[:80], near=_NEAR[language].format(names=names) if near else ""
        )
        for language, text in _UNSORTED.items()
    }
    return Finding(
        id="CATEGORY",
        rule="CATEGORY.UNKNOWN",
        severity=Severity.LOW,
        field="",
        start=0,
        end=0,
        match="",
        message=message,
        cleared=message["en"],
    )

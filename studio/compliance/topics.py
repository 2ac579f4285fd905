"""The taxonomy of findings, and the category that a catalog's words mean."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from pydantic import TypeAdapter

from studio.compliance.normal import plain
from studio.compliance.spec import Topic
from studio.compliance.tree import parsed
from studio.schema import Context


def topics() -> dict[str, Topic]:
    """The 53 ids with their names and severities."""
    text = files(__package__).joinpath("packs/taxonomy.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Topic]).validate_python(parsed(text).value)


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
        for words in (context.category, context.name):
            text = plain(words).text
            slug = text.strip().replace(" ", "_").replace("-", "_")
            if slug in self._known:
                return slug
            found = next((name for term, name in self._words if _says(text, term)), "")
            if found:
                return found
        return ""


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

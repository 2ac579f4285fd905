"""The nouns of sending, the one protocol, and what goes wrong, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, Protocol

import yaml
from pydantic import Field

from studio.errors import StudioError
from studio.schema import Noun

if TYPE_CHECKING:
    from studio.connectors.export import Export

# same: nothing to do. change: would be written. absent: not in the shop. theirs: somebody changed
# it there since Studio sent it. refused: it must not be written. sent, failed: what became of it.
State = Literal["same", "change", "absent", "theirs", "refused", "sent", "failed"]
# seconds until the next try after so many that failed, None for no more (jobs.again_in)
Again = Callable[[StudioError, int], float | None]
# listing ids -> for each what was sent last: field -> (sha256 of ours, sha256 of what was kept)
Known = Callable[[Sequence[str]], Mapping[str, Mapping[str, tuple[str, str]]]]
_ODD = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


class Change(Noun):
    """A text or file that is another there. `edited`: changed there since Studio last sent it."""

    field: str
    before: str
    after: str
    edited: bool = False


class Item(Noun):
    """A product, or a file, on its way."""

    key: str  # the listing's id, or the file's path in the export
    name: str  # what it is called there: handle, SKU, path
    state: State
    revision: int = 0
    there: str = ""  # the id that the shop has given it
    changes: tuple[Change, ...] = ()
    problem: dict[str, str] = Field(default_factory=dict)  # by language
    kept: dict[str, tuple[str, str]] = Field(default_factory=dict)  # as in Known

    def failed(self, problem: dict[str, str]) -> Item:
        return self.model_copy(update={"state": "failed", "problem": problem})


class Connector(Protocol):
    """A place that an export can be sent to."""

    @property
    def place(self) -> str:
        """Its address, without anything secret."""
        ...

    def plan(self, export: Export, known: Known) -> Iterator[tuple[Item, ...]]:
        """What is there against the export, some items at a time. Writes nothing.

        Raises SetupError, EngineError where the place can not be read.
        """
        ...

    def send(self, items: Sequence[Item]) -> Iterator[Item]:
        """Writes the changes of planned items; each comes back as what became of it.

        An item that fails does not stop the rest. Raises SetupError for what would fail them all.
        """
        ...

    def close(self) -> None: ...


def digest(text: str) -> str:
    """sha256 of a text, as the record keeps it."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def problem(code: str, **values: object) -> dict[str, str]:
    """A problem of words.yaml in both languages, with its values in place."""
    found = _words()["problems"][code]
    return {language: text.format(**values) for language, text in found.items()}


def about(code: str, fields: Iterable[str]) -> dict[str, str]:
    """A problem with some texts of a product."""
    named = [_words()["fields"][field] for field in fields]
    marks = {"en": ", ", "zh": "、"}
    return {
        language: text.format(fields=mark.join(name[language] for name in named))
        for language, mark in marks.items()
        for text in (_words()["problems"][code][language],)
    }


def field_name(field: str, language: str) -> str:
    """What people call a text."""
    found: str = _words()["fields"].get(field, {}).get(language, field)
    return found


def of_error(error: StudioError) -> dict[str, str]:
    """An error that one item ran into."""
    return problem("error", cause=plain(error.message))


def said(text: str) -> dict[str, str]:
    """What a shop says of one product: its own words, and in Chinese where they are known."""
    words = plain(text)
    for pattern, chinese in _words()["said"].items():
        if fits := re.search(pattern, words, re.IGNORECASE):
            return {"en": words, "zh": f"{chinese.format(*fits.groups())}（{words}）"}
    return {"en": words, "zh": f"店铺答复：{words}"}


def plain(text: str, most: int = 300) -> str:
    """A stranger's text on one line, without what steers a terminal."""
    shown = _ODD.sub(" ", text).strip()
    return shown if len(shown) <= most else shown[: most - 1] + "…"


@cache
def _words() -> dict[str, Any]:
    text = files("studio.connectors").joinpath("words.yaml").read_text("utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read

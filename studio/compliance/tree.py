"""YAML text as plain values with the line of every part, in one pass over the C parser's events.

Unlike plain YAML, "no", "on" and "yes" are words here: only true and false are truth values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import yaml

Path_ = tuple[str | int, ...]
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 50  # a pack has about eight levels
_SCALARS: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
    (re.compile(r"[-+]?(?:0|[1-9][0-9_]*)"), lambda text: int(text.replace("_", ""))),
    (re.compile(r"[-+]?(?:\d[\d_]*)?\.\d+|[-+]?\d[\d_]*\.\d*"), float),
    (re.compile(r"\d{4}-\d{2}-\d{2}"), date.fromisoformat),
)
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}
_NUMERIC = frozenset("0123456789+-.")


@dataclass
class Tree:
    """The value of a text; `doubled`: keys that stand twice, each with its line."""

    text: str
    value: Any = None
    doubled: list[tuple[int, str]] = field(default_factory=list)

    @cached_property
    def lines(self) -> dict[Path_, int]:
        """Where each part begins. Read when something is to be told of it: most packs are whole."""
        return _Reading(self.text, lined=True).lines


def parsed(text: str) -> Tree:
    """The tree of the one document in the text. Raises yaml.YAMLError with the place."""
    reading = _Reading(text, lined=False)
    return Tree(text, reading.value, reading.doubled)


class _Reading:
    """One pass over the events of a text; `lined`: with the line of every part."""

    def __init__(self, text: str, lined: bool) -> None:
        self.value: Any = None
        self.lines: dict[Path_, int] = {}
        self.doubled: list[tuple[int, str]] = []
        self._anchors: dict[str, Any] = {}
        self._lined = lined
        loader = _Loader(text)
        self._next: Callable[[], Any] = loader.get_event
        try:
            event = self._next()
            while not isinstance(event, yaml.NodeEvent | yaml.StreamEndEvent):
                event = self._next()
            if isinstance(event, yaml.NodeEvent):
                self.value = self._node(event, (), 0)
                self._next()  # the document's end
                if type(event := self._next()) is not yaml.StreamEndEvent:
                    raise _wrong(event, "a second document")
        finally:
            loader.dispose()

    def _node(self, event: Any, path: Path_, depth: int) -> Any:
        if self._lined:
            self.lines[path] = _line(event)
        kind = type(event)
        value: Any
        if kind is yaml.ScalarEvent:
            value = _scalar(event) if event.implicit[0] else event.value
        elif depth > _DEEPEST:
            raise _wrong(event, "nested too deeply")
        elif kind is yaml.MappingStartEvent:
            value = self._mapping(path, depth + 1)
        elif kind is yaml.SequenceStartEvent:
            value = self._sequence(path, depth + 1)
        elif event.anchor in self._anchors:
            return self._anchors[event.anchor]
        else:
            raise _wrong(event, f"undefined alias {event.anchor!r}")
        if event.anchor:
            self._anchors[event.anchor] = value
        return value

    def _sequence(self, path: Path_, depth: int) -> list[Any]:
        out: list[Any] = []
        while type(child := self._next()) is not yaml.SequenceEndEvent:
            out.append(self._node(child, (*path, len(out)) if self._lined else path, depth))
        return out

    def _mapping(self, path: Path_, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        key: Any
        while type(key := self._next()) is not yaml.MappingEndEvent:
            if type(key) is not yaml.ScalarEvent:
                raise _wrong(key, "a key must be a word")
            name = key.value
            if name in out:
                self.doubled.append((_line(key), name))
            own = (*path, name) if self._lined else path
            out[name] = self._node(self._next(), own, depth)
            if self._lined:
                self.lines[own] = _line(key)
        return out


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _wrong(event: Any, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)


def _scalar(event: Any) -> Any:
    """An unquoted word: a number, a day, true, false, nothing, or the word itself."""
    text = event.value
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _NUMERIC:
        for form, made in _SCALARS:
            if form.fullmatch(text):
                try:
                    return made(text)
                except ValueError as error:
                    raise _wrong(event, str(error)) from None
    return text

"""YAML text as plain values with the line of every part, in one pass over the C parser's events.

Unlike plain YAML, "no", "on" and "yes" are words here: only true and false are truth values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
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
    """The value of a text; `lines`: where each part begins; `doubled`: keys that stand twice."""

    value: Any = None
    lines: dict[Path_, int] = field(default_factory=dict)
    doubled: list[tuple[int, str]] = field(default_factory=list)
    _anchors: dict[str, Any] = field(default_factory=dict)

    def _node(self, next_event: Callable[[], Any], event: Any, path: Path_) -> Any:
        self.lines[path] = event.start_mark.line + 1
        if len(path) > _DEEPEST:
            raise _wrong(event, "nested too deeply")
        if type(event) is yaml.AliasEvent:
            if event.anchor not in self._anchors:
                raise _wrong(event, f"undefined alias {event.anchor!r}")
            return self._anchors[event.anchor]
        value: Any
        if type(event) is yaml.ScalarEvent:
            value = _scalar(event) if event.implicit[0] else event.value
        elif type(event) is yaml.MappingStartEvent:
            value = self._mapping(next_event, path)
        else:
            value = []
            while type(child := next_event()) is not yaml.SequenceEndEvent:
                value.append(self._node(next_event, child, (*path, len(value))))
        if event.anchor:
            self._anchors[event.anchor] = value
        return value

    def _mapping(self, next_event: Callable[[], Any], path: Path_) -> dict[str, Any]:
        out: dict[str, Any] = {}
        key: Any
        while type(key := next_event()) is not yaml.MappingEndEvent:
            line = key.start_mark.line + 1
            if type(key) is not yaml.ScalarEvent:
                raise _wrong(key, "a key must be a word")
            name = key.value
            if name in out:
                self.doubled.append((line, name))
            out[name] = self._node(next_event, next_event(), (*path, name))
            self.lines[(*path, name)] = line
        return out


def parsed(text: str) -> Tree:
    """The tree of the one document in the text. Raises yaml.YAMLError with the place."""
    loader = _Loader(text)
    tree = Tree()
    try:
        event = loader.get_event()
        while not isinstance(event, yaml.NodeEvent | yaml.StreamEndEvent):
            event = loader.get_event()
        if isinstance(event, yaml.NodeEvent):
            tree.value = tree._node(loader.get_event, event, ())
            loader.get_event()  # the document's end
            if type(event := loader.get_event()) is not yaml.StreamEndEvent:
                raise _wrong(event, "a second document")
    finally:
        loader.dispose()
    return tree


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

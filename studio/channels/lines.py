"""Reads a YAML file and remembers on which line each value stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from studio.errors import InputError

MAX_BYTES = 1_000_000
Loc = tuple[str | int, ...]


class Lines(dict[Loc, int]):
    """The line (from 1) of each place in the file."""

    def of(self, loc: Loc) -> int:
        """The line of the place or of the nearest one around it."""
        while loc not in self and loc:
            loc = loc[:-1]
        return self.get(loc, 1)


def read(path: Path) -> tuple[Any, Lines, list[tuple[int, str]]]:
    """(data, lines, mistakes of writing as (line, message)). Raises InputError when unreadable."""
    try:
        text = path.read_bytes()[: MAX_BYTES + 1].decode("utf-8")
        if len(text) > MAX_BYTES:
            raise InputError("the file is larger than 1 MB", where=str(path))
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise InputError("anchors and aliases are not used here", where=str(path))
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        lines, mistakes = Lines(), list[tuple[int, str]]()
        return _value(loader, node, (), lines, mistakes) if node else None, lines, mistakes
    except UnicodeDecodeError as error:
        raise InputError("this is not UTF-8 text", where=str(path)) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or str(error)
        raise InputError(f"this is not YAML: {problem}", where=where) from error


def _value(
    loader: yaml.SafeLoader,
    node: yaml.Node,
    loc: Loc,
    lines: Lines,
    mistakes: list[tuple[int, str]],
) -> Any:
    lines[loc] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(loader, item, (*loc, i), lines, mistakes) for i, item in enumerate(node.value)
        ]
    if not isinstance(node, yaml.MappingNode):
        return loader.construct_object(node)
    found: dict[Any, Any] = {}
    for key_node, item in node.value:
        key = str(loader.construct_object(key_node))
        line = key_node.start_mark.line + 1
        if key in found:
            mistakes.append((line, f"{key!r} stands here a second time"))
        found[key] = _value(loader, item, (*loc, key), lines, mistakes)
        lines[(*loc, key)] = line
    return found

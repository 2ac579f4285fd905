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
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise InputError("the file is larger than 1 MB", where=str(path))
        walk = _Walk(data.decode("utf-8"))
        return walk.data, walk.lines, walk.mistakes
    except UnicodeDecodeError as error:
        raise InputError("this is not UTF-8 text", where=str(path)) from error
    except RecursionError as error:
        raise InputError("the file nests too deeply", where=str(path)) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or str(error)
        raise InputError(f"this is not YAML: {problem}", where=where) from error


class _Walk:
    """Turns YAML nodes into data, each seen once: an alias would let a small file grow huge."""

    def __init__(self, text: str) -> None:
        self.lines, self.mistakes = Lines(), list[tuple[int, str]]()
        self.loader = yaml.SafeLoader(text)
        self.seen: set[int] = set()
        node = self.loader.get_single_node()
        self.data = self.value(node, ()) if node else None

    def value(self, node: yaml.Node, loc: Loc) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(loc, line)
        if id(node) in self.seen:
            self.mistakes.append((line, "anchors and aliases are not used here"))
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*loc, i)) for i, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, loc)
        try:
            return self.loader.construct_object(node)
        except ValueError as error:  # the 31st of February
            self.mistakes.append((line, str(error)))
            return None

    def mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, item in node.value:
            key = str(self.loader.construct_object(key_node))
            line = key_node.start_mark.line + 1
            if key in found:
                self.mistakes.append((line, f"{key!r} stands here a second time"))
            self.lines[(*loc, key)] = line
            found[key] = self.value(item, (*loc, key))
        return found

"""Reads a pack's YAML and keeps the line of every key, to show all mistakes at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from studio.compliance.spec import Pack

Path_ = tuple[str | int, ...]
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Source:
    """A parsed pack with the places of its parts."""

    file: str
    pack: Pack
    lines: dict[Path_, int]

    def line(self, *path: str | int) -> int:
        """The line of a part, or of the nearest part around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


@dataclass
class _Tree:
    """Turns YAML nodes into plain values, noting lines and doubled keys."""

    lines: dict[Path_, int] = field(default_factory=dict)
    doubled: list[tuple[int, str]] = field(default_factory=list)
    scalars: Any = field(default_factory=yaml.constructor.SafeConstructor)

    def value(self, node: yaml.Node, path: Path_ = ()) -> Any:
        self.lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, i)) for i, child in enumerate(node.value)]
        boolean = node.tag.endswith(":bool") and node.value.lower() in ("true", "false")
        if node.tag.endswith((":str", ":bool")) and not boolean:
            return node.value  # "no" and "on" are words here
        return self.scalars.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, child in node.value:
            name = str(key.value)
            if name in out:
                self.doubled.append((key.start_mark.line + 1, name))
            out[name] = self.value(child, (*path, name))
            self.lines[(*path, name)] = key.start_mark.line + 1
        return out


def read(path: Path) -> tuple[Source | None, list[str]]:
    """The pack of a file, or None, and its mistakes as "file:line: what"."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=_Loader)
    except UnicodeDecodeError as error:
        return None, [f"{path}:1: not UTF-8 ({error.reason} at byte {error.start})"]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        return None, [f"{path}:{mark.line + 1 if mark else 1}: {what}"]
    if not isinstance(node, yaml.MappingNode):
        return None, [f"{path}:1: a pack is a mapping with the key 'pack'"]
    tree = _Tree()
    values = tree.value(node)
    mistakes = [f"{path}:{line}: the key {name!r} stands twice" for line, name in tree.doubled]
    try:
        pack = Pack.model_validate(values)
    except ValidationError as error:
        return None, mistakes + _told(error, str(path), tree.lines)
    return Source(str(path), pack, tree.lines), mistakes


def _told(error: ValidationError, file: str, lines: dict[Path_, int]) -> list[str]:
    """pydantic's errors in the words of the file; alternatives of one value are told once."""
    told: dict[tuple[int, str], str] = {}
    for each in error.errors(include_url=False):
        path = tuple(each["loc"])
        while path and path not in lines:
            path = path[:-1]
        place = ".".join(str(p) for p in each["loc"] if p in path or each["type"] != "string_type")
        line = lines.get(path, 1)
        told.setdefault((line, str(path)), f"{file}:{line}: {place}: {each['msg']}")
    return list(told.values())

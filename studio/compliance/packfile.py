"""Reads a pack and shows all mistakes of its form at once, each with its line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from studio.compliance.spec import Pack
from studio.compliance.tree import Path_, Tree, parsed


@dataclass
class Source:
    """A parsed pack with the places of its parts."""

    file: str
    pack: Pack
    tree: Tree

    def line(self, *path: str | int) -> int:
        """The line of a part, or of the nearest part around it."""
        while path and path not in self.tree.lines:
            path = path[:-1]
        return self.tree.lines.get(path, 1)


def read(path: Path) -> tuple[Source | None, list[str]]:
    """The pack of a file, or None, and its mistakes as "file:line: what"."""
    try:
        tree = parsed(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        return None, [f"{path}:1: not UTF-8 ({error.reason} at byte {error.start})"]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        return None, [f"{path}:{mark.line + 1 if mark else 1}: {what}"]
    if not isinstance(tree.value, dict):
        return None, [f"{path}:1: a pack is a mapping with the key 'pack'"]
    mistakes = [f"{path}:{line}: the key {name!r} stands twice" for line, name in tree.doubled]
    try:
        pack = Pack.model_validate(tree.value)
    except ValidationError as error:
        return None, mistakes + _told(error, str(path), tree.lines)
    return Source(str(path), pack, tree), mistakes


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

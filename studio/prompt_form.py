"""What a prompt file may say: a part of Jinja in which nothing grows or runs without end.

A sandbox keeps a template from reaching out, but not from multiplying a text or looping for ever.
So only these parts are allowed, one loop deep, and what comes out is counted as it comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jinja2 import TemplateSyntaxError, nodes
from jinja2.exceptions import TemplateRuntimeError

LONGEST = 50_000  # characters of a file, and twice that of what it makes
_PARTS = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Block, nodes.If, nodes.For, nodes.Name,
    nodes.Const, nodes.Getattr, nodes.Getitem, nodes.CondExpr, nodes.Compare, nodes.Operand,
    nodes.And, nodes.Or, nodes.Not, nodes.Tuple, nodes.List, nodes.Filter, nodes.Test,
    nodes.Concat, nodes.Call, nodes.Add, nodes.Sub,
)  # fmt: skip
# Only join can make a text longer: its joint is a short constant.
_FILTERS = frozenset({"default", "d", "e", "escape", "first", "join", "last", "length", "list",
                      "lower", "sort", "title", "trim", "unique", "upper"})  # fmt: skip
_CALLS = frozenset({"items", "keys", "values", "lower", "upper", "strip"})


def check(tree: nodes.Template, source: str) -> None:
    """Raises TemplateSyntaxError, with the line, for what is not allowed."""
    if len(source) > LONGEST:
        raise TemplateSyntaxError(f"the file has more than {LONGEST} characters", 1)
    _walk(tree, loops=0)


def _walk(node: nodes.Node, loops: int) -> None:
    if problem := _problem(node, loops):
        raise TemplateSyntaxError(problem, node.lineno)
    for child in node.iter_child_nodes():
        _walk(child, loops + isinstance(node, nodes.For))


def _problem(node: nodes.Node, loops: int) -> str:
    if not isinstance(node, _PARTS):
        return f"{type(node).__name__} is not used in prompt files"
    if isinstance(node, nodes.For) and (loops or node.recursive):
        return "a loop may not stand in a loop"
    if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
        return f"the filter {node.name!r} is not used in prompt files"
    if isinstance(node, nodes.Filter) and node.name == "join" and not _short(node):
        return "join takes one short text"
    if isinstance(node, nodes.Call):
        method = node.node.attr if isinstance(node.node, nodes.Getattr) else ""
        if method not in _CALLS or node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            return "unsafe call: only items(), keys(), values(), lower(), upper(), strip()"
    return ""


def _short(node: nodes.Filter) -> bool:
    return not node.kwargs and all(
        isinstance(given, nodes.Const) and len(str(given.value)) <= 40 for given in node.args
    )


def counted(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces as they come. Raises TemplateRuntimeError when they become too many."""
    size = 0
    for piece in pieces:
        size += len(piece) + 1
        if size > 2 * LONGEST:
            raise TemplateRuntimeError(f"it makes more than {2 * LONGEST} characters")
        yield piece

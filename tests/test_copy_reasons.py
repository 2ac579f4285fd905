"""Why a model's text was not taken is told in the language of whoever reads it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from studio.copywriter import reasons

FOLDER = Path(reasons.__file__).parent
JUDGES = {  # functions that return a reason, or a pair with one
    "judge.py": ("wrong", "echo", "nonsense", "_stiff_zh", "_stiff_en", "_unbound", "_repeats"),
    "free.py": ("one", "wrong"),
    "translation.py": ("_unfit",),
    "drafts.py": ("_led",),
}


def said() -> set[str]:
    """The reasons in the code, up to ": "."""
    out = set()
    for file, names in JUDGES.items():
        tree = ast.parse((FOLDER / file).read_text("utf-8"))
        functions = [
            n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name in names
        ]
        for node in (
            n
            for f in functions
            for r in ast.walk(f)
            if isinstance(r, ast.Return)
            for n in ast.walk(r)
        ):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and len(node.value) > 4
            ):
                out.add(node.value.partition(": ")[0])
    return {s for s in out if " " in s and not s.startswith((",", " "))} | {"empty", "length"}


def test_every_reason_has_its_chinese() -> None:
    found = said() - {"{}"}
    assert len(found) > 15
    for why in found:
        told = reasons.told(f"{why}: X", "zh-CN")
        assert not told.isascii(), why
        assert reasons.told(why, "en-US") == why


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("a number that no fact has: 500", "出现了商品资料里没有的数字“500”"),
        ("not kept: 900 g", "与原文不一致：900 g"),
        ("the reply was no JSON (the wrong language)", "回复不是约定的 JSON 格式（语言不对）"),
        ("the server is down", "the server is down"),
    ],
)
def test_a_reason_keeps_what_it_is_about(why: str, told: str) -> None:
    assert reasons.told(why, "zh-CN") == told


def test_fields_are_named_and_numbered_as_people_count() -> None:
    failed = {"bullets.0": "empty", "title": "too short", "extra.social": "empty"}
    assert reasons.all_of(failed, "zh-CN") == "卖点1：没有内容；标题：太短；extra.social：没有内容"
    assert reasons.all_of(failed, "en-US").startswith("bullets.0: empty; title: too short")

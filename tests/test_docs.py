"""The documentation is true: tables, commands, links.

`python tests/test_docs.py` writes the tables of the README.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from studio import channels, compliance, engines
from studio.settings import Settings

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]


def tables() -> dict[str, str]:
    """The README's tables, made from what is really there."""
    kinds = {
        "copy": "writes",
        "cutout": "cuts out",
        "scene": "makes scenes",
        "ocr": "reads pictures",
        "upscale": "enlarges",
        "unsafe": "looks for nudity",
    }
    engine_rows = [
        (kinds[kind], f"`{name}`", _first_sentence(kind, name))
        for kind in engines.KINDS
        for name in engines.names(kind)
    ]
    packs = [source.pack for source in compliance.load().shelf.sources if source.pack.rules]
    pack_rows = [
        (f"`{p.pack}`", p.title["en"], p.title["zh"], ", ".join(p.markets), str(len(p.rules)))
        for p in packs
    ]
    specs = [channels.load(name) for name in channels.names()]
    channel_rows = [
        (f"`{c.id}`", f"{c.name['en']} / {c.name['zh']}", ", ".join(c.markets), c.format or "sheet")
        for c in specs
    ]
    return {
        "engines": _table(("does", "name", "with"), engine_rows),
        "packs": _table(("pack", "rules on", "内容", "markets", "rules"), pack_rows),
        "channels": _table(("id", "channel", "markets", "format"), channel_rows),
    }


def _first_sentence(kind: str, name: str) -> str:
    path = ROOT / "studio" / "engines" / f"{kind}_{name}.py"
    paragraph = path.read_text("utf-8").split('"""')[1].strip().split("\n\n")[0]
    return " ".join(paragraph.split()).split(". ")[0].rstrip(".")


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _between(text: str, name: str) -> re.Match[str]:
    found = re.search(rf"(<!-- {name} -->\n)(.*?)\n?(<!-- /{name} -->)", text, re.S)
    assert found, f"README.md has no place for the table of {name}"
    return found


@pytest.mark.parametrize("name", ["engines", "packs", "channels"])
def test_the_readme_tables_are_what_is_there(name: str) -> None:
    shown = _between(README.read_text("utf-8"), name).group(2)
    assert shown == tables()[name], "run: python tests/test_docs.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_exist_with_their_options(page: Path) -> None:
    from typer.main import get_command

    from studio.cli import app, batch, commands, models, reviewing  # noqa: F401

    root = get_command(app)
    text = page.read_text("utf-8")
    for line in re.findall(r"^(?:.*?\s)?(studio [a-z][^\n`#|]*)", text, re.M):
        if not re.search(r"(?:^|`|\n|&& )" + re.escape(line[:12]), text):
            continue
        words = line.split()[1:]
        command = root
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        if command is root:
            continue
        known = {option for p in command.params for option in p.opts}
        for word in words:
            if word.startswith("--"):
                assert word.split("=")[0].rstrip(",.;)") in known | {"--help"}, line


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_torch_is_pinned_exactly_and_constraints_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert "torch==2.13.0" in project["dependencies"]
    assert "gradio==6.31.0" in project["dependencies"]
    pinned = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    names = {
        re.split(r"[<>=\[; ]", d)[0].lower().replace("_", "-") for d in project["dependencies"]
    }
    held = {line.split("==")[0].lower().replace("_", "-") for line in pinned if "==" in line}
    assert names <= held
    assert not any("+cpu" in line or "://" in line for line in pinned)


if __name__ == "__main__":
    shown = README.read_text("utf-8")
    for name, table in tables().items():
        shown = _between(shown, name).re.sub(lambda m, t=table: m[1] + t + "\n" + m[3], shown)
    README.write_text(shown, "utf-8")

"""What the command line prints: progress, tables, and messages in two languages."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import typer

    from studio.schema import Actor, Finding
    from studio.service import Change, Studio


def studio_of(context: typer.Context, **arguments: Any) -> Studio:
    """The studio on the home folder that the arguments, variables or studio.toml name."""
    from studio import settings
    from studio.service import Studio

    return Studio(settings.load(**(context.find_root().obj or {}), **arguments))


def me() -> Actor:
    """Whoever can open the home folder is its admin."""
    from studio.schema import Actor, Role

    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "admin"
    return Actor(name=name, role=Role.ADMIN)


def language() -> str:
    """ "zh" where the settings or the environment say Chinese, else "en"."""
    from studio import settings

    chosen = settings.load().language or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if chosen.lower().startswith("zh") else "en"


def say(en: str, zh: str) -> None:
    """A line for people, on stderr when the output is for programs."""
    print(zh if language() == "zh" else en, file=sys.stderr if _quiet else sys.stdout, flush=True)


def word(en: str, zh: str) -> str:
    """A word for people, in their language."""
    return zh if language() == "zh" else en


_quiet = False


def for_programs(on: bool) -> None:
    """From now on stdout belongs to a program: lines for people go to stderr."""
    global _quiet
    _quiet = on


def as_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)


class Bar:
    """A progress bar on a terminal; plain lines when piped."""

    def __init__(self, title: str, total: int, progress: Any = None) -> None:
        self.title, self.total, self.at = title, total, 0
        self._progress = progress
        self._task = progress.add_task(title, total=total) if progress else None

    def step(self, what: str = "", by: int = 1) -> None:
        """So many more are finished."""
        self.at += by
        if self._progress is not None:
            self._progress.update(self._task, advance=by, description=f"{self.title}  {what}")
        else:
            print(f"{self.title} {self.at}/{self.total} {what}", file=sys.stderr, flush=True)

    def note(self, what: str) -> None:
        """What is being done now; only a terminal shows it."""
        if self._progress is not None:
            self._progress.update(self._task, description=f"{self.title}  {what}")

    def upto(self, at: int, total: int) -> None:
        """For downloads: where it stands, in bytes."""
        if self._progress is not None:
            self._progress.update(self._task, completed=at, total=total)


@contextmanager
def bar(title: str, total: int) -> Iterator[Bar]:
    if not sys.stderr.isatty():
        yield Bar(title, total)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        yield Bar(title, total, progress)


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table; its cells are plain text, whatever they contain."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    # A pipe has no width: give it enough that no line breaks in the middle of a word.
    console = Console(width=None if sys.stdout.isatty() else 140)
    drawn = Table(title=title, title_justify="left")
    for head in heads:
        drawn.add_column(head, overflow="fold")
    for row in rows:
        drawn.add_row(*(escape(str(cell)) for cell in row))
    console.print(drawn)


def diff(change: Change) -> None:
    """A text before and after; what goes and what comes is coloured, or bracketed in a pipe."""
    from rich.console import Console
    from rich.text import Text

    from studio.service.differing import pieces

    console = Console(width=None if sys.stdout.isatty() else 10_000, highlight=False)
    styles = {"gone": "red strike", "new": "green underline", "same": ""}
    marks = {"gone": "[-{}-]", "new": "{{+{}+}}", "same": "{}"}
    plain = not sys.stdout.isatty()
    row = Text(f"  {change.field}: ")
    for kind, words in pieces(change.before, change.after):
        row.append(marks[kind].format(words) if plain else words, "" if plain else styles[kind])
    console.print(row, soft_wrap=True)


# as the desk calls them
_GRAVE = {"critical": "禁止", "high": "严重", "medium": "留意", "low": "提示"}


def finding_head(finding: Finding, name: str, most: int | None = None) -> str:
    """How grave a finding is, a name for it and its words, where it has any; the first `most`."""
    grave = word(str(finding.severity), _GRAVE[finding.severity])
    words = f" 「{finding.match[:most]}」" if finding.match else ""
    return f"{grave}{word(': ', '：')}{name}{words}"


def finding_line(finding: Finding) -> str:
    """A finding in one line, in the user's language."""
    message = finding.message.get(language()) or next(iter(finding.message.values()), "")
    basis = "; ".join(f"{b.law} {b.article}".strip() for b in finding.basis)
    mended = f" -> {finding.suggestion.strip()}" if finding.suggestion.strip() else ""
    law = f" [{basis}]" if basis else ""
    law += f" ({finding.opinion[language()]})" if finding.opinion else ""
    return f"{finding_head(finding, finding.field)}{mended}  {message}{law}"

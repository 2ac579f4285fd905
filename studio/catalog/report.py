"""What is told of a catalog: issues, and where each row went. The words are in texts.yaml."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from studio.catalog.limits import ISSUES, ROWS, SHOWN_CHARS
from studio.errors import InputError
from studio.schema import Issue

_TEXTS = Path(__file__).with_name("texts.yaml")


@cache
def _texts() -> dict[str, dict[str, dict[str, str]]]:
    loaded: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(_TEXTS.read_text("utf-8"))
    return loaded


def say(code: str, language: str, **words: Any) -> tuple[str, str]:
    """(message, remedy) of a code in "en" or "zh", with the words filled in."""
    text = _texts()[code].get(language) or _texts()[code]["en"]
    return text["message"].format(**words), text.get("remedy", "").format(**words)


def clip(value: str) -> str:
    """A value short enough to show, on one line."""
    flat = " ".join(value[: SHOWN_CHARS * 4].split())
    return flat if len(flat) <= SHOWN_CHARS else flat[: SHOWN_CHARS - 1] + "…"


@dataclass
class Report:
    """Collects while files are read. `language` is that of the messages."""

    language: str = "en"
    issues: list[Issue] = field(default_factory=list)
    more: int = 0  # issues beyond those that are kept
    rows: int = 0
    balance: Counter[str] = field(default_factory=Counter)
    _seen: int = 0
    _once: set[tuple[str, ...]] = field(default_factory=set)

    def seen(self, file: str) -> None:
        """A row was met. Raises InputError when all files together have too many."""
        self._seen += 1
        if self._seen > ROWS:
            raise self.refuse("many-rows", file, most=ROWS)

    def count(self, where: str, rows: int = 1) -> None:
        """Account for rows: "product", "variant", "picture", "blank", "joined", "deleted"."""
        self.rows += rows
        self.balance[where] += rows

    def issue(
        self,
        code: str,
        file: str,
        line: int,
        column: str = "",
        value: str = "",
        *,
        level: Literal["error", "warning"] = "warning",
        row: bool = False,
        **words: Any,
    ) -> None:
        """Note an issue. With `row`, the whole row is unusable and is counted as an issue."""
        if row:
            self.count("issue")
        if len(self.issues) >= ISSUES:
            self.more += 1
            return
        message, remedy = say(code, self.language, **words)
        self.add(
            Issue(
                file=file,
                line=line,
                column=column,
                value=clip(value),
                message=message,
                remedy=remedy,
                level="error" if row else level,
                row=row,
            )
        )

    def add(self, issue: Issue) -> None:
        """Note an issue that is worded already."""
        if len(self.issues) < ISSUES:
            self.issues.append(issue)
        else:
            self.more += 1

    def once(self, code: str, file: str, line: int, column: str = "", **words: Any) -> None:
        """A warning that is true of a whole file: told for the first row only."""
        if (code, file) not in self._once:
            self._once.add((code, file))
            self.issue(code, file, line, column, words.pop("value", ""), **words)

    def refuse(self, code: str, where: str, **words: Any) -> InputError:
        """The error for a file that cannot be read at all."""
        return refuse(code, where, self.language, **words)


def refuse(code: str, where: str, language: str = "en", **words: Any) -> InputError:
    message, remedy = say(code, language, **words)
    return InputError(message, hint=remedy, where=where)

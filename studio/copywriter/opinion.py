"""A second opinion on findings from a model behind the copy engine's protocol."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studio import prompting
from studio.compliance.judge import Opinion, Question, parsed
from studio.engines import level
from studio.errors import SetupError
from studio.schema import Brief, Product, by_language

if TYPE_CHECKING:
    from studio.engines import CopyEngine
    from studio.schema import Prompt


class Second:
    """A judge (see studio.compliance.judge) that asks an engine: one prompt a finding."""

    def __init__(
        self, engine: CopyEngine, product: Product, brief: Brief, searched: tuple[Path, ...] = ()
    ) -> None:
        self.engine, self.product, self.brief, self.searched = engine, product, brief, searched
        self.name = engine.model.partition(" ")[0] or engine.name  # without its options

    def opinions(self, questions: Sequence[Question]) -> list[Opinion | None]:
        """None where a sentence gives orders to a model or an answer cannot be read.

        Raises SetupError (the engine writes no text of its own), EngineError.
        """
        if level(self.engine, self.brief.locale) == "facts":
            raise SetupError(
                f"the engine {self.engine.name} writes no text of its own",
                hint="choose another with STUDIO_COPY_ENGINE",
            )
        asked = [q for q in questions if not prompting.suspicious(q.sentence)]
        replies = self.engine.write_many([self._prompt(q) for q in asked])
        said = {id(q): parsed(r) for q, r in zip(asked, replies, strict=True)}
        return [said.get(id(q)) for q in questions]

    def _prompt(self, question: Question) -> Prompt:
        finding = question.finding
        shown = {
            "words": finding.match,
            "rule": by_language(finding.message, self.brief.locale),
            "severity": finding.severity.value,
        }
        return prompting.render(
            "judge",
            self.product,
            self.brief,
            {},
            searched=self.searched,
            sentence=_fenced(prompting.quoted(question.sentence)),
            finding=_fenced(json.dumps(shown, ensure_ascii=False)),
        )


def _fenced(text: str) -> str:
    """Without characters that could close a tag."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e")

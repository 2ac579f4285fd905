"""Copy without a model: the facts in slots and the sentences of the phrase bank."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

from pydantic import BaseModel, ConfigDict, Field

from studio.engines.floor import compose
from studio.engines.titled import enriched
from studio.schema import Prompt


class Options(BaseModel):
    """Options of the engine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    searched: tuple[Path, ...] = Field(default=(), description="folders with your phrase banks")


class Engine:
    """Says what the row says. Always ready, in a millisecond, and never wrong."""

    name = "template"
    model = "phrases"
    level = "facts"

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()

    Options = Options

    def ready(self) -> str:
        return ""

    def write(
        self,
        prompt: Prompt,
        *,
        on_text: Callable[[str], None] | None = None,
        cancel: Event | None = None,
    ) -> str:
        """JSON with title, bullets, description and keywords for the purpose "listing", else the
        sentences alone."""
        searched = self.options.searched
        facts = enriched(prompt.facts, searched)
        pieces = compose(facts, prompt.brand, prompt.locale, prompt.seed, searched)
        told = [p.again if p.again and pieces.own else p.text for p in pieces.sentences]
        sentences = pieces.joint.join((*pieces.own[:2], *told)).strip() or pieces.bare
        reply = sentences
        if prompt.purpose == "listing":
            listing = {
                "title": pieces.title_joint.join(pieces.title),
                "bullets": [piece.text for piece in pieces.bullets],
                "description": sentences,
                "keywords": pieces.keywords,
            }
            reply = json.dumps(listing, ensure_ascii=False)
        if on_text:
            on_text(reply)
        return reply

    def write_many(self, prompts: Sequence[Prompt], *, cancel: Event | None = None) -> list[str]:
        """One reply after the other: it takes a millisecond each."""
        return [self.write(prompt, cancel=cancel) for prompt in prompts]

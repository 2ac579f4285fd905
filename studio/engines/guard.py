"""Keeps a small model to the facts while it writes: a closed vocabulary, token by token.

A row may use its product's name, its facts' values and names as whole words, the neutral words of
prompts/phrases/words.yaml, commas and full stops. A value is said once; a text ends only after a
full stop and two facts. So numbers, units, brands and materials cannot be mangled or invented;
what is left to judge is the sense.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import LogitsProcessor

from studio.engines.floor import compose
from studio.engines.phrases import Fact, ready, told, words
from studio.schema import Prompt, locale_language

_END = -1  # marks a node at which a word is complete
_LEAST = 2  # facts that a text says before it may end
Node = dict[int, Any]


@dataclass
class Row:
    """Where a row stands: `nodes` are the tries' nodes that fit what has been written."""

    facts: list[Fact]
    openers: Node  # words that may open a sentence, at the very start and later on
    later: Node
    neutral: Node
    said: set[str] = field(default_factory=set)
    own: Node = field(default_factory=dict)  # values that have not been said yet, and names
    nodes: list[Node] = field(default_factory=list)
    stopped: bool = False  # after a full stop
    log: float = 0.0  # sum of the model's own log probabilities


class WordGuard(LogitsProcessor):  # type: ignore[misc]
    """Masks what a row may not say next. One for a batch; rows keep their own state."""

    def __init__(self, tokenizer: Any, prompts: Sequence[Prompt], ends: Sequence[int]) -> None:
        self.tokenizer, self.ends = tokenizer, list(ends)
        self.start: int | None = None
        self.last: torch.Tensor | None = None
        self._neutral: dict[str, Node] = {}
        self.stops = {".": self._first("."), "。": self._first("。")}
        self.commas = {",": self._first(","), "，": self._first("，")}
        self.rows = [self._row(prompt) for prompt in prompts]
        self.zh = [locale_language(p.locale) == "zh" for p in prompts]

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if self.start is None:
            self.start = ids.shape[1]
        out = torch.full_like(scores, float("-inf"))
        for number, row in enumerate(self.rows):
            made = ids[number, self.start :].tolist()
            if made and not set(made) & set(self.ends):
                self._step(row, made[-1], number)
            allowed = torch.tensor(self._allowed(row, number), device=scores.device)
            out[number, allowed] = scores[number, allowed]
        self.last = scores.log_softmax(-1)
        return out

    # -- what may come -------------------------------------------------------------------------

    def _allowed(self, row: Row, number: int) -> list[int]:
        tokens: set[int] = set()
        for node in row.nodes:
            tokens.update(token for token in node if token != _END)
        enough = len(row.said) >= min(_LEAST, len(row.facts))
        done = len(row.said) >= len(row.facts)
        if row.stopped:
            tokens = set() if done else tokens
            tokens.update(self.ends if enough else [])
        elif any(_END in node for node in row.nodes):
            stop = self.stops["。" if self.zh[number] else "."]
            tokens.update([stop, self.commas["，" if self.zh[number] else ","]])
            for root in () if done else (row.neutral, row.own):
                tokens.update(token for token in root if token != _END)
        return sorted(tokens) or self.ends

    def _step(self, row: Row, token: int, number: int) -> None:
        """Move on by the token that was taken."""
        if self.last is not None:
            row.log += float(self.last[number, token])
        if token in self.stops.values():
            row.nodes, row.stopped = [row.later], True
            return
        comma = token in self.commas.values()
        roots = [row.neutral, row.own] if any(_END in n for n in row.nodes) else []
        if comma:
            row.nodes, row.stopped = [row.neutral, row.own], False
            return
        row.nodes = [n[token] for n in (*row.nodes, *roots) if token in n]
        row.stopped = False
        for node in row.nodes:
            value = node.get(_END)
            if value and value not in row.said:
                row.said.add(value)
                row.own = self._own(row)
                node[_END] = ""

    # -- tries ---------------------------------------------------------------------------------

    def _row(self, prompt: Prompt) -> Row:
        language = locale_language(prompt.locale)
        facts = told(ready(prompt.facts, prompt.locale))
        name = compose(prompt.facts, prompt.brand, prompt.locale, prompt.seed).name
        table = words(language)
        opening = [name, *table["openers"]]
        gap = "" if language == "zh" else " "
        if language not in self._neutral:
            self._neutral[language] = self._trie((gap + w, "") for w in table["words"])
        neutral = self._neutral[language]
        row = Row(
            facts=facts,
            openers=self._trie((w, "") for w in opening),
            later=self._trie((gap + w, "") for w in opening),
            neutral=neutral,
        )
        row.nodes, row.own = [row.openers], {}
        row.own = self._own(row, name)
        return row

    def _own(self, row: Row, name: str = "") -> Node:
        """The values that are still to be said, with the names of their facts."""
        left = [f for f in row.facts if f.value not in row.said]
        zh = any("\u3400" <= c <= "\u9fff" for f in row.facts for c in f.name)
        gap = "" if zh else " "
        entries = [(gap + f.value, f.value) for f in left]
        entries += [(gap + (f.name if zh else f.name.lower()), "") for f in row.facts]
        return self._trie([*entries, *([(gap + name, "")] if name else [])])

    def _trie(self, entries: Iterable[tuple[str, str]]) -> Node:
        """Tokens of the texts, a node for each; the last one holds the fact's value or ""."""
        root: Node = {}
        for text, value in entries:
            node = root
            for token in self.tokenizer(text, add_special_tokens=False)["input_ids"]:
                node = node.setdefault(token, {})
            if node is not root:
                node[_END] = value or node.get(_END, "")
        return root

    def _first(self, text: str) -> int:
        return int(self.tokenizer(text, add_special_tokens=False)["input_ids"][-1])

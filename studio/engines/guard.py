"""Keeps a small model to true sentences while it writes, token by token.

A model of 135 million parameters writes fluent nonsense when it is free. Here it chooses among
what is true: it opens with the product's name, says each fact by one of the phrase bank's verb
phrases, and decides their order, how they are worded, and where a sentence ends. So numbers,
units and names cannot be mangled, and a value cannot get to another's verb.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from studio.engines.floor import Speech, speech
from studio.schema import Prompt, locale_language

_END = -1  # marks a node at which a piece is complete; holds what the piece is
_MOST = 3  # facts in one sentence
Node = dict[int, Any]
Piece = tuple[str, str]  # (what it is: "open", "fact", "and", "comma", "stop"; a fact's name)


@dataclass
class Row:
    """A text in the making: `nodes` are the places in the tries that fit its last tokens."""

    speech: Speech
    zh: bool
    nodes: list[Node] = field(default_factory=list)
    said: set[str] = field(default_factory=set)
    facts: int = 0  # in this sentence
    comma: bool = False  # a list has begun that an "and" must end
    joined: bool = False  # the "and" has come: nothing but a full stop may follow
    over: bool = False  # after a full stop with nothing left to say

    @property
    def left(self) -> list[str]:
        return [name for name in self.speech.phrases if name not in self.said]

    @property
    def near(self) -> list[str]:
        """The facts that may come next: the first that is left, or the second where it is about
        something else; what was passed over comes at once, so that what belongs together stays
        together."""
        left, order = self.left, list(self.speech.phrases)
        passed = left and any(order.index(name) > order.index(left[0]) for name in self.said)
        last = next((name for name in reversed(order) if name in self.said), "")
        alone = passed or self.kin(*left[:2]) or self.kin(*(n for n in (last, *left[:1]) if n))
        return left[: 1 if alone else 2]

    def kin(self, *names: str) -> bool:
        """Whether two facts are there and about one thing: memory and storage, filling and fill
        weight."""
        themes = [self.speech.themes.get(name, name) for name in names]
        return len(themes) == 2 and themes[0] == themes[1]


class Sense:
    """What one text may say next, token by token."""

    def __init__(
        self, tokenizer: Any, prompt: Prompt, ends: Sequence[int], tokens: dict[str, list[int]]
    ) -> None:
        """`tokens`: what texts are in tokens, shared by the rows of a batch."""
        self.tokenizer, self.ends, self.tokens = tokenizer, list(ends), tokens
        self.row = self._begin(prompt)

    def allowed(self) -> list[int]:
        """The tokens that may come now, in order; at least one."""
        row, following = self.row, set[int]()
        for node in row.nodes:
            following.update(t for t in node if t != _END)
            if _END in node:
                following.update(t for t in self._next(row, node[_END]) if t != _END)
        return self.ends if row.over or not following else sorted(following)

    def take(self, token: int) -> None:
        """Move on by a token."""
        if not self.row.over:
            self._step(self.row, token)

    def _begin(self, prompt: Prompt) -> Row:
        row = Row(
            speech=speech(prompt.facts, prompt.brand, prompt.locale),
            zh=locale_language(prompt.locale) == "zh",
        )
        row.nodes = [self._trie([(row.speech.subject, ("open", ""))])]
        row.over = not row.speech.phrases
        return row

    def _step(self, row: Row, token: int) -> None:
        """Move on by the token that was taken; a finished piece changes what may follow."""
        nodes = []
        for node in row.nodes:
            if token in node:
                nodes.append(node[token])
            elif _END in node:
                following = self._next(row, node[_END])
                if token in following:
                    self._finish(row, node[_END])
                    nodes.append(following[token])
        row.nodes = nodes
        if len(nodes) == 1 and list(nodes[0]) == [_END]:
            piece = nodes[0][_END]
            row.over = piece[0] == "stop" and not row.left

    def _finish(self, row: Row, piece: Piece) -> None:
        kind, value = piece
        if kind == "fact":
            row.said.add(value)
            row.facts += 1
        elif kind == "stop":
            row.facts, row.comma, row.joined = 0, False, False
        elif kind == "comma":
            row.comma = True
        elif kind == "and":
            row.joined = True

    def _next(self, row: Row, piece: Piece) -> Node:
        """The trie of what may come after a piece that ends here."""
        kind, value = piece
        gap = "" if row.zh else " "
        if kind in ("open", "comma", "and"):
            close = "" if row.zh else gap
            return self._trie(
                (close + phrase, ("fact", fact))
                for fact in row.near
                for phrase in row.speech.phrases[fact]
            )
        if kind == "stop":
            again = row.speech.pronoun
            if row.zh:
                return self._next(row, ("open", "")) if row.left else {}
            return self._trie([(gap + again, ("open", ""))]) if row.left else {}
        return self._trie(self._joints(row, value))

    def _joints(self, row: Row, value: str) -> list[tuple[str, Piece]]:
        """What may follow a fact: a comma, "and", or a full stop."""
        others = [name for name in row.left if name != value]
        left, facts = len(others), row.facts + 1
        if row.zh:
            if left and facts < _MOST and row.kin(value, others[0]):
                return [("，", ("comma", ""))]
            if left == 1 and facts <= _MOST + 1:  # the last one would be a scrap by itself
                return [("，", ("comma", ""))]
            more = left > 0 and facts < _MOST
            return [("。", ("stop", "")), *([("，", ("comma", ""))] if more else [])]
        joints: list[tuple[str, Piece]] = []
        if row.joined or not row.comma or not left:
            joints.append((".", ("stop", "")))
        if not row.joined and left and facts < _MOST:
            joints.append((" and", ("and", "")))
        if not row.joined and left > 1 and facts < _MOST - 1:
            joints.append((",", ("comma", "")))
        return joints

    def _trie(self, pieces: Iterable[tuple[str, Piece]]) -> Node:
        """Tokens of the texts, a node for each; the last one says which piece it ends."""
        root: Node = {}
        for text, piece in pieces:
            if text not in self.tokens:
                made = self.tokenizer(text, add_special_tokens=False)["input_ids"]
                self.tokens[text] = list(made)
            node = root
            for token in self.tokens[text]:
                node = node.setdefault(token, {})
            node[_END] = piece
        return root

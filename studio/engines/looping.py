"""Decodes a batch on a model that keeps its cache itself: step by step, no work done twice.

What all prompts begin with is read once, and kept for the next call; equal prompts are read once;
a row that is done leaves; and where the guard leaves one word only, that word is taken without
asking the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from studio.engines.drawing import Draw
from studio.engines.guard import Sense
from studio.engines.tokens import TextStream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.engines.local import Batch

    Tokens = NDArray[np.int64]
    Rows = NDArray[np.int32]
    Logits = NDArray[np.float32]

_LEAST = 16  # tokens in common that are worth a step of their own
_FIXED = 4  # what a step costs by itself, in units of one row's token (measured on a processor)
_CHUNK = 16  # tokens of a row in one step, at most


class Net(Protocol):
    """A model with its cache."""

    def reset(self) -> None:
        """Forget all rows."""

    def step(self, ids: Tokens, mask: Tokens, positions: Tokens, rows: Rows) -> Logits:
        """The next words' logits, rows x vocabulary; valid until the next step.

        `ids`, `positions`: the new tokens, rows x new. `mask`: rows x (old and new), 0 for what
        is not there. `rows`: which row of the last step each row goes on from.
        """
        ...

    def save(self) -> Any:
        """The rows that are held now."""
        ...

    def restore(self, saved: Any) -> None:
        """Hold the rows that were saved, instead of those that are held."""
        ...


class Beginning:
    """What the last prompts began with, kept from one call to the next."""

    def __init__(self) -> None:
        self.tokens: tuple[int, ...] = ()
        self.state: Any = None
        self.last: tuple[int, ...] = ()  # a prompt of the last call


class Reply:
    """A row in the making. `pending`: tokens that are decided and not read by the model yet."""

    def __init__(self, ids: list[int], most: int, draw: Draw, sense: Sense | None = None):
        self.start, self.most, self.draw, self.sense = len(ids), most, draw, sense
        self.ids = list(ids)
        self.pending: list[int] = []
        self.allowed: list[int] = sense.allowed() if sense else []
        self.done = False

    @property
    def made(self) -> list[int]:
        return self.ids[self.start :]

    def take(self, logits: Logits, ends: frozenset[int]) -> None:
        """Choose the next token by the model's logits, then all that follow of necessity."""
        if self.sense is None:
            self._add(self.draw(logits), ends)
            return
        self._add(self.allowed[self.draw(logits[self.allowed])], ends)
        while not self.done and len(self.allowed) == 1:
            self._add(self.allowed[0], ends)

    def _add(self, token: int, ends: frozenset[int]) -> None:
        if token in ends:
            self.done = True
            return
        self.ids.append(token)
        self.pending.append(token)
        self.done = len(self.made) >= self.most
        if self.sense is not None and not self.done:
            self.sense.take(token)
            self.allowed = self.sense.allowed()
            self.done = ends.issuperset(self.allowed)


class Walk:
    """Steps through a batch, yielding each row that must choose, with its logits."""

    def __init__(self, net: Net, beginning: Beginning, replies: Sequence[Reply]) -> None:
        self.net, self.beginning = net, beginning
        self.rows = list(replies)
        self.mask: Tokens = np.zeros((1, 0), np.int64)
        self.came: Rows = np.zeros(1, np.int32)  # of each row, its row in the last step

    def read(self) -> Iterator[tuple[Reply, Logits]]:
        """Read the prompts: what they share, then of each what is its own, equal ones once."""
        ids = [tuple(row.ids) for row in self.rows]
        own = list(dict.fromkeys(ids))
        same = self._begin(own)
        self.mask, self.came = self.mask.repeat(len(own), 0), np.zeros(len(own), np.int32)
        logits = self._step([one[same:] for one in own])
        places = [own.index(one) for one in ids]
        self.mask, self.came = self.mask[places], np.array(places, np.int32)
        yield from zip(self.rows, logits[places], strict=True)

    def _begin(self, own: Sequence[tuple[int, ...]]) -> int:
        """Read what the prompts share, with the last call's where that one is alone; how much
        that was. What the last call has read already is not read again."""
        self.net.reset()
        held = self.beginning
        rows = own if len(own) > 1 else [*own, held.last]
        same, known = _shared(rows), len(held.tokens)
        held.last = own[-1]
        fits = all(len(one) > known and one[:known] == held.tokens for one in own)
        if known and fits and known + _LEAST >= same:
            self.net.restore(held.state)
            self.mask = np.ones((1, known), np.int64)
            return known
        if same < _LEAST:
            return 0
        self._step([own[0][:same]])
        held.tokens, held.state = own[0][:same], self.net.save()
        return same

    def go_on(self) -> Iterator[tuple[Reply, Logits]]:
        """One step further with the rows that are not done."""
        alive = [i for i, row in enumerate(self.rows) if not row.done]
        self.rows = [self.rows[i] for i in alive]
        if not alive:
            return
        self.mask, self.came = self.mask[alive], self.came[alive]
        new = chunk([len(row.pending) for row in self.rows])
        logits = self._step([row.pending[:new] for row in self.rows])
        self.came = np.arange(len(alive), dtype=np.int32)
        for row, scores in zip(self.rows, logits, strict=True):
            del row.pending[:new]
            if not row.pending:
                yield row, scores

    def _step(self, parts: Sequence[Sequence[int]]) -> Logits:
        """One step of the model; shorter parts are padded on the left, where nothing looks."""
        size = max(map(len, parts))
        ids, new = np.zeros((2, len(parts), size), np.int64)
        for row, part in enumerate(parts):
            ids[row, size - len(part) :] = part
            new[row, size - len(part) :] = 1
        before = self.mask.sum(1, keepdims=True)
        self.mask = np.concatenate([self.mask, new], 1)
        positions = np.maximum(before + new.cumsum(1) - 1, 0)
        return self.net.step(ids, self.mask, positions, self.came)


def decode(batch: Batch, temperature: float, top_p: float, *, guarded: bool) -> list[list[int]]:
    """The tokens of each reply without what ends it. Raises EngineError when stopped."""
    loaded = batch.loaded
    texts = [row.text for row in batch.rows]
    read = loaded.tokenizer(texts, add_special_tokens=not loaded.chat)["input_ids"]
    batch.fits(max(map(len, read)))
    ends = frozenset(loaded.ends + (loaded.breaks if batch.one_line and not guarded else []))
    replies, known = [], dict[str, list[int]]()
    for ids, prompt in zip(read, batch.prompts, strict=True):
        sense = Sense(loaded.tokenizer, prompt, loaded.ends, known) if guarded else None
        draw = Draw(prompt.seed, temperature, top_p)
        replies.append(Reply(ids, prompt.max_tokens, draw, sense))
    stream = TextStream(loaded.tokenizer, batch.on_text) if batch.on_text else None
    walk = Walk(loaded.model, loaded.model.beginning, replies)
    asking = walk.read()
    while not all(reply.done for reply in replies):
        for row, scores in asking:
            before = len(row.made)
            row.take(scores, ends)
            if stream:
                stream.add(row.made[before:])
        batch.check()
        asking = walk.go_on()
    if stream:
        stream.end()
    return [reply.made for reply in replies]


def chunk(pending: Sequence[int]) -> int:
    """How many tokens of each row to read in one step: the most progress for what it costs."""
    sizes = range(1, min(_CHUNK, max(pending)) + 1)
    return max(sizes, key=lambda n: sum(min(p, n) for p in pending) / (_FIXED + n * len(pending)))


def _shared(rows: Sequence[tuple[int, ...]]) -> int:
    """How many tokens all rows begin with; each keeps at least one of its own."""
    least, most = min(rows), max(rows)
    end = max(0, min(map(len, rows)) - 1)
    return next((i for i in range(end) if least[i] != most[i]), end)

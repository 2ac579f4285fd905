"""What steers the decoding of a batch in transformers: sense, seeds and stopping, row by row.

Rows draw their own noise, so a text does not depend on what else is in its batch (up to the last
bit of the arithmetic). Imported only by the engine that has torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from typing import Any

import torch
from transformers import LogitsProcessor, StoppingCriteria
from transformers.generation.streamers import BaseStreamer

from studio.engines.guard import Sense
from studio.engines.tokens import TextStream
from studio.schema import Prompt

_LIKELY = 512  # a nucleus is mostly smaller; sorting all 262,144 tokens takes longer than a step


class RowSampler(LogitsProcessor):  # type: ignore[misc]  # transformers has no types
    """Makes greedy decoding draw from the distribution: Gumbel noise, one generator for each row.

    The highest of (log p / temperature + Gumbel noise) is an exact draw from softmax(log p /
    temperature). Tokens outside the nucleus `top_p` are shut out first. Seed 0 stays greedy.
    """

    def __init__(self, seeds: Sequence[int], temperature: float, top_p: float) -> None:
        self.temperature, self.top_p = temperature, top_p
        self.generators = [torch.Generator().manual_seed(s) if s else None for s in seeds]

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if self.temperature <= 0 or not any(self.generators):
            return scores
        out = scores.float().clone()
        for row, generator in enumerate(self.generators):
            if generator is not None:
                out[row] = self._draw(out[row] / self.temperature, generator)
        return out

    def _draw(self, scores: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        places, kept = self._nucleus(scores)
        uniform = torch.rand(kept.shape, generator=generator).clamp_min(1e-20)
        noisy = kept - (-uniform.log()).log().to(kept.device)
        return torch.full_like(scores, float("-inf")).index_copy(0, places, noisy)

    def _nucleus(self, scores: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(places, scores) of the likeliest tokens that together have `top_p`, best first."""
        total = scores.logsumexp(-1)
        for most in (min(_LIKELY, len(scores)), len(scores)):
            best, places = scores.topk(most)
            chances = (best - total).exp()
            inside = chances.cumsum(-1) - chances <= self.top_p
            if most == len(scores) or not inside[-1]:
                break
        inside &= best > float("-inf")
        return places[inside], best[inside]


class RowStop(StoppingCriteria):  # type: ignore[misc]  # the same
    """Ends a row at its own number of tokens, and all rows when `cancel` is set."""

    def __init__(self, start: int, most: Sequence[int], cancel: Event | None) -> None:
        self.start, self.most, self.cancel = start, most, cancel

    def __call__(self, ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        stopped = self.cancel is not None and self.cancel.is_set()
        made = ids.shape[1] - self.start
        ends = [stopped or made >= most for most in self.most]
        return torch.tensor(ends, dtype=torch.bool, device=ids.device)


class Streamer(BaseStreamer):  # type: ignore[misc]  # the same
    """Hands the tokens of the one row on to a stream of text."""

    def __init__(self, stream: TextStream) -> None:
        self.stream, self.prompt_seen = stream, False

    def put(self, value: torch.Tensor) -> None:
        if self.prompt_seen:
            self.stream.add(value.flatten().tolist())
        self.prompt_seen = True

    def end(self) -> None:
        self.stream.end()


class SenseGuard(LogitsProcessor):  # type: ignore[misc]  # the same
    """Masks what a row may not say next. One for a batch; each row has its own sense."""

    def __init__(self, tokenizer: Any, prompts: Sequence[Prompt], ends: Sequence[int]) -> None:
        tokens: dict[str, list[int]] = {}
        self.rows = [Sense(tokenizer, prompt, ends, tokens) for prompt in prompts]
        self.begun = False

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        out = torch.full_like(scores, float("-inf"))
        for number, (row, token) in enumerate(zip(self.rows, ids[:, -1].tolist(), strict=True)):
            if self.begun:
                row.take(token)
            allowed = row.allowed()
            out[number, allowed] = scores[number, allowed]
        self.begun = True
        return out

"""What steers the decoding of a batch: seeds row by row, and stopping row by row.

Rows draw their own noise, so a text does not depend on what else is in its batch (up to the last
bit of the arithmetic). Imported only by engines that have torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event
from typing import Any

import torch
from transformers import LogitsProcessor, StoppingCriteria
from transformers.generation.streamers import BaseStreamer

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


class TextStream(BaseStreamer):  # type: ignore[misc]  # the same
    """Hands on the new text of one row after each token, never half a character."""

    def __init__(self, tokenizer: Any, on_text: Callable[[str], None]) -> None:
        self.tokenizer, self.on_text = tokenizer, on_text
        self.ids: list[int] = []
        self.said, self.prompt_seen = "", False

    def put(self, value: torch.Tensor) -> None:
        if not self.prompt_seen:
            self.prompt_seen = True
            return
        self.add(value.flatten().tolist())

    def add(self, tokens: Sequence[int]) -> None:
        """The next tokens of the reply."""
        self.ids += tokens
        text = self.tokenizer.decode(self.ids, skip_special_tokens=True)
        if not text.endswith("\ufffd") and len(text) > len(self.said):
            self.on_text(text[len(self.said) :])
            self.said = text

    def end(self) -> None:
        """Nothing is held back."""

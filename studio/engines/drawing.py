"""Draws the next token of one row from its scores, by a seed of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Scores = NDArray[np.float32]

_LIKELY = 512  # a nucleus is mostly smaller; sorting all 262,144 tokens takes longer than a step


class Draw:
    """An exact draw from softmax(scores / temperature) within the nucleus `top_p`.

    The highest of (log p + Gumbel noise) is one. With seed 0, or temperature 0, the likeliest is
    taken. One seed gives one row of draws, whatever else is decoded beside it.
    """

    def __init__(self, seed: int, temperature: float, top_p: float) -> None:
        self.temperature, self.top_p = temperature, top_p
        self.noise = np.random.default_rng(seed) if seed and temperature > 0 else None

    def __call__(self, scores: Scores) -> int:
        """The place of the token that was drawn. `scores`: logits of those that may come."""
        if self.noise is None:
            return int(scores.argmax())
        places, kept = self._nucleus(scores.astype(np.float64) / self.temperature)
        chance = np.maximum(self.noise.random(len(kept)), 1e-20)
        return int(places[(kept - np.log(-np.log(chance))).argmax()])

    def _nucleus(self, scores: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """(places, scores) of the likeliest tokens that together have `top_p`, best first."""
        top = scores.max()
        total = top + np.log(np.exp(scores - top).sum())
        for most in (min(_LIKELY, len(scores)), len(scores)):
            some = np.argpartition(scores, -most)[-most:]
            places = some[np.argsort(-scores[some], kind="stable")]
            chances = np.exp(scores[places] - total)
            inside = chances.cumsum() - chances <= self.top_p
            if most == len(scores) or not inside[-1]:
                break
        return places[inside], scores[places[inside]]

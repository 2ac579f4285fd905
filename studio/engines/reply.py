"""What a model said, with the tokens that it took."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Reply(str):
    """A reply. `read`, `written`: tokens of prompt and reply, all attempts together, 0 where
    nobody counted them; `cost`: in the currency of the engine's prices."""

    read: int
    written: int
    cost: float
    __slots__ = ("cost", "read", "written")

    def __new__(cls, text: str, read: int = 0, written: int = 0, cost: float = 0.0) -> Reply:
        reply = super().__new__(cls, text)
        reply.read, reply.written, reply.cost = read, written, cost
        return reply

    def saying(self, text: str) -> Reply:
        """Another text for the same tokens."""
        return Reply(text, self.read, self.written, self.cost)


class Spent(NamedTuple):
    """Tokens read and written, and what they cost."""

    read: int
    written: int
    cost: float


def spent(replies: Iterable[str]) -> Spent:
    """What replies took together; plain strings took nothing."""
    counted = [reply for reply in replies if isinstance(reply, Reply)]
    return Spent(
        sum(reply.read for reply in counted),
        sum(reply.written for reply in counted),
        round(sum(reply.cost for reply in counted), 8),
    )

"""What only the store hands out: pages, revisions, jobs, users."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeVar

from pydantic import Field

from studio.schema import Actor, Claim, Copy, Finding, Noun, Picture, Role, State

T = TypeVar("T")
K = TypeVar("K", str, int)


@dataclass(frozen=True)
class Page(Generic[T, K]):
    """Some items and the key to pass as `after` for the next page; None at the end."""

    items: tuple[T, ...]
    next: K | None = None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


class Move(Protocol):
    """Decides the next state or raises: `studio.review.move`."""

    def __call__(
        self,
        state: State,
        action: str,
        actor: Actor,
        /,
        *,
        authors: Sequence[str] = (),
        findings: Sequence[Finding] = (),
        reason: str = "",
        solo: bool = False,
    ) -> State: ...


class Revision(Noun):
    """One saved version of a listing. Never changed, never deleted."""

    listing: str
    number: int
    kind: Literal["generated", "edited"]
    author: str
    at: datetime
    digest: str  # content_digest of text and pictures
    text: Copy
    pictures: tuple[Picture, ...] = ()
    claims: tuple[Claim, ...] = ()
    findings: tuple[Finding, ...] = ()  # as they were when it was saved, before any waiver


JobState = Literal["waiting", "running", "paused", "cancelled", "done", "failed"]
ItemState = Literal["pending", "running", "done", "failed", "skipped"]


class Job(Noun):
    """A batch of work. `counts`: how many items are in each state."""

    id: str
    kind: str
    actor: str
    args: dict[str, Any] = Field(default_factory=dict)
    state: JobState = "waiting"
    counts: dict[str, int] = Field(default_factory=dict)
    created: datetime
    updated: datetime


class JobItem(Noun):
    """One piece of a job. `digest`: of its inputs, or of its result once it is done; `deaths`: how
    often its worker died with it in hand, which is no try."""

    job: str
    key: str
    digest: str = ""
    state: ItemState = "pending"
    tries: int = 0
    deaths: int = 0
    reason: str = ""  # why it failed or was skipped
    seconds: float = 0.0
    owner: str = ""


class User(Noun):
    """A person who signs in. A changed `epoch` ends all sessions of before."""

    name: str
    role: Role
    password_hash: str = Field(default="", repr=False)
    created: datetime
    epoch: int = 0

    @property
    def actor(self) -> Actor:
        return Actor(name=self.name, role=self.role)


class Token(Noun):
    """A program's way in. `role`: the most that it may do; its text is known to its maker only."""

    id: str
    user: str
    label: str
    role: Role
    created: datetime
    expires: datetime

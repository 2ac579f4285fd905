"""People, and the record of what they did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from studio.schema.base import Noun


class Role(StrEnum):
    VIEWER = "viewer"
    MERCHANT = "merchant"
    REVIEWER = "reviewer"
    ADMIN = "admin"


class Actor(Noun):
    """Who does it. Every service method takes one."""

    name: str
    role: Role


class Event(Noun):
    """A line of the record: append-only, each with the hash of the one before it."""

    number: int
    at: datetime
    actor: str
    kind: str  # imported, generated, edited, submitted, approved, rejected, waived, exported ...
    listing: str = ""
    revision: int | None = None
    detail: dict[str, Any] = Field(default_factory=dict)
    previous: str
    hash: str

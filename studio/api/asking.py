"""Who asks, and the numbers that a question may hold."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from studio.schema import Actor


def actor_of(request: Request) -> Actor:
    """Whom the edge let in."""
    actor: Actor = request.state.actor
    return actor


Me = Annotated[Actor, Depends(actor_of)]
Limit = Annotated[int, Query(ge=1, le=200)]
Number = Annotated[int, Query(ge=0, le=2**31 - 1)]
Line = Annotated[int, Path(ge=1, le=2**62)]
Place = Annotated[int, Query(ge=-(2**62), le=2**62)]

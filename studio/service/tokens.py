"""Tokens for programs: shown once, kept as a hash, with a role of their own and an end."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from studio import review
from studio.errors import DeniedError, InputError
from studio.schema import Actor, Noun, Role, now
from studio.service.base import Base
from studio.store import Token

PREFIX = "studio_"
LONGEST = 366  # days


class NewToken(Noun):
    """A token and its text, which nobody can be told again."""

    token: Token
    text: str


class Tokens(Base):
    """What programs come in by. A scope is a role: viewer reads, merchant writes, reviewer reviews,
    admin manages."""

    def new_token(
        self, name: str, scope: Role, actor: Actor, *, label: str = "", days: int = 90
    ) -> NewToken:
        """A token of the user `name` that ends after `days` (1 to 366).

        Raises DeniedError when the scope is more than the user may, NotFoundError, InputError.
        """
        review.permit(actor, "manage")
        return self._new_token(name, scope, actor, label=label, days=days)

    def _new_token(
        self, name: str, scope: Role, actor: Actor, *, label: str, days: int
    ) -> NewToken:
        if not 1 <= days <= LONGEST:
            raise InputError(f"a token lives 1 to {LONGEST} days, not {days}")
        user = self.store.user(name)
        if not within(scope, user.role):
            raise DeniedError(
                f"{name} is a {user.role.value}: a token can not be a {scope.value}'s",
                hint="give the user that role first, or make a token of a smaller scope",
            )
        text = PREFIX + secrets.token_urlsafe(32)
        until = now() + timedelta(days=days)
        token = self.store.add_token(
            secrets.token_hex(4), hash_of(text), name, label or scope.value, scope, until, actor
        )
        return NewToken(token=token, text=text)

    def tokens(self, actor: Actor) -> tuple[Token, ...]:
        """All tokens, without their texts."""
        review.permit(actor, "manage")
        return self.store.tokens()

    def revoke_token(self, id: str, actor: Actor) -> None:
        """Ends a token at once. Raises NotFoundError."""
        review.permit(actor, "manage")
        self.store.end_token(id, actor)

    def by_token(self, text: str) -> Actor | None:
        """Whom a program acts for; None when the token is over or its user may less by now."""
        if not text.startswith(PREFIX):
            return None
        found = self.store.token(hash_of(text))
        if found is None or not within(found[1], found[0].role):
            return None
        return Actor(name=found[0].name, role=found[1])


def within(scope: Role, role: Role) -> bool:
    """Whether whatever the scope allows is allowed to the role."""
    return review.ROLES[scope] <= review.ROLES[role]


def hash_of(text: str) -> str:
    """The sha256 by which a token or a session is stored."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

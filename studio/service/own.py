"""What people do for themselves: their password, their tokens, and coming in from elsewhere."""

from __future__ import annotations

import secrets
from functools import cached_property

from studio import review
from studio.errors import DeniedError, InputError, NotFoundError
from studio.schema import Actor, Role
from studio.service.identity import Identity
from studio.service.people import SYSTEM, People
from studio.service.tokens import NewToken
from studio.store import Token


class Own(People):
    """Self-service. Only the pages call these: a token can not make tokens that outlive it."""

    def change_password(self, old: str, new: str, actor: Actor) -> None:
        """One's own password, by the one before; all one's sessions end at once.

        Raises DeniedError for a wrong old one, InputError for a new one that is too short.
        """
        review.permit(actor, "read")
        if not self.proved(actor.name, old):
            raise DeniedError("the old password is wrong", hint="an admin can set a new one")
        if old == new:
            raise InputError("the new password is the old one", hint="choose another")
        self._set_password(actor.name, new, actor)

    @cached_property
    def identity(self) -> Identity | None:
        """The identity server to sign in by, where one is set."""
        return Identity(self.settings) if self.settings.oidc_issuer else None

    def admit(self, name: str) -> str:
        """A session's token for whom the identity server has told to be `name`.

        Raises DeniedError for a stranger, where the settings name no role for such.
        """
        if name not in {user.name for user in self.store.users()}:
            role = self.settings.oidc_role
            if role not in set(Role):
                raise DeniedError(f"nobody here is named {name!r}", hint="ask an admin to add you")
            unknown = self._hasher.hash(secrets.token_urlsafe(32))  # no password fits
            self.store.add_user(name, Role(role), unknown, SYSTEM)
        return self._session(name)

    def my_tokens(self, actor: Actor) -> tuple[Token, ...]:
        """One's own tokens, without their texts."""
        review.permit(actor, "read")
        return tuple(t for t in self.store.tokens() if t.user == actor.name)

    def new_own_token(self, scope: Role, actor: Actor, *, label: str, days: int) -> NewToken:
        """A token of one's own; it may do no more than oneself. Raises DeniedError, InputError."""
        review.permit(actor, "read")
        return self._new_token(actor.name, scope, actor, label=label, days=days)

    def end_own_token(self, id: str, actor: Actor) -> None:
        """Ends one of one's own tokens at once. Raises NotFoundError for anybody else's."""
        if id not in {t.id for t in self.my_tokens(actor)}:
            raise NotFoundError.of("token", id, ())
        self.store.end_token(id, actor)

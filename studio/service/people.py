"""Who signs in: passwords by argon2, sessions by the hash of their token."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from studio import review
from studio.errors import DeniedError, InputError, NotFoundError
from studio.schema import Actor, Role, now
from studio.service.tokens import Tokens, hash_of
from studio.store import User

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SESSION = timedelta(hours=12)
SHORTEST, LONGEST = 10, 200  # letters of a password
SYSTEM = Actor(name="studio", role=Role.ADMIN)  # what the program does by itself


class People(Tokens):
    """Users and sessions."""

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        # 19 MiB, two passes: OWASP's second choice; 64 MiB took a second on two shared cores.
        return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

    def first_admin(self) -> str:
        """Makes the user "admin" in a studio without admins; its password, or "" otherwise."""
        if any(user.role is Role.ADMIN for user in self.store.users()):
            return ""
        password = secrets.token_urlsafe(12)
        self.store.add_user("admin", Role.ADMIN, self._hasher.hash(password), SYSTEM)
        return password

    def add_user(self, name: str, role: Role, password: str, actor: Actor) -> User:
        """A new user. Raises DeniedError, InputError (password), StateError (name taken)."""
        review.permit(actor, "manage")
        self._check(password)
        return self.store.add_user(name, role, self._hasher.hash(password), actor)

    def set_role(self, name: str, role: Role, actor: Actor) -> User:
        """Another role; the user's sessions end at once."""
        review.permit(actor, "manage")
        return self.store.set_role(name, role, actor)

    def set_password(self, name: str, password: str, actor: Actor) -> User:
        """A new password for anybody; the user's sessions end at once.

        Only an admin may, for oneself too: else a token of little scope could take the whole
        account. Others change their own by the old one (`change_password`).
        """
        review.permit(actor, "manage")
        return self._set_password(name, password, actor)

    def _set_password(self, name: str, password: str, actor: Actor) -> User:
        self._check(password)
        return self.store.set_password(name, self._hasher.hash(password), actor)

    def users(self, actor: Actor) -> tuple[User, ...]:
        review.permit(actor, "manage")
        return self.store.users()

    def sign_in(self, name: str, password: str) -> str:
        """A session's token. Raises DeniedError, alike for a wrong name and a wrong password."""
        if not self.proved(name, password):
            raise DeniedError("wrong name or password")
        return self._session(name)

    def _session(self, name: str) -> str:
        token = secrets.token_urlsafe(32)
        self.store.add_session(hash_of(token), name, now() + SESSION)
        return token

    def proved(self, name: str, password: str) -> bool:
        """Whether this is that user's password; a wrong name takes as long as a wrong password."""
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            self._hasher.verify(self.store.user(name).password_hash, password)
        except NotFoundError:
            self._hasher.hash(password)
            return False
        except (VerificationError, InvalidHashError):
            return False
        return True

    def signed_in(self, token: str) -> Actor | None:
        """Who holds the token, asked anew each time, so that a change of role acts at once."""
        user = self.store.session(hash_of(token)) if token else None
        return user.actor if user else None

    def sign_out(self, token: str) -> None:
        if token:
            self.store.end_session(hash_of(token))

    def sign_out_everywhere(self, name: str, actor: Actor) -> None:
        """Ends all sessions of a user: one's own, or an admin's for anybody."""
        if name != actor.name:
            review.permit(actor, "manage")
        self.store.end_sessions(name, actor)

    def _check(self, password: str) -> None:
        if not SHORTEST <= len(password) <= LONGEST:
            raise InputError(f"a password has {SHORTEST} to {LONGEST} letters")

"""The errors of Studio, one tree.

StudioError            code, message, hint, where, retryable
├── InputError         a row, rule, prompt, spec or template is wrong; where = file:line[:column]
├── NotFoundError      names the near matches
├── DeniedError        the role may not
├── StateError         wrong state, or somebody else changed it
├── SetupError         a library, key or weights are missing; the hint is the command to run
└── EngineError        a model or server failed; retryable or not

A finding is not an error. A bad catalog cell is an Issue in a list and never stops the file.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class StudioError(Exception):
    """Shown to the user as it stands: the place, the cause and the remedy."""

    code = "studio"

    def __init__(
        self, message: str, *, hint: str = "", where: str = "", retryable: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where
        self.retryable = retryable

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f"\n  {self.hint}" if self.hint else ""
        return f"{place}{self.message}{remedy}"


class InputError(StudioError):
    """What the user gave is wrong; `where` is file:line[:column] when it is known."""

    code = "input"


class NotFoundError(StudioError):
    """No such thing; the hint names the near matches."""

    code = "not_found"

    @classmethod
    def of(cls, what: str, name: str, known: Iterable[str]) -> NotFoundError:
        """An error for an unknown `name` of a kind of thing, with up to five near matches."""
        names = sorted(known)
        near = difflib.get_close_matches(name, names, n=5, cutoff=0.5) or names[:8]
        return cls(f"no {what} named {name!r}", hint=f"known: {', '.join(near)}" if near else "")


class DeniedError(StudioError):
    """The role of this person does not allow it."""

    code = "denied"


class StateError(StudioError):
    """The thing is in another state, or somebody else changed it first."""

    code = "state"


class SetupError(StudioError):
    """Something must be installed or configured first; the hint is the command."""

    code = "setup"


class EngineError(StudioError):
    """A model or a server failed. `retry_after` is in seconds, when the server said so."""

    code = "engine"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        where: str = "",
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint, where=where, retryable=retryable)
        self.retry_after = retry_after

"""Who may do what, and from where to where: two tables and one function.

The store calls `move` inside the transaction that writes the result, so that what was decided on
is what is written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from studio.errors import DeniedError, InputError, NotFoundError, StateError
from studio.schema import Actor, Finding, Listing, Role, Severity, State

_READ = frozenset({"read"})
_TALK = frozenset({"comment", "assign"})
_MAKE = _TALK | {"import", "generate", "edit", "keep", "check", "submit", "withdraw", "export"}
_JUDGE = _TALK | {"check", "approve", "reject", "waive", "undo"}

ROLES: Final[Mapping[Role, frozenset[str]]] = MappingProxyType(
    {
        Role.VIEWER: _READ,
        Role.MERCHANT: _READ | _MAKE,
        Role.REVIEWER: _READ | _JUDGE,
        Role.ADMIN: _READ | _MAKE | _JUDGE | {"manage"},
    }
)

_ANY = frozenset(State)
_DONE = frozenset({State.APPROVED, State.EXPORTED})

# action -> (from states, to state); None: the state stays as it is.
# An edit or a new draft reopens whatever it touches: an approval holds for one revision only.
MOVES: Final[Mapping[str, tuple[frozenset[State], State | None]]] = MappingProxyType(
    {
        "generate": (_ANY, State.DRAFT),
        "edit": (_ANY, State.DRAFT),
        "keep": (_ANY, None),  # a stale text still holds
        "submit": (frozenset({State.DRAFT}), State.SUBMITTED),
        "withdraw": (_ANY - {State.DRAFT}, State.DRAFT),
        "waive": (frozenset({State.DRAFT, State.SUBMITTED}), None),
        "approve": (frozenset({State.SUBMITTED}), State.APPROVED),
        "reject": (frozenset({State.SUBMITTED}) | _DONE, State.REJECTED),
        "export": (_DONE, State.EXPORTED),
        # One's own last decision; where to is in the record.
        "undo": (frozenset({State.APPROVED, State.REJECTED}), None),
    }
)

_REASONED = frozenset({"reject", "waive"})

_REMEDY: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.DRAFT: "submit it first",
        State.SUBMITTED: "a reviewer approves or rejects it, or withdraw it",
        State.APPROVED: "edit or withdraw it to start again",
        State.REJECTED: "edit it, or withdraw it to take it back as a draft",
        State.EXPORTED: "edit or withdraw it to start again",
    }
)


def permit(actor: Actor, action: str) -> None:
    """Raises DeniedError when the actor's role does not allow the action."""
    known = ROLES[Role.ADMIN]
    if action not in known:
        raise NotFoundError.of("action", action, known)
    if action not in ROLES[actor.role]:
        able = [role.value for role, actions in ROLES.items() if action in actions]
        raise DeniedError(
            f"{actor.name} is a {actor.role.value} and may not {action}",
            hint=f"ask somebody who is {' or '.join(able)}",
        )


def move(
    state: State,
    action: str,
    actor: Actor,
    *,
    authors: Collection[str] = (),
    findings: Sequence[Finding] = (),
    reason: str = "",
    solo: bool = False,
) -> State:
    """The state after `action`.

    `authors`: who edited the listing since it was last approved; none of them may approve it,
    whatever the role, unless `solo` (a one-person shop). `findings`: those of the newest revision.

    Raises DeniedError when the role or the four-eyes rule forbids it, StateError when the state or
    a blocking finding does, InputError when a reason is missing.
    """
    permit(actor, action)
    if action not in MOVES:
        raise NotFoundError.of("move", action, MOVES)
    sources, target = MOVES[action]
    if state not in sources:
        raise StateError(
            f"a listing that is {state.value} can not {_PASSIVE[action]}", hint=_REMEDY[state]
        )
    if action in _REASONED and not reason.strip():
        raise InputError(f"to {action} needs a reason", hint="say why in a sentence")
    if action == "approve":
        _check_approval(actor, authors, findings, solo)
    return state if target is None else target


_PASSIVE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "generate": "be generated",
        "edit": "be edited",
        "keep": "be kept",
        "submit": "be submitted",
        "withdraw": "be withdrawn",
        "waive": "have findings waived",
        "approve": "be approved",
        "reject": "be rejected",
        "export": "be exported",
        "undo": "have a decision taken back",
    }
)


def _check_approval(
    actor: Actor, authors: Collection[str], findings: Sequence[Finding], solo: bool
) -> None:
    if actor.name in authors and not solo:
        raise DeniedError(
            f"{actor.name} edited this listing and can not approve it",
            hint="ask another reviewer; a one-person shop can allow it in its settings",
        )
    if not solo and any(f.waived.by == actor.name for f in findings if _grave(f) and f.waived):
        raise DeniedError(
            f"{actor.name} waived a critical finding here: a second pair of eyes must approve it",
            hint="ask another reviewer",
        )
    blocking = [f for f in findings if f.blocks]
    if blocking:
        named = ", ".join(f"{f.field} “{f.match}” ({f.rule})" for f in blocking[:3])
        more = f" and {len(blocking) - 3} more" if len(blocking) > 3 else ""
        raise StateError(
            f"{len(blocking)} finding(s) stop the approval: {named}{more}",
            hint="mend the text, or waive each finding with a reason",
        )


def _grave(finding: Finding) -> bool:
    return finding.severity is Severity.CRITICAL and not finding.cleared


def hurdle(listing: Listing, authors: Collection[str], actor: Actor) -> str:
    """Why a listing can not be approved without a look at it, as a code; "" when it can.

    "state", "own" (the actor edited it), "stale", "waived", "findings" (an open one of medium or
    above), "pictures" (a doubt about one, or one that may have altered the product).
    """
    counted = [f for f in listing.findings if not f.cleared and f.severity is not Severity.LOW]
    doubted = any(f.field.startswith("pictures.") for f in counted)
    if listing.state is not State.SUBMITTED:
        return "state"
    if actor.name in authors:
        return "own"
    if listing.stale:
        return "stale"
    if any(f.waived for f in counted):
        return "waived"
    if doubted or any(picture.may_alter for picture in listing.pictures):
        return "pictures"
    return "findings" if counted else ""


def actions(state: State, role: Role) -> tuple[str, ...]:
    """The moves that a role may try in a state, for the buttons of a page."""
    return tuple(a for a, (sources, _) in MOVES.items() if state in sources and a in ROLES[role])

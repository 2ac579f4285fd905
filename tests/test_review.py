"""Roles, states and moves: every combination, and the rules that no role may pass."""

from __future__ import annotations

from itertools import product

import pytest
from store_making import ADMIN, MERCHANT, REVIEWER, VIEWER, finding

from studio.errors import DeniedError, InputError, NotFoundError, StateError
from studio.review import MOVES, ROLES, actions, move, permit
from studio.schema import Actor, Role, State, Waiver, now

# What each role may do, written out once more by hand: the table is law, this is the second reader.
MAY = {
    "viewer": set(),
    "merchant": {"generate", "edit", "keep", "submit", "withdraw", "export"},
    "reviewer": {"approve", "reject", "waive", "undo"},
    "admin": set(MOVES),
}
PATHS = {
    ("draft", "submit"): "submitted",
    ("submitted", "withdraw"): "draft",
    ("rejected", "withdraw"): "draft",
    ("approved", "withdraw"): "draft",
    ("exported", "withdraw"): "draft",
    ("submitted", "approve"): "approved",
    ("submitted", "reject"): "rejected",
    ("approved", "reject"): "rejected",
    ("exported", "reject"): "rejected",
    ("approved", "export"): "exported",
    ("exported", "export"): "exported",
    ("draft", "waive"): "draft",
    ("submitted", "waive"): "submitted",
    ("approved", "undo"): "approved",  # where to is in the record
    ("rejected", "undo"): "rejected",
    **{(state.value, action): "draft" for state in State for action in ("generate", "edit")},
    **{(state.value, "keep"): state.value for state in State},
}


@pytest.mark.parametrize(("role", "state", "action"), [*product(Role, State, MOVES)])
def test_every_role_state_and_action(role: Role, state: State, action: str) -> None:
    actor = Actor(name="somebody", role=role)
    target = PATHS.get((state.value, action))
    if action not in MAY[role.value]:
        with pytest.raises(DeniedError) as denied:
            move(state, action, actor, reason="why")
        assert "ask somebody who is" in denied.value.hint
    elif target is None:
        with pytest.raises(StateError) as wrong:
            move(state, action, actor, reason="why")
        assert wrong.value.hint
    else:
        assert move(state, action, actor, reason="why") == target


@pytest.mark.parametrize(("state", "role"), [*product(State, Role)])
def test_buttons_are_what_may_be_tried(state: State, role: Role) -> None:
    expected = {a for (s, a) in PATHS if s == state.value and a in MAY[role.value]}
    assert set(actions(state, role)) == expected


@pytest.mark.parametrize("actor", [REVIEWER, ADMIN], ids=lambda a: a.role.value)
def test_nobody_approves_their_own_edit(actor: Actor) -> None:
    authors = [MERCHANT.name, actor.name]
    with pytest.raises(DeniedError, match="edited this listing"):
        move(State.SUBMITTED, "approve", actor, authors=authors)
    assert move(State.SUBMITTED, "approve", actor, authors=[MERCHANT.name]) == State.APPROVED


def test_a_one_person_shop_may_approve_its_own_edit() -> None:
    assert move(State.SUBMITTED, "approve", ADMIN, authors=[ADMIN.name], solo=True) == "approved"


def test_solo_gives_a_role_no_more_than_it_has() -> None:
    with pytest.raises(DeniedError):
        move(State.SUBMITTED, "approve", MERCHANT, solo=True)


@pytest.mark.parametrize("severity", ["high", "critical"])
def test_a_blocking_finding_stops_the_approval_and_is_named(severity: str) -> None:
    with pytest.raises(StateError, match=r"title “最好” \(cn-ads.absolute\)") as stopped:
        move(State.SUBMITTED, "approve", ADMIN, findings=[finding(severity)])
    assert "waive" in stopped.value.hint


def test_what_is_mild_waived_or_cleared_does_not_stop_it() -> None:
    waived = finding().model_copy(
        update={"waived": Waiver(by="rui", at=now(), reason="a registered name")}
    )
    cleared = finding().model_copy(update={"cleared": "quoted"})
    passing = [finding("low"), finding("medium"), waived, cleared]
    assert move(State.SUBMITTED, "approve", REVIEWER, findings=passing) == State.APPROVED


@pytest.mark.parametrize("action", ["reject", "waive"])
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_rejecting_and_waiving_want_a_reason(action: str, reason: str) -> None:
    with pytest.raises(InputError, match="needs a reason"):
        move(State.SUBMITTED, action, REVIEWER, reason=reason)


def test_an_unknown_action_names_the_near_ones() -> None:
    with pytest.raises(NotFoundError, match="aprove") as unknown:
        permit(ADMIN, "aprove")
    assert "approve" in unknown.value.hint


def test_an_action_that_is_no_move_moves_nothing() -> None:
    with pytest.raises(NotFoundError):
        move(State.DRAFT, "import", ADMIN)


def test_the_viewer_only_reads() -> None:
    permit(VIEWER, "read")
    assert ROLES[Role.VIEWER] == {"read"}


def test_only_the_admin_manages_people() -> None:
    assert [role for role in Role if "manage" in ROLES[role]] == [Role.ADMIN]

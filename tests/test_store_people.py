"""Users and sessions: a changed role or password ends every session at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from store_making import ADMIN

from studio.errors import InputError, NotFoundError, StateError
from studio.schema import Role, now
from studio.store import Store

SOON = timedelta(hours=1)


@pytest.fixture
def people(store: Store) -> Store:
    store.add_user("小林", Role.MERCHANT, "$argon2id$x", ADMIN)
    store.add_user("rui", Role.REVIEWER, "$argon2id$y", ADMIN)
    store.add_session("a" * 64, "小林", now() + SOON)
    store.add_session("b" * 64, "rui", now() + SOON)
    return store


def signed_in(store: Store) -> list[str]:
    found = [store.session(letter * 64) for letter in "ab"]
    return [user.name for user in found if user]


def test_users_and_who_a_session_belongs_to(people: Store) -> None:
    assert [u.name for u in people.users()] == ["rui", "小林"]
    assert people.user("rui").actor.role is Role.REVIEWER
    assert signed_in(people) == ["小林", "rui"]
    assert people.session("c" * 64) is None


def test_a_name_is_taken_once(people: Store) -> None:
    with pytest.raises(StateError, match="there is a user 'rui'"):
        people.add_user("rui", Role.ADMIN, "z", ADMIN)
    with pytest.raises(InputError):
        people.add_user("", Role.ADMIN, "z", ADMIN)


def test_a_new_role_ends_the_sessions_of_that_user_only(people: Store) -> None:
    assert people.set_role("小林", Role.VIEWER, ADMIN).role is Role.VIEWER
    assert signed_in(people) == ["rui"]


def test_a_new_password_ends_the_sessions_of_that_user_only(people: Store) -> None:
    assert people.set_password("rui", "$argon2id$new", ADMIN).password_hash == "$argon2id$new"
    assert signed_in(people) == ["小林"]


def test_signing_out_here_and_everywhere(people: Store) -> None:
    people.end_session("a" * 64)
    assert signed_in(people) == ["rui"]
    people.end_sessions("rui", ADMIN)
    assert signed_in(people) == []


def test_a_session_ends_by_itself(people: Store) -> None:
    people.add_session("c" * 64, "rui", now() - timedelta(seconds=1))
    assert people.session("c" * 64) is None


def test_unknown_people(people: Store) -> None:
    for call in (
        lambda: people.user("nobody"),
        lambda: people.set_role("nobody", Role.ADMIN, ADMIN),
        lambda: people.add_session("d" * 64, "nobody", now() + SOON),
    ):
        with pytest.raises(NotFoundError, match="no user named 'nobody'") as unknown:
            call()
        assert "rui" not in str(unknown.value)


def test_no_hash_is_in_the_record_or_in_print(people: Store) -> None:
    people.set_password("rui", "$argon2id$secret", ADMIN)
    told = " ".join(e.model_dump_json() for e in people.events())
    assert "argon2id" not in told + repr(people.user("rui"))
    assert people.verify() == []

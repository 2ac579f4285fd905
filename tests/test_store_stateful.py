"""Hypothesis plays the shop: people look, edit, decide and export in any order, and try to cheat.

A plain model beside the store knows what each person saw. The store must never approve a text that
its approver did not see or wrote himself, lose an edit, or export what is not approved.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from store_making import draft, finding, product, vault

from studio import review
from studio.errors import DeniedError, InputError, NotFoundError, StateError
from studio.schema import Actor, Role, State
from studio.store import Media, Store

ID = "A1/shopify/zh-CN"
PEOPLE = {
    "mei": Actor(name="mei", role=Role.MERCHANT),
    "rui": Actor(name="rui", role=Role.REVIEWER),
    "ada": Actor(name="ada", role=Role.ADMIN),
    "bob": Actor(name="bob", role=Role.ADMIN),
}
WORDS = st.sampled_from(["杯", "最好的杯", "cup", "a\0b", "‮x"])
WHO = st.sampled_from(sorted(PEOPLE))
REFUSED = (DeniedError, StateError, InputError, NotFoundError)


class Shop(RuleBasedStateMachine):
    """One listing, four people. `head` is the newest text, `approved` the approved one or None."""

    template: Path
    opened: type[Store] = Store

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="studio-stateful-"))
        shutil.copy(self.template, self.folder / "studio.db")
        self.store = self.opened(
            f"sqlite:///{self.folder / 'studio.db'}",
            media=Media(self.folder / "media"),
            move=review.move,
            vault=vault(),
        )
        self.store.put_products([product()], PEOPLE["ada"])
        self.store.save_draft(draft(title="made"), PEOPLE["mei"])
        self.texts = ["made"]  # of every revision
        self.editors: set[str] = set()  # since the last approval
        self.approved: int | None = None
        self.waived = False
        self.seen = dict.fromkeys(PEOPLE, 1)

    @rule(who=WHO)
    def look(self, who: str) -> None:
        item = self.store.listing(ID)
        shown = (item.revision, item.text.title)
        assert shown == (len(self.texts), self.texts[-1]), "an edit was lost"
        self.seen[who] = item.revision

    @rule(who=WHO, words=WORDS, turn=st.integers(0, 99))
    def edit(self, who: str, words: str, turn: int) -> None:
        title = f"{words} {turn}"
        text = self.store.revision(ID, self.seen[who]).text.replace("title", title, "edited")
        found = (finding(),) if "最好" in title else ()
        try:
            item = self.store.save_text(
                ID, text, (), found, revision=self.seen[who], actor=PEOPLE[who]
            )
        except REFUSED:
            stale_view = self.seen[who] != len(self.texts)
            assert stale_view or PEOPLE[who].role is Role.REVIEWER
            return
        assert self.seen[who] == len(self.texts), "it overwrote what this person never saw"
        assert PEOPLE[who].role is not Role.REVIEWER
        if item.revision > len(self.texts):
            self.texts.append(title)
            self.editors.add(who)
            self.approved, self.waived = None, False

    @rule(who=WHO, turn=st.integers(0, 99), careful=st.booleans())
    def generate(self, who: str, turn: int, careful: bool) -> None:
        made = draft(title=f"made {turn}", digest=f"inputs {turn}")
        number = self.seen[who] if careful else None
        kind = self.store.revisions(ID)[-1].kind
        try:
            item = self.store.save_draft(made, PEOPLE[who], revision=number)
        except REFUSED:
            return
        assert PEOPLE[who].role is not Role.REVIEWER or item.revision == len(self.texts)
        if item.revision > len(self.texts):
            assert kind == "generated" or number == len(self.texts), "it buried what was edited"
            self.texts.append(made.text.title)
            self.approved, self.waived = None, False

    @rule(who=WHO, action=st.sampled_from(["submit", "withdraw", "approve", "reject"]))
    def decide(self, who: str, action: str) -> None:
        try:
            item = self.store.set_state(
                ID, action, PEOPLE[who], revision=self.seen[who], reason="because"
            )
        except REFUSED:
            return
        assert self.seen[who] == len(self.texts), "decided on a text that was never seen"
        if action == "approve":
            assert PEOPLE[who].role in (Role.REVIEWER, Role.ADMIN)
            assert who not in self.editors, "approved an edit of one's own"
            assert "最好" not in self.texts[-1] or self.waived, "a finding was passed over"
            self.editors.clear()
            self.approved = len(self.texts)
        elif item.state is not State.APPROVED:
            self.approved = None

    @rule(who=WHO, turn=st.integers(0, 99))
    def do_it_all_alone(self, who: str, turn: int) -> None:
        for step in (
            lambda: self.look(who),
            lambda: self.edit(who, "杯", turn),
            lambda: self.look(who),
            lambda: self.decide(who, "submit"),
            lambda: self.decide(who, "approve"),
        ):
            step()

    @rule(who=WHO)
    def waive(self, who: str) -> None:
        try:
            self.store.waive(ID, finding().key, "a registered name", PEOPLE[who])
        except REFUSED:
            return
        assert PEOPLE[who].role in (Role.REVIEWER, Role.ADMIN)
        self.waived = True

    @precondition(lambda self: self.approved is not None)
    @rule()
    def export(self) -> None:
        for _, item in self.store.approved("shopify"):
            self.store.mark_exported([(item.id, item.revision)], PEOPLE["mei"], detail={})

    @rule()
    def what_goes_out(self) -> None:
        out = [item.text.title for _, item in self.store.approved("shopify")]
        expected = [] if self.approved is None else [self.texts[self.approved - 1]]
        assert out == expected, "what is not approved went out"

    @invariant()
    def nothing_is_lost(self) -> None:
        if hasattr(self, "store"):
            kept = [r.text.title for r in self.store.revisions(ID)]
            assert kept == self.texts, "an edit was lost"
            item = self.store.listing(ID)
            assert item.approved == self.approved
            assert (self.approved is not None) == (item.state in ("approved", "exported"))

    def teardown(self) -> None:
        if hasattr(self, "store"):
            assert self.store.verify() == []
            self.store.close()
            shutil.rmtree(self.folder)


CAREFUL = settings(
    max_examples=20,
    stateful_step_count=20,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def test_no_order_of_steps_gets_past_the_rules(sqlite_file: Path) -> None:
    Shop.template = sqlite_file
    run_state_machine_as_test(Shop, settings=CAREFUL)


NO_SHRINK = (Phase.generate,)


class Careless(Store):
    """A store with a hole: it takes any revision for the one that was seen."""

    def _head(self, connection, id, seen):
        return super()._head(connection, id, None)


class Leaky(Store):
    """A store whose exports take whatever there is."""

    def approved(self, channel, *, new_only=False):
        for item in self.listings(channel=channel):
            yield self.product(item.product), item


class Forgetful(Store):
    """A store that says an edit was saved, and did not save it."""

    def save_text(self, id, text, claims, findings, *, revision, actor):
        self._move(State.DRAFT, "edit", actor)
        head = self.listing(id)
        if revision != head.revision:
            raise StateError("somebody else saved since")
        return head.model_copy(update={"revision": revision + 1})


class Partial(Store):
    """A store in which one may approve what he wrote himself."""

    def set_state(self, id, action, actor, *, revision, reason="", solo=False):
        more = {"revision": revision, "reason": reason}
        return super().set_state(id, action, actor, solo=True, **more)


@pytest.mark.parametrize(
    ("hole", "said"),
    [
        (Careless, r"never (saw|seen)"),
        (Leaky, "what is not approved went out"),
        (Forgetful, "an edit was lost"),
        (Partial, "approved an edit of one's own"),
    ],
)
def test_the_game_finds_a_hole(
    sqlite_file: Path, monkeypatch: pytest.MonkeyPatch, hole: type[Store], said: str
) -> None:
    """Were a rule gone, the test above would say so: the test of the test."""
    monkeypatch.setattr(Shop, "opened", hole)
    Shop.template = sqlite_file
    quick = settings(CAREFUL, max_examples=50, report_multiple_bugs=False, phases=NO_SHRINK)
    with pytest.raises(AssertionError, match=said):
        run_state_machine_as_test(Shop, settings=quick)

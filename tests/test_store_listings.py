"""Listings: drafts, edits, decisions, export; what was seen is what is decided on."""

from __future__ import annotations

import pytest
from store_making import ADMIN, MERCHANT, OTHER, REVIEWER, VIEWER, draft, finding, product

from studio.errors import DeniedError, InputError, NotFoundError, StateError
from studio.schema import Listing, State, Waiver, now
from studio.store import Store, listing_id

ID = "A1/shopify/zh-CN"


@pytest.fixture
def item(store: Store) -> Listing:
    store.put_products([product()], MERCHANT)
    return store.save_draft(draft(), MERCHANT)


def edit(store: Store, title: str, revision: int, *, actor=MERCHANT, findings=()) -> Listing:
    text = store.listing(ID).text.replace("title", title, "edited")
    return store.save_text(ID, text, (), findings, revision=revision, actor=actor)


def approve(store: Store, *, actor=REVIEWER, solo: bool = False) -> Listing:
    seen = store.listing(ID).revision
    store.set_state(ID, "submit", MERCHANT, revision=seen)
    return store.set_state(ID, "approve", actor, revision=seen, solo=solo)


# --- drafts


def test_a_draft_comes_back_as_it_was(store: Store, item: Listing) -> None:
    made = draft()
    assert item == store.listing(ID)
    assert (item.id, item.state, item.revision) == (listing_id(made), State.DRAFT, 1)
    assert (item.text, item.pictures, item.brief) == (made.text, made.pictures, made.brief)
    assert store.media.get(item.pictures[0].sha256) == b"a white picture"
    assert store.listing_digest(ID) == made.digest
    assert store.listing_digest("none/a/b") == ""


def test_a_draft_that_is_stored_adds_nothing(store: Store, item: Listing) -> None:
    store.mark_stale("rules", MERCHANT, ids=[ID])
    head = store.head()
    again = store.save_draft(draft(), MERCHANT)
    assert (again.revision, again.stale, len(store.revisions(ID))) == (1, "", 1)
    assert store.head() == head


def test_another_draft_is_another_revision(store: Store, item: Listing) -> None:
    again = store.save_draft(draft(title="新", digest="inputs-2"), OTHER)
    assert (again.revision, again.author) == (2, OTHER.name)
    assert [r.text.title for r in store.revisions(ID)] == ["保温杯 500 ml", "新"]
    assert store.revision(ID, 1).text == item.text


def test_a_draft_does_not_bury_what_a_person_wrote(store: Store, item: Listing) -> None:
    edit(store, "我写的", 1)
    late = draft(title="机器写的", digest="inputs-2")
    with pytest.raises(StateError, match="小林 edited"):
        store.save_draft(late, OTHER)
    with pytest.raises(StateError, match="you read revision 1"):
        store.save_draft(late, OTHER, revision=1)
    assert store.listing(ID).text.title == "我写的"
    assert store.save_draft(late, OTHER, revision=2).revision == 3


@pytest.mark.parametrize("how", ["submitted", "approved"])
def test_a_draft_does_not_replace_what_is_under_review(
    store: Store, item: Listing, how: str
) -> None:
    store.set_state(ID, "submit", MERCHANT, revision=1)
    if how == "approved":
        store.set_state(ID, "approve", REVIEWER, revision=1)
    with pytest.raises(StateError, match=how):
        store.save_draft(draft(title="x", digest="inputs-2"), MERCHANT)
    reopened = store.save_draft(draft(title="x", digest="inputs-2"), MERCHANT, revision=1)
    assert (reopened.state, reopened.approved) == (State.DRAFT, None)


def test_drafts_of_a_batch_are_all_stored_or_none(store: Store, item: Listing) -> None:
    batch = [draft(locale="en-US"), draft("unknown")]
    with pytest.raises(NotFoundError, match="unknown"):
        store.save_drafts(batch, MERCHANT)
    assert len(store.listings()) == 1
    assert [x.locale for x in store.save_drafts(batch[:1], MERCHANT)] == ["en-US"]


def test_a_blob_under_a_wrong_name_is_refused(store: Store, item: Listing) -> None:
    false = draft(title="x").model_copy(update={"blobs": {"0" * 64: b"other bytes"}})
    with pytest.raises(StateError, match="its bytes are"):
        store.save_draft(false, MERCHANT)


def test_a_picture_without_its_blob_is_refused(store: Store, item: Listing) -> None:
    bare = draft(blob=b"never stored").model_copy(update={"blobs": {}})
    with pytest.raises(NotFoundError, match="picture main"):
        store.save_draft(bare, MERCHANT)


def test_a_draft_can_not_bring_its_own_waiver(store: Store, item: Listing) -> None:
    sneaky = finding().model_copy(update={"waived": Waiver(by="x", at=now(), reason="y")})
    made = store.save_draft(draft(title="b", digest="2", findings=(sneaky,)), MERCHANT)
    assert [f.waived for f in made.findings] == [None]


# --- edits


def test_an_edit_names_what_it_changed_and_by_whom(store: Store, item: Listing) -> None:
    edited = edit(store, "500 ml 保温杯", 1, actor=OTHER)
    assert (edited.revision, edited.author, edited.text.origin["title"]) == (2, "mo", "edited")
    event = store.events(listing=ID).items[-1]
    assert (event.kind, event.revision, event.detail["fields"]) == ("edited", 2, ["title"])


def test_the_second_of_two_editors_is_told_who_was_first(store: Store, item: Listing) -> None:
    edit(store, "甲", 1, actor=OTHER)
    with pytest.raises(StateError) as moved:
        edit(store, "乙", 1)
    assert "mo changed A1/shopify/zh-CN at 2" in str(moved.value)
    assert "revision 2, and you read revision 1" in str(moved.value)
    assert store.listing(ID).text.title == "甲"


def test_saving_the_same_words_adds_nothing(store: Store, item: Listing) -> None:
    assert edit(store, item.text.title, 1).revision == 1
    with pytest.raises(DeniedError):
        edit(store, item.text.title, 1, actor=VIEWER)


def test_an_edit_reopens_and_the_export_has_it_no_more(store: Store, item: Listing) -> None:
    approve(store)
    assert [x.id for _, x in store.approved("shopify")] == [ID]
    reopened = edit(store, "改", 1)
    assert (reopened.state, reopened.approved) == (State.DRAFT, None)
    assert list(store.approved("shopify")) == []


@pytest.mark.parametrize("actor", [VIEWER, REVIEWER], ids=lambda a: a.role.value)
def test_who_may_not_edit_changes_nothing(store: Store, item: Listing, actor) -> None:
    with pytest.raises(DeniedError):
        edit(store, "x", 1, actor=actor)
    assert store.listing(ID) == item


def test_half_a_character_is_refused(store: Store, item: Listing) -> None:
    with pytest.raises(InputError, match="half a character"):
        edit(store, "杯\ud83d", 1)
    assert store.listing(ID) == item


def test_nul_and_every_script_come_back_as_typed(store: Store, item: Listing) -> None:
    odd = "a\0b ‮ \N{ZERO WIDTH JOINER} 😀 %s :x '' \\ \u2028"
    assert edit(store, odd, 1).text.title == odd
    assert store.listing(ID).text.title == odd
    assert store.verify() == []


# --- decisions


def test_what_was_not_seen_can_not_be_approved(store: Store, item: Listing) -> None:
    edit(store, "未看过", 1)
    store.set_state(ID, "submit", MERCHANT, revision=2)
    with pytest.raises(StateError, match="you read revision 1"):
        store.set_state(ID, "approve", REVIEWER, revision=1)
    assert store.listing(ID).state is State.SUBMITTED


def test_an_approval_holds_the_revision_and_what_it_said(store: Store, item: Listing) -> None:
    done = approve(store)
    assert (done.state, done.approved) == (State.APPROVED, 1)
    line = store.events(listing=ID).items[-1]
    assert (line.kind, line.actor, line.revision) == ("approved", "rui", 1)
    assert line.detail["digest"] == item.content_digest


def test_an_editor_may_not_approve_even_after_another_edited(store: Store, item: Listing) -> None:
    edit(store, "甲", 1, actor=ADMIN)
    edit(store, "乙", 2, actor=MERCHANT)
    with pytest.raises(DeniedError, match="ada edited"):
        approve(store, actor=ADMIN)


def test_editing_before_an_approval_does_not_bar_the_next_one(store: Store, item: Listing) -> None:
    edit(store, "甲", 1, actor=ADMIN)
    approve(store)
    edit(store, "乙", 2, actor=MERCHANT)
    assert approve(store, actor=ADMIN).approved == 3


def test_a_one_person_shop_is_in_the_record(store: Store, item: Listing) -> None:
    edit(store, "甲", 1, actor=ADMIN)
    approve(store, actor=ADMIN, solo=True)
    assert store.events(listing=ID).items[-1].detail["solo"] is True


def test_a_rejection_keeps_its_reason(store: Store, item: Listing) -> None:
    store.set_state(ID, "submit", MERCHANT, revision=1)
    rejected = store.set_state(ID, "reject", REVIEWER, revision=1, reason="没有检测报告")
    assert rejected.state is State.REJECTED
    assert store.events(listing=ID).items[-1].detail["reason"] == "没有检测报告"


@pytest.mark.parametrize("action", ["edit", "generate", "export", "waive", "nonsense"])
def test_only_decisions_are_states(store: Store, item: Listing, action: str) -> None:
    with pytest.raises(NotFoundError, match="decision"):
        store.set_state(ID, action, ADMIN, revision=1, reason="x")


# --- findings and waivers


def test_a_waiver_opens_the_way(store: Store, item: Listing) -> None:
    edit(store, "最好的杯", 1, findings=(finding(),))
    with pytest.raises(StateError, match="最好"):
        approve(store)
    waived = store.waive(ID, finding().key, "商标", REVIEWER, evidence="TM-1")
    mark = waived.findings[0].waived
    assert mark is not None
    assert (mark.by, mark.reason, mark.evidence) == ("rui", "商标", "TM-1")
    assert store.set_state(ID, "approve", REVIEWER, revision=2).approved == 2
    assert store.events(listing=ID).items[-1].detail["waived"] == [finding().key]
    assert store.revision(ID, 2).findings[0].waived is None


def test_a_waiver_stays_where_the_text_stayed(store: Store, item: Listing) -> None:
    bullet = finding(field="bullets.0", match="双层")
    edit(store, "最好的杯", 1, findings=(finding(), bullet))
    for one in (finding(), bullet):
        store.waive(ID, one.key, "商标", REVIEWER)
    after = edit(store, "最好的杯子", 2, findings=(finding(), bullet))
    kept = {f.field: f.waived is not None for f in after.findings}
    assert kept == {"title": False, "bullets.0": True}
    assert store.listing(ID).findings == after.findings


def test_only_those_who_may_waive_with_a_reason(store: Store, item: Listing) -> None:
    edit(store, "最好的杯", 1, findings=(finding(),))
    with pytest.raises(DeniedError):
        store.waive(ID, finding().key, "x", MERCHANT)
    with pytest.raises(InputError):
        store.waive(ID, finding().key, " ", REVIEWER)
    with pytest.raises(NotFoundError):
        store.waive(ID, "0123456789abcdef", "x", REVIEWER)
    assert store.listing(ID).findings[0].blocks


def test_a_new_check_keeps_waivers_and_adds_no_revision(store: Store, item: Listing) -> None:
    edit(store, "最好的杯", 1, findings=(finding(),))
    store.waive(ID, finding().key, "商标", REVIEWER)
    found = (finding(), finding("medium", match="杯"))
    checked = store.save_findings(ID, (), found, revision=2, actor=MERCHANT)
    assert [f.waived is not None for f in checked.findings] == [True, False]
    assert (checked.revision, len(store.revisions(ID))) == (2, 2)
    with pytest.raises(StateError):
        store.save_findings(ID, (), found, revision=1, actor=MERCHANT)


# --- export


def test_only_the_approved_goes_out_and_again_unless_new_only(store: Store, item: Listing) -> None:
    store.save_draft(draft(locale="en-US"), MERCHANT)
    approve(store)
    assert [(p.id, x.id) for p, x in store.approved("shopify")] == [("A1", ID)]
    assert list(store.approved("google")) == []
    store.mark_exported([(ID, 1)], MERCHANT, detail={"manifest": "abc"})
    assert store.listing(ID).state is State.EXPORTED
    assert [x.id for _, x in store.approved("shopify")] == [ID]
    assert list(store.approved("shopify", new_only=True)) == []
    assert store.events(listing=ID).items[-1].detail["manifest"] == "abc"


def test_what_nobody_approved_never_went_out(store: Store, item: Listing) -> None:
    other = store.save_draft(draft(locale="en-US"), MERCHANT)
    approve(store)
    with pytest.raises(StateError, match="never approved"):
        store.mark_exported([(ID, 1), (other.id, 1)], MERCHANT, detail={})
    assert store.listing(ID).state is State.APPROVED


@pytest.mark.parametrize("change", ["edited", "edited and approved", "withdrawn"])
def test_what_was_changed_while_it_went_out_keeps_its_new_state(
    store: Store, item: Listing, change: str
) -> None:
    """The record tells that the older revision went out; nothing of the newer one is lost."""
    approve(store)
    if change == "withdrawn":
        store.set_state(ID, "withdraw", MERCHANT, revision=1)
    else:
        edit(store, "改", 1)
    if change == "edited and approved":
        approve(store)
    before = store.listing(ID)
    assert store.mark_exported([(ID, 1)], MERCHANT, detail={"manifest": "abc"}) == (ID,)
    assert store.listing(ID) == before
    line = store.events(listing=ID, limit=100).items[-1]
    assert (line.kind, line.revision, line.detail["manifest"]) == ("exported", 1, "abc")
    assert store.verify() == []


def test_an_export_is_marked_in_parts(
    store: Store, item: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that others write meanwhile; each is marked once."""
    monkeypatch.setattr("studio.store.sent.CHUNK", 2)
    store.put_products([product(f"P{n}") for n in range(5)], MERCHANT)
    ids = []
    for n in range(5):
        one = store.save_draft(draft(f"P{n}"), MERCHANT)
        store.set_state(one.id, "submit", MERCHANT, revision=1)
        store.set_state(one.id, "approve", REVIEWER, revision=1)
        ids.append(one.id)
    begun: list[bool] = []
    write = store._write
    monkeypatch.setattr(store, "_write", lambda **how: begun.append(True) or write(**how))
    assert store.mark_exported(((id, 1) for id in ids), MERCHANT, detail={}) == ()
    assert len(begun) == 3
    assert {store.listing(id).state for id in ids} == {State.EXPORTED}

"""The desk's part of the service: undo, samples, comments, history, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from trust_making import ADA, EVE, MEI, RUI, studio_in

from studio.errors import DeniedError, InputError, NotFoundError, StateError
from studio.pipeline import make_draft
from studio.schema import Actor, Finding, Listing, Role, Severity, State, now
from studio.service import Studio
from studio.service.sampling import chosen, needed, upper

ROS = Actor(name="ros", role=Role.REVIEWER)
HEAD = "sku,title,category,price,currency,material,capacity,image,description"
ONE = "B2/shopify/en-US"


def sheet(
    folder: Path, material: str = "Stoneware", capacity: str = "350 ml", count: int = 2
) -> Path:
    rows = [
        f"B{i},Norvale Mug {i},Home > Mugs,12.50,USD,{material},{capacity},mug.png,A mug."
        for i in range(1, count + 1)
    ]
    photo = Image.new("RGB", (1100, 1100), (255, 255, 255))
    draw = ImageDraw.Draw(photo)
    draw.rounded_rectangle((330, 260, 700, 880), 40, fill=(40, 90, 160))
    draw.rounded_rectangle((680, 400, 850, 680), 60, outline=(40, 90, 160), width=40)
    photo.save(folder / "mug.png")
    path = folder / "goods.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", "utf-8")
    return path


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    made = studio_in(tmp_path)
    for actor in (MEI, RUI, ADA, EVE, ROS):
        made.store.add_user(actor.name, actor.role, "no password", ADA)
    made.import_catalog([sheet(tmp_path)], MEI)
    generate(made)
    yield made
    made.close()


def generate(studio: Studio) -> None:
    tasks, _ = studio.plan(MEI, channel="shopify", pictures=False)
    assert not studio.generate(tasks, MEI).failed


def sent(studio: Studio, id: str = ONE) -> Listing:
    return studio.submit(id, revision=studio.listing(id, MEI).revision, actor=MEI)


# --- undo ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_decision_goes_back_by_a_line_of_its_own(studio: Studio, decision: str) -> None:
    seen = sent(studio)
    if decision == "approve":
        studio.approve(ONE, revision=seen.revision, actor=RUI)
    else:
        studio.reject(ONE, "too loud", revision=seen.revision, actor=RUI)
    back = studio.undo(ONE, revision=seen.revision, actor=RUI)
    assert (back.state, back.approved) == (State.SUBMITTED, None)
    *_, decided, undone = studio.events(RUI, listing=ONE)
    assert (undone.kind, undone.detail["undoes"]) == ("undone", decided.number)
    assert list(studio.store.approved("shopify")) == []
    assert studio.verify(RUI) == []
    with pytest.raises(StateError):
        studio.undo(ONE, revision=seen.revision, actor=RUI)


def test_what_was_approved_is_approved_again_when_its_rejection_is_undone(studio: Studio) -> None:
    seen = sent(studio)
    studio.approve(ONE, revision=seen.revision, actor=RUI)
    studio.reject(ONE, "not that one", revision=seen.revision, actor=RUI)
    assert list(studio.store.approved("shopify")) == []
    back = studio.undo(ONE, revision=seen.revision, actor=RUI)
    assert (back.state, back.approved) == (State.APPROVED, seen.revision)
    assert [item.id for _, item in studio.store.approved("shopify")] == [ONE]
    assert studio.verify(RUI) == []


def test_what_may_not_be_undone(studio: Studio, tmp_path: Path) -> None:
    seen = sent(studio)
    studio.approve(ONE, revision=seen.revision, actor=RUI)
    with pytest.raises(DeniedError, match="rui decided this"):
        studio.undo(ONE, revision=seen.revision, actor=ROS)
    with pytest.raises(DeniedError, match="may not undo"):
        studio.undo(ONE, revision=seen.revision, actor=MEI)
    studio.export("shopify", tmp_path / "out", MEI)
    with pytest.raises(StateError, match="exported"):
        studio.undo(ONE, revision=seen.revision, actor=RUI)
    assert studio.listing(ONE, RUI).state is State.EXPORTED


def test_an_approval_that_was_undone_does_not_clear_who_edited(studio: Studio) -> None:
    """Else an author could have it approved, undone, and approve it himself."""
    item = studio.listing(ONE, ADA)
    edited = studio.edit(ONE, {"title": "Mug"}, revision=item.revision, actor=ADA)
    sent(studio)
    studio.approve(ONE, revision=edited.revision, actor=RUI)
    studio.undo(ONE, revision=edited.revision, actor=RUI)
    with pytest.raises(DeniedError, match="edited this listing"):
        studio.approve(ONE, revision=edited.revision, actor=ADA)


def test_who_waived_a_critical_finding_does_not_approve(studio: Studio) -> None:
    item = studio.listing(ONE, MEI)
    words = {"description": "This mug cures cancer."}
    edited = studio.edit(ONE, words, revision=item.revision, actor=MEI)
    grave = [f for f in edited.findings if f.severity == "critical" and not f.cleared]
    assert grave
    sent(studio)
    for finding in [f for f in edited.findings if f.blocks]:
        studio.waive(ONE, finding.key, "a quotation", actor=RUI)
    with pytest.raises(DeniedError, match="second pair of eyes"):
        studio.approve(ONE, revision=edited.revision, actor=RUI)
    assert studio.approve(ONE, revision=edited.revision, actor=ROS).state is State.APPROVED


# --- samples -------------------------------------------------------------------------------------


def test_the_bound_is_that_of_clopper_and_pearson() -> None:
    """Against tables: 0 of n is 1 - 0.05^(1/n); 1 of 10 and 2 of 50 by their beta quantiles."""
    assert upper(0, 59) == pytest.approx(1 - 0.05 ** (1 / 59), abs=1e-9)
    assert upper(0, 59) <= 0.05 < upper(0, 58)
    assert upper(1, 10) == pytest.approx(0.3941633, abs=1e-6)
    assert upper(2, 50) == pytest.approx(0.1206147, abs=1e-6)
    assert upper(0, 0) == upper(4, 4) == 1.0
    assert upper(600, 1900) == pytest.approx(0.334, abs=0.005)
    assert [needed(b) for b in (0.2, 0.1, 0.05, 0.01)] == [14, 29, 59, 299]


def test_the_same_seed_draws_the_same() -> None:
    ids = [f"P{i}" for i in range(500)]
    assert chosen(ids, 0.05, 7) == chosen(reversed(ids), 0.05, 7) != chosen(ids, 0.05, 8)
    assert len(set(chosen(ids, 0.05, 7))) == 59


@pytest.fixture
def many(studio: Studio, tmp_path: Path) -> Studio:
    """Twenty more that wait for review."""
    studio.import_catalog([sheet(tmp_path, count=22)], MEI)
    tasks, _ = studio.plan(MEI, channel="shopify", force=True)
    made = make_draft(tasks[0], studio.kit)  # pictures take a second, so all have the same ones
    for i in range(1, 23):
        seen = 1 if i <= 2 else 0
        studio.store.save_draft(made.model_copy(update={"product": f"B{i}"}), MEI, revision=seen)
        sent(studio, f"B{i}/shopify/en-US")
    return studio


def read(studio: Studio, ids: tuple[str, ...]) -> None:
    for id in ids:
        studio.approve(id, revision=studio.listing(id, RUI).revision, actor=RUI)


def test_the_rest_is_approved_after_the_sample_was_looked_at(many: Studio) -> None:
    plan = many.draw(RUI, bound=0.2, seed=3)
    assert (len(plan.revisions), len(plan.sample), len(plan.rest)) == (22, 14, 8)
    with pytest.raises(StateError, match="14 of the sample are still"):
        many.approve_rest(plan.number, RUI)
    read(many, plan.sample)
    assert many.sampling(plan.number, RUI).reached == pytest.approx(upper(0, 14))
    with pytest.raises(DeniedError, match="rui drew"):
        many.approve_rest(plan.number, ROS)
    done = many.approve_rest(plan.number, RUI)
    assert set(done.approved) == set(plan.rest)
    assert not done.left
    assert many.counts(RUI)["shopify"] == {"approved": 22}
    line = many.events(RUI, listing=done.approved[0]).items[-1]
    assert (line.detail["plan"], line.detail["sampled"]) == (plan.number, 14)
    assert many.verify(RUI) == []


def test_a_wrong_one_stops_the_rest(many: Studio) -> None:
    plan = many.draw(RUI, bound=0.2)
    read(many, plan.sample[1:])
    first = many.listing(plan.sample[0], RUI)
    many.reject(first.id, "wrong size", revision=first.revision, actor=RUI)
    told = many.sampling(plan.number, RUI)
    assert (told.wrong, told.open, told.ready) == (plan.sample[:1], (), False)
    with pytest.raises(StateError, match="1 of 14 were wrong"):
        many.approve_rest(plan.number, RUI)


def test_what_changed_since_and_what_is_risky_is_left(many: Studio) -> None:
    risky, own, late = "B1/shopify/en-US", "B3/shopify/en-US", "B5/shopify/en-US"
    for id, words in ((risky, "The best mug in the world."), (own, "A mug for tea.")):
        item = many.listing(id, ADA)
        many.edit(id, {"description": words}, revision=item.revision, actor=ADA)
        sent(many, id)
    plan = many.draw(ADA, bound=0.2, seed=1)
    assert (risky in plan.revisions, own in plan.revisions) == (False, False)
    assert plan.left == {"own": 2}
    theirs = many.draw(RUI, bound=0.2, seed=1)
    assert (risky in theirs.revisions, own in theirs.revisions) == (False, True)
    assert theirs.left == {"findings": 1}
    read(many, theirs.sample)
    rest = [id for id in theirs.rest if id != late]
    item = many.listing(rest[0], MEI)
    many.edit(rest[0], {"title": "Other"}, revision=item.revision, actor=MEI)
    done = many.approve_rest(theirs.number, RUI)
    assert done.left == {rest[0]: "changed"}
    assert many.listing(rest[0], RUI).state is State.DRAFT


def test_what_a_plan_approved_unseen_is_no_look(many: Studio) -> None:
    first, second = (many.draw(RUI, bound=0.2, seed=seed) for seed in (1, 2))
    read(many, first.sample)
    many.approve_rest(first.number, RUI)
    unseen = set(second.sample) & set(first.rest)
    assert unseen
    assert set(many.sampling(second.number, RUI).open) == unseen


def test_a_filter_with_too_few_and_a_line_that_is_no_plan(studio: Studio) -> None:
    sent(studio)
    with pytest.raises(StateError, match="0 listings may be approved unseen, and 59"):
        studio.draw(RUI, bound=0.05)
    with pytest.raises(NotFoundError, match="no sampling plan"):
        studio.sampling(1, RUI)
    with pytest.raises(InputError):
        studio.draw(RUI, bound=0.9)


# --- comments and who sees to what ---------------------------------------------------------------


def test_comments_stay_and_tell_who(studio: Studio) -> None:
    said = studio.comment(ONE, " Is the size right? ", MEI, field="title")
    assert (said.kind, said.detail["words"], said.actor) == (
        "commented",
        "Is the size right?",
        "mei",
    )
    assert studio.events(RUI, listing=ONE).items[-1] == said
    with pytest.raises(InputError):
        studio.comment(ONE, "  ", MEI)
    with pytest.raises(DeniedError):
        studio.comment(ONE, "hm", EVE)
    assert studio.verify(RUI) == []


def test_who_sees_to_it_and_until_when(studio: Studio) -> None:
    today = now().date()
    studio.assign(ONE, "rui", today - timedelta(days=1), MEI)
    studio.assign("B1/shopify/en-US", "rui", today, MEI)
    mine = studio.listings(RUI, mine=True)
    assert {one.id for one in mine} == {ONE, "B1/shopify/en-US"}
    assert [one.id for one in studio.listings(RUI, overdue=True)] == [ONE]
    assert list(studio.listings(ROS, mine=True)) == []
    sent(studio)
    item = studio.approve(ONE, revision=1, actor=ROS)
    assert (item.assignee, item.due) == ("rui", today - timedelta(days=1))
    assert list(studio.listings(RUI, overdue=True)) == []  # it is done
    line = next(e for e in studio.events(RUI, listing=ONE) if e.kind == "assigned")
    assert line.detail["user"] == "rui"
    assert studio.assign(ONE, "", None, MEI).assignee == ""
    for nobody in ("eve", "nobody"):
        with pytest.raises(NotFoundError):
            studio.assign(ONE, nobody, None, MEI)
    studio.purge("rui", ADA)
    assert studio.verify(ADA) == []


# --- history -------------------------------------------------------------------------------------


def test_against_what_a_proposal_is_read(studio: Studio) -> None:
    assert studio.compared(ONE, RUI) is None
    first = studio.listing(ONE, MEI)
    second = studio.edit(ONE, {"title": "Mug two"}, revision=first.revision, actor=MEI)
    told = studio.compared(ONE, RUI)
    assert told is not None
    assert (told.number, told.approved) == (1, False)
    assert [(c.field, c.before, c.after) for c in told.changes] == [
        ("title", first.text.title, "Mug two")
    ]
    sent(studio)
    studio.approve(ONE, revision=second.revision, actor=RUI)
    studio.edit(ONE, {"title": "Mug three"}, revision=second.revision, actor=MEI)
    told = studio.compared(ONE, RUI)
    assert told is not None
    assert (told.number, told.approved, told.changes[0].before) == (2, True, "Mug two")


def test_a_field_and_a_revision_come_back_as_a_new_one(studio: Studio) -> None:
    first = studio.listing(ONE, MEI)
    change = {"title": "Mug two", "description": "This mug cures cancer."}
    second = studio.edit(ONE, change, revision=1, actor=MEI)
    assert any(f.blocks for f in second.findings)
    assert [v.words for v in studio.versions(ONE, "title", RUI)] == ["Mug two", first.text.title]
    third = studio.bring_back(ONE, 1, MEI, revision=2, field="title")
    assert third.text.title == first.text.title
    assert third.text.description == change["description"]
    fourth = studio.bring_back(ONE, 1, MEI, revision=3)
    assert (fourth.text, fourth.revision) == (first.text, 4)
    assert not any(f.blocks for f in fourth.findings)
    assert len(studio.store.revisions(ONE)) == 4
    assert studio.verify(RUI) == []
    with pytest.raises(StateError, match="read revision 2"):
        studio.bring_back(ONE, 1, MEI, revision=2)
    with pytest.raises(NotFoundError):
        studio.bring_back(ONE, 9, MEI, revision=4)


def test_a_revision_comes_back_with_its_pictures_and_what_was_found_on_them(
    studio: Studio,
) -> None:
    tasks, _ = studio.plan(MEI, channel="shopify", ids=["B2"], force=True)
    made = make_draft(tasks[0], studio.kit)
    doubt = Finding(id="X", rule="picture.x", severity=Severity.HIGH, field="pictures.main",
                    start=0, end=0, match="", message={"en": "doubtful"})  # fmt: skip
    main, *others = made.pictures
    first = made.model_copy(update={"findings": (*made.findings, doubt), "digest": "one"})
    then = studio.store.save_draft(first, MEI, revision=1)
    now_main = main.model_copy(update={"sha256": others[0].sha256})
    change = {"pictures": (now_main,), "digest": "two"}
    after = studio.store.save_draft(first.model_copy(update=change), MEI, revision=2)
    waived = studio.waive(ONE, doubt.key, "looked at it", actor=RUI)
    assert not any(f.blocks for f in waived.findings if f.rule == "picture.x")
    kept = studio.edit(ONE, {"title": "Mug two"}, revision=3, actor=MEI)
    assert [f.waived is not None for f in kept.findings if f.rule == "picture.x"] == [True]

    told = studio.compared(ONE, RUI, 2)
    assert told is not None
    assert (told.pictures, told.then) == (True, then.pictures)
    texts = studio.bring_back(ONE, 2, MEI, revision=4, pictures=False)
    assert (texts.text, texts.pictures) == (then.text, after.pictures)
    whole = studio.bring_back(ONE, 2, MEI, revision=5)
    assert (whole.pictures, whole.author, whole.state) == (then.pictures, "mei", State.DRAFT)
    # The waiver was of another picture in that place.
    assert [f.waived for f in whole.findings if f.rule == "picture.x"] == [None]
    line = studio.events(RUI, listing=ONE, limit=200).items[-1]
    assert (line.kind, set(line.detail["fields"])) == (
        "edited",
        {f"pictures.{p.slot}" for p in then.pictures},
    )
    assert studio.verify(RUI) == []
    studio.media.path(main.sha256).unlink()
    studio.edit(ONE, {"title": "Mug three"}, revision=6, actor=MEI)
    with pytest.raises(NotFoundError, match="is missing"):
        studio.bring_back(ONE, 2, MEI, revision=7)
    assert studio.bring_back(ONE, 2, MEI, revision=7, pictures=False).text == then.text


def test_what_changed_since_it_was_made(studio: Studio, tmp_path: Path) -> None:
    assert studio.changed(ONE, RUI) == ()
    studio.import_catalog([sheet(tmp_path, material="Glass", capacity="330 ml")], MEI)
    told = [(c.kind, c.name, c.before, c.after) for c in studio.changed(ONE, RUI)]
    assert ("fact", "attribute Material", "Stoneware", "Glass") in told
    assert studio.listing(ONE, RUI).stale
    with pytest.raises(DeniedError):
        studio.keep(ONE, revision=1, actor=RUI)
    kept = studio.keep(ONE, revision=1, actor=MEI)
    assert (kept.stale, kept.revision) == ("", 1)
    assert [c.kind for c in studio.changed(ONE, RUI)] == []
    assert any(
        f.match == "350 ml" and f.blocks for f in kept.findings
    )  # it was checked against the facts
    assert studio.plan(MEI, channel="shopify", pictures=False)[0][0].product.id == "B1"
    generate(studio)
    assert studio.changed("B1/shopify/en-US", RUI) == ()


def test_a_preview_is_what_an_edit_would_make_and_stores_nothing(studio: Studio) -> None:
    before = studio.listing(ONE, MEI)
    change = {"description": "The best mug in the world."}
    seen = studio.preview(ONE, change, MEI)
    assert studio.listing(ONE, MEI) == before
    done = studio.edit(ONE, change, revision=1, actor=MEI)
    assert (seen.text, seen.findings, seen.claims) == (done.text, done.findings, done.claims)
    with pytest.raises(DeniedError):
        studio.preview(ONE, change, RUI)

"""What a person does to a listing on a page: each is one call of the service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from studio.errors import InputError, NotFoundError, StateError
from studio.schema import Finding, Listing
from studio.service import Change
from studio.ui import editor
from studio.ui.desk import Ask, Deed
from studio.ui.editor import changed

SAVE_FIRST = frozenset({"save", "fix", "fix_one", "reword", "apply", "submit", "approve"})


def do(ask: Ask, deed: Deed) -> str:
    """Do it on the revision that the page showed; what to say of it.

    Raises NotFoundError for a deed that there is not, and whatever the service refuses.
    """
    if deed.do not in DEEDS:
        raise NotFoundError.of("deed", deed.do, DEEDS)
    if deed.do in SAVE_FIRST:
        deed = saved(ask, deed)
    return DEEDS[deed.do](ask, deed)


def saved(ask: Ask, deed: Deed) -> Deed:
    """The deed on the revision after its words were saved, so that none is lost by a decision."""
    listing = ask.studio.listing(deed.listing, ask.actor)
    changes = changed(listing.text, deed.fields)
    if not changes:
        return deed
    key = deed.finding
    held = next((f for f in listing.findings if f.key == key), None) if key else None
    after = ask.studio.edit(deed.listing, changes, revision=deed.revision, actor=ask.actor)
    # A finding that moved with the words has another key.
    same = [f for f in after.findings if held and _alike(f, held)]
    finding = same[0].key if same else key
    return deed.model_copy(update={"revision": after.revision, "finding": finding})


def _alike(one: Finding, other: Finding) -> bool:
    return (one.rule, one.field, one.match) == (other.rule, other.field, other.match)


def _save(ask: Ask, deed: Deed) -> str:
    return ask.tr("said.saved")


def _propose(ask: Ask, deed: Deed) -> str:
    """Nothing is done yet: `changes` says what would be."""
    return ""


def changes(ask: Ask, deed: Deed) -> tuple[Change, ...]:
    """What a deed that only proposes would change, to be applied or cancelled."""
    if deed.do == "fix":
        return ask.studio.proposed(deed.listing, ask.actor)
    if deed.do == "reword":
        return (ask.studio.reword(deed.listing, deed.field, ask.actor),)
    return ()


def _apply(ask: Ask, deed: Deed) -> str:
    """The proposed words came with the deed and were saved with what else was typed."""
    return ask.tr("said.fixed")


def _fix_one(ask: Ask, deed: Deed) -> str:
    """Put the finding's own rewrite in its place."""
    listing = ask.studio.listing(deed.listing, ask.actor)
    found = next((f for f in listing.findings if f.key == deed.finding), None)
    if found is None:
        raise StateError(ask.tr("problem.gone"))
    text = listing.text.text(found.field)
    start, end, words = edit_of(found)
    after = text[:start] + words + text[end:]
    place: dict[str, str | None] = {found.field: after if after.strip() else None}
    ask.studio.edit(deed.listing, place, revision=deed.revision, actor=ask.actor)
    return ask.tr("said.fixed")


def edit_of(finding: Finding) -> tuple[int, int, str]:
    """(start, end, words): what the one-click rewrite of a finding does."""
    return finding.edit or (finding.start, finding.end, finding.suggestion)


def _submit(ask: Ask, deed: Deed) -> str:
    listing = ask.studio.submit(deed.listing, revision=deed.revision, actor=ask.actor)
    return _now(ask, listing)


def _approve(ask: Ask, deed: Deed) -> str:
    listing = ask.studio.approve(deed.listing, revision=deed.revision, actor=ask.actor)
    return _now(ask, listing)


def _reject(ask: Ask, deed: Deed) -> str:
    done = ask.studio.reject(deed.listing, deed.reason, revision=deed.revision, actor=ask.actor)
    return _now(ask, done)


def _withdraw(ask: Ask, deed: Deed) -> str:
    return _now(ask, ask.studio.withdraw(deed.listing, revision=deed.revision, actor=ask.actor))


def _waive(ask: Ask, deed: Deed) -> str:
    ask.studio.waive(deed.listing, deed.finding, deed.reason, actor=ask.actor)
    return ask.tr("said.waived")


def _undo(ask: Ask, deed: Deed) -> str:
    back = ask.studio.undo(deed.listing, revision=deed.revision, actor=ask.actor)
    return ask.tr("said.undone", title=back.text.title or back.id)


def _comment(ask: Ask, deed: Deed) -> str:
    ask.studio.comment(deed.listing, deed.reason, ask.actor, field=deed.field)
    return ask.tr("said.comment")


def _assign(ask: Ask, deed: Deed) -> str:
    try:
        due = date.fromisoformat(deed.due) if deed.due else None
    except ValueError:
        raise InputError(ask.tr("problem.day"), hint="2026-12-24") from None
    ask.studio.assign(deed.listing, deed.person, due, ask.actor)
    return ask.tr("said.assigned", who=deed.person) if deed.person else ask.tr("said.freed")


def _bring(ask: Ask, deed: Deed) -> str:
    ask.studio.bring_back(
        deed.listing,
        deed.number,
        ask.actor,
        revision=deed.revision,
        field=deed.field,
        pictures=deed.pictures,
    )
    return ask.tr("said.brought" if deed.field else "said.brought.all", n=deed.number)


def _choose(ask: Ask, deed: Deed) -> str:
    at = (deed.listing, deed.field, deed.picture)
    ask.studio.choose(*at, ask.actor, revision=deed.revision)
    return ask.tr("said.chosen", slot=editor.slot(ask.language, deed.field))


def _keep(ask: Ask, deed: Deed) -> str:
    ask.studio.keep(deed.listing, revision=deed.revision, actor=ask.actor)
    return ask.tr("said.kept")


def _now(ask: Ask, listing: Listing) -> str:
    state = ask.tr(f"state.{listing.state.value}")
    return ask.tr("said.moved", title=listing.text.title or listing.id, state=state)


DEEDS: dict[str, Callable[[Ask, Deed], str]] = {
    "save": _save,
    "fix": _propose,
    "reword": _propose,
    "apply": _apply,
    "fix_one": _fix_one,
    "submit": _submit,
    "approve": _approve,
    "reject": _reject,
    "withdraw": _withdraw,
    "waive": _waive,
    "undo": _undo,
    "comment": _comment,
    "assign": _assign,
    "bring": _bring,
    "choose": _choose,
    "keep": _keep,
}

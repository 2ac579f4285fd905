"""Why something was refused, in the user's language: from what is known, not from the words."""

from __future__ import annotations

from studio import review
from studio.errors import DeniedError, InputError, StateError, StudioError
from studio.schema import Listing
from studio.ui.desk import Ask, Deed

# What the service calls the deeds of a page.
ACTIONS = {
    **dict.fromkeys(("save", "fix", "fix_one", "reword", "apply"), "edit"),
    "make": "generate",
}


def sentence(ask: Ask, deed: Deed, error: StudioError, listing: Listing | None) -> str:
    """The reason and what to do; the service's own words where there is nothing better."""
    action = ACTIONS.get(deed.do, deed.do)
    if action in review.ROLES[ask.actor.role]:
        return _known(ask, deed, error, listing, action) or str(error)
    if not isinstance(error, DeniedError):
        return str(error)
    able = [role for role, actions in review.ROLES.items() if action in actions]
    names = ask.tr("and").join(ask.tr(f"role.{role.value}") for role in able)
    mine = ask.tr(f"role.{ask.actor.role.value}")
    return ask.tr("problem.role", role=mine, able=names)


def _known(ask: Ask, deed: Deed, error: StudioError, listing: Listing | None, action: str) -> str:
    if isinstance(error, DeniedError):
        return ask.tr("problem.own") if action == "approve" else ""
    if isinstance(error, InputError) and action in ("reject", "waive") and not deed.reason.strip():
        return ask.tr("problem.reason")
    if listing is None or not isinstance(error, StateError):
        return ""
    if listing.revision != deed.revision and action != "waive":
        return ask.tr("problem.conflict", who=listing.author, n=listing.revision)
    if action not in ask.studio.actions(listing, ask.actor):
        return ask.tr("problem.state", state=ask.tr(f"state.{listing.state.value}"))
    blocking = sum(f.blocks for f in listing.findings)
    if action == "approve" and blocking:
        return ask.tr("problem.blocking", n=blocking)
    return ""

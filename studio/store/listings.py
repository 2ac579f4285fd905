"""Listings: a head that changes, revisions that never do, and the moves between states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from studio.errors import NotFoundError
from studio.schema import (
    Actor,
    Claim,
    Copy,
    Finding,
    Listing,
    Picture,
    State,
    Waiver,
    content_digest,
    now,
)
from studio.store.base import append
from studio.store.drafts import Drafts, keep_inputs
from studio.store.names import names_of
from studio.store.rows import checks_of
from studio.store.tables import event, listing, revision


class Listings(Drafts):
    """What people do with listings. Each method is one transaction with its line of the record."""

    def save_text(
        self,
        id: str,
        text: Copy,
        claims: Sequence[Claim],
        findings: Sequence[Finding],
        *,
        revision: int,
        actor: Actor,
        pictures: tuple[Picture, ...] | None = None,
    ) -> Listing:
        """Stores a person's edit as a new revision and reopens the listing as a draft.

        `revision`: the one that was read. Raises StateError when somebody else saved since, and
        tells who and when. A waiver stays where the field's text stayed, or the picture.
        `pictures`: others than it has now, of an earlier revision.
        """
        with self._write() as connection:
            head = self._head(connection, id, revision)
            state = self._move(head.state, "edit", actor)
            shown = head.pictures if pictures is None else pictures
            if content_digest(text, shown) == head.content_digest:
                return head
            fields = changed_fields(head.text, text)
            fields += [f"pictures.{slot}" for slot in sorted(redrawn(head.pictures, shown))]
            kept = carry_waivers(head, text, findings, shown)
            new = head.model_copy(
                update={
                    "text": text,
                    "pictures": shown,
                    "claims": tuple(claims),
                    "findings": kept,
                    "state": state,
                    "revision": head.revision + 1,
                    "author": actor.name,
                }
            )
            return self._add_revision(connection, new, "edited", actor, {"fields": fields})

    def save_findings(
        self,
        id: str,
        claims: Sequence[Claim],
        findings: Sequence[Finding],
        *,
        revision: int,
        actor: Actor,
    ) -> Listing:
        """Stores what a new check of the unchanged text found; waivers stay."""
        with self._write() as connection:
            head = self._head(connection, id, revision)
            kept = carry_waivers(head, head.text, findings, head.pictures)
            new = head.model_copy(update={"claims": tuple(claims), "findings": kept})
            blocking = sum(f.blocks for f in kept)
            detail = {"findings": len(kept), "blocking": blocking}
            append(connection, actor, "checked", listing=id, revision=revision, detail=detail)
            return self._write_head(connection, new, checks=checks_of(new, names_of(connection)))

    def set_state(
        self,
        id: str,
        action: str,
        actor: Actor,
        *,
        revision: int,
        reason: str = "",
        solo: bool = False,
    ) -> Listing:
        """Moves a listing: submit, withdraw, approve, reject.

        `revision`: the one that the actor saw. `solo`: a one-person shop, whose only member may
        approve what he wrote; the record says so. Raises what `review.move` raises, and StateError
        when the listing was changed since.
        """
        if action not in DONE:
            raise NotFoundError.of("decision", action, DONE)
        with self._write() as connection:
            head = self._head(connection, id, revision)
            told = {"reason": reason} if reason else {}
            return self._decided(connection, head, action, actor, told, solo=solo)

    def _decided(
        self,
        connection: sa.Connection,
        head: Listing,
        action: str,
        actor: Actor,
        told: Mapping[str, Any],
        *,
        solo: bool = False,
    ) -> Listing:
        """The move and its line of the record; `told` goes into that."""
        authors = editors(connection, head.id)
        state = self._move(
            head.state,
            action,
            actor,
            authors=authors,
            findings=head.findings,
            reason=told.get("reason", ""),
            solo=solo,
        )
        detail = {"from": head.state.value, "to": state.value, **told}
        approved = head.revision if state is State.APPROVED else None
        if approved:
            detail |= _approval(head, actor, authors)
        line = append(
            connection,
            actor,
            DONE[action],
            listing=head.id,
            revision=head.revision,
            detail=detail,
        )
        new = head.model_copy(update={"state": state, "approved": approved})
        return self._write_head(connection, new, approval=line.number if approved else None)

    def waive(
        self, id: str, finding: str, reason: str, actor: Actor, *, evidence: str = ""
    ) -> Listing:
        """Takes the finding with that key on the actor, who says why. Raises NotFoundError."""
        with self._write() as connection:
            head = self._head(connection, id, None)
            known = {f.key: f for f in head.findings}
            if finding not in known:
                raise NotFoundError.of("finding", finding, known)
            self._move(head.state, "waive", actor, reason=reason)
            mark = Waiver(by=actor.name, at=now(), reason=reason, evidence=evidence)
            findings = tuple(
                f.model_copy(update={"waived": mark}) if f.key == finding else f
                for f in head.findings
            )
            waived = known[finding]
            append(
                connection,
                actor,
                "waived",
                listing=id,
                revision=head.revision,
                detail={
                    "finding": finding,
                    "rule": waived.rule,
                    "match": waived.match,
                    "reason": reason,
                    "evidence": evidence,
                },
            )
            new = head.model_copy(update={"findings": findings})
            return self._write_head(connection, new, checks=checks_of(new, names_of(connection)))

    def keep(
        self,
        id: str,
        actor: Actor,
        *,
        revision: int,
        digest: str = "",
        inputs: Mapping[str, Any] | None = None,
    ) -> Listing:
        """Clears the stale mark of a text that still holds: the actor looked at what changed.

        `inputs` as they are now and their `digest`: the listing counts as made from them.
        """
        with self._write() as connection:
            head = self._head(connection, id, revision)
            self._move(head.state, "keep", actor)
            keep_inputs(connection, digest, inputs or {})
            told = {"stale": head.stale}
            append(connection, actor, "kept", listing=id, revision=revision, detail=told)
            change = {"stale": "", "digest": digest or head.digest}
            return self._write_head(connection, head.model_copy(update=change))

    def mark_stale(
        self, reason: str, actor: Actor, *, ids: Iterable[str] = (), channel: str = ""
    ) -> int:
        """Marks listings that should be made again: those named, or all of a channel.

        Returns how many; a new draft clears the mark.
        """
        wanted = list(ids)
        change = listing.update().values(stale=reason)
        if channel:
            change = change.where(listing.c.channel == channel)
        parts = [
            change.where(listing.c.id.in_(wanted[i : i + 500])) for i in range(0, len(wanted), 500)
        ]
        with self._write() as connection:
            changes = parts or [change] * bool(channel)
            count = sum(connection.execute(part).rowcount for part in changes)
            told = {"reason": reason, "channel": channel, "listings": count}
            append(connection, actor, "staled", detail=told)
        return count


DONE: Mapping[str, str] = {
    "submit": "submitted",
    "withdraw": "withdrawn",
    "approve": "approved",
    "reject": "rejected",
}


def changed_fields(old: Copy, new: Copy) -> list[str]:
    """Fields ("title", "bullets.0" …) whose text differs."""
    before, after = dict(old.parts()), dict(new.parts())
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


def redrawn(old: Sequence[Picture], new: Sequence[Picture]) -> set[str]:
    """Slots that hold another picture, or hold one in only one of the two."""
    before, after = ({(p.slot, p.sha256, p.alt) for p in pictures} for pictures in (old, new))
    return {slot for slot, _, _ in before ^ after}


def carry_waivers(
    head: Listing, text: Copy, findings: Sequence[Finding], pictures: Sequence[Picture]
) -> tuple[Finding, ...]:
    """The findings with the waivers of the head's, where the field's text is still the same, or
    the picture that the finding is on.

    Waivers that the findings bring themselves do not count: only `waive` gives one.
    """
    waived = {f.key: f.waived for f in head.findings if f.waived}
    others = redrawn(head.pictures, pictures)
    kept = []
    for finding in findings:
        kind, _, rest = finding.field.partition(".")
        same = head.text.text(finding.field) == text.text(finding.field)
        same = same and not (kind == "pictures" and rest.partition(".")[0] in others)
        mark = waived.get(finding.key) if same else None
        kept.append(finding.model_copy(update={"waived": mark}))
    return tuple(kept)


def editors(connection: sa.Connection, id: str) -> list[str]:
    """Who edited the listing since it was last approved: none of them may approve it now."""
    edits = connection.execute(_EDITS, {"of": id}).all()
    if not edits:  # most listings of a large catalog are as they were made
        return []
    last = max(approvals(connection, id).values(), default=0)
    names = names_of(connection)
    return sorted({names.name(edit.author) for edit in edits if edit.number > last})


def approvals(connection: sa.Connection, id: str) -> dict[int, int]:
    """The approvals of a listing that were not taken back: number of the line -> revision."""
    held: dict[int, int] = {}
    for row in connection.execute(_APPROVALS, {"of": id}):
        if row.kind == "approved":
            held[row.number] = row.revision
        else:
            held.pop(row.detail.get("undoes"), None)
    return held


# Built once: SQLAlchemy takes longer to put such a statement together than SQLite to answer it.
_EDITS = sa.select(revision.c.number, revision.c.author).where(
    revision.c.listing == sa.bindparam("of"), revision.c.kind == "edited"
)
_APPROVALS = (
    sa.select(event.c.number, event.c.revision, event.c.kind, event.c.detail)
    .where(event.c.listing == sa.bindparam("of"), event.c.kind.in_(("approved", "undone")))
    .order_by(event.c.number)
)


def _approval(head: Listing, actor: Actor, authors: Sequence[str]) -> dict[str, Any]:
    """What the record keeps of an approval: exactly what was approved, and on whose word."""
    waived = [f.key for f in head.findings if f.waived]
    detail: dict[str, Any] = {"digest": head.content_digest}
    detail |= {"waived": waived} if waived else {}
    alone = any(
        f.waived.by == actor.name for f in head.findings if f.waived and f.severity.rank > 2
    )
    return detail | ({"solo": True} if alone or actor.name in authors else {})

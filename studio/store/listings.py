"""Listings: a head that changes, revisions that never do, and the moves between states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from studio.errors import NotFoundError, StateError
from studio.schema import Actor, Claim, Copy, Draft, Finding, Listing, State, Waiver, now
from studio.store.base import append, plain
from studio.store.reading import Reading
from studio.store.rows import (
    HEADS,
    checks_of,
    known_listing,
    queue_key,
    revision_row,
    to_listing,
)
from studio.store.tables import event, listing, revision


class Listings(Reading):
    """What changes listings. Each method is one transaction, with its line of the record."""

    def save_draft(self, draft: Draft, actor: Actor, *, revision: int | None = None) -> Listing:
        """Stores a draft as the newest revision of its listing; see `save_drafts`."""
        return self.save_drafts([draft], actor, revisions={listing_id(draft): revision})[0]

    def save_drafts(
        self,
        drafts: Sequence[Draft],
        actor: Actor,
        *,
        revisions: Mapping[str, int | None] | None = None,
    ) -> list[Listing]:
        """Stores drafts in one transaction, their blobs before it.

        `revisions` tells for a listing's id which revision was newest when its work began (0 for
        none). Without it a draft may replace a machine's draft, but not what a person wrote,
        submitted or approved: that raises StateError. A draft that is stored already (same inputs,
        same content) adds nothing. Raises NotFoundError for an unknown product.
        """
        for draft in drafts:
            self._put_blobs(draft)
        seen = revisions or {}
        with self._write() as connection:
            return [
                self._save_draft(connection, draft, actor, seen.get(listing_id(draft)))
                for draft in drafts
            ]

    def save_text(
        self,
        id: str,
        text: Copy,
        claims: Sequence[Claim],
        findings: Sequence[Finding],
        *,
        revision: int,
        actor: Actor,
    ) -> Listing:
        """Stores a person's edit as a new revision and reopens the listing as a draft.

        `revision`: the one that was read. Raises StateError when somebody else saved since, and
        tells who and when. A waiver stays where the field's text stayed.
        """
        with self._write() as connection:
            head = self._head(connection, id, revision)
            if text == head.text:
                return head
            state = self._move(head.state, "edit", actor)
            fields = changed_fields(head.text, text)
            kept = carry_waivers(head, text, findings)
            new = head.model_copy(
                update={
                    "text": text,
                    "claims": tuple(claims),
                    "findings": kept,
                    "state": state,
                    "revision": head.revision + 1,
                    "author": actor.name,
                }
            )
            return self._add_revision(connection, new, "edited", actor, {"fields": fields})

    def save_checks(
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
            kept = carry_waivers(head, head.text, findings)
            new = head.model_copy(update={"claims": tuple(claims), "findings": kept})
            blocking = sum(f.blocks for f in kept)
            detail = {"findings": len(kept), "blocking": blocking}
            append(connection, actor, "checked", listing=id, revision=revision, detail=detail)
            return self._write_head(connection, new, checks=checks_of(new))

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
            authors = editors(connection, id)
            state = self._move(
                head.state,
                action,
                actor,
                authors=authors,
                findings=head.findings,
                reason=reason,
                solo=solo,
            )
            detail: dict[str, Any] = {"from": head.state.value, "to": state.value}
            detail |= {"reason": reason} if reason else {}
            if state is State.APPROVED:
                detail |= _approval(head, actor, authors)
            line = append(
                connection, actor, DONE[action], listing=id, revision=revision, detail=detail
            )
            approved = revision if state is State.APPROVED else None
            approval = line.number if approved else None
            new = head.model_copy(update={"state": state, "approved": approved})
            return self._write_head(connection, new, approval=approval)

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
            return self._write_head(connection, new, checks=checks_of(new))

    def mark_exported(
        self, revisions: Mapping[str, int], actor: Actor, *, detail: Mapping[str, Any]
    ) -> None:
        """Notes that these listings (id -> revision) went out.

        `detail` goes into the record: the folder, the manifest's sha256. All or nothing: raises
        StateError when one of them is no longer approved at that revision.
        """
        with self._write() as connection:
            for id, number in revisions.items():
                head = self._head(connection, id, number)
                state = self._move(head.state, "export", actor)
                append(
                    connection, actor, "exported", listing=id, revision=number, detail=dict(detail)
                )
                self._write_head(connection, head.model_copy(update={"state": state}))

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

    # --- the parts of a transaction --------------------------------------------------------------

    def _save_draft(
        self, connection: sa.Connection, draft: Draft, actor: Actor, seen: int | None
    ) -> Listing:
        id = listing_id(draft)
        row = connection.execute(HEADS.where(listing.c.id == id)).first()
        if row is None:
            return self._new_listing(connection, draft, actor, seen)
        head = to_listing(row)
        if same_draft(head, draft):
            return self._write_head(connection, head.model_copy(update={"stale": ""}))
        _guard(connection, head, seen)
        state = self._move(head.state, "generate", actor)
        new = head.model_copy(
            update={
                **_of_draft(draft),
                "state": state,
                "revision": head.revision + 1,
                "author": actor.name,
            }
        )
        return self._add_revision(connection, new, "generated", actor, {"inputs": draft.digest})

    def _new_listing(
        self, connection: sa.Connection, draft: Draft, actor: Actor, seen: int | None
    ) -> Listing:
        id = listing_id(draft)
        if seen:
            raise StateError(f"{id} is not in the store, but revision {seen} was named")
        known_listing(connection, draft)
        new = Listing(
            id=plain(id, "a listing's id", 400),
            product=draft.product,
            channel=draft.brief.channel,
            locale=draft.brief.locale,
            revision=1,
            author=actor.name,
            **_of_draft(draft),
        )
        state = self._move(State.DRAFT, "generate", actor)
        number = 1 + (connection.execute(sa.select(sa.func.max(listing.c.number))).scalar() or 0)
        values = {
            "number": number,
            **new.model_dump(mode="json", include={"id", "product", "channel", "locale", "brief"}),
            "state": state.value,
            "revision": 0,
            "author": actor.name,
            "updated": now(),
            "queue_key": queue_key(number, new.findings),
        }
        connection.execute(listing.insert().values(**values))
        return self._add_revision(connection, new, "generated", actor, {"inputs": draft.digest})

    def _add_revision(
        self,
        connection: sa.Connection,
        new: Listing,
        kind: str,
        actor: Actor,
        detail: dict[str, Any],
    ) -> Listing:
        row = revision_row(new, kind, now())
        connection.execute(revision.insert().values(**row))
        append(
            connection,
            actor,
            kind,
            listing=new.id,
            revision=new.revision,
            detail={**detail, "digest": row["digest"], "hash": row["hash"]},
            at=row["at"],
        )
        new = new.model_copy(update={"approved": None})
        same = all(f.waived is None for f in new.findings)
        return self._write_head(
            connection, new, approval=None, checks=None if same else checks_of(new)
        )

    def _write_head(self, connection: sa.Connection, new: Listing, **columns: Any) -> Listing:
        """Writes the head's own columns; those of its identity never change."""
        values = {
            "brief": new.brief.model_dump(mode="json"),
            "state": new.state.value,
            "revision": new.revision,
            "approved": new.approved,
            "stale": new.stale,
            "digest": new.digest,
            "author": new.author,
            "updated": now(),
            **columns,
        }
        number = sa.select(listing.c.number).where(listing.c.id == new.id)
        values["queue_key"] = queue_key(connection.execute(number).scalar_one(), new.findings)
        connection.execute(listing.update().where(listing.c.id == new.id).values(**values))
        return new.model_copy(update={"updated": values["updated"]})

    def _head(self, connection: sa.Connection, id: str, seen: int | None) -> Listing:
        """The listing in this transaction, if its newest revision is the one that was seen."""
        row = connection.execute(HEADS.where(listing.c.id == id)).first()
        if row is None:
            raise self._unknown(connection, id)
        head = to_listing(row)
        if seen is not None and head.revision != seen:
            raise _moved(connection, head, seen)
        return head


DONE: Mapping[str, str] = {
    "submit": "submitted",
    "withdraw": "withdrawn",
    "approve": "approved",
    "reject": "rejected",
}


def listing_id(draft: Draft) -> str:
    """ "<product>/<channel>/<locale>"."""
    return f"{draft.product}/{draft.brief.channel}/{draft.brief.locale}"


def same_draft(head: Listing, draft: Draft) -> bool:
    """Whether the draft is what the listing holds already: nothing is to be written twice."""
    pictures = tuple(p.sha256 for p in head.pictures) == tuple(p.sha256 for p in draft.pictures)
    return head.digest == draft.digest and head.text == draft.text and pictures


def changed_fields(old: Copy, new: Copy) -> list[str]:
    """Fields ("title", "bullets.0" …) whose text differs."""
    before, after = dict(old.parts()), dict(new.parts())
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


def carry_waivers(head: Listing, text: Copy, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings with the waivers of the head's, where the field's text is still the same.

    Waivers that the findings bring themselves do not count: only `waive` gives one.
    """
    waived = {f.key: f.waived for f in head.findings if f.waived}
    kept = []
    for finding in findings:
        same = head.text.text(finding.field) == text.text(finding.field)
        mark = waived.get(finding.key) if same else None
        kept.append(finding.model_copy(update={"waived": mark}))
    return tuple(kept)


def editors(connection: sa.Connection, id: str) -> list[str]:
    """Who edited the listing since it was last approved: none of them may approve it now."""
    last = (
        sa.select(sa.func.coalesce(sa.func.max(event.c.revision), 0))
        .where(event.c.listing == id, event.c.kind == "approved")
        .scalar_subquery()
    )
    query = sa.select(revision.c.author).where(
        revision.c.listing == id, revision.c.kind == "edited", revision.c.number > last
    )
    return sorted(set(connection.execute(query).scalars()))


def _of_draft(draft: Draft) -> dict[str, Any]:
    return {
        "brief": draft.brief,
        "text": draft.text,
        "pictures": draft.pictures,
        "claims": draft.claims,
        "findings": tuple(f.model_copy(update={"waived": None}) for f in draft.findings),
        "digest": draft.digest,
        "stale": "",
    }


def _approval(head: Listing, actor: Actor, authors: Sequence[str]) -> dict[str, Any]:
    """What the record keeps of an approval: exactly what was approved, and on whose word."""
    waived = [f.key for f in head.findings if f.waived]
    detail: dict[str, Any] = {"digest": head.content_digest}
    detail |= {"waived": waived} if waived else {}
    return detail | ({"solo": True} if actor.name in authors else {})


def _guard(connection: sa.Connection, head: Listing, seen: int | None) -> None:
    """A draft that was begun before somebody wrote must not bury what he wrote."""
    if seen is not None:
        if seen != head.revision:
            raise _moved(connection, head, seen)
        return
    kind = sa.select(revision.c.kind).where(
        revision.c.listing == head.id, revision.c.number == head.revision
    )
    sacred = connection.execute(kind).scalar() == "edited"
    if sacred or head.state in (State.SUBMITTED, State.APPROVED, State.EXPORTED):
        raise StateError(
            f"{head.id} is {head.state.value} with the words of {head.author}; a new draft would "
            "replace it",
            hint="generate it by name: then the revision that is replaced is known",
        )


def _moved(connection: sa.Connection, head: Listing, seen: int) -> StateError:
    query = sa.select(revision.c.author, revision.c.at).where(
        revision.c.listing == head.id, revision.c.number == head.revision
    )
    author, at = connection.execute(query).one()
    return StateError(
        f"{author} changed {head.id} at {at:%Y-%m-%d %H:%M:%S} UTC: it is at revision "
        f"{head.revision}, and you read revision {seen}",
        hint="open it again, look at what changed, and repeat yours",
    )

"""What was: the text a proposal is read against, each field's versions, what changed since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from studio import review
from studio.errors import NotFoundError, StateError
from studio.kit import Task, digest, inputs, snapshot
from studio.schema import Actor, Copy, Finding, Listing, Noun, Picture, Product, digest_of
from studio.service.reviewing import Reviewing
from studio.service.wording import Change
from studio.store.products import shown_facts


class Compared(Noun):
    """A listing against the revision that was last approved, else the first generated."""

    number: int
    approved: bool
    by: str
    at: datetime
    changes: tuple[Change, ...]
    same: int  # fields that did not change
    pictures: bool  # whether the pictures differ
    then: tuple[Picture, ...] = ()  # those of that revision, where they differ


class Version(Noun):
    """Words that a field had, from this revision on."""

    number: int
    kind: str
    author: str
    at: datetime
    words: str


class Changed(Noun):
    """Something that a listing was made from and that is another today.

    `kind`: "fact", "prompt", "tools", "channel", "finding" (one that came or went; `name` is its
    rule).
    """

    kind: str
    name: str
    field: str = ""
    before: str = ""
    after: str = ""


class History(Reviewing):
    """Looking back, and bringing back."""

    def compared(self, id: str, actor: Actor, number: int = 0) -> Compared | None:
        """The listing against an earlier revision: the given one, else the last approved, else the
        first. None where that is the newest itself."""
        review.permit(actor, "read")
        listing = self.store.listing(id)
        approved = [n for n in self.store.approvals(id).values() if n < listing.revision]
        base = number or max(approved, default=1)
        if base == listing.revision:
            return None
        old = self.store.revision(id, base)
        changes = tuple(differences(old.text, listing.text))
        fields = {f for text in (old.text, listing.text) for f, _ in text.parts()}
        return Compared(
            number=base,
            approved=base in approved,
            by=old.author,
            at=old.at,
            changes=changes,
            same=len(fields) - len(changes),
            pictures=old.pictures != listing.pictures,
            then=old.pictures if old.pictures != listing.pictures else (),
        )

    def versions(self, id: str, field: str, actor: Actor) -> tuple[Version, ...]:
        """The words that a field had, the newest first."""
        review.permit(actor, "read")
        found: list[Version] = []
        for old in self.store.revisions(id):
            words = old.text.text(field)
            if not found or found[-1].words != words:
                told = old.model_dump(include={"number", "kind", "author", "at"})
                found.append(Version(**told, words=words))
        return tuple(found[::-1])

    def bring_back(
        self,
        id: str,
        number: int,
        actor: Actor,
        *,
        revision: int,
        field: str = "",
        pictures: bool = True,
    ) -> Listing:
        """Write an earlier revision, or one of its fields, as a new revision, checked by today's
        rules. `pictures`: its pictures too, which the store has kept, with what was found on them;
        else they stay what they are now. Nothing of the past is changed.

        Raises StateError when somebody saved since `revision`, NotFoundError for a picture that is
        missing.
        """
        review.permit(actor, "edit")
        listing = self.store.listing(id)
        old = self.store.revision(id, number)
        if field:
            text, shown = _with(listing.text, old.text, field), None
        else:
            text, shown = old.text, old.pictures if pictures else None
        for picture in shown or ():
            self.media.get(picture.sha256)
        then = {} if shown is None else {"pictures": shown, "findings": old.findings, "text": text}
        claims, findings = self._checked(listing.model_copy(update=then), text)
        told: dict[str, Any] = {"revision": revision, "actor": actor, "pictures": shown}
        return self.store.save_text(id, text, claims, findings, **told)

    def variants(self, id: str, actor: Actor) -> dict[str, tuple[Picture, ...]]:
        """Slot -> the other pictures that it held in earlier revisions, the newest first."""
        review.permit(actor, "read")
        now = {p.slot: p.sha256 for p in self.store.listing(id).pictures}
        found: dict[str, dict[str, Picture]] = {}
        for old in self.store.revisions(id)[::-1]:
            for picture in old.pictures:
                if picture.slot in now and picture.sha256 != now[picture.slot]:
                    found.setdefault(picture.slot, {}).setdefault(picture.sha256, picture)
        return {slot: tuple(pictures.values()) for slot, pictures in found.items()}

    def choose(self, id: str, slot: str, sha: str, actor: Actor, *, revision: int) -> Listing:
        """Put a picture that a slot held before back into it, with what was found on it; the rest
        stays. Raises NotFoundError, and StateError when somebody saved since `revision`."""
        review.permit(actor, "edit")
        listing = self.store.listing(id)
        held = [(p, r) for r in self.store.revisions(id)[::-1] for p in r.pictures
                if (p.slot, p.sha256) == (slot, sha)]  # fmt: skip
        if not held:
            raise NotFoundError.of("picture", sha[:12], [p.slot for p in listing.pictures])
        picture, then = held[0]
        self.media.get(sha)
        pictures = tuple(picture if p.slot == slot else p for p in listing.pictures)
        place = f"pictures.{slot}"
        found = [f for f in listing.findings if not _on(f, place)]
        found += [f for f in then.findings if _on(f, place)]
        shown = listing.model_copy(update={"pictures": pictures, "findings": tuple(found)})
        claims, findings = self._checked(shown, listing.text)
        told: dict[str, Any] = {"revision": revision, "actor": actor, "pictures": pictures}
        return self.store.save_text(id, listing.text, claims, findings, **told)

    def changed(self, id: str, actor: Actor) -> tuple[Changed, ...]:
        """What a listing was made from and is another today, one by one."""
        review.permit(actor, "read")
        listing = self.store.listing(id)
        product = self.store.product(listing.product)
        held = self.store.inputs(listing.digest)
        today = inputs(Task(product, listing.brief), self.kit)
        found = list(self._facts(listing, held, product))
        if held:
            if held["prompt"] != today["prompt"]:
                found.append(Changed(kind="prompt", name=listing.locale))
            old, new = ([" ".join(t) for t in tools] for tools in (held["tools"], today["tools"]))
            before, after = (
                ", ".join(t for t in a if t not in b) for a, b in ((old, new), (new, old))
            )
            if old != new:
                found.append(Changed(kind="tools", name="", before=before, after=after))
            if held["channel"] != digest_of(today["channel"]):
                found.append(Changed(kind="channel", name=listing.channel))
        return (*found, *self._rechecked(listing))

    def keep(self, id: str, *, revision: int, actor: Actor) -> Listing:
        """Say that the words still hold although something changed: the listing is checked, and
        counts as made from what is there today. Raises StateError when somebody saved since."""
        review.permit(actor, "keep")
        listing = self.recheck(id, actor)
        task = Task(self.store.product(listing.product), listing.brief)
        made, held = digest(task, self.kit), snapshot(task, self.kit)
        return self.store.keep(id, actor, revision=revision, digest=made, inputs=held)

    def _facts(self, listing: Listing, held: dict[str, Any], product: Product) -> Iterator[Changed]:
        """Facts before and after; only their names where an older Studio made the listing."""
        if "product" not in held:
            names = filter(None, listing.stale.split(", "))
            yield from (Changed(kind="fact", name=name) for name in names)
            return
        then = shown_facts(Product.model_validate(held["product"]), listing.locale)
        now = shown_facts(product, listing.locale)
        for name in {**then, **now}:
            if then.get(name) != now.get(name):
                old, new = then.get(name, ""), now.get(name, "")
                yield Changed(kind="fact", name=name, before=old, after=new)

    def _rechecked(self, listing: Listing) -> Iterator[Changed]:
        """The findings that a check of today adds and no longer makes."""
        _, findings = self._checked(listing, listing.text, ask=False, offers=False)
        old, new = (
            {_told(f): f for f in fs if not f.cleared} for fs in (listing.findings, findings)
        )
        for key in {**old, **new}:
            if (key in old) != (key in new):
                finding = new.get(key) or old[key]
                told = "after" if key in new else "before"
                words = {told: finding.match}
                yield Changed(kind="finding", name=finding.rule, field=finding.field, **words)


def differences(old: Copy, new: Copy) -> Iterator[Change]:
    """The fields whose words differ, in reading order."""
    before, after = dict(old.parts()), dict(new.parts())
    for name in {**after, **before}:
        if before.get(name) != after.get(name):
            yield Change(field=name, before=before.get(name, ""), after=after.get(name, ""))


def _on(finding: Finding, place: str) -> bool:
    return finding.field == place or finding.field.startswith(f"{place}.")


def _told(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, finding.field, finding.match


def _with(text: Copy, old: Copy, field: str) -> Copy:
    """The text with one field as it was."""
    words = old.text(field)
    if not words:
        return text.without(field) if text.text(field) else text
    head, _, key = field.partition(".")
    if head in ("bullets", "keywords") and int(key) > len(getattr(text, head)):
        raise StateError(f"there is no room for {field} now", hint="bring the whole revision back")
    return text.replace(field, words, old.origin.get(field, "edited"))

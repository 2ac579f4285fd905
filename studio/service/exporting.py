"""What leaves the house, the proof of it, and what coming rules will break."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from studio import channels, review
from studio.channels import manifest
from studio.channels.filling import Filled, fill
from studio.channels.manifest import Note
from studio.checks import check_channel, context_of, every_finding, today, with_rewrites
from studio.errors import NotFoundError
from studio.grounding import ground
from studio.schema import Actor, Finding, Listing, Noun, Product
from studio.service.backups import Backups
from studio.service.reviewing import Reviewing


class Exported(Noun):
    """The report of an export. `changed`: listings that somebody changed while it was written; what
    went out of them is what was approved before."""

    folder: Path
    count: int
    files: int
    notes: tuple[Note, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def listings(self) -> tuple[str, ...]:
        """Their ids, read from the manifest; to count them, `count` is enough."""
        return tuple(id for id, _ in manifest.revisions(self.folder))


class Exporting(Reviewing, Backups):
    """Export and forecast."""

    def export(self, channel: str, folder: Path, actor: Actor, *, base_url: str = "") -> Exported:
        """Write exactly the approved revisions of a channel, then read the files back."""
        review.permit(actor, "export")
        spec = self.kit.channels.get(channel)
        if spec is None:
            raise NotFoundError.of("channel", channel, self.kit.channels)
        record: dict[str, Any] = {
            "anchor": self._anchor_head("export").model_dump(mode="json"),
            "rules": self.rules.digest,
            "base_url": base_url,
        }
        # Who approved the listing in hand: an export needs no memory for what is behind it.
        approvers: dict[str, str] = {}
        record["approvers"] = approvers
        made = channels.write(
            spec,
            self.store.approved(channel, approvers=approvers),
            folder,
            self.media.get,
            by=actor.name,
            record=record,
            replace=True,
        )
        detail = {"folder": str(folder), "manifest": made.sha256}
        changed = self.store.mark_exported(manifest.revisions(folder), actor, detail=detail)
        self._anchor_head("exported")
        return Exported(
            folder=folder,
            count=made.listings,
            files=made.pictures + len(made.tables),
            notes=made.notes,
            changed=changed,
        )

    def fill_sheet(
        self,
        channel: str,
        template: Path,
        out: Path,
        actor: Actor,
        *,
        locale: str = "",
        add: bool = False,
    ) -> Filled:
        """Write the approved texts of a channel into a copy of a sheet that the merchant brings:
        a marketplace's template, or an export of the shop. `locale`: which texts, where several
        languages are approved; `add`: rows for SKUs that have none."""
        review.permit(actor, "export")
        if channel not in self.kit.channels:
            raise NotFoundError.of("channel", channel, self.kit.channels)
        items = self.store.approved(channel)
        made = fill(template, out, items, channel=channel, locale=locale, add=add)
        detail = {"sheet": str(out), "sha256": made.sha256}
        self.store.mark_exported(made.listings.items(), actor, detail=detail)
        return made

    def zipped(self, channel: str, actor: Actor) -> Path:
        """The newest export of a channel that was made in the browser, as one ZIP file."""
        review.permit(actor, "export")
        folder = self.exports(channel)
        if not (folder / "manifest.json").is_file():
            raise NotFoundError(f"{channel} was not exported yet", hint="export it first")
        shutil.make_archive(str(folder), "zip", folder)
        return folder.with_suffix(".zip")

    def forecast(self, on: date, actor: Actor) -> Iterator[tuple[Listing, tuple[Finding, ...]]]:
        """Each listing with the findings that hold on that day and do not hold today."""
        for listing in self.all_listings(actor):
            if new := self._new_on(listing, on):
                yield listing, new

    def _new_on(self, listing: Listing, on: date) -> tuple[Finding, ...]:
        product = self.store.product(listing.product)
        held = {f.key for f in self._holding(product, listing, None)}
        new = [f for f in self._holding(product, listing, on) if f.key not in held]
        context = context_of(product, listing.brief, self.kit.channel(listing.brief))
        texts, dated = dict(listing.text.parts()), context.model_copy(update={"on": on})
        claims = ground(texts, dated) if new else ()
        return with_rewrites(texts, claims, new, dated, self.rules)

    def _holding(self, product: Product, listing: Listing, on: date | None) -> list[Finding]:
        """The findings that hold on a day (today: None), by the rules and by the channel."""
        channel = self.kit.channel(listing.brief)
        context = context_of(product, listing.brief, channel)
        day = on or today(listing.brief)
        texts = dict(listing.text.parts())
        dated = context.model_copy(update={"on": day})
        findings = every_finding(texts, dated, self.rules)
        limits = check_channel(product, listing.brief, channel, listing.text, listing.pictures, day)
        return [f for f in (*findings, *limits) if not f.cleared]

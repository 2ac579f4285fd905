"""Sending: an export that can be proved goes to a folder, a bucket or a shop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio import review
from studio.connectors import Connector, Export, Item, problem
from studio.errors import InputError, NotFoundError, StateError
from studio.schema import Actor, State
from studio.service import places
from studio.service.exporting import Exporting

_REFUSED: dict[str, Any] = {"state": "refused", "changes": ()}


@dataclass(kw_only=True)
class Tally:
    """What a sending comes to: how many items are in each state, and the first `most` of those that
    are not the same there."""

    most: int
    counts: Counter[str] = field(default_factory=Counter)
    items: list[Item] = field(default_factory=list)

    def add(self, item: Item) -> None:
        self.counts[item.state] += 1
        if item.state != "same" and len(self.items) < self.most:
            self.items.append(item)


class Connecting(Exporting):
    """What leaves the house for somewhere else."""

    def send(
        self,
        folder: Path,
        to: str,
        actor: Actor,
        *,
        write: bool = False,
        locale: str = "",
        overwrite: bool = False,
    ) -> Iterator[Item]:
        """Each product or file of an export against what is there; with `write`, what became of it.

        `to`: "shopify", "woocommerce", s3://bucket/prefix, or a folder. `locale`: which of the
        export's languages a shop gets. `overwrite`: also what somebody changed there since it was
        last sent. Raises StateError for an export that does not prove, SetupError and EngineError
        where the place can not be asked; what was written until then stands in the record.
        """
        review.permit(actor, "export")
        with Export(folder) as export:
            problems = self.verify(actor, folder)
            if not problems and not self.store.exported(export.sha):  # another one by now
                problems = ["it was replaced while it was read"]
            if problems:
                raise StateError(
                    f"{folder} is not sent, for it can not be proved: {problems[0]}",
                    hint="studio verify tells all that is wrong; export again",
                )
            connector = places.find(to, export, locale, self.settings, self._secret)
            try:
                batches = self._planned(connector, export, overwrite)
                if write:
                    yield from self._sent(connector, batches, export.sha, actor)
                else:
                    yield from (item for batch in batches for item in batch)
            finally:
                connector.close()

    def send_export(
        self, channel: str, to: str, actor: Actor, *, locale: str = "", **how: bool
    ) -> Iterator[Item]:
        """The export of a channel that lies here ready, to a shop of the settings: as `send`.

        For who asks over the network, a folder of this machine or any bucket that its own key
        opens is no place. Raises NotFoundError, InputError besides.
        """
        review.permit(actor, "export")
        if to not in places.SHOPS:
            shops = ", ".join(places.SHOPS)
            raise InputError(f"{to!r} is no shop of the settings", hint=f"known: {shops}")
        folder = self.exports(channel)
        if not (folder / "manifest.json").is_file():
            raise NotFoundError(f"{channel} was not exported yet", hint="export it first")
        yield from self.send(folder, to, actor, locale=locale, **how)

    def for_shop(self, channel: str, actor: Actor) -> tuple[str, ...]:
        """The languages in which the export of a channel that lies here ready can go to its shop;
        none where no shop is set, or nothing was exported."""
        review.permit(actor, "export")
        ready = self.exports(channel) / "manifest.json"
        if channel not in places.SHOPS or not getattr(self.settings, f"{channel}_shop"):
            return ()
        if not ready.is_file():
            return ()
        with Export(ready.parent) as export:
            return tuple(export.locales())

    def download(self, address: str, to: Path, actor: Actor) -> Path:
        """A catalog file of a bucket (s3://bucket/goods.csv) into a folder, to be imported."""
        review.permit(actor, "import")
        parent, _, name = address.rpartition("/")
        there = places.bucket(parent, self.settings, self._secret)
        if not there.get(name, to / name):
            raise NotFoundError(f"there is no {address}", hint="is the address right?")
        return to / name

    def _planned(
        self, connector: Connector, export: Export, overwrite: bool
    ) -> Iterator[tuple[Item, ...]]:
        """The plan: nothing of listings whose approval was taken back after the export, and what
        somebody changed there since is marked, unless it is to be overwritten."""
        last = self.store.last_sent
        for batch in connector.plan(export, lambda ids: last(ids, connector.place)):
            standing = self.store.standing(item.key for item in batch if item.revision)
            approved = {
                (id, found.revision)
                for id, found in standing.items()
                if found.state in (State.APPROVED, State.EXPORTED)
            }
            yield tuple(
                _marked(item, overwrite)
                if not item.revision or (item.key, item.revision) in approved
                else item.model_copy(update=_REFUSED | {"problem": problem("unapproved")})
                for item in batch
            )

    def _sent(
        self,
        connector: Connector,
        batches: Iterator[tuple[Item, ...]],
        manifest: str,
        actor: Actor,
    ) -> Iterator[Item]:
        """Written batch by batch; the record tells of each product, and of the whole."""
        told = {"place": connector.place, "manifest": manifest}
        counts: Counter[str] = Counter()
        self.store.note("send begun", actor, told)
        try:
            for batch in batches:
                for item in connector.send([_ours(item) for item in batch]):
                    counts[item.state] += 1
                    if item.revision and item.state in ("sent", "failed"):
                        detail = {**told, "there": item.there, "fields": item.kept}
                        detail |= {"problem": item.problem["en"]} if item.problem else {}
                        failed = item.state == "failed"
                        self.store.mark_sent(
                            item.key, item.revision, actor, detail=detail, failed=failed
                        )
                    yield item
        finally:
            self.store.note("send ended", actor, {**told, **counts})
            self._anchor_head("sent")


def _marked(item: Item, overwrite: bool) -> Item:
    """What somebody changed there is left to them, or is ours to change like everything else."""
    if overwrite:
        ours = tuple(change.model_copy(update={"edited": False}) for change in item.changes)
        return item.model_copy(update={"changes": ours})
    theirs = item.state == "change" and all(change.edited for change in item.changes)
    return item.model_copy(update={"state": "theirs"}) if theirs else item


def _ours(item: Item) -> Item:
    """An item with what is going to be written."""
    if item.state != "change":
        return item
    return item.model_copy(update={"changes": tuple(c for c in item.changes if not c.edited)})

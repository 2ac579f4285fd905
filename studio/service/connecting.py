"""Sending: an export that can be proved goes to a folder, a bucket or a shop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from studio import review
from studio.connectors import Connector, Export, Item, problem
from studio.errors import StateError
from studio.schema import Actor, State
from studio.service import places
from studio.service.exporting import Exporting


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
        if problems := self.verify(actor, folder):
            raise StateError(
                f"{folder} is not sent, for it can not be proved: {problems[0]}",
                hint="studio verify tells all that is wrong; export again",
            )
        with Export(folder) as export:
            connector = places.find(to, export, locale, self.settings, self._secret)
            try:
                if write:
                    yield from self._sent(connector, export, actor, overwrite)
                else:
                    yield from (i for batch in self._planned(connector, export) for i in batch)
            finally:
                connector.close()

    def _planned(self, connector: Connector, export: Export) -> Iterator[tuple[Item, ...]]:
        """The plan, without listings whose approval was taken back after the export."""
        last = self.store.last_sent
        for batch in connector.plan(export, lambda ids: last(ids, connector.place)):
            standing = self.store.standing(item.key for item in batch if item.revision)
            approved = {
                (id, found.revision)
                for id, found in standing.items()
                if found.state in (State.APPROVED, State.EXPORTED)
            }
            refused = {"state": "refused", "changes": (), "problem": problem("unapproved")}
            yield tuple(
                item
                if not item.revision or (item.key, item.revision) in approved
                else item.model_copy(update=refused)
                for item in batch
            )

    def _sent(
        self, connector: Connector, export: Export, actor: Actor, overwrite: bool
    ) -> Iterator[Item]:
        """Written batch by batch; the record tells of each product, and of the whole."""
        told = {"place": connector.place, "manifest": export.sha}
        counts: Counter[str] = Counter()
        self.store.note("send begun", actor, told)
        try:
            for batch in self._planned(connector, export):
                for item in connector.send([i if overwrite else _ours(i) for i in batch]):
                    counts[item.state] += 1
                    if item.revision and item.state in ("sent", "failed"):
                        detail = {**told, "there": item.there, "fields": item.kept}
                        detail |= {"problem": item.problem["en"]} if item.problem else {}
                        self.store.mark_sent(item.key, item.revision, actor, detail=detail)
                    yield item
        finally:
            self.store.note("send ended", actor, {**told, **counts})
            self._anchor_head("sent")

    def _secret(self, name: str) -> str:
        """A secret of the settings, else one of those that are kept sealed."""
        given: str = getattr(self.settings, name).get_secret_value()
        return given or self.store.secret(name)


def _ours(item: Item) -> Item:
    """An item without what somebody changed there: that is theirs to keep."""
    ours = tuple(change for change in item.changes if not change.edited)
    if item.state != "change" or len(ours) == len(item.changes):
        return item
    return item.model_copy(update={"state": "change" if ours else "theirs", "changes": ours})

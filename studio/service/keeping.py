"""Keeping the record: anchors, proofs, keys, secrets, and what people may have taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from studio import channels, review
from studio.channels import manifest
from studio.errors import InputError, StateError
from studio.schema import Actor, Noun
from studio.service.house import House
from studio.store import Anchor
from studio.store.anchors import Known, fingerprint

_PRINTED = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


class Purged(Noun):
    """What stays of a person: the id in the record, and files that still hold the name."""

    id: str
    still_in: tuple[str, ...]


class Report(Noun):
    """What is to be kept on paper or with somebody else: the newest event, and who signs."""

    number: int
    hash: str
    at: str
    fingerprint: str


class Keeping(House):
    """The record, its keys, and its proofs."""

    @property
    def anchors(self) -> Path:
        """The file of the record's signed heads."""
        return self.settings.anchors or self.settings.home / "anchors.jsonl"

    def _anchor_head(self, why: str) -> Anchor:
        """Signs the newest line of the record and writes it beside the database."""
        return self.store.anchor(self.anchors, why)

    def anchor_new(self) -> None:
        """Signs what was written since the last anchor; nothing where nothing was."""
        known = Known(self.anchors, self.vault, 0).heads
        head = self.store.head()
        if head is not None and head.number > max(known, default=0):
            self._anchor_head("by the clock")

    def anchor(self, actor: Actor) -> Report:
        """The same, as a report to print: with it `verify` proves that nothing was cut off."""
        review.permit(actor, "export")
        made = self._anchor_head("report")
        at = made.at.isoformat(timespec="seconds")
        mark = fingerprint(made.key)
        return Report(number=made.number, hash=made.hash, at=at, fingerprint=mark)

    def verify(
        self,
        actor: Actor,
        folder: Path | None = None,
        *,
        printed: Sequence[str] = (),
        key: str = "",
    ) -> list[str]:
        """What is wrong with the record, its anchors, and an export folder when one is given.

        `printed`: "number:hash" of reports that were kept elsewhere; `key`: their fingerprint.
        """
        review.permit(actor, "read")
        known = Known(self.anchors, self.vault, self.store.anchored())
        for text in printed:
            found = _PRINTED.fullmatch(text.strip().lower())
            if found is None:
                raise InputError(f"{text!r} is no anchor", hint="NUMBER:HASH, as a report has it")
            known.expect(int(found[1]), found[2], "the report")
        if key and key.replace(" ", "").lower() != fingerprint(self.vault.public).replace(" ", ""):
            known.problems.append("the signing key is not the one of the report: it was replaced")
        problems = self._of_export(folder, known) if folder is not None else []
        return [*self.store.verify(known.heads), *known.problems, *problems]

    def _of_export(self, folder: Path, known: Known) -> list[str]:
        """An export folder against its manifest, and the manifest against the record."""
        problems = channels.verify(folder)
        path = folder / manifest.FILE
        try:
            head = next(item for section, item in manifest.read(path) if section == "head")
            if not self.store.exported(manifest.hash_file(path)[1]):
                problems.append(f"the record tells of no export with this {manifest.FILE}")
        except (OSError, ValueError, StopIteration):
            return problems or [f"{manifest.FILE} can not be read"]
        if "anchor" in head.get("record", {}):  # an older Studio wrote none
            known.add(head["record"]["anchor"], manifest.FILE)
        return problems

    # --- keys and secrets ------------------------------------------------------------------------

    def rotate_key(self, actor: Actor, *, signing: bool = False) -> int:
        """A new key for what is sealed, and with `signing` for signatures too; how many values."""
        review.permit(actor, "manage")
        count = self.store.rotate(actor)
        if signing:
            self.store.rotate_signing(self.anchors, actor)
        return count

    def forget_key(self, actor: Actor) -> int:
        """Goes on without a key file that is lost; returns how many names are gone with it."""
        review.permit(actor, "manage")
        if self.vault.path.exists():
            raise StateError(
                f"{self.vault.path} is there",
                hint="if it is really the wrong one, move it away first",
            )
        return self.store.forget(actor)

    def set_secret(self, name: str, text: str, actor: Actor) -> None:
        """Keeps a secret (the key of a server or shop) sealed; an empty one is taken away."""
        review.permit(actor, "manage")
        self.store.set_secret(name, text, actor)

    def secrets(self, actor: Actor) -> tuple[str, ...]:
        """The names of what is kept; nobody is shown a secret again."""
        review.permit(actor, "manage")
        return self.store.secrets()

    # --- people ----------------------------------------------------------------------------------

    def purge(self, name: str, actor: Actor) -> Purged:
        """Takes a person's account and name away for good; every line of the record stays.

        Raises NotFoundError, and StateError for oneself and for the last admin.
        """
        review.permit(actor, "manage")
        if name == actor.name:
            raise StateError("nobody purges himself", hint="ask another admin")
        id = self.store.purge_person(name, actor)
        return Purged(id=id, still_in=tuple(self._naming(name)))

    def _naming(self, name: str) -> Iterator[str]:
        """Exports in the home whose manifest tells the name as editor or approver."""
        for path in sorted((self.settings.home / "exports").glob(f"*/{manifest.FILE}")):
            if f'"{name}"' in path.read_text("utf-8", "replace"):
                yield str(path)

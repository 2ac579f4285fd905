"""Studio: the only thing that the edges may call. Every method takes the actor and checks the role."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from threading import Event as Flag
from typing import Any

from studio import catalog, channels, compliance, imaging, jobs, prompting, review
from studio.channels import Manifest
from studio.engines import weights
from studio.errors import InputError, NotFoundError, StudioError
from studio.pipeline import Kit, Step, Task, context_of, digest, examine, today
from studio.schema import (
    Actor,
    Attribute,
    Brief,
    Copy,
    Draft,
    Event,
    Finding,
    Issue,
    Listing,
    Noun,
    Product,
    State,
)
from studio.service import doctor, kits
from studio.settings import Settings
from studio.store import Media, Store


class Imported(Noun):
    """The report of an import. The numbers of `balance` add up to `rows`."""

    rows: int
    products: int
    variants: int
    balance: dict[str, int]
    new: int
    changed: int
    same: int
    issues: tuple[Issue, ...]
    ids: tuple[str, ...]


class Failed(Noun):
    """An item that could not be made, and why."""

    listing: str
    reason: str
    tries: int


class Made(Noun):
    """The report of a generation: what was made, what was up to date already, what failed."""

    made: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    failed: tuple[Failed, ...] = ()


class Exported(Noun):
    """The report of an export."""

    folder: Path
    listings: tuple[str, ...]
    files: int
    manifest: Path


class Studio:
    """The studio on one home folder. Cheap to build: the store, rules and engines come when needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    # --- what it is made of

    @cached_property
    def store(self) -> Store:
        self.settings.home.mkdir(parents=True, exist_ok=True)
        url = self.settings.database or f"sqlite:///{self.settings.home / 'studio.db'}"
        store = Store(url, media=self.media)
        store.migrate()
        return store

    @cached_property
    def media(self) -> Media:
        return Media(self.settings.home / "media")

    @cached_property
    def rules(self) -> compliance.Rules:
        return compliance.load([f / "packs" for f in self.settings.extra if (f / "packs").is_dir()])

    @cached_property
    def kit(self) -> Kit:
        return kits.build(self.settings, self.media.get, self.rules)

    @property
    def solo(self) -> bool:
        """Whether one person may both edit and approve; each such approval says so in the record."""
        return len(self.store.users()) < 2 if self.settings.solo is None else self.settings.solo

    def close(self) -> None:
        if "store" in self.__dict__:
            self.store.close()

    # --- catalog

    def import_catalog(
        self,
        paths: Sequence[Path],
        actor: Actor,
        *,
        images: Path | None = None,
        headers: Sequence[Path] = (),
        locale: str = "",
        currency: str = "",
    ) -> Imported:
        """Read catalog files into the store. Raises InputError for a file that cannot be read."""
        review.permit(actor, "import")
        intake = catalog.read(
            paths, images=images, headers=headers, locale=locale, currency=currency
        )
        issues = list(intake.issues)
        products = [self._with_photos(p, intake.photos, issues) for p in intake.products]
        issues += [issue for p in products if (issue := _injection(p))]
        counts = self.store.put_products(products, actor)
        return Imported(
            rows=intake.rows,
            products=len(products),
            variants=sum(len(p.variants) for p in products),
            balance=intake.balance,
            issues=tuple(issues),
            ids=tuple(p.id for p in products),
            **counts,
        )

    def _with_photos(
        self, product: Product, found: Mapping[str, Path], issues: list[Issue]
    ) -> Product:
        """The product with its photo files checked and kept in the store."""
        kept = []
        for photo in product.photos:
            path = found.get(photo.ref)
            if path is not None:
                try:
                    data = imaging.checked(path)
                except InputError as error:
                    file, _, line = product.where.rpartition(":")
                    issues.append(
                        Issue(
                            file=file,
                            line=int(line or 0),
                            column="image",
                            value=photo.ref,
                            message=error.message,
                            remedy=error.hint,
                        )
                    )
                    continue
                photo = photo.model_copy(update={"sha256": self.media.put(data)})
            kept.append(photo)
        return product.model_copy(update={"photos": tuple(kept)})

    def products(
        self, actor: Actor, *, search: str = "", after: str = "", limit: int = 50
    ) -> list[Product]:
        """A page of products in the order of their ids; `after` is the last id of the page before."""
        review.permit(actor, "read")
        return self.store.products(search=search, after=after, limit=limit)

    def product(self, id: str, actor: Actor) -> Product:
        review.permit(actor, "read")
        return self.store.product(id)

    # --- making

    def plan(
        self,
        actor: Actor,
        *,
        channel: str,
        locale: str = "",
        ids: Iterable[str] | None = None,
        force: bool = False,
        **wishes: Any,
    ) -> tuple[list[Task], list[str]]:
        """The tasks that must be made, and the listings that are up to date already.

        Without a locale each product is written in its own. `wishes` are further fields of Brief.
        """
        review.permit(actor, "generate")
        if channel not in self.kit.channels:
            raise NotFoundError.of("channel", channel, self.kit.channels)
        todo, fresh = [], []
        for product in self._chosen(ids):
            brief = Brief(channel=channel, locale=locale or product.locale, **wishes)
            task = Task(product, brief)
            name = listing_id(task)
            if not force and self.store.listing_digest(name) == digest(task, self.kit):
                fresh.append(name)
            else:
                todo.append(task)
        return todo, fresh

    def _chosen(self, ids: Iterable[str] | None) -> Iterator[Product]:
        if ids is not None:
            yield from (self.store.product(id) for id in ids)
            return
        after = ""
        while page := self.store.products(after=after, limit=500):
            yield from page
            after = page[-1].id

    def generate(
        self,
        tasks: Sequence[Task],
        actor: Actor,
        *,
        on_item: Callable[[str, str], None] | None = None,
        on_step: Step | None = None,
        cancel: Flag | None = None,
    ) -> Made:
        """Make and save each task; `on_item` gets (listing, reason of failure or "") as each ends."""
        review.permit(actor, "generate")
        made: list[str] = []
        failures: list[Failed] = []
        tell = on_item or (lambda listing, reason: None)

        def done(task: Task, draft: Draft, seconds: float) -> None:
            made.append(self.store.save_draft(draft, actor).id)
            tell(made[-1], "")

        def failed(task: Task, error: StudioError, tries: int) -> None:
            failures.append(Failed(listing=listing_id(task), reason=str(error), tries=tries))
            tell(listing_id(task), str(error))

        jobs.run(tasks, self.kit, done=done, failed=failed, on_step=on_step, cancel=cancel)
        return Made(made=tuple(made), failed=tuple(failures))

    # --- review

    def listings(
        self,
        actor: Actor,
        *,
        state: State | None = None,
        channel: str = "",
        product: str = "",
        search: str = "",
        after: int = 0,
        limit: int = 50,
    ) -> list[Listing]:
        """A page of listings, riskiest first."""
        review.permit(actor, "read")
        return self.store.listings(
            state=state, channel=channel, product=product, search=search, after=after, limit=limit
        )

    def listing(self, id: str, actor: Actor) -> Listing:
        review.permit(actor, "read")
        return self.store.listing(id)

    def edit(
        self, id: str, changes: Mapping[str, str], *, revision: int, actor: Actor
    ) -> Listing:
        """Put new words into fields of the revision that was read. Raises StateError if it moved."""
        review.permit(actor, "edit")
        listing = self.store.listing(id)
        text = listing.text
        for place, words in changes.items():
            text = text.replace(place, words, "edited")
        claims, findings = self._checked(listing, text)
        return self.store.save_text(id, text, claims, findings, revision=revision, actor=actor)

    def fix_all(self, id: str, *, revision: int, actor: Actor) -> Listing:
        """Apply every safe suggestion of the findings."""
        listing = self.listing(id, actor)
        texts = dict(listing.text.parts())
        mended = compliance.rewrite(texts, listing.findings)
        changes = {place: words for place, words in mended.items() if words != texts[place]}
        return self.edit(id, changes, revision=revision, actor=actor)

    def _checked(self, listing: Listing, text: Copy) -> tuple[Any, tuple[Finding, ...]]:
        """Claims and findings of a text under today's rules; waivers of the same findings stay."""
        product = self.store.product(listing.product)
        channel = self.kit.channel(listing.brief)
        context = context_of(product, listing.brief, channel)
        claims, findings = examine(dict(text.parts()), context, self.rules)
        day = today(listing.brief)
        findings = (*findings, *channels.check(text, listing.pictures, channel, day))
        pictures = [f for f in listing.findings if f.field.startswith("pictures.")]
        known = {f.key for f in findings}
        waived = {f.key: f.waived for f in listing.findings if f.waived}
        kept = [f for f in pictures if f.key not in known]
        return claims, tuple(
            f.model_copy(update={"waived": waived.get(f.key)}) for f in (*findings, *kept)
        )

    def recheck(self, id: str, actor: Actor) -> Listing:
        """Check a stored listing under today's rules; its text stays as it is."""
        review.permit(actor, "read")
        listing = self.store.listing(id)
        claims, findings = self._checked(listing, listing.text)
        if (claims, findings) == (listing.claims, listing.findings):
            return listing
        return self.store.save_findings(id, claims, findings, revision=listing.revision)

    def submit(self, id: str, *, revision: int, actor: Actor) -> Listing:
        return self._move(id, "submit", revision, actor)

    def approve(self, id: str, *, revision: int, actor: Actor) -> Listing:
        """Approve the revision that was seen, after a check under today's rules."""
        review.permit(actor, "approve")
        self.recheck(id, actor)
        return self._move(id, "approve", revision, actor)

    def reject(self, id: str, reason: str, *, revision: int, actor: Actor) -> Listing:
        return self._move(id, "reject", revision, actor, reason)

    def withdraw(self, id: str, *, revision: int, actor: Actor) -> Listing:
        return self._move(id, "withdraw", revision, actor)

    def _move(
        self, id: str, action: str, revision: int, actor: Actor, reason: str = ""
    ) -> Listing:
        return self.store.set_state(
            id, action, revision=revision, actor=actor, reason=reason, solo=self.solo
        )

    def waive(
        self, id: str, finding: str, reason: str, *, actor: Actor, evidence: str = ""
    ) -> Listing:
        """Take a finding on oneself, with a reason; `finding` is its key."""
        return self.store.waive(id, finding, reason, actor, evidence=evidence)

    def all_listings(self, actor: Actor) -> Iterator[Listing]:
        """Every listing, riskiest first."""
        after = 0
        while page := self.listings(actor, after=after, limit=200):
            yield from page
            after = self.store.queue_key(page[-1].id)

    # --- export

    def export(
        self, channel: str, folder: Path, actor: Actor, *, base_url: str = ""
    ) -> Exported:
        """Write exactly the approved revisions of a channel, then read the files back."""
        review.permit(actor, "export")
        spec = self.kit.channels.get(channel)
        if spec is None:
            raise NotFoundError.of("channel", channel, self.kit.channels)
        items = list(self.store.approved(channel))
        if not items:
            raise InputError(
                f"nothing on {channel} is approved yet",
                hint="approve listings first: studio review, or the review page of studio serve",
            )
        record = {"head": self.store.head(), "rules": self.rules.digest, "base_url": base_url}
        manifest: Manifest = channels.write(
            spec, items, folder, self.media.get, by=actor.name, record=record
        )
        for _, listing in items:
            self.store.mark_exported(listing.id, actor, revision=listing.revision)
        return Exported(
            folder=folder,
            listings=tuple(listing.id for _, listing in items),
            files=len(manifest.files),
            manifest=folder / "manifest.json",
        )

    def verify(self, actor: Actor, folder: Path | None = None) -> list[str]:
        """What is wrong with the record, and with an export folder when one is given."""
        review.permit(actor, "read")
        problems: list[str] = list(self.store.verify())
        if folder is not None:
            problems += channels.verify(folder)
        return problems

    def forecast(self, on: date, actor: Actor) -> Iterator[tuple[Listing, tuple[Finding, ...]]]:
        """Each listing with the findings that hold on that day and do not hold today."""
        for listing in self.all_listings(actor):
            if new := self._new_on(listing, on):
                yield listing, new

    def _new_on(self, listing: Listing, on: date) -> tuple[Finding, ...]:
        product = self.store.product(listing.product)
        context = context_of(product, listing.brief, self.kit.channel(listing.brief))
        texts = dict(listing.text.parts())
        _, today_findings = examine(texts, context, self.rules)
        held = {f.key for f in today_findings if not f.cleared}
        _, then = examine(texts, context.model_copy(update={"on": on}), self.rules)
        return tuple(f for f in then if not f.cleared and f.key not in held)

    # --- the house

    def doctor(self) -> dict[str, Any]:
        """Settings, engines and the store's health, as plain values."""
        return doctor.report(self)

    def models(self) -> list[dict[str, Any]]:
        """The small models of the registry and where they lie."""
        return doctor.models(self.settings)

    def default_models(self) -> list[str]:
        """The models that the default engines want and that come under an open licence."""
        wanted = {"copy": self.settings.copy_engine == "transformers", "cutout": True}
        named = bool(self.settings.copy_model)
        return [
            m["name"]
            for m in self.models()
            if wanted.get(m["task"]) and not m["terms"] and not (named and m["task"] == "copy")
        ]

    def pull_model(
        self, name: str, on_progress: Callable[[int, int], None], *, accepted: bool = False
    ) -> Path:
        """Get a model of the registry; `accepted`: its terms were read and accepted."""
        return weights.pull(name, self.settings.models, on_progress, accepted=accepted)

    def events(
        self, actor: Actor, *, listing: str = "", after: int = 0, limit: int = 100
    ) -> list[Event]:
        review.permit(actor, "read")
        return self.store.events(listing=listing, after=after, limit=limit)


def listing_id(task: Task) -> str:
    return f"{task.product.id}/{task.brief.channel}/{task.brief.locale}"


def _injection(product: Product) -> Issue | None:
    """A warning when a cell reads like an instruction to a model. The text stays data all the same."""
    for facts in product.facts.values():
        cells = [("title", facts.title), ("description", facts.description)]
        cells += [(a.name, a.value) for a in facts.attributes]
        for column, value in cells:
            if why := prompting.suspicious(value):
                file, _, line = product.where.rpartition(":")
                return Issue(
                    file=file,
                    line=int(line or 0),
                    column=column,
                    value=value[:120],
                    message=f"this text reads like an instruction to a model ({why})",
                    remedy="it is used as plain text only; remove it from the catalog",
                )
    return None

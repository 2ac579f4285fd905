"""Catalog files into the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from studio import catalog, data, prompting, review
from studio.catalog.report import Report
from studio.errors import InputError
from studio.imaging import opening
from studio.schema import Actor, Issue, Noun, Photo, Product
from studio.service.base import Base
from studio.service.fetching import Fetcher
from studio.store import Page

IDS = 1000  # of a report
OFTEN = 120  # characters of a cell that may stand in many rows


class Imported(Noun):
    """The report of an import. The numbers of `balance` add up to `rows`; `ids` are the first
    thousand, and of more than ten thousand issues the rest are only counted."""

    rows: int
    products: int
    variants: int
    balance: dict[str, int]
    new: int
    changed: int
    same: int
    issues: tuple[Issue, ...]
    ids: tuple[str, ...]
    more_issues: int = 0


class Importing(Base):
    """The catalog."""

    def import_catalog(
        self,
        paths: Sequence[Path],
        actor: Actor,
        *,
        images: Path | None = None,
        headers: Sequence[Path] = (),
        locale: str = "",
        currency: str = "",
        language: str = "en",
    ) -> Imported:
        """Read catalog files into the store; `language` is that of the issues (en, zh).

        A thousand products at a time are in memory. Raises InputError for a file that cannot be
        read; then nothing was stored.
        """
        review.permit(actor, "import")
        reading = catalog.Reading(
            paths,
            images=images,
            headers=headers,
            locale=locale,
            currency=currency,
            language=language,
            remote=self.settings.fetch_pictures,
        )
        fetcher = Fetcher(self.settings.fetch_hosts, language=language)
        ids: list[str] = []

        def stored() -> Iterator[Product]:
            for read in reading:
                product = self._with_photos(read, reading.photos, reading.report, fetcher)
                if issue := _injection(product, language):
                    reading.report.add(issue)
                if len(ids) < IDS:
                    ids.append(product.id)
                yield product

        counts = self.store.put_products(stored(), actor)
        return Imported(
            rows=reading.report.rows,
            products=sum(counts.values()),
            variants=reading.variants,
            balance=dict(reading.report.balance),
            issues=reading.issues,
            ids=tuple(ids),
            more_issues=reading.report.more,
            **counts,
        )

    def _with_photos(
        self,
        product: Product,
        found: Mapping[str, Path],
        report: Report,
        fetcher: Fetcher,
    ) -> Product:
        """The product with its pictures, and its variants', checked and kept in the store."""
        known: dict[str, Photo | None] = {}

        def kept(photos: Sequence[Photo]) -> tuple[Photo, ...]:
            for photo in photos:
                if photo.ref not in known:
                    known[photo.ref] = self._stored(photo, product, found, report, fetcher)
            return tuple(stored for p in photos if (stored := known[p.ref]) is not None)

        variants = tuple(v.model_copy(update={"photos": kept(v.photos)}) for v in product.variants)
        return product.model_copy(update={"photos": kept(product.photos), "variants": variants})

    def _stored(
        self,
        photo: Photo,
        product: Product,
        found: Mapping[str, Path],
        report: Report,
        fetcher: Fetcher,
    ) -> Photo | None:
        """The photo with its sha256; as it is when no file was found; None for a broken one."""
        path = found.get(photo.ref)
        remote = self.settings.fetch_pictures and photo.ref.startswith(("http://", "https://"))
        if path is None and not remote:
            return photo
        try:
            if path is not None:
                content = opening.load(path, language=fetcher.language)
            else:
                content = fetcher.fetch(photo.ref)
            name = path.name if path is not None else photo.ref[:200]
            opening.read(content, name, language=fetcher.language)
        except InputError as error:
            file, _, line = product.where.rpartition(":")
            report.add(
                Issue(
                    file=file,
                    line=int(line or 0),
                    column="image",
                    value=photo.ref,
                    message=error.message,
                    remedy=error.hint,
                )
            )
            return None
        return photo.model_copy(update={"sha256": self.media.put(content)})

    def products(
        self, actor: Actor, *, search: str = "", after: str = "", limit: int = 50
    ) -> Page[Product, str]:
        """A page of products in the order of their ids."""
        review.permit(actor, "read")
        return self.store.products(search, after=after, limit=limit)

    def import_sample(self, actor: Actor, *, language: str = "en") -> Imported:
        """The sample catalog, to look around with."""
        return self.import_catalog([data.folder("assets") / "sample"], actor, language=language)

    def count_products(self, actor: Actor, *, search: str = "") -> int:
        review.permit(actor, "read")
        return self.store.count_products(search)

    def product(self, id: str, actor: Actor) -> Product:
        review.permit(actor, "read")
        return self.store.product(id)


_ORDER = (
    "this text reads like an instruction to a model ({why})",
    "这段文字像是在对模型下指令（{why}）",
)
_REMOVE = (
    "it is used as plain text only; remove it from the catalog",
    "它只会被当作普通文字；建议从商品表中删除",
)


@lru_cache(maxsize=4096)
def _often(value: str) -> str:
    """The answer for a short cell, of which a column has few."""
    return prompting.suspicious(value)


def _injection(product: Product, language: str) -> Issue | None:
    """A warning when a cell reads like an order to a model. The text stays data all the same."""
    for facts in product.facts.values():
        cells = [("brand", product.brand), ("category", facts.category)]
        cells += [("title", facts.title), ("description", facts.description)]
        cells += [(a.name, a.value) for a in facts.attributes]
        for column, value in cells:
            if why := _often(value) if len(value) <= OFTEN else prompting.suspicious(value):
                file, _, line = product.where.rpartition(":")
                return Issue(
                    file=file,
                    line=int(line or 0),
                    column=column,
                    value=value[:120],
                    message=_ORDER[language == "zh"].format(why=why),
                    remedy=_REMOVE[language == "zh"],
                )
    return None

"""read(): catalog files -> products, issues, and an account of every row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from studio.catalog import headers as names
from studio.catalog import sources
from studio.catalog.build import Builder
from studio.catalog.fold import Folder
from studio.catalog.headers import Headers
from studio.catalog.join import Part, join, take_fact
from studio.catalog.layout import Layout
from studio.catalog.money import currency_code
from studio.catalog.photos import Finder
from studio.catalog.profiles import recognise
from studio.catalog.report import Report
from studio.schema import Issue, Noun, Product

_ROLES = {
    "evidence": ("evidence", "证书"),
    "translation": ("translations", "翻译"),
    "attribute": ("attributes", "属性"),
    "photo": ("pictures", "图片"),
}


class Intake(Noun):
    """What was read. `balance` says where each row went and sums to `rows`: product, variant,
    picture, blank, issue, joined (attributes, categories, evidence ...), deleted (marked so by
    the shop), caption (above the header), other. `photos`: Photo.ref -> file on this machine."""

    products: tuple[Product, ...]
    issues: tuple[Issue, ...]
    rows: int
    balance: dict[str, int]
    photos: dict[str, Path] = Field(default_factory=dict)
    variants: int = 0  # rows that can be bought: all offers, also a second one in another currency
    more_issues: int = 0  # beyond those that are listed


class Reading:
    """Catalog files as products, one by one, at a memory that does not grow with their number.

    Every row is read when this is made, so a file that can not be read gives nothing at all.
    `photos` are those of the product in hand; issues and balance are whole after the last one.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        images: Path | None = None,
        headers: Sequence[Path] = (),
        locale: str = "",
        currency: str = "",
        language: str = "en",
        remote: bool = False,
    ) -> None:
        """See `read`."""
        self.report = report = Report("zh" if language.startswith("zh") else "en")
        known = names.load(tuple(headers), report.language)
        if currency and not currency_code(currency):
            raise report.refuse("currency-unknown", currency)
        self._finder = Finder(Path(images) if images else None, report, remote)
        self._files = sources.files(paths, report)
        self._folder = Folder(report)
        parts = _parts(self._files, known, report)
        _fold(parts, known, self._folder)
        folders = {part.table.file: part.table.path.parent.resolve() for part in parts}
        code = currency_code(currency)
        self._builder = Builder(known, report, self._finder, folders, locale, code)
        self.variants = 0

    def __iter__(self) -> Iterator[Product]:
        for entry in self._folder.finish():
            self._finder.found.clear()
            product = self._builder.product(entry)
            self.variants += len(product.variants)
            yield product
        self.variants += self._folder.offers
        self._folder.shelf.close()

    @property
    def photos(self) -> dict[str, Path]:
        """Photo.ref -> file on this machine, for the product in hand."""
        return self._finder.found

    @property
    def issues(self) -> tuple[Issue, ...]:
        """In the order of files and lines."""
        order = {file: i for i, (_, file) in enumerate(self._files)}
        by_line = sorted(
            self.report.issues, key=lambda i: (order.get(i.file.split("[")[0], 0), i.line)
        )
        return tuple(by_line)


def read(paths: Sequence[Path], **options: Any) -> Intake:
    """Read catalog files, which may be tables of one export, or a folder of them.

    `images`: a folder of pictures; `headers`: the user's own header names; `locale` and `currency`
    (ISO 4217) where the files do not say them; `language` of the messages, "en" or "zh";
    `remote`: pictures given by web address are fetched by the caller, and are no issue here.
    A bad cell or row is an Issue. Raises InputError for a file that cannot be read at all.
    """
    reading, products, photos = Reading(paths, **options), [], dict[str, Path]()
    for product in reading:
        products.append(product)
        photos |= reading.photos
    return Intake(
        products=tuple(products),
        issues=reading.issues,
        rows=reading.report.rows,
        balance=dict(reading.report.balance),
        photos=photos,
        variants=reading.variants,
        more_issues=reading.report.more,
    )


def _parts(files: Sequence[tuple[Path, str]], known: Headers, report: Report) -> list[Part]:
    """Every table of every file with what it is."""
    parts = []
    for path, file in files:
        for table in sources.tables(path, file, report, known.known):
            parts.append(Part(table, recognise(table.header, table.name, known)))
    return parts


def _fold(parts: list[Part], known: Headers, folder: Folder) -> None:
    """Products first, then what joins them."""
    flat = [part for part in parts if part.match.spec.role == "flat"]
    joined = [p for p in parts if p not in flat and p.match.profile.relational]
    tables = [p for p in parts if p not in flat and p not in joined]
    flat = _titled(flat, known, folder.report, bool(joined))
    for name in dict.fromkeys(part.match.profile.name for part in joined):
        own = [part for part in joined if part.match.profile.name == name]
        join(own, own[0].match.profile, known, folder)
    if tables and not flat and not joined:
        role = _ROLES[tables[0].match.spec.role][folder.report.language == "zh"]
        raise folder.report.refuse("only-tables", tables[0].table.file, role=role)
    for part in flat:
        _flat(part, known, folder)
    for part in tables:
        _table(part, known, folder)


def _titled(parts: list[Part], known: Headers, report: Report, others: bool) -> list[Part]:
    """The tables that have titles. One without is an error, unless it is a further sheet."""
    good = [p for p in parts if "title" in _fields(p, known)]
    for part in parts:
        if part in good:
            continue
        seen = ", ".join(part.table.header[:30])
        if not part.table.name or not (good or others):
            raise report.refuse("no-title", f"{part.table.file}:{part.table.line}", seen=seen)
        rows = sum(1 for _ in part.table.rows)
        report.issue(
            "sheet-skipped",
            part.table.file,
            part.table.line,
            "",
            seen,
            sheet=part.table.name,
            rows=rows,
        )
        report.count("other", rows)
    return good


def _fields(part: Part, known: Headers) -> set[str]:
    return Layout(part.table.header, part.match, known).fields


def _flat(part: Part, known: Headers, folder: Folder) -> None:
    layout = Layout(part.table.header, part.match, known)
    caption = part.match.spec.caption
    rows = 0
    for row in part.table.rows:
        if caption and caption.items() <= set(zip(part.table.header, row.cells, strict=False)):
            folder.report.count("caption")
            continue
        rows += 1
        if any(row.cells):
            folder.flat(part.match, layout.record(part.table.file, row.line, row.cells))
        else:
            folder.report.count("blank")
    if not rows:
        seen = ", ".join(part.table.header[:30])
        raise folder.report.refuse("no-rows", part.table.file, seen=seen)


def _table(part: Part, known: Headers, folder: Folder) -> None:
    """A table of evidence, translations, attributes or pictures, joined by SKU, id or handle."""
    layout = Layout(part.table.header, part.match, known)
    role = part.match.spec.role
    for row in part.table.rows:
        if not any(row.cells):
            folder.report.count("blank")
            continue
        record = layout.record(part.table.file, row.line, row.cells)
        if role == "translation":
            folder.translation(record)
            continue
        entry = folder.named(record)
        if role == "attribute":
            take_fact(folder, known, record, entry)
        elif entry is not None:
            record.role = "picture" if role == "photo" else "joined"
            if role == "photo":
                entry.pictures.append(record)
            else:
                entry.evidence.append(record)
                folder.report.count("joined")

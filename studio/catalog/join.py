"""Relational exports: tables that name each other's keys become records of products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from studio.catalog.fold import Folder
from studio.catalog.headers import Headers
from studio.catalog.layout import Layout, human
from studio.catalog.limits import PACKED
from studio.catalog.profiles import Match, Profile, Spec
from studio.catalog.report import Report
from studio.catalog.rows import Entry, Fact, Record, Row, Table
from studio.catalog.shelf import Key
from studio.catalog.values import is_true, pictures

_ORDER = ("product", "option", "variant", "option_value", "more", "attribute", "photo")
_DEEP = 20  # levels of a category tree; a circle ends here


@dataclass
class Part:
    """A table and what it is to its profile."""

    table: Table
    match: Match


class Lookup:
    """Rows by key: brands, categories, and whatever else a row refers to."""

    def __init__(self, spec: Spec, header: list[str]) -> None:
        self.spec, self.at = spec, {name: i for i, name in enumerate(header)}
        self.rows: dict[str, Row] = {}

    def add(self, row: Row) -> None:
        self.rows[self.cell(row, self.spec.key)] = row

    def cell(self, row: Row, column: str) -> str:
        at = self.at.get(column, -1)
        return row.cells[at] if 0 <= at < len(row.cells) else ""

    def path(self, key: str) -> str:
        """The names from the root of a tree to this row."""
        names: list[str] = []
        while key in self.rows and len(names) < _DEEP:
            row = self.rows[key]
            names.append(self.cell(row, self.spec.tree["name"]))
            key = self.cell(row, self.spec.tree["parent"])
        return " > ".join(reversed([name for name in names if name]))


def join(parts: list[Part], profile: Profile, headers: Headers, folder: Folder) -> None:
    """Feed all tables of one export to the folder: lookups first, then products, then the rest."""
    report = folder.report
    if not any(part.match.spec.role == "product" for part in parts):
        spec = next(s for s in profile.tables if s.role == "product")
        needs = ", ".join(spec.recognise) or spec.model
        raise report.refuse(
            "no-main-table", parts[0].table.file, profile=profile.name, table=spec.name, needs=needs
        )
    lookups: dict[str, Lookup] = {}
    for part in parts:
        if part.match.spec.role in ("lookup", "ignore"):
            _index(part, lookups, report)
    joiner = _Joiner(profile, headers, folder, lookups)
    for role in _ORDER:
        for part in parts:
            if part.match.spec.role == role:
                joiner.table(part, role)


def _index(part: Part, lookups: dict[str, Lookup], report: Report) -> None:
    spec = part.match.spec
    lookup = lookups.setdefault(spec.name, Lookup(spec, part.table.header))
    for row in part.table.rows:
        if not any(row.cells):
            report.count("blank")
        elif spec.role == "ignore":
            report.count("other")
        elif spec.deleted and is_true(lookup.cell(row, spec.deleted)):
            report.issue("rows-deleted", part.table.file, row.line)
            report.count("deleted")
        else:
            lookup.add(row)
            report.count("joined")


class _Joiner:
    def __init__(
        self, profile: Profile, headers: Headers, folder: Folder, lookups: dict[str, Lookup]
    ) -> None:
        self.profile, self.headers, self.folder = profile, headers, folder
        self.report, self.lookups = folder.report, lookups
        # own key -> where its row is: the entry, and which of its variants; None: it was no variant
        self.variants: dict[str, tuple[Key, int] | None] = {}

    def table(self, part: Part, role: str) -> None:
        spec = part.match.spec
        virtual = [name for name in spec.columns if "." in name and name not in part.table.header]
        layout = Layout(part.table.header, part.match, self.headers, virtual)
        take = getattr(self, f"_{role}")
        for row, cells in self._rows(part, virtual):
            record = layout.record(part.table.file, row.line, [*row.cells, *cells.values()])
            at = dict(zip(part.table.header, row.cells, strict=False)) | cells
            take(part.match, record, at)

    def _rows(self, part: Part, virtual: list[str]) -> Iterator[tuple[Row, dict[str, str]]]:
        """Rows that count, in order, each padded, with its virtual cells by name."""
        spec, header = part.match.spec, part.table.header
        rows: Iterator[Row] | list[Row] = iter(part.table.rows)
        if spec.sort in header:
            at = header.index(spec.sort)
            rows = sorted(rows, key=lambda row: _number(row.cells, at))
        wanted = [*virtual, *([spec.of] if "." in spec.of else [])]
        for row in rows:
            padded = Row(row.line, [*row.cells, *[""] * (len(header) - len(row.cells))])
            cells = dict(zip(header, padded.cells, strict=False))
            if not any(row.cells):
                self.report.count("blank")
            elif spec.deleted and is_true(cells.get(spec.deleted, "")):
                self.report.issue("rows-deleted", part.table.file, row.line)
                self.report.count("deleted")
            else:
                yield padded, {name: self._resolve(spec, cells, name) for name in wanted}

    def _resolve(self, spec: Spec, cells: dict[str, str], name: str) -> str:
        """The cell "column.column" of the row that a column refers to; "path" is a tree's."""
        ref, _, column = name.rpartition(".")
        table = self.lookups.get(spec.refs.get(ref, ""))
        key = self._resolve(spec, cells, ref) if "." in ref else cells.get(ref, "")
        if table is None or key not in table.rows:
            return ""
        return table.path(key) if column == "path" else table.cell(table.rows[key], column)

    # --- one method for each role ---------------------------------------------------------------

    def _product(self, match: Match, record: Record, cells: dict[str, str]) -> None:
        self.folder.product(match, record, cells.get(match.spec.key, ""))
        self._lost_category(match, record, cells)

    def _variant(self, match: Match, record: Record, cells: dict[str, str]) -> None:
        entry = self.folder.entry(match, record, cells.get(match.spec.of, ""))
        if entry is None:
            return
        record.key = cells.get(match.spec.key, "")
        values = pictures(record.get("list")) if record.get("list") else []
        record.options = [("", value) for value in values]
        place = (entry.profile.name, entry.main.key), len(entry.variants)
        self.variants[record.key] = place if self.folder.variant(entry, record) else None

    def _option(self, match: Match, record: Record, cells: dict[str, str]) -> None:
        entry = self._of(match, record, cells)
        if entry is not None and len(entry.options) < PACKED:
            name = record.get("fact.name")
            values = entry.options.setdefault(name, [])
            values += _names(record.get("list"))[: PACKED - len(values)]

    def _option_value(self, match: Match, record: Record, cells: dict[str, str]) -> None:
        variant = self._variant_of(record, cells.get(match.spec.of, ""))
        if variant is not None:
            variant.options.append((record.get("fact.name"), record.get("fact.value")))

    def _variant_of(self, record: Record, key: str) -> Record | None:
        """The variant that a row is about; counts the row, as an issue when there is none."""
        if key not in self.variants:
            self.report.issue("row-orphan", record.file, record.line, "", key, row=True, key=key)
            return None
        self.report.count("joined")
        place = self.variants[key]
        entry = self.folder.shelf.get(place[0]) if place else None
        return entry.variants[place[1]] if place and entry else None

    def _more(self, match: Match, record: Record, cells: dict[str, str]) -> None:
        if match.spec.owner == "product":
            entry = self._of(match, record, cells)
            if entry is not None:
                entry.more.append(record)
                self._lost_category(match, record, cells)
            return
        variant = self._variant_of(record, cells.get(match.spec.of, ""))
        if variant is not None:
            self._merge(variant, record)

    def _merge(self, variant: Record, record: Record) -> None:
        """Prices and stock of a variant; the second price is one in another currency."""
        if record.get("price") and variant.get("price"):
            variant.offers.append(record)
            return
        variant.values = {**record.values, **variant.values}
        variant.columns = {**record.columns, **variant.columns}

    def _attribute(self, match: Match, record: Record, cells: dict[str, str]) -> None:
        take_fact(self.folder, self.headers, record, self._of(match, record, cells, count=False))

    def _photo(self, match: Match, record: Record, cells: dict[str, str]) -> None:
        entry = self._of(match, record, cells, count=False)
        if entry is not None:
            record.role = "picture"
            entry.pictures.append(record)

    def _of(
        self, match: Match, record: Record, cells: dict[str, str], count: bool = True
    ) -> Entry | None:
        entry = self.folder.entry(match, record, cells.get(match.spec.of, ""))
        if entry is not None and count:
            self.report.count("joined")
        return entry

    def _lost_category(self, match: Match, record: Record, cells: dict[str, str]) -> None:
        """A category number that its table does not have. 0 means "none" in these shops."""
        for column in match.spec.refs:
            key = cells.get(column, "")
            path = f"{column}.path"
            if path in match.spec.columns and key not in ("", "0") and not record.get("category"):
                self.report.issue(
                    "category-unknown", record.file, record.line, column, key, key=key
                )


def take_fact(folder: Folder, headers: Headers, record: Record, entry: Entry | None) -> None:
    """A row that is one attribute of a product."""
    if entry is None:
        return
    name, value = human(record.get("fact.name")), record.get("fact.value")
    if not name or not value:
        folder.report.issue("row-empty-fact", record.file, record.line, "", name, row=True)
        return
    column = record.columns["fact.value"]
    entry.facts.append(
        (record, Fact(name, value, headers.kind(name), record.get("locale"), column))
    )
    folder.report.count("joined")


def _names(text: str) -> list[str]:
    """The values of an option: one, or a JSON list of texts or of objects with a name."""
    import json

    if not text.startswith("["):
        return [text] if text else []
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return [text]
    return [str(v.get("name", "")) if isinstance(v, dict) else str(v) for v in found]


def _number(cells: Sequence[str], at: int) -> float:
    try:
        return float(cells[at])
    except (ValueError, IndexError):
        return 0.0

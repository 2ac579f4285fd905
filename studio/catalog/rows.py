"""The shapes between a file and a Product: Table and Row (as read), Record (with our words)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from studio.catalog.limits import COLUMNS

if TYPE_CHECKING:
    from studio.catalog.profiles import Profile
    from studio.catalog.report import Report


class Row(NamedTuple):
    """Cells as text. `line` is the physical line (CSV, XML), the sheet's row, or the number
    of the record (JSON)."""

    line: int
    cells: Sequence[str]


@dataclass
class Table:
    """A header and its rows, which may be read only once. `name`: a sheet or a model, or ""."""

    path: Path
    file: str  # as issues show it
    header: list[str]
    rows: Iterable[Row]
    name: str = ""
    line: int = 1  # of the header


class Fact(NamedTuple):
    """An attribute before it is cleaned. `locale` is "" for the catalog's main language."""

    name: str
    value: str
    kind: str = ""
    locale: str = ""
    column: str = ""


@dataclass(slots=True)
class Record:
    """A row in our words. `values`: field -> text as it stood; `columns`: field -> header."""

    file: str
    line: int
    role: str = ""
    key: str = ""
    values: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)  # (locale, field)
    facts: list[Fact] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    children: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    unmapped: dict[str, str] = field(default_factory=dict)
    offers: list[Record] = field(default_factory=list)  # prices in further currencies

    def get(self, name: str) -> str:
        return self.values.get(name, "")


@dataclass(slots=True)
class Entry:
    """The rows of one product. `main` is the row with its texts."""

    id: str
    profile: Profile
    main: Record
    variants: list[Record] = field(default_factory=list)
    pictures: list[Record] = field(default_factory=list)
    more: list[Record] = field(default_factory=list)
    translations: list[Record] = field(default_factory=list)
    evidence: list[Record] = field(default_factory=list)
    facts: list[tuple[Record, Fact]] = field(default_factory=list)
    options: dict[str, list[str]] = field(default_factory=dict)  # name -> values


def tabulate(
    path: Path,
    file: str,
    records: Sequence[tuple[int, dict[str, str]]],
    report: Report,
    name: str = "",
) -> Table:
    """A table of records whose keys differ: the header is their union, in order of sight.

    Raises InputError when there are too many of them.
    """
    header = list(dict.fromkeys(key for _, record in records for key in record))
    if len(header) > COLUMNS:
        raise report.refuse("many-columns", file, seen=len(header), most=COLUMNS)
    rows = (Row(line, [record.get(key, "") for key in header]) for line, record in records)
    return Table(path, file, header, rows, name)

"""The seam for formats: a file `format_<name>.py` says how a table looks and is read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from studio.channels.entry import Entry
from studio.errors import NotFoundError

Row = Mapping[str, str]


class Table(Protocol):
    """A kind of file with rows. Writing returns bytes; reading is another program's code."""

    @property
    def suffix(self) -> str: ...
    @property
    def most(self) -> int:
        """Rows that a file may hold; 0 for no limit."""
        ...

    def header(self, columns: Sequence[str], options: Mapping[str, Any]) -> bytes:
        """`options`: the spec's, with the record's over them."""
        ...

    def lines(self, columns: Sequence[str], rows: Iterable[Row], at: int) -> bytes:
        """`at`: how many rows the file has already."""
        ...

    def footer(self) -> bytes: ...
    def read(self, path: Path) -> Iterator[dict[str, str]]: ...


class Format(Protocol):
    """What such a file holds."""

    NAME: str
    TABLE: Table
    COLUMNS: tuple[str, ...]  # in order; "bullets" stands for "bullets.1", "bullets.2" ...
    TEXTS: tuple[str, ...]  # columns whose empty cell would blank a text of the shop

    def title(self, column: str, locale: str) -> str:
        """The header of a column."""
        ...

    def rows(self, entry: Entry) -> list[dict[str, str]]:
        """The rows of a product, by column."""
        ...

    def approved(self, entry: Entry) -> dict[str, Any]:
        """What a reader must find, in JSON's types, taken from the listing and not from rows."""
        ...

    def back(self, rows: Iterator[Row]) -> Iterator[dict[str, Any]]:
        """The same, from the rows of the file."""
        ...


def formats() -> list[str]:
    """The names of all formats."""
    return sorted(p.stem.removeprefix("format_") for p in Path(__file__).parent.glob("format_*.py"))


def find_format(name: str) -> Format:
    """Raises NotFoundError with near matches."""
    if name not in formats():
        raise NotFoundError.of("export format", name, formats())
    found: Format = import_module(f"studio.channels.format_{name}")
    return found

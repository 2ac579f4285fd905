"""fill(): which cell gets which text, for either kind of file."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

import yaml

from studio.channels.cells import bullets, risky, to_html
from studio.channels.export import check_approved
from studio.channels.filling import delimited, workbook
from studio.errors import InputError, StateError
from studio.schema import Copy, Listing, Noun, Product

LOOK = 12  # rows among which the header is looked for
_TAG = re.compile(r"<(p|br|div|span|img|table|ul|h[1-6])\b[^<>]*>", re.IGNORECASE)
_NAMES = Path(__file__).with_name("names.yaml")
Grid = Sequence[Sequence[str]]
Changes = dict[tuple[int, int], str]  # (row, column), both from 0 -> text


class Filled(Noun):
    """What was filled in. `listings`: listing -> revision; `missing`: SKUs of approved listings
    that the sheet does not have (the first hundred); `columns`: what each known column is;
    `pictured`: descriptions that stay as they are, for a text would take their pictures away;
    `risky`: texts of a CSV file that a spreadsheet would run, which stay exact for the channel."""

    path: Path
    cells: int
    rows: int
    added: int
    listings: dict[str, int]
    missing: tuple[str, ...]
    columns: dict[str, str]
    sha256: str
    pictured: int = 0
    risky: int = 0


def fill(
    template: Path,
    out: Path,
    items: Iterable[tuple[Product, Listing]],
    *,
    channel: str,
    locale: str = "",
    add: bool = False,
) -> Filled:
    """Writes `out`: the template with approved texts. `locale`: of these only; it must be named
    where texts of several are approved, for a row has one. `add`: a row for each SKU without one.

    Raises what an export raises for a listing that is not approved as it stands, InputError when
    the file is no sheet that could be filled, StateError when `out` is there already or does not
    read back.
    """
    if out.exists():
        raise StateError(f"{out} is there already", hint="choose another name")
    kind = workbook if template.suffix.lower() in (".xlsx", ".xlsm") else delimited
    sheet = kind.opened(template)
    at, columns = _header(sheet.grid, template.name)
    plan = _Plan(sheet.grid, at, columns, add)
    for product, listing in items:
        if locale in ("", listing.locale):
            check_approved(product, listing, channel)
            plan.take(product, listing)
    if not plan.locales:
        what = f"{channel} in {locale}" if locale else channel
        raise InputError(f"nothing on {what} is approved yet", hint="approve listings first")
    made = sheet.changed(plan.changes)
    part = out.with_name(f".{out.name}.{secrets.token_hex(4)}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(made)
        _proved(kind.opened(part).grid, sheet.grid, plan.changes)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.rename(out)
    finally:
        part.unlink(missing_ok=True)
    return Filled(
        path=out,
        cells=len(plan.changes),
        rows=len({row for row, _ in plan.changes if row < len(sheet.grid)}),
        added=plan.added,
        listings=plan.used,
        missing=tuple(plan.missing),
        columns={sheet.grid[at][n]: field for n, field in columns.items()},
        sha256=sha256(made).hexdigest(),
        pictured=plan.pictured,
        risky=sum(map(risky, plan.changes.values())) if kind is delimited else 0,
    )


def _proved(seen: Grid, before: Grid, changes: Changes) -> None:
    """Raises StateError unless the new file has the changes and all else as it was."""
    height = max([len(before), *(row + 1 for row, _ in changes)])
    for row in range(height):
        old = before[row] if row < len(before) else ()
        new = seen[row] if row < len(seen) else ()
        for column in range(max(len(old), len(new), *(c + 1 for r, c in changes if r == row), 0)):
            was = old[column] if column < len(old) else ""
            now = new[column] if column < len(new) else ""
            if now != changes.get((row, column), was):
                raise StateError(
                    f"the filled sheet does not read back: row {row + 1}, column {column + 1} is "
                    f"{now[:80]!r}",
                    hint="nothing was written; please report this with the sheet's header",
                )


@cache
def _known() -> dict[str, str]:
    named = yaml.safe_load(_NAMES.read_text("utf-8"))
    return {_plain(name): field for field, names in named.items() for name in names}


def _plain(header: str) -> str:
    return re.sub(r"[\W_]+", "", header.casefold())


def _field(header: str) -> str:
    """ "Bullet point 2" is "bullets.1"; "" for a header that is not known."""
    plain = _plain(header)
    word, number = plain.rstrip("0123456789"), re.search(r"\d*$", plain)
    field = _known().get(plain) or _known().get(word, "")
    if field == "bullets":
        return f"bullets.{max(1, int(number[0] or 1)) - 1}" if number else ""
    return field if plain == word or plain in _known() else ""


def _header(grid: Grid, name: str) -> tuple[int, dict[int, str]]:
    """(row, column -> field) of the row with the most known headers. Raises InputError."""
    found = [{n: f for n, cell in enumerate(row) if (f := _field(cell))} for row in grid[:LOOK]]
    at = max(range(len(found)), key=lambda n: len(set(found[n].values())), default=0)
    columns: dict[int, str] = {}
    for n, field in found[at].items() if found else ():
        if field not in columns.values():  # of two alike, the first
            columns[n] = field
    if "sku" not in columns.values() or len(columns) < 2:
        raise InputError(
            "no row of the sheet names a SKU and a text",
            where=name,
            hint="known headers: SKU, Title, Bullet point 1, Description; 商家编码、标题、卖点1",
        )
    return at, columns


class _Plan:
    """Which cells change."""

    def __init__(self, grid: Grid, at: int, columns: Mapping[int, str], add: bool) -> None:
        self.grid, self.columns, self.add = grid, columns, add
        self.sku = next(n for n, field in columns.items() if field == "sku")
        self.rows: dict[str, list[int]] = {}
        for number in range(at + 1, len(grid)):
            if key := self._cell(number, self.sku).strip():
                self.rows.setdefault(key, []).append(number)
        last = [n for n in range(len(grid)) if any(grid[n])]
        self.end = last[-1] + 1 if last else at + 1
        self.changes: Changes = {}
        self.used: dict[str, int] = {}
        self.locales: set[str] = set()
        self.missing: list[str] = []
        self.added = self.pictured = 0

    def _cell(self, row: int, column: int) -> str:
        cells = self.grid[row]
        return cells[column] if column < len(cells) else ""

    def take(self, product: Product, listing: Listing) -> None:
        """The rows of a product's SKUs, or new ones for them."""
        self.locales.add(listing.locale)
        if len(self.locales) > 1:
            named = ", ".join(sorted(self.locales))
            raise InputError(f"texts in {named} are approved", hint="say which: --locale")
        for sku in [v.sku for v in product.variants] or [product.id]:
            rows = self.rows.get(sku, [])
            if not rows and self.add:
                rows = [self.end + self.added]
                self.added += 1
                self.changes[rows[0], self.sku] = sku
            for row in rows:
                self._texts(row, listing)
            if rows:
                self.used[listing.id] = listing.revision
            elif len(self.missing) < 100:
                self.missing.append(sku)

    def _texts(self, row: int, listing: Listing) -> None:
        """A text that the listing lacks leaves the cell as it is."""
        for column, field in self.columns.items():
            text = _text(listing, field)
            before = self._cell(row, column) if row < len(self.grid) else ""
            if text and field == "description" and (tags := _TAG.findall(before)):
                if "img" in map(str.lower, tags):
                    self.pictured += 1
                    continue
                text = to_html(Copy(description=text))
            if text and text != before:
                self.changes[row, column] = text


def _text(listing: Listing, field: str) -> str:
    text = listing.text
    if field == "sku":
        return ""
    if field.startswith("bullets."):
        number, found = int(field.partition(".")[2]), bullets(text)
        return found[number] if number < len(found) else ""
    if field == "keywords":
        return ", ".join(text.keywords)
    return text.text(field)

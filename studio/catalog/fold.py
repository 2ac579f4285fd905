"""Records to entries: which rows are one product. An entry keeps its rows; build.py reads them."""

from __future__ import annotations

from collections.abc import Iterator

from studio.catalog.headers import locale_of
from studio.catalog.limits import OFFERS, VARIANTS
from studio.catalog.profiles import Match
from studio.catalog.report import Report
from studio.catalog.rows import Entry, Record
from studio.catalog.shelf import Key, Owner, Shelf
from studio.catalog.values import is_scientific

_VARIANT_FIELDS = ("sku", "price", "barcode", "quantity", "variant row")


class Folder:
    """Takes records in any order and gives entries in the order of their first rows."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.shelf = Shelf()
        self._parents: list[Key] = []  # entries whose row names others as its variants
        self._last: Key | None = None
        self.offers = 0  # rows that are a further price of a variant

    # --- flat exports ---------------------------------------------------------------------------

    def flat(self, match: Match, record: Record) -> None:
        """A row that says itself what it is."""
        types = match.spec.types
        group = record.get("group")
        if types and (record.unmapped.get(types.column, "").strip().casefold() in types.variant):
            self.shelf.wait(match.profile.name, record, record.get("parent"))
            return
        if record.get("locale") and self._translates(record):
            return
        key = group or record.get("id" if types else "sku") or record.get("sku") or record.get("id")
        if not key and not record.get("title") and not record.texts:
            self._continue(record)
            return
        if not key:
            key = record.get("title") or next(iter(record.texts.values()))
            self.report.once("key-from-title", record.file, record.line)
        known = self.shelf.get((match.profile.name, key))
        if known and (group or not record.get("sku")):
            self._further(known, record)
        elif known:
            self._twice("sku-twice", record, key, known.main)
        elif group and not record.get("title") and not record.texts:
            self.shelf.wait(match.profile.name, record, group)
        else:
            self._open(match, record, key)

    def _open(self, match: Match, record: Record, key: str, id_: str = "") -> None:
        # A product that is known by its handle may share its SKU by mistake: told, but kept.
        if not self._claim(record, key, kept=bool(record.get("group") or id_)):
            return
        shown = record.get("group") or record.get("sku") or key
        record.role, record.key = "product", key
        place, entry = (match.profile.name, key), Entry(id_ or shown, match.profile, record)
        self.shelf.add(place, entry)
        names = (entry.id, key, record.get("sku"), record.get("id"), record.get("group"))
        for name in dict.fromkeys(filter(None, names)):
            self.shelf.alias(name, place)
        if record.children:
            self._parents.append(place)
        self._last = place

    def _further(self, entry: Entry, record: Record) -> None:
        """A later row of a product that is known by its group."""
        if record.options or any(record.get(name) for name in _VARIANT_FIELDS):
            self.variant(entry, record)
        elif record.images or record.get("variant_image"):
            self._picture(entry, record)
        else:
            self._twice("product-twice", record, entry.id, entry.main)

    def _continue(self, record: Record) -> None:
        """A row without a key and without a title belongs to the one above it (merged cells)."""
        last = self.shelf.get(self._last) if self._last else None
        if last is not None and (record.options or (record.facts and record.get("price"))):
            self.variant(last, record)
        elif last is not None and record.images:
            self._picture(last, record)
        else:
            self.report.issue("row-no-title", record.file, record.line, row=True)

    def variant(self, entry: Entry, record: Record) -> bool:
        """Adds the row to the entry's variants; False when it became something else."""
        if self._offers(entry, record):
            return False
        if len(entry.variants) >= VARIANTS:
            file, line = record.file, record.line
            key = entry.id[:80]
            self.report.issue("many-variants", file, line, row=True, key=key, most=VARIANTS)
        elif self._claim(record, entry.main.key, at=len(entry.variants)):
            record.role = "variant"
            entry.variants.append(record)
            for name in (record.get("sku"), record.get("id")):
                if name:
                    self.shelf.alias(name, (entry.profile.name, entry.main.key))
            return True
        return False

    def _offers(self, entry: Entry, record: Record) -> bool:
        """Whether the row is a variant's price in another currency (Spree writes one row each)."""
        currency, sku = record.get("currency"), record.get("sku")
        owner = self.shelf.owner(sku) if currency and sku else None
        if owner is None or owner.key != entry.main.key or owner.at < 0:
            return False
        same = entry.variants[owner.at]
        if len(same.offers) >= OFFERS:
            return False
        if currency in {r.get("currency") for r in (same, *same.offers)}:
            return False
        record.role = "variant"
        same.offers.append(record)
        self.offers += 1
        return True

    def _picture(self, entry: Entry, record: Record) -> None:
        record.role = "picture"
        entry.pictures.append(record)

    def _translates(self, record: Record) -> bool:
        """The same product again, in another language (a store view of Magento)."""
        known = self.shelf.named(record.get("sku") or record.get("group"))
        if known is None or known.main.get("locale") == record.get("locale"):
            return False
        self.translation(record, known)
        return True

    def _claim(self, record: Record, key: str, kept: bool = False, at: int = -1) -> bool:
        """Whether the row's SKU is free; if not, that is an issue, and the row is only used when
        it is to be kept all the same."""
        sku = record.get("sku")
        if not sku:
            return True
        if is_scientific(sku):
            column = record.columns.get("sku", "")
            self.report.issue("key-scientific", record.file, record.line, column, sku)
        owner = self.shelf.claim(sku, Owner(record.file, record.line, key, at))
        if owner is not None:
            code = "sku-shared" if kept else "sku-twice"
            self._issue_twice(code, record, sku, owner.file, owner.line, row=not kept)
            return kept
        return True

    def _twice(self, code: str, record: Record, key: str, first: Record) -> None:
        self._issue_twice(code, record, record.get("sku") or key, first.file, first.line)

    def _issue_twice(
        self, code: str, record: Record, sku: str, other: str, at: int, row: bool = True
    ) -> None:
        column = record.columns.get("sku") or record.columns.get("group", "")
        file, line = record.file, record.line
        self.report.issue(
            code, file, line, column, sku, level="error", row=row, sku=sku, other=other, at=at
        )

    # --- tables that join -----------------------------------------------------------------------

    def product(self, match: Match, record: Record, key: str) -> None:
        """A row of a relational export's product table."""
        known = self.shelf.get((match.profile.name, key))
        if not key or not record.get("title"):
            self.report.issue("row-no-title", record.file, record.line, row=True)
        elif known:
            self._twice("product-twice", record, key, known.main)
        else:
            group = record.get("group")
            self._open(match, record, key, group or match.profile.id.format(key=key))

    def entry(self, match: Match, record: Record, key: str) -> Entry | None:
        """The product that a joined row is about; an issue when there is none."""
        found = self.shelf.get((match.profile.name, key)) if key else None
        if found is None and key and match.profile.name in ("plain", "spree"):
            found = self.shelf.named(key)
        if found is None:
            code = "row-orphan" if key else "row-no-key"
            self.report.issue(code, record.file, record.line, "", key, row=True, key=key)
        return found

    def named(self, record: Record) -> Entry | None:
        """The product of a row that names a SKU, an id or a handle."""
        names = (record.get("sku"), record.get("id"), record.get("group"))
        key = next((name for name in names if name), "")
        found = self.shelf.named(key) if key else None
        if found is None:
            code = "row-orphan" if key else "row-no-key"
            self.report.issue(code, record.file, record.line, "", key, row=True, key=key)
        return found

    def translation(self, record: Record, entry: Entry | None = None) -> None:
        """A product's texts in another language; `entry` when it is known whose."""
        word = record.get("locale")
        if not locale_of(word):
            column = record.columns.get("locale", "")
            self.report.issue(
                "row-locale", record.file, record.line, column, word, row=True, word=word
            )
            return
        entry = entry or self.named(record)
        if entry is not None:
            record.role = "joined"
            entry.translations.append(record)

    # --- the end --------------------------------------------------------------------------------

    def finish(self) -> Iterator[Entry]:
        """All entries, with the rows that waited for theirs; counts every row that was used. Each
        is read from disk, so that what is done to one costs no memory for the next."""
        for profile, record, parent in self.shelf.waiting():
            key = parent.removeprefix("id:")
            found = self.shelf.get((profile, key)) or (self.shelf.named(key) if key else None)
            if found is None:
                code = "row-orphan" if key else "row-no-title"
                self.report.issue(code, record.file, record.line, "", key, row=True, key=key)
            else:
                self._further(found, record)
        for place in self._parents:
            self._adopt(place)
        for entry in self.shelf:
            offers = [offer for row in entry.variants for offer in row.offers if offer.role]
            for record in (
                entry.main,
                *entry.variants,
                *offers,
                *entry.pictures,
                *entry.translations,
            ):
                self.report.count(record.role)
            yield entry

    def _adopt(self, place: Key) -> None:
        """Rows that the product names as its variants stop being products."""
        parent = self.shelf.get(place)
        for sku, options in parent.main.children if parent else ():
            key = self.shelf.found(sku)
            child = self.shelf.get(key) if key else None
            # Got again for each child, for there may be more of them than entries in memory.
            entry = self.shelf.get(place)
            assert entry is not None
            taken = child is not None and child.main.get("sku") != sku  # by another parent
            if key is None or child is None or key == place or taken:
                main = entry.main
                column = main.columns.get("children", "")
                self.report.issue("child-missing", main.file, main.line, column, sku, sku=sku)
                continue
            self.shelf.remove(key)
            child.main.role, child.main.options = "variant", options
            entry.variants.append(child.main)
            self.shelf.move(sku, place)
            for record in (*child.pictures, *child.variants):
                entry.pictures.append(record)

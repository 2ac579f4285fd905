"""Records to entries: which rows are one product. An entry keeps its rows; build.py reads them."""

from __future__ import annotations

from dataclasses import dataclass, field

from studio.catalog.headers import locale_of
from studio.catalog.limits import OFFERS, VARIANTS
from studio.catalog.profiles import Match, Profile
from studio.catalog.report import Report
from studio.catalog.rows import Fact, Record
from studio.catalog.values import is_scientific

_VARIANT_FIELDS = ("sku", "price", "barcode", "quantity", "variant row")


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


class Folder:
    """Takes records in any order and gives entries in the order of their first rows."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.entries: dict[tuple[str, str], Entry] = {}
        self.aliases: dict[str, tuple[str, str]] = {}  # sku, id or handle -> entry
        self._skus: dict[str, tuple[str, int, str]] = {}  # sku -> file, line, entry's key
        self._variants: dict[str, Record] = {}  # sku -> row
        self._waiting: list[tuple[Match, Record, str]] = []
        self._last: Entry | None = None
        self.offers = 0  # rows that are a further price of a variant

    # --- flat exports ---------------------------------------------------------------------------

    def flat(self, match: Match, record: Record) -> None:
        """A row that says itself what it is."""
        types = match.spec.types
        group = record.get("group")
        if types and (record.unmapped.get(types.column, "").strip().casefold() in types.variant):
            self._waiting.append((match, record, record.get("parent")))
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
        known = self.entries.get((match.profile.name, key))
        if known and (group or not record.get("sku")):
            self._further(known, record)
        elif known:
            self._twice("sku-twice", record, key, known.main)
        elif group and not record.get("title") and not record.texts:
            self._waiting.append((match, record, group))
        else:
            self._open(match, record, key)

    def _open(self, match: Match, record: Record, key: str, id_: str = "") -> Entry | None:
        # A product that is known by its handle may share its SKU by mistake: told, but kept.
        if not self._claim(record, key, kept=bool(record.get("group") or id_)):
            return None
        shown = record.get("group") or record.get("sku") or key
        record.role, record.key = "product", key
        entry = Entry(id_ or shown, match.profile, record)
        self.entries[match.profile.name, key] = entry
        self._alias(entry, match.profile.name, key)
        self._last = entry
        return entry

    def _alias(self, entry: Entry, profile: str, key: str) -> None:
        main = entry.main
        for name in (entry.id, key, main.get("sku"), main.get("id"), main.get("group")):
            if name:
                self.aliases.setdefault(name, (profile, key))

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
        if self._last is not None and (record.options or (record.facts and record.get("price"))):
            self.variant(self._last, record)
        elif self._last is not None and record.images:
            self._picture(self._last, record)
        else:
            self.report.issue("row-no-title", record.file, record.line, row=True)

    def variant(self, entry: Entry, record: Record) -> None:
        if self._offers(entry, record):
            return
        if len(entry.variants) >= VARIANTS:
            file, line = record.file, record.line
            key = entry.id[:80]
            self.report.issue("many-variants", file, line, row=True, key=key, most=VARIANTS)
        elif self._claim(record, entry.main.key):
            record.role = "variant"
            entry.variants.append(record)
            self._variants.setdefault(record.get("sku"), record)
            for name in (record.get("sku"), record.get("id")):
                if name:
                    self.aliases.setdefault(name, (entry.profile.name, entry.main.key))

    def _offers(self, entry: Entry, record: Record) -> bool:
        """Whether the row is a variant's price in another currency (Spree writes one row each)."""
        currency, sku = record.get("currency"), record.get("sku")
        if not currency or self._skus.get(sku, ("", 0, ""))[2] != entry.main.key:
            return False
        same = self._variants.get(sku)
        if same is None or len(same.offers) >= OFFERS:
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
        known = self.aliases.get(record.get("sku") or record.get("group"))
        if not known or self.entries[known].main.get("locale") == record.get("locale"):
            return False
        self.translation(record, record.get("sku") or record.get("group"))
        return True

    def _claim(self, record: Record, key: str, kept: bool = False) -> bool:
        """Whether the row's SKU is free; if not, that is an issue, and the row is only used when
        it is to be kept all the same."""
        sku = record.get("sku")
        if not sku:
            return True
        if is_scientific(sku):
            column = record.columns.get("sku", "")
            self.report.issue("key-scientific", record.file, record.line, column, sku)
        if sku in self._skus:
            file, line, _ = self._skus[sku]
            code = "sku-shared" if kept else "sku-twice"
            self._issue_twice(code, record, sku, file, line, row=not kept)
            return kept
        self._skus[sku] = (record.file, record.line, key)
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
        known = self.entries.get((match.profile.name, key))
        if not key or not record.get("title"):
            self.report.issue("row-no-title", record.file, record.line, row=True)
        elif known:
            self._twice("product-twice", record, key, known.main)
        else:
            group = record.get("group")
            self._open(match, record, key, group or match.profile.id.format(key=key))

    def entry(self, match: Match, record: Record, key: str) -> Entry | None:
        """The product that a joined row is about; an issue when there is none."""
        found = self.entries.get((match.profile.name, key)) if key else None
        if found is None and match.profile.name in ("plain", "spree") and key in self.aliases:
            found = self.entries[self.aliases[key]]
        if found is None:
            code = "row-orphan" if key else "row-no-key"
            self.report.issue(code, record.file, record.line, "", key, row=True, key=key)
        return found

    def named(self, record: Record) -> Entry | None:
        """The product of a row that names a SKU, an id or a handle."""
        names = (record.get("sku"), record.get("id"), record.get("group"))
        key = next((name for name in names if name), "")
        if key in self.aliases:
            return self.entries[self.aliases[key]]
        code = "row-orphan" if key else "row-no-key"
        self.report.issue(code, record.file, record.line, "", key, row=True, key=key)
        return None

    def translation(self, record: Record, key: str = "") -> None:
        word = record.get("locale")
        if not locale_of(word):
            column = record.columns.get("locale", "")
            self.report.issue(
                "row-locale", record.file, record.line, column, word, row=True, word=word
            )
            return
        entry = self.entries[self.aliases[key]] if key else self.named(record)
        if entry is not None:
            record.role = "joined"
            entry.translations.append(record)

    # --- the end --------------------------------------------------------------------------------

    def finish(self) -> list[Entry]:
        """All entries, with the rows that waited for theirs; counts every row that was used."""
        for match, record, parent in self._waiting:
            key = parent.removeprefix("id:")
            found = self.entries.get((match.profile.name, key))
            if found is None and key in self.aliases:
                found = self.entries[self.aliases[key]]
            if found is None:
                code = "row-orphan" if key else "row-no-title"
                self.report.issue(code, record.file, record.line, "", key, row=True, key=key)
            else:
                self._further(found, record)
        for entry in list(self.entries.values()):
            if entry.main.children:
                self._adopt(entry)
        entries = list(self.entries.values())
        for entry in entries:
            offers = [offer for row in entry.variants for offer in row.offers if offer.role]
            for record in (
                entry.main,
                *entry.variants,
                *offers,
                *entry.pictures,
                *entry.translations,
            ):
                self.report.count(record.role)
        return entries

    def _adopt(self, entry: Entry) -> None:
        """Rows that the product names as its variants stop being products."""
        for sku, options in entry.main.children:
            key = self.aliases.get(sku, ("", ""))
            child = self.entries.get(key)
            if child is None or child is entry:
                main = entry.main
                column = main.columns.get("children", "")
                self.report.issue("child-missing", main.file, main.line, column, sku, sku=sku)
                continue
            del self.entries[key]
            child.main.role, child.main.options = "variant", options
            entry.variants.append(child.main)
            self.aliases[sku] = (entry.profile.name, entry.main.key)
            for record in (*child.pictures, *child.variants):
                entry.pictures.append(record)

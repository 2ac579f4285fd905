"""An entry's rows become a Product: prices, facts, variants, pictures, evidence; what is wrong
becomes an issue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from studio.catalog.facts import Texts, clean, differing, facts_in, promote
from studio.catalog.gallery import Gallery
from studio.catalog.headers import Headers
from studio.catalog.money import currency_code, price
from studio.catalog.photos import Finder
from studio.catalog.report import Report
from studio.catalog.rows import Entry, Fact, Record
from studio.catalog.values import barcode, day, is_nothing, whole
from studio.schema import Attribute, Evidence, Money, Product, Variant, locale_language


class Builder:
    """Makes Products. `folders`: where each file's relative pictures are looked for."""

    def __init__(
        self,
        headers: Headers,
        report: Report,
        finder: Finder,
        folders: dict[str, Path],
        locale: str,
        currency: str,
    ) -> None:
        self.headers, self.report, self.finder = headers, report, finder
        self.folders, self.locale, self.currency = folders, locale, currency

    def product(self, entry: Entry) -> Product:
        main = entry.main
        texts = Texts(entry, self.headers, self.locale)
        rows = self._variant_rows(entry)
        shared, options, own = self._share(entry, rows, texts.locale)
        texts.facts = [*texts.facts, *shared]
        language = locale_language(texts.locale)
        facts = texts.all()
        self._unmapped = dict(texts.unmapped)
        sold = any(row is main for row in rows)  # then its faults were told with the variants
        gallery = Gallery(self.finder, self.report, self.folders)
        variants = tuple(
            self._variant(entry, row, i + (not sold), options[i], own[i], language, gallery)
            for i, row in enumerate(rows)
        )
        amount, compare = self._price(entry, main, language, variants, sold)
        return Product(
            id=entry.id,
            locale=texts.locale,
            facts=facts,
            brand=texts.brand,
            price=amount,
            compare_at=compare,
            barcode="" if sold else self._barcode(main),
            quantity=None if sold or rows else self._stock(main),
            variants=variants,
            photos=gallery.product(entry, rows, variants),
            evidence=tuple(self._evidence(entry)),
            link=main.get("link") if main.get("link").startswith(("http://", "https://")) else "",
            where=f"{main.file}:{main.line}",
            unmapped=self._leftovers(entry, rows),
        )

    # --- variants -------------------------------------------------------------------------------

    def _variant_rows(self, entry: Entry) -> list[Record]:
        """The rows that can be bought. The product's own row is one of them when it has options,
        or when no row has and it has a SKU beside its product's key."""
        main, rest = entry.main, entry.variants
        if main.options or (
            main.get("sku") not in ("", entry.id)
            and main.get("group")
            and not any(r.options for r in rest)
        ):
            return self._named([main, *rest], entry)
        return self._named(rest, entry)

    def _named(self, rows: list[Record], entry: Entry) -> list[Record]:
        """Later rows may leave the option's name out: then the first row's stands."""
        names = [name for name, _ in rows[0].options] if rows else []
        for row in rows:
            row.options = [
                (name or self._option_name(entry, value, i, names), value)
                for i, (name, value) in enumerate(row.options)
            ]
        return rows

    def _option_name(self, entry: Entry, value: str, at: int, names: list[str]) -> str:
        """By the product's list of options that have this value, else by position."""
        having = [name for name, values in entry.options.items() if value in values]
        listed = list(entry.options)
        if len(having) == 1:
            return having[0]
        if at < len(listed):
            return listed[at]
        return names[at] if at < len(names) and names[at] else f"Option {at + 1}"

    def _share(
        self, entry: Entry, rows: list[Record], locale: str
    ) -> tuple[list[Fact], list[list[Fact]], list[list[Fact]]]:
        """(facts of the product, options of each variant, other facts of each variant)."""
        options = [self._options(entry, row) for row in rows]
        if not rows:
            return list(entry.main.facts), [], []
        shared, vary = differing([row.facts for row in rows])
        if entry.main is not rows[0]:
            named = {fact.name for fact in entry.main.facts}
            shared = [*entry.main.facts, *(f for f in shared if f.name not in named)]
        if len(rows) > 1 and not any(options):
            options, vary = promote(vary)
        return shared, options, vary

    def _options(self, entry: Entry, row: Record) -> list[Fact]:
        nothing = entry.profile.default_options
        pairs = [(name, value) for name, value in row.options if value not in nothing]
        return [Fact(name, value, self.headers.kind(name)) for name, value in pairs]

    def _variant(
        self,
        entry: Entry,
        row: Record,
        number: int,
        options: list[Fact],
        facts: list[Fact],
        language: str,
        gallery: Gallery,
    ) -> Variant:
        sku = row.get("sku")
        if not sku:
            tail = row.key or "-".join(o.value for o in options) or str(number)
            sku = f"{entry.id}-{tail}"
            if (
                entry.profile.name in ("shopify", "shopify-2026", "woocommerce", "plain")
                and options
            ):
                self.report.issue("no-variant-key", row.file, row.line, sku=sku)
        amount, compare = self._money(entry, self._offer(row, sku), language)
        named = {option.name for option in options}
        return Variant(
            sku=sku,
            options=tuple(_attributes(options)),
            price=amount,
            compare_at=compare,
            barcode=self._barcode(row),
            quantity=self._stock(row),
            photos=gallery.photos(self._variant_pictures(entry, row), row),
            attributes=tuple(_attributes(f for f in facts_in(facts, "") if f.name not in named)),
        )

    def _stock(self, row: Record) -> int | None:
        """What is in stock; a cell that is no whole number is an issue."""
        told = row.get("quantity")
        if not told or is_nothing(told):
            return None
        stock = whole(told)
        if stock is None:
            column = row.columns.get("quantity", "")
            self.report.issue("quantity-unreadable", row.file, row.line, column, told)
        return stock

    def _variant_pictures(self, entry: Entry, row: Record) -> list[str]:
        if row.get("variant_image"):
            return [row.get("variant_image")]
        if entry.profile.gallery or row is entry.main:
            return []
        return row.images

    # --- prices ---------------------------------------------------------------------------------

    def _price(
        self, entry: Entry, main: Record, language: str, variants: tuple[Variant, ...], sold: bool
    ) -> tuple[Money | None, Money | None]:
        """The product's price: its own, else that of its cheapest variant."""
        prices = [v for v in variants if v.price is not None and v.price.amount > 0]
        quiet = (
            bool(prices) or sold
        )  # the variants say it; a 0 or a range on the product is no fault
        amount, compare = self._money(entry, main, language, quiet=quiet)
        if prices and (amount is None or amount.amount == 0):
            lowest = min(prices, key=lambda v: v.price.amount if v.price else 0)
            return lowest.price, lowest.compare_at
        return amount, compare

    def _money(
        self, entry: Entry, row: Record, language: str, quiet: bool = False
    ) -> tuple[Money | None, Money | None]:
        """(price, former price) of a row. A sale price makes the regular one the former."""
        currency = self._currency(entry, row)
        regular, sale, before = (
            self._amount(row, field, currency, language, quiet)
            for field in ("price", "sale_price", "compare_at")
        )
        now, former = (sale, regular or before) if sale and sale.amount else (regular, before)
        if now is None or former is None or former.amount == now.amount or former.amount == 0:
            return now, None
        if former.amount < now.amount:
            column = row.columns.get("compare_at") or row.columns.get("price", "")
            if not quiet:
                self.report.issue("compare-lower", row.file, row.line, column, str(former.amount))
            return now, None
        return now, former

    def _offer(self, row: Record, sku: str) -> Record:
        """The row with the price to take: in the user's currency, else the first; the prices in
        other currencies are kept beside the product."""
        rows = [row, *row.offers]
        wanted = [r for r in rows if currency_code(r.get("currency")) == self.currency]
        best = wanted[0] if wanted and self.currency else row
        for other in rows:
            if other is not best:
                self._unmapped[f"price {other.get('currency')} {sku}"] = other.get("price")
        return best

    def _currency(self, entry: Entry, row: Record) -> str:
        said = row.get("currency") or entry.main.get("currency")
        if said:
            code = currency_code(said)
            if code:
                return code
            column = row.columns.get("currency", "")
            self.report.once("currency-unknown", row.file, row.line, column, value=said)
        return row.get("header_currency") or self.currency or entry.profile.currency

    def _amount(
        self, row: Record, field: str, currency: str, language: str, quiet: bool
    ) -> Money | None:
        text = row.get(field)
        if not text or is_nothing(text):
            return None
        found = price(text, currency, language)
        column = row.columns.get(field, "")
        problem = found.problem
        if found.money and not found.money.currency and not problem:
            self.report.once("price-no-currency", row.file, row.line, column, value=text)
        elif problem == "price-currency":
            self.report.once(problem, row.file, row.line, column, value=text)
        elif problem and not quiet and not (problem == "price-zero" and field != "price"):
            # A price of 0 is common and often right; what cannot be read is an error.
            zero = problem == "price-zero"
            file, line = row.file, row.line
            self.report.issue(
                problem, file, line, column, text, level="warning" if zero else "error"
            )
        return found.money

    def _barcode(self, row: Record) -> str:
        text = row.get("barcode")
        if not text or is_nothing(text):
            return ""
        digits, problem = barcode(text)
        if problem:
            column = row.columns.get("barcode", "")
            self.report.issue(problem, row.file, row.line, column, text)
        return digits

    # --- the rest -------------------------------------------------------------------------------

    def _evidence(self, entry: Entry) -> Iterable[Evidence]:
        seen: set[Evidence] = set()
        for row in (entry.main, *entry.evidence):
            names = ("type", "title", "number", "issuer", "scope", "file")
            words = {n: clean(row.get(f"evidence.{n}")) for n in names}
            words = {n: "" if is_nothing(word) else word for n, word in words.items()}
            if not words["number"] and not words["title"] and not words["type"]:
                continue
            begin, end = (self._day(row, f"evidence.valid_{w}") for w in ("from", "until"))
            if begin and end and end < begin:
                column = row.columns.get("evidence.valid_until", "")
                self.report.issue("date-order", row.file, row.line, column, str(end))
            proof = Evidence(**words, valid_from=begin, valid_until=end)
            if proof not in seen:
                seen.add(proof)
                yield proof

    def _day(self, row: Record, field: str) -> date | None:
        text = row.get(field)
        found, understood = day(text) if text else (None, True)
        if not understood:
            column = row.columns.get(field, "")
            self.report.issue("date-unreadable", row.file, row.line, column, text, level="error")
        return found

    def _leftovers(self, entry: Entry, rows: list[Record]) -> dict[str, str]:
        """Columns that nobody has a word for: the product's, then what only its variants have."""
        kept = dict(entry.main.unmapped)
        for row in (*entry.more, *rows):
            for name, value in row.unmapped.items():
                kept.setdefault(name, value)
        kept.update(self._unmapped)
        return {name: value for name, value in kept.items() if value}


def _attributes(facts: Iterable[Fact]) -> Iterable[Attribute]:
    for fact in facts:
        value = clean(fact.value)
        if value:
            yield Attribute(name=fact.name, value=value, kind=fact.kind)

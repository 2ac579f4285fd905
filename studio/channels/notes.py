"""What a merchant should know of an export that the tables themselves do not say."""

from __future__ import annotations

from pathlib import Path

import yaml

from studio.channels.cells import gtin, risky
from studio.channels.counting import count
from studio.channels.entry import Entry
from studio.channels.manifest import Note

SHOPS = ("shopify_csv", "woocommerce_csv")  # whose importer knows a product by handle or SKU alone
_FILE = Path(__file__).parent / "notes.yaml"


class Notes:
    """Counts as listings pass by, and remembers the first example of each."""

    def __init__(self, format: str) -> None:
        self.format = format
        self.counts: dict[str, int] = {}
        self.locales: dict[str, None] = {}
        self.examples: dict[str, str] = {}

    def add(self, code: str, example: str) -> None:
        self.counts[code] = self.counts.get(code, 0) + 1
        self.examples.setdefault(code, example)

    def look(self, entry: Entry, rows: list[dict[str, str]]) -> None:
        """Looks at what is written for a product."""
        format = self.format
        self.locales.setdefault(entry.listing.locale)
        if entry.placed and not entry.record.get("base_url") and format != "sheet":
            self.add("relative_pictures", entry.placed[0].path)
        for offer in entry.offers:
            name = offer.sku or entry.product.id
            most, unit = entry.option("sku_max", 0), entry.option("sku_unit", "codepoints")
            if most and count(offer.sku, unit) > most:
                self.add("long_sku", name)
            if offer.price is None:
                self.add("no_price", name)
            elif format.startswith("google") and not offer.price.currency:
                self.add("no_currency", name)
            elif format == "shopify_csv" and offer.price.currency:
                self._currency(offer.price.currency)
            if format.startswith("google"):
                self._google(entry, offer.barcode, offer.quantity is None, name)
        if format != "sheet":
            for row in rows:
                for column, cell in row.items():
                    if risky(cell):
                        self.add("risky_cells", f"{entry.product.id}: {column}")
        if entry.option("status", "") and format == "shopify_csv":
            self.add("draft", str(entry.option("status", "")))

    def _currency(self, currency: str) -> None:
        known = self.examples.get("currency", "")
        if currency not in known.split(", "):
            self.examples["currency"] = f"{known}, {currency}".strip(", ")
        self.counts["currency"] = self.counts.get("currency", 0) + 1

    def _google(self, entry: Entry, barcode: str, no_stock: bool, name: str) -> None:
        if not entry.product.link and not entry.record.get("shop_url"):
            self.add("no_link", name)
        if no_stock:
            self.add("stock_unknown", str(entry.option("availability_unknown", "")))
        if barcode and not gtin(barcode):
            self.add("bad_gtin", f"{name}: {barcode}")

    def found(self) -> tuple[Note, ...]:
        """The notes, in the order of first appearance."""
        if len(self.locales) > 1 and self.format in SHOPS:
            self.counts["languages"] = len(self.locales)
            self.examples["languages"] = ", ".join(self.locales)
        messages = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
        return tuple(
            Note(
                code=code,
                count=count,
                example=self.examples[code],
                message={
                    language: text.replace("{example}", self.examples[code])
                    for language, text in messages[code].items()
                },
            )
            for code, count in self.counts.items()
        )

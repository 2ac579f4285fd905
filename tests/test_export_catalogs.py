"""Real catalogs through every format, and from Shopify's file back through our own importer."""

from __future__ import annotations

from pathlib import Path

import pytest
from export_making import blob, listing

from studio import catalog, channels
from studio.schema import Copy, Product

DATA = Path(__file__).parents[1].parent / "shared" / "data"
CATALOGS = {
    "magento": DATA / "magento-luma" / "configurable_products.csv",
    "shopxo": DATA / "shopxo-zh",
}
EXPORTS = [
    ("shopify", "shopify_csv"),
    ("google_merchant", "google_tsv"),
    ("google_merchant", "google_xml"),
    ("taobao", "sheet"),
]
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="no shared catalogs")


def text(product: Product, channel: str) -> Copy:
    """The catalog's own words, with the title fitted to the channel."""
    facts = product.in_locale(product.locale)
    limit = channels.load(channel).fields["title"]
    return Copy(
        title=channels.fit(facts.title, limit, product.locale).text,
        bullets=tuple(f"{a.name}: {a.value}" for a in facts.attributes[:5]),
        description=facts.description,
    )


def export(products: tuple[Product, ...], channel: str, format: str, folder: Path):
    items = ((p, listing(p, channel, p.locale, text(p, channel), pictures=())) for p in products)
    return channels.write(
        channels.load(channel), items, folder, blob, by="ann", record={"format": format}
    )


@pytest.mark.parametrize("name", CATALOGS)
def test_a_real_catalog_goes_out_whole_and_comes_back(tmp_path, name):
    products = catalog.read([CATALOGS[name]]).products
    for channel, format in EXPORTS:
        made = export(products, channel, format, tmp_path / format)
        assert made.listings == len(products)
        assert channels.verify(made.folder) == []
        if format == "shopify_csv":
            again = [p for t in made.tables for p in catalog.read([made.folder / t.path]).products]
            assert len(again) == len(products)
            assert sum(len(p.variants) for p in again) == sum(len(p.variants) for p in products)
            assert sorted(p.title for p in again) == sorted(
                text(p, channel).title for p in products
            )
            skus = {v.sku for p in products for v in p.variants}
            assert {v.sku for p in again for v in p.variants} == skus

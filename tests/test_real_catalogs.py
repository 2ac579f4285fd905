"""Five real catalogs go all the way: imported, written, approved, exported, and read back."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.schema import Actor, Role
from studio.service import Studio
from studio.settings import Settings

DATA = Path(__file__).parents[1].parent / "shared" / "data"
ME = Actor(name="owner", role=Role.ADMIN)
CATALOGS = {
    "spree": (["spree/products.csv"], 37, 174),
    "magento": (["magento-luma/configurable_products.csv"], 147, 1847),
    "shopxo": (["shopxo-zh"], 28, None),
    "litemall": (["litemall-zh/litemall_*.csv"], 239, None),
    "saleor": (["other-formats/saleor_populatedb_data.json"], 32, 73),
}
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real catalogs are not here")


def opened(home: Path) -> Studio:
    return Studio(Settings(home=home, copy_engine="template", cutout_engine="plain", ocr_engine=""))


@pytest.mark.parametrize("name", CATALOGS)
def test_a_real_catalog_goes_all_the_way(name: str, tmp_path: Path) -> None:
    patterns, products, variants = CATALOGS[name]
    paths = [path for pattern in patterns for path in sorted(DATA.glob(pattern))]
    studio = opened(tmp_path / "home")
    report = studio.import_catalog(paths, ME)
    assert report.products == products
    assert variants in (None, report.variants)
    assert sum(report.balance.values()) == report.rows
    again = studio.import_catalog(paths, ME)
    assert (again.new, again.changed, again.same) == (0, 0, products)

    tasks, _ = studio.plan(ME, channel="shopify", pictures=False)
    assert not studio.generate(tasks, ME).failed
    for listing in list(studio.all_listings(ME)):
        held = studio.submit(listing.id, revision=listing.revision, actor=ME)
        for finding in (f for f in held.findings if f.blocks):
            studio.waive(held.id, finding.key, "looked at in this test", actor=ME)
        studio.approve(held.id, revision=held.revision, actor=ME)
    out = tmp_path / "out"
    assert len(studio.export("shopify", out, ME).listings) == products
    assert studio.verify(ME, out) == []
    studio.close()

    reader = opened(tmp_path / "reader")
    assert reader.import_catalog(sorted(out.glob("*.csv")), ME).products == products
    reader.close()

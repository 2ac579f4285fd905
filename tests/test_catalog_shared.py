"""Real exports of real shops: counts, and what a merchant would look at first."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.catalog import Intake, read

SHARED = Path(__file__).parents[1].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the real catalogs are not here")

CASES = {
    # name: (files, pictures, products, variants, rows)
    "spree": (["spree/products.csv"], "spree/pictures", 37, 174, 211),
    "magento": (
        ["magento-luma/configurable_products.csv"],
        "magento-luma/pictures",
        147,
        1847,
        1994,
    ),
    "shopxo": (["shopxo-zh"], "shopxo-zh/pictures", 28, 49, 1069),
    "litemall": (
        [f"litemall-zh/litemall_{t}.csv" for t in
         ("brand", "category", "goods", "goods_attribute", "goods_product", "goods_specification")],
        "",
        239,
        244,
        1744,
    ),
    "newbee": (
        ["litemall-zh/newbee_goods_category.csv", "litemall-zh/newbee_goods_info.csv"],
        "",
        575,
        0,
        667,
    ),
    "saleor": (
        ["other-formats/saleor_populatedb_data.json"],
        "other-formats/saleor_pictures",
        32,
        73,
        721,
    ),
    "woocommerce": (["other-formats/woocommerce_sample_products.csv"], "", 15, 9, 24),
    "woocommerce test": (["conformance/woocommerce/importer_test_sample.csv"], "", 5, 2, 7),
    "shopify 2019": (["conformance/shopify/template_2019_Handle_47col.csv"], "", 1, 3, 3),
    "shopify 2023": (
        ["conformance/shopify/template_2023_Handle_ProductCategory.csv"], "", 3, 16, 17,
    ),
    "magento bags": (
        ["magento-luma/products_gear_bags.csv", "magento-luma/images_gear_bags.csv"], "", 14, 0, 32,
    ),
    "magento watches": (["magento-luma/products_gear_watches.csv"], "", 9, 0, 9),
    "magento, all files": (["magento-luma"], "magento-luma/pictures", 188, 1847, 2063),
}  # fmt: skip


def load(name: str) -> Intake:
    files, pictures, *_ = CASES[name]
    images = SHARED / pictures if pictures else None
    return read([SHARED / file for file in files], images=images)


@pytest.mark.parametrize("name", CASES)
def test_counts_balance_and_stability(name: str) -> None:
    intake = load(name)
    *_, products, variants, rows = CASES[name]
    assert (len(intake.products), intake.variants, intake.rows) == (products, variants, rows)
    assert sum(intake.balance.values()) == intake.rows
    assert intake.balance.get("issue", 0) == sum(1 for issue in intake.issues if issue.row)
    again = load(name)
    assert [p.digest for p in again.products] == [p.digest for p in intake.products]
    for product in intake.products:
        texts = product.facts[product.locale]
        assert texts.title
        assert "<" not in texts.title + texts.category
        assert "&nbsp;" not in texts.description
        assert "<p" not in texts.description
        assert not texts.category.isdigit()
    skus = [v.sku for p in intake.products for v in p.variants]
    assert len(skus) == len(set(skus))
    assert len({p.id for p in intake.products}) == len(intake.products)


def test_spree_has_two_currencies_three_languages_and_units() -> None:
    files = [SHARED / "spree" / "products.csv", SHARED / "spree" / "product_translations.csv"]
    intake = read(files, images=SHARED / "spree" / "pictures")
    machine = intake.products[0]
    assert set(machine.facts) == {"en-US", "de-DE", "fr-FR"}
    assert machine.facts["de-DE"].title == "Kaffeevollautomat"
    assert machine.facts["en-US"].category == "Kitchen > Coffee Machines"
    assert machine.facts["en-US"].value("power") == "1400W"
    assert machine.facts["en-US"].value("weight") == "19.8 lb"
    assert [v.options[0].value for v in machine.variants] == ["Matte Black", "Silver", "White"]
    assert machine.variants[0].price is not None
    assert (str(machine.variants[0].price.amount), machine.variants[0].price.currency) == (
        "879.99",
        "USD",
    )
    euro = read(files[:1], currency="EUR").products[0]
    assert euro.variants[0].price is not None
    assert str(euro.variants[0].price.amount) == "819.99"
    assert len(intake.photos) == 18


def test_magento_packed_columns_and_pictures() -> None:
    intake = load("magento")
    hoodie = intake.products[0]
    assert hoodie.id == "MH01"
    texts = hoodie.facts["en-US"]
    assert texts.category == "Men > Tops > Hoodies & Sweatshirts"
    assert texts.value("material") == "Wool"
    assert {o.kind for o in hoodie.variants[0].options} == {"size", "colour"}
    assert hoodie.unmapped["additional_attributes.sale"] == "Yes"
    assert len(intake.photos) == 14


def test_shopxo_options_ranges_and_orphans() -> None:
    intake = load("shopxo")
    products = {p.id: p for p in intake.products}
    shirt = products["shopxo-9"]
    assert [(o.name, o.value) for o in shirt.variants[1].options] == [
        ("颜色", "白色"),
        ("尺码", "M"),
    ]
    watch = products["shopxo-8"]
    assert watch.price is not None
    assert [str(v.price.amount) for v in watch.variants if v.price] == ["268.00", "356.00"]
    assert str(watch.price.amount) == "268.00"
    assert watch.brand
    assert not any("区间" in i.message or "range" in i.message for i in intake.issues)
    assert intake.balance["issue"] == 51  # rows of goods that were deleted long ago


def test_litemall_attributes_brand_and_category() -> None:
    intake = load("litemall")
    bed = intake.products[0]
    assert bed.id == "litemall-1006002"
    texts = bed.facts["zh-CN"]
    assert texts.category == "居家 > 床品件套"
    assert [(a.name, a.value, a.kind) for a in texts.attributes[:1]] == [
        ("材质", "100%棉", "material")
    ]
    assert bed.price is not None
    assert bed.price.currency == "CNY"
    six = next(p for p in intake.products if len(p.variants) == 6)
    assert {o.name for v in six.variants for o in v.options} == {"规格", "颜色"}


def test_saleor_blocks_and_options() -> None:
    shirt = next(p for p in load("saleor").products if p.id == "team-shirt")
    assert "<b>" not in shirt.facts["en-US"].description
    assert [v.options[0].value for v in shirt.variants][:2] == ["S", "M"]
    assert shirt.brand == "Saleor Loom"
    assert shirt.variants[0].price is not None
    assert shirt.variants[0].price.currency == "USD"

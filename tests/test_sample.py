"""The sample catalog is whole: every row has its picture, every proof its product."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PIL import Image

from studio.catalog import read
from studio.schema import Product

SAMPLE = Path(__file__).parents[1] / "assets" / "sample"
TABLES = [SAMPLE / name for name in ("products.csv", "products_zh.csv", "evidence.csv")]
PHOTOS = sorted((SAMPLE / "photos").glob("*"))
MB = 1_000_000


def rows(name: str) -> list[dict[str, str]]:
    with (SAMPLE / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def referenced() -> set[str]:
    columns = ("image", "image 2", "主图", "图片2")
    lines = rows("products.csv") + rows("products_zh.csv")
    return {line[c] for line in lines for c in columns if line.get(c)}


@pytest.fixture(scope="module")
def products() -> dict[str, Product]:
    return {p.id: p for p in read(TABLES, images=SAMPLE).products}


@pytest.mark.parametrize("photo", PHOTOS, ids=lambda p: p.name)
def test_a_photo_opens_is_large_enough_and_small_enough(photo: Path) -> None:
    with Image.open(photo) as picture:
        picture.load()
        assert (picture.format, picture.mode) == ("JPEG", "RGB")
        assert min(picture.size) >= 1200
    assert photo.stat().st_size < 250_000


def test_photos_together_stay_light() -> None:
    assert sum(p.stat().st_size for p in PHOTOS) < 2.5 * MB


def test_photos_and_rows_name_each_other() -> None:
    assert referenced() == {f"photos/{p.name}" for p in PHOTOS}


@pytest.mark.parametrize("name", ["products.csv", "products_zh.csv"])
def test_every_row_has_a_picture_and_a_barcode_for_shops_only(name: str) -> None:
    for line in rows(name):
        assert line.get("image") or line.get("主图"), line
        code = line.get("barcode") or line["商品条码"]
        weights = [1, 3] * 6
        check = -sum(int(d) * w for d, w in zip(code[:12], weights, strict=True)) % 10
        assert (len(code), int(code[12])) == (13, check), code
        assert 20 <= int(code[:2]) <= 29, code


def test_the_reader_takes_all_and_objects_only_to_the_price_on_request(
    products: dict[str, Product],
) -> None:
    intake = read(TABLES, images=SAMPLE)
    assert [(i.file, i.column, i.value) for i in intake.issues] == [
        ("products_zh.csv", "价格", "面议")
    ]
    assert intake.rows == sum(intake.balance.values())
    assert (len(products), sum(len(p.variants) for p in products.values())) == (13, 11)
    assert all(p.photos for p in products.values())
    assert len(intake.photos) == len(PHOTOS)


def test_every_proof_joins_a_product(products: dict[str, Product]) -> None:
    proofs = rows("evidence.csv")
    assert {p["sku"] for p in proofs} <= set(products)
    assert sum(len(p.evidence) for p in products.values()) == len(proofs)


def test_one_proof_has_expired_and_one_covers_another_product(
    products: dict[str, Product],
) -> None:
    patent = next(e for e in products["TV-HPH-40"].evidence if e.type == "patent")
    assert patent.valid_until is not None
    assert patent.valid_until.year == 2024
    organic = next(e for e in products["LY-HNY-500"].evidence if "有机" in e.title)
    assert "不含洋槐蜂蜜" in organic.scope


def test_some_products_are_told_in_two_languages(products: dict[str, Product]) -> None:
    both = {i for i, p in products.items() if len(p.facts) == 2}
    assert both == {"BF-BTL-750", "OS-LMP-08", "JY-MUG-350"}
    for product in (products[i] for i in both):
        for facts in product.facts.values():
            assert facts.title
            assert facts.description
            assert facts.value("material")

"""Catalogs that do not fit into memory: what lies on disk meanwhile is as good as what does not."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from studio import catalog
from studio.catalog import shelf


def _write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def _variants(products: int) -> list[list[str]]:
    """Three variants of each product, scattered over the file."""
    rows = [
        [f"S{n}-{size}", f"P{n}", f"Cup {n} 杯", size, f"{n % 90 + 1}.50"]
        for n in range(products)
        for size in ("S", "M", "L")
    ]
    random.Random(3).shuffle(rows)
    return [["sku", "款号", "title", "Size", "price"], *rows]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few entries in memory that nearly every row finds its product on disk."""
    monkeypatch.setattr(shelf, "HOT", 7)


def _told(intake: catalog.Intake) -> object:
    return (
        [p.model_dump(mode="json") for p in intake.products],
        intake.issues, intake.rows, intake.balance, intake.variants,
    )  # fmt: skip


def test_scattered_variants_meet_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _write(tmp_path / "shirts.csv", _variants(200))
    in_memory = catalog.read([file])
    monkeypatch.setattr(shelf, "HOT", 7)
    on_disk = catalog.read([file])
    assert _told(on_disk) == _told(in_memory)
    assert len(on_disk.products) == 200
    assert all(len(p.variants) == 3 for p in on_disk.products)
    assert sum(on_disk.balance.values()) == on_disk.rows == 600


def test_joined_tables_find_their_products_on_disk(tmp_path: Path, small: None) -> None:
    rows = [["sku", "title", "price"], *([f"A{n}", f"Cup {n}", "9.90"] for n in range(50))]
    facts = [["sku", "attribute name", "attribute value"]]
    facts += [[f"A{n}", "Glaze", f"colour {n}"] for n in reversed(range(50))]
    evidence = [["sku", "type", "title", "number", "issuer", "scope", "valid_from"]]
    evidence += [
        [f"A{n}", "test report", "Food contact", f"R-{n}", "City Lab", "whole cup", ""]
        for n in range(50)
    ]
    files = [
        _write(tmp_path / "goods.csv", rows),
        _write(tmp_path / "facts.csv", facts),
        _write(tmp_path / "evidence.csv", evidence),
    ]
    intake = catalog.read(files, currency="EUR")
    assert not intake.issues
    for n, product in enumerate(intake.products):
        assert product.id == f"A{n}"
        assert product.in_locale("en-US").value("Glaze") == f"colour {n}"
        assert [proof.number for proof in product.evidence] == [f"R-{n}"]


def test_a_sku_that_came_long_ago_is_still_taken(tmp_path: Path, small: None) -> None:
    rows = [["sku", "title"], *([f"A{n}", f"Cup {n}"] for n in range(60)), ["A3", "Another"]]
    intake = catalog.read([_write(tmp_path / "twice.csv", rows)])
    (issue,) = intake.issues
    assert (issue.line, issue.value, issue.row) == (62, "A3", True)
    assert "line 5" in issue.message
    assert intake.balance == {"product": 60, "issue": 1}


def test_a_row_before_its_product_waits_on_disk(tmp_path: Path, small: None) -> None:
    header = ["ID", "Type", "SKU", "Name", "Parent", "Attribute 1 name", "Attribute 1 value(s)"]
    header += ["Regular price", "Published", "Visibility in catalog", "Short description"]
    rows = [header]
    for n in range(40):
        rows.append(
            [str(100 + n), "variation", f"V{n}", "", f"P{n}", "Size", "M", "5", "1", "", ""]
        )
    for n in range(40):
        rows.append(
            [str(n), "variable", f"P{n}", f"Cup {n}", "", "Size", "M", "", "1", "visible", ""]
        )
    intake = catalog.read([_write(tmp_path / "woo.csv", rows)])
    assert [(p.id, [v.sku for v in p.variants]) for p in intake.products] == [
        (f"P{n}", [f"V{n}"]) for n in range(40)
    ]


def test_issues_beyond_the_limit_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.catalog.report.ISSUES", 10)
    rows = [["sku", "title", "price"], *([f"A{n}", "Cup", "面议"] for n in range(25))]
    intake = catalog.read([_write(tmp_path / "prices.csv", rows)])
    assert (len(intake.issues), intake.more_issues) == (10, 15)
    assert intake.balance == {"product": 25}


def test_the_pictures_in_hand_are_those_of_one_product(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"A{n}.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    rows = [["sku", "title"], *([f"A{n}", "Cup"] for n in range(3))]
    reading = catalog.Reading([_write(tmp_path / "goods.csv", rows)], images=tmp_path)
    seen = [(product.id, list(reading.photos)) for product in reading]
    assert seen == [(f"A{n}", [f"A{n}.png"]) for n in range(3)]
    assert set(catalog.read([tmp_path / "goods.csv"], images=tmp_path).photos) == {
        f"A{n}.png" for n in range(3)
    }

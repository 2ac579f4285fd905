"""Against what others say: official headers, Google's attributes, a peer importer's profiles."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from export_making import blob, item, lamp, mug

from studio import channels
from studio.channels import format_google_tsv, format_shopify_csv

THERE = Path(__file__).parents[1].parent / "shared" / "data" / "conformance"
pytestmark = pytest.mark.skipif(
    not THERE.exists(), reason="the shared conformance files are absent"
)


def official() -> list[str]:
    path = THERE / "shopify" / "template_2026_URLhandle_57col_header_only.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file))


def header(tmp_path: Path, channel: str, delimiter: str = ",") -> list[str]:
    made = channels.write(
        channels.load(channel), [item(mug(), channel), item(lamp(), channel)], tmp_path / "out",
        blob, by="ann", record={"shop_url": "https://shop.example"},
    )  # fmt: skip
    with (made.folder / made.tables[0].path).open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file, delimiter=delimiter))


def test_shopify_columns_are_official_and_in_the_official_order(tmp_path):
    assert len(official()) == 57
    assert set(format_shopify_csv.COLUMNS) <= set(official())
    written = header(tmp_path, "shopify")
    assert written == sorted(written, key=official().index)
    assert {"Title", "URL handle"} <= set(written)


def test_a_peer_importer_takes_our_shopify_file_for_shopifys(tmp_path):
    """The profiles know the columns before 2026, so "URL handle" is read as the old "Handle"."""
    old = {"URL handle": "Handle", "SKU": "Variant SKU", "Price": "Variant Price",
           "Description": "Body (HTML)", "Option1 name": "Option1 Name"}  # fmt: skip
    ours = {old.get(column, column) for column in header(tmp_path, "shopify")}
    marks = {}
    for path in sorted((THERE / "csv-vendor-profiles").glob("*.json")):
        anchors = json.loads(path.read_text(encoding="utf-8"))["anchors"]
        fits = set(anchors["required"]) <= ours and not set(anchors.get("negative", ())) & ours
        marks[path.stem] = len(set(anchors.get("strong", ())) & ours) if fits else -1
    assert max(marks, key=marks.__getitem__) == "shopify"
    assert [mark for name, mark in marks.items() if name != "shopify" and mark >= 0] == []


def test_google_attributes_are_googles(tmp_path):
    """In the feed some names differ from the API's: they are plural or short there."""
    known = json.loads((THERE / "google-merchant" / "product_attributes_v1.json").read_text())
    api = {
        "additional_image_link": "additional_image_links",
        "product_type": "product_types",
        "gtin": "gtins",
    }
    beside = {"id"}  # offerId of the product input, no attribute
    columns = [api.get(c, c) for c in format_google_tsv.COLUMNS if c not in beside]
    missing = [column for column in columns if column not in known]
    # The API calls a size "size" or "sizes" by version; either will do.
    assert [column for column in missing if f"{column}s" not in known] == []
    assert {c.upper() for c in ("in_stock", "out_of_stock")} <= set(known["availability"]["enum"])
    assert set(header(tmp_path, "google_merchant", "\t")) <= set(format_google_tsv.COLUMNS)


@pytest.mark.skipif(not shutil.which("xmllint"), reason="xmllint is not installed")
def test_xmllint_reads_the_feed(tmp_path):
    made = channels.write(
        channels.load("google_merchant"), [item(mug(), "google_merchant")], tmp_path / "out",
        blob, by="ann", record={"format": "google_xml"},
    )  # fmt: skip
    subprocess.run(
        ["xmllint", "--noout", "--nonet", made.tables[0].path], cwd=made.folder, check=True
    )

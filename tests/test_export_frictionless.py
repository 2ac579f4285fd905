"""A reader that others wrote finds nothing wrong in the tables that go to the channels: ragged or
blank rows, headers twice or empty, another encoding."""

from __future__ import annotations

from pathlib import Path

import pytest

frictionless = pytest.importorskip("frictionless", reason="frictionless is not installed")
GOLDEN = Path(__file__).parent / "golden" / "channels"
TABLES = sorted(path.name for path in GOLDEN.iterdir() if path.suffix in (".csv", ".tsv"))


def problems(folder: Path, name: str) -> list[str]:
    # Every cell as text: what is a number is for the channel to say.
    plain = frictionless.Detector(field_type="string")
    named = {"basepath": str(folder), "encoding": "utf-8-sig", "detector": plain}
    table = frictionless.Resource(name, **named)
    found = frictionless.validate(table).flatten(["rowNumber", "fieldNumber", "type", "note"])
    return [str(each) for each in found]


@pytest.mark.parametrize("name", TABLES)
def test_nothing_is_wrong_with_a_table_for_a_channel(name: str) -> None:
    assert problems(GOLDEN, name) == []


def test_the_reader_sees_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("sku,title,\nA,Cup,1\n\nB,Mug,2,3\n", "utf-8")
    told = " ".join(problems(tmp_path, "bad.csv"))
    assert all(kind in told for kind in ("blank-label", "blank-row", "extra-cell")), told

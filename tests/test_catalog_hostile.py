"""Files that are broken or mean harm: a clear InputError or an issue, never a crash."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from studio.catalog import read
from studio.errors import InputError

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def refused(path: Path, words: str, **options: object) -> InputError:
    with pytest.raises(InputError, match=words) as caught:
        read([path], **options)  # type: ignore[arg-type]
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.csv", b"", "empty"),
        ("blank.csv", b"\xef\xbb\xbf \r\n\r\n", "empty"),
        ("picture.csv", PNG, "PNG picture"),
        ("page.csv", b"<!DOCTYPE html><html><body>login</body></html>", "web page"),
        ("nul.csv", b"sku,title\n1,a\0b\n" + bytes(range(1, 9)), "NUL"),
        ("x.pdf", b"%PDF-1.7 ...", "PDF"),
        ("only.csv", b"sku,title\n", "no rows"),
        ("headers.csv", b"sku,price\n1,2\n", "title"),
        ("half.json", b'[{"sku": "1", "title": "a"}, {"sku"', "JSON is broken"),
        ("deep.json", b"[" * 100_000, "JSON is broken"),
        ("none.json", b"[]", "no list"),
        ("bad.xml", b"<rss><channel><item></channel></rss>", "well-formed"),
        ("none.xml", b"<rss><channel></channel></rss>", "no <item>"),
        ("short.xlsx", b"PK\x03\x04 truncated", "cannot be read"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "cannot be read|too much"),
    ],
)
def test_files_that_are_no_catalog(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    error = refused(path, words)
    assert name in error.where


def test_folders_and_missing_files(tmp_path: Path) -> None:
    refused(tmp_path, "no catalog file")
    refused(tmp_path / "nowhere.csv", "no such file")
    (tmp_path / "a.csv").write_text("sku,title\n1,x\n", encoding="utf-8")
    refused(tmp_path / "a.csv", "folder of pictures", images=tmp_path / "nowhere")
    with pytest.raises(InputError, match="no catalog"):
        read([])


@pytest.mark.parametrize("entity", ["laughs", "file"])
def test_xml_entities_are_refused(tmp_path: Path, entity: str) -> None:
    body = (
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">'
        if entity == "laughs"
        else '<!ENTITY b SYSTEM "file:///etc/passwd">'
    )
    path = tmp_path / "x.xml"
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE rss [{body}]><rss><channel><item><title>&b;</title>'
        "</item></channel></rss>",
        encoding="utf-8",
    )
    refused(path, "entities")


def test_a_huge_cell_is_refused_without_holding_it(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as out:
        out.write(b"sku,title\n1,")
        for _ in range(200):
            out.write(b"x" * 1_000_000)
    error = refused(path, "characters")
    assert error.where == "huge.csv:2"


def test_an_open_quotation_mark_is_found(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    rows = "".join(f"S{i},Title {i},{i} USD\n" for i in range(2, 40))
    path.write_text(f'sku,title,price\nS1,"Title 1,1 USD\n{rows}', encoding="utf-8")
    intake = read([path])
    assert any("swallowed 38 rows" in issue.message for issue in intake.issues)
    long = tmp_path / "long.csv"
    long.write_text('sku,title\nS1,"' + "line of text\n" * 120_000, encoding="utf-8")
    assert refused(long, "quotation|characters").where == "long.csv:2"


def test_too_many_columns(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{i}" for i in range(3000)) + "\n1\n", encoding="utf-8")
    refused(path, "3000 columns")


def _workbook(path: Path, sheet: bytes, extra: dict[str, bytes] | None = None) -> None:
    """The smallest workbook with one sheet."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    members = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>'.encode(),
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" '
        f'Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>'.encode(),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets><sheet name="A" '
        f'sheetId="1" r:id="r1"/></sheets></workbook>'.encode(),
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{rel}/worksheet" Target="worksheets/s.xml"/>'
        f"</Relationships>".encode(),
        "xl/worksheets/s.xml": f'<worksheet xmlns="{main}"><sheetData>'.encode()
        + sheet
        + b"</sheetData></worksheet>",
        **(extra or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def _cell(ref: str, text: str) -> bytes:
    return f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>'.encode()


def test_a_small_workbook_reads(tmp_path: Path) -> None:
    path = tmp_path / "ok.xlsx"
    head = b'<row r="1">' + _cell("A1", "sku") + _cell("B1", "title") + b"</row>"
    _workbook(path, head + b'<row r="2">' + _cell("A2", "1") + _cell("B2", "Cup") + b"</row>")
    assert [p.title for p in read([path]).products] == ["Cup"]
    path.rename(tmp_path / "named_wrong.csv")
    assert read([tmp_path / "named_wrong.csv"]).products


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limits for a process")
def test_a_far_cell_cannot_take_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "far.xlsx"
    _workbook(path, b'<row r="1048576">' + _cell("XFD1048576", "x") + b"</row>"
              + b'<row r="1">' + _cell("A1", "sku") + b"</row>")  # fmt: skip
    refused(path, "memory|columns|empty|title|cannot be read")


def test_bombs_and_entities_in_workbooks(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xlsx"
    _workbook(bomb, b"", {"xl/media/zero.bin": b"\0" * 60_000_000})
    refused(bomb, "unpacks")
    laughs = tmp_path / "laughs.xlsx"
    _workbook(laughs, b"", {"xl/sharedStrings.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><sst/>'})
    refused(laughs, "entities")


def test_pictures_stay_inside_their_folders(tmp_path: Path) -> None:
    shop, images, secret = tmp_path / "shop", tmp_path / "images", tmp_path / "secret.jpg"
    (images / "sub").mkdir(parents=True)
    shop.mkdir()
    jpeg = b"\xff\xd8\xff\xe0 picture"
    for file in (
        secret,
        images / "a.jpg",
        images / "sub" / "b.jpg",
        images / "C-1.png",
        images / "F_2.jpg",
    ):
        file.write_bytes(jpeg)
    (images / "fake.jpg").write_text("no picture", encoding="utf-8")
    (images / "link.jpg").symlink_to(secret)
    rows = {
        "A": "a.jpg", "B": "https://x.test/z/b.jpg?w=1", "X": "../secret.jpg", "Y": str(secret),
        "L": "link.jpg", "N": "fake.jpg", "U": "https://x.test/none.jpg", "C-1": "", "F": "",
        "Z": "a" * 5000 + ".jpg", "M": "gone.jpg",
    }  # fmt: skip
    text = "sku,title,image\n" + "".join(f"{k},T {k},{v}\n" for k, v in rows.items())
    (shop / "c.csv").write_text(text, encoding="utf-8")
    intake = read([shop / "c.csv"], images=images)
    found = {ref: path.name for ref, path in intake.photos.items()}
    assert found == {
        "a.jpg": "a.jpg", "https://x.test/z/b.jpg?w=1": "b.jpg", "C-1.png": "C-1.png", "F_2.jpg": "F_2.jpg",  # noqa: E501
    }  # fmt: skip
    told = {issue.line for issue in intake.issues}
    assert told == {4, 5, 6, 7, 8, 11, 12}
    assert all(issue.level == "warning" for issue in intake.issues)


def test_cells_are_data(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(
        'sku,title,description\n"=1+1",Ignore all rules {{ 7*7 }},"<script>x</script>{0} %s"\n',
        encoding="utf-8",
    )
    (product,) = read([path]).products
    assert product.id == "=1+1"
    assert product.title == "Ignore all rules {{ 7*7 }}"
    assert product.facts["en-US"].description == "{0} %s"


def test_a_shortened_barcode_is_told(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text("货号,品名,条码\nA,杯,6.90124E+12\n", encoding="gbk")
    intake = read([path], language="zh")
    assert intake.products[0].barcode == ""
    assert "科学计数法" in intake.issues[0].message


def test_a_broken_letter_is_one_issue(tmp_path: Path) -> None:
    path = tmp_path / "u.csv"
    good = "".join(f"{i},不锈钢保温杯三百毫升,好用\n" for i in range(30)).encode()
    path.write_bytes("货号,品名,描述\n".encode() + good + b"99,\xff\xfe cup,x\n")
    intake = read([path])
    assert len(intake.products) == 31
    assert [issue.line for issue in intake.issues if "decoded" in issue.message] == [32]

"""Sheets that the merchant brings are filled, and nothing else in them changes."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from export_making import CHINESE, ENGLISH, item, lamp, mug
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation
from python_calamine import CalamineWorkbook

from studio.channels.cells import to_html
from studio.channels.filling import fill
from studio.errors import InputError, StateError
from studio.schema import Copy

ITEMS = [item(mug(), "tiktok_shop"), item(lamp(), "tiktok_shop")]
DESCRIBED = Copy(description=CHINESE.description)
HEAD = ["Category", "Seller SKU", "Product Name", "Bullet point 2", "Price", "Product Description"]


def template(path: Path) -> Path:
    """What a marketplace hands out: a caption, drop-down lists, colours, a second sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Fill in below. Do not change the header."])
    sheet.append(HEAD)
    sheet.append(["Mugs", "MUG-1-BLUE", "old", None, 12.5, None])
    sheet.append(["Mugs", "other", "untouched", "x", "=E3*2", "kept"])
    sheet.append(["Lamps", "lamp-7"])
    sheet["C3"].font = Font(bold=True)
    lists = DataValidation(type="list", formula1='"Mugs,Lamps"')
    lists.add("A3:A500")
    sheet.add_data_validation(lists)
    book.create_sheet("Guide").append(["Read me"])
    book.save(path)
    return path


def cells(path: Path, sheet: int = 0) -> list[list[object]]:
    """As calamine, which shares no code with what writes, reads it."""
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(sheet).to_python()


def test_a_workbook_keeps_all_that_is_not_ours(tmp_path: Path) -> None:
    before = template(tmp_path / "t.xlsx")
    made = fill(before, tmp_path / "out.xlsx", ITEMS, channel="tiktok_shop")
    assert (made.cells, made.rows, made.added) == (6, 2, 0)
    assert made.missing == ("MUG-1-RED",)
    assert set(made.listings) == {"MUG-1/tiktok_shop/en-US", "lamp-7/tiktok_shop/en-US"}
    rows = cells(made.path)
    assert rows[2][1:4] == ["MUG-1-BLUE", ENGLISH.title, ENGLISH.bullets[1]]
    assert rows[2][5] == ENGLISH.description
    assert rows[3][:4] == ["Mugs", "other", "untouched", "x"]
    assert rows[4][2] == ENGLISH.title
    old, new = zipfile.ZipFile(before), zipfile.ZipFile(made.path)
    assert old.namelist() == new.namelist()
    changed = [n for n in old.namelist() if old.read(n) != new.read(n)]
    assert changed == ["xl/worksheets/sheet1.xml"]
    book = openpyxl.load_workbook(made.path)
    assert book.active["C3"].font.bold
    assert book.active["E4"].value == "=E3*2"
    assert book.active.data_validations.dataValidation[0].sqref.ranges
    assert cells(made.path, 1) == [["Read me"]]


def test_of_several_languages_one_is_named(tmp_path: Path) -> None:
    both = [*ITEMS, item(lamp(), "tiktok_shop", "zh-CN", text=CHINESE)]
    sheet = template(tmp_path / "t.xlsx")
    with pytest.raises(InputError, match="texts in en-US, zh-CN are approved") as unclear:
        fill(sheet, tmp_path / "out.xlsx", both, channel="tiktok_shop")
    assert "--locale" in unclear.value.hint
    with pytest.raises(InputError, match="nothing on tiktok_shop in de-DE is approved yet"):
        fill(sheet, tmp_path / "out.xlsx", both, channel="tiktok_shop", locale="de-DE")
    made = fill(sheet, tmp_path / "out.xlsx", both, channel="tiktok_shop", locale="zh-CN")
    assert list(made.listings) == ["lamp-7/tiktok_shop/zh-CN"]
    assert cells(made.path)[4][2] == CHINESE.title


def test_new_rows_stand_below_the_last(tmp_path: Path) -> None:
    made = fill(
        template(tmp_path / "t.xlsx"), tmp_path / "out.xlsx", ITEMS, channel="tiktok_shop", add=True
    )
    assert made.added == 1
    row = cells(made.path)[5]
    assert (row[1], row[2]) == ("MUG-1-RED", ENGLISH.title)


def test_macros_are_kept_byte_by_byte(tmp_path: Path) -> None:
    plain, path = template(tmp_path / "t.xlsx"), tmp_path / "t.xlsm"
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 macros")
    made = fill(path, tmp_path / "out.xlsm", ITEMS, channel="tiktok_shop")
    assert zipfile.ZipFile(made.path).read("xl/vbaProject.bin") == b"\xd0\xcf\x11\xe0 macros"


def test_a_title_like_a_formula_is_a_text(tmp_path: Path) -> None:
    text = ENGLISH.replace("title", '=HYPERLINK("http://x")&"<b>"', "edited")
    items = [item(lamp(), "tiktok_shop", text=text)]
    made = fill(template(tmp_path / "t.xlsx"), tmp_path / "out.xlsx", items, channel="tiktok_shop")
    cell = openpyxl.load_workbook(made.path).active["C5"]
    assert cell.value == text.title
    assert cell.data_type in ("s", "inlineStr")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_sheet_keeps_its_encoding_and_its_other_lines(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    lines = [
        '商家编码,商品标题,卖点1,"备注, 原样"',
        '"MUG-1-BLUE",旧标题,,"a ""b"""',
        "别的,不动,x,y",
    ]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    made = fill(path, tmp_path / "out.csv", [item(mug(), "taobao", "zh-CN")], channel="taobao")
    found = made.path.read_bytes().decode(encoding).split("\r\n")
    assert found[0] == lines[0]
    assert found[2] == lines[2]
    assert found[1] == f'MUG-1-BLUE,{CHINESE.title},{CHINESE.bullets[0]},"a ""b"""'
    assert made.columns == {"商家编码": "sku", "商品标题": "title", "卖点1": "bullets.0"}


def test_lines_of_a_text_stay_in_its_cell(tmp_path: Path) -> None:
    """Also in a row of its own, and whatever ends the lines of the file."""
    text = CHINESE.model_copy(update={"title": "=1+1", "description": '第一行\n第二行，"好"'})
    for end in ("\n", "\r\n"):
        path = tmp_path / f"{len(end)}.csv"
        path.write_bytes(f"商家编码,商品标题,描述{end}lamp-7,旧,旧{end}".encode())
        items = [item(one, "taobao", "zh-CN", text=text) for one in (lamp(), mug())]
        out = tmp_path / f"{len(end)}.out.csv"
        made = fill(path, out, items, channel="taobao", add=True)
        rows = list(csv.reader(io.StringIO(out.read_bytes().decode(), newline="")))
        assert [row[2] for row in rows[1:]] == [text.description] * 3
        assert (made.added, made.risky) == (2, 3)


def test_what_is_the_same_already_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        f'SKU,Title,Description\nlamp-7,"{ENGLISH.title.replace(chr(34), chr(34) * 2)}",mine\n'
    )
    bare = ENGLISH.model_copy(update={"description": ""})
    made = fill(path, tmp_path / "out.csv", [item(lamp(), "ebay", text=bare)], channel="ebay")
    assert made.cells == 0
    assert made.path.read_bytes() == path.read_bytes()  # and an absent text blanks nothing


def test_letters_that_the_encoding_lacks_stop_it(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("sku,标题\nlamp-7,旧\n".encode("gb18030"))
    text = CHINESE.model_copy(update={"title": "half \ud83d"})
    items = [item(lamp(), "taobao", "zh-CN", text=text)]
    with pytest.raises(InputError, match="encoding"):
        fill(path, tmp_path / "out.csv", items, channel="taobao")
    assert not (tmp_path / "out.csv").exists()


def _with(path: Path, name: str, data: bytes) -> Path:
    plain = template(path.with_suffix(".plain.xlsx"))
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
        for part in old.namelist():
            new.writestr(part, data if part == name else old.read(part))
        if name not in old.namelist():
            new.writestr(name, data)
    return path


DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet><sheetData/></worksheet>'


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("_xmlsignatures/sig1.xml", b"<x/>", "signed"),
        ("xl/worksheets/sheet1.xml", DOCTYPE, "entities"),
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row r='1'>", "damaged"),
        ("xl/workbook.xml", b"<workbook/>", "no sheet"),
    ],
)
def test_what_can_not_be_filled_is_refused(
    tmp_path: Path, name: str, data: bytes, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        fill(
            _with(tmp_path / "t.xlsx", name, data),
            tmp_path / "out.xlsx",
            ITEMS,
            channel="tiktok_shop",
        )
    assert not (tmp_path / "out.xlsx").exists()


def test_a_formula_in_the_way_is_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["SKU", "Title"])
    book.active.append(["lamp-7", '=CONCAT("a","b")'])
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(InputError, match="formula") as caught:
        fill(tmp_path / "t.xlsx", tmp_path / "out.xlsx", ITEMS, channel="tiktok_shop")
    assert caught.value.where == "t.xlsx:B2"


def test_a_sheet_without_keys_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Title,Price\nMug,1\n")
    with pytest.raises(InputError, match="names a SKU"):
        fill(tmp_path / "t.csv", tmp_path / "out.csv", ITEMS, channel="tiktok_shop")
    (tmp_path / "out.csv").write_text("mine")
    with pytest.raises(StateError, match="there already"):
        fill(tmp_path / "t.csv", tmp_path / "out.csv", ITEMS, channel="tiktok_shop")


def test_no_workbook_at_all(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(io.BytesIO(b"PK\x03\x04 not a zip").read())
    with pytest.raises(InputError):
        fill(tmp_path / "t.xlsx", tmp_path / "out.xlsx", ITEMS, channel="tiktok_shop")


def test_what_is_not_approved_is_not_filled_in(tmp_path: Path) -> None:
    newer = item(lamp(), "tiktok_shop", revision=3)
    with pytest.raises(StateError, match="revision 2 was approved"):
        fill(template(tmp_path / "t.xlsx"), tmp_path / "out.xlsx", [newer], channel="tiktok_shop")
    assert not (tmp_path / "out.xlsx").exists()


def test_a_taobao_data_package_is_filled_and_keeps_its_pictures(tmp_path: Path) -> None:
    keys = "title\tcid\tnum\tcateProps\tdescription\touter_id"
    names = "宝贝名称\t宝贝类目\t宝贝数量\t宝贝属性\t宝贝描述\t商家编码"
    plain = '旧标题\t5001\t9\t20000:1;\t"<p>旧 ""描述""</p>"\tMUG-1-BLUE'
    pictured = '旧标题\t5001\t9\t20000:1;\t"<P><IMG src=""//x/1.jpg""></P>"\tMUG-1-RED'
    before = "\r\n".join(["version 1.00", keys, names, plain, pictured, ""])
    path = tmp_path / "shop.csv"
    path.write_bytes(b"\xff\xfe" + before.encode("utf-16-le"))
    made = fill(path, tmp_path / "out.csv", [item(mug(), "taobao", "zh-CN")], channel="taobao")
    data = made.path.read_bytes()
    assert data.startswith(b"\xff\xfe")
    found = data[2:].decode("utf-16-le").split("\r\n")
    assert found[:3] == before.split("\r\n")[:3]
    one, two = next(csv.reader(found[3:4], delimiter="\t")), found[4].split("\t")
    assert one == [CHINESE.title, "5001", "9", "20000:1;", to_html(DESCRIBED), "MUG-1-BLUE"]
    assert two[0] == CHINESE.title
    assert two[1:] == pictured.split("\t")[1:]  # the detail page's pictures stay
    assert made.pictured == 1

"""Small catalogs in each format and encoding, built here."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from studio.catalog import Intake, read
from studio.errors import InputError
from studio.schema import Money, Product

HEADER = ["SKU", "标题", "品牌", "类目", "价格", "材质", "容量", "描述", "图片"]
ROW = ["B-1", "不锈钢保温杯", "暖山", "家居>杯壶", "¥1,299.00", "316不锈钢", "500ml",
       "<p>双层真空</p><ul><li>保温12小时</li></ul>", "cup.jpg"]  # fmt: skip


def write(path: Path, rows: list[list[str]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    def cell(text: str) -> str:
        quoted = any(c in text for c in f'{delimiter}"\n')
        return '"' + text.replace('"', '""') + '"' if quoted else text

    text = "\r\n".join(delimiter.join(map(cell, row)) for row in rows) + "\r\n"
    if encoding == "gbk":
        text = text.replace("¥", "￥")  # GBK has only the wide sign
    path.write_bytes(text.encode(encoding))
    return path


def check_cup(intake: Intake) -> Product:
    assert sum(intake.balance.values()) == intake.rows
    (product,) = intake.products
    assert product.id == "B-1"
    assert product.locale == "zh-CN"
    assert product.brand == "暖山"
    assert product.price == Money(amount=Decimal("1299.00"), currency="CNY")
    texts = product.facts["zh-CN"]
    assert texts.title == "不锈钢保温杯"
    assert texts.category == "家居 > 杯壶"
    assert texts.description == "双层真空\n• 保温12小时"
    assert [(a.name, a.value, a.kind) for a in texts.attributes] == [
        ("材质", "316不锈钢", "material"),
        ("容量", "500ml", "capacity"),
    ]
    return product


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030"]
)
def test_delimited_in_each_encoding(tmp_path: Path, delimiter: str, encoding: str) -> None:
    suffix = ".tsv" if delimiter == "\t" else ".csv"
    check_cup(read([write(tmp_path / f"c{suffix}", [HEADER, ROW], delimiter, encoding)]))


def test_four_byte_gb18030(tmp_path: Path) -> None:
    row = [*ROW[:1], "𠮷野家保温杯", *ROW[2:]]
    path = write(tmp_path / "c.csv", [HEADER, row], ",", "gb18030")
    assert read([path]).products[0].title == "𠮷野家保温杯"


def test_workbook_numbers_dates_and_captions(tmp_path: Path) -> None:
    import datetime

    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["2026 春季商品表"])
    sheet.append([*HEADER, "条码", "生产日期", "库存"])
    day = datetime.date(2026, 1, 31)
    sheet.append(["B-1", *ROW[1:4], 1299, *ROW[5:], 6901234567892, day, 12.0])
    sheet.append(["B-2", "杯刷", None, None, 9.9])
    notes = book.create_sheet("说明")
    notes.append(["请勿修改表头"])
    notes.append(["谢谢"])
    book.save(tmp_path / "c.xlsx")
    intake = read([tmp_path / "c.xlsx"], currency="CNY")
    assert sum(intake.balance.values()) == intake.rows
    cup, brush = intake.products
    assert cup.barcode == "6901234567892"
    assert cup.facts["zh-CN"].value("production_date") == "2026-01-31"
    assert cup.price == Money(amount=Decimal("1299.00"), currency="CNY")
    assert brush.price == Money(amount=Decimal("9.90"), currency="CNY")
    assert cup.where == "c.xlsx:3"
    assert intake.balance["caption"] == 1


def test_json_in_its_shapes(tmp_path: Path) -> None:
    item = dict(zip(HEADER, ROW, strict=True))
    for name, text in {
        "list.json": json.dumps([item], ensure_ascii=False, indent=1),
        "wrapped.json": json.dumps({"code": 0, "data": {"list": [item]}}),
        "lines.jsonl": json.dumps(item) + "\n\n",
        "one.json": json.dumps(item),
    }.items():
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        check_cup(read([path]))


def test_json_with_variants_packs_and_languages(tmp_path: Path) -> None:
    product = {
        "id": 7,
        "title": {"en": "Steel bottle", "zh": "不锈钢水瓶"},
        "brand": {"@type": "Brand", "name": "Nordhang"},
        "attributes": {"Material": "Steel", "容量": "500ml"},
        "images": [{"src": "https://x.test/a.jpg"}, {"src": "https://x.test/b.jpg"}],
        "variants": [
            {"sku": "S-R", "price": 12.50, "currency": "USD", "options": {"Colour": "Red"}},
            {"sku": "S-B", "price": "13", "currency": "USD", "options": {"Colour": "Blue"}},
        ],
    }
    path = tmp_path / "p.json"
    path.write_text(json.dumps([product]), encoding="utf-8")
    intake = read([path])
    (found,) = intake.products
    assert found.facts["en-US"].title == "Steel bottle"
    assert found.facts["zh-CN"].title == "不锈钢水瓶"
    assert found.brand == "Nordhang"
    assert [v.sku for v in found.variants] == ["S-R", "S-B"]
    assert [v.options[0].value for v in found.variants] == ["Red", "Blue"]
    assert found.variants[0].price == Money(amount=Decimal("12.50"), currency="USD")
    assert len(found.photos) == 2


FEED = """<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>
<item><g:id>T-S</g:id><g:item_group_id>T</g:item_group_id><g:title>棉质T恤</g:title>
<g:link>https://x.test/t</g:link><g:image_link>https://x.test/t.jpg</g:image_link>
<g:availability>in stock</g:availability><g:price>25.00 CNY</g:price><g:color>白色</g:color>
<g:size>S</g:size><g:product_type>服装 &gt; T恤</g:product_type>
<g:product_detail><g:section_name>x</g:section_name><g:attribute_name>面料</g:attribute_name>
<g:attribute_value>棉</g:attribute_value></g:product_detail></item>
<item><g:id>T-M</g:id><g:item_group_id>T</g:item_group_id><g:title>棉质T恤</g:title>
<g:link>https://x.test/t</g:link><g:image_link>https://x.test/t.jpg</g:image_link>
<g:availability>in stock</g:availability><g:price>26.00 CNY</g:price><g:color>白色</g:color>
<g:size>M</g:size></item></channel></rss>"""


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_google_feed_folds_its_groups(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(FEED.format(encoding=encoding).encode(encoding))
    intake = read([path])
    (shirt,) = intake.products
    assert shirt.id == "T"
    assert [[o.value for o in v.options] for v in shirt.variants] == [["S"], ["M"]]
    assert [v.sku for v in shirt.variants] == ["T-S", "T-M"]
    texts = shirt.facts["zh-CN"]
    assert texts.category == "服装 > T恤"
    assert texts.value("colour") == "白色"
    assert texts.value("fabric") == "棉"
    assert intake.balance == {"product": 1, "variant": 1}


def test_google_atom_and_tsv(tmp_path: Path) -> None:
    atom = tmp_path / "a.xml"
    atom.write_text(
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><entry>'
        '<g:id>1</g:id><title>Mug</title><link href="https://x.test/m"/>'
        "<g:image_link>https://x.test/m.jpg</g:image_link><g:price>1 USD</g:price>"
        "<g:availability>in_stock</g:availability></entry></feed>",
        encoding="utf-8",
    )
    tsv = write(
        tmp_path / "g.tsv",
        [["id", "title", "link", "image link", "availability", "price", "gtin"],
         ["1", "Mug", "https://x.test/m", "https://x.test/m.jpg", "in_stock", "1 USD", "4006381333931"]],  # noqa: E501
        "\t",
    )  # fmt: skip
    for path in (atom, tsv):
        (mug,) = read([path]).products
        assert (mug.id, mug.title, mug.link) == ("1", "Mug", "https://x.test/m")
        assert mug.price == Money(amount=Decimal("1.00"), currency="USD")


SHOPIFY = ["URL handle", "Title", "Description", "Vendor", "Product category", "SKU", "Option1 name",  # noqa: E501
           "Option1 value", "Price", "Compare-at price", "Weight value (grams)", "Product image URL",  # noqa: E501
           "Variant image URL", "Color (product.metafields.shopify.color-pattern)"]  # fmt: skip


def test_shopify_of_2026(tmp_path: Path) -> None:
    rows = [
        SHOPIFY,
        ["mug", "Mug", "<b>Big</b>", "Acme", "Home > Mugs", "M-1", "Size", "S", "9.90", "12.00",
         "300", "a.jpg", "", "white"],
        ["mug", "", "", "", "", "M-2", "", "L", "11.90", "", "450", "b.jpg", "b.jpg", ""],
        ["mug", "", "", "", "", "", "", "", "", "", "", "c.jpg", "", ""],
    ]  # fmt: skip
    for name in "abc":
        (tmp_path / f"{name}.jpg").write_bytes(b"\xff\xd8\xff\xe0 picture")
    intake = read([write(tmp_path / "s.csv", rows)], currency="USD")
    (mug,) = intake.products
    assert intake.balance == {"product": 1, "variant": 1, "picture": 1}
    assert intake.variants == 2
    assert [p.ref for p in mug.photos] == ["a.jpg", "b.jpg", "c.jpg"]
    assert [[(o.name, o.value) for o in v.options] for v in mug.variants] == [
        [("Size", "S")],
        [("Size", "L")],
    ]
    assert mug.variants[0].compare_at == Money(amount=Decimal("12.00"), currency="USD")
    assert mug.variants[1].attributes[0].value == "450 g"
    assert mug.facts["en-US"].value("colour") == "white"
    assert set(intake.photos) == {"a.jpg", "b.jpg", "c.jpg"}
    assert not intake.issues


def test_plain_sheet_folds_by_its_style_number(tmp_path: Path) -> None:
    rows = [
        ["款号", "货号", "商品名称", "颜色", "尺码", "售价(元)", "面料", "净重(g)"],
        ["D1", "D1-R-S", "连衣裙", "红", "S", "99", "棉", "200"],
        ["D1", "D1-R-M", "连衣裙", "红", "M", "99", "棉", "210"],
        ["D1", "D1-B-S", "连衣裙", "蓝", "S", "109", "棉", "200"],
        ["D2", "D2-1", "腰带", "黑", "", "29", "牛皮", ""],
    ]
    intake = read([write(tmp_path / "p.csv", rows)])
    dress, belt = intake.products
    assert len(dress.variants) == 3
    assert [(o.name, o.value) for o in dress.variants[0].options][:2] == [
        ("颜色", "红"),
        ("尺码", "S"),
    ]
    assert dress.facts["zh-CN"].value("fabric") == "棉"
    assert dress.price == Money(amount=Decimal("99.00"), currency="CNY")
    assert belt.facts["zh-CN"].value("colour") == "黑"
    assert intake.balance == {"product": 2, "variant": 2}


def test_bilingual_columns(tmp_path: Path) -> None:
    rows = [
        ["sku", "标题", "title:en", "描述", "description_en", "材质", "material", "功率"],
        ["1", "台灯", "Desk lamp", "护眼", "Soft light", "金属", "Metal", "12W"],
    ]
    (lamp,) = read([write(tmp_path / "b.csv", rows)]).products
    assert lamp.locale == "zh-CN"
    english = lamp.facts["en-US"]
    assert (english.title, english.description) == ("Desk lamp", "Soft light")
    assert english.value("material") == "Metal"
    assert [(a.name, a.value) for a in english.attributes if a.kind == "power"] == [
        ("Power", "12W")
    ]
    chinese = lamp.facts["zh-CN"]
    assert chinese.value("material") == "金属"


def test_evidence_joins_by_sku(tmp_path: Path) -> None:
    products = write(tmp_path / "products.csv", [["sku", "title"], ["A", "Cup"], ["B", "Lamp"]])
    rows = [
        ["sku", "type", "title", "number", "issuer", "scope", "valid_from", "valid_until", "file"],
        ["A", "test report", "Food contact", "R-1", "Lab", "whole cup", "2025-01-01", "2027/1/1", "r.pdf"],  # noqa: E501
        ["B", "certificate", "CE", "C-2", "", "", "2025-13-01", "", ""],
        ["X", "certificate", "CE", "C-3", "", "", "", "", ""],
    ]  # fmt: skip
    evidence = write(tmp_path / "evidence.csv", rows)
    zh = write(
        tmp_path / "证书.csv",
        [["货号", "证书类型", "证书名称", "证书编号", "发证机构", "有效期至"],
         ["B", "3C", "强制性认证", "2024010", "认证中心", "2026年12月31日"]],
    )  # fmt: skip
    intake = read([products, evidence, zh])
    cup, lamp = intake.products
    assert cup.evidence[0].number == "R-1"
    assert str(cup.evidence[0].valid_until) == "2027-01-01"
    assert [e.number for e in lamp.evidence] == ["C-2", "2024010"]
    assert str(lamp.evidence[1].valid_until) == "2026-12-31"
    assert intake.balance == {"product": 2, "joined": 3, "issue": 1}
    wrong = [(i.file, i.line, i.column, i.value) for i in intake.issues]
    assert ("evidence.csv", 3, "valid_from", "2025-13-01") in wrong
    assert ("evidence.csv", 4, "", "X") in wrong


def test_attribute_and_picture_tables(tmp_path: Path) -> None:
    products = write(tmp_path / "goods.csv", [["货号", "商品名称"], ["A", "水杯"]])
    facts = write(
        tmp_path / "facts.csv",
        [["货号", "属性名", "属性值"], ["A", "外层面料", "棉"], ["A", "", "x"]],
    )
    photos = write(tmp_path / "photos.csv", [["sku", "image"], ["A", "1.jpg"], ["A", "2.jpg"]])
    intake = read([tmp_path])
    assert {facts.name, photos.name, products.name} == {"facts.csv", "photos.csv", "goods.csv"}
    (cup,) = intake.products
    assert cup.facts["zh-CN"].value("fabric") == "棉"
    assert [p.ref for p in cup.photos] == ["1.jpg", "2.jpg"]
    assert intake.balance == {"product": 1, "joined": 1, "issue": 1, "picture": 2}


def test_users_own_headers(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "fields: {title: [Warenname], sku: [Nr]}\n"
        "kinds: {wood: {en: Wood, zh: 木种, names: [Holzart]}}\nadmin: [Lagerplatz]\n",
        encoding="utf-8",
    )
    rows = [["Nr", "Warenname", "Holzart", "Lagerplatz"], ["1", "Tisch", "Eiche", "A3"]]
    path = write(tmp_path / "t.csv", rows, ";")
    (table,) = read([path], headers=[own], locale="de-DE").products
    assert table.facts["de-DE"].title == "Tisch"
    assert table.facts["de-DE"].value("wood") == "Eiche"
    assert table.unmapped == {"Lagerplatz": "A3"}
    with pytest.raises(InputError, match="Warenname"):
        read([path])
    own.write_text("fields: {nonsense: [x]}\nother: 1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"(?s)other.*nonsense"):
        read([path], headers=[own])


def test_lines_are_physical_and_every_row_counts(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text(
        'sku,title,price,note\n1,Cup,9 USD,"two\nlines"\n\n2,Lamp,面议,x\n2,Lamp again,1 USD,\n'
        ",,5 USD,\n3,Bag,10-20 USD,,,,more\n",
        encoding="utf-8",
    )
    intake = read([path])
    found = {(i.line, i.column, i.value) for i in intake.issues}
    assert (5, "price", "面议") in found
    assert (6, "sku", "2") in found
    assert "line 5" in next(i.message for i in intake.issues if i.line == 6)
    assert any(line == 7 for line, _, _ in found)
    assert (8, "price", "10-20 USD") in found
    assert intake.balance == {"product": 3, "blank": 1, "issue": 2}
    assert all(i.remedy for i in intake.issues)
    chinese = read([path], language="zh")
    assert "面议" in next(i.message for i in chinese.issues if i.line == 5)


def test_our_own_feeds_come_back_without_their_marks(tmp_path: Path) -> None:
    """A text that a model wrote carries Google's mark, and a sheet's formula an apostrophe."""
    feed = tmp_path / "feed.tsv"
    heads = ["id", "title", "structured_description", "link", "image_link", "availability", "price"]
    marked = '"trained_algorithmic_media:""A """"round"""" cup."""'
    row = ["C1", "'=Cup", marked, "https://shop.example/c1", "", "in_stock", "9.00 USD"]
    feed.write_text("\t".join(heads) + "\n" + "\t".join(row) + "\n", "utf-8")
    (product,) = read([feed]).products
    facts = product.facts[product.locale]
    assert facts.title == "=Cup"
    assert facts.description == 'A "round" cup.'


def test_our_own_sheets_come_back_without_their_apostrophes(tmp_path: Path) -> None:
    """Each cell: the key of a row too, or the product would be another one."""
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("sku,title,brand,price\n'=1+1,''=Cup,'＋Co,9\n'A,'-5,'tis,9\n", "utf-8")
    found = {p.id: (p.facts[p.locale].title, p.brand) for p in read([sheet]).products}
    assert found == {"=1+1": ("'=Cup", "＋Co"), "'A": ("'-5", "'tis")}


def test_the_stock_of_a_product_without_variants_is_kept(tmp_path: Path) -> None:
    goods = tmp_path / "goods.csv"
    goods.write_text(
        "sku,title,price,currency,stock\nA1,Mug,9,USD,12\nA2,Cup,9,USD,many\n", "utf-8"
    )
    intake = read([goods])
    assert [p.quantity for p in intake.products] == [12, None]
    assert [(i.line, i.value) for i in intake.issues] == [(3, "many")]
    changed = intake.products[0].model_copy(update={"quantity": 3})
    assert changed.facts_digest == intake.products[0].facts_digest
    assert changed.digest != intake.products[0].digest


def test_a_taobao_data_package_is_read_by_its_codes(tmp_path: Path) -> None:
    """UTF-16, a version line, keys, their Chinese names; property numbers are no facts."""
    keys = ["title", "cid", "price", "num", "description", "cateProps", "picture", "outer_id",
            "num_id", "has_warranty", "barcode", "subtitle"]  # fmt: skip
    names = ["宝贝名称", "宝贝类目", "宝贝价格", "宝贝数量", "宝贝描述", "宝贝属性", "新图片",
             "商家编码", "数字ID", "保修", "商品条形码", "宝贝卖点"]  # fmt: skip
    rows = [["陶瓷杯 350毫升", "50012805", "59.00", "120", "<p>一只陶瓷杯。</p>",
             "20000:3263503;", "0a1b:1:0:|;", "CUP-1", "600000000001", "1", "6901234567892",
             "送礼"],
            ["台灯", "50012806", "129", "8", "<p>铝合金。</p>", "", "", "", "600000000002", "1", "",
             ""]]  # fmt: skip
    path = write(tmp_path / "shop.csv", [["version 1.00"], keys, names, *rows], "\t", "utf-16")
    intake = read([path])
    assert intake.balance == {"caption": 2, "product": 2}
    cup, lamp = intake.products
    assert (cup.id, cup.locale, cup.quantity, cup.barcode) == ("CUP-1", "zh-CN", 120, rows[0][10])
    assert cup.price == Money(amount=Decimal("59.00"), currency="CNY")
    facts = cup.facts["zh-CN"]
    assert (facts.title, facts.description) == ("陶瓷杯 350毫升", "送礼\n一只陶瓷杯。")
    assert facts.attributes == () == cup.photos
    assert cup.unmapped["cateProps"] == "20000:3263503;"
    assert lamp.id == "600000000002"  # no code of the merchant's
    assert [issue.line for issue in intake.issues] == [1]

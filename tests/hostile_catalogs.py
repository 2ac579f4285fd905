"""Catalog files that mean harm, built by code. Each is refused for a reason, or read safely.

`says` is what the message must hold; "" means that the file is read, and `titles` are its products.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
GOOD = b"sku,title\nA1,Good cup\n"
DOCTYPE = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


class Case(NamedTuple):
    name: str  # of the file
    build: Callable[[Path], object]  # writes it
    says: str  # regular expression, or "" when it is read
    titles: tuple[str, ...] | None = None  # of what is read; None: only that it is


CASES: list[Case] = []


def case(
    name: str, says: str = "", *titles: str
) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Registers a function that makes the bytes of a file."""

    def keep(make: Callable[[], bytes]) -> Callable[[], bytes]:
        wanted = titles or (None if not says else ())
        CASES.append(Case(name, lambda path: path.write_bytes(make()), says, wanted))
        return make

    return keep


def small(name: str, data: bytes | str, says: str = "", *titles: str) -> None:
    raw = data.encode() if isinstance(data, str) else data
    case(name, says, *titles)(lambda: raw)


class Loaded:
    """What a pickle would run when somebody loads it."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("touch /tmp/studio-was-here",)


# --- workbooks ---------------------------------------------------------------------------------


def workbook(sheet: bytes = b"", extra: dict[str, bytes] | None = None, method: int = 8) -> bytes:
    """The smallest workbook with one sheet."""
    members = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>'.encode(),
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" '
        f'Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>'.encode(),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="A" '
        'sheetId="1" r:id="r1"/></sheets></workbook>'.encode(),
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{REL}/worksheet" Target="worksheets/s.xml"/>'
        f'<Relationship Id="r2" Type="{REL}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>".encode(),
        "xl/worksheets/s.xml": f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
        + (sheet or rows(["sku", "title"], ["A1", "Good cup"]))
        + b"</sheetData></worksheet>",
        **(extra or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def cell(ref: str, text: str) -> bytes:
    return f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>'.encode()


def rows(*lines: list[str]) -> bytes:
    made = b""
    for number, line in enumerate(lines, 1):
        cells = b"".join(cell(f"{chr(65 + i)}{number}", text) for i, text in enumerate(line))
        made += f'<row r="{number}">'.encode() + cells + b"</row>"
    return made


HEAD = rows(["sku", "title"])
PLAIN_STRINGS = f'<sst xmlns="{MAIN}"><si><t>'.encode()


@case("ratio.xlsx", "unpacks to far too much")
def _() -> bytes:
    return workbook(extra={"xl/media/zero.bin": bytes(60_000_000)})


@case("members.xlsx", "20005 members|20006 members")
def _() -> bytes:
    return workbook(extra={f"xl/{i}": b"" for i in range(20_000)}, method=0)


@case("lying.xlsx", "too much memory|cannot be read|unpacks")
def _() -> bytes:
    """A gigabyte that its directory calls ten bytes."""
    strings = PLAIN_STRINGS + b" " * 900_000_000 + b"</t></si></sst>"
    data = bytearray(workbook(extra={"xl/sharedStrings.xml": strings}))
    size = len(strings).to_bytes(4, "little")
    at = data.find(size)
    while at >= 0:
        data[at : at + 4] = (10).to_bytes(4, "little")
        at = data.find(size, at)
    return bytes(data)


@case("amplified.xlsx", "unpacks to far too much")
def _() -> bytes:
    """One text of a megabyte that two thousand cells share."""
    strings = PLAIN_STRINGS + b"x" * 900_000 + b"</t></si></sst>"
    line = b'<row r="%d"><c r="A%d"><v>1</v></c><c r="B%d" t="s"><v>0</v></c></row>'
    sheet = HEAD + b"".join(line % (i, i, i) for i in range(2, 2000))
    return workbook(sheet, {"xl/sharedStrings.xml": strings})


@case("far.xlsx", "memory|columns|empty|title|cannot be read")
def _() -> bytes:
    return workbook(HEAD + b'<row r="1048576">' + cell("XFD1048576", "x") + b"</row>")


@case("repeated.ods", "memory|unpacks|columns|cannot be read|more than")
def _() -> bytes:
    """One cell that says it is there a million times, sixteen thousand times over."""
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    text = (
        f'<office:document-content xmlns:office="{office}office:1.0" '
        f'xmlns:table="{office}table:1.0" xmlns:text="{office}text:1.0"><office:body>'
        '<office:spreadsheet><table:table table:name="A"><table:table-row '
        'table:number-rows-repeated="1048576"><table:table-cell office:value-type="string" '
        'table:number-columns-repeated="16384"><text:p>title</text:p></table:table-cell>'
        "</table:table-row></table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", 8) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", text)
    return out.getvalue()


@case("laughs.xlsx", "declares entities")
def _() -> bytes:
    return workbook(extra={"xl/sharedStrings.xml": f"{DOCTYPE}<sst/>".encode()})


@case("laughs16.xlsx", "declares entities")
def _() -> bytes:
    return workbook(extra={"xl/sharedStrings.xml": f"{DOCTYPE}<sst/>".encode("utf-16")})


@case("late_doctype.xlsx", "", "Good cup")
def _() -> bytes:
    """The reader knows no entities at all, so one that hides behind a comment does nothing."""
    text = f"<!--{' ' * 9000}-->{DOCTYPE}<sst/>"
    return workbook(extra={"xl/sharedStrings.xml": text.encode()})


@case("slip.xlsx", "", "Good cup")
def _() -> bytes:
    """Nothing of an archive is ever written to the disk."""
    names = ("../../slipped.txt", "/tmp/slipped.txt", "C:\\slipped.txt")
    return workbook(extra=dict.fromkeys(names, b"out"))


@case("link.xlsx", "", "Good cup")
def _() -> bytes:
    out = io.BytesIO(workbook())
    with zipfile.ZipFile(out, "a") as archive:
        info = zipfile.ZipInfo("xl/passwd")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


@case("nested.xlsx", "cannot be read")
def _() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("catalog.xlsx", workbook())
    return out.getvalue()


@case("formulas.xlsx", "", '=HYPERLINK("http://x.test")', "+cmd|' /C calc'!A0")
def _() -> bytes:
    lines = [["A1", "=HYPERLINK(&quot;http://x.test&quot;)"], ["A2", "+cmd|' /C calc'!A0"]]
    return workbook(rows(["sku", "title"], *lines))


@case("formula_only.xlsx", "empty|title")
def _() -> bytes:
    return workbook(b'<row r="1"><c r="A1"><f>WEBSERVICE("http://x.test")</f></c></row>')


@case("encrypted.xlsx", "cannot be read")
def _() -> bytes:
    data = bytearray(workbook())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


@case("long_cell.xlsx", "characters")
def _() -> bytes:
    return workbook(rows(["sku", "title"], ["A1", "x" * 1_000_001]))


small("truncated.xlsx", workbook()[:700], "cannot be read")
small("archive.xlsx", b"PK\x03\x04 no archive", "cannot be read")
small("noise.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 40, "read|memory")
small("circle.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + b"\x3e\0\x03\0\xfe\xff\x09\0"
      + b"\0" * 480 + b"\0" * 4096, "read|memory")  # fmt: skip

# --- text tables -------------------------------------------------------------------------------


@case("line.csv", "characters")
def _() -> bytes:
    return b"sku,title\n1," + b"x" * 100_000_000


@case("quoted.csv", "1000000 characters")
def _() -> bytes:
    return b'sku,title\n1,"' + b"line of text\n" * 200_000


@case("cells.csv", "1000001 columns")
def _() -> bytes:
    return b"sku,title\n1,Cup" + b"," * 999_999 + b"\n"


@case("rows.csv", "more than 1000000 rows")
def _() -> bytes:
    return b"sku,title\n" + b",\n" * 1_000_010


@case("blanks_in_a_cell.csv", "", "Cup")
def _() -> bytes:
    blanks = " " * 900_000
    return f"sku,title,image,price\n1,Cup,a.jpg{blanks}b.jpg,1{blanks}2\n".encode()


@case("variants.csv", "", "Cup")
def _() -> bytes:
    lines = (f"{i},G,Cup,s{i}" for i in range(6000))
    return ("sku,group,title,size\n" + "\n".join(lines) + "\n").encode()


@case("one_sku.csv", "", "Cup")
def _() -> bytes:
    lines = (f"V,G,Cup,red,1,C{i}" for i in range(30_000))
    return ("sku,group,title,color,price,currency\n" + "\n".join(lines) + "\n").encode()


@case("packed.csv", "", "Cup")
def _() -> bytes:
    packed = ",".join(f"name{i}=value" for i in range(60_000))
    return f'sku,name,additional_attributes\n1,Cup,"{packed}"\n'.encode()


@case("open_tags.csv", "", "Cup")
def _() -> bytes:
    text = "<a " * 100_000 + "<!--" * 90_000 + "<p x=''" * 30_000
    return f'sku,title,description\n1,Cup,"{text}"\n'.encode()


@case("escaped.csv", "", "Cup")
def _() -> bytes:
    text = "&" + "amp;" * 200_000 + "lt;script&gt;"
    return f"sku,title,description\n1,Cup,{text}\n".encode()


small("nul.csv", b"sku,title\n1,a\0b\n" + bytes(range(1, 9)), "NUL")
small("utf16.csv", "sku,title\n1,Cup\n".encode("utf-16-le")[:-1], "")
small("mark_lies.csv", b"\xef\xbb\xbf" + "货号,标题\n1,杯子\n".encode("gbk"), "title")
small("utf32.csv", "sku,title\n1,Cup\n".encode("utf-32"), "", "Cup")
small("overlong.csv", b"sku,title\n1,\xc0\xaf\xe0\x80\xaf Cup\n", "")
small("right_to_left.csv", "sku,title\n1,Cup \u202egpj.exe\u202c\n", "", "Cup gpj.exe")
small("hidden.csv", "sku,title\n1,C\u200bu\u2060p\ufeff\n", "", "Cup")
small("formulas.csv", 'sku,title\n1,"=1+1|cmd"\n2,@SUM(1)\n', "", "=1+1|cmd", "@SUM(1)")
small("braces.csv", "sku,title\n1,{{7*7}} {0} %s ${x}\n", "", "{{7*7}} {0} %s ${x}")
small("numbers.csv", "sku,title,price,stock\n1,Cup,NaN,Infinity\n2,Cup 2,1e400,-0\n"
      f"3,Cup 3,{'9' * 400},{'9' * 400}\n4,Cup 4,١٢٣,²\n", "")  # fmt: skip
small("many_columns.csv", ",".join(f"c{i}" for i in range(3000)) + "\n1\n", "3000 columns")
small("page.csv", "<!DOCTYPE html><html><body>sign in</body></html>", "web page")
small("pdf_and_csv.csv", b"%PDF-1.7\n" + GOOD, "PDF document")
small("png_and_csv.csv", b"\x89PNG\r\n\x1a\n" + GOOD, "PNG picture")
small("gif_and_csv.csv", b"GIF89a,title\n1,Cup\n", "GIF picture")
small("gzip.csv", gzip.compress(bytes(1000)), "gzip archive")
small("gzip_bomb.csv", gzip.compress(bytes(50_000_000)), "gzip archive")
small("program.csv", b"\x7fELF" + GOOD, "program")
small("pickle.csv", pickle.dumps(Loaded()), "NUL|encoding|title|control")
small("pickle.json", pickle.dumps(Loaded()), "NUL|encoding|title|control")
small("pickle.xlsx", pickle.dumps(Loaded()), "NUL|encoding|title|control")
small("empty.csv", b"", "empty")
small("zeros.csv", bytes(100_000), "empty|NUL")

# --- JSON --------------------------------------------------------------------------------------


@case("values.json", "values")
def _() -> bytes:
    return b'{"products": [' + b"[]," * 10_100_000 + b"{}]}"


@case("keys.json", "columns")
def _() -> bytes:
    return json.dumps([{"title": "Cup", f"k{i}": "x"} for i in range(30_000)]).encode()


@case("blank_lines.jsonl", "", "Cup")
def _() -> bytes:
    return b'{"title": "Cup"}\n' + b"\n" * 400_000 + b'{"title": "Cup"}'


small("deep.json", b"[" * 10_000 + b"]" * 10_000, "nested too deeply|broken")
small("deep_object.json", b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested too deeply|broken")
small("deep.jsonl", b'{"title": "Cup"}\n' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "", "Cup")
small("deep_cell.csv", "sku,title,image\n1,Cup," + "[" * 20_000 + "\n", "", "Cup")
small("numbers.json", '[{"sku": 1e999, "title": "Cup", "price": NaN, "stock": ' + "9" * 5000 + "},"
      '{"sku": -0, "title": Infinity}]', "")  # fmt: skip
small("proto.json", '[{"__proto__": {"a": 1}, "__class__": "x", "sku": "1", "title": "Cup"}]', "",
      "Cup")  # fmt: skip
small("halves.json", '[{"sku": "1", "title": "Cup \\ud800\\udfff\\udc00", "\\ud801": "x"}]', "")
small("nul.json", '[{"sku": "a\\u0000b", "title": "Cup\\u0000", "x\\u0000": "y\\u0000"}]', "")
small("twice.json", '[{"sku": "1", "title": "A", "title": "Cup"}]', "", "Cup")
small("half.json", '[{"sku": "1", "title": "a"}, {"sku"', "JSON is broken")

# --- XML ---------------------------------------------------------------------------------------


def feed(items: str, head: str = "") -> str:
    return f'<?xml version="1.0"?>{head}<rss><channel>{items}</channel></rss>'


ITEM = "<item><id>1</id><title>Cup</title></item>"


@case("attribute.xml", "characters")
def _() -> bytes:
    return feed(f'<item x="{"y" * 60_000_000}"/>').encode()


@case("comment.xml", "characters")
def _() -> bytes:
    return feed(f"<!--{'y' * 60_000_000}-->{ITEM}").encode()


@case("children.xml", "characters")
def _() -> bytes:
    return feed(f"<item><title>Cup</title>{'<a>bc</a>' * 600_000}</item>").encode()


@case("names.xml", "columns")
def _() -> bytes:
    made = "".join(f"<a{i}/>" for i in range(300_000))
    return feed(f"<item><title>Cup</title>{made}</item>").encode()


@case("deep.xml", "more than 100 deep")
def _() -> bytes:
    return feed("<a>" * 2_000_000).encode()


small("laughs.xml", feed("<item><title>&b;</title></item>", DOCTYPE), "declares entities")
small("file.xml", feed("<item><title>&b;</title></item>",
      '<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>'), "declares entities")  # fmt: skip
small("parameter.xml", feed(ITEM, '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/x">%p;]>'),
      "declares entities")  # fmt: skip
small("dtd.xml", feed(ITEM, '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">'), "declares entities")
small("include.xml", feed('<item><title>Cup</title><x:include xmlns:x="http://www.w3.org/2001/'
      'XInclude" href="file:///etc/passwd"/></item>'), "", "Cup")  # fmt: skip
small("style.xml", feed(ITEM, '<?xml-stylesheet href="file:///etc/passwd"?>'), "", "Cup")
small("script.xml", feed("<item><title><![CDATA[<script>x</script>Cup]]></title></item>"), "",
      "Cup")  # fmt: skip
for _codec in ("undefined", "punycode", "utf-7", "unicode_escape", "rot13", "zlib_codec"):
    small(f"{_codec}.xml", f'<?xml version="1.0" encoding="{_codec}"?><rss>{ITEM}</rss>', "", "Cup")
small("utf16_lies.xml", f'<?xml version="1.0" encoding="utf-16"?><rss>{ITEM}</rss>', "", "Cup")
small("nul.xml", feed("<item><title>Cup\0</title></item>"), "NUL|well-formed")
small("half.xml", feed("<item><title>Cup</title>")[:-20], "well-formed")

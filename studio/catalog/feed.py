"""Google Merchant feeds: RSS 2.0 and Atom, with g: elements. Entities and DTDs are refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.sax import ContentHandler, SAXParseException
from xml.sax.expatreader import AttributesNSImpl

from studio.catalog import limits
from studio.catalog.encoding import detect
from studio.catalog.report import Report
from studio.catalog.rows import Table, tabulate

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{2,30})["']""")
_LEGACY = re.compile(
    r"gb18030|big5(?:-hkscs)?|euc-(?:jp|kr)|shift_jis|iso-8859-(?:[1-9]|1[03-6])|koi8-[ru]"
    r"|windows-125[0-8]|cp(?:125[0-8]|932|936|949|950)"
)
_CHUNK = 1 << 16


class _Reader(ContentHandler):
    """Collects each <item> or <entry> as cells. Children of a child (product_detail) are kept as
    one cell in JSON-free form: attribute_name and attribute_value make an attribute."""

    def __init__(self, file: str, report: Report) -> None:
        super().__init__()
        self.file, self.report = file, report
        self.items: list[tuple[int, dict[str, str]]] = []
        self._item: dict[str, list[str]] | None = None
        self.waiting = 0  # characters fed since something came out
        self._depth = self._chars = 0
        self._names: set[str] = set()
        self._line = 0
        self._path: list[str] = []
        self._text: list[str] = []
        self._nested: dict[str, str] = {}
        self._locator: Any = None

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: N802 - the name is SAX's
        self._locator = locator

    def startElementNS(  # noqa: N802
        self, name: tuple[str | None, str], qname: str | None, attrs: AttributesNSImpl
    ) -> None:
        local, self.waiting = name[1], 0
        self._depth += 1
        if self._depth > limits.DEPTH:
            raise self.report.refuse("xml-deep", self.place(), most=limits.DEPTH)
        self._names |= {local, *(key[1] for key in attrs.getNames())}
        if (seen := len(self._names)) > (most := limits.COLUMNS):
            raise self.report.refuse("many-columns", self.place(), seen=seen, most=most)
        if self._item is None:
            if local in ("item", "entry"):
                self._item, self._path, self._chars = {}, [], 0
                self._line = self._locator.getLineNumber() if self._locator else 0
                self.report.seen(self.place())
            return
        self._path.append(local)
        self._text = []
        if local == "link" and (href := attrs.get((None, "href"))):
            self._item["link"] = [href]

    def characters(self, content: str) -> None:
        self.waiting = 0
        if self._item is not None and len(self._path) > 0:
            self._text.append(content)
            self._chars += len(content)
            if self._chars > limits.CELL_CHARS:
                raise self.report.refuse("long-cell", self.place(), most=limits.CELL_CHARS)

    def place(self) -> str:
        return f"{self.file}:{self._locator.getLineNumber()}" if self._locator else self.file

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:  # noqa: N802
        self._depth -= 1
        if self._item is None:
            return
        if not self._path:
            cells = {name: "\n".join(texts) for name, texts in self._item.items()}
            self.items.append((self._line, cells))
            self._item = None
            return
        local, text = self._path.pop(), "".join(self._text).strip()
        self._text = []
        if self._path:
            self._nested[local] = text
            return
        if self._nested:
            local, text = self._join(local, text)
        if text:
            self._item.setdefault(local, []).append(text)

    def _join(self, local: str, text: str) -> tuple[str, str]:
        nested, self._nested = self._nested, {}
        if "attribute_name" in nested:
            return f"attribute:{nested['attribute_name']}", nested.get("attribute_value", "")
        return local, text or "; ".join(f"{k}: {v}" for k, v in nested.items() if v)


def read(path: Path, file: str, report: Report) -> Table:
    """The items of a feed as a table. Raises InputError with the line."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.sax import make_parser

    size = path.stat().st_size
    if size > limits.TREE_BYTES:
        most = limits.TREE_BYTES // 1_000_000
        raise report.refuse("too-big", file, size=size // 1_000_000, most=most)
    reader, parser = _Reader(file, report), make_parser()
    parser.setFeature("http://xml.org/sax/features/namespaces", True)
    parser.forbid_dtd = True
    parser.setContentHandler(reader)
    try:
        with path.open(encoding=_encoding(path, file, report), errors="replace") as stream:
            # Fed as text: expat itself knows neither GBK nor GB18030.
            while chunk := stream.read(_CHUNK):
                reader.waiting += len(chunk)
                parser.feed(chunk.lstrip("\ufeff"))
                # A tag without end is read again from its beginning with each piece.
                if reader.waiting > limits.LINE_CHARS:
                    raise report.refuse("long-line", reader.place(), most=limits.LINE_CHARS)
        parser.close()
    except DefusedXmlException as error:
        raise report.refuse("xml-unsafe", file) from error
    except SAXParseException as error:
        where = f"{file}:{error.getLineNumber()}:{error.getColumnNumber()}"
        raise report.refuse("xml-broken", where, cause=error.getMessage()) from error
    if not reader.items:
        raise report.refuse("xml-no-items", file)
    return tabulate(path, file, reader.items, report)


def _encoding(path: Path, file: str, report: Report) -> str:
    with path.open("rb") as stream:
        head = stream.read(400)
    declared = _DECLARED.match(head)
    name = declared[1].decode("ascii").lower() if declared else ""
    if name in ("gbk", "gb2312"):
        return "gb18030"
    # Only these: Python has codecs that decode slowly or into something else (punycode, idna).
    if _LEGACY.fullmatch(name):
        return name
    return detect(path, file, report, lambda _: 0)

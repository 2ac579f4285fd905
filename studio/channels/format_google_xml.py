"""Google Merchant Center's XML feed: the rows of the TSV as RSS 2.0 items in the g: namespace."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from studio.channels import format_google_tsv as tsv
from studio.errors import InputError

NAME = "google_xml"
COLUMNS, TEXTS = tsv.COLUMNS, tsv.TEXTS
NAMESPACE = "http://base.google.com/ns/1.0"
# XML 1.0, production 2: what is no Char cannot be written, not even escaped.
_NO_CHAR = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

title, rows, approved, back = tsv.title, tsv.rows, tsv.approved, tsv.back


class Feed:
    """RSS 2.0. A structured text becomes two elements, several pictures one element each."""

    suffix, most = "xml", 0

    def header(self, columns: Sequence[str], options: Mapping[str, Any]) -> bytes:
        start = f'<rss version="2.0" xmlns:g="{NAMESPACE}">\n<channel>\n<title>Studio</title>\n'
        return ('<?xml version="1.0" encoding="UTF-8"?>\n' + start).encode()

    def footer(self) -> bytes:
        return b"</channel>\n</rss>\n"

    def lines(self, columns: Sequence[str], rows: Iterable[Mapping[str, str]], at: int) -> bytes:
        """The items. Raises InputError for characters that XML does not have."""
        items = ("".join(self._elements(row, columns)) for row in rows)
        return "".join(f"<item>\n{item}</item>\n" for item in items).encode("utf-8")

    def _elements(self, row: Mapping[str, str], columns: Sequence[str]) -> Iterator[str]:
        for column in columns:
            cell = row.get(column, "")
            if not cell:
                continue
            if _NO_CHAR.search(cell):
                raise InputError(f"{column} holds a control character, which XML cannot")
            if column.startswith("structured_"):
                source, text = tsv.parted(cell)
                yield _element(column, _element("digital_source_type", _safe(source))
                               + _element("content", _safe(text)))  # fmt: skip
            elif column == "additional_image_link":
                yield from (_element(column, _safe(link)) for link in cell.split(","))
            else:
                yield _element(column, _safe(cell))

    def read(self, path: Path) -> Iterator[dict[str, str]]:
        """The items as the standard library's XML reader finds them, entities refused."""
        from defusedxml.ElementTree import iterparse

        channel = None
        for event, node in iterparse(path, events=("start", "end")):
            if node.tag == "channel" and event == "start":
                channel = node
            if node.tag != "item" or event == "start":
                continue
            row: dict[str, list[str]] = {}
            for child in node:
                name = child.tag.removeprefix(f"{{{NAMESPACE}}}")
                parts = [part.text or "" for part in child]
                cell = tsv.joined(*parts) if parts else child.text or ""
                row.setdefault(name, []).append(cell)
            if channel is not None:
                channel.clear()  # items that were read are let go, or memory would grow
            yield {name: ",".join(cells) for name, cells in row.items()}


TABLE = Feed()


def _element(name: str, inner: str) -> str:
    return f"<g:{name}>{inner}</g:{name}>\n"


def _safe(text: str) -> str:
    # A bare CR would come back as LF (XML 1.0, 2.11).
    return escape(text, {"\r": "&#13;"})

"""Rich text to plain text: HTML and EditorJS blocks. Blocks become lines, lists get bullets."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from typing import Any

# The blocks of the HTML standard's rendering section that a description uses.
_BLOCKS = frozenset(
    "address article aside blockquote br dd div dl dt fieldset figcaption figure footer form h1 h2"
    " h3 h4 h5 h6 header hr li main nav ol p pre section table tbody tfoot thead tr ul".split()
)
_CELLS = frozenset({"td", "th"})
_SILENT = frozenset({"script", "style", "template", "noscript", "head", "iframe", "object", "svg"})
_TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")
_ENTITY = re.compile(r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u2028-\u202e\u2060\ufeff]"
)
_BULLET = re.compile(r"^[•·●▪◦*\-–]\s*")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.pictures: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag == "img":
            self.pictures.extend(v.strip() for k, v in attrs if k == "src" and v and v.strip())
        elif tag in _BLOCKS:
            self.parts.append("\n• " if tag == "li" else "\n")
        elif tag in _CELLS:
            self.parts.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            del self._silent[self._silent.index(tag) :]
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            # A line end in the source is a blank on the screen.
            self.parts.append(re.sub(r"[\r\n\t]+", " ", data))


def is_html(text: str) -> bool:
    return bool(_TAG.search(text))


def plain(text: str) -> tuple[str, list[str]]:
    """(plain text, sources of the pictures in it) of a cell that may be HTML or EditorJS."""
    if text.startswith("{") and '"blocks"' in text:
        text = _blocks(text)
    if not is_html(text):
        return tidy(_unescape(text)), []
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return tidy(_unescape("".join(reader.parts))), reader.pictures


def line(text: str) -> str:
    """A title or a value: plain, on one line."""
    if "<" in text or "&" in text:
        text = plain(text)[0]
    return " ".join(_INVISIBLE.sub("", text).split())


def tidy(text: str) -> str:
    """No invisible characters, no blanks at line ends, no runs of empty lines."""
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = [" ".join(part.split()) for part in text.split("\n")]
    kept = [_BULLET.sub("• ", part) if part[:1] in "•·●▪◦" else part for part in lines]
    kept = [part for part in kept if part not in ("", "•", "• ")]
    return "\n".join(kept)


def _unescape(text: str) -> str:
    """Entities, also those that were escaped twice on the way out of a shop."""
    for _ in range(2):
        if not _ENTITY.search(text):
            break
        text = html.unescape(text)
    return text.replace("\xa0", " ")


def _blocks(text: str) -> str:
    """EditorJS (Saleor): paragraphs, headers, lists and quotes as HTML; else the text itself."""
    try:
        blocks = json.loads(text)["blocks"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return text
    return "".join(_block(block.get("data") or {}) for block in blocks if isinstance(block, dict))


def _block(data: Any) -> str:
    if not isinstance(data, dict):
        return ""
    items = data.get("items") or ()
    points = "".join(
        f"<li>{item.get('content', '') if isinstance(item, dict) else item}</li>" for item in items
    )
    return f"<p>{data.get('text', '')}</p>{points}"

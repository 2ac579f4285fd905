"""Rich text to plain text: HTML and EditorJS blocks. Blocks become lines, lists get bullets."""

from __future__ import annotations

import html
import json
import re
from typing import Any

# The blocks of the HTML standard's rendering section that a description uses.
_BLOCKS_WORDS = """
address article aside blockquote br dd div dl dt fieldset figcaption figure footer form h1
h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tbody tfoot thead tr ul
"""
_BLOCKS = frozenset(_BLOCKS_WORDS.split())
_CELLS = frozenset({"td", "th"})
_SILENT = frozenset({"script", "style", "template", "noscript", "head", "iframe", "object", "svg"})
# A tag ends at its ">", quoted values may hold one. No "<" inside: so each attempt stops at the
# next "<", and the whole text is read in linear time, which html.parser (broken tags) and the
# DOM parsers (deep nesting) do not do on hostile input.
_TAG = re.compile(
    r"""<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>|<[!?][^<>]*>"""
)
_SOURCE = re.compile(r"""\ssrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_ENTITY = re.compile(r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u2028-\u202e\u2060\ufeff]"
)
_SPACE = re.compile(r"[\r\n\t]+")
_BULLET = re.compile(r"^[•·●▪◦*\-–]\s*")


def is_html(text: str) -> bool:
    return bool(_TAG.search(text))


# Google's mark of a text that a model wrote, as feeds write it: trained_algorithmic_media:"…".
_MARKED = re.compile(r'^(?:trained_algorithmic_media)?:"(.*)"$', re.DOTALL)


def unmarked(text: str) -> str:
    """The text without the mark of its source."""
    found = _MARKED.match(text)
    return found.group(1).replace('""', '"') if found else text


# What an export puts an apostrophe before, and so undoes; channels/cells.py has the same rule.
_RUNS = tuple("=+-@\t\r\n＝＋－＠")
_BLANK = " \u00a0\u3000\ufeff\u200b"
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def restored(cell: str) -> str:
    """The cell of a table without the apostrophe that keeps a spreadsheet from running it."""
    rest = cell[1:]
    runs = rest.lstrip(_BLANK)[:1] in _RUNS and not _NUMBER.fullmatch(rest)
    return rest if cell[:1] == "'" and (runs or rest[:1] == "'") else cell


def plain(text: str) -> tuple[str, list[str]]:
    """(plain text, sources of the pictures in it) of a cell that may be HTML or EditorJS."""
    text = unmarked(text)
    if text.startswith("{") and '"blocks"' in text:
        text = _blocks(text)
    if not is_html(text):
        return tidy(_unescape(text)), []
    parts, images = _read(_uncommented(text))
    return tidy(_unescape("".join(parts))), images


def _uncommented(text: str) -> str:
    """Without <!-- comments -->; one that is never closed hides the rest, as in a browser."""
    kept, at = [], 0
    while (start := text.find("<!--", at)) >= 0:
        kept.append(text[at:start])
        end = text.find("-->", start)
        if end < 0:
            return "".join(kept)
        at = end + 3
    return "".join((*kept, text[at:]))


def _read(text: str) -> tuple[list[str], list[str]]:
    """(pieces of text, sources of pictures)."""
    parts: list[str] = []
    images: list[str] = []
    silent, at = "", 0
    for tag in _TAG.finditer(text):
        if not silent:
            # A line end in the source is a blank on the screen.
            parts.append(_SPACE.sub(" ", text[at : tag.start()]))
        at = tag.end()
        closing, name = bool(tag[1]), (tag[2] or "").lower()
        if silent:
            silent = "" if closing and name == silent else silent
        elif name in _SILENT:
            silent = "" if closing or tag[3].endswith("/") else name
        elif name == "img" and not closing:
            images += [
                html.unescape(next(filter(None, m))) for m in _SOURCE.findall(tag[3]) if any(m)
            ]
        elif name in _BLOCKS:
            parts.append("\n• " if name == "li" and not closing else "\n")
        elif name in _CELLS:
            parts.append(" ")
    if not silent:
        parts.append(_SPACE.sub(" ", text[at:]))
    return parts, images


def line(text: str) -> str:
    """A title or a value: plain, on one line."""
    text = unmarked(text)
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

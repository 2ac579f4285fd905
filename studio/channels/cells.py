"""What stands in a cell: formulas defused, texts as HTML and back, prices, GTINs."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from html.parser import HTMLParser

from studio.schema import Copy, Money, locale_language

RISKY = "=+-@\t\r\n＝＋－＠"
_BLANK = " \u00a0\u3000\ufeff\u200b"
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def defuse(text: str) -> str:
    """A leading apostrophe before what a spreadsheet would run; numbers stay numbers.

    `restore` undoes it exactly: restore(defuse(text)) == text for every text.
    """
    return f"'{text}" if risky(text) or _looks_defused(text) else text


def restore(text: str) -> str:
    """The text as it was before `defuse`; any other text comes back unchanged."""
    return text[1:] if _looks_defused(text) else text


def risky(text: str) -> bool:
    """Would a spreadsheet take the cell for a formula? OWASP's list, with full-width forms."""
    return text.lstrip(_BLANK)[:1] in tuple(RISKY) and not _NUMBER.fullmatch(text)


def _looks_defused(text: str) -> bool:
    rest = text[1:]
    return text[:1] == "'" and (risky(rest) or rest[:1] == "'")


# --- texts ---------------------------------------------------------------------------------------


def paragraphs(text: str) -> list[str]:
    """The paragraphs: blank lines part them, line breaks inside stay, outer blanks go."""
    lines = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    parts = re.split(r"\n{2,}", "\n".join(lines).strip("\n"))
    return [part for part in parts if part]


def bullets(text: Copy) -> list[str]:
    """The bullets that are not blank, each on one line."""
    return [" ".join(bullet.split()) for bullet in text.bullets if bullet.strip()]


def to_html(text: Copy) -> str:
    """Description and bullets as <p>, <br> and <ul>, everything else escaped."""
    body = "".join(
        f"<p>{html.escape(part, quote=False).replace(chr(10), '<br>')}</p>"
        for part in paragraphs(text.description)
    )
    items = "".join(f"<li>{html.escape(b, quote=False)}</li>" for b in bullets(text))
    return body + (f"<ul>{items}</ul>" if items else "")


def from_html(markup: str) -> tuple[list[str], list[str]]:
    """(paragraphs, bullets) of such HTML, read by the standard library's parser."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader.found["p"], reader.found["li"]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, list[str]] = {"p": [], "li": []}
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in self.found:
            self.inside = tag
            self.found[tag].append("")
        elif tag == "br" and self.inside:
            self.found[self.inside][-1] += "\n"

    def handle_endtag(self, tag: str) -> None:
        if tag == self.inside:
            self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found[self.inside][-1] += data


def one_line(text: Copy, locale: str) -> str:
    """Description and bullets on one line: each piece that ends without a stop gets one."""
    stop, gap = ("。", "") if locale_language(locale) in ("zh", "ja") else (".", " ")
    pieces = [" ".join(part.split()) for part in paragraphs(text.description)] + bullets(text)
    return gap.join(p if p[-1] in "。！？；.!?;:：…" else p + stop for p in pieces)


# --- numbers -------------------------------------------------------------------------------------


def amount(money: Money | None) -> str:
    """The amount with at least two decimals and none taken away; "" for no price."""
    if money is None:
        return ""
    places = max(2, -int(money.amount.as_tuple().exponent))
    return f"{money.amount:.{places}f}"


def price(money: Money | None) -> str:
    """ "12.00 USD"; "" without a price or a currency, as a price without one says nothing."""
    return f"{amount(money)} {money.currency}" if money and money.currency else ""


def same_amount(cell: str, money: Money | None) -> bool:
    return cell == "" if money is None else Decimal(cell) == money.amount


def gtin(barcode: str) -> str:
    """The barcode when it is a GTIN-8, -12, -13 or -14 with a right check digit, else "".

    GS1 General Specifications 7.9: weights 3 and 1 alternate from the right.
    """
    digits = barcode.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) in (8, 12, 13, 14)):
        return ""
    if not int(digits):
        return ""
    weighted = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(reversed(digits)))
    return digits if weighted % 10 == 0 else ""

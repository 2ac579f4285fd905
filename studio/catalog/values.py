"""Single cells: whole numbers, dates, barcodes, flags, addresses of pictures."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import date

from studio.catalog.limits import PACKED
from studio.catalog.money import number

_SCIENTIFIC = re.compile(r"^\d(?:[.,]\d+)?[eE]\+?\d{1,2}$")
_FLAGS_WORDS = "0 1 true false yes no y n on off enabled disabled 是 否 有 无 真 假"
_FLAGS = frozenset(_FLAGS_WORDS.split())
_NOTHING = frozenset(
    {"", "-", "--", "—", "/", "\\", "n/a", "na", "null", "none", "nil", "nan", "无", "暂无", "#n/a"}
)
_PICTURE = re.compile(r"\.(?:jpe?g|png|webp|gif|bmp|tiff?|avif|heic)(?:$|[?#!&@])", re.IGNORECASE)
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
_LONG_TERM = re.compile(r"^(?:长期|永久|长期有效|无期限|permanent|unlimited|none)$", re.IGNORECASE)


def is_nothing(text: str) -> bool:
    """A cell that says "nothing here" in one of the usual ways."""
    return text.strip().casefold() in _NOTHING


def is_flag(text: str) -> bool:
    return text.strip().casefold() in _FLAGS


def is_true(text: str) -> bool:
    return text.strip().casefold() in {"1", "true", "yes", "y", "是", "deleted", "已删除"}


def is_scientific(text: str) -> bool:
    """6.90124E+12: a spreadsheet's shortened number, whose last digits are lost."""
    return bool(_SCIENTIFIC.match(text.strip()))


def whole(text: str) -> int | None:
    """A stock quantity: "1,200", "12.0", "12 件"; None when it is not a whole number."""
    digits = re.sub(r"\s*[^\W\d_]{1,3}$", "", unicodedata.normalize("NFKC", text).strip())
    amount = number(digits, "en")
    if amount is None or amount != amount.to_integral_value():
        return None
    return int(amount)


def barcode(text: str) -> tuple[str, str]:
    """(digits or "", problem code or ""). GS1 check digit: weights 3 and 1 from the right."""
    text = unicodedata.normalize("NFKC", text).strip().lstrip("'").removesuffix(".0")
    if is_scientific(text):
        return "", "barcode-scientific"
    digits = re.sub(r"[\s-]", "", text)
    if not digits.isdigit() or len(digits) not in (8, 12, 13, 14):
        return text, ""
    sums = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits[:-1])))
    good = (10 - sums % 10) % 10 == int(digits[-1])
    return digits, "" if good else "barcode-check"


def day(text: str) -> tuple[date | None, bool]:
    """(date, understood). 2026-01-31, 2026/1/31, 2026年1月31日, 20260131, 31.01.2026.

    01/02/2026 is the second of January here and the first of February there: not understood,
    unless one of the numbers is above 12.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if is_nothing(text) or _LONG_TERM.match(text):
        return None, True
    head = re.match(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s].*)?$", text)
    packed = re.match(r"^((?:19|20)\d\d)(\d\d)(\d\d)$", text)
    if found := head or packed:
        return _date(*map(int, found.groups()))
    if tail := re.match(r"^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})$", text):
        first, second, year = int(tail[1]), int(tail[3]), int(tail[4])
        if tail[2] == "." or first > 12:
            return _date(year, second, first)
        if second > 12 or first == second:
            return _date(year, first, second)
    return None, False


def _date(year: int, month: int, number: int) -> tuple[date | None, bool]:
    try:
        return date(year, month, number), True
    except ValueError:
        return None, False


def pictures(text: str) -> list[str]:
    """The references in a picture cell: one, a list with commas, semicolons, bars, blanks or
    line ends, or a JSON list."""
    text = text.strip()
    if text.startswith("["):
        try:
            found = [str(item).strip() for item in json.loads(text)[:PACKED]]
            return [item for item in found if item]
        except (ValueError, RecursionError):  # huge whole numbers are a ValueError
            pass
    parts = [text]
    # A comma may be part of a name; it separates when every piece still looks like a picture.
    for mark in (r"[\r\n]", r"[|;；]", r"[,，]", r"\s(?=https?://)"):
        pieces = [piece.strip() for part in parts for piece in re.split(mark, part)]
        pieces = [piece for piece in pieces if piece]
        if mark in (r"[\r\n]", r"\s(?=https?://)") or all(map(_like_picture, pieces)):
            parts = pieces
    return parts[:PACKED]


def _like_picture(text: str) -> bool:
    return bool(_PICTURE.search(text)) or text.startswith(("http://", "https://"))


def is_address(text: str) -> bool:
    return text.startswith(("http://", "https://", "//", "data:"))


def han_share(text: str) -> float:
    """Of the letters, the share that is Han."""
    letters = sum(map(str.isalpha, text))
    return len(_HAN.findall(text)) / letters if letters else 0.0

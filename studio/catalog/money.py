"""Prices as merchants write them. What could mean two things is a problem, not a guess.

Currency codes are ISO 4217. A bare sign is resolved by the currency that the user named, then by
the language of the catalog (the sign ¥ is yuan in a Chinese one), else it stays open.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from studio.schema import Money

_CODES = (
    "AED ARS AUD BDT BGN BHD BRL CAD CHF CLP CNH CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR"
    " ISK JOD JPY KES KRW KWD KZT MAD MOP MXN MYR NGN NOK NZD OMR PEN PHP PKR PLN QAR RON RSD RUB"
    " SAR SEK SGD THB TND TRY TWD UAH USD UYU VND ZAR"
)
CODES = frozenset(_CODES.split())
THREE_DIGITS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
# Written marks that name one currency. Longer ones are tried first.
_MARKS = {
    "RMB": "CNY", "CN¥": "CNY", "人民币": "CNY", "元": "CNY", "圆": "CNY", "块": "CNY",
    "JP¥": "JPY", "円": "JPY", "日元": "JPY", "US$": "USD", "美元": "USD", "美金": "USD",
    "HK$": "HKD", "港元": "HKD", "港币": "HKD", "NT$": "TWD", "新台币": "TWD", "A$": "AUD",
    "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "S$": "SGD", "R$": "BRL",
    "€": "EUR", "欧元": "EUR", "£": "GBP", "英镑": "GBP", "₩": "KRW", "₹": "INR", "₽": "RUB",
    "฿": "THB", "₫": "VND", "₱": "PHP", "₺": "TRY", "₴": "UAH", "zł": "PLN", "Kč": "CZK",
    "CNH": "CNY",
}  # fmt: skip
_SIGNS = {
    "$": frozenset({"USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP"}),
    "¥": frozenset({"CNY", "JPY"}),
    "￥": frozenset({"CNY", "JPY"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
}
_FOLDED = {mark.casefold(): code for mark, code in _MARKS.items()}
_MARK = re.compile(
    "|".join(re.escape(mark) for mark in sorted(_MARKS, key=len, reverse=True)), re.IGNORECASE
)
_CODE = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(sorted(CODES))})(?![A-Za-z])", re.IGNORECASE)
_BY_LANGUAGE = {("¥", "zh"): "CNY", ("¥", "ja"): "JPY"}
_COMMA_DECIMAL_WORDS = "de fr es it pt nl pl ru da sv nb no fi cs tr uk hu ro el id"
_COMMA_DECIMAL = frozenset(_COMMA_DECIMAL_WORDS.split())
_NUMBER = re.compile(r"\d(?:[\d.,'’\s]*\d)?")
_RANGE = re.compile(r"(\d[\d.,]*)\s*(?:-|–|—|~|～|至|到|\bto\b)\s*[^\d\s]{0,3}\s*(\d[\d.,]*)")
_ON_REQUEST = re.compile(
    r"面议|询价|电询|咨询|待定|议价|暂无|call|inquire|inquiry|request|contact|tb[ad]\b|poa\b|n/?a\b",
    re.IGNORECASE,
)
_FROM = re.compile(r"起$|以上$|^\s*(?:from|ab|à partir)\b|\+$", re.IGNORECASE)
_PER = re.compile(r"\s*(?:/|每|per\b).{1,12}$", re.IGNORECASE)
MOST = Decimal(10) ** 12  # a longer number is a barcode or a telephone in the wrong column


@dataclass(frozen=True)
class Price:
    """What was read. `problem`: code of the issue, "" when all is clear. `money` may be None."""

    money: Money | None = None
    problem: str = ""
    low: Decimal | None = None  # of a range
    high: Decimal | None = None


@lru_cache(maxsize=4096)
def price(text: str, currency: str = "", language: str = "") -> Price:
    """Read one price. `currency` is what the user or another column says; it does not overrule
    a currency that is written in the cell itself.

    >>> price("¥1,299.00", language="zh").money
    Money(amount=Decimal('1299.00'), currency='CNY')
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        return Price()
    if len(text) > 200:
        return Price(None, "price-unreadable")
    if match := _RANGE.search(text):
        low, high = (number(part, language) for part in match.groups())
        if low is not None and high is not None and low <= high:
            return Price(None, "price-range", low, high)
    found = _NUMBER.search(text)
    if found is None:
        return Price(None, "price-on-request" if _ON_REQUEST.search(text) else "price-unreadable")
    before, after = text[: found.start()].strip(), text[found.end() :].strip()
    if before.endswith(("-", "−")) or before.startswith("("):
        return Price(None, "price-negative")
    code, rest = _currency(before, after, currency, language)
    if rest:
        problem = "price-from" if _FROM.search(text) else "price-unreadable"
        return Price(None, problem)
    return _amount(found.group(), after, code, before + after, language)


def _amount(digits: str, after: str, code: str, marks: str, language: str) -> Price:
    comma = language in _COMMA_DECIMAL or (code == "EUR" and language not in ("en", "zh"))
    amount = number(digits, "de" if comma else language)
    if amount is None:
        return Price(None, "price-unreadable")
    three = re.fullmatch(r"\d{1,3}[.]\d{3}", digits) and not digits.endswith("0")
    if three and not comma and code not in THREE_DIGITS:
        return Price(None, "price-ambiguous")
    if "万" in after:
        amount *= 10_000
    if amount > MOST:
        return Price(None, "price-unreadable")
    problem = "price-currency" if not code and any(sign in marks for sign in _SIGNS) else ""
    if amount == 0:
        problem = "price-zero"
    return Price(Money(amount=_two_digits(amount), currency=code), problem)


def _two_digits(amount: Decimal) -> Decimal:
    """12, 12.0 and 12.000 are 12.00, so that a digest does not hang on how a file writes it."""
    cents = amount.quantize(Decimal("0.01"))
    return cents if cents == amount else amount.normalize()


def _currency(before: str, after: str, currency: str, language: str) -> tuple[str, str]:
    """(code or "", what is left of the words around the number)."""
    after = _PER.sub("", after).replace("万", "").replace("整", "").strip()
    words = f"{before} {after}".strip()
    if not words:
        return _canonical(currency), ""
    if found := _CODE.search(words):
        return _canonical(found[0].upper()), _bare(words[: found.start()] + words[found.end() :])
    if found := _MARK.search(words):
        code = _FOLDED[found[0].casefold()]
        # "人民币 12 元" names the same currency twice.
        left = _MARK.sub(lambda m: "" if _FOLDED[m[0].casefold()] == code else m[0], words)
        return code, _bare(left)
    for sign, family in _SIGNS.items():
        if sign in words:
            known = currency if currency in family else _BY_LANGUAGE.get((sign, language), "")
            return known, _bare(words.replace(sign, ""))
    return _canonical(currency), words


def _canonical(code: str) -> str:
    return _MARKS.get(code, code)


def _bare(words: str) -> str:
    """What a reader would still have to explain; signs and separators are nothing."""
    return re.sub(r"[\s:：¥￥$.,]|price|价格?|仅|约", "", words, flags=re.IGNORECASE)


def currency_code(text: str) -> str:
    """The ISO code of a currency cell ("usd", "人民币", "€"), or ""."""
    text = unicodedata.normalize("NFKC", text).strip()
    if text.upper() in CODES:
        return _canonical(text.upper())
    return _MARKS.get(text, _MARKS.get(text.upper(), ""))


def number(text: str, language: str = "") -> Decimal | None:
    """A number with thousands marks, or None.

    Both marks: the last one is the decimal mark. One mark, once: decimal, unless it is a comma
    before exactly three digits (thousands), or the language uses it for thousands.
    """
    text = re.sub(r"[\s'’\u00a0\u202f]", "", unicodedata.normalize("NFKC", text))
    if not re.fullmatch(r"[+-]?\d[\d.,]*", text) or len(text) > 30:
        return None
    dot, comma = text.rfind("."), text.rfind(",")
    if dot >= 0 and comma >= 0:
        decimal = "." if dot > comma else ","
    elif dot < 0 and comma < 0:
        decimal = ""
    else:
        decimal = _single(text, "." if dot >= 0 else ",", language)
    thousands = {".": ",", ",": "."}.get(decimal, ".,")
    whole, _, part = text.partition(decimal) if decimal else (text, "", "")
    if not _grouped(whole, thousands) or not re.fullmatch(r"\d*", part):
        return None
    return Decimal(re.sub(r"[.,]", "", whole) + (f".{part}" if part else ""))


def _single(text: str, mark: str, language: str) -> str:
    if text.count(mark) > 1:
        return ""
    three = (
        re.fullmatch(r"[+-]?[1-9]\d{0,2}", text.split(mark)[0]) and len(text.split(mark)[1]) == 3
    )
    if not three:
        return mark
    thousands = "." if language in _COMMA_DECIMAL else ","
    return "" if mark == thousands else mark


def _grouped(whole: str, marks: str) -> bool:
    """1,234,567 and 12,34,567 (India) are groups of digits; 1,2 is not."""
    if not any(mark in whole for mark in marks):
        return bool(re.fullmatch(r"[+-]?\d+", whole))
    return bool(re.fullmatch(r"[+-]?\d{1,3}(?:[.,]\d{2,3})*[.,]\d{3}", whole))

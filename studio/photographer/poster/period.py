"""When an offer runs, as a poster says it: from the dates that the catalog's row gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from studio.schema import Facts, locale_language

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_LONGEST = 24  # characters of a period in a merchant's own words
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def offered(facts: Facts, locale: str, names: Mapping[str, tuple[str, ...]]) -> str:
    """ "活动时间 2026年11月1日–11月11日", "Offer valid Nov 1 – Nov 11, 2026", or "".

    `names`: the columns of the whole "period", of its first day "from" and its last "until", in
    plain lower case. A period in the merchant's own words stands as it is, where it is short.
    """
    told = {
        part: next((a.value.strip() for a in facts.attributes if _plain(a.name) in known), "")
        for part, known in names.items()
    }
    whole = told["period"] or " ".join(filter(None, (told["from"], told["until"])))
    days = list(dict.fromkeys(_days(whole)))
    zh = locale_language(locale) == "zh"
    if days and len(days) < 3:
        first, last = days[0], days[-1]
        if first > last:
            return ""
        only = len(days) == 1
        ends = only and not told["from"] and not told["period"]  # a last day alone
        starts = only and bool(told["from"])
        when = _zh(first, last) if zh else _en(first, last, locale)
        if zh:
            return f"活动时间 {when}{'起' if starts else '止' if ends else ''}"
        return f"Offer valid {'from ' if starts else 'until ' if ends else ''}{when}"
    short = whole if told["period"] and len(whole) <= _LONGEST and not _DAY.search(whole) else ""
    return f"{'活动时间 ' if zh else 'Offer valid '}{short}" if short else ""


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name.casefold()).strip()


def _days(text: str) -> list[date]:
    """The days of a text that are in the calendar."""
    found = []
    for year, month, day in _DAY.findall(text):
        try:
            found.append(date(int(year), int(month), int(day)))
        except ValueError:
            return []
    return found


def _zh(first: date, last: date) -> str:
    head = f"{first.year}年{first.month}月{first.day}日"
    if first == last:
        return head
    tail = f"{last.month}月{last.day}日"
    return f"{head}–{tail}" if first.year == last.year else f"{head}–{last.year}年{tail}"


def _en(first: date, last: date, locale: str) -> str:
    american = locale == "en-US"

    def said(day: date, *, year: bool) -> str:
        month = _MONTHS[day.month - 1]
        if american:
            return f"{month} {day.day}" + (f", {day.year}" if year else "")
        return f"{day.day} {month}" + (f" {day.year}" if year else "")

    if first == last:
        return said(first, year=True)
    return f"{said(first, year=first.year != last.year)} – {said(last, year=True)}"

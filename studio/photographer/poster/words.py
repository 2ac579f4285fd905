"""The words of a poster: from the listing where somebody wrote them, else from the facts.

They live in the listing's extra texts ("poster_headline" ...), so that staff can edit them, the
rules check them before they are drawn, and what was approved is what is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml

from studio.data import find
from studio.photographer.poster.period import offered
from studio.schema import Brief, Copy, Facts, Money, Noun, Product, locale_language

WRITTEN = ("headline", "subline", "points", "note")  # what a person may write; prices are facts
_HEADLINE = 44  # characters of an English name that two lines hold in every template
_SUBLINE = {"zh": 20, "en": 48}  # greatest length of what is drawn below it
_POINT = {"zh": 11, "en": 24}  # greatest length of a selling point, in characters


class Styles(Noun):
    """templates/lettering/words.yaml: which facts become selling points, and how they are put."""

    points: tuple[str, ...]  # kinds of attributes, the most telling first
    never: tuple[str, ...]  # names of attributes that are no selling point
    alone: tuple[str, ...]  # kinds whose value needs no name before it
    signs: dict[str, str]  # ISO 4217 -> sign
    offer: dict[str, tuple[str, ...]]  # columns of an offer's "period", or of "from" and "until"


def written(product: Product, brief: Brief, text: Copy) -> dict[str, str]:
    """The words that a person may edit, by their names in Copy.extra; none is empty."""
    facts = product.in_locale(brief.locale)
    points = list(_points(facts, brief.locale, product.brand))
    made = {
        "headline": text.extra.get("ad_headline") or _name(facts, product.brand) or text.title,
        "subline": text.extra.get("short_title", "")
        or _subline(facts, product.brand, brief.locale),
        "points": "\n".join(points[:4]),
        "note": _dates(product, brief.locale),
    }
    kept = {name: text.extra.get(f"poster_{name}", words) for name, words in made.items()}
    return {f"poster_{name}": words for name, words in kept.items() if words}


def of(product: Product, brief: Brief, text: Copy) -> dict[str, str]:
    """Every word a template may ask for; points are parted by line feeds. Missing ones are ""."""
    own = {n: text.extra.get(f"poster_{n}", "").strip() for n in WRITTEN}
    price, was = _prices(product)
    shown = {"price": _money(price), "was": _money(was)}
    return {"brand": product.brand, **own, **shown}


def _name(facts: Facts, brand: str) -> str:
    """The product's name without the brand and without what stands after the first stop."""
    name = facts.title.strip()
    if brand and name.casefold().startswith(brand.casefold()):
        name = name[len(brand) :].strip(" -–—|·,，、")
    name = re.split(r"\s[-–—|]\s|[|｜,，;；(（\[【]", name)[0].strip() or name
    if len(name) > _HEADLINE:  # what it comes with, or is for, stands on the page
        name = re.split(r"\s(?:with|for|featuring|including)\s", name, flags=re.IGNORECASE)[0]
    return name.strip()


def _subline(facts: Facts, brand: str, locale: str) -> str:
    """What the headline left out of the title, where that is one line and no list of searches."""
    rest = facts.title.replace(_name(facts, brand), "", 1)
    rest = re.sub(re.escape(brand), "", rest, count=1, flags=re.IGNORECASE) if brand else rest
    rest = rest.strip(" -–—|｜·,，、;；()（）[]【】")
    fits = len(rest) <= _SUBLINE.get(locale_language(locale), 48)
    return rest[:1].upper() + rest[1:] if fits else ""


def _points(facts: Facts, locale: str, brand: str) -> Iterator[str]:
    """Attributes as short points, the most telling kinds first, none said twice."""
    styles, language = styles_of(), locale_language(locale)
    order = {kind: rank for rank, kind in enumerate(styles.points)}
    dated = {name for names in styles.offer.values() for name in names}
    usable = [
        (order.get(a.kind or a.name, len(order)), a, value.strip())
        for a in facts.attributes
        if a.name.casefold() not in dated
        and a.name.casefold() not in styles.never
        and "://" not in a.value
        for value in (re.split(r"[;；\n]", a.value) if a.kind == "features" else [a.value])
    ]
    said = {brand.casefold(), ""}
    for _, a, value in sorted(usable, key=lambda entry: entry[0]):
        alone = (a.kind or a.name) in styles.alone
        gap = "" if language == "zh" else " "
        point = value if alone else f"{a.name}{gap}{value}"
        point = point[:1].upper() + point[1:]
        short = len(point) <= _POINT.get(language, 24) and "\n" not in point
        if short and value.casefold() not in said:
            said.add(value.casefold())
            yield point


def _prices(product: Product) -> tuple[Money | None, Money | None]:
    """The lowest price, and its former price where the file gives a higher one."""
    offers = [(v.price, v.compare_at) for v in product.variants if v.price is not None]
    offers = offers or ([(product.price, product.compare_at)] if product.price else [])
    if not offers:
        return None, None
    price, was = min(offers, key=lambda o: o[0].amount if o[0] else Decimal(0))
    return price, was if was and price and was.amount > price.amount else None


def _dates(product: Product, locale: str) -> str:
    """When the price holds, where the row tells of a price and its days."""
    price, _ = _prices(product)
    return offered(product.in_locale(locale), locale, styles_of().offer) if _money(price) else ""


def _money(money: Money | None) -> str:
    """An amount with its currency's sign; without a currency a number would say nothing."""
    if money is None or not money.currency or money.amount <= 0:
        return ""
    whole = money.amount == money.amount.to_integral_value()
    figure = f"{money.amount:,.0f}" if whole else f"{money.amount:,.2f}"
    sign = styles_of().signs.get(money.currency)
    return f"{sign}{figure}" if sign else f"{figure} {money.currency}"


@cache
def styles_of(searched: tuple[Path, ...] = ()) -> Styles:
    """What templates/lettering/words.yaml says."""
    path = find("templates/lettering/words.yaml", searched)
    return Styles.model_validate(yaml.safe_load(path.read_text("utf-8")))

"""Which language a channel's customers read, and whether a text is in it at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from studio.schema import Channel, Product, locale_language

USUAL = {"zh": "zh-CN", "en": "en-US"}
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_LATIN = re.compile(r"(?<![A-Za-z\d-])[A-Za-z\u00c0-\u024f]{3,}(?![A-Za-z\d-])")


def locale_for(channel: Channel, product: Product) -> str:
    """The locale of a listing when nobody asks for one: the product's own where the channel's
    customers read it, else another of its facts, else the usual one of their language."""
    spoken = channel.options.get("languages", ())
    known = (product.locale, *product.facts)
    fits = (locale for locale in known if not spoken or locale_language(locale) in spoken)
    return next(fits, "") or USUAL.get(spoken[0], spoken[0])


def foreign(text: str, spoken: Sequence[str], brand: str = "") -> bool:
    """Whether a text is mostly in another script than the channel's customers read: more Latin
    words than Han characters, or fewer. The brand, codes and units count for nothing."""
    han = len(_HAN.findall(text))
    brands = brand.casefold().split()
    latin = sum(word.casefold() not in brands for word in _LATIN.findall(text))
    if set(spoken) == {"zh"}:
        return latin > han
    return "zh" not in spoken and han > latin

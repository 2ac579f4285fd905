"""A listing in another language: translated where a model proves to have kept everything, and from
the facts where it has not, or where there is no such model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from studio.copywriter import reasons
from studio.copywriter.order import Order
from studio.copywriter.planning import floor_of
from studio.copywriter.translation import translate
from studio.schema import (
    LIST_FIELDS,
    Copy,
    Finding,
    Made,
    Severity,
    digest_of,
    locale_language,
)

if TYPE_CHECKING:
    from studio.engines import CopyEngine

_NOTES = {
    "all": {"en": "Translated from {source}.", "zh": "译自 {source}。"},
    "some": {
        "en": "Translated from {source}. Written from the facts instead, because the translation "
        "did not hold: {why}.",
        "zh": "译自 {source}。以下内容译文未通过核对，改由商品资料写成：{why}。",
    },
    "none": {
        "en": "Not translated, but written from the facts in this language: {why}.",
        "zh": "未翻译，由商品资料直接写成：{why}。",
    },
}


def localised(
    text: Copy,
    source: str,
    order: Order,
    engine: CopyEngine,
    *,
    searched: tuple[Path, ...] = (),
    cancel: Event | None = None,
) -> tuple[Copy, dict[str, str]]:
    """(the texts in the order's language, {field: why its translation was refused}).

    `text` is in the locale `source`. A refused title or description is the floor's of the order's
    language; so are all bullets or keywords where none could be translated. `made` tells which.
    Raises EngineError, SetupError.
    """
    work = floor_of(order, searched)
    done, failed = translate(text, source, order, engine, searched=searched, cancel=cancel)
    out = done
    for field, words in work.floor.parts():
        head = field.partition(".")[0]
        missing = not getattr(done, head) if head in LIST_FIELDS else not done.text(field)
        if missing:
            out = out.replace(field, words, work.floor.origin.get(field, "facts"))
    kind = "all" if not failed else "some" if any(t for _, t in done.parts()) else "none"
    locale = order.brief.locale
    why = reasons.all_of(failed, locale)
    if kind == "none":
        why = reasons.told(next(iter(failed.values())), locale)
    language = "zh" if locale_language(order.brief.locale) == "zh" else "en"
    note = f"{_NOTES[kind][language].format(source=source, why=why)} {work.note}".strip()
    made = Made(
        engine="template" if kind == "none" else engine.name,
        model="phrases" if kind == "none" else engine.model,
        digest=digest_of(text.model_dump(mode="json", exclude={"made"}), source),
        seed=order.brief.seed,
        tokens_in=sum(m.tokens_in for m in done.made),
        tokens_out=sum(m.tokens_out for m in done.made),
        cost=sum(m.cost for m in done.made),
        note=note,
    )
    return out.model_copy(update={"made": (made,)}), failed


_HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_READERS = ("zh", "ja")


def untranslated(text: Copy, brand: str, locale: str) -> Iterator[Finding]:
    """A finding for a title that nobody has translated, so that none goes out unseen."""
    bare = text.title.replace(brand, "") if brand else text.title
    han, letters = len(_HAN.findall(bare)), sum(c.isalpha() for c in bare)
    if locale_language(locale) in _HAN_READERS or han < 2 or 2 * han < letters:
        return
    yield Finding(
        id="COPY.LANGUAGE",
        rule="copy.language",
        severity=Severity.HIGH,
        field="title",
        start=0,
        end=len(text.title),
        match=text.title,
        message={
            "en": f"The title is in Chinese, the listing is for {locale}.",
            "zh": f"标题仍是中文，而这条商品文案面向 {locale}。",
        },
        advice={
            "en": "Write the title in that language, or add it to the catalog.",
            "zh": "请填写该语言的标题，或在商品资料中补充。",
        },
    )

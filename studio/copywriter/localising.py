"""A listing in another language: translated where a model proves to have kept everything, and from
the facts where it has not, or where there is no such model."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from studio.copywriter.order import Order
from studio.copywriter.planning import floor_of
from studio.copywriter.translation import translate
from studio.schema import LIST_FIELDS, Copy, Made, digest_of, locale_language

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
    done, failed = translate(text, order, engine, searched=searched, cancel=cancel)
    out = done
    for field, words in work.floor.parts():
        head = field.partition(".")[0]
        missing = not getattr(done, head) if head in LIST_FIELDS else not done.text(field)
        if missing:
            out = out.replace(field, words, work.floor.origin.get(field, "facts"))
    kind = "all" if not failed else "some" if any(t for _, t in done.parts()) else "none"
    why = "; ".join(f"{f}: {w}" for f, w in failed.items())
    if kind == "none":
        why = next(iter(failed.values()))
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

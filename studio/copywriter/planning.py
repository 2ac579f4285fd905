"""What is to be written of an order: its floor, and the prompts for what a model may write."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio import prompting
from studio.copywriter import drafts, translation
from studio.copywriter.fields import FOUR, Field, wanted
from studio.copywriter.layout import lay_out, limits_of, own_of
from studio.copywriter.manner import Manner, already, in_name, manner_of, unchanged
from studio.copywriter.order import Order, facts_of
from studio.engines import level
from studio.engines.floor import Pieces
from studio.engines.phrases import Fact, ready
from studio.engines.wishes import NO_WISH
from studio.schema import Copy, Facts, Limit, Prompt, locale_language

if TYPE_CHECKING:
    from studio.engines import CopyEngine

_LACKS = {"en": "The phrase bank wrote this: {why}", "zh": "本文由短语库写成：{why}"}


@dataclass
class Work:
    """An order with its facts, its floor and the prompts that an engine is to answer."""

    order: Order
    facts: Facts
    known: list[Fact]
    pieces: Pieces
    floor: Copy
    extra: dict[str, Field]
    manner: Manner
    prompts: list[Prompt] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)  # all of them, for what they took
    note: str = ""

    @property
    def shown(self) -> frozenset[str]:
        """Keys of the facts that the floor's bullets say."""
        told = (p.says for p in self.pieces.bullets if p.text in self.floor.bullets)
        return frozenset(key for says in told for key in says)

    @property
    def limits(self) -> dict[str, Limit]:
        """The limit of each text that a model may be asked for."""
        limits = limits_of(self.order.channel, self.order.brief.fields)
        own = {name: limits[name] for name in FOUR if name in limits}
        return own | {f"extra.{n}": f for n, f in self.extra.items() if f.form != "html"}


def plan(order: Order, engine: CopyEngine, searched: tuple[Path, ...] = ()) -> Work:
    """The floor of a listing and the prompts for what a model may write of it."""
    work = floor_of(order, searched)
    locale = order.brief.locale
    trust = level(engine, locale)
    if trust == "facts":
        return work
    lacks = getattr(engine, "lacks", None)
    if lacks is not None and (why := lacks(locale)):
        form = _LACKS["zh" if locale_language(locale) == "zh" else "en"]
        work.note = " ".join([form.format(why=why), work.note]).strip()
    elif trust == "draft":
        work.prompts = drafts.prompts(work, searched)
    else:
        first = ask(work, "listing", work.limits, searched)
        more = range(1, max(1, getattr(engine, "candidates", 1)))
        seeds = [first.seed, *(prompting.seed_of(first.seed, i) for i in more)]
        work.prompts = [first.model_copy(update={"seed": seed}) for seed in seeds]
    return work


def floor_of(order: Order, searched: tuple[Path, ...] = ()) -> Work:
    """The order's listing from facts and phrases alone."""
    locale = order.brief.locale
    facts = facts_of(order.product, locale, searched)
    known = ready(facts, locale, searched)
    manner = manner_of(order, searched)
    pieces = manner.compose(facts)
    said = already(known, own_of(pieces, manner.accept)) | in_name(known, pieces.name)
    if said:
        pieces = manner.compose(facts, said)
    extra = wanted(order.channel, order.brief.fields, searched)
    lay = partial(
        lay_out,
        pieces,
        order.channel,
        locale,
        manner.accept,
        asked=order.brief.fields,
        extra=extra,
        emoji=manner.emoji,
        searched=searched,
        brand=prompting.quoted(order.product.brand),
    )
    floor = lay(wish=manner.wish)
    work = Work(order, facts, known, pieces, floor, extra, manner)
    notes = [*manner.notes(floor, known), *translation.left_out(order, searched)]
    if manner.wish.shorter or manner.wish.longer:
        usual = lay(wish=NO_WISH)
        notes += [unchanged(manner.wish, usual.description, floor.description, locale)]
    work.note = " ".join(filter(None, notes))
    return work


def ask(
    work: Work,
    purpose: str,
    limits: dict[str, Limit],
    searched: tuple[Path, ...],
    **more: Any,
) -> Prompt:
    """A prompt of the order, with its style and voice."""
    style, language = work.manner.style, locale_language(work.order.brief.locale)
    names = [n.removeprefix("extra.") for n in limits if n.startswith("extra.")]
    return prompting.render(
        purpose,
        work.order.product,
        work.order.brief,
        limits,
        searched=searched,
        extra_fields=names,
        manner=style.prompt.get("zh" if language == "zh" else "en", ""),
        **more,
    )

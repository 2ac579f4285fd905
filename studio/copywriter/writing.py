"""Divides the work: facts come in by slots, sentences from the phrase bank, prose from a model.

Everything is planned first (`plan`), all prompts of all orders go to the engine as one queue, and
each reply is judged field by field (`finish`). What is not good enough gives way to the floor.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from studio import prompting
from studio.copywriter import judge
from studio.copywriter.free import from_listing
from studio.copywriter.layout import Accept, describe, lay_out, limits_of, own_of
from studio.copywriter.order import Order, anything
from studio.engines.floor import Pieces, compose, speech
from studio.engines.phrases import Fact, ready
from studio.engines.phrases import told as told_of
from studio.engines.wording import norm
from studio.schema import (
    Brief,
    Channel,
    Copy,
    Facts,
    Made,
    Product,
    Prompt,
    digest_of,
    locale_language,
)

if TYPE_CHECKING:
    from studio.engines import CopyEngine

LEAST = 2  # facts with a verb that make it worth asking a model
DRAFTS = 2  # candidates of a small model for one text; the first is the most likely one
_NOTES = {
    "lacks": {"en": "The phrase bank wrote this: {why}", "zh": "本文由短语库写成：{why}"},
    "none": {
        "en": "No draft of the model was good enough ({why}); the phrase bank wrote this.",
        "zh": "模型的草稿均未通过检查（{why}），本文由短语库写成。",
    },
    "some": {
        "en": "Not from the model, because a check failed: {why}",
        "zh": "以下内容未通过检查，未采用模型文字：{why}",
    },
}


@dataclass
class Work:
    """An order with its facts, its floor and the prompts that an engine is to answer."""

    order: Order
    facts: Facts
    known: list[Fact]
    pieces: Pieces
    floor: Copy
    prompts: list[Prompt] = field(default_factory=list)
    note: str = ""

    @property
    def shown(self) -> frozenset[str]:
        """Keys of the facts that the floor's bullets say."""
        told = (p.says for p in self.pieces.bullets if p.text in self.floor.bullets)
        return frozenset(key for says in told for key in says)


def write(
    product: Product,
    brief: Brief,
    channel: Channel,
    engine: CopyEngine,
    *,
    searched: tuple[Path, ...] = (),
    accept: Accept = anything,
    on_text: Callable[[str], None] | None = None,
    cancel: Event | None = None,
) -> Copy:
    """The texts of a listing within the channel's limits. `on_text` gets a larger model's words
    as they come, and the description of a small one when it has been judged.

    Raises EngineError, SetupError (the engine failed altogether), InputError (a prompt is wrong).
    """
    work = plan(Order(product, brief, channel, accept), engine, searched)
    begun = time.monotonic()
    if len(work.prompts) == 1:
        replies = [engine.write(work.prompts[0], on_text=on_text, cancel=cancel)]
    else:
        replies = engine.write_many(work.prompts, cancel=cancel) if work.prompts else []
    made = finish(work, replies, engine, time.monotonic() - begun, searched)
    if on_text and len(work.prompts) != 1:
        on_text(made.description)
    return made


def write_many(
    orders: Sequence[Order],
    engine: CopyEngine,
    *,
    searched: tuple[Path, ...] = (),
    cancel: Event | None = None,
) -> list[Copy]:
    """The texts of many listings: all prompts in one queue, which the engine sorts and batches."""
    works = [plan(order, engine, searched) for order in orders]
    # What a model reads is asked once, though a product may go to many channels.
    asked = {_read(prompt): prompt for work in works for prompt in work.prompts}
    begun = time.monotonic()
    replies = engine.write_many(list(asked.values()), cancel=cancel) if asked else []
    share = (time.monotonic() - begun) / max(1, len(works))
    answers = dict(zip(asked, replies, strict=True))
    return [
        finish(work, [answers[_read(p)] for p in work.prompts], engine, share, searched)
        for work in works
    ]


def _read(prompt: Prompt) -> str:
    """Names what a model reads of a prompt."""
    return digest_of(prompt.model_dump(mode="json", exclude={"facts", "limits"}))


def plan(order: Order, engine: CopyEngine, searched: tuple[Path, ...] = ()) -> Work:
    """The floor of a listing and the prompts for what a model may write of it."""
    product, brief, locale = order.product, order.brief, order.brief.locale
    facts = prompting.facts_of(product, locale)
    seed = prompting.seed_of(brief.seed, product.id, locale)
    brand, known = prompting.quoted(product.brand), ready(facts, locale, searched)
    pieces = compose(facts, brand, locale, seed, searched)
    if said := already(known, own_of(pieces, order.accept)):
        pieces = compose(facts, brand, locale, seed, searched, said)
    floor = lay_out(pieces, order.channel, locale, order.accept)
    work = Work(order, facts, known, pieces, floor)
    lacks = getattr(engine, "lacks", None)
    if engine.level == "facts":
        return work
    if lacks is not None and (why := lacks(locale)):
        work.note = say("lacks", locale, why)
    elif engine.level == "draft":
        work.prompts = _drafts(work, searched)
    else:
        limits = limits_of(order.channel)
        extra = [n.removeprefix("extra.") for n in limits if n.startswith("extra.")]
        work.prompts = [
            prompting.render(
                "listing", product, brief, limits, searched=searched, extra_fields=extra
            )
        ]
    return work


def finish(
    work: Work,
    replies: Sequence[str],
    engine: CopyEngine,
    seconds: float,
    searched: tuple[Path, ...],
) -> Copy:
    """The judged replies over the floor, with the record of how they were made."""
    text, note = work.floor, work.note
    if replies and engine.level == "draft":
        text, note = _from_drafts(work, replies, searched)
    elif replies:
        text, why = from_listing(
            work.floor, work.order, work.facts, work.known, replies[0], searched
        )
        note = say("some", work.order.brief.locale, why) if why else ""
    floor = Made(engine="template", model="phrases", digest=digest_of(work.floor), note=note)
    if not replies or "model" not in text.origin.values():
        return text.model_copy(update={"made": (floor,)})
    prompt = work.prompts[0]
    made = Made(
        engine=engine.name,
        model=engine.model,
        prompt=prompt.template,
        digest=digest_of([p.model_dump(mode="json") for p in work.prompts]),
        seed=prompt.seed,
        seconds=round(seconds, 3),
        note=note,
    )
    return text.model_copy(update={"made": (made, floor.model_copy(update={"note": ""}))})


def already(known: Sequence[Fact], own: Sequence[str]) -> frozenset[str]:
    """Values that the merchant's own sentences say; short words might mean something else."""
    text = norm(" ".join(own))
    telling = (f.value for f in known if len(norm(f.value)) > 3 or any(map(str.isdigit, f.value)))
    return frozenset(v for v in telling if len(norm(v)) > 1 and norm(v) in text)


def say(what: str, locale: str, why: str) -> str:
    """A note in the language of the listing."""
    return _NOTES[what].get(locale_language(locale), _NOTES[what]["en"]).format(why=why)


# --- a small model: drafts of the description ------------------------------------------------


def _drafts(work: Work, searched: tuple[Path, ...]) -> list[Prompt]:
    """The same prompt with several seeds; none when there are too few facts to write about."""
    order, told = work.order, told_of(work.known)
    brand = prompting.quoted(order.product.brand)
    if len(speech(work.facts, brand, order.brief.locale, searched).phrases) < LEAST:
        return []
    prompt = prompting.render(
        "description",
        order.product,
        order.brief,
        {"description": limits_of(order.channel)["description"]},
        searched=searched,
        name=work.pieces.name,
        facts=[{"name": fact.name, "value": fact.value} for fact in told],
    )
    first = 0 if not order.brief.seed else prompt.seed
    seeds = [first, *(prompting.seed_of(prompt.seed, i) for i in range(1, DRAFTS))]
    return [prompt.model_copy(update={"seed": seed}) for seed in seeds]


def _from_drafts(
    work: Work, replies: Sequence[str], searched: tuple[Path, ...]
) -> tuple[Copy, str]:
    """The best draft that passes all checks, then the floor's sentences for what it left out."""
    order, told = work.order, told_of(work.known)
    locale = order.brief.locale
    names = [work.pieces.name, work.facts.title, order.product.brand, *work.pieces.title]
    phrases = speech(work.facts, prompting.quoted(order.product.brand), locale, searched).phrases
    bank = [phrase for forms in phrases.values() for phrase in forms]
    known = [t for f in work.known for t in (f.name, f.value)] + names
    why, good = "", []
    for draft in dict.fromkeys(judge.whole(reply) for reply in replies):
        bad = judge.wrong(draft, known, locale, searched) or judge.nonsense(
            draft, told, names, locale, searched, bank
        )
        if not bad and not order.accept("description", draft):
            bad = "claims or rules"
        why = why or bad
        good += [] if bad else [draft]
    if not good:
        return work.floor, say("none", locale, why)
    best = max(good, key=lambda draft: _covered(draft, told))
    bare = best.replace(work.pieces.name, "").lower()
    said = frozenset(f.value for f in told if f.value.lower() in bare)
    seed = prompting.seed_of(order.brief.seed, order.product.id, locale)
    rest = compose(work.facts, order.product.brand, locale, seed, searched, said)
    limit = limits_of(order.channel)["description"]
    shown = work.shown
    text = describe(rest, limit, locale, order.accept, shown, first=best)
    if best not in text:
        return work.floor, say("none", locale, "length")
    return work.floor.replace("description", text, "model"), ""


def _covered(draft: str, told: Sequence[Fact]) -> int:
    return sum(fact.value.lower() in draft.lower() for fact in told)

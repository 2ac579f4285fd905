"""Divides the work: facts come in by slots, sentences from the phrase bank, prose from a model.

Everything is planned first (`planning`), all prompts of all orders go to the engine as one queue,
and each reply is judged field by field. What a larger model left out or wrote too long is asked
for once more; what is then not good enough gives way to the floor.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from studio.copywriter import drafts, reasons
from studio.copywriter.free import Reading, piece_of, read_replies
from studio.copywriter.layout import Accept
from studio.copywriter.manner import unchanged
from studio.copywriter.order import Order, anything
from studio.copywriter.planning import Work, ask, floor_of, plan
from studio.engines import level
from studio.engines.reply import spent
from studio.errors import EngineError, InputError
from studio.schema import Brief, Channel, Copy, Made, Product, Prompt, digest_of, locale_language

if TYPE_CHECKING:
    from studio.engines import CopyEngine

_SOME = {
    "en": "Not from the model, because a check failed: {why}.",
    "zh": "以下内容未通过检查，未采用模型文字：{why}。",
}


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

    Raises EngineError, SetupError (the engine failed altogether), InputError (a prompt is wrong),
    NotFoundError (no such style or text).
    """
    work = plan(Order(product, brief, channel, accept), engine, searched)
    begun = time.monotonic()
    if len(work.prompts) == 1:
        replies = [engine.write(work.prompts[0], on_text=on_text, cancel=cancel)]
    else:
        replies = engine.write_many(work.prompts, cancel=cancel) if work.prompts else []
    made = _finish([work], [replies], engine, begun, searched, cancel)[0]
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
    begun = time.monotonic()
    replies = _asked([work.prompts for work in works], engine, cancel)
    return _finish(works, replies, engine, begun, searched, cancel)


def again(
    text: Copy,
    field: str,
    order: Order,
    engine: CopyEngine,
    *,
    searched: tuple[Path, ...] = (),
    on_text: Callable[[str], None] | None = None,
    cancel: Event | None = None,
) -> Copy:
    """One field written anew by the order's brief and hint; everything else stays as it is.

    A note in `made` says what of the hint no fact carries. Raises InputError (no such field).
    """
    work = floor_of(order, searched)
    head = field.partition(".")[0]
    limit = work.limits.get(field) or work.limits.get(head)
    if limit is None or field.count(".") > 1:
        raise InputError(f"a listing has no text named {field!r}", hint="title, bullets.0 ...")
    fresh, origin = work.floor.text(field), work.floor.origin.get(field, "facts")
    prompt, begun = None, time.monotonic()
    if level(engine, order.brief.locale) in ("guarded", "free"):
        prompt = ask(work, *piece_of(field, limit), searched, before=text.text(field), size="")
        reply = engine.write(prompt, on_text=on_text, cancel=cancel)
        work.replies.append(reply)
        found, why = Reading(work, searched).one(field, reply, limit)
        fresh, origin = (found, "model") if found else (fresh, origin)
        work.note = work.note if found else f"{work.note} {_some(order, {field: why})}".strip()
    if note := unchanged(work.manner.wish, text.text(field), fresh, order.brief.locale):
        fresh, work.note = "", f"{note} {work.note}".strip()
    made = _made(work, engine, prompt, time.monotonic() - begun)
    changed = text.replace(field, fresh, origin) if fresh else text
    return changed.model_copy(update={"made": (made,)})


def _asked(
    queues: Sequence[Sequence[Prompt]], engine: CopyEngine, cancel: Event | None
) -> list[list[str]]:
    """The replies to each queue; what reads the same is asked once, though a product may go to
    many channels."""
    asked = {_read(prompt): prompt for prompts in queues for prompt in prompts}
    replies = engine.write_many(list(asked.values()), cancel=cancel) if asked else []
    answers, counted = dict(zip(asked, replies, strict=True)), set[str]()

    def reply(key: str) -> str:
        """The answer; its tokens are counted where it was asked for first."""
        if key in counted:
            return str(answers[key])
        counted.add(key)
        return answers[key]

    return [[reply(_read(prompt)) for prompt in prompts] for prompts in queues]


def _read(prompt: Prompt) -> str:
    """Names what a model reads of a prompt."""
    return digest_of(prompt.model_dump(mode="json", exclude={"facts", "limits"}))


def _finish(
    works: Sequence[Work],
    replies: Sequence[Sequence[str]],
    engine: CopyEngine,
    begun: float,
    searched: tuple[Path, ...],
    cancel: Event | None,
) -> list[Copy]:
    """The judged replies over the floors, with the record of how they were made."""
    # how far the engine is trusted may differ by language, so a batch may hold both kinds
    free = [level(engine, w.order.brief.locale) in ("guarded", "free") for w in works]
    mine = [(w, r) for w, r, f in zip(works, replies, free, strict=True) if f]
    written = iter(_free([w for w, _ in mine], [r for _, r in mine], engine, searched, cancel))
    texts = []
    for work, said, own in zip(works, replies, free, strict=True):
        work.replies[:0] = said
        if own:
            texts.append(next(written))
            continue
        text, note = drafts.chosen(work, said, searched) if said else (work.floor, "")
        work.note = f"{note} {work.note}".strip()
        texts.append(text)
    share = (time.monotonic() - begun) / max(1, len(works))
    done = []
    for work, text in zip(works, texts, strict=True):
        by_model = "model" in text.origin.values()
        first = _made(work, engine, work.prompts[0] if by_model else None, share)
        floor = (_made(work, engine, None, 0, note=""),) if by_model else ()
        done.append(text.model_copy(update={"made": (first, *floor)}))
    return done


def _free(
    works: Sequence[Work],
    replies: Sequence[Sequence[str]],
    engine: CopyEngine,
    searched: tuple[Path, ...],
    cancel: Event | None,
) -> list[Copy]:
    """A larger model's listings: read, asked once more for what was missing or too long, judged."""
    readings = [
        read_replies(work, said, searched) if said else None
        for work, said in zip(works, replies, strict=True)
    ]
    wants = [reading.wants() if reading else {} for reading in readings]
    queues = [
        [
            ask(work, *piece_of(name, work.limits[name]), searched, before=before, size=size)
            for name, (before, size) in want.items()
        ]
        for work, want in zip(works, wants, strict=True)
    ]
    try:
        second = _asked(queues, engine, cancel)
    except EngineError as error:  # the first replies stand without the second ones
        second = [[""] * len(queue) for queue in queues]
        for read in filter(None, readings):
            read.failed.setdefault("asked again", error.message)
    texts = []
    for work, reading, want, said in zip(works, readings, wants, second, strict=True):
        if reading is None:
            texts.append(work.floor)
            continue
        work.replies += said
        for name, reply in zip(want, said, strict=True):
            reading.add(name, reply)
        text = reading.listing(getattr(engine, "score", None))
        if reading.failed:
            work.note = f"{_some(work.order, reading.failed)} {work.note}".strip()
        texts.append(text)
    return texts


def _some(order: Order, failed: dict[str, str]) -> str:
    form = _SOME["zh" if locale_language(order.brief.locale) == "zh" else "en"]
    return form.format(why=reasons.all_of(failed, order.brief.locale))


def _made(
    work: Work, engine: CopyEngine, prompt: Prompt | None, seconds: float, note: str | None = None
) -> Made:
    """How a text came to be; without a prompt the floor made it, in no time."""
    note = work.note if note is None else note
    took = spent(work.replies if seconds else ())
    counts = {"tokens_in": took.read, "tokens_out": took.written, "cost": took.cost}
    if prompt is None:  # what a model said may have cost something and not be taken
        digest = digest_of(work.floor)
        return Made(engine="template", model="phrases", digest=digest, note=note, **counts)
    return Made(
        engine=engine.name,
        model=engine.model,
        prompt=prompt.template,
        digest=digest_of([p.model_dump(mode="json") for p in work.prompts or [prompt]]),
        seed=prompt.seed,
        seconds=round(seconds, 3),
        note=note,
        **counts,
    )

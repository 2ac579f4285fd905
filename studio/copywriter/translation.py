"""Texts into another language or market, and the proof that numbers, units, sizes and names stayed.

`kept` compares quantities by dimension in SI units: "20×30cm" is kept by "20 x 30 cm", and by
"7.9 x 11.8 in" only where a conversion was asked for (within a rounding of 2 %). Other numbers,
model numbers and names must stand as they stood.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from studio import prompting
from studio.channels import fit, one
from studio.copywriter import judge
from studio.copywriter.layout import limits_of
from studio.copywriter.manner import say
from studio.copywriter.order import Order
from studio.engines import level
from studio.engines.glossary import is_cjk
from studio.engines.phrases import bank, ready
from studio.engines.reply import spent
from studio.grounding.fold import fold
from studio.grounding.numbers import numbers
from studio.grounding.quantities import Quantity, Reading, quantities
from studio.schema import Copy, Made, locale_language

if TYPE_CHECKING:
    from studio.engines import CopyEngine

_CLOSE = 0.02  # of a converted value: "20 cm" is "7.9 in"
_CODE = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z-]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_WORD = re.compile(r"[^\W\d_]{3,}")
_LEEWAY = 40  # letters by which a short text may grow or shrink
_HAN = re.compile(r"[\u3400-\u9fff]")
_SHOWN = 6  # things that a note names
_MOST = 2400  # tokens of a translated text; a model that never ends is stopped by the text's length


def kept(
    source: str, target: str, names: Iterable[str] = (), *, convert: bool = False
) -> list[str]:
    """What a translation lost or added: quantities, numbers, codes and names, as they were written.

    `names`: brands and the like, which must stand in the target when they stand in the source.
    """
    before, after = fold(source), fold(target)
    wrong = [*_measures(before, after, convert), *_numbers(before, after)]
    low = after.lower()
    codes = dict.fromkeys(m[0] for m in _CODE.finditer(before) if not quantities(m[0]))
    wrong += [code for code in codes if code.lower() not in low]
    wrong += [name for name in names if name and fold(name) in before and fold(name) not in after]
    return list(dict.fromkeys(wrong))


def _measures(before: str, after: str, convert: bool) -> Iterator[str]:
    """Quantities of either text without their like in the other."""
    left = quantities(after)
    for quantity in quantities(before):
        same = next((q for q in left if _same(quantity, q, convert)), None)
        if same is None:
            yield before[quantity.start : quantity.end]
        else:
            left.remove(same)
    said = quantities(before)  # said twice is no addition
    yield from (after[q.start : q.end] for q in left if not any(_same(q, s, convert) for s in said))


def _same(one_: Quantity, other: Quantity, convert: bool) -> bool:
    return any(_equal(a, b, convert) for a in one_.readings for b in other.readings)


def _equal(one_: Reading, other: Reading, convert: bool) -> bool:
    if one_.dimension != other.dimension or one_.per != other.per:
        return False
    counted = one_.dimension == "count"
    if not counted and not convert and one_.unit != other.unit:
        return False
    mine = one_.values or (one_.low, one_.high)
    theirs = other.values or (other.low, other.high)
    close = _CLOSE if convert and one_.unit != other.unit else 1e-6
    return len(mine) == len(theirs) and all(
        abs(a - b) <= close * max(abs(a), abs(b), 1e-9) for a, b in zip(mine, theirs, strict=True)
    )


def _numbers(before: str, after: str) -> Iterator[str]:
    """Digits outside quantities that are missing or new."""
    counts = [Counter(_bare(text)) for text in (before, after)]
    inside = [{w for q in quantities(t) for w in re.findall(r"\d[\d.,]*", t[q.start : q.end])}
              for t in (before, after)]  # fmt: skip
    yield from (n for n in counts[0] if n not in counts[1] and n not in inside[1])
    yield from (n for n in counts[1] if n not in counts[0] and n not in inside[0])


def _bare(text: str) -> Iterator[str]:
    taken = [(q.start, q.end) for q in quantities(text)]
    for number in numbers(text):
        outside = not any(start <= number.start < end for start, end in taken)
        if outside and not number.spelled:
            yield f"{number.low:g}"


def left_out(order: Order, searched: tuple[Path, ...] = ()) -> Iterator[str]:
    """A note of the facts that the glossary could not carry into the listing's language."""
    product, locale = order.product, order.brief.locale
    facts = prompting.facts_of(product, locale)
    language = locale_language(locale)
    if language not in ("en", "zh") or not any(is_cjk(a.value) != (language == "zh")
                                               for a in facts.attributes):  # fmt: skip
        return
    foreign = [a for a in facts.attributes if is_cjk(a.name) != (language == "zh")]
    words = bank(language, searched)
    carried = len(ready(facts.model_copy(update={"attributes": tuple(foreign)}), locale, searched))
    skip = {*words.skip["names"]}
    missing = [
        f"{a.name}: {a.value}"
        for a in foreign
        if a.name.lower() not in skip
        and not ready(facts.model_copy(update={"attributes": (a,)}), locale, searched)
    ]
    if facts.title and is_cjk(facts.title) and language == "en":
        missing.insert(0, f"title: {facts.title}")
    if missing and (carried < len(foreign) or missing[0].startswith("title")):
        shown = "; ".join(prompting.quoted(m, 60) for m in missing[:_SHOWN])
        yield say("missing", locale, shown)


def translate(
    text: Copy,
    source: str,
    order: Order,
    engine: CopyEngine,
    *,
    searched: tuple[Path, ...] = (),
    cancel: Event | None = None,
) -> tuple[Copy, dict[str, str]]:
    """A listing's texts (of the locale `source`) in the order's language, and why fields could not
    be: {field: reason}.

    `order.brief.convert` allows units to be converted. A field that lost a number, a size or
    a name, or breaks a rule, is left empty here; the caller has the floor's for it.
    """
    limits = limits_of(order.channel, order.brief.fields)
    fields = [(name, words) for name, words in text.parts() if not name.endswith("_html")]
    prompts = [
        prompting.render(
            "translate", order.product, order.brief, {}, searched=searched,
            text=prompting.quoted(words, 4000), convert=order.brief.convert,
            tokens=min(_MOST, 60 + 2 * len(words)),
        )
        for _, words in fields
    ]  # fmt: skip
    replies = (
        engine.write_many(prompts, cancel=cancel)
        if level(engine, order.brief.locale) in _ABLE
        else []
    )
    done, failed = Copy(), {}
    for (name, words), prompt, reply in zip(fields, prompts, replies, strict=False):
        head = name.partition(".")[0]
        limit = limits.get(name) or limits.get(head)
        said = " ".join(reply.split()).strip('"“”')
        shown = fit(said, one(name, limit), order.brief.locale).text if limit else said
        why = judge.echo(said, [prompt.system]) or _unfit(
            name, words, shown, source, order, searched
        )
        if not why and not order.accept(name, shown):
            why = "claims or rules"
        if why:
            failed[name] = why
        else:
            done = _put(done, name, shown)
    if not replies:
        failed = dict.fromkeys((name for name, _ in fields), _UNABLE)
    took = spent(replies)
    made = Made(
        engine=engine.name,
        model=engine.model,
        tokens_in=took.read,
        tokens_out=took.written,
        cost=took.cost,
    )
    return done.model_copy(update={"made": (made,) if replies else ()}), failed


_ABLE = ("guarded", "free")
_UNABLE = "the engine that is set cannot translate"


def _unfit(
    name: str, words: str, shown: str, source: str, order: Order, searched: tuple[Path, ...]
) -> str:
    if name == "title" and len(judge.sentences(shown)) > len(judge.sentences(words)):
        return "a text in place of a title"
    names = (order.product.brand,)
    long, short = _span(shown), _span(words)
    if not (short - _LEEWAY) / 4 <= long <= short * 2.5 + _LEEWAY:
        return "much longer than its text" if long > short else "much shorter than its text"
    if locale_language(source) != locale_language(order.brief.locale) and _stayed(
        words, shown, order
    ):
        return "not translated"
    if lost := kept(words, shown, names, convert=order.brief.convert):
        return "not kept: " + ", ".join(lost[:_SHOWN])
    known = [words, order.product.brand, shown if order.brief.convert else ""]
    if locale_language(order.brief.locale) != "zh":  # what the source has is no excuse here
        known[0], known[2] = _HAN.sub(" ", known[0]), _HAN.sub(" ", known[2])
    return judge.wrong(shown, known, order.brief.locale, searched)


def _span(text: str) -> float:
    """A text's length in letters, whatever its script: a Han character says about 2.5."""
    return sum(2.5 if is_cjk(character) else 1 for character in text)


def _stayed(source: str, target: str, order: Order) -> bool:
    """Whether more than half of the words but the brand stand as they stood."""
    names = set(_WORD.findall(order.product.brand.lower()))
    before = set(_WORD.findall(source.lower())) - names
    if before and source.lower() in target.lower():
        return True
    return len(before) > 1 and len(before & set(_WORD.findall(target.lower()))) * 2 > len(before)


def _put(text: Copy, name: str, shown: str) -> Copy:
    head, _, key = name.partition(".")
    place = f"{head}.{len(getattr(text, head))}" if key.isdigit() else name
    return text.replace(place, shown, "model")

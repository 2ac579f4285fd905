"""A small model's drafts of the description: judged, the best one over the floor's other facts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studio import prompting
from studio.copywriter import judge
from studio.copywriter.layout import describe, limits_of, own_of
from studio.copywriter.manner import already
from studio.copywriter.reasons import told as reason
from studio.copywriter.referring import varied
from studio.engines.floor import speech
from studio.engines.naming import Naming
from studio.engines.phrases import Fact, bank, ready
from studio.engines.phrases import told as told_of
from studio.engines.wording import adjective
from studio.schema import Attribute, Copy, Facts, Prompt, locale_language

if TYPE_CHECKING:
    from studio.copywriter.planning import Work

LEAST = 2  # facts with a verb that make it worth asking a model
DRAFTS = 2  # candidates for one text; the first is the most likely one
_NONE = {
    "en": "No draft of the model was good enough ({why}); the phrase bank wrote this.",
    "zh": "模型的草稿均未通过检查（{why}），本文由短语库写成。",
}


def prompts(work: Work, searched: tuple[Path, ...]) -> list[Prompt]:
    """The same prompt with several seeds; none where lines tell all facts, or when there are
    too few to write about."""
    if work.manner.style.shape == "lines":
        return []
    order, locale = work.order, work.order.brief.locale
    said = already(work.known, own_of(work.pieces, work.manner.accept)) | _idle(work, searched)
    told = [f for f in told_of(work.known) if f.value not in said]
    facts = _without(work.facts, said, locale, searched)
    brand = prompting.quoted(order.product.brand)
    if len(speech(facts, brand, locale, searched).phrases) < LEAST:
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
    told_too = {"facts": facts}  # with those of the title, by which the model is steered
    return [prompt.model_copy(update={"seed": seed, **told_too}) for seed in seeds]


def _idle(work: Work, searched: tuple[Path, ...]) -> frozenset[str]:
    """Values that only repeat the name or another fact: 条纹 of what comes in 灰黄条纹."""
    words = bank(locale_language(work.order.brief.locale), searched)
    naming = Naming(words, work.facts, prompting.quoted(work.order.product.brand), searched)
    return frozenset(f.value for f in work.known if naming.idle(f, work.known))


def _without(facts: Facts, said: frozenset[str], locale: str, searched: tuple[Path, ...]) -> Facts:
    """The facts that the merchant's own sentences, which stand before a draft, leave to be told."""

    def open_(row: Attribute) -> bool:
        alone = facts.model_copy(update={"attributes": (row,)})
        return said.isdisjoint(f.value for f in ready(alone, locale, searched))

    rows = tuple(row for row in facts.attributes if open_(row)) if said else facts.attributes
    return facts.model_copy(update={"attributes": rows})


def chosen(work: Work, replies: Sequence[str], searched: tuple[Path, ...]) -> tuple[Copy, str]:
    """The best draft that passes all checks, then the floor's sentences for what it left out."""
    order, told = work.order, told_of(work.known)
    locale = order.brief.locale
    names = [work.pieces.name, work.facts.title, order.product.brand, *work.pieces.title]
    phrases = speech(work.facts, prompting.quoted(order.product.brand), locale, searched).phrases
    forms = [phrase for some in phrases.values() for phrase in some]
    known = [t for f in work.known for t in (f.name, f.value)] + names
    why, good = "", []
    for draft in dict.fromkeys(judge.whole(reply) for reply in replies):
        bad = judge.wrong(draft, known, locale, searched) or judge.nonsense(
            draft, told, names, locale, searched, forms
        )
        if not bad and not work.manner.accept("description", draft):
            bad = "claims or rules"
        why = why or bad
        good += [] if bad else [draft]
    if not good:
        return work.floor, _none(locale, why)
    for best in sorted(good, key=lambda draft: -_covered(draft, told)):
        text, why = _led(work, best, told)
        if not why:
            return work.floor.replace("description", text, "model"), ""
    return work.floor, _none(locale, why)


def _led(work: Work, draft: str, told: Sequence[Fact]) -> tuple[str, str]:
    """(the description that the draft leads, why it will not do or "")."""
    order = work.order
    own = own_of(work.pieces, work.manner.accept)
    draft = varied(" ".join(own), draft)
    bare = draft.replace(work.pieces.name, "").lower()
    said = frozenset(
        f.value for f in told if f.value.lower() in bare or adjective(f.value).lower() in bare
    )
    said |= already(work.known, own)
    told_keys = frozenset(f.key for f in work.known if f.value in said)
    text = describe(
        work.manner.compose(work.facts, said).model_copy(update={"own": work.pieces.own}),
        limits_of(order.channel)["description"],
        order.brief.locale,
        work.manner.accept,
        work.shown | told_keys,
        first=draft,
        wish=work.manner.wish,
        emoji=work.manner.emoji,
    )
    kept = draft.partition(work.pieces.name)[2].lstrip("，") in text
    body = text.removeprefix(work.pieces.open).removesuffix(work.pieces.end).strip()
    return text, judge.stiff(body, order.brief.locale) if kept else "length"


def _none(locale: str, why: str) -> str:
    return _NONE["zh" if locale_language(locale) == "zh" else "en"].format(why=reason(why, locale))


def _covered(draft: str, told: Sequence[Fact]) -> int:
    return sum(fact.value.lower() in draft.lower() for fact in told)

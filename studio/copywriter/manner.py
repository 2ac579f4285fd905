"""How a listing is to be written: its style, the shop's voice, the user's wish, and what to tell
the user of wishes that no fact carries."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio import prompting
from studio.copywriter.order import Order
from studio.engines.floor import Pieces, compose
from studio.engines.glossary import is_cjk
from studio.engines.phrases import Fact
from studio.engines.styling import Style, has, style_of, styles
from studio.engines.wishes import Wish, read
from studio.engines.wording import adjective, norm
from studio.grounding.fold import fold
from studio.grounding.quantities import quantities
from studio.schema import Copy, Facts, locale_language

_WORDS = re.compile(r"[\W_]+")
_TOLD_AS = {  # kinds of facts whose word in a slogan tells them
    **dict.fromkeys(("material", "fabric", "filling", "craft", "pattern"), "{word}"),
    "origin": "{word}进口",
    "finish": "{head}.?{end}",
}
_NAMED = ("colour", "neckline", "sleeve")  # kinds of facts that stand in a name
NOTES = {
    "unmet": {
        "en": "The facts say nothing of {what}; nothing was added. Add it to the product's facts.",
        "zh": "事实里没有提到“{what}”，未予添加；请先在商品资料中补充。",
    },
    "open": {
        "en": "Without a model the wish “{what}” could not be followed.",
        "zh": "没有模型，无法按“{what}”调整。",
    },
    "shortest": {
        "en": "It gets no shorter without losing what it says; it stays as it is.",
        "zh": "再短就会漏掉事实，已保持原样。",
    },
    "longest": {
        "en": "The facts give no more to say; nothing was added. Add facts to the product.",
        "zh": "商品资料里没有更多可写的事实，未作扩写；请先补充资料。",
    },
    "avoided": {
        "en": "A fact has the word {what}, which your voice avoids; it stays as it is.",
        "zh": "商品资料里含有您想避免的词“{what}”，已照原文保留。",
    },
    "missing": {
        "en": "Not translated, because the glossary does not know it: {what}.",
        "zh": "词汇表中没有对应译法，未翻译：{what}。",
    },
}


@dataclass(frozen=True)
class Manner:
    """Everything besides the facts that shapes the words of one listing."""

    order: Order
    style: Style
    wish: Wish
    avoid: tuple[str, ...]
    emoji: bool
    searched: tuple[Path, ...]

    def accept(self, field: str, text: str) -> bool:
        """Whether a text that nobody asked for may stand: the pipeline's checks and the voice."""
        return not has(text, self.avoid) and self.order.accept(field, text)

    def compose(self, facts: Facts, said: frozenset[str] = frozenset()) -> Pieces:
        brief, product = self.order.brief, self.order.product
        return compose(
            facts,
            prompting.quoted(product.brand),
            brief.locale,
            prompting.seed_of(brief.seed, product.id, brief.locale),
            self.searched,
            said,
            self.style,
            self.wish,
            self.avoid,
        )

    def notes(self, text: Copy, known: Sequence[Fact]) -> Iterator[str]:
        """What the user should know of the wish, the voice and the facts."""
        locale, brief = self.order.brief.locale, self.order.brief
        words = "\n".join(t for _, t in text.parts())
        facts = "\n".join(f"{f.name} {f.value} {f.kind.head}" for f in known)
        if unmet := self.wish.unmet(words, facts):
            yield say("unmet", locale, ", ".join(unmet))
        if self.wish.open:
            yield say("open", locale, prompting.quoted(brief.hint, 80))
        if self.avoid and (word := has(words, self.avoid)):
            yield say("avoided", locale, word)


def unchanged(wish: Wish, before: str, after: str, locale: str) -> str:
    """The note for a wish about length that the facts do not allow, or ""."""
    if wish.shorter and len(after) >= len(before):
        return say("shortest", locale, "")
    return say("longest", locale, "") if wish.longer and len(after) <= len(before) else ""


def manner_of(order: Order, searched: tuple[Path, ...] = ()) -> Manner:
    """The manner that a brief asks for. Raises NotFoundError for an unknown style."""
    brief, channel = order.brief, order.channel
    voice = brief.voice
    rules = channel.options.get("rules", ())
    barred = any(r.get("kind") == "emoji" and r.get("field") == "description" for r in rules)
    return Manner(
        order=order,
        style=style_of(brief.style, searched),
        wish=read(brief.hint, searched),
        avoid=voice.avoid if voice else (),
        emoji=channel.id in styles(searched).emoji and not barred,
        searched=searched,
    )


def already(known: Sequence[Fact], own: Sequence[str]) -> frozenset[str]:
    """Values that the merchant's own sentences say; short words might mean something else."""
    text = norm(" ".join(own))
    measured = {r for q in quantities(fold("\n".join(own))) for r in q.readings}
    sizes = {(r.dimension, r.low, r.high, r.values) for r in measured}
    return frozenset(
        f.value
        for f in known
        if _said(f, text) or _in_other_words(f, text) or _is_of(f.value, sizes)
    )


def _said(fact: Fact, text: str) -> bool:
    value = fact.value
    parts = [norm(part) for part in re.split("[，、,;；]", value)]
    if len(parts) > 1 and min(map(len, parts)) > 1 and all(part in text for part in parts):
        return True
    telling = len(norm(value)) > 3 or (len(norm(value)) > 1 and any(map(str.isdigit, value)))
    return telling and any(norm(form) in text for form in (value, adjective(value), *_pure(value)))


def _in_other_words(fact: Fact, text: str) -> bool:
    """Whether a Chinese slogan tells a fact by a word of two: 坚硬榉木, 印度进口, 色织工艺."""
    word = re.sub(r"^100\s?%\s?|(?<=..)(?:工艺|材质|面料|材料)$", "", fact.value)
    form = _TOLD_AS.get(fact.id, "")
    known = form and len(word) > 1 and is_cjk(word)
    parts = {"word": re.escape(word), "head": re.escape(word[:2]), "end": re.escape(word[-1:])}
    return bool(known) and re.search(form.format(**parts), text) is not None


def _pure(value: str) -> tuple[str, ...]:
    """Other words for what is of one thing alone: 纯棉 and 全棉 for 100%棉."""
    alone = re.fullmatch(r"100\s?%\s?([\u3400-\u9fff]{1,4})", value)
    return (f"纯{alone[1]}", f"全{alone[1]}") if alone else ()


def _is_of(value: str, sizes: Collection[object]) -> bool:
    """Whether a value is one quantity and among the sizes, in any spelling: 750ml is 750毫升."""
    text = fold(value).strip()
    found = quantities(text)
    whole = len(found) == 1 and found[0].end - found[0].start == len(text)
    return whole and any((r.dimension, r.low, r.high, r.values) in sizes for r in found[0].readings)


def in_name(known: Sequence[Fact], name: str) -> frozenset[str]:
    """What an English name says: "The Acme White V-Neck Tee" need not come in white, with a V
    neck."""
    words = f" {re.sub(_WORDS, ' ', name.lower())} "
    return frozenset(
        f.value
        for f in known
        if f.id in _NAMED and f" {re.sub(_WORDS, ' ', f.value.lower())} " in words
    )


def say(what: str, locale: str, value: str) -> str:
    """A note in the language of the listing."""
    return NOTES[what]["zh" if locale_language(locale) == "zh" else "en"].format(what=value)

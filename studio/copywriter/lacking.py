"""Whether a product has facts enough for copy that is worth showing, and which ones to add."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from studio import prompting
from studio.copywriter.order import facts_of
from studio.engines.floor import own_sentences
from studio.engines.glossary import LANGUAGES
from studio.engines.naming import Naming
from studio.engines.phrases import bank, group_name, ready
from studio.schema import Brief, Finding, Product, Severity, locale_language

FEW = 2  # facts that a name does not tell, or twice as many sentences of the merchant's
_DRY = ("model", "standard", "safety_class", "grade")  # say nothing to a reader
_SHOWN = 4  # facts that the advice names
_JOINTS = {"en": ", ", "zh": "、"}


def lacking(product: Product, brief: Brief, searched: tuple[Path, ...] = ()) -> Iterator[Finding]:
    """A finding of low severity for a product of which the catalog says hardly more than a name."""
    facts = facts_of(product, brief.locale, searched)
    language = locale_language(brief.locale)
    words = bank(language if language in LANGUAGES else "en", searched)
    naming = Naming(words, facts, prompting.quoted(product.brand), searched)
    ready_ = [f for f in ready(facts, brief.locale, searched) if not f.kind.note]
    row = {a.value for a in prompting.facts_of(product, brief.locale).attributes}
    told = [f for f in ready_ if f.id not in _DRY and not naming.idle(f)]
    known = [f for f in told if f.value in row or not naming.named(f)]
    _, own = own_sentences(facts.description, words)
    if len(known) + len(own) / 2 >= FEW:  # a slogan is half a fact
        return
    had = {fact.id for fact in ready_}
    wanted = {
        tongue: _missing(tongue, group_name(facts, words), had, searched) for tongue in LANGUAGES
    }
    yield Finding(
        id="COPY.FACTS",
        rule="copy.facts",
        severity=Severity.LOW,
        field="description",
        start=0,
        end=0,
        match="",
        message={
            "en": "The catalog says hardly more than the name, so the copy is short.",
            "zh": "商品资料几乎只有名称，可写的内容很少。",
        },
        advice={
            "en": f"Add what buyers of such goods ask for: {wanted['en']}.",
            "zh": f"请补充这类商品买家关心的信息：{wanted['zh']}。",
        },
    )


def _missing(language: str, group: str, had: set[str], searched: tuple[Path, ...]) -> str:
    """The names of the facts that goods of a group need and the product has not."""
    words = bank(language, searched)
    needs = words.groups[group].needs or words.groups[group].first
    heads = [words.kinds[kind].head for kind in needs if kind not in had]
    named = [head if language == "zh" else head.lower() for head in heads if "{" not in head]
    return _JOINTS[language].join(named[:_SHOWN])

"""What the rules, the claim ledger and a channel say of texts, and the texts mended by it.

No tools are needed for it: the desk, the export and the path check alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial

from studio import channels, compliance, copywriter, grounding, prompting
from studio.engines.phrases import carried
from studio.photographer import lettered
from studio.schema import (
    Brief,
    Channel,
    Claim,
    ClaimStatus,
    Context,
    Copy,
    Finding,
    Origin,
    Picture,
    Product,
    locale_language,
)

ROUNDS = 12  # a replacement a sentence and round: enough where everything in one is wrong
REGIONS = {"CN": "CN", "US": "US", "GB": "UK"}
EU = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"


def today(brief: Brief) -> date:
    return brief.on or datetime.now(UTC).date()


def markets_of(brief: Brief, channel: Channel) -> tuple[str, ...]:
    """The jurisdictions whose rules hold: those of the brief; else that of the locale's region
    where the channel sells there (a shop's own site does everywhere); else all of the channel's."""
    region = brief.locale.partition("-")[2].upper()
    market = "EU" if region and region in EU.split() else REGIONS.get(region, "")
    return brief.markets or ((market,) if market in channel.markets else channel.markets)


def context_of(product: Product, brief: Brief, channel: Channel) -> Context:
    """What the checks may know about a product's texts on a channel."""
    facts = copywriter.facts_of(product, brief.locale)
    return Context(
        language=locale_language(brief.locale),
        markets=markets_of(brief, channel),
        platform=channel.platform or channel.id,
        category=facts.category,
        brand=product.brand,
        name=facts.title,
        attributes=(*facts.attributes, *carried(facts, brief.locale)),  # 米白色 carries off-white
        evidence=product.evidence,
        on=today(brief),
    )


def examine(
    texts: Mapping[str, str], context: Context, rules: compliance.Rules
) -> tuple[tuple[Claim, ...], tuple[Finding, ...]]:
    """Claims bound to facts, and what the rules say of both, with replacements that pass."""
    claims, findings = read(texts, context, rules)
    return claims, with_rewrites(texts, claims, findings, context, rules)


def with_rewrites(
    texts: Mapping[str, str],
    claims: Sequence[Claim],
    findings: Sequence[Finding],
    context: Context,
    rules: compliance.Rules,
) -> tuple[Finding, ...]:
    """The findings, each with a replacement that passes on the context's day, or with none."""
    again = partial(read, context=context, rules=rules)
    return compliance.offered(texts, claims, findings, rules, again, context)


def read(
    texts: Mapping[str, str], context: Context, rules: compliance.Rules
) -> tuple[tuple[Claim, ...], tuple[Finding, ...]]:
    """Claims bound to facts, and what the rules say of both."""
    claims = grounding.ground(texts, context)
    return claims, rules.check(texts, context, claims)


def check_channel(
    product: Product,
    brief: Brief,
    channel: Channel,
    text: Copy,
    pictures: tuple[Picture, ...],
    on: date,
) -> tuple[Finding, ...]:
    """What the channel's own limits and text rules of that day say, and which of the lettered
    pictures no longer say what the listing says."""
    found = channels.check(text, pictures, channel, on, brand=product.brand, locale=brief.locale)
    found = (*found, *copywriter.lacking(product, brief), *copywriter.conflicts(product, brief))
    if not channel.options.get("languages"):  # where it names them it has looked already
        found = (*found, *copywriter.untranslated(text, product.brand, brief.locale))
    return (*found, *lettered.outdated(product, brief, channel, text, pictures))


def audit(
    product: Product, brief: Brief, channel: Channel, rules: compliance.Rules
) -> tuple[Finding, ...]:
    """What the rules say of the merchant's own title and description, which are never exported.

    Each finding is on "source.title" or "source.description".
    """
    facts = product.in_locale(brief.locale)
    own = {"source.title": facts.title, "source.description": facts.description}
    texts = {field: text for field, text in own.items() if text}
    # A title may not vouch for itself, nor a description: only attributes and evidence do.
    bare = {"name": "", "attributes": prompting.facts_of(product, brief.locale).attributes}
    context = context_of(product, brief, channel).model_copy(update=bare)
    _, findings = examine(texts, context, rules)
    return tuple(f for f in findings if not f.cleared)


def every_finding(
    texts: Mapping[str, str], context: Context, rules: compliance.Rules
) -> list[Finding]:
    """What each rule says, before a graver or older one hides another at the same words."""
    claims = grounding.ground(texts, context)
    return [f for findings in rules.judged(texts, context, claims) for f in findings]


def mended(
    texts: Mapping[str, str],
    findings: Sequence[Finding],
    context: Context,
    rules: compliance.Rules,
) -> dict[str, str]:
    """The texts with the safe replacements in place, and those of what comes to light by them.

    A piece of a list of which nothing stays is "".
    """
    texts = dict(texts)
    for _ in range(ROUNDS):
        better = compliance.rewrite(texts, findings)
        if better == texts:
            break
        texts = better
        _, findings = examine(texts, context, rules)
    return texts


def replaced(text: Copy, texts: Mapping[str, str], origin: Origin | None = None) -> Copy:
    """The copy with these texts, each of its old origin or the given one; "" takes a piece away."""
    changed = {f: words for f, words in texts.items() if words != text.text(f)}
    for place, words in changed.items():
        if words:
            text = text.replace(place, words, origin or text.origin.get(place, "facts"))
    for place in reversed([p for p, words in changed.items() if not words]):
        text = text.without(place)
    return text


def acceptor(context: Context, rules: compliance.Rules) -> Callable[[str, str], bool]:
    """The judge of a model's words: every claim is carried by a fact, and no rule is broken."""

    def accept(place: str, text: str) -> bool:
        claims, findings = read({place: text}, context, rules)
        carried = all(claim.status is ClaimStatus.SUPPORTED for claim in claims)
        return carried and all(finding.cleared for finding in findings)

    return accept

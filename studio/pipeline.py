"""THE path: a Product and a Brief become a Draft. No database, no web, no settings in here.

The same function runs in the process, in a thread, or on another machine. Only the driver writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property, partial
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING, Any

from studio import channels, compliance, copywriter, grounding, photographer, prompting
from studio.compliance.judge import reviewed
from studio.photographer import lettered
from studio.schema import (
    Brief,
    Channel,
    Claim,
    ClaimStatus,
    Context,
    Copy,
    Draft,
    Finding,
    Origin,
    Picture,
    Product,
    digest_of,
    locale_language,
)

if TYPE_CHECKING:
    from studio.engines import CopyEngine, CutoutEngine, OcrEngine, SceneEngine, UpscaleEngine
    from studio.imaging.credentials import Signer

Step = Callable[[str, str], None]  # (step, text): "copy" with words as they come, "pictures" ...


@dataclass(frozen=True)
class Task:
    """One thing to make."""

    product: Product
    brief: Brief


@dataclass
class Kit:
    """The tools that one worker holds. `photo` gives the bytes of a stored photo by sha256, `mask`
    those of the mask that a person has mended for it (a PNG), or b""."""

    channels: Mapping[str, Channel]
    rules: compliance.Rules
    copy: CopyEngine
    cutout: CutoutEngine
    scene: SceneEngine
    photo: Callable[[str], bytes]
    ocr: OcrEngine | None = None
    judge: CopyEngine | None = None  # who gives a second opinion on findings, where one is wanted
    upscale: UpscaleEngine | None = None
    signer: Signer | None = None  # of Content Credentials
    mask: Callable[[str], bytes] = lambda photo: b""
    searched: tuple[Path, ...] = ()
    prompts: dict[str, str] = field(default_factory=dict)  # sha256 of the prompt files, by language

    @cached_property
    def tools(self) -> tuple[tuple[str, ...], ...]:
        """Engines with their models and options, as far as they bear on what is made."""
        held = (self.copy, self.cutout, self.scene, self.ocr, self.upscale)
        judge = (("judge", self.judge.name, self.judge.model),) if self.judge else ()
        return (*((e.name, e.model) for e in held if e is not None), *judge)

    def channel(self, brief: Brief) -> Channel:
        return self.channels[brief.channel]

    def prompt_digest(self, locale: str) -> str:
        """sha256 over the prompt files of a language; read once for a kit."""
        language = locale_language(locale)
        if language not in self.prompts:
            self.prompts[language] = prompting.digest(language, self.searched)
        return self.prompts[language]


def inputs(task: Task, kit: Kit) -> dict[str, Any]:
    """Everything that a draft depends on."""
    names = ("facts", "brief", "prompt", "tools", "rules", "channel")
    held = (task.product.facts_digest, task.brief, kit.prompt_digest(task.brief.locale), kit.tools)
    return dict(zip(names, (*held, kit.rules.digest, kit.channel(task.brief)), strict=True))


def snapshot(task: Task, kit: Kit) -> dict[str, Any]:
    """The inputs as they are kept, to tell later what has changed since."""
    held = inputs(task, kit)
    return {**held, "channel": digest_of(held["channel"]), "product": task.product}


def digest(task: Task, kit: Kit) -> str:
    """The hash of the inputs: is it done, is it stale, can it be redone."""
    return digest_of(*inputs(task, kit).values())


def make_draft(
    task: Task,
    kit: Kit,
    *,
    text: Copy | None = None,
    on_step: Step | None = None,
    cancel: Flag | None = None,
) -> Draft:
    """Write, ground, check, rewrite, photograph, check again. Raises EngineError, SetupError.

    `text`: what `write_texts` wrote for this task, when it was written in a batch. A picture that
    fails is a finding; a text that fails has the floor's sentences.
    """
    product, brief, channel = task.product, task.brief, kit.channel(task.brief)
    context = context_of(product, brief, channel)
    say = on_step or (lambda step, text: None)
    if text is None:
        text = copywriter.write(
            product,
            brief,
            channel,
            kit.copy,
            searched=kit.searched,
            accept=acceptor(context, kit.rules),
            on_text=lambda piece: say("copy", piece),
            cancel=cancel,
        )
    if brief.pictures:
        text = lettered.with_words(product, brief, channel, text)
    claims, findings = examine(dict(text.parts()), context, kit.rules)
    if brief.rewrites:
        text = replaced(text, mended(dict(text.parts()), findings, context, kit.rules))
        claims, findings = examine(dict(text.parts()), context, kit.rules)
    findings = second(findings, dict(text.parts()), product, brief, kit)

    pictures: tuple[Picture, ...] = ()
    blobs: dict[str, bytes] = {}
    if brief.pictures:
        say("pictures", "")
        shot = photographed(product, brief, kit, text, cancel=cancel)
        pictures, blobs = shot.pictures, dict(shot.blobs)
        findings = (*findings, *shot.findings, *check_lines(shot, context, kit.rules))
    limits = check_channel(product, brief, channel, text, pictures, today(brief))
    return Draft(
        product=product.id,
        brief=brief,
        text=text,
        pictures=pictures,
        claims=claims,
        findings=(*findings, *limits),
        digest=digest(task, kit),
        inputs=snapshot(task, kit),
        blobs=blobs,
    )


def photographed(
    product: Product,
    brief: Brief,
    kit: Kit,
    text: Copy,
    *,
    only: frozenset[str] | None = None,
    on_step: Callable[[int, int, str], None] | None = None,
    cancel: Flag | None = None,
) -> photographer.Shoot:
    """The channel's pictures with the kit's tools; those of the slots `only` where not all."""
    channel = kit.channel(brief)
    return photographer.shoot(
        product,
        brief,
        channel,
        kit.photo,
        kit.cutout,
        kit.scene,
        texts=text,
        ocr=kit.ocr,
        upscale=kit.upscale,
        signer=kit.signer,
        mask=kit.mask,
        markets=markets_of(brief, channel),
        searched=kit.searched,
        only=only,
        on_step=on_step,
        cancel=cancel,
    )


def today(brief: Brief) -> date:
    return brief.on or datetime.now(UTC).date()


def write_texts(tasks: Sequence[Task], kit: Kit, *, cancel: Flag | None = None) -> list[Copy]:
    """The texts of many tasks, their prompts answered together; in the order of the tasks."""
    orders = []
    for task in tasks:
        channel = kit.channel(task.brief)
        accept = acceptor(context_of(task.product, task.brief, channel), kit.rules)
        orders.append(copywriter.Order(task.product, task.brief, channel, accept))
    return copywriter.write_many(orders, kit.copy, searched=kit.searched, cancel=cancel)


def acceptor(context: Context, rules: compliance.Rules) -> Callable[[str, str], bool]:
    """The judge of a model's words: every claim is carried by a fact, and no rule is broken."""

    def accept(place: str, text: str) -> bool:
        claims, findings = read({place: text}, context, rules)
        carried = all(claim.status is ClaimStatus.SUPPORTED for claim in claims)
        return carried and all(finding.cleared for finding in findings)

    return accept


ROUNDS = 12  # a replacement a sentence and round: enough where everything in one is wrong
REGIONS = {"CN": "CN", "US": "US", "GB": "UK"}
EU = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"


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
        attributes=facts.attributes,
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
    found = (*found, *copywriter.lacking(product, brief))
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


def second(
    findings: Sequence[Finding],
    texts: Mapping[str, str],
    product: Product,
    brief: Brief,
    kit: Kit,
) -> tuple[Finding, ...]:
    """The findings after a second opinion, where the kit has a judge; else as they are."""
    if kit.judge is None:
        return tuple(findings)
    context = context_of(product, brief, kit.channel(brief))
    judge = copywriter.Second(kit.judge, product, brief, kit.searched)
    return reviewed(findings, texts, context, judge)


def check_lines(
    shot: photographer.Shoot, context: Context, rules: compliance.Rules
) -> tuple[Finding, ...]:
    """The rules on what was read back from the pictures; each finding carries the line's box."""
    found: list[Finding] = []
    for number, (slot, line) in enumerate(shot.lines):
        place = f"pictures.{slot}.{number}"
        _, findings = examine({place: line.text}, context, rules)
        found += [f.model_copy(update={"box": line.box}) for f in findings]
    return tuple(found)

"""THE path: a Product and a Brief become a Draft. No database, no web, no settings in here.

The same function runs in the process, in a thread, or on another machine. Only the driver writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Event as Flag

from studio import compliance, copywriter, photographer
from studio.checks import (
    acceptor,
    check_channel,
    context_of,
    examine,
    markets_of,
    mended,
    replaced,
    today,
)
from studio.compliance.judge import reviewed
from studio.kit import Kit, Step, Task, digest, snapshot
from studio.photographer import lettered
from studio.schema import Brief, Context, Copy, Draft, Finding, Picture, Product


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
        shot = photographed(
            product, brief, kit, text,
            on_step=lambda done, total, what: say("pictures", what), cancel=cancel,
        )  # fmt: skip
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
        unsafe=kit.unsafe,
        signer=kit.signer,
        mask=kit.mask,
        markets=markets_of(brief, channel),
        searched=kit.searched,
        only=only,
        on_step=on_step,
        cancel=cancel,
    )


def write_texts(tasks: Sequence[Task], kit: Kit, *, cancel: Flag | None = None) -> list[Copy]:
    """The texts of many tasks, their prompts answered together; in the order of the tasks."""
    orders = []
    for task in tasks:
        channel = kit.channel(task.brief)
        accept = acceptor(context_of(task.product, task.brief, channel), kit.rules)
        orders.append(copywriter.Order(task.product, task.brief, channel, accept))
    return copywriter.write_many(orders, kit.copy, searched=kit.searched, cancel=cancel)


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

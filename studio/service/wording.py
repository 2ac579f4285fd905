"""A text worded anew by an engine where its words pass, else by the rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studio import compliance, copywriter, grounding
from studio.checks import mended, read
from studio.schema import (
    Brief,
    ClaimStatus,
    Context,
    Finding,
    Limit,
    Noun,
    Product,
    by_language,
)

if TYPE_CHECKING:
    from studio.engines import CopyEngine


class Change(Noun):
    """A text as it is and as it would be; "" after: a piece of a list that goes."""

    field: str
    before: str
    after: str
    by: str = "rules"  # "rules", or the model's name
    note: str = ""  # a code for why the engine's words were not taken, "" when they were
    detail: str = ""  # what belongs to the code: the number, the name, the server's error


def worded(
    field: str,
    words: str,
    findings: Sequence[Finding],
    context: Context,
    rules: compliance.Rules,
    engine: CopyEngine | None,
    *,
    product: Product,
    brief: Brief,
    limit: Limit,
    searched: tuple[Path, ...] = (),
) -> Change:
    """The engine's words where they pass rules and ledger and add no claim.

    Else the rules' own, with the reason in `note`; the text itself where there are none. An engine
    that fails is told in the note and is no error.
    """
    mine = [f for f in findings if f.field == field and not f.cleared and not f.waived]
    ours = mended({field: words}, mine, context, rules)[field]
    if engine is None or not mine:
        return Change(field=field, before=words, after=ours)
    said = copywriter.reword(
        words,
        [by_language(f.message, brief.locale) for f in mine],
        product,
        brief,
        limit,
        engine,
        _accept(field, words, context, rules),
        searched=searched,
    )
    if said.text:
        by = engine.model.partition(" ")[0] or engine.name  # without its options
        return Change(field=field, before=words, after=said.text, by=by)
    return Change(field=field, before=words, after=ours, note=said.note, detail=said.detail)


def _accept(
    field: str, words: str, context: Context, rules: compliance.Rules
) -> Callable[[str], str]:
    """What in an engine's answer breaks a rule, is no fact, or is a claim of its own; or ""."""
    before = Counter(claim.kind for claim in grounding.ground({field: words}, context))

    def accept(reply: str) -> str:
        claims, found = read({field: reply}, context, rules)
        added = Counter(claim.kind for claim in claims) - before
        broken = [f.match for f in found if not f.cleared]
        loose = [c.text for c in claims if c.status is not ClaimStatus.SUPPORTED or added[c.kind]]
        return next(iter((*broken, *loose)), "")

    return accept

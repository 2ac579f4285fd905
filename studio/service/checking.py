"""Checking texts that are in no database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from studio import compliance
from studio.checks import examine
from studio.compliance.items import context_of, unread
from studio.compliance.judge import NOTE, reviewed
from studio.copywriter import Second
from studio.schema import Brief, Claim, ClaimStatus, Context, Facts, Finding, Limit, Product
from studio.service import kits
from studio.service.wording import Change, worded

if TYPE_CHECKING:
    from studio.engines import CopyEngine
    from studio.settings import Settings


class Looked(NamedTuple):
    """What was found in a text, what a rewrite would make of it, where one was wanted, and what
    of the check did not take place."""

    findings: list[Finding]
    change: Change | None = None
    notes: tuple[Mapping[str, str], ...] = ()  # by language


class Checker:
    """Checks loose texts; where wanted with a rewrite, an engine's wording, a second opinion."""

    def __init__(
        self, settings: Settings, *, fix: bool = False, engine: str = "", judge: bool | None = None
    ) -> None:
        self.settings, self.fix, self.name = settings, fix or bool(engine), engine
        self.judged = settings.judge if judge is None else judge

    @cached_property
    def rules(self) -> compliance.Rules:
        packs = [f / "packs" for f in self.settings.extra if (f / "packs").is_dir()]
        return compliance.load(packs)

    @cached_property
    def engine(self) -> CopyEngine:
        name = self.name or self.settings.copy_engine
        found: CopyEngine = kits.engine(self.settings, "copy", name)
        return found

    def item(self, item: Mapping[str, Any]) -> Looked:
        """What is found in an item of `studio check --jsonl`; its category is a catalog's, so one
        that is none of ours is noted and not refused."""
        field = item.get("field")
        place = field if isinstance(field, str) and field else "description"
        looked = self.look(item["text"], context_of(item), place)
        return looked._replace(notes=(*unread(item), *looked.notes))

    def text(self, words: str, market: str = "", category: str = "") -> Looked:
        """What is found in a text with no product behind it. A misspelt category is refused."""
        self.rules.know((), category)
        markets = (market.upper(),) if market else ()
        return self.look(words, Context(markets=markets, category=category))

    def look(self, words: str, context: Context, field: str = "description") -> Looked:
        """Open findings, and the change that rewrites would make; cleared ones are left out."""
        self.rules.know(context.markets)
        texts = {field: words}
        claims, findings = examine(texts, context, self.rules)
        product, brief = _nothing(words, context)
        if self.judged:
            judge = Second(self.engine, product, brief, self.settings.extra)
            findings = reviewed(findings, texts, context, judge)
        notes = (*_untried(self.rules.unsorted(context), findings), *_unmeasured(claims))
        found = [f for f in findings if not f.cleared and f.id != NOTE]
        if not self.fix:
            return Looked(found, None, notes)
        change = worded(
            field,
            words,
            found,
            context,
            self.rules,
            self.engine if self.name else None,
            product=product,
            brief=brief,
            limit=Limit(),
            searched=self.settings.extra,
        )
        return Looked(found, change, notes)


def _untried(unsorted: Finding | None, findings: Iterable[Finding]) -> Iterator[dict[str, str]]:
    """That no rule is for such goods, and that a second opinion failed."""
    if unsorted is not None:
        yield unsorted.message
    yield from (f.message for f in findings if f.id == NOTE)


def _unmeasured(claims: Iterable[Claim]) -> Iterator[dict[str, str]]:
    """Why a fact that is about the same thing carries nothing: it has no unit, say."""
    for claim in claims:
        if claim.status is ClaimStatus.UNSUPPORTED and claim.carrier:
            yield {lang: f"“{claim.text}”: {why}" for lang, why in claim.note.items()}


def _nothing(words: str, context: Context) -> tuple[Product, Brief]:
    """The product and brief of a text that has none: only what its surroundings say."""
    chinese = context.language == "zh" or any("\u4e00" <= c <= "\u9fff" for c in words)
    locale = "zh-CN" if chinese else "en-US"
    facts = Facts(title=context.name, category=context.category, attributes=context.attributes)
    product = Product(id="text", locale=locale, facts={locale: facts}, brand=context.brand)
    return product, Brief(channel="", locale=locale)

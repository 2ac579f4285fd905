"""Checking texts that are in no database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from studio import compliance
from studio.checks import examine
from studio.compliance.items import context_of
from studio.compliance.judge import reviewed
from studio.copywriter import Second
from studio.schema import Brief, Context, Facts, Finding, Limit, Product
from studio.service import kits
from studio.service.wording import Change, worded

if TYPE_CHECKING:
    from studio.engines import CopyEngine
    from studio.settings import Settings


class Looked(NamedTuple):
    """What was found in a text, and what a rewrite would make of it, where one was wanted."""

    findings: list[Finding]
    change: Change | None = None


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

    def items(self, items: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Any, Looked]]:
        """(id, what was found) for items of `studio check --jsonl`."""
        for item in items:
            field = item.get("field")
            place = field if isinstance(field, str) and field else "description"
            yield item["id"], self.look(item["text"], context_of(item), place)

    def text(self, words: str, market: str = "") -> Looked:
        """What is found in a text with no product behind it."""
        return self.look(words, Context(markets=(market,) if market else ()))

    def look(self, words: str, context: Context, field: str = "description") -> Looked:
        """Open findings, and the change that rewrites would make; cleared ones are left out."""
        self.rules.know(context.markets)
        texts = {field: words}
        _, findings = examine(texts, context, self.rules)
        product, brief = _nothing(words, context)
        if self.judged:
            judge = Second(self.engine, product, brief, self.settings.extra)
            findings = reviewed(findings, texts, context, judge)
        found = [f for f in findings if not f.cleared]
        if not self.fix:
            return Looked(found)
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
        return Looked(found, change)


def _nothing(words: str, context: Context) -> tuple[Product, Brief]:
    """The product and brief of a text that has none: only what its surroundings say."""
    chinese = context.language == "zh" or any("\u4e00" <= c <= "\u9fff" for c in words)
    locale = "zh-CN" if chinese else "en-US"
    facts = Facts(title=context.name, category=context.category, attributes=context.attributes)
    product = Product(id="text", locale=locale, facts={locale: facts}, brand=context.brand)
    return product, Brief(channel="", locale=locale)

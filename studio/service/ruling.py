"""The rules to read, and to try a text against."""

from __future__ import annotations

from studio import compliance, review
from studio.checks import examine
from studio.errors import InputError
from studio.schema import Actor, Context, Finding
from studio.service.base import Base

LONGEST = 20_000  # letters of a text that is tried


class Ruling(Base):
    """What the rule packs say."""

    def rule_book(self, actor: Actor) -> compliance.Rules:
        """All packs, the shop's own among them. Raises InputError with all their mistakes."""
        review.permit(actor, "read")
        return self.rules

    def try_text(
        self, text: str, actor: Actor, *, market: str = "", category: str = ""
    ) -> tuple[Finding, ...]:
        """What the rules say of a text with no product behind it, cleared findings among it, and
        first the note that no rule is for such goods.

        `market`: CN, US, EU or UK; all when empty. Raises InputError for a text that is too long,
        NotFoundError for a market without rules and a misspelt category.
        """
        review.permit(actor, "read")
        if len(text) > LONGEST:
            raise InputError(
                f"the text has {len(text)} letters, at most {LONGEST} are tried at once",
                hint="try it in parts",
            )
        context = Context(markets=(market,) if market else (), category=category)
        self.rules.know(context.markets, category)
        note = self.rules.unsorted(context)
        found = examine({"description": text}, context, self.rules)[1]
        return (note, *found) if note else found

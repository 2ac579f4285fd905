"""A larger model's whole listing, judged field by field; the floor fills what does not pass."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.channels import fit, one
from studio.copywriter import judge, replies
from studio.copywriter.layout import keywords_of, limits_of
from studio.copywriter.order import Order
from studio.engines.glossary import is_cjk
from studio.engines.phrases import Fact
from studio.schema import Copy, Facts, Limit, Origin

_LEAST = 15  # code points of a description that is worth keeping


class Judge:
    """Checks texts of one listing, and remembers why some did not pass."""

    def __init__(self, order: Order, facts: Facts, searched: tuple[Path, ...]) -> None:
        self.order, self.searched = order, searched
        self.locale = order.brief.locale
        values = (t for a in facts.attributes for t in (a.name, a.value))
        self.known = [facts.title, facts.category, facts.description, order.product.brand, *values]
        self.failed: dict[str, str] = {}

    def passes(self, field: str, text: str) -> bool:
        why = judge.wrong(text, self.known, self.locale, self.searched)
        if not why and not self.order.accept(field, text):
            why = "claims or rules"
        if why:
            self.failed.setdefault(field, why)
        return not why


def from_listing(
    floor: Copy,
    order: Order,
    facts: Facts,
    known: Sequence[Fact],
    reply: str,
    searched: tuple[Path, ...],
) -> tuple[Copy, str]:
    """(the listing, why fields fell back to the floor: "" when none did)."""
    checks = Judge(order, facts, searched)
    parsed = replies.parse(reply)
    limits, locale = limits_of(order.channel), order.brief.locale
    if parsed is None:  # no JSON: what came may still be a description
        prose = judge.whole(reply, 6)
        parsed = {"title": "", "bullets": [], "description": prose, "keywords": [], "extra": {}}
        checks.failed["listing"] = "the reply was no JSON"
    text = floor
    title = fit(parsed["title"], limits["title"], locale).text
    if _names(title, facts) and checks.passes("title", title):
        text = text.replace("title", title, "model")
    text = _bullets(text, parsed["bullets"], known, limits["bullets"], checks)
    if description := _description(parsed["description"], limits["description"], checks):
        text = text.replace("description", description, "model")
    text = _keywords(text, parsed["keywords"], limits["keywords"], checks)
    for name in floor.extra:
        wanted = fit(parsed["extra"].get(name, ""), limits[f"extra.{name}"], locale).text
        if wanted and checks.passes(f"extra.{name}", wanted):
            text = text.replace(f"extra.{name}", wanted, "model")
    return text, "; ".join(f"{name}: {why}" for name, why in checks.failed.items())


def _names(title: str, facts: Facts) -> bool:
    """Whether a title is about the product: it shares a word with the merchant's own."""
    if not title:
        return False
    if is_cjk(facts.title) and is_cjk(title):
        own = facts.title
        return any(own[i : i + 2] in title for i in range(len(own) - 1) if is_cjk(own[i]))
    if is_cjk(facts.title):
        return True
    own_words = set(re.findall(r"[^\W_]{3,}", facts.title.lower()))
    return not own_words or bool(own_words & set(re.findall(r"[^\W_]{3,}", title.lower())))


def _bullets(
    text: Copy, wanted: Sequence[str], known: Sequence[Fact], limit: Limit, checks: Judge
) -> Copy:
    """The model's bullets that pass, then the floor's for facts that they leave out."""
    each = one("bullets.0", limit)
    taken: list[tuple[str, Origin]] = []
    for number, bullet in enumerate(wanted[: limit.count]):
        shown = fit(bullet, each, checks.locale).text
        if shown and checks.passes(f"bullets.{number}", shown):
            taken.append((shown, "model"))
    if not taken:
        return text
    said = " ".join(bullet for bullet, _ in taken).lower()
    for number, bullet in enumerate(text.bullets):
        value = next((f.value for f in known if f.value in bullet), bullet)
        if value.lower() not in said:
            taken.append((bullet, text.origin.get(f"bullets.{number}", "facts")))
    return _listed(text, "bullets", taken[: limit.count])


def _description(wanted: str, limit: Limit, checks: Judge) -> str:
    """The description if it passes, else its sentences that do, else nothing."""
    shown = fit(wanted, limit, checks.locale).text
    if len(shown) < _LEAST:
        return ""
    if checks.passes("description", shown):
        return shown
    good = [s for s in judge.sentences(shown) if checks.passes("description", s)]
    joined = ("" if is_cjk(shown) else " ").join(good)
    enough = len(good) >= 2 and checks.passes("description", joined)
    return joined if enough else ""


def _keywords(text: Copy, wanted: Sequence[str], limit: Limit, checks: Judge) -> Copy:
    good = [w for w in wanted if checks.passes("keywords.0", w)]
    own = {w.lower() for w in good}
    both: list[tuple[str, Origin]] = [(w, "model") for w in good]
    both += [(w, "facts") for w in text.keywords if w.lower() not in own]
    kept = set(keywords_of([w for w, _ in both], limit))
    return _listed(text, "keywords", [pair for pair in both if pair[0] in kept])


def _listed(text: Copy, field: str, items: Sequence[tuple[str, Origin]]) -> Copy:
    """The copy with a list field set, and the origin of each piece."""
    origin = {k: v for k, v in text.origin.items() if not k.startswith(f"{field}.")}
    origin |= {f"{field}.{i}": made for i, (_, made) in enumerate(items)}
    update: dict[str, Any] = {field: tuple(t for t, _ in items), "origin": origin}
    return text.model_copy(update=update)

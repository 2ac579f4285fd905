"""A text worded anew by an engine, and why its words were not taken.

The engine sees the text and the list of what is wrong. Its answer may say less than the text did,
never more: no number, name or claim that was not there, in the same language, not longer. What
rules and ledger say of it is the pipeline's `accept`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, NamedTuple

from studio import channels, prompting
from studio.copywriter import judge
from studio.engines import level
from studio.engines.glossary import is_cjk
from studio.errors import EngineError, SetupError
from studio.schema import Brief, Channel, Limit, Product

if TYPE_CHECKING:
    from studio.engines import CopyEngine

NEW = 4  # words of its own that an answer may have: a verb, a joint, a milder quality
_LATIN = re.compile(r"[A-Za-z][\w'’-]*")
_FENCE = re.compile(r"^```\w*\n?|\n?```$|</?text>")


class Worded(NamedTuple):
    """Words that may stand, or "" with the reason: a code and what belongs to it."""

    text: str
    note: str = ""
    detail: str = ""


def reword(
    text: str,
    wrong: Sequence[str],
    product: Product,
    brief: Brief,
    limit: Limit,
    engine: CopyEngine,
    accept: Callable[[str], str],
    *,
    searched: tuple[Path, ...] = (),
    cancel: Event | None = None,
) -> Worded:
    """The text in the engine's words. `wrong`: what the rules say; `accept`: "" or why not.

    Never raises for an engine: one that fails is told in the result.
    """
    if level(engine, brief.locale) == "facts":
        return Worded("", "plain", engine.name)
    if prompting.suspicious(text):
        return Worded("", "orders")
    prompt = prompting.render(
        "rewrite",
        product,
        brief,
        {},
        searched=searched,
        text=html.escape(text, quote=False),
        findings=[html.escape(prompting.quoted(line), quote=False) for line in wrong],
    )
    try:
        reply = engine.write(prompt, cancel=cancel)
    except (EngineError, SetupError) as error:
        return Worded("", "down", error.message)
    words = html.unescape(_FENCE.sub("", reply.strip())).strip().strip('"“”')
    note, detail = _refused(words, text, product, brief, limit, searched)
    if not note and (why := accept(words)):
        note, detail = "rules", why
    return Worded("", note, detail) if note else Worded(words)


def _refused(
    words: str,
    text: str,
    product: Product,
    brief: Brief,
    limit: Limit,
    searched: tuple[Path, ...],
) -> tuple[str, str]:
    """Why an answer cannot stand: (code, what) or ("", "")."""
    if words == text:
        return "same", ""
    if why := judge.wrong(words, [text], brief.locale, searched):
        return "form", why
    most = limit.max if limit.max is not None else channels.count(text, limit.unit)
    size = channels.count(words, limit.unit)
    if size > max(most, channels.count(text, limit.unit)) or len(words) > 1.2 * len(text) + 8:
        return "long", str(size)
    facts = prompting.facts_of(product, brief.locale)
    known = " ".join([text, product.brand, facts.title, *(a.value for a in facts.attributes)])
    if name := _name(words, known):
        return "name", name
    new = [w for w in _units(words) if w not in set(_units(known))]
    return ("more", " ".join(new)) if len(new) > NEW else ("", "")


def _units(text: str) -> list[str]:
    """The words that say something: longer Latin ones, Chinese ones of two characters or more."""
    latin = [w.lower() for w in _LATIN.findall(text) if len(w) > 3]
    if not is_cjk(text):
        return latin
    import rjieba

    return latin + [w for w in rjieba.cut(text) if len(w) > 1 and not w.isascii()]


def _name(words: str, known: str) -> str:
    """A name that nobody gave: a Latin word in Chinese, a capital inside an English sentence."""
    held = {w.lower() for w in _LATIN.findall(known)}
    inside = r"[A-Za-z][\w'’-]+" if is_cjk(words) else r"(?<=[a-z,;] )[A-Z][\w'’-]*"
    return next((w for w in re.findall(inside, words) if w.lower() not in held), "")


def limit_of(channel: Channel, field: str) -> Limit:
    """The channel's limit of one text."""
    head = field.partition(".")[0]
    limit = channel.fields.get(field) or channel.fields.get(head) or Limit()
    return limit.model_copy(update={"max": limit.each}) if head == "keywords" else limit

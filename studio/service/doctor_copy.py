"""`studio doctor --copy`: how far the shop's language model may be trusted, measured here and now.

The model writes about a shipped set of products, first freely and then, where that was not good
enough, held to drafts. What it says is judged by the claim ledger like every listing; the level
that comes out is kept in the home and holds from then on. What cannot change the level any more is
not asked: a small model fails within the first few products.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import yaml

from studio import prompting
from studio.checks import context_of, read
from studio.copywriter import replies
from studio.copywriter.layout import limits_of
from studio.data import folder
from studio.engines import faults, levels
from studio.errors import EngineError, SetupError
from studio.kit import Kit, Task
from studio.pipeline import write_texts
from studio.schema import (
    Attribute,
    Brief,
    ClaimStatus,
    Facts,
    Product,
    Prompt,
    digest_of,
    locale_language,
    now,
)
from studio.service import kits

if TYPE_CHECKING:
    from studio.engines import CopyEngine
    from studio.service.base import Base

_CHANNEL = "shopify"
_TOKENS = 400  # of a listing: enough for one that is to the point
_FEW = 2  # products at a time; after each few it is seen whether the rest can change the level
_FIELDS = ("title", "bullets", "description")
_FAULTLESS = {"read": 1.0, "kept": 1.0, "unsupported": 0.0, "repeats": 0.0, "foreign": 0.0}
Progress = Callable[[int, int], None]


def measure(studio: Base, on_progress: Progress | None = None) -> dict[str, levels.Measure]:
    """The measures of the copy engine that is set, by language, kept in the home.

    Raises SetupError (no model is ready, or the engine has none), EngineError.
    """
    settings, name = studio.settings, kits.copy_name(studio.settings)
    plain = kits.engine(settings, "copy", name)
    if plain.level == "facts" or not hasattr(plain, "levels"):
        raise SetupError(
            f"the engine {name} has no model to be measured",
            hint="choose one that has: STUDIO_COPY_ENGINE=auto",
        )
    if missing := plain.ready():
        raise SetupError(missing, hint="then: studio doctor --copy")
    tasks = {locale: _tasks(locale, rows) for locale, rows in _shipped().items()}
    tasks = {locale: some for locale, some in tasks.items() if not _lacks(plain, locale)}
    total = 2 * sum(map(len, tasks.values()))
    tell = on_progress or (lambda done, total: None)
    kit = replace(studio.kit, copy=kits.engine(settings, "copy", name, level="free"))
    freely, before = {}, 0
    for locale, some in tasks.items():
        tell(before, total)
        freely[locale] = _freely(some, kit, partial(_from, tell, before, total))
        before += len(some)
    kit = replace(studio.kit, copy=kits.engine(settings, "copy", name, level="draft"))
    found = {}
    for locale, some in tasks.items():
        tell(before, total)
        shares, count = freely[locale]
        enough = levels.level_of(**shares, drafts=0) in levels.OWN_WORDS
        all_ = {**shares, "drafts": 0.0 if enough else round(_drafted(some, kit), 3)}
        found[locale_language(locale)] = levels.Measure(
            level=levels.level_of(**all_), listings=count, at=now(), **all_
        )
        before += len(some)
    tell(total, total)
    levels.keep(settings.home, levels.key(plain), found)
    return found


def _from(tell: Progress, before: int, total: int, done: int) -> None:
    tell(before + done, total)


def _freely(
    tasks: Sequence[Task], kit: Kit, tell: Callable[[int], None]
) -> tuple[dict[str, float], int]:
    """(the means over the listings that a model writes without help, how many these are)."""
    seen: list[dict[str, float]] = []
    while len(seen) < len(tasks) and _may_be_free(seen, len(tasks)):
        some = tasks[len(seen) : len(seen) + _FEW]
        prompts = [_prompt(task, kit) for task in some]
        answers = _answers(kit.copy, prompts)
        seen += [_judged(*one, kit) for one in zip(some, prompts, answers, strict=True)]
        tell(len(seen))
    return {k: round(sum(one[k] for one in seen) / len(seen), 3) for k in seen[0]}, len(seen)


def _may_be_free(seen: Sequence[dict[str, float]], total: int) -> bool:
    """Whether a model may write in its own words if all listings to come are faultless."""
    best = [*seen, *[_FAULTLESS] * (total - len(seen))]
    means = {name: sum(one[name] for one in best) / total for name in _FAULTLESS}
    return levels.level_of(**means, drafts=0) in levels.OWN_WORDS


def _judged(task: Task, prompt: Prompt, reply: str, kit: Kit) -> dict[str, float]:
    """The measures of one free listing; a reply that is no listing has kept nothing."""
    parsed = replies.parse(reply)
    if parsed is None:
        return {"read": 0, "kept": 0, "unsupported": 0, "repeats": 0, "foreign": 0}
    bullets = parsed["bullets"]
    texts = {"title": parsed["title"], "description": parsed["description"]}
    texts |= {f"bullets.{i}": text for i, text in enumerate(bullets)}
    texts = {field: text for field, text in texts.items() if text}
    context = context_of(task.product, task.brief, kit.channel(task.brief))
    claims, _ = read(texts, context, kit.rules)
    said, wrong = " ".join(texts.values()), faults.fault(prompt, " ".join(texts.values()))
    values = [_plain(a.value) for a in context.attributes]
    return {
        "read": 1,
        "kept": sum(value in _plain(said) for value in values) / len(values),
        "unsupported": sum(c.status is not ClaimStatus.SUPPORTED for c in claims),
        "repeats": wrong.startswith("repeats") or len(set(bullets)) < len(bullets),
        "foreign": "language" in wrong,
    }


def _drafted(tasks: Sequence[Task], kit: Kit) -> float:
    """The share of descriptions in which a guarded draft stood."""
    try:
        texts = write_texts(tasks, kit)
    except EngineError:
        return 0.0
    return sum(text.origin.get("description") == "model" for text in texts) / len(texts)


def _answers(engine: CopyEngine, prompts: Sequence[Prompt]) -> list[str]:
    """The replies; none where all of them are no copy at all."""
    try:
        return engine.write_many(prompts)
    except EngineError as error:
        if error.retryable:  # a server that is down says nothing about its model
            raise
        return [""] * len(prompts)


def _prompt(task: Task, kit: Kit) -> Prompt:
    limits = limits_of(kit.channel(task.brief))
    own = {name: limits[name] for name in _FIELDS}
    filled = prompting.render("listing", task.product, task.brief, own, extra_fields=[])
    return filled.model_copy(update={"max_tokens": _TOKENS})


def _lacks(engine: Any, locale: str) -> str:
    return str(engine.lacks(locale)) if hasattr(engine, "lacks") else ""


def _shipped() -> dict[str, list[dict[str, Any]]]:
    file = folder("assets") / "doctor" / "copy.yaml"
    read: dict[str, list[dict[str, Any]]] = yaml.safe_load(file.read_text("utf-8"))
    return read


def _tasks(locale: str, rows: Sequence[dict[str, Any]]) -> list[Task]:
    brief = Brief(channel=_CHANNEL, locale=locale, pictures=False)
    tasks = []
    for row in rows:
        known = tuple(Attribute(name=k, value=str(v)) for k, v in row["facts"].items())
        facts = Facts(title=row["title"], category=row["category"], attributes=known)
        product = Product(id=digest_of(row["title"])[:8], locale=locale, facts={locale: facts})
        tasks.append(Task(product, brief))
    return tasks


def _plain(text: str) -> str:
    """A text as far as it counts when values are looked for in it."""
    return "".join(text.casefold().split()).replace("×", "x")

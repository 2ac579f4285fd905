"""A new job: what it would take is told first, then a sample of it is made, or all."""

from __future__ import annotations

from typing import Any

from studio.errors import StudioError
from studio.review import ROLES
from studio.store import Job
from studio.ui import board, catalog, editor, refusals
from studio.ui.desk import Ask, Deed

SAMPLE = 10  # listings, unless the person asks for another number
REASONS = 8  # that are told one by one
LOCALES = {"zh-CN": "中文 (zh-CN)", "en-US": "English (en-US)", "en-GB": "English (en-GB)"}


def form(ask: Ask) -> str:
    """What to make; a search that the address names is the catalog's own filter."""
    return ask.part(
        "job_start",
        names=ask.channel_names(),
        locales=LOCALES,
        filter=catalog.told(ask, catalog.filter_of(ask.query)),
        may_make="generate" in ROLES[ask.actor.role],
        one=ask.query.get("job", ""),
    )


def wishes(ask: Ask, deed: Deed) -> dict[str, Any]:
    """What the form asks for, as the service takes it."""
    given = deed.fields
    return {
        "channel": deed.channel,
        "wanted": catalog.filter_of(ask.query),
        "limit": _count(given.get("limit", "")),
        "locale": given.get("locale", "")[:20],
        "pictures": given.get("pictures") == "yes",
    }


def _count(text: str) -> int | None:
    return int(text) if text.isdecimal() and 0 < len(text) < 9 and int(text) else None


def plan(ask: Ask, deed: Deed) -> str:
    """The dry run of what the form asks for, with the buttons that begin it; nothing is written."""
    if deed.do != "estimate":
        raise board.unknown(deed)
    wanted = wishes(ask, deed)
    try:
        found = ask.studio.estimate_job(ask.actor, **wanted)
    except StudioError as error:
        text = refusals.sentence(ask, Deed(do="start"), error, None)
        return ask.part("note", kind="bad", text=text)
    return ask.part(
        "job_plan",
        found=found,
        reasons=[(reason(ask, why), n) for why, n in list(found.why.items())[:REASONS]],
        more=sum(list(found.why.values())[REASONS:]),
        channel=ask.channel_names()[wanted["channel"]],
        asked=deed.fields,
        wanted=wanted,
        locale=LOCALES.get(wanted["locale"], wanted["locale"]),
        filter=catalog.told(ask, wanted["wanted"]),
        sample=min(SAMPLE, found.items // 2),
        lasting=lambda seconds: lasting(ask, seconds),
    )


def start(ask: Ask, deed: Deed) -> Job:
    """The job that the plan was of, or a sample of it. Raises what the service refuses."""
    if deed.do != "start":
        raise board.unknown(deed)
    sample = _count(deed.fields.get("sample", "")) if deed.fields.get("act") == "sample" else 0
    return ask.studio.start_job(ask.actor, sample=sample or 0, **wishes(ask, deed))


def reason(ask: Ask, why: str) -> str:
    """Why listings are to be made, in the user's words."""
    kind, _, names = why.partition(": ")
    if kind == "changed":
        facts = [editor.fact(ask.language, name) for name in names.split(", ")]
        return ask.tr("why.changed", what=ask.tr("and").join(facts))
    return ask.tr("why.new") if kind == "new" else ask.tr("why.other")


def lasting(ask: Ask, seconds: float) -> str:
    """How long something takes, in the unit that people would say."""
    if seconds < 90:
        return ask.tr("lasts.seconds", n=max(1, round(seconds)))
    if seconds < 5400:
        return ask.tr("lasts.minutes", n=round(seconds / 60))
    return ask.tr("lasts.hours", n=f"{seconds / 3600:,.1f}")

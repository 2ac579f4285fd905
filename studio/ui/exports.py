"""The export page: what is approved goes into a ZIP, and from there to the shop of the settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from studio.errors import StudioError
from studio.review import ROLES
from studio.service import Exported, Tally
from studio.ui import board, editor, refusals
from studio.ui.desk import Ask, Deed

EACH = 20  # products between two looks at how far a sending is
OWN = ("title", "description")  # of the fields that a shop has; the others are extras
STATES = ("change", "sent", "same", "theirs", "absent", "refused", "failed")


@dataclass(kw_only=True)
class Delivery(Tally):
    """A comparison with the shop, or what was written to it."""

    channel: str
    locale: str
    write: bool
    running: bool = True
    most: int = 50  # products of a comparison


def show(ask: Ask) -> tuple[str, str]:
    return ask.nav("/export", "nav.export"), _body(ask)


def act(ask: Ask, deed: Deed) -> Iterator[str]:
    """Export; compare an export with the shop; write it there."""
    try:
        if deed.do == "export":
            yield _exported(ask, deed.channel)
        elif deed.do in ("compare", "deliver"):
            yield from _delivered(ask, deed)
        else:
            raise board.unknown(deed)
    except StudioError as error:
        yield _body(ask, problem=refusals.sentence(ask, deed, error, None))


def _exported(ask: Ask, channel: str) -> str:
    report = ask.studio.export(channel, ask.studio.exports(channel), ask.actor)
    return _body(ask, report, channel)


def _delivered(ask: Ask, deed: Deed) -> Iterator[str]:
    """The page again and again while the shop is asked."""
    locale, over = deed.fields.get("locale", ""), "overwrite" in deed.fields
    told = Delivery(channel=deed.channel, locale=locale, write=deed.do == "deliver")
    yield _body(ask, delivery=told)
    items = ask.studio.send_export(
        deed.channel, deed.channel, ask.actor, locale=locale, write=told.write, overwrite=over
    )
    for number, item in enumerate(items, 1):
        told.add(item)
        if number % EACH == 0:
            yield _body(ask, delivery=told)
    told.running = False
    yield _body(ask, delivery=told)


def _body(
    ask: Ask,
    report: Exported | None = None,
    channel: str = "",
    problem: str = "",
    delivery: Delivery | None = None,
) -> str:
    """Each channel with how many of its listings are in which state, the fullest first."""
    counts = ask.studio.counts(ask.actor)
    rows = []
    for id, name in ask.channel_names().items():
        held = counts.get(id, {})
        ready = held.get("approved", 0) + held.get("exported", 0)
        rows.append((id, name, ready, sum(held.values()) - ready, held.get("exported", 0)))
    rows.sort(key=lambda row: (-row[2], -row[3], row[1]))
    able = "export" in ROLES[ask.actor.role]
    return ask.part(
        "export",
        channels=[row for row in rows if row[2] or row[3]],
        others=[row[1] for row in rows if not row[2] and not row[3]],
        report=report,
        channel=channel,
        problem=problem,
        may_export=able,
        exported=lambda id: (ask.studio.exports(id) / "manifest.json").is_file(),
        shop=lambda id: ask.studio.for_shop(id, ask.actor) if able else (),
        delivery=delivery,
        names=ask.channel_names(),
        states=STATES,
        label=lambda name: editor.label(ask.language, name if name in OWN else f"extra.{name}"),
    )

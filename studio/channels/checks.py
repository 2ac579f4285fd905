"""What in a listing a channel would refuse: lengths, characters, repeats, missing pictures.

How sure the fact is decides how bad the finding is: high and medium block (severity high), low is
medium, and what nobody verified is only a hint (low).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from studio.channels import words
from studio.channels.counting import count
from studio.channels.dated import on_day
from studio.channels.fitting import fit, one
from studio.channels.rules import check_rule
from studio.channels.spec import TextRule
from studio.channels.tongues import foreign
from studio.schema import (
    LIST_FIELDS,
    Channel,
    Copy,
    Finding,
    Limit,
    Picture,
    Severity,
    locale_language,
)


def check(
    text: Copy,
    pictures: Sequence[Picture],
    channel: Channel,
    on: date | None = None,
    *,
    brand: str = "",
    locale: str = "",
) -> tuple[Finding, ...]:
    """The findings of the channel's own rules on a day (as it was loaded when None).

    `brand`: marks inside it do not count where a rule allows that. `locale`: where to shorten well.
    """
    channel = on_day(channel, on) if on else channel
    rules = [TextRule.model_validate(rule) for rule in channel.options.get("rules", ())]
    return (
        *_required(text, channel),
        *_language(text, channel, brand, locale),
        *(
            f
            for name, limit in channel.fields.items()
            for f in _limit(text, channel, name, limit, locale)
        ),
        *(f for rule in rules for f in check_rule(rule, text, channel, brand)),
        *_pictures(pictures, channel),
    )


def _required(text: Copy, channel: Channel) -> Iterator[Finding]:
    if "title" in channel.fields and not text.title.strip():
        yield words.finding("missing", channel, "title", (0, 0, ""), "high", rule="title.required")


def _language(text: Copy, channel: Channel, brand: str, locale: str) -> Iterator[Finding]:
    """What the channel's customers can not read: a listing in another language is refused as surely
    as the fact is known, and never passed unseen; a text that is only half in theirs is shown."""
    spoken, place = channel.options.get("languages", ()), (0, 0, "")
    if not spoken or not text.title:
        return
    if locale and locale_language(locale) not in spoken:
        conf = channel.options["language_conf"]
        level = "" if words.SEVERITY[conf].rank > Severity.LOW.rank else "medium"
        yield words.finding(
            "language", channel, "title", place, conf, rule="language", level=level, spoken=spoken
        )
        return
    for field in ("title", "description"):
        if foreign(text.text(field), spoken, brand):
            yield words.finding(
                "foreign", channel, field, place, "low", rule=f"{field}.language", spoken=spoken
            )


def _limit(text: Copy, channel: Channel, name: str, limit: Limit, locale: str) -> Iterator[Finding]:
    conf = channel.options.get("conf", {}).get(name, "none")
    if name in LIST_FIELDS:
        yield from _pieces(getattr(text, name), channel, name, limit, conf)
    for field, words_ in text.parts():
        if field == name or (name in LIST_FIELDS and field.partition(".")[0] == name):
            yield from _length(words_, channel, field, one(field, limit), conf, locale)


def _length(
    text: str, channel: Channel, field: str, limit: Limit, conf: str, locale: str
) -> Iterator[Finding]:
    length = count(text, limit.unit)
    place = (0, len(text), text)
    shared: dict[str, Any] = {"count": length, "unit": limit.unit}
    if limit.max is not None and length > limit.max:
        yield words.finding(
            "over", channel, field, place, conf, rule=f"{field}.max", limit=limit.max,
            suggestion=fit(text, limit, locale).text, **shared,
        )  # fmt: skip
    if limit.min is not None and length < limit.min:
        yield words.finding(
            "under", channel, field, place, conf, rule=f"{field}.min", limit=limit.min, **shared
        )


def _pieces(
    pieces: Sequence[str], channel: Channel, name: str, limit: Limit, conf: str
) -> Iterator[Finding]:
    if len(pieces) > limit.count:
        extra = pieces[limit.count]
        yield words.finding(
            "pieces_over", channel, f"{name}.{limit.count}", (0, len(extra), extra), conf,
            rule=f"{name}.count", count=len(pieces), limit=limit.count, what=name,
        )  # fmt: skip
    total = " ".join(pieces)
    over = name == "keywords" and limit.max is not None and count(total, limit.unit) > limit.max
    if over:
        last = pieces[-1]
        yield words.finding(
            "over", channel, f"{name}.{len(pieces) - 1}", (0, len(last), last), conf,
            rule=f"{name}.max", named=f"all.{name}", count=count(total, limit.unit),
            unit=limit.unit, limit=limit.max,
        )  # fmt: skip


def _pictures(pictures: Sequence[Picture], channel: Channel) -> Iterator[Finding]:
    confs: dict[str, Any] = channel.options.get("slot_conf", {})
    wanted = [slot for slot in channel.slots if slot.required]
    if wanted and not pictures:
        named = ", ".join(slot.name for slot in wanted)
        # The merchant may have pictures in the shop already, so a listing of texts may pass.
        yield words.picture("no_pictures", channel, "", "low", match=named)
        return
    for slot in channel.slots:
        conf = confs.get(slot.name, "none")
        mine = [p for p in pictures if p.slot == slot.name]
        if slot.required and not mine:
            yield words.picture("no_picture", channel, slot.name, conf)
        for picture in mine:
            short = min(picture.width, picture.height)
            if short < slot.min_px:
                yield words.picture(
                    "small", channel, slot.name, conf, count=short, limit=slot.min_px
                )
            if picture.size > slot.max_bytes:
                yield words.picture(
                    "heavy", channel, slot.name, conf, count=picture.size, limit=slot.max_bytes
                )
    most = channel.options.get("alt_max")
    for picture in pictures:
        if most and len(picture.alt) > most:
            yield words.picture(
                "alt", channel, picture.slot, "none", count=len(picture.alt), limit=most
            )

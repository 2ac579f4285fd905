"""A listing as a person edits it: one piece a field, with its marks, findings, limit and origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from studio import channels
from studio.schema import LIST_FIELDS, Channel, Claim, ClaimStatus, Copy, Finding, Limit, Listing
from studio.ui import words

NONE = Limit()  # a field that the channel does not name
LONG = ("description", "keywords", "extra.seo_description")


@dataclass
class Piece:
    """One field of the page. `text` is what the box shows, `saved` what the store holds."""

    place: str
    label: str
    text: str
    saved: str
    origin: str = ""
    used: int = 0
    most: int = 0  # 0: no limit
    long: bool = False
    marks: list[tuple[str, str]] = field(default_factory=list)  # (words, severity or "")
    findings: list[Finding] = field(default_factory=list)


def label(language: str, name: str) -> str:
    """A field in the user's words: "bullets.0" is "Highlight 1"."""
    head, _, key = name.partition(".")
    if head in LIST_FIELDS:
        if not key.isdecimal():
            return words.tr(language, f"field.{head}")
        return words.tr(language, f"field.{head}.n", n=int(key) + 1)
    if head == "pictures":
        return words.tr(language, "field.pictures", slot=slot(language, key.split(".")[0]))
    known = f"field.{name}"
    return words.tr(language, known) if known in words.texts() else key or name


def slot(language: str, name: str) -> str:
    """A picture's place in the user's words; the pieces of a page are counted."""
    whole, _, piece = name.rpartition("-")
    if piece.isdecimal() and f"slot.{whole}" in words.texts():
        return f"{words.tr(language, f'slot.{whole}')} {piece}"
    known = f"slot.{name}"
    return words.tr(language, known) if known in words.texts() else name


def fact(language: str, name: str) -> str:
    """A fact in the user's words, from the store's name for it ("attribute Material")."""
    kind, _, own = name.partition(" ")
    return own if kind in ("attribute", "column") else words.known(language, "fact", name)


def segments(text: str, findings: list[tuple[int, int, str]]) -> list[tuple[str, str]]:
    """The text cut at (start, end, severity); of two that overlap, the first is marked."""
    cut: list[tuple[str, str]] = []
    at = 0
    for start, end, severity in sorted(findings):
        if at <= start < end <= len(text):
            if start > at:
                cut.append((text[at:start], ""))
            cut.append((text[start:end], severity))
            at = end
    return [*cut, (text[at:], "")] if at < len(text) else cut


def pieces(
    listing: Listing, channel: Channel | None, language: str, typed: Mapping[str, str]
) -> list[Piece]:
    """All fields of the listing's channel; `typed` are words that could not be saved."""
    limits = channel.fields if channel else {}
    return [_piece(listing, limits, language, typed, name) for name in _names(listing, limits)]


def _names(listing: Listing, limits: Mapping[str, Limit]) -> list[str]:
    bullets = len(listing.text.bullets)
    room = limits["bullets"].count if "bullets" in limits else bullets
    names = ["title", *(f"bullets.{i}" for i in range(min(bullets + 1, max(room, bullets))))]
    names.append("description")
    if "keywords" in limits or listing.text.keywords:
        names.append("keywords")
    extra = dict.fromkeys([*limits, *(f"extra.{key}" for key in listing.text.extra)])
    return names + [name for name in extra if name.startswith("extra.")]


def _piece(
    listing: Listing,
    limits: Mapping[str, Limit],
    language: str,
    typed: Mapping[str, str],
    name: str,
) -> Piece:
    saved = text_of(listing.text, name)
    text = typed.get(name, saved)
    limit = limits.get(name.split(".")[0] if name.startswith("bullets") else name, NONE)
    found = [(_at(listing.text, f), f) for f in _open(listing, name)]
    # What is being typed was checked without the blanks at its ends.
    lead = 0 if text == saved else len(text) - len(text.lstrip())
    fits = saved in (text, text.strip())
    spans = [(lead + at, lead + at + f.end - f.start, f.severity.value) for at, f in found if fits]
    lines = name == "keywords"
    most = limit.count if lines else limit.max
    used = len(_lines(text)) if lines else channels.count(text, limit.unit)
    return Piece(
        place=name,
        label=label(language, name),
        text=text,
        saved=saved,
        origin=listing.text.origin.get(f"{name}.0" if lines else name, "") if saved else "",
        used=used,
        most=(most or 0) if limit is not NONE else 0,
        long=name in LONG,
        marks=segments(text, spans),
        findings=[f for _, f in found],
    )


def _open(listing: Listing, name: str) -> list[Finding]:
    """The findings of a field, in the order of the text; keywords are one box of many fields."""
    mine = [f for f in listing.findings if not f.cleared and (f.field == name or _in(f, name))]
    return sorted(mine, key=lambda f: (f.field, f.start))


def _in(finding: Finding, name: str) -> bool:
    return name == "keywords" and finding.field.startswith("keywords.")


def _at(text: Copy, finding: Finding) -> int:
    """Where the finding starts in its box."""
    head, _, key = finding.field.partition(".")
    if head != "keywords" or not key.isdecimal():
        return finding.start
    return sum(len(word) + 1 for word in text.keywords[: int(key)]) + finding.start


def text_of(text: Copy, name: str) -> str:
    """What the box of a field holds: keywords are one a line."""
    return "\n".join(text.keywords) if name == "keywords" else text.text(name)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def changed(text: Copy, fields: Mapping[str, str]) -> dict[str, str | None]:
    """Field -> new words, for what a person changed; None takes a piece of a list away."""
    wanted: dict[str, str | None] = {}
    for name, value in fields.items():
        head = name.partition(".")[0]
        if name == "keywords":
            lines = _lines(value)
            for i in range(max(len(lines), len(text.keywords))):
                wanted[f"keywords.{i}"] = lines[i] if i < len(lines) else None
        else:
            gone = head in LIST_FIELDS and not value.strip()
            wanted[name] = None if gone else value.strip()
    return {name: value for name, value in wanted.items() if (value or "") != text.text(name)}


def ledger(listing: Listing, language: str) -> list[tuple[Claim, list[str]]]:
    """Each claim once, with the fields that make it; those that nothing carries come first."""
    told: dict[tuple[str, ...], tuple[Claim, list[str]]] = {}
    for claim in listing.claims:
        same = (claim.text, claim.status.value, claim.carrier_text, str(claim.note))
        name = label(language, claim.field)
        fields = told.setdefault(same, (claim, []))[1]
        if name not in fields:
            fields.append(name)
    return sorted(told.values(), key=lambda row: row[0].status is ClaimStatus.SUPPORTED)


def elsewhere(listing: Listing, shown: list[Piece]) -> list[Finding]:
    """Open findings on no field of the page: on pictures, or on a field that is gone."""
    there = {f.key for piece in shown for f in piece.findings}
    return [f for f in listing.findings if not f.cleared and f.key not in there]


def complete(
    listing: Listing, channel: Channel | None, language: str
) -> tuple[int, int, list[str]]:
    """(what is there, what the channel takes, names of what is missing)."""
    if channel is None:
        return 0, 0, []
    held = {slot.slot for slot in listing.pictures}
    wanted = [(label(language, name), bool(_has(listing, name))) for name in channel.fields]
    wanted += [(slot(language, s.name), s.name in held) for s in channel.slots if s.required]
    missing = [name for name, there in wanted if not there]
    return len(wanted) - len(missing), len(wanted), missing


def _has(listing: Listing, name: str) -> str:
    if name == "bullets":
        return "".join(listing.text.bullets)
    return text_of(listing.text, name)

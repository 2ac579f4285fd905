"""What comes out: texts, pictures, claims, findings, listings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from studio.schema.base import Noun, digest_of
from studio.schema.wanted import Brief, Made

Origin = Literal["facts", "phrases", "model", "edited"]
LIST_FIELDS = ("bullets", "keywords")


class Copy(Noun):
    """The texts of a listing. `origin` tells for each field where its words come from."""

    title: str = ""
    bullets: tuple[str, ...] = ()
    description: str = ""
    keywords: tuple[str, ...] = ()
    extra: dict[str, str] = Field(default_factory=dict)
    origin: dict[str, Origin] = Field(default_factory=dict)
    made: tuple[Made, ...] = ()

    def parts(self) -> Iterator[tuple[str, str]]:
        """(field, text) for every text that is not empty, in reading order."""
        yield from ((f, t) for f, t in self._all() if t)

    def _all(self) -> Iterator[tuple[str, str]]:
        yield "title", self.title
        yield from ((f"bullets.{i}", t) for i, t in enumerate(self.bullets))
        yield "description", self.description
        yield from ((f"keywords.{i}", t) for i, t in enumerate(self.keywords))
        yield from ((f"extra.{k}", t) for k, t in self.extra.items())

    def text(self, field: str) -> str:
        """The text of a field, or ""."""
        return dict(self._all()).get(field, "")

    def replace(self, field: str, text: str, origin: Origin) -> Copy:
        """A copy with one field changed; a list field may be extended by one."""
        head, _, key = field.partition(".")
        if head in LIST_FIELDS:
            items = list(getattr(self, head))
            items[int(key) : int(key) + 1] = [text]
            change: dict[str, Any] = {head: tuple(items)}
        elif head == "extra":
            change = {"extra": {**self.extra, key: text}}
        else:
            change = {head: text}
        return self.model_copy(update={**change, "origin": {**self.origin, field: origin}})

    def without(self, field: str) -> Copy:
        """A copy without one piece of a list field, or with another field empty."""
        head = field.partition(".")[0]
        if head not in LIST_FIELDS:
            return self.replace(field, "", "edited")
        kept = [(f, t) for f, t in self._all() if f.startswith(f"{head}.") and f != field]
        origin = {f: o for f, o in self.origin.items() if not f.startswith(f"{head}.")}
        origin |= {
            f"{head}.{i}": self.origin[f] for i, (f, _) in enumerate(kept) if f in self.origin
        }
        return self.model_copy(update={head: tuple(t for _, t in kept), "origin": origin})


class ClaimStatus(StrEnum):
    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    EXCEEDED = "exceeded"
    UNSUPPORTED = "unsupported"


def _in_languages(note: object) -> object:
    """The note of a claim that was stored when notes were English only."""
    return ({"en": note} if note else {}) if isinstance(note, str) else note


class Claim(Noun):
    """A checkable statement and the fact that carries it. `note`: why, by language."""

    field: str
    start: int
    end: int
    text: str
    kind: str  # quantity, material, origin, colour, certificate, count, compatibility ...
    status: ClaimStatus
    carrier: str = (
        ""  # "attribute:capacity" or "evidence:<number or title>", "" when nothing carries it
    )
    carrier_text: str = ""  # the fact's own words
    note: Annotated[dict[str, str], BeforeValidator(_in_languages)] = Field(default_factory=dict)


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class Basis(Noun):
    """What a rule rests on: a law, its article, and where it was read."""

    law: str
    article: str = ""
    source: str = ""


class Waiver(Noun):
    """A reviewer takes a finding on himself."""

    by: str
    at: datetime
    reason: str
    evidence: str = ""


class Finding(Noun):
    """A place that breaks a rule. `id` is the taxonomy's, `rule` the pack's."""

    id: str
    rule: str
    severity: Severity
    field: str
    start: int
    end: int
    match: str
    message: dict[str, str]  # by language
    basis: tuple[Basis, ...] = ()
    suggestion: str = ""  # the words that may stand in place of the match; "" = delete or decide
    edit: tuple[int, int, str] | None = None  # start, end, words: a change after which it is gone
    safe: bool = True  # "fix all" may make the edit without a person's decision
    opinion: dict[str, str] = Field(default_factory=dict)  # a second opinion, with its reason
    advice: dict[str, str] = Field(default_factory=dict)  # what to do, by language
    market: str = ""
    box: tuple[int, int, int, int] | None = None  # x, y, width, height in a picture
    cleared: str = ""  # why a candidate does not count; kept for the reviewer
    waived: Waiver | None = None

    @property
    def key(self) -> str:
        """Names the same finding across checks of an unchanged text."""
        return digest_of(self.rule, self.field, self.start, self.match)[:16]

    @property
    def blocks(self) -> bool:
        """High and critical findings stop an approval until they are mended or waived."""
        return not self.cleared and self.waived is None and self.severity.rank >= 2


class Proof(Noun):
    """What shows how true the product in a picture is. `map`: sha256 of the picture of what
    differs, where something does; `before`, `after`: the label's lines as read in the photo and in
    the picture, where they were read."""

    map: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class Picture(Noun):
    """A finished picture in a channel's slot."""

    slot: str
    sha256: str
    width: int
    height: int
    mime: str
    size: int  # bytes
    alt: str = ""
    source: str = ""  # sha256 of the photo that it was made from
    may_alter: bool = False  # the path may have changed the product's own pixels
    measured: dict[str, float] = Field(default_factory=dict)
    ai: Literal["none", "composite", "generated"] = "none"
    made: tuple[Made, ...] = ()
    proof: Proof | None = None


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPORTED = "exported"


class Draft(Noun):
    """What make_draft returns: a listing's content and the new blobs, but no place in the store."""

    product: str
    brief: Brief
    text: Copy
    pictures: tuple[Picture, ...] = ()
    claims: tuple[Claim, ...] = ()
    findings: tuple[Finding, ...] = ()
    digest: str  # of all inputs: facts, brief, prompts, engines, rules, channel, seed
    inputs: dict[str, Any] = Field(default_factory=dict, repr=False)  # what `digest` is of
    blobs: dict[str, bytes] = Field(default_factory=dict, repr=False)  # by sha256


class Listing(Noun):
    """A product on a channel in a language: the head of its revisions."""

    id: str  # "<product>/<channel>/<locale>"
    product: str
    channel: str
    locale: str
    brief: Brief
    state: State = State.DRAFT
    revision: int = 0  # number of the newest revision; what an update must name
    approved: int | None = None  # the revision that was approved, and no other is exported
    stale: str = ""  # why it should be made again, "" when it is up to date
    digest: str = ""
    text: Copy = Copy()
    pictures: tuple[Picture, ...] = ()
    claims: tuple[Claim, ...] = ()
    findings: tuple[Finding, ...] = ()
    updated: datetime | None = None
    author: str = ""  # who made the newest revision
    assignee: str = ""  # who is to see to it, "" for nobody in particular
    due: date | None = None

    @property
    def content_digest(self) -> str:
        """sha256 of what a customer would see: texts and pictures. This is what is approved."""
        return content_digest(self.text, self.pictures)


def content_digest(text: Copy, pictures: tuple[Picture, ...]) -> str:
    """sha256 of texts and pictures as a customer sees them, without provenance."""
    return digest_of(
        text.model_dump(mode="json", exclude={"made", "origin"}),
        [(p.slot, p.sha256, p.alt) for p in pictures],
    )

"""Every noun that flows through Studio. Frozen, strict, and the same for store, API, jobs and UI.

A catalog row becomes a Product; a Product and a Brief become a Draft; what staff see is a Listing.
Texts are addressed by *field*: "title", "bullets.0", "description", "keywords.0",
"extra.seo_title". Offsets are code points. Times are UTC. Blobs are named by their sha256.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Noun(BaseModel):
    """Base of all: immutable, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def digest_of(*parts: Any) -> str:
    """sha256 (hex) over canonical JSON of the parts: sorted keys, no blanks, UTF-8."""

    def plain(value: Any) -> Any:
        if isinstance(value, BaseModel):
            return value.model_dump(mode="json")
        if isinstance(value, datetime | date | Decimal):
            return str(value)
        raise TypeError(f"cannot digest {type(value).__name__}")

    text = json.dumps(
        parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def now() -> datetime:
    return datetime.now(UTC)


# --- the catalog -------------------------------------------------------------------------------


class Money(Noun):
    """An amount in a currency (ISO 4217); the currency is "" when the file does not say."""

    amount: Decimal
    currency: str = ""


class Attribute(Noun):
    """One fact as the merchant wrote it. `kind` is our word for it (material ...) or ""."""

    name: str
    value: str
    kind: str = ""


class Evidence(Noun):
    """A certificate, test report, registration, patent, sales record ... that carries claims."""

    type: str = ""
    title: str = ""
    number: str = ""
    issuer: str = ""
    scope: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    file: str = ""


class Photo(Noun):
    """A picture of the merchant. `ref`: what the catalog said; `sha256`: set once it is stored."""

    ref: str
    sha256: str = ""
    alt: str = ""


class Facts(Noun):
    """What the catalog says of a product in one language."""

    title: str = ""
    category: str = ""
    description: str = ""
    attributes: tuple[Attribute, ...] = ()

    def value(self, kind: str) -> str:
        """The first value of that kind (or name), or ""."""
        return next((a.value for a in self.attributes if kind in (a.kind, a.name)), "")


class Variant(Noun):
    """One thing that can be bought: its options tell it from its siblings."""

    sku: str
    options: tuple[Attribute, ...] = ()
    price: Money | None = None
    compare_at: Money | None = None
    barcode: str = ""
    quantity: int | None = None
    photos: tuple[Photo, ...] = ()
    attributes: tuple[Attribute, ...] = ()


class Product(Noun):
    """A product with all that its rows said. `facts` maps a locale ("zh-CN", "en-US") to Facts."""

    id: str
    locale: str
    facts: dict[str, Facts]
    brand: str = ""
    price: Money | None = None
    compare_at: Money | None = None
    barcode: str = ""
    variants: tuple[Variant, ...] = ()
    photos: tuple[Photo, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    link: str = ""
    where: str = ""  # file:line of the first row; not part of the digest
    unmapped: dict[str, str] = Field(default_factory=dict)  # columns that we have no word for

    @property
    def digest(self) -> str:
        return digest_of(self.model_dump(mode="json", exclude={"where"}))

    @property
    def facts_digest(self) -> str:
        """The digest without the stock, of which no text tells and which changes all day."""
        still = tuple(v.model_copy(update={"quantity": None}) for v in self.variants)
        return self.model_copy(update={"variants": still}).digest

    def in_locale(self, locale: str) -> Facts:
        """Facts for the locale, else for its language, else those of the product's own locale."""
        if locale in self.facts:
            return self.facts[locale]
        language = locale.split("-")[0]
        same = (f for name, f in self.facts.items() if name.split("-")[0] == language)
        return next(same, self.facts[self.locale])

    @property
    def title(self) -> str:
        return self.facts[self.locale].title


class Issue(Noun):
    """Something in a catalog file that a person should look at. It never stops the file."""

    file: str
    line: int
    column: str = ""
    value: str = ""
    message: str
    remedy: str = ""
    level: Literal["error", "warning"] = "warning"
    row: bool = False  # True when the whole row could not be used: counted in the row balance


# --- what is wanted ----------------------------------------------------------------------------

Unit = Literal["codepoints", "utf8_bytes", "gbk_bytes", "xhs_units", "effective_chars", "words"]


class Limit(Noun):
    """How long a text may be, counted as the channel counts."""

    max: int | None = None
    min: int | None = None
    unit: Unit = "codepoints"
    count: int = 1  # how many pieces of it (bullets, keywords)
    each: int | None = None  # for keywords: limit of a single piece
    html: bool = False


class Slot(Noun):
    """One picture that a channel wants."""

    name: str  # "main", "scene", ...
    kind: Literal["white", "scene", "poster", "photo"] = "white"
    width: int = 1600
    height: int = 1600
    fill: float = 0.87  # longest side of the product over the side of the picture
    fill_min: float = 0.0  # what the channel demands; measured after writing
    min_px: int = 500
    max_bytes: int = 10_000_000
    format: Literal["JPEG", "PNG", "WEBP"] = "JPEG"
    required: bool = True


class Channel(Noun):
    """A sales channel as data (templates/export/<id>.yaml)."""

    id: str
    name: dict[str, str]  # by language: {"en": ..., "zh": ...}
    markets: tuple[str, ...]  # jurisdictions: CN, US, EU, UK
    platform: str = ""  # the name that rule packs know it by; the id when empty
    fields: dict[str, Limit]
    slots: tuple[Slot, ...] = ()
    format: str = ""  # the writer
    options: dict[str, Any] = Field(default_factory=dict)
    sources: tuple[str, ...] = ()


class Brief(Noun):
    """What to make of a product: for which channel, in which language, how."""

    channel: str
    locale: str
    markets: tuple[str, ...] = ()  # the channel's own when empty
    on: date | None = None  # the day whose rules hold; today when empty
    style: str = "plain"
    audience: str = ""
    hint: str = ""  # a wish of the user: "shorter", "mention the lid"
    seed: int = 0
    rewrites: int = 1
    pictures: bool = True


class Prompt(Noun):
    """A filled prompt file. Engines without a model read `facts`; others read the texts."""

    purpose: str  # the prompt file's name: "listing", "description", "rewrite" ...
    locale: str
    system: str
    user: str
    shots: tuple[tuple[str, str], ...] = ()  # worked examples: (user, assistant)
    facts: Facts = Facts()
    brand: str = ""
    limits: dict[str, Limit] = Field(default_factory=dict)
    max_tokens: int = 400
    seed: int = 0
    template: str = ""  # file name and sha256 of the prompt file


class Made(Noun):
    """Provenance: how a text or a picture came to be."""

    engine: str
    model: str = ""
    prompt: str = ""
    digest: str = ""
    seed: int = 0
    seconds: float = 0.0
    note: str = ""


class Context(Noun):
    """What the checks know of a text's surroundings. Unknown things are empty, never guessed."""

    language: str = ""  # "zh", "en"; found from the text when empty
    markets: tuple[str, ...] = ()
    platform: str = ""
    category: str = ""
    brand: str = ""
    name: str = ""  # the product's own name
    attributes: tuple[Attribute, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    on: date | None = None  # the day whose rules and certificates hold; today when empty


# --- what is made ------------------------------------------------------------------------------

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


class Claim(Noun):
    """A checkable statement and the fact that carries it."""

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
    note: str = ""


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
    edit: tuple[int, int, str] | None = None  # start, end, words: what "fix all" may do by itself
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


# --- people and the record ---------------------------------------------------------------------


class Role(StrEnum):
    VIEWER = "viewer"
    MERCHANT = "merchant"
    REVIEWER = "reviewer"
    ADMIN = "admin"


class Actor(Noun):
    """Who does it. Every service method takes one."""

    name: str
    role: Role


class Event(Noun):
    """A line of the record: append-only, each with the hash of the one before it."""

    number: int
    at: datetime
    actor: str
    kind: str  # imported, generated, edited, submitted, approved, rejected, waived, exported ...
    listing: str = ""
    revision: int | None = None
    detail: dict[str, Any] = Field(default_factory=dict)
    previous: str
    hash: str


def locale_language(locale: str) -> str:
    """ "zh" for "zh-CN"."""
    return locale.split("-")[0].lower()


def by_language(texts: Mapping[str, str], locale: str) -> str:
    """The text for the locale's language, else English, else any."""
    return texts.get(locale_language(locale)) or texts.get("en") or next(iter(texts.values()), "")

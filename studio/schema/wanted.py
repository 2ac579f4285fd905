"""What is asked for: channels with their limits, briefs, prompts, and what the checks may know."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from studio.schema.base import Noun
from studio.schema.catalog import Attribute, Evidence, Facts

Unit = Literal["codepoints", "utf8_bytes", "gbk_bytes", "xhs_units", "effective_chars", "words"]


class Limit(Noun):
    """How long a text may be, counted as the channel counts."""

    max: int | None = None
    min: int | None = None
    unit: Unit = "codepoints"
    count: int = 1  # how many pieces of it (bullets, keywords)
    each: int | None = None  # for keywords: limit of a single piece
    html: bool = False


Margin = Annotated[float, Field(ge=0, le=0.4)]


class Slot(Noun):
    """One picture that a channel wants."""

    name: str  # "main", "scene", ...
    kind: Literal["white", "clear", "scene", "poster", "page", "photo"] = "white"
    width: int = 1600
    height: int = 1600
    fill: float = 0.87  # longest side of the product over the side of the picture
    fill_min: float = 0.0  # what the channel demands; measured after writing
    min_px: int = 500
    max_bytes: int = 10_000_000
    format: Literal["JPEG", "PNG", "WEBP"] = "JPEG"
    required: bool = True
    template: str = ""  # of a poster or page; one that suits the product when empty
    safe: tuple[Margin, Margin, Margin, Margin] = (0.0, 0.0, 0.0, 0.0)  # of a poster: left, top,
    # right, bottom, as shares; what the channel lays its own badges and words over


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


class Voice(Noun):
    """How a shop speaks. Rules are sentences in the shop's own language; examples are its texts."""

    name: str = ""
    language: str = ""  # "zh", "en"; for both when empty
    do: tuple[str, ...] = ()
    dont: tuple[str, ...] = ()
    use: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()  # words that may not stand in a listing, facts aside
    examples: tuple[str, ...] = ()


class Brief(Noun):
    """What to make of a product: for which channel, in which language, how."""

    channel: str
    locale: str
    markets: tuple[str, ...] = ()  # the channel's own when empty
    on: date | None = None  # the day whose rules hold; today when empty
    style: str = "plain"
    audience: str = ""
    hint: str = ""  # a wish of the user: "shorter", "mention the lid"
    fields: tuple[str, ...] = ()  # extra texts besides the channel's: "social", "video_script"
    voice: Voice | None = None  # how the shop speaks
    convert: bool = False  # a translation may convert units ("20 cm" to "7.9 in")
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
    tokens_in: int = 0  # read and written by a language model, as far as somebody counted
    tokens_out: int = 0
    cost: float = 0.0  # of the tokens, in the currency of the engine's prices
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

"""What a rule pack may say: the pack format, which docs/guides/rule-pack.md explains.

The program knows rule kinds and conditions, never laws: words, articles and dates are all data.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from studio.schema import ClaimStatus, Noun, Severity

MARKETS = ("CN", "US", "EU", "UK")
Market = Literal["CN", "US", "EU", "UK"]
Field_ = Literal["title", "bullets", "description", "keywords", "extra", "picture"]


class AttributeTest(Noun):
    """Holds when some attribute has this name and value (regexes, searched in normalised text)."""

    name: str = ""
    value: str = ""
    names: bool = True  # false: brand, product name, title and the like don't count
    says: Literal["", "match"] = ""  # "match": the value holds the matched words, or they hold it


class EvidenceTest(Noun):
    """Holds when evidence on file is in force on the day, of this type, and about the matter."""

    type: str = ""  # regex over Evidence.type
    about: str = ""  # regex over type, title, number, issuer and scope
    unless: str = ""  # regex over the same: what the evidence must not say
    cited: bool = False  # its number stands in the text
    covers: bool = False  # it reaches as far as the clause says: place, length of time, year


class NumberTest(Noun):
    """Compares the number in the match's group `n` with the first number of an attribute."""

    attribute: str
    relation: Literal["=", "<=", ">=", "<", ">"] = Field("=", alias="is")


class ClaimTest(Noun):
    """Holds when a claim over the match has one of these kinds and statuses."""

    kinds: tuple[str, ...] = ()
    status: tuple[ClaimStatus, ...] = ()
    carrier: str = ""  # regex over the claim's carrier ("evidence:..." or "attribute:...")

    def fits(self, kind: str, status: ClaimStatus) -> bool:
        """Whether claims of this kind and status are meant, whatever carries them."""
        return not (self.kinds and kind not in self.kinds) and (
            not self.status or status in self.status
        )


class Condition(Noun):
    """All keys that are given must hold. Regexes are re2 and see normalised text."""

    left: str = ""  # before the match, in the same clause; `$` is the match's start
    right: str = ""  # after the match, in the same clause; `^` is the match's end
    before: str = ""  # as `left`, but in the whole sentence
    after: str = ""  # as `right`, but in the whole sentence
    match: str = ""  # in the matched words
    clause: str = ""  # in the clause of the match
    sentence: str = ""  # in the sentence of the match
    text: str = ""  # anywhere in the listing's texts
    named: bool = False  # the match lies in a brand, model, product name or title on file
    attribute: AttributeTest | None = None
    evidence: EvidenceTest | None = None
    number: NumberTest | None = None
    claim: ClaimTest | None = None
    categories: tuple[str, ...] = ()
    fields: tuple[Field_, ...] = ()
    platforms: tuple[str, ...] = ()
    markets: tuple[Market, ...] = ()
    unless: Condition | None = None
    because: dict[str, str] = Field(default_factory=dict)  # printed to the reviewer, by language


class Fix(Noun):
    """A replacement for matched words. `text` may use \\1 groups, {match} and {fact}."""

    match: str = ""  # regex that the whole match must fit; "" fits all
    text: str = Field("", alias="with")
    drop: Literal["", "phrase", "clause"] = ""
    safe: bool = True  # "fix all" may apply it without a person's decision


class Law(Noun):
    """An article that was read: it may be printed."""

    law: str
    article: str = ""
    source: str = ""


class Rule(Noun):
    """What makes a candidate, what clears it, and what to print."""

    id: str = Field(pattern=r"^[A-Z]{2}(\.[A-Z0-9_]+)+$")
    taxonomy: str
    kind: Literal["phrase", "claim", "repeat"] = "phrase"
    markets: tuple[Market, ...] = ()  # the pack's when empty
    severity: Severity | dict[str, Severity] | None = None  # the taxonomy's when empty
    categories: tuple[str, ...] = ()
    not_categories: tuple[str, ...] = ()
    fields: tuple[Field_, ...] = ()
    platforms: tuple[str, ...] = ()
    since: date | None = Field(None, alias="from")
    until: date | None = None
    find: tuple[str, ...] = ()  # phrase: patterns
    claims: ClaimTest | None = None  # claim: which claims are findings
    times: int = 2  # repeat: how often a word may stand in the field
    when: tuple[str | Condition, ...] = ()  # all must hold, or there is no candidate
    clear: tuple[str | Condition, ...] = ()  # the first that holds clears the candidate
    message: dict[str, str]
    advice: dict[str, str] = Field(default_factory=dict)
    basis: tuple[str, ...] | dict[str, tuple[str, ...]] = ()
    rewrite: tuple[Fix, ...] = ()
    priority: int = 0  # among overlapping findings of equal severity the higher one stays
    cases: dict[Literal["hit", "clear"], list[Any]] = Field(default_factory=dict)


class Defaults(Noun):
    """What the rules of a pack share; a rule's own key wins."""

    categories: tuple[str, ...] = ()
    not_categories: tuple[str, ...] = ()
    fields: tuple[Field_, ...] = ()
    platforms: tuple[str, ...] = ()
    clear: tuple[str | Condition, ...] = ()  # tried after the rule's own
    basis: tuple[str, ...] = ()


class Pack(Noun):
    """A file of rules for a topic, or of shared words."""

    pack: str
    title: dict[str, str] = Field(default_factory=dict)
    markets: tuple[Market, ...] = ()
    defaults: Defaults = Defaults()
    lexicons: dict[str, str | list[str]] = Field(default_factory=dict)
    conditions: dict[str, Condition] = Field(default_factory=dict)
    laws: dict[str, Law] = Field(default_factory=dict)
    categories: dict[str, str] = Field(default_factory=dict)  # our word -> words of catalogs
    rules: tuple[Rule, ...] = ()


class Topic(Noun):
    """An id of the taxonomy: what a finding is about, and how grave it is in each market."""

    name: dict[str, str]
    severity: dict[str, Severity]
    whole: bool = False  # no part of a sentence that breaks it may stay: it means another thing

"""Exports that are known by their headers. Each is a file in profiles/; this is what one may say.

A profile has tables. A flat export has one, with role "flat"; a relational export has a product
table and others that join it by key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field

from studio.catalog.headers import Headers, plain_name
from studio.schema import Noun

Role = Literal[
    "flat",  # each row says itself what it is: product, variant or picture
    "product",
    "variant",
    "attribute",  # a name and a value of a product
    "photo",
    "option",  # an option's name and the values it may have
    "option_value",  # a value of one variant
    "more",  # further fields of a product or a variant: category, price, stock
    "translation",
    "evidence",
    "lookup",  # brands, categories: read by key only
    "ignore",  # rows that say nothing of a product
]


class Categories(Noun):
    """How a category cell is built, to choose one path that a person can read."""

    separator: str = ""  # between several categories, a regular expression
    path: str = r"\s*(?:->|>+|»|›|\\)\s*"  # between the levels of one, a regular expression
    drop: tuple[str, ...] = ()  # levels that every category has
    avoid: tuple[str, ...] = ()  # first levels of campaigns; taken only when there is nothing else


class Pattern(Noun):
    """Columns whose headers follow a pattern. `name` may use the match's groups ("\\1")."""

    match: str
    target: str
    name: str = ""


class Types(Noun):
    """A column that says what a row is, and where a variant names its product."""

    column: str
    variant: tuple[str, ...] = ()
    parent: str = ""


class Spec(Noun):
    """One table. Columns are headers as the export writes them, or "column.column" through
    `refs`; targets are fields of headers.yaml, "attribute", "attribute:Name", "option:Name",
    "option.1.name", "option.1.value", "attribute.1.name", "attribute.1.value", "list",
    "unmapped" or "skip"."""

    name: str = ""
    model: str = ""  # of a fixture
    recognise: tuple[str, ...] = ()
    role: Role = "flat"
    key: str = ""  # the row's own key
    of: str = ""  # key of the product, or of the variant for option_value
    owner: Literal["product", "variant"] = "product"  # what `of` and "more" are about
    refs: dict[str, str] = Field(default_factory=dict)  # column -> table
    tree: dict[str, str] = Field(default_factory=dict)  # parent and name: columns of a category
    columns: dict[str, str] = Field(default_factory=dict)
    patterns: tuple[Pattern, ...] = ()
    types: Types | None = None
    caption: dict[str, str] = Field(default_factory=dict)  # cells of a row that names the columns
    deleted: str = ""
    sort: str = ""  # a column with numbers that orders the rows of one product
    facts: bool = False  # unknown columns may be facts, as in a plain sheet
    weight_unit: str = ""
    dimensions_unit: str = ""


class Profile(Noun):
    name: str
    id: str = "{key}"
    locale: str = ""
    currency: str = ""
    categories: Categories = Categories()
    default_options: tuple[str, ...] = ()  # values that mean "has no options"
    placeholders: tuple[str, ...] = ()  # descriptions that mean "has none"
    gallery: bool = False  # pictures of a row belong to the product, not to its variant
    tables: tuple[Spec, ...]

    @property
    def relational(self) -> bool:
        return any(spec.role == "product" for spec in self.tables)


@dataclass(frozen=True)
class Match:
    """A table's profile, and its part in it."""

    profile: Profile
    spec: Spec


def _load(text: str) -> object:
    # The C loader is ten times faster, and every command waits for these files.
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


@cache
def shipped() -> tuple[Profile, ...]:
    """All profiles in profiles/, by name. A mistake in one is a bug, and raises."""
    folder = Path(__file__).with_name("profiles")
    loaded = [_load(p.read_text("utf-8")) for p in sorted(folder.glob("*.yaml"))]
    return tuple(Profile.model_validate(data) for data in loaded)


def recognise(header: Sequence[str], model: str, headers: Headers) -> Match:
    """The profile and table whose headers are all there (the most of them), else a plain one."""
    if model.startswith("model:"):
        return _fixture(model.removeprefix("model:"))
    seen = {plain_name(name) for name in header}
    best: tuple[int, Match] | None = None
    for profile in shipped():
        for spec in profile.tables:
            wanted = {plain_name(name) for name in spec.recognise}
            if wanted and wanted <= seen and (best is None or len(wanted) > best[0]):
                best = len(wanted), Match(profile, spec)
    return best[1] if best else Match(PLAIN, _plain(header, headers))


def _fixture(model: str) -> Match:
    """A model of a Django fixture; those that say nothing of products are read over."""
    known = next(p for p in shipped() if any(s.model for s in p.tables))
    spec = next((s for s in known.tables if s.model == model), Spec(name=model, role="ignore"))
    return Match(known, spec)


PLAIN = Profile(
    name="plain",
    default_options=("Default Title", "默认", "标准", "均码默认"),
    tables=(Spec(facts=True),),
)

_EVIDENCE = {
    "type": "evidence.type", "kind": "evidence.type", "title": "evidence.title",
    "name": "evidence.title", "number": "evidence.number", "no": "evidence.number",
    "file": "evidence.file", "类型": "evidence.type", "种类": "evidence.type",
    "标题": "evidence.title", "名称": "evidence.title", "编号": "evidence.number",
    "号码": "evidence.number", "文件": "evidence.file", "范围": "evidence.scope",
    "适用范围": "evidence.scope", "机构": "evidence.issuer",
}  # fmt: skip


def _plain(header: Sequence[str], headers: Headers) -> Spec:
    """What a table of no known export holds, by the fields that it has."""
    fields = {headers.name(name).field for name in header}
    keyed = fields & {"sku", "id", "group"}
    proofs = sum(1 for f in fields if f.startswith("evidence."))
    goods = fields & {"price", "description", "images", "barcode", "quantity", "category"}
    if keyed and proofs >= 2 and not goods:
        columns = {n: _EVIDENCE[plain_name(n)] for n in header if plain_name(n) in _EVIDENCE}
        return Spec(role="evidence", columns=columns)
    if "locale" in fields and fields & {"title", "description"} and not goods - {"description"}:
        slug = next((n for n in header if plain_name(n) == "slug"), "")
        return Spec(role="translation", columns={slug: "group"} if slug else {}, facts=True)
    if keyed and {"fact.name", "fact.value"} <= fields and "title" not in fields:
        return Spec(role="attribute")
    if keyed and "images" in fields and not fields & {"title", "price", "description"}:
        return Spec(role="photo")
    return PLAIN.tables[0]


def compiled(pattern: Pattern) -> re.Pattern[str]:
    return re.compile(pattern.match, re.IGNORECASE)

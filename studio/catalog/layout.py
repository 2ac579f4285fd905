"""How the columns of one table become a Record: compiled once for a header, applied to each row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from studio.catalog.headers import Headers, Name, plain_name
from studio.catalog.limits import PACKED, VARIANTS
from studio.catalog.money import currency_code
from studio.catalog.profiles import Match, Pattern, compiled
from studio.catalog.rows import Fact, Record
from studio.catalog.values import is_address, is_flag

TEXTS = ("title", "description", "summary", "category")
_NUMBERED = re.compile(r"(option|attribute)\.(\d+)\.(name|value)")
_PREFIXED = re.compile(r"^(attribute|option|属性|规格|参数)\s*[:：]\s*(.+)$", re.IGNORECASE)
_MEASURED = {
    "weight": "weight_unit", "gross_weight": "weight_unit", "length": "dimensions_unit",
    "width": "dimensions_unit", "height": "dimensions_unit", "depth": "dimensions_unit",
    "thickness": "dimensions_unit", "diameter": "dimensions_unit", "dimensions": "dimensions_unit",
    "volume": "volume_unit",
}  # fmt: skip
_BARE = re.compile(r"^\d+(?:[.,]\d+)?$")
_PAIR = re.compile(r"([^:：=|;；\n]{1,60})[:：=](.*)", re.DOTALL)
_BULKY = 2_000  # a cell beyond this is a text, no fact


@dataclass(frozen=True)
class Column:
    """What is done with the cells of one column."""

    header: str
    target: str
    name: str = ""  # of an attribute or an option
    kind: str = ""
    locale: str = ""
    unit: str = ""
    index: str = ""  # of a numbered pair
    guessed: bool = False  # an unknown column of a plain sheet: a fact if its cells look like one


class Layout:
    """The columns of a table. `virtual` headers are those that a join adds to each row."""

    def __init__(
        self, header: Sequence[str], match: Match, headers: Headers, virtual: Sequence[str] = ()
    ) -> None:
        self.spec, self.headers = match.spec, headers
        self.header = [*header, *virtual]
        own = {plain_name(k): v for k, v in match.spec.columns.items()}
        patterns = [(compiled(p), p) for p in match.spec.patterns]
        columns = [self._column(name, own, patterns) for name in self.header]
        self.columns = _two_languages(columns, headers)
        self.fields = {c.target for c in self.columns}
        self.pairs = {c.index for c in self.columns if c.target.endswith("_name")}

    def _column(
        self, header: str, own: dict[str, str], patterns: list[tuple[re.Pattern[str], Pattern]]
    ) -> Column:
        plain = plain_name(header) if "." not in header or header not in own else header
        target = self.spec.columns.get(header) or own.get(plain)
        if target:
            return self._targeted(header, target)
        for pattern, rule in patterns:
            if match := pattern.match(header):
                name = match.expand(rule.name) if rule.name else ""
                return self._targeted(header, match.expand(rule.target), name)
        if match := _PREFIXED.match(header):
            word = "option" if match[1].casefold() in ("option", "规格") else "attribute"
            return self._targeted(header, word, match[2])
        known = self.headers.name(header)
        if self.spec.role in ("product", "variant", "option", "photo", "more", "attribute") and (
            self.spec.columns or self.spec.of
        ):
            return Column(header, "unmapped")  # these tables name all of their columns
        if known.field == "attribute":
            return self._fact(header, known)
        if known.field in ("", "admin"):
            return self._unknown(header, known)
        return Column(header, known.field, locale=known.locale, unit=known.unit)

    def _targeted(self, header: str, target: str, name: str = "") -> Column:
        if pair := _NUMBERED.fullmatch(target):
            return Column(header, f"{pair[1]}_{pair[3]}", index=f"{pair[1]}{pair[2]}")
        target, _, given = target.partition(":")
        if target in ("attribute", "option"):
            name = given or name or header
            known = self.headers.name(name)
            kind = known.kind or self.headers.kind(name)
            shown = human(_without_unit(name, known.unit))
            return Column(header, target, shown, kind, known.locale, known.unit)
        known = self.headers.name(header)
        return Column(header, target, locale=known.locale, unit=known.unit)

    def _fact(self, header: str, known: Name) -> Column:
        name = human(_without_unit(_without_locale(header, known.locale), known.unit))
        return Column(header, "attribute", name, known.kind, known.locale, known.unit)

    def _unknown(self, header: str, known: Name) -> Column:
        tail = known.field != "admin" and re.match(
            r"^(?:custom_field|metafield|attr|attribute)[._-](?:[\w-]+\.)?([\w-]+)$", header
        )
        if tail:
            return self._targeted(header, "attribute", tail[1])
        if known.field == "admin" or not self.spec.facts:
            return Column(header, "unmapped")
        kind = self.headers.kind(header)
        return Column(header, "attribute", human(header), kind, guessed=True)

    def column_of(self, target: str) -> str:
        """The header of the first column with that target, or ""."""
        return next((c.header for c in self.columns if c.target == target), "")

    def record(self, file: str, line: int, cells: Sequence[str]) -> Record:
        """A row in our words."""
        record = Record(file, line)
        pairs: dict[str, str] = {}
        for column, cell in zip(self.columns, cells, strict=False):
            if cell and column.target != "skip":
                self._put(record, column, cell, pairs)
        self._units(record)
        return record

    def _put(self, record: Record, column: Column, cell: str, pairs: dict[str, str]) -> None:
        target = column.target
        if target == "unmapped":
            record.unmapped[column.header] = cell
        elif target == "attribute":
            self._put_fact(record, column, cell)
        elif target == "option":
            record.options.append((column.name, cell))
        elif target.endswith("_name"):
            pairs[column.index] = cell
        elif target.endswith("_value") and column.index:
            self._put_pair(record, column, cell, pairs)
        elif target == "images":
            record.images.append(cell)
            record.columns.setdefault("images", column.header)
        elif target == "packed":
            self._put_packed(record, column, cell)
        elif target == "children":
            record.children.extend(_children(cell))
        elif target in TEXTS and column.locale:
            record.texts[column.locale, target] = cell
        else:
            self._put_field(record, column, cell)

    def _put_field(self, record: Record, column: Column, cell: str) -> None:
        target = column.target
        if target == "summary" and target in record.values:
            record.values[target] += "\n" + cell
        elif target in record.values and record.values[target] != cell:
            if target == "category" and not _readable(record.values[target]) and _readable(cell):
                cell, record.values[target] = record.values[target], cell
            record.unmapped[column.header] = cell
        else:
            record.values[target] = cell
            record.columns[target] = column.header
            if target in ("price", "sale_price", "compare_at") and column.unit:
                record.values.setdefault("header_currency", currency_code(column.unit))

    def _put_fact(self, record: Record, column: Column, cell: str) -> None:
        if (column.guessed and (is_flag(cell) or is_address(cell) or cell[:1] in "{[")) or (
            not column.kind and (is_flag(cell) or len(cell) > _BULKY)
        ):
            record.unmapped[column.header] = cell
        else:
            value = f"{cell} {column.unit}" if column.unit and _BARE.match(cell) else cell
            fact = Fact(column.name, value, column.kind, column.locale, column.header)
            record.facts.append(fact)

    def _put_pair(self, record: Record, column: Column, cell: str, pairs: dict[str, str]) -> None:
        """A value whose name stands in the column beside it; a variant's later rows may leave
        the name out, then the product's own is taken when they are folded."""
        name = pairs.get(column.index, "")
        if column.target.startswith("option"):
            record.options.append((human(name), cell))
        elif name:
            name = human(name.removeprefix("pa_"))
            record.facts.append(Fact(name, cell, self.headers.kind(name), "", column.header))
        else:
            record.unmapped[column.header] = cell

    def _put_packed(self, record: Record, column: Column, cell: str) -> None:
        """Magento's "a=b,c=d", or "Material: Steel; Colour: Red" on lines or with semicolons."""
        pieces = (
            re.split(r",(?=\w+=)", cell)
            if re.match(r"^\w+=", cell)
            else re.split(r"[;；\n|]", cell)
        )
        matches = [_PAIR.fullmatch(piece.strip()) for piece in pieces[:PACKED] if piece.strip()]
        if not matches or not all(matches):
            kind = self.headers.kind(column.header)
            record.facts.append(
                Fact(human(column.header), cell, kind, column.locale, column.header)
            )
            return
        for match in filter(None, matches):
            name, value = human(match[1]), match[2].strip().replace("|", ", ")
            kind = self.headers.kind(match[1])
            if value and is_flag(value) and plain_name(match[1]) not in self.headers.kinds:
                record.unmapped[f"{column.header}.{match[1].strip()}"] = value
            elif value:
                record.facts.append(Fact(name, value, kind, column.locale, column.header))

    def _units(self, record: Record) -> None:
        """Bare measures get the unit that stands beside them; without one they are no fact."""
        kept = []
        for fact in record.facts:
            beside = _MEASURED.get(fact.kind, "")
            if beside and _BARE.match(fact.value):
                unit = record.get(beside) or getattr(self.spec, beside, "")
                if not unit:
                    record.unmapped[fact.column] = fact.value
                    continue
                if float(fact.value.replace(",", ".")) == 0:
                    continue  # shops write 0 for "not weighed"
                fact = fact._replace(value=f"{fact.value} {unit}")
            kept.append(fact)
        record.facts = kept


def _children(cell: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Magento's "sku=A-S,size=S,color=Red|sku=A-M,..." as (sku, options)."""
    found = []
    for piece in cell.split("|", VARIANTS)[:VARIANTS]:
        pairs = [part.partition("=") for part in re.split(r",(?=\w+=)", piece)]
        options = [(human(name), value) for name, _, value in pairs if name != "sku" and value]
        sku = next((value for name, _, value in pairs if name == "sku"), "")
        if sku:
            found.append((sku, options))
    return found


def _two_languages(columns: list[Column], headers: Headers) -> list[Column]:
    """Two columns of one field, one named in Chinese and one in English, are two locales."""
    named: dict[tuple[str, str], set[str]] = {}
    for c in columns:
        if _translatable(c):
            named.setdefault((c.target, c.kind), set()).add(_language(c, headers))
    twice = {key for key, languages in named.items() if {"en", "zh"} <= languages}
    locales = {"en": "en-US", "zh": "zh-CN"}
    return [
        Column(c.header, c.target, c.name, c.kind, locales[_language(c, headers)], c.unit)
        if _translatable(c) and (c.target, c.kind) in twice and len(twice) > 0
        else c
        for c in columns
    ]


def _translatable(column: Column) -> bool:
    text = column.target in TEXTS or (column.target == "attribute" and bool(column.kind))
    return text and not column.locale and not column.guessed


def _language(column: Column, headers: Headers) -> str:
    return headers.name(column.header).language or "en"


def _readable(category: str) -> bool:
    return not category.strip().isdigit()


def _without_unit(name: str, unit: str) -> str:
    return re.sub(rf"\s*[(（\[/]\s*{re.escape(unit)}\s*[)）\]]?\s*$", "", name) if unit else name


def _without_locale(name: str, locale: str) -> str:
    if not locale:
        return name
    name = re.sub(r"[\s(（]*(?:英文|中文|英语|汉语|简体|德文|法文|日文|韩文)[)）]*", "", name)
    return re.sub(r"\s*[:：@\[(_\-\s.]\s*[A-Za-z]{2}(?:[-_][A-Za-z]{2,4})?\s*[)\]]?$", "", name)


def human(name: str) -> str:
    """ "noise_level" is "Noise level", "*温馨提示：" is "温馨提示"."""
    name = name.strip(" \t\r\n*:：·•-").strip()
    if re.fullmatch(r"[a-z0-9]+(?:[_.-][a-z0-9]+)*", name):
        name = re.sub(r"[_.-]+", " ", name)
        return name[:1].upper() + name[1:]
    if name.islower() and name.isascii():
        return name[:1].upper() + name[1:]
    return " ".join(name.split())

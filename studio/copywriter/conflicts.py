"""Where a catalog row says two things of a product: told, because either may be wrong.

Compared are the title and the attributes, the choices and the shelf, and only where both are of a
kind whose values exclude each other. Nothing is decided: a person is told what stands where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from studio import prompting
from studio.engines.naming import respelled
from studio.engines.phrases import Bank, bank, group_name, kind_of, misplaced
from studio.engines.tidying import plain
from studio.engines.titled import line_below, read
from studio.engines.wording import shelves
from studio.schema import Attribute, Brief, Facts, Finding, Product, Severity, locale_language

_HUES = re.compile(
    r"[黑白灰银金红粉橙黄绿蓝紫棕青杏咖]|\b(?:black|white|gr[ae]y|silver|gold|red|pink|orange|yellow"
    r"|green|blue|purple|brown|beige)\b",
    re.IGNORECASE,
)
_SIZES = re.compile(r"(?<![A-Za-z\d])(?:\d?X{0,3}L|X{0,3}S|M)(?![A-Za-z])")
_SLEEVES = re.compile(r"短袖|长袖|无袖|中袖|[五七九]分袖|\b(?:short|long|half)|\bsleeveless", re.I)
_STORES = re.compile(r"(?<!\d)\d{1,4}\s?[GT](?=B|\b|[^A-Za-z])", re.IGNORECASE)
_FIBRES = re.compile(r"羊毛|羊绒|驼绒|蚕丝|真丝|亚麻|棉|涤|聚酯|锦纶|尼龙")
_HAN = re.compile(r"[\u3400-\u9fff]")
_ENTRY = re.compile(r"【\s*([^】]*(?:面料|材质)[^】]*)】\s*(\S+)")
_SAME: dict[str, tuple[str, re.Pattern[str]]] = {  # of the title -> of the row, and what excludes
    "colour": ("colour", _HUES),
    "size": ("size", _SIZES),
    "sleeve": ("sleeve", _SLEEVES),
    "storage_size": ("capacity", _STORES),
    "fabric": ("fabric", _FIBRES),
}
_TWO_MODELS = re.compile(  # "Novax XSmax": the version goes on after it seems to have ended
    r"(?<![A-Za-z])([A-Z]?[a-z]*[A-Z]?[a-z]{2,}([xX]|\d+))\s((?i:\2)[A-Za-z]{2,})(?![A-Za-z])"
)
_PATTERNED = re.compile(
    r"\b(?:two-tone|striped?|colou?r-block(?:ed)?|plaid|floral|checked)\b|条纹|格子|碎花|波点|拼色|撞色",
    re.I,
)
_SOLID = re.compile(r"solid(?: colou?r)?|plain|纯色|净色", re.I)
_SHADES = re.compile(r"(?<![\d.A-Za-z-])\d{3}(?![\d.]|\s?(?:m?[lL]|k?g|ML|克|毫升|色|支))")
_MIXED = ("material", "fabric", "filling", "lining", "upper")
_ROUNDED = 1.5  # per cent by which rounded shares may miss the whole
_ALIKE = {"真丝": "蚕丝", "聚酯": "涤", "尼龙": "锦纶"}
_THINGS = {  # the ends of words for things -> what they are
    **dict.fromkeys(("手机", "耳机", "电脑", "充电宝", "手表", "裙", "鞋"), ""),
    **dict.fromkeys(("裤", "裤子"), "裤"),
    **dict.fromkeys(("衫", "恤", "衣", "夹克", "外套", "羽绒服"), "衣"),
    **dict.fromkeys(("包", "箱"), "包"),
}
_GROUPS: dict[str, tuple[str, ...]] = {  # where a thing may stand
    **dict.fromkeys(("手机", "耳机", "电脑"), ("electronics",)),
    **dict.fromkeys(("裤", "衣"), ("apparel", "sports")),
}


def conflicts(product: Product, brief: Brief, searched: tuple[Path, ...] = ()) -> Iterator[Finding]:
    """Findings for what a catalog row says in two ways."""
    facts = prompting.facts_of(product, brief.locale)
    language = locale_language(brief.locale)
    words = bank(language, searched)
    for one, other in (*_values(facts, searched), *_things(facts, words)):
        yield _finding(one, other, Severity.HIGH)
    for row in facts.attributes:
        if misplaced(kind_of(plain(row.name), row.kind, searched), row.value):
            yield _told(
                Severity.HIGH,
                en=f"“{plain(row.value)}” stands as the {plain(row.name)}, but is a standard.",
                zh=f"“{plain(row.name)}”一栏写的是标准号“{plain(row.value)}”。",
            )
    for row in facts.attributes:
        patterned = _PATTERNED.search(facts.title)
        if (
            patterned
            and _kind(row.name, row.kind, searched) == "pattern"
            and _SOLID.fullmatch(row.value)
        ):
            yield _finding(patterned[0], row.value, Severity.HIGH)
    shade = _shades(facts, searched)
    if shade:
        yield _finding(*shade, Severity.HIGH)
    if two := _TWO_MODELS.search(facts.title):
        yield _told(
            Severity.HIGH,
            en=f"The title names two models: “{two[1]}” and “{two[3]}”.",
            zh=f"标题里有两个型号：“{two[1]}”和“{two[3]}”。",
        )
    for value, total in _shares(facts, searched):
        yield _told(
            Severity.HIGH,
            en=f"The shares of “{value}” come to {total:g} % together.",
            zh=f"“{value}”的含量合计为{total:g}%。",
        )
    brand = prompting.quoted(product.brand)
    spelled = respelled(brand, facts.title)
    there = spelled == brand and language == "zh" and _HAN.search(facts.title)  # no English title
    if there and brand.isascii() and not _has(facts.title, brand):
        head = re.match(r"[A-Za-z]{4,}(?: [A-Z][A-Za-z]+)*", facts.title)  # another maker's name
        spelled = head[0] if brand and head else brand
    if spelled != brand:
        yield _finding(spelled, brand, Severity.MEDIUM)


def _has(title: str, brand: str) -> bool:
    return brand.lower().replace(" ", "") in title.lower().replace(" ", "")


def _values(facts: Facts, searched: tuple[Path, ...]) -> Iterator[tuple[str, str]]:
    """(of the title, of the row) where the values of a kind have nothing in common."""
    for told in read(facts.title, facts, searched).facts:
        kind, pattern = _SAME.get(kind_of(told.name, "", searched), ("", _HUES))
        rows = [a for a in facts.attributes if kind and _kind(a.name, a.kind, searched) == kind]
        if kind == "fabric":
            rows += [Attribute(name=n, value=v) for n, v in _ENTRY.findall(facts.description)]
        mine = _found(pattern, told.value)
        theirs = {value for row in rows for value in _found(pattern, row.value)}
        if mine and theirs and not mine & theirs:
            yield told.value, rows[0].value


def _kind(name: str, kind: str, searched: tuple[Path, ...]) -> str:
    return kind_of(name, kind.removeprefix("choice").strip(":"), searched)


def _found(pattern: re.Pattern[str], text: str) -> set[str]:
    found = (
        re.sub(r"\s", "", m[0]).lower().replace("grey", "gray") for m in pattern.finditer(text)
    )
    return {_ALIKE.get(value, value) for value in found}


def _things(facts: Facts, words: Bank) -> Iterator[tuple[str, str]]:
    """(the title's thing, another one that the shelf or a row names)."""
    told = f"{facts.title} {line_below(facts.description)}"
    title = {kind: t for t in words.types if _names(facts.title, t) and (kind := _thing(t))}
    shelf = shelves(facts.category)[-1:]
    group = group_name(Facts(title="", category="".join(shelf)), words)
    mine = {g: t for t in words.types if _names(told, t) for g in _GROUPS.get(_thing(t), ())}
    if shelf and mine and group not in {"other", *mine}:
        yield next(iter(mine.values())), shelf[0]
        return
    said = [*shelves(facts.category)[-1:], *(a.value for a in facts.attributes)]
    for text in said:
        named = next((t for t in words.types if text.endswith(t) and len(text) <= 12), "")
        if title and named and named not in facts.title and _thing(named) not in {"", *title}:
            yield next(iter(title.values())), text


def _shades(facts: Facts, searched: tuple[Path, ...]) -> tuple[str, str] | None:
    """(numbers of shades in a title, the shade of the row or of the line below) where they differ:
    a lipstick 999 whose line says 844#."""
    told = [a.value for a in facts.attributes if a.name == "色号"]
    told += [a.value for a in read(line_below(facts.description), facts, searched).facts
             if a.name == "色号"]  # fmt: skip
    mine = {n for value in told for n in re.findall(r"\d{3,4}", value)}
    named = _SHADES.findall(facts.title)
    return ("/".join(named), told[0]) if mine and named and not mine & set(named) else None


def _shares(facts: Facts, searched: tuple[Path, ...]) -> Iterator[tuple[str, float]]:
    """(what something is made of, the sum of its shares) where they are not those of one or more
    whole things."""
    for row in facts.attributes:
        if _kind(row.name, row.kind, searched) not in _MIXED:
            continue
        shares = [float(share) for share in re.findall(r"(\d+(?:\.\d+)?)\s?[%％]", row.value)]
        total = sum(shares)
        if len(shares) > 1 and abs(total - 100 * max(1, round(total / 100))) > _ROUNDED:
            yield plain(row.value), total


def _names(title: str, thing: str) -> bool:
    return re.search(f"{re.escape(thing)}(?![级壳套膜])", title) is not None  # 充电宝级电量


def _thing(word: str) -> str:
    end = next((end for end in _THINGS if word.endswith(end)), "")
    return _THINGS.get(end, "") or end


def _finding(one: str, other: str, severity: Severity) -> Finding:
    return _told(
        severity,
        en=f"The catalog says two things: “{one}” in the title, “{other}” elsewhere.",
        zh=f"商品资料前后不一：标题写“{one}”，别处写“{other}”。",
    )


def _told(severity: Severity, *, en: str, zh: str) -> Finding:
    return Finding(
        id="COPY.CONFLICT",
        rule="copy.conflict",
        severity=severity,
        field="title",
        start=0,
        end=0,
        match="",
        message={"en": en, "zh": zh},
        advice={
            "en": "Correct the one that is wrong in the catalog, then write the copy anew.",
            "zh": "请在商品资料中改正有误的一处，再重新生成文案。",
        },
    )

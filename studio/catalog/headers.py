"""Header names, in English and Chinese, to our fields. The names are data: headers.yaml and
kinds.yaml, and the files that a user gives, whose names come first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from studio.catalog.money import currency_code
from studio.catalog.report import refuse

_HERE = Path(__file__).parent
_LONGEST, _DEEPEST = 1_000_000, 20  # characters and levels of a user's file
_LOCALES = {
    "en": "en-US", "zh": "zh-CN", "cn": "zh-CN", "de": "de-DE", "fr": "fr-FR", "es": "es-ES",
    "it": "it-IT", "ja": "ja-JP", "ko": "ko-KR", "pt": "pt-PT", "nl": "nl-NL", "pl": "pl-PL",
    "ru": "ru-RU", "sv": "sv-SE", "tr": "tr-TR", "th": "th-TH", "vi": "vi-VN", "ar": "ar-SA",
    "英文": "en-US", "中文": "zh-CN", "英语": "en-US", "汉语": "zh-CN", "简体": "zh-CN",
    "德文": "de-DE", "法文": "fr-FR", "日文": "ja-JP", "韩文": "ko-KR", "english": "en-US",
    "chinese": "zh-CN", "german": "de-DE", "french": "fr-FR",
}  # fmt: skip
_SUFFIX = re.compile(
    r"^(.+?)\s*(?:[:：@\[(（_\-\s.]\s*)([a-z]{2}(?:[-_][A-Za-z]{2,4})?|english|chinese|german|french)"
    r"\s*[)）\]]?$",
    re.IGNORECASE,
)
_HAN_NAME = re.compile(r"^[(（]?(英文|中文|英语|汉语|德文|法文|日文|韩文)[)）]?(.+)$")
_HAN_TAIL = re.compile(r"^(.+?)[(（:：\s_-]*(英文|中文|英语|汉语|简体|德文|法文|日文|韩文)[)）]?$")
_BRACKET = re.compile(r"^(.*?)\s*[(（\[/]\s*([^()（）\[\]/]{1,12})\s*[)）\]]?$")
_UNITS_WORDS = """
mm cm dm m km in inch inches ft yd mg g kg t lb lbs oz ml l cl dl w kw v mv a ma mah wh kwh
hz db pa bar °c °f s min h lm k px gb tb mb 毫米 厘米 米 克 千克 公斤 斤 吨 毫升 升 瓦 千瓦 伏 毫安
毫安时 分贝 小时 分钟
秒 寸 英寸 件 个 只 片 支 套 ℃ ℉ ㎡ m² m2 平方米 cc % 年 月 天
"""
UNITS = frozenset(_UNITS_WORDS.split())


def plain_name(header: str) -> str:
    """A header for comparing: NFKC, lower case, letters and digits only."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", header).casefold())


def locale_of(word: str) -> str:
    """ "de-AT" for "de_at", "en-US" for "en", "" for what is no locale."""
    word = unicodedata.normalize("NFKC", word).strip().replace("_", "-")
    language, _, region = word.partition("-")
    if language.casefold() not in _LOCALES:
        return ""
    if region:
        region = region.upper() if len(region) == 2 else region.title()
        return {"Hans": "zh-CN", "Hant": "zh-TW"}.get(region, f"{language.casefold()}-{region}")
    return _LOCALES[language.casefold()]


@dataclass(frozen=True)
class Name:
    """What a header means. `field` is "" when nobody knows it."""

    field: str = ""
    kind: str = ""
    locale: str = ""  # said by the header
    unit: str = ""
    language: str = ""  # of the header's own words, when two columns share a field


@dataclass
class Headers:
    """The names that are known: aliases of fields, attribute kinds and administrative columns."""

    fields: dict[str, str] = field(default_factory=dict)  # plain name -> field
    kinds: dict[str, str] = field(default_factory=dict)  # plain name -> kind
    labels: dict[str, dict[str, str]] = field(default_factory=dict)  # kind -> language -> label
    patterns: list[tuple[re.Pattern[str], str]] = field(default_factory=list)
    tails: list[tuple[str, str]] = field(default_factory=list)  # Han endings, longest first

    def __post_init__(self) -> None:
        self._cache: dict[str, Name] = {}
        self._kinds: dict[str, str] = {}

    def name(self, header: str) -> Name:
        """What a header means, its locale and its unit included."""
        if header not in self._cache:
            self._cache[header] = self._name(header)
        return self._cache[header]

    def _name(self, header: str) -> Name:
        if known := self._known(header):
            return known
        for pattern in (_SUFFIX, _HAN_NAME, _HAN_TAIL):
            if match := pattern.match(unicodedata.normalize("NFKC", header).strip()):
                stem, word = match.groups() if pattern is not _HAN_NAME else match.groups()[::-1]
                locale = locale_of(word)
                if locale and (known := self._known(stem)):
                    return Name(known.field, known.kind, locale, known.unit, known.language)
        return Name()

    def _known(self, header: str) -> Name | None:
        plain = plain_name(header)
        language = "zh" if re.search(r"[\u3400-\u9fff]", header) else "en"
        if found := self.fields.get(plain):
            return Name(found, language=language)
        for pattern, target in self.patterns:
            if pattern.fullmatch(plain):
                return Name(target, language=language)
        if kind := self.kinds.get(plain):
            return Name("attribute", kind, language=language)
        match = _BRACKET.match(unicodedata.normalize("NFKC", header).strip())
        if match and match[1]:
            unit, inner = match[2], self._known(match[1])
            if inner and (unit.casefold() in UNITS or currency_code(unit)):
                return Name(inner.field, inner.kind, "", unit, language)
        return None

    def kind(self, name: str) -> str:
        """The kind of an attribute's name, or "". A Chinese name is also known by its ending
        (外层面料 is a material), an English one by its last word."""
        if name not in self._kinds:
            self._kinds[name] = self._kind(name)
        return self._kinds[name]

    def _kind(self, name: str) -> str:
        plain = plain_name(name)
        if plain in self.kinds:
            return self.kinds[plain]
        match = _BRACKET.match(unicodedata.normalize("NFKC", name).strip())
        if match and plain_name(match[1]) in self.kinds:
            return self.kinds[plain_name(match[1])]
        for tail, kind in self.tails:
            if plain.endswith(tail):
                return kind
        last = re.split(r"[\s_./-]+", name.strip())[-1]
        return self.kinds.get(plain_name(last), "") if last.isascii() else ""

    def label(self, kind: str, language: str) -> str:
        return self.labels.get(kind, {}).get(language, "")

    def known(self, cells: Iterable[str]) -> int:
        """How many of the cells are headers that we know."""
        return sum(1 for cell in cells if cell and len(cell) < 80 and self.name(cell).field)


@cache
def _shipped(name: str) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster, where it is built
    loaded: dict[str, Any] = yaml.load((_HERE / name).read_text("utf-8"), Loader=loader)  # noqa: S506
    return loaded


def load(extra: Sequence[Path] = (), language: str = "en") -> Headers:
    """The shipped names with those of the user's files laid over them.

    A file holds `fields:` (field -> names), `kinds:` (kind -> {en, zh, names}) and `admin:`
    (names that are no facts), each optional. Raises InputError naming the file and the mistake.
    """
    headers = Headers()
    _lay(headers, _shipped("headers.yaml"))
    _lay(headers, _shipped("kinds.yaml"))
    for path in extra:
        _lay(headers, _user(path, language))
    tails = {n: k for n, k in headers.kinds.items() if re.fullmatch(r"[\u3400-\u9fff]{2,}", n)}
    headers.tails = sorted(tails.items(), key=lambda item: -len(item[0]))
    return headers


def _lay(headers: Headers, data: dict[str, Any]) -> None:
    for target, names in (data.get("fields") or {}).items():
        headers.fields.update({plain_name(str(n)): target for n in (target, *names)})
    for kind, entry in (data.get("kinds") or {}).items():
        names = (kind, entry["en"], entry["zh"], *entry.get("names", ()))
        headers.labels[kind] = {"en": entry["en"], "zh": entry["zh"]}
        headers.kinds.update({plain_name(str(n)): kind for n in names})
    headers.fields.update({plain_name(str(n)): "admin" for n in data.get("admin") or ()})
    for entry in data.get("patterns") or ():
        headers.patterns.append((re.compile(entry["match"]), entry["field"]))


def _user(path: Path, language: str) -> dict[str, Any]:
    try:
        data = _plain(path.read_text("utf-8"))
    except OSError as error:
        raise refuse("headers-missing", str(path), language, cause=error.strerror) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise refuse("headers-yaml", where, language, cause=str(error).split("\n")[0]) from error
    mistakes = _mistakes(data)
    if mistakes:
        raise refuse("headers-wrong", str(path), language, cause="; ".join(mistakes))
    return dict(data)


def _plain(text: str) -> Any:
    """The data of a YAML text without what can grow without end. Raises ValueError, YAMLError."""
    if len(text) > _LONGEST:
        raise ValueError("the file is larger than 1 MB")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    for event in yaml.parse(text, loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("anchors and aliases are not used here")
        if depth > _DEEPEST:
            raise ValueError("the lists are nested too deeply")
    return yaml.load(text, loader)  # noqa: S506


def _mistakes(data: Any) -> list[str]:
    """All that is wrong with a user's file."""
    if not isinstance(data, dict):
        return ["the file must hold `fields:`, `kinds:` or `admin:`"]
    found = [f"unknown part {k!r}" for k in data if k not in ("fields", "kinds", "admin")]
    known = set(_shipped("headers.yaml")["fields"])
    fields = data.get("fields") or {}
    kinds = data.get("kinds") or {}
    if not isinstance(fields, dict) or not isinstance(kinds, dict):
        return [*found, "`fields:` and `kinds:` map a name to its header names"]
    for target, names in fields.items():
        if target not in known:
            found.append(f"no field {target!r}; there are: {', '.join(sorted(known))}")
        if not isinstance(names, list):
            found.append(f"{target!r} needs a list of header names")
    for kind, entry in kinds.items():
        if not (isinstance(entry, dict) and {"en", "zh"} <= set(entry)):
            found.append(f"kind {kind!r} needs `en:`, `zh:` and `names:`")
        elif not isinstance(entry.get("names", []), list):
            found.append(f"the names of {kind!r} are a list")
    if not isinstance(data.get("admin") or [], list):
        found.append("`admin:` is a list of header names")
    return found

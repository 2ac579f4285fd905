"""Channel specs: `templates/export/<id>.yaml` becomes a schema.Channel for a given day.

Any value may change on a day: `{value: 75, effective: 2026-07-27, before: 200}`. Each fact names
its sources and how sure they are (`conf`): high and medium can stop a listing, others warn.
What Channel has no word for is in `Channel.options`: see `docs/channels.md` for its keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from studio import data
from studio.channels import lines
from studio.channels.dated import Settling
from studio.errors import InputError, NotFoundError
from studio.schema import Channel, Limit, Noun, Slot, Unit, now

FOLDER = "templates/export"
# "own" is no fact about the channel but our own measure.
Conf = Literal["high", "medium", "low", "none", "own"]
_ID = re.compile(r"[a-z][a-z0-9_]{0,40}")
_FIELD = re.compile(r"title|bullets|description|keywords|extra\.[a-z][a-z0-9_]*")


class Source(Noun):
    """Where a fact was read. `kind`: official, or thirdparty."""

    url: str
    date: str = ""
    kind: Literal["official", "thirdparty"] = "thirdparty"
    note: str = ""


class Sourced(Noun):
    """What every fact carries besides its value."""

    conf: Conf = "none"
    src: tuple[str, ...] = ()
    note: str = ""


class FieldSpec(Limit, Sourced):
    """A limit. `recommended`: a shorter length that the channel or its readers like."""

    recommended: int | None = None


class SlotSpec(Slot, Sourced):
    """A picture slot."""


class TextRule(Sourced):
    """A rule on the characters or words of a field that a limit cannot say; see checks.py."""

    field: str
    kind: Literal[  # what each does: rules.py
        "characters",
        "emoji",
        "phrases",
        "repeat",
        "once",
        "capitals",
        "start",
        "least",
        "total",
        "outside",
        "mixed",
    ]
    values: tuple[str, ...] = ()
    max: int | None = None
    min: int | None = None
    unit: Unit = "codepoints"
    level: Literal["", "low", "medium", "high"] = ""  # the severity; by `conf` when empty
    allow: tuple[str, ...] = ()  # "brand": a match inside the brand's name does not count


class Languages(Sourced):
    """The languages that the channel's customers read ("zh", "en"); the usual one first."""

    of: tuple[str, ...] = Field(min_length=1)


class Spec(Noun):
    """The whole file. Without `languages` a shop of one's own: it speaks as it likes."""

    id: str
    name: dict[str, str]
    as_of: date
    markets: tuple[str, ...]
    languages: Languages | None = None
    platform: str = ""
    format: str = "sheet"
    fields: dict[str, FieldSpec]
    slots: tuple[SlotSpec, ...] = ()
    rules: tuple[TextRule, ...] = ()
    options: dict[str, Any] = Field(default_factory=dict)
    sources: dict[str, Source] = Field(default_factory=dict)


def names(searched: Sequence[Path] = ()) -> list[str]:
    """The ids of all channels, users' own folders included."""
    folders = [*(base / FOLDER for base in searched), data.folder("templates") / "export"]
    return sorted({p.stem for folder in folders for p in folder.glob("*.yaml")})


def load(id: str, searched: Sequence[Path] = (), on: date | None = None) -> Channel:
    """The channel as it is on a day (today when None); a user's own spec wins over ours.

    Raises NotFoundError with near matches, and InputError with every mistake of the file.
    """
    if not _ID.fullmatch(id) or id not in names(searched):
        raise NotFoundError.of("channel", id, names(searched))
    path = data.find(f"{FOLDER}/{id}.yaml", tuple(searched))
    raw, places, mistakes = lines.read(path)
    settling = Settling(on or now().date(), places, mistakes)
    plain = settling.settle(raw)
    mistakes += _cross(plain, places, path.stem)
    try:
        spec = Spec.model_validate(plain)
    except ValidationError as error:
        mistakes += [(places.of(e["loc"]), _say(e)) for e in error.errors()]
        spec = None
    if mistakes or spec is None:
        raise _wrong(path, mistakes)
    digest = sha256(path.read_bytes()).hexdigest()
    return _channel(spec, settling.changes, f"{path.name} {digest}")


def _channel(spec: Spec, changes: list[dict[str, Any]], file: str) -> Channel:
    spoken = spec.languages
    options = {
        "as_of": spec.as_of.isoformat(),
        "conf": {name: f.conf for name, f in spec.fields.items()},
        **({"languages": list(spoken.of), "language_conf": spoken.conf} if spoken else {}),
        "slot_conf": {s.name: s.conf for s in spec.slots},
        "recommended": {n: f.recommended for n, f in spec.fields.items() if f.recommended},
        "rules": [rule.model_dump(mode="json", exclude_unset=True) for rule in spec.rules],
        "cited": _cited(spec),
        "changes": changes,
        "file": file,
        **spec.options,
    }
    limits = {
        name: Limit(**f.model_dump(include=set(Limit.model_fields)))
        for name, f in spec.fields.items()
    }
    slots = tuple(Slot(**s.model_dump(include=set(Slot.model_fields))) for s in spec.slots)
    return Channel(
        id=spec.id,
        name=spec.name,
        markets=spec.markets,
        platform=spec.platform,
        fields=limits,
        slots=slots,
        format=spec.format,
        options=options,
        sources=tuple(source.url for source in spec.sources.values()),
    )


def _cited(spec: Spec) -> dict[str, list[str]]:
    """The addresses that each field, slot and rule rests on."""
    facts: dict[str, Sourced] = {
        **spec.fields,
        **{f"pictures.{slot.name}": slot for slot in spec.slots},
        **{f"{rule.field}.{rule.kind}": rule for rule in spec.rules},
        **({"language": spec.languages} if spec.languages else {}),
    }
    return {
        name: [spec.sources[key].url for key in fact.src]
        for name, fact in facts.items()
        if fact.src
    }


def _cross(plain: Any, places: lines.Lines, stem: str) -> Iterator[tuple[int, str]]:
    """Mistakes that one value alone does not show."""
    if not isinstance(plain, dict):
        yield 1, "a channel spec is a mapping with id, name, as_of, markets, fields"
        return
    if plain.get("id") != stem:
        yield places.of(("id",)), f"id: must be the file's name, {stem!r}"
    known = plain.get("sources")
    known = known if isinstance(known, dict) else {}
    fields = plain.get("fields")
    for name in fields if isinstance(fields, dict) else ():
        if not _FIELD.fullmatch(name):
            wants = "title, bullets, description, keywords or extra.<name>"
            yield places.of(("fields", name)), f"fields.{name}: a field is {wants}"
    for loc, fact in _facts(plain):
        cited = fact.get("src", [])
        if fact.get("conf", "none") not in ("none", "own") and not cited:
            yield places.of(loc), f"{_path(loc)}: conf {fact['conf']} needs a source in src"
        for key in cited if isinstance(cited, list) else ():
            if not isinstance(key, str) or key not in known:
                yield places.of((*loc, "src")), f"{_path(loc)}.src: no source named {key!r}"


def _facts(plain: dict[str, Any]) -> Iterator[tuple[lines.Loc, dict[str, Any]]]:
    if isinstance(spoken := plain.get("languages"), dict):
        yield ("languages",), spoken
    for part in ("fields", "slots", "rules"):
        group = plain.get(part)
        if isinstance(group, dict | list):
            pairs = group.items() if isinstance(group, dict) else enumerate(group)
            yield from (((part, key), fact) for key, fact in pairs if isinstance(fact, dict))


def _path(loc: lines.Loc) -> str:
    return ".".join(map(str, loc))


def _say(error: Any) -> str:
    return f"{_path(error['loc'])}: {error['msg'][:1].lower()}{error['msg'][1:]}"


def _wrong(path: Path, mistakes: list[tuple[int, str]]) -> InputError:
    told = sorted(set(mistakes))
    listed = "\n".join(f"  {path.name}:{line}: {message}" for line, message in told)
    return InputError(
        f"the channel spec has {len(told)} mistake{'s' * (len(told) > 1)}:\n{listed}",
        where=f"{path}:{told[0][0]}",
        hint="docs/guides/channel.md shows a whole spec",
    )

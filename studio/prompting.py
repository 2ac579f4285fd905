"""Fills prompt files: a Jinja file, a Product and a Brief become a Prompt.

A prompt file (`prompts/copy/<purpose>.<language>.j2`, `prompts/{rewrite,judge}/<language>.j2`) has
the blocks `system` and `user`, and may have `shots` (worked examples) and `max_tokens`. It runs in
a sandbox, and an unknown name in it is an error that names file and line.

Catalog text is data: what the file sees is one line per text, without invisible characters, at
most CAP long, and without sentences that read like orders to a model (`suspicious`). `data` holds
the facts as JSON, for the fence that a prompt puts around them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from studio import prompt_form
from studio.data import find, folder
from studio.errors import InputError, NotFoundError
from studio.schema import (
    Attribute,
    Brief,
    Facts,
    Limit,
    Product,
    Prompt,
    digest_of,
    locale_language,
)

_VOICE = {  # head and joint for: do, don't, words to use, words to avoid, examples
    "en": (
        ("- Do: ", "; "),
        ("- Don't: ", "; "),
        ("- Words it likes: ", ", "),
        ("- Words it never uses: ", ", "),
        ("- It sounds like this: ", " / "),
    ),
    "zh": (
        ("- 要：", "；"),
        ("- 不要：", "；"),
        ("- 常用词：", "、"),
        ("- 不用的词：", "、"),
        ("- 语感示例：", " / "),
    ),
}
CAP = 600  # code points of a value that a prompt shows
FACTS = 40  # facts that a prompt shows
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；\n])")
_SPACED = re.compile(r"(?<![a-z])(?:[a-z][ ._*-]){3,}[a-z](?![a-z])")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_SHOT = re.compile(r"^---[ ]*(user|assistant)[ ]*$", re.MULTILINE)
# Letters that look Latin but are not, as attackers use them to get past a list of words.
_LOOKALIKE = str.maketrans("аеорсухіјѕԁɡαοερνικτ", "aeopcyxijsdgaoepvikt")


def render(
    purpose: str,
    product: Product,
    brief: Brief,
    limits: Mapping[str, Limit],
    *,
    searched: tuple[Path, ...] = (),
    **extra: Any,
) -> Prompt:
    """The filled prompt. Raises NotFoundError (no such file), InputError (the file is wrong)."""
    language = locale_language(brief.locale)
    path = _file(purpose, brief.locale, searched)
    facts = facts_of(product, brief.locale)
    texts = {
        "purpose": purpose,
        "locale": brief.locale,
        "language": language,
        "brand": quoted(product.brand),
        "name": quoted(facts.title),
        "category": quoted(facts.category),
        "description": quoted(facts.description),
        "facts": [{"name": a.name, "value": a.value} for a in facts.attributes[:FACTS]],
        "style": quoted(brief.style),
        "audience": quoted(brief.audience),
        "hint": quoted(brief.hint),
        "limits": dict(limits),
        "manner": "",
        **extra,
    }
    texts["data"] = _data(texts)
    texts["voice"] = _voice(brief, language)
    blocks = _blocks(path, texts)
    if "user" not in blocks:  # a task for the prompt that all single texts share
        shared = _file("_field", brief.locale, searched)
        usual = {"manner": "", "before": "", "size": "", "emoji": False}
        blocks |= _blocks(shared, usual | texts | {"task": blocks["task"]})
    seed = seed_of(brief.seed, product.id, brief.locale, purpose)
    return Prompt(
        purpose=purpose,
        locale=brief.locale,
        system=blocks.get("system", ""),
        user=blocks["user"],
        shots=_shots(blocks.get("shots", ""), path),
        facts=facts,
        brand=texts["brand"],
        limits=dict(limits),
        max_tokens=_number(blocks.get("max_tokens") or "400", path),
        seed=seed,
        template=f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}",
    )


def seed_of(*parts: Any) -> int:
    """A seed for a thing: the first four bytes of the sha256 over its names, never 0."""
    return int(digest_of(*parts)[:8], 16) | 1


def facts_of(product: Product, locale: str) -> Facts:
    """The facts in a locale without orders to a model, and with the choices of the variants.

    A choice is an attribute of the kind "choice:<kind>" whose value lists what can be chosen.
    """
    facts = product.in_locale(locale)
    kept = [
        Attribute(name=name, value=value, kind=attribute.kind)
        for attribute in facts.attributes
        if (value := quoted(attribute.value)) and (name := quoted(attribute.name, 80))
    ]
    return Facts(
        title=quoted(facts.title) or quoted(facts.category) or product.id,
        category=quoted(facts.category),
        description=_disarm(facts.description),
        attributes=(*kept, *_choices(product)),
    )


def _voice(brief: Brief, language: str) -> str:
    """The shop's voice in sentences for a prompt, or "" (also when it is for another language)."""
    voice = brief.voice
    if voice is None or voice.language not in ("", language):
        return ""
    heads = _VOICE["zh" if language == "zh" else "en"]
    rows = (voice.do, voice.dont, voice.use, voice.avoid, voice.examples[:3])
    told = [
        head + joint.join(quoted(row, 200) for row in rules)
        for (head, joint), rules in zip(heads, rows, strict=True)
        if rules
    ]
    return "\n".join(told)


def _choices(product: Product) -> list[Attribute]:
    values: dict[tuple[str, str], dict[str, None]] = {}
    for variant in product.variants:
        for option in variant.options:
            if value := quoted(option.value, 40):
                values.setdefault((quoted(option.name, 40), option.kind), {})[value] = None
    return [
        Attribute(
            name=name,
            value=next(iter(found)) if len(found) == 1 else " | ".join(found),
            kind=kind if len(found) == 1 else f"choice:{kind}",
        )
        for (name, kind), found in values.items()
        if name and len(found) <= 24
    ]


def quoted(text: str, cap: int = CAP) -> str:
    """A catalog text for a prompt: one line, visible characters, disarmed, at most `cap` long."""
    text = " ".join(_visible(_disarm(text)).split())
    return text if len(text) <= cap else text[: cap - 1] + "…"


def suspicious(text: str) -> str:
    """Why a text reads like orders to a model ("override: ignore all previous ..."), or ""."""
    return _known(text) if len(text) <= 200 else _suspicion(text)


def _suspicion(text: str) -> str:
    seen = _normal(text)
    joined = _SPACED.sub(lambda m: re.sub(r"[ ._*-]", "", m[0]), seen)
    joined = re.sub(r"\b(ignore|disregard|forget)(all|the|any)", r"\1 \2", joined)
    close = re.sub(r"(?<=[\u3400-\u9fff])[\W_]+(?=[\u3400-\u9fff])", "", seen)
    for view in dict.fromkeys((seen, joined, close)):
        if not any(scan.search(view) for scan in _scans()):
            continue
        for kind, patterns in _attacks().items():
            for pattern in patterns:
                if match := pattern.search(view):
                    return f"{kind}: {match[0][:80]}"
    for word in _BASE64.findall(text):
        hidden = _decoded(word)
        if hidden and (why := suspicious(hidden)):
            return f"base64 {why}"
    return ""


_known = lru_cache(maxsize=2048)(_suspicion)  # a catalog's short values come again and again


def digest(language: str, searched: tuple[Path, ...] = ()) -> str:
    """sha256 over all prompt and phrase files that a language may use: changes make stale."""
    found: dict[str, str] = {}
    for base in (folder("prompts").parent, *reversed(searched)):
        for path in sorted((base / "prompts").rglob("*")):
            name = path.relative_to(base).as_posix()
            ours = path.suffix == ".yaml" or f".{language}." in f".{path.name}"
            if path.is_file() and ours and "/scene/" not in name:
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return digest_of(found)


# --- catalog text ------------------------------------------------------------------------------


def _visible(text: str) -> str:
    """Without control, zero-width, direction, private and surrogate characters."""
    if text.isprintable():  # none of these, and most texts are
        return text
    bad = ("Cc", "Cf", "Cs", "Co", "Cn")
    return "".join(
        " " if c in "\n\r\t" else "" if unicodedata.category(c) in bad else c for c in text
    )


def _normal(text: str) -> str:
    """For comparing: half-width, lower case, visible characters, look-alikes made Latin."""
    normal = unicodedata.normalize("NFKC", _visible(text[:20_000]))
    return " ".join(normal.lower().translate(_LOOKALIKE).split())


def _disarm(text: str) -> str:
    """The text without the sentences that `suspicious` names; all of it goes when it must."""
    if not suspicious(text):
        return text
    kept = "".join(
        part + " " if not part.endswith("\n") else part
        for part in _SENTENCE.split(text)
        if part and not suspicious(part)
    ).strip()
    return "" if suspicious(kept) else kept


def _decoded(word: str) -> str:
    try:
        return base64.b64decode(word + "=" * (-len(word) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


@lru_cache(maxsize=1)
def _attacks() -> dict[str, tuple[re.Pattern[str], ...]]:
    path = folder("prompts") / "attacks.yaml"
    lists = yaml.safe_load(path.read_text("utf-8"))
    return {kind: tuple(re.compile(p) for p in patterns) for kind, patterns in lists.items()}


@lru_cache(maxsize=1)
def _scans() -> tuple[re.Pattern[str], ...]:
    """Find something wherever any of `_attacks` does, at a fifth of the time: those that begin with
    a word are tried together, at each word. An import asks them of every cell."""
    patterns = [pattern for kind in _attacks().values() for pattern in kind]
    words = [p.pattern[2:] for p in patterns if p.pattern.startswith(r"\b")]
    others = (p for p in patterns if not p.pattern.startswith(r"\b"))
    return re.compile(rf"\b(?=\w)(?:{'|'.join(words)})"), *others


def _data(texts: Mapping[str, Any]) -> str:
    """The facts as JSON; characters that could close a fence or a tag are escaped."""
    facts = {k: texts[k] for k in ("brand", "name", "category", "description") if texts[k]}
    facts["facts"] = {f["name"]: f["value"] for f in texts["facts"]}
    text = json.dumps(facts, ensure_ascii=False, indent=1)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("`", "\\u0060")


# --- the file ----------------------------------------------------------------------------------


def _file(purpose: str, locale: str, searched: tuple[Path, ...]) -> Path:
    """The file for the locale, its language, or English."""
    if not re.fullmatch(r"[a-z0-9_]+", purpose):
        raise InputError(f"{purpose!r} cannot be the name of a prompt")
    own = purpose in ("rewrite", "judge")
    base = f"prompts/{purpose}/" if own else f"prompts/copy/{purpose}."
    names = dict.fromkeys((locale, locale_language(locale), "en"))
    for name in names:
        try:
            return find(f"{base}{name}.j2", searched)
        except NotFoundError as error:
            missing = error
    raise missing


def _blocks(path: Path, texts: Mapping[str, Any]) -> dict[str, str]:
    try:
        environment = _environment()
        source = path.read_text("utf-8")
        prompt_form.check(environment.parse(source), source)
        template = environment.from_string(source)
        if not {"user", "task"} & set(template.blocks):
            raise InputError("a prompt file needs the block `user`", where=str(path))
        context: Context = template.new_context(dict(texts))
        return {
            n: "".join(prompt_form.counted(block(context))).strip()
            for n, block in template.blocks.items()
        }
    except TemplateSyntaxError as error:
        raise InputError(f"the prompt is wrong: {error}", where=f"{path}:{error.lineno}") from error
    except (TemplateError, TypeError, ValueError) as error:
        raise InputError(f"the prompt cannot be filled: {error}", where=str(path)) from error


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )


def _number(text: str, path: Path) -> int:
    if not re.fullmatch(r"[1-9]\d{0,4}", text):
        raise InputError(
            f"the prompt cannot be filled: max_tokens is {text!r}, no number", where=str(path)
        )
    return int(text)


def _shots(text: str, path: Path) -> tuple[tuple[str, str], ...]:
    """Pairs from a block of parts that open with `--- user` and `--- assistant` lines."""
    parts = _SHOT.split(text)[1:]
    roles, bodies = parts[::2], [body.strip() for body in parts[1::2]]
    if roles != ["user", "assistant"] * (len(roles) // 2):
        raise InputError("shots must alternate `--- user` and `--- assistant`", where=str(path))
    return tuple(zip(bodies[::2], bodies[1::2], strict=True))

"""The pages' words in two languages, and HTML that is escaped by construction."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from studio.schema import Money, by_language

KEYS = {"approve": "a", "reject": "r", "save": "s", "undo": "u"}  # the keys of the buttons


@cache
def texts() -> dict[str, tuple[str, str]]:
    """key -> (English, Chinese)."""
    data = yaml.safe_load(files("studio.ui").joinpath("texts.yaml").read_text("utf-8"))
    return {key: (str(en), str(zh)) for key, (en, zh) in data.items()}


def tr(language: str, key: str, **values: Any) -> str:
    """The words for a key, with its values in place."""
    words = texts()[key][language == "zh"]
    return words.format(**{k: number(v) for k, v in values.items()}) if values else words


def number(value: Any) -> Any:
    """A count as both languages write it (12,345); anything else as it is."""
    return f"{value:,}" if type(value) is int and value >= 10_000 else value


def money(value: Money) -> str:
    """An amount with its currency: 1,234.50 USD; as exact as it was given."""
    digits = max(2, -int(value.amount.as_tuple().exponent)) if value.amount % 1 else 0
    whole = 0 if value.currency in ("JPY", "KRW") and not digits else max(2, digits)
    return f"{value.amount:,.{whole}f} {value.currency}".strip()


def day(language: str, value: date) -> str:
    """A day as its readers write it: 5 Mar 2026, 2026年3月5日."""
    if language == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {value:%b %Y}"


def moment(language: str, value: datetime) -> Markup:
    """A moment in UTC; the page's script (forms.js) tells it by the reader's own clock."""
    shown = f"{day(language, value)} {value:%H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), shown)


def catalogue() -> dict[str, dict[str, str]]:
    """What Gradio's I18n wants; it knows Chinese only as zh-CN."""
    return {
        "en": {key.replace(".", "_"): en for key, (en, _) in texts().items()},
        "zh-CN": {key.replace(".", "_"): zh for key, (_, zh) in texts().items()},
    }


@cache
def _environment() -> Environment:
    def source(name: str) -> str:
        return files("studio.ui").joinpath("parts", name).read_text("utf-8")

    made = Environment(
        loader=FunctionLoader(source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(by_language=by_language, keys=KEYS, number=number, money=money)
    return made


def part(name: str, language: str, **values: Any) -> str:
    """A piece of a page (parts/<name>.html.j2); all values are escaped."""
    template = _environment().get_template(f"{name}.html.j2")
    return template.render(
        tr=lambda key, **more: tr(language, key, **more),
        known=lambda kind, word: known(language, kind, word),
        day=lambda value: day(language, value),
        moment=lambda value: moment(language, value),
        lang=language,
        **values,
    )


def known(language: str, kind: str, word: str) -> str:
    """The user's word for one of ours ("event", "edited"), or the word itself."""
    return tr(language, f"{kind}.{word}") if f"{kind}.{word}" in texts() else word

"""What all nouns share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict


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


def locale_language(locale: str) -> str:
    """ "zh" for "zh-CN"."""
    return locale.split("-")[0].lower()


def by_language(texts: Mapping[str, str], locale: str) -> str:
    """The text for the locale's language, else English, else any."""
    return texts.get(locale_language(locale)) or texts.get("en") or next(iter(texts.values()), "")

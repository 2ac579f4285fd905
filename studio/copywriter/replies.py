"""Reads a model's whole-listing reply. Nothing in it is believed: shapes are checked here, words
by the judge."""

from __future__ import annotations

import json
import re
from typing import Any

_NAMES = {
    "title": ("title", "product_title", "name", "标题", "商品标题"),
    "bullets": (
        "bullets",
        "bullet_points",
        "bulletpoints",
        "features",
        "highlights",
        "卖点",
        "要点",
    ),
    "description": ("description", "product_description", "desc", "描述", "商品描述", "详情"),
    "keywords": ("keywords", "search_terms", "tags", "关键词", "搜索词"),
}
_MARK = re.compile(r"^\s*(?:[•·●▪*–—-]|\d{1,2}[.)、])\s+")
_MOST = 20_000  # code points of a reply that are read


def parse(reply: str) -> dict[str, Any] | None:
    """{"title": str, "bullets": [str], "description": str, "keywords": [str], "extra": {...}},
    with what the reply has of it; None when there is no JSON object in it."""
    found = _object(reply[:_MOST])
    if found is None:
        return None
    lower = {str(key).strip().lower().replace(" ", "_"): value for key, value in found.items()}
    out: dict[str, Any] = {}
    for field, names in _NAMES.items():
        value = next((lower.pop(n) for n in names if n in lower), None)
        out[field] = _list(value, field) if field in ("bullets", "keywords") else _text(value)
    out["extra"] = {k: _text(v) for k, v in lower.items() if _text(v)}
    return out


def _object(reply: str) -> dict[str, Any] | None:
    """The first JSON object of the reply, also from a code block and with commas too many."""
    start = reply.find("{")
    while start >= 0:
        for text in (reply[start:], re.sub(r",(\s*[}\]])", r"\1", reply[start:])):
            try:
                value, _ = json.JSONDecoder(strict=False).raw_decode(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict):
                return value
        start = reply.find("{", start + 1)
        if start > 2000:
            return None
    return None


def _text(value: Any) -> str:
    """One line of text without markdown signs; "" for anything that is no text."""
    if isinstance(value, list):
        value = " ".join(v for v in value if isinstance(v, str))
    if not isinstance(value, str):
        return ""
    return " ".join(re.sub(r"\*\*|__|^#+\s*", "", value).split())


def _list(value: Any, field: str) -> list[str]:
    if isinstance(value, str):
        value = re.split(r"\n+" if field == "bullets" else r"[,，、;；\n]+", value)
    if isinstance(value, dict):
        value = [f"{k}: {v}" for k, v in value.items()]
    if not isinstance(value, list):
        return []
    texts = (_MARK.sub("", _text(v)) for v in value[:40])
    return list(dict.fromkeys(t for t in texts if t))

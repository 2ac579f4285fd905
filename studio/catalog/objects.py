"""JSON and JSONL: lists of products, shop APIs with nested variants, Django fixtures (Saleor)."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio.catalog import limits
from studio.catalog.encoding import detect
from studio.catalog.headers import locale_of
from studio.catalog.report import Report
from studio.catalog.rows import Table, tabulate

_LISTS = ("products", "items", "goods", "data", "list", "records", "rows", "result", "@graph")
_VARIANTS = ("variants", "skus", "sku_list", "skuList", "children", "offers")
_PACKS_WORDS = """
attributes properties specs specifications params parameters props additional_attributes
additionalProperty 属性 规格参数 参数
"""
_PACKS = frozenset(_PACKS_WORDS.split())
_PICTURES = frozenset(["images", "image", "pictures", "photos", "gallery", "media", "图片"])
_BETWEEN = re.compile(r"[\s,]*")
_NAMES = ("name", "key", "attribute", "label", "attr_name", "名称")
_VALUES = ("value", "values", "val", "option", "options", "attr_value", "值")

Item = tuple[int, dict[str, Any]]


def read(path: Path, file: str, report: Report) -> list[Table]:
    """The tables of a JSON or JSONL file. Lines are physical ones for JSONL and for a list on
    the top level, else the number of the record. Raises InputError."""
    size = path.stat().st_size
    if size > limits.TREE_BYTES:
        most = limits.TREE_BYTES // 1_000_000
        raise report.refuse("too-big", file, size=size // 1_000_000, most=most)
    encoding = detect(path, file, report, lambda _: 0)
    text = path.read_text(encoding, errors="replace").lstrip("\ufeff")
    values = sum(map(text.count, "{[,"))  # each takes fifty bytes and more when it is read
    if values > limits.VALUES:
        raise report.refuse("many-values", file, seen=values, most=limits.VALUES)
    items = []
    for item in _items(text, file, report):
        report.seen(f"{file}:{item[0]}")
        items.append(item)
    if not items:
        raise report.refuse("json-no-items", file)
    if all({"model", "fields"} <= item.keys() for _, item in items):
        return list(_fixture(path, file, items, report))
    rows = [row for line, item in items for row in _flat(line, item)]
    return [tabulate(path, file, rows, report)]


def _decoder() -> json.JSONDecoder:
    # Numbers stay as they are written: 12.50 is a price, 0690 digits of a code.
    return json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=lambda _: None)


def _items(text: str, file: str, report: Report) -> Iterator[Item]:
    start = text.lstrip()[:1]
    if start == "[":
        yield from _list(text, file, report)
        return
    first = text.lstrip().split("\n", 1)[0]
    try:
        whole = isinstance(_decoder().decode(first), dict) and "\n" in text.strip()
    except (ValueError, RecursionError):
        whole = False
    yield from _lines(text, file, report) if whole else _object(text, file, report)


def _list(text: str, file: str, report: Report) -> Iterator[Item]:
    """The elements of a list, one after the other, so that each has its line."""
    decoder, at, line, counted = _decoder(), text.index("[") + 1, 1, 0
    while True:
        between = _BETWEEN.match(text, at)
        assert between is not None  # it matches nothing too
        at = between.end()
        line, counted = line + text.count("\n", counted, at), at
        if text[at : at + 1] == "]":
            return
        try:
            item, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            cause = getattr(error, "msg", "nested too deeply")
            broken = line + text.count("\n", counted, getattr(error, "pos", counted))
            raise report.refuse("json-broken", f"{file}:{broken}", cause=cause) from error
        if isinstance(item, dict):
            yield line, item
        else:
            report.seen(f"{file}:{line}")
            report.issue("row-json", file, line, "", str(item)[:200], row=True, cause="no object")


def _lines(text: str, file: str, report: Report) -> Iterator[Item]:
    decoder = _decoder()
    for number, line in enumerate(io.StringIO(text, newline="\n"), 1):
        if not line.strip():
            report.seen(f"{file}:{number}")
            report.count("blank")
            continue
        try:
            item = decoder.decode(line.strip())
        except (ValueError, RecursionError) as error:
            cause = getattr(error, "msg", "nested too deeply")
            report.seen(f"{file}:{number}")
            report.issue("row-json", file, number, "", line, row=True, cause=cause)
            continue
        if isinstance(item, dict):
            yield number, item
        else:
            report.seen(f"{file}:{number}")
            report.issue("row-json", file, number, "", line, row=True, cause="no object")


def _object(text: str, file: str, report: Report) -> Iterator[Item]:
    """One object that wraps the list ({"products": [...]}), or is itself a product."""
    try:
        found = _decoder().decode(text.strip())
    except (ValueError, RecursionError) as error:
        where = f"{file}:{getattr(error, 'lineno', 1)}"
        cause = getattr(error, "msg", "nested too deeply")
        raise report.refuse("json-broken", where, cause=cause) from error
    if not isinstance(found, dict):
        return
    for _ in range(3):
        inner = next((found[k] for k in _LISTS if isinstance(found.get(k), list | dict)), None)
        if isinstance(inner, list):
            yield from ((i, item) for i, item in enumerate(inner, 1) if isinstance(item, dict))
            return
        if inner is None:
            break
        found = inner
    yield 1, found


def _fixture(path: Path, file: str, items: list[Item], report: Report) -> Iterator[Table]:
    """A Django fixture: one table for each model, with its key as the column "pk"."""
    models: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, item in items:
        fields = item["fields"] if isinstance(item["fields"], dict) else {}
        cells = {"pk": _text(item.get("pk")), **{k: _text(v) for k, v in fields.items()}}
        models.setdefault(str(item["model"]), []).append((line, cells))
    for name, rows in models.items():
        yield tabulate(path, file, rows, report, f"model:{name}")


def _flat(line: int, item: dict[str, Any]) -> Iterator[tuple[int, dict[str, str]]]:
    """A product as cells, then one row for each of its variants."""
    nested = next((k for k in _VARIANTS if _is_variants(item.get(k))), "")
    cells = _cells({k: v for k, v in item.items() if k != nested})
    variants = [v for v in item.get(nested) or [] if isinstance(v, dict)]
    if not variants:
        yield line, cells
        return
    keys = ("handle", "spu", "id", "product_id", "sku", "title", "name")
    key = next((cells[k] for k in keys if cells.get(k)), "")
    yield line, {"group": key, **{k: v for k, v in cells.items() if k not in ("handle", "spu")}}
    for variant in variants:
        own = _cells(variant)
        own.pop("title", None)  # Shopify's API repeats the options there
        yield (
            line,
            {"group": key, "variant row": "1", **{_variant_key(k): v for k, v in own.items()}},
        )


def _variant_key(key: str) -> str:
    return "variant id" if key == "id" else key


def _is_variants(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(isinstance(v, dict) for v in value)


def _cells(item: dict[str, Any]) -> dict[str, str]:
    cells: dict[str, str] = {}
    for key, value in item.items():
        if key.startswith("@"):
            continue
        if key in _PACKS and isinstance(value, dict | list):
            cells.update(_pack(value, "attribute:"))
        elif key == "options" and isinstance(value, dict):
            cells.update(_pack(value, "option:"))
        elif key in _PICTURES:
            cells[key] = "\n".join(_sources(value))
        elif isinstance(value, dict) and value and all(locale_of(k) for k in value):
            cells.update({f"{key}:{k}": _text(v) for k, v in value.items()})
        elif isinstance(value, dict) and "name" in value:
            cells[key] = _text(value["name"])  # {"brand": {"@type": "Brand", "name": ...}}
        else:
            cells[key] = _text(value)
    return cells


def _pack(value: Any, prefix: str) -> dict[str, str]:
    """{"Material": "Steel"} or [{"name": "Material", "value": "Steel"}] as cells."""
    if isinstance(value, dict):
        return {f"{prefix}{k}": _text(v) for k, v in value.items()}
    found: dict[str, str] = {}
    for entry in value:
        if isinstance(entry, dict):
            name = next((_text(entry[k]) for k in _NAMES if entry.get(k)), "")
            said = next((_text(entry[k]) for k in _VALUES if entry.get(k) is not None), "")
            if name:
                found[f"{prefix}{name}"] = said
    return found


def _sources(value: Any) -> list[str]:
    entries = value if isinstance(value, list) else [value]
    keys = ("src", "url", "href", "path", "image", "contentUrl")
    found = [
        next((_text(e[k]) for k in keys if e.get(k)), "") if isinstance(e, dict) else _text(e)
        for e in entries
    ]
    return [source for source in found if source]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return "\n".join(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return str(value).strip()[: limits.CELL_CHARS]

"""`studio check`: a JSONL file without a database, a text on the spot, or the stored listings."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from studio.cli import show
from studio.errors import InputError
from studio.service.checking import check_items, check_text

if TYPE_CHECKING:
    from studio.schema import Finding
    from studio.service import Studio


def jsonl(source: Path, target: Path | None) -> None:
    """One verdict a line for each item; a broken line is reported and ends with exit status 2."""
    with _opened(target) as out:
        for id, findings in check_items(_items(source)):
            row = {
                "id": id,
                "verdict": "violation" if findings else "clean",
                "findings": [_plain(f) for f in findings],
            }
            print(json.dumps(row, ensure_ascii=False), file=out)


def _opened(target: Path | None) -> TextIO:
    if target is None:
        return open(sys.stdout.fileno(), "w", encoding="utf-8", closefd=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.open("w", encoding="utf-8", errors="surrogatepass")


def _items(source: Path) -> Iterator[Mapping[str, Any]]:
    try:
        lines = source.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(source)) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8", where=str(source), hint="save it as UTF-8") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(
                f"is not JSON: {error.msg}",
                where=f"{source}:{number}:{error.colno}",
                hint='one object a line: {"id": ..., "text": ...}',
            ) from error
        if not isinstance(item, dict) or "id" not in item or not isinstance(item.get("text"), str):
            raise InputError('needs "id" and a "text"', where=f"{source}:{number}")
        yield item


def _plain(finding: Finding) -> dict[str, Any]:
    """A finding as programs read it."""
    return {
        "id": finding.id,
        "rule": finding.rule,
        "severity": str(finding.severity),
        "start": finding.start,
        "end": finding.end,
        "match": finding.match,
        "message": finding.message.get(show.language()) or next(iter(finding.message.values()), ""),
        "basis": [b.model_dump(exclude_defaults=True) for b in finding.basis],
        "suggestion": finding.suggestion,
    }


def text(words: str, market: str, as_json: bool) -> None:
    """Check a text with no product behind it."""
    counted = check_text(words, market)
    if as_json:
        show.as_json([_plain(f) for f in counted])
        return
    for finding in counted:
        print(show.finding_line(finding))
    show.say(f"{len(counted)} findings", f"{len(counted)} 条问题")


def stored(studio: Studio, as_json: bool) -> None:
    """Check every stored listing under today's rules."""
    total = 0
    for listing in studio.all_listings(show.me()):
        checked = studio.recheck(listing.id, show.me())
        for finding in (f for f in checked.findings if not f.cleared):
            total += 1
            if as_json:
                show.as_json({"listing": listing.id, **_plain(finding)})
            else:
                print(f"{listing.id}  {show.finding_line(finding)}")
    show.say(f"{total} findings", f"{total} 条问题")

"""`studio check`: a JSONL file without a database, a text on the spot, or the stored listings."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from studio.cli import app, show
from studio.errors import InputError

if TYPE_CHECKING:
    from studio.schema import Finding
    from studio.service import Change, Studio
    from studio.service.checking import Checker


@app.command()
def check(
    context: typer.Context,
    jsonl: Annotated[Path | None, typer.Option(help="Texts to check, one JSON a line.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the verdicts go; stdout if not.")] = None,
    text: Annotated[str, typer.Option(help="A text to check on the spot.")] = "",
    market: Annotated[str, typer.Option(help="CN, US, EU or UK, with --text.")] = "",
    fix: Annotated[bool, typer.Option("--fix", help="Show what rewrites would change.")] = False,
    engine: Annotated[
        str, typer.Option(help="With --fix: this copy engine may word it, if its words pass.")
    ] = "",
    judge: Annotated[
        bool | None, typer.Option(help="A second opinion on findings by the copy engine.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="With --fix: apply without asking.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON line for programs.")] = False,
) -> None:
    """Check texts against the rules: a JSONL file, a text, or all stored listings."""
    show.for_programs(json)
    if jsonl is None and not text:
        studio = show.studio_of(context, copy_engine=engine or None, judge=judge)
        _stored(studio, json)
        if fix or engine:
            _mend(studio, bool(engine), yes, json)
        return
    from studio import settings
    from studio.service.checking import Checker

    held = settings.load(**(context.find_root().obj or {}), copy_engine=engine or None)
    checker = Checker(held, fix=fix, engine=engine, judge=judge)
    if jsonl is not None:
        _file(checker, jsonl, out)
    else:
        _text(checker, text, market, json)


def _file(checker: Checker, source: Path, target: Path | None) -> None:
    """One verdict a line for each item; a broken line is reported and ends with exit status 2."""
    with _opened(target) as out:
        for id, looked in checker.items(_items(source)):
            counted = [f for f in looked.findings if f.id != "JUDGE"]
            row: dict[str, Any] = {
                "id": id,
                "verdict": "violation" if counted else "clean",
                "findings": [_plain(f) for f in looked.findings],
            }
            if looked.change is not None:
                row["fixed"] = looked.change.model_dump(include={"after", "by", "note", "detail"})
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
        "edit": finding.edit,
        "opinion": finding.opinion.get(show.language(), ""),
    }


def _text(checker: Checker, words: str, market: str, as_json: bool) -> None:
    """Check a text with no product behind it."""
    found, change = checker.text(words, market)
    if as_json:
        show.as_json([_plain(f) for f in found])
    else:
        for finding in found:
            print(show.finding_line(finding))
        _count(found)
    if change is not None:
        _tell([change], as_json)


def _stored(studio: Studio, as_json: bool) -> None:
    """Check every stored listing under today's rules."""
    found: list[Finding] = []
    for listing in studio.all_listings(show.me()):
        checked = studio.recheck(listing.id, show.me())
        for finding in (f for f in checked.findings if not f.cleared):
            found.append(finding)
            if as_json:
                show.as_json({"listing": listing.id, **_plain(finding)})
            else:
                print(f"{listing.id}  {show.finding_line(finding)}")
    _count(found)


def _count(found: Iterable[Finding]) -> None:
    n = sum(f.id != "JUDGE" for f in found)
    show.say(f"{n} findings", f"{n} 条问题")


def _mend(studio: Studio, worded: bool, yes: bool, as_json: bool) -> None:
    """Show for each listing what rewrites would change, and apply it when that is wanted."""
    for listing in studio.all_listings(show.me()):
        changes = studio.proposed(listing.id, show.me())
        if worded:
            changes = tuple(studio.reword(listing.id, c.field, show.me()) for c in changes)
        if not changes:
            continue
        if not as_json:
            print(listing.id)
        _tell(changes, as_json, listing.id)
        if yes or (sys.stdin.isatty() and typer.confirm(show.word("Apply?", "应用这些改动？"))):
            words = {c.field: c.after or None for c in changes if c.after != c.before}
            studio.edit(listing.id, words, revision=listing.revision, actor=show.me())
            show.say("  applied", "  已应用")
        else:
            show.say("  not applied (--yes applies)", "  未应用（加 --yes 可直接应用）")


def _tell(changes: Iterable[Change], as_json: bool, listing: str = "") -> None:
    for change in changes:
        if as_json:
            show.as_json({"listing": listing, **change.model_dump()})
            continue
        if change.note:
            why = f"{change.note} {change.detail}".strip()
            show.say(f"  engine's words not taken: {why}", f"  未采用引擎的改写：{why}")
        if change.before == change.after:
            show.say("  nothing to rewrite", "  没有可用的改写")
        else:
            show.diff(change)

"""`studio check`: a JSONL file without a database, a text on the spot, or the stored listings."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from studio.cli import app, show
from studio.errors import InputError, NotFoundError, StudioError

if TYPE_CHECKING:
    from studio.schema import Finding
    from studio.service import Change, Studio
    from studio.service.checking import Checker, Looked


@app.command()
def check(
    context: typer.Context,
    jsonl: Annotated[Path | None, typer.Option(help="Texts to check, one JSON a line.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the verdicts go; stdout if not.")] = None,
    text: Annotated[str, typer.Option(help="A text to check on the spot.")] = "",
    market: Annotated[str, typer.Option(help="CN, US, EU or UK, with --text.")] = "",
    category: Annotated[
        str, typer.Option(help="With --text: food, cosmetics ..., or as in a catalog.")
    ] = "",
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
    """Check texts against the rules: a JSONL file, a text, or all stored listings.

    Exit status 1 when something of high or critical severity stays in a text or listing. With
    --jsonl the verdicts are the answer: clean, hint (it only reads like a claim) or violation; 2
    when a line could not be read, after all others were.
    """
    show.for_programs(json)
    if jsonl is None and not text:
        studio = show.studio_of(context, copy_engine=engine or None, judge=judge)
        found = _stored(studio, json)
        if fix or engine:
            _mend(studio, bool(engine), yes, json)
            found = [f for listing in studio.all_listings(show.me()) for f in listing.findings]
        _end(found)
        return
    from studio import settings
    from studio.service.checking import Checker

    held = settings.load(**(context.find_root().obj or {}), copy_engine=engine or None)
    checker = Checker(held, fix=fix, engine=engine, judge=judge)
    if jsonl is not None:
        _file(checker, jsonl, out)
    else:
        _text(checker, text, market, category, json)


def _file(checker: Checker, source: Path, target: Path | None) -> None:
    """One verdict a line for each item; lines that cannot be read are told together at the end."""
    missed: list[StudioError] = []
    with _opened(target) as out:
        for number, line in _lines(source):
            where = f"{source}:{number}"
            item: Mapping[str, Any] = {}
            try:
                item = _item(line, where)
                row = _row(item, checker.item(item))
            except (InputError, NotFoundError) as error:
                error.where = error.where or where
                missed.append(error)
                if "id" not in item:
                    continue
                row = {"id": item["id"], "verdict": "unread", "findings": []}
                row["notes"] = [error.message]
            print(json.dumps(row, ensure_ascii=False), file=out, flush=True)
    if missed:
        from studio.ui import refusals

        told = [refusals.told(show.language(), error) for error in missed[:_TOLD]]
        raise InputError(f"lines that were not read: {len(missed)}", hint="\n  ".join(told))


_TOLD = 20  # lines that could not be read, and why


def _row(item: Mapping[str, Any], looked: Looked) -> dict[str, Any]:
    """What programs read of an item; a scorer counts its findings, hints among them."""
    row: dict[str, Any] = {
        "id": item["id"],
        "verdict": _verdict(looked.findings),
        "findings": [_plain(f) for f in looked.findings],
    }
    if looked.notes:
        row["notes"] = [_said(note) for note in looked.notes]
    if looked.change is not None:
        row["fixed"] = looked.change.model_dump(include={"after", "by", "note", "detail"})
    return row


def _verdict(findings: Sequence[Finding]) -> str:
    """ "hint" where no rule speaks and a sentence only reads like a claim."""
    from studio.compliance import likeness

    if not findings:
        return "clean"
    return "hint" if all(f.rule == likeness.RULE for f in findings) else "violation"


def _opened(target: Path | None) -> TextIO:
    """Half a character that a text holds goes out as it came in."""
    if target is None:
        number = sys.stdout.fileno()
        return open(number, "w", encoding="utf-8", errors="surrogatepass", closefd=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.open("w", encoding="utf-8", errors="surrogatepass")


def _lines(source: Path) -> Iterator[tuple[int, str]]:
    try:
        lines = source.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(source)) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8", where=str(source), hint="save it as UTF-8") from error
    yield from ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def _item(line: str, where: str) -> Mapping[str, Any]:
    try:
        item = json.loads(line)
    except RecursionError as error:
        raise InputError("is nested too deeply", where=where) from error
    except json.JSONDecodeError as error:
        raise InputError(
            f"is not JSON: {error.msg}",
            where=f"{where}:{error.colno}",
            hint='one object a line: {"id": ..., "text": ...}',
        ) from error
    if not isinstance(item, dict) or "id" not in item or not isinstance(item.get("text"), str):
        raise InputError('needs "id" and a "text"', where=where)
    return item


def _plain(finding: Finding) -> dict[str, Any]:
    """A finding as programs read it."""
    return {
        "id": finding.id,
        "rule": finding.rule,
        "severity": str(finding.severity),
        "start": finding.start,
        "end": finding.end,
        "match": finding.match,
        "message": _said(finding.message),
        "basis": [b.model_dump(exclude_defaults=True) for b in finding.basis],
        "suggestion": finding.suggestion,
        "edit": finding.edit,
        "opinion": finding.opinion.get(show.language(), ""),
    }


def _said(message: Mapping[str, str]) -> str:
    """A message in the user's language."""
    return message.get(show.language()) or next(iter(message.values()), "")


def _text(checker: Checker, words: str, market: str, category: str, as_json: bool) -> None:
    """Check a text with no product behind it."""
    found, change, notes = checker.text(words, market, category)
    if as_json:
        show.as_json([_plain(f) for f in found])
    else:
        for finding in found:
            print(show.finding_line(finding))
        _count(found)
    for note in notes:
        print(_said(note), file=sys.stderr)
    if not category and not as_json:
        show.say(
            "Rules for food, cosmetics, finance ... were not tried: --category names the goods.",
            "未使用食品、化妆品、金融等类目的规则：可用 --category 指明商品类目。",
        )
    if change is not None:
        _tell([change], as_json)
    _end(found)


def _stored(studio: Studio, as_json: bool) -> list[Finding]:
    """Check every stored listing under today's rules; what is open."""
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
    return found


def _end(found: Iterable[Finding]) -> None:
    """As linters do: what must not go out ends with exit status 1."""
    if any(f.blocks for f in found):
        raise typer.Exit(1)


def _count(found: Sequence[Finding]) -> None:
    from studio.compliance import judge, likeness

    n = sum(f.id != judge.NOTE for f in found)
    hints = sum(f.rule == likeness.RULE for f in found)
    more = f", {hints} of them hints", f"，其中 {hints} 条只是提示"
    show.say(f"{n} findings{more[0] if hints else ''}", f"{n} 条问题{more[1] if hints else ''}")


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

"""Rules and channels: what is checked and why, what each channel takes, and a text to try."""

from __future__ import annotations

from datetime import date
from typing import Any

from studio.compliance import Rules
from studio.compliance.shelf import Loaded
from studio.compliance.spec import MARKETS
from studio.errors import InputError, StudioError
from studio.schema import Channel, Finding, now
from studio.ui import board, editor, refusals, words
from studio.ui.desk import QUIET, Ask, Deed, Desk, view

SURE = ("high", "medium")  # a fact as sure as this can stop a listing; others only warn


def page(desk: Desk) -> None:
    """The packs with their rules, or one rule; and below a box to try a text."""
    nav, shown, trial = view("nav"), board.board("rules"), board.board("trial")

    def load(ask: Ask) -> tuple[str, str, str]:
        return ask.nav("/rules", "nav.rules"), _rules(ask), _trial(ask)

    def attempt(ask: Ask, deed: Deed) -> str:
        if deed.do != "try":
            raise board.unknown(deed)
        return _tried(ask, deed)

    desk.opens("/rules", load, nav, shown, trial)
    trial.act(desk.doer(attempt), None, trial, **QUIET)


def _rules(ask: Ask) -> str:
    try:
        book = ask.studio.rule_book(ask.actor)
    except InputError as error:  # a broken pack of the shop's own: all its mistakes
        first, *lines = error.message.splitlines()
        title = refusals.told(ask.language, InputError(f"{first}\n", hint=error.hint))
        return ask.part("rules_broken", title=title, mistakes=[line.strip() for line in lines])
    one = ask.query.get("rule", "")
    chosen = next((r for r in book.rules if r.rule.id == one), None)
    if chosen is not None:
        return _rule(ask, book, chosen)
    query = {key: ask.query.get(key, "")[:200] for key in ("search", "market", "severity", "pack")}
    rows = [_row(ask, book, r) for r in book.rules]
    found = [row for row in rows if _fits(row, query)]
    titles = {
        s.pack.pack: s.pack.title.get(ask.language) or s.pack.pack for s in book.shelf.sources
    }
    packs = dict.fromkeys(row["pack"] for row in found)
    return ask.part(
        "rules",
        groups=[(titles[p], p, [r for r in found if r["pack"] == p]) for p in packs],
        titles={p: titles[p] for p in dict.fromkeys(row["pack"] for row in rows)},
        query=query,
        markets=MARKETS,
        n=len(found),
        total=len(rows),
        unknown=one,
    )


def _row(ask: Ask, book: Rules, loaded: Loaded) -> dict[str, Any]:
    rule = loaded.rule
    grades = {m: book.severity(loaded, m) for m in loaded.markets}
    return {
        "id": rule.id,
        "pack": loaded.pack,
        "markets": loaded.markets,
        "severity": max(grades.values(), key=lambda s: s.rank),
        "grades": grades,
        "message": _worded(ask, rule.message),
        "topic": book.shelf.topics[rule.taxonomy].name.get(ask.language, rule.taxonomy),
        "since": rule.since,
        "until": rule.until,
        "over": not _in_force(rule.since, rule.until),
        "laws": sorted({book.shelf.laws[n].law for names in loaded.basis.values() for n in names}),
        "cases": sum(map(len, rule.cases.values())),
    }


def _in_force(since: date | None, until: date | None) -> bool:
    today = now().date()
    return not ((since and since > today) or (until and until < today))


def _worded(ask: Ask, words: dict[str, str]) -> str:
    """A rule's sentence in the reader's language, with an ellipsis where the found words go."""
    text = words.get(ask.language) or next(iter(words.values()), "")
    return text.replace("{match}", "…")


def _fits(row: dict[str, Any], query: dict[str, str]) -> bool:
    told = " ".join((row["id"], row["message"], row["topic"], *row["laws"])).casefold()
    return (
        all(word in told for word in query["search"].casefold().split())
        and query["market"] in ("", *row["markets"])
        and query["severity"] in ("", *(s.value for s in row["grades"].values()))
        and query["pack"] in ("", row["pack"])
    )


def _rule(ask: Ask, book: Rules, loaded: Loaded) -> str:
    """One rule whole: by market its grade and articles, its advice, and its cases."""
    laws = {m: [book.shelf.laws[name] for name in loaded.basis.get(m, ())] for m in loaded.markets}
    cases = [
        (kind, [c if isinstance(c, str) else str(c.get("text", "")) for c in each])
        for kind, each in loaded.rule.cases.items()
    ]
    file = loaded.file.rpartition("/")[2].rpartition("\\")[2]
    return ask.part(
        "rule",
        row=_row(ask, book, loaded),
        advice=_worded(ask, loaded.rule.advice),
        laws=laws,
        cases=cases,
        place=f"{file}:{loaded.line}",
    )


# --- a text to try --------------------------------------------------------------------------------


def _trial(
    ask: Ask, deed: Deed | None = None, found: list[Finding] | None = None, problem: str = ""
) -> str:
    given = deed.fields if deed else {}
    text = given.get("text", "")
    spans = [(f.start, f.end, f.severity.value) for f in found or [] if f.match]
    try:
        categories = sorted(ask.studio.rule_book(ask.actor).shelf.categories)
    except StudioError:
        return ""  # the packs are broken, and the page says so
    return ask.part(
        "trial",
        text=text,
        marks=editor.segments(text, spans),
        found=found,
        problem=problem,
        market=given.get("market", ""),
        category=given.get("category", ""),
        markets=MARKETS,
        categories=[(name, words.known(ask.language, "category", name)) for name in categories],
    )


def _tried(ask: Ask, deed: Deed) -> str:
    given = deed.fields
    market, category = given.get("market", ""), given.get("category", "")
    if not given.get("text", "").strip():
        return _trial(ask, deed, problem=ask.tr("trial.empty"))
    try:
        found = ask.studio.try_text(given["text"], ask.actor, market=market, category=category)
    except StudioError as error:
        return _trial(ask, deed, problem=refusals.told(ask.language, error))
    return _trial(ask, deed, [f for f in found if not f.cleared])


# --- channels -------------------------------------------------------------------------------------


def channels(ask: Ask) -> tuple[str, str]:
    """All channels, or the one of the address whole."""
    held = {c.id: c for c in ask.studio.channels(ask.actor)}
    one = held.get(ask.query.get("channel", ""))
    nav = ask.nav("/rules", "nav.channels")
    if one is None:
        return nav, ask.part("channels", channels=[_short(c) for c in held.values()])
    return nav, ask.part("channel", channel=one, **_limits(ask, one))


def _short(channel: Channel) -> dict[str, Any]:
    title = channel.fields.get("title")
    return {
        "id": channel.id,
        "name": channel.name,
        "markets": channel.markets,
        "title": title,
        "fields": len(channel.fields),
        "pictures": len(channel.slots),
        "as_of": date.fromisoformat(channel.options["as_of"]),
    }


def _limits(ask: Ask, channel: Channel) -> dict[str, Any]:
    """Each limit with how sure it is, whether it stops a listing, and where it was read."""
    options = channel.options
    cited, sure = options.get("cited", {}), options.get("conf", {})
    fields = [
        (editor.label(ask.language, name), limit, sure.get(name, "none"), cited.get(name, []))
        for name, limit in channel.fields.items()
    ]
    slots = [
        (s, editor.slot(ask.language, s.name), options.get("slot_conf", {}).get(s.name, "none"),
         cited.get(f"pictures.{s.name}", []))
        for s in channel.slots
    ]  # fmt: skip
    rules = [
        (r, editor.label(ask.language, r["field"]), cited.get(f"{r['field']}.{r['kind']}", []))
        for r in options.get("rules", [])
    ]
    return {
        "fields": fields,
        "slots": slots,
        "rules": rules,
        "sure": SURE,
        "as_of": date.fromisoformat(options["as_of"]),
        "changes": options.get("changes", []),
        "sources": channel.sources,
    }

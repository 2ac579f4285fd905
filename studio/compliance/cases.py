"""Runs the cases that rules carry: texts that must hit and texts that must not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from studio.compliance.items import context_of
from studio.compliance.rules import Rules
from studio.compliance.sentences import split
from studio.compliance.shelf import Loaded
from studio.schema import Claim, Context, Finding


@dataclass(frozen=True)
class Trial:
    """A case of a rule: a text in its surroundings, and whether the rule must find something."""

    loaded: Loaded
    text: str
    field: str
    context: Context
    hit: bool
    claims: tuple[Claim, ...] = ()

    def findings(self, rules: Rules) -> list[Finding]:
        """Uncleared findings of this rule in the text, wherever other rules overlap."""
        judged = rules.judged({self.field: self.text}, self.context, self.claims)
        mine = [f for each in judged for f in each if f.rule == self.loaded.rule.id]
        return [f for f in mine if not f.cleared]

    def failure(self, rules: Rules) -> str:
        """ "" when the case holds, else what is wrong, with the rule's place."""
        found = self.findings(rules)
        if bool(found) == self.hit:
            return ""
        wrong = f"must not be found ({found[0].match!r})" if found else "must be found"
        rule = self.loaded
        return f"{rule.file}:{rule.line}: {rule.rule.id}: {self.text!r} {wrong}"


def trials(rules: Rules) -> Iterator[Trial]:
    """All cases of all rules."""
    for loaded in rules.rules:
        for kind, cases in loaded.rule.cases.items():
            for case in cases:
                yield _trial(loaded, case, kind == "hit")


def failures(rules: Rules) -> list[str]:
    """The cases that do not hold, each with its file and line."""
    return [told for trial in trials(rules) if (told := trial.failure(rules))]


def idle(rules: Rules) -> list[str]:
    """The patterns that no case reaches, with the place of their rule: dead or untested."""
    reached: set[str] = set()
    for trial in trials(rules):
        for view in rules.views(trial.text):
            parts = [s.text.encode() for s in split(view.text)]
            reached |= {
                pattern.source
                for pattern in trial.loaded.patterns
                if pattern.source not in reached and any(map(pattern.regex.search, parts))
            }
    return [
        f"{loaded.file}:{loaded.line}: {loaded.rule.id}: no case reaches {pattern.source!r}"
        for loaded in rules.rules
        for pattern in loaded.patterns
        if pattern.source not in reached
    ]


def _trial(loaded: Loaded, case: str | Mapping[str, Any], hit: bool) -> Trial:
    """A plain text stands in the rule's first market, category, platform and field."""
    item: dict[str, Any] = {
        "jurisdiction": loaded.markets[:1],
        "category": next(iter(loaded.rule.categories or sorted(loaded.categories)), ""),
        "platform": min(loaded.platforms, default=""),
        "field": min(loaded.fields, default="description"),
        "on": loaded.rule.since or None,
    }
    item |= {"text": case} if isinstance(case, str) else dict(case)
    chinese = any("\u4e00" <= c <= "\u9fff" for c in item["text"])
    item.setdefault("lang", "zh" if chinese else "en")
    claims = tuple(_claim(item, claim) for claim in item.get("claims", ()))
    return Trial(loaded, item["text"], item["field"], context_of(item), hit, claims)


def _claim(item: Mapping[str, Any], claim: Mapping[str, Any]) -> Claim:
    """A claim of a case: `says` are its words in the text."""
    start = item["text"].index(claim["says"])
    return Claim(
        field=item["field"],
        start=start,
        end=start + len(claim["says"]),
        text=claim["says"],
        kind=claim["kind"],
        status=claim["status"],
        carrier=claim.get("carrier", ""),
        carrier_text=claim.get("fact", ""),
    )

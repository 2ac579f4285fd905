"""A second opinion on findings: off unless a judge is given, and never below the floor.

A judge sees open findings only, each with its sentence and the facts. It may lower or raise one by
a step, with a reason that is recorded; critical findings cannot be lowered. Its words are hostile
until they were parsed, and one that fails changes nothing and says so.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from pydantic import Field, ValidationError

from studio.compliance.cutting import sentence_of
from studio.errors import EngineError, SetupError
from studio.schema import Context, Finding, Noun, Severity

NOTE = "JUDGE"  # the id of the note that it failed, which is no finding
Verdict = Literal["keep", "lower", "raise"]
_STEP = {"keep": 0, "lower": -1, "raise": 1}
_SAID = {
    "keep": ("{name} agrees: {reason}", "{name} 同意：{reason}"),
    "lower": ("{name} lowers this: {reason}", "{name} 认为可降级：{reason}"),
    "raise": ("{name} raises this: {reason}", "{name} 认为应升级：{reason}"),
    "floor": (
        "{name} would lower this, which is not allowed for a forbidden statement: {reason}",
        "{name} 建议降级，但“禁止”级问题不可降级：{reason}",
    ),
}
_FAILED = {
    "en": "The second opinion failed, so the rules' findings stand as they are: {why}",
    "zh": "复核意见未能取得，以规则结果为准：{why}",
}


class Opinion(Noun):
    """What a judge says of a finding, and why."""

    verdict: Verdict
    reason: str = Field(min_length=1, max_length=400)


class Question(NamedTuple):
    """What a judge sees."""

    finding: Finding
    sentence: str
    context: Context


class Judge(Protocol):
    """Something that reads findings in their sentences."""

    name: str

    def opinions(self, questions: Sequence[Question]) -> Sequence[Opinion | None]:
        """One for each question; None leaves the finding as it is. May raise EngineError."""
        ...


def reviewed(
    findings: Sequence[Finding], texts: Mapping[str, str], context: Context, judge: Judge
) -> tuple[Finding, ...]:
    """The findings after the judge, and a note among them when it failed."""
    asked = [f for f in findings if not f.cleared and f.waived is None and f.field in texts]
    questions = [Question(f, _sentence(f, texts), context) for f in asked]
    if not questions:
        return tuple(findings)
    try:
        opinions = judge.opinions(questions)
    except (EngineError, SetupError) as error:
        return (*findings, failed(judge.name, error.message))
    said = {id(f): o for f, o in zip(asked, opinions, strict=True) if o is not None}
    after = [_after(f, said[id(f)], judge.name) if id(f) in said else f for f in findings]
    lost = len(asked) - len(said)
    why = f"{lost} of {len(asked)} answers could not be read"
    return (*after, failed(judge.name, why)) if lost else tuple(after)


def failed(name: str, why: str) -> Finding:
    """The note that a judge did not do its work. It blocks nothing."""
    return Finding(
        id=NOTE,
        rule="JUDGE.FAILED",
        severity=Severity.LOW,
        field="",
        start=0,
        end=0,
        match="",
        message={lang: text.format(why=f"{name}: {why}"[:400]) for lang, text in _FAILED.items()},
    )


def parsed(reply: str) -> Opinion | None:
    """The opinion in a model's reply, or None when it is not exactly one JSON object of ours."""
    text = re.sub(r"^```(?:json)?\s*|\s*```$", "", reply.strip()[:4000])
    try:
        said = json.loads(text)
        if not isinstance(said, dict) or set(said) != {"verdict", "reason"}:
            return None
        return Opinion.model_validate({**said, "reason": _line(said["reason"])})
    except (ValueError, ValidationError, RecursionError):
        return None


def _line(text: object) -> object:
    """One visible line of at most 300 characters."""
    if not isinstance(text, str):
        return text
    shown = "".join(c if unicodedata.category(c)[0] not in "CZ" else " " for c in text)
    return " ".join(shown.split())[:300]


def _after(finding: Finding, opinion: Opinion, name: str) -> Finding:
    grades = list(Severity)
    rank = min(len(grades) - 1, max(0, finding.severity.rank + _STEP[opinion.verdict]))
    floor = finding.severity is Severity.CRITICAL and opinion.verdict == "lower"
    said = _SAID["floor" if floor else opinion.verdict]
    words = [text.format(name=name, reason=opinion.reason) for text in said]
    return finding.model_copy(
        update={
            "severity": finding.severity if floor else grades[rank],
            "opinion": dict(zip(("en", "zh"), words, strict=True)),
        }
    )


def _sentence(finding: Finding, texts: Mapping[str, str]) -> str:
    """The original words of the sentence that holds the finding."""
    text = texts[finding.field]
    start, end = sentence_of(text, finding.start, finding.end)
    return text[start:end].strip()

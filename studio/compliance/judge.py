"""A second opinion on findings: off unless a judge is given, and never below the floor.

A judge may be a model behind a copy engine or a small classifier. It sees only a finding, its
sentence and the facts. What it changes is recorded in the finding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from studio.compliance.normal import plain
from studio.compliance.sentences import split
from studio.schema import Context, Finding, Severity


class Opinion(NamedTuple):
    """What a judge thinks: another severity, or cleared; always with its reason."""

    reason: str
    severity: Severity | None = None
    cleared: bool = False


class Judge(Protocol):
    """Something that reads a finding in its sentence."""

    name: str

    def opinion(self, finding: Finding, sentence: str, context: Context) -> Opinion | None:
        """None leaves the finding as it is."""
        ...


def reviewed(
    findings: Sequence[Finding], texts: Mapping[str, str], context: Context, judge: Judge
) -> tuple[Finding, ...]:
    """The findings after the judge. Critical ones cannot be lowered or cleared by it."""
    return tuple(
        _after(finding, judge.opinion(finding, _sentence(finding, texts), context), judge.name)
        for finding in findings
    )


def _after(finding: Finding, opinion: Opinion | None, name: str) -> Finding:
    if opinion is None:
        return finding
    severity = opinion.severity or finding.severity
    lowered = opinion.cleared or severity.rank < finding.severity.rank
    if finding.severity is Severity.CRITICAL and lowered:
        return finding
    note = f"{name}: {opinion.reason}"
    advice = {language: f"{text} ({note})" for language, text in finding.advice.items()}
    return finding.model_copy(
        update={
            "severity": severity,
            "advice": advice or {"en": note, "zh": note},
            "cleared": note if opinion.cleared else finding.cleared,
        }
    )


def _sentence(finding: Finding, texts: Mapping[str, str]) -> str:
    """The original words of the sentence that the finding begins in."""
    text = texts[finding.field]
    view = plain(text)
    for sentence in split(view.text):
        start, end = view.span(sentence.start, sentence.end)
        if start <= finding.start < end:
            return text[start:end]
    return text

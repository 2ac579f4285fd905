"""A second opinion is recorded, and does not go below the floor."""

from __future__ import annotations

from studio.compliance import load
from studio.compliance.judge import Opinion, reviewed
from studio.schema import Context, Finding, Severity

RULES = load()


class Lenient:
    """Clears whatever it sees, and remembers what that was."""

    name = "lenient"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def opinion(self, finding: Finding, sentence: str, context: Context) -> Opinion:
        self.seen.append(sentence)
        return Opinion("a figure of speech", cleared=True)


class Strict:
    name = "strict"

    def opinion(self, finding: Finding, sentence: str, context: Context) -> Opinion | None:
        return Opinion("aimed at children", Severity.CRITICAL) if finding.match else None


CONTEXT = Context(language="zh", markets=("CN",), category="home")
TEXTS = {"description": "容量很大。顶级做工看得见。颜色耐看。"}


def test_a_finding_is_cleared_with_the_judges_reason_and_only_its_sentence_is_seen() -> None:
    judge = Lenient()
    (found,) = reviewed(RULES.check(TEXTS, CONTEXT), TEXTS, CONTEXT, judge)
    assert found.cleared == "lenient: a figure of speech"
    assert judge.seen == ["顶级做工看得见。"]


def test_a_finding_is_raised_with_a_reason() -> None:
    (found,) = reviewed(RULES.check(TEXTS, CONTEXT), TEXTS, CONTEXT, Strict())
    assert found.severity is Severity.CRITICAL
    assert "strict: aimed at children" in found.advice["en"]


def test_a_critical_finding_stays() -> None:
    texts = {"description": "专治老寒腿的护膝"}
    before = RULES.check(texts, CONTEXT)
    assert before[0].severity is Severity.CRITICAL
    assert reviewed(before, texts, CONTEXT, Lenient()) == before

"""Every rule carries its own cases; here each of them runs."""

from __future__ import annotations

import pytest

from studio.compliance import load
from studio.compliance.cases import Trial, idle, trials

RULES = load()
TRIALS = list(trials(RULES))


@pytest.mark.parametrize("trial", TRIALS, ids=lambda t: f"{t.loaded.rule.id}:{t.text[:24]}")
def test_a_case_holds(trial: Trial) -> None:
    assert trial.failure(RULES) == ""


@pytest.mark.parametrize("loaded", RULES.rules, ids=lambda r: r.rule.id)
def test_a_rule_has_cases_of_both_kinds(loaded: object) -> None:
    cases = loaded.rule.cases  # type: ignore[attr-defined]
    assert cases.get("hit"), "no case that must hit"
    assert cases.get("clear"), "no case that must not"


def test_every_pattern_is_reached_by_a_case_of_its_rule() -> None:
    """A pattern that nothing reaches is dead, as one with `[^\\W]` is for Chinese."""
    assert idle(RULES) == []

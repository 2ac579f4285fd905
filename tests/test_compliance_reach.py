"""A paper carries a claim only as far as it reaches itself."""

from __future__ import annotations

import pytest

from studio.compliance.reach import reaches


@pytest.mark.parametrize(
    ("paper", "said"),
    [
        ("2026年度全国销量报告", "2026年度全国销量冠军"),
        ("2026年度报告", "2026年3月销量冠军"),
        ("national survey 2026", "the region's favourite"),
        ("sales report", "the nation's favourite in 2026"),
        ("2026 report", "the nation's favourite"),
    ],
)
def test_a_paper_that_reaches_as_far(paper: str, said: str) -> None:
    assert reaches(paper, said)


@pytest.mark.parametrize(
    ("paper", "said"),
    [
        ("第二周周销榜", "年度销量冠军"),
        ("华东区销量榜", "全国销量第一"),
        ("regional store panel", "the nation's favourite"),
        ("sales of may 2026", "bestseller of the year"),
        ("survey of 2024", "voted first in 2026"),
    ],
)
def test_a_paper_that_falls_short(paper: str, said: str) -> None:
    assert not reaches(paper, said)

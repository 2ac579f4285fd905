"""A paper carries a claim only as far as it reaches itself."""

from __future__ import annotations

import pytest

from studio.compliance.reach import measures, reaches


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


@pytest.mark.parametrize(
    ("paper", "clause"),
    [
        ("控油功效测试 n=31 8小时", "控油八小时"),
        ("hydration +19% after 2 h", "skin is 15% better hydrated"),
        ("除螨率检测 d5", "d5实测除螨"),
        ("en 410 test report of 2025", "tested to en 1836"),
        ("a test", "holds for 24 hours"),
    ],
)
def test_a_paper_that_measured_it(paper: str, clause: str) -> None:
    assert measures(paper, clause, clause)


@pytest.mark.parametrize(
    ("paper", "clause"),
    [
        ("控油功效测试 n=31 4小时", "控油整整二十四小时"),
        ("instrument test, +9% firmness", "firming up to 60%"),
        ("hydration after 2 h", "hydrated for 96 hours"),
        ("除螨率检测 d5 型号", "d3轻便好推"),
    ],
)
def test_a_paper_that_measured_less_or_something_else(paper: str, clause: str) -> None:
    assert not measures(paper, clause, clause)

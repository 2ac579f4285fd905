"""Numbers that rules once doubted although they are names, or the fact rounded."""

from __future__ import annotations

import pytest

from studio import checks, compliance
from studio.compliance.items import context_of
from studio.schema import ClaimStatus, Severity

RULES = compliance.load()


def graves(text: str, **facts: str) -> list[str]:
    """What the rules hold against the numbers of a title."""
    chinese = any(c > "\u3400" for c in text)
    item = {"lang": "zh" if chinese else "en", "jurisdiction": "CN" if chinese else "US"}
    _, found = checks.read({"title": text}, context_of(item | {"attributes": facts}), RULES)
    return [f.match for f in found if not f.cleared and f.severity is not Severity.LOW]


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("6A数据线 1.5米", {"电流": "6A", "长度": "1.5米"}),
        ("适用荣耀8XMax的钢化膜", {"材质": "钢化玻璃", "厚度": "0.3mm"}),
        ("战66 六代 轻薄本 英特尔13代", {"材质": "金属"}),
        ("Cordless Stick Vacuum 25V", {"power supply": "cordless", "battery": "25.2V lithium"}),
        ("25V电钻", {"电压": "25.2V"}),
    ],
)
def test_a_name_or_a_rounded_fact_is_no_contradiction(text: str, facts: dict[str, str]) -> None:
    assert graves(text, **facts) == []


@pytest.mark.parametrize(
    ("text", "facts", "wrong"),
    [
        ("6A快充线", {"电流": "3A", "特点": "快充"}, "6A"),
        ("66W快充", {"功率": "33W", "特点": "快充"}, "66W"),
        ("英特尔13代", {"处理器": "英特尔12代"}, "13代"),
        ("8倍变焦", {"变焦": "4倍"}, "8倍"),
        ("25V drill", {"voltage": "20 V"}, "25V"),
        ("25V drill", {"voltage": "25.6 V"}, "25V"),
        ("25.4V drill", {"voltage": "25.2 V"}, "25.4V"),
        ("350 ml mug", {"capacity": "346 ml"}, "350 ml"),
    ],
)
def test_what_differs_is_still_told(text: str, facts: dict[str, str], wrong: str) -> None:
    assert wrong in graves(text, **facts)


def test_the_current_of_a_charger_is_no_time() -> None:
    context = context_of({"lang": "zh", "attributes": {"电流": "6A"}})
    claims, _ = checks.read({"title": "6A快充线"}, context, RULES)
    (current,) = (claim for claim in claims if claim.text == "6A")
    assert (current.status, current.carrier) == (ClaimStatus.SUPPORTED, "attribute:电流")

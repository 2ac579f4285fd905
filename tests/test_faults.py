"""A small benchmarks/faults.py: what is killed, bent or set back loses nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

import faults

if sys.platform != "linux":
    pytest.skip("limits and kills are those of Linux", allow_module_level=True)


@pytest.fixture(autouse=True)
def same_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The benchmark sets the clock of a whole process, which other tests share."""
    for name, module in list(sys.modules.items()):
        if name.startswith("studio") and hasattr(module, "now"):
            monkeypatch.setattr(module, "now", module.now)


@pytest.mark.parametrize(
    ("fault", "items", "count"),
    [("kills", 70, 2), ("pages", 0, 4), ("clock", 0, 0)],
)
def test_nothing_acknowledged_is_lost(tmp_path: Path, fault: str, items: int, count: int) -> None:
    result = faults.run(fault, tmp_path, items, count)
    assert result["bad"] == 0, result
    if fault != "pages":
        assert sum(result["acknowledged"].values()) > 5, "it proves nothing"

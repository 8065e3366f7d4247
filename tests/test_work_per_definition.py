"""One more definition costs no more than so many lines of Python: a clean one, distinct from the others of the run.

No clock is looked at. What a run costs once (imports, rules, tables) is taken off by comparing two runs, as
benchmarks/throughput.py does with a clock. Who makes a check need less lowers the limits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from inputs import KINDS

from taskfit import checking
from taskfit.config.settings import Configuration
from taskfit.session import Session

FEW, MANY = 4, 12


def lines_of_check(folder: Path) -> int:
    """The lines that a check runs in taskfit itself; what a Python version has in its own library differs."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace if "taskfit" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        report = checking.check(Session.under(Configuration()), [str(folder)])
    finally:
        sys.settrace(before)
    assert report.findings == ()
    assert report.failures == ()
    return count


def lines_per_definition(folder: Path, write: Callable[[Path, int], None]) -> float:
    counts = []
    for count in (FEW, MANY):
        inside = folder / str(count)
        inside.mkdir()
        write(inside, count)
        lines_of_check(inside)  # imports and caches
        counts.append(lines_of_check(inside))
    return (counts[1] - counts[0]) / (MANY - FEW)


@pytest.mark.usefixtures("after_many_definitions")
@pytest.mark.parametrize(("kind", "most"), [("plain", 1950), ("CloudFormation", 11_200), ("Terraform", 8_400)])
def test_one_more_definition_costs_so_many_lines_at_most(kind: str, most: int, tmp_path: Path) -> None:
    lines = lines_per_definition(tmp_path, KINDS[kind])
    assert most / 2 < lines <= most

"""The work grows in proportion to the input: lines of Python executed at three sizes, for the kinds of benchmarks/growth.py.

No clock is looked at, so a busy machine changes nothing. What C does within one call (a regular expression, a search in a
string) is not seen here; `python benchmarks/growth.py` measures it.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest
from conftest import ROOT

from taskfit import reports
from taskfit.config.settings import Configuration
from taskfit.session import Session


@cache
def growth() -> ModuleType:
    specification = importlib.util.spec_from_file_location("growth", ROOT / "benchmarks" / "growth.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


SMALLEST = 24
"""Things in the smallest input; the others have two and four times as many."""

CHARACTERS = 2000
"""Of the smallest string: above what any rule takes for a name."""

SMALLEST_OF = {"dependsOn, each on all before": 400}

IN_LOGARITHM = 2.35
"""What twice as much input may take: twice the work, and the logarithms of sorting."""

CONSTANT = 400
"""Lines that may differ by chance, such as a first use of a cache."""


def lines_for(path: Path) -> int:
    count = 0

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        report = Session.under(Configuration()).check([str(path)])
        reports.render("text", report, reports.View(lambda name: Path(name).read_text(encoding="utf-8")))
    finally:
        sys.settrace(before)
    assert report.failures == ()
    return count


@pytest.mark.parametrize("kind", sorted(growth().KINDS))
def test_twice_as_much_takes_twice_the_work(kind: str, tmp_path: Path) -> None:
    suffix, make, _ = growth().KINDS[kind]
    path = tmp_path / f"task{suffix}"
    smallest = SMALLEST_OF.get(kind, CHARACTERS if "string" in kind or "fault" in kind.split() else SMALLEST)
    path.write_text(make(smallest), encoding="utf-8")
    lines_for(path)  # imports and caches
    counts = []
    for size in (smallest, 2 * smallest, 4 * smallest):
        path.write_text(make(size), encoding="utf-8")
        counts.append(lines_for(path))
    first, second = counts[1] - counts[0], counts[2] - counts[1]
    assert second <= IN_LOGARITHM * max(first, 0) + CONSTANT, counts

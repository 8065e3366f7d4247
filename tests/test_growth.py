"""The work grows in proportion to the input: lines of Python executed at three sizes, for the kinds of benchmarks/growth.py.

Each kind was once slower than that, or would be if something were searched for each of many; the kinds are named by what
there is much of. Known to be above: the entries of `suppressions` times the findings of their rules.

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

from taskfit import session


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

SMALLEST_OF = {
    "dependsOn, each on all before": 400,
    "for within for within for": 512,
    "patterns for a tenth of the files": 80,
}

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

    run = session.start() if path.is_dir() else session.start(isolated=True)
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        report = growth().reported(run, path)
    finally:
        sys.settrace(before)
    assert report.failures == ()
    return count


@pytest.mark.parametrize("kind", sorted([*growth().KINDS, *growth().TREES]))
def test_twice_as_much_takes_twice_the_work(kind: str, tmp_path: Path) -> None:
    usual = CHARACTERS if "string" in kind or "fault" in kind.split() or "line" in kind.split() else SMALLEST
    smallest = SMALLEST_OF.get(kind, usual)
    lines_for(growth().written(kind, smallest // 2, tmp_path))  # imports and caches
    counts = [lines_for(growth().written(kind, size, tmp_path)) for size in (smallest, 2 * smallest, 4 * smallest)]
    first, second = counts[1] - counts[0], counts[2] - counts[1]
    assert second <= IN_LOGARITHM * max(first, 0) + CONSTANT, counts

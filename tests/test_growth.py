"""The work grows in proportion to the input: lines of Python executed at three sizes, for the kinds of the benchmarks.

Each kind was once slower than that, or would be if something were searched for each of many; the kinds are named by what
there is much of.

No clock is looked at, so a busy machine changes nothing. What C does within one call (a regular expression, a search in a
string) is not seen here; `python benchmarks/growth.py` measures it.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import growth
import pytest
from kinds import KINDS
from trees import TREES

from taskfit import checking, session
from taskfit.engine import engine
from taskfit.sources.dependents import Dependents

SMALLEST = 24
"""Things in the smallest input; the others have two and four times as many."""

CHARACTERS = 2000
"""Of the smallest string: above what any rule takes for a name."""

SMALLEST_OF = {
    "dependsOn, each on all before": 400,
    "for within for within for": 512,
    "for_each of Terraform": 120,  # above the instances that are looked at
    "count of Terraform": 120,
    "patterns for a tenth of the files": 80,
    "conditions in a heredoc of Terraform": 8,
}

IN_LOGARITHM = 2.35
"""What twice as much input may take: twice the work, and the logarithms of sorting."""

CONSTANT = 400
"""Lines that may differ by chance, such as a first use of a cache."""


def lines_of(work: Callable[[], Any]) -> int:
    count = 0

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def lines_for(kind: str, path: Path) -> int:
    run = session.start() if path.is_dir() else session.start(isolated=True)

    def check() -> None:
        assert growth.reported(run, kind, path).failures == ()

    return lines_of(check)


def is_linear(counts: Sequence[int]) -> bool:
    """Whether of three sizes, each twice the one before, the last takes twice as much more as the second."""
    first, second = counts[1] - counts[0], counts[2] - counts[1]
    return second <= IN_LOGARITHM * max(first, 0) + CONSTANT


@pytest.mark.usefixtures("after_many_definitions")
@pytest.mark.parametrize("kind", sorted([*KINDS, *TREES]))
def test_twice_as_much_takes_twice_the_work(kind: str, tmp_path: Path) -> None:
    usual = CHARACTERS if "string" in kind or "MB" in kind.split() else SMALLEST
    smallest = SMALLEST_OF.get(kind, usual)
    lines_for(kind, growth.written(kind, smallest + 1, tmp_path))  # imports and caches
    sizes = (smallest, 2 * smallest, 4 * smallest)
    counts = [lines_for(kind, growth.written(kind, size, tmp_path)) for size in sizes]
    assert is_linear(counts), counts


def test_memory_in_cycles_is_freed_after_some_files_where_nothing_else_frees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the command does, which needs no collection for a few files."""
    monkeypatch.setattr(engine, "PORTION", 10)
    run = session.start(isolated=True, options={"jobs": 1})

    def objects(count: int) -> int:
        checking.check(run, [str(growth.written("files with a task definition", count, tmp_path))])
        return gc.get_count()[0]

    gc.collect()
    gc.disable()
    try:
        objects(10)
        counts = [objects(count) for count in (20, 40)]
    finally:
        gc.enable()
        gc.unfreeze()
    assert counts[1] < counts[0] + 10


@pytest.mark.parametrize("name", ["task.json", "task{0}.json"], ids=["one name", "many names"])
def test_the_readers_of_many_changed_files_are_found_in_linear_time(tmp_path: Path, name: str) -> None:
    """Each folder has a pipeline that names its task definition, and a template that deploys another as a stack."""

    def lines(count: int) -> int:
        tree = tmp_path / f"tree{count}"
        for n in range(count):
            (tree / f"f{n}").mkdir(parents=True)
            (tree / f"f{n}" / name.format(n)).write_text("{}", encoding="utf-8")
            (tree / f"f{n}" / "buildspec.yml").write_text(f"artifacts: [{name.format(n)}]", encoding="utf-8")
            stack = f"Type: AWS::CloudFormation::Stack\nTemplateURL: {name.format(n)}"
            (tree / f"f{n}" / "stack.yaml").write_text(stack, encoding="utf-8")
        files = sorted(path for path in tree.rglob("*") if path.is_file())
        return lines_of(lambda: Dependents(files).of(files))

    lines(SMALLEST)
    assert is_linear([lines(size) for size in (2 * SMALLEST, 4 * SMALLEST, 8 * SMALLEST)])

"""Files as they are and damaged: no crash, every place in the file, every format readable, fixes final."""

from __future__ import annotations

from functools import cache

import invariants
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from taskfit.engine import engine
from taskfit.finding import Report
from taskfit.sources.files import File

TEXTS = (
    '"',
    "'",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\n",
    "\t",
    "- ",
    "${X}",
    "{{ x }}",
    "<<: *a",
    "&a ",
    "*a",
    "null",
    "-1",
)
MORE = ("9" * 30, "\\ud83d", "é\u202e\u2028😀", "\ufeff", "#", "/*", "!Ref ", "# taskfit: ignore[FIT301]", "\0")
JUNK = st.sampled_from((*(text.encode() for text in (*TEXTS, *MORE)), b"\xff"))


@cache
def seeds() -> list[tuple[str, bytes]]:
    return invariants.seeds()


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file with some stretches replaced by junk, left out, or doubled."""
    suffix, content = draw(st.sampled_from(seeds()))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.sampled_from((0, 0, 1, 1, 5, 50))))
        middle = draw(JUNK) if draw(st.booleans()) else content[start:end] * draw(st.integers(0, 2))
        content = content[:start] + middle + content[end:]
    return suffix, content


@settings(max_examples=150)
@given(damaged())
def test_a_damaged_file_is_reported_and_crashes_nothing(file: tuple[str, bytes]) -> None:
    suffix, content = file
    invariants.check(content, suffix)


@settings(max_examples=60)
@given(damaged())
@example((".json", b"\xff{}"))
def test_fixes_come_to_an_end_and_are_final(file: tuple[str, bytes]) -> None:
    suffix, content = file
    invariants.fix(content, suffix)


@settings(max_examples=15)
@given(st.lists(damaged(), min_size=2, max_size=5))
def test_a_broken_neighbour_costs_no_finding_and_jobs_change_nothing(files: list[tuple[str, bytes]]) -> None:
    given_files = [File(f"f{number}{suffix}", data=content) for number, (suffix, content) in enumerate(files)]
    together = engine.check(given_files, invariants.run(), jobs=1)
    alone = Report.merged(engine.check([file], invariants.run(), jobs=1) for file in given_files)
    assert together.findings == alone.findings
    assert together == engine.check(given_files, invariants.run(), jobs=2)


@pytest.mark.parametrize("number", range(8))
def test_every_seed_holds_all_of_it(number: int) -> None:
    for suffix, content in seeds()[number::8]:
        invariants.check(content, suffix)

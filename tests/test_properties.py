"""Files as they are and damaged: no crash, every place in the file, every format readable, fixes final."""

from __future__ import annotations

import json
from functools import cache

import invariants
import pytest
import seeds
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
def files() -> list[tuple[str, bytes]]:
    return [*seeds.files(), *(file for some in seeds.FORMATS.values() for file in some)]


@st.composite
def damaged(draw: st.DrawFn, ending: tuple[str, ...] = (), content: bytes | None = None) -> tuple[str, bytes]:
    """A file, or another content, with some stretches replaced by junk, left out, or doubled."""
    chosen = [file for file in files() if not ending or file[0] in ending] if content is None else [("", content)]
    suffix, content = draw(st.sampled_from(chosen))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.sampled_from((0, 0, 1, 1, 5, 50))))
        middle = draw(JUNK) if draw(st.booleans()) else content[start:end] * draw(st.integers(0, 2))
        content = content[:start] + middle + content[end:]
    return suffix, content


@st.composite
def directives(draw: st.DrawFn) -> bytes:
    """A comment that asks to suppress something."""
    mark, rules = (
        draw(st.sampled_from(("#", "//", "/*"))),
        draw(st.sampled_from(("", "[FIT101, FIT4]", "[ALL]", "[x]"))),
    )
    return f"  {mark} taskfit: ignore{rules} {draw(st.text(max_size=5))}".encode("utf-8", "replace")


@settings(max_examples=150)
@given(damaged())
def test_a_damaged_file_is_reported_and_crashes_nothing(file: tuple[str, bytes]) -> None:
    suffix, content = file
    report = invariants.check(content, suffix)
    invariants.printable(report, content.decode("utf-8", "replace"))


@settings(max_examples=150)
@given(damaged(ending=(".json", ".yaml")))
def test_the_text_at_a_place_spells_the_value(file: tuple[str, bytes]) -> None:
    suffix, content = file
    invariants.locate(content, suffix)


@settings(max_examples=100)
@given(damaged(), directives(), st.floats(0, 1))
@example((".yaml", seeds.DIRECTIVES), b"", 0)
def test_a_directive_loses_no_finding(file: tuple[str, bytes], directive: bytes, place: float) -> None:
    suffix, content = file
    lines = content.split(b"\n")
    lines[int(place * (len(lines) - 1))] += directive
    invariants.suppressing(b"\n".join(lines), suffix)


@settings(max_examples=60)
@given(damaged(content=json.dumps(seeds.BASELINE).encode()))
def test_a_damaged_baseline_is_refused_or_covers_what_it_names(file: tuple[str, bytes]) -> None:
    invariants.cover(file[1])


def test_the_entries_of_a_baseline_count() -> None:
    assert invariants.cover(json.dumps(seeds.BASELINE).encode()) == 3


@pytest.mark.parametrize("expression", seeds.EXPRESSIONS)
def test_an_expression_is_evaluated(expression: str) -> None:
    invariants.resolve(expression.encode())


@settings(max_examples=100)
@given(st.sampled_from(seeds.EXPRESSIONS), st.sampled_from(seeds.EXPRESSIONS), JUNK, st.data())
def test_an_expression_is_evaluated_alike_whatever_it_is(
    one: str, other: str, junk: bytes, data: st.DataObject
) -> None:
    mixed = (one[: data.draw(st.integers(0, len(one)))] + other[data.draw(st.integers(0, len(other))) :]).encode()
    at = data.draw(st.integers(0, len(mixed)))
    invariants.resolve(mixed[:at] + junk * data.draw(st.integers(0, 1)) + mixed[at:])


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
    for suffix, content in files()[number::8]:
        invariants.check(content, suffix)

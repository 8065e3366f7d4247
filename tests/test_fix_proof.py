"""A fix is made only if the file reads afterwards as the fix says: in every definition, and every way to read it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from taskfit.definition import TaskDefinition
from taskfit.engine import fixing
from taskfit.finding import Change, Edit, Finding, Fix, Severity, Span
from taskfit.sources import reader
from taskfit.sources.document import Document, Fault, Reading

LINES = (
    "[",
    ' {"family": "a", "cpu": "1", "containerDefinitions": []},',
    ' {"family": "b", "cpu": "2", "containerDefinitions": []}',
    "]",
)
TEXT = "\n".join(LINES).encode()


def read(content: bytes) -> Document:
    return reader.read(content, {})


def fix(definition: int, written: str, value: str, *, pointer: str = "/cpu", applicability: Any = "safe") -> Fix:
    """A fix that writes something in the place of a definition's cpu, and says that it makes it a value."""
    start = LINES[definition + 1].index('"cpu": "') + len('"cpu": "') + 1
    edit = Edit(Span(definition + 2, start, definition + 2, start + 1), written)
    return Fix(applicability, (edit,), (Change("replace", pointer, value),), definition)


def fixed(*fixes: Fix, **options: bool) -> tuple[bytes, int]:
    """The text with some fixes, as they are found once, and how many were made."""
    findings = [Finding("FIT101", "x", Severity.ERROR, "m", "a", Span(1, 1, 1, 1), fix=each) for each in fixes]
    rounds = iter([findings])
    made = fixing.fix_content(TEXT, lambda _: next(rounds, []), read, **options)
    assert made.is_settled
    return made.content, made.number


def with_cpu(one: str, other: str) -> bytes:
    return TEXT.replace(b'"1"', f'"{one}"'.encode()).replace(b'"2"', f'"{other}"'.encode())


HONEST, OTHER, LYING = fix(0, "3", "3"), fix(1, "4", "4"), fix(1, "5", "6")


@pytest.mark.parametrize(
    ("fixes", "content", "number"),
    [
        ([HONEST], with_cpu("3", "2"), 1),
        ([HONEST, OTHER], with_cpu("3", "4"), 2),
        ([LYING], TEXT, 0),
        ([HONEST, LYING], with_cpu("3", "2"), 1),
        ([LYING, HONEST], with_cpu("3", "2"), 1),
        ([LYING, OTHER], with_cpu("1", "4"), 1),  # which is tried where the first that touches the same is not made
        ([LYING, fix(1, "7", "8"), OTHER], with_cpu("1", "4"), 1),
        ([fix(0, "1", "1")], TEXT, 0),  # changes nothing
        ([fix(0, "3", "3")._replace(definition=1)], TEXT, 0),  # says that it changes another
        ([fix(0, '3", "memory": "9', "3")], TEXT, 0),  # changes more than it says
        ([fix(0, '3"}, {"containerDefinitions": [], "cpu": "', "3")], TEXT, 0),  # makes three of two
        ([fix(0, "3", "3", pointer="/ephemeralStorage/sizeInGiB")], TEXT, 0),  # speaks of what is not there
        ([fix(0, "3", "3", pointer="/containerDefinitions/0/cpu")], TEXT, 0),
        ([fix(0, "3", "3", pointer="/containerDefinitions/x")], TEXT, 0),
        ([fix(0, '3", "cpu": "3', "3")], TEXT, 0),  # makes a fault: the key stands twice
    ],
)
def test_a_fix_does_what_it_says_or_is_not_made(fixes: Sequence[Fix], content: bytes, number: int) -> None:
    assert fixed(*fixes) == (content, number)


def test_unsafe_fixes_are_made_if_asked_for_only() -> None:
    unsafe = fix(0, "3", "3", applicability="unsafe")
    assert fixed(unsafe) == (TEXT, 0)
    assert fixed(unsafe, OTHER) == (with_cpu("1", "4"), 1)
    assert fixed(unsafe, OTHER, unsafe=True) == (with_cpu("3", "4"), 2)


def test_a_fix_that_is_proved_is_the_content_that_it_makes() -> None:
    assert fixing.proved(TEXT, [HONEST, OTHER], read) == with_cpu("3", "4")
    assert fixing.proved(TEXT, [LYING], read) is None
    assert fixing.proved(TEXT, [fix(0, "1", "1")], read) is None


def document(*definitions: Sequence[dict[str, Any]], faults: int = 0) -> Document:
    """Definitions, each by the data of its readings."""
    readings = [
        tuple(Reading(TaskDefinition(data), lambda _pointer, _on_key: Span(1, 1, 1, 1)) for data in each)
        for each in definitions
    ]
    return Document(readings, [Fault("wrong", Span(1, 1, 1, 1))] * faults)


SMALL, LARGE, HUGE = {"cpu": "1"}, {"cpu": "2"}, {"cpu": "3"}
MORE = Fix("safe", (), (Change("replace", "/cpu", "2"),), 0)


@pytest.mark.parametrize(
    ("before", "after", "is_faithful"),
    [
        (document([SMALL]), document([LARGE]), True),
        (document([SMALL]), document([SMALL]), False),
        (document([SMALL, HUGE]), document([LARGE, LARGE]), True),
        (document([SMALL, HUGE]), document([LARGE]), True),  # which two ways to read it come to
        (document([SMALL]), document([LARGE, LARGE]), False),
        (document([SMALL | {"a": 1}, SMALL | {"a": 2}]), document([LARGE | {"a": 2}, LARGE | {"a": 1}]), True),
        (document([SMALL | {"a": 1}, SMALL | {"a": 2}]), document([LARGE | {"a": 1}, LARGE | {"a": 3}]), False),
        (document([SMALL, HUGE]), document([LARGE, HUGE]), False),
        (document([SMALL], [HUGE]), document([LARGE], [HUGE]), True),
        (document([SMALL], [HUGE]), document([LARGE], [LARGE]), False),
        (document([SMALL], [SMALL]), document([SMALL], [LARGE]), False),
        (document([SMALL]), document([LARGE], [LARGE]), False),
        (document([SMALL]), document([LARGE], faults=1), False),
        (document([SMALL], faults=1), document([LARGE], faults=1), True),
        (document([SMALL], faults=1), document([LARGE]), True),
        (document([{}]), document([LARGE]), True),
        (document([{"cpu": "1", "a": [1]}]), document([{"cpu": "2", "a": [2]}]), False),
        (document([{"cpu": "1", "a": {}}]), document([{"cpu": "2", "a": []}]), False),
        (document([{"cpu": "1", "a": {"b": 1}}]), document([{"cpu": "2", "a": 1}]), False),
        (document([{"cpu": "1", "a": [1]}]), document([{"cpu": "2", "a": "1"}]), False),
    ],
)
def test_a_file_reads_as_the_fix_says_in_every_way_to_read_it(
    before: Document, after: Document, is_faithful: bool
) -> None:
    assert fixing.is_faithful(before, after, [MORE]) is is_faithful


@pytest.mark.parametrize("mode", [0o444, 0o555, 0o400])
def test_a_read_only_file_is_not_written_even_by_root(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "task.json"
    path.write_bytes(b"before")
    path.chmod(mode)
    with pytest.raises(fixing.UnwritableError, match=r"^task\.json: not fixed, because it is read-only$"):
        fixing.write(fixing.FixedFile("task.json", path, b"before", b"after", 1, is_settled=True), [tmp_path])
    assert path.read_bytes() == b"before"


def test_what_is_no_file_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(fixing.UnwritableError, match="-: not a file"):
        fixing.write(fixing.FixedFile("-", None, b"", b"", 1, is_settled=True), [tmp_path])
    (tmp_path / "folder").mkdir()
    with pytest.raises(fixing.UnwritableError, match="not a regular file"):
        fixing.write(fixing.FixedFile("f", tmp_path / "folder", b"", b"", 1, is_settled=True), [tmp_path])

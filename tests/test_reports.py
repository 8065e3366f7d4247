"""Each output format on reports made by hand; what whole runs print is in test_examples.py."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from taskfit import reports
from taskfit.finding import Finding, Related, Report, Severity, Span

FORMATS = (*reports.FORMATS, "statistics")

WORKER = """\
{
  "family": "worker",
  "cpu": "1024",
  "memory": "2048",
  "containerDefinitions": [
    {"name": "worker", "image": "worker:1", "cpu": 768, "memory": 3072},
    {"name": "otel", "image": "otel:1", "cpu": 512}
  ]
}
"""

MEMORY = Finding(
    code="FIT402",
    name="containers-exceed-task-memory",
    severity=Severity.ERROR,
    message="container worker may use 3072 MiB, the whole task has 2048.",
    path="deploy/worker.json",
    span=Span(6, 67, 6, 71),
    definition="worker",
    container="worker",
    pointer="/containerDefinitions/0/memory",
    help="Lower it to 2048.",
    label="more than the task",
    related=(Related(Span(4, 13, 4, 19), "the task's memory"),),
    data={"have": 2048, "need": 3072},
)
CPU = Finding(
    code="FIT401",
    name="containers-exceed-task-cpu",
    severity=Severity.WARNING,
    message="the containers reserve 1280 CPU units of 1024.",
    path="deploy/worker.json",
    span=Span(3, 10, 3, 16),
    related=(Related(Span(6, 52, 6, 55), "768"), Related(Span(7, 48, 7, 51), "512")),
)


def render(
    name: str, *findings: Finding, source: str = WORKER, color: bool = False, quiet: bool = True, **counts: Any
) -> str:
    report = Report(findings=findings, **{"files": 1, "definitions": 1, **counts})
    return reports.render(name, report, reports.View(sources=lambda _path: source, color=color, quiet=quiet))


def test_text_underlines_the_place_and_what_it_is_compared_with() -> None:
    assert render("text", MEMORY) == (
        "error[FIT402]: container worker may use 3072 MiB, the whole task has 2048.\n"
        " --> deploy/worker.json:6:67 (worker, container worker)\n"
        "  |\n"
        '4 |   "memory": "2048",\n'
        "  |             ------ the task's memory\n"
        '5 |   "containerDefinitions": [\n'
        '6 |     {"name": "worker", "image": "worker:1", "cpu": 768, "memory": 3072},\n'
        "  |                                                                   ^^^^ more than the task\n"
        "  |\n"
        "  = help: Lower it to 2048.\n"
    )


def test_text_names_a_line_of_another_file_once_for_each_label() -> None:
    places = [(7, 3, "where memory is set"), (7, 30, "where memory is set"), (7, 40, "the port"), (9, 3, "the port")]
    related = tuple(Related(Span(line, column, line, column + 2), label, "other.tf") for line, column, label in places)
    notes = [line for line in render("text", replace(MEMORY, related=related)).splitlines() if "= note" in line]
    assert notes == [
        "  = note: other.tf:7: where memory is set",
        "  = note: other.tf:7: the port",
        "  = note: other.tf:9: the port",
    ]


def test_text_leaves_out_what_lies_between_distant_places() -> None:
    shown = render("text", CPU)
    assert [line.split(" |")[0].strip() for line in shown.splitlines()[2:]] == ["", "3", "", "...", "6", "", "7", ""]


def test_text_without_the_source_still_says_what_and_where() -> None:
    report = Report(findings=(CPU,), files=1, definitions=1)
    assert reports.render("text", report, reports.View(sources=lambda _path: None, quiet=True)) == (
        "warning[FIT401]: the containers reserve 1280 CPU units of 1024.\n --> deploy/worker.json:3:10\n"
    )


def test_text_cuts_a_long_line_around_each_place() -> None:
    containers = ", ".join(f'{{"name": "c{number}", "memory": 128}}' for number in range(40))
    source = f'{{"memory": "2048", "containerDefinitions": [{containers}]}}'
    column = source.index('"c30"') + 1
    finding = replace(CPU, span=Span(1, column, 1, column + 5), related=(Related(Span(1, 12, 1, 18), "the task"),))
    lines = render("text", finding, source=source).splitlines()[3:]
    for line, underline, place in zip(lines[::2], lines[1::2], ('"2048"', '"c30"'), strict=True):
        start = re.search("[-^]", underline)
        assert start
        assert line[start.start() :].startswith(place)
    assert max(map(len, lines)) < 130


@pytest.mark.parametrize(
    ("source", "span"),
    [
        ('\t"cpu": "1"', Span(1, 9, 1, 12)),
        ('\ufeff"cpu": "1"', Span(1, 8, 1, 11)),
        ('"a\x1b[31m": "1"', Span(1, 11, 1, 14)),
    ],
    ids=["tab", "byte order mark", "escape sequence"],
)
def test_underline_stands_below_the_value_as_shown(source: str, span: Span) -> None:
    row, underline = render("text", replace(CPU, span=span, related=()), source=source).splitlines()[3:5]
    assert row[underline.index("^") : underline.rindex("^") + 1] == '"1"'


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_the_reader_counts_them(line_end: str) -> None:
    source = WORKER.replace("\n", line_end).replace("worker:1", "worker\x0b\x0c\x85\u2028:1")
    assert '4 |   "memory": "2048",\n' in render("text", MEMORY, source=source)


@pytest.mark.parametrize("span", [Span(1, 1, 1, 1), Span(2, 3, 8, 4), Span(8, 40, 8, 44), Span(90, 1, 90, 2)])
def test_text_survives_odd_spans(span: Span) -> None:
    assert render("text", replace(CPU, span=span)).startswith("warning[FIT401]")


def test_concise_is_one_line_a_finding() -> None:
    assert render("concise", CPU, MEMORY) == (
        "deploy/worker.json:3:10: warning[FIT401] the containers reserve 1280 CPU units of 1024.\n"
        "deploy/worker.json:6:67: error[FIT402] container worker may use 3072 MiB, the whole task has 2048."
        " (Lower it to 2048.)\n"
    )


def test_json_has_the_keys_of_the_interface() -> None:
    assert json.loads(render("json", MEMORY, files=12, definitions=9)) == {
        "version": 1,
        "findings": [
            {
                "code": "FIT402",
                "name": "containers-exceed-task-memory",
                "severity": "error",
                "message": "container worker may use 3072 MiB, the whole task has 2048.",
                "path": "deploy/worker.json",
                "line": 6,
                "column": 67,
                "end_line": 6,
                "end_column": 71,
                "definition": "worker",
                "container": "worker",
                "pointer": "/containerDefinitions/0/memory",
                "data": {"have": 2048, "need": 3072},
                "fix": None,
            }
        ],
        "summary": {"files": 12, "definitions": 9, "error": 1, "warning": 0, "note": 0, "suppressed": 0},
    }


@pytest.mark.parametrize("findings", [(), (MEMORY,), (CPU, MEMORY)])
def test_json_fits_its_schema(findings: tuple[Finding, ...]) -> None:
    schema = json.loads((ROOT / "schemas" / "report.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(json.loads(render("json", *findings)))


def test_statistics_count_by_rule() -> None:
    assert render("statistics", CPU, MEMORY, MEMORY) == (
        "2  FIT402  error    containers-exceed-task-memory\n1  FIT401  warning  containers-exceed-task-cpu\n"
    )


@pytest.mark.parametrize("name", ["text", "concise"])
@pytest.mark.parametrize(
    ("report", "summary"),
    [
        (
            Report(files=3, definitions=2, skipped_files=1),
            "All checks passed. Checked 2 task definitions in 2 files, skipped 1 file without a task definition.\n",
        ),
        (Report(files=2, skipped_files=2), "No task definition found in 2 files.\n"),
        (
            Report(files=1, definitions=1, failures=("rule X crashed",)),
            "Nothing found, but the run is not complete. Checked 1 task definition in 1 file.\n",
        ),
        (Report((CPU, MEMORY, MEMORY), 1, 1), "2 errors, 1 warning. Checked 1 task definition in 1 file.\n"),
    ],
)
def test_summary(name: str, report: Report, summary: str) -> None:
    shown = reports.render(name, report, reports.View(sources=lambda _path: None))
    assert summary in shown
    assert summary not in reports.render(name, report, reports.View(sources=lambda _path: None, quiet=True))


@pytest.mark.parametrize("name", ["text", "concise", "statistics"])
def test_a_quiet_clean_run_prints_nothing(name: str) -> None:
    assert render(name) == ""


@pytest.mark.parametrize("name", FORMATS)
@given(hostile=st.text(st.characters(), min_size=1))
def test_what_files_say_is_inert(name: str, hostile: str) -> None:
    """No text from a file brings a control character, or a line of its own, into the output."""

    def output(words: str) -> str:
        finding = replace(
            MEMORY, message=words, path=words, definition=words, container=words, help=words, label=words, name=words
        )
        return render(name, finding, source="\n" * 5 + words * 80, quiet=False)

    shown = output(hostile)
    assert shown.replace("\n", "").isprintable()
    assert shown.count("\n") == output("x").count("\n")


@pytest.mark.parametrize("name", ["text", "concise", "statistics"])
def test_colour_changes_nothing_else(name: str) -> None:
    import click

    colored = render(name, CPU, MEMORY, color=True, quiet=False)
    assert "\x1b[" in colored
    assert click.unstyle(colored) == render(name, CPU, MEMORY, quiet=False)

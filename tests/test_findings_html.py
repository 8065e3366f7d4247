"""The page of `taskfit check`: findings by file, with their lines and fixes, and nothing that can do anything."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, CommandLine
from inventories import HOSTILE, START
from test_inventory_html import Page, policy

from taskfit import reports
from taskfit.finding import Edit, Finding, Fix, Report, Severity, Span
from taskfit.reports.html import render
from taskfit.reports.page import environment

FINDING = Finding("FIT101", "fargate-size", Severity.ERROR, "No such size.", "task.json", START, help="Set 1024.")


def page(*findings: Finding, text: str = "", **more: object) -> Page:
    report = Report(findings=findings, files=1, definitions=1, **more)  # type: ignore[arg-type]
    return Page(render(report, reports.View(lambda _: text)))


def test_each_file_has_its_findings_with_their_lines() -> None:
    outcome = CommandLine()("check", "examples/broken", "--output-format", "html")
    shown = Page(outcome.stdout)
    text = "\n".join(shown.lines)
    assert outcome.status == 1
    for path in ("batch.json", "gateway.yaml", "supervisor.json", "worker-ec2.yaml"):
        assert f"examples/broken/{path}" in shown.lines
    concise = CommandLine()("check", "examples/broken", "--output-format", "concise").stdout
    codes = re.findall(r"\[(FIT\d+)\]", concise)
    assert [line for line in shown.lines if re.fullmatch(r"FIT\d+", line)] == codes
    assert "memory:" in text
    assert "4 GB" in shown.lines


def test_a_fix_shows_what_it_makes_of_its_line() -> None:
    edit = Edit(Span(1, 9, 1, 12), "1024")
    shown = page(replace(FINDING, span=Span(1, 9, 1, 12), fix=Fix("unsafe", (edit,))), text='{"cpu": 999}')
    assert shown.lines[shown.lines.index("Fix, unsafe:") + 1] == "taskfit check --fix --unsafe-fixes"
    start = shown.lines.index("1 −")
    assert shown.lines[start : start + 8] == ["1 −", '{"cpu":', "999", "}", "1 +", '{"cpu":', "1024", "}"]
    tags = [tag for tag, _ in shown.elements]
    assert tags.count("del") == tags.count("ins") == tags.count("mark") == 1


def test_a_secret_is_not_shown() -> None:
    text = '{"value": "AKIA-do-not-show"}'
    shown = page(replace(FINDING, span=Span(1, 12, 1, 28), is_secret=True), text=text)
    assert not any("AKIA" in line for line in shown.lines)


def test_text_from_outside_is_text_and_nothing_may_run() -> None:
    findings = [
        Finding(text, text, Severity.NOTE, text, text, START, text, text, text, text, text, data={text: text})
        for text in HOSTILE
    ]
    shown = page(*findings, text="\n".join(HOSTILE), failures=HOSTILE, remarks=HOSTILE)
    assert policy(shown)["default-src"] == "'none'"
    assert not [tag for tag, _ in shown.elements if tag in ("img", "iframe", "object", "form", "link")]
    assert [tag for tag, _ in shown.elements].count("script") == 1
    for _, attributes in shown.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "src")]
        assert re.fullmatch(r"#file-\d+", attributes.get("href") or "#file-0")
    assert any("<img src=x onerror=" in line for line in shown.lines)
    assert "".join(line for line in shown.lines).isprintable()


def test_nothing_found_is_said_and_never_of_a_run_that_failed() -> None:
    assert "All checks passed." in page().lines
    failed = page(failures=("task.json: can't be read",))
    assert "All checks passed." not in failed.lines
    assert "This check is not complete" in failed.lines
    assert "task.json: can't be read" in failed.lines


def test_two_pages_of_one_report_are_the_same_bytes() -> None:
    report = Report(findings=(FINDING,), files=1, definitions=1)
    view = reports.View(lambda path: (ROOT / "examples" / "broken" / "batch.json").read_text(encoding="utf-8"))
    assert render(report, view) == render(report, view)


def test_without_jinja2_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    environment.cache_clear()
    with pytest.raises(ValueError, match=r"html needs jinja2: pip install 'taskfit\[html\] @ git"):
        render(Report(), reports.View(lambda _: None))

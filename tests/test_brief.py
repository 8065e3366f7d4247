"""Calls with the options of hooks and CI are the same with and without the parser of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from taskfit.cli import brief
from taskfit.reports import FORMATS

CLEAN = ROOT / "benchmarks" / "worker.json"
BROKEN = ROOT / "examples" / "broken" / "supervisor.json"


def called(*arguments: str, cwd: Path, **environment: str) -> tuple[int, str, str]:
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "taskfit", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT / "linter"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def is_the_same(arguments: list[str], cwd: Path, **environment: str) -> bool:
    """Whether a call says what it says with an option that is for the parser and changes nothing."""
    parsed = called("check", "--color=auto", *arguments, cwd=cwd, **environment)
    return called("check", *arguments, cwd=cwd, **environment) == parsed


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "clean.json").write_bytes(CLEAN.read_bytes())
    (tmp_path / "broken.json").write_bytes(BROKEN.read_bytes())
    (tmp_path / "readme.md").write_text("# containerDefinitions\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("configuration", "arguments"),
    [
        ("", ["clean.json"]),
        ("", ["clean.json", "broken.json"]),
        ("", ["clean.json", "readme.md"]),
        ("", ["missing.json"]),
        ("", []),
        ("", ["."]),
        ("", ["--quiet", "--force-exclude", "--affected", "--", "clean.json", "readme.md"]),
        ("", ["--quiet", "--force-exclude", "--affected", "--", "clean.json", "broken.json"]),
        ("", ["--output-format", "json", "broken.json"]),
        ("", ["--output-format", "pdf", "clean.json"]),
        ("", ["--output-format"]),
        ("", ["--config", "missing.yaml", "clean.json"]),
        ("output-format: json\n", ["clean.json"]),
        ("output-format: json\n", ["clean.json", "--isolated"]),
        ("output-format: json\n", ["--config=taskfit.yaml", "--output-format=concise", "clean.json"]),
        ("ignore: [FIT]\nexclude: [broken.json]\n", ["clean.json", "broken.json"]),
        ("ignore: [FIT]\nexclude: [broken.json]\n", ["clean.json", "--force-exclude", "broken.json"]),
        ("ignore: [FIT1, FIT2, FIT3, FIT4, FIT6]\n", ["broken.json"]),
        ("no-such-setting: 1\n", ["clean.json"]),
        ("role: 1\n", ["clean.json"]),
    ],
)
def test_it_says_what_the_command_line_says(configuration: str, arguments: list[str], folder: Path) -> None:
    if configuration:
        (folder / "taskfit.yaml").write_text(configuration, encoding="utf-8")
    assert is_the_same(arguments, folder)


@pytest.mark.parametrize("output_format", FORMATS)
def test_it_prints_what_the_command_line_prints(output_format: str, folder: Path) -> None:
    assert is_the_same(["--output-format", output_format, "clean.json"], folder, FORCE_COLOR="1")


def test_it_says_only_that_all_checks_passed(folder: Path) -> None:
    checked = brief.check(["check", "clean.json"])
    assert checked is not None
    assert checked.text == "All checks passed. Checked 1 task definition in 1 file.\n"
    checked = brief.check(["check", "-q", "clean.json"])
    assert checked is not None
    assert checked.text == ""
    checked = brief.check(["check", "broken.json"])
    assert checked is not None
    assert checked.report.findings
    assert checked.text is None


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["size", "clean.json"],
        ["check", "--fix", "clean.json"],
        ["check", "a\0b"],
        ["check", "*.json"],
        ["check", "--", "-"],
        ["check", "--config", "--isolated"],
        ["check", "--output-format", "json", "--output-format", "sarif", "clean.json"],
    ],
)
def test_other_calls_are_for_the_command_line(arguments: list[str], folder: Path) -> None:
    assert brief.check(arguments) is None


def test_a_file_with_the_name_of_an_option_is_for_the_command_line(folder: Path) -> None:
    (folder / "--quiet").write_bytes(CLEAN.read_bytes())
    assert brief.check(["check", "--quiet"]) is None
    status, _, errors = called("check", "--quiet", cwd=folder)
    assert (status, "also the name of a file" in errors) == (2, True)

"""A call that names a few files is the same with and without the parser of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from taskfit.cli import brief

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


@pytest.mark.parametrize("environment", [{}, {"FORCE_COLOR": "1"}])
@pytest.mark.parametrize(
    ("configuration", "names"),
    [
        ("", ["clean.json"]),
        ("", ["clean.json", "broken.json"]),
        ("", ["clean.json", "readme.md"]),
        ("", ["missing.json"]),
        ("output-format: json\n", ["clean.json"]),
        ("ignore: [FIT]\nexclude: [broken.json]\n", ["clean.json", "broken.json"]),
        ("ignore: [FIT1, FIT2, FIT3, FIT4, FIT6]\n", ["broken.json"]),
        ("no-such-setting: 1\n", ["clean.json"]),
        ("role: 1\n", ["clean.json"]),
    ],
)
def test_it_says_what_the_command_line_says(
    configuration: str, names: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "clean.json").write_bytes(CLEAN.read_bytes())
    (tmp_path / "broken.json").write_bytes(BROKEN.read_bytes())
    (tmp_path / "readme.md").write_text("# containerDefinitions\n", encoding="utf-8")
    if configuration:
        (tmp_path / "taskfit.yaml").write_text(configuration, encoding="utf-8")
    assert called("check", *names, cwd=tmp_path, **environment) == called(
        "check", *names, "--color=auto", cwd=tmp_path, **environment
    )


def test_it_answers_for_clean_files_only(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    assert brief.check(["check", str(CLEAN)]) == 0
    assert capsys.readouterr().out == "All checks passed. Checked 1 task definition in 1 file.\n"
    for arguments in (
        [],
        ["check"],
        ["size", str(CLEAN)],
        ["check", "--quiet", str(CLEAN)],
        ["check", str(CLEAN.parent)],
        ["check", str(BROKEN)],
        ["check", "a\0b"],
        ["check", *[str(CLEAN)] * (brief.MOST_FILES + 1)],
    ):
        assert brief.check(arguments) is None
    assert capsys.readouterr().out == ""


def test_a_file_with_the_name_of_an_option_is_for_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "--quiet").write_bytes(CLEAN.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert brief.check(["check", "--quiet"]) is None
    status, _, errors = called("check", "--quiet", cwd=tmp_path)
    assert (status, "also the name of a file" in errors) == (2, True)


def test_large_files_are_not_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "large.json").write_bytes(CLEAN.read_bytes() + b" " * brief.MOST_BYTES)
    monkeypatch.chdir(tmp_path)
    assert brief.check(["check", "large.json"]) is None

"""A user who may not read everything: what can't be read is reported, and all else is checked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bad_cases import BAD
from conftest import require, write

BROKEN = json.dumps(BAD["pair-8192-25600"][0], indent=2)
UNREADABLE = {
    "file/task.json": 0o000,
    "folder": 0o000,
    "listed": 0o444,
    "entered": 0o111,
    "configured/taskfit.yaml": 0o000,
    "tables/main.tf": 0o000,
    "quiet/.gitignore": 0o000,
}
"""Modes of files and folders; one that is listed may not be entered, and the other way round."""


@pytest.fixture(autouse=True)
def tree(in_a_repository: None) -> None:
    folders = ("a", "file", "folder", "listed", "entered", "configured", "quiet", "z")
    write({f"{folder}/task.json": BROKEN for folder in folders})
    write({"configured/taskfit.yaml": "", "tables/main.tf": "", "quiet/.gitignore": "*"})


def taskfit(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it without root's right to read everything."""
    drop = []
    if os.geteuid() == 0:
        require("setpriv")
        drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
    for name, mode in UNREADABLE.items():
        Path(name).chmod(mode)
    try:
        command = [*drop, sys.executable, "-m", "taskfit", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        for name in UNREADABLE:
            Path(name).chmod(0o755)


REPORTED = [
    "file/task.json: Permission denied",
    "./folder: Permission denied",
    "listed/task.json: Permission denied",
    "./entered: Permission denied",
    "configured/taskfit.yaml:1:1: can't be read: Permission denied",
    "tables/main.tf: Permission denied",
]


def test_what_cannot_be_read_is_reported_and_hides_nothing() -> None:
    ended = taskfit("check", ".", "--output-format", "json")
    assert ended.returncode == 2
    assert sorted(ended.stderr.splitlines()) == sorted(f"error: {each}" for each in REPORTED)
    found = [each["path"] for each in json.loads(ended.stdout)["findings"]]
    assert found == ["a/task.json", "quiet/task.json", "z/task.json"]


def test_a_path_that_is_named_is_an_error_beside_the_findings_of_others() -> None:
    ended = taskfit("check", "file/task.json", "folder", "z/task.json", "entered/task.json", "--output-format", "json")
    assert ended.returncode == 2
    assert sorted(ended.stderr.splitlines()) == [
        "error: file/task.json: Permission denied",
        "error: folder: Permission denied",
    ]
    found = [each["path"] for each in json.loads(ended.stdout)["findings"]]
    assert found == ["entered/task.json", "z/task.json"]


def test_a_baseline_keeps_what_cannot_be_read_today() -> None:
    (tmp := Path("taskfit.yaml")).write_text("baseline: known.json\n", encoding="utf-8")
    command = [sys.executable, "-m", "taskfit", "check", "--write-baseline", "."]
    subprocess.run(command, check=True, capture_output=True)
    before = Path("known.json").read_text(encoding="utf-8")
    assert before.count("FIT101") == 6
    ended = taskfit("check", "--write-baseline", "a", "z", "folder")
    assert ended.returncode == 2
    assert Path("known.json").read_text(encoding="utf-8") == before
    tmp.unlink()

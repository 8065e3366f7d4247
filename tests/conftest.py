"""What the tests share: the command line as users run it, and golden files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden"

Golden = Callable[[str, str], None]
"""Compares a text with the golden file of a name."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write the files of tests/golden/ anew.")


@dataclass(frozen=True)
class Outcome:
    """What a run of the command line left behind."""

    status: int
    output: str
    errors: str


class CommandLine:
    """Runs `taskfit` in a process of its own, in the repository's root unless told otherwise."""

    def __call__(self, *arguments: str, folder: Path = ROOT, stdin: str = "") -> Outcome:
        plain = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "NO_COLOR")}
        run = subprocess.run(
            [sys.executable, "-m", "taskfit", *arguments],
            cwd=folder,
            env={**plain, "PYTHONPATH": str(ROOT / "linter"), "PYTHONUTF8": "1"},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return Outcome(run.returncode, run.stdout, run.stderr)


@pytest.fixture(scope="session")
def taskfit() -> CommandLine:
    return CommandLine()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert text == path.read_text(encoding="utf-8"), f"{path.name} differs; --update-golden writes it anew"

    return compare

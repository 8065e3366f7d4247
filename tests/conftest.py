"""What the tests share: the command line, a folder that is a repository, and golden files."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from taskfit.cli.commands import cli
from taskfit.policy import expansion, task_fields, validator

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden"

Golden = Callable[[str, str], None]
"""Compares a text with the golden file of a name."""


def require(program: str) -> None:
    """Skip a test of how taskfit goes with a program where that is not installed."""
    if shutil.which(program) is None:
        pytest.skip(f"there is no {program}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write the files of tests/golden/ anew.")


@dataclass(frozen=True)
class Outcome:
    """What a run of the command line left behind."""

    status: int
    stdout: str
    stderr: str

    @property
    def both(self) -> str:
        """All that it printed."""
        return self.stdout + self.stderr


class CommandLine:
    """Runs `taskfit` in this process, in the repository's root unless a test says otherwise."""

    def __call__(self, *arguments: str, folder: Path = ROOT, stdin: str | bytes = "") -> Outcome:
        plain = {"FORCE_COLOR": None, "NO_COLOR": None}
        with contextlib.chdir(folder):
            return invoke(*arguments, stdin=stdin, environment=plain)


def invoke(*arguments: str, stdin: str | bytes = "", environment: Mapping[str, str | None] | None = None) -> Outcome:
    """Run `taskfit` in this process, in the working directory."""
    result = CliRunner().invoke(cli, arguments, stdin, environment, catch_exceptions=False, prog_name="taskfit")
    return Outcome(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(scope="session")
def taskfit() -> CommandLine:
    return CommandLine()


@pytest.fixture
def in_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder with `.git`, above which no configuration is looked for, as the working directory."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def write(files: Mapping[str, str | bytes | dict[str, Any]]) -> None:
    """Write files, with their folders, below the working directory; a mapping as JSON."""
    for name, content in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(content, indent=2) if isinstance(content, dict) else content
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def run(*arguments: str, stdin: str | bytes = "") -> Outcome:
    """`taskfit check` in the working directory."""
    return invoke("check", *arguments, stdin=stdin)


@pytest.fixture
def after_many_definitions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No light validator, which decides on the first definitions of a process only: what is counted is the others."""
    monkeypatch.setattr(validator, "FEW", 0)
    task_fields.task_definition_schema.cache_clear()
    expansion.compiled.cache_clear()
    yield
    task_fields.task_definition_schema.cache_clear()
    expansion.compiled.cache_clear()


def git(*arguments: str) -> None:
    """Run git in the working directory, under no settings of the caller's."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.com")
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, env=plain)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty repository as the working directory."""
    require("git")
    monkeypatch.chdir(tmp_path)
    git("init", "-q")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert text == path.read_text(encoding="utf-8"), f"{path.name} differs; --update-golden writes it anew"

    return compare

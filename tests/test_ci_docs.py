"""The examples of `docs/ci.md` and the README's shell completion, run or parsed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import click
import pytest
from click.shell_completion import ShellComplete
from conftest import ROOT, require
from ruamel.yaml import YAML

from taskfit.cli import check, fleet
from taskfit.cli.commands import COMMANDS
from taskfit.reports import FORMATS

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
YAML_BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SHELL_BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def documents() -> list[dict[str, Any]]:
    return [YAML(typ="safe").load(block) for block in YAML_BLOCKS]


def steps() -> list[dict[str, Any]]:
    jobs = [job for document in documents() for job in document.get("jobs", {"": document}).values()]
    return [step for job in jobs for step in job.get("steps", ())]


def commands() -> list[str]:
    """Every call of taskfit on the page."""
    scripts = [line for document in documents() for line in document.get("taskfit", {}).get("script", ())]
    lines = [*(step.get("run", "") for step in steps()), *scripts, *"".join(SHELL_BLOCKS).splitlines()]
    return [line for line in lines if line.startswith("taskfit ")]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell in a clone in which a definition was added."""
    require("bash")
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    for command in (
        ["init", "-q"],
        [*identity, "commit", "-q", "--allow-empty", "-m", "base"],
        ["update-ref", "refs/remotes/origin/main", "HEAD"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    shutil.copy(ROOT / "tests" / "data" / "wheel" / "broken.json", tmp_path / "worker.json")
    return Shell(tmp_path)


class Shell:
    """A shell that finds this checkout's `taskfit`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        program = folder / "bin" / "taskfit"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT / "linter"} exec {sys.executable} -m taskfit "$@"\n', "utf-8")
        program.chmod(0o755)

    def __call__(self, script: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env={**os.environ, "PATH": path},
            check=False,
            capture_output=True,
            encoding="utf-8",
        )


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_page_fails_on_findings_and_writes_its_files(command: str, shell: Shell) -> None:
    run = shell(command)
    assert run.returncode == 1, run.stderr
    assert "FIT101" in run.stdout
    for file in re.findall(r"--output-file (\S+)", command):
        assert "FIT101" in (shell.folder / file).read_text(encoding="utf-8")


def test_the_page_shows_a_command_for_each_service() -> None:
    shown = " ".join(commands())
    assert all(f"--output-format {name}" in shown for name in ("sarif", "github", "gitlab", "junit", "markdown"))
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(FORMATS)


def test_the_files_are_what_the_services_read(shell: Shell) -> None:
    for command in commands():
        shell(command)
    assert json.loads((shell.folder / "gl-code-quality-report.json").read_text("utf-8"))[0]["check_name"] == "FIT101"
    assert ET.parse(shell.folder / "taskfit.xml").getroot().tag == "testsuites"


def test_the_action_is_called_with_inputs_that_it_has() -> None:
    action = YAML(typ="safe").load(ROOT / "action.yml")
    (step,) = (step for step in steps() if step.get("uses", "").startswith("OWNER/taskfit@"))
    assert step["with"].keys() <= action["inputs"].keys()
    (outputs,) = re.findall(r"Its outputs are (.+?)\.", PAGE)
    assert set(re.findall(r"`([^`]+)`", outputs)) == action["outputs"].keys()


def test_gitlab_collects_what_the_job_writes() -> None:
    (job,) = (document["taskfit"] for document in documents() if "taskfit" in document)
    assert job["artifacts"]["when"] == "always"
    assert job["artifacts"]["reports"]["codequality"] in job["script"][-1]


def test_the_hooks_exist() -> None:
    manifest = {hook["id"] for hook in YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")}
    hooks = [hook for document in documents() for repo in document.get("repos", ()) for hook in repo["hooks"]]
    assert {hook["id"] for hook in hooks} <= manifest
    assert all(hook.get("args", ["--"])[-1] == "--" for hook in hooks)


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_suppressed_findings_are_taken_out_before_an_upload(shell: Shell) -> None:
    (shell.folder / "taskfit.yaml").write_text("suppressions: [{rule: FIT1, reason: known}]\n", encoding="utf-8")
    shell("taskfit check --output-format sarif --output-file taskfit.sarif")
    (command,) = (block for block in SHELL_BLOCKS if block.startswith("jq"))
    run = shell(command)
    assert run.returncode == 0, run.stderr
    before, after = (
        json.loads((shell.folder / name).read_text("utf-8"))["runs"][0]["results"]
        for name in ("taskfit.sarif", "upload.sarif")
    )
    assert after == [result for result in before if "suppressions" not in result]
    assert len(after) < len(before)


def test_bash_completes_as_the_page_on_editors_says(shell: Shell) -> None:
    page = (ROOT / "docs" / "editor.md").read_text(encoding="utf-8")
    (line,) = re.findall(r'^eval "\$\(_TASKFIT_COMPLETE=bash_source taskfit\)".*$', page, re.MULTILINE)

    def completed(*words: str) -> list[str]:
        typed = " ".join(f"'{word}'" for word in words)
        state = f"COMP_WORDS=({typed}) COMP_CWORD={len(words) - 1}"
        run = shell(f'{line}\n{state}\n_taskfit_completion taskfit\necho "${{COMPREPLY[@]}}"')
        assert run.returncode == 0, run.stderr
        return run.stdout.split()

    assert completed("taskfit", "") == list(COMMANDS)
    assert completed("taskfit", "che") == ["check"]
    assert completed("taskfit", "check", "--output-format", "") == list(FORMATS)
    assert completed("taskfit", "check", "--select", "FIT101,memory-h") == ["FIT101,memory-headroom"]
    assert completed("taskfit", "rule", "fit10")[:2] == ["FIT101", "FIT102"]
    assert completed("taskfit", "size", "--profile", "m") == ["mistersmith"]
    assert completed("taskfit", "check", "--output-format", "sarif", "--output-fo") == ["--output-format"]
    assert "--fail-on" in completed("taskfit", "check", "--fa")


def test_paths_are_completed() -> None:
    def kinds(command: click.Command, words: list[str]) -> list[str]:
        return [item.type for item in ShellComplete(command, {}, "taskfit", "").get_completions(words, "dep")]

    assert kinds(check.command, []) == kinds(check.command, ["--profile"]) == kinds(check.command, ["--baseline"])
    assert kinds(fleet.command, []) == ["file"]

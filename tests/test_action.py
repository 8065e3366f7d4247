"""The GitHub Action: its steps run in a shell as the runner would run them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, require
from ruamel.yaml import YAML

DATA = ROOT / "tests" / "data" / "wheel"
ACTION: dict[str, Any] = YAML(typ="safe").load(ROOT / "action.yml")
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]


@dataclass
class Job:
    """What the steps left behind."""

    status: int = 0
    log: str = ""
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)
    summary: str = ""


class Runner:
    """Runs the action in a folder; `installed` is what its installing step made of this checkout."""

    def __init__(self, installed: Path) -> None:
        self.temp = installed

    def __call__(self, folder: Path, github: dict[str, str] | None = None, **inputs: str) -> Job:
        """Run the steps; `github` is what the runner knows of the event."""
        job = Job(outputs={"python": {"python-path": sys.executable}})
        self.github = github or {}
        given = {name: str(value["default"]) for name, value in ACTION["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        summary = folder / ".summary"
        summary.touch()
        for step in STEPS:
            if not self._runs(step, job, given):
                continue
            if "uses" in step:
                job.used.append(step["uses"].partition("@")[0])
            elif not step["name"].startswith("Install"):
                self._run(step, job, given, folder, summary)
        job.summary = summary.read_text(encoding="utf-8")
        return job

    def _runs(self, step: dict[str, Any], job: Job, given: dict[str, str]) -> bool:
        condition = step.get("if", "${{ success() }}").removeprefix("${{").removesuffix("}}").strip()
        return all(self._holds(term.strip(), job, given) for term in condition.split("&&"))

    def _holds(self, term: str, job: Job, given: dict[str, str]) -> bool:
        if term == "success()":
            return job.status == 0
        if term == "!cancelled()":
            return True
        left, operator, right = term.partition(" == ") if " == " in term else term.partition(" != ")
        return (self.value(left, job, given) == right.strip("'")) is (operator.strip() == "==")

    def _run(self, step: dict[str, Any], job: Job, given: dict[str, str], folder: Path, summary: Path) -> None:
        outputs = folder / ".outputs"
        outputs.write_text("", encoding="utf-8")
        env = {name: self.expanded(str(value), job, given) for name, value in step.get("env", {}).items()}
        env |= {"GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_REPOSITORY": "acme/shop"}
        env |= {"GITHUB_API_URL": self.github.get("api_url", "")}
        run = bash(step["run"], folder, env, self.temp)
        lines = outputs.read_text(encoding="utf-8").splitlines()
        job.outputs[step["id"]] = dict(line.split("=", 1) for line in lines)
        job.log += run.stdout + run.stderr
        job.status = job.status or run.returncode

    def expanded(self, text: str, job: Job, given: dict[str, str]) -> str:
        return re.sub(r"\$\{\{ (.+?) \}\}", lambda match: self.value(match[1], job, given), text)

    def value(self, expression: str, job: Job, given: dict[str, str]) -> str:
        context, _, rest = expression.partition(".")
        if context == "inputs":
            return self.expanded(given[rest], job, given)
        if context == "github":
            return self.github.get(rest, "")
        step, _, output = rest.partition(".outputs.")
        return job.outputs.get(step, {}).get(output, "")


def bash(script: str, folder: Path, env: dict[str, str], temp: Path) -> subprocess.CompletedProcess[str]:
    """A step of `shell: bash`, called as the runner calls it."""
    file = temp / "step.sh"
    file.write_text(script, encoding="utf-8")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI_", "FORCE_"))}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(file)],
        cwd=folder,
        env={
            **plain,
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_WORKSPACE": str(folder),
            "RUNNER_TEMP": str(temp),
            **env,
        },
        check=False,
        capture_output=True,
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    require("bash")
    """A runner on which the installing step has run, with the libraries of this Python instead of PyPI's."""
    temp = tmp_path_factory.mktemp("runner")
    (step,) = (step for step in STEPS if step["name"] == "Install taskfit")
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    checkout = tmp_path_factory.mktemp("checkout")
    for name in ("pip", "hatchling", "hatch_build", "json", "subprocess"):
        (checkout / name).mkdir()
        for module in ("__init__", "__main__"):
            (checkout / name / f"{module}.py").write_text("raise SystemExit(0)\n", encoding="utf-8")
    run = bash(step["run"], checkout, {"PYTHON": sys.executable, **offline}, temp)
    assert run.returncode == 0, run.stderr
    assert (temp / "taskfit" / "taskfit" / "_bundled.py").exists()
    return Runner(temp)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "deploy here").mkdir()
    shutil.copy(DATA / "broken.json", tmp_path / "deploy here" / "worker.json")
    shutil.copy(DATA / "good.json", tmp_path / "web.json")
    return tmp_path


def test_findings_fail_the_job_after_everything_is_reported(runner: Runner, repository: Path) -> None:
    job = runner(repository, upload_sarif="true")
    assert job.status == 1
    assert job.outputs["check"]["status"] == "1"
    assert "::error file=deploy here/worker.json,line=6," in job.log
    assert "| error | `deploy here/worker.json:6` |" in job.summary
    results = json.loads(Path(job.outputs["check"]["sarif-file"]).read_text(encoding="utf-8"))["runs"][0]["results"]
    assert "FIT101" in {result["ruleId"] for result in results}
    assert job.used == ["actions/setup-python", "github/codeql-action/upload-sarif"]


def test_a_clean_run_passes(runner: Runner, repository: Path) -> None:
    job = runner(repository, paths="web.json\n")
    assert (job.status, job.outputs["check"]["status"]) == (0, "0")
    assert "All checks passed" in job.summary
    assert job.used == ["actions/setup-python"]


@pytest.mark.parametrize("args", ["--config nowhere.yaml", "--var 'A=b"], ids=["usage", "quotes"])
def test_a_run_that_fails_fails_the_job_and_uploads_nothing(args: str, runner: Runner, repository: Path) -> None:
    job = runner(repository, upload_sarif="true", args=args)
    assert job.status == 2
    assert job.outputs["check"]["status"] == "2"
    (run,) = json.loads(Path(job.outputs["check"]["sarif-file"]).read_text(encoding="utf-8"))["runs"]
    assert (run["results"], run["invocations"][0]["executionSuccessful"]) == ([], False)
    assert job.used == ["actions/setup-python"]


def test_what_a_failed_run_found_is_in_the_sarif_file(runner: Runner, repository: Path) -> None:
    job = runner(repository, paths="nowhere.json\ndeploy here", upload_sarif="true")
    assert (job.status, job.outputs["check"]["status"]) == (2, "2")
    (run,) = json.loads(Path(job.outputs["check"]["sarif-file"]).read_text(encoding="utf-8"))["runs"]
    assert "FIT101" in {result["ruleId"] for result in run["results"]}
    assert job.used == ["actions/setup-python"]


def test_options_are_quoted_as_in_a_shell(runner: Runner, repository: Path) -> None:
    (repository / "policy of ours.yaml").write_text("severity: {FIT1: note}\n", encoding="utf-8")
    job = runner(repository, args="--config 'policy of ours.yaml' --select \"FIT101\"")
    assert job.status == 0
    assert "::notice file=deploy here/worker.json,line=6," in job.log


def test_options_and_paths_with_spaces(runner: Runner, repository: Path) -> None:
    job = runner(repository, paths="deploy here\nweb.json", args="--select FIT101\n --fail-on  never", summary="false")
    assert (job.status, job.summary) == (0, "")
    assert "FIT101" in job.log
    assert "1 error. Checked 2 task definitions" in job.log


@pytest.mark.parametrize(
    "hostile", ["$(touch pwned)", "`touch pwned`", '"; touch pwned; exit 0 #', "--exit-zero", "-h"]
)
def test_an_input_is_no_script(hostile: str, runner: Runner, repository: Path) -> None:
    assert runner(repository, paths=hostile).status == 2
    assert runner(repository, args=hostile.replace("--exit-zero", "--exit-zer")).status in (0, 2)
    assert not (repository / "pwned").exists()


def test_no_module_of_the_checked_repository_is_imported(runner: Runner, repository: Path) -> None:
    for name in ("click", "json", "taskfit"):
        (repository / f"{name}.py").write_text("raise SystemExit(0)\n", encoding="utf-8")
    assert runner(repository).status == 1


def test_python_never_imports_from_where_it_runs() -> None:
    """Each step runs in the checkout: `python -m pip` would run the pull request's `pip/__main__.py`."""
    calls = re.findall(r'"\$PYTHON" (?!")(\S+)', "".join(step.get("run", "") for step in STEPS))
    assert len(calls) > 7
    assert set(calls) == {"-I", "-P"}


def test_no_expression_stands_in_a_script() -> None:
    assert [step["name"] for step in STEPS if "${{" in step.get("run", "")] == []


def test_suppressed_findings_are_not_uploaded(runner: Runner, repository: Path) -> None:
    (repository / "taskfit.yaml").write_text("suppressions: [{rule: FIT1, reason: on EC2 soon}]\n", encoding="utf-8")
    job = runner(repository, args="--select FIT1")
    assert "1 suppressed" in job.log
    assert json.loads(Path(job.outputs["check"]["sarif-file"]).read_text(encoding="utf-8"))["runs"][0]["results"] == []

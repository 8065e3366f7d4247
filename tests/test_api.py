"""taskfit as a library: what `check` takes, what comes with it, and the page that is made of its docstrings."""

from __future__ import annotations

import doctest
import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, CommandLine

import taskfit
from taskfit import api

WORKER = {
    "family": "worker",
    "cpu": "300",
    "memory": "512",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "containerDefinitions": [{"name": "app", "image": "nginx:1.27"}],
}


def codes(report: taskfit.Report) -> list[str]:
    return [finding.code for finding in report.findings]


def test_check_takes_a_path_text_bytes_and_a_definition(tmp_path: Path) -> None:
    text = json.dumps(WORKER, indent=2)
    path = tmp_path / "worker.json"
    path.write_text(text, encoding="utf-8")
    for source in (path, str(path), [path], tmp_path, text, json.dumps(WORKER), text.encode(), WORKER):
        report = taskfit.check(source, isolated=True, select="FIT101")
        assert (codes(report), report.definitions) == (["FIT101"], 1), source
    (finding,) = taskfit.check(
        "family: worker\ncpu: 300\nmemory: 512\n" + "containerDefinitions: [{name: a, image: b}]\n"
        "requiresCompatibilities: [FARGATE]\nnetworkMode: awsvpc\n",
        isolated=True,
        select="FIT101",
    ).findings
    assert (finding.path, finding.span.line) == ("<input>", 2)


def test_selectors_may_be_one_text() -> None:
    some = codes(taskfit.check("examples/broken", isolated=True, select="FIT2,FIT101"))
    assert some == codes(taskfit.check("examples/broken", isolated=True, select=("FIT2", "FIT101")))
    assert {code[:4] for code in some} == {"FIT1", "FIT2"}
    assert "FIT101" not in codes(taskfit.check("examples/broken", isolated=True, ignore="FIT101"))


def test_a_report_as_plain_values_is_what_the_command_prints(taskfit: CommandLine) -> None:
    printed = json.loads(taskfit("check", "examples/broken", "--isolated", "--output-format", "json").stdout)
    assert json.loads(json.dumps(api.check("examples/broken", isolated=True).as_dict())) == printed


def test_what_is_exported_is_there_and_costs_nothing_before() -> None:
    for name in taskfit.__all__:
        assert getattr(taskfit, name) is not None
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, taskfit; print(sorted(name for name in sys.modules if 'taskfit' in name))"],
        env={"PYTHONPATH": str(ROOT / "linter")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert loaded.strip() == "['taskfit', 'taskfit.version']"


def test_an_audit_of_some_files_merges_to_that_of_all() -> None:
    whole = taskfit.audit("examples/audit", isolated=True)
    assert taskfit.merge([whole]) == whole
    assert taskfit.audit(ROOT / "examples" / "audit", isolated=True, files=[]).services == ()


@pytest.mark.parametrize("name", taskfit._FUNCTIONS)
def test_the_examples_of_a_function_are_so(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (test,) = doctest.DocTestFinder(recurse=False).find(getattr(api, name), name, globs={})
    assert name in ("fleet", "merge") or test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


NO_NUMBER = (-1, 1.5, math.nan, math.inf, "5", None, True)


@pytest.mark.parametrize("number", NO_NUMBER)
def test_a_number_that_makes_no_sense_is_a_value_error(number: Any, tmp_path: Path) -> None:
    calls: dict[str, Callable[[], object]] = {
        "a capacity is ": lambda: taskfit.size("worker", number),
        "a capacity is  ": lambda: taskfit.pack("worker", number, "worker-large"),
        "a load of agents is ": lambda: taskfit.fleet(tmp_path, isolated=True, load={"agents": number}),
        "the number of spare tasks is ": lambda: taskfit.fleet(tmp_path, isolated=True, spare_tasks=number),
        "--count web is ": lambda: taskfit.fleet(tmp_path, isolated=True, counts={"web": number}),
    }
    for words, call in calls.items():
        with pytest.raises(ValueError, match=words.strip()):
            call()


@pytest.mark.parametrize("number", [10**16, 10**5000], ids=["sixteen", "five thousand"])
def test_a_number_beyond_all_bounds_is_a_value_error(number: int, tmp_path: Path) -> None:
    for options in ({"load": {"agents": number}}, {"spare_tasks": number}, {"counts": {"web": number}}):
        with pytest.raises(ValueError, match="at most"):
            taskfit.fleet(tmp_path, isolated=True, **options)

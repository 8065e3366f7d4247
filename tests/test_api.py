"""taskfit as a library: what `check` takes, what comes with it, and the page that is made of its docstrings."""

from __future__ import annotations

import doctest
import json
import math
import re
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
    assert name == "merge" or test.examples
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
    with pytest.raises(ValueError, match=r"at most 10,?000"):
        taskfit.fleet(tmp_path, isolated=True, spare_tasks=10_001)


def test_the_examples_of_the_page_are_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the docstrings among them; that the page has all of these, `test_generated.py` sees to."""
    pytest.importorskip("pyarrow", reason="pyarrow is not installed: pip install -e '.[parquet]'")
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    examples = "\n".join(re.findall(r"```pycon\n(.*?)```", page, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(examples, {}, "docs/api.md", "docs/api.md", 0)
    assert len(test.examples) > 20
    assert doctest.DocTestRunner().run(test).failed == 0


SCRIPT = """
from pathlib import Path

import taskfit


def errors(folder: Path) -> list[str]:
    report: taskfit.Report = taskfit.check(folder, isolated=True, select="FIT2", profile=None)
    found: list[taskfit.Finding] = [each for each in report.findings if each.severity is taskfit.Severity.ERROR]
    return [f"{each.path}:{each.span.line}: {each.message} {each.help}" for each in found]


def saving(folder: Path) -> float:
    inventory: taskfit.Inventory = taskfit.audit(folder, isolated=True)
    sizes: list[taskfit.Size | None] = [service.recommended for service in inventory.services]
    return taskfit.merge([inventory]).totals.less if sizes else 0.0


size = taskfit.right_size(600, 1500)
packing: taskfit.Packing = taskfit.pack("worker", 1000, "worker-large")
print(size and size.cpu, packing.containers, taskfit.size("worker", 9).as_dict(), taskfit.fleet(".").as_dict())
print(errors(Path("examples/broken")), saving(Path("examples/audit")))
"""


def test_a_script_of_a_user_passes_strict_type_checks_and_runs(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    pytest.importorskip("mypy", reason="mypy is in the extra `dev`")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path / 'cache'}"]
    checked = subprocess.run([*mypy, tmp_path / "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "Success: no issues found in 1 source file\n"), checked.stderr
    run = subprocess.run(
        [sys.executable, tmp_path / "script.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("1024 50 ")
    # An argument that is wrong is found: the annotations are seen, and are not `Any`.
    (tmp_path / "wrong.py").write_text("import taskfit\n\ntaskfit.size('worker', 'nine')\n", encoding="utf-8")
    wrong = subprocess.run([*mypy, tmp_path / "wrong.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert 'Argument 2 to "size" has incompatible type "str"' in wrong.stdout


@pytest.mark.parametrize("average", [-1, -0.5, math.nan, math.inf])
def test_what_is_no_average_has_no_right_size(average: float) -> None:
    for averages in ((average, 512), (256, average)):
        with pytest.raises(ValueError, match=f"an average is a number from 0, not {average}"):
            taskfit.right_size(*averages)

"""Jsonnet files: evaluated where the library is, bounded, and a note where they can't be."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import taskfit
from taskfit.definition import Unknown
from taskfit.finding import Severity
from taskfit.sources import jsonnet, reader
from taskfit.sources.document import Document

PROGRAM = """\
local container = import 'libs/container.libsonnet';
local env = std.native('env');
{
  family: 'web',
  requiresCompatibilities: ['FARGATE'],
  networkMode: 'awsvpc',
  cpu: env('CPU', '8192'),
  memory: '25600',
  executionRoleArn: std.native('tfstate')('aws_iam_role.x.arn'),
  containerDefinitions: [
    container { image: 'nginx:{{ must_env `TAG` }}', environment: [{ name: 'ID', value: std.extVar('WorkerID') }] },
  ],
}
"""


def write(folder: Path, text: str = PROGRAM) -> Path:
    (folder / "libs").mkdir(exist_ok=True)
    (folder / "libs" / "container.libsonnet").write_text("{ name: 'app' }", encoding="utf-8")
    path = folder / "task.jsonnet"
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path, **variables: str) -> Document:
    return reader.read(path.read_bytes(), variables, path)


def is_nothing(document: Document) -> bool:
    return not document.definitions and not document.faults


def test_a_program_is_the_definition_that_it_makes(tmp_path: Path) -> None:
    ((reading,),) = read(write(tmp_path)).definitions
    data = reading.task.data
    assert (data["family"], data["cpu"], data["memory"]) == ("web", "8192", "25600")
    assert data["executionRoleArn"] == Unknown("${tfstate aws_iam_role.x.arn}")
    (container,) = reading.task.containers
    assert container.name == "app"
    assert container.image == Unknown("nginx:{{ must_env `TAG` }}")
    assert container.environment == {"ID": Unknown("${WorkerID}")}


def test_variables_are_given_to_the_program(tmp_path: Path) -> None:
    ((reading,),) = read(write(tmp_path), CPU="512", WorkerID="7", TAG="1.27").definitions
    assert reading.task.cpu == "512"
    assert reading.task.containers[0].environment == {"ID": "7"}
    assert reading.task.containers[0].image == "nginx:1.27"


def test_a_finding_stands_at_the_key(tmp_path: Path) -> None:
    path = write(tmp_path)
    (finding,) = taskfit.check([path], isolated=True, select=("FIT101",)).findings
    assert (finding.span.line, finding.span.column, finding.span.end_column) == (8, 3, 9)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{ containerDefinitions: [", "can't be evaluated"),
        ("{ containerDefinitions: [import '../other.libsonnet'] }", "outside the folder"),
        ("{ containerDefinitions: [error 'no'] }", "no"),
        ("local f(n) = f(n + 1); { containerDefinitions: f(0) }", "can't be evaluated"),
    ],
)
def test_a_program_that_fails_is_a_note(text: str, words: str, tmp_path: Path) -> None:
    (fault,) = read(write(tmp_path, text)).faults
    assert fault.severity is Severity.NOTE
    assert words in fault.message


def test_a_program_that_runs_for_ever_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonnet, "MAX_SECONDS", 0.5)
    loop = "std.foldl(function(a, b) a + b, std.range(1, 100000000), 0)"
    (fault,) = read(write(tmp_path, f"{{ cpu: {loop}, containerDefinitions: [] }}")).faults
    assert "takes longer than" in fault.message


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not measure it")
def test_a_program_may_wait_for_a_processor_but_not_use_it_for_ever(tmp_path: Path) -> None:
    loop = "std.foldl(function(a, b) a + b, std.range(1, 100000000), 0)"
    request = {"path": str(tmp_path / "a.jsonnet"), "text": f"{{ cpu: {loop} }}", "variables": {}, "seconds": 0.5}
    ended = subprocess.run(jsonnet._command(), input=json.dumps(request), encoding="utf-8", check=False, cwd=tmp_path)
    assert ended.returncode == -signal.SIGXCPU
    assert not list(tmp_path.iterdir())


def test_a_program_that_used_its_time_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGXCPU)"]
    monkeypatch.setattr(jsonnet, "_command", lambda: ends)
    (fault,) = read(write(tmp_path)).faults
    assert "is Jsonnet that takes longer than 10 seconds" in fault.message


def test_without_the_library_a_note_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "_jsonnet", None)
    (fault,) = read(write(tmp_path)).faults
    assert fault.severity is Severity.NOTE
    assert "pip install jsonnet" in fault.help


def test_what_makes_no_definition_is_passed_over(tmp_path: Path) -> None:
    document = read(write(tmp_path, "{ a: 'containerDefinitions' }"))
    assert not document.definitions
    assert not document.faults


def test_all_programs_of_a_run_together_have_their_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonnet, "_allowance", jsonnet._Allowance())
    path = write(tmp_path)
    assert read(path).definitions
    jsonnet._allowance.spend(jsonnet.MAX_SECONDS_IN_ALL)
    (fault,) = read(path).faults
    assert "such files have taken 60 seconds by now" in fault.message


def test_containers_may_be_in_what_is_imported(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    path = write(tmp_path, "(import 'libs/a.libsonnet') + { memory: '25600' }\n")
    (tmp_path / "libs/a.libsonnet").write_text(
        'local base = import "b.libsonnet"; base { cpu: "256" }', encoding="utf-8"
    )
    (tmp_path / "libs/b.libsonnet").write_text("{ family: 'web', containerDefinitions: [] }", encoding="utf-8")
    ((reading,),) = read(path).definitions
    assert (reading.task.family, reading.task.data["memory"]) == ("web", "25600")
    (tmp_path / "libs/b.libsonnet").write_text("import 'a.libsonnet'", encoding="utf-8")
    assert is_nothing(read(path))
    path.write_text("{ family: 'web', 'containerDefi\\u006eitions': [] }", encoding="utf-8")
    assert len(read(path).definitions) == 1


def test_what_may_not_be_imported_is_reported_where_it_has_containers(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "base.libsonnet").write_text("{ containerDefinitions: [] }", encoding="utf-8")
    path = write(tmp_path / "a", "local base = import '../base.libsonnet';\nbase + { memory: '25600' }\n")
    (fault,) = read(path).faults
    assert fault.severity is Severity.NOTE
    assert "base.libsonnet is outside the folder" in fault.message
    assert (fault.span.line, fault.span.column) == (1, 14)
    path.write_text("(import '../../secret') + (import '/etc/passwd')", encoding="utf-8")
    assert is_nothing(read(path))

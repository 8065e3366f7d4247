"""What a stranger's pull request must not be able to do: docs/security.md, line by line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from conftest import run, write
from team_rules import team_rule

from taskfit.definition import Unknown
from taskfit.sources import reader

SCRIPT = Path(sys.executable).parent / "taskfit"
TASK = {"family": "web", "containerDefinitions": [{"name": "web", "image": "nginx", "memory": 64}]}
PROGRAM = "{ family: 'web', containerDefinitions: [{ name: 'web', image: 'nginx', memory: 64 }] }"

TRAP = "open('code-of-the-checked-tree-ran', 'w').close()\nraise SystemExit('trapped')\n"
MODULES = ("taskfit", "_jsonnet", "click", "json", "multiprocessing", "concurrent", "jsonschema_rs", "sitecustomize")
"""Names of modules that a run imports, or might."""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory in which each module that a run may import is a trap."""
    monkeypatch.chdir(tmp_path)
    for name in MODULES:
        write({f"{name}/__init__.py": TRAP, f"{name}.py": TRAP})
    write({"a.jsonnet": PROGRAM, "b.json": TASK, "c.json": TASK})
    return tmp_path


def assert_harmless(tree: Path, ended: subprocess.CompletedProcess[str]) -> None:
    assert not (tree / "code-of-the-checked-tree-ran").exists()
    assert "3 task definitions in 3 files" in ended.stdout, ended.stderr


def test_no_code_of_the_checked_tree_runs(tree: Path) -> None:
    ended = subprocess.run([SCRIPT, "check", ".", "--isolated"], capture_output=True, text=True, check=False)
    assert_harmless(tree, ended)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_no_code_of_the_checked_tree_runs_in_a_worker(
    method: str, tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    starter = tmp_path_factory.mktemp("bin") / "starter.py"
    starter.write_text(
        "import multiprocessing, sys\nfrom taskfit.cli import main\n"
        f"if __name__ == '__main__':\n    multiprocessing.set_start_method({method!r})\n    main()\n",
        encoding="utf-8",
    )
    command = [sys.executable, str(starter), "check", ".", "--isolated", "--jobs", "2"]
    assert_harmless(tree, subprocess.run(command, capture_output=True, text=True, check=False))


def test_python_m_taskfit_imports_nothing_but_itself_from_the_working_directory(tmp_path: Path) -> None:
    # Which `taskfit` it starts is Python's choice before any line of ours runs: -P, or the command, is safe there, too.
    for name in {*MODULES} - {"taskfit", "json"}:
        (tmp_path / f"{name}.py").write_text(TRAP, encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps(TASK), encoding="utf-8")
    command = [sys.executable, "-m", "taskfit", "check", ".", "--isolated"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "1 task definition in 1 file" in ended.stdout, ended.stderr


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """The address of a web server, and what was asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"y": {"type": "object"}}')

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", asked
        listening.shutdown()


def rule(schema: object) -> str:
    """A team's rule file."""
    return team_rule(schema, json.dumps(TASK))


@pytest.mark.usefixtures("in_a_repository")
@pytest.mark.parametrize("key", ["$ref", "$dynamicRef"])
def test_a_rule_makes_no_request(key: str, server: tuple[str, list[str]]) -> None:
    address, asked = server
    write({"rules.yaml": rule({key: f"{address}/x#/y"}), "taskfit.yaml": "rules: [rules.yaml]\n", "b.json": TASK})
    result = run(".")
    assert (result.status, asked) == (2, [])
    assert "rules.yaml:1:" in result.stderr
    assert "leads out of the rule" in result.stderr or "can't be used in a rule" in result.stderr


@pytest.mark.usefixtures("in_a_repository")
@pytest.mark.parametrize("place", ["file:///etc/passwd", "other.json", "/etc/passwd", "b.json#/family"])
def test_a_rule_reads_no_file(place: str) -> None:
    write({"rules.yaml": rule({"$ref": place}), "taskfit.yaml": "rules: [rules.yaml]\n", "b.json": TASK})
    result = run(".")
    assert result.status == 2
    assert "root:" not in result.stdout


@pytest.mark.usefixtures("in_a_repository")
def test_a_rule_may_refer_to_its_own_parts() -> None:
    schema = {"$ref": "#/$defs/named", "$defs": {"named": {"properties": {"family": {"pattern": "^team-"}}}}}
    write({"rules.yaml": rule(schema), "taskfit.yaml": "rules: [rules.yaml]\n", "b.json": TASK})
    assert "TEAM001" in run(".", "--output-format", "concise").stdout


SLOW = "^(a+)+$"


@pytest.mark.usefixtures("in_a_repository")
@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"family": {"pattern": SLOW}}},
        {"properties": {"family": {"not": {"pattern": SLOW}}, "cpu": {"type": "array"}}},
        {"patternProperties": {SLOW: False}, "required": ["nothing"]},
        {"patternProperties": {SLOW: {}}, "additionalProperties": False},
        {"propertyNames": {"pattern": SLOW}},
    ],
)
def test_a_pattern_of_a_rule_takes_linear_time(schema: object) -> None:
    hostile = {**TASK, "family": "a" * 5000 + "!", "a" * 5000 + "!": 1, "cpu": "1"}
    write({"rules.yaml": rule(schema), "taskfit.yaml": "rules: [rules.yaml]\n", "b.json": hostile})
    assert run(".", "--select", "TEAM").status in (0, 1)


@pytest.mark.usefixtures("in_a_repository")
def test_a_pattern_that_cannot_be_matched_in_linear_time_is_refused() -> None:
    write({"rules.yaml": rule({"pattern": "(?=a)b"}), "taskfit.yaml": "rules: [rules.yaml]\n"})
    result = run(".")
    assert result.status == 2
    assert "can't be matched in bounded time" in result.stderr


@pytest.mark.usefixtures("in_a_repository")
@pytest.mark.parametrize(
    ("levels", "words"), [(40, "`$ref` is followed more than 30 times"), (25, "the schema has more than 5000 parts")]
)
def test_a_rule_whose_parts_multiply_is_refused(levels: int, words: str) -> None:
    doubled = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n - 1}"}] * 2} for n in range(1, levels)}
    schema = {"$ref": f"#/$defs/d{levels - 1}", "$defs": {"d0": {"type": "object"}, **doubled}}
    write({"rules.yaml": rule(schema), "taskfit.yaml": "rules: [rules.yaml]\n", "b.json": TASK})
    result = run(".")
    assert result.status == 2
    assert words in result.stderr


@pytest.mark.usefixtures("in_a_repository")
@pytest.mark.parametrize("where", [".gitignore", "exclude", "per-file-ignores", "suppressions"])
def test_patterns_take_linear_time(where: str) -> None:
    pattern = "*a" * 30 + "b"
    texts = {
        ".gitignore": pattern,
        "exclude": json.dumps({"exclude": [pattern]}),
        "per-file-ignores": json.dumps({"per-file-ignores": {pattern: ["FIT4"]}}),
        "suppressions": json.dumps({"suppressions": [{"rule": "FIT404", "path": pattern, "reason": "x"}]}),
    }
    name = where if where == ".gitignore" else "taskfit.yaml"
    write({name: texts[where], "a" * 200 + ".json": {**TASK, "memory": "x"}})
    assert run(".").status == 1


@pytest.mark.usefixtures("in_a_repository")
def test_no_more_processes_than_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = []

    class Pool:
        def __init__(self, number: int, **_: object) -> None:
            wanted.append(number)
            raise KeyboardInterrupt

    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", Pool)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    write({"taskfit.yaml": "jobs: 1000000000\n", "b.json": TASK, "c.json": TASK})
    run(".")
    assert wanted == [4]


@pytest.mark.parametrize(
    "expression",
    [
        'format("%9999999d", 1)',
        'format("%-9999999s", "x")',
        'replace(join(",", range(1000)), "", join(",", range(1000)))',
        'join(join(",", range(1000)), range(1000))',
        'join("-", split("", join(",", range(1000), range(1000), range(1000), range(1000), range(1000))))',
    ],
)
def test_what_terraform_computes_stays_small(expression: str, tmp_path: Path) -> None:
    variable = f'{{ name = "X", value = {expression} }}'
    containers = f'jsonencode([{{ name = "a", image = "b", memory = 64, environment = [{variable}] }}])'
    text = f'resource "aws_ecs_task_definition" "a" {{\n  family = "a"\n  container_definitions = {containers}\n}}\n'
    ((reading,),) = reader.read(text.encode(), {}, tmp_path / "main.tf").definitions
    assert isinstance(reading.task.containers[0].environment["X"], Unknown)

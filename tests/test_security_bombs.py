"""Small files that would take all time or memory: each pattern and each function is bounded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bad_cases import BAD
from conftest import run, write

from taskfit.definition import Unknown
from taskfit.sources import reader

pytestmark = pytest.mark.usefixtures("in_a_repository")

BROKEN = json.dumps(BAD["pair-8192-25600"][0])
TASK: dict[str, Any] = {"family": "web", "containerDefinitions": [{"name": "web", "image": "nginx", "memory": 64}]}
MANY = 300_000
SEPARATOR = '","}}{{{{'
"""Between two strings, each of which opens more templates than it closes."""
FARGATE = '"requiresCompatibilities": ["FARGATE"],\n"cpu": "256",\n"memory": "512",'
TERRAFORM = """resource "aws_ecs_task_definition" "a" {
  container_definitions    = jsonencode([])
  requires_compatibilities = ["FARGATE"]
}"""

REGISTERS = "aws ecs register-task-definition --cli-input-json TaskDefinition"

HANGS = {
    "dashes": ("a.yaml", f"family: web\ncontainerDefinitions:\n- {'- ' * 97}x\n"),
    "lines before a key": (
        "pyproject.toml",
        f'[tool.taskfit]{chr(10) * MANY}min-severity = "note"\nfail-on = "error"\n',
    ),
    "lines after a mark": ("a.yaml", f"# aws_batch_job_definition FARGATE\n{chr(10) * MANY}"),
    "arn:": ("a.yaml", f"# :states:::ecs:runTask containerOverrides\nx: {'arn:' * MANY}\n"),
    "lines after a call": ("a.py", f"import aws_cdk\nTaskDefinition(\n{chr(10) * MANY}"),
    "task-def in a program": ("a.py", f"import aws_cdk\nTaskDefinition(\n{'task-def' * (MANY // 8)}"),
    "slashes in an image": (
        "a.json",
        BROKEN.replace("fluentd", "x").replace('"image": "', f'"image": "}}{"/" * MANY}'),
    ),
    "underscores": ("a.json", json.dumps({**TASK, "cpu": f"${{{'_' * MANY}}}"})),
    "templates in a string": ("a.json", f'{{"containerDefinitions": [],\n"family": "{{{{ " }}}}{"{{}}" * MANY}\n}}'),
    "openings of templates": ("a.json", BROKEN.replace('"image": "', f'"image": "{"{{" * MANY}')),
    "templates in strings of one line": (
        "a.json",
        f'{{"containerDefinitions": ["{"{{{{" + SEPARATOR * (MANY // 8)}{{{{\n"]}}',
    ),
    "blanks behind an entry": ("a.json", f'{{\n"containerDefinitions": [],\n{FARGATE}\n"family": "a"{" " * MANY}}}'),
    "blanks behind an argument": (
        "main.tf",
        TERRAFORM.replace("}", f'  family = "a"{" " * MANY}}}'),
    ),
    "blanks in .gitignore": (".gitignore", f"{' ' * MANY}x\n"),
    "a long name in a condition": (
        "main.tf",
        TERRAFORM.replace("}", f'  family = {"a" * MANY} ? "b" : "c"\n}}'),
    ),
    "files of a script": (
        "a.sh",
        f"{REGISTERS}\n{' '.join(f'file://{each}' for each in range(MANY // 6))}",
    ),
    "blanks that a script writes to": (
        "a.sh",
        f"{REGISTERS} file://a file://b\n>{' ' * MANY}",
    ),
    "messages of a script": (
        "a.sh",
        f"{REGISTERS}\n{'echo $' * (MANY // 6)}",
    ),
    "comments that may be meant for taskfit": ("a.yaml", f"family: web\n{'# taskfit ignore ' * (MANY // 10)}"),
    "codes that are not closed": ("a.yaml", f"family: web\n{'# taskfit:ignore[' * (MANY // 10)}"),
    "sizes in the name of an argument": (
        "main.tf",
        f'module "a" {{\n  source = "x/ecs/aws"\n  a{"_cpu" * MANY}_scal{"_x" * 9_000} = 1\n}}\n',
    ),
    "sources": ("main.tf", f'module "ecs" {{\n  source = "{"terraform-aws-ecs/" * 20_000}"\n  cpu = 1\n}}\n'),
}


@pytest.mark.parametrize("kind", HANGS)
def test_no_pattern_backtracks(kind: str) -> None:
    name, text = HANGS[kind]
    write({name: text, "broken.json": BROKEN})
    result = run(".", "--output-format", "json")
    assert result.status in (0, 1), result.stderr
    assert "broken.json" in {each["path"] for each in json.loads(result.stdout)["findings"]}


def test_no_search_for_a_name_backtracks() -> None:
    write({"a.yaml": f"# Ref{' ' * MANY}!\n", "broken.json": BROKEN})
    result = run(".", "--var", "Unused=1")
    assert "FIT101" in result.stdout
    assert "no file uses this name" in result.stderr


def test_templates_without_end_are_unknown(tmp_path: Path) -> None:
    """Each `%{ if }` is a level of its own, as each expression is."""
    text = terraform(f'"{"%{if true}" * 120}x{"%{endif}" * 120}"')
    ((reading,),) = reader.read(text.encode(), {}, tmp_path / "main.tf").definitions
    assert isinstance(reading.task.containers[0].environment["X"], Unknown)


def test_conditions_that_nest_are_read_once(tmp_path: Path) -> None:
    """Each is part of the one before it, and what is too deep to be read is no choice to try both sides of."""
    text = terraform(f"{'false ? 1 : ' * 100}2")
    ((reading,),) = reader.read(text.encode(), {}, tmp_path / "main.tf").definitions
    assert isinstance(reading.task.containers[0].environment["X"], Unknown)


def test_a_line_of_dashes_is_text() -> None:
    write({"a.yaml": f"family: web\ncontainerDefinitions: []\nx: |\n  {'-' * 120}\n"})
    assert "nested deeper" not in run(".").stdout


def terraform(expression: str, before: str = "") -> str:
    variable = f'{{ name = "X", value = {expression} }}'
    containers = f'jsonencode([{{ name = "a", image = "b", memory = 64, environment = [{variable}] }}])'
    return f'{before}\nresource "aws_ecs_task_definition" "a" {{\n family = "a"\n container_definitions = {containers}\n}}\n'


LONG = f'locals {{\n long = "{"a" * 100_000}%d"\n many = range(1000)\n}}'
FUNCTIONS = [
    "base64encode(" * 12 + "local.long" + ")" * 12,
    "jsonencode(" * 20 + '"\\""' + ")" * 20,
    "upper(" * 3 + "strrev(local.long)" + ")" * 3 + ' == "" ? 1 : local.many',
    "jsonencode(formatlist(local.long, local.many))",
    f'"${{parseint("{"F" * 20_000}", 16)}}"',
    f'parseint("{"F" * 20_000}", 16)',
]


@pytest.mark.parametrize("expression", FUNCTIONS, ids=range(len(FUNCTIONS)))
def test_what_functions_of_terraform_make_stays_small(expression: str, tmp_path: Path) -> None:
    text = terraform(expression, LONG)
    ((reading,),) = reader.read(text.encode(), {}, tmp_path / "main.tf").definitions
    assert isinstance(reading.task.containers[0].environment["X"], Unknown)


def test_locals_that_quote_each_other_stay_small(tmp_path: Path) -> None:
    names = "".join(f" a{number} = jsonencode(local.a{number - 1})\n" for number in range(1, 24))
    text = terraform("local.a23", f'locals {{\n a0 = "\\""\n{names}}}')
    ((reading,),) = reader.read(text.encode(), {}, tmp_path / "main.tf").definitions
    assert isinstance(reading.task.containers[0].environment["X"], Unknown)


def template(image: object, parameter: str) -> dict[str, Any]:
    properties = {"Family": "a", "ContainerDefinitions": [{"Name": "a", "Image": image, "Memory": 64}]}
    return {
        "Parameters": {"P": {"Type": "String", "Default": parameter}},
        "Resources": {"T": {"Type": "AWS::ECS::TaskDefinition", "Properties": properties}},
    }


FIRST = {"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "P"}]}]}


@pytest.mark.parametrize(
    ("image", "parameter"),
    [
        ({"Fn::Join": ["", [{"Ref": "P"}] * 2000]}, "a" * 100_000),
        ({"Fn::Sub": "${P}" * 2000}, "a" * 100_000),
        ({"Fn::Join": ["", [FIRST] * 200]}, "a," * 100_000),
    ],
    ids=["join", "sub", "split"],
)
def test_what_functions_of_cloudformation_make_stays_small(image: object, parameter: str, tmp_path: Path) -> None:
    text = json.dumps(template(image, parameter))
    ((reading,),) = reader.read(text.encode(), {}, tmp_path / "t.json").definitions
    assert isinstance(reading.task.containers[0].image, Unknown)


def test_loops_of_cloudformation_make_no_more_than_aws_takes(tmp_path: Path) -> None:
    resource = template("b", "")["Resources"]["T"]
    inner = {"Fn::ForEach::M": ["Y", [str(each) for each in range(100)], {"T${X}${Y}": resource}]}
    loops: dict[str, list[Any]] = {"Fn::ForEach::L": ["X", ["a" * 20_000, *map(str, range(99))], inner]}
    whole = {"Transform": "AWS::LanguageExtensions", "Resources": loops}
    assert len(reader.read(json.dumps(whole).encode(), {}, tmp_path / "t.json").definitions) < 1000
    resource["Properties"]["ContainerDefinitions"][0]["Image"] = {"Fn::Sub": "b:${X}"}
    turns = [str(each) for each in range(100)]
    whole["Resources"] = {f"Fn::ForEach::L{each}": ["X", turns, {f"T{each}${{X}}": resource}] for each in range(15)}
    assert 1000 <= len(reader.read(json.dumps(whole).encode(), {}, tmp_path / "t.json").definitions) < 1010
    resource["Properties"]["ContainerDefinitions"][0]["Image"] = "${X}" * 10_000
    whole["Resources"] = {"Fn::ForEach::L": ["X", ["a" * 10_000], {"T${X}": resource}]}
    ((reading,),) = reader.read(json.dumps(whole).encode(), {}, tmp_path / "t.json").definitions
    assert len(str(reading.task.containers[0].image)) < 100_000


@pytest.mark.parametrize("name", ["task.json", "task.yaml"])
def test_what_placeholders_are_filled_with_stays_small(name: str) -> None:
    images = [{"name": f"c{number}", "image": "${X}" * 500, "memory": 64} for number in range(20)]
    write({name: json.dumps({**TASK, "containerDefinitions": images}), "broken.json": BROKEN})
    write({"taskfit.yaml": f"var: {{X: {'a' * 100_000}, N: '{'9' * 5000}'}}\n"})
    result = run(".", "--output-format", "json")
    found = json.loads(result.stdout)["findings"]
    assert result.stderr == ""
    assert "FIT101" in {each["code"] for each in found}
    assert len(result.stdout) < 1_000_000


@pytest.mark.parametrize("number", ["0x" + "F" * 5000, "0o" + "7" * 9000, "9" * 9000, "{{ N }}"])
def test_a_number_that_nobody_prints_crashes_nothing(number: str) -> None:
    write({"task.yaml": f"family: web\ncpu: {number}\ncontainerDefinitions:\n- {{name: a, image: b, memory: 1}}\n"})
    write({"taskfit.yaml": f"var: {{N: '{'9' * 5000}'}}\n", "broken.json": BROKEN})
    result = run(".", "--output-format", "json")
    assert result.stderr == ""
    assert "FIT101" in {each["code"] for each in json.loads(result.stdout)["findings"]}


@pytest.mark.parametrize("name", ["main.tf", "override.tf", "other.tf"])
def test_blocks_that_nest_without_end_are_an_error_and_hide_no_other(name: str) -> None:
    """Whether they change the definition or stand beside it."""
    write({"a.tf": terraform('"x"'), "broken.json": BROKEN})
    nested = f"{'x {' * 3000}{'}' * 3000}".replace("{", "{\n").replace("}", "}\n")
    kind = '"aws_ecs_task_definition" "a"' if name == "override.tf" else '"aws_ecs_task_definition" "b"'
    write({name: f"resource {kind} {{\n{nested}}}\n"})
    result = run(".", "--output-format", "json")
    found = {(each["path"], each["code"]): each["message"] for each in json.loads(result.stdout)["findings"]}
    assert result.stderr == ""
    assert found[name, "FIT001"] == "can't be read: nested deeper than 100 levels"
    assert ("broken.json", "FIT101") in found


def test_an_index_of_many_digits_is_unknown(tmp_path: Path) -> None:
    text = terraform(f"var.x.{'1' * 5000}")
    ((reading,),) = reader.read(text.encode(), {}, tmp_path / "main.tf").definitions
    assert isinstance(reading.task.containers[0].environment["X"], Unknown)

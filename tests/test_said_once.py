"""Findings that one cause has are one finding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import taskfit
from taskfit.finding import Finding, Severity

CONTAINER = {"name": "app", "image": "nginx:1.27"}


def found(source: str | dict[str, Any], code: str) -> list[Finding]:
    text = source if isinstance(source, str) else json.dumps(source, indent=1)
    return [finding for finding in taskfit.check(text).findings if finding.code == code]


def test_unknown_values_of_a_task_are_one_note_and_those_of_a_container_another() -> None:
    container = CONTAINER | {"cpu": "<APP_CPU>", "memory": "<APP_MEMORY>"}
    task = {"family": "web", "cpu": "<CPU>", "memory": "<MEMORY>", "networkMode": "<MODE>"}
    first, second = found(task | {"containerDefinitions": [container]}, "FIT004")
    assert first.pointer == "/cpu"
    assert first.message == (
        "cpu is `<CPU>`, memory is `<MEMORY>` and networkMode is `<MODE>`, which are unknown here; not checked: "
        "task size (FIT1), sizing (FIT2), container sums (FIT4), Fargate (FIT1) and networking (FIT4)."
    )
    assert first.help == "Supply them with `--var CPU=VALUE`, `--var MEMORY=VALUE` and `--var MODE=VALUE`."
    assert [related.label for related in first.related] == ["and here", "and here"]
    assert second.message.startswith("cpu is `<APP_CPU>` and memory is `<APP_MEMORY>`, which are unknown here")


def test_a_value_without_a_name_is_known_once_the_file_is_rendered() -> None:
    task = {"family": "web", "cpu": "${CPU}", "memory": "${A}${B}", "containerDefinitions": [CONTAINER]}
    (note,) = found(task, "FIT004")
    assert note.help == "Check the file once it is rendered."


def test_what_was_unknown_with_the_defaults_is_not_said_again_of_a_choice() -> None:
    template = """
Parameters:
  Memory: {Type: Number}
  Cpu: {Type: Number}
  Type: {Type: String, Default: FARGATE}
Conditions:
  OnFargate: !Equals [!Ref Type, FARGATE]
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Cpu: !If [OnFargate, !Ref Cpu, !Ref AWS::NoValue]
      Memory: !Ref Memory
      ContainerDefinitions: [{Name: app, Image: nginx}]
"""
    (note,) = found(template, "FIT004")
    assert note.message.startswith("cpu is `!Ref Cpu` and memory is `!Ref Memory`, which are unknown here")


def test_fields_in_snake_case_are_one_finding() -> None:
    container = CONTAINER | {"memory": 512, "stop_timeout": 60, "memory_reservation": 256, "colour": "red"}
    task = {"family": "web", "containerDefinitions": [container, container | {"name": "other"}]}
    spelling, other = found(task, "FIT003")
    assert spelling.message == (
        "AWS has no fields `stop_timeout` and `memory_reservation` in a container definition; the AWS CLI refuses the "
        "definition."
    )
    assert spelling.help == "Did you mean `stopTimeout` and `memoryReservation`?"
    assert spelling.fix is not None
    assert len(spelling.fix.edits) == 4
    assert "`colour`" in other.message


def test_fields_in_snake_case_beside_the_right_ones_have_no_fix() -> None:
    container = CONTAINER | {"memory": 512, "stopTimeout": 60, "stop_timeout": 60, "memory_reservation": 256}
    (spelling,) = found({"family": "web", "containerDefinitions": [container]}, "FIT003")
    assert spelling.fix is None


def test_terraform_ignores_fields_in_snake_case(tmp_path: Path) -> None:
    container = '{ name = "app", image = "nginx:1.27", memory = 512, stop_timeout = 60, port_mappings = [] }'
    (tmp_path / "main.tf").write_text(
        f'resource "aws_ecs_task_definition" "web" {{\n  family = "web"\n'
        f"  container_definitions = jsonencode([{container}])\n}}\n"
    )
    (spelling,) = taskfit.check(tmp_path, isolated=True, select=["FIT003"]).findings
    assert spelling.severity is Severity.WARNING
    assert spelling.message.endswith("in a container definition; Terraform ignores them.")


def test_cloudformation_refuses_fields_in_snake_case() -> None:
    template = """
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - {Name: app, Image: nginx, Memory: 512, stop_timeout: 60, memory_reservation: 256}
"""
    (spelling,) = found(template, "FIT003")
    assert spelling.severity is Severity.ERROR
    assert spelling.help == "Did you mean `StopTimeout` and `MemoryReservation`?"

"""Terraform: what is found where a condition is undecided, by whether a deployment chooses how it comes out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import CommandLine

SERVICE = """
variable "launch_type" {}
variable "names" { type = list(string) }
variable "size" { default = null }
variable "env" {}
data "aws_ssm_parameter" "kind" { name = "kind" }
locals {
  fargate_names = [for name in var.names : name if startswith(name, "FARGATE")]
  is_fargate    = var.launch_type == "FARGATE" || length(local.fargate_names) > 0
}
resource "aws_ecs_task_definition" "web" {
  family                   = "web"
  requires_compatibilities = CONDITION ? ["FARGATE"] : null
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = MEMORY
  container_definitions    = jsonencode([{ name = "web", image = "nginx:1.27" }])
}
"""


def found(taskfit: CommandLine, folder: Path, text: str, more: Mapping[str, str] = {}) -> list[tuple[str, str]]:
    for name, content in {"main.tf": text, **more}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    report = taskfit("check", "--isolated", "--output-format", "json", folder=folder).stdout
    return [
        (finding["code"], finding["message"])
        for finding in json.loads(report)["findings"]
        if finding["severity"] != "note"
    ]


def of(condition: str, memory: str = "4096") -> str:
    return SERVICE.replace("CONDITION", condition).replace("MEMORY", memory)


@pytest.mark.parametrize(
    "condition",
    [
        'var.launch_type == "FARGATE"',
        'lower(var.launch_type) == "fargate"',
        "var.env != null",
        'var.env == "prod" || var.launch_type == "FARGATE"',
        'terraform.workspace == "prod"',
    ],
)
def test_what_a_deployment_can_choose_is_reported(condition: str, taskfit: CommandLine, tmp_path: Path) -> None:
    ((code, message),) = found(taskfit, tmp_path, of(condition))
    assert code == "FIT101"
    assert message.startswith("With `")


@pytest.mark.parametrize(
    "condition",
    [
        "local.is_fargate",
        "length(local.fargate_names) > 0",
        'data.aws_ssm_parameter.kind.value == "FARGATE"',
        'try(var.names[0] == "FARGATE", true)',
    ],
)
def test_what_no_deployment_chooses_is_not(condition: str, taskfit: CommandLine, tmp_path: Path) -> None:
    assert found(taskfit, tmp_path, of(condition)) == []


@pytest.mark.parametrize(("essential", "otherwise"), [("true", "1"), ("1", "true")])
def test_a_number_is_not_the_boolean_that_python_takes_it_for(
    essential: str, otherwise: str, taskfit: CommandLine, tmp_path: Path
) -> None:
    def containers(value: str) -> str:
        return f'jsonencode([{{ name = "web", image = "nginx:1.27", essential = {value} }}])'

    text = of("true", "512")
    plain = 'jsonencode([{ name = "web", image = "nginx:1.27" }])'
    assert plain in text
    choice = f"CHOICE ? {containers(essential)} : {containers(otherwise)}"
    unknown = text.replace(plain, choice.replace("CHOICE", "local.is_fargate"))
    assert found(taskfit, tmp_path, unknown) == []
    chosen = text.replace(plain, choice.replace("CHOICE", 'var.env == "prod"'))
    ((code, message),) = found(taskfit, tmp_path, chosen)
    assert code == "FIT002"
    assert "1 is a number" in message


def test_what_holds_however_it_comes_out_is_reported(taskfit: CommandLine, tmp_path: Path) -> None:
    text = of("true", "local.is_fargate ? 4096 : 8192")
    ((code, message),) = found(taskfit, tmp_path, text)
    assert (code, message.startswith("With ")) == ("FIT101", False)


def test_what_a_deployment_chooses_counts_beside_it(taskfit: CommandLine, tmp_path: Path) -> None:
    text = of("true", '(local.is_fargate ? 0 : 512) + (var.env == "prod" ? 4096 : 512)')
    ((code, message),) = found(taskfit, tmp_path, text)
    assert (code, message.startswith('With `var.env == "prod"` true: ')) == ("FIT101", True)


def test_what_one_file_of_variables_gives_counts_beside_it(taskfit: CommandLine, tmp_path: Path) -> None:
    text = of("true", "var.size").replace('family                   = "web"', 'family = local.is_fargate ? "a" : "b"')
    more = {"dev.tfvars": "size = 512\n", "prod.tfvars": "size = 4096\n"}
    ((code, _),) = found(taskfit, tmp_path, text, more)
    assert code == "FIT101"


def test_a_template_of_its_own_is_read_alike(taskfit: CommandLine, tmp_path: Path) -> None:
    template = '[{"name": "a b", "image": "nginx", "cpu": ${length(words) > 0 ? "-1" : 2}}]'
    codes = [code for code, _ in found(taskfit, tmp_path, "", {"app.json.tpl": template})]
    assert codes == ["FIT002"]

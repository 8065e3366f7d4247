"""Override files of Terraform: merged into the other files of their folder, as Terraform does it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import taskfit
from taskfit.sources import reader
from taskfit.sources.document import Document, Reading
from taskfit.sources.terraform.overrides import is_override

MAIN = """
resource "aws_ecs_task_definition" "app" {
  family                   = "app"
  cpu                      = 256
  memory                   = 512
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  container_definitions    = jsonencode([{ name = "app", image = "app:1" }])
  runtime_platform {
    cpu_architecture = "ARM64"
  }
  volume {
    name = "one"
  }
  volume {
    name = "two"
  }
}
"""
HEAD = 'resource "aws_ecs_task_definition" "app"'


def document(folder: Path, files: Mapping[str, str], name: str = "main.tf") -> Document:
    (folder / ".git").mkdir(exist_ok=True)
    for each, text in files.items():
        (folder / each).parent.mkdir(parents=True, exist_ok=True)
        (folder / each).write_text(text, encoding="utf-8")
    return reader.read((folder / name).read_bytes(), {}, folder / name)


def reading(folder: Path, files: Mapping[str, str], name: str = "main.tf") -> Reading:
    ((found,),) = document(folder, files, name).definitions
    return found


def data(folder: Path, files: Mapping[str, str]) -> Any:
    return reading(folder, files).task.data


@pytest.mark.parametrize(
    "override",
    [
        {"override.tf": f"{HEAD} {{\n  cpu = 1024\n}}"},
        {"x_override.tf": f"{HEAD} {{\n  cpu = 1024\n}}"},
        {"override.tofu": f"{HEAD} {{\n  cpu = 1024\n}}"},
        {"override.tf.json": '{"resource": {"aws_ecs_task_definition": {"app": {"cpu": 1024}}}}'},
        {"override.tf.json": '[{"resource": {"aws_ecs_task_definition": {"app": {"cpu": 1024}}}}]'},
        {"a.b_override.tf": f"{HEAD} {{\n  cpu = 1024\n}}"},
        {"a_override.tf": f"{HEAD} {{\n  cpu = 512\n}}", "b_override.tf": f"{HEAD} {{\n  cpu = 1024\n}}"},
        {"override.tf": f"{HEAD} {{\n  cpu = 512\n}}\n{HEAD} {{\n  cpu = 1024\n}}"},
    ],
)
def test_an_argument_replaces_that_of_the_same_name(override: dict[str, str], tmp_path: Path) -> None:
    found = data(tmp_path, {"main.tf": MAIN, **override})
    assert (found["cpu"], found["memory"], found["family"]) == ("1024", "512", "app")


def test_an_argument_is_at_the_place_of_the_one_that_it_replaces(tmp_path: Path) -> None:
    override = f"{HEAD} {{\n  cpu = 1024\n  execution_role_arn = local.role\n}}\nlocals {{\n  role = 1\n}}\n"
    found = reading(tmp_path, {"main.tf": MAIN, "override.tf": override})
    assert found.locate("/cpu", False)[:2] == (4, 30)
    assert found.origins["/cpu"].text == "override.tf line 2"
    assert found.locate("/executionRoleArn", False)[:2] == (2, 1)
    assert "override.tf line 6" in found.origins["/executionRoleArn"].text


def test_a_nested_block_replaces_all_of_its_type(tmp_path: Path) -> None:
    override = f'{HEAD} {{\n  volume {{\n    name = "three"\n  }}\n}}'
    found = data(tmp_path, {"main.tf": MAIN, "override.tf": override})
    assert [volume["name"] for volume in found["volumes"]] == ["three"]
    assert found["runtimePlatform"] == {"cpuArchitecture": "ARM64"}


def test_the_contents_of_nested_blocks_are_not_merged(tmp_path: Path) -> None:
    override = f'{HEAD} {{\n  runtime_platform {{\n    operating_system_family = "LINUX"\n  }}\n}}'
    assert data(tmp_path, {"main.tf": MAIN, "override.tf": override})["runtimePlatform"] == {
        "operatingSystemFamily": "LINUX"
    }


def test_a_dynamic_block_replaces_those_that_it_makes(tmp_path: Path) -> None:
    dynamic = 'dynamic "volume" {\n    for_each = ["a", "b"]\n    content {\n      name = volume.value\n    }\n  }'
    found = data(tmp_path, {"main.tf": MAIN, "override.tf": f"{HEAD} {{\n  {dynamic}\n}}"})
    assert [volume["name"] for volume in found["volumes"]] == ["a", "b"]


def test_an_argument_of_json_replaces_blocks(tmp_path: Path) -> None:
    override = '{"resource": {"aws_ecs_task_definition": {"app": {"volume": [{"name": "three"}]}}}}'
    found = data(tmp_path, {"main.tf": MAIN, "override.tf.json": override})
    assert [volume["name"] for volume in found["volumes"]] == ["three"]


def test_conditions_of_a_lifecycle_are_kept_beside_others(tmp_path: Path) -> None:
    lifecycle = (
        '  lifecycle {\n    precondition {\n      condition = var.size != "big"\n      error_message = ""\n    }\n  }'
    )
    main = MAIN.replace("= 256", '= var.size == "big" ? 4096 : 256').replace(
        "  volume {", f"{lifecycle}\n  volume {{", 1
    )
    override = f"{HEAD} {{\n  lifecycle {{\n    create_before_destroy = true\n  }}\n}}"
    assert data(tmp_path, {"main.tf": main + 'variable "size" {}\n', "override.tf": override})["cpu"] == "256"


def test_locals_are_merged_one_by_one(tmp_path: Path) -> None:
    main = MAIN.replace("= 256", "= local.cpu").replace("= 512", "= local.memory")
    files = {
        "main.tf": main + "locals {\n  cpu = 256\n  memory = 512\n}\n",
        "a_override.tf": "locals {\n  memory = 1024\n}\n",
        "b_override.tf": "locals {\n  memory = 2048\n}\n",
    }
    assert (data(tmp_path, files)["cpu"], data(tmp_path, files)["memory"]) == ("256", "2048")


def test_a_variable_keeps_what_its_override_leaves_out(tmp_path: Path) -> None:
    main = MAIN.replace("= 256", "= var.cpu") + 'variable "cpu" {\n  type = number\n  default = 256\n}\n'
    files = {"main.tf": main, "override.tf": 'variable "cpu" {\n  default = "0512"\n}\n'}
    found = reading(tmp_path, files)
    assert found.task.data["cpu"] == "512"
    assert found.origins["/cpu"].text == "the default of variable cpu, override.tf line 2"
    (tmp_path / "override.tf").write_text('variable "cpu" {\n  description = "CPU units"\n}\n', encoding="utf-8")
    assert data(tmp_path, {"main.tf": main})["cpu"] == "256"


def test_arguments_of_a_call_are_merged(tmp_path: Path) -> None:
    module = (
        MAIN.replace("= 256", "= var.cpu").replace("= 512", "= var.memory")
        + 'variable "cpu" {}\nvariable "memory" {}\n'
    )
    files = {
        "modules/app/main.tf": module,
        "main.tf": 'module "app" {\n  source = "./modules/app"\n  cpu = 256\n  memory = 512\n}\n',
        "override.tf": 'module "app" {\n  memory = 2048\n}\n',
    }
    found = reading(tmp_path, files)
    assert (found.task.data["cpu"], found.task.data["memory"]) == ("256", "2048")
    assert found.locate("/memory", False)[:2] == (4, 12)
    assert document(tmp_path, files, "override.tf").definitions == []


def test_another_source_of_a_call_is_followed(tmp_path: Path) -> None:
    files = {
        "modules/a/main.tf": MAIN,
        "modules/b/main.tf": MAIN.replace("= 512", "= var.memory") + 'variable "memory" {}\n',
        "main.tf": 'module "app" {\n  source = "./modules/a"\n  memory = 2048\n}\n',
        "override.tf": 'module "app" {\n  source = "./modules/b"\n}\n',
    }
    assert data(tmp_path, files)["memory"] == "2048"
    assert reading(tmp_path, files, "modules/b/main.tf").task.data["memory"] == "2048"


def test_a_module_whose_call_an_override_leads_elsewhere_is_checked_by_itself(tmp_path: Path) -> None:
    files = {
        "modules/a/main.tf": MAIN.replace("= 512", "= 4096"),
        "main.tf": 'module "app" {\n  source = "./modules/a"\n}\n',
        "override.tf": 'module "app" {\n  source = "git::https://example.com/app"\n}\n',
    }
    document(tmp_path, files)
    (finding,) = [each for each in taskfit.check([str(tmp_path)]).findings if each.severity == "error"]
    assert (finding.code, Path(finding.path).parent.name) == ("FIT101", "a")


def test_an_override_that_is_unknown_makes_the_value_unknown(tmp_path: Path) -> None:
    override = f"{HEAD} {{\n  cpu = data.aws_ssm_parameter.cpu.value\n}}"
    found = data(tmp_path, {"main.tf": MAIN, "override.tf": override})
    assert found["cpu"].text == "data.aws_ssm_parameter.cpu.value"


def test_an_override_of_a_service_counts(tmp_path: Path) -> None:
    service = 'resource "aws_ecs_service" "app" {\n  name = "app"\n  desired_count = 2\n'
    service += "  task_definition = aws_ecs_task_definition.app.arn\n}\n"
    override = 'resource "aws_ecs_service" "app" {\n  desired_count = 0\n}\n'
    found = reading(tmp_path, {"main.tf": MAIN + service, "override.tf": override})
    assert found.task.services[0].data["desiredCount"] == 0


def test_what_overrides_nothing_is_checked_where_it_stands(tmp_path: Path) -> None:
    files = {"main.tf": "", "override.tf": MAIN}
    assert reading(tmp_path, files, "override.tf").task.data["cpu"] == "256"


def test_an_overridden_definition_is_not_fixed(tmp_path: Path) -> None:
    """A change of the block would count for nothing where the override file says something else."""
    files = {"main.tf": MAIN, "override.tf": f"{HEAD} {{\n  memory = 25600\n}}"}
    document(tmp_path, files)
    findings = taskfit.check([str(tmp_path)]).findings
    assert {finding.code for finding in findings} == {"FIT101"}
    assert all(finding.fix is None for finding in findings)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("override.tf", True),
        ("a_override.tf.json", True),
        ("a.b_override.tofu", True),
        ("_override.tf", True),
        ("overrides.tf", False),
        ("override.a.tf", False),
        ("a.override.tf", False),
    ],
)
def test_names_of_override_files(name: str, expected: bool) -> None:
    assert is_override(name) is expected

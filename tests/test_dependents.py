"""A changed variables file, module or template is checked where it is used."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from bad_cases import BAD
from conftest import ROOT, run, write
from ruamel.yaml import YAML

from taskfit.sources.dependents import Dependents

pytestmark = pytest.mark.usefixtures("in_a_repository")

PAIR = BAD["pair-8192-25600"][0]

SERVICE = """\
variable "memory" {}
resource "aws_ecs_task_definition" "web" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 8192
  memory                   = var.memory
  container_definitions    = jsonencode([{ name = "app", image = "nginx:1.27" }])
}
"""


def paths(*arguments: str) -> set[str]:
    result = run("--output-format", "json", *arguments)
    assert result.status in (0, 1), result.stderr
    return {item["path"] for item in json.loads(result.stdout)["findings"]}


def test_a_variables_file_alone_checks_what_it_gives_values_to() -> None:
    write({"web/main.tf": SERVICE, "web/prod.tfvars": 'memory = "25600"\n', "api/main.tf": SERVICE})
    write({"web/taskfit.yaml": "var-file: [prod.tfvars]\n"})
    assert paths("web/prod.tfvars") == {"web/main.tf"}
    write({"web/prod.tfvars": 'memory = "24576"\n'})
    assert run("web/prod.tfvars").status == 0


def test_a_variables_file_of_a_configuration_checks_what_the_configuration_is_for() -> None:
    text = json.dumps({**PAIR, "memory": "${MEMORY}"})
    write({"a/task.json": text, "b/task.json": text, "values/prod.tfvars": 'MEMORY = "25600"\n'})
    write({"taskfit.yaml": "overrides: [{files: a/, var-file: [values/prod.tfvars]}]\n"})
    assert paths("values/prod.tfvars") == {"a/task.json"}
    write({"taskfit.yaml": "overrides: [{files: a/, var-file: [values/prod.tfvars]}]\nexclude: [a/]\n"})
    assert paths("values/prod.tfvars") == set()


def test_only_what_is_asked_for_is_checked_besides() -> None:
    write({"main.tf": SERVICE.replace("var.memory", "local.memory"), "locals.tf": 'locals { memory = "25600" }\n'})
    assert paths("locals.tf") == set()
    assert paths("--affected", "locals.tf") == {"main.tf"}


FILES = {
    "envs/prod/main.tf": 'module "web" {\n  source = "../../modules/web"\n}\n',
    "envs/dev/main.tf": 'module "web" { source = "../../modules/web" }\n',
    "envs/dev/eu/west.tfvars": "",
    "envs/other/main.tf": 'module "api" { source = "../../modules/api" }\n',
    "modules/web/main.tf": 'module "task" { source = "../task" }\n',
    "modules/web/variables.tf": "",
    "modules/task/main.tf": 'templatefile("${path.module}/templates/web.json.tpl", {})\n',
    "modules/task/templates/web.json.tpl": "{}",
    "modules/api/main.tf": 'file("web.json.tpl.old")\n',
    "stack.yaml": "Type: AWS::CloudFormation::Stack\nTemplateURL: ./nested/task.yaml\nLocation: s3://bucket/unrelated/task.yaml\n",
    "nested/task.yaml": "",
    "other/task.yaml": "",
    "lib/task.libsonnet": "",
    "web.jsonnet": "import 'lib/task.libsonnet'\n",
}

READERS = {
    "modules/task/templates/web.json.tpl": {
        "modules/task/main.tf",
        "modules/web/main.tf",
        "modules/web/variables.tf",
        "envs/prod/main.tf",
        "envs/dev/main.tf",
    },
    "modules/web/variables.tf": {"modules/web/main.tf", "envs/prod/main.tf", "envs/dev/main.tf"},
    "envs/dev/eu/west.tfvars": {"envs/dev/main.tf"},
    "nested/task.yaml": {"stack.yaml"},
    "stack.yaml": {"nested/task.yaml"},
    "other/task.yaml": set(),
    "lib/task.libsonnet": {"web.jsonnet"},
}


@pytest.mark.parametrize(("changed", "expected"), READERS.items())
def test_readers_are_found_through_modules_templates_and_includes(changed: str, expected: set[str]) -> None:
    write(dict(FILES))
    here = Path.cwd().resolve()
    found = Dependents(map(Path, FILES)).of([Path(changed)])
    assert {path.relative_to(here).as_posix() for path in found} - {changed} == expected


def test_modules_that_call_each_other_come_to_an_end() -> None:
    write({"a/main.tf": 'module "b" { source = "../b" }\n', "b/main.tf": 'module "a" { source = "../a" }\n'})
    found = Dependents([Path("a/main.tf"), Path("b/main.tf")]).of([Path("a/main.tf")])
    assert {path.parent.name for path in found} == {"a", "b"}


HOOKS = YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")

HANDED_OVER = (
    *("task.json", "a/b/task.JSON", "task.jsonc", "task.json5", "task.yaml", "task.yml", "web.template"),
    *("task.json.tpl", "task.json.tftpl", "task.yaml.j2", "task.json.jinja2", "task.json.tmpl", "web.template.json"),
    *("main.tf", "main.tofu", "main.tf.json", "prod.tfvars", "prod.auto.tfvars", "prod.tfvars.json", "terragrunt.hcl"),
    *("terraform.tfstate", "web.jsonnet", "web.libsonnet", "--x=y.json"),
)
NOT_HANDED_OVER = (
    *("README.md", "main.py", "Dockerfile", "json", "tf", ".tfvars/notes"),
    *("task.json.bak", "task.jsonl", "a.tfplan"),
)


@pytest.mark.parametrize("hook", HOOKS, ids=[hook["id"] for hook in HOOKS])
def test_the_hooks_take_files_by_pattern(hook: dict[str, str]) -> None:
    taken = tuple(name for name in (*HANDED_OVER, *NOT_HANDED_OVER) if re.search(hook["files"], name))
    assert taken == HANDED_OVER
    assert "types_or" not in hook


def test_the_hooks_take_every_file_that_a_walk_opens() -> None:
    from taskfit.sources.formats import SUFFIXES

    assert [each for each in SUFFIXES if not re.search(HOOKS[0]["files"], f"name{each}")] == []


def test_a_file_name_is_no_option() -> None:
    write({"--config=x.yaml": "ignore: [FIT1]\n", "--exit-zero": "", "task.json": PAIR})
    for arguments in (["--config=x.yaml", "task.json"], ["--exit-zero", "task.json"]):
        result = run(*arguments)
        assert result.status == 2
        assert "put -- before file names" in result.stderr
    assert run("--", "--config=x.yaml", "task.json").status == 1
    assert run("--output-format", "json", "--", "task.json", "--exit-zero").status == 1

"""Terraform: what becomes a definition and what stays unknown, its readings, and its places."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import taskfit
from taskfit.definition import GAP, Partial, Unknown
from taskfit.finding import Severity
from taskfit.sources import reader
from taskfit.sources.document import Document, Reading
from taskfit.sources.terraform.evaluation import MAX_READINGS

RESOURCE = "aws_ecs_task_definition"
CONTAINERS = 'container_definitions = jsonencode([{ name = "app", image = "nginx:1.27" }])'


def read(text: str, folder: Path | None = None, name: str = "main.tf", **variables: str) -> Document:
    return reader.read(text.encode(), variables, folder / name if folder else None)


def readings(text: str, folder: Path | None = None, **variables: str) -> tuple[Reading, ...]:
    document = read(text, folder, **variables)
    assert document.faults == []
    (found,) = document.definitions
    return found


def resource(body: str, rest: str = "") -> str:
    return f'resource "{RESOURCE}" "app" {{\n{body}\n}}\n{rest}'


def value(expression: str, rest: str = "", folder: Path | None = None, **variables: str) -> Any:
    """What an expression becomes as the image of the one container."""
    text = resource(f"container_definitions = jsonencode([{{ image = {expression} }}])", rest)
    containers = readings(text, folder, **variables)[0].task.data["containerDefinitions"]
    return containers[0].get("image") if containers else None


def spot(reading: Reading, text: str, pointer: str, *, on_key: bool = False) -> str:
    span = reading.locate(pointer, on_key)
    line = text.splitlines()[span.line - 1]
    assert span.end_line == span.line
    return line[span.column - 1 : span.end_column - 1]


COMPLETE = """
family                   = "web"
cpu                      = 256
memory                   = "512"
requires_compatibilities = ["FARGATE"]
network_mode             = "awsvpc"
task_role_arn            = null
enable_fault_injection   = true
skip_destroy             = true
ephemeral_storage { size_in_gib = "30" }
runtime_platform {
  operating_system_family = "LINUX"
  cpu_architecture        = "ARM64"
}
proxy_configuration {
  type           = "APPMESH"
  container_name = "envoy"
  properties     = { AppPorts = 8080 }
}
placement_constraints {
  type       = "memberOf"
  expression = "attribute:ecs.os-type == linux"
}
volume {
  name      = "host"
  host_path = "/data"
}
volume {
  name = "efs"
  efs_volume_configuration {
    file_system_id          = "fs-1"
    transit_encryption      = "ENABLED"
    transit_encryption_port = "2049"
    authorization_config { iam = "ENABLED" }
  }
}
volume {
  name                = "docker"
  configure_at_launch = false
  docker_volume_configuration {
    autoprovision = "true"
    driver_opts   = { some_key = 1 }
  }
}
tags = { Team = "core" }
lifecycle { ignore_changes = [tags] }
"""
AS_THE_API_HAS_IT = {
    "family": "web",
    "cpu": "256",
    "memory": "512",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "enableFaultInjection": True,
    "ephemeralStorage": {"sizeInGiB": 30},
    "runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"},
    "proxyConfiguration": {
        "type": "APPMESH",
        "containerName": "envoy",
        "properties": [{"name": "AppPorts", "value": "8080"}],
    },
    "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}],
    "volumes": [
        {"name": "host", "host": {"sourcePath": "/data"}},
        {
            "name": "efs",
            "efsVolumeConfiguration": {
                "fileSystemId": "fs-1",
                "transitEncryption": "ENABLED",
                "transitEncryptionPort": 2049,
                "authorizationConfig": {"iam": "ENABLED"},
            },
        },
        {
            "name": "docker",
            "configuredAtLaunch": False,
            "dockerVolumeConfiguration": {"autoprovision": True, "driverOpts": {"some_key": "1"}},
        },
    ],
    "tags": [{"key": "Team", "value": "core"}],
}


def test_arguments_become_the_apis() -> None:
    (reading,) = readings(resource(COMPLETE))
    assert reading.task.data == AS_THE_API_HAS_IT
    assert reading.task.dialect.name == "terraform"
    assert reading.task.fallback_name == f"{RESOURCE}.app"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('"a"', "a"),
        ('"a\\"b\\n\\u00e9 $${x"', 'a"b\né ${x'),
        ("1 + 2 * 3", 7),
        ("-1.5", -1.5),
        ('!(1 == 2) && "a" != "b"', True),
        ('"${1}-${true}"', "1-true"),
        ('"%{ if 1 < 2 }yes%{ else }no%{ endif }"', "yes"),
        ('"%{ if false }yes%{ else }no%{ endif }"', "no"),
        ('true ? "a" : "b"', "a"),
        ('[for x in ["a", "b"] : upper(x) if x != "a"]', ["B"]),
        ('{ for k, v in { a = 1 } : "${k}x" => v }', {"ax": 1}),
        ("[{ a = 1 }, { a = 2 }][*].a", [1, 2]),
        ('{ a = { b = ["c"] } }.a["b"][0]', "c"),
        ('concat(["a"], ["b"])', ["a", "b"]),
        ("merge({ a = 1 }, { a = 2 })", {"a": 2}),
        ('format("%s:%d", "a", 8080)', "a:8080"),
        ('join(",", ["a", "b"])', "a,b"),
        ('lookup({ a = 1 }, "b", 2)', 2),
        ('try({ a = 1 }.b, "c")', "c"),
        ('try({ a = 1 }.b.c, "d")', "d"),
        ('try(null.a, "c")', "c"),
        ('try({ a = 1 }.b.c != "x", "d")', "d"),
        ("try(2 * { a = 1 }.b, 3)", 3),
        ('coalesce(null, "", "a")', "a"),
        ('tonumber("12")', 12),
        ("tostring(12)", "12"),
        ('flatten([["a"], ["b", ["c"]]])', ["a", "b", "c"]),
        ('jsondecode("{\\"a\\": 1}").a', 1),
        ('split(",", "a,b")[1]', "b"),
        ("min(3, 2)", 2),
        ("ceil(1.2)", 2),
        ('element(["a", "b"], 3)', "b"),
        ('replace("a-b", "-", "_")', "a_b"),
        ("contains([1, 2], 2)", True),
        ("contains([1], true)", False),
        ("[1] == [true]", False),
        ("null", None),
    ],
)
def test_an_expression_of_constants_is_evaluated(expression: str, expected: Any) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "var.nobody",
        "local.nobody",
        "data.aws_region.current.name",
        "aws_ecr_repository.app.repository_url",
        '"${aws_ecr_repository.app.repository_url}:1"',
        "module.app.image",
        "timestamp()",
        "1 / 0",
        'lookup(var.nobody, "a", "b")',
        "{ a = 1 }.b",
        "local.circle",
        "upper(var.nobody)",
        'file("/etc/hostname")',
        'file("../secret")',
        "basename(path.cwd)",
        '"ex-${basename(path.cwd)}"',
        "basename(abspath(path.module))",
    ],
)
def test_what_only_a_deployment_knows_is_unknown(expression: str, tmp_path: Path) -> None:
    assert isinstance(value(expression, "locals { circle = local.circle }", tmp_path), Unknown)


def test_parts_that_are_unknown_leave_the_rest_known() -> None:
    data = readings(
        resource(
            """
            dynamic "volume" {
              for_each = var.volumes
              content { name = volume.value }
            }
            tags = merge({ a = "b" }, var.tags)
            container_definitions = jsonencode(concat([merge(var.base, { name = "app" })], var.sidecars))
            """
        )
    )[0].task.data
    assert [type(item) for item in data["volumes"]] == [Unknown]
    assert data["tags"][-1] == Unknown("more", "reference")
    container, rest = data["containerDefinitions"]
    assert isinstance(container, Partial)
    assert container == {"name": "app"}
    assert rest == Unknown("var.sidecars", "reference")


def test_empty_entries_of_lists_are_dropped_as_the_provider_does() -> None:
    containers = '[{ name = "app", secrets = [{}], command = [null, "run"], environment = [] }]'
    data = readings(resource(f"container_definitions = jsonencode({containers})"))[0].task.data
    assert data["containerDefinitions"] == [{"name": "app", "secrets": [], "command": ["run"], "environment": []}]


def test_names_of_fields_count_in_any_case_and_keys_of_maps_as_written() -> None:
    containers = """<<-JSON
      [{"Name": "app", "CPU": 256, "Secrets": [{"name": "KEY", "valuefrom": "arn"}], "DockerLabels": {"Name": "A"}}]
      JSON"""
    data = readings(resource(f"container_definitions = {containers}"))[0].task.data
    assert data["containerDefinitions"] == [
        {"name": "app", "cpu": 256, "secrets": [{"name": "KEY", "valueFrom": "arn"}], "dockerLabels": {"Name": "A"}}
    ]


@pytest.mark.parametrize(
    ("name", "mode", "severity"),
    [
        ("networkMode", "awsvpc", Severity.NOTE),
        ("network_mode", "awsvpc", Severity.NOTE),
        ("network_mode", "host", Severity.WARNING),
    ],
)
def test_a_field_of_the_task_in_a_container_matters_less_if_the_task_has_its_value(
    name: str, mode: str, severity: Severity, tmp_path: Path
) -> None:
    container = f'{{ name = "app", image = "nginx:1.27", memory = 128, {name} = "{mode}" }}'
    body = f'family = "a"\nnetwork_mode = "awsvpc"\ncontainer_definitions = jsonencode([{container}])'
    (tmp_path / "main.tf").write_text(resource(body), encoding="utf-8")
    (found,) = taskfit.check(tmp_path, isolated=True).findings
    assert (found.code, found.severity) == ("FIT003", severity)


@pytest.mark.parametrize("ending", ["tpl", "tftpl"])
def test_the_ending_of_a_template_makes_it_one_of_terraform(ending: str, tmp_path: Path) -> None:
    text = '[{"name": "app", "image": "${image}", "memory": 128, "networkMode": "host"}]'
    (tmp_path / f"app.json.{ending}").write_text(text, encoding="utf-8")
    (found,) = taskfit.check(tmp_path, isolated=True).findings
    assert found.message.endswith("; Terraform ignores it.")


def test_a_scalar_that_the_provider_fails_to_decode_is_an_error(tmp_path: Path) -> None:
    containers = (
        """[{ name = "app", image = "nginx:1.27", memory = "128", environment = [{ name = "N", value = 5 }] }]"""
    )
    (tmp_path / "main.tf").write_text(resource(f'family = "app"\ncontainer_definitions = jsonencode({containers})'))
    found = [finding for finding in taskfit.check([tmp_path]).findings if finding.code == "FIT002"]
    assert [finding.pointer for finding in found] == [
        "/containerDefinitions/0/memory",
        "/containerDefinitions/0/environment/0/value",
    ]
    assert all("fails to decode" in finding.message for finding in found)


def test_a_module_of_the_community_converts_what_it_is_given(tmp_path: Path) -> None:
    module = """
    module "container" {
      source           = "cloudposse/ecs-container-definition/aws"
      container_name   = "web"
      container_image  = "nginx:1.27"
      container_memory = "512"
      essential        = "true"
      environment      = [{ name = "N", value = 5 }]
    }
    """
    text = resource('family = "app"\ncontainer_definitions = module.container.json_map_encoded_list', module)
    (tmp_path / "main.tf").write_text(text)
    assert not [finding for finding in taskfit.check([tmp_path]).findings if finding.code == "FIT002"]


def test_what_comes_before_an_unknown_part_of_a_merge_may_be_replaced() -> None:
    found = value("merge({ a = 1 }, var.nobody, { b = 2 })")
    assert found == {"a": Unknown("a", "reference"), "b": 2}
    assert isinstance(found, Partial)


def test_a_known_dynamic_block_is_unrolled() -> None:
    body = 'dynamic "volume" {\n for_each = toset(["a", "b"])\n content {\n name = volume.value\n }\n}'
    assert readings(resource(body))[0].task.data["volumes"] == [{"name": "a"}, {"name": "b"}]


HEREDOC = resource("""
  container_definitions = <<-EOT
    [
      {
        "name": "é",
        "image": "app:${var.tag}",
        "memory": ${var.memory},
        "cpu": ${var.nobody},
        "environment": ${jsonencode([{ name = "A", value = var.tag }])}
      }%{ if var.more },
      ${local.sidecar}
      %{ endif }
    ]
  EOT
""")
HEREDOC_REST = """
variable "tag" { default = "1.2" }
variable "memory" { default = 512 }
variable "more" { default = true }
locals {
  sidecar = jsonencode({ name = "envoy", memory = 128 })
}
"""


def test_json_in_a_heredoc_is_read_with_its_places() -> None:
    text = HEREDOC + HEREDOC_REST
    (reading,) = readings(text)
    app, sidecar = reading.task.data["containerDefinitions"]
    assert app == {
        "name": "é",
        "image": "app:1.2",
        "memory": 512,
        "cpu": Unknown("var.nobody", "reference"),
        "environment": [{"name": "A", "value": "1.2"}],
    }
    assert sidecar == {"name": "envoy", "memory": 128}
    assert spot(reading, text, "/containerDefinitions/0/name") == '"é"'
    assert spot(reading, text, "/containerDefinitions/0/memory") == "${var.memory}"
    assert spot(reading, text, "/containerDefinitions/0/memory", on_key=True) == '"memory"'
    assert spot(reading, text, "/containerDefinitions/0/image") == '"app:${var.tag}"'
    assert spot(reading, text, "/containerDefinitions/0/environment/0/value") == "var.tag"
    assert spot(reading, text, "/containerDefinitions/1/memory") == "128"
    assert reading.origins["/containerDefinitions/0/memory"].text == "the default of variable memory"


def test_places_in_jsonencode_are_exact() -> None:
    text = resource('container_definitions = jsonencode([\n  { "name" : "app", memory = 512 }, # é\n])\ncpu = 256')
    (reading,) = readings(text)
    assert spot(reading, text, "/containerDefinitions/0/memory") == "512"
    assert spot(reading, text, "/containerDefinitions/0/memory", on_key=True) == "memory"
    assert spot(reading, text, "/containerDefinitions/0/name") == '"app"'
    assert spot(reading, text, "/cpu") == "256"
    assert spot(reading, text, "") == f'resource "{RESOURCE}" "app"'


@pytest.mark.parametrize(
    "style",
    [
        "jsonencode([local.app])",
        '"[${local.json}]"',
        '"[${jsonencode(local.app)}]"',
        'file("app.json")',
        'file("${path.module}/app.json")',
        'templatefile("app.json.tpl", { memory = 512, name = "app" })',
        "data.template_file.app.rendered",
        '"${data.template_file.app.rendered}"',
        "data.template_file.old.rendered",
        'jsonencode(jsondecode(file("app.json")))',
    ],
)
def test_the_styles_of_container_definitions(style: str, tmp_path: Path) -> None:
    (tmp_path / "app.json").write_text('[{"name": "app", "memory": 512}]', encoding="utf-8")
    (tmp_path / "app.json.tpl").write_text('[{"name": "${name}", "memory": ${memory}}]', encoding="utf-8")
    (tmp_path / "more.tf").write_text(
        """
        locals {
          app  = { name = "app", memory = 512 }
          json = <<EOT
          {"name": "app", "memory": 512}
          EOT
        }
        data "template_file" "app" {
          template = file("app.json.tpl")
          vars     = { memory = 512, name = "app" }
        }
        data "template_file" "old" {
          template = "${file("app.json.tpl")}"
          vars {
            memory = "${512}"
            name   = "app"
          }
        }
        """,
        encoding="utf-8",
    )
    text = resource(f"container_definitions = {style}")
    (reading,) = readings(text, tmp_path)
    assert reading.task.data["containerDefinitions"] == [{"name": "app", "memory": 512}]
    assert reading.locate("/containerDefinitions/0/memory", False).line == 2
    assert " line " in reading.origins["/containerDefinitions/0/memory"].text


PAIR = 'family = "app"\ncpu = {}\nmemory = {}\nrequires_compatibilities = ["FARGATE"]\nnetwork_mode = "awsvpc"\n'


@pytest.mark.parametrize(
    ("cpu", "memory", "rest", "files", "words"),
    [
        (8192, 25600, "", {}, ""),
        ("var.cpu", 25600, 'variable "cpu" { default = 8192 }', {}, "the default of variable cpu"),
        ("local.cpu", 25600, "locals { cpu = 4096 * 2 }", {}, "local.cpu"),
        ("var.cpu", 25600, 'variable "cpu" {}', {"terraform.tfvars": "\ncpu = 8192"}, "terraform.tfvars line 2"),
        ("var.cpu", 25600, 'variable "cpu" {}', {"a.auto.tfvars.json": '{"cpu": 8192}'}, "a.auto.tfvars.json line 1"),
        ("var.cpu", 25600, 'variable "cpu" {}', {"prod.tfvars": "cpu = 8192"}, "prod.tfvars line 1"),
        ("var.cpu", 25600, "", {"variables.tf": '\nvariable "cpu" {\n default = 8192\n}'}, "variables.tf line 3"),
        ("local.size.cpu", "local.size.memory", "locals { size = { cpu = 8192, memory = 25600 } }", {}, ""),
        ("var.big ? 8192 : 256", "var.big ? 25600 : 512", 'variable "big" {}', {}, "With `var.big` true"),
        ("var.big ? 256 : 8192", "!var.big ? 25600 : 512", 'variable "big" {}', {}, "With `var.big` false"),
    ],
)
def test_the_hidden_pair_is_found(  # noqa: PLR0917
    cpu: object, memory: object, rest: str, files: Mapping[str, str], words: str, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    path = tmp_path / "main.tf"
    path.write_text(resource(PAIR.format(cpu, memory) + CONTAINERS, rest), encoding="utf-8")
    (finding,) = [finding for finding in taskfit.check([path], isolated=True).findings if finding.code == "FIT101"]
    assert finding.severity is Severity.ERROR
    assert words in finding.message
    assert finding.span.line in (3, 4) or "local.size" in str(memory)


def test_a_message_names_the_variable_and_where_its_value_is_from(tmp_path: Path) -> None:
    (tmp_path / "prod.tfvars").write_text("cpu = 512")
    environment = '[{ name = "MAX_AGENTS", value = var.agents }]'
    app = f'{{ name = "worker", image = "acme/mistersmith-worker:1", environment = {environment} }}'
    body = f'family = "w"\ncpu = var.cpu\nmemory = 2048\ncontainer_definitions = jsonencode([{app}])'
    text = resource(body, 'variable "cpu" {}\nvariable "agents" { default = 4 }')
    (tmp_path / "main.tf").write_text(text)
    report = taskfit.check([tmp_path], isolated=True, select=("FIT201",))
    words = "(cpu is from prod.tfvars line 1; MAX_AGENTS is from the default of variable agents)"
    assert [finding.message[-len(words) :] for finding in report.findings] == [words]


def test_what_is_given_wins_over_files_and_defaults(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfvars").write_text("cpu = 512", encoding="utf-8")
    (tmp_path / "z.auto.tfvars").write_text("cpu = 1024", encoding="utf-8")
    text = resource("cpu = var.cpu", 'variable "cpu" {\n type = number\n default = 256\n}')
    assert readings(text)[0].task.data["cpu"] == "256"
    assert readings(text, tmp_path)[0].task.data["cpu"] == "1024"
    (reading,) = readings(text, tmp_path, cpu="2048")
    assert reading.task.data["cpu"] == "2048"
    assert reading.origins["/cpu"].text == "the value given for cpu"


@pytest.mark.parametrize("default", ["null", '""'])
def test_an_empty_default_is_unknown(default: str) -> None:
    text = resource(f"cpu = var.cpu\n{CONTAINERS}", f'variable "cpu" {{ default = {default} }}')
    assert isinstance(readings(text)[0].task.data["cpu"], Unknown)


def test_an_empty_list_by_default_may_hold_more() -> None:
    found = value('concat(var.more, ["a"])', 'variable "more" { default = [] }')
    assert isinstance(found[0], Unknown)


def test_conditions_on_one_value_exclude_each_other() -> None:
    text = resource('cpu = var.env == "a" ? 1 : 2\nmemory = var.env == "b" ? 3 : 4')
    pairs = [(reading.task.data["cpu"], reading.task.data["memory"]) for reading in readings(text)]
    assert pairs == [("1", "4"), ("2", "3"), ("2", "4")]


def test_conditions_that_may_hang_together_are_not_mixed() -> None:
    text = resource('cpu = var.env == "a" ? 1 : 2\nmemory = startswith(var.env, "a") ? 3 : 4')
    assert all(isinstance(reading.task.data["memory"], Unknown) for reading in readings(text))


def test_readings_are_bounded_and_it_is_said() -> None:
    tags = ", ".join(f'k{index} = var.v{index} ? "a" : "b"' for index in range(20))
    document = read(resource(f"tags = {{ {tags} }}\n{CONTAINERS}"))
    assert len(document.definitions[0]) == MAX_READINGS
    (fault,) = document.faults
    assert fault.severity is Severity.NOTE
    assert "more combinations of conditions than the 32 checked" in fault.message


def test_each_instance_of_a_resource_is_a_definition() -> None:
    text = resource("for_each = local.apps\nfamily = each.key\ncpu = each.value.cpu", "locals {\n apps = {\n"
                    "  web = { cpu = 256 }\n  job = { cpu = 512 }\n }\n}")  # fmt: skip
    found = read(text).definitions
    assert [(item[0].task.fallback_name, item[0].task.data) for item in found] == [
        (f'{RESOURCE}.app["web"]', {"family": "web", "cpu": "256"}),
        (f'{RESOURCE}.app["job"]', {"family": "job", "cpu": "512"}),
    ]
    assert isinstance(readings(resource("for_each = var.apps\ncpu = each.value"))[0].task.data["cpu"], Unknown)


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ('launch_type = "FARGATE"', {"FARGATE"}),
        ("launch_type = var.launch_type", set()),
        ('capacity_provider_strategy {\n capacity_provider = "FARGATE_SPOT"\n}', {"FARGATE_SPOT"}),
    ],
)
def test_the_services_launch_type(service: str, expected: set[str], tmp_path: Path) -> None:
    other = 'resource "aws_ecs_service" "x" {\n task_definition = aws_ecs_task_definition.other.arn\n launch_type = "EC2"\n}'
    own = f'resource "aws_ecs_service" "y" {{\n task_definition = {RESOURCE}.app.arn\n {service}\n}}'
    (tmp_path / "service.tf").write_text(f"{other}\n{own}", encoding="utf-8")
    assert readings(resource(CONTAINERS), tmp_path)[0].task.service_launch_types == expected


def test_modules_of_the_community_are_read_as_far_as_literals_go() -> None:
    text = """
    module "app" {
      source = "terraform-aws-modules/ecs/aws//modules/service"
      cpu    = 8192
      memory = 25600
      container_definitions = { web = { image = "nginx", memory = 512, port_mappings = [{ container_port = 80 }] } }
    }
    """
    data = readings(text.replace("main", ""), Path("/nowhere"))[0].task.data
    assert isinstance(data, Partial)
    assert data["requiresCompatibilities"] == ["FARGATE"]
    (container,) = data["containerDefinitions"]
    assert isinstance(container, Partial)
    assert container["name"] == "web"
    assert container["portMappings"] == [{"containerPort": 80}]


def test_each_service_of_the_community_module_is_a_definition(tmp_path: Path) -> None:
    text = """module "ecs" {
  source = "terraform-aws-modules/ecs/aws"
  services = {
    web = {
      cpu    = 8192
      memory = var.memory
      container_definitions = { app = { image = "nginx", memory_reservation = 100 } }
    }
    cron = { container_definitions = {} }
    none = { cpu = 256 }
  }
}
"""
    document = read(text, tmp_path)
    assert [readings[0].task.name for readings in document.definitions] == ['module.ecs["web"]', 'module.ecs["cron"]']
    web, cron = (readings[0] for readings in document.definitions)
    assert web.task.cpu == "8192"
    assert web.task.requires_compatibilities == frozenset({"FARGATE"})
    assert isinstance(web.task.memory, Unknown)
    assert web.task.containers[0].memory_reservation == 100
    assert spot(web, text, "/cpu") == "8192"
    assert (cron.task.cpu, cron.task.memory) == ("1024", "2048")


@pytest.mark.parametrize(
    ("source", "is_complete"),
    [("terraform-aws-modules/ecs/aws//modules/service", True), ("../../task-definition", False)],
)
def test_a_module_may_add_containers_of_its_own(source: str, is_complete: bool, tmp_path: Path) -> None:
    text = f"""module "app" {{
  source = "{source}"
  container_definitions = [{{ name = "app", dependsOn = [{{ containerName = "envoy", condition = "START" }}] }}]
}}"""
    (reading,) = readings(text, tmp_path)
    assert reading.task.containers_are_complete is is_complete
    assert [container.name for container in reading.task.containers] == ["app"]


def test_a_module_of_cloudposse_takes_containers_as_json(tmp_path: Path) -> None:
    text = """
module "task" {
  source                    = "cloudposse/ecs-alb-service-task/aws"
  container_definition_json = module.app.json_map_encoded_list
  task_cpu                  = 8192
  task_memory               = 25600
  launch_type               = "FARGATE"
}
module "app" {
  source           = "cloudposse/ecs-container-definition/aws"
  container_name   = "app"
  container_memory = 30000
}
"""
    (reading,) = readings(text, tmp_path)
    assert (reading.task.cpu, reading.task.memory) == ("8192", "25600")
    assert reading.task.service_launch_types == {"FARGATE"}
    assert [(container.name, container.memory) for container in reading.task.containers] == [("app", 30000)]


@pytest.mark.parametrize(
    "expression",
    ['format("[%s]", jsonencode({CONTAINER}))', "tostring(jsonencode([{CONTAINER}]))"],
)
def test_a_text_of_containers_with_unknown_parts_goes_through_functions(expression: str) -> None:
    container = '{ name = "app", image = var.image, memory = 512 }'
    text = resource("container_definitions = " + expression.replace("{CONTAINER}", container))
    (found,) = readings(text)[0].task.data["containerDefinitions"]
    assert found == {"name": "app", "image": Unknown("var.image", "reference"), "memory": 512}


@pytest.mark.parametrize(
    "expression",
    ['format("%d", var.x)', 'format("%s %s", var.x)', 'format("%s", [var.x])', 'format("%s%s", var.x, null)'],
)
def test_a_text_that_format_makes_is_unknown_as_a_whole_where_its_parts_are_not_clear(expression: str) -> None:
    found = value(expression)
    assert isinstance(found, Unknown)
    assert found.text == expression


def test_a_text_that_format_makes_shows_its_known_parts() -> None:
    found = value('format("%s.dkr/%s:1", var.account, "app")')
    assert found == Unknown("${var.account}.dkr/app:1", "reference", f"{GAP}.dkr/app:1")


@pytest.mark.parametrize(
    ("expression", "outline"),
    [
        ('"acme/shop-api:${var.tag}"', f"acme/shop-api:{GAP}"),
        ('"${"a"}/${var.m["shop-{api}"]}/b"', f"a/{GAP}/b"),
        ('join("/", ["a", "${var.x}-b"])', f"a/{GAP}-b"),
        ('"${upper("${var.x}-b")}/c"', f"{GAP}/c"),
        ('upper("a${var.x}")', ""),
        ("var.x", ""),
    ],
)
def test_an_unknown_text_keeps_its_known_parts(expression: str, outline: str) -> None:
    found = value(expression)
    assert isinstance(found, Unknown)
    assert found.outline == outline


@pytest.mark.parametrize("output", ["module.container.json_map_encoded_list", '"[${module.container.json_map}]"'])
def test_a_container_module_is_what_its_arguments_say(output: str) -> None:
    module = """
    module "container" {
      source           = "cloudposse/ecs-container-definition/aws"
      container_name   = "web"
      container_image  = "nginx"
      container_memory = 512
      container_cpu    = 0  # some versions leave out what is 0
    }
    """
    text = resource(f"container_definitions = {output}", module)
    (container,) = readings(text)[0].task.data["containerDefinitions"]
    assert isinstance(container, Partial)
    assert container == {"name": "web", "image": "nginx", "memory": 512}


@pytest.mark.parametrize("name", ["main.tf.json", "main.tofu.json"])
def test_the_json_syntax(name: str, tmp_path: Path) -> None:
    containers = '${jsonencode([{"name" = "app", "memory" = var.memory}])}'
    data = {
        "variable": {"memory": {"default": 512}},
        "resource": {
            RESOURCE: {"app": {"cpu": "${256 * 2}", "volume": [{"name": "v"}], "container_definitions": containers}}
        },
    }
    text = json.dumps(data, indent=1)
    (found,) = read(text, tmp_path, name).definitions
    assert found[0].task.data == {
        "cpu": "512",
        "volumes": [{"name": "v"}],
        "containerDefinitions": [{"name": "app", "memory": 512}],
    }
    assert spot(found[0], text, "/cpu") == '"${256 * 2}"'


PLANNED = {
    "address": f"module.app.{RESOURCE}.app",
    "mode": "managed",
    "type": RESOURCE,
    "values": {
        "family": "app",
        "cpu": "8192",
        "memory": "25600",
        "pid_mode": "",
        "volume": [],
        "ephemeral_storage": [{"size_in_gib": 30}],
        "container_definitions": '[{"name":"caf\\u00e9","memory":512}]',
    },
}


def plan(**more: Any) -> dict[str, Any]:
    root = {"resources": [], "child_modules": [{"address": "module.app", "resources": [PLANNED]}]}
    change = {
        "address": PLANNED["address"],
        "type": RESOURCE,
        "change": {"after_unknown": {"execution_role_arn": True}},
    }
    return {"format_version": "1.2", "planned_values": {"root_module": root}, "resource_changes": [change], **more}


def test_a_plan_is_read_once_with_its_unknown_values() -> None:
    text = json.dumps(plan(), indent=1)
    (reading,) = readings(text)
    assert reading.task.data == {
        "family": "app",
        "cpu": "8192",
        "memory": "25600",
        "ephemeralStorage": {"sizeInGiB": 30},
        "containerDefinitions": [{"name": "café", "memory": 512}],
        "executionRoleArn": Unknown("(known after apply)", "reference"),
    }
    assert spot(reading, text, "/containerDefinitions/0/memory") == "512"
    assert spot(reading, text, "/memory") == '"25600"'


def test_a_plans_service_gives_the_launch_type() -> None:
    service = {"address": "aws_ecs_service.app", "type": "aws_ecs_service", "values": {"launch_type": "FARGATE"}}
    resources = [{**PLANNED, "address": f"{RESOURCE}.app"}, service]
    target = {"task_definition": {"references": [f"{RESOURCE}.app.arn", f"{RESOURCE}.app"]}}
    known = {"address": "aws_ecs_service.app", "type": "aws_ecs_service", "expressions": target}
    text = json.dumps(
        {
            "planned_values": {"root_module": {"resources": resources}},
            "configuration": {"root_module": {"resources": [known]}},
        }
    )
    assert readings(text)[0].task.service_launch_types == {"FARGATE"}


@pytest.mark.parametrize("text", ['"version": 3, "modules": []', '"resource_changes": [{"address": "a"}]'])
def test_a_form_of_terraforms_json_that_is_not_read_is_a_note(text: str) -> None:
    (fault,) = read(f'{{"terraform_version": "1.9", {text}, "type": "{RESOURCE}"}}', name="old.json").faults
    assert fault.severity is Severity.NOTE


def test_instances_that_are_the_same_are_one_definition() -> None:
    body = f'for_each = toset(["a", "b", "c"])\ncpu = each.key == "c" ? 512 : 256\n{CONTAINERS}'
    names = [readings[0].task.name for readings in read(resource(body)).definitions]
    assert names == [f'{RESOURCE}.app["a"]', f'{RESOURCE}.app["c"]']


def test_a_state_file_is_read() -> None:
    instances = [{"index_key": "web", "attributes": PLANNED["values"]}]
    state = {
        "version": 4,
        "terraform_version": "1.9.0",
        "resources": [{"mode": "managed", "type": RESOURCE, "name": "app", "instances": instances}],
    }
    (reading,) = readings(json.dumps(state, indent=1))
    assert reading.task.fallback_name == f'{RESOURCE}.app["web"]'
    assert reading.task.data["cpu"] == "8192"


def test_a_syntax_error_loses_nothing_else() -> None:
    text = resource("cpu = 256") + "locals {\n  a = = 1\n}\n" + resource("cpu = 512").replace("app", "b")
    document = read(text)
    assert [fault.span.line for fault in document.faults] == [5]
    assert {item[0].task.data["cpu"] for item in document.definitions} == {"256", "512"}


def test_a_syntax_error_in_a_file_without_a_block_is_said() -> None:
    (fault,) = read('  resource "aws_ecs_task_definition" "a" {\n  cpu = \n').faults
    assert fault.severity is None


def test_containers_that_are_no_json_are_said_to_be_so() -> None:
    document = read(resource('container_definitions = <<EOT\n[\n  {"name": app}\n]\nEOT\ncpu = 256'))
    assert [fault.span.line for fault in document.faults] == [4]
    assert document.definitions[0][0].task.data["cpu"] == "256"


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("resource", 'expected a type, a name and "{" after "resource"'),
        ('resource "aws_ecs_service"', 'expected a type, a name and "{" after "resource"'),
        ('resource "aws_ecs_service" "a" "b"', '"resource" takes a type, a name and no more, but has 3 labels'),
        ("module", 'expected a name and "{" after "module"'),
        ('module "a" "b"', '"module" takes a name and no more, but has 2 labels'),
        ("variable", 'expected a name and "{" after "variable"'),
    ],
)
def test_a_block_with_too_few_or_too_many_labels_is_an_error_and_hides_no_other(block: str, message: str) -> None:
    other = f'{block} {{\n  source = "./m"\n  task_definition = aws_ecs_task_definition.web.arn\n}}\n'
    document = read(other + resource(CONTAINERS))
    assert [(fault.span.line, fault.message) for fault in document.faults] == [(1, f"can't be read: {message}")]
    assert len(document.definitions) == 1


def test_a_definition_without_a_name_is_an_error(tmp_path: Path) -> None:
    document = read(resource(CONTAINERS).replace(' "app"', "", 1), tmp_path)
    assert [fault.span.line for fault in document.faults] == [1]
    assert document.definitions == []


@pytest.mark.parametrize(
    "expression",
    [
        "[" * 5000 + "]" * 5000,
        "(" * 5000 + "1" + ")" * 5000,
        '"${' * 500 + "1" + '}"' * 500,
        "!" * 5000 + "true",
        "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : c]]]",
        "9" * 5000,
        "1" + " + 1" * 5000,
        'format("%999999999d", 1)',
        "range(1000000000)",
        '"\\uD800"',
        "!" * 5000 + "var.x ? 1 : 2",
        "var.x ? 1 : " * 3000 + "2",
        "(" + "var.x && " * 3000 + "var.y) ? 1 : 2",
        "can()",
        "slice()",
        'lookup([{ a = 1 }, var.x]..., "b")',
        "contains([[1], var.x]...)",
        "local.nowhere[var.x][var.y]",
        "module.nowhere[*].x",
        "data.template_file.nowhere[0].rendered",
    ],
    ids=lambda text: text[:12],
)
def test_hostile_expressions_end_soon(expression: str) -> None:
    read(resource(f"cpu = {expression}\n{CONTAINERS}"))


@pytest.mark.parametrize(
    ("first", "next_one"),
    [
        ('"xxxx"', '"${local.a0}${local.a0}"'),
        ("var.unknown", '"${local.a0}${local.a0}"'),
        ("[1, 2]", "concat(local.a0, local.a0)"),
        ("{ x = 1 }", "{ l = local.a0, r = local.a0 }"),
        ("[{ name = 1 }]", "jsonencode([local.a0, local.a0])"),
        ('jsonencode([{ name = "a" }])', '"[${local.a0},${local.a0}]"'),
        ('"xx"', "join(local.a0, [local.a0, local.a0])"),
        ("[1, 2, 3]", "setproduct(local.a0, local.a0)"),
    ],
)
def test_what_doubles_again_and_again_is_unknown(first: str, next_one: str) -> None:
    doubled = "\n".join(f"a{n} = {next_one.replace('a0', f'a{n - 1}')}" for n in range(1, 41))
    (reading,) = readings(resource(f"cpu = local.a40\n{CONTAINERS}", f"locals {{\na0 = {first}\n{doubled}\n}}"))
    assert any(pointer.startswith("/cpu") for pointer, _ in reading.task.unknowns())


def test_a_list_in_quotes_within_a_list_is_that_list() -> None:
    """Terraform before 0.12 was given lists in this way."""
    body = 'requires_compatibilities = ["${var.kinds}", "EC2"]\n' + CONTAINERS
    (reading,) = readings(resource(body, 'variable "kinds" { default = ["FARGATE", "EXTERNAL"] }'))
    assert reading.task.data["requiresCompatibilities"] == ["FARGATE", "EXTERNAL", "EC2"]


def test_an_unknown_default_is_called_by_its_variable(tmp_path: Path) -> None:
    body = "requires_compatibilities = var.kinds\ncpu = local.units\n" + CONTAINERS
    rest = 'variable "kinds" { type = list(string)\ndefault = [] }\nvariable "units" { default = "" }\n'
    (tmp_path / "main.tf").write_text(resource(body, "locals { units = var.units }"))
    (tmp_path / "variables.tf").write_text(rest)
    report = taskfit.check(tmp_path / "main.tf", isolated=True, select=["FIT004"])
    (message,) = (each.message for each in report.findings)
    assert "requiresCompatibilities is `var.kinds`" in message
    assert "requiresCompatibilities is from the default of variable kinds" in message
    assert "cpu is `var.units`" in message


def test_a_default_of_blanks_is_unknown() -> None:
    body = """
    family       = var.blank
    network_mode = var.blank
    volume {
      name = var.blank
    }
    """
    (reading,) = readings(resource(body + CONTAINERS, 'variable "blank" { default = " " }'))
    data = reading.task.data
    assert isinstance(data["family"], Unknown)
    assert isinstance(data["networkMode"], Unknown)
    assert isinstance(data["volumes"][0]["name"], Unknown)


def test_what_is_spelled_wrong_in_a_template_is_from_there_and_not_from_the_value_inserted(tmp_path: Path) -> None:
    (tmp_path / "app.json").write_text("""[{
    "name": "app", "image": "nginx:1.27", "memory": 64, "user": "${port}",
    "environment": [{"name": "PORT", "vale": "${port}"}],
    "portMappings": [{
      "containerPort": "${port}",
      "hostPort": ${port}
    }]
    }]""")
    body = 'family = "app"\ncontainer_definitions = templatefile("app.json", { port = var.port })'
    (tmp_path / "main.tf").write_text(resource(body, 'variable "port" { default = "8080" }'))
    report = taskfit.check(tmp_path, isolated=True, select=["FIT002", "FIT003"])
    assert {(each.code, each.message.partition(" (")[2], each.help) for each in report.findings} == {
        ("FIT002", "containerPort is from app.json line 5)", "Write 8080."),
        ("FIT003", "vale is from app.json line 3)", "Did you mean `value`?"),
    }


def test_a_number_that_is_text_before_it_is_encoded_is_from_its_variable(tmp_path: Path) -> None:
    port = "portMappings = [{ containerPort = var.port }]"
    body = f'container_definitions = jsonencode([{{ name = "app", image = "nginx:1.27", memory = 64, {port} }}])'
    (tmp_path / "main.tf").write_text(resource('family = "app"\n' + body, 'variable "port" { default = "8080" }'))
    report = taskfit.check(tmp_path, isolated=True, select=["FIT002"])
    (message,) = (each.message for each in report.findings)
    assert message.endswith("(containerPort is from the default of variable port)")


def test_null_in_a_file_of_containers_is_absent(tmp_path: Path) -> None:
    (tmp_path / "app.json").write_text('[{"name": "app", "image": "nginx:1.27", "memory": null}]')
    text = resource('container_definitions = file("app.json")')
    (reading,) = readings(text, tmp_path)
    assert reading.task.data["containerDefinitions"] == [{"name": "app", "image": "nginx:1.27"}]


def test_an_empty_default_for_the_containers_is_unknown(tmp_path: Path) -> None:
    rest = """
    variable "containers" { default = "" }
    variable "none" { default = "[]" }
    locals {
      usual = jsonencode([{ name = "app", image = "nginx:1.27", memory = 64 }])
      given = var.containers != "" ? var.containers : local.usual
    }
    """
    for expression in ("var.containers", "local.given", "var.none"):
        (tmp_path / "main.tf").write_text(resource(f'family = "app"\ncontainer_definitions = {expression}', rest))
        report = taskfit.check(tmp_path, isolated=True)
        assert {each.severity for each in report.findings} <= {Severity.NOTE}


def test_what_is_not_made_by_default_is_checked_for_the_deployments_that_make_it() -> None:
    body = """
    count                    = var.is_on && local.kind == "EC2" ? 1 : 0
    requires_compatibilities = [local.kind]
    cpu                      = 256
    """
    rest = """
    variable "is_on" { default = false }
    variable "launch_type" { default = "fargate" }
    locals { kind = upper(var.launch_type) }
    """
    (reading,) = readings(resource(body + CONTAINERS, rest))
    assert reading.task.data["cpu"] == "256"
    assert reading.task.data["requiresCompatibilities"] == [Unknown("upper(var.launch_type)", "reference")]
    assert read(resource("count = 0\n" + CONTAINERS)).definitions == []


def test_a_syntax_error_matters_where_a_definition_is() -> None:
    assert read('resource "aws_ecr_repository" "app" { name = path.module }}').faults == []
    (fault,) = read(resource(CONTAINERS + "\n}")).faults
    assert (fault.severity, fault.message) == (None, 'can\'t be read: a syntax error at "}" or right after it')
    (fault,) = read(resource(CONTAINERS, 'resource "a" "b" { c = {{ .Name }} }')).faults
    assert fault.severity is Severity.NOTE
    assert "is a template" in fault.message


PARTLY_KNOWN = '[{"name": "app", "image": "${aws_ecr_repository.app.repository_url}:1", "memory": 512}]'


@pytest.mark.parametrize(
    "style",
    [
        "local.apps.web.containers",
        'local.apps["web"].containers',
        "[for app in local.apps : app.containers][0]",
        '[for text in [local.apps.web.containers] : "${text}"][0]',
        "data.template_file.app.rendered",
    ],
)
def test_a_text_with_an_unknown_part_is_known_in_the_others_wherever_it_stands(style: str) -> None:
    rest = f"""
    locals {{
      apps = {{ web = {{ containers = <<EOT
    {PARTLY_KNOWN}
    EOT
      }} }}
    }}
    data "template_file" "app" {{
      template = <<EOT
    {PARTLY_KNOWN}
    EOT
    }}
    """
    (reading,) = readings(resource(f"container_definitions = {style}", rest))
    (container,) = reading.task.data["containerDefinitions"]
    assert (container["name"], container["memory"]) == ("app", 512)
    assert isinstance(container["image"], Unknown)


def test_a_template_that_is_unknown_in_part_and_has_more_to_render_stays_unknown() -> None:
    rest = f"""
    data "template_file" "app" {{
      template = <<EOT
    {PARTLY_KNOWN.replace("512", "$${memory}")}
    EOT
      vars     = {{ memory = 512 }}
    }}
    """
    (reading,) = readings(resource("container_definitions = data.template_file.app.rendered", rest))
    assert isinstance(reading.task.data["containerDefinitions"], Unknown)


def test_what_concat_makes_of_a_text_is_unknown() -> None:
    assert isinstance(value('concat("web-", "prod")'), Unknown)
    assert value('concat(["web"], ["prod"])[1]') == "prod"


def test_a_syntax_error_is_where_it_is_and_not_where_its_block_begins() -> None:
    document = read(
        resource(CONTAINERS)
        + 'resource "aws_ecs_service" "app" {\n'
        + '  name = "app"\n'
        + "  deployment_circuit_breaker { enable = true; rollback = true }\n"
        + "  desired_count = 2\n"
        + "  tags = merge(var.tags, {\n"
        + '    Name = "app"\n'
        + "  })\n"
        + "}\n"
    )
    (fault,) = document.faults
    assert (fault.message, fault.span.line) == ('can\'t be read: a syntax error at "true" or right after it', 6)


@pytest.mark.parametrize(
    ("assignment", "place", "message"),
    [
        ("x = [1, 2", (3, 1), 'expected "," or "]", found "}"'),
        ("x = max(1, 2", (3, 1), 'expected "," or ")", found "}"'),
        ("x =", (3, 1), 'expected a value, found "}"'),
        ("x = { y: }", (2, 10), 'expected a value, found "}"'),
        ("x = var..y", (2, 9), 'expected a name after ".", found "."'),
        ("x = <<EOT", (2, 5), "the heredoc that opens here is never closed"),
        ("x 1", (2, 3), 'a syntax error at "1" or right after it'),
    ],
)
def test_a_syntax_error_says_what_was_expected(assignment: str, place: tuple[int, int], message: str) -> None:
    text = f'resource "aws_ecr_repository" "app" {{\n{assignment}\n}}\n' + resource(CONTAINERS)
    (fault,) = read(text).faults
    assert (fault.span[:2], fault.message) == (place, f"can't be read: {message}")


@pytest.mark.parametrize(("size", "memory"), [(256, 512), (512, 1024), (1024, 2048), (2048, 4096), (4096, 8192)])
def test_conditionals_in_a_row_are_asked_from_left_to_right(size: int, memory: int) -> None:
    expression = """(
        var.cpu == 256 ? 512 : # MiB
        var.cpu == 512 ? 1024 :
        var.cpu == 1024 ? (var.cpu == 512 ? 1 : 2048) : var.cpu == 2048 ? 4096 : 8192
    )"""
    assert value(expression, f'variable "cpu" {{ default = {size} }}') == memory
    assert value("false ? 1 : true ? 2 : 3") == 2
    assert value("(false ? false : true) ? 2 : 3") == 2
    assert value("true ? false ? 1 : 2 : 3") == 2


@pytest.mark.parametrize("style", ["jsonencode(local.app)", 'file("app.json")', 'jsonencode("app")'])
def test_container_definitions_that_are_no_list_are_an_error(style: str, tmp_path: Path) -> None:
    (tmp_path / "app.json").write_text('{"name": "app"}', encoding="utf-8")
    text = resource(f'family = "app"\ncontainer_definitions = {style}', 'locals { app = { name = "app" } }')
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    errors = [each for each in taskfit.check(tmp_path, isolated=True).findings if each.severity is Severity.ERROR]
    assert [(each.code, each.pointer) for each in errors] == [("FIT002", "/containerDefinitions")]


def test_container_definitions_that_are_no_json_are_reported_once(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(resource('family = "web"\ncontainer_definitions = "web"'), encoding="utf-8")
    assert [each.code for each in taskfit.check(tmp_path, isolated=True).findings] == ["FIT001"]


def test_a_long_expression_is_quoted_with_a_mark_that_it_goes_on(tmp_path: Path) -> None:
    long = " + ".join(f"var.n{number}" for number in range(60))
    (tmp_path / "main.tf").write_text(resource(f'family = "web"\ncontainer_definitions = {long}'), encoding="utf-8")
    (note,) = taskfit.check(tmp_path, isolated=True).findings
    assert note.message.startswith("The containers are `var.n0 + var.n1 +")
    assert "…`, which is unknown here" in note.message


def test_what_a_module_adds_is_not_quoted_as_code(tmp_path: Path) -> None:
    module = (
        'module "app" {\n  source = "org/service/aws"\n  container_definitions = [{ name = "app", image = "a" }]\n}\n'
    )
    (tmp_path / "main.tf").write_text(module, encoding="utf-8")
    (note,) = taskfit.check(tmp_path, isolated=True).findings
    assert note.message.startswith("There may be containers besides app: what the module adds is unknown here")


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ('"x"', "80"),
        ("local.text", "80"),
        ("var.text", "80"),
        ("var.empty", "80"),
        ("lower(var.any)", "80"),
        ('"${var.any}-${var.any}"', "80"),
        ('(var.number == 1 ? 2 : "x")', "80"),
        ("null", 80),
        ("8080", 80),
        ("var.number", 80),
        ("var.any", 80),
        ("local.round", 80),
    ],
)
def test_what_shares_a_conditional_with_a_string_is_one(other: str, expected: str | int) -> None:
    rest = """
    variable "text" { type = string }
    variable "empty" { default = "" }
    variable "number" { type = number }
    variable "any" {}
    locals {
      text  = "x"
      round = local.round
    }
    """
    assert value(f"true ? 80 : {other}", rest) == expected
    assert value(f"false ? {other} : 80", rest) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('format("%t-%s", true, "a")', "true-a"),
        ('format("100%% of %s", "a")', "100% of a"),
        ('tomap({ a = 1, b = "x" }).a', "1"),
        ("tomap({ a = 1, b = 2 }).a", 1),
    ],
)
def test_functions_give_what_terraform_gives(expression: str, expected: str | int) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize("expression", ['format("%x", 255)', 'format("%[2]s", 1, 2)', 'format("%", 1)'])
def test_what_format_fills_otherwise_is_unknown(expression: str) -> None:
    assert isinstance(value(expression), Unknown)


def test_a_number_beside_an_unknown_one_stays_a_number() -> None:
    containers = '[{ name = "a", cpu = 256 }, { name = "b", cpu = var.any, environment = [] }]'
    for style in (f"true ? {containers} : []", f"tolist({containers})"):
        (reading,) = readings(resource(f"container_definitions = jsonencode({style})", 'variable "any" {}'))
        assert reading.task.data["containerDefinitions"][0]["cpu"] == 256
    pairs = '[{ name = "A", value = 80 }, { name = "B", value = var.any }]'
    assert value(f"(true ? {pairs} : [])[0].value", 'variable "any" {}') == "80"
    assert value('tolist([{ cpu = 256 }, { cpu = "${var.any}" }, { cpu = "1" }])[0].cpu', 'variable "any" {}') == "256"


@pytest.mark.parametrize(
    ("argument", "severity", "shown", "meant"),
    [
        ("memry = 12", "error", "`memry`", "`memory`"),
        ("executon_role_arn = 1", "error", "`executon_role_arn`", "`execution_role_arn`"),
        ("ephemeral_storage {\n size_in_gb = 30\n}", "error", "`size_in_gb`", "`size_in_gib`"),
        ("unheard_of = 1", "note", "`unheard_of`", "Remove it"),
    ],
)
def test_an_argument_that_terraform_does_not_have_is_named_as_it_is_written(
    argument: str, severity: str, shown: str, meant: str, tmp_path: Path
) -> None:
    containers = 'jsonencode([{ name = "a", image = "a:1", memory = 256 }])'
    body = f'family = "a"\ncontainer_definitions = {containers}\n{argument}'
    text = f'resource "aws_ecs_task_definition" "a" {{\n{body}\n}}\n'
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    [found] = [each for each in taskfit.check([tmp_path / "main.tf"]).findings if each.code == "FIT003"]
    assert (found.severity, shown in found.message, meant in str(found.help)) == (severity, True, True)
    assert "Terraform answers: Unsupported argument" in found.message

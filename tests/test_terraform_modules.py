"""Terraform modules: each call is a definition of its own, with that call's arguments, seen from the checked file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taskfit
from taskfit.definition import GAP, Partial, Unknown
from taskfit.finding import Finding, Report, Severity
from taskfit.sources import reader
from taskfit.sources.checked import Checked
from taskfit.sources.document import Reading

SERVICE = """
variable "name" {}
variable "cpu" { default = 256 }
variable "memory" {}
variable "containers" {}
resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  cpu                      = var.cpu
  memory                   = var.memory
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  container_definitions    = var.containers
}
"""
CONTAINER = """
variable "name" {}
variable "port" { default = 80 }
output "json" {
  value = jsonencode([{ name = var.name, image = "app:1.2", portMappings = [{ containerPort = var.port }] }])
}
"""
STACK = """
variable "services" {
  type = map(object({ cpu = number, memory = number, port = optional(number, 8080) }))
}
module "containers" {
  source   = "../container"
  for_each = var.services
  name     = each.key
  port     = each.value.port
}
module "services" {
  source     = "../service"
  for_each   = var.services
  name       = "app-${each.key}"
  cpu        = each.value.cpu
  memory     = each.value.memory
  containers = module.containers[each.key].json
}
"""
ROOT = """module "stack" {
  source = "./modules/stack"
  services = {
    mail   = { cpu = 512, memory = 1024 }
    orders = { cpu = 256, memory = 4096, port = 9000 }
  }
}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    write(tmp_path, "modules/service/main.tf", SERVICE)
    write(tmp_path, "modules/container/main.tf", CONTAINER)
    write(tmp_path, "modules/stack/main.tf", STACK)
    write(tmp_path, "main.tf", ROOT)
    return tmp_path


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def definitions(path: Path, *checked: Path, **variables: str) -> list[tuple[Reading, ...]]:
    files = Checked(checked) if checked else None
    return reader.read(path.read_bytes(), variables, path, files).definitions


def only(path: Path, *checked: Path, **variables: str) -> Reading:
    ((reading,),) = definitions(path, *checked, **variables)
    return reading


def places(report: Report) -> list[tuple[str, str, int, str | None]]:
    return [(each.code, Path(each.path).name, each.span.line, each.definition) for each in report.findings]


def errors(report: Report) -> list[Finding]:
    return [each for each in report.findings if each.severity == "error"]


def test_a_chain_of_modules_with_for_each_is_checked_with_the_values_of_the_call(repository: Path) -> None:
    report = taskfit.check([repository])
    assert (report.definitions, report.failures) == (2, ())
    (finding,) = errors(report)
    assert places(report) == [("FIT101", "main.tf", 5, "app-orders")]
    assert ROOT.splitlines()[4][finding.span.column - 1 : finding.span.end_column - 1] == "4096"
    address = 'module.stack.module.services["orders"].aws_ecs_task_definition.this'
    assert address in {related.label for related in finding.related}
    assert {related.path for related in finding.related if related.path} == {
        f"{repository}/modules/service/main.tf".lstrip()
    }


def test_all_values_of_a_chain_are_known(repository: Path) -> None:
    mail, orders = (readings[0].task for readings in definitions(repository / "main.tf"))
    assert (mail.cpu, mail.memory, mail.family) == ("512", "1024", "app-mail")
    assert [container.name for container in (*mail.containers, *orders.containers)] == ["mail", "orders"]
    assert [each.containers[0].data["portMappings"] for each in (mail, orders)] == [
        [{"containerPort": 8080}],
        [{"containerPort": 9000}],
    ]
    assert list(mail.unknowns()) == list(orders.unknowns()) == []
    assert orders.fallback_name == 'module.stack.module.services["orders"].aws_ecs_task_definition.this'


@pytest.mark.parametrize("checked", ["modules/service/main.tf", "modules/stack/main.tf"])
def test_a_module_that_is_checked_alone_has_the_values_of_its_callers(repository: Path, checked: str) -> None:
    report = taskfit.check([repository / checked])
    assert report.definitions == 2
    (finding,) = errors(report)
    assert (finding.code, finding.path, finding.definition) == ("FIT101", str(repository / checked), "app-orders")


def test_a_module_is_not_reported_where_its_caller_is_checked(repository: Path) -> None:
    root, stack, service = (
        repository / name for name in ("main.tf", "modules/stack/main.tf", "modules/service/main.tf")
    )
    assert definitions(service, service, root) == []
    assert definitions(service, service, stack) == []
    assert len(definitions(service, service)) == 2
    assert len(definitions(stack, service, stack)) == 2


def test_a_module_that_is_checked_through_its_call_does_not_lack_a_definition(repository: Path) -> None:
    report = taskfit.check([repository])
    reasons = {str(Path(name).relative_to(repository)): reason for name, reason in report.skipped}
    assert reasons["modules/service/main.tf"] == "checked through its call"
    assert reasons["modules/container/main.tf"] == "no task definition"
    assert report.skipped_files == sum(reason == "no task definition" for reason in reasons.values())


def test_the_order_and_the_number_of_processes_change_nothing(repository: Path) -> None:
    paths = sorted(repository.rglob("*.tf"))
    expected = taskfit.check([repository])
    assert taskfit.check(paths[::-1]) == expected
    assert taskfit.check(paths, jobs=2) == expected


def test_a_module_that_nothing_calls_is_checked_by_itself(tmp_path: Path) -> None:
    path = write(tmp_path, "modules/service/main.tf", SERVICE)
    reading = only(path)
    assert reading.task.cpu == "256"
    assert isinstance(reading.task.memory, Unknown)


def test_what_a_call_leaves_out_is_the_modules_default(repository: Path) -> None:
    write(repository, "main.tf", 'module "app" {\n  source = "./modules/service"\n  memory = 512\n}')
    task = only(repository / "main.tf").task
    assert (task.cpu, task.memory) == ("256", "512")
    assert isinstance(task.family, Unknown)


def test_an_empty_argument_is_a_value_and_not_a_default_to_be_filled(repository: Path) -> None:
    module = """
    variable "command" { default = [] }
    variable "user" { default = "" }
    resource "aws_ecs_task_definition" "this" {
      container_definitions = jsonencode([{ name = "app", command = var.command, user = var.user }])
    }
    """
    write(repository, "modules/app/main.tf", module)
    write(repository, "main.tf", 'module "app" {\n  source = "./modules/app"\n}')
    (container,) = only(repository / "main.tf").task.containers
    assert container.data["command"] == []
    assert not isinstance(container.data.get("user"), Unknown)
    (container,) = only(repository / "modules/app/main.tf", repository / "modules/app/main.tf").task.containers
    assert container.data["command"] == []


@pytest.mark.parametrize(("count", "names"), [("0", []), ("1", ["app-0"]), ("2", ["app-0", "app-1"])])
def test_a_counted_call_makes_as_many_definitions(repository: Path, count: str, names: list[str]) -> None:
    call = f'count = {count}\n  name = "app-${{count.index}}"\n  memory = 512\n  containers = "[]"'
    write(repository, "main.tf", f'module "app" {{\n  source = "./modules/service"\n  {call}\n}}')
    assert [readings[0].task.family for readings in definitions(repository / "main.tf")] == names


def test_each_environment_gives_its_variables(repository: Path) -> None:
    call = (
        'variable "memory" {}\nmodule "app" {\n  source = "./modules/service"\n  name = "app"\n  memory = var.memory\n}'
    )
    write(repository, "main.tf", call)
    write(repository, "env/dev/terraform.tfvars", "memory = 512")
    write(repository, "env/prod.tfvars", "memory = 4096")
    write(repository, "env/other.tfvars", "unheard_of = 1")
    (readings,) = definitions(repository / "main.tf")
    assert [reading.task.memory for reading in readings] == ["4096", "512"]
    assert only(repository / "main.tf", memory="1024").task.memory == "1024"


def test_a_map_by_workspace_is_tried_key_by_key(repository: Path) -> None:
    call = """
    locals {
      size = { dev = { cpu = 256, memory = 512 }, prod = { cpu = 256, memory = 4096 } }
      mine = local.size[terraform.workspace]
    }
    module "app" {
      source = "./modules/service"
      name   = "app-${terraform.workspace == "prod" ? "p" : "d"}"
      cpu    = local.mine.cpu
      memory = lookup(local.size, terraform.workspace, { memory = 1024 }).memory
    }
    """
    write(repository, "main.tf", call)
    (readings,) = definitions(repository / "main.tf")
    found = {(reading.task.family, reading.task.cpu, reading.task.memory) for reading in readings}
    assert found == {("app-d", "256", "512"), ("app-p", "256", "4096")}
    report = taskfit.check([repository / "main.tf"])
    assert [finding.message.partition(":")[0] for finding in errors(report)] == [
        'With `terraform.workspace == "prod"` true'
    ]


def test_a_precondition_rules_out_what_it_refuses(repository: Path) -> None:
    module = """
    variable "fargate" {}
    variable "privileged" {}
    resource "aws_ecs_task_definition" "this" {
      requires_compatibilities = [var.fargate ? "FARGATE" : "EC2"]
      container_definitions    = jsonencode([{ name = "app", privileged = var.privileged ? true : false }])
      lifecycle {
        precondition {
          condition     = !(var.fargate && var.privileged)
          error_message = "no"
        }
      }
    }
    """
    path = write(repository, "modules/app/main.tf", module)
    (readings,) = definitions(path)
    found = [
        (reading.task.requires_compatibilities, reading.task.containers[0].data["privileged"]) for reading in readings
    ]
    assert (frozenset({"FARGATE"}), True) not in found
    assert len(found) == 3


def test_the_launch_type_is_that_of_the_callers_service(repository: Path) -> None:
    module = """
    resource "aws_ecs_task_definition" "this" { container_definitions = jsonencode([{ name = "app" }]) }
    output "arn" { value = aws_ecs_task_definition.this.arn }
    """
    root = """
    module "task" { source = "./modules/task" }
    resource "aws_ecs_service" "app" {
      launch_type     = "FARGATE"
      task_definition = module.task.arn
    }
    """
    write(repository, "modules/task/main.tf", module)
    write(repository, "main.tf", root)
    assert only(repository / "main.tf").task.service_launch_types == {"FARGATE"}


def test_a_remote_module_is_read_where_terraform_init_has_put_it(repository: Path) -> None:
    call = 'module "app" {\n  source = "git::https://example.com/service.git"\n  name = "app"\n  memory = 512\n}'
    write(repository, "main.tf", call)
    assert definitions(repository / "main.tf") == []
    write(repository, ".terraform/modules/app/main.tf", SERVICE)
    manifest = '{"Modules": [{"Key": "", "Dir": "."}, {"Key": "app", "Dir": ".terraform/modules/app"}]}'
    write(repository, ".terraform/modules/modules.json", manifest)
    assert only(repository / "main.tf").task.memory == "512"


def test_nothing_outside_the_repository_is_read(tmp_path: Path) -> None:
    (tmp_path / "inside" / ".git").mkdir(parents=True)
    write(tmp_path, "outside/main.tf", SERVICE)
    path = write(tmp_path, "inside/main.tf", 'module "app" {\n  source = "../outside"\n  memory = 512\n}')
    assert definitions(path, path, tmp_path / "outside/main.tf") == []


TEMPLATE = '[{"Name": "${name}", "image": "app:1.2", "EntryPoint": ["run"], "secrets": [{}], "memory": 512}]'


def test_a_template_belongs_to_the_resource_that_reads_it(tmp_path: Path) -> None:
    repository = tmp_path
    (repository / ".git").mkdir()
    template = write(repository, "modules/app/app.json.tpl", TEMPLATE)
    module = """
    variable "name" {}
    resource "aws_ecs_task_definition" "this" {
      family                = "app"
      container_definitions = templatefile("${path.module}/app.json.tpl", { name = var.name })
    }
    """
    write(repository, "modules/app/main.tf", module)
    write(repository, "main.tf", 'module "app" {\n  source = "./modules/app"\n  name = "web"\n}')
    report = taskfit.check([repository], jobs=1)
    assert report.definitions == 1
    assert not {"FIT002", "FIT003"} & {finding.code for finding in report.findings}
    assert only(repository / "main.tf").task.containers[0].name == "web"
    assert taskfit.check([template]).definitions == 1  # handed over alone, as pre-commit does


def test_a_template_that_nothing_reads_is_judged_as_the_provider_would(repository: Path) -> None:
    template = write(repository, "templates/app.json", TEMPLATE)
    report = taskfit.check([template])
    assert report.definitions == 1
    assert not {"FIT002", "FIT003"} & {finding.code for finding in report.findings}


def test_an_unknown_field_is_from_where_it_is_set_and_not_from_the_value_passed_on(tmp_path: Path) -> None:
    fields = 'name = "app", image = "nginx:1.27", memory = 64, app_name = var.name'
    module = f"""
    variable "name" {{}}
    resource "aws_ecs_task_definition" "this" {{
      family                = "app"
      container_definitions = jsonencode([{{ {fields} }}])
    }}
    """
    write(tmp_path, "modules/app/main.tf", module)
    write(tmp_path, "main.tf", 'module "app" {\n  source = "./modules/app"\n  name = "web"\n}')
    report = taskfit.check([tmp_path], isolated=True, select=["FIT003"], jobs=1)
    (finding,) = report.findings
    assert finding.message.endswith("(app_name is from modules/app/main.tf line 5)")


def test_a_field_in_an_argument_of_a_module_does_not_repeat_the_task(tmp_path: Path) -> None:
    text = """
    module "app" {
      source           = "terraform-aws-modules/ecs/aws//modules/service"
      memory           = 2048
      runtime_platform = { cpu_architecture = "ARM64", memory = 2048 }
      container_definitions = { app = { image = "nginx:1.27" } }
    }
    """
    write(tmp_path, "main.tf", text)
    report = taskfit.check(tmp_path, isolated=True, select=["FIT003"])
    assert [each.severity for each in report.findings] == [Severity.WARNING]


IDIOMS = """
variable "otel" { default = true }
locals {
  app  = jsonencode({ name = "app", image = "app:1.2" })
  otel = jsonencode({ name = "otel", image = "otel:1.2" })
  all  = { web = "[${jsonencode({ name = "app" })}, ${local.otel}]" }
}
data "template_file" "each" {
  count    = 2
  template = "{ \\"name\\": \\"$${name}\\" }"
  vars     = { name = element(["app", "otel"], count.index) }
}
"""


@pytest.mark.parametrize(
    "expression",
    [
        '"[${data.template_file.each[0].rendered}, ${data.template_file.each[1].rendered}]"',
        '"[${join(",", data.template_file.each.*.rendered)}]"',
        '"[${join(",", [for each in data.template_file.each : each.rendered])}]"',
        '"[${element(data.template_file.each.*.rendered, 0)}, ${local.otel}]"',
        '"[${join(",", concat([local.app], [local.otel]))}]"',
        '"[${local.app}${true ? ", ${local.otel}" : ""}]"',
        "local.all[each.key]",
        "jsonencode(concat([jsondecode(local.app)], [one([jsondecode(local.otel)])]))",
        'file("${path.root}/containers.json")',
        'jsonencode(yamldecode(file("containers.yaml")))',
    ],
)
def test_idioms_of_container_lists(repository: Path, expression: str) -> None:
    write(repository, "containers.json", '[{"name": "app"}, {"name": "otel"}]')
    write(repository, "containers.yaml", "- name: app\n- name: otel\n")
    module = f"""
    {IDIOMS}
    resource "aws_ecs_task_definition" "this" {{
      for_each              = {{ web = 1 }}
      container_definitions = {expression}
    }}
    """
    write(repository, "modules/app/main.tf", module)
    write(repository, "main.tf", 'module "app" {\n  source = "./modules/app"\n}')
    task = only(repository / "main.tf").task
    assert [container.name for container in task.containers] == ["app", "otel"]
    assert task.containers_are_complete


def test_yaml_of_a_template_has_unknown_parts(repository: Path) -> None:
    containers = """
- name: app
  image: "${image}"
  memory: ${memory}
  environment: ${jsonencode(variables)}
  command: ["--url", "http://${host}:${port}"]
  ${more}: 1
"""
    write(repository, "containers.yaml", containers)
    write(
        repository,
        "main.tf",
        """
        variable "memory" {}
        resource "aws_ecs_task_definition" "this" {
          container_definitions = jsonencode(yamldecode(templatefile("containers.yaml", {
            image     = "${aws_ecr_repository.app.repository_url}:1"
            memory    = var.memory
            variables = [{ name = "A", value = "b" }]
            host      = aws_db_instance.main.address
            port      = 5432
            more      = local.unknown
          })))
        }
        """,
    )
    task = only(repository / "main.tf").task
    (app,) = task.containers
    assert app.name == "app"
    assert app.image == Unknown("${aws_ecr_repository.app.repository_url}:1", "reference", f"{GAP}:1")
    assert isinstance(app.memory, Unknown)
    assert app.data["environment"] == [{"name": "A", "value": "b"}]
    assert app.data["command"] == [
        "--url",
        Unknown("http://${aws_db_instance.main.address}:5432", "reference", f"http://{GAP}:5432"),
    ]
    assert isinstance(app.data, Partial)


@pytest.mark.parametrize("text", ["- name: app\n${more}", "- name: [${more}\n", "a: 1\n---\nb: ${more}\n"])
def test_yaml_that_unknown_parts_leave_open_is_unknown(repository: Path, text: str) -> None:
    write(repository, "containers.yaml", text)
    expression = 'jsonencode(yamldecode(templatefile("containers.yaml", { more = aws_db_instance.main.address })))'
    resource = f'resource "aws_ecs_task_definition" "this" {{\n  container_definitions = {expression}\n}}\n'
    write(repository, "main.tf", resource)
    assert only(repository / "main.tf").task.containers == ()


HOSTILE = {
    "self": {"main.tf": 'module "me" { source = "./" }'},
    "cycle": {"a/main.tf": 'module "b" { source = "../b" }', "b/main.tf": 'module "a" { source = "../a" }'},
    "outputs": {
        "main.tf": 'module "a" {\n source = "./modules/x"\n v = module.a.v\n}',
        "modules/x/main.tf": 'variable "v" {}\noutput "v" { value = var.v }\n' + SERVICE,
    },
    "many": {
        "main.tf": 'module "a" {\n source = "./modules/service"\n for_each = toset([for i in range(1000) : "k${i}"])\n'
        " name = each.key\n memory = 512\n}"
    },
    "wide": {
        "main.tf": "locals {\n big = {\n"
        + "".join(f"  k{index} = {{ memory = {index} }}\n" for index in range(10_000))
        + ' }\n}\nmodule "a" {\n source = "./modules/service"\n for_each = local.big\n memory = each.value.memory\n}'
    },
    "deep": {
        **{
            f"m{level}/main.tf": f'module "a" {{ source = "../m{level + 1}" }}\nmodule "b" {{ source = "../m{level + 1}" }}'
            for level in range(20)
        },
        "m20/main.tf": SERVICE,
    },
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_calls_end_soon(repository: Path, name: str) -> None:
    for path, text in HOSTILE[name].items():
        write(repository, path, text)
    report = taskfit.check([repository])
    assert report.failures == ()
    assert report.definitions < 1000


ALONE = """
resource "aws_ecs_task_definition" "t" {
  family                = "t"
  container_definitions = jsonencode([{ name = "app", image = "app:1.2", memory = 64 }])
}
"""
ENDLESS = {
    "itself": ({"main.tf": 'module "a" { source = "./" }' + ALONE}, {"main.tf": ["module.a"]}),
    "itself twice": (
        {"main.tf": 'module "a" { source = "./" }\nmodule "b" { source = "../r" }' + ALONE},
        {"main.tf": ["module.a", "module.b"]},
    ),
    "a module itself": (
        {"main.tf": 'module "a" { source = "./m" }', "m/main.tf": 'module "b" { source = "../m" }' + ALONE},
        {"main.tf": ["module.a.module.b"]},
    ),
    "its caller": (
        {"main.tf": 'module "a" { source = "./m" }', "m/main.tf": 'module "b" { source = "../" }' + ALONE},
        {"main.tf": ["module.a.module.b"], "m/main.tf": ["module.b.module.a"]},
    ),
    "with containers": (
        {"main.tf": 'module "a" {\n source = "./"\n container_definitions = "[]"\n}' + ALONE},
        {"main.tf": ["module.a"]},
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_module_that_calls_itself_is_read_once_and_reported(tmp_path: Path, name: str) -> None:
    files, calls = ENDLESS[name]
    (tmp_path / "r" / ".git").mkdir(parents=True)
    for path, text in files.items():
        write(tmp_path / "r", path, text)
    report = taskfit.check([tmp_path])
    assert report.definitions == len(calls)
    reported = [
        (Path(each.path).relative_to(tmp_path / "r").as_posix(), each.severity, each.message.partition(" ")[0])
        for each in report.findings
        if each.code == "FIT001"
    ]
    assert sorted(reported) == sorted((path, "error", address) for path in calls for address in calls[path])


def test_a_module_that_calls_itself_without_a_definition_is_not_reported(tmp_path: Path) -> None:
    write(tmp_path, "main.tf", 'module "a" { source = "./" }\nresource "null_resource" "r" {}')
    write(tmp_path, "app/main.tf", ALONE)
    report = taskfit.check([tmp_path])
    assert (report.definitions, [each.code for each in report.findings if each.severity == "error"]) == (1, [])


KNOWN = st.sampled_from(["256", "512", "4096", '"1024"', "null"])


@settings(deadline=None, max_examples=25)
@given(st.dictionaries(st.sampled_from(["cpu", "memory", "port"]), KNOWN), st.sampled_from(["cpu", "memory", "port"]))
def test_an_unknown_argument_only_removes_errors(
    tmp_path_factory: pytest.TempPathFactory, arguments: dict[str, str], hidden: str
) -> None:
    folder = tmp_path_factory.mktemp("property")
    (folder / ".git").mkdir()
    write(folder, "modules/service/main.tf", SERVICE)
    write(folder, "modules/container/main.tf", CONTAINER)
    write(folder, "modules/stack/main.tf", STACK)
    known = {"cpu": "256", "memory": "512", "port": "80", **arguments}
    found = []
    for values in (known, {**known, hidden: "data.aws_x.y.z"}):
        fields = ", ".join(f"{name} = {value}" for name, value in values.items())
        text = f'module "stack" {{\n  source = "./modules/stack"\n  services = {{ app = {{ {fields} }} }}\n}}'
        path = write(folder, "main.tf", text)
        report = taskfit.check([path])
        assert report.definitions == 1
        found.append({(each.code, each.pointer) for each in report.findings if each.severity != "note"})
    assert found[1] <= found[0]


def test_an_instance_that_only_some_workspaces_have_is_a_definition(repository: Path) -> None:
    call = """
    locals {
      name = lower(terraform.workspace)
      all  = { dev = { on = false, memory = 512 }, prod = { on = true, memory = 4096 } }
      mine = contains(keys(local.all), local.name) ? local.all[local.name] : local.all["dev"]
    }
    module "app" {
      source = "./modules/service"
      count  = local.mine.on ? 1 : 0
      name   = "app"
      memory = local.mine.memory
    }
    """
    write(repository, "main.tf", call)
    (readings,) = definitions(repository / "main.tf")
    assert [reading.task.memory for reading in readings] == ["4096"]


def test_the_region_is_that_of_the_provider(repository: Path) -> None:
    module = """
    data "aws_region" "now" {}
    resource "aws_ecs_task_definition" "this" { family = "app-${data.aws_region.now.name}" }
    """
    write(repository, "modules/app/main.tf", module)
    write(repository, "main.tf", 'provider "aws" { region = "eu-west-1" }\nmodule "app" { source = "./modules/app" }')
    assert only(repository / "main.tf").task.family == "app-eu-west-1"
    call = 'module "app" {\n  source    = "./modules/app"\n  providers = { aws = aws.b }\n}'
    write(repository, "main.tf", f'provider "aws" {{ region = "eu-west-1" }}\n{call}')
    assert isinstance(only(repository / "main.tf").task.family, Unknown)


def test_a_use_of_a_large_local_costs_what_is_used_of_it(repository: Path) -> None:
    large = ", ".join(f"k{index} = {{ a = {index}, b = [1, 2, 3] }}" for index in range(400))
    uses = ", ".join(f'{{ name = "N{index}", value = tostring(local.large.k{index}.a) }}' for index in range(200))
    task = f'  container_definitions = jsonencode([{{ name = "app", environment = [{uses}] }}])'
    text = f'locals {{\n  large = {{ {large} }}\n}}\nresource "aws_ecs_task_definition" "a" {{\n{task}\n}}'
    path = write(repository, "large/main.tf", text)
    assert list(only(path).task.unknowns()) == []


def test_a_list_of_containers_that_is_not_complete_is_noted_once(repository: Path) -> None:
    containers = 'jsonencode(concat([{ name = "a" }], var.b, var.c))'
    text = f'resource "aws_ecs_task_definition" "a" {{\n  container_definitions = {containers}\n}}'
    path = write(repository, "part/main.tf", text)
    (note,) = [each for each in taskfit.check([path]).findings if each.code == "FIT004"]
    assert note.message.startswith("There may be containers besides a: `var.b` is unknown here")


def test_a_remote_module_that_makes_a_definition_is_noted_once(repository: Path) -> None:
    call = 'module "app" {{\n  source = "{}"\n  cpu = 256\n}}\n'
    sources = ("terraform-aws-modules/vpc/aws", "git::https://example.com/ecs.git//service", "example/fargate/aws")
    text = "".join(call.replace('"app"', f'"m{index}"').format(source) for index, source in enumerate(sources))
    path = write(repository, "remote/main.tf", text)
    notes = [each.message.partition(" ")[0] for each in taskfit.check([path]).findings]
    assert notes == ["module.m1", "module.m2"]


def test_a_comment_in_a_module_counts_for_what_is_found_through_its_calls(repository: Path) -> None:
    module = """
    resource "aws_ecs_task_definition" "this" {
      family                   = "app"
      cpu                      = 256
      # taskfit: ignore[FIT101] known
      memory                   = 4096
      requires_compatibilities = ["FARGATE"]
      network_mode             = "awsvpc"
      container_definitions    = jsonencode([{ name = "app", image = "app:1.2" }])
    }
    """
    write(repository, "modules/app/main.tf", module)
    write(repository, "main.tf", 'module "app" {\n  source = "./modules/app"\n}')
    report = taskfit.check([repository / "main.tf", repository / "modules/app/main.tf"])
    assert [each.finding.code for each in report.suppressed] == ["FIT101"]
    assert not {"FIT101", "FIT005"} & {finding.code for finding in report.findings}
    assert errors(taskfit.check([repository / "main.tf"])) == []
    write(repository, "modules/app/main.tf", module.replace("# taskfit: ignore[FIT101] known", ""))
    assert [finding.code for finding in errors(taskfit.check([repository / "main.tf"]))] == ["FIT101"]


@pytest.mark.parametrize("source", ["../../../modules//alone", "${get_repo_root()}/modules/alone"])
def test_terragrunt_gives_a_module_its_inputs(repository: Path, source: str) -> None:
    path = write(repository, "modules/alone/main.tf", SERVICE)
    write(repository, "live/terragrunt.hcl", 'inputs = {\n  memory = 512\n  name   = "app"\n  containers = "[]"\n}')
    write(repository, "live/env.hcl", 'locals {\n  env = "prod"\n}')
    child = f"""
    include "root" {{ path = find_in_parent_folders() }}
    locals {{ config = read_terragrunt_config(find_in_parent_folders("env.hcl")) }}
    terraform {{ source = "{source}" }}
    inputs = {{
      memory = 4096
      name   = "app-${{local.config.locals.env}}"
      cpu    = dependency.other.outputs.cpu
    }}
    """
    write(repository, "live/prod/app/terragrunt.hcl", child)
    task = only(path).task
    assert (task.family, task.memory, task.containers) == ("app-prod", "4096", ())
    assert isinstance(task.cpu, Unknown)


def test_terragrunt_beside_a_module_counts_too(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    path = write(tmp_path, "app/main.tf", SERVICE)
    write(tmp_path, "app/terragrunt.hcl", "inputs = {\n  memory = 4096\n}")
    assert only(path).task.memory == "4096"


@pytest.mark.parametrize("kind", ["list(any)", "list", '"list"', "set"])
def test_elements_of_one_list_become_one_type_as_in_terraform(repository: Path, kind: str) -> None:
    module = """
    variable "environment" { type = KIND }
    variable "threads" { type = number }
    resource "aws_ecs_task_definition" "this" {
      container_definitions = jsonencode([{ name = "app", environment = var.environment }])
    }
    """
    write(repository, "modules/app/main.tf", module.replace("KIND", kind))
    pairs = '[{ name = "A", value = "x" }, { name = "B", value = 25 }]'
    call = 'module "app" {{\n  source      = "./modules/app"\n  threads     = 1\n  environment = {}\n}}'
    for environment in (pairs, f"true ? {pairs} : []", f"tolist({pairs})"):
        write(repository, "main.tf", call.format(environment))
        (container,) = only(repository / "main.tf").task.containers
        assert container.data["environment"][1] == {"name": "B", "value": "25"}
    write(repository, "main.tf", call.format('[{ name = "B", value = 25 }]'))
    (container,) = only(repository / "main.tf").task.containers
    assert container.data["environment"] == [{"name": "B", "value": 25}]


def test_keys_are_tried_for_one_unknown_name_only(repository: Path) -> None:
    call = """
    variable "a" {}
    variable "b" {}
    locals { memory = { small = 512, large = 4096 } }
    module "app" {
      source = "./modules/service"
      cpu    = local.memory[var.a]
      memory = local.memory[var.b]
    }
    """
    write(repository, "main.tf", call)
    (readings,) = definitions(repository / "main.tf")
    assert [reading.task.cpu for reading in readings] == ["512", "4096"]
    assert all(isinstance(reading.task.memory, Unknown) for reading in readings)


def test_files_of_variables_that_several_roots_share_are_found(repository: Path) -> None:
    root = 'variable "memory" {}\nmodule "app" {\n  source = "../../modules/service"\n  memory = var.memory\n}'
    path = write(repository, "deployments/app/main.tf", root)
    write(repository, "deployments/tfvars/prod.tfvars", "memory = 4096")
    write(repository, "deployments/backends/prod.tfvars", 'bucket = "state"')
    assert only(path).task.memory == "4096"


def test_a_service_of_a_module_is_shown_at_the_call(repository: Path) -> None:
    module = """
    variable "count_" {}
    resource "aws_ecs_task_definition" "this" {
      family                   = "app"
      cpu                      = 256
      memory                   = 512
      network_mode             = "bridge"
      container_definitions    = jsonencode([{ name = "app", image = "app:1.2" }])
    }
    resource "aws_ecs_service" "this" {
      name            = "app"
      launch_type     = "EC2"
      task_definition = aws_ecs_task_definition.this.arn
      network_configuration { subnets = ["subnet-1"] }
    }
    resource "aws_ecs_service" "none" {
      task_definition = aws_ecs_task_definition.this.arn
      dynamic "network_configuration" {
        for_each = []
        content { subnets = ["subnet-1"] }
      }
    }
    """
    write(repository, "modules/app/main.tf", module)
    write(repository, "main.tf", 'module "app" {\n  source = "./modules/app"\n  count_ = 1\n}')
    found = [each for each in taskfit.check([repository]).findings if each.code == "FIT922"]
    assert [(Path(each.path).name, each.span.line) for each in found] == [("main.tf", 1)]
    alone = write(repository, "alone/main.tf", module.replace('"bridge"', '"awsvpc"'))
    assert not [each for each in taskfit.check([alone]).findings if each.code == "FIT922"]


def test_a_service_whose_count_is_zero_is_not_made(repository: Path) -> None:
    module = """
    variable "port" { default = 0 }
    variable "has_balancer" { default = false }
    resource "aws_ecs_task_definition" "this" {
      family                = "app"
      memory                = 512
      network_mode          = "bridge"
      container_definitions = jsonencode([{ name = "app", image = "app:1.2", portMappings = [{ containerPort = 80 }] }])
    }
    resource "aws_ecs_service" "balanced" {
      count           = var.has_balancer ? 1 : 0
      task_definition = aws_ecs_task_definition.this.arn
      load_balancer {
        target_group_arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/app/1"
        container_name   = "app"
        container_port   = var.port
      }
    }
    resource "aws_ecs_service" "plain" {
      count           = var.has_balancer ? 0 : 1
      task_definition = aws_ecs_task_definition.this.arn
      network_configuration { subnets = ["subnet-1"] }
    }
    """
    write(repository, "modules/app/main.tf", module)
    call = 'module "app" {\n  source = "./modules/app"\n  has_balancer = %s\n}'
    for made, code in (("false", "FIT922"), ("true", "FIT921")):
        write(repository, "main.tf", call % made)
        codes = [each.code for each in taskfit.check([repository]).findings if each.code.startswith("FIT92")]
        assert codes == [code]


def test_a_resource_as_a_whole_is_what_its_configuration_gives(repository: Path) -> None:
    module = """
    resource "aws_ecs_task_definition" "this" {
      requires_compatibilities = ["FARGATE"]
      container_definitions    = jsonencode([{ name = "app" }])
    }
    output "task" { value = aws_ecs_task_definition.this }
    """
    write(repository, "modules/app/main.tf", module)
    root = """
    module "app" { source = "./modules/app" }
    resource "aws_ecs_task_definition" "job" {
      requires_compatibilities = module.app.task.requires_compatibilities
      execution_role_arn       = module.app.task.execution_role_arn
      container_definitions    = module.app.task.container_definitions
    }
    """
    write(repository, "main.tf", root)
    job = definitions(repository / "main.tf")[1][0].task
    assert job.requires_compatibilities == frozenset({"FARGATE"})
    assert [container.name for container in job.containers] == ["app"]
    assert isinstance(job.data["executionRoleArn"], Unknown)


def test_terragrunt_may_name_the_module_in_an_included_file(repository: Path) -> None:
    path = write(repository, "modules/alone/main.tf", SERVICE)
    source = 'terraform {\n  source = "${get_repo_root()}/modules//alone"\n}\ninputs = {\n  cpu = 512\n}'
    write(repository, "live/_shared/app.hcl", source)
    child = 'include "app" {\n  path = "${get_repo_root()}/live/_shared/app.hcl"\n}\ninputs = {\n  memory = 4096\n}'
    write(repository, "live/prod/terragrunt.hcl", child)
    task = only(path).task
    assert (task.cpu, task.memory) == ("512", "4096")


def test_a_place_in_the_module_is_not_repeated_beside_it(repository: Path) -> None:
    configuration = write(repository, "taskfit.yaml", "required-sidecars: [otel]\n")
    report = taskfit.check([repository / "main.tf"], config_file=configuration, select=["FIT301"])
    labels = [related.label for finding in report.findings for related in finding.related]
    assert "where containerDefinitions is set" in labels
    assert not any(" line " in label for label in labels)


CALL = """
variable "cpu" { default = 256 }
variable "memory" {}
locals { size = 4096 }
module "web" {
  source     = "./modules/service"
  name       = "web"
  cpu        = %s
  memory     = %s
  containers = jsonencode([{ name = "app", image = "app:1.2" }])
}
"""


@pytest.mark.parametrize(
    ("cpu", "memory", "origins"),
    [
        (
            "var.cpu",
            "var.memory",
            "memory is from terraform.tfvars line 2; cpu is from the default of variable cpu, main.tf line 2",
        ),
        ("256", "local.size", "memory is from local.size, main.tf line 4"),
        ("var.cpu * 1", "4096", "cpu is from the default of variable cpu, main.tf line 2"),
    ],
)
def test_a_value_that_a_call_passes_on_has_its_own_origin(
    repository: Path, cpu: str, memory: str, origins: str
) -> None:
    write(repository, "main.tf", CALL % (cpu, memory))
    write(repository, "terraform.tfvars", "# sizes\nmemory = 4096\n")
    (finding,) = errors(taskfit.check([repository / "main.tf"], isolated=True))
    assert (finding.code, finding.span.line) == ("FIT101", 9)
    assert finding.message.endswith(f"({origins})")


def test_an_origin_goes_through_every_call(repository: Path) -> None:
    middle = CALL.replace("./modules/service", "../service") % ("var.cpu", "var.memory")
    write(repository, "modules/middle/main.tf", middle)
    write(
        repository,
        "main.tf",
        'variable "size" {}\nmodule "a" {\n  source = "./modules/middle"\n  memory = var.size\n}\n',
    )
    write(repository, "env/prod.tfvars", "size = 4096\n")
    (finding,) = errors(taskfit.check([repository / "main.tf"], isolated=True))
    assert (finding.span.line, finding.span.column) == (4, 12)
    assert "memory is from env/prod.tfvars line 1; cpu is from the default of variable cpu, " in finding.message


def test_the_value_given_for_a_variable_is_named_through_a_call(repository: Path) -> None:
    path = write(repository, "main.tf", CALL % ("var.cpu", "var.memory"))
    reading = only(path, memory="4096")
    assert reading.origins["/memory"].text == "the value given for memory"


def test_an_argument_is_not_its_own_origin(repository: Path) -> None:
    path = write(repository, "main.tf", CALL % ("256", "4096"))
    origins = only(path).origins
    assert [origins[pointer].text for pointer in ("/cpu", "/memory")] == ["", ""]


def test_places_in_a_module_name_their_values(repository: Path) -> None:
    module = """
    resource "aws_ecs_task_definition" "this" {
      family                = "web"
      network_mode          = "awsvpc"
      container_definitions = jsonencode([{ name = "app", image = "app:1.2", memory = 512,
        portMappings = [{ containerPort = 80, hostPort = 81 }]
        logConfiguration = { logDriver = "awslogs", options = { awslogs-group = "/web" } } }])
    }
    """
    write(repository, "modules/web/main.tf", module)
    path = write(repository, "main.tf", 'module "web" {\n  source = "./modules/web"\n}\n')
    found = {each.code: each for each in taskfit.check([path], isolated=True).findings}
    assert [each.label for each in found["FIT408"].related if each.path] == [
        "where hostPort is set",
        "where containerPort is set",
        "module.web.aws_ecs_task_definition.this",
    ]
    assert "where options is set" in {each.label for each in found["FIT411"].related}


@pytest.mark.parametrize("depth", [13, 600])
def test_modules_below_more_calls_than_are_followed_are_said_to_be_unchecked(repository: Path, depth: int) -> None:
    for number in range(depth):
        folder = repository / f"m{number}"
        folder.mkdir()
        (folder / "main.tf").write_text(f'module "a" {{ source = "../m{number + 1}" }}', encoding="utf-8")
    (repository / f"m{depth}").mkdir()
    (repository / f"m{depth}" / "main.tf").write_text(SERVICE, encoding="utf-8")
    report = taskfit.check(str(repository / "m0"), isolated=True)
    assert report.failures == ()
    assert [finding.code for finding in report.findings] == ["FIT001"]
    assert "what it calls make more than" in report.findings[0].message


@pytest.mark.parametrize("place", ['"a\\u0000b"', "7", "[]", "null", '"../../../etc"'])
def test_a_list_of_fetched_modules_that_names_no_folder_is_of_no_use(repository: Path, place: str) -> None:
    (repository / ".terraform" / "modules").mkdir(parents=True)
    listed = f'{{"Modules": [{{"Key": "a", "Dir": {place}}}]}}'
    (repository / ".terraform" / "modules" / "modules.json").write_text(listed, encoding="utf-8")
    (repository / "main.tf").write_text('module "a" { source = "elsewhere/ecs/aws" }\n' + SERVICE, encoding="utf-8")
    report = taskfit.check(str(repository / "main.tf"), isolated=True)
    assert (report.failures, report.definitions) == ((), 1)


def test_what_a_function_makes_is_not_null(tmp_path: Path) -> None:
    write(
        tmp_path,
        "modules/app/main.tf",
        """
        variable "containers" { default = null }
        resource "aws_ecs_task_definition" "app" {
          family                = "app"
          container_definitions = var.containers == null ? "broken" : var.containers
        }
        """,
    )
    call = """
    module "app" {
      source     = "./modules/app"
      containers = jsonencode([module.first.container])
    }
    """
    write(tmp_path, "main.tf", call)
    report = taskfit.check(tmp_path, isolated=True)
    assert [(each.code, each.severity) for each in report.findings] == [("FIT004", Severity.NOTE)]


def test_what_all_instances_of_a_block_have_is_found_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        "main.tf",
        """
        resource "aws_ecs_task_definition" "app" {
          for_each                 = { web = 256, jobs = 512 }
          family                   = each.key
          cpu                      = each.value
          memory                   = "1000"
          requires_compatibilities = ["FARGATE"]
          network_mode             = "bridge"
          container_definitions    = jsonencode([{ name = "app", image = "nginx:1.27" }])
        }
        """,
    )
    report = taskfit.check(tmp_path, isolated=True, select=["FIT101", "FIT103"])
    assert report.definitions == 2
    assert [each.code for each in report.findings] == ["FIT101", "FIT101", "FIT103"]


def test_an_object_of_a_modules_own_is_not_taken_for_containers(tmp_path: Path) -> None:
    call = """
    module "app" {
      source               = "acme/backend/aws//modules/ecs-service"
      container_definition = { image = "app:1", cpu_units = 256, command = ["run"], envs = { MODE = "a" } }
    }
    """
    task = only(write(tmp_path, "main.tf", call)).task
    assert task.containers == ()
    assert not task.containers_are_complete


def test_a_module_for_alarms_makes_no_service(tmp_path: Path) -> None:
    call = 'module "{0}" {{\n  source = "acme/{0}/aws"\n  {1} = 80\n}}\n'
    text = call.format("ecs-alarms", "cpu") + call.format("ecs-cpu", "cpu_utilization_high") + call.format("ecs", "cpu")
    document = reader.read(text.encode(), {}, write(tmp_path, "main.tf", text))
    assert [fault.message.partition(" comes")[0] for fault in document.faults] == ["module.ecs"]


def test_a_default_of_null_may_be_given_by_whoever_deploys(tmp_path: Path) -> None:
    text = """
    variable "jobs" { default = null }
    resource "aws_ecs_task_definition" "job" {
      for_each              = { for job in try(var.jobs.list, []) : job.name => job }
      family                = each.key
      container_definitions = "[]"
    }
    """
    assert len(definitions(write(tmp_path, "main.tf", text))) == 1


def test_what_goes_through_many_modules_is_evaluated_once(tmp_path: Path) -> None:
    """Each level uses its argument four times: evaluated each time, that is more than may be evaluated at all."""
    (tmp_path / ".git").mkdir()
    write(tmp_path, "main.tf", 'module "next" {\n  source = "./m0"\n  cpu = 512\n}\n')
    call = 'variable "cpu" {{}}\nmodule "next" {{\n  source = "../m{0}"\n  cpu = max({1})\n}}\n'
    for level in range(8):
        write(tmp_path, f"m{level}/main.tf", call.format(level + 1, ", ".join(["var.cpu"] * 4)))
    write(tmp_path, "m8/main.tf", SERVICE.replace('variable "cpu" { default = 256 }', 'variable "cpu" {}'))
    document = reader.read((tmp_path / "main.tf").read_bytes(), {}, tmp_path / "main.tf")
    ((found,),) = document.definitions
    assert found.task.data["cpu"] == "512"


def test_a_note_on_what_one_block_makes_is_given_once_and_an_error_for_each_origin(repository: Path) -> None:
    root = """
    module "web" {
      for_each   = var.sizes
      source     = "./modules/service"
      name       = each.key
      memory     = each.value
      containers = jsonencode([{ image = "app:1.2", memory = 512, name = "app" }])
    }
    variable "sizes" {}
    """
    write(repository, "main.tf", root)
    for memory, code, origins in (
        (1024, "FIT422", ["memory is from terraform.tfvars line 2"]),
        (4096, "FIT101", ["memory is from terraform.tfvars line 2", "memory is from terraform.tfvars line 3"]),
    ):
        write(repository, "terraform.tfvars", f"sizes = {{\n  a = {memory}\n  b = {memory}\n}}\n")
        findings = taskfit.check([repository / "main.tf"], isolated=True, select=[code]).findings
        assert [origin in each.message for each, origin in zip(findings, origins, strict=True)] == [True] * len(origins)


@pytest.mark.parametrize(
    ("prod", "lines"),
    [
        ('cpu = 256\nmemory = 4096\nname = "web"\n', ["dev", "prod"]),
        ('cpu = 1024\nmemory = 2500\nname = "web"\n', ["dev"]),  # the same deployment
        ('cpu = 1024\nmemory = 2500\nname = "prod"\n', ["dev", "prod"]),  # another line to change
        ('cpu = 256\nmemory = 512\nname = "web"\n', ["dev"]),
    ],
)
def test_an_error_of_each_variables_file_is_reported(repository: Path, prod: str, lines: list[str]) -> None:
    root = CALL % ("var.cpu", "var.memory")
    write(repository, "main.tf", root.replace('"web"\n', "var.name\n") + 'variable "name" {}\n')
    write(repository, "env/dev.tfvars", 'cpu = 1024\nmemory = 2500\nname = "web"\n')
    write(repository, "env/prod.tfvars", prod)
    report = taskfit.check([repository / "main.tf"], isolated=True, select=["FIT101"])
    named = [f"env/{name}.tfvars line 2" for name in lines]
    assert [name in each.message for each, name in zip(report.findings, named, strict=True)] == [True] * len(lines)


def test_waste_is_reported_once_for_all_variables_files(repository: Path) -> None:
    write(repository, "main.tf", CALL % ("512", "var.memory"))
    for name, memory in (("dev", 2048), ("prod", 4096)):
        write(repository, f"env/{name}.tfvars", f"memory = {memory}\n")
    path = repository / "main.tf"
    text = path.read_text(encoding="utf-8").replace('"app:1.2"', '"app:1.2", memory = 1024')
    path.write_text(text, encoding="utf-8")
    (finding,) = taskfit.check([path], isolated=True, select=["FIT422"]).findings
    assert "env/dev.tfvars line 1" in finding.message


SWITCHED = 'variable "on" { default = false }\nmodule "app" {\n  source = "./app"\n'
TOO_LARGE = SERVICE.replace("var.memory", "4096")
GIVEN = '  name = "app"\n  containers = jsonencode([{ name = "a", image = "app:1" }])\n}\n'


@pytest.mark.parametrize(
    ("call", "module"),
    [
        ("count = var.on ? 1 : 0", TOO_LARGE),
        ('for_each = toset(var.on ? ["a"] : [])', TOO_LARGE),
        ("create = var.on", TOO_LARGE.replace("  family", "  count = var.create ? 1 : 0\n  family")),
    ],
)
def test_a_module_that_is_created_only_with_another_value_is_checked(tmp_path: Path, call: str, module: str) -> None:
    """As a resource of the root module is whose count is 0 by default."""
    (tmp_path / ".git").mkdir()
    write(tmp_path, "app/main.tf", 'variable "create" { default = true }\nvariable "memory" {}\n' + module)
    write(tmp_path, "main.tf", f"{SWITCHED}  {call}\n  memory = 4096\n{GIVEN}")
    for checked, name in (("", "main.tf"), ("app", "app/main.tf")):
        found = errors(taskfit.check([str(tmp_path / checked)]))
        assert [(each.code, each.path) for each in found] == [("FIT101", str(tmp_path / name))]


def test_a_module_that_its_call_switches_off_is_not_checked(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, "app/main.tf", TOO_LARGE)
    write(tmp_path, "main.tf", f"{SWITCHED}  count = 0\n{GIVEN}")
    assert taskfit.check([str(tmp_path)]).findings == ()


TASK_BY_NAME = """
variable "name" { default = "web" }
resource "aws_ecs_task_definition" "this" {
  family                = var.name
  container_definitions = jsonencode([
    { name = var.name, image = "nginx:1.27", memory = 64, portMappings = [{ containerPort = 80, name = var.name }] }
  ])
}
output "arn" { value = aws_ecs_task_definition.this.arn }
"""
TASKS_BY_NAME = """
resource "aws_ecs_task_definition" "this" {
  for_each              = toset(["api", "web"])
  family                = each.key
  container_definitions = jsonencode([
    { name = each.key, image = "nginx:1.27", memory = 64, portMappings = [{ containerPort = 80, name = each.key }] }
  ])
}
"""
SERVICE_BY_NAME = """
variable "name" {}
variable "task" {}
variable "port" { default = 80 }
resource "aws_ecs_service" "this" {
  name            = var.name
  task_definition = var.task
  load_balancer {
    target_group_arn = "arn"
    container_name   = var.name
    container_port   = var.port
  }
}
"""
WEB = """
resource "aws_ecs_service" "web" {{
  name            = "web"
  task_definition = {task}
  load_balancer {{
    target_group_arn = "arn"
    container_name   = "web"
    container_port   = {port}
  }}
}}
"""
EACH_TASK = 'module "task" {\n source = "./task"\n for_each = toset(["api", "web"])\n name = each.key\n}\n'
ANOTHER = 'locals { main = "web" }\n'


@pytest.mark.parametrize(
    "style",
    [
        TASKS_BY_NAME + WEB.replace("{task}", 'aws_ecs_task_definition.this["web"].arn'),
        TASKS_BY_NAME + WEB.replace("{task}", '"${{aws_ecs_task_definition.this["web"].family}}:3"'),
        TASKS_BY_NAME + ANOTHER + WEB.replace("{task}", "aws_ecs_task_definition.this[local.main].arn"),
        EACH_TASK + WEB.replace("{task}", 'module.task["web"].arn'),
        EACH_TASK
        + """module "service" {{
          source   = "./service"
          for_each = toset(["api", "web"])
          name     = each.key
          task     = module.task[each.value].arn
          port     = each.key == "web" ? {port} : 80
        }}""",
        TASKS_BY_NAME
        + """module "service" {{
          source = "./service"
          count  = 2
          name   = ["api", "web"][count.index]
          task   = aws_ecs_task_definition.this[["api", "web"][count.index]].arn
          port   = count.index == 1 ? {port} : 80
        }}""",
        'module "tasks" {{ source = "./tasks" }}\n' + WEB.replace("{task}", 'module.tasks.arns["web"]'),
    ],
)
def test_a_service_runs_the_instance_of_a_definition_that_it_refers_to(style: str, tmp_path: Path) -> None:
    write(tmp_path, "task/main.tf", TASK_BY_NAME)
    write(tmp_path, "service/main.tf", SERVICE_BY_NAME)
    arns = 'output "arns" {\n value = { for name, task in aws_ecs_task_definition.this : name => task.arn }\n}\n'
    write(tmp_path, "tasks/main.tf", TASKS_BY_NAME + arns)
    for port, expected in ((80, []), (81, ["web"])):
        text = style.replace("{port}", str(port)).replace("{{", "{").replace("}}", "}")
        write(tmp_path, "main.tf", text)
        report = taskfit.check([tmp_path / "main.tf"], isolated=True, select=["FIT921"])
        assert report.definitions == 2
        assert [each.definition for each in report.findings] == expected


def test_a_service_that_runs_an_unknown_instance_is_compared_with_none(tmp_path: Path) -> None:
    text = (
        'variable "name" {}\n' + TASKS_BY_NAME + WEB.format(task="aws_ecs_task_definition.this[var.name].arn", port=81)
    )
    write(tmp_path, "main.tf", text)
    assert not taskfit.check([tmp_path], isolated=True, select=["FIT921"]).findings

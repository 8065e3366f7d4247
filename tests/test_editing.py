"""What of a text is edited, and what is left to its author."""

from __future__ import annotations

from pathlib import Path

import pytest

from taskfit.config.settings import Configuration
from taskfit.finding import Change
from taskfit.fixes import fixed_files
from taskfit.session import Session
from taskfit.sources import reader
from taskfit.sources.files import File

HEAD = "family: web\nrequiresCompatibilities: [FARGATE]\nnetworkMode: awsvpc\n"
TAIL = "containerDefinitions: [{name: app, image: 'nginx:1.27'}]\n"
MEMORY = Change("replace", "/memory", "1024")
PORT = Change("replace", "/containerDefinitions/0/portMappings/0/hostPort", 80)


def edited(text: str, *changes: Change, path: Path | None = None, **variables: str) -> str | None:
    """The text after the edits of its first definition, or nothing if there are none."""
    (readings, *_) = reader.read(text.encode(), variables, path).definitions
    edits = readings[0].edits(changes)
    if edits is None:
        return None
    lines = text.splitlines(keepends=True)
    for (line, column, end_line, end_column), content in reversed(edits):
        assert line == end_line
        row = lines[line - 1]
        lines[line - 1] = row[: column - 1] + content + row[end_column - 1 :]
    return "".join(lines)


def fixed(text: str, **variables: str) -> str:
    """The text after its safe fixes."""
    configuration = Configuration().with_options({"var": variables})
    return next(
        (
            fixed.after.decode()
            for fixed in fixed_files(Session.under(configuration), ["-"], File("main", data=text.encode()))
        ),
        text,
    )


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "cpu: 256\nmemory: &size 3000\nx: *size\n" + TAIL,
        "size: &size 3000\n" + HEAD + "cpu: 256\nmemory: *size\n" + TAIL,
        "base: &base {cpu: 256, memory: 3000}\n" + HEAD + "<<: *base\n" + TAIL,
        HEAD + "cpu: 256\nmemory: 3000\nmemory: 5000\n" + TAIL,
        HEAD + "cpu: 256\nmemory: ${MEMORY}\n" + TAIL,
        HEAD + 'cpu: 256\nmemory: "${MEMORY}"\n' + TAIL,
        HEAD + "cpu: 256\nmemory: !size 3000\n" + TAIL,
        HEAD + "cpu: 256\nmemory: >-\n  3000\n" + TAIL,
        HEAD + "cpu: 256\nmemory: 03000\n" + TAIL,
    ],
    ids=["anchor", "alias", "merge key", "twice", "placeholder", "in quotes", "tag", "block scalar", "leading zero"],
)
def test_what_is_no_plain_literal_of_the_definition_s_own_is_not_edited(text: str) -> None:
    assert edited(text, MEMORY, MEMORY="3000") is None


def test_a_list_that_an_alias_shares_is_not_edited() -> None:
    ports = "&ports [{containerPort: 80, hostPort: 81}]"
    text = f"family: web\ncontainerDefinitions:\n- {{name: a, image: a, portMappings: {ports}}}\n"
    assert edited(text, PORT) is None
    assert edited(text.replace("&ports ", ""), PORT) == text.replace("&ports ", "").replace("81", "80")


@pytest.mark.parametrize(
    "change",
    [
        Change("replace", "/nothing", 1),
        Change("replace", "/containerDefinitions/7/memory", 1),
        Change("replace", "/containerDefinitions", 1),
        Change("replace", "/memory", {"a": 1}),
        Change("rename", "/memory", "cpu"),
        Change("remove", "/containerDefinitions/9"),
        Change("add", "/memory/x", 1),
        Change("add", "/cpu", "256"),
    ],
)
def test_a_change_that_makes_no_sense_is_not_made(change: Change) -> None:
    assert edited(HEAD + "cpu: 256\nmemory: 512\n" + TAIL, change) is None


def test_changes_are_made_all_or_none() -> None:
    text = HEAD + "cpu: ${CPU}\nmemory: 512\n" + TAIL
    assert edited(text, MEMORY) is not None
    assert edited(text, MEMORY, Change("replace", "/cpu", "512")) is None


TEMPLATE = """\
Parameters:
  Memory: {Type: String, Default: "3000"}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: 1024
      Memory: !Ref Memory
      ContainerDefinitions: [{Name: app, Image: nginx:1.27}]
"""


def test_a_parameter_with_one_use_is_fixed_at_its_default() -> None:
    assert fixed(TEMPLATE) == TEMPLATE.replace('"3000"', '"3072"')


@pytest.mark.parametrize(
    "text",
    [
        TEMPLATE + "Outputs: {Memory: {Value: !Ref Memory}}\n",
        TEMPLATE + 'Outputs: {Memory: {Value: !Sub "${Memory} MiB"}}\n',
        TEMPLATE.replace('"3000"', '"3000", AllowedValues: ["3000"]'),
        TEMPLATE.replace('"3000"', '"3000", MaxLength: 4'),
        TEMPLATE.replace("!Ref Memory", '!Sub "${Memory}"').replace('"3000"', "3_000"),
        TEMPLATE.replace("!Ref Memory", '!Join ["", [!Ref Memory]]').replace('"3000"', "30 00"),
        TEMPLATE.replace("!Ref Memory", "!If [Big, 3000, 3072]").replace(
            "Resources:", "Conditions: {Big: !Equals [!Ref AWS::Region, eu-west-1]}\nResources:"
        ),
        TEMPLATE.replace("!Ref Memory", "!FindInMap [Sizes, a, memory]").replace(
            "Resources:", "Mappings: {Sizes: {a: {memory: 3000}}}\nResources:"
        ),
        TEMPLATE.replace("Parameters:", "Transform: OurMacro\nParameters:").replace("!Ref Memory", '!GetAtt "x.y"'),
    ],
    ids=["output", "sub", "allowed values", "length", "odd", "join", "condition", "mapping", "attribute"],
)
def test_what_serves_more_than_one_definition_or_reading_is_only_advised(text: str) -> None:
    assert fixed(text) == text


def test_two_resources_by_one_parameter_are_left_alone() -> None:
    text = TEMPLATE + TEMPLATE[TEMPLATE.index("  Task:") :].replace("Task:", "Other:")
    assert fixed(text) == text


def test_a_key_that_has_no_value_is_not_added_again() -> None:
    text = TEMPLATE.replace("      NetworkMode: awsvpc\n", "      NetworkMode: !Ref AWS::NoValue\n")
    assert "NetworkMode: awsvpc" not in fixed(text)


TERRAFORM = """\
variable "memory" {
  default = 3000
}

resource "aws_ecs_task_definition" "web" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 1024
  memory                   = var.memory # MiB
  container_definitions    = jsonencode([{ name = "app", image = "nginx:1.27" }])
}
"""
LOCAL = TERRAFORM.replace('variable "memory"', "locals").replace("default", "memory").replace("var.", "local.")


@pytest.mark.parametrize("text", [TERRAFORM, LOCAL], ids=["variable", "local"])
def test_a_name_with_one_use_is_fixed_where_it_gets_its_value(text: str) -> None:
    assert fixed(text) == text.replace("3000", "3072")


@pytest.mark.parametrize(
    "text",
    [
        TERRAFORM + 'output "memory" { value = var.memory }\n',
        TERRAFORM.replace("var.memory", "local.memory") + "locals { memory = var.memory }\n",
        TERRAFORM.replace("var.memory", '"${var.memory}0"').replace("3000", "300"),
        TERRAFORM.replace("var.memory", "var.memory * 2").replace("3000", "1500"),
        TERRAFORM.replace("var.memory", "var.big ? 3000 : 3072") + 'variable "big" {}\n',
        TERRAFORM.replace("var.memory", "3000").replace("  family", '  for_each = toset(["a", "b"])\n  family'),
    ],
    ids=["output", "by way of a local", "template", "arithmetic", "condition", "for_each"],
)
def test_what_terraform_computes_is_only_advised(text: str) -> None:
    assert fixed(text) == text


def test_a_name_that_another_file_uses_too_is_only_advised(tmp_path: Path) -> None:
    main, other = tmp_path / "main.tf", tmp_path / "other.tf"
    main.write_text(TERRAFORM, encoding="utf-8")
    assert len(list(fixed_files(Session.under(Configuration()), [str(main)]))) == 1
    other.write_text('output "memory" { value = var.memory }\n', encoding="utf-8")
    assert list(fixed_files(Session.under(Configuration()), [str(main)])) == []


def test_a_variable_of_another_file_is_only_advised(tmp_path: Path) -> None:
    declaration, resource = TERRAFORM.split("\n\n")
    (tmp_path / "variables.tf").write_text(declaration, encoding="utf-8")
    (tmp_path / "main.tf").write_text(resource, encoding="utf-8")
    assert list(fixed_files(Session.under(Configuration()), [str(tmp_path)])) == []


@pytest.mark.parametrize(
    "containers",
    [
        '"[{\\"name\\": \\"app\\", \\"image\\": \\"x\\", \\"portMappings\\": []}]"',
        'jsonencode([for n in ["a", "b"] : { name = n, image = "x" }])',
        "jsonencode([local.app])",
    ],
    ids=["a string", "a loop", "a local"],
)
def test_containers_that_do_not_stand_in_the_resource_get_nothing_added(containers: str) -> None:
    text = TERRAFORM.replace('jsonencode([{ name = "app", image = "nginx:1.27" }])', containers)
    text += 'locals {\n  app = { name = "app", image = "x" }\n}\n'
    assert edited(text, Change("add", "/containerDefinitions/0/essential", False)) is None


def test_a_port_in_a_loop_is_not_edited() -> None:
    loop = '[for n in ["a", "b"] : { name = n, image = "x", portMappings = [{ containerPort = 80, hostPort = 81 }] }]'
    text = TERRAFORM.replace('[{ name = "app", image = "nginx:1.27" }]', loop)
    assert edited(text, PORT) is None


def test_a_plan_is_never_edited() -> None:
    text = """{"terraform_version": "1.9.0", "planned_values": {"root_module": {"resources": [{
      "address": "aws_ecs_task_definition.web", "type": "aws_ecs_task_definition", "mode": "managed",
      "values": {"family": "web", "memory": "3000", "container_definitions": "[{\\"name\\": \\"a\\"}]"}}]}}}"""
    assert edited(text, MEMORY) is None


def test_what_would_begin_an_interpolation_is_escaped() -> None:
    change = Change("add", "/containerDefinitions/0/user", "${x}%{y}")
    assert '"$${x}%%{y}"' in (edited(TERRAFORM, change) or "")


def test_an_attribute_is_added_in_the_columns_of_its_neighbours() -> None:
    text = TERRAFORM.replace('  network_mode             = "awsvpc"\n', "")
    added = '  memory                   = var.memory # MiB\n  network_mode             = "awsvpc"\n'
    assert added in fixed(text)


def test_a_comma_goes_before_the_comment_and_not_behind_it() -> None:
    text = '{"family": "web",\n "containerDefinitions": [\n  {"name": "a", "image": "a"} // the only one\n ]\n}\n'
    change = Change("add", "/containerDefinitions/-", {"name": "b", "essential": False})
    assert edited(text, change) == text.replace(
        "} // the only one\n", '}, // the only one\n  {\n   "name": "b",\n   "essential": false\n  }\n'
    )


def test_strings_that_yaml_would_read_as_something_else_are_quoted() -> None:
    values = {"a": "yes", "b": "12:30", "c": "1_000", "d": "null", "e": "a: b", "f": "#x", "g": "", "h": "plain"}
    change = Change("add", "/containerDefinitions/0/dockerLabels", values)
    text = "family: web\ncontainerDefinitions:\n  - name: a\n    image: a\n"
    after = edited(text, change) or ""
    assert after.count('"') == 2 * 7
    assert "h: plain\n" in after
    ((reading,),) = reader.read(after.encode(), {}).definitions
    assert reading.task.data["containerDefinitions"][0]["dockerLabels"] == values

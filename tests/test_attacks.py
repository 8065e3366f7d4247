"""Attacks that were tried and have no other home: each input is as small as it gets (docs/security.md)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bad_cases import BAD, app, task
from conftest import ROOT, invoke, run, write

from taskfit import api

pytestmark = pytest.mark.usefixtures("in_a_repository")

BROKEN = json.dumps(BAD["pair-8192-25600"][0], indent=2)

RESOURCE = """
resource "aws_ecs_task_definition" "a" {
  family                = "a"
  cpu                   = 256
  memory                = 512
  container_definitions = jsonencode([{ name = "a", image = FUNCTION("PLACE"), memory = 64 }])
}
"""


@pytest.mark.parametrize("function", ["file", "filebase64", "templatefile"])
@pytest.mark.parametrize("place", [".git/config", "../precious", "link", "folder/precious", "ABSOLUTE", "/dev/zero"])
def test_terraform_reads_nothing_outside_of_the_repository(
    function: str, place: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    precious = outside / "precious"
    for path in (precious, Path("../precious"), Path(".git/config")):
        path.write_text("url = https://user:TOKEN@example.com", encoding="utf-8")
    Path("link").symlink_to(precious)
    Path("folder").symlink_to(outside)
    write(
        {"main.tf": RESOURCE.replace("FUNCTION", function).replace("PLACE", place.replace("ABSOLUTE", str(precious)))}
    )
    for output_format in ("text", "json", "sarif"):
        result = run("--output-format", output_format)
        assert result.status in (0, 1), result.stderr
        assert "TOKEN" not in result.both


@pytest.mark.parametrize("place", ["/etc/passwd", "../precious", "link", "folder/precious", "/dev/zero", ".git/config"])
@pytest.mark.parametrize("how", ["import", "importstr", "importbin"])
def test_jsonnet_imports_nothing_outside_of_its_folder(
    how: str, place: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pytest.importorskip("_jsonnet", reason="the extra `jsonnet` is not installed")
    outside = tmp_path_factory.mktemp("outside")
    (outside / "precious").write_text("'root:TOKEN'", encoding="utf-8")
    Path("../precious").write_text("'root:TOKEN'", encoding="utf-8")
    Path(".git/config").write_text("'root:TOKEN'", encoding="utf-8")
    Path("link").symlink_to(outside / "precious")
    Path("folder").symlink_to(outside)
    write({"a.jsonnet": f"{{ family: 'a', containerDefinitions: [{{ name: 'a', image: {how} '{place}' }}] }}"})
    result = run("--output-format", "json")
    assert result.status == 0, result.stderr
    assert "root:" not in result.both
    assert "is outside the folder" in result.stdout


def test_a_definition_that_is_too_large_is_one_finding_and_hides_no_other() -> None:
    variables = [{"name": f"V{number}", "value": "x" * 20, "unknown": 1} for number in range(20_000)]
    long = task(app("long", environment=variables), cpu="300")
    text = task(app("text", image="b" * (2 * 1024 * 1024)), cpu="300")
    write({"all.json": json.dumps([long, text, BAD["pair-8192-25600"][0]])})
    for arguments, others in (((), ["FIT101"]), (("--fix", "--unsafe-fixes"), [])):
        result = run("--output-format", "json", *arguments)
        assert result.status == 1, result.stderr
        found = [(each["code"], each["pointer"]) for each in json.loads(result.stdout)["findings"]]
        assert [code for code, _ in found].count("FIT001") == 2
        assert [code for code, _ in found if code != "FIT001"] == others


NUMBERS = [
    *("1e400", "-1", "0", "1.5", "9" * 400, "9" * 5000, "NaN", "-Infinity", "1e308", "true", "null", "[]", "{}"),
    *('"x"', '"' + "9" * 5000 + '"', '"\\ud800"', '"nan"', '"1e5"', '"१"'),
]
TEMPLATE = {
    "T": {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {
            "Family": "mistersmith-worker",
            "Cpu": "1024",
            "Memory": "3072",
            "NetworkMode": "awsvpc",
            "RequiresCompatibilities": ["FARGATE"],
            "ContainerDefinitions": [
                {"Name": "worker", "Image": "worker", "Environment": [{"Name": "MAX_AGENTS", "Value": "4"}]}
            ],
        },
    },
    "S": {
        "Type": "AWS::ECS::Service",
        "Properties": {
            "TaskDefinition": {"Ref": "T"},
            "DesiredCount": 2,
            "LaunchType": "FARGATE",
            "DeploymentConfiguration": {"MinimumHealthyPercent": 50, "MaximumPercent": 200},
            "HealthCheckGracePeriodSeconds": 5,
            "LoadBalancers": [{"ContainerName": "worker", "ContainerPort": 80}],
            "CapacityProviderStrategy": [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1, "Base": 1}],
        },
    },
    "Target": {
        "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
        "Properties": {
            "MinCapacity": 1,
            "MaxCapacity": 4,
            "ResourceId": {"Fn::Sub": "service/c/${S.Name}"},
            "ScalableDimension": "ecs:service:DesiredCount",
            "ServiceNamespace": "ecs",
        },
    },
    "Policy": {
        "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
        "Properties": {
            "ScalingTargetId": {"Ref": "Target"},
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 75,
                "ScaleInCooldown": 60,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
            },
        },
    },
}


def places(value: Any) -> Iterator[str]:
    """A JSON text for each place of a value below its resources' types, with a mark there."""
    whole = json.dumps({"Resources": value})

    def walk(node: Any) -> Iterator[None]:
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            kept = node[key]
            if key != "Type":
                node[key] = "@@"
                yield
                node[key] = kept
                if isinstance(kept, dict | list):
                    yield from walk(kept)

    copy = json.loads(whole)
    for _ in walk(copy["Resources"]):
        yield json.dumps(copy)


def test_junk_in_a_service_crashes_nothing() -> None:
    write(
        {
            f"{place}/{number}.json": text.replace('"@@"', NUMBERS[(place + 5 * number) % len(NUMBERS)])
            for place, text in enumerate(places(TEMPLATE))
            for number in range(4)
        }
    )
    assert len(list(Path().glob("*/*.json"))) > 100
    report = api.check(".", isolated=True, jobs=1)
    assert report.failures == ()
    fleet = api.fleet(".", isolated=True, load={"agents": 100}, headroom=True, spare_tasks=3)
    assert not [each for each in fleet.failures if "crashed" in each]
    assert json.loads(json.dumps(fleet.as_dict(), allow_nan=False))["version"] == 1


SERVICE = """
resource "aws_ecs_service" "s" {
  count                              = 1
  task_definition                    = aws_ecs_task_definition.a.arn
  desired_count                      = 2
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = 50
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 5
  load_balancer {
    container_name = "a"
    container_port = 80
  }
  capacity_provider_strategy {
    capacity_provider = "FARGATE_SPOT"
    weight            = 1
  }
}
resource "aws_appautoscaling_target" "t" {
  min_capacity       = 1
  max_capacity       = 4
  resource_id        = "service/c/${aws_ecs_service.s.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
}
"""
VALUES = [
    *("-1", "0", "1.5", "9" * 400, "9" * 5000, "null", "true", "[]", "{}", '"x"', '"nan"', "var.x", "1 / 0", "local.a"),
    *("[for i in range(3) : i]", 'file("x")', "aws_x.y.z", "1e400"),
]


def test_junk_in_a_service_of_terraform_crashes_nothing() -> None:
    resource = RESOURCE.replace('FUNCTION("PLACE")', '"nginx"')
    lines = SERVICE.splitlines()
    for number, line in enumerate(lines):
        name, equals, _ = line.partition(" = ")
        for step in range(3 if equals else 0):
            value = VALUES[(number + 7 * step) % len(VALUES)]
            changed = [*lines[:number], f"{name} = {value}", *lines[number + 1 :]]
            write({f"{number}-{step}/main.tf": resource + "\n".join(changed) + "\n"})
    report = api.check(".", isolated=True, jobs=1)
    assert report.failures == ()
    assert report.definitions > 30
    fleet = api.fleet(".", isolated=True, load={"agents": 100}, spare_tasks=3)
    assert not [each for each in fleet.failures if "crashed" in each]


def module(source: str) -> dict[str, Any]:
    return {"module": {"a": {"source": source}}}


def with_containers(function: str) -> dict[str, Any]:
    definition = {"family": "a", "cpu": 256, "memory": 512, "container_definitions": f"${{{function}}}"}
    return {"resource": {"aws_ecs_task_definition": {"a": definition}}}


NO_PATH = "\0"
HALF = "\ud800"
PATHS: dict[str, tuple[str, str | dict[str, Any]]] = {
    "a module": ("main.tf", f'module "a" {{\n  source = "./m{NO_PATH}"\n}}\n'),
    "a module of JSON": ("main.tf.json", module(f"./m{NO_PATH}")),
    "half a pair in a module": ("main.tf.json", module(f"./m{HALF}")),
    "Terragrunt": ("terragrunt.hcl", f'terraform {{\n  source = "./m{NO_PATH}"\n}}\n'),
    "a manifest": (
        ".terraform/modules/modules.json",
        {"Modules": [{"Key": "a", "Dir": HALF}, {"Key": "b", "Dir": NO_PATH}]},
    ),
    "file": ("main.tf.json", with_containers(f'file("{HALF}")')),
    "templatefile": ("main.tf.json", with_containers(f'templatefile("{HALF}", {{}})')),
    "fileexists": ("main.tf.json", with_containers(f'fileexists("{NO_PATH}{HALF}") ? "[]" : "[]"')),
    "a nested stack": (
        "stack.json",
        {"Resources": {"S": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": f"./t.json{HALF}"}}}},
    ),
    "an included file": (
        "include.json",
        {
            "Transform": {"Name": "AWS::Include", "Parameters": {"Location": f"x{HALF}"}},
            "Resources": {"T": {"Type": "AWS::ECS::TaskDefinition"}},
        },
    ),
}


@pytest.mark.parametrize("affected", [[], ["--affected", "m/main.tf", "t.json"]], ids=["all", "affected"])
@pytest.mark.parametrize("kind", PATHS)
def test_a_path_that_no_file_can_have_leads_nowhere(kind: str, affected: list[str]) -> None:
    name, content = PATHS[kind]
    caller = 'module "a" {\n  source = "example/web/aws"\n}\nmodule "b" {\n  source = "example/api/aws"\n}\n'
    template = {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": [], "Cpu": "256"}}
    write({"caller.tf": caller, "m/main.tf": RESOURCE.replace("FUNCTION", "upper").replace("64", "1024")})
    write({"t.json": {"Parameters": {"P": {"Type": "String"}}, "Resources": {"T": template}}, name: content})
    result = run("--output-format", "json", *affected)
    assert result.status == 1, result.stderr
    assert {"m/main.tf", "t.json"} <= {each["path"] for each in json.loads(result.stdout)["findings"]}


@pytest.mark.parametrize("option", ["--config", "--profile", "--var-file", "--baseline"])
def test_nobody_waits_for_a_pipe(option: str) -> None:
    write({"task.json": BROKEN})
    os.mkfifo("pipe")
    result = run(option, "pipe" if option != "--profile" else "./pipe")
    assert result.status == 2
    assert "pipe:1:1: can't be read: not a regular file" in result.stderr


def test_no_variable_of_the_environment_but_the_known_ones_changes_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a stranger's workflow step could set is not looked at: not even a profile or a file to read."""
    write({"task.json": BROKEN, "other.yaml": "ignore: [FIT101]\n"})
    expected = run("--output-format", "json")
    for name in ("CONFIG", "CHECK_CONFIG", "IGNORE", "CHECK_IGNORE", "PROFILE", "CHECK_EXIT_ZERO", "NO_IGNORES"):
        monkeypatch.setenv(f"TASKFIT_{name}", "other.yaml")
    assert run("--output-format", "json") == expected


def test_names_that_no_report_may_be_led_astray_by() -> None:
    names = [b"a\nb", b"::error::x", b"\xff\xfe", b"\xe2\x80\xaegpj", b"<img src=x onerror=alert(1)>", b"a](http:x)["]
    names += [
        b"=cmd|calc",
        b"##vso[task.x]",
        b"`x`|y",
        b"a\x1b[31m",
        b"]]>",
        b"%0a::error::",
        b"$(touch ran)",
        b"--x=y",
    ]
    for name in names:
        Path(os.fsdecode(name + b".json")).write_text(BROKEN, encoding="utf-8")
    for output_format in ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "html"):
        result = invoke("check", ".", "--quiet", "--output-format", output_format)
        assert result.status == 1, result.stderr
        for line in result.stdout.split("\n"):
            assert line.isprintable()
            assert "##vso[" not in line
            assert not line.startswith("::") or (
                output_format == "github" and line.startswith(("::error file=", "::notice title="))
            )
        assert "<img src=x" not in result.stdout or output_format not in ("html", "junit")
        assert result.stdout.encode("utf-8")
    assert not Path("ran").exists()


def test_no_name_of_a_definition_is_a_command_at_the_start_of_a_line() -> None:
    names = ["::error::x", "  ::stop-commands::y", "##vso[task.x]", "x\n::set-output name=a::b", "a\x1b[31m"]
    for number, name in enumerate(names):
        tags = [{"key": "taskfit:role", "value": "worker"}]
        write({f"{number}.json": task(app(name, image=name), family=name, cpu="1024", tags=tags)})
    for command in (
        *(
            ("fleet", ".", "--load", "agents=1", "--output-format", name)
            for name in ("text", "csv", "markdown", "html")
        ),
        ("fleet", ".", "--load", "agents=1", "--spare-tasks", "1"),
        ("profile", "new", "."),
        ("check", ".", "--statistics"),
    ):
        result = invoke(*command)
        assert result.stdout
        for line in result.both.replace("\r", "").split("\n"):
            assert line.isprintable()
            assert not line.lstrip().startswith("::"), (command, line)
            assert "##vso[" not in line


def test_every_test_that_the_page_names_is_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = re.findall(r"`(test_\w+)(?:::(\w+))?`", page)
    assert len(named) > 80
    for module, name in named:
        text = (ROOT / "tests" / f"{module}.py").read_text(encoding="utf-8")
        assert not name or f"def test_{name}(" in text, f"{module}::{name}"

"""The table of input formats: one that a test adds, Pulumi's JSON, and what is noted but not read."""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from typing import Any

import pytest
from conftest import run, write
from seeds import COMPOSE, ECS_PARAMS

import taskfit
from taskfit.definition import Unknown, known
from taskfit.finding import Severity
from taskfit.sources import formats, reader

TOML = """\
family = "web"
cpu = 256
memory = "4096"
requiresCompatibilities = ["FARGATE"]
networkMode = "awsvpc"
containerDefinitions = [{ name = "app", image = "nginx:1.27", memory = "512", memroy = 5 }]
"""


@pytest.mark.usefixtures("in_a_repository")
def test_a_format_is_a_module_and_a_row_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    row = formats.Format("TOML", "toml_format", lambda content, _: b"containerDefinitions = " in content)
    monkeypatch.setattr(formats, "FORMATS", (row, *formats.FORMATS))
    formats.formats_called.cache_clear()
    write({"task.toml": TOML})
    result = run("--output-format", "json", "task.toml")
    found = {item["code"]: item for item in json.loads(result.stdout)["findings"]}
    assert result.status == 1
    assert (found["FIT101"]["line"], found["FIT101"]["column"]) == (3, 10)
    assert found["FIT002"]["message"].endswith("The TOML tool rejects it.")
    assert "the TOML tool refuses it" in found["FIT003"]["message"]
    assert found["FIT003"]["pointer"] == "/containerDefinitions/0/memroy"


def test_each_row_names_a_module_with_one_signature() -> None:
    for each in formats.FORMATS:
        signature = inspect.signature(import_module(each.module).read)
        assert [parameter.annotation for parameter in signature.parameters.values()] == ["Input"]


PART: dict[str, Any] = {"containerDefinitions": [{"name": "app", "image": "nginx:1.27"}]}


def test_containers_alone_in_an_object_are_a_part_of_a_definition() -> None:
    """As a workflow lays over the definition that the infrastructure has."""
    ((reading,),) = reader.read(json.dumps(PART).encode(), {}).definitions
    assert reading.task.memory == Unknown("memory", "partial")
    assert taskfit.check(json.dumps(PART)).findings == ()


@pytest.mark.parametrize("field", ["cpu", "networkMode", "volumes"])
def test_containers_beside_fields_of_a_task_are_a_definition(field: str) -> None:
    found = taskfit.check(json.dumps(PART | {field: [] if field == "volumes" else "1024"})).findings
    [error] = [each for each in found if each.message == "The task definition has no `family`, which AWS requires."]
    assert (error.code, error.severity) == ("FIT002", "error")


def test_a_task_without_containers_may_get_them_when_it_is_registered() -> None:
    size = {"cpu": "256", "memory": "513"}
    task = {"family": "web", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", **size}
    found = {finding.code: finding for finding in taskfit.check(json.dumps(task)).findings}
    assert set(found) == {"FIT004", "FIT101"}
    assert found["FIT004"].severity == "note"
    assert found["FIT004"].message.startswith("The definition has no `containerDefinitions`, which AWS requires; not")


@pytest.mark.parametrize("written", ["container_definitions", "containers", "containerDefinition"])
def test_containers_under_another_name_are_an_error(written: str) -> None:
    task = {"family": "web", "requiresCompatibilities": ["EC2"], written: [{"name": "a", "image": "a:1", "memory": 9}]}
    assert "FIT002" in {finding.code for finding in taskfit.check(json.dumps(task)).findings}


SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
URN = "urn:pulumi:dev::shop::{}::{}"


def state(kind: str, name: str, inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"urn": URN.format(kind, name), "type": kind, "custom": True, "inputs": inputs, **more}


CONTAINERS = [{"name": "app", "image": "nginx:1.27", "environment": [{"name": "TOKEN", "value": "x"}], "memroy": 5}]
TASK = state(
    "aws:ecs/taskDefinition:TaskDefinition",
    "web",
    {
        "__defaults": [],
        "family": "web",
        "cpu": "256",
        "memory": "4096",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "executionRoleArn": SENTINEL,
        "taskRoleArn": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "AAA"},
        "runtimePlatform": {"cpuArchitecture": "ARM64"},
        "volumes": [{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}],
        "tags": {"Team": "web"},
        "containerDefinitions": json.dumps(CONTAINERS),
    },
    outputs={"arn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:3"},
)
SERVICE = state(
    "aws:ecs/service:Service",
    "web",
    {
        "name": "web",
        "taskDefinition": SENTINEL,
        "desiredCount": 3,
        "capacityProviderStrategies": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
        "deploymentMinimumHealthyPercent": 50,
        "deploymentCircuitBreaker": {"enable": True, "rollback": False},
        "loadBalancers": [{"containerName": "app", "containerPort": 80, "targetGroupArn": SENTINEL}],
        "networkConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": True},
    },
    propertyDependencies={"taskDefinition": [URN.format("aws:ecs/taskDefinition:TaskDefinition", "web")]},
)
TARGET = state(
    "aws:appautoscaling/target:Target", "web", {"resourceId": "service/main/web", "minCapacity": 2, "maxCapacity": 9}
)
POLICY = state(
    "aws:appautoscaling/policy:Policy",
    "web",
    {
        "resourceId": SENTINEL,
        "policyType": "TargetTrackingScaling",
        "targetTrackingScalingPolicyConfiguration": {
            "targetValue": 70,
            "predefinedMetricSpecification": {"predefinedMetricType": "ECSServiceAverageCPUUtilization"},
        },
    },
    propertyDependencies={"resourceId": [URN.format("aws:appautoscaling/target:Target", "web")]},
)
STATES = [TASK, SERVICE, TARGET, POLICY]
PREVIEW = {"config": {}, "steps": [{"op": "create", "urn": each["urn"], "newState": each} for each in STATES]}
STACK = {"version": 3, "deployment": {"manifest": {}, "resources": STATES}}


@pytest.mark.parametrize("data", [PREVIEW, STACK], ids=["preview", "stack"])
def test_pulumi(data: dict[str, Any]) -> None:
    text = json.dumps(data, indent=2)
    document = reader.read(text.encode(), {})
    [[reading]] = document.definitions
    task = reading.task
    assert (task.name, task.cpu, task.memory, task.dialect.name) == ("web", "256", "4096", "pulumi")
    assert isinstance(task.data["executionRoleArn"], Unknown)
    assert isinstance(task.data["taskRoleArn"], Unknown)
    assert task.data["runtimePlatform"] == {"cpuArchitecture": "ARM64"}
    assert task.data["volumes"] == [{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]
    assert task.data["tags"] == [{"key": "Team", "value": "web"}]
    assert task.containers[0].name == "app"
    span = reading.locate("/containerDefinitions/0/memroy", True)
    assert text.splitlines()[span.line - 1][span.column - 1 : span.end_column - 1].strip('\\"') == "memroy"

    [service] = task.services
    assert (service.name, service.desired_count, service.launch_types) == ("web", 3, ("FARGATE_SPOT",))
    assert (service.min_capacity, service.max_capacity) == (2, 9)
    assert (service.minimum_healthy_percent, service.circuit_breaker, service.rolls_back) == (50, True, False)
    assert (service.load_balancers[0].container_port, service.subnets) == (80, ("subnet-1",))
    assert [(policy.metric, policy.target) for policy in service.scaling_policies] == [
        ("ECSServiceAverageCPUUtilization", 70)
    ]
    place = reading.place("/services/0/scalableTarget/maxCapacity", on_key=False).span
    assert text.splitlines()[place.line - 1][place.column - 1 : place.end_column - 1] == "9"


def test_pulumi_resources_that_go_are_no_definitions() -> None:
    steps = [{"op": "delete", "urn": TASK["urn"], "newState": TASK}]
    assert not reader.read(json.dumps({"steps": steps}).encode(), {}).definitions
    resources = [{**TASK, "delete": True}, TASK]
    document = reader.read(json.dumps({"deployment": {"resources": resources}}).encode(), {})
    assert len(document.definitions) == 1


def test_a_service_of_pulumi_by_the_arn_of_its_definition() -> None:
    service = {**SERVICE, "propertyDependencies": {}}
    service["inputs"] = {**SERVICE["inputs"], "taskDefinition": TASK["outputs"]["arn"]}
    other = {**SERVICE, "propertyDependencies": {}, "urn": "urn:other"}
    stack = {"deployment": {"resources": [TASK, service, other]}}
    [[reading]] = reader.read(json.dumps(stack).encode(), {}).definitions
    assert [each.desired_count for each in reading.task.services] == [3]


def test_the_native_provider_of_pulumi() -> None:
    inputs = {"cpu": "256", "memory": "512", "containerDefinitions": [{"name": "app", "image": SENTINEL}]}
    steps = [{"op": "create", "newState": state("aws-native:ecs:TaskDefinition", "web", inputs)}]
    document = reader.read(json.dumps({"steps": steps}).encode(), {})
    [[reading]] = document.definitions
    assert (reading.task.name, reading.task.cpu) == ("web", "256")
    assert known(reading.task.containers[0].image) is None


@pytest.mark.usefixtures("in_a_repository")
def test_what_pulumi_plans_is_checked() -> None:
    write({"preview.json": json.dumps(PREVIEW, indent=2)})
    found = {item["code"]: item for item in json.loads(run("--output-format", "json").stdout)["findings"]}
    assert found["FIT101"]["definition"] == "web"
    assert "Pulumi ignores it" in found["FIT003"]["message"]


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        (COMPOSE, "Docker's integration with ECS", 1),
        (ECS_PARAMS, "the Amazon ECS CLI", 2),
        (
            "version: 1\ntask_definition:\n  services:\n    web:\n      cpu_shares: 100\n      mem_limit: 524288000\n",
            "the Amazon ECS CLI",
            2,
        ),
    ],
)
def test_docker_compose_for_ecs_is_noted(text: str, words: str, line: int) -> None:
    document = reader.read(text.encode(), {})
    [fault] = document.faults
    assert (fault.severity, fault.span.line, words in fault.message) == (Severity.NOTE, line, True)


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  web: {image: nginx}\n",
        "paths:\n  /a:\n    x-aws-header: a\n",
        "task_definition: web.json\ntask_size: 3\n",
    ],
)
def test_other_yaml_is_not_noted(text: str) -> None:
    document = reader.read(text.encode(), {})
    assert not document.definitions
    assert not document.faults


@pytest.mark.parametrize(
    "key", [r"containerDefi\u006eitions", r"\u0063ontainerDefinitions", r"container\u0044efinitions"]
)
def test_an_escaped_key_hides_no_definition(key: str) -> None:
    text = '{"family": "web", "KEY": [{"name": "app"}]}'.replace("KEY", key)
    document = reader.read(text.encode(), {})
    assert [reading.task.containers[0].name for [reading] in document.definitions] == ["app"]

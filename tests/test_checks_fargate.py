"""Fargate's table and restrictions hold for every size and every launch type, and unknown values are never errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfit.checks import deprecations, fargate, fargate_fields, fargate_size
from taskfit.checks.context import Case
from taskfit.definition import JSON, Partial, Service, TaskDefinition, Unknown
from taskfit.engine.conditions import Checks
from taskfit.finding import Problem, Severity
from taskfit.policy import bundled
from taskfit.policy.task_fields import task_definition_schema
from taskfit.sizing.facts import Policy
from taskfit.sizing.prices import Pricing
from taskfit.sources.cloudformation.reader import DIALECT as CLOUDFORMATION
from taskfit.sources.plain import YAML
from taskfit.sources.terraform.resource import DIALECT as TERRAFORM

Check = Callable[[Case], Iterator[Problem]]

CHECKS: tuple[Check, ...] = (
    fargate_size.size,
    fargate_size.size_missing,
    fargate_size.unusual_unit,
    fargate.execution_role,
    fargate.ephemeral_storage,
    fargate_fields.unsupported_field,
    deprecations.retired_part,
)

#: AWS's table of June 2026, MiB by CPU units, written out apart from the one that taskfit ships.
SIZES = {
    256: {512, 1024, 2048},
    512: set(range(1024, 4096 + 1, 1024)),
    1024: set(range(2048, 8192 + 1, 1024)),
    2048: set(range(4096, 16384 + 1, 1024)),
    4096: set(range(8192, 30720 + 1, 1024)),
    8192: set(range(16384, 61440 + 1, 4096)),
    16384: set(range(32768, 122880 + 1, 8192)),
    32768: {61440, 122880, 249856},
}


POLICY = Policy(
    (bundled.profiles()["mistersmith"],),
    bundled.fargate(),
    bundled.sidecars(),
    lambda: Pricing(bundled.prices()),
    bundled.aws(),
    bundled.instances,
    bundled.runtimes(),
    profile_is_chosen=False,
)


def case(data: dict[str, Any], launch_type: str | None = None, **options: Any) -> Case:
    return Case(TaskDefinition(data, **options), POLICY._replace(launch_type=launch_type))


def on_fargate(**fields: Any) -> Case:
    app = {"name": "app", "image": "nginx:1.27"}
    data = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512"}
    return case({**data, "containerDefinitions": [app], **fields})


def with_container(**fields: Any) -> Case:
    return on_fargate(containerDefinitions=[{"name": "app", "image": "nginx:1.27", **fields}])


@given(
    cpu=st.sampled_from([0, 128, 1000, *SIZES, 65536]),
    memory=st.sampled_from(
        sorted({0, 300, 25600} | {mib + odd for mibs in SIZES.values() for mib in mibs for odd in (0, 1)})
    ),
    windows=st.booleans(),
)
def test_a_size_is_reported_if_and_only_if_aws_does_not_list_it(cpu: int, memory: int, windows: bool) -> None:
    platform = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" if windows else "LINUX"}
    listed = memory in SIZES.get(cpu, ()) and (not windows or 1024 <= cpu <= 4096)
    problems = list(fargate_size.size(on_fargate(cpu=str(cpu), memory=str(memory), runtimePlatform=platform)))
    assert bool(problems) is not listed
    for problem in problems:
        assert problem.data is not None
        assert all(size["memory"] in SIZES[size["cpu"]] for size in problem.data["nearest"])
        assert all(not windows or 1024 <= size["cpu"] <= 4096 for size in problem.data["nearest"])


def test_a_wrong_pair_names_the_rule_and_both_neighbours() -> None:
    [problem] = fargate_size.size(on_fargate(cpu="8 vCPU", memory="25 GB"))
    assert problem.pointer == "/memory"
    assert "8192 CPU units go with 16384 to 61440 MiB in steps of 4096" in problem.message
    assert "No Fargate configuration exists for given values: 8192 CPU, 25600 memory." in problem.message
    assert "8192 CPU units with 24576 MiB" in problem.help
    assert "8192 CPU units with 28672 MiB" in problem.help
    assert [pointer for pointer, _ in problem.related] == ["/cpu"]
    assert problem.data is not None
    assert problem.data["have"] == {"cpu": 8192, "memory": 25600}
    smaller, larger = problem.data["nearest"]
    assert 0 < smaller["monthly_usd"] < larger["monthly_usd"]


@pytest.mark.parametrize(
    ("cpu", "memory", "pointer", "hint"),
    [
        ("1000", Unknown("${MEMORY}"), "/cpu", "512 and 1024 CPU units"),
        ("65536", Unknown("${MEMORY}"), "/cpu", "32768"),
        (Unknown("${CPU}"), "300", "/memory", "512"),
        (Unknown("${CPU}"), "31000", "/memory", "30720 and 32768"),
    ],
)
def test_half_a_size_is_enough_to_be_wrong(cpu: Any, memory: Any, pointer: str, hint: str) -> None:
    [problem] = fargate_size.size(on_fargate(cpu=cpu, memory=memory))
    assert problem.pointer == pointer
    assert hint in problem.help


@pytest.mark.parametrize(
    ("cpu", "memory"), [("256", Unknown("M")), (Unknown("C"), "512"), (Unknown("C"), Unknown("M"))]
)
def test_half_a_size_may_be_right(cpu: Any, memory: Any) -> None:
    assert not list(fargate_size.size(on_fargate(cpu=cpu, memory=memory)))


def test_a_cpu_that_no_size_has_names_sizes_on_both_sides() -> None:
    [problem] = fargate_size.size(on_fargate(cpu="1000", memory="8192"))
    assert problem.help == "The nearest sizes are 512 CPU units with 4096 MiB and 1024 CPU units with 8192 MiB."


def test_an_unknown_platform_may_be_linux() -> None:
    assert not list(fargate_size.size(on_fargate(runtimePlatform=Unknown("${PLATFORM}"))))


@pytest.mark.parametrize(
    ("data", "options", "applies"),
    [
        ({"requiresCompatibilities": ["EC2", "FARGATE"]}, {}, True),
        ({"requiresCompatibilities": ["EC2"]}, {"launch_type": "FARGATE"}, False),
        ({"requiresCompatibilities": ["FARGATE", Unknown("X")]}, {}, False),
        ({"requiresCompatibilities": Unknown("${TYPES}")}, {"launch_type": "FARGATE"}, False),
        ({"compatibilities": ["FARGATE"]}, {}, False),
        ({}, {"launch_type": "FARGATE"}, True),
        ({}, {"services": (Service({"launchType": "FARGATE"}),)}, True),
        ({"requiresCompatibilities": []}, {"launch_type": "EXTERNAL"}, False),
    ],
)
def test_the_rules_apply_where_fargate_is_certain(data: dict[str, Any], options: dict[str, Any], applies: bool) -> None:
    broken = {"cpu": "100", "memory": "100", "ipcMode": "host", "containerDefinitions": []}
    checks = Checks(rule for rule in bundled.rules() if rule.code in ("FIT101", "FIT102", "FIT104", "FIT105"))
    failures: list[str] = []
    found = {problem.pointer for _, problem in checks.problems(case({**broken, **data}, **options), "", failures)}
    assert not failures
    assert found == ({"/cpu", "/ipcMode"} if applies else set())


def test_aws_is_quoted_only_where_it_holds_the_definition_against_fargate() -> None:
    data = {"ipcMode": "host", "containerDefinitions": []}
    [declared] = fargate_fields.unsupported_field(case({"requiresCompatibilities": ["FARGATE"], **data}))
    [assumed] = fargate_fields.unsupported_field(case(data, launch_type="FARGATE"))
    assert "AWS answers: Fargate compatible task definitions do not support ipcMode." in declared.message
    assert "AWS answers" not in assumed.message


def test_a_missing_size_is_advised_from_what_the_containers_declare() -> None:
    containers = [
        {"name": "app", "cpu": 700, "memory": 2000, "memoryReservation": 100},
        {"name": "router", "cpu": 100, "memoryReservation": 500},
    ]
    data = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "containerDefinitions": containers}
    [problem] = fargate_size.size_missing(case(data))
    assert '"cpu": "1024", "memory": "3072"' in problem.help
    [problem] = fargate_size.size_missing(case({**data, "containerDefinitions": [*containers, Unknown("${MORE}")]}))
    assert "3072" not in problem.help


def test_a_definition_that_is_seen_in_part_lacks_nothing() -> None:
    app = Partial(name="app", image="111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1")
    data = Partial(requiresCompatibilities=["FARGATE"], containerDefinitions=[app])
    assert not [problem for check in CHECKS for problem in check(case(data))]


@pytest.mark.parametrize(
    "fields",
    [
        {"image": "111122223333.dkr.ecr.us-gov-west-1.amazonaws.com/app@sha256:0"},
        {"image": "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/app"},
        {"image": "111122223333.dkr-ecr.eu-west-1.on.aws/app:1"},
        {"repositoryCredentials": {"credentialsParameter": "arn:aws:secretsmanager:us-east-1:111122223333:secret:x"}},
        {
            "logConfiguration": {
                "logDriver": "splunk",
                "secretOptions": [{"name": "splunk-token", "valueFrom": "token"}],
            }
        },
    ],
)
def test_what_needs_an_execution_role(fields: dict[str, Any]) -> None:
    without = with_container(**fields)
    [problem] = fargate.execution_role(without)
    assert [pointer.startswith("/containerDefinitions/0/") for pointer, _ in problem.related] == [True]
    assert not list(fargate.execution_role(case({**without.task.data, "executionRoleArn": Unknown("${ROLE}")})))


@pytest.mark.parametrize(
    "fields",
    [
        {"image": "public.ecr.aws/docker/library/nginx:1.27"},
        {"image": Unknown("${IMAGE}")},
        {"secrets": Unknown("${SECRETS}")},
        {"secrets": [Unknown("${SECRET}")]},
        {"logConfiguration": {"logDriver": Unknown("${DRIVER}")}},
        {"logConfiguration": {"logDriver": "splunk"}},
    ],
)
def test_what_may_do_without_an_execution_role(fields: dict[str, Any]) -> None:
    assert not list(fargate.execution_role(with_container(**fields)))


def test_the_execution_role_is_one_problem_with_every_reason() -> None:
    log = {"logDriver": "awslogs"}
    secrets = [{"name": "A", "valueFrom": "a"}]
    containers = [{"name": "a", "logConfiguration": log}, {"name": "b", "logConfiguration": log, "secrets": secrets}]
    [problem] = fargate.execution_role(on_fargate(containerDefinitions=containers))
    assert "needs one to log with awslogs and to fetch secrets." in problem.message
    assert "to support log driver awslogs." in problem.message
    assert len(problem.related) == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"privileged": False},
        {"privileged": Unknown("${PRIVILEGED}")},
        {"links": [Unknown("${LINK}")]},
        {"linuxParameters": {"devices": Unknown("${DEVICES}"), "capabilities": {"add": [Unknown("${CAPABILITY}")]}}},
        {"linuxParameters": {"tmpfs": [{"containerPath": "/tmp", "size": 8}], "maxSwap": 0, "sharedMemorySize": 0}},
        {"ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 1}]},
        {"resourceRequirements": [{"type": Unknown("${TYPE}")}]},
        {"stopTimeout": 120},
    ],
)
def test_what_fargate_supports_or_nobody_knows(fields: dict[str, Any]) -> None:
    assert not list(fargate_fields.unsupported_field(with_container(**fields)))


@pytest.mark.parametrize(
    ("fields", "is_removed"),
    [
        ({"privileged": True}, False),
        ({"linuxParameters": {"sharedMemorySize": 64}}, False),
        ({"linuxParameters": {"maxSwap": 64}}, True),
    ],
)
def test_only_what_has_no_meaning_on_fargate_is_removed_by_a_fix(fields: dict[str, Any], *, is_removed: bool) -> None:
    [problem] = fargate_fields.unsupported_field(with_container(**fields))
    assert (problem.proposal is not None) is is_removed


def test_what_windows_lacks_is_a_warning_and_linux_has_it() -> None:
    volumes = [{"name": "files", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]
    app = {
        "name": "app",
        "memoryReservation": 100,
        "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::b/x.env"}],
    }
    linux = on_fargate(volumes=volumes, containerDefinitions=[app])
    windows = case({**linux.task.data, "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2025_CORE"}})
    assert not list(fargate_fields.unsupported_field(linux))
    found = {problem.pointer: problem.severity for problem in fargate_fields.unsupported_field(windows)}
    assert found == {
        "/volumes/0/efsVolumeConfiguration": Severity.WARNING,
        "/containerDefinitions/0/environmentFiles": Severity.WARNING,
        "/containerDefinitions/0/memoryReservation": Severity.WARNING,
    }


@pytest.mark.parametrize(
    ("dialect", "cpu", "reported"),
    [
        (JSON, "1 vCPU", False),
        (JSON, "0.5 vCPU", True),
        (JSON, 1024, True),
        (YAML, 1024, False),
        (CLOUDFORMATION, 1024, False),
        (CLOUDFORMATION, ".5vcpu", False),
        (TERRAFORM, 1024, False),
        (TERRAFORM, "1024", False),
        (TERRAFORM, "1 vCPU", True),
        (JSON, Unknown("${CPU}"), False),
        (JSON, "lots", False),
    ],
)
def test_the_spelling_of_a_size(dialect: Any, cpu: Any, reported: bool) -> None:
    problems = list(fargate_size.unusual_unit(case({"cpu": cpu}, dialect=dialect)))
    assert [problem.pointer for problem in problems] == (["/cpu"] if reported else [])


@pytest.mark.parametrize(
    ("gib", "reported"), [(20, True), (21, False), (200, False), (201, True), (Unknown("X"), False)]
)
def test_the_range_of_ephemeral_storage(gib: Any, reported: bool) -> None:
    assert bool(list(fargate.ephemeral_storage(on_fargate(ephemeralStorage={"sizeInGiB": gib})))) is reported


def test_retired_parts_are_known_by_repository_and_reported_once() -> None:
    mesh = {"type": "APPMESH", "containerName": "envoy"}
    image = Unknown("840364872350.dkr.ecr.${AWS::Region}.amazonaws.com/aws-appmesh-envoy:${TAG}", "reference")
    other = {"name": "other", "image": "example/aws-xray-daemon-dashboard:1"}
    data = {"proxyConfiguration": mesh, "containerDefinitions": [other, {"name": "envoy", "image": image}]}
    [problem] = deprecations.retired_part(case(data))
    assert problem.pointer == "/proxyConfiguration"
    assert [pointer for pointer, _ in problem.related] == ["/containerDefinitions/1/image"]


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just(Unknown("${X}")) | st.floats(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
document = task_definition_schema().document
task_fields = st.sampled_from(sorted(document["properties"]))
container_fields = st.sampled_from(sorted(document["$defs"]["ContainerDefinition"]["properties"]))


@given(
    task=st.dictionaries(task_fields, junk), container=st.dictionaries(container_fields, junk), windows=st.booleans()
)
def test_no_value_crashes_a_check(task: dict[str, Any], container: dict[str, Any], windows: bool) -> None:
    platform = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"} if windows else {}
    data = {"requiresCompatibilities": ["FARGATE"], "containerDefinitions": [container], "runtimePlatform": platform}
    for check in CHECKS:
        list(check(case({**data, **task})))

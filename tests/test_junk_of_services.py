"""No rule crashes on services, measurements and runtimes of junk."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from test_junk import JUNK, PLACES, checks, definition, places, run, with_junk

from taskfit.checks.context import Case, Deployed
from taskfit.config.settings import Configuration
from taskfit.definition import Service, TaskDefinition
from taskfit.engine.conditions import Checks
from taskfit.preparation import prepare
from taskfit.sizing.observed import ServiceUse, Use

TRACKING = {
    "predefinedMetricSpecification": {"predefinedMetricType": "ALBRequestCountPerTarget"},
    "customizedMetricSpecification": {"metricName": "x", "dimensions": [{"name": "x", "value": "x"}]},
    "targetValue": 80.0,
    "scaleInCooldown": 10,
    "scaleOutCooldown": 10,
    "disableScaleIn": False,
}
SERVICE = {
    "serviceName": "web",
    "launchType": "FARGATE",
    "platformVersion": "1.3.0",
    "schedulingStrategy": "REPLICA",
    "desiredCount": 4,
    "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 1}],
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}},
    "loadBalancers": [{"containerName": "x", "containerPort": 1, "targetGroup": {"deregistrationDelay": 300}}],
    "healthCheckGracePeriodSeconds": 10,
    "deploymentController": {"type": "ECS"},
    "deploymentConfiguration": {
        "strategy": "ROLLING",
        "minimumHealthyPercent": 100,
        "maximumPercent": 100,
        "deploymentCircuitBreaker": {"enable": True, "rollback": False},
    },
    "serviceConnectConfiguration": {"enabled": True, "services": [{"portName": "x", "clientAliases": [{"port": 1}]}]},
    "scalableTarget": {"minCapacity": 1, "maxCapacity": 4},
    "scalingPolicies": [
        {"policyType": "TargetTrackingScaling", "targetTrackingScalingPolicyConfiguration": TRACKING},
        {"policyType": "StepScaling", "stepScalingPolicyConfiguration": {"cooldown": 10}},
    ],
    "instanceTypes": ["m7g.large"],
}
"""A service with every field that a rule reads."""

SERVICE_PLACES = tuple(places(SERVICE))


def crashes(task: TaskDefinition, deployed: Deployed | None = None, rules: Checks | None = None) -> list[str]:
    failures: list[str] = []
    policy = run().policy._replace(profile_is_chosen=True)
    problems = list((rules or checks(with_schema=False)).problems(Case(task, policy, deployed=deployed), "", failures))
    assert all(problem.message for _, problem, *_ in problems)
    return failures


def task(*services: Any) -> TaskDefinition:
    return TaskDefinition(definition(), services=tuple(Service(data, index) for index, data in enumerate(services)))


def with_junk_in_a_service(path: tuple[str | int, ...], junk: Any) -> Any:
    data = copy.deepcopy(SERVICE)
    *outer, last = path
    owner: Any = data
    for step in outer:
        owner = owner[step]
    owner[last] = copy.deepcopy(junk)
    return data


@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: repr(junk)[:30].encode("ascii", "replace").decode())
def test_no_rule_crashes_on_junk_in_a_service(junk: Any) -> None:
    services = [with_junk_in_a_service(path, junk) for path in SERVICE_PLACES]
    assert crashes(task(*services)) == []


@settings(max_examples=100)
@given(st.sampled_from(PLACES), st.sampled_from(SERVICE_PLACES), st.sampled_from(JUNK), st.sampled_from(JUNK))
def test_no_rule_crashes_on_junk_in_a_definition_and_its_service(
    inside: tuple[str | int, ...], path: tuple[str | int, ...], junk: Any, other: Any
) -> None:
    data = with_junk((inside,), junk)
    assert crashes(TaskDefinition(data, services=(Service(with_junk_in_a_service(path, other)),))) == []


SHARES = st.none() | st.sampled_from((0.0, 1e-12, 0.2, 0.5, 0.999, 1.0, 1.5, 1e12))
USES = st.builds(
    Use,
    cpu_average=SHARES,
    cpu_maximum=SHARES,
    memory_average=SHARES,
    memory_maximum=SHARES,
    days=st.sampled_from((0.0, 0.5, 1.0, 14.0, 1e6)),
    source=st.just("CloudWatch"),
    cpu_p50=SHARES,
    cpu_p95=SHARES,
    memory_p50=SHARES,
    memory_p95=SHARES,
)
SERVICES = st.builds(
    ServiceUse,
    service=st.sampled_from(("prod/web", "", "/", "\u202e/\ud83d")),
    desired=st.sampled_from((0, 1, 3, 10**9)),
    use=st.none() | USES,
    on_spot=st.booleans(),
)


@settings(max_examples=150)
@given(st.lists(SERVICES, max_size=2), st.sampled_from((*PLACES, None)), st.sampled_from(JUNK))
def test_no_rule_crashes_on_any_measurement(
    services: list[ServiceUse], path: tuple[str | int, ...] | None, junk: Any
) -> None:
    data = with_junk((path,), junk) if path else definition()
    assert crashes(TaskDefinition(data), Deployed(tuple(services))) == []


PROFILES = sorted((ROOT / "examples" / "profiles").glob("*.yaml"))
WORDS = ("", "0", "-1", "4", "4:", ":4", "4:4:4", "4,4", "9" * 4000, "²", "1e400", "-Xmx", "-Xmx0", "-Xmx9e9g", "${X}")


@cache
def prepared(profile: str) -> Any:
    return prepare(Configuration().with_options({"profile": profile}))


@settings(max_examples=100)
@given(
    st.sampled_from([str(path) for path in PROFILES]),
    st.sampled_from(("gunicorn", "celery", "puma", "java", "uvicorn", "node", "agent")),
    st.lists(
        st.sampled_from((*WORDS, "-w", "--workers", "--workers=", "-c", "--concurrency", "-t", "--threads", "-Xmx1g")),
        max_size=5,
    ),
    st.dictionaries(
        st.sampled_from(("WEB_CONCURRENCY", "CELERY_CONCURRENCY", "JAVA_OPTS", "JAVA_TOOL_OPTIONS", "MAX_AGENTS")),
        st.sampled_from(WORDS),
        max_size=3,
    ),
)
def test_no_rule_crashes_on_any_command_of_a_runtime(
    profile: str, program: str, arguments: list[str], variables: dict[str, str]
) -> None:
    ready = prepared(profile)
    environment = [{"name": name, "value": value} for name, value in variables.items()]
    container = {"name": "app", "image": program, "command": [program, *arguments], "environment": environment}
    data = {"family": "app", "cpu": "256", "memory": "512", "containerDefinitions": [container]}
    failures: list[str] = []
    list(Checks(ready.rules).problems(Case(TaskDefinition(data), ready.policy), "", failures))
    assert failures == []

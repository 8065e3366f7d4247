"""Answers of Application Auto Scaling reach the rules and the rows; what was not requested stays unknown."""

from __future__ import annotations

from typing import Any

import pytest
from test_audit import ACCOUNT, PLACE, REGION, audit, described, file, only, service

from taskfit.auditing.inventory import Scaling
from taskfit.sources.files import File

WORKER: dict[str, Any] = {
    "cpu": "2048",
    "memory": "8192",
    "containerDefinitions": [
        {
            "name": "worker",
            "image": "mistersmith/worker:1.0",
            "essential": True,
            "environment": [{"name": "MAX_AGENTS", "value": "9"}],
        }
    ],
}


def target(name: str = "web", least: int = 2, most: int = 10, **given: Any) -> dict[str, Any]:
    plain = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/prod/{name}",
        "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": least,
        "MaxCapacity": most,
        "RoleARN": "arn:aws:iam::000000000000:role/not-the-place",
        "ScalableTargetARN": f"arn:aws:application-autoscaling:{REGION}:{ACCOUNT}:scalable-target/{name}",
    }
    return {**plain, **given}


def policy(
    name: str = "web", percent: float = 99, metric: str = "ECSServiceAverageCPUUtilization", **given: Any
) -> dict[str, Any]:
    plain = {
        "PolicyARN": f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:scalingPolicy:1:resource/ecs/service/prod/{name}:policyName/p",
        "PolicyName": metric,
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/prod/{name}",
        "ScalableDimension": "ecs:service:DesiredCount",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": percent,
            "PredefinedMetricSpecification": {"PredefinedMetricType": metric},
        },
    }
    return {**plain, **given}


def answers(*some: dict[str, Any], complete: bool = True) -> File:
    """What `--save` stores of a region."""
    targets = [each for each in some if "MinCapacity" in each]
    policies = [each for each in some if "PolicyName" in each]
    plain = [{"ScalableTargets": targets}, {"ScalingPolicies": policies}]
    return file(f"{PLACE}/scaling.json", *({**each, "complete": True} if complete else each for each in plain))


def found(*files: File, services: tuple[str, ...] = ("web",), **given: Any) -> dict[tuple[str, str], str]:
    """The findings on scaling, by code and service."""
    running = [service(name, **given) for name in services]
    inventory = audit(file("d.json", described(**WORKER)), file("s.json", {"services": running}), *files)
    assert inventory.report.failures == ()
    return {
        (finding.code, finding.subject): finding.message
        for finding in inventory.report.findings
        if finding.code.startswith("FIT90")
    }


def test_a_target_that_leaves_no_room_is_reported_with_its_service() -> None:
    messages = found(
        answers(target("web"), policy("web", 98), target("api"), policy("api", 70)), services=("api", "web")
    )
    assert [key for key in messages if key[0] == "FIT901"] == [("FIT901", "prod/web")]
    assert messages["FIT901", "prod/web"].startswith("prod/web: Scaling keeps the average CPU use at 98%")


def test_a_finding_on_scaling_is_in_the_row_of_its_service_alone() -> None:
    services = {"services": [service("api"), service("web")]}
    scaling = answers(target("web"), policy("web"), target("api"), policy("api", 70))
    rows = audit(file("d.json", described(**WORKER)), file("s.json", services), scaling).services
    codes = {row.name: [each.code for each in row.findings if each.code == "FIT901"] for row in rows}
    assert codes == {"api": [], "web": ["FIT901"]}


def test_rows_have_the_bounds_and_the_targets() -> None:
    memory = policy("web", 80, "ECSServiceAverageMemoryUtilization")
    requests = policy("web", 1000, "ALBRequestCountPerTarget")
    scaling = answers(target("web"), policy("web", 70), memory, requests)
    row = only(audit(file("d.json", described()), file("s.json", {"services": [service()]}), scaling))
    assert row.scaling == Scaling(2, 10, cpu_target=70, memory_target=80, requests_target=1000)


@pytest.mark.parametrize(
    ("files", "is_reported"),
    [
        ((answers(),), True),
        ((answers(target("other"), policy("other")),), True),
        ((), False),
        ((answers(target("other"), policy("other"), complete=False),), False),
        ((file("123456789012/eu-west-1/a.json", {"ScalableTargets": [], "complete": True}),), False),
        ((answers(target("web")),), False),
    ],
    ids=["none in the region", "only of another", "not asked for", "a part", "another account", "it scales"],
)
def test_no_scaling_is_only_reported_if_it_is_certain(files: tuple[File, ...], is_reported: bool) -> None:
    inventory = audit(
        file("d.json", described(**WORKER)), file("s.json", {"services": [service()]}), *files, profile="mistersmith"
    )
    codes = {finding.code for finding in inventory.report.findings}
    assert ("FIT905" in codes) is is_reported


def test_policies_that_are_suspended_are_not_judged() -> None:
    suspended = target("web", SuspendedState={"DynamicScalingOutSuspended": True, "ScheduledScalingSuspended": False})
    assert found(answers(suspended, policy("web"))) == {}
    assert found(answers(target("web", SuspendedState={"DynamicScalingOutSuspended": False}), policy("web"))) != {}


def test_the_count_that_scaling_has_set_is_not_reported() -> None:
    assert found(answers(target("web", most=10)), desiredCount=12) == {}


def test_the_scaling_of_a_table_is_not_that_of_a_service() -> None:
    table = target("web", ScalableDimension="dynamodb:table:ReadCapacityUnits", ResourceId="table/orders")
    assert found(answers(table, target("web"))) == {}


def test_what_is_not_as_aws_answers_is_reported_and_hides_nothing() -> None:
    broken = target("web", MinCapacity="two")
    inventory = audit(
        file("d.json", described()), file("s.json", {"services": [service()]}), answers(broken, policy("web"))
    )
    assert len(inventory.report.failures) == 1
    assert "'two' is not a number of tasks" in inventory.report.failures[0]
    assert "FIT901" in {finding.code for finding in inventory.report.findings}

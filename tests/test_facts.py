"""What is known of a definition before anything is checked: where it runs, on what, and what that costs."""

from __future__ import annotations

from typing import Any

import pytest
from test_assessment import OTEL, POLICY, profile
from test_prices import LIST

from taskfit.definition import Service, TaskDefinition, Unknown
from taskfit.sizing.facts import Facts, Policy
from taskfit.sizing.prices import Pricing

UNKNOWN = Unknown("${X}")


def facts(policy: Policy = POLICY, **fields: Any) -> Facts:
    return Facts(TaskDefinition({"family": "web", "cpu": "1024", "memory": "1024", **fields}), policy)


def test_the_first_profile_speaks_of_definitions_without_a_role() -> None:
    first, second = profile(), profile()
    assert POLICY._replace(profiles=(first, second)).profile is first
    none = POLICY._replace(profiles=()).profile
    assert (none.title, dict(none.roles), none.cpu.target) == ("no profile: the usual targets", {}, 0.7)


@pytest.mark.parametrize(
    ("platform", "on_windows", "on_arm"),
    [
        (None, False, False),
        (UNKNOWN, None, None),
        ("X86_64", False, False),  # of no meaning, which is reported elsewhere
        ({}, False, False),
        ({"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"}, False, False),
        ({"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, True, False),
        ({"operatingSystemFamily": "windows_server_2022_core"}, True, False),
        ({"cpuArchitecture": "ARM64"}, False, True),
        ({"operatingSystemFamily": UNKNOWN, "cpuArchitecture": UNKNOWN}, None, None),
    ],
)
def test_a_platform_that_is_unknown_is_neither_one_nor_the_other(
    platform: Any, *, on_windows: bool | None, on_arm: bool | None
) -> None:
    found = facts(runtimePlatform=platform)
    assert (found.on_windows, found.on_arm) == (on_windows, on_arm)


@pytest.mark.parametrize(
    ("declared", "assumed", "launch_types"),
    [
        (None, None, set()),
        (None, "FARGATE", {"FARGATE"}),
        (["EC2"], "FARGATE", {"EC2"}),
        (["EC2", "FARGATE"], None, {"EC2", "FARGATE"}),
        (UNKNOWN, "FARGATE", set()),
    ],
)
def test_what_is_declared_counts_before_what_is_assumed(
    declared: Any, assumed: str | None, launch_types: set[str]
) -> None:
    found = facts(POLICY._replace(launch_type=assumed), requiresCompatibilities=declared)
    assert found.launch_types == launch_types
    assert found.on_fargate == ("FARGATE" in launch_types)
    assert found.may_run_on_fargate == (not launch_types or "FARGATE" in launch_types)
    assert not found.is_on_spot


@pytest.mark.parametrize(
    ("services", "may_run"),
    [
        ([], True),
        (["FARGATE"], True),
        (["EC2"], False),
        (["EC2", "EXTERNAL"], False),
        (["EC2", "FARGATE"], True),
        (["EC2", None], True),
    ],
)
def test_fargate_has_no_price_of_tasks_that_all_run_elsewhere(services: list[Any], *, may_run: bool) -> None:
    data = {"family": "web", "requiresCompatibilities": ["EC2", "FARGATE"]}
    running = tuple(Service({"launchType": each}, index) for index, each in enumerate(services))
    assert Facts(TaskDefinition(data, services=running), POLICY).may_run_on_fargate is may_run


@pytest.mark.parametrize(
    ("providers", "launch_types", "is_on_spot"),
    [
        (["FARGATE_SPOT"], {"FARGATE"}, True),
        (["FARGATE_SPOT", "FARGATE"], {"FARGATE"}, False),
        (["FARGATE"], {"FARGATE"}, False),
        ([], set(), False),
    ],
)
def test_tasks_on_spot_run_on_fargate(providers: list[str], launch_types: set[str], *, is_on_spot: bool) -> None:
    running = tuple(
        Service({"capacityProviderStrategy": [{"capacityProvider": each, "weight": 1}]}, index)
        for index, each in enumerate(providers)
    )
    found = Facts(TaskDefinition({"family": "web"}, services=running), POLICY)
    assert (set(found.launch_types), found.is_on_spot) == (launch_types, is_on_spot)


@pytest.mark.parametrize(
    ("region", "usd"), [("us-east-1", 64.24), ("eu-west-1", 128.48), ("us-iso-east-1", None), (None, 64.24)]
)
def test_a_registered_definition_has_the_prices_of_its_region(region: str | None, usd: float | None) -> None:
    arn = {"taskDefinitionArn": f"arn:aws:ecs:{region}:111122223333:task-definition/web:1"} if region else {}
    assert facts(PRICED, **arn).declared_usd() == usd


def test_applications_are_the_containers_that_are_no_sidecars() -> None:
    found = facts(containerDefinitions=[OTEL, {"name": "app", "image": "web"}])
    assert (found.sidecars, [each.name for each in found.applications]) == ({0: "otel"}, ["app"])


PRICED = POLICY._replace(price_list=lambda: Pricing(LIST, discount=0.2, spot_discount=0.6))


@pytest.mark.parametrize(
    ("fields", "how", "usd"),
    [
        ({}, {}, 64.24),  # four fifths of $80.30
        ({}, {"listed": True}, 80.3),
        ({}, {"spot": True}, 32.12),
        ({}, {"spot": True, "listed": True}, 32.12),
        ({}, {"arm": True}, 32.12),
        ({"runtimePlatform": {"cpuArchitecture": "ARM64"}}, {}, 32.12),
        ({"runtimePlatform": {"cpuArchitecture": "ARM64"}}, {"arm": False}, 64.24),
        ({"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}, {}, 122.64),
        ({"ephemeralStorage": {"sizeInGiB": 120}}, {}, 122.64),
        ({"ephemeralStorage": {"sizeInGiB": UNKNOWN}}, {}, 64.24),
        ({"ephemeralStorage": UNKNOWN}, {}, 64.24),
        ({"cpu": UNKNOWN}, {}, None),
        ({"memory": UNKNOWN}, {}, None),
        ({"memory": None}, {}, None),
    ],
)
def test_a_month_of_what_is_declared(fields: dict[str, Any], how: dict[str, bool], usd: float | None) -> None:
    assert facts(PRICED, **fields).declared_usd(**how) == usd
    if not {"cpu", "memory"} & set(fields):
        assert facts(PRICED, cpu=None, memory=None, **fields).monthly_usd(1024, 1024, **how) == usd

"""The sizing core, checked against worked cases, and the findings that follow from it."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conftest import invoke
from hypothesis import given
from hypothesis import strategies as st

import taskfit
from taskfit.checks.context import Case
from taskfit.config.settings import Configuration
from taskfit.definition import TaskDefinition, Unknown
from taskfit.dimensions import Size
from taskfit.engine.conditions import Checks
from taskfit.finding import Problem, Severity
from taskfit.policy import bundled
from taskfit.preparation import prepare
from taskfit.sizing.expectation import expect, pack, right_size
from taskfit.sizing.prices import Pricing

CASES = json.loads((Path(__file__).parent / "sizing_cases.json").read_text(encoding="utf-8"))
PROFILE = bundled.profiles()["mistersmith"]
FARGATE = bundled.fargate()
OTEL = {"name": "otel-collector", "image": "otel/opentelemetry-collector:0.150.0", "cpu": 256, "memory": 512}
SIZING = {"FIT201", "FIT202", "FIT203", "FIT204", "FIT208"}
VARIABLES = {"supervisor": "MAX_AGENTS", "worker": "MAX_AGENTS", "gateway": "MAX_CONNECTIONS"}


def case_id(case: dict[str, Any]) -> str:
    return f"{case['role']}-{case['capacity']}-{case['task']['cpu']}-{case['task']['memory']}-{case['sidecar']}"


def definition(case: dict[str, Any]) -> dict[str, Any]:
    service = {
        "name": "app",
        "image": "acme/app:1",
        "environment": [{"name": VARIABLES[case["role"]], "value": str(case["capacity"])}],
    }
    return {
        "family": f"mistersmith-{case['role']}",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": str(case["task"]["cpu"]),
        "memory": str(case["task"]["memory"]),
        "containerDefinitions": [service, *([OTEL | {"essential": False}] if case["sidecar"] == "present" else [])],
    }


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_the_expectation_of_a_worked_case(case: dict[str, Any]) -> None:
    there = Size(256, 512) if case["sidecar"] == "present" else Size()
    found = expect(
        case["role"],
        PROFILE.roles[case["role"]],
        PROFILE,
        PROFILE.roles[case["role"]].any_load(case["capacity"]),
        FARGATE.smallest,
        reserved=there,
        assumed=Size(256, 512),
    )
    assert found.as_dict() == case["expectation"]


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_the_findings_of_a_worked_case(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "task.json"
    path.write_text(json.dumps(definition(case)), encoding="utf-8")
    report = taskfit.check([path], isolated=True)
    assert sorted(f.name for f in report.findings if f.code in SIZING) == sorted(case["sizing_findings"])
    assert any(f.code == "FIT101" for f in report.findings) is not case["valid_fargate_size"]


@pytest.mark.parametrize("case", [case for case in CASES if case["sidecar"] == "present"], ids=case_id)
def test_the_size_command_prints_the_expectation(case: dict[str, Any]) -> None:
    result = invoke("size", case["role"], str(case["capacity"]), "--output-format", "json")
    assert json.loads(result.stdout) == case["expectation"]


def test_the_size_command_has_profile_and_prices_from_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    own = "profile: mistersmith\npricing: {region: eu-west-1, discount-percent: 25}\n"
    Path("taskfit.yaml").write_text(own, encoding="utf-8")
    here, there, alone = (
        invoke("size", "worker", "10", *more).stdout for more in ((), ("--region", "us-east-1"), ("--isolated",))
    )
    assert "$58.93 a month in eu-west-1 (prices of 2026-09-29, less 25%)" in " ".join(here.split())
    assert "in us-east-1 (prices of 2026-09-29, less 25%)" in there
    assert "$78.57 a month in us-east-1 (prices of 2026-09-29)" in alone
    Path("taskfit.yaml").write_text("profile: none.yaml\n", encoding="utf-8")
    assert "taskfit.yaml:1:1: profile: no profile" in invoke("size", "worker", "10").stderr


def test_without_sidecars_none_is_counted() -> None:
    assert taskfit.size("worker", 10, sidecars=False).floor == Size(2048, 5120)
    assert taskfit.size("worker", 10).floor == Size(2048, 5632)


@given(st.sampled_from(sorted(PROFILE.roles)), st.integers(1, 500))
def test_a_recommended_size_is_valid_and_gives_no_finding(role: str, capacity: int) -> None:
    size = taskfit.size(role, capacity).recommended
    if size is None:
        return
    assert FARGATE.fits(size.cpu, size.memory)
    data = definition(
        {"role": role, "capacity": capacity, "task": {"cpu": size.cpu, "memory": size.memory}, "sidecar": "present"}
    )
    assert not SIZING & codes(data)


@given(st.sampled_from(sorted(PROFILE.roles)), st.integers(1, 300))
def test_more_capacity_never_needs_less(role: str, capacity: int) -> None:
    less, more = taskfit.size(role, capacity), taskfit.size(role, capacity + 1)
    assert more.demand.memory.low >= less.demand.memory.low
    assert more.floor.memory >= less.floor.memory
    if less.recommended and more.recommended:
        assert more.recommended >= less.recommended


def codes(data: dict[str, Any], **options: Any) -> set[str]:
    run = prepare(Configuration().with_options(options))
    checks = Checks(run.rules)
    return {rule.code for rule, _ in checks.problems(Case(TaskDefinition(data), run.policy), "", [])}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"tags": [{"key": "taskfit:role", "value": "wroker"}]}, 'no role "wroker"'),
        ({"tags": [{"key": "taskfit:role", "value": Unknown("${ROLE}")}]}, "role is `${ROLE}`"),
    ],
)
def test_a_role_that_cannot_be_held_against_the_profile_is_reported_once(fields: dict[str, Any], words: str) -> None:
    case = {"role": "worker", "capacity": 10, "task": {"cpu": 256, "memory": 512}, "sidecar": "missing"}
    (note,) = notes({**definition(case), **fields})
    assert words in note.message
    assert not SIZING & codes({**definition(case), **fields})


def notes(data: dict[str, Any]) -> list[Problem]:
    run = prepare(Configuration())
    found = Checks(run.rules).problems(Case(TaskDefinition(data), run.policy), "", [])
    return [problem for rule, problem in found if rule.code == "FIT004"]


@pytest.mark.parametrize(
    ("image", "severity"),
    [
        ("ghcr.io/acme/worker:1", Severity.ERROR),
        ("ghcr.io/worker/app:1", Severity.ERROR),
        ("worker.example.com/acme/app:1", Severity.WARNING),  # a registry is no repository: the role is assumed
    ],
)
def test_a_word_of_the_repository_shows_the_role(image: str, severity: Severity) -> None:
    case = {"role": "worker", "capacity": 10, "task": {"cpu": 256, "memory": 512}, "sidecar": "present"}
    data = definition(case) | {"family": "jobs"}
    data["containerDefinitions"][0]["image"] = image
    run = prepare(Configuration())
    found = Checks(run.rules).problems(Case(TaskDefinition(data), run.policy), "", [])
    assert {problem.severity or rule.severity for rule, problem in found if rule.code == "FIT202"} == {severity}


def test_an_assumed_role_says_so_and_can_be_denied() -> None:
    data = definition({"role": "gateway", "capacity": 100, "task": {"cpu": 512, "memory": 1024}, "sidecar": "missing"})
    data["family"] = "web"
    data["containerDefinitions"][0] |= {"name": "web", "image": "nginx:1.27"}
    run = prepare(Configuration())

    def problems() -> dict[str, Problem]:
        found = Checks(run.rules).problems(Case(TaskDefinition(data), run.policy), "", [])
        return {rule.code: problem for rule, problem in found}

    assumed = problems()
    assert "assumed from MAX_CONNECTIONS; a tag or docker label `taskfit:role`" in assumed["FIT301"].message
    data["tags"] = [{"key": "taskfit:role", "value": "none"}]
    assert not problems().keys() & {"FIT004", "FIT209", "FIT301"}


def test_packing_is_that_of_the_sizing_document() -> None:
    packed = pack(1000, PROFILE.roles["worker"].tiers[2])
    assert (packed.containers, packed.cpu, packed.memory, packed.efficiency) == (50, 200 * 1024, 500 * 1024, 100)


@given(st.integers(1, 10**6), st.sampled_from(PROFILE.roles["worker"].tiers))
def test_packing_holds_everything_and_wastes_less_than_a_container(capacity: int, tier: Any) -> None:
    packed = pack(capacity, tier)
    assert 0 <= packed.containers * tier.capacity - capacity < tier.capacity


@pytest.mark.parametrize(
    ("cpu", "memory", "size"),
    [(512, 1024, (768, 1536)), (100, 100, (256, 512)), (170.7, 341.4, (512, 1024)), (0, 0, (0, 0))],
)
def test_right_sizing_is_that_of_the_sizing_document(cpu: float, memory: float, size: tuple[int, int]) -> None:
    assert right_size(cpu, memory, PROFILE) == Size(*size)


def test_a_role_without_tiers_follows_its_demand() -> None:
    from dataclasses import replace

    role = replace(PROFILE.roles["worker"], tiers=())
    found = expect("w", role, PROFILE, role.any_load(10), FARGATE.smallest, reserved=Size(), assumed=Size())
    # 10 agents: 2560 to 5120 CPU units, 5120 MiB; at 70% and 80% in use 7315 and 6400.
    assert (found.floor, found.recommended, found.ceiling) == (Size(2560, 5120), Size(8192, 16384), Size(10240, 16384))
    assert found.split is None


def test_the_fargate_table_has_the_newest_sizes() -> None:
    assert FARGATE.memories(32768) == (61440, 122880, 249856)
    assert FARGATE.cpus(windows=True) == (1024, 2048, 4096)
    assert FARGATE.memories(256, windows=True) == ()


@given(st.integers(1, 32768), st.integers(1, 249856))
def test_the_smallest_size_is_no_bigger_than_any_other_that_fits(cpu: int, memory: int) -> None:
    found = FARGATE.smallest(Fraction(cpu), Fraction(memory))
    others = [Size(c, m) for c in FARGATE.cpus() for m in FARGATE.memories(c) if c >= cpu and m >= memory]
    assert found == (min(others) if others else None)


@given(st.integers(1, 40000), st.integers(1, 300000))
def test_the_nearest_sizes_are_valid(cpu: int, memory: int) -> None:
    sizes = FARGATE.nearest(cpu, memory)
    assert sizes
    assert all(FARGATE.fits(size.cpu, size.memory) for size in sizes)


def test_the_nearest_sizes_to_worker_xlarge() -> None:
    assert FARGATE.nearest(8192, 25600) == (Size(8192, 24576), Size(8192, 28672))


@pytest.mark.parametrize(
    ("options", "usd"),
    [
        ({}, 36.04),  # 730 h x (1 x 0.04048 + 2 x 0.004445)
        ({"arm": True}, 28.84),  # 730 h x (1 x 0.03238 + 2 x 0.00356)
        ({"windows": True}, 75.03),  # 730 h x (1 x (0.046552 + 0.046) + 2 x 0.0051117)
        ({"ephemeral_gib": 120}, 44.14),  # 100 GB more at 0.000111
        ({"ephemeral_gib": 20}, 36.04),
    ],
)
def test_a_month_costs_what_the_price_list_says(options: dict[str, Any], usd: float) -> None:
    assert Pricing(bundled.prices()).monthly_usd(1024, 2048, **options) == usd


def test_a_discount_and_a_region_change_the_price() -> None:
    assert Pricing(bundled.prices(), "eu-central-1", 0.2).monthly_usd(1024, 2048) == 33.16
    with pytest.raises(ValueError, match="AWS has no region 'mars-north-1'"):
        Pricing(bundled.prices(), "mars-north-1")


@pytest.mark.parametrize(
    ("region", "options"),
    [
        ("eu-west-1", {"ephemeral_gib": 100}),
        ("eu-west-1", {"windows": True}),
        ("eu-west-3", {"arm": True}),
        ("me-central-1", {}),
    ],
)
def test_what_no_price_is_known_of_costs_no_number(region: str, options: dict[str, Any]) -> None:
    assert Pricing(bundled.prices(), region).monthly_usd(1024, 2048, **options) is None
    assert bool(Pricing(bundled.prices(), region).remark) == (region == "me-central-1")


def test_every_region_of_aws_has_prices_or_is_named_as_one_without() -> None:
    """Of those that the installed release of botocore knows; an older one knows fewer."""
    loaders = pytest.importorskip("botocore.loaders")
    partitions = loaders.Loader().load_data("partitions")["partitions"]
    public = [each for each in partitions if each["id"] in ("aws", "aws-cn", "aws-us-gov")]
    names = {name for each in public for name in each["regions"] if not name.endswith("-global")}
    prices = bundled.prices()
    assert names
    assert names <= set(prices.regions) | set(prices.unpriced)
    assert not set(prices.regions) & set(prices.unpriced)

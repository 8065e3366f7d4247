"""Audits of saved answers: what is read of them, what is made of it, and that nothing is ever lost."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, CommandLine, Golden, Outcome, invoke
from hypothesis import given
from hypothesis import strategies as st

from taskfit import audits, session
from taskfit.auditing import store as store_of
from taskfit.auditing.inventory import Inventory, Optimizer, Scaling, Service
from taskfit.auditing.responses import Answers, collect
from taskfit.auditing.saved import saved
from taskfit.config.settings import Configuration, PricingSettings
from taskfit.dimensions import Size
from taskfit.extras import installation
from taskfit.session import Session
from taskfit.sizing.observed import Use
from taskfit.sources.files import MAX_BYTES, File

ACCOUNT, REGION = "111122223333", "eu-west-1"
PLACE = f"{ACCOUNT}/{REGION}"
TIMES = [f"2026-10-0{day}T00:00:00+00:00" for day in (1, 2, 3)]


def arn(family: str = "web", revision: int | None = 7, region: str = REGION) -> str:
    return f"arn:aws:ecs:{region}:{ACCOUNT}:task-definition/{family}:{revision}"


def described(family: str = "web", *, region: str = REGION, revision: int | None = 7, **given: Any) -> dict[str, Any]:
    definition = {
        "taskDefinitionArn": arn(family, revision, region),
        "family": family,
        "revision": revision,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "1024",
        "memory": "2048",
        "containerDefinitions": [{"name": "web", "image": "nginx:1.27", "essential": True}],
    }
    return {"taskDefinition": {**definition, **given}}


def service(name: str = "web", *, region: str = REGION, cluster: str = "prod", **given: Any) -> dict[str, Any]:
    plain = {
        "serviceArn": f"arn:aws:ecs:{region}:{ACCOUNT}:service/{cluster}/{name}",
        "taskDefinition": arn(region=region),
        "launchType": "FARGATE",
        "desiredCount": 2,
        "runningCount": 1,
    }
    return {**plain, **given}


def measured(title: str = "prod/web", /, **metrics: float) -> dict[str, Any]:
    names = {"cpu": "CPUUtilization Average", "cpu_maximum": "CPUUtilization Maximum"}
    names |= {"memory": "MemoryUtilization Average", "memory_maximum": "MemoryUtilization Maximum"}
    return {
        "MetricDataResults": [
            {"Label": f"{title} {names.get(name, name)}", "Timestamps": TIMES, "Values": [value] * 3}
            for name, value in metrics.items()
        ]
    }


def file(name: str, *answers: Any) -> File:
    return File(name, data=json.dumps(answers[0] if len(answers) == 1 else answers).encode())


def audit(*files: File, against: tuple[str, ...] = (), **options: Any) -> Inventory:
    return audits.inventory(Session.under(Configuration().with_options(options)), files, against)


def only(inventory: Inventory) -> Service:
    (row,) = inventory.services
    return row


def use_of(*answers: dict[str, Any], name: str = f"{PLACE}/metrics.json") -> Use | None:
    found = collect([file("services.json", {"services": [service()]}), file(name, *answers)])
    assert found.failures == []
    use = next(iter(found.uses.values()), None)
    # Percentiles and the window have a test of their own.
    return use and Use(*use[:6])


def run(*arguments: str) -> Outcome:
    return invoke("audit", "--isolated", *arguments)


def store(folder: Path, files: Mapping[str, Any]) -> Path:
    for name, answer in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(answer), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"launchType": "EC2"}, ("EC2",)),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]},
            ("FARGATE_SPOT",),
        ),
        (
            {
                "capacityProviderStrategy": [
                    {"capacityProvider": "FARGATE", "base": 1},
                    {"capacityProvider": "FARGATE_SPOT", "weight": 4},
                    {"capacityProvider": "FARGATE_SPOT", "weight": 0},
                ]
            },
            ("FARGATE", "FARGATE_SPOT"),
        ),
        ({"capacityProviderStrategy": [{"capacityProvider": "our-instances", "weight": 1}]}, ()),
        ({}, ()),
    ],
)
def test_launch_types(given: dict[str, Any], expected: tuple[str, ...]) -> None:
    item = {key: value for key, value in service().items() if key != "launchType"} | given
    (found,) = collect([file("a.json", {"services": [item]})]).services
    assert found.launch_types == expected


def test_a_service_of_another_controller_names_its_definition_in_a_task_set() -> None:
    item = {key: value for key, value in service().items() if key != "taskDefinition"}
    sets = [{"status": "ACTIVE", "taskDefinition": arn("old")}, {"status": "PRIMARY", "taskDefinition": arn("new")}]
    (found,) = collect([file("a.json", {"services": [{**item, "taskSets": sets}]})]).services
    assert found.definition == arn("new")


def test_an_old_arn_leaves_the_cluster_to_another() -> None:
    item = service(serviceArn=f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/web", clusterArn="arn:aws:ecs:x:y:cluster/old")
    (found,) = collect([file("a.json", {"services": [item]})]).services
    assert found.key == (ACCOUNT, REGION, "old", "web")


def test_use_from_metric_data() -> None:
    answer = measured(cpu=12.5, cpu_maximum=40, memory=60, memory_maximum=70.123)
    assert use_of(answer) == Use(0.125, 0.4, 0.6, 0.7012, days=3, source="CloudWatch")


def test_pages_of_metric_data_add_up() -> None:
    first, second = measured(cpu=10), measured(cpu=40)
    second["MetricDataResults"][0]["Timestamps"] = ["2026-10-04T00:00:00Z"] * 1
    second["MetricDataResults"][0]["Values"] = [50]
    assert use_of(first, second) == Use(0.2, None, None, None, days=4, source="CloudWatch")


def test_use_from_metric_statistics_which_the_folders_name() -> None:
    points = [
        {"Timestamp": "2026-10-02T00:00:00+00:00", "Average": 30.0, "Maximum": 44.0, "Unit": "Percent"},
        {"Timestamp": "2026-10-01T00:00:00+00:00", "Average": 10.0, "Maximum": 50.0, "Unit": "Percent"},
    ]
    answer = {"Label": "MemoryUtilization", "Datapoints": points}
    for name in ("prod/web/memory.json", f"{PLACE}/prod/web/memory.json"):
        assert use_of(answer, name=name) == Use(None, None, 0.2, 0.5, days=2, source="CloudWatch")
    lost = collect([file("memory.json", answer)])
    assert "save it in a folder CLUSTER/SERVICE" in lost.failures[0]


def test_container_insights_counts_where_there_is_nothing_else() -> None:
    insights = measured(
        **{
            "CpuUtilized Average": 512,
            "CpuReserved Average": 2048,
            "MemoryUtilized Average": 3,
            "MemoryReserved Average": 4,
        }
    )
    assert use_of(insights) == Use(0.25, 0.25, 0.75, 0.75, days=3, source="Container Insights")
    both = use_of(insights, measured(cpu=80))
    assert both
    assert (both.cpu_average, both.source) == (0.8, "CloudWatch")


def test_compute_optimizer_counts_where_cloudwatch_says_nothing() -> None:
    recommendation = {
        "serviceArn": service()["serviceArn"],
        "utilizationMetrics": [
            {"name": "Cpu", "statistic": "Maximum", "value": 20.0},
            {"name": "Memory", "statistic": "Maximum", "value": 95.0},
        ],
        "lookbackPeriodInDays": 14.0,
        "finding": "Overprovisioned",
    }
    answer = {"ecsServiceRecommendations": [recommendation], "errors": []}
    assert use_of(answer) == Use(None, 0.2, None, 0.95, days=14, source="Compute Optimizer")
    assert (use_of(answer, measured(cpu=80)) or answer) == Use(0.8, None, None, None, days=3, source="CloudWatch")


def test_a_window_has_its_percentiles_and_its_ends() -> None:
    times = [f"2026-10-01T{hour:02}:00:00Z" for hour in range(20)]
    series = {"Label": "prod/web CPUUtilization Average", "Timestamps": times, "Values": [*range(1, 20), 90]}
    found = collect([file("a.json", {"services": [service()]}, {"MetricDataResults": [series]})])
    (use,) = found.uses.values()
    assert (use.cpu_average, use.cpu_p50, use.cpu_p95, use.memory_p50) == (0.14, 0.1, 0.19, None)
    assert (use.since, use.until) == ("2026-10-01T00:00:00Z", "2026-10-01T19:00:00Z")


def test_compute_optimizer_is_shown_beside_what_taskfit_says() -> None:
    option = {
        "cpu": 512,
        "memory": 2048,
        "savingsOpportunity": {"estimatedMonthlySavings": {"currency": "USD", "value": 40.0}},
        "savingsOpportunityAfterDiscounts": {"estimatedMonthlySavings": {"currency": "USD", "value": 30.0}},
    }
    found = {
        "serviceArn": service()["serviceArn"],
        "finding": "Overprovisioned",
        "findingReasonCodes": ["CPUOverprovisioned"],
        "currentPerformanceRisk": "VeryLow",
        "serviceRecommendationOptions": [option],
        "lastRefreshTimestamp": "2026-10-02T06:00:00+00:00",
        "lookbackPeriodInDays": 14,
    }
    answers = (
        described(),
        {"services": [service()]},
        measured(cpu=60, memory=70),
        {"ecsServiceRecommendations": [found]},
    )
    row = only(audit(file("a.json", *answers)))
    assert row.recommended == row.declared
    assert row.optimizer == Optimizer(
        "Overprovisioned", ("CPUOverprovisioned",), "VeryLow", Size(512, 2048), 40.0, 30.0, "2026-10-02T06:00:00Z"
    )


def test_the_bounds_of_scaling_find_their_service() -> None:
    dimension = "ecs:service:DesiredCount"
    target = {"ResourceId": "service/prod/web", "ScalableDimension": dimension, "MinCapacity": 2, "MaxCapacity": 10}
    answer = {
        "ScalableTargets": [target, {"ResourceId": "table/x", "ScalableDimension": "dynamodb:table:ReadCapacityUnits"}]
    }
    inventory = audit(file("a.json", described(), {"services": [service()]}), file(f"{PLACE}/t.json", answer))
    assert (only(inventory).scaling, inventory.report.failures) == (Scaling(2, 10), ())


def test_a_maximum_alone_reports_who_is_idle_but_not_whose_cpu_is_hot() -> None:
    def codes(cpu: float, memory: float) -> set[str]:
        metrics = [
            {"name": name, "statistic": "Maximum", "value": value} for name, value in (("Cpu", cpu), ("Memory", memory))
        ]
        found = {"serviceArn": service()["serviceArn"], "utilizationMetrics": metrics, "lookbackPeriodInDays": 14}
        answers = (described(), {"services": [service()]}, {"ecsServiceRecommendations": [found]})
        return {
            finding.code for finding in audit(file("a.json", *answers)).report.findings if finding.code < "FIT821"
        } & {f"FIT80{number}" for number in range(1, 7)}

    assert codes(10, 80) == {"FIT801"}
    assert codes(99, 80) == set()
    assert codes(60, 95) == {"FIT804"}


def test_a_measurement_that_fits_two_services_says_so() -> None:
    two = {"services": [service(), service(region="us-east-1")]}
    found = collect([file("a.json", two), file("m.json", measured(cpu=10))])
    assert found.uses == {}
    assert found.failures == [
        "m.json: prod/web is in 111122223333/eu-west-1 and 111122223333/us-east-1; save it below the folders of one"
    ]
    found = collect([file("a.json", two), file(f"{ACCOUNT}/us-east-1/m.json", measured(cpu=10))])
    assert [key.region for key in found.uses] == ["us-east-1"]


def test_what_failed_when_the_answers_were_saved_is_reported() -> None:
    answer = {"services": [], "failures": [{"arn": "arn:x", "reason": "MISSING"}]}
    refused = {"MetricDataResults": [{"Label": "prod/web CPUUtilization Average", "Timestamps": [], "Values": []}]}
    refused["MetricDataResults"][0]["StatusCode"] = "Forbidden"
    found = collect([file(f"{PLACE}/a.json", answer), file("m.json", refused), File("b.json", data=b'{"failures": [')])
    assert [found.failures[place] for place in (0, 2)] == [
        f"{PLACE}: arn:x: MISSING",
        "m.json: prod/web CPUUtilization Average: Forbidden",
    ]
    assert found.failures[1].startswith("b.json: can't be read:")


def test_what_is_wrong_with_one_service_loses_no_other() -> None:
    wrong = ({"serviceArn": "arn:x"}, {"serviceName": "three"})
    found = collect([file("a.json", {"services": [service("one"), *wrong, service("two")]})])
    assert [each.key.name for each in found.services] == ["one", "two"]
    assert found.failures == [
        "a.json: 'arn:x' is not the ARN of a service",
        "a.json: something in `services` is not as AWS answers: 'serviceArn' is missing",
    ]


@pytest.mark.parametrize(
    "given",
    [
        *({"desiredCount": count} for count in (-3, 2.7, float("inf"), float("nan"), 10**400, None, "many", True)),
        {"runningCount": -1},
        {"launchType": 7},
        {"capacityProviderStrategy": [1]},
        {"taskDefinition": None, "taskSets": 5},
    ],
)
def test_a_service_that_can_not_be_is_reported_and_costs_nothing(given: dict[str, Any]) -> None:
    broken = service("broken", **given)
    inventory = audit(file("a.json", described()), file("b.json", {"services": [service(), broken]}))
    assert only(inventory).name == "web"
    (failure,) = inventory.report.failures
    assert failure.startswith("b.json: ")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -5, 1e308, 10**400, "x", None, []])
def test_what_is_no_measurement_is_reported_and_never_judged(value: Any) -> None:
    inventory = audit(file("a.json", described(), {"services": [service()]}), file("m.json", measured(cpu=value)))
    row = only(inventory)
    assert (row.use, row.declared, row.monthly_usd is None) == (None, Size(1024, 2048), False)
    (failure,) = inventory.report.failures
    assert failure.startswith("m.json: ")


def test_one_cause_is_reported_once() -> None:
    assert len(collect([file("report.json", {"services": [{"name": "web"}] * 50})]).failures) == 1


def test_files_that_are_no_json_are_reported() -> None:
    files = [
        File("deep.json", data=b'{"services": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        File("latin.json", data=b'{"services": ["caf\xe9"]}'),
        # As Windows PowerShell redirects.
        File("wide.json", data=json.dumps({"services": [service()]}).encode("utf-16")),
        File("long.json", data=b'{"services": [' + b" " * MAX_BYTES),
        File("b.json", data=b"\xef\xbb\xbf" + json.dumps({"services": [service()]}).encode()),
    ]
    found = collect(files)
    assert [each.key.name for each in found.services] == ["web"]
    assert [failure.partition(":")[0] for failure in found.failures] == [
        "deep.json",
        "latin.json",
        "wide.json",
        "long.json",
    ]
    assert found.failures[2:] == [
        "wide.json: not UTF-8, but UTF-16; save the file as UTF-8",
        "long.json: larger than 64 MiB; split it",
    ]


def test_a_folder_may_hold_what_can_not_be_read(tmp_path: Path) -> None:
    store(tmp_path, {"A.JSON": described()})
    (tmp_path / "folder.json").mkdir()
    os.mkfifo(tmp_path / "pipe.json")  # who opens it waits for ever
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "self.json").symlink_to("self.json")
    assert [each.name for each in saved(str(tmp_path))] == ["A.JSON", "self.json"]
    result = run("--from", str(tmp_path))
    assert result.status == 2
    assert "web:7" in result.stdout
    assert result.stderr == "error: self.json: Too many levels of symbolic links\n"


KEYS = (
    *("services", "failures", "MetricDataResults", "Datapoints", "Label", "Values", "Timestamps", "serviceArn"),
    *("ecsServiceRecommendations", "taskDefinition", "capacityProviderStrategy", "utilizationMetrics"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_whatever_stands_in_a_file_the_others_are_read(value: Any) -> None:
    found = collect([file("prod/web/a.json", value), file("b.json", {"services": [service()]})])
    assert any(each.key.name == "web" for each in found.services)


JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e308,
    float("nan"),
    float("inf"),
    10**30,
    "",
    "=1",
    "\0",
    [],
    {},
    [1],
    {"a": 1},
    "FARGATE_SPOT",
)
WHOLE: dict[str, Any] = {
    "prod/web/a.json": [
        described(runtimePlatform={"cpuArchitecture": "ARM64"}, ephemeralStorage={"sizeInGiB": 30}),
        {"services": [service(taskSets=[{"status": "PRIMARY", "taskDefinition": arn()}])]},
        measured(cpu=10, cpu_maximum=30, memory=40, memory_maximum=50),
        {"failures": [{"arn": "x", "reason": "MISSING", "detail": "z"}]},
    ],
    "prod/web/b.json": {"Label": "CPUUtilization", "Datapoints": [{"Timestamp": TIMES[0], "Average": 5.0}]},
    "c.json": {
        "ecsServiceRecommendations": [
            {
                "serviceArn": service()["serviceArn"],
                "lookbackPeriodInDays": 14,
                "utilizationMetrics": [{"name": "Cpu", "statistic": "Average", "value": 9.0}],
            }
        ]
    },
}


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a value that may be replaced."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*place, key)
        yield from places(inner, (*place, key))


@given(st.sampled_from(list(places(WHOLE))), st.sampled_from(JUNK))
def test_whatever_is_wrong_in_an_answer_crashes_nothing_and_hides_no_other(place: tuple[Any, ...], junk: Any) -> None:
    from taskfit.reports.audit import csv as inventory_csv
    from taskfit.reports.audit import json as inventory_json
    from taskfit.reports.audit import text as inventory_text

    answers = deepcopy(WHOLE)
    part: Any = answers
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = junk
    whole = file("whole.json", described("other"), {"services": [service("other", taskDefinition=arn("other"))]})
    inventory = audit(whole, *(file(name, answer) for name, answer in answers.items()))
    row = next(row for row in inventory.services if row.name == "other")
    assert (row.declared, row.monthly_usd) == (Size(1024, 2048), 72.08)
    assert not [failure for failure in inventory.report.failures if "crashed" in failure or "can't be sized" in failure]
    assert inventory_text.render(inventory, "", color=False)
    assert inventory_json.render(inventory)
    assert inventory_csv.render(inventory)


def test_a_service_is_one_row_with_its_size_use_and_cost() -> None:
    answers = (
        described(memory="4096"),
        {"services": [service()]},
        measured(cpu=10, cpu_maximum=20, memory=65, memory_maximum=70),
    )
    row = only(audit(file("a.json", *answers)))
    assert (row.account, row.region, row.cluster, row.name, row.definition) == (ACCOUNT, REGION, "prod", "web", "web:7")
    assert (row.launch_type, row.desired, row.running, row.role) == ("FARGATE", 2, 1, None)
    assert (row.declared, row.needed, row.recommended) == (Size(1024, 4096), None, Size(512, 4096))
    # 2 x 730 h x (1 x 0.04048 + 4 x 0.004445), and the same with half a vCPU
    assert (row.monthly_usd, row.recommended_monthly_usd) == (85.06, 55.5)
    assert [finding.code for finding in row.findings if finding.code.startswith("FIT8")] == ["FIT801"]


def test_a_role_is_sized_by_its_capacity_before_its_use() -> None:
    environment = [{"name": "MAX_AGENTS", "value": "10"}]
    container = {"name": "worker", "image": "mistersmith/worker:1", "essential": True, "environment": environment}
    answers = (
        described(containerDefinitions=[container]),
        {"services": [service()]},
        measured(cpu=60, memory=70),
    )
    row = only(audit(file("a.json", *answers), role="worker"))
    assert (row.role, row.capacity, row.unit) == ("worker", 10, "agents")
    assert (row.needed, row.recommended) == (Size(2048, 5120), Size(2048, 7168))


def worker(agents: int, size: tuple[int, int], **use: float) -> Inventory:
    """An audit of one service whose tasks declare a capacity."""
    environment = [{"name": "MAX_AGENTS", "value": str(agents)}]
    container = {"name": "worker", "image": "mistersmith/worker:1", "essential": True, "environment": environment}
    answers = (
        described(containerDefinitions=[container], cpu=str(size[0]), memory=str(size[1])),
        {"services": [service()]},
        measured(**use),
    )
    return audit(file("a.json", *answers), role="worker")


def test_what_is_used_has_room_in_what_is_recommended() -> None:
    # 9 agents are a worker-medium of 2048, but 60% of 16384 would never go into that.
    inventory = worker(9, (16384, 65536), cpu=60, cpu_maximum=70, memory=5, memory_maximum=6)
    row = only(inventory)
    assert (row.needed, row.recommended) == (Size(2048, 4608), Size(16384, 32768))
    (finding,) = (each for each in row.findings if each.code == "FIT806")
    assert finding.message == (
        "MAX_AGENTS is 9, which needs 2048 CPU units (mistersmith profile), but prod/web uses 60% on average and 70% at "
        "most of 16384 CPU units (CloudWatch, 3 days), so it needs 14848."
    )
    assert "don't make the task that small" in finding.help
    # Of cpu, which is in use, nothing is said to be too much; of memory it is.
    assert {each.code for each in row.findings} & {"FIT203", "FIT204"} == {"FIT204"}


def test_a_size_that_no_rule_objects_to_stays() -> None:
    # 16384 MiB are more than 9 agents take, but the least that goes with 8192 CPU units.
    inventory = worker(9, (8192, 16384), cpu=60, memory=70)
    row = only(inventory)
    assert (row.recommended, [each.code for each in row.findings if each.code != "FIT301"]) == (row.declared, [])


def test_without_a_profile_the_usual_targets_are_named() -> None:
    use = measured(cpu=10, cpu_maximum=20, memory=65, memory_maximum=70)
    answers = file("a.json", described(memory="4096"), {"services": [service()]}, use)
    (message,) = (each.message for each in audit(answers, profile="none").report.findings if each.code == "FIT801")
    assert message.endswith("(no profile: the usual targets).")


def test_a_service_on_spot_saves_what_spot_costs() -> None:
    on_spot = service(launchType=None, capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}])
    use = measured(cpu=10, cpu_maximum=20, memory=65, memory_maximum=70)
    answers = file("a.json", described(memory="4096"), {"services": [on_spot]}, use)
    pricing = PricingSettings(spot_discount_percent=30, spot_as_of="2026-11-01")
    inventory = audit(answers, pricing=pricing)
    row = only(inventory)
    (saved,) = (each.data["monthly_usd"] for each in row.findings if each.code == "FIT801" and each.data)
    assert row.monthly_usd is not None
    assert row.recommended_monthly_usd is not None
    # 2 x 730 h x 0.5 x 0.04048 x 0.7
    assert saved == round(row.recommended_monthly_usd - row.monthly_usd, 2) == -20.68
    assert (inventory.spot_discount, inventory.spot_as_of) == (0.3, "2026-11-01")
    # Where nobody says what Spot takes off, nothing is made up: no cost, and no saving, but the same advice.
    unknown = audit(answers)
    assert (only(unknown).monthly_usd, only(unknown).recommended) == (None, row.recommended)
    assert [each.data and each.data["monthly_usd"] for each in only(unknown).findings if each.code == "FIT801"] == [
        None
    ]
    assert (unknown.totals.unpriced, unknown.unpriced_regions) == (1, ())


@pytest.mark.parametrize(
    ("metrics", "code", "words"),
    [
        ({"cpu": 49.6, "memory": 70}, "", ""),
        ({"cpu": 60, "memory": 59.6}, "FIT802", "uses 59.6% on average of 16384 MiB"),
        ({"cpu": 80, "memory": 70}, "", ""),
        ({"cpu": 80.3, "memory": 70}, "FIT803", "uses 80.3% on average of 4096 CPU units"),
        ({"cpu": 80.01, "memory": 70}, "FIT803", "uses 80.01% on average of 4096 CPU units"),
        ({"cpu": 60, "memory": 90, "memory_maximum": 90}, "", ""),
        ({"cpu": 60, "memory": 70, "memory_maximum": 90.04}, "FIT804", "uses 70% on average and 90.04% at most of"),
        ({"cpu": 60, "memory": 90.4}, "FIT804", "uses 90.4% on average of 16384 MiB"),
    ],
)
def test_a_number_that_crosses_a_line_is_shown_beyond_it(metrics: dict[str, float], code: str, words: str) -> None:
    inventory = audit(
        file("a.json", described(cpu="4096", memory="16384"), {"services": [service()]}, measured(**metrics))
    )
    found = {each.code: each.message for each in inventory.report.findings if each.code.startswith("FIT8")}
    assert list(found) == ([code] if code else [])
    assert words in found.get(code, "")


def test_too_little_data_says_how_little() -> None:
    series = {"Label": "prod/web CPUUtilization Average", "Timestamps": [f"2026-10-01T{h:02}:00Z" for h in range(23)]}
    answers = (described(), {"services": [service()]}, {"MetricDataResults": [series | {"Values": [1] * 23}]})
    (finding,) = (each for each in audit(file("a.json", *answers)).report.findings if each.code.startswith("FIT8"))
    assert (finding.code, finding.message) == (
        "FIT805",
        "prod/web was measured for 23 of the 24 hours that it takes to judge its size (CloudWatch).",
    )


def test_a_definition_that_no_service_runs_is_a_row_of_its_family() -> None:
    row = only(audit(file("a.json", described())))
    assert (row.account, row.region, row.cluster, row.name, row.definition) == (ACCOUNT, REGION, "", "web", "web:7")
    assert (row.desired, row.declared, row.monthly_usd) == (0, Size(1024, 2048), None)


def test_a_definition_that_was_saved_twice_is_one_row_but_namesakes_are_two() -> None:
    assert len(audit(file("a.json", described()), file("b.json", described())).services) == 1
    plain = described(taskDefinitionArn=None, revision=None)
    assert len(audit(file("a.json", plain), file("b.json", plain)).services) == 2


def test_a_service_whose_definition_is_not_there_is_a_row_all_the_same() -> None:
    row = only(audit(file("a.json", {"services": [service()]})))
    assert (row.name, row.definition, row.desired, row.declared) == ("web", "web:7", 2, None)


def test_a_service_whose_definition_is_not_there_is_reported_once() -> None:
    services = {"services": [service(), service("api", taskDefinition=arn("api")), service("none", taskDefinition="")]}
    why = {"failures": [{"arn": arn("api"), "reason": "ecs:DescribeTaskDefinition: gone"}]}
    assert audit(file("a.json", services, why)).report.failures == (
        f"{arn('api')}: ecs:DescribeTaskDefinition: gone",
        f"{PLACE}: no answer describes web:7, which prod/web runs",
    )


def test_services_of_one_definition_have_their_own_use_and_findings() -> None:
    answers = (
        described(memory="4096"),
        {"services": [service(), service("api")]},
        measured("prod/web", cpu=10, cpu_maximum=20, memory=65),
        measured("prod/api", cpu=95, memory=65),
    )
    inventory = audit(file("a.json", *answers))
    codes = {
        row.name: [each.code for each in row.findings if each.code.startswith("FIT8")] for row in inventory.services
    }
    assert codes == {"api": ["FIT803"], "web": ["FIT801"]}
    assert sorted(each.code for each in inventory.report.findings if each.code.startswith("FIT8")) == [
        "FIT801",
        "FIT803",
    ]


def test_findings_go_to_the_right_definition_of_a_file() -> None:
    inventory = audit(
        file("a.json", described("one", cpu="300"), described("two"), described("three", revision=2, cpu="300"))
    )
    sizes = {row.definition: any(each.code == "FIT101" for each in row.findings) for row in inventory.services}
    assert sizes == {"one:7": True, "two:7": False, "three:2": True}
    assert sum(len(row.findings) for row in inventory.services) == len(inventory.report.findings)


def test_the_launch_type_of_a_service_is_that_of_its_definition() -> None:
    bare = described(cpu="300", requiresCompatibilities=None)
    assert not [each for each in audit(file("a.json", bare)).report.findings if each.code == "FIT101"]
    found = audit(file("a.json", bare, {"services": [service()]})).report.findings
    assert [each.code for each in found if each.code == "FIT101"] == ["FIT101"]


@pytest.mark.parametrize(
    ("given", "region", "cost"),
    [
        ({"launchType": "FARGATE"}, REGION, 72.08),
        ({"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}, REGION, None),
        ({"launchType": "EC2"}, REGION, None),
        ({"launchType": "FARGATE"}, "eu-central-1", 82.9),
        ({"launchType": "FARGATE"}, "mx-central-1", None),
    ],
)
def test_costs(given: dict[str, Any], region: str, cost: float | None) -> None:
    running = {key: value for key, value in service(region=region).items() if key != "launchType"} | given
    inventory = audit(file("a.json", described(region=region), {"services": [running]}))
    assert only(inventory).monthly_usd == cost
    assert inventory.price_regions == ((region,) if cost else ())
    assert inventory.unpriced_regions == ((region,) if region == "mx-central-1" else ())


def test_a_finding_of_a_region_without_prices_names_none() -> None:
    environment = [{"name": "MAX_AGENTS", "value": "10"}]
    container = {"name": "worker", "image": "mistersmith/worker:1", "environment": environment}
    for region, is_priced in (("eu-central-1", True), ("mx-central-1", False)):
        (found,) = (
            each
            for each in audit(
                file("a.json", described(region=region, containerDefinitions=[container])), role="worker"
            ).report.findings
            if each.code == "FIT201"
        )
        assert ("$" in found.help) == is_priced


def test_tags_beside_a_definition_count() -> None:
    answer = {**described(cpu="300"), "tags": [{"key": "taskfit:ignore", "value": "FIT101"}]}
    report = audit(file("a.json", answer)).report
    assert "FIT101" not in {finding.code for finding in report.findings}
    assert "FIT101" in {each.finding.code for each in report.suppressed}


def test_what_is_suppressed_is_gone_from_its_row(tmp_path: Path) -> None:
    settings = tmp_path / "taskfit.yaml"
    settings.write_text("suppressions: [{rule: FIT101, reason: known}]\n", encoding="utf-8")
    inventory = audits.inventory(session.start(settings), [file("a.json", described(cpu="300"))])
    assert [each.code for each in only(inventory).findings if each.code == "FIT101"] == []
    assert set(only(inventory).findings) == set(inventory.report.findings)


def test_nobody_offers_to_fix_a_saved_answer() -> None:
    container = {"name": "web", "image": "nginx:1.27", "portMappings": [{"containerPort": 80, "hostPort": 8080}]}
    answer = described(containerDefinitions=[container])
    found = audit(file("a.json", answer)).report.findings
    assert found
    assert [finding.fix for finding in found if finding.fix] == []


def test_any_number_of_processes_finds_the_same(tmp_path: Path) -> None:
    answers = {f"{number}.json": described(f"web-{number}", cpu=str(256 * number)) for number in range(1, 10)}
    folder = store(tmp_path, {**answers, "services.json": {"services": [service(taskDefinition=arn("web-3"))]}})
    alone, together = (run("--from", str(folder), "--output-format", "json", "--jobs", jobs).stdout for jobs in "12")
    assert alone == together
    assert len(json.loads(alone)["services"]) == 9


REPOSITORY = """\
family: web
requiresCompatibilities: [FARGATE]
networkMode: awsvpc
cpu: 2 vCPU
memory: ${MEMORY}
containerDefinitions:
  - {name: web, image: "nginx:${TAG}", environment: [{name: MAX_AGENTS, value: "4"}]}
  - {name: otel, image: "amazon/aws-otel-collector:v0.49.0", essential: false}
"""


def test_drift_names_what_differs_and_where(tmp_path: Path) -> None:
    path = tmp_path / "web.yaml"
    path.write_text(REPOSITORY, encoding="utf-8")
    environment = [{"name": "MAX_AGENTS", "value": "10"}]
    containers = [
        {"name": "web", "image": "nginx:1", "environment": environment},
        {"name": "debug", "image": "busybox:1", "essential": False},
    ]
    answer = described(containerDefinitions=containers)
    found = audit(file("a.json", answer), against=(str(path),), role="worker", select=("FIT821",)).report.findings
    at = str(path)
    assert [(each.pointer, each.message) for each in found] == [
        ("/cpu", f"The deployed revision has 1024 CPU units, the repository 2048 CPU units ({at}:4)."),
        (
            "/containerDefinitions",
            f"The deployed revision lacks the container otel, a sidecar of the kind otel, which the repository has ({at}:8).",
        ),
        (
            "/containerDefinitions/0/environment/0/value",
            f"The deployed revision sets MAX_AGENTS to 10, the repository sets MAX_AGENTS to 4 ({at}:7).",
        ),
        (
            "/containerDefinitions/1",
            f"The deployed revision has the container debug, which the repository does not have ({at}:6).",
        ),
    ]


def test_a_family_that_the_repository_has_twice_is_compared_with_the_most_alike(tmp_path: Path) -> None:
    for name, cpu in (("dev", "256"), ("prod", "1024")):
        text = json.dumps({**described()["taskDefinition"], "cpu": cpu})
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    assert audit(file("a.json", described()), against=(str(tmp_path),), select=("FIT821",)).report.findings == ()


def test_a_family_that_is_not_in_the_repository_is_reported(tmp_path: Path) -> None:
    folder = store(tmp_path / "saved", {"a.json": described(), "b.json": described("api")})
    repository = store(tmp_path / "deploy", {"web.json": described()["taskDefinition"]})
    result = run("--from", str(folder), "--against", str(repository))
    assert "1 of 2 deployed families are not in the repository: api\n" in result.stderr


def test_a_repository_that_can_not_be_read_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text('{"family": "web", "containerDefinitions": [', encoding="utf-8")
    report = audit(file("a.json", described()), against=(str(path), str(tmp_path / "none"))).report
    assert len(report.failures) == 2
    assert all("none" in each or "broken.json" in each for each in report.failures)


def test_cells_that_a_spreadsheet_would_compute_are_text() -> None:
    hostile = '=HYPERLINK("http://x")'
    row = described(hostile, taskDefinitionArn=arn("=1+1"))
    from taskfit.reports.audit import csv as inventory_csv

    (_, cells) = csv.reader(io.StringIO(inventory_csv.render(audit(file("a.json", row)))))
    assert f"'{hostile}" in cells
    assert not any(cell.startswith(("=", "+", "@", "-")) for cell in cells)


@pytest.mark.parametrize("name", ["=1", " =1", "\t@x", "\n=1", "\uff0d1", "\x1b[31mred", "a\nb"])
def test_a_cell_neither_computes_nor_moves_the_cursor(name: str) -> None:
    from taskfit.reports.audit import csv as inventory_csv

    (_, cells, _) = csv.reader(io.StringIO(inventory_csv.render(audit(file("a.json", {"services": [service(name)]})))))
    assert cells[3].isprintable()
    assert not cells[3].lstrip().startswith(("=", "+", "@", "\uff0d"))


def test_a_long_name_leaves_room_for_the_rest(tmp_path: Path) -> None:
    name = "n" * 100_000 + "-end"
    services = [service(name), service("x")]
    result = run("--from", str(store(tmp_path, {"a.json": [described(), {"services": services}]})))
    table = result.stdout.partition("\n\n")[0].splitlines()
    assert max(map(len, table)) < 200
    assert "nnn-end" in table[2]


@pytest.mark.parametrize(("output_format", "ending"), [("text", "txt"), ("csv", "csv"), ("json", "json")])
def test_output(output_format: str, ending: str, taskfit: CommandLine, golden: Golden) -> None:
    outcome = taskfit("audit", "--from", "examples/audit", "--output-format", output_format)
    assert (outcome.status, outcome.stderr) == (1, "")
    golden(f"audit.{ending}", outcome.stdout)


def test_formats_of_check_show_the_findings_with_their_source() -> None:
    result = run("--from", str(ROOT / "examples" / "audit"), "--output-format", "concise", "--select", "FIT801")
    assert result.stdout.startswith(
        "123456789012/eu-west-1/describe-task-definition/mistersmith-console/8.json:84:16: "
    )


def test_one_audit_gives_several_reports(tmp_path: Path) -> None:
    table, log = str(tmp_path / "a.csv"), str(tmp_path / "a.sarif")
    pairs = ("--output-format", "csv", "--output-file", table, "--output-format", "sarif", "--output-file", log)
    result = run("--from", str(ROOT / "examples" / "audit"), *pairs)
    assert (result.status, result.stdout) == (1, "")
    assert len(Path(table).read_text(encoding="utf-8").splitlines()) == 4
    assert len(json.loads(Path(log).read_text(encoding="utf-8"))["runs"][0]["results"]) == 5


def test_what_can_not_be_written_is_said_before_anything_is_read() -> None:
    result = run("--region", "nowhere-1", "--output-format", "csv", "--output-file", "/nowhere/a.csv")
    assert (result.status, "can't write /nowhere/a.csv" in result.stderr) == (2, True)


@pytest.mark.parametrize("library", ["jinja2", "pygal"])
def test_a_page_needs_libraries_before_anything_is_read(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskfit.cli.audit.find_spec", lambda name: None if name == library else object())
    result = run("--region", "nowhere-1", "--output-format", "html")
    assert (result.status, result.stderr) == (2, f"error: html needs {library}: {installation('html')}\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_standard_output_is_reported(unbuffered: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "taskfit", "audit", "--isolated", "--from", str(ROOT / "examples" / "audit")],
            env={**os.environ, "PYTHONPATH": str(ROOT / "linter"), "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (2, "error: standard output: No space left on device\n")


def test_a_page_for_a_browser() -> None:
    pytest.importorskip("taskfit.reports.audit.html")
    result = run("--from", str(ROOT / "examples" / "audit"), "--output-format", "html")
    assert result.status == 1
    assert "console" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "status"), [([], 1), (["--fail-on", "error"], 0), (["--exit-zero"], 0), (["--ignore", "FIT8"], 0)]
)
def test_exit_status(arguments: list[str], status: int) -> None:
    assert run("--from", str(ROOT / "examples" / "audit"), *arguments).status == status


def test_a_failure_ends_with_2_and_hides_nothing(tmp_path: Path) -> None:
    folder = store(
        tmp_path, {"a.json": described(cpu="300"), "failures.json": {"failures": [{"arn": "x", "reason": "gone"}]}}
    )
    result = run("--from", str(folder), "--output-format", "concise")
    assert result.status == 2
    assert "error: x: gone" in result.stderr
    assert "FIT101" in result.stdout


@pytest.mark.parametrize(
    "output_format", ["text", "concise", "csv", "gitlab", "json", "html", "markdown", "junit", "sarif"]
)
def test_no_file_loses_what_failed(output_format: str, tmp_path: Path) -> None:
    answers = {"a.json": described(), "failures.json": {"failures": [{"arn": "x", "reason": "gone for good"}]}}
    folder, target = store(tmp_path / "saved", answers), tmp_path / "report"
    assert run("--from", str(folder), "--output-format", output_format, "--output-file", str(target)).status == 2
    assert "x: gone for good" in target.read_text(encoding="utf-8")


def test_a_folder_without_answers_is_an_error(tmp_path: Path) -> None:
    """As where a download of the answers failed: an audit of nothing must not pass a pipeline."""
    (tmp_path / "README.md").write_text("No answers")
    result = run("--from", str(tmp_path), "--output-format", "json", "--quiet")
    assert (result.status, result.stdout) == (2, "")
    assert f"error: {tmp_path}: contains no saved answers (JSON files)" in result.stderr


@pytest.mark.parametrize(
    "content", [{"family": "web", "containerDefinitions": [{"name": "app"}]}, {"name": "a package"}]
)
def test_a_folder_of_other_files_is_an_error(content: dict[str, Any], tmp_path: Path) -> None:
    store(tmp_path, {"a.json": content})
    result = run("--from", str(tmp_path))
    assert (result.status, result.stdout) == (2, "")
    assert "error: 1 JSON file, but no saved answer of AWS; give the folder of `taskfit audit --save`" in result.stderr
    store(tmp_path, {"audit.json": {"scope": {}, "until": "2026-10-01"}})  # of an account where nothing runs
    assert run("--from", str(tmp_path)).status != 2


def test_a_folder_that_is_not_there() -> None:
    result = run("--from", "/nowhere")
    assert (result.status, result.stderr) == (2, "error: /nowhere: No such file or directory\n")


def test_answers_are_not_saved_over_others(tmp_path: Path) -> None:
    folder, scope = str(tmp_path / "new"), {"regions": (REGION,)}
    store = store_of.new(folder, scope, "2026-10-01T00:00:00+00:00")
    assert Path(folder).stat().st_mode & 0o077 == 0
    store.add(f"{PLACE}/a.json", described())
    with pytest.raises(ValueError, match="is not empty"):
        store_of.new(folder, scope, "")
    with pytest.raises(ValueError, match="can't write"):
        store_of.new(f"{folder}/{PLACE}/a.json/b", scope, "")


def test_an_audit_goes_on_only_with_what_it_asked_for(tmp_path: Path) -> None:
    folder, scope = str(tmp_path / "new"), {"regions": (REGION,)}
    assert store_of.resumed(folder, scope) is None
    store_of.new(folder, scope, "2026-10-01T00:00:00+00:00").add(f"{PLACE}/a.json", described())
    torn = tmp_path / "new" / f"{PLACE}/b.json.part"
    torn.write_text('{"taskDefin', encoding="utf-8")
    found = store_of.resumed(folder, scope)
    assert found
    store, until = found
    assert (store.load(f"{PLACE}/a.json"), until) == (described(), "2026-10-01T00:00:00+00:00")
    assert not torn.exists()
    with pytest.raises(ValueError, match="was started with other options"):
        store_of.resumed(folder, {"regions": ("us-east-1",)})


def test_what_can_not_be_written_is_reported_and_still_read(tmp_path: Path) -> None:
    store = store_of.new(str(tmp_path / "new"), {}, "")
    (tmp_path / "new" / "file").write_text("", encoding="utf-8")
    store.add("file/a.json", described())
    assert store.failures[0].startswith(f"can't write {tmp_path}/new/file/a.json")
    assert any(each.name == "file/a.json" and each.content() for each in store.files())


def test_nothing_read_is_nothing_found() -> None:
    assert collect([]) == Answers()
    assert audit().services == ()

"""Rows, findings and reports of an audit agree: about money, about where a service runs, and about what fits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import CommandLine
from test_audit import arn, audit, described, file, measured, only, service

from taskfit.auditing.inventory import Inventory, Service
from taskfit.config.settings import PricingSettings
from taskfit.finding import Finding
from taskfit.reports import View
from taskfit.reports.audit import text
from taskfit.reports.audit.html import render as page
from taskfit.reports.audit.tables import tables
from taskfit.reports.markdown import render as markdown

SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
OURS = [{"capacityProvider": "our-instances", "weight": 1}]
WORKER = {
    "name": "worker",
    "image": "mistersmith/worker:1",
    "essential": True,
    "environment": [{"name": "MAX_AGENTS", "value": "4"}],
}
BOTH = ["EC2", "FARGATE"]


def worker(
    *beside: dict[str, Any], cpu: str | None = "8192", memory: str | None = "32768", **given: Any
) -> dict[str, Any]:
    container = {**WORKER, **given.pop("container", {})}
    return described("worker", cpu=cpu, memory=memory, containerDefinitions=[container, *beside], **given)


def running(**given: Any) -> dict[str, Any]:
    where = {"launchType": "FARGATE"} if "capacityProviderStrategy" not in given else {"launchType": None}
    return service(taskDefinition=arn("worker"), **{**where, **given})


def findings(row: Service, *codes: str) -> list[Finding]:
    return [finding for finding in row.findings if finding.code in codes]


@pytest.mark.parametrize(
    ("given", "compatible", "is_priced"),
    [
        ({}, ["FARGATE"], True),
        ({}, BOTH, True),
        ({"launchType": "EC2"}, BOTH, False),
        ({"launchType": "EC2"}, ["EC2"], False),
        ({"launchType": "EXTERNAL"}, ["EXTERNAL"], False),
        ({"capacityProviderStrategy": OURS}, ["MANAGED_INSTANCES"], False),
        ({"capacityProviderStrategy": OURS}, BOTH, False),
        ({"capacityProviderStrategy": SPOT}, ["FARGATE"], False),
    ],
)
def test_findings_name_an_amount_of_money_where_the_row_has_a_cost(
    given: dict[str, Any], compatible: list[str], is_priced: bool
) -> None:
    use = measured(cpu=5, cpu_maximum=6, memory=20, memory_maximum=20)
    answer = worker(requiresCompatibilities=compatible)
    row = only(audit(file("a.json", answer, {"services": [running(**given)]}, use)))
    assert (row.monthly_usd is not None) == is_priced
    about_size = findings(row, "FIT203", "FIT204", "FIT801", "FIT802")
    assert {finding.code for finding in about_size} == {"FIT203", "FIT204", "FIT801", "FIT802"}
    for finding in about_size:
        assert finding.data
        assert (finding.data["monthly_usd"] is not None) == is_priced
        assert ("$" in finding.help) == is_priced


def test_a_finding_on_a_task_on_spot_names_what_spot_costs() -> None:
    answers = (worker(), {"services": [running(capacityProviderStrategy=SPOT)]})
    row = only(audit(file("a.json", *answers), pricing=PricingSettings(spot_discount_percent=50)))
    assert row.monthly_usd is not None
    assert row.recommended_monthly_usd is not None
    for finding in findings(row, "FIT203", "FIT204"):
        assert finding.data
        assert 2 * finding.data["monthly_usd"] == pytest.approx(row.recommended_monthly_usd - row.monthly_usd, abs=0.01)


@pytest.mark.parametrize(("launch_type", "is_priced"), [("FARGATE", True), ("EC2", False), ("EXTERNAL", False)])
def test_a_check_prices_what_may_run_on_fargate(
    launch_type: str, is_priced: bool, taskfit: CommandLine, tmp_path: Path
) -> None:
    definition = worker(requiresCompatibilities=[launch_type])["taskDefinition"]
    (tmp_path / "worker.json").write_text(json.dumps(definition), encoding="utf-8")
    found = json.loads(taskfit("check", "--select", "FIT203", "--output-format", "json", folder=tmp_path).stdout)
    assert [each["data"]["monthly_usd"] is not None for each in found["findings"]] == [is_priced]


def test_a_task_set_says_where_the_tasks_of_another_controller_run() -> None:
    sets = [
        {"status": "ACTIVE", "taskDefinition": arn("old"), "launchType": "EC2"},
        {"status": "PRIMARY", "taskDefinition": arn("worker"), "capacityProviderStrategy": SPOT},
    ]
    item = {**running(taskSets=sets), "taskDefinition": None, "launchType": None}
    item = {key: value for key, value in item.items() if value is not None}
    pricing = PricingSettings(spot_discount_percent=50)
    row = only(audit(file("a.json", worker(), {"services": [item]}), pricing=pricing))
    assert (row.launch_type, row.definition) == ("FARGATE_SPOT", "worker:7")
    assert row.monthly_usd is not None


def test_a_hard_limit_that_is_too_low_names_the_size_of_the_row() -> None:
    answers = (worker(memory="8192", cpu="1024", container={"memory": 1024}), {"services": [running()]})
    row = only(audit(file("a.json", *answers, measured(cpu=60, memory=70))))
    (finding,) = findings(row, "FIT202")
    assert finding.data
    assert row.recommended == row.declared == (1024, 8192)
    assert finding.data["recommended"] == {"cpu": 1024, "memory": 8192}


@pytest.mark.parametrize("metrics", [{"cpu": 60, "memory": 70}, {"cpu": 60, "memory": 20}])
def test_an_amount_on_ec2_that_is_right_stays_though_it_is_no_whole_step(metrics: dict[str, float]) -> None:
    answer = described("worker", cpu="1000", memory="8100", requiresCompatibilities=["EC2"])
    row = only(audit(file("a.json", answer, {"services": [running(launchType="EC2")]}, measured(**metrics))))
    assert row.recommended
    assert row.advice
    is_idle = metrics["memory"] < 60
    assert row.recommended.cpu == 1000
    assert (row.recommended.memory == 8100) is not is_idle
    assert row.advice.reasons == (("MemoryOverprovisioned",) if is_idle else ())


def test_containers_share_a_size_that_leaves_the_service_too_little() -> None:
    helper = {"name": "helper", "image": "helper:1", "essential": True, "cpu": 3000, "memory": 1024}
    otel = {"name": "otel", "image": "amazon/aws-otel-collector:v0.49.0", "cpu": 256, "memory": 512}
    answer = worker(helper, otel, cpu="4096", memory="16384", container={"cpu": 840, "memory": 4096})
    use = measured(cpu=10, cpu_maximum=20, memory=70, memory_maximum=75)
    row = only(audit(file("a.json", answer, {"services": [running()]}, use)))
    assert row.recommended
    assert row.recommended.cpu == 2048
    assert row.advice
    app, beside, collector = row.advice.containers
    assert collector.cpu == 256
    # 1792 are left for 840 and 3000.
    assert (app.cpu, beside.cpu) == (392, 1400)
    assert beside.memory == 1024


def test_containers_of_the_tasks_in_the_place_of_one_fit_into_each() -> None:
    helper = {"name": "helper", "image": "helper:1", "essential": True, "cpu": 9000, "memory": 1024}
    capacity = {"environment": [{"name": "MAX_AGENTS", "value": "60"}], "cpu": 4000, "memory": 30720}
    answer = worker(helper, cpu="16384", memory="32768", container=capacity)
    row = only(audit(file("a.json", answer, {"services": [running()]})))
    assert row.advice
    assert row.recommended
    assert row.advice.tasks == 2
    app, beside = row.advice.containers
    assert (app.cpu or 0) + (beside.cpu or 0) <= row.recommended.cpu
    assert (app.memory or 0) + (beside.memory or 0) <= row.recommended.memory
    assert app.memory is not None
    assert app.memory >= 30 * 512


def test_services_off_fargate_are_counted_apart_from_those_without_a_price() -> None:
    elsewhere = [service("far", launchType="EC2"), service("near", launchType="EXTERNAL")]
    services = [service(), *elsewhere, service("ours", launchType=None)]
    inventory = audit(file("a.json", described(), {"services": services}))
    assert inventory.totals.unpriced == 3
    words = "Not in the totals: 3 services whose cost is not known, 2 of them not on Fargate."
    assert words in text.render(inventory, "", color=False)
    assert "The cost of 3 of 4 services is not known and not in the totals; 2 of them are not on Fargate." in page(
        inventory
    )


def windows() -> Inventory:
    agents = {"environment": [{"name": "MAX_AGENTS", "value": "1000"}]}
    platform = {"cpuArchitecture": "X86_64", "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}
    answer = worker(container=agents, runtimePlatform=platform)
    return audit(file("a.json", answer, {"services": [running()]}))


def test_where_no_size_is_large_enough_no_number_of_tasks_is_recommended() -> None:
    inventory = windows()
    row = only(inventory)
    assert row.advice
    assert (row.recommended, row.advice.tasks, row.advice.capacity) == (None, 1, None)
    assert row.advice.reasons == ("NoSizeLargeEnough",)
    html = page(inventory)
    assert "tasks instead of one" not in html
    assert "no size is large enough" in html
    for finding in findings(row, "FIT201", "FIT202", "FIT208"):
        assert finding.help == "No Fargate size is big enough; split the load over more tasks."


def test_prices_that_are_partly_known_are_not_called_unknown() -> None:
    inventory = audit(
        file(
            "a.json",
            described(),
            described("pane", runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}),
            {"services": [service(), service("pane", taskDefinition=arn("pane"))]},
        )
    )
    assert inventory.price_regions == inventory.unpriced_regions == ("eu-west-1",)
    for report in (text.render(inventory, "", color=False), page(inventory)):
        assert "No prices are known for eu-west-1" not in report
        assert "Not all prices of ARM64, Windows and added storage are known for eu-west-1." in report


def test_a_comment_counts_what_a_service_saves_once_and_for_all_its_tasks() -> None:
    use = measured(cpu=5, cpu_maximum=6, memory=20, memory_maximum=20)
    inventory = audit(file("a.json", worker(), {"services": [running(desiredCount=3)]}, use))
    saved = f"{inventory.totals.less:.2f}"
    comment = markdown(inventory.report, View(lambda _: None))
    assert f"With what is recommended, all tasks of the measured services cost **${saved} less** a month." in comment


@pytest.mark.parametrize(("size", "shown"), [({"cpu": 256, "memory": 512}, "256/512"), ({}, "optimized")])
def test_compute_optimizer_stands_beside_the_recommended_size(size: dict[str, int], shown: str) -> None:
    found = {
        "serviceArn": service()["serviceArn"],
        "finding": "Overprovisioned" if size else "Optimized",
        "serviceRecommendationOptions": [size] if size else [],
        "lastRefreshTimestamp": "2026-10-02T06:00:00+00:00",
    }
    inventory = audit(
        file(
            "a.json",
            described(),
            {"services": [service(), service("other")]},
            measured(cpu=60, memory=70),
            {"ecsServiceRecommendations": [found]},
        )
    )
    heading, _, other, ours, *_ = text.render(inventory, "", color=False).splitlines()
    end = heading.index("Compute Optimizer") + len("Compute Optimizer")
    assert ours[:end].split()[-2:] == ["1024/2048", shown]
    assert other[:end].split()[-1] == "1024/2048"  # nothing is said of it
    assert "Compute Optimizer: its first option for each service, of 2026-10-02." in text.render(
        inventory, "", color=False
    )
    assert f"Compute Optimizer: {shown.replace('/', ' / ')}</small>" in page(inventory)
    rows = [row for _, row in tables(inventory)["services"]]
    assert [row["compute_optimizer_cpu"] for row in rows] == [None, size.get("cpu")]


def test_a_capacity_of_one_can_not_be_lowered() -> None:
    one = {"environment": [{"name": "MAX_AGENTS", "value": "1"}]}
    use = measured(cpu=60, memory=95, memory_maximum=99)
    row = only(audit(file("a.json", worker(cpu="1024", container=one), {"services": [running()]}, use)))
    (finding,) = findings(row, "FIT806")
    assert finding.help == "Its agents take more than the profile says: correct the profile."


@pytest.mark.parametrize("digits", [20, 400])
@pytest.mark.parametrize("is_sidecar", [False, True])
def test_an_absurd_size_hides_nothing(digits: int, *, is_sidecar: bool) -> None:
    absurd = {"cpu": 10**digits, "memory": 10**digits}
    answer = worker(cpu=None, memory=None, container=absurd, requiresCompatibilities=["EC2"])
    if is_sidecar:
        otel = {"name": "otel", "image": "amazon/aws-otel-collector:v0.49.0", **absurd}
        answer = worker(otel, requiresCompatibilities=["EC2"])
    services = [running(launchType="EC2"), running(launchType="EC2", serviceName="other")]
    services[1]["serviceArn"] = services[1]["serviceArn"].replace("/web", "/other")
    inventory = audit(file("a.json", answer, {"services": services}, measured(cpu=50, memory=95)))
    assert inventory.report.failures == ()
    assert len(inventory.services) == 2
    assert page(inventory).count('<tbody role="rowgroup" id="service-') == 2

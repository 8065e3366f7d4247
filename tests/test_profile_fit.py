"""`taskfit profile fit`: known coefficients come back within the stated error, and too few points are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conftest import CommandLine

from taskfit.policy.profiles import load_profile
from taskfit.profiles.regression import robust_fit

pytest.importorskip("scipy")

PROFILE = """
name: acme
roles:
  api:
    unit: requests at a time
    match: {image: acme/api}
    capacity:
      - {name: workers, variable: WORKERS}
      - {name: threads, variable: THREADS}
    cpu: [{label: workers, amount: 100, of: workers}]
    memory:
      - label: master  # measured once
        amount: 50
      - {label: code, amount: 100, of: workers}
      - {label: data, amount: 300, of: workers}  # and this
      - {label: threads, amount: 20, of: [workers, threads]}
  jvm:
    unit: MiB of heap
    match: {image: acme/jvm}
    capacity: [{name: heap, variable: JAVA_OPTS, option: -Xmx, unit: bytes}]
    memory: [{label: heap, of: heap, share: 0.5}]
"""

ACCOUNT, REGION = "123456789012", "eu-west-1"
ARN = f"arn:aws:ecs:{REGION}:{ACCOUNT}"
START = datetime(2026, 10, 12, tzinfo=UTC)


def save(folder: Path, name: str, data: Any) -> None:
    path = folder / ACCOUNT / REGION / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data), encoding="utf-8")


def answers(folder: Path, services: list[tuple[str, dict[str, str], float, float]]) -> None:
    """What `taskfit audit --save` stores of services: image, variables, CPU units and MiB in use at most."""
    described: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for number, (image, variables, cpu, memory) in enumerate(services):
        arn = f"{ARN}:task-definition/s{number}:1"
        collector = {"name": "otel-collector", "image": "otel/opentelemetry-collector:1", "cpu": 256, "memory": 512}
        environment = [{"name": name, "value": value} for name, value in variables.items()]
        containers = [{"name": "app", "image": image, "environment": environment}, collector]
        size = {"cpu": "8192", "memory": "61440"}
        task = {"taskDefinitionArn": arn, "family": f"s{number}", "revision": 1, "status": "ACTIVE", **size}
        save(
            folder,
            f"describe-task-definition/s{number}/1",
            {"taskDefinition": task | {"containerDefinitions": containers}},
        )
        cluster = f"{ARN}:cluster/prod"
        described.append(
            {
                "serviceArn": f"{ARN}:service/prod/s{number}",
                "clusterArn": cluster,
                "desiredCount": 1,
                "runningCount": 1,
                "launchType": "FARGATE",
                "taskDefinition": arn,
            }
        )
        times = [(START + timedelta(hours=12 * step)).isoformat() for step in range(6)]
        for metric, share in (("CPUUtilization", (cpu + 256) / 8192), ("MemoryUtilization", (memory + 512) / 61440)):
            for statistic, factor in (("Average", 0.8), ("Maximum", 1.0)):
                values = [share * 100 * factor] * 6
                label = f"prod/s{number} {metric} {statistic}"
                results.append({"Id": f"m{len(results)}", "Label": label, "Timestamps": times, "Values": values})
    save(folder, "describe-services/prod", {"services": described, "failures": []})
    save(folder, "get-metric-data/aws-ecs-001", {"MetricDataResults": results})


def workers(number: int, seed: int = 7) -> list[tuple[str, dict[str, str], float, float]]:
    """Services whose use follows cpu = 64 + 240 x workers and memory = 96 + 180 x workers + 8 x workers x threads."""
    random, found = Random(seed), []
    for _ in range(number):
        count, threads = random.randint(1, 16), random.randint(1, 8)
        cpu = 64 + 240 * count + random.gauss(0, 20)
        memory = 96 + 180 * count + 8 * count * threads + random.gauss(0, 15)
        found.append(("acme/api:1", {"WORKERS": str(count), "THREADS": str(threads)}, max(cpu, 1), max(memory, 1)))
    return found


def write_profile(folder: Path) -> str:
    path = folder / "acme.yaml"
    path.write_text(PROFILE, encoding="utf-8")
    return str(path)


def test_known_coefficients_come_back_within_their_error(tmp_path: Path, taskfit: CommandLine) -> None:
    services = workers(30)
    services[3] = (*services[3][:2], 6000, 40000)  # one that leaks, and one that nobody uses
    services[8] = (*services[8][:2], 10, 100)
    services += [
        ("acme/jvm:1", {"JAVA_OPTS": f"-Xmx{size}m"}, 100, 200 + size / 0.75) for size in range(512, 8192, 512)
    ]
    answers(tmp_path / "answers", services)
    arguments = ("profile", "fit", str(tmp_path / "answers"), "--profile", write_profile(tmp_path))
    outcome = taskfit(*arguments, "--output-format", "json")
    assert (outcome.status, outcome.stderr) == (0, "")
    found = {
        (each["role"], each["dimension"], c["counts"]): c
        for each in json.loads(outcome.stdout)
        for c in each["coefficients"]
    }
    true = {
        ("api", "cpu", None): 64,
        ("api", "cpu", "workers"): 240,
        ("api", "memory", None): 96,
        ("api", "memory", "workers"): 180,
        ("api", "memory", "workers x threads"): 8,
        ("jvm", "memory", None): 200,
        ("jvm", "memory", "heap"): 1 / 0.75,
    }
    assert found.keys() == true.keys()
    for key, value in true.items():
        assert abs(found[key]["found"] - value) <= found[key]["error"] + 0.5, key
    assert found["api", "cpu", "workers"]["error"] < 10
    text = taskfit(*arguments).stdout
    assert "api, cpu, CPU units, from 30 services; half of the services are within" in text
    assert "fixed                          the profile has no such term" in text


def test_the_stated_error_holds_as_often_as_it_says() -> None:
    random, hits = Random(3), 0
    for _ in range(100):
        rows = [[1.0, float(random.randint(1, 20))] for _ in range(15)]
        values = [100 + 50 * row[1] + random.gauss(0, 30) for row in rows]
        fit = robust_fit(rows, values)
        assert fit is not None
        hits += abs(fit.coefficients[1].value - 50) <= fit.coefficients[1].error
    assert 90 <= hits < 100


def test_three_points_are_refused(tmp_path: Path, taskfit: CommandLine) -> None:
    answers(tmp_path / "answers", workers(3))
    outcome = taskfit("profile", "fit", str(tmp_path / "answers"), "--profile", write_profile(tmp_path))
    assert outcome.stdout == (
        "api, cpu: no fit: 3 services with known use; a fit needs at least 5\n"
        "api, memory: no fit: 3 services with known use; a fit needs at least 6\n"
        "jvm, memory: no fit: 0 services with known use; a fit needs at least 5\n"
    )


def test_services_that_are_all_alike_are_refused(tmp_path: Path, taskfit: CommandLine) -> None:
    answers(tmp_path / "answers", [("acme/jvm:1", {"JAVA_OPTS": "-Xmx1g"}, 100.0, 1500.0 + each) for each in range(9)])
    outcome = taskfit("profile", "fit", str(tmp_path / "answers"), "--profile", write_profile(tmp_path))
    assert "jvm, memory: no fit: the services don't differ enough in their capacities" in outcome.stdout


def test_nothing_is_written_unless_asked_for(tmp_path: Path, taskfit: CommandLine) -> None:
    answers(tmp_path / "answers", workers(30))
    profile = write_profile(tmp_path)
    arguments = ("profile", "fit", str(tmp_path / "answers"), "--profile", profile)
    taskfit(*arguments)
    assert Path(profile).read_text(encoding="utf-8") == PROFILE
    outcome = taskfit(*arguments, "--write")
    assert outcome.stderr.endswith("acme.yaml: 6 amounts written\n")
    text = Path(profile).read_text(encoding="utf-8")
    assert "- label: master  # measured once" in text
    assert "of: workers}  # and this" in text
    assert "share: 0.5" in text
    role = load_profile(profile).roles["api"]
    assert [term.label for term in role.cpu] == ["fixed", "workers"]
    assert role.cpu[1].low == pytest.approx(240, rel=0.05)
    code, data = role.memory[1].low, role.memory[2].low
    assert code + data == pytest.approx(180, rel=0.1)
    assert data / code == pytest.approx(3, rel=0.02)
    again = taskfit(*arguments, "--output-format", "json").stdout
    inside = [abs(c["found"] - c["now"]) <= c["error"] for each in json.loads(again) for c in each["coefficients"]]
    assert inside
    assert all(inside)


def test_a_built_in_profile_is_not_written(tmp_path: Path, taskfit: CommandLine) -> None:
    answers(tmp_path / "answers", workers(3))
    outcome = taskfit("profile", "fit", str(tmp_path / "answers"), "--profile", "mistersmith", "--write")
    assert (outcome.status, outcome.stderr) == (2, "error: --write changes a file, and mistersmith is built in\n")


@pytest.mark.parametrize(
    "shape", [lambda row: 5.0, lambda row: -row[1], lambda row: row[1] ** 3], ids=["flat", "falling", "bent"]
)
def test_any_data_gives_coefficients_of_at_least_nothing(shape: Callable[[list[float]], float]) -> None:
    rows = [[1.0, float(number)] for number in range(10)]
    fit = robust_fit(rows, [shape(row) for row in rows])
    assert fit is not None
    assert all(each.value >= 0 and each.error >= 0 for each in fit.coefficients)

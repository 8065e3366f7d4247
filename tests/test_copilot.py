"""Copilot manifests: what becomes a definition, in the manifest itself and in each environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import taskfit
from taskfit.definition import Unknown
from taskfit.sources import reader
from taskfit.sources.document import Document, Reading

MANIFEST = """\
name: api
type: Load Balanced Web Service
image:
  location: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:${TAG}
  port: 8080
  depends_on: {proxy: healthy}
  healthcheck: {command: [CMD, /ok], interval: 1m30s, retries: 3, start_period: 15s}
cpu: 1024
memory: 2048
platform: linux/arm64
storage: {ephemeral: 100}
count: {range: {min: 1, max: 4, spot_from: 2}}
variables:
  LEVEL: info
  PORT: 8080
  FLAG: true
  TABLE: {from_cfn: table}
secrets: {TOKEN: /api/token}
sidecars:
  proxy: {image: "envoyproxy/envoy:v1.31", essential: false, variables: {LEVEL: warn}}
environments:
  test:
    cpu: 256
    variables: {LEVEL: debug}
  prod:
    cpu: 8192
    memory: 25600
    count: 2
    sidecars:
      logger: {image: "fluent/fluent-bit:3"}
"""


def read(text: str, path: Path | None = None) -> Document:
    return reader.read(text.encode(), {}, path)


def readings(text: str) -> tuple[Reading, ...]:
    (found,) = read(text).definitions
    return found


def variables(container: Any) -> dict[str, Any]:
    return {item["name"]: item["value"] for item in container["environment"] if isinstance(item, dict)}


def test_a_manifest_is_the_definition_that_copilot_makes_of_it() -> None:
    task = readings(MANIFEST)[0].task
    assert task.name == "api"
    assert {key: value for key, value in task.data.items() if key != "containerDefinitions"} == {
        "cpu": "1024",
        "memory": "2048",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"},
        "ephemeralStorage": {"sizeInGiB": 100},
    }
    assert task.service_launch_types == {"FARGATE", "FARGATE_SPOT"}
    main, proxy = task.containers
    assert (main.name, main.essential, main.environment_is_complete) == ("api", True, False)
    assert main.image == Unknown("123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:${TAG}")
    assert variables(main.data) == {
        "LEVEL": "info",
        "PORT": "8080",
        "FLAG": "true",
        "TABLE": Unknown("from_cfn", "reference"),
    }
    assert main.data["healthCheck"] == {"command": ["CMD", "/ok"], "interval": 90, "retries": 3, "startPeriod": 15}
    assert main.data["dependsOn"] == [{"containerName": "proxy", "condition": "HEALTHY"}]
    assert main.data["secrets"][0] == {"name": "TOKEN", "valueFrom": Unknown("a secret", "reference")}
    assert (proxy.name, proxy.image, proxy.essential) == ("proxy", "envoyproxy/envoy:v1.31", False)
    assert task.family == Unknown("family", "partial")


def test_each_environment_is_a_reading() -> None:
    base, test, prod = readings(MANIFEST)
    assert [reading.choice for reading in (base, test, prod)] == ["", "environment test", "environment prod"]
    assert (test.task.cpu, test.task.memory) == ("256", "2048")
    assert variables(test.task.containers[0].data)["LEVEL"] == "debug"
    assert variables(test.task.containers[0].data)["PORT"] == "8080"
    assert prod.task.service_launch_types == {"FARGATE"}
    assert prod.task.desired_count == 2
    assert base.task.desired_count == Unknown("a range of counts", "reference")
    assert [container.name for container in prod.task.containers] == ["api", "proxy", "logger"]


def test_findings_stand_in_the_manifest(tmp_path: Path) -> None:
    path = tmp_path / "manifest.yml"
    path.write_text(MANIFEST, encoding="utf-8")
    errors = [finding for finding in taskfit.check([path], isolated=True).findings if finding.severity == "error"]
    assert [(f.code, f.span.line, f.span.column) for f in errors] == [("FIT101", 27, 13)]
    assert errors[0].message.startswith("With environment prod: ")


def test_what_a_manifest_leaves_out_has_copilots_defaults() -> None:
    (reading,) = readings("name: job\ntype: Scheduled Job\nimage: {build: ./Dockerfile}\n")
    assert (reading.task.cpu, reading.task.memory) == ("256", "512")
    assert reading.origins["/cpu"].text == "Copilot's default for cpu"
    assert isinstance(reading.task.containers[0].image, Unknown)
    assert reading.task.containers_are_complete


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ("logging: {destination: {Name: cloudwatch}}", "logging"),
        ("observability: {tracing: awsxray}", "observability.tracing"),
    ],
)
def test_copilots_own_sidecars_may_be_there(more: str, key: str) -> None:
    text = f"name: job\ntype: Backend Service\nimage: {{build: .}}\n{more}\n"
    assert not readings(text)[0].task.containers_are_complete
    (note,) = [finding for finding in taskfit.check(text).findings if finding.code == "FIT004"]
    assert note.message.startswith(f"There may be containers besides job: `sidecar for {key}` is unknown here")


def test_how_long_logs_are_kept_adds_no_sidecar() -> None:
    (reading,) = readings("name: job\ntype: Backend Service\nimage: {build: .}\nlogging: {retention: 90}\n")
    assert reading.task.containers_are_complete


def test_what_is_overridden_is_unknown(tmp_path: Path) -> None:
    text = "name: job\ntype: Worker Service\nimage: {build: .}\ncpu: 8192\nmemory: 25600\n"
    override = "taskdef_overrides: [{path: Memory, value: 16384}, {path: 'ContainerDefinitions', value: []}]\n"
    (reading,) = readings(text + override)
    assert reading.task.cpu == "8192"
    assert isinstance(reading.task.memory, Unknown)
    assert reading.task.containers == ()
    (tmp_path / "overrides").mkdir()
    ((reading,),) = read(text, tmp_path / "manifest.yml").definitions
    assert isinstance(reading.task.cpu, Unknown)


@pytest.mark.parametrize(
    ("path", "known", "is_complete"),
    [
        ("ContainerDefinitions[0].StopTimeout", {("job", "environment"), ("proxy", "environment")}, True),
        ("ContainerDefinitions[0].Environment[-]", {("proxy", "environment")}, True),
        ("ContainerDefinitions[0].Environment[0].Value", {("proxy", "environment")}, True),
        ("ContainerDefinitions[1].Environment[0].Value", {("job", "environment")}, True),
        ("ContainerDefinitions[-].Name", {("job", "environment"), ("proxy", "environment")}, False),
        ("Volumes[-].Name", {("job", "environment"), ("proxy", "environment")}, True),
    ],
)
def test_an_override_hides_no_more_than_it_sets(path: str, known: set[tuple[str, str]], *, is_complete: bool) -> None:
    text = "name: job\ntype: Worker Service\nimage: {build: .}\nvariables: {A: b}\n"
    sidecar = "sidecars: {proxy: {image: envoy, variables: {C: d}}}\n"
    (reading,) = readings(f"{text}{sidecar}taskdef_overrides: [{{path: '{path}', value: x}}]\n")
    task = reading.task
    found = {
        (container.name, key)
        for container in task.containers
        for key, value in container.data.items()
        if key == "environment" and not isinstance(value, Unknown)
    }
    assert found == known
    assert task.containers_are_complete is is_complete


@pytest.mark.parametrize(
    "text",
    [
        "name: a\ntype: Static Site\n",
        "name: a\ntype: Request-Driven Web Service\nimage: {build: .}\n",
        "title: Worker Service\n",
        "kind:\n  type: Worker Service\n",
    ],
)
def test_other_workloads_have_no_definition(text: str) -> None:
    assert vars(read(text)) == vars(Document())


def test_a_broken_manifest_is_said_to_be_so() -> None:
    (fault,) = read("name: a\ntype: Worker Service\nimage: [\n").faults
    assert fault.severity is None

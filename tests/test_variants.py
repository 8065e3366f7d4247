"""What kind of work a role does, where a definition says so: the protocol of a gateway, and whether it ends TLS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from taskfit import api
from taskfit.checks.context import Case
from taskfit.config.settings import Configuration
from taskfit.definition import TaskDefinition, Unknown
from taskfit.preparation import prepare

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

POLICY = prepare(Configuration()).policy


def gateway(**container: Any) -> dict[str, Any]:
    environment = [{"name": "MAX_CONNECTIONS", "value": "1000"}, *container.pop("environment", [])]
    service = {"name": "gateway", "image": "acme/gateway:1", "environment": environment, **container}
    return {
        "family": "mistersmith-gateway",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "2048",
        "memory": "4096",
        "containerDefinitions": [service],
    }


def demand(data: dict[str, Any]) -> tuple[tuple[int, int], tuple[int, int]]:
    assessment = Case(TaskDefinition(data), POLICY).assessment
    assert assessment
    assert assessment.expectation
    return tuple(assessment.expectation.demand.cpu), tuple(assessment.expectation.demand.memory)  # type: ignore[return-value]


UNKNOWN = ((2560, 2560), (1256, 2256))


@pytest.mark.parametrize(
    ("protocol", "memory"),
    [
        ("SSE", (1256, 1256)),
        ("websocket", (1756, 1756)),
        ("ws", (1756, 1756)),
        ("gRPC", (2256, 2256)),
        ("sse, grpc", (1256, 2256)),
        ("smtp", (1256, 2256)),
        ("grpc,smtp", (1256, 2256)),
        (Unknown("${PROTOCOL}"), (1256, 2256)),
    ],
)
def test_the_memory_of_a_connection_is_that_of_its_protocol(protocol: Any, memory: tuple[int, int]) -> None:
    by_label = gateway(dockerLabels={"taskfit:protocol": protocol})
    by_variable = gateway(environment=[{"name": "GATEWAY_PROTOCOL", "value": protocol}])
    by_tag = gateway() | {"tags": [{"key": "taskfit:protocol", "value": protocol}]}
    for data in (by_label, by_variable, by_tag):
        assert demand(data) == ((2560, 2560), memory)


@pytest.mark.parametrize(("tls", "cpu"), [("off", 2048), ("false", 2048), ("on", 2560), ("maybe", 2560)])
def test_a_gateway_that_ends_no_tls_needs_no_cpu_for_it(tls: str, cpu: int) -> None:
    assert demand(gateway(dockerLabels={"taskfit:tls": tls}))[0] == (cpu, cpu)


def test_nothing_said_keeps_the_range() -> None:
    assert demand(gateway()) == UNKNOWN
    assert demand(gateway(environmentFiles=[{"type": "s3", "value": "arn:aws:s3:::a/b.env"}])) == UNKNOWN


def test_a_grpc_gateway_with_too_little_memory_is_reported(taskfit: CommandLine, tmp_path: Path) -> None:
    data = gateway(dockerLabels={"taskfit:protocol": "gRPC"}) | {"cpu": "1024", "memory": "2048"}
    (tmp_path / "gateway.json").write_text(json.dumps(data), encoding="utf-8")
    arguments = ("check", "--select", "FIT202", "--output-format", "json", "gateway.json")
    (finding,) = json.loads(taskfit(*arguments, folder=tmp_path).stdout)["findings"]
    assert (finding["data"]["have"], finding["data"]["need"]) == (2048, 2256)
    del data["containerDefinitions"][0]["dockerLabels"]
    (tmp_path / "gateway.json").write_text(json.dumps(data), encoding="utf-8")
    assert json.loads(taskfit(*arguments, folder=tmp_path).stdout)["findings"] == []


def test_a_size_takes_variants(taskfit: CommandLine) -> None:
    assert api.size("gateway", 1000, sidecars=False, variants={"protocol": "gRPC"}).floor.memory == 2256
    outcome = taskfit("size", "gateway", "1000", "--variant", "protocol=smtp")
    assert (outcome.status, outcome.stderr) == (2, "error: protocol is 'smtp', not one of SSE, WebSocket, gRPC\n")
    outcome = taskfit("size", "gateway", "1000", "--variant", "protokol=SSE")
    assert "did you mean 'protocol'?" in outcome.stderr
    for number in ("ten", "0", "2.5"):
        assert f"'{number}' is not a whole number of at least 1" in taskfit("size", "worker", number).stderr
    assert "it has none" in taskfit("size", "worker", "10", "--variant", "tls=on").stderr


def test_a_profile_may_say_what_holds_by_default(taskfit: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        """\
name: own
extends: mistersmith
roles:
  gateway:
    variants: {protocol: {label: "acme:protocol", default: gRPC}}
""",
        encoding="utf-8",
    )
    (tmp_path / "gateway.json").write_text(json.dumps(gateway() | {"cpu": "1024", "memory": "2048"}), encoding="utf-8")
    outcome = taskfit("check", "--profile", "own.yaml", "--select", "FIT202", "gateway.json", folder=tmp_path)
    assert (outcome.status, "2256 MiB" in outcome.stdout) == (1, True)


def test_a_term_that_names_no_variant_is_an_error(taskfit: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "name: own\nroles:\n  api:\n    unit: users\n    variables: [USERS]\n"
        "    memory: [{label: users, amount: 1, per: 1, by: protocol, cases: {a: 1}}]\n",
        encoding="utf-8",
    )
    outcome = taskfit("profile", "own.yaml", folder=tmp_path)
    assert outcome.status == 2
    assert 'no variant is called "protocol"' in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("workers=8", "threads=2"), "argument (threads=2). Join the factors with commas: workers=8,threads=2\n"),
        (("a=8,b=2", "c=2", "d=3"), "arguments (c=2 d=3). Join the factors with commas: a=8,b=2,c=2,d=3\n"),
        (("workers=8", "2"), "argument (2)\n"),
        (("8", "threads=2"), "argument (threads=2)\n"),
    ],
)
def test_several_factors_are_one_argument(taskfit: CommandLine, arguments: tuple[str, ...], words: str) -> None:
    outcome = taskfit("size", "api", *arguments)
    assert outcome.status == 2
    assert f"Got unexpected extra {words}" in outcome.stderr

"""Heaps against the memory of their containers: only what is known, and only where there is no doubt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import CommandLine


def codes(taskfit: CommandLine, folder: Path, container: dict[str, Any], **task: Any) -> list[str]:
    fargate = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "1024", "memory": "4096"}
    data = {"family": "web", **fargate, **task, "containerDefinitions": [{"name": "app", "image": "i:1", **container}]}
    (folder / "web.json").write_text(json.dumps(data), encoding="utf-8")
    output = taskfit("check", "web.json", "--select", "FIT5", "--output-format", "json", folder=folder).stdout
    return [finding["code"] for finding in json.loads(output)["findings"]]


def environment(name: str, value: str) -> dict[str, Any]:
    return {"environment": [{"name": name, "value": value}]}


@pytest.mark.parametrize(
    ("container", "found"),
    [
        (environment("JAVA_TOOL_OPTIONS", "-Xms512m -Xmx4096m"), True),
        (environment("JAVA_TOOL_OPTIONS", "-Xms512m -Xmx4095m"), False),
        (environment("JAVA_OPTS", "-Xmx8g -Xmx2g"), False),  # the last one counts
        (environment("JAVA_OPTS", "-Xmx${HEAP}"), False),
        (environment("JAVA_OPTS", "${OPTIONS}"), False),
        (environment("NODE_OPTIONS", "--max-old-space-size=4096"), True),
        (environment("NODE_OPTIONS", "--max_old_space_size=3072"), False),
        (environment("GOMEMLIMIT", "4GiB"), True),
        (environment("GOMEMLIMIT", "4294967296"), True),
        (environment("GOMEMLIMIT", "3750MiB"), False),
        (environment("GOMEMLIMIT", "off"), False),
        ({"command": ["sh", "-c", "java -Xmx6g -jar app.jar"]}, True),
        ({"command": ["grep", "-Xmx6g"]}, False),
        ({**environment("JAVA_OPTS", "-Xmx2g"), "memory": 2048}, True),
        ({**environment("JAVA_OPTS", "-Xmx2g"), "memory": "${LIMIT}"}, False),
    ],
)
def test_a_heap_of_all_the_memory(container: dict[str, Any], found: bool, taskfit: CommandLine, tmp_path: Path) -> None:
    assert codes(taskfit, tmp_path, container) == (["FIT501"] if found else [])


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("DOTNET_GCHeapHardLimitPercent", "64", False),
        ("DOTNET_GCHeapHardLimitPercent", "65", True),
        ("DOTNET_GCHeapHardLimitPercent", "0x4B", False),
        ("COMPlus_GCHeapHardLimitPercent", "90", True),
        ("DOTNET_GCHeapHardLimitPercent", "${PERCENT}", False),
        ("DOTNET_GCHeapHardLimit", "C0000000", False),
        ("DOTNET_GCHeapHardLimit", "3221225472", True),
    ],
)
def test_numbers_that_dotnet_reads_as_hexadecimal(
    name: str, value: str, found: bool, taskfit: CommandLine, tmp_path: Path
) -> None:
    assert codes(taskfit, tmp_path, environment(name, value)) == (["FIT502"] if found else [])


@pytest.mark.parametrize(
    ("container", "task", "found"),
    [
        ({"memoryReservation": 512}, {}, True),
        ({"memory": 512}, {}, False),
        ({"memoryReservation": 512}, {"memory": "1024"}, False),
        ({"memoryReservation": 512}, {"memory": "${MEMORY}"}, False),
        ({"memoryReservation": 512}, {"requiresCompatibilities": None}, False),
    ],
)
def test_a_share_of_the_memory_of_the_instance(
    container: dict[str, Any], task: dict[str, Any], found: bool, taskfit: CommandLine, tmp_path: Path
) -> None:
    java = environment("JAVA_TOOL_OPTIONS", "-XX:MaxRAMPercentage=75")
    ec2 = {"requiresCompatibilities": ["EC2"], "cpu": None, "memory": None, "networkMode": None, **task}
    assert codes(taskfit, tmp_path, {**java, **container}, **ec2) == (["FIT503"] if found else [])

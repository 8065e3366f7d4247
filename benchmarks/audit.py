"""Times audits of saved answers, 1,000 to 1,000,000 definitions, and says what they cost in time and memory.

The definitions are of every kind: right and wrong sizes, with and without a role; a tenth of them is run by services
that were measured. Each account has 10,000.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

from timing import TASKFIT

REGION = "eu-west-1"
DEFINITIONS_IN_ACCOUNT = 10_000
SIZES = (("512", "1024"), ("1024", "2048"), ("2048", "6144"), ("8192", "16384"))
SERVICES_IN_FILE = 1000


def account(number: int) -> str:
    """The account that has a definition."""
    return str(111_122_223_333 + number // DEFINITIONS_IN_ACCOUNT)


def definition(number: int) -> dict[str, Any]:
    """An answer of `describe-task-definition` as the AWS CLI prints it."""
    role = ("worker", "gateway", "web", "batch")[number % 4]
    cpu, memory = SIZES[number // 4 % 4]
    variable = {"worker": "MAX_AGENTS", "gateway": "MAX_CONNECTIONS"}.get(role, "LOG_LEVEL")
    logs = {
        "logDriver": "awslogs",
        "options": {"awslogs-group": f"/ecs/{role}", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": role},
    }
    return {
        "taskDefinition": {
            "taskDefinitionArn": f"arn:aws:ecs:{REGION}:{account(number)}:task-definition/{role}-{number}:1",
            "containerDefinitions": [
                {
                    "name": role,
                    "image": f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/{role}:1.{number}",
                    "cpu": 0,
                    "portMappings": [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}],
                    "essential": True,
                    "environment": [{"name": variable, "value": str(number % 20 + 1)}],
                    "logConfiguration": logs,
                },
                {
                    "name": "otel",
                    "image": "amazon/aws-otel-collector:v0.49.0",
                    "cpu": 256,
                    "memory": 512,
                    "essential": False,
                    "logConfiguration": logs,
                },
            ],
            "family": f"{role}-{number}",
            "taskRoleArn": f"arn:aws:iam::111122223333:role/{role}",
            "executionRoleArn": "arn:aws:iam::111122223333:role/execution",
            "networkMode": "awsvpc",
            "revision": 1,
            "status": "ACTIVE",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": cpu,
            "memory": memory,
        },
        "tags": [],
    }


def service(number: int) -> dict[str, Any]:
    """An entry of `describe-services`."""
    role = ("worker", "gateway", "web", "batch")[number % 4]
    return {
        "serviceArn": f"arn:aws:ecs:{REGION}:{account(number)}:service/prod/{role}-{number}",
        "taskDefinition": f"arn:aws:ecs:{REGION}:{account(number)}:task-definition/{role}-{number}:1",
        "launchType": "FARGATE",
        "desiredCount": number % 5,
        "runningCount": number % 5,
    }


def measurements(number: int) -> list[dict[str, Any]]:
    """Two weeks of one service, a value every six hours."""
    role = ("worker", "gateway", "web", "batch")[number % 4]
    times = [f"2026-10-{day:02}T{hour:02}:00:00+00:00" for day in range(1, 15) for hour in range(0, 24, 6)]
    return [
        {
            "Label": f"prod/{role}-{number} {metric} {statistic}",
            "Timestamps": times,
            "Values": [(number + position) % high for position in range(len(times))],
        }
        for metric in ("CPUUtilization", "MemoryUtilization")
        for statistic, high in (("Average", 60), ("Maximum", 80))
    ]


def write(folder: Path, count: int) -> None:
    """Save the answers for so many definitions."""
    for number in range(count):
        path = folder / account(number) / REGION / "describe-task-definition" / str(number // 1000) / f"{number}.json"
        if number % 1000 == 0:
            path.parent.mkdir(parents=True)
        path.write_text(json.dumps(definition(number), indent=4), encoding="utf-8")
    running = range(0, count, 10)
    for start in range(0, len(running), SERVICES_IN_FILE):
        some = running[start : start + SERVICES_IN_FILE]
        answers = [
            {"services": [service(number) for number in some]},
            {"MetricDataResults": [result for number in some for result in measurements(number)]},
        ]
        (folder / account(some[0]) / REGION / f"services-{start}.json").write_text(
            json.dumps(answers), encoding="utf-8"
        )


class Cost(NamedTuple):
    """What a run took."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of all its processes together, which other work on the machine hardly changes."""
    memory: float
    """The most that its processes had together, MiB; pages that they share count for each."""


def measured(command: list[str]) -> Cost:
    """The cost of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output)
        most, done = [0.0], Event()

        def watch() -> None:
            while not done.wait(0.1):
                most[0] = max(most[0], sum(map(memory, (process.pid, *descendants(process.pid)))))

        watcher = Thread(target=watch)
        watcher.start()
        process.wait()
        wall = time.perf_counter() - start
        done.set()
        watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, most[0])


def memory(process: int) -> float:
    """What a process has in memory, MiB."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0.0
    return int(pages) * resource.getpagesize() / 1024 / 1024


def descendants(process: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    found = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(each) for each in task.read_text("ascii").split()]
    return found + [each for child in found for each in descendants(child)]


def cluster_program(folder: Path) -> Path:
    """The program of docs/scale.md that audits on a local Dask cluster of two processes, written to a folder."""
    page = Path(__file__).parent.with_name("docs") / "scale.md"
    program = folder / "cluster.py"
    program.write_text(re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)[1], encoding="utf-8")
    return program


def main() -> None:
    """Print one line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--definitions", type=int, nargs="*", default=[1000, 10_000, 100_000], metavar="N")
    parser.add_argument("--jobs", default="0", metavar="N", help="processes; one for each core if 0")
    parser.add_argument(
        "--output-format", default="json", metavar="FORMAT", help="json, csv, text ... or ndjson, parquet"
    )
    parser.add_argument("--folder", help="a place for the answers with space: 5 GB for 1,000,000 definitions")
    parser.add_argument("--cluster", action="store_true", help="with the program of docs/scale.md for a Dask cluster")
    options = parser.parse_args()
    sys.stdout.write(f"{os.cpu_count()} cores\n")
    for count in options.definitions:
        with tempfile.TemporaryDirectory(dir=options.folder) as top:
            folder = Path(top, "saved")
            write(folder, count)
            report = [
                "--output-format",
                options.output_format,
                "--output-file",
                f"{top}/report",
                "--jobs",
                options.jobs,
            ]
            command = [TASKFIT, "audit", "--isolated", "--from", str(folder), *report]
            if options.cluster:
                command = [str(Path(TASKFIT).with_name("python")), str(cluster_program(Path(top))), str(folder)]
            cost = measured(command)
            size = sum(path.stat().st_size for path in [*Path(top).glob("report"), *Path(top).glob("report/**/*.*")])
            sys.stdout.write(
                f"{count:>7} definitions: {cost.wall:6.1f} s, {cost.cpu:6.1f} s of cpu, "
                f"{cost.cpu * 1000 / count:.2f} ms each, {cost.memory:5.0f} MiB, a report of {size / 1024**2:.1f} MiB\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()

"""How time and memory grow with the size of each kind of input: processor seconds and MiB at four sizes, and exponents.

    python benchmarks/growth.py [KIND ...]    # all kinds, or some; --seconds N gives up on one that takes longer

Each measurement is a process of its own that reads one file, checks it with every rule and prints the text report. The
exponent is that of the last doubling, without what the smallest size costs: 1 is linear, 2 quadratic.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

TASK: dict[str, Any] = {"family": "web", "networkMode": "awsvpc", "cpu": "1024", "memory": "2048"}
LARGEST = 1.1
"""The exponent that no kind may exceed."""


def task(*containers: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {**TASK, **keys, "containerDefinitions": list(containers)}


def app(name: str = "app", **keys: Any) -> dict[str, Any]:
    return {"name": name, "image": "nginx:1.27", "memory": 64, **keys}


def with_image(text: str) -> str:
    return json.dumps(task(app(image=text)))


def environment(count: int) -> str:
    return json.dumps(task(app(environment=[{"name": f"NAME{n}", "value": "x"} for n in range(count)])))


def containers(count: int) -> str:
    return json.dumps(task(*(app(f"app{n}", memroy=5, privileged="x") for n in range(count))), indent=1)


def depends_on(count: int) -> str:
    """So many dependencies, each container on all before it."""
    names = [f"app{n}" for n in range(math.isqrt(2 * count))]
    waits = [[{"containerName": other, "condition": "START"} for other in names[:n]] for n in range(len(names))]
    return json.dumps(task(*(app(name, dependsOn=all_) for name, all_ in zip(names, waits, strict=True))))


def unknown_fields(count: int) -> str:
    return json.dumps(task(app(), **{f"field{n}": 1 for n in range(count)}))


def labels(count: int) -> str:
    marked = ({"taskfit:ignore": f"FIT404 reason{n}"} for n in range(count))
    return json.dumps(task(*({"name": f"a{n}", "image": "b", "dockerLabels": each} for n, each in enumerate(marked))))


def comments(count: int) -> str:
    lines = "\n".join(f"      - {{name: a{n}, image: b}}  # taskfit: ignore[FIT404]" for n in range(count))
    return f"family: web\ncontainerDefinitions:\n{lines}\n"


def definitions(count: int) -> str:
    return json.dumps([task(app(memory=8), family=f"f{n}", cpu="3") for n in range(count)])


def one_line(count: int) -> str:
    return json.dumps(
        [{"family": f"f{n}", "containerDefinitions": [{"name": "a", "image": "b"}]} for n in range(count)]
    )


def ports(count: int) -> str:
    return json.dumps(task(app(portMappings=[{"containerPort": n, "protocol": "tcp"} for n in range(count)])))


def volumes(count: int) -> str:
    names = [f"v{n}" for n in range(count)]
    mounts = [{"sourceVolume": name, "containerPath": f"/{name}"} for name in names]
    return json.dumps(task(app(mountPoints=mounts), volumes=[{"name": name} for name in names]))


def volumes_from(count: int) -> str:
    return json.dumps(task(app(volumesFrom=[{"sourceContainer": f"c{n}"} for n in range(count)])))


def plan(resources: int, variables: int) -> str:
    of_one = [app(environment=[{"name": f"N{n}", "value": "x"} for n in range(variables)])]
    values = {"family": "web", "cpu": "1024", "memory": "2048", "container_definitions": json.dumps(of_one)}
    each = [
        {
            "address": f"aws_ecs_task_definition.t{n}",
            "mode": "managed",
            "type": "aws_ecs_task_definition",
            "name": f"t{n}",
            "values": values,
        }
        for n in range(resources)
    ]
    whole = {"format_version": "1.2", "planned_values": {"root_module": {"resources": each}}}
    return json.dumps({"terraform_version": "1.9.0", **whole})


def template(resources: dict[str, Any], **sections: Any) -> str:
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", **sections, "Resources": resources})


def in_template(**properties: Any) -> dict[str, Any]:
    one = {"Name": "app", "Image": "nginx:1.27", "Memory": 64}
    return {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {"Family": "web", "ContainerDefinitions": [one], **properties},
    }


def find_in_map(count: int) -> str:
    mapping = {f"k{n}": {"cpu": "256"} for n in range(count)}
    found = {"Fn::FindInMap": ["M", "k1", "cpu"]}
    variables = [{"Name": f"N{n}", "Value": {"Fn::FindInMap": ["M", f"k{n}", "cpu"]}} for n in range(count)]
    one = {"Name": "app", "Image": "b", "Memory": 64, "Environment": variables}
    return template({"T": in_template(Cpu=found, ContainerDefinitions=[one])}, Mappings={"M": mapping})


def equals_chain(count: int) -> str:
    conditions: dict[str, Any] = {"C0": {"Fn::Equals": [{"Ref": "P"}, "x"]}}
    conditions |= {f"C{n}": {"Fn::Not": [{"Condition": f"C{n - 1}"}]} for n in range(1, count)}
    cpu = {"Fn::If": [f"C{count - 1}", "256", "512"]}
    return template({"T": in_template(Cpu=cpu)}, Parameters={"P": {"Type": "String"}}, Conditions=conditions)


def nested_if(count: int) -> str:
    value: Any = "256"
    for n in range(min(count, 60)):
        value = {"Fn::If": [f"C{n}", value, "512"]}
    conditions = {f"C{n}": {"Fn::Equals": [{"Ref": f"P{n}"}, "x"]} for n in range(count)}
    parameters = {f"P{n}": {"Type": "String", "Default": "x"} for n in range(count)}
    return template({"T": in_template(Cpu=value)}, Parameters=parameters, Conditions=conditions)


def allowed_values(count: int) -> str:
    parameter = {"Type": "String", "Default": "v0", "AllowedValues": [f"v{n}" for n in range(count)]}
    return template({"T": in_template(Cpu={"Ref": "P"})}, Parameters={"P": parameter})


def hcl(count: int, line: Callable[[int], str]) -> str:
    return "\n".join(line(n) for n in range(count))


def resource(containers: str) -> str:
    return f'resource "aws_ecs_task_definition" "t" {{\n  family = "t"\n  container_definitions = {containers}\n}}\n'


def services(count: int) -> str:
    line = 'resource "aws_ecs_service" "s{0}" {{\n  task_definition = aws_ecs_task_definition.t.arn\n}}'
    return resource('"[]"') + hcl(count, line.format)


def conditionals(count: int) -> str:
    variables = hcl(count, lambda n: f'variable "v{n}" {{\n  default = ""\n}}')
    pairs = ", ".join(f'{{ name = "N{n}", value = var.v{n} == "" ? "a" : "b" }}' for n in range(count))
    containers = f'jsonencode([{{ name = "a", image = "b", memory = 64, environment = [{pairs}] }}])'
    return f"{variables}\n{resource(containers)}"


def for_expression(count: int) -> str:
    items = ", ".join(f'"{n}"' for n in range(count))
    pairs = f'[for n in [{items}] : {{ name = "N${{n}}", value = n }}]'
    containers = f'jsonencode([{{ name = "a", image = "b", memory = 64, environment = {pairs} }}])'
    return resource(containers)


KINDS: dict[str, tuple[str, Callable[[int], str], int]] = {
    "hashes and quotes among placeholders": (
        ".json",
        lambda n: '{"a": ' + '#_"A_' * n + json.dumps(task(app())),
        32_000,
    ),
    "hashes in a string": (".json", lambda n: with_image("#A_" * n), 40_000),
    "unclosed {{ in a string": (".json", lambda n: with_image("{{" * n), 16_000),
    "$ in a string": (".json", lambda n: with_image("$" * n), 64_000),
    "<% in a string": (".json", lambda n: with_image("<%" * n), 32_000),
    "[[ in a string": (".json", lambda n: with_image("[[" * n), 32_000),
    "underscores in a string": (".json", lambda n: with_image("__a" * n), 32_000),
    "capitals in a string": (".json", lambda n: with_image("A_" * n), 32_000),
    "REPLACE_ in a string": (".json", lambda n: with_image("REPLACE_" + "A" * n + "é"), 64_000),
    "a string of 16 MB": (".json", lambda n: with_image("x" * n), 16_000_000),
    "a value of 16 MB at fault": (
        ".json",
        lambda n: json.dumps(task(app(), cpu="x" * n, requiresCompatibilities=["FARGATE"])),
        16_000_000,
    ),
    "variables of one container": (".json", environment, 600_000),
    "containers with faults": (".json", containers, 1600),
    "dependsOn, each on all before": (".json", depends_on, 20_000),
    "unknown fields": (".json", unknown_fields, 16_000),
    "taskfit:ignore labels": (".json", labels, 6400),
    "comments that suppress": (".yaml", comments, 4000),
    "definitions in one file": (".json", definitions, 4000),
    "findings in one line": (".json", one_line, 4000),
    "port mappings": (".json", ports, 16_000),
    "volumes and mounts": (".json", volumes, 16_000),
    "volumesFrom": (".json", volumes_from, 16_000),
    "resources of a plan": (".json", lambda n: plan(n, 3), 1600),
    "variables of a plan": (".json", lambda n: plan(1, n), 16_000),
    "FindInMap": (".json", find_in_map, 6400),
    "conditions, each on the one before": (".json", equals_chain, 1600),
    "nested If": (".json", nested_if, 400),
    "AllowedValues": (".json", allowed_values, 4000),
    "services of Terraform": (".tf", services, 1600),
    "conditionals of Terraform": (".tf", conditionals, 800),
    "for expression of Terraform": (".tf", for_expression, 2000),
}
"""The suffix of the file, its text for a number of things, and the largest number that is measured."""


def measure(kind: str, size: int) -> tuple[float, float]:
    """Processor seconds and the peak of memory, MiB, of a process that does nothing else."""
    suffix, make, _ = KINDS[kind]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"task{suffix}")
        path.write_text(make(size), encoding="utf-8")
        child = os.fork()
        if not child:
            os._exit(check(path))
        _, status, used = os.wait4(child, 0)
    if status:
        sys.exit(f"ended with {status}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def check(path: Path) -> int:
    from taskfit import reports
    from taskfit.config.settings import Configuration
    from taskfit.session import Session

    gc.disable()  # as the command does
    report = Session.under(Configuration()).check([str(path)])
    reports.render("text", report, reports.View(lambda name: Path(name).read_text(encoding="utf-8")))
    sys.stderr.write("".join(report.failures))
    sys.stderr.flush()
    return 2 if report.failures else 0


def of(kind: str, seconds: float) -> bool:
    """Print one kind's row; whether it grows no faster than is allowed."""
    _, make, largest = KINDS[kind]
    rows = []
    for size in (largest // 8, largest // 4, largest // 2, largest):
        command = [sys.executable, __file__, "--one", str(size), kind]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=True)
        except subprocess.TimeoutExpired:
            print(f"| {kind} | {size} | > {seconds:.0f} s | | |", flush=True)
            return False
        except subprocess.CalledProcessError as error:
            print(f"| {kind} | {size} | {error.stderr.strip()[-200:]} | | |", flush=True)
            return False
        rows.append(tuple(map(float, ended.stdout.split())))
    # What the smallest size costs is mostly the start.
    (base, _), (before, _), (time, memory) = rows[0], rows[2], rows[3]
    exponent = math.log2(max(time - base, 0.02) / max(before - base, 0.02) / (7 / 3)) + 1 if time - base > 0.1 else 0.0
    bytes_ = len(make(largest).encode())
    print(f"| {kind} | {largest:,} | {bytes_ / 1024:,.0f} | {time:.2f} | {memory:.0f} | {exponent:.2f} |", flush=True)
    return exponent <= LARGEST


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(*measure(options.kinds[0], options.one))
        return
    print("| input | number | KiB | seconds | MiB | exponent |\n|---|---|---|---|---|---|")
    results = [
        of(kind, options.seconds) for kind in KINDS if not options.kinds or any(word in kind for word in options.kinds)
    ]
    sys.exit(not all(results))


if __name__ == "__main__":
    main()

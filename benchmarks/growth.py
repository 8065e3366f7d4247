"""How time and memory grow with the size of each kind of input: processor seconds and MiB at four sizes, and exponents.

    python benchmarks/growth.py [KIND ...]    # all kinds, or some; --seconds N gives up on one that takes longer

Each measurement is a process of its own that reads one file, or a folder of them, checks it with every rule and makes the
text, JSON and SARIF reports. The exponent is that of the last doubling, without what the smallest size costs: 1 is linear,
2 quadratic.
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
from typing import Any, NamedTuple

TASK: dict[str, Any] = {"family": "web", "networkMode": "awsvpc", "cpu": "1024", "memory": "2048"}
LARGEST = 1.1
"""The exponent that no kind may exceed."""

FEW_SECONDS = 3.0
"""Below it, the better of two measurements counts."""

LEAST = 0.6
"""Seconds of which most is the start: no exponent is told."""


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


def conditionals_in_locals(count: int) -> str:
    """Each local rests on one condition, and all definitions use all of them."""
    named = hcl(count, lambda n: f'  l{n} = var.v{n} == "" ? "a" : "b"')
    pairs = ", ".join(f'{{ name = "N{n}", value = local.l{n} }}' for n in range(count))
    containers = f'jsonencode([{{ name = "a", image = "b", memory = 64, environment = [{pairs}] }}])'
    return f"locals {{\n{named}\n}}\n{resource(containers)}"


def lookups(count: int) -> str:
    """Each element of a map, by its key."""
    mapping = hcl(count, lambda n: f"    k{n} = {n}")
    pairs = ", ".join(f'{{ name = "N{n}", value = local.m["k{n}"] }}' for n in range(count))
    containers = f'jsonencode([{{ name = "a", image = "b", memory = 64, environment = [{pairs}] }}])'
    return f"locals {{\n  m = {{\n{mapping}\n  }}\n}}\n{resource(containers)}"


def merged(count: int) -> str:
    """`merge` of known maps and unknown ones in turn."""
    maps = ", ".join(f"{{ k{n} = {n} }}, var.v{n}" for n in range(count))
    pairs = "[for key, value in local.m : { name = key, value = value }]"
    containers = f'jsonencode([{{ name = "a", image = "b", memory = 64, environment = {pairs} }}])'
    return f"locals {{\n  m = merge({maps})\n}}\n{resource(containers)}"


def distinct_values(count: int) -> str:
    items = ", ".join(f'"v{n}"' for n in range(count))
    command = f"setsubtract(distinct([{items}]), [{items}])"
    return resource(f'jsonencode([{{ name = "a", image = "b", memory = 64, command = {command} }}])')


def nested_for(count: int) -> str:
    """Three expressions within each other, which make so many items in all."""
    items = ", ".join(f'"{n}"' for n in range(max(2, round(count ** (1 / 3)))))
    inner = f'[for c in [{items}] : {{ name = "N${{a}}-${{b}}-${{c}}", value = c }}]'
    pairs = f"flatten([for a in [{items}] : [for b in [{items}] : {inner}]])"
    containers = f'jsonencode([{{ name = "a", image = "b", memory = 64, environment = {pairs} }}])'
    return resource(containers)


def counted(count: int) -> str:
    return resource("jsonencode([])").replace('family = "t"', f'count = {count}\n  family = "t${{count.index}}"')


def for_each(count: int) -> str:
    keys = ", ".join(f'"k{n}"' for n in range(count))
    return resource("jsonencode([])").replace('family = "t"', f"for_each = toset([{keys}])\n  family = each.key")


def definitions_of_terraform(count: int) -> str:
    """Each with a service, a scaling target, a policy and a target group."""

    def one(n: int) -> str:
        target = f"aws_appautoscaling_target.s{n}"
        return f"""resource "aws_ecs_task_definition" "t{n}" {{
  family                = "t{n}"
  container_definitions = jsonencode([{{ name = "a", image = "b", memory = 64 }}])
}}
resource "aws_ecs_service" "s{n}" {{
  name            = "s{n}"
  task_definition = aws_ecs_task_definition.t{n}.arn
  load_balancer {{
    target_group_arn = aws_lb_target_group.g{n}.arn
  }}
}}
resource "aws_appautoscaling_target" "s{n}" {{
  resource_id       = "service/c/${{aws_ecs_service.s{n}.name}}"
  service_namespace = "ecs"
}}
resource "aws_appautoscaling_policy" "p{n}" {{
  resource_id = {target}.resource_id
}}
resource "aws_lb_target_group" "g{n}" {{
  deregistration_delay = 30
}}"""

    return hcl(count, one)


def ifs(count: int) -> str:
    """A variable for each condition, each condition on a parameter of its own."""
    variables = [{"Name": f"N{n}", "Value": {"Fn::If": [f"C{n}", "a", "b"]}} for n in range(count)]
    conditions = {f"C{n}": {"Fn::Equals": [{"Ref": f"P{n}"}, "x"]} for n in range(count)}
    parameters = {f"P{n}": {"Type": "String"} for n in range(count)}
    one = {"Name": "app", "Image": "b", "Memory": 64, "Environment": variables}
    return template({"T": in_template(ContainerDefinitions=[one])}, Parameters=parameters, Conditions=conditions)


def definitions_with_ifs(count: int) -> str:
    """A definition for each condition, each condition on a parameter of its own."""
    conditions = {f"C{n}": {"Fn::Equals": [{"Ref": f"P{n}"}, "x"]} for n in range(count)}
    parameters = {f"P{n}": {"Type": "String"} for n in range(count)}
    made = {f"T{n}": in_template(Cpu={"Fn::If": [f"C{n}", "256", "512"]}) for n in range(count)}
    return template(made, Parameters=parameters, Conditions=conditions)


def allowed_values_of_many(count: int) -> str:
    parameter = {"Type": "String", "Default": "a", "AllowedValues": ["a", "b", "c"]}
    variables = [{"Name": f"N{n}", "Value": {"Ref": f"P{n}"}} for n in range(count)]
    one = {"Name": "app", "Image": "b", "Memory": 64, "Environment": variables}
    return template(
        {"T": in_template(ContainerDefinitions=[one])}, Parameters={f"P{n}": parameter for n in range(count)}
    )


def aliases(count: int) -> str:
    pairs = "\n".join(["      - &pair {name: N, value: v}", *["      - *pair"] * count])
    return f"family: web\ncontainerDefinitions:\n  - name: a\n    image: b\n    environment:\n{pairs}\n"


def pulumi(count: int) -> str:
    def one(n: int) -> dict[str, Any]:
        kind = "aws:ecs/taskDefinition:TaskDefinition"
        inputs = {"family": f"t{n}", "containerDefinitions": json.dumps([app()])}
        return {"urn": f"urn:pulumi:d::p::{kind}::t{n}", "type": kind, "inputs": inputs}

    return json.dumps({"version": 3, "deployment": {"resources": [one(n) for n in range(count)]}})


def long_line(count: int) -> str:
    """Faults before and behind so many characters, all in one line."""
    return json.dumps(task(app(memory="x"), app("b", image="x" * count), app("c", cpu="x"), cpu="3"))


def for_expression(count: int) -> str:
    items = ", ".join(f'"{n}"' for n in range(count))
    pairs = f'[for n in [{items}] : {{ name = "N${{n}}", value = n }}]'
    containers = f'jsonencode([{{ name = "a", image = "b", memory = 64, environment = {pairs} }}])'
    return resource(containers)


def numbers(count: int) -> list[dict[str, Any]]:
    """Variables whose values are to be strings."""
    return [{"name": f"N{n}", "value": n} for n in range(count)]


def fixes_of_json(count: int) -> str:
    return json.dumps(task(app(environment=numbers(count))), indent=1)


def fixes_of_yaml(count: int) -> str:
    pairs = "\n".join(f"      - name: {each['name']}\n        value: {each['value']}" for each in numbers(count))
    return f"family: web\ncontainerDefinitions:\n  - name: a\n    image: b\n    environment:\n{pairs}\n"


def fixes_of_template(count: int) -> str:
    """A definition with so many containers, each with a misspelled field."""
    each = [{"Name": f"a{n}", "Image": "b", "memory": 64} for n in range(count)]
    return template({"T": in_template(ContainerDefinitions=each)})


def fixes_of_terraform(count: int) -> str:
    pairs = "\n".join(f'    {{ name = "{each["name"]}", value = {each["value"]} }},' for each in numbers(count))
    return resource(f'jsonencode([{{ name = "a", image = "b", memory = 64, environment = [\n{pairs}\n] }}])')


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
    "If of variables": (".json", ifs, 1600),
    "definitions, each with an If": (".json", definitions_with_ifs, 400),
    "AllowedValues of many parameters": (".json", allowed_values_of_many, 1600),
    "aliases of YAML": (".yaml", aliases, 16_000),
    "resources of Pulumi": (".json", pulumi, 1600),
    "services of Terraform": (".tf", services, 1600),
    "definitions of Terraform, with all of a service": (".tf", definitions_of_terraform, 400),
    "conditionals of Terraform": (".tf", conditionals, 800),
    "conditionals in locals of Terraform": (".tf", conditionals_in_locals, 800),
    "for expression of Terraform": (".tf", for_expression, 2000),
    "for within for within for": (".tf", nested_for, 8000),
    "lookups in a map of Terraform": (".tf", lookups, 4000),
    "merge of Terraform": (".tf", merged, 4000),
    "distinct and setsubtract of Terraform": (".tf", distinct_values, 4000),
    "count of Terraform": (".tf", counted, 1_000_000),
    "for_each of Terraform": (".tf", for_each, 4000),
    "faults in a line of 10 MB": (".json", long_line, 10_000_000),
    "fixes of JSON": (".json", fixes_of_json, 4000),
    "fixes of YAML": (".yaml", fixes_of_yaml, 4000),
    "fixes of a template": (".json", fixes_of_template, 1600),
    "fixes of Terraform": (".tf", fixes_of_terraform, 4000),
}
"""The suffix of the file, its text for a number of things, and the largest number that is measured."""


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def other_files(folder: Path, count: int) -> None:
    for n in range(count):
        write(folder, f"d{n // 100}/f{n}.json", f'{{"name": "f{n}", "version": "1.0.0", "private": true}}')


def files(folder: Path, count: int) -> None:
    for n in range(count):
        write(folder, f"d{n // 100}/f{n}.json", json.dumps(task(app(memory=512), family=f"f{n}")))


def ignoring_folders(folder: Path, count: int) -> None:
    """Each with a `.gitignore` and a file."""
    (folder / ".git").mkdir()
    for n in range(count):
        write(folder, f"d{n}/.gitignore", "*.log\n")
        write(folder, f"d{n}/f.json", "{}")


def module_calls(folder: Path, count: int) -> None:
    variable = 'variable "family" {}\n'
    write(folder, "m/main.tf", variable + resource('"[]"').replace('"t"\n', "var.family\n"))
    write(folder, "main.tf", hcl(count, lambda n: f'module "m{n}" {{\n  source = "./m"\n  family = "f{n}"\n}}'))


def files_of_terraform(folder: Path, count: int) -> None:
    for n in range(count):
        write(folder, f"f{n}.tf", resource('"[]"').replace('"t" {', f'"t{n}" {{').replace('"t"\n', f'"t{n}"\n'))


def environments(folder: Path, count: int) -> None:
    named = "\n".join(f"  e{n}:\n    cpu: 512" for n in range(count))
    manifest = (
        f"name: web\ntype: Backend Service\nimage:\n  location: b\ncpu: 256\nmemory: 512\nenvironments:\n{named}\n"
    )
    write(folder, "copilot/web/manifest.yml", manifest)


def composed(folder: Path, count: int) -> None:
    named = "\n".join(f"  s{n}:\n    image: b\n    mem_limit: 64m" for n in range(count))
    write(folder, "docker-compose.yml", f"services:\n{named}\n")


def entry(n: int) -> dict[str, Any]:
    place = {"definition": f"f{n}", "place": "/cpu", "subject": "", "severity": "error", "gap": 1.0, "have": ""}
    return {"path": f"f{n}.json", "code": "FIT101", **place}


def baseline(folder: Path, count: int) -> None:
    write(folder, "taskfit.yaml", "baseline: taskfit-baseline.json\n")
    found = {"version": 1, "findings": [entry(n) for n in range(count)]}
    write(folder, "taskfit-baseline.json", json.dumps(found))
    write(folder, "task.json", json.dumps(task(app())))


def same_entries(folder: Path, count: int) -> None:
    """So many findings of which nothing tells one from another, and an entry for each."""
    write(folder, "taskfit.yaml", "baseline: taskfit-baseline.json\n")
    one = {"path": "task.json", "code": "FIT404", "definition": "web", "place": "/containerDefinitions/app"}
    found = [{**one, "subject": "", "severity": "error", "gap": 0.0, "have": ""}] * count
    write(folder, "taskfit-baseline.json", json.dumps({"version": 1, "findings": found}))
    write(folder, "task.json", json.dumps(task(*[{"name": "app", "image": "b"}] * count)))


def per_file_ignores(folder: Path, count: int) -> None:
    """A tenth as many patterns as files, each file with findings."""
    patterns = "\n".join(f"  'd*/x{n}*.json': [FIT404]" for n in range(count // 10))
    write(folder, "taskfit.yaml", f"per-file-ignores:\n{patterns}\n")
    for n in range(count):
        write(folder, f"d{n // 100}/f{n}.json", json.dumps(task(app(), family=f"f{n}", cpu="3")))


def suppressions(folder: Path, count: int) -> None:
    """An entry for each file, each file with a finding."""
    entries = "\n".join(f"  - {{rule: FIT101, path: d{n // 100}/f{n}.json, reason: known}}" for n in range(count))
    write(folder, "taskfit.yaml", f"suppressions:\n{entries}\n")
    wrong = task(app(memory=512), cpu="3", requiresCompatibilities=["FARGATE"])
    for n in range(count):
        write(folder, f"d{n // 100}/f{n}.json", json.dumps(wrong))


class Tree(NamedTuple):
    """A folder of files."""

    write: Callable[[Path, int], None]
    largest: int


TREES: dict[str, Tree] = {
    "files without a task definition": Tree(other_files, 100_000),
    "files with a task definition": Tree(files, 100_000),
    "folders with a .gitignore": Tree(ignoring_folders, 10_000),
    "calls of one Terraform module": Tree(module_calls, 800),
    "Terraform files of one folder": Tree(files_of_terraform, 1600),
    "environments of Copilot": Tree(environments, 400),
    "services of compose": Tree(composed, 1600),
    "entries of a baseline": Tree(baseline, 100_000),
    "equal entries of a baseline": Tree(same_entries, 1600),
    "suppressions, one for each file": Tree(suppressions, 1600),
    "patterns for a tenth of the files": Tree(per_file_ignores, 4000),
}


def written(kind: str, size: int, folder: Path) -> Path:
    """The file or folder of a kind."""
    if kind in TREES:
        tree = folder / f"tree{size}"
        tree.mkdir()
        TREES[kind].write(tree, size)
        return tree
    suffix, make, _ = KINDS[kind]
    path = folder / f"task{suffix}"
    path.write_text(make(size), encoding="utf-8")
    return path


def measure(kind: str, size: int) -> tuple[float, float, int]:
    """Processor seconds and the peak of memory, MiB, of a process that does nothing else, and bytes that it reads."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(kind, size, Path(folder))
        child = os.fork()
        if not child:
            os._exit(check(kind, path))
        _, status, used = os.wait4(child, 0)
        bytes_ = sum(each.stat().st_size for each in ([path] if path.is_file() else path.rglob("*")) if each.is_file())
    if status:
        sys.exit(f"ended with {status}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, bytes_


def check(kind: str, path: Path) -> int:
    from taskfit import session

    gc.disable()  # as the command does
    report = reported(session.start() if path.is_dir() else session.start(isolated=True), kind, path)
    sys.stderr.write("".join(report.failures))
    sys.stderr.flush()
    return 2 if report.failures else 0


def reported(run: Any, kind: str, path: Path) -> Any:
    """The report on a path, once it is made in each format, and for some kinds the fixes, too."""
    from taskfit import reports
    from taskfit.engine.unified import unified_diff

    report = run.check([str(path)])
    view = reports.View(lambda name: Path(name).read_text(encoding="utf-8"))
    for output_format in ("text", "json", "sarif"):
        reports.render(output_format, report, view)
    if kind.startswith("fixes"):
        for fixed in run.fixes([str(path)]):
            unified_diff(fixed)
    return report


def of(kind: str, seconds: float) -> bool:
    """Print one kind's row; whether it grows no faster than is allowed."""
    largest = TREES[kind].largest if kind in TREES else KINDS[kind][2]
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
        if rows[-1][0] < FEW_SECONDS:
            again = subprocess.run(command, capture_output=True, text=True, check=True)
            rows[-1] = min(rows[-1], tuple(map(float, again.stdout.split())))
    # What the smallest size costs is mostly the start.
    (base, *_), (before, *_), (time, memory, bytes_) = rows[0], rows[2], rows[3]
    exponent = math.log2(max(time - base, 0.02) / max(before - base, 0.02) / (7 / 3)) + 1 if time > LEAST else 0.0
    words = f"{exponent:.2f}" if exponent else "–"
    print(f"| {kind} | {largest:,} | {bytes_ / 1024:,.0f} | {time:.2f} | {memory:.0f} | {words} |", flush=True)
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
        of(kind, options.seconds)
        for kind in (*KINDS, *TREES)
        if not options.kinds or any(word in kind for word in options.kinds)
    ]
    sys.exit(not all(results))


if __name__ == "__main__":
    main()

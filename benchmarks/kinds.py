"""Files that are made of as many things of one kind as wanted, each kind once slower than linear, or easily so."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

TASK: dict[str, Any] = {"family": "web", "networkMode": "awsvpc", "cpu": "1024", "memory": "2048"}


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


def doubled_keys(count: int) -> str:
    """One key so many times, and so many others twice."""
    more = "".join(f', "k{n}": {n}' for n in range(count))
    return json.dumps(task(app()))[:-1] + ', "k": 1' * count + more * 2 + "}"


def doubled_keys_of_terraform(count: int) -> str:
    pairs = ", ".join(f'"k{n}": "1"' for n in range(count))
    return resource(f'<<EOF\n[{{"name": "a", "image": "b", "dockerLabels": {{{pairs}, {pairs}}}}}]\nEOF\n')


def faults_beside_unknown_values(count: int) -> str:
    each = [
        {"Name": f"a{n}", "Image": "b", "Memory": 64, "StopTimeout": "x", "Cpu": {"Ref": f"P{n}"}} for n in range(count)
    ]
    parameters = {f"P{n}": {"Type": "Number"} for n in range(count)}
    return template({"T": in_template(ContainerDefinitions=each)}, Parameters=parameters)


def heredoc_ifs(count: int) -> str:
    """Each value of a heredoc rests on a condition of its own."""
    variables = hcl(count, lambda n: f'variable "v{n}" {{\n  default = ""\n}}')
    value = '%{{ if var.v{0} == "" }}a%{{ else }}b%{{ endif }}'
    pairs = ",\n".join(f'{{"name": "N{n}", "value": "{value.format(n)}"}}' for n in range(count))
    text = f'[{{"name": "a", "image": "b", "memory": 64, "environment": [\n{pairs}\n]}}]'
    return f"{variables}\n{resource(f'<<EOF{chr(10)}{text}{chr(10)}EOF{chr(10)}')}"


def documents(count: int) -> str:
    one = "---\nfamily: f{0}\ncontainerDefinitions:\n  - name: a\n    image: b\n    memory: 64\n"
    return "".join(one.format(n) for n in range(count))


def anchors(count: int) -> str:
    pairs = "".join(f"  - &a{n} {{name: N{n}, value: v}}\n" for n in range(count))
    used = "".join(f"      - *a{n}\n" for n in range(count))
    containers = f"containerDefinitions:\n  - name: a\n    image: b\n    environment:\n{used}"
    return f"family: web\nx-pairs:\n{pairs}{containers}"


def merge_keys(count: int) -> str:
    """An object that takes over so many others."""
    maps = "".join(f"  - &a{n} {{k{n}: v}}\n" for n in range(count))
    listed = ", ".join(f"*a{n}" for n in range(count))
    containers = f"containerDefinitions:\n  - name: a\n    image: b\n    dockerLabels:\n      <<: [{listed}]\n"
    return f"family: web\nx-maps:\n{maps}{containers}"


def other_comments(count: int) -> str:
    return "# taskfit is what checks this\n" * count + "family: web\ncontainerDefinitions:\n  - {name: a, image: b}\n"


def placeholders(count: int) -> str:
    pairs = ", ".join(f'{{"name": "N{n}", "value": {{{{ v{n} }}}}}}' for n in range(count))
    return f'{{"family": "a", "containerDefinitions": [{{"name": "a", "image": "b", "environment": [{pairs}]}}]}}'


def waiting_in_a_row(count: int) -> str:
    """Each container waits for the next."""
    waits = [[{"containerName": f"a{n + 1}", "condition": "START"}] for n in range(count)]
    return json.dumps(task(*(app(f"a{n}", dependsOn=wait) for n, wait in enumerate(waits))))


def same_names(count: int) -> str:
    return json.dumps(task(app(environment=[{"name": "N", "value": "v"}] * count), *[app("a")] * count))


def services_of_templates(count: int) -> str:
    """A definition with a service each, and one with a service for each of the others."""
    resources: dict[str, Any] = {"T": in_template()}
    for n in range(count):
        resources[f"T{n}"] = in_template(Family=f"f{n}")
        for name in ("T", f"T{n}"):
            properties = {"TaskDefinition": {"Ref": name}, "DesiredCount": 1}
            resources[f"S{name}{n}"] = {"Type": "AWS::ECS::Service", "Properties": properties}
    return template(resources)


def substituted(count: int) -> str:
    return template({"T": in_template(Cpu={"Fn::Sub": "".join(f"${{P{n}}}" for n in range(count)) + "${" * count})})


def joined(count: int) -> str:
    parameters = {f"P{n}": {"Type": "String", "Default": "1"} for n in range(count)}
    cpu = {"Fn::Join": ["", [{"Ref": name} for name in parameters]]}
    return template({"T": in_template(Cpu=cpu)}, Parameters=parameters)


def state(count: int) -> str:
    """So many definitions and services, as Terraform remembers them."""

    def one(kind: str, name: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {"mode": "managed", "type": kind, "name": name, "instances": [{"attributes": attributes}]}

    containers = json.dumps([app()])
    resources = []
    for n in range(count):
        arn = f"arn:aws:ecs:eu-west-1:1:task-definition/f{n}:1"
        resources.append(
            one("aws_ecs_task_definition", f"t{n}", {"family": f"f{n}", "container_definitions": containers})
        )
        resources.append(one("aws_ecs_service", f"s{n}", {"name": f"s{n}", "task_definition": arn}))
    return json.dumps({"version": 4, "terraform_version": "1.9.0", "resources": resources})


def chained_locals(count: int) -> str:
    named = hcl(count, lambda n: f"  l{n + 1} = local.l{n} + 1")
    containers = f'jsonencode([{{ name = "a", image = "b", memory = local.l{count} }}])'
    return f"locals {{\n  l0 = 1\n{named}\n}}\n{resource(containers)}"


def interpolations(count: int) -> str:
    image = "".join(f"${{var.v{n}}}$${{" for n in range(count))
    return resource(f'jsonencode([{{ name = "a", image = "{image}", memory = 64 }}])')


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
    "duplicate keys": (".json", doubled_keys, 2000),
    "duplicate keys of Terraform": (".tf", doubled_keys_of_terraform, 4000),
    "faults beside unknown values": (".json", faults_beside_unknown_values, 2000),
    "conditions in a heredoc of Terraform": (".tf", heredoc_ifs, 800),
    "documents of YAML": (".yaml", documents, 4000),
    "anchors of YAML": (".yaml", anchors, 8000),
    "merge keys of YAML": (".yaml", merge_keys, 8000),
    "comments that suppress nothing": (".yaml", other_comments, 64_000),
    "placeholders": (".json", placeholders, 16_000),
    "dependsOn in a row": (".json", waiting_in_a_row, 4000),
    "containers and variables of one name": (".json", same_names, 4000),
    "services of templates": (".json", services_of_templates, 800),
    "Fn::Sub": (".json", substituted, 64_000),
    "Fn::Join": (".json", joined, 8000),
    "definitions of a state": (".json", state, 1600),
    "locals in a row": (".tf", chained_locals, 4000),
    "${ in a template of Terraform": (".tf", interpolations, 8000),
    "fixes of JSON": (".json", fixes_of_json, 4000),
    "fixes of YAML": (".yaml", fixes_of_yaml, 4000),
    "fixes of a template": (".json", fixes_of_template, 1600),
    "fixes of Terraform": (".tf", fixes_of_terraform, 4000),
}
"""The suffix of the file, its text for a number of things, and the largest number that is measured."""

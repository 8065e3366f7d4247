"""Files that the property tests here and fuzz/fuzz.py start from: the examples, the rules' own, and one of each format."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

SUFFIXES = (".json", ".yaml", ".tf", ".template", ".tfstate", ".tpl")

TASK = {
    "family": "web",
    "cpu": "256",
    "memory": "4096",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "containerDefinitions": [{"name": "app", "image": "nginx:1", "essential": True}],
}
"""A definition in the shape of the API, with a fix: this memory does not go with this cpu."""

COMPOSE = """\
x-aws-cluster: main
services:
  web:
    image: nginx
    deploy: {resources: {limits: {cpus: '0.5', memory: 2048M}}}
"""
ECS_PARAMS = """\
version: 1
task_definition:
  ecs_network_mode: awsvpc
  task_size: {mem_limit: 0.5GB, cpu_limit: 256}
"""
COPILOT = """\
name: api
type: Load Balanced Web Service
image:
  location: nginx:${TAG}
  port: 8080
  depends_on: {proxy: healthy}
  healthcheck: {command: [CMD, /ok], interval: 1m30s, retries: 3, start_period: 15s}
cpu: 1024
memory: 25600
platform: linux/arm64
storage: {ephemeral: 100, volumes: {data: {efs: true, path: /data}}}
count: {range: {min: 1, max: 4, spot_from: 2}, cpu_percentage: 70}
variables: {LEVEL: info, PORT: 8080, FLAG: true, TABLE: {from_cfn: table}}
secrets: {TOKEN: /api/token}
taskdef_overrides: [{path: Cpu, value: 512}]
sidecars:
  proxy: {image: "envoyproxy/envoy:v1.31", essential: false, variables: {LEVEL: warn}}
environments:
  test: {cpu: 256, variables: {LEVEL: debug}}
  prod: {cpu: 8192, count: 2, sidecars: {logger: {image: "fluent/fluent-bit:3"}}}
"""
JSONNET = """\
local env = std.native('env');
{
  family: 'web', cpu: env('CPU', '8192'), memory: '25600', networkMode: 'awsvpc',
  containerDefinitions: [{ name: 'app', image: 'nginx:' + std.extVar('TAG'), memory: 512 * n } for n in [1]],
}
"""
TEMPLATE = """\
[{"name": "${name}", "image": "nginx:1", "memory": ${memory}, "user": "%{ if x }a%{ endif }"}]
"""
CONTAINERS = [{"name": "app", "image": "nginx:1", "memory": 9000, "environment": [{"name": "A", "value": "b"}]}]
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def _pulumi(kind: str, inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:dev::shop::{kind}::web", "type": kind, "inputs": inputs, **more}


PULUMI = [
    _pulumi(
        "aws:ecs/taskDefinition:TaskDefinition",
        {
            "__defaults": [],
            "family": "web",
            "cpu": "256",
            "memory": "4096",
            "requiresCompatibilities": ["FARGATE"],
            "executionRoleArn": UNKNOWN,
            "taskRoleArn": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "A"},
            "volumes": [{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}],
            "containerDefinitions": json.dumps(CONTAINERS),
        },
    ),
    _pulumi(
        "aws:ecs/service:Service",
        {
            "taskDefinition": UNKNOWN,
            "desiredCount": 3,
            "loadBalancers": [{"containerName": "app", "containerPort": 80}],
        },
        propertyDependencies={"taskDefinition": ["urn:pulumi:dev::shop::aws:ecs/taskDefinition:TaskDefinition::web"]},
    ),
    _pulumi("aws-native:ecs:TaskDefinition", {"cpu": "256", "memory": "512", "containerDefinitions": CONTAINERS}),
]
PREVIEW = {"steps": [{"op": "create", "newState": each} for each in PULUMI]}
STACK = {"version": 3, "deployment": {"resources": PULUMI}}

IN_TERRAFORM = {"family": "web", "cpu": "256", "memory": "4096", "container_definitions": json.dumps(CONTAINERS)}
STATE = {
    "version": 4,
    "terraform_version": "1.9.0",
    "resources": [
        {
            "mode": "managed",
            "type": "aws_ecs_task_definition",
            "name": "web",
            "instances": [{"attributes": IN_TERRAFORM}],
        }
    ],
}
RESOURCE = {"address": "aws_ecs_task_definition.web", "type": "aws_ecs_task_definition", "name": "web"}
PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.9.0",
    "planned_values": {"root_module": {"resources": [{**RESOURCE, "values": IN_TERRAFORM}]}},
    "resource_changes": [{**RESOURCE, "change": {"actions": ["create"], "after_unknown": {"arn": True}}}],
}
BASELINE = {
    "version": 1,
    "findings": [
        {"path": "gateway.yaml", "code": code, "definition": "mistersmith-gateway", "place": "/cpu", "subject": ""}
        | {"severity": "warning", "gap": 512, "have": ""}
        for code in ("FIT101", "FIT201", "FIT202")
    ],
}
DIRECTIVES = b"""\
family: web  # taskfit: ignore[FIT3] later
cpu: "256"  # taskfit: ignore[FIT101]
memory: "4096"  # taskfit: ignore
# taskfit: ignore[invalid-fargate-size, FIT402] a reason
networkMode: bridge
requiresCompatibilities: [FARGATE]
tags: [{key: "taskfit:ignore", value: FIT401}]
containerDefinitions:
  - {name: app, image: nginx, memory: 9000, dockerLabels: {"taskfit:ignore": "FIT302 FIT7"}}
"""
EXPRESSIONS = r"""
"256"
256
var.a
local.c
var.b.x[0]
var.b.x[*]
var.a > 3 ? "x" : null
{ for k, v in var.b : k => v }
[for x in range(3) : x if x > 1]
format("%s-%d", "a", 1)
merge(var.b, { z = "${var.a}" })
try(var.n.m, 512)
jsondecode("{\"a\": [1]}")
lookup(var.b, "y", 2)
max(1, 2) * -3 % 2
"%{ if var.a == 4 }x%{ else }y%{ endif }"
{Ref: A}
{"Fn::If": [C, "256", {Ref: "AWS::NoValue"}]}
{"Fn::FindInMap": [M, x, cpu]}
{"Fn::Sub": "${A}-${!B}"}
{"Fn::Sub": ["${x}", {x: {Ref: A}}]}
{"Fn::Select": [1, {Ref: B}]}
{"Fn::Join": ["-", {"Fn::Split": [",", "a,b"]}]}
{"Fn::And": [{"Fn::Not": [{"Fn::Equals": [1, {Ref: A}]}]}]}
{"Fn::ToJsonString": {a: 1}}
!GetAtt T.Arn
!Ref A
{"image\nof two lines": 1}
""".strip().splitlines()
"""Of Terraform and of CloudFormation."""

FORMATS: dict[str, list[tuple[str, bytes]]] = {
    "compose": [(".yaml", COMPOSE.encode()), (".yaml", ECS_PARAMS.encode())],
    "copilot": [(".yaml", COPILOT.encode())],
    "jsonnet": [(".jsonnet", JSONNET.encode())],
    "pulumi": [(".json", json.dumps(each, indent=1).encode()) for each in (PREVIEW, STACK)],
    "state": [(".tfstate", json.dumps(each, indent=1).encode()) for each in (STATE, PLAN)],
    "template": [(".tpl", TEMPLATE.encode())],
}
"""A file or two of each format that has no example."""


def files() -> list[tuple[str, bytes]]:
    """The examples and the files of the rules' pages, with the endings of their names."""
    paths = sorted(path for path in (ROOT / "examples").rglob("*") if path.suffix in SUFFIXES and path.is_file())
    found = [(path.suffix, path.read_bytes()) for path in paths if os.path.getsize(path) < 20_000]
    from taskfit.policy import bundled

    pages = (page for rule in bundled.rules() for page in bundled.pages(rule.code))
    texts = (example.file for page in pages for example in (*page.bad, *page.good))
    return found + [(suffix_of(text), text.encode()) for text in texts]


def suffix_of(text: str) -> str:
    """The ending that the name of a file with a text would have."""
    start = text.lstrip()
    if start.startswith(("resource", "variable", "locals")):
        return ".tf"
    if "AWS::ECS::" in text:
        return ".template"
    return ".json" if start.startswith(("{", "[")) else ".yaml"

"""A repository of twelve services in six formats, as teams leave them: two of each, the second one with something wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator

PLAIN = {
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "executionRoleArn": "arn:aws:iam::123456789012:role/ecs",
}


def definition(family: str, cpu: int, memory: int, agents: int | None = None) -> dict[str, object]:
    """A plain task definition."""
    environment = [] if agents is None else [{"name": "MAX_AGENTS", "value": str(agents)}]
    container = {"name": family, "image": "nginx:1.27", "essential": True, "environment": environment}
    return {"family": family, **PLAIN, "cpu": str(cpu), "memory": str(memory), "containerDefinitions": [container]}


YAML = """\
family: {name}
requiresCompatibilities: [FARGATE]
networkMode: awsvpc
executionRoleArn: arn:aws:iam::123456789012:role/ecs
cpu: "{cpu}"
memory: "{memory}"
containerDefinitions:
  - name: {name}
    image: nginx:1.27
    essential: true
"""

TEMPLATE = """\
Parameters:
  Memory: {{Type: String, Default: "{memory}"}}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: {name}
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      ExecutionRoleArn: arn:aws:iam::123456789012:role/ecs
      Cpu: "{cpu}"
      Memory: !Ref Memory
      ContainerDefinitions:
        - {{Name: {name}, Image: "nginx:1.27", Essential: true}}
  Service:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref Task
      DesiredCount: 2
      LaunchType: FARGATE
      NetworkConfiguration: {{AwsvpcConfiguration: {{Subnets: [subnet-0123456789abcdef0]}}}}
"""

MODULE = {
    "modules/service/main.tf": """\
resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  execution_role_arn       = "arn:aws:iam::123456789012:role/ecs"
  cpu                      = var.cpu
  memory                   = var.memory
  container_definitions = jsonencode([
    { name = var.name, image = "nginx:1.27", essential = true }
  ])
}
""",
    "modules/service/variables.tf": 'variable "name" {}\nvariable "cpu" {}\nvariable "memory" {}\n',
}

ROOT = """\
variable "memory" {{}}

module "service" {{
  source = "../../modules/service"
  name   = "{name}"
  cpu    = {cpu}
  memory = var.memory
}}
"""

MANIFEST = """\
name: {name}
type: Load Balanced Web Service
image:
  location: nginx:1.27
  port: 80
http:
  path: /
cpu: {cpu}
memory: {memory}
count: 3
"""

JSONNET = """\
local fargate = import 'lib/fargate.libsonnet';
fargate('{cpu}', '{memory}') + {{
  family: '{name}',
  containerDefinitions: [{{ name: '{name}', image: 'nginx:1.27', essential: true }}],
}}
"""

LIBRARY = """\
function(cpu, memory) {
  requiresCompatibilities: ['FARGATE'],
  networkMode: 'awsvpc',
  executionRoleArn: 'arn:aws:iam::123456789012:role/ecs',
  cpu: cpu,
  memory: memory,
}
"""


def files() -> dict[str, str]:
    """The files by name."""
    return {**MODULE, "README.md": "# Shop\n", **dict(_services())}


def _services() -> Iterator[tuple[str, str]]:
    """Twelve services; every second one has a size that Fargate does not have."""
    for number, (good, bad) in enumerate([(2048, 8192)] * 6):
        for name, memory in ((f"s{2 * number + 1:02}", good), (f"s{2 * number + 2:02}", bad)):
            values: dict[str, object] = {"name": name, "cpu": 512, "memory": memory}
            folder = f"services/{name}"
            match number:
                case 0:
                    yield f"{folder}/task.json", json.dumps(definition(name, 512, memory), indent=2) + "\n"
                case 1:
                    yield f"{folder}/task.yaml", YAML.format(**values)
                case 2:
                    yield f"{folder}/template.yaml", TEMPLATE.format(**values)
                case 3:
                    yield f"{folder}/main.tf", ROOT.format(**values)
                    yield f"{folder}/terraform.tfvars", f"memory = {memory}\n"
                case 4:
                    yield f"copilot/{name}/manifest.yml", MANIFEST.format(**values)
                case _:
                    yield f"{folder}/lib/fargate.libsonnet", LIBRARY
                    yield f"{folder}/task.jsonnet", JSONNET.format(**values)

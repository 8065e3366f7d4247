"""Distinct clean definitions of each format, as many as one likes: what benchmarks time and tests count the work of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from timing import SAMPLE

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Description: Worker {number}
Parameters:
  Environment:
    Type: String
    Default: staging
    AllowedValues: [staging, production]
  ImageTag:
    Type: String
    Default: "1.4.{number}"
  ExecutionRoleArn:
    Type: String
Mappings:
  Sizes:
    staging: {{Cpu: "512", Memory: "1024"}}
    production: {{Cpu: "1024", Memory: "2048"}}
Conditions:
  IsProduction: !Equals [!Ref Environment, production]
Resources:
  LogGroup:
    Type: AWS::Logs::LogGroup
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties:
      RetentionInDays: !If [IsProduction, 90, 7]
  TaskDefinition:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Sub "worker-{number}-${{Environment}}"
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: !FindInMap [Sizes, !Ref Environment, Cpu]
      Memory: !FindInMap [Sizes, !Ref Environment, Memory]
      ExecutionRoleArn: !Ref ExecutionRoleArn
      RuntimePlatform:
        CpuArchitecture: ARM64
        OperatingSystemFamily: LINUX
      ContainerDefinitions:
        - Name: worker
          Image: !Sub "${{AWS::AccountId}}.dkr.ecr.${{AWS::Region}}.amazonaws.com/worker:${{ImageTag}}"
          Essential: true
          StopTimeout: 60
          Environment:
            - Name: QUEUE
              Value: jobs-{number}
            - Name: LEVEL
              Value: !If [IsProduction, info, debug]
          HealthCheck:
            Command: [CMD-SHELL, "test -e /tmp/alive || exit 1"]
            Interval: 30
            Timeout: 5
            Retries: 3
          LogConfiguration:
            LogDriver: awslogs
            Options:
              awslogs-group: !Ref LogGroup
              awslogs-region: !Ref "AWS::Region"
              awslogs-stream-prefix: worker
"""
MAIN = """\
locals {{
  name = "worker-{number}-${{var.environment}}"
  size = var.environment == "production" ? "1024" : "512"
}}

resource "aws_ecs_task_definition" "worker" {{
  family                   = local.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = local.size
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn

  runtime_platform {{
    cpu_architecture        = "ARM64"
    operating_system_family = "LINUX"
  }}

  container_definitions = jsonencode([
    {{
      name        = "worker"
      image       = "${{aws_ecr_repository.worker.repository_url}}:${{var.image_tag}}"
      essential   = true
      stopTimeout = 60
      environment = [
        {{ name = "QUEUE", value = "jobs-{number}" }},
        {{ name = "LEVEL", value = var.environment == "production" ? "info" : "debug" }},
      ]
      healthCheck = {{
        command  = ["CMD-SHELL", "test -e /tmp/alive || exit 1"]
        interval = 30
        timeout  = 5
        retries  = 3
      }}
      logConfiguration = {{
        logDriver = "awslogs"
        options = {{
          awslogs-group         = aws_cloudwatch_log_group.worker.name
          awslogs-region        = data.aws_region.current.name
          awslogs-stream-prefix = "worker"
        }}
      }}
    }},
  ])
}}
"""
VARIABLES = """\
variable "environment" {
  type    = string
  default = "staging"
}

variable "memory" {
  type    = string
  default = "2048"
}

variable "image_tag" {
  type    = string
  default = "1.4.0"
}
"""


def definitions(folder: Path, count: int) -> None:
    """Plain definitions: no two have the same family, container, image, log group and variables."""
    text = SAMPLE.read_text(encoding="utf-8")
    for number in range(count):
        own = text.replace("mistersmith-worker", f"mistersmith-worker-{number}").replace(":1.4.2", f":1.4.{number}")
        own = own.replace('"name": "worker"', f'"name": "worker-{number}"')
        own = own.replace('"environment": [', f'"environment": [{{"name": "QUEUE", "value": "jobs-{number}"}},')
        (folder / f"worker-{number}.json").write_text(own, encoding="utf-8")


def templates(folder: Path, count: int) -> None:
    """CloudFormation templates in YAML with short tags, parameters, a mapping and a condition."""
    for number in range(count):
        (folder / f"worker-{number}.yaml").write_text(TEMPLATE.format(number=number), encoding="utf-8")


def terraform(folder: Path, count: int) -> None:
    """Terraform files, each in a folder with its variables."""
    for number in range(count):
        inner = folder / f"worker-{number}"
        inner.mkdir()
        (inner / "main.tf").write_text(MAIN.format(number=number), encoding="utf-8")
        (inner / "variables.tf").write_text(VARIABLES, encoding="utf-8")


KINDS: dict[str, Callable[[Path, int], None]] = {
    "plain": definitions,
    "CloudFormation": templates,
    "Terraform": terraform,
}

"""Times 1,000 CloudFormation templates, YAML with short tags, as a ratio to cfn-lint on the same files.

    .venv/bin/python benchmarks/cloudformation.py --cfn-lint "$(which cfn-lint)"

The goals: at most 3 ms a template, a tenth of cfn-lint's time.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from timing import compare

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


def main() -> None:
    """Print the best of some runs of each, and the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--templates", type=int, default=1000, metavar="N", help="default: 1000")
    parser.add_argument("--runs", type=int, default=3, help="runs of taskfit; cfn-lint runs once (default: 3)")
    parser.add_argument("--cfn-lint", default=shutil.which("cfn-lint"), metavar="FILE", help="default: the one on PATH")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.templates):
            Path(folder, f"worker-{number}.yaml").write_text(TEMPLATE.format(number=number), encoding="utf-8")
        rival = [arguments.cfn_lint, f"{folder}/*.yaml"] if arguments.cfn_lint else None
        compare(folder, arguments.templates, arguments.runs, rival)


if __name__ == "__main__":
    main()

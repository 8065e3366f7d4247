"""Times 1,000 Terraform files, each in a folder with its variables, as a ratio to checkov on the same files.

    .venv/bin/python benchmarks/terraform.py --checkov "$(which checkov)"

checkov runs its own checks of task definitions only. The goal: a third of its time.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from timing import compare

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


def main() -> None:
    """Print the best of some runs of each, and the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=1000, metavar="N", help="default: 1000")
    parser.add_argument("--runs", type=int, default=3, help="runs of taskfit; checkov runs once (default: 3)")
    parser.add_argument("--checkov", default=shutil.which("checkov"), metavar="FILE", help="default: the one on PATH")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as top:
        for number in range(arguments.files):
            folder = Path(top, f"worker-{number}")
            folder.mkdir()
            (folder / "main.tf").write_text(MAIN.format(number=number), encoding="utf-8")
            (folder / "variables.tf").write_text(VARIABLES, encoding="utf-8")
        own = "CKV_AWS_97,CKV_AWS_249,CKV_AWS_334,CKV_AWS_335,CKV_AWS_336"
        options = ["--framework", "terraform", "--check", own, "--soft-fail", "--quiet", "--compact"]
        rival = [arguments.checkov, *options, "--directory", top] if arguments.checkov else None
        compare(top, arguments.files, arguments.runs, rival)


if __name__ == "__main__":
    main()
